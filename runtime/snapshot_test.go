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
func carriedOver(t failer, p *ir.Program, workflow string, snapshot []byte, now ir.Time) (*runtime.Machine, runtime.Step) {
	t.Helper()
	m, err := runtime.New(p, workflow, runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	start := &runtime.Start{Carried: snapshot}
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
	if first.Done() {
		return
	}
	before := snapshotOf(t, first)
	second, again := carriedOver(t, p, workflow, before, events[at-1].Time)
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
			return
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
	for n := runs() / 2; n > 0; n -= 100 {
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
