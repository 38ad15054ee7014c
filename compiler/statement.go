package compiler

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// Lowering a statement tells whether the statement after it can be reached:
// falls is false when control always leaves the block, by return, yield, next
// or raise.

// chain lowers statements that run one after the other.
func (b *body) chain(stmts []lang.Stmt) (falls bool) {
	falls = true
	reported := false
	for i, s := range stmts {
		if !falls && !reported {
			b.c.unreachable(b.mod, s, stmts[i-1])
			reported = true
		}
		errors := b.c.diags.Errors()
		if !b.statement(s) {
			falls = false
			reported = reported || b.c.diags.Errors() > errors // it may not be meant to leave
		}
	}
	return falls
}

// members lowers statements that run at the same time. What a condition in one
// of them says holds for that one only.
func (b *body) members(stmts []lang.Stmt) (falls bool) {
	falls = true
	facts := len(b.facts)
	for _, s := range stmts {
		falls = b.statement(s) && falls
		b.facts = b.facts[:facts]
	}
	return falls
}

func (b *body) statement(s lang.Stmt) (falls bool) {
	outer := b.stmt
	defer func() { b.stmt = outer }()
	if b.stmt = s.Span(); concurrent(b.node(b.at).Kind) {
		b.stmt = lang.Range{}
	}
	switch s := s.(type) {
	case *lang.Signal:
		b.signal(s)
		return true
	case *lang.Let:
		b.let(s)
		return true
	case *lang.Result:
		b.result(s)
		return false
	case *lang.Raise:
		b.raise(s)
		return false
	case *lang.Next:
		b.next(s)
		return false
	case *lang.Grow:
		b.grow(s)
		return true
	case *lang.Step:
		return b.step(s)
	}
	panic(fmt.Sprintf("unexpected %T", s))
}

func (b *body) step(s *lang.Step) (falls bool) {
	switch n := s.Node.(type) {
	case *lang.Group:
		return b.group(s, n)
	case *lang.Map:
		return b.mapOver(s, n)
	case *lang.Expand:
		return b.expand(s, n)
	case *lang.Loop:
		return b.loop(s, n)
	case *lang.Wait:
		return b.wait(s, n)
	case *lang.If:
		return b.ifElse(s, n)
	case *lang.Switch:
		return b.switchOn(s, n)
	case *lang.Call:
		b.callStep(s, n)
		return true
	}
	panic(fmt.Sprintf("unexpected %T", s.Node))
}

// openStep opens the node of a step, named if the step is.
func (b *body) openStep(kind ir.NodeKind, s *lang.Step, keyword lang.Range) int {
	at := keyword
	if s.Name != nil {
		at = s.Name.Range
	}
	n := b.open(kind, at, s.Range)
	if s.Name != nil {
		b.node(n).Name = s.Name.Name
	}
	return n
}

// closeStep closes the node of a step, whose value has type typ, and binds the
// step's name.
func (b *body) closeStep(n int, s *lang.Step, typ *ir.Type, what boundAs) {
	b.node(n).Result = typ
	b.close(n)
	if s.Name != nil {
		b.bind(*s.Name, typ, n, what, s)
	}
}

// openBody opens a body inside the innermost node. segment is what it adds to
// the ids of what is inside it.
func (b *body) openBody(segment string, extent lang.Range) int {
	n := b.open(ir.NBody, extent, extent)
	b.node(n).Name = segment
	return n
}

// let binds a value.
func (b *body) let(s *lang.Let) {
	n := b.open(ir.NLet, s.Name.Range, s.Range)
	value := b.expressions().expr(s.Value, nil)
	b.node(n).Value = value
	b.node(n).Result = value.Type
	b.close(n)
	b.bind(s.Name, value.Type, n, boundLet, s)
}

// raised elaborates what is raised. A name that is not that of a type is meant
// to be that of an error.
func (x *exprEnv) raised(e lang.Expr) *ir.Expr {
	var name *lang.TypeName
	switch e := e.(type) {
	case *lang.TypeName:
		name = e
	case *lang.RecordLit:
		name = &e.Type
	}
	if name == nil || name.Module != nil || name.Name == "Failure" || x.mod.types[name.Name] != nil {
		return x.expr(e, nil)
	}
	if lit, ok := e.(*lang.RecordLit); ok {
		x.visit(lit.Fields)
	}
	x.c.errorNamed(x.mod, errorName(name))
	return invalidExpr
}

// raise fails the node around it with an error.
func (b *body) raise(s *lang.Raise) {
	n := b.open(ir.NRaise, s.Range, s.Range)
	value := b.expressions().raised(s.Value)
	if k := value.Type.Kind; k != ir.KError && k != ir.KInvalid {
		b.c.raisesNoError(b.mod, s, value.Type)
	}
	b.node(n).Value = value
	b.close(n)
}
