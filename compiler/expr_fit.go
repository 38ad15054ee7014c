package compiler

import (
	"strconv"
	"unicode/utf8"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// fit makes the elaborated e fit want, or reports that it does not.
func (x *exprEnv) fit(g *ir.Expr, want *ir.Type, e lang.Expr, s *site) *ir.Expr {
	if want == nil || want.Kind == ir.KInvalid || bad(g) {
		return g
	}
	if g.Type != want {
		if !fits(g.Type, want) {
			return x.errMismatch(g, want, e, s)
		}
		g = convert(g, want)
	}
	return x.within(g, want, e)
}

// emptyElem is the element type of a list or map literal without elements,
// which fits every list or map.
var emptyElem = &ir.Type{Kind: ir.KNone}

// fits reports whether a value of type from can be used where to is wanted.
func fits(from, to *ir.Type) bool {
	if isEmpty(from) && plain(to).Kind == from.Kind {
		return true
	}
	if plain(to).Kind == ir.KJSON && from.Kind != ir.KJSON && (isData(from) || isEmpty(from)) && !holdsSecret(from) {
		return true // everything that is data has a JSON form
	}
	return ir.Assignable(from, to)
}

// isEmpty reports whether t is the type of an empty literal.
func isEmpty(t *ir.Type) bool {
	return (t.Kind == ir.KList || t.Kind == ir.KMap) && t.Elem == emptyElem
}

// convert returns g, whose type fits to, as a to.
func convert(g *ir.Expr, to *ir.Type) *ir.Expr {
	if ir.Identical(g.Type, to) || bad(g) {
		return g
	}
	if g.Op == ir.OpConst && (plain(to).Kind != ir.KJSON || g.Type.Kind == ir.KNone) {
		switch v := g.Value.(type) {
		case ir.None:
			return &ir.Expr{Op: ir.OpConst, Type: to, Value: v, At: g.At}
		case ir.Int:
			if plain(to).Kind == ir.KFloat {
				return &ir.Expr{Op: ir.OpConst, Type: to, Value: ir.Float(v), At: g.At}
			}
			return &ir.Expr{Op: ir.OpConst, Type: to, Value: v, At: g.At}
		case ir.Bool, ir.Float, ir.String, ir.Bytes, ir.Date, ir.Time, ir.Duration, ir.Size:
			return &ir.Expr{Op: ir.OpConst, Type: to, Value: v, At: g.At}
		}
	}
	if (g.Op == ir.OpList || g.Op == ir.OpMap) && len(g.Args) == 0 && plain(to).Kind != ir.KJSON {
		return &ir.Expr{Op: g.Op, Type: plain(to), At: g.At}
	}
	return &ir.Expr{Op: ir.OpConvert, Type: to, Args: []*ir.Expr{g}, At: g.At}
}

// plain returns t without a question mark.
func plain(t *ir.Type) *ir.Type {
	if t != nil && t.Kind == ir.KOptional {
		return t.Elem
	}
	return t
}

// unbounded returns t without its bound: what an operator gives is not
// promised to stay within the bounds of what it takes.
func unbounded(t *ir.Type) *ir.Type {
	if t.Bound == nil {
		return t
	}
	switch t.Kind {
	case ir.KInt:
		return ir.IntType
	case ir.KFloat:
		return ir.FloatType
	case ir.KString:
		return ir.StringType
	case ir.KBytes:
		return ir.BytesType
	case ir.KSize:
		return ir.SizeType
	case ir.KList:
		return ir.ListOf(t.Elem)
	}
	return t
}

// within reports a constant that is outside the bound of its type.
func (x *exprEnv) within(g *ir.Expr, want *ir.Type, e lang.Expr) *ir.Expr {
	b := plain(want).Bound
	if b == nil {
		return g
	}
	inner := g
	for inner.Op == ir.OpConvert {
		inner = inner.Args[0]
	}
	v := inner.Value
	switch {
	case inner.Op == ir.OpConst:
	case inner.Op == ir.OpList:
		v = ir.Int(len(inner.Args))
	case isConstant(inner):
		var err error
		if v, err = evaluate(inner); err != nil {
			return g // reported when constants are folded
		}
	default:
		return g
	}
	if text, out := outside(v, b); out {
		return x.errOutOfBound(e, plain(want), text)
	}
	return g
}

// outside reports whether what a bound is about, the number or the length, is
// outside it, and shows that.
func outside(v ir.Value, b *ir.Bound) (text string, out bool) {
	var n int64
	switch v := v.(type) {
	case ir.Float:
		f := float64(v)
		out = b.Min != nil && f < float64(*b.Min) || b.Max != nil && f > float64(*b.Max)
		return strconv.FormatFloat(f, 'g', -1, 64), out
	case ir.Int:
		n = int64(v)
	case ir.Size:
		n = int64(v)
	case ir.String:
		n = int64(utf8.RuneCountInString(string(v)))
	case ir.Bytes:
		n = int64(len(v))
	case ir.List:
		n = int64(len(v))
	default:
		return "", false
	}
	return strconv.FormatInt(n, 10), b.Min != nil && n < *b.Min || b.Max != nil && n > *b.Max
}

// join returns the type that values of both a and b have, nil if there is
// none.
func join(a, b *ir.Type) *ir.Type {
	switch {
	case ir.Identical(a, b):
		return a
	case a.Kind == ir.KInvalid || b.Kind == ir.KInvalid:
		return ir.Invalid
	case a.Kind == ir.KNone:
		if b.Kind == ir.KOutcome {
			return nil
		}
		return ir.OptionalOf(b)
	case b.Kind == ir.KNone:
		return join(b, a)
	case a.Kind == ir.KOptional || b.Kind == ir.KOptional:
		if t := join(plain(a), plain(b)); t != nil {
			return ir.OptionalOf(t)
		}
		return nil
	case a.Kind == b.Kind && a.Decl == nil && (a.Bound != nil || b.Bound != nil):
		return join(unbounded(a), unbounded(b))
	case isEmpty(a) && b.Kind == a.Kind:
		return b
	case isEmpty(b) && b.Kind == a.Kind:
		return a
	case ir.Assignable(a, b):
		return b
	case ir.Assignable(b, a):
		return a
	case a.Kind == b.Kind && (a.Kind == ir.KList || a.Kind == ir.KMap):
		if t := join(a.Elem, b.Elem); t != nil {
			return &ir.Type{Kind: a.Kind, Elem: t}
		}
	}
	return nil
}
