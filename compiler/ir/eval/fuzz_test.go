package eval_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/stdlib"
)

// wild draws an expression of any shape, with the right number of arguments
// or not: the evaluator meets what no checked program holds.
func wild(t *rapid.T, depth int) *ir.Expr {
	types := []*ir.Type{intT, fltT, strT, boolT, dateT, timeT, durT, ir.SizeType, ir.JSONType, ir.ListOf(intT), ir.MapOf(strT), ticketT, outcomeT, ir.OptionalOf(intT), tierT, ir.NoneType}
	values := []ir.Value{
		ir.Int(0), ir.Int(-1), ir.Int(1 << 62), ir.Float(0.5), ir.String("é"), ir.String(""), ir.Bool(true), ir.Date(5), ir.Time(-1), ir.Duration(1e9), ir.Size(5),
		ir.JSON(`{"id":"x"}`), ir.List{ir.Int(1)}, ir.NewMap([]string{"a"}, []ir.Value{ir.Int(1)}), &ir.Outcome{Status: ir.Failed}, ir.None{}, ir.Secret("s"), &ir.Ref{Key: "k"},
		&ir.Record{Decl: ticketDecl, Names: []string{"id"}, Values: []ir.Value{ir.String("x")}},
	}
	names := []string{"", "status", "id", "succeeded", "env", "len", "filter", "sort_by", "json.encode", "sum", "min", "Ticket", "join", "replace", "zip", "chunk", "distinct", "round", "date"}
	e := &ir.Expr{
		Op:    ir.Op(rapid.IntRange(0, int(ir.OpRef)+1).Draw(t, "op")),
		Type:  rapid.SampledFrom(types).Draw(t, "type"),
		Name:  rapid.SampledFrom(names).Draw(t, "name"),
		Up:    rapid.IntRange(0, 2).Draw(t, "up"),
		Index: rapid.IntRange(0, 4).Draw(t, "index"),
		At:    at,
	}
	if depth == 0 || e.Op == ir.OpConst {
		e.Op, e.Value = ir.OpConst, rapid.SampledFrom(values).Draw(t, "value")
		return e
	}
	for range rapid.IntRange(0, 3).Draw(t, "args") {
		e.Args = append(e.Args, wild(t, depth-1))
		e.Names = append(e.Names, rapid.SampledFrom([]string{"", "id", "%Y", "%"}).Draw(t, "format"))
	}
	return e
}

// TestNothingPanics evaluates wild expressions: whatever they are, the result
// is a value or an error.
func TestNothingPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := wild(t, 4)
		env := environment()
		env.Limits = eval.Limits{Steps: 10_000, Bytes: 1 << 20}
		v, err := eval.Compile(e, stdlib.Library{}).Eval(env)
		if (v == nil) == (err == nil) {
			t.Fatalf("got %v and %v", v, err)
		}
		if _, ok := err.(*eval.Error); err != nil && !ok {
			t.Fatalf("the error is a %T", err)
		}
	})
}

func FuzzEval(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		env := environment()
		env.Limits = eval.Limits{Steps: 10_000, Bytes: 1 << 20}
		_, _ = eval.Compile(wild(t, 5), stdlib.Library{}).Eval(env)
	}))
}
