package sim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// Cover gathers what the runs of tests reach of a program.
type Cover struct {
	index    *index
	nodes    map[*ir.Node]bool
	undos    map[*ir.Node]bool
	outcomes map[string]map[ir.Status]bool // of workflows
	errors   map[string]map[string]bool    // declared errors that activities raised
}

// Gap is something that no run has reached.
type Gap struct {
	At   ir.Pos
	Kind string // node, branch, handler, undo, outcome
	Path string // of the node; of an outcome the workflow or activity
	Text string // for people: `never runs`
}

// Counted is how much of one kind was reached.
type Counted struct {
	Kind           string // plural
	Reached, Count int
}

// NewCover returns an account of a suite's program in which nothing has been
// reached.
func (s *Suite) NewCover() *Cover {
	return &Cover{
		index: s.index, nodes: map[*ir.Node]bool{}, undos: map[*ir.Node]bool{},
		outcomes: map[string]map[ir.Status]bool{}, errors: map[string]map[string]bool{},
	}
}

// add takes in what a simulation reached.
func (c *Cover) add(w *world) {
	for _, r := range w.runs {
		if r.closed {
			mark(c.outcomes, r.workflow.Name, r.machine.Outcome().Status)
		}
		for _, n := range r.list {
			if !n.ran {
				continue
			}
			id := ir.StaticID(n.id)
			if node := c.index.nodes[r.workflow][id]; node != nil {
				c.nodes[node] = true
				if n.failure != nil && node.Call != nil {
					mark(c.errors, node.Call.Callee, n.failure.Error)
				}
			} else if step := c.index.nodes[r.workflow][strings.TrimSuffix(id, "/undo")]; step != nil {
				c.undos[step] = true
			}
		}
	}
}

func mark[K comparable](m map[string]map[K]bool, name string, key K) {
	if m[name] == nil {
		m[name] = map[K]bool{}
	}
	m[name][key] = true
}

// Gaps returns what was not reached, in document order, and how much there is
// of each kind.
func (c *Cover) Gaps() ([]Gap, []Counted) {
	var gaps []Gap
	counts := []Counted{{Kind: "nodes"}, {Kind: "branches"}, {Kind: "handlers"}, {Kind: "undos"}, {Kind: "outcomes"}}
	see := func(kind int, reached bool, g Gap) {
		counts[kind].Count++
		if reached {
			counts[kind].Reached++
			return
		}
		gaps = append(gaps, g)
	}
	for _, w := range c.index.prog.Workflows {
		c.flow(w, see)
	}
	c.raised(see)
	slices.SortStableFunc(gaps, func(a, b Gap) int {
		if a.At.File != b.At.File {
			return int(a.At.File) - int(b.At.File)
		}
		return int(a.At.Start) - int(b.At.Start)
	})
	return gaps, counts
}

const (
	countNodes = iota
	countBranches
	countHandlers
	countUndos
	countOutcomes
)

// flow looks at the nodes of a workflow, and at how it ended.
func (c *Cover) flow(w *ir.Workflow, see func(kind int, reached bool, g Gap)) {
	for k := range w.Nodes {
		n := &w.Nodes[k]
		switch {
		case n.Kind.Instant():
			continue
		case n.Kind != ir.NBody:
			see(countNodes, c.nodes[n], Gap{n.At, "node", n.ID, "never runs"})
		case n.Name == "":
		case isHandler(w, n):
			see(countHandlers, c.nodes[n], Gap{n.At, "handler", n.ID, "never runs"})
		default:
			see(countBranches, c.nodes[n], Gap{n.At, "branch", n.ID, "is never taken"})
		}
		if c.index.undoes(w, n.ID) {
			see(countUndos, c.undos[n], Gap{n.At, "undo", n.ID + "/undo", "never runs"})
		}
	}
	for _, s := range []ir.Status{ir.Succeeded, ir.Failed, ir.Cancelled} {
		see(countOutcomes, c.outcomes[w.Name][s], Gap{w.At, "outcome", w.Name, fmt.Sprintf("never ends %s", s)})
	}
}

func isHandler(w *ir.Workflow, n *ir.Node) bool {
	for _, h := range w.Nodes[n.Parent].Handlers {
		if &w.Nodes[h.Body] == n {
			return true
		}
	}
	return false
}

// raised looks at the errors of the activities that are called.
func (c *Cover) raised(see func(kind int, reached bool, g Gap)) {
	called := map[string]bool{}
	for _, w := range c.index.prog.Workflows {
		for k := range w.Nodes {
			if call := w.Nodes[k].Call; call != nil {
				called[call.Callee] = true
			}
		}
	}
	for _, a := range c.index.prog.Activities {
		for _, e := range a.Raises {
			if called[a.Name] {
				see(countOutcomes, c.errors[a.Name][e], Gap{a.At, "outcome", a.Name, "never raises " + e})
			}
		}
	}
}
