package compiler

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// cond elaborates a condition, with what it says about names where it holds
// and where it does not.
func (x *exprEnv) cond(e lang.Expr) (cond *ir.Expr, whenTrue, whenFalse []fact) {
	g, whenTrue, whenFalse := x.truth(e, ir.BoolType)
	return x.fit(g, ir.BoolType, e, nil), whenTrue, whenFalse
}

// truth elaborates e like infer, with the facts of a condition.
func (x *exprEnv) truth(e lang.Expr, hint *ir.Type) (g *ir.Expr, whenTrue, whenFalse []fact) {
	switch e := e.(type) {
	case *lang.Paren:
		return x.truth(e.X, hint)
	case *lang.Unary:
		if e.Op == lang.OpSub {
			return x.negate(e, hint), nil, nil
		}
		of, whenTrue, whenFalse := x.condition(e.X, e)
		if bad(of) {
			return of, nil, nil
		}
		return &ir.Expr{Op: ir.OpNot, Type: ir.BoolType, Args: []*ir.Expr{of}, At: x.at(e)}, whenFalse, whenTrue
	case *lang.Is:
		return x.is(e)
	case *lang.Binary:
		switch e.Op {
		case lang.OpAnd, lang.OpOr:
			return x.junction(e)
		case lang.OpEq, lang.OpNe:
			return x.equality(e)
		case lang.OpLt, lang.OpLe, lang.OpGt, lang.OpGe:
			return x.order(e), nil, nil
		case lang.OpIn:
			return x.in(e), nil, nil
		}
	}
	return x.infer(e, hint), nil, nil
}

// condition elaborates an operand of the logical operator op.
func (x *exprEnv) condition(e, op lang.Expr) (g *ir.Expr, whenTrue, whenFalse []fact) {
	g, whenTrue, whenFalse = x.truth(e, ir.BoolType)
	switch k := g.Type.Kind; k {
	case ir.KBool, ir.KInvalid:
		return g, whenTrue, whenFalse
	case ir.KOptional, ir.KOutcome:
		return x.errMissing(g, ir.BoolType, e, nil), nil, nil
	}
	return x.errNotBool(e, op, g.Type), nil, nil
}

// junction elaborates a row of `and`, or one of `or`. On the right of `and`
// what the left says is known, on the right of `or` the opposite of it. A row
// is gone through from left to right, with one growing list of facts.
func (x *exprEnv) junction(e *lang.Binary) (g *ir.Expr, whenTrue, whenFalse []fact) {
	row := []*lang.Binary{e}
	for {
		left, ok := row[len(row)-1].X.(*lang.Binary)
		if !ok || left.Op != e.Op {
			break
		}
		row = append(row, left)
	}
	op := ir.OpAnd
	if e.Op == lang.OpOr {
		op = ir.OpOr
	}
	var known []fact
	y := *x
	y.facts = slices.Clip(x.facts)
	learn := func(whenTrue, whenFalse []fact) {
		news := whenTrue
		if op == ir.OpOr {
			news = whenFalse
		}
		known = append(known, news...)
		y.facts = append(y.facts, news...)
	}
	g, t, f := x.condition(row[len(row)-1].X, e)
	learn(t, f)
	y.stmt = lang.Range{}
	ok := !bad(g)
	for i := len(row) - 1; i >= 0; i-- {
		right, t, f := y.condition(row[i].Y, e)
		learn(t, f)
		ok = ok && !bad(right)
		g = &ir.Expr{Op: op, Type: ir.BoolType, Args: []*ir.Expr{g, right}, At: x.at(row[i].OpSpan)}
	}
	switch {
	case !ok:
		return invalidExpr, nil, nil
	case op == ir.OpAnd:
		return g, known, nil
	}
	return g, nil, known
}

// equality elaborates `==` and `!=`.
func (x *exprEnv) equality(e *lang.Binary) (g *ir.Expr, whenTrue, whenFalse []fact) {
	a := x.infer(e.X, nil)
	b := x.infer(e.Y, a.Type)
	if bad(a) || bad(b) {
		return invalidExpr, nil, nil
	}
	typ := comparable(a.Type, b.Type)
	if typ == nil {
		return x.errNotComparable(e, a, b), nil, nil
	}
	op := ir.OpEq
	if e.Op == lang.OpNe {
		op = ir.OpNe
	}
	g = &ir.Expr{Op: op, Type: ir.BoolType, Args: []*ir.Expr{convert(a, typ), convert(b, typ)}, At: x.at(e.OpSpan)}
	switch {
	case a.Type.Kind == ir.KNone && b.Type.Kind == ir.KOptional:
		whenFalse = x.fact(e.Y, b.Type.Elem)
	case b.Type.Kind == ir.KNone && a.Type.Kind == ir.KOptional:
		whenFalse = x.fact(e.X, a.Type.Elem)
	case a.Type.Kind == ir.KOptional && b.Type.Kind != ir.KOptional:
		whenTrue = x.fact(e.X, a.Type.Elem) // what equals something is there
	}
	if op == ir.OpNe {
		whenTrue, whenFalse = whenFalse, whenTrue
	}
	return g, whenTrue, whenFalse
}

// fact returns that e, if it is a spot, is a typ.
func (x *exprEnv) fact(e lang.Expr, typ *ir.Type) []fact {
	at := x.spot(e)
	if at.sym == nil {
		return nil
	}
	return []fact{{at, typ}}
}

// maxPath is how many fields the path of a spot may have. It bounds the cost
// of a long row of them.
const maxPath = 16

// spot returns the spot that e is, as in `row.address.city`.
func (x *exprEnv) spot(e lang.Expr) spot {
	path := ""
	for fields := 0; fields <= maxPath; {
		switch of := e.(type) {
		case *lang.Paren:
			e = of.X
			continue
		case *lang.Field:
			path = "." + of.Name.Name + path
			fields++
			e = of.X
			continue
		case *lang.Name:
			if of.Name == "result" && x.result != nil {
				return spot{} // not the name, see exprEnv.name
			}
			if sym := x.lookup(of.Name); sym != nil && sym.kind != symConst {
				return spot{sym, path}
			}
		}
		break
	}
	return spot{}
}

// comparable returns the type as which values of a and b can be compared, nil
// if there is none.
func comparable(a, b *ir.Type) *ir.Type {
	switch {
	case a.Kind == ir.KNone && b.Kind != ir.KOptional && b.Kind != ir.KNone,
		b.Kind == ir.KNone && a.Kind != ir.KOptional && a.Kind != ir.KNone:
		return nil
	case a.Kind == ir.KNone || b.Kind == ir.KNone:
		return join(a, b) // whether it is there can be asked of anything
	case isTextual(a) && isTextual(b):
		return a
	}
	typ := join(a, b)
	if typ == nil || !hasEquality(typ) {
		return nil
	}
	return typ
}

// hasEquality reports whether values of t can be compared. Outcomes cannot,
// since what is meant is their value or their status; secrets cannot at all.
func hasEquality(t *ir.Type) bool {
	switch t.Kind {
	case ir.KOutcome, ir.KSecret:
		return false
	case ir.KOptional, ir.KList, ir.KMap:
		return hasEquality(t.Elem)
	}
	return true
}

// order elaborates `<` and its like.
func (x *exprEnv) order(e *lang.Binary) *ir.Expr {
	a := x.operand(e.X, nil)
	b := x.operand(e.Y, a.Type)
	if bad(a) || bad(b) {
		return invalidExpr
	}
	typ := unbounded(a.Type)
	switch {
	case isNumber(a.Type) && isNumber(b.Type):
		typ = join(typ, unbounded(b.Type))
	case isTextual(a.Type) && isTextual(b.Type):
		return x.ordered(e, a, b)
	case typ.Kind != b.Type.Kind || typ.Decl != b.Type.Decl || !hasOrder(typ):
		return x.errOperands(e, a.Type, b.Type)
	}
	return x.ordered(e, convert(a, typ), convert(b, typ))
}

func (x *exprEnv) ordered(e *lang.Binary, a, b *ir.Expr) *ir.Expr {
	op := [...]ir.Op{ir.OpLt, ir.OpLe, ir.OpGt, ir.OpGe}[e.Op-lang.OpLt]
	return &ir.Expr{Op: op, Type: ir.BoolType, Args: []*ir.Expr{a, b}, At: x.at(e.OpSpan)}
}

// hasOrder reports whether values of t can be ordered; members of an enum are,
// as they are declared.
func hasOrder(t *ir.Type) bool {
	switch t.Kind {
	case ir.KInt, ir.KFloat, ir.KString, ir.KURL, ir.KPath, ir.KDate, ir.KTime, ir.KDuration, ir.KSize, ir.KEnum:
		return true
	}
	return false
}

// in elaborates `x in y`: an element of a list, a key of a map, a part of a
// string.
func (x *exprEnv) in(e *lang.Binary) *ir.Expr {
	of := x.operand(e.Y, nil)
	var elem *ir.Type
	switch of.Type.Kind {
	case ir.KInvalid:
		x.infer(e.X, nil)
		return of
	case ir.KList:
		elem = of.Type.Elem
	case ir.KMap, ir.KString, ir.KURL, ir.KPath:
		elem = ir.StringType
	}
	a := x.infer(e.X, elem)
	if bad(a) {
		return a
	}
	if elem == nil {
		return x.errOperands(e, a.Type, of.Type)
	}
	if of.Type.Kind == ir.KList {
		typ := comparable(a.Type, elem)
		if typ == nil {
			return x.errNotAnElement(e, a, of.Type)
		}
		if !isTextual(typ) {
			a, of = convert(a, typ), convert(of, ir.ListOf(typ))
		}
	} else if !isTextual(a.Type) {
		return x.errOperands(e, a.Type, of.Type)
	}
	return &ir.Expr{Op: ir.OpIn, Type: ir.BoolType, Args: []*ir.Expr{a, of}, At: x.at(e.OpSpan)}
}

// is elaborates `x is T`, where x is a union.
func (x *exprEnv) is(e *lang.Is) (g *ir.Expr, whenTrue, whenFalse []fact) {
	of := x.infer(e.X, nil)
	typ := x.c.typ(x.mod, e.Type)
	if bad(of) || typ.Kind == ir.KInvalid {
		return invalidExpr, nil, nil
	}
	union := plain(of.Type)
	if union.Kind != ir.KUnion {
		return x.errIs(e, of.Type, typ), nil, nil
	}
	var others []*ir.Type
	found := false
	for _, m := range union.Decl.Union {
		if m.Decl == typ.Decl {
			found = true
		} else {
			others = append(others, m)
		}
	}
	if !found || typ.Decl == nil {
		return x.errNotAMember(e, union, typ), nil, nil
	}
	g = &ir.Expr{Op: ir.OpIs, Type: ir.BoolType, Name: typ.Decl.Name, Args: []*ir.Expr{of}, At: x.at(e)}
	if len(others) == 1 && of.Type.Kind == ir.KUnion {
		whenFalse = x.fact(e.X, others[0])
	}
	return g, x.fact(e.X, typ), whenFalse
}

// ifExpr elaborates `if cond then a else b`.
func (x *exprEnv) ifExpr(e *lang.IfExpr, hint *ir.Type) *ir.Expr {
	cond, whenTrue, whenFalse := x.cond(e.Cond)
	a := x.with(whenTrue).infer(e.Then, hint)
	b := x.with(whenFalse).infer(e.Else, hint)
	if bad(cond) || bad(a) || bad(b) {
		return invalidExpr
	}
	typ := join(a.Type, b.Type)
	if hint != nil && ir.Assignable(a.Type, hint) && ir.Assignable(b.Type, hint) {
		typ = hint
	}
	if typ == nil {
		return x.errBranches(e, a, b, hint)
	}
	return &ir.Expr{Op: ir.OpIf, Type: typ, Args: []*ir.Expr{cond, convert(a, typ), convert(b, typ)}, At: x.at(e)}
}
