package local_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/local"
)

const leaf = `
activity echo(n: int) -> int { run = ["echo", "${n}"], stdin = none }
workflow leaf(n: int) -> int {
  x = echo(n)
  return x
}
`

func TestChildRunsHaveAHistoryOfTheirOwn(t *testing.T) {
	c := config(t, leaf+`
workflow main() -> [int] {
  xs = map i in 1..3 { yield leaf(i) }
  return xs
}`)
	c.Workflow = "main"
	store, w := &local.MemoryStore{}, &watcher{}
	c.Store, c.Observer = store, w
	r := do(t, c)
	if got, want := show(r), "succeeded: [1,2,3]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(store.Runs) != 4 || store.Runs[0] != "test" || len(store.Over) != 4 {
		t.Errorf("runs %v ended %v", store.Runs, store.Over)
	}
	for _, e := range store.Events {
		if e.Start != nil && e.Start.Parent != nil && (e.Start.Parent.Run != "test" || e.Start.Workflow != "leaf" || e.Seq != 1) {
			t.Errorf("a child run began with %+v", e.Start)
		}
	}
	for _, n := range r.Nodes {
		if n.Kind == "child" && n.Run == "" {
			t.Errorf("%s does not say which run it was", n.ID)
		}
	}
	seen := false
	for _, x := range w.changes {
		seen = seen || x.Node == "main/xs[1]/leaf/x" && x.Parent == "main/xs[1]/leaf"
	}
	if !seen {
		t.Error("the nodes of a child run are not shown under the call")
	}
}

func TestHowChildRunsEnd(t *testing.T) {
	const declarations = `
error Bad { reason: string }
activity fail() raises Bad { run = ["sh", "-c", "echo no >&2; exit 2"], stdin = none, errors = { 2: Bad } }
activity slow() { run = ["sleep", "1000"], stdin = none }
workflow bad() -> int {
  fail()
  return 1
}
workflow long() with timeout = 200ms { slow() }
workflow deep() { deep() }
`
	for _, test := range []struct{ name, body, want string }{
		{"a failure is that of the call", `
  bad()
  return 1`, "failed: main/bad: Bad: no"},
		{"it can be caught", `
  x = chain { yield bad() } catch Bad as e { yield len(e.reason) }
  return x`, "succeeded: 2"},
		{"a time-out", `
  long()
  return 1`, "failed: main/long: TimedOut: timeout of 200ms passed"},
		{"recursion without end", `
  deep()
  return 1`, "failed: main/deep: LimitExceeded: child runs are nested more than 200 deep; does `deep` call itself without end?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := config(t, declarations+"workflow main() -> int {"+test.body+"\n}\n")
			c.Workflow = "main"
			if got := show(do(t, c)); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestCancelReachesChildRunsAndTheirHandlers(t *testing.T) {
	c := config(t, obedient+`
activity note() { run = ["touch", "noted"], stdin = none }
workflow child() { a = obedient() } on_cancel { note() }
workflow main() { group {
  x = child()
  y = child()
} }`)
	c.Workflow = "main"
	var run *local.Run
	w := onLines(2, func() { run.Cancel() })
	c.Observer = w
	run = start(t, c)
	r, err := run.Do()
	if err != nil || r.Status != "cancelled" {
		t.Fatalf("got %s, %v", r.Status, err)
	}
	dead(t, w)
	if _, err := os.Stat(filepath.Join(c.Root, "noted")); err != nil {
		t.Error("the handler of a child run did not run")
	}
}

func TestKillEndsChildRunsWithoutHandlers(t *testing.T) {
	c := config(t, stubborn+`
activity note() { run = ["touch", "noted"], stdin = none }
workflow child() { a = stubborn() } finally { note() }
workflow main() { group {
  x = child()
  y = child()
} }`)
	c.Workflow = "main"
	var run *local.Run
	w := onLines(2, func() { run.Kill() })
	store := &local.MemoryStore{}
	c.Observer, c.Store = w, store
	run = start(t, c)
	r, err := run.Do()
	if err != nil || r.Status != "cancelled" {
		t.Fatalf("got %s, %v", r.Status, err)
	}
	dead(t, w)
	if _, err := os.Stat(filepath.Join(c.Root, "noted")); err == nil {
		t.Error("a handler ran")
	}
	if len(store.Over) != 3 {
		t.Errorf("%d runs were ended, want 3", len(store.Over))
	}
}

// TestDetached shows what becomes of detached child runs when the parent ends.
func TestDetached(t *testing.T) {
	for _, test := range []struct {
		policy      string
		done, noted bool
	}{
		{"", false, true},
		{"with on_parent_close = cancel", false, true},
		{"with on_parent_close = terminate", false, false},
		{"with on_parent_close = abandon", true, true},
	} {
		t.Run(test.policy, func(t *testing.T) {
			c := config(t, `
activity slow() { run = ["sh", "-c", "sleep 0.5; touch done"], stdin = none }
activity note() { run = ["touch", "noted"], stdin = none }
activity until() { run = ["sleep", "0.2"], stdin = none }
workflow child() { slow() } finally { note() }
workflow main() {
  detach child() `+test.policy+`
  until()
}`)
			c.Workflow = "main"
			r := do(t, c)
			if r.Status != "succeeded" {
				t.Errorf("got %s", show(r))
			}
			there := func(name string) bool { _, err := os.Stat(filepath.Join(c.Root, name)); return err == nil }
			if there("done") != test.done || there("noted") != test.noted {
				t.Errorf("done %v, noted %v; want %v, %v", there("done"), there("noted"), test.done, test.noted)
			}
		})
	}
}

// TestTerminatedChildIsAskedToEnd shows that a program of a terminated child run
// has its grace, and that its handlers are shown as skipped.
func TestTerminatedChildIsAskedToEnd(t *testing.T) {
	c := config(t, `
activity polite() { run = ["sh", "-c", "trap 'touch ended; exit' TERM; touch ready; while :; do sleep 0.02; done"], stdin = none }
activity note() { run = ["touch", "noted"], stdin = none }
activity until() { run = ["sh", "-c", "until test -e ready; do sleep 0.02; done"], stdin = none }
workflow child() { polite() } on_cancel { note() }
workflow main() {
  detach child() with on_parent_close = terminate
  until()
}`)
	c.Workflow = "main"
	w := &watcher{}
	c.Observer = w
	if r := do(t, c); r.Status != "succeeded" {
		t.Errorf("got %s", show(r))
	}
	if _, err := os.Stat(filepath.Join(c.Root, "ended")); err != nil {
		t.Error("the program had no time to end")
	}
	last := map[string]string{}
	for _, x := range w.changes {
		if x.Ending == ir.Waiting {
			last[x.Node] = x.To.String()
		}
	}
	for id, want := range map[string]string{"main/child/polite": "cancelled", "main/child/on_cancel": "skipped", "main/child/on_cancel/note": "skipped"} {
		if last[id] != want {
			t.Errorf("%s: got %q, want %s; of %v", id, last[id], want, last)
		}
	}
}

// TestCancelLeavesWhatIsAbandoned shows that a cancel of a run is one of the
// child runs that its end reaches, and that each is shown to run.
func TestCancelLeavesWhatIsAbandoned(t *testing.T) {
	c := config(t, obedient+`
activity slow() { run = ["sh", "-c", "until test -e go; do sleep 0.02; done; touch done"], stdin = none }
activity note() { run = ["touch", "go"], stdin = none }
workflow child() { slow() }
workflow waited() { obedient() }
workflow main() {
  detach child() with on_parent_close = abandon
  waited()
} finally { note() }`)
	c.Workflow = "main"
	var run *local.Run
	w := onLines(1, func() { run.Cancel() })
	c.Observer = w
	run = start(t, c)
	if r, err := run.Do(); err != nil || r.Status != "cancelled" {
		t.Errorf("got %s, %v", show(r), err)
	}
	if _, err := os.Stat(filepath.Join(c.Root, "done")); err != nil {
		t.Error("what was abandoned did not go on")
	}
	if got := strings.Join(w.started, " "); !strings.Contains(got, "main/waited#1") || strings.Contains(got, "main/child#1 ") {
		t.Errorf("shown to run: %s", got)
	}
}

func TestIdempotentWorkInFlightIsJoined(t *testing.T) {
	c := config(t, `
activity once(n: int) -> int {
  run = ["sh", "-c", "echo x >>count; sleep 0.3; echo $0", "${n}"]
  stdin = none
  idempotent = true
}
workflow child() -> int {
  x = once(7)
  return x
}
workflow main() -> [int] {
  g = group {
    a = once(7)
    b = once(7)
    c = once(8)
    d = child()
  }
  e = once(7)
  return [g.a, g.b, g.c, g.d, e]
}`)
	c.Workflow, c.Jobs = "main", 4
	r := do(t, c)
	if got, want := show(r), "succeeded: [7,7,8,7,7]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	text, _ := os.ReadFile(filepath.Join(c.Root, "count"))
	if n := strings.Count(string(text), "x"); n != 3 {
		t.Errorf("the program ran %d times, want 3: once for those in flight together, once for 8, once afterwards", n)
	}
}

func TestCancelOfOneWhoJoinedLeavesTheOthers(t *testing.T) {
	c := config(t, `
activity once() -> int { run = ["sh", "-c", "sleep 0.5; echo 1"], stdin = none, idempotent = true }
workflow w() -> int {
  group with raises_on_failure = false {
    a = once()
    b = once()
  }
  return a.value ?? 0 + 10 * (b.value ?? 0)
}`)
	inbox := make(chan journal.Message)
	c.Inbox = inbox
	store := &local.MemoryStore{}
	c.Store = store
	w := &watcher{}
	c.Observer = w
	go func() {
		time.Sleep(200 * time.Millisecond)
		inbox <- journal.Message{Run: "test", Want: journal.WantCancel, Node: "w/a", No: 7}
	}()
	r := do(t, c)
	if got := statuses(r); !strings.Contains(got, "a failed") || !strings.Contains(got, "b succeeded") {
		t.Errorf("got %s: %s", show(r), got)
	}
	if len(store.Heard) != 1 || store.Heard[0] != 7 {
		t.Errorf("messages %v were heard, want 7", store.Heard)
	}
}

func TestMessages(t *testing.T) {
	c := config(t, `
workflow child() -> string {
  signal go(by: string)
  s = wait go
  return s.by
}
workflow main() -> string {
  x = child()
  return x
}`)
	c.Workflow = "main"
	inbox := make(chan journal.Message)
	store := &local.MemoryStore{}
	c.Inbox, c.Store = inbox, store
	child := childOf(t, c.Run, "main/x")
	waits := make(chan bool)
	c.Observer = &waiter{node: "main/x/s", waits: waits}
	go func() {
		inbox <- journal.Message{Run: "no such run", Want: journal.WantKill}
		<-waits // what comes before there is such a run is lost
		inbox <- journal.Message{Run: child, Want: journal.WantSignal, Name: "go", Payload: json.RawMessage(`{"by":"ann"}`)}
	}()
	r, err := start(t, c).Do()
	if err != nil || show(r) != `succeeded: "ann"` {
		t.Errorf("got %s, %v", show(r), err)
	}
}

// A waiter is an observer that closes waits when a node runs.
type waiter struct {
	watcher
	node  string
	waits chan bool
}

func (w *waiter) Changes(_ time.Time, changes []runtime.Change) {
	for _, x := range changes {
		if x.Node == w.node && x.To == ir.Running {
			close(w.waits)
		}
	}
}

// childOf returns the id of the child run that a node of a run makes.
func childOf(t *testing.T, run, node string) string {
	t.Helper()
	store := &local.MemoryStore{}
	c := config(t, "workflow child() {}\nworkflow main() { x = child() }")
	c.Workflow, c.Run, c.Store = "main", run, store
	do(t, c)
	for _, e := range store.Events {
		if e.Type == runtime.ChildStarted && e.Node == node {
			return e.Child
		}
	}
	t.Fatalf("%s made no child run", node)
	return ""
}
