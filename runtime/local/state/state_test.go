package state_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/runtime/local/state"
)

const flow = `
activity fail() { run = ["false"], stdin = none, retry = exponential(1, from: 1ms) }
activity big() -> string { run = ["sh", "-c", "head -c 300000 /dev/zero | tr '\\0' '<'"], stdin = none, result = text }
workflow child(n: int) -> int {
  signal go(n: int)
  s = wait go for 10s else raise Late
  return s.n
}
error Late
workflow main() -> int {
  fail() with raises_on_failure = false
  b = big()
  x = child(len([b]))
  return x
}`

// begin returns a run that is kept in a folder, and what keeps it.
func begin(t *testing.T, folder *state.Folder, id string) (*local.Run, *ir.Program, *state.Keeper) {
	t.Helper()
	r := compiler.Compile(diag.NewSource("main.flow", []byte(flow)), compiler.Config{})
	if r.Program == nil {
		t.Fatal(r.Diags.Sorted())
	}
	k, err := folder.Keep(r.Program, id)
	if err != nil {
		t.Fatal(err)
	}
	run, err := local.New(local.Config{
		Program: r.Program, Workflow: "main", Run: id, Root: t.TempDir(), Jobs: 1,
		Store: k, Inbox: k.Inbox(), Out: k.Out(), Blobs: k.Blobs(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return run, r.Program, k
}

// TestRunInAFolder follows a run from another process's view: its child run is
// found, is sent a signal, both end, and the events tell the same story again.
func TestRunInAFolder(t *testing.T) {
	folder, err := state.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	run, program, k := begin(t, folder, "r")
	if _, err := folder.Keep(program, "r"); !errors.As(err, new(*state.TakenError)) {
		t.Errorf("the run was given to two: %v", err)
	}
	sent := make(chan error, 1)
	go func() { sent <- signalChild(folder) }()
	report, err := run.Do()
	if err != nil || report.Status != "succeeded" || string(report.Result) != "7" {
		t.Fatalf("got %s %s, %v, %+v", report.Status, report.Result, err, report.Failure)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	err = folder.Send(local.Message{Run: "r", Want: local.WantKill})
	if !errors.As(err, new(*state.EndedError)) || err.Error() != "run r has ended: it succeeded" {
		t.Errorf("got %v", err)
	}
	replay(t, folder, report)
	text, err := os.ReadFile(filepath.Join(folder.Dir(), "runs", "r", "events.jsonl"))
	if err != nil || len(text) > 100_000 || !strings.Contains(string(text), `"kept":{"$ref":"sha256/`) {
		t.Errorf("a large result is not kept outside of the events (%d bytes, %v)", len(text), err)
	}
}

// signalChild sends a signal to the child run of r once there is one.
func signalChild(folder *state.Folder) error {
	for {
		entries, _ := os.ReadDir(filepath.Join(folder.Dir(), "runs"))
		for _, e := range entries {
			if e.Name() == "r" {
				continue
			}
			info, err := folder.Find(e.Name())
			if err != nil {
				continue // it is just being made
			}
			if info.Root != "r" || !info.Alive || info.Ended != "" {
				return errors.New("the child run is not seen to be under way")
			}
			return folder.Send(local.Message{Run: e.Name(), Want: local.WantSignal, Name: "go", Payload: json.RawMessage(`{"n":7}`)})
		}
	}
}

// replay applies the events of r to a fresh machine, and wants the same report.
func replay(t *testing.T, folder *state.Folder, report runtime.RunReport) {
	t.Helper()
	events, err := folder.Events("r")
	if err != nil {
		t.Fatal(err)
	}
	program, err := folder.Program(report.IR)
	if err != nil {
		t.Fatal(err)
	}
	m, err := runtime.New(program, "main", runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	again := runtime.NewReport(program, "main")
	for k, e := range events {
		if e.Seq != int64(k)+1 || k > 0 && e.Time < events[k-1].Time {
			t.Errorf("event %d has the number %d and the time %v", k+1, e.Seq, e.Time)
		}
		step, err := m.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		again.Add(e, step)
	}
	want, _ := json.Marshal(report)
	got, _ := json.Marshal(again)
	if string(got) != string(want) {
		t.Errorf("a replay tells another story:\n got %s\nwant %s", got, want)
	}
}

// TestRunsAreTheirOwnersBusiness shows that nobody else can look into what a run
// leaves, though the state folder itself is open to all.
func TestRunsAreTheirOwnersBusiness(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	folder, err := state.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, _, k := begin(t, folder, "private")
	if _, err := k.Blobs().Put([]byte("value")); err != nil {
		t.Fatal(err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 3 {
		t.Fatalf("got %v, %v; want programs, runs and blobs", entries, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
		}
	}
}

func TestRunsThatHearNothing(t *testing.T) {
	folder, err := state.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	_, _, k := begin(t, folder, "release-1")
	log, err := k.Begin(&runtime.Start{Run: "release-1", Workflow: "main"})
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Append([]runtime.Event{{Seq: 1, Type: runtime.RunStarted, Start: &runtime.Start{Run: "release-1"}}}); err != nil {
		t.Fatal(err)
	}
	if err := k.Close(); err != nil { // as if the process had died
		t.Fatal(err)
	}
	var dead *state.DeadError
	if err := folder.Send(local.Message{Run: "release-1", Want: local.WantCancel}); !errors.As(err, &dead) {
		t.Errorf("a dead run: got %v", err)
	}
	var unknown *state.UnknownRunError
	if err := folder.Send(local.Message{Run: "release-2", Want: local.WantCancel}); !errors.As(err, &unknown) || unknown.Near != "release-1" {
		t.Errorf("a run that is not there: got %v", err)
	}
	if err := folder.Send(local.Message{Run: "../x", Want: local.WantCancel}); err == nil {
		t.Error("an id left the folder")
	}
}
