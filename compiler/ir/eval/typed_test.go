package eval_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/stdlib"
)

// typed draws expressions of a given type, such as the compiler makes. locals
// are the types of the variables in scope, from the outermost.
type typed struct {
	t      *rapid.T
	locals []*ir.Type
}

func (g *typed) pick(n int) int { return rapid.IntRange(0, n-1).Draw(g.t, "form") }

// of draws an expression of type want.
func (g *typed) of(want *ir.Type, depth int) *ir.Expr {
	if depth > 0 && g.pick(8) == 0 {
		return apply(ir.OpIf, want, g.of(boolT, depth-1), g.of(want, depth-1), g.of(want, depth-1))
	}
	if depth > 0 && g.pick(8) == 0 {
		return apply(ir.OpCoalesce, want, g.of(ir.OptionalOf(want), depth-1), g.of(want, depth-1))
	}
	for i, l := range g.locals {
		if ir.Identical(l, want) && g.pick(2) == 0 {
			return local(i, want)
		}
	}
	switch want.Kind {
	case ir.KInt:
		return g.int(depth)
	case ir.KFloat:
		return g.float(depth)
	case ir.KString:
		return g.string(depth)
	case ir.KBool:
		return g.bool(depth)
	case ir.KDate, ir.KTime, ir.KDuration:
		return g.moment(want, depth)
	case ir.KOptional:
		return g.optional(want, depth)
	case ir.KList:
		return g.list(want, depth)
	case ir.KMap:
		return named(apply(ir.OpMap, want, g.of(want.Elem, depth-1), g.of(want.Elem, depth-1)), "", "a", "b")
	}
	return named(apply(ir.OpRecord, ticketT, g.of(strT, depth-1), g.of(ir.OptionalOf(strT), depth-1)), "", "id", "note")
}

// under draws an expression with a variable of type elem in scope.
func (g *typed) under(elem, want *ir.Type, depth int) *ir.Expr {
	g.locals = append(g.locals, elem)
	e := g.of(want, depth)
	g.locals = g.locals[:len(g.locals)-1]
	return e
}

func (g *typed) int(depth int) *ir.Expr {
	if depth <= 0 {
		return num(rapid.OneOf(rapid.Int64(), rapid.Int64Range(-3, 3)).Draw(g.t, "int"))
	}
	a, b := func() *ir.Expr { return g.of(intT, depth-1) }, ir.ListOf(intT)
	switch g.pick(8) {
	case 0:
		op := rapid.SampledFrom([]ir.Op{ir.OpAdd, ir.OpSub, ir.OpMul, ir.OpDiv, ir.OpRem}).Draw(g.t, "op")
		return apply(op, intT, a(), a())
	case 1:
		return apply(ir.OpNeg, intT, a())
	case 2:
		return call("len", intT, g.of(strT, depth-1))
	case 3:
		return apply(ir.OpIndex, intT, g.of(b, depth-1), num(int64(g.pick(3))))
	case 4:
		return call("sum", intT, g.of(b, depth-1))
	case 5:
		return call("floor", intT, g.of(fltT, depth-1))
	case 6:
		return apply(ir.OpDiv, intT, g.of(durT, depth-1), g.of(durT, depth-1))
	}
	return call("max", intT, a(), a())
}

func (g *typed) float(depth int) *ir.Expr {
	if depth <= 0 {
		return flt(rapid.Float64Range(-1e200, 1e200).Draw(g.t, "float"))
	}
	switch g.pick(3) {
	case 0:
		op := rapid.SampledFrom([]ir.Op{ir.OpAdd, ir.OpSub, ir.OpMul, ir.OpDiv, ir.OpRem}).Draw(g.t, "op")
		return apply(op, fltT, g.of(fltT, depth-1), g.of(intT, depth-1))
	case 1:
		return apply(ir.OpConvert, fltT, g.of(intT, depth-1))
	}
	return call("sum", fltT, apply(ir.OpConvert, ir.ListOf(fltT), g.of(ir.ListOf(intT), depth-1)))
}

func (g *typed) string(depth int) *ir.Expr {
	if depth <= 0 {
		return str(rapid.SampledFrom([]string{"", "a", "é,z", "2026-01-31", "12"}).Draw(g.t, "string"))
	}
	switch g.pick(6) {
	case 0:
		return apply(ir.OpAdd, strT, g.of(strT, depth-1), g.of(strT, depth-1))
	case 1:
		return named(apply(ir.OpInterp, strT, g.of(timeT, depth-1), g.of(ir.ListOf(intT), depth-1), g.of(fltT, depth-1)), "", "%Y %j", "", "")
	case 2:
		return call("join", strT, g.of(ir.ListOf(strT), depth-1), g.of(strT, depth-1))
	case 3:
		return named(apply(ir.OpField, strT, g.of(ticketT, depth-1)), "id")
	case 4:
		return call("json.encode", strT, g.of(ticketT, depth-1))
	}
	return call("replace", strT, g.of(strT, depth-1), g.of(strT, depth-1), g.of(strT, depth-1))
}

func (g *typed) bool(depth int) *ir.Expr {
	if depth <= 0 {
		return val(ir.Bool(g.pick(2) == 0), boolT)
	}
	of := rapid.SampledFrom([]*ir.Type{intT, fltT, strT, dateT, timeT, durT}).Draw(g.t, "compared")
	switch g.pick(4) {
	case 0:
		op := rapid.SampledFrom([]ir.Op{ir.OpEq, ir.OpNe, ir.OpLt, ir.OpLe, ir.OpGt, ir.OpGe}).Draw(g.t, "op")
		return apply(op, boolT, g.of(of, depth-1), g.of(of, depth-1))
	case 1:
		return apply(rapid.SampledFrom([]ir.Op{ir.OpAnd, ir.OpOr}).Draw(g.t, "op"), boolT, g.of(boolT, depth-1), g.of(boolT, depth-1))
	case 2:
		return apply(ir.OpIn, boolT, g.of(intT, depth-1), g.of(ir.ListOf(intT), depth-1))
	}
	return call("any", boolT, g.of(ir.ListOf(intT), depth-1), lambda(g.under(intT, boolT, depth-1)))
}

func (g *typed) moment(want *ir.Type, depth int) *ir.Expr {
	if depth <= 0 {
		n := rapid.OneOf(rapid.Int64Range(-100_000, 100_000), rapid.Int64()).Draw(g.t, "n")
		switch want.Kind {
		case ir.KDate:
			return day(n % 100_000)
		case ir.KTime:
			return val(ir.Time(n), timeT)
		}
		return dur(n)
	}
	if want.Kind == ir.KDuration {
		if g.pick(2) == 0 {
			return apply(ir.OpSub, durT, g.of(timeT, depth-1), g.of(timeT, depth-1))
		}
		return apply(ir.OpMul, durT, g.of(durT, depth-1), g.of(rapid.SampledFrom([]*ir.Type{intT, fltT}).Draw(g.t, "by"), depth-1))
	}
	op := rapid.SampledFrom([]ir.Op{ir.OpAdd, ir.OpSub}).Draw(g.t, "op")
	return apply(op, want, g.of(want, depth-1), g.of(durT, depth-1))
}

func (g *typed) optional(want *ir.Type, depth int) *ir.Expr {
	if depth <= 0 || g.pick(3) == 0 {
		return nothing(want.Elem)
	}
	if want.Elem.Kind == ir.KInt {
		return call("int", want, g.of(strT, depth-1))
	}
	if g.pick(2) == 0 {
		return call("first", want, g.of(ir.ListOf(want.Elem), depth-1))
	}
	return apply(ir.OpConvert, want, g.of(want.Elem, depth-1))
}

func (g *typed) list(want *ir.Type, depth int) *ir.Expr {
	if depth <= 0 {
		return apply(ir.OpList, want)
	}
	form := g.pick(6)
	if want.Elem.Kind == ir.KInt && form == 0 {
		return apply(ir.OpRange, want, g.of(intT, depth-1), g.of(intT, depth-1))
	}
	switch form {
	case 1:
		return apply(ir.OpComprehension, want, g.of(ir.ListOf(intT), depth-1), g.under(intT, boolT, depth-1), g.under(intT, want.Elem, depth-1))
	case 2:
		return call("collect", want, g.of(ir.ListOf(strT), depth-1), lambda(g.under(strT, want.Elem, depth-1)))
	case 3:
		return call("sort_by", want, g.of(want, depth-1), lambda(g.under(want.Elem, fltT, depth-1)))
	case 4:
		return apply(ir.OpAdd, want, g.of(want, depth-1), g.of(want, depth-1))
	}
	return apply(ir.OpList, want, g.of(want.Elem, depth-1), g.of(want.Elem, depth-1))
}

// TestValuesAreOfTheirTypes evaluates sound expressions of every type: what
// comes out is of the type, and what fails is the user's affair, not ours.
func TestValuesAreOfTheirTypes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SampledFrom([]*ir.Type{intT, fltT, strT, boolT, dateT, timeT, durT, ir.OptionalOf(strT), ir.ListOf(intT), ir.MapOf(ir.ListOf(strT)), ticketT}).Draw(t, "type")
		g := typed{t: t}
		e := g.of(want, 4)
		env := environment()
		env.Limits = eval.Limits{Steps: 20_000, Bytes: 1 << 20}
		code := eval.Compile(e, stdlib.Library{})
		v, err := code.Eval(env)
		if err != nil {
			if msg := err.Error(); len(msg) > 18 && msg[:18] == "this is a bug in f" {
				t.Fatalf("a sound expression fails as none can: %s", msg)
			}
			return
		}
		text, err := ir.Encode(v, want)
		if err != nil {
			t.Fatalf("%s is no %s: %v", ir.Show(v), want, err)
		}
		again, err := code.Eval(environment())
		if err != nil || !ir.Equal(v, again) {
			t.Fatalf("%s is %s the second time, %v", text, ir.Show(again), err)
		}
	})
}
