package compiler

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// A catch that names an error must have something in its block that can raise
// it: an activity that declares it, a raise, or a call of a workflow or canvas
// that the error escapes from. As workflows may call each other in any order,
// catches are looked at when all bodies have been lowered, and before nodes are
// put into document order: what is in a block stands before its handlers.

// caught is a catch of one error.
type caught struct {
	mod    *module
	name   lang.ErrorName
	unique string
	node   int // the block
	end    int // where its handlers begin
}

// maxRaiseSteps bounds the search for what raises the errors of a program. What
// is not found by then is taken to be raised.
const maxRaiseSteps = 1 << 22

// checkCaught reports the catches of errors that nothing raises.
func (c *checker) checkCaught() {
	s := &raiseSearch{c: c, left: maxRaiseSteps, bodies: map[string]*lowered{}}
	for _, w := range c.workflows {
		s.bodies[w.flow.Name] = w
	}
	for _, w := range c.workflows {
		for _, k := range w.caught {
			s.unique, s.seen, s.calls = k.unique, map[*lowered]bool{}, nil
			if !s.raises(w, k.node) && !s.within(w, k.node+1, k.end) {
				c.neverRaised(k, w, s.calls)
			}
		}
	}
}

// raiseSearch looks for what can raise one error.
type raiseSearch struct {
	c      *checker
	left   int // steps
	bodies map[string]*lowered
	unique string            // the error
	seen   map[*lowered]bool // bodies that have been searched, or are being
	calls  []*callableSymbol // activities that were met, and do not raise it
}

// within reports whether the error can leave the nodes [from, to) of w.
func (s *raiseSearch) within(w *lowered, from, to int) bool {
	if i, _ := slices.BinarySearch(w.unknown, from); i < len(w.unknown) && w.unknown[i] <= to {
		return true // something is called that is not known
	}
	for i := from; i < to; {
		if s.left--; s.left < 0 {
			return true
		}
		n := &w.flow.Nodes[i]
		if holdsBack(w.flow, n) {
			i = n.End
			continue
		}
		if len(n.Handlers) > 0 && catchesError(n, s.unique) {
			i = n.Handlers[0].Body // what a handler raises is not caught by its neighbours
			continue
		}
		if s.raises(w, i) {
			return true
		}
		i++
	}
	return false
}

// raises reports whether node i of w, without what is inside it, can raise the
// error.
func (s *raiseSearch) raises(w *lowered, i int) bool {
	switch n := &w.flow.Nodes[i]; n.Kind {
	case ir.NActivity:
		sym := s.c.activities[n.Call.Callee]
		if sym == nil {
			return false
		}
		s.left -= len(sym.raises)
		s.calls = append(s.calls, sym)
		return slices.Contains(sym.raises, s.unique)
	case ir.NRaise:
		t := n.Value.Type
		return t.Kind != ir.KError || t.Decl.Name == s.unique
	case ir.NChild:
		return !n.Detach && s.escapes(n.Call.Callee)
	case ir.NCanvas:
		if canvas := w.uninlined[i]; canvas != nil {
			return s.escapes(canvas.unique)
		}
	}
	return false
}

// escapes reports whether the error can leave the body of a workflow, or of a
// canvas that was not put in place of its call.
func (s *raiseSearch) escapes(name string) bool {
	w := s.bodies[name]
	if w == nil {
		return true
	}
	if s.seen[w] {
		return false // if it can, whoever asked first finds that
	}
	s.seen[w] = true
	return s.within(w, 0, len(w.flow.Nodes))
}

// holdsBack reports whether no failure of n is heard of around it.
func holdsBack(w *ir.Workflow, n *ir.Node) bool {
	if n.Eff || n.Kind >= ir.NLet {
		return false
	}
	if n.Explicit || n.Parent < 0 {
		return n.Explicit
	}
	switch p := &w.Nodes[n.Parent]; p.Kind {
	case ir.NGroup, ir.NDag, ir.NRace:
		return true
	case ir.NMap, ir.NExpand:
		return n.Kind == ir.NBody && p.Body >= 0 && n == &w.Nodes[p.Body] && p.Options.Tolerate == nil
	}
	return false
}

// catchesError reports whether n has a catch of the error.
func catchesError(n *ir.Node, unique string) bool {
	for i := range n.Handlers {
		h := &n.Handlers[i]
		if h.Kinds&ir.HCatch != 0 && (len(h.Errors) == 0 || slices.Contains(h.Errors, unique)) {
			return true
		}
	}
	return false
}
