package flowc_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sebdah/goldie/v2"
)

// build makes the command once for all tests of this package.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "flowc")
	if out, err := exec.Command("go", "build", "-o", bin, "./cmd/flowc").CombinedOutput(); err != nil {
		t.Fatalf("building flowc: %v\n%s", err, out)
	}
	return bin
}

// exampleRun is a run that the README of an example tells people to try.
type exampleRun struct {
	name string   // of the golden, beside the flow
	dir  string   // of the flow, which has the same name
	args []string // TMP is a new folder
	exit int
	sent []string // a signal for the run, and what it carries
	file string   // that the run writes to TMP, as a part of the golden
}

const order = `{"sku": "lamp", "cents": 2500, "card": "%s", "place": "%s"}`

var exampleRuns = []exampleRun{
	{name: "hello", dir: "hello"},
	{name: "etl", dir: "etl", args: []string{"--input", `{"day": "2026-01-31"}`}},
	{name: "checksums", dir: "checksums"},
	{name: "release", dir: "release", args: []string{"--input", `{"version": "1.2.0"}`}},
	{name: "contained", dir: "contained"},
	{name: "cancel", dir: "cancel", args: []string{"-j", "3"}, exit: 1},
	{name: "order", dir: "order", file: "ledger",
		args: []string{"--param", "ledger=TMP/ledger", "--input", fmt.Sprintf(order, "4001", "Porto")}},
	{name: "declined", dir: "order", file: "ledger",
		args: []string{"--param", "ledger=TMP/ledger", "--input", fmt.Sprintf(order, "4000", "Porto")}},
	{name: "undone", dir: "order", file: "ledger", exit: 1,
		args: []string{"--param", "ledger=TMP/ledger", "--input", fmt.Sprintf(order, "4001", "the moon")}},
	{name: "crawl", dir: "crawl"},
	{name: "approval", dir: "approval", args: []string{"--input", `{"expense": "a ladder"}`},
		sent: []string{"decide", `{"approved": true, "by": "ann"}`}},
	{name: "expired", dir: "approval", exit: 1,
		args: []string{"--input", `{"expense": "a ladder", "patience": "200ms"}`}},
	{name: "mirrors", dir: "mirrors", args: []string{"-j", "4"}},
	{name: "poll", dir: "poll", args: []string{"--input", `{"pause": "10ms"}`}},
	{name: "nightly", dir: "nightly", args: []string{"nightly", "--input", `{"day": "2026-01-31"}`}},
}

// TestExamplesGolden runs each example for real, and holds its result and what
// became of every node.
func TestExamplesGolden(t *testing.T) {
	bin := build(t)
	for _, run := range exampleRuns {
		t.Run(run.name, func(t *testing.T) {
			t.Parallel()
			tmp := t.TempDir()
			args := []string{"run", "--local", "--json", "--id", "example", "--state", filepath.Join(tmp, "state"),
				filepath.Join("examples", run.dir, run.dir+".flow")}
			for _, arg := range run.args {
				args = append(args, strings.ReplaceAll(arg, "TMP", tmp))
			}
			var stdout, stderr bytes.Buffer
			cmd := exec.Command(bin, args...)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if run.sent != nil {
				send(t, bin, tmp, run.sent)
			}
			exit := 0
			var failed *exec.ExitError
			switch err := cmd.Wait(); {
			case errors.As(err, &failed):
				exit = failed.ExitCode()
			case err != nil:
				t.Fatal(err)
			}
			if exit != run.exit {
				t.Fatalf("got exit code %d, want %d\n%s", exit, run.exit, stderr.String())
			}
			golden := summary(t, stdout.Bytes())
			if run.file != "" {
				golden = append(golden, fileOf(t, tmp, run.file)...)
			}
			g := goldie.New(t, goldie.WithFixtureDir(filepath.Join("examples", run.dir)), goldie.WithNameSuffix(".golden"))
			g.Assert(t, run.name, golden)
		})
	}
}

// send sends a signal to the run as soon as there is one to take it. It is sent
// once: an answer is what the example waits for.
func send(t *testing.T, bin, tmp string, sent []string) {
	t.Helper()
	args := append([]string{"signal", "--state", filepath.Join(tmp, "state"), "example"}, sent...)
	var out []byte
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		var err error
		if out, err = exec.Command(bin, args...).CombinedOutput(); err == nil {
			return
		}
	}
	t.Errorf("the signal was not taken: %s", out)
}

// fileOf returns a file that a run wrote, with its name above it.
func fileOf(t *testing.T, tmp, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(tmp, name))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("\n%s:\n%s", name, text)
}

var outFolder = regexp.MustCompile(`"/[^"]*/([^"/]+)"`)

// summary is what is the same in every run of an example: the result and the
// status of each node, without times and temporary folders.
func summary(t *testing.T, run []byte) []byte {
	t.Helper()
	var r struct {
		Status  string
		Result  json.RawMessage
		Failure *struct{ Node, Error, Message string }
		Nodes   []struct {
			ID, Status, Because string
			Attempts            int
			Absorbed            bool
			Failure             *struct{ Node, Error, Message string }
		}
	}
	if err := json.Unmarshal(run, &r); err != nil {
		t.Fatalf("%v in %s", err, run)
	}
	var b strings.Builder
	fmt.Fprintln(&b, r.Status)
	if r.Result != nil {
		var indented bytes.Buffer
		if err := json.Indent(&indented, r.Result, "", "  "); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, outFolder.ReplaceAllString(indented.String(), `"…/$1"`))
	}
	if r.Failure != nil {
		fmt.Fprintf(&b, "%s: %s: %s\n", r.Failure.Node, r.Failure.Error, r.Failure.Message)
	}
	fmt.Fprintln(&b)
	for _, n := range r.Nodes {
		fmt.Fprintf(&b, "%s %s", n.ID, n.Status)
		if n.Attempts > 1 {
			fmt.Fprintf(&b, " in %d attempts", n.Attempts)
		}
		if n.Failure != nil {
			fmt.Fprintf(&b, ": %s: %s", n.Failure.Error, n.Failure.Message)
		}
		if n.Absorbed {
			b.WriteString(" (absorbed)")
		}
		if n.Because != "" {
			fmt.Fprintf(&b, " because of %s", n.Because)
		}
		fmt.Fprintln(&b)
	}
	return []byte(b.String())
}

// TestExampleFoldersAreRun keeps an example from being added and forgotten.
func TestExampleFoldersAreRun(t *testing.T) {
	run := map[string]bool{served: true}
	for _, r := range exampleRuns {
		run[r.dir] = true
	}
	entries, err := os.ReadDir("examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !run[e.Name()] {
			t.Errorf("examples/%s is run by no test", e.Name())
		}
	}
}
