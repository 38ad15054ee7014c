package local_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/stdlib/activity"
)

// compile compiles a flow, which must be right.
func compile(t testing.TB, flow string) *ir.Program {
	t.Helper()
	r := compiler.Compile(diag.NewSource("main.flow", []byte(flow)), compiler.Config{Std: activity.Source, Verify: true})
	if r.Program == nil || r.Bug != nil {
		var b bytes.Buffer
		diag.Render(&b, r.Diags.Sorted(), diag.Options{})
		t.Fatalf("%s\n%v", &b, r.Bug)
	}
	return r.Program
}

// A watcher is an observer that remembers.
type watcher struct {
	mu      sync.Mutex
	changes []runtime.Change
	lines   []string
	started []string
	onLine  func(node, line string) // called without the lock
}

func (w *watcher) Changes(_ time.Time, changes []runtime.Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes = append(w.changes, changes...)
}

func (w *watcher) Log(node string, attempt int, line []byte) {
	w.mu.Lock()
	w.lines = append(w.lines, fmt.Sprintf("%s#%d %s", node, attempt, line))
	w.mu.Unlock()
	if w.onLine != nil {
		w.onLine(node, string(line))
	}
}

func (w *watcher) Started(_ time.Time, node string, attempt int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.started = append(w.started, fmt.Sprintf("%s#%d", node, attempt))
}

// log returns the lines that were logged.
func (w *watcher) log() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.lines, "\n")
}

// config returns how tests run a flow: in folders of their own, with few
// patience.
func config(t testing.TB, flow string) local.Config {
	t.Helper()
	return local.Config{
		Program: compile(t, flow), Run: "test", Root: t.TempDir(), Out: t.TempDir(), Jobs: 2, Grace: 5 * time.Second,
	}
}

// start makes a run that must be possible.
func start(t testing.TB, c local.Config) *local.Run {
	t.Helper()
	r, err := local.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// do runs a flow that must come to an end of its own.
func do(t testing.TB, c local.Config) runtime.RunReport {
	t.Helper()
	report, err := start(t, c).Do()
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// statuses returns the nodes and how they ended, but for the workflow's own.
func statuses(r runtime.RunReport) string {
	var list []string
	for _, n := range r.Nodes[1:] {
		s := n.ID[strings.IndexByte(n.ID, '/')+1:] + " " + n.Status
		if n.Attempts > 1 {
			s += fmt.Sprintf("#%d", n.Attempts)
		}
		list = append(list, s)
	}
	return strings.Join(list, ", ")
}

// show returns how a run ended, in a line.
func show(r runtime.RunReport) string {
	switch {
	case r.Failure != nil:
		return fmt.Sprintf("%s: %s: %s: %s", r.Status, r.Failure.Node, r.Failure.Error, r.Failure.Message)
	case r.Result != nil:
		return r.Status + ": " + string(r.Result)
	}
	return r.Status
}

// input returns an input by parameter.
func input(t testing.TB, object string) map[string]json.RawMessage {
	t.Helper()
	var in map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &in); err != nil {
		t.Fatal(err)
	}
	return in
}
