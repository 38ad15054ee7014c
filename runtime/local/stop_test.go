package local_test

import (
	"context"
	"encoding/json"
	"os"
	goruntime "runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/stdlib/activity"
)

// onLines returns a watcher that calls f once n lines were logged.
func onLines(n int, f func()) *watcher {
	w := &watcher{}
	w.onLine = func(string, string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if n--; n == 0 {
			go f()
		}
	}
	return w
}

// obedient ends when it is asked to; stubborn does not. Both first say who
// they are by their process id.
const (
	obedient = `activity obedient() { run = ["sh", "-c", "echo $$; exec sleep 1000"], stdin = none }` + "\n"
	stubborn = `activity stubborn() { run = ["sh", "-c", "trap : TERM; echo $$; while :; do sleep 0.1; done"], stdin = none }` + "\n"
	quick    = `activity quick() { run = ["true"], stdin = none }` + "\n"
)

// dead fails the test if a program that said its process id still runs.
func dead(t *testing.T, w *watcher) {
	t.Helper()
	for line := range strings.SplitSeq(w.log(), "\n") {
		if pid, err := strconv.Atoi(line[strings.LastIndexByte(line, ' ')+1:]); err == nil && syscall.Kill(pid, 0) == nil {
			t.Errorf("%s: it still runs", line)
		}
	}
}

func TestCancelStopsWhatRunsBreadthFirst(t *testing.T) {
	c := config(t, obedient+quick+`
workflow w() {
  group {
    chain { chain { a = obedient() } }
    b = obedient()
    c = obedient()
  }
  d = quick()
}`)
	c.Jobs = 2
	log := &local.MemoryStore{}
	c.Store = log
	var run *local.Run
	w := onLines(2, func() { run.Cancel(); run.Cancel() })
	c.Observer = w
	run = start(t, c)
	r, err := run.Do()
	if err != nil || r.Status != "cancelled" {
		t.Fatalf("got %s, %v", r.Status, err)
	}
	dead(t, w)
	if got, want := decided(w), "w, (group 1), d, (chain 1), b, c, (chain 2), a"; got != want {
		t.Errorf("cancelled %s, want %s", got, want)
	}
	for _, s := range w.started {
		if strings.HasPrefix(s, "w/c#") || strings.HasPrefix(s, "w/d#") {
			t.Errorf("%s was started", s)
		}
	}
	requests := 0
	for _, e := range log.Events {
		if e.Type == runtime.CancelRequested {
			requests++
		}
	}
	if requests != 1 {
		t.Errorf("%d cancels were recorded, want 1", requests)
	}
}

// decided returns the nodes that were to be cancelled, in the order in which
// that was decided.
func decided(w *watcher) string {
	var list []string
	seen := map[string]bool{}
	for _, c := range w.changes {
		if (c.To == ir.Cancelled || c.Ending == ir.Cancelled) && !seen[c.Node] {
			seen[c.Node] = true
			list = append(list, strings.TrimPrefix(c.Node, "w/"))
		}
	}
	return strings.Join(list, ", ")
}

func TestFailureStopsItsSiblings(t *testing.T) {
	c := config(t, obedient+`
activity fail() { run = ["sh", "-c", "sleep 0.3; exit 1"], stdin = none }
workflow w() {
  group {
    a = obedient()
    b = fail()
  }
}`)
	w := &watcher{}
	c.Observer = w
	r := do(t, c)
	if got, want := show(r)+"; "+statuses(r), "failed: w/b: Failed: exit status 1; (group 1) failed, a cancelled, b failed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	dead(t, w)
}

func TestStubbornProgramIsKilledAfterItsGrace(t *testing.T) {
	c := config(t, stubborn+`
workflow w() { a = stubborn() with timeout = 300ms }`)
	c.Grace = 200 * time.Millisecond
	w := &watcher{}
	c.Observer = w
	r := do(t, c)
	if got, want := show(r), "failed: w/a: TimedOut: timeout of 300ms passed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if details := string(r.Failure.Details); !strings.Contains(details, `"signal":"SIGKILL"`) {
		t.Errorf("details: %s", details)
	}
	dead(t, w)
}

func TestKillEndsAllAtOnce(t *testing.T) {
	c := config(t, stubborn+obedient+quick+`
workflow w() {
  group {
    a = stubborn()
    b = obedient()
    c = quick()
  }
  d = quick()
}`)
	c.Grace = time.Hour
	var run *local.Run
	w := onLines(2, func() { run.Cancel(); run.Kill() })
	c.Observer = w
	run = start(t, c)
	r, err := run.Do()
	if err != nil || r.Status != "cancelled" {
		t.Fatalf("got %s, %v", r.Status, err)
	}
	dead(t, w)
	// b ends when it is asked to, which may be before it is killed.
	if got, want := strings.Replace(statuses(r), "b cancelled", "b abandoned", 1), "(group 1) cancelled, a abandoned, b abandoned, c cancelled, d cancelled"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestKillWithoutCancel(t *testing.T) {
	c := config(t, stubborn+"workflow w() { a = stubborn() }")
	c.Grace = time.Hour
	var run *local.Run
	w := onLines(1, func() { run.Kill() })
	c.Observer = w
	run = start(t, c)
	if r, err := run.Do(); err != nil || r.Status != "cancelled" || statuses(r) != "a abandoned" {
		t.Errorf("got %s, %v; %s", r.Status, err, statuses(r))
	}
	dead(t, w)
}

func TestCancelBeforeItBegins(t *testing.T) {
	c := config(t, quick+"workflow w() { a = quick() }")
	run := start(t, c)
	run.Cancel()
	r, err := run.Do()
	if err != nil || r.Status != "cancelled" && r.Status != "succeeded" {
		t.Errorf("got %s, %v", r.Status, err)
	}
}

func TestCancelDuringBackOff(t *testing.T) {
	c := config(t, `
activity f() { retry = exponential(9, from: 1h, max: 1h) }
workflow w() { f() }`)
	synctest.Test(t, func(t *testing.T) {
		c.Activities = functions(map[string]activity.Func{"f": func(context.Context, json.RawMessage) (json.RawMessage, error) {
			panic("again")
		}})
		run := start(t, c)
		time.AfterFunc(30*time.Minute, run.Cancel)
		r, err := run.Do()
		if err != nil || r.Status != "cancelled" || time.Duration(*r.Ended-r.Started) != 30*time.Minute {
			t.Errorf("got %s after %v, %v", r.Status, time.Duration(*r.Ended-r.Started), err)
		}
	})
}

func TestLogThatFailsEndsTheRun(t *testing.T) {
	for n := range 3 { // the start; the end of a; the end of c
		c := config(t, obedient+quick+`
workflow w() {
  a = quick()
  group {
    b = obedient()
    c = quick()
  }
}`)
		w := &watcher{}
		c.Observer = w
		c.Store = &failingLog{n: n}
		_, err := start(t, c).Do()
		if err == nil || !strings.HasSuffix(err.Error(), "disk full") {
			t.Errorf("commit %d: got error %v", n, err)
		}
		dead(t, w)
	}
}

func TestNothingIsLeft(t *testing.T) {
	c := config(t, obedient+quick+`
activity leaves() -> string { run = ["sh", "-c", "sleep 1000 & echo x"], result = text, stdin = none }
activity missing() { run = ["no-such-program"], stdin = none }
activity reads(text: string) { run = ["true"], stdin = text }
workflow w() {
  map i in 1..20 { quick() }
  group with raises_on_failure = false {
    leaves()
    missing()
    reads("x")
    obedient() with timeout = 100ms
  }
}`)
	do(t, c) // what is opened once for all runs
	fds, goroutines := openFiles(t), goruntime.NumGoroutine()
	for range 5 {
		do(t, c)
	}
	if now := openFiles(t); now > fds {
		t.Errorf("%d files are open, %d were before", now, fds)
	}
	deadline := time.Now().Add(10 * time.Second)
	for goruntime.NumGoroutine() > goroutines && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if now := goruntime.NumGoroutine(); now > goroutines {
		t.Errorf("%d goroutines run, %d did before", now, goroutines)
	}
	if children, err := os.ReadFile("/proc/thread-self/children"); err == nil && len(children) > 0 {
		t.Errorf("children: %s", children)
	}
}

// openFiles returns how many files this process has open.
func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not tell which files are open")
	}
	return len(files)
}

// withHandler makes the last member of the workflow, a chain, its on_cancel.
func withHandler(p *ir.Program) *ir.Program {
	w := p.Workflows[0]
	root := &w.Nodes[0]
	body := root.Members[len(root.Members)-1]
	root.Members = root.Members[:len(root.Members)-1]
	n := &w.Nodes[body]
	n.Kind, n.Name, n.ID = ir.NBody, "on_cancel", "w/on_cancel"
	root.Handlers = []ir.Handler{{Kinds: ir.HOnCancel, Slot: -1, Body: body, At: ir.NoPos}}
	return p
}

func TestHandlersRunAfterCancelButNotAfterKill(t *testing.T) {
	const flow = obedient + stubborn + quick + `
workflow w() {
  a = obedient()
  chain {
    b = quick()
    c = stubborn()
  }
}`
	for _, test := range []struct {
		name string
		stop func(*local.Run)
		kill func(*local.Run) // when the handler's own program runs
		want string
	}{
		{"cancel, then kill in the handler", (*local.Run).Cancel, (*local.Run).Kill,
			"a cancelled, on_cancel abandoned, b succeeded, c abandoned"},
		{"kill", (*local.Run).Kill, nil, "a abandoned, on_cancel skipped, b skipped"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := config(t, flow)
			withHandler(c.Program)
			c.Grace = time.Hour
			var run *local.Run
			w := &watcher{}
			w.onLine = func(node, line string) {
				if strings.HasSuffix(node, "/a") {
					test.stop(run)
				} else if test.kill != nil {
					test.kill(run)
				}
			}
			c.Observer = w
			run = start(t, c)
			r, err := run.Do()
			if err != nil || r.Status != "cancelled" {
				t.Fatalf("got %s, %v", r.Status, err)
			}
			if got := statuses(r); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			dead(t, w)
		})
	}
}

// TestEndsWheneverItIsStopped cancels and kills at instants that differ from
// round to round.
func TestEndsWheneverItIsStopped(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	c := config(t, stubborn+obedient+quick+`
activity fail() { run = ["false"], stdin = none, retry = exponential(20, from: 1ms) }
workflow w() {
  quick()
  group {
    map i in 1..5 { x = quick() }
    fail() with raises_on_failure = false
    map i in 1..3 with max = 1 { y = obedient() with timeout = 3ms, raises_on_failure = false }
    chain {
      z = stubborn() with queue_timeout = 1m
    }
  }
  chain {
    b = quick()
    c = obedient()
  }
}`)
	withHandler(c.Program)
	c.Grace = 10 * time.Millisecond
	c.Jobs = 4
	for i := range rounds {
		w := &watcher{}
		c.Observer = w
		run := start(t, c)
		instant := time.Duration(i) * 40 * time.Millisecond / time.Duration(rounds)
		time.AfterFunc(instant, run.Cancel)
		time.AfterFunc(instant+time.Duration(i%7)*5*time.Millisecond, run.Kill)
		r, err := run.Do()
		if err != nil || r.Status != "cancelled" {
			t.Fatalf("stopped after %v: %s, %v", instant, show(r), err)
		}
		for _, n := range r.Nodes {
			if n.Status == "running" || n.Status == "waiting" {
				t.Errorf("stopped after %v: %s is %s", instant, n.ID, n.Status)
			}
		}
		dead(t, w)
	}
}
