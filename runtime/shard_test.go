package runtime_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// family is a run and the runs of its slices, driven in virtual time. Nodes
// have the same ids in all of them, so that one table of statuses is enough.
type family struct {
	t       *rapid.T
	p       *ir.Program
	fate    fate
	answers func(c runtime.Command) (string, *runtime.Failure)
	now     ir.Time
	runs    []*relative
	by      map[string]*relative // by run id
	todo    []familyEvent
	status  map[string]ir.Status
	keys    map[string]string // of tasks, by id
	open    map[string]int    // tasks at work, by the map around them
	most    map[string]int
	swap    bool // a run goes on in another machine now and then
	slices  int
	made    *runtime.Outcomes
	reuse   *runtime.Reuse // what every run of the family is given
}

type relative struct {
	m      *runtime.Machine
	run    string
	parent *relative
	node   string // in it
	events int
}

type familyEvent struct {
	at  ir.Time
	to  *relative
	e   runtime.Event
	key string
}

func newFamily(t *rapid.T, p *ir.Program, f fate) *family {
	return &family{t: t, p: p, fate: f, by: map[string]*relative{}, status: map[string]ir.Status{}, keys: map[string]string{},
		open: map[string]int{}, most: map[string]int{}, made: runtime.NewOutcomes(p)}
}

// run runs a workflow to its end, and returns that of the run itself.
func (f *family) run(start runtime.Start, cancel ir.Time) runtime.Outcome {
	first := f.start(start, nil, "")
	if cancel > 0 {
		f.todo = append(f.todo, familyEvent{at: cancel, to: first, e: runtime.Event{Type: runtime.CancelRequested}})
	}
	for signals := 0; !first.m.Done(); {
		if len(f.todo) == 0 {
			if signals++; signals > 1000 {
				f.t.Fatal("the run hangs")
			}
			f.apply(first, runtime.Event{Type: runtime.SignalReceived, Name: "s"})
			continue
		}
		k := 0
		for j := range f.todo {
			if f.todo[j].at < f.todo[k].at {
				k = j
			}
		}
		next := f.todo[k]
		f.todo = slices.Delete(f.todo, k, k+1)
		f.now = max(f.now, next.at)
		f.apply(next.to, next.e)
	}
	return first.m.Outcome()
}

func (f *family) start(start runtime.Start, parent *relative, node string) *relative {
	m, err := runtime.New(f.p, "w", runtime.Config{})
	if err != nil {
		f.t.Fatal(err)
	}
	r := &relative{m: m, run: start.Run, parent: parent, node: node}
	f.by[start.Run] = r
	f.runs = append(f.runs, r)
	f.apply(r, runtime.Event{Type: runtime.RunStarted, Start: &start})
	return r
}

func (f *family) apply(r *relative, e runtime.Event) {
	if r.m.Done() {
		return
	}
	if f.swap && e.Type != runtime.RunStarted && f.fate.draw("swap", e.Node, r.events)%4 == 0 {
		r.m, _ = carriedOver(f.t, f.p, "w", r.run, snapshotOf(f.t, r.m), f.now)
	}
	r.events++
	if e.Start != nil {
		e.Start.Reuse = f.reuse
	}
	e.Time, e.Seq = f.now, int64(r.events)
	step, err := r.m.Apply(throughJSON(f.t, e))
	if err != nil {
		f.t.Fatal(err)
	}
	f.made.Add(e, step)
	for _, c := range step.Changes {
		if c.Ending == ir.Waiting {
			if c.Kind == "map" && r.parent != nil && c.Parent == "" {
				continue // the parent knows
			}
			f.status[c.Node] = c.To
		}
	}
	for _, c := range slices.Clone(step.Commands) {
		f.command(r, c)
	}
	if r.m.Done() && r.parent != nil {
		o := r.m.Outcome()
		answer := runtime.Event{Node: r.node, Result: o.Result, Failure: o.Failure}
		answer.Type = map[ir.Status]runtime.EventType{ir.Succeeded: runtime.ChildCompleted, ir.Failed: runtime.ChildFailed,
			ir.TimedOut: runtime.ChildTimedOut, ir.Cancelled: runtime.ChildCancelled}[o.Status]
		f.apply(r.parent, answer)
	}
}

func (f *family) command(r *relative, c runtime.Command) {
	task, timer := c.Node+" task", c.Node+" "+string(c.Timer)
	gone := func(key string) {
		f.todo = slices.DeleteFunc(f.todo, func(e familyEvent) bool { return e.key == key && e.to == r })
	}
	switch c.Type {
	case runtime.ScheduleTask:
		e := runtime.Event{Type: runtime.TaskCompleted, Node: c.Node, Attempt: c.Attempt}
		if f.fate.fails(c.Node, c.Attempt) {
			e.Type, e.Failure = runtime.TaskFailed, &runtime.Failure{Error: "Failed", Message: "exit status 1"}
		} else if f.answers != nil {
			result, failure := f.answers(c)
			if e.Result = json.RawMessage(result); failure != nil {
				e.Type, e.Result, e.Failure = runtime.TaskFailed, nil, failure
			}
		}
		f.keys[c.Node] = c.Task.Key
		f.todo = append(f.todo, familyEvent{f.now + f.fate.duration(c.Node, c.Attempt), r, e, task})
		f.count()
	case runtime.CancelTask:
		gone(task)
		f.todo = append(f.todo, familyEvent{f.now + f.fate.linger(c.Node, c.Attempt), r, runtime.Event{Type: runtime.TaskCancelled, Node: c.Node, Attempt: c.Attempt}, task})
	case runtime.StartTimer:
		f.todo = append(f.todo, familyEvent{c.Due, r, runtime.Event{Type: runtime.TimerFired, Node: c.Node, Timer: c.Timer}, timer})
	case runtime.CancelTimer:
		gone(timer)
	case runtime.StartChild:
		if c.Child.Slice == nil {
			f.t.Fatalf("%s is no slice", c.Node)
		}
		f.slices++
		f.start(runtime.Start{Workflow: c.Child.Workflow, Run: c.Child.Run, Flags: runtime.Flags, Shards: true, Slice: c.Child.Slice}, r, c.Node)
	case runtime.CancelChild:
		f.apply(f.childOf(r, c.Node), runtime.Event{Type: runtime.CancelRequested})
	}
}

func (f *family) childOf(r *relative, node string) *relative {
	for _, c := range slices.Backward(f.runs) {
		if c.parent == r && c.node == node {
			return c
		}
	}
	f.t.Fatalf("no run of %s", node)
	return nil
}

// count notes how many tasks of the items of each outermost map are at work.
func (f *family) count() {
	clear(f.open)
	for _, e := range f.todo {
		if id, _, in := strings.Cut(e.e.Node, "["); in && strings.HasSuffix(e.key, " task") {
			f.open[id]++
			f.most[id] = max(f.most[id], f.open[id])
		}
	}
}

// redrive runs the workflow anew, with what has been done in this family.
func (f *family) redrive(start runtime.Start) *family {
	again := newFamily(f.t, f.p, f.fate)
	again.answers, again.swap, again.reuse = f.answers, f.swap, f.made.Reuse()
	again.run(start, 0)
	return again
}

// nodes returns the statuses without those of slices.
func (f *family) nodes() map[string]ir.Status {
	all := map[string]ir.Status{}
	for id, s := range f.status {
		if k := strings.LastIndex(id, "/slice"); k < 0 || strings.ContainsAny(id[k+1:], "/[(") {
			all[id] = s
		}
	}
	return all
}

// TestSlicesAreNotSeen tries random runs with maps in slices, and the same
// without: they end alike, and what succeeds does so node by node, with the
// same idempotency keys.
func TestSlicesAreNotSeen(t *testing.T) {
	count := 0
	rapid.Check(t, func(t *rapid.T) {
		g := &grower{t: t, shards: true}
		root, fate, _ := g.run()
		p := build(root)
		t.Logf("tree %v\nfate %+v", root, fate)
		start := runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags}
		whole := newFamily(t, p, fate)
		want := whole.run(start, 0)
		sliced := newFamily(t, p, fate)
		start.Shards = true
		sliced.swap = g.pick("swap", 2) == 0
		got := sliced.run(start, 0)
		count += sliced.slices
		if got.Status != want.Status {
			t.Fatalf("ended %v %+v in slices, else %v %+v", got.Status, got.Failure, want.Status, want.Failure)
		}
		if want.Status != ir.Succeeded || fate.misery > 0 { // a failure cuts off what it happens to meet
			return
		}
		if d := cmp.Diff(whole.nodes(), sliced.nodes()); d != "" {
			t.Errorf("statuses: %s", d)
		}
		if d := cmp.Diff(whole.keys, sliced.keys); d != "" {
			t.Errorf("keys: %s", d)
		}
		races := slices.ContainsFunc(p.Workflows[0].Nodes, func(n ir.Node) bool { return n.Kind == ir.NRace }) // which begin what loses
		if again := sliced.redrive(start); !races && len(again.keys) > 0 || !races && again.slices != sliced.slices {
			t.Errorf("a redrive ran %v", again.keys)
		}
	})
	if count == 0 {
		t.Error("there was no slice")
	}
}

// TestSlicesEnd: whatever happens, and a cancel too, nothing is left at work.
func TestSlicesEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &grower{t: t, shards: true, rich: rapid.Bool().Draw(t, "rich")}
		root, fate, cancel := g.run()
		f := newFamily(t, build(root), fate)
		t.Logf("tree %v\nfate %+v cancel %d", root, fate, cancel)
		f.swap = g.pick("swap", 2) == 0
		o := f.run(runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags, Shards: true}, cancel)
		for _, r := range f.runs {
			if !r.m.Done() {
				t.Errorf("the run ended %v with the slice %s at work", o.Status, r.node)
			}
		}
		for id, st := range f.status {
			if st == ir.Running || st == ir.Waiting {
				t.Errorf("the run ended %v with %s %v", o.Status, id, st)
			}
		}
	})
}

const slicedFlow = `
type Part { id: string, n: int }
activity price(part: Part, factor: int, tag: string) -> int
activity sum(all: [int], who: string) -> int

workflow w(parts: [Part], factor: int) -> { good: [int], bad: [string], total: int } {
  let tag = "t${factor}"
  outer = map group_no in 1..2 {
    rows = map part, k in parts by part.id with shard = 3, tolerate = 2, max = 4 {
      p = price(part, factor, tag: "${tag}-${group_no}-${k}-${uuid()}-${run.id}")
      yield p + k
    }
    s = sum(all: rows.succeeded, who: "${len(rows.failed)}")
    yield { good: rows.succeeded, bad: [for f in rows.failed: "${f.node} ${f.message} ${f.attempts} ${json.encode(f.details)}"], s }
  }
  return { good: flatten([for o in outer: o.good]), bad: flatten([for o in outer: o.bad]), total: outer[0].s + outer[1].s }
}
`

// TestValuesThroughSlices: values, outcomes, indexes, names from around, uuids
// and run.id are those of a run without slices.
func TestValuesThroughSlices(t *testing.T) {
	p := program(t, slicedFlow)
	rapid.Check(t, func(t *rapid.T) {
		var parts []string
		for k := range rapid.IntRange(0, 14).Draw(t, "parts") {
			parts = append(parts, fmt.Sprintf(`{"id":"p/%d","n":%d}`, k, k))
		}
		luck := fate{seed: fmt.Sprint(rapid.IntRange(0, 1000).Draw(t, "seed"))}
		misery := rapid.SampledFrom([]int{0, 10, 30}).Draw(t, "misery")
		start := runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags, Input: input("parts", "["+strings.Join(parts, ",")+"]", "factor", "9007199254740993")}
		run := func(shards, swap bool) (runtime.Outcome, *family, []string) {
			f := newFamily(t, p, luck)
			var inputs []string
			f.swap = swap
			f.answers = func(c runtime.Command) (string, *runtime.Failure) {
				inputs = append(inputs, c.Node+" "+string(c.Task.Input))
				if c.Task.Activity.Name == "price" && int(luck.draw("x", c.Node, 1)%100) < misery {
					return "", &runtime.Failure{Error: "Failed", Message: "no <price>", Details: json.RawMessage(`{"exit":1}`)}
				}
				return fmt.Sprint(len(c.Task.Input)), nil
			}
			start.Shards = shards
			o := f.run(start, 0)
			slices.Sort(inputs)
			return o, f, slices.Compact(inputs)
		}
		want, _, wantInputs := run(false, false)
		got, f, inputs := run(true, rapid.Bool().Draw(t, "swap"))
		if got.Status != want.Status || string(got.Result) != string(want.Result) {
			t.Fatalf("ended %v %s %+v, else %v %s %+v", got.Status, got.Result, got.Failure, want.Status, want.Result, want.Failure)
		}
		if want.Status == ir.Succeeded && !slices.Equal(inputs, wantInputs) {
			t.Errorf("inputs: %s", cmp.Diff(wantInputs, inputs))
		}
		if f.most["w/outer"] > 8 { // two maps, four at a time
			t.Errorf("%d tasks were at work", f.most["w/outer"])
		}
		if want.Status == ir.Succeeded && (f.slices > 0) != (len(parts) > 3) {
			t.Errorf("%d slices of %d items", f.slices, len(parts))
		}
	})
}
