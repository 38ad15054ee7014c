package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// expectSlots are the names that expectations may use beside `result`.
var expectSlots = [ir.ExpectSlots]struct {
	name string
	typ  *ir.Type
}{
	ir.ExpectElapsedSlot:   {"elapsed", ir.DurationType},
	ir.ExpectSucceededSlot: {"succeeded", ir.BoolType},
	ir.ExpectFailedSlot:    {"failed", ir.BoolType},
	ir.ExpectCancelledSlot: {"cancelled", ir.BoolType},
	ir.ExpectTimedOutSlot:  {"timed_out", ir.BoolType},
}

// expect lowers an expectation.
func (t *testLowering) expect(s *lang.Expect) {
	out := ir.Expect{At: t.m.pos(s.Range)}
	switch s.Kind {
	case lang.ExpectStatus:
		out.Kind = ir.ExpectStatus
		t.status(s, &out)
	case lang.ExpectExpr, lang.ExpectElapsed:
		out.Kind = ir.ExpectTrue
		out.Value = t.condition(t.outcomeNames(), s.Value)
	case lang.ExpectNever, lang.ExpectCalls:
		out.Kind = ir.ExpectNever
		if s.Kind == lang.ExpectCalls {
			out.Kind = ir.ExpectCalls
			out.Count = t.folded(t.expressions(nil), s.Value, ir.IntType)
		}
		if !t.calls(s, &out) {
			return
		}
	case lang.ExpectOrder:
		out.Kind = ir.ExpectOrder
		t.order(s, &out)
	case lang.ExpectFailed, lang.ExpectCancelled:
		out.Kind = ir.ExpectFailed
		if s.Kind == lang.ExpectCancelled {
			out.Kind = ir.ExpectCancelled
		}
		for i := range s.Nodes {
			out.Nodes = append(out.Nodes, t.path(&s.Nodes[i]))
		}
	}
	t.out.Expects = append(t.out.Expects, out)
}

// undeclared are the errors of failures that no file declares: those that a run
// itself ends with, and that of a program which says nothing else.
var undeclared = map[string]bool{
	"Failed": true, "TimedOut": true, "Cancelled": true, "BadResult": true, "ExpressionFailed": true,
	"DuplicateKey": true, "LimitExceeded": true, "NoWinner": true,
}

func (t *testLowering) status(s *lang.Expect, out *ir.Expect) {
	switch s.Status.Name {
	case "succeeded":
		out.Status = ir.Succeeded
	case "failed":
		out.Status = ir.Failed
	case "cancelled":
		out.Status = ir.Cancelled
	case "timed_out":
		out.Status = ir.TimedOut
	}
	if s.Error != nil {
		name := s.Error.Name.Name
		if s.Error.Module == nil && t.m.types[name] == nil && undeclared[name] {
			out.Error = name
			return
		}
		if sym := t.c.errorNamed(t.m, *s.Error); sym != nil {
			out.Error = sym.mod.unique(sym.name.Name)
		}
	}
}

// outcomeNames returns the environment of what is said about the end of the
// run.
func (t *testLowering) outcomeNames() *exprEnv {
	names := make(map[string]*symbol, len(expectSlots))
	for i, s := range expectSlots {
		names[s.name] = t.slot(s.name, s.typ, i, lang.Range{})
	}
	x := t.expressions(names)
	if t.flow == nil {
		x.result = ir.Invalid // reported
	} else if r := t.flow.sym.result; r.Kind != ir.KNone {
		x.result = r
	}
	x.missing = func(n *lang.Name) bool {
		if n.Name == "result" && t.flow != nil {
			t.c.testWithoutResult(t.m, n, t.flow.sym)
			return true
		}
		return false
	}
	return x
}

// calls lowers `never f(…)` and the like. Arguments that are left out may be
// anything.
func (t *testLowering) calls(s *lang.Expect, out *ir.Expect) bool {
	callee := t.callee(s.Callee)
	if callee == nil {
		return false
	}
	if callee.workflow != nil && callee.workflow.Canvas {
		t.c.expectOfCanvas(t.m, s, callee)
		return false
	}
	out.Callee = callee.unique
	out.Args, _ = t.expressions(nil).given(callee, s.Args)
	t.c.foldList(out.Args)
	return true
}

// order lowers a row of steps: names of what is called, or paths of nodes.
func (t *testLowering) order(s *lang.Expect, out *ir.Expect) {
	list, ok := s.Value.(*lang.ListLit)
	if !ok {
		return // reported by the parser
	}
	if len(list.Elems) == 0 {
		t.c.orderOfNothing(t.m, list)
	}
	for _, e := range list.Elems {
		if lit, isText := e.(*lang.StringLit); isText {
			out.Order = append(out.Order, ir.TestStep{Node: t.path(lit)})
			continue
		}
		path := calleePath(e)
		if path == nil {
			t.c.orderOfWhat(t.m, e)
			continue
		}
		if sym := t.callee(path); sym != nil {
			out.Order = append(out.Order, ir.TestStep{Callee: sym.unique})
		}
	}
}
