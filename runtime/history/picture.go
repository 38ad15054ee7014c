package history

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// A Picture is a run at one moment: what its report says, and how far each node
// of its definition has come, all copies of it together.
type Picture struct {
	Summary  Summary
	Program  *ir.Program
	Workflow *ir.Workflow
	Report   runtime.RunReport
	Tallies  []Tally // by index of a node in Workflow.Nodes
	Events   int64   // the number of the last event that is in it
	At       ir.Time // when that was
	Then     ir.Time // the moment of the picture; 0 is now
}

// A Tally is how far the copies of one node have come. Of a block that was run
// again its last attempt counts.
type Tally struct {
	Counts   [ir.Reused + 1]int // by status; those that have not begun are in none
	Undos    [ir.Reused + 1]int // of the tasks that undo it, by status
	Items    int                // map, expand: how many items there are, as far as that is known
	Slices   [ir.Reused + 1]int // map with `shard`: child runs that do its items, by status
	Begun    ir.Time            // when the first began; 0 if none has
	Ended    ir.Time            // when the last ended; 0 if none has
	Took     ir.Duration        // how long those that ended took, together
	Timed    int                // how many these are
	Attempts int                // the most that one needed
	Failed   []Failed           // the first that failed
	Failures int                // how many did
	Last     ir.Time            // when the last began
}

// Failed is a copy of a node that failed.
type Failed struct {
	Node     string
	Failure  *runtime.Failure // nil if nothing is known of why
	Absorbed bool             // what is around it went on
}

// mostFailed is how many failures of a node are kept.
const mostFailed = 3

// Began returns how many copies have begun, or were decided not to.
func (t *Tally) Began() int {
	n := 0
	for _, k := range t.Counts {
		n += k
	}
	return n
}

// Sliced returns how many slices of a map have begun.
func (t *Tally) Sliced() int {
	n := 0
	for _, k := range t.Slices {
		n += k
	}
	return n
}

// Picture returns the run as its record has it.
func (r *Record) Picture() (*Picture, error) {
	if err := r.Known(); err != nil {
		return nil, err
	}
	p := &Picture{Summary: r.Summary, Program: r.Program}
	for _, w := range r.Program.Workflows {
		if w.Name == r.Summary.Workflow {
			p.Workflow = w
		}
	}
	if p.Workflow == nil {
		return nil, fmt.Errorf("the program of run %s has no workflow `%s`", r.Summary.Run, r.Summary.Workflow)
	}
	replay, err := NewReplay(r.Program, r.Summary.Workflow)
	if err != nil {
		return nil, err
	}
	c := newCounter(p.Workflow)
	for i := range r.Events {
		step, err := replay.Apply(r.Events[i])
		if err != nil {
			return nil, err
		}
		for k := range step.Changes {
			c.change(&step.Changes[k], r.Events[i].Time)
		}
	}
	p.Report, p.Tallies, p.Events, p.At, p.Then = replay.report.Object(), c.tallies, replay.seq, replay.now, r.then
	if !r.Summary.Alive && p.Then == 0 { // nothing has happened since
		p.Then = p.At
	}
	r.settle(&p.Report)
	if p.Report.Ended != nil && !replay.Done() {
		c.abandon(*p.Report.Ended)
	}
	return p, nil
}

// A counter makes tallies of changes.
type counter struct {
	index   map[string]int // of nodes, by static id
	tallies []Tally
	again   []bool               // by index: it is in a block that may run again
	maps    []bool               // by index: it is a map
	last    map[string]ir.Status // of copies of such nodes, by id without the numbers of attempts
	begun   map[string]ir.Time   // of what runs, by id
}

func newCounter(w *ir.Workflow) *counter {
	c := &counter{
		index: make(map[string]int, len(w.Nodes)), tallies: make([]Tally, len(w.Nodes)), again: make([]bool, len(w.Nodes)), maps: make([]bool, len(w.Nodes)),
		last: map[string]ir.Status{}, begun: map[string]ir.Time{},
	}
	for k := range w.Nodes {
		n := &w.Nodes[k]
		if _, taken := c.index[n.ID]; !taken && !n.Kind.Instant() {
			c.index[n.ID] = k
		}
		c.maps[k] = n.Kind == ir.NMap
		if p := n.Parent; p >= 0 {
			c.again[k] = c.again[p] || w.Nodes[p].Options.Retry != nil
		}
	}
	return c
}

// change takes in a change.
func (c *counter) change(x *runtime.Change, at ir.Time) {
	static := ir.StaticID(x.Node)
	k, ok := c.index[static]
	if !ok {
		if k, isSlice := c.sliced(static); isSlice {
			if t := &c.tallies[k]; x.Ending == ir.Waiting && x.Retry == 0 {
				if x.From != ir.Waiting {
					t.Slices[x.From]--
				}
				t.Slices[x.To]++
			}
			return
		}
		if step, isUndo := strings.CutSuffix(static, "/undo"); isUndo {
			if k, ok = c.index[step]; ok {
				c.undo(&c.tallies[k], x)
			}
		}
		return
	}
	t := &c.tallies[k]
	t.Attempts = max(t.Attempts, x.Attempt)
	if x.Ending != ir.Waiting || x.Retry != 0 {
		return
	}
	if x.From == ir.Waiting && x.To == ir.Running {
		t.Items += x.Items
	}
	if c.again[k] {
		c.replace(t, x)
	} else if x.From != ir.Waiting {
		t.Counts[x.From]--
	}
	t.Counts[x.To]++
	switch {
	case x.To == ir.Running:
		c.begun[x.Node] = at
		if t.Begun == 0 {
			t.Begun = at
		}
		t.Last = at
	case x.From == ir.Running:
		t.Ended = at
		if begun, ok := c.begun[x.Node]; ok {
			t.Took += ir.Duration(at - begun)
			t.Timed++
			delete(c.begun, x.Node)
		}
	}
	if x.To == ir.Failed || x.To == ir.TimedOut {
		t.fail(x)
	}
}

// sliced returns the map of a slice with that id: `w/m/slice3` is one of `w/m`.
func (c *counter) sliced(id string) (k int, ok bool) {
	at := strings.LastIndex(id, "/slice")
	if at < 0 {
		return 0, false
	}
	k, ok = c.index[id[:at]]
	return k, ok && c.maps[k]
}

// replace takes an earlier attempt of a node out of its tally.
func (c *counter) replace(t *Tally, x *runtime.Change) {
	id := ir.WithoutAttempts(x.Node)
	if before, seen := c.last[id]; seen {
		t.Counts[before]--
	}
	c.last[id] = x.To
}

// undo takes in a change of a task that undoes a step.
func (c *counter) undo(t *Tally, x *runtime.Change) {
	if x.Ending != ir.Waiting || x.Retry != 0 {
		return
	}
	if x.From != ir.Waiting && t.Undos[x.From] > 0 {
		t.Undos[x.From]--
	}
	t.Undos[x.To]++
	if x.To == ir.Failed {
		t.fail(x)
	}
}

func (t *Tally) fail(x *runtime.Change) {
	if t.Failures++; len(t.Failed) < mostFailed {
		t.Failed = append(t.Failed, Failed{x.Node, x.Failure, x.Absorbed})
	}
}

// abandon ends what runs, of a run that was ended from without.
func (c *counter) abandon(at ir.Time) {
	for k := range c.tallies {
		t := &c.tallies[k]
		if n := t.Counts[ir.Running]; n > 0 {
			t.Counts[ir.Abandoned] += n
			t.Counts[ir.Running] = 0
			t.Ended = at
		}
	}
}
