package runtime_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// carriedOver returns a machine that goes on with a snapshot, and what it wants
// first.
func carriedOver(t failer, p *ir.Program, workflow, run string, snapshot []byte, now ir.Time) (*runtime.Machine, runtime.Step) {
	t.Helper()
	m, err := runtime.New(p, workflow, runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	start := &runtime.Start{Run: run, Carried: snapshot}
	b, err := json.Marshal(runtime.Event{Type: runtime.RunStarted, Time: now, Start: start})
	if err != nil {
		t.Fatal(err)
	}
	var e runtime.Event
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	step, err := m.Apply(e)
	if err != nil {
		t.Fatalf("%v\n%s", err, snapshot)
	}
	return m, step
}

func snapshotOf(t failer, m *runtime.Machine) []byte {
	t.Helper()
	s, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// openAfter returns the commands that are wanted and not answered after some
// steps, as texts.
func openAfter(steps []runtime.Step, events []runtime.Event) map[string]bool {
	open := map[string]bool{}
	for k, e := range events {
		switch e.Type {
		case runtime.TaskCompleted, runtime.TaskFailed, runtime.TaskTimedOut, runtime.TaskCancelled, runtime.TaskAbandoned,
			runtime.ChildCompleted, runtime.ChildFailed, runtime.ChildTimedOut, runtime.ChildCancelled:
			delete(open, "run "+e.Node)
			delete(open, "cancel "+e.Node)
		case runtime.TimerFired:
			delete(open, "timer "+e.Node+" "+string(e.Timer))
		}
		for _, c := range steps[k].Commands {
			timer := "timer " + c.Node + " " + string(c.Timer)
			switch c.Type {
			case runtime.ScheduleTask, runtime.StartChild:
				open["run "+c.Node] = true
			case runtime.CancelTask, runtime.CancelChild:
				open["cancel "+c.Node] = true
			case runtime.StartTimer:
				open[timer] = true
			case runtime.CancelTimer:
				delete(open, timer)
			}
		}
		if e.Type == runtime.TimerFired && e.Timer == runtime.GraceTimer {
			delete(open, "run "+e.Node)
			delete(open, "cancel "+e.Node)
		}
	}
	return open
}

// sameFromHere replays a run; after some events a second machine takes over its
// snapshot. Both want the same from then on, and have the same snapshots.
func sameFromHere(t failer, p *ir.Program, workflow string, events []runtime.Event, at int) {
	t.Helper()
	first, err := runtime.New(p, workflow, runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	apply := func(m *runtime.Machine, e runtime.Event) runtime.Step {
		step, err := m.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		return runtime.Step{Commands: slices.Clone(step.Commands), Changes: slices.Clone(step.Changes)}
	}
	var steps []runtime.Step
	for _, e := range events[:at] {
		steps = append(steps, apply(first, e))
	}
	if first.Done() && at == len(events) {
		return
	}
	before := snapshotOf(t, first)
	second, again := carriedOver(t, p, workflow, events[0].Start.Run, before, events[at-1].Time)
	if d := cmp.Diff(openAfter(steps, events[:at]), openAfter([]runtime.Step{again}, events[:1])); d != "" {
		t.Fatalf("after event %d other work is open: %s\n%s", at, d, before)
	}
	if after := snapshotOf(t, second); string(before) != string(after) {
		t.Fatalf("after event %d: snapshot\n%s\nof what was carried over:\n%s", at, before, after)
	}
	for k, e := range events[at:] {
		want, got := apply(first, e), apply(second, e)
		if w, g := full(want), full(got); w != g {
			t.Fatalf("snapshot after event %d, event %d %s: got\n%s\nwant\n%s\n%s", at, at+k+1, e.Type, g, w, before)
		}
		if d := cmp.Diff(want.Changes, got.Changes, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("snapshot after event %d, event %d %s: other changes: %s\n%s", at, at+k+1, e.Type, d, before)
		}
		if first.Done() || second.Done() {
			if d := cmp.Diff(first.Outcome(), second.Outcome()); d != "" || first.Done() != second.Done() {
				t.Fatalf("other outcome: %s", d)
			}
			if at+k+1 == len(events) {
				return
			}
		}
		if a, b := snapshotOf(t, first), snapshotOf(t, second); string(a) != string(b) {
			t.Fatalf("snapshot after event %d; after event %d: got\n%s\nwant\n%s", at, at+k+1, b, a)
		}
	}
}

// full writes down all that there is to commands.
func full(s runtime.Step) string {
	out := ""
	for _, c := range s.Commands {
		options := ir.Options{}
		if c.Child != nil {
			child := *c.Child
			options, child.Options = child.Options, ir.Options{}
			c.Child = &child
		}
		task := ""
		if c.Task != nil {
			t := *c.Task
			name := t.Activity.Name
			t.Activity = nil
			b, _ := json.Marshal(t)
			task = name + string(b) + string(t.Input)
			c.Task = nil
		}
		b, _ := json.Marshal(c)
		out += fmt.Sprintf("%s %s %v\n", b, task, options.OnParentClose)
	}
	return out
}

// TestSnapshotsGoOn tries random runs with everything in them: at a random
// point a new machine goes on.
func TestSnapshotsGoOn(t *testing.T) {
	for n := runs() / 5; n > 0; n -= 100 {
		rapid.Check(t, func(t *rapid.T) {
			g := &grower{t: t, rich: true}
			root, f, cancel := g.run()
			p := build(root)
			t.Logf("tree %v\nfate %+v cancel %d", root, f, cancel)
			s := simulate(t, p, f, cancel)
			sameFromHere(t, p, "", s.events, 1+g.pick("at", len(s.events)))
		})
		if t.Failed() {
			return
		}
	}
}

// holdsEverything has a value of every type in a slot, an item, a mailbox, a
// loop or an argument.
const holdsEverything = `
type Partition { id: string, uri: url?, size: size, at: time, on: date, took: duration }
type Circle { radius: float }
type Square { side: int, label: string? }
type Shape = Circle | Square
enum Tier { gold, silver }
error Bad { reason: string, code: int }

activity list() -> [Partition]
activity shape(n: int) -> Shape raises Bad
activity book(p: Partition, tier: Tier, when: time, id: string) -> json { undo = unbook(result, p.id) }
activity unbook(what: json, id: string)
activity near(x: int, depth: int) -> [int]
activity read() -> { big: int, more: map<float>, raw: bytes }
activity use(o: [string], total: int, raw: bytes?, m: map<float>)

workflow other(n: int) -> int { x = shape(n); return n }

workflow w(names: [string]) {
  signal proceed(n: int, note: string)
  parts = list()
  r = read()
  rows = map part in parts by part.id with max = 2, raises_on_failure = false {
    s = shape(n: len(part.id)) with retry = 1
    b = book(part, tier: Tier.gold, when: now(), id: uuid())
    yield s
  }
  group {
    c = other(n: r.big)
    e = expand x in [1, 2] by x with limit = 40, max = 3 {
      f = near(x, depth)
      if depth < 2 { grow f }
      yield "${x}@${depth}"
    }
    chain {
      msg = wait proceed for 90s
      let text = if msg != none then msg.note else "nothing"
      h = shape(n: len(text)) with raises_on_failure = false
      shape(n: len("${h.status}")) with retry = 1
    }
    l = loop acc = [r.more] while len(acc) < 4 with limit = 9, continue = true {
      q = shape(n: len(acc)) with raises_on_failure = false
      if q.status == "succeeded" { next acc + [r.more] }
      next acc + [{"k": 0.1}]
    }
  }
  use(o: e, total: r.big, raw: r.raw, m: l[0])
  again = use(o: names, total: len((rows ?? []).succeeded), raw: r.raw, m: l[1])
} on_failure { use(o: names, total: 0, raw: if r != none then r.raw else none, m: {}) }
`

// randomly runs a flow: what is open is answered in any order, with any answer
// of its activity; "!" is a failure. It returns the events.
func randomly(t *rapid.T, p *ir.Program, start runtime.Start, answers map[string][]string, signals ...runtime.Event) []runtime.Event {
	m, err := runtime.New(p, start.Workflow, runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	start.Run, start.Flags = "r", runtime.Flags
	var events, open []runtime.Event
	now := ir.Time(1_700_000_000_000_000_000)
	e := runtime.Event{Type: runtime.RunStarted, Start: &start}
	open = append(open, signals...)
	for {
		now += ir.Time(rapid.Int64Range(1, 5_000_000_001).Draw(t, "passed"))
		e.Seq, e.Time = int64(len(events)+1), now
		events = append(events, e)
		step, err := m.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range step.Commands {
			answer := runtime.Event{Type: runtime.TaskCompleted, Node: c.Node, Attempt: c.Attempt, Timer: c.Timer}
			name := ""
			switch c.Type {
			case runtime.ScheduleTask:
				name = c.Task.Activity.Name
			case runtime.StartChild:
				name, answer.Type = c.Child.Workflow, runtime.ChildCompleted
			case runtime.StartTimer:
				answer.Type = runtime.TimerFired
			case runtime.CancelTimer:
				open = slices.DeleteFunc(open, func(e runtime.Event) bool { return e.Node == c.Node && e.Timer == c.Timer && e.Timer != "" })
				continue
			default:
				continue
			}
			if name != "" {
				result := "null"
				if of := answers[name]; of != nil {
					result = rapid.SampledFrom(of).Draw(t, name)
				}
				answer.Result = json.RawMessage(result)
				if result == "!" {
					answer.Result, answer.Type = nil, runtime.TaskFailed
					answer.Failure = &runtime.Failure{Error: "Bad", Message: "no <luck>", Details: json.RawMessage(`{ "reason": "<x>", "code": 7 }`)}
				}
			}
			open = append(open, answer)
		}
		if m.Done() {
			return events
		}
		if len(open) == 0 {
			t.Fatal("the run hangs")
		}
		k := rapid.IntRange(0, len(open)-1).Draw(t, "which")
		e = open[k]
		open = slices.Delete(open, k, k+1)
	}
}

// TestSnapshotsHoldEveryValue: whatever a run holds, and whenever, comes back
// exactly as it was.
func TestSnapshotsHoldEveryValue(t *testing.T) {
	p := program(t, holdsEverything)
	rapid.Check(t, func(t *rapid.T) {
		events := randomly(t, p, runtime.Start{Workflow: "w", Input: input("names", `["a","\u0000 a name that is longer than what is written in place <é>"]`), MaxOpen: rapid.IntRange(0, 3).Draw(t, "window")}, map[string][]string{
			"list": {`[{"id":"p/1","size":"9007199254740993","at":"2026-01-31T03:00:00.000000001Z","on":"2026-01-31","took":"1h30m"},
				{"id":"p2","uri":"s3://x/y","size":3,"at":"1970-01-01T00:00:00Z","on":"1969-12-31","took":"1ns"},
				{"id":"p3 a key that is longer than what is written in place","size":0,"at":"1970-01-01T00:00:00Z","on":"1969-12-31","took":"0s"}]`},
			"read":  {`{"big":"9007199254740993","more":{"a":0.1,"b":1e300},"raw":"//4A"}`},
			"shape": {`{"type":"Circle","radius":1e-300}`, `{"type":"Square","side":2}`, "!"},
			"book":  {`{ "a": [1, 2.50, "<"] }`, "!"},
			"near":  {"[1,2,3]", "[7,8]", "[]"},
			"use":   {"null", "null", "!"},
			"other": {"5", "9007199254740993"},
		}, runtime.Event{Type: runtime.SignalReceived, Name: "proceed", Result: json.RawMessage(`{"n":1,"note":"x"}`)},
			runtime.Event{Type: runtime.SignalReceived, Name: "proceed", Result: json.RawMessage(`{"n":2,"note":"y"}`)},
			runtime.Event{Type: runtime.SignalReceived, Name: "late"})
		sameFromHere(t, p, "w", events, rapid.IntRange(1, len(events)).Draw(t, "at"))
	})
}
