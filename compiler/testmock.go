package compiler

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// Names that mean something in every mock, unless one of its parameters has
// that name.
const (
	mockNode    = "node"    // id of the node that calls
	mockAttempt = "attempt" // number of its attempt
)

// mock lowers a mock.
func (t *testLowering) mock(s *lang.Mock) {
	out := ir.Mock{Kind: ir.MockKind(s.Kind), At: t.m.pos(s.Range)}
	var callee *callableSymbol
	if !s.Any {
		if callee = t.callee(s.Callee); callee == nil {
			return
		}
		out.Callee = callee.unique
		if callee.workflow != nil && callee.workflow.Canvas {
			t.c.mockOfCanvas(t.m, s, callee)
			return
		}
	}
	x := t.mockNames(s, callee)
	out.When = t.condition(x, s.When)
	out.Value = t.mockValue(x, s, callee)
	out.After = t.folded(x, s.After, ir.DurationType)
	out.Times = t.folded(t.expressions(nil), s.Times, ir.IntType)
	t.least(out.After, s.After, 0, "`after` must not be negative")
	t.least(out.Times, s.Times, 1, "`times` must be at least 1")
	t.out.Mocks = append(t.out.Mocks, out)
}

// least reports a number or duration that is known and less than least.
func (t *testLowering) least(e *ir.Expr, at lang.Expr, least int64, message string) {
	if e == nil || e.Op != ir.OpConst {
		return
	}
	switch v := e.Value.(type) {
	case ir.Int:
		if int64(v) < least {
			t.c.optionRange(t.m, at, message, ir.Text(v))
		}
	case ir.Duration:
		if int64(v) < least {
			t.c.optionRange(t.m, at, message, ir.Text(v))
		}
	}
}

// condition lowers a condition, nil for nil.
func (t *testLowering) condition(x *exprEnv, e lang.Expr) *ir.Expr {
	if e == nil {
		return nil
	}
	g, _, _ := x.cond(e)
	return t.c.fold(g)
}

// mockNames returns the environment of a mock's expressions.
func (t *testLowering) mockNames(s *lang.Mock, callee *callableSymbol) *exprEnv {
	var params []ir.Param
	if callee != nil {
		params = callee.params
	}
	names := map[string]*symbol{
		mockNode:    t.slot(mockNode, ir.StringType, len(params), lang.Range{}),
		mockAttempt: t.slot(mockAttempt, ir.IntType, len(params)+1, lang.Range{}),
	}
	var bound firsts
	for i, id := range s.Params {
		if before, again := bound.see(id); again {
			t.c.declaredTwice(t.m, id, before.Range)
			continue
		}
		k := -1
		if callee != nil {
			k = callee.paramNamed(id.Name, i)
		}
		if k < 0 {
			t.c.unknownMockParam(t.m, id, callee)
			names[id.Name] = t.slot(id.Name, ir.Invalid, 0, id.Range)
			continue
		}
		names[id.Name] = t.slot(id.Name, params[k].Type, k, id.Range)
	}
	x := t.expressions(names)
	x.missing = func(n *lang.Name) bool {
		if callee == nil || callee.paramNamed(n.Name, 0) < 0 {
			return false
		}
		t.c.mockParamNotBound(t.m, n, s, callee)
		return true
	}
	return x
}

// mockValue lowers what a mock gives or raises, nil for none.
func (t *testLowering) mockValue(x *exprEnv, s *lang.Mock, callee *callableSymbol) *ir.Expr {
	switch {
	case s.Value == nil:
		return nil
	case s.Kind == lang.MockRaises:
		return t.raised(x, s, callee)
	case callee == nil:
		x.infer(s.Value, nil)
		t.c.valueForAll(t.m, s)
		return invalidExpr
	}
	return t.folded(x, s.Value, callee.result)
}

// raised lowers what a mock raises: an error that its callee declares, or the
// text of an undeclared failure.
func (t *testLowering) raised(x *exprEnv, s *lang.Mock, callee *callableSymbol) *ir.Expr {
	g := x.raised(s.Value)
	switch {
	case bad(g):
	case g.Type.Kind == ir.KString:
	case g.Type.Kind != ir.KError:
		t.c.raisesNoFailure(t.m, s.Value, g.Type)
		return invalidExpr
	case callee != nil && callee.activity != nil && !slices.Contains(callee.raises, g.Type.Decl.Name):
		t.c.mockRaisesUndeclared(t.m, s.Value, g.Type, callee)
		return invalidExpr
	}
	return t.c.fold(g)
}
