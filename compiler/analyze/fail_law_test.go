package analyze_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// What Fail foretells is what the interpreter does, when everything that can
// be running is: tasks that must end before the failing one can start do, and
// all others hang until they are told to stop.
func TestFailForetellsWhatTheMachineDoes(t *testing.T) {
	check := func(t *rapid.T) {
		p, leaves := grow(t)
		w := p.Workflows[0]
		leaf := rapid.SampledFrom(leaves).Draw(t, "fails")
		for k := leaf; k >= 0; k = w.Nodes[k].Parent {
			if w.Nodes[k].Name == "else" {
				t.Skip("it never runs")
			}
		}
		var text bytes.Buffer
		if err := ir.Print(&text, p); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s fails in\n%s", w.Nodes[leaf].ID, text.String())
		b, err := analyze.Fail(p, "w", w.Nodes[leaf].ID)
		if err != nil {
			t.Fatal(err)
		}
		m := watch(t, p, leaf)
		compare(t, b, m)
	}
	for range 15 { // rapid's own count is a flag
		rapid.Check(t, check)
		if t.Failed() {
			return
		}
	}
}

// watched is what a machine did after one failure.
type watched struct {
	t       *rapid.T
	w       *ir.Workflow
	leaf    int
	target  string // id of the failing task in the first items
	m       *runtime.Machine
	seq     int64
	failing bool
	queue   []runtime.Event

	before   map[string]ir.Status // by static id, before the failure
	struck   []string             // cancelled, in order, each once
	skipped  map[string]bool
	failed   map[string]bool
	absorbed []string // static ids of nodes, with that of the node around
	started  map[string]bool
	undone   map[string]bool
	last     map[string]ir.Status
}

func watch(t *rapid.T, p *ir.Program, leaf int) *watched {
	m, err := runtime.New(p, "", runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	x := &watched{t: t, w: p.Workflows[0], leaf: leaf, m: m, before: map[string]ir.Status{}, skipped: map[string]bool{}, failed: map[string]bool{},
		started: map[string]bool{}, undone: map[string]bool{}, last: map[string]ir.Status{}}
	x.target = strings.ReplaceAll(x.w.Nodes[leaf].ID, "[]", "[0]")
	x.queue = []runtime.Event{{Type: runtime.RunStarted, Start: &runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags}}}
	var failure *runtime.Event
	for {
		if len(x.queue) == 0 && failure != nil {
			x.queue, failure, x.failing = append(x.queue, *failure), nil, true
		}
		if len(x.queue) == 0 {
			return x
		}
		e := x.queue[0]
		x.queue = x.queue[1:]
		if m.Done() {
			return x
		}
		x.seq++
		e.Seq, e.Time = x.seq, ir.Time(x.seq)
		step, err := m.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range step.Changes {
			x.change(c)
		}
		for _, c := range step.Commands {
			if f := x.command(c); f != nil {
				failure = f
			}
		}
	}
}

// command answers what is to be answered. It returns the failure, when the
// failing task has been scheduled.
func (x *watched) command(c runtime.Command) *runtime.Event {
	done := runtime.Event{Type: runtime.TaskCompleted, Node: c.Node, Attempt: c.Attempt}
	switch {
	case c.Type == runtime.CancelTask:
		done.Type = runtime.TaskCancelled
		x.queue = append(x.queue, done)
	case c.Type != runtime.ScheduleTask:
	case c.Node == x.target:
		done.Type, done.Failure = runtime.TaskFailed, &runtime.Failure{Error: "Failed", Message: "exit status 1"}
		return &done
	case strings.HasSuffix(c.Node, "/undo"):
		if x.failing {
			x.undone[static(strings.TrimSuffix(c.Node, "/undo"))] = true
		}
		x.queue = append(x.queue, done)
	case x.inHandler(c.Node) || !x.failing && x.precedes(c.Node):
		x.queue = append(x.queue, done)
	}
	return nil
}

func (x *watched) inHandler(id string) bool {
	for _, h := range []string{"/catch1/", "/on_failure/", "/on_cancel/", "/finally/"} {
		if strings.Contains(id, h) {
			return true
		}
	}
	return false
}

// precedes reports whether a task must have ended before the failing one can
// start.
func (x *watched) precedes(id string) bool {
	k := x.node(static(id))
	if others(id, x.target) != "" {
		return false
	}
	way := func(k int) (list []int) {
		for ; k >= 0; k = x.w.Nodes[k].Parent {
			list = append([]int{k}, list...)
		}
		return list
	}
	a, b := way(k), way(x.leaf)
	i := 0
	for a[i] == b[i] {
		i++
	}
	around := &x.w.Nodes[a[i-1]]
	switch around.Kind {
	case ir.NWorkflow, ir.NChain, ir.NBody:
		return a[i] < b[i]
	case ir.NGroup:
		return around.Options.Max != nil && a[i] < b[i]
	case ir.NDag:
		todo := []int{b[i]}
		for len(todo) > 0 {
			if slices.Contains(x.w.Nodes[todo[0]].After, a[i]) {
				return true
			}
			todo = append(todo[1:], x.w.Nodes[todo[0]].After...)
		}
	}
	return false
}

func (x *watched) node(id string) int {
	k := slices.IndexFunc(x.w.Nodes, func(n ir.Node) bool { return n.ID == id })
	if k < 0 {
		x.t.Fatalf("there is no node %s", id)
	}
	return k
}

func static(id string) string {
	var b strings.Builder
	for k := 0; k < len(id); k++ {
		b.WriteByte(id[k])
		if id[k] == '[' {
			k += strings.IndexByte(id[k:], ']')
			b.WriteByte(']')
		}
	}
	return b.String()
}

// others returns the static id of the map in whose other items id stands, if
// those are not the items that target stands in.
func others(id, target string) string {
	for k := 0; k < len(id) && k < len(target); k++ {
		if id[k] != target[k] {
			if target[k-1] == '[' {
				return static(target[:k-1])
			}
			return ""
		}
	}
	return ""
}

// lonely reports whether a node is a race of one member: when that fails, so
// does the race, even if it absorbed the failure.
func (x *watched) lonely(id string) bool {
	return slices.ContainsFunc(x.w.Nodes, func(n ir.Node) bool {
		return n.ID == id && n.Kind == ir.NRace && len(n.Members) == 1
	})
}

func (x *watched) change(c runtime.Change) {
	id := static(c.Node)
	if !x.failing {
		if others(c.Node, x.target) == "" {
			x.before[id] = c.To
		}
		return
	}
	word := id
	if of := others(c.Node, x.target); of != "" {
		word += " (others of " + of + ")"
	}
	x.last[word] = c.To
	because := c.Because == x.target || x.lonely(static(c.Because)) // else it is a race that was won, or an if that runs on
	switch {
	case because && (c.To == ir.Cancelled && c.From == ir.Waiting || c.Ending == ir.Cancelled):
		if !slices.Contains(x.struck, word) {
			x.struck = append(x.struck, word)
		}
	case because && c.To == ir.Skipped:
		x.skipped[word] = true
	case c.To == ir.Failed:
		x.failed[word] = true
		if c.Absorbed && !x.lonely(static(c.Parent)) {
			x.absorbed = append(x.absorbed, id+" in "+static(c.Parent))
		}
	case c.To == ir.Running && c.From == ir.Waiting:
		x.started[word] = true
	}
}

// compare holds what was foretold against what happened.
func compare(t *rapid.T, b *analyze.Blast, x *watched) {
	foretold := fold(b)
	var struck []string
	for _, id := range foretold.cancelled {
		switch {
		case slices.Contains(x.struck, id):
			struck = append(struck, id)
		case strings.HasSuffix(id, ")") && strings.Contains(id, " (others of ") || strings.Contains(id, "[]") || strings.Contains(id, "/else"):
			// there is no such item, the map had not begun, or the branch was not taken
			if s := x.last[id]; s == ir.Running {
				t.Errorf("%s was not cancelled", id)
			}
		default:
			t.Errorf("%s was not cancelled, but is %v (it was %v)", id, x.last[id], x.before[id])
		}
	}
	if !slices.Equal(struck, x.struck) {
		t.Errorf("cancelled\n%q, foretold\n%q", x.struck, struck)
	}
	same(t, "skipped", x.skipped, foretold.skipped)
	same(t, "failed", x.failed, foretold.failed)
	for id := range x.undone {
		if !foretold.undone[id] && !inCancelled(x, id) {
			t.Errorf("%s was undone, foretold %v", id, foretold.undone)
		}
	}
	for id := range foretold.runs {
		if !x.started[id] {
			t.Errorf("%s did not run", id)
		}
	}
	for word := range x.started {
		id, _, elsewhere := strings.Cut(word, " (others")
		at := strings.LastIndexByte(id, '/')
		if at < 0 || !x.inHandler(id[at:]+"/") || foretold.runs[word] {
			continue
		}
		of := id[:at]
		switch { // others end for reasons of their own, since the run goes on
		case x.failed[of] && !elsewhere:
			t.Errorf("%s ran", word)
		case slices.Contains(x.struck, of+strings.TrimPrefix(word, id)) && !foretold.cleans[id]:
			t.Errorf("%s ran, since %s was cancelled", word, of)
		}
	}
	switch b.End.Kind {
	case "run":
		if !x.m.Done() || x.m.Outcome().Status != ir.Failed || len(x.absorbed) > 0 {
			t.Errorf("the run did not fail: absorbed %v", x.absorbed)
		}
	case "boundary":
		if len(x.absorbed) != 1 || !strings.HasPrefix(x.absorbed[0], b.End.ID+" in ") {
			t.Errorf("absorbed %v, foretold at %s", x.absorbed, b.End.ID)
		}
	case "tolerated":
		if len(x.absorbed) != 1 || !strings.HasSuffix(x.absorbed[0], " in "+b.End.ID) {
			t.Errorf("absorbed %v, foretold in %s", x.absorbed, b.End.ID)
		}
	case "caught":
		if x.last[b.End.ID] != ir.Succeeded || len(x.absorbed) > 0 {
			t.Errorf("%s is %v, absorbed %v", b.End.ID, x.last[b.End.ID], x.absorbed)
		}
	default:
		t.Errorf("ends as %q", b.End.Kind)
	}
}

// inCancelled reports whether a step stands in something that was cancelled,
// which undoes it itself.
func inCancelled(x *watched, id string) bool {
	return slices.ContainsFunc(x.struck, func(s string) bool { return strings.HasPrefix(id, strings.Split(s, " (others")[0]) })
}

func same(t *rapid.T, what string, got, want map[string]bool) {
	for id := range got {
		if !want[id] {
			t.Errorf("%s is %s, and was not foretold to be", id, what)
		}
	}
	for id := range want {
		if !got[id] {
			t.Errorf("%s is not %s", id, what)
		}
	}
}

// folded is all stages of a blast together.
type folded struct {
	cancelled                             []string
	skipped, failed, undone, runs, cleans map[string]bool
}

func fold(b *analyze.Blast) folded {
	f := folded{nil, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	f.failed[b.Node] = true
	for _, s := range b.Stages {
		for _, i := range s.Informed {
			f.failed[i.ID] = true
		}
		for _, c := range s.Cancelled {
			id := c.ID
			if c.OthersOf != "" {
				id += " (others of " + c.OthersOf + ")"
			}
			f.cancelled = append(f.cancelled, id)
		}
		for _, id := range s.Skipped {
			f.skipped[id] = true
		}
		for _, d := range s.Does {
			for _, id := range d.IDs {
				f.undone[id] = true
			}
			if d.ID != "" {
				f.runs[d.ID] = true
			}
		}
		for _, id := range s.Cleans {
			f.cleans[id] = true
		}
	}
	if b.End.Kind == "caught" {
		delete(f.failed, b.End.ID)
	}
	return f
}
