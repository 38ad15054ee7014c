package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/stdlib/activity"
)

// errDead is what a mortal store dies of.
var errDead = errors.New("the process is dead")

// A mortal is a store whose process dies at the n-th commit: before it, or with
// nobody hearing that it was made.
type mortal struct {
	*local.MemoryStore
	left  int
	after bool
}

func (m *mortal) Commit(batches []journal.Batch) error {
	if m.left--; m.left < 0 {
		if m.after {
			_ = m.MemoryStore.Commit(batches)
		}
		return errDead
	}
	return m.MemoryStore.Commit(batches)
}

// A workshop has the functions that flows of these tests call, and counts.
type workshop struct {
	mu    sync.Mutex
	calls map[string]int // by the function and its input
}

func (w *workshop) registry() *activity.Registry {
	count := func(name string, in json.RawMessage) int {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.calls[name+string(in)]++
		return w.calls[name+string(in)]
	}
	return functions(map[string]activity.Func{
		"double": func(_ context.Context, in json.RawMessage) (json.RawMessage, error) {
			count("double", in)
			var args struct{ N int }
			if err := json.Unmarshal(in, &args); err != nil {
				return nil, err
			}
			return fmt.Appendf(nil, "%d", 2*args.N), nil
		},
		"shaky": func(ctx context.Context, in json.RawMessage) (json.RawMessage, error) {
			if count("shaky", in); activity.Info(ctx).Number < 3 {
				return nil, errors.New("not yet")
			}
			return json.RawMessage("1"), nil
		},
		"once": func(ctx context.Context, in json.RawMessage) (json.RawMessage, error) {
			if count("once", in); !strings.Contains(activity.Info(ctx).Node, "#2") {
				return nil, errors.New("not yet")
			}
			return json.RawMessage("1"), nil
		},
		"fails": func(_ context.Context, in json.RawMessage) (json.RawMessage, error) {
			count("fails", in)
			return nil, errors.New("never")
		},
		"take": func(_ context.Context, in json.RawMessage) (json.RawMessage, error) {
			count("take", in)
			return nothing()
		},
		"give": func(_ context.Context, in json.RawMessage) (json.RawMessage, error) {
			count("give", in)
			return nothing()
		},
	})
}

const workshopFlow = `
activity double(n: int) -> int
activity shaky(n: int) -> int { retry = exponential(9, from: 1ms) }
activity once(n: int) -> int
activity fails() -> int
activity take(what: string) { undo = give(what) }
activity give(what: string)
`

// resumed are flows that die at each of their commits.
var resumed = []struct{ name, flow string }{
	{"a chain", "workflow main() -> int {\n  a = double(1)\n  b = double(a)\n  c = double(b)\n  return c\n}"},
	{"a map", "workflow main() -> [int] {\n  r = map i in 1..7 with max = 2 {\n    d = double(i)\n    yield d\n  }\n  return r\n}"},
	{"retries", "workflow main() -> int {\n  a = shaky(1)\n  return a\n}"},
	{"timers", "workflow main() -> int {\n  group {\n    wait 5ms\n    wait 20ms\n  }\n  a = double(2)\n  return a\n}"},
	{"a failure and its undo", "workflow main() -> int {\n  t = take(\"a\")\n  u = take(\"b\")\n  c = fails()\n  return c\n} finally { double(5) }"},
	{"an absorbed failure", "workflow main() -> int {\n  a = fails() with raises_on_failure = false\n  b = double(3)\n  return b\n}"},
	{"child runs", "workflow child(n: int) -> int {\n  a = double(n)\n  b = double(a)\n  return b\n}\nworkflow main() -> [int] {\n  r = map i in 1..3 {\n    d = child(i)\n    yield d\n  }\n  return r\n}"},
	{"a child run that fails", "workflow child() -> int {\n  take(\"c\")\n  a = fails()\n  return a\n}\nworkflow main() -> int {\n  a = child() with raises_on_failure = false\n  b = double(4)\n  return b\n}"},
	{"detached child runs", "workflow child(n: int) {\n  a = double(n)\n  wait 10ms\n  b = double(n + 10)\n}\nworkflow main() -> int {\n  one = detach child(1) with on_parent_close = abandon\n  two = detach child(2)\n  a = double(6)\n  return a\n}"},
	{"a race", "workflow main() -> int {\n  race {\n    a = double(7)\n    chain {\n      wait 10s\n      b = double(8)\n    }\n  }\n  return 1\n}"},
	{"a retried block", "workflow main() -> int {\n  c = chain with retry = exponential(5, from: 1ms) {\n    a = double(1)\n    b = once(a)\n  }\n  return 3\n}"},
}

// TestARunGoesOnWhereItStopped kills a run at each of its commits, once just
// before and once just after it, and lets it go on: it ends as it would have,
// and what was recorded as completed does not run again.
func TestARunGoesOnWhereItStopped(t *testing.T) {
	for _, test := range resumed {
		t.Run(test.name, func(t *testing.T) {
			c := config(t, workshopFlow+test.flow)
			c.Workflow = "main"
			whole := &workshop{calls: map[string]int{}}
			c.Activities = whole.registry()
			c.Store = &local.MemoryStore{}
			want := do(t, c)
			for _, after := range []bool{false, true} {
				for n := 0; ; n++ {
					if !diesAt(t, c, want, n, after) {
						break
					}
				}
			}
		})
	}
}

// diesAt kills a run at its n-th commit, and reports whether it has that many.
func diesAt(t *testing.T, c local.Config, want runtime.RunReport, n int, after bool) bool {
	t.Helper()
	shop := &workshop{calls: map[string]int{}}
	store := &local.MemoryStore{}
	c.Activities, c.Store = shop.registry(), &mortal{store, n, after}
	r, err := local.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = r.Do(); err == nil {
		return false
	} else if !errors.Is(err, errDead) {
		t.Fatal(err)
	}
	where := fmt.Sprintf("dead at commit %d (made: %t)", n, after)
	before := completions(store)
	r, err = local.Resume(c, store)
	if len(store.Runs) == 0 {
		if err == nil || !strings.Contains(err.Error(), "stopped before it began") {
			t.Errorf("%s: a run goes on that never began: %v", where, err)
		}
		return true
	}
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	got, err := r.Do()
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	if show(got) != show(want) || statuses(got) != statuses(want) {
		t.Errorf("%s: got %s; %s, want %s; %s", where, show(got), statuses(got), show(want), statuses(want))
	}
	for task, times := range completions(store) {
		if times != 1 || before[task] > 0 && startedAfter(store, task) {
			t.Errorf("%s: %s was completed %d times, or ran again", where, task, times)
		}
	}
	inOrder(t, where, store)
	return true
}

// completions returns how often each attempt of a task, or call, is recorded as
// completed.
func completions(m *local.MemoryStore) map[string]int {
	count := map[string]int{}
	for _, run := range m.Runs {
		_ = m.Replay(run, func(e runtime.Event) error {
			if e.Type == runtime.TaskCompleted || e.Type == runtime.ChildCompleted {
				count[fmt.Sprint(run, " ", e.Node, " ", e.Attempt)]++
			}
			return nil
		})
	}
	return count
}

// startedAfter reports whether an attempt was started after it was completed.
func startedAfter(m *local.MemoryStore, task string) bool {
	run, _, _ := strings.Cut(task, " ")
	done, late := false, false
	_ = m.Replay(run, func(e runtime.Event) error {
		if fmt.Sprint(run, " ", e.Node, " ", e.Attempt) == task {
			done = done || e.Type == runtime.TaskCompleted
			late = late || done && e.Type == runtime.TaskStarted
		}
		return nil
	})
	return late
}

// inOrder checks that the events of a run are numbered, and never go back in
// time.
func inOrder(t *testing.T, where string, m *local.MemoryStore) {
	t.Helper()
	for _, run := range m.Runs {
		seq, last := int64(0), ir.Time(0)
		_ = m.Replay(run, func(e runtime.Event) error {
			if seq++; e.Seq != seq || e.Time < last {
				t.Errorf("%s: event %d of %s stands at place %d", where, e.Seq, run, seq)
			}
			last = e.Time
			return nil
		})
	}
}

// TestAMessageIsHeardByWhoGoesOn shows that a run that waits goes on waiting.
func TestAMessageIsHeardByWhoGoesOn(t *testing.T) {
	c := config(t, "workflow w() -> string {\n  signal go(by: string)\n  s = wait go for 1m else raise Late\n  return s.by\n}\nerror Late")
	store := &local.MemoryStore{}
	c.Store = store
	r := start(t, c)
	time.AfterFunc(20*time.Millisecond, r.Leave)
	if _, err := r.Do(); !errors.Is(err, local.ErrLeft) {
		t.Fatalf("a run that was left: %v", err)
	}
	due := ir.Time(0)
	_ = store.Replay("test", func(e runtime.Event) error { due = e.Time + ir.Time(time.Minute); return nil })
	inbox := make(chan journal.Message, 1)
	inbox <- journal.Message{No: 1, Run: "test", Want: journal.WantSignal, Name: "go", Payload: json.RawMessage(`{"by":"ann"}`)}
	c.Inbox = inbox
	r, err := local.Resume(c, store)
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Do()
	if err != nil || show(got) != `succeeded: "ann"` || len(store.Heard) != 1 {
		t.Errorf("got %s, %v; heard %v (due %d)", show(got), err, store.Heard, due)
	}
}

// TestARunWhoseTimeHasComeGoesOnAtOnce shows that a timer is due when it was,
// though nobody was there.
func TestARunWhoseTimeHasComeGoesOnAtOnce(t *testing.T) {
	c := config(t, "workflow w() -> int {\n  wait 300ms\n  return 1\n}")
	store := &local.MemoryStore{}
	c.Store = store
	r := start(t, c)
	time.AfterFunc(10*time.Millisecond, r.Leave)
	if _, err := r.Do(); !errors.Is(err, local.ErrLeft) {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	begin := time.Now()
	if r, err := local.Resume(c, store); err != nil {
		t.Fatal(err)
	} else if got, err := r.Do(); err != nil || show(got) != "succeeded: 1" {
		t.Errorf("got %s, %v", show(got), err)
	}
	if took := time.Since(begin); took > 250*time.Millisecond {
		t.Errorf("the timer was set anew: it took %v", took)
	}
}

// TestEventsNeverGoBackInTime lets a run go on whose events lie in the future,
// as they do when the clock was set back.
func TestEventsNeverGoBackInTime(t *testing.T) {
	c := config(t, "activity double(n: int) -> int\nworkflow main() -> int {\n  a = double(1)\n  return a\n}")
	c.Activities = (&workshop{calls: map[string]int{}}).registry()
	store := &local.MemoryStore{}
	later := ir.Time(time.Now().Add(time.Hour).UnixNano())
	begin := &runtime.Start{IR: c.Program.Hash(), Workflow: "main", Run: "test", Input: map[string]json.RawMessage{}, Flags: runtime.Flags}
	if err := store.Commit([]journal.Batch{{Run: "test", Events: []runtime.Event{{Seq: 1, Time: later, Type: runtime.RunStarted, Start: begin}}}}); err != nil {
		t.Fatal(err)
	}
	r, err := local.Resume(c, store)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Do(); err != nil || show(got) != "succeeded: 2" {
		t.Errorf("got %s, %v", show(got), err)
	}
	inOrder(t, "after the clock was set back", store)
}
