package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// binary elaborates `x op y`.
func (x *exprEnv) binary(e *lang.Binary, hint *ir.Type) *ir.Expr {
	switch e.Op {
	case lang.OpCoalesce:
		return x.coalesce(e, hint)
	case lang.OpRange:
		from, to := x.operand(e.X, ir.IntType), x.operand(e.Y, ir.IntType)
		if bad(from) || bad(to) {
			return invalidExpr
		}
		if from.Type.Kind != ir.KInt || to.Type.Kind != ir.KInt {
			return x.errOperands(e, from.Type, to.Type)
		}
		return &ir.Expr{Op: ir.OpRange, Type: ir.ListOf(ir.IntType), Args: []*ir.Expr{from, to}, At: x.at(e.OpSpan)}
	case lang.OpAdd, lang.OpSub, lang.OpMul, lang.OpDiv, lang.OpRem:
		return x.arithmetic(e, hint)
	}
	g, _, _ := x.truth(e, hint)
	return g
}

// operand elaborates an operand, which must be there.
func (x *exprEnv) operand(e lang.Expr, hint *ir.Type) *ir.Expr {
	g := x.infer(e, hint)
	if k := g.Type.Kind; k == ir.KOptional || k == ir.KOutcome {
		return x.errMissing(g, g.Type.Elem, e, nil)
	}
	return g
}

// arithmeticOps are the operations of the operators.
var arithmeticOps = map[lang.Op]ir.Op{
	lang.OpAdd: ir.OpAdd, lang.OpSub: ir.OpSub, lang.OpMul: ir.OpMul, lang.OpDiv: ir.OpDiv, lang.OpRem: ir.OpRem,
}

func (x *exprEnv) arithmetic(e *lang.Binary, hint *ir.Type) *ir.Expr {
	if h := plain(hint); h != nil && isNumber(h) {
		hint = nil // `1 / 2` is the same wherever it stands
	}
	a := x.operand(e.X, hint)
	b := x.operand(e.Y, hint)
	if bad(a) || bad(b) {
		return invalidExpr
	}
	typ, left, right := operation(e.Op, a.Type, b.Type)
	if typ == nil {
		return x.errOperands(e, a.Type, b.Type)
	}
	return &ir.Expr{Op: arithmeticOps[e.Op], Type: typ, At: x.at(e.OpSpan),
		Args: []*ir.Expr{convert(a, left), convert(b, right)}}
}

// operation returns the type of `a op b`, and what a and b are taken as. typ
// is nil when the operator does not apply.
func operation(op lang.Op, a, b *ir.Type) (typ, left, right *ir.Type) {
	a, b = unbounded(a), unbounded(b)
	switch {
	case isNumber(a) && isNumber(b):
		return numeric(op, a, b)
	case isTextual(a) && isTextual(b) && op == lang.OpAdd:
		return a, a, b
	case a.Kind == ir.KList && b.Kind == ir.KList && op == lang.OpAdd:
		if list := join(a, b); list != nil {
			return list, list, list
		}
	case a.Kind == ir.KDate || a.Kind == ir.KTime || b.Kind == ir.KDate || b.Kind == ir.KTime:
		return calendar(op, a, b)
	case isQuantity(a) || isQuantity(b):
		return quantity(op, a, b)
	}
	return nil, a, b
}

// numeric is operation of numbers.
func numeric(op lang.Op, a, b *ir.Type) (typ, left, right *ir.Type) {
	switch {
	case a.Kind == ir.KInt && b.Kind == ir.KInt:
		return ir.IntType, a, b
	case op == lang.OpRem:
		return nil, a, b
	}
	return ir.FloatType, ir.FloatType, ir.FloatType
}

// calendar is operation where one side is a date or time.
func calendar(op lang.Op, a, b *ir.Type) (typ, left, right *ir.Type) {
	switch {
	case op == lang.OpSub && a.Kind == b.Kind:
		return ir.DurationType, a, b
	case (op == lang.OpAdd || op == lang.OpSub) && b.Kind == ir.KDuration:
		return a, a, b
	case op == lang.OpAdd && a.Kind == ir.KDuration:
		return b, a, b
	}
	return nil, a, b
}

// quantity is operation where one side is a duration or size.
func quantity(op lang.Op, a, b *ir.Type) (typ, left, right *ir.Type) {
	switch {
	case a.Kind == b.Kind:
		switch op {
		case lang.OpAdd, lang.OpSub, lang.OpRem:
			return a, a, b
		case lang.OpDiv:
			return ir.FloatType, a, b
		}
	case isQuantity(a) && isNumber(b) && (op == lang.OpMul || op == lang.OpDiv):
		return a, a, b
	case isNumber(a) && isQuantity(b) && op == lang.OpMul:
		return b, a, b
	}
	return nil, a, b
}

func isNumber(t *ir.Type) bool   { return t.Kind == ir.KInt || t.Kind == ir.KFloat }
func isQuantity(t *ir.Type) bool { return t.Kind == ir.KDuration || t.Kind == ir.KSize }
func isTextual(t *ir.Type) bool {
	return t.Kind == ir.KString || t.Kind == ir.KURL || t.Kind == ir.KPath
}

// negate elaborates `-x`.
func (x *exprEnv) negate(e *lang.Unary, hint *ir.Type) *ir.Expr {
	of := x.operand(e.X, hint)
	switch t := of.Type; t.Kind {
	case ir.KInvalid:
		return of
	case ir.KInt, ir.KFloat, ir.KDuration:
	default:
		return x.errUnary(e, t)
	}
	if of.Op == ir.OpConst {
		switch v := of.Value.(type) {
		case ir.Int:
			if -v != v || v == 0 {
				return constExpr(ir.IntType, -v)
			}
		case ir.Float:
			return constExpr(ir.FloatType, -v)
		case ir.Duration:
			if -v != v || v == 0 {
				return constExpr(ir.DurationType, -v)
			}
		}
	}
	return &ir.Expr{Op: ir.OpNeg, Type: unbounded(of.Type), Args: []*ir.Expr{of}, At: x.at(e)}
}

// coalesce elaborates `x ?? y`.
func (x *exprEnv) coalesce(e *lang.Binary, hint *ir.Type) *ir.Expr {
	a := x.infer(e.X, hint)
	if a.Op == ir.OpIndex && a.Type.Kind != ir.KOutcome {
		a.Type = ir.OptionalOf(a.Type) // what is not in the list or map is none
	}
	if a.Op == ir.OpField && !bad(a) && x.known(x.spot(e.X)) != nil {
		a.Type = ir.OptionalOf(a.Type) // a default of what a condition has found there is idle, not wrong
	}
	var elem *ir.Type
	switch t := a.Type; {
	case bad(a):
		x.with(nil).infer(e.Y, hint)
		return a
	case t.Kind == ir.KNone:
		return x.infer(e.Y, hint)
	case t.Kind == ir.KOptional, t.Kind == ir.KOutcome && t.Elem.Kind != ir.KNone:
		elem = t.Elem
	default:
		return x.errNeedlessDefault(e, t)
	}
	y := x.with(nil)
	b := y.infer(e.Y, elem)
	if bad(b) {
		return b
	}
	if b.Type.Kind == ir.KOutcome {
		return x.errMissing(b, elem, e.Y, nil)
	}
	typ := elem
	if !ir.Assignable(b.Type, elem) || b.Type.Kind == ir.KOptional {
		if typ = join(elem, b.Type); typ == nil {
			return x.errMismatch(b, elem, e.Y, nil)
		}
	}
	if a.Type.Kind == ir.KOptional {
		a = convert(a, ir.OptionalOf(typ))
	} else {
		a = convert(a, ir.OutcomeOf(typ))
	}
	return &ir.Expr{Op: ir.OpCoalesce, Type: typ, Args: []*ir.Expr{a, convert(b, typ)}, At: x.at(e.OpSpan)}
}
