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

// exampleRuns are the runs that examples/README.md and the READMEs of the
// examples tell people to try. Each has a golden beside its flow.
var exampleRuns = []struct {
	name string // of the golden
	dir  string
	args []string
	exit int
}{
	{"hello", "hello", nil, 0},
	{"etl", "etl", []string{"--input", `{"day": "2026-01-31"}`}, 0},
	{"checksums", "checksums", nil, 0},
	{"release", "release", []string{"--input", `{"version": "1.2.0"}`}, 0},
	{"contained", "contained", nil, 0},
	{"cancel", "cancel", []string{"-j", "3"}, 1},
}

// TestExamplesGolden runs each example for real, and holds its result and what
// became of every node.
func TestExamplesGolden(t *testing.T) {
	bin := build(t)
	for _, run := range exampleRuns {
		t.Run(run.name, func(t *testing.T) {
			t.Parallel()
			flow := filepath.Join("examples", run.dir, run.dir+".flow")
			args := append([]string{"run", "--local", "--json", flow}, run.args...)
			var stdout, stderr bytes.Buffer
			cmd := exec.Command(bin, args...)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			exit := 0
			var failed *exec.ExitError
			switch err := cmd.Run(); {
			case errors.As(err, &failed):
				exit = failed.ExitCode()
			case err != nil:
				t.Fatal(err)
			}
			if exit != run.exit {
				t.Fatalf("got exit code %d, want %d\n%s", exit, run.exit, stderr.String())
			}
			g := goldie.New(t, goldie.WithFixtureDir(filepath.Join("examples", run.dir)), goldie.WithNameSuffix(".golden"))
			g.Assert(t, run.name, summary(t, stdout.Bytes()))
		})
	}
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
	run := map[string]bool{}
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
