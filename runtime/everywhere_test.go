package runtime_test

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// everything is one flow for each thing that has an ending of its own.
var everything = map[string]string{
	"handlers": `workflow w() -> int {
  v = chain { x = a(0); y = b(x); yield y } catch Bad as e { yield a(e.code) } finally { c(1) }
  group with raises_on_failure = false { a(v); chain { b(v); c(v) } on_cancel { c(2) } }
  return v
} on_failure as f { c(3) } on_cancel { c(4) } finally { c(5) }`,
	"undo": `workflow w() -> int {
  x = u(1)
  dag { p = u(x); q = u(p); r = b(q) }
  rows = map i in [1, 2, 3] with max = 2 { k = u(i); yield b(k) }
  blk = chain with retry = 1 { m = u(x); yield b(m) }
  return blk
}`,
	"race": `workflow w() -> int {
  r = race {
    a(1) with raises_on_failure = false
    one = chain { x = b(1); y = b(x); yield y }
    two = chain with raises_on_failure = false { wait 1m; yield b(2) }
  }
  return r
}`,
	"loop": `workflow w() -> int {
  n = loop k = 0 while k < 3 with limit = 5 { z = u(k); wait 1s; next k + 1 }
  return n
}`,
	"wait": `workflow w() -> int {
  signal go(n: int)
  g = wait go for 1m else raise Late
  h = wait go for 1m
  a(g.n)
  if h != none { b(h.n) }
  return g.n
}`,
	"expand": `workflow w() -> int {
  e = expand x in [0] by x with limit = 20, max = 3, tolerate = 1 {
    k = a(x)
    if depth < 3 { grow [2 * x + 1, 2 * x + 2] }
    yield k
  }
  return len(e.succeeded)
}`,
	"retry": `workflow w() -> int {
  blk = group with retry = exponential(2, from: 1s) { p = b(1); q = chain { s = b(2); yield u(s) } }
  m = map i in [1, 2] with retry = 1 { yield b(i) }
  return blk.p + blk.q
} on_cancel { c(9) }`,
	"child": `workflow kid(n: int) -> int { x = u(n); return x }
workflow w() -> int { k = kid(1) with retry = 1
  group { l = kid(2); x = u(3) }
  return k }`,
}

const hands = `error Bad { code: int }
error Late
activity a(n: int) -> int raises Bad { timeout = 1m }
activity b(n: int) -> int { retry = 1 }
activity c(n: int)
activity u(n: int) -> int { undo = v(result) }
activity v(n: int)
`

// recorded is a run as a driver saw it: events with what followed.
type recorded struct {
	events  []runtime.Event
	steps   []string
	outcome runtime.Outcome
}

// driveRandomly runs p with outcomes drawn from seed; before event at (0 for
// never) the run is cancelled. It fails the test if the run does not end, if
// something is left open, or if a node does not end.
func driveRandomly(t *testing.T, p *ir.Program, seed int64, at int) recorded {
	t.Helper()
	m, err := runtime.New(p, "w", runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewSource(seed))
	var rec recorded
	status := map[string]ir.Status{}
	tasks := map[string]bool{} // open, by node
	queue := []runtime.Event{{Type: runtime.RunStarted, Start: &runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags}},
		{Type: runtime.SignalReceived, Name: "go", Result: json.RawMessage(`{"n":1}`)}}
	now := ir.Time(0)
	for !m.Done() {
		if len(queue) == 0 || len(rec.events) > 5000 {
			t.Fatalf("seed %d, cancel at %d: the run hangs", seed, at)
		}
		k := 0
		if len(rec.events) > 0 {
			k = rnd.Intn(len(queue))
		}
		e := queue[k]
		queue = slices.Delete(queue, k, k+1)
		if at > 0 && len(rec.events) == at {
			queue, e = append(queue, e), runtime.Event{Type: runtime.CancelRequested}
		}
		now += 1000
		e.Seq, e.Time = int64(len(rec.events)+1), now
		delete(tasks, e.Node)
		step, err := m.Apply(e)
		if err != nil {
			t.Fatalf("seed %d, cancel at %d: %v", seed, at, err)
		}
		rec.events = append(rec.events, e)
		rec.steps = append(rec.steps, stepText(step))
		for _, c := range step.Changes {
			status[c.Node] = c.To
		}
		for _, c := range step.Commands {
			queue = answerTo(queue, c, rnd, tasks)
		}
	}
	if len(tasks) > 0 {
		t.Errorf("seed %d, cancel at %d: the run ended with %v open", seed, at, tasks)
	}
	for id, s := range status {
		if s == ir.Running || s == ir.Waiting {
			t.Errorf("seed %d, cancel at %d: the run ended with %s %v", seed, at, id, s)
		}
	}
	rec.outcome = m.Outcome()
	return rec
}

// answerTo adds what a backend answers to a command.
func answerTo(queue []runtime.Event, c runtime.Command, rnd *rand.Rand, tasks map[string]bool) []runtime.Event {
	e := runtime.Event{Node: c.Node, Attempt: c.Attempt}
	switch c.Type {
	case runtime.ScheduleTask:
		tasks[c.Node] = true
		switch rnd.Intn(7) {
		case 0:
			e.Type, e.Failure = runtime.TaskFailed, &runtime.Failure{Error: "Bad", Details: json.RawMessage(`{"code":4}`)}
		case 1:
			e.Type, e.Timeout = runtime.TaskTimedOut, runtime.StartToClose
		default:
			e.Type, e.Result = runtime.TaskCompleted, json.RawMessage(`1`)
		}
	case runtime.StartChild:
		tasks[c.Node] = true
		e.Type, e.Result = runtime.ChildCompleted, json.RawMessage(`1`)
		if rnd.Intn(3) == 0 {
			e.Type = runtime.ChildTimedOut
		}
	case runtime.CancelTask, runtime.CancelChild:
		for k := range queue {
			if queue[k].Node == c.Node && queue[k].Type != runtime.TimerFired && rnd.Intn(2) == 0 {
				queue = slices.Delete(queue, k, k+1)
				e.Type = map[runtime.CommandType]runtime.EventType{runtime.CancelTask: runtime.TaskCancelled, runtime.CancelChild: runtime.ChildCancelled}[c.Type]
				break
			}
		}
		if e.Type == "" {
			return queue // it ended first, and says so
		}
	case runtime.StartTimer:
		if c.Timer == runtime.GraceTimer || c.Timer == runtime.TimeoutTimer {
			return queue
		}
		e.Type, e.Timer = runtime.TimerFired, c.Timer
	case runtime.CancelTimer:
		return slices.DeleteFunc(queue, func(q runtime.Event) bool {
			return q.Type == runtime.TimerFired && q.Node == c.Node && q.Timer == c.Timer
		})
	default:
		return queue
	}
	return append(queue, e)
}

// stepText is a step as a text that can be compared.
func stepText(s runtime.Step) string {
	var b strings.Builder
	for _, c := range s.Commands {
		fmt.Fprintf(&b, "%s %s %d %s %d %s\n", c.Type, c.Node, c.Attempt, c.Timer, c.Due, c.Result)
		if c.Task != nil {
			fmt.Fprintf(&b, "  %s %s\n", c.Task.Activity.Name, c.Task.Input)
		}
	}
	for _, c := range s.Changes {
		fmt.Fprintf(&b, "%s %v %v %v %d\n", c.Node, c.From, c.To, c.Ending, c.Retry)
	}
	return b.String()
}

// TestCancelEverywhere: whatever a flow is doing, a cancel of the run ends it,
// and nothing is left at work. The events, folded again, make the same
// commands: to kill a driver anywhere and go on from its log changes nothing.
func TestCancelEverywhere(t *testing.T) {
	for name, flow := range everything {
		t.Run(name, func(t *testing.T) {
			p := program(t, hands+flow+"\n")
			for seed := range int64(40) {
				whole := driveRandomly(t, p, seed, 0)
				for at := 1; at < len(whole.events); at++ {
					rec := driveRandomly(t, p, seed, at)
					before := strings.Join(rec.steps[:at], "")
					decided := strings.Contains(before, "running failed") || strings.Contains(before, "running timed_out") || strings.Contains(before, "w/finally")
					if s := rec.outcome.Status; s != ir.Cancelled && !decided {
						t.Errorf("seed %d: a cancel at %d, before anything failed, ends the run %v", seed, at, s)
					}
					again(t, p, rec)
				}
			}
		})
	}
}

// again folds the events of a run once more.
func again(t *testing.T, p *ir.Program, rec recorded) {
	t.Helper()
	m, err := runtime.New(p, "w", runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for k, e := range rec.events {
		step, err := m.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		if got := stepText(step); got != rec.steps[k] {
			t.Fatalf("event %d gave\n%s\nand gives\n%s", k+1, rec.steps[k], got)
		}
	}
	if got := m.Outcome(); !reflect.DeepEqual(got, rec.outcome) {
		t.Errorf("the outcome was %+v, and is %+v", rec.outcome, got)
	}
}
