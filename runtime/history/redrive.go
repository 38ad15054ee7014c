package history

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// A Redrive says what a new run takes over from an earlier one, and what it
// does anew: as far as that is known without doing it.
type Redrive struct {
	Run    string   `json:"run"` // the earlier one
	Reused []string `json:"reused"`
	Again  []Again  `json:"again"`
	Later  []Later  `json:"later"`
}

// Again is a task, or a child run, that runs again.
type Again struct {
	Node     string `json:"node"`
	Activity string `json:"activity"`
	Why      string `json:"why"`
}

// Later is a node of which it is known only later what becomes of it.
type Later struct {
	ID    string   `json:"id"`              // without keys
	Items int      `json:"items,omitempty"` // of a map or an expand: so many items have not begun
	After []string `json:"after,omitempty"` // nodes that it depends on and that run again
}

// Past is how the tasks and child runs of a run ended: why others of the same
// names in a redrive run.
type Past struct {
	outcomes *runtime.Outcomes
	ended    map[string]past // by id, without the numbers of attempts
	fired    map[string]bool // waits that were waited for, by id
}

type past struct {
	status ir.Status
	err    string // name of the error, if it failed
}

// Past returns how the tasks of the run ended.
func (r *Record) Past() (*Past, error) {
	if err := r.Known(); err != nil {
		return nil, err
	}
	p := &Past{outcomes: runtime.NewOutcomes(r.Program), ended: map[string]past{}, fired: map[string]bool{}}
	err := r.Each(func(e *runtime.Event, s runtime.Step) bool {
		p.outcomes.Add(*e, s)
		if e.Type == runtime.TimerFired && e.Timer == runtime.WaitTimer {
			p.fired[e.Node] = true
		}
		for i := range s.Changes {
			c := &s.Changes[i]
			if !asks(c.Kind) || c.Ending != ir.Waiting || c.Retry != 0 {
				continue
			}
			last := past{status: c.To}
			if c.Failure != nil {
				last.err = c.Failure.Error
			}
			p.ended[ir.WithoutAttempts(c.Node)] = last
		}
		return true
	})
	return p, err
}

// Reuse returns what a redrive takes over, save what is in the nodes at the
// paths again.
func (p *Past) Reuse(again ...string) *runtime.Reuse { return p.outcomes.Reuse(again...) }

// Why says why a task that begins in a redrive runs again; "" for any other
// change.
func (p *Past) Why(c *runtime.Change) string {
	if !asks(c.Kind) || c.From != ir.Waiting || c.To != ir.Running {
		return ""
	}
	if c.Again != "" {
		return c.Again
	}
	last, ok := p.ended[ir.WithoutAttempts(c.Node)]
	switch {
	case !ok:
		return "it did not run before"
	case last.status == ir.Failed && last.err != "" && last.err != runtime.Undeclared:
		return "it failed with " + last.err
	case last.status == ir.Failed:
		return "it failed"
	case last.status == ir.TimedOut:
		return "it timed out"
	case last.status == ir.Running:
		return "it had not ended"
	case last.status == ir.Skipped:
		return "it was skipped"
	case last.status == ir.Succeeded:
		return "it answers how the run ends"
	}
	return "it was " + strings.ReplaceAll(last.status.String(), "_", " ")
}

// Plan says what a run that begins like that takes over. It does what the
// interpreter would do, up to where somebody is asked to do something. Waits
// that the earlier run went through are taken to pass.
func (p *Past) Plan(prog *ir.Program, start *runtime.Start) (*Redrive, error) {
	m, err := runtime.New(prog, start.Workflow, runtime.Config{})
	if err != nil {
		return nil, err
	}
	o := &Redrive{Reused: []string{}, Again: []Again{}, Later: []Later{}}
	if start.Reuse != nil {
		o.Run = start.Reuse.Run
	}
	var w *ir.Workflow
	for _, x := range prog.Workflows {
		if x.Name == start.Workflow {
			w = x
		}
	}
	x := &rehearsal{Past: p, o: o, count: newCounter(w), reached: map[string]bool{}}
	for e := (runtime.Event{Seq: 1, Type: runtime.RunStarted, Start: start}); ; {
		step, err := m.Apply(e)
		if err != nil {
			return nil, fmt.Errorf("the redrive cannot be planned: %w", err)
		}
		x.see(&step)
		if len(x.waits) == 0 {
			break
		}
		e = runtime.Event{Seq: e.Seq + 1, Time: x.waits[0].Due, Type: runtime.TimerFired, Node: x.waits[0].Node, Timer: runtime.WaitTimer}
		x.waits = x.waits[1:]
	}
	if !m.Done() {
		x.later(prog, w)
	}
	return o, nil
}

// A rehearsal goes through the beginning of a redrive.
type rehearsal struct {
	*Past
	o       *Redrive
	count   *counter
	reached map[string]bool // static ids of what was reused, runs again, or will not
	waits   []runtime.Command
}

// see takes in what follows from an event.
func (x *rehearsal) see(s *runtime.Step) {
	for i := range s.Changes {
		c := &s.Changes[i]
		x.count.change(c, 0)
		switch {
		case c.Ending != ir.Waiting || c.Retry != 0:
			continue
		case c.To == ir.Reused:
			x.o.Reused = append(x.o.Reused, c.Node)
		case x.Why(c) != "":
			x.o.Again = append(x.o.Again, Again{c.Node, c.Activity, x.Why(c)})
		}
		x.reached[ir.StaticID(c.Node)] = true
	}
	for _, c := range s.Commands {
		if c.Type == runtime.StartTimer && c.Timer == runtime.WaitTimer && x.fired[c.Node] {
			x.waits = append(x.waits, c)
		}
	}
}

// mostAfter is of how many nodes that run again it is found out what depends on
// them.
const mostAfter = 100

// later lists the nodes that were not come to.
func (x *rehearsal) later(p *ir.Program, w *ir.Workflow) {
	after := map[string][]string{} // by static id
	asked := map[string]bool{}
	for _, a := range x.o.Again {
		static := ir.StaticID(a.Node)
		if asked[static] || len(asked) == mostAfter {
			continue
		}
		asked[static] = true
		affected, err := runtime.Affected(p, w.Name, static)
		if err != nil {
			continue // an undo, which nothing depends on
		}
		for _, id := range affected[1:] {
			after[id] = append(after[id], static)
		}
	}
	handler := 0 // nodes below this index are in a handler, which may never run
	for k := range w.Nodes {
		n := &w.Nodes[k]
		if k < handler || mayNeverRun(w, k) {
			handler = max(handler, n.End)
			continue
		}
		t := &x.count.tallies[k]
		switch {
		case (n.Kind == ir.NMap || n.Kind == ir.NExpand) && t.Items > x.count.tallies[n.Body].Began():
			x.o.Later = append(x.o.Later, Later{ID: n.ID, Items: t.Items - x.count.tallies[n.Body].Began()})
		case (n.Kind == ir.NActivity || n.Kind == ir.NChild) && !x.reached[n.ID]:
			x.o.Later = append(x.o.Later, Later{ID: n.ID, After: afterOf(w, k, after)})
		}
	}
}

// afterOf returns what a node, or else what is around it, comes after.
func afterOf(w *ir.Workflow, k int, after map[string][]string) []string {
	for ; k >= 0; k = w.Nodes[k].Parent {
		if list := after[w.Nodes[k].ID]; list != nil {
			return list
		}
	}
	return nil
}

// mayNeverRun reports whether a node is the body of a handler of some ends only.
func mayNeverRun(w *ir.Workflow, k int) bool {
	if w.Nodes[k].Kind != ir.NBody || w.Nodes[k].Parent < 0 {
		return false
	}
	return slices.ContainsFunc(w.Nodes[w.Nodes[k].Parent].Handlers, func(h ir.Handler) bool { return h.Body == k && h.Kinds != ir.HFinally })
}
