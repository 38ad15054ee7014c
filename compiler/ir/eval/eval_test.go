package eval_test

import (
	"math"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/stdlib"
)

// Constructors, so that a table row reads like the expression.

func val(v ir.Value, t *ir.Type) *ir.Expr { return &ir.Expr{Op: ir.OpConst, Type: t, Value: v} }
func num(n int64) *ir.Expr                { return val(ir.Int(n), ir.IntType) }
func flt(f float64) *ir.Expr              { return val(ir.Float(f), ir.FloatType) }
func str(s string) *ir.Expr               { return val(ir.String(s), ir.StringType) }
func dur(d int64) *ir.Expr                { return val(ir.Duration(d), ir.DurationType) }
func day(d int64) *ir.Expr                { return val(ir.Date(d), ir.DateType) }
func nothing(t *ir.Type) *ir.Expr         { return val(ir.None{}, ir.OptionalOf(t)) }
func local(i int, t *ir.Type) *ir.Expr    { return &ir.Expr{Op: ir.OpLocal, Index: i, Type: t} }

var at = ir.Pos{File: 0, Start: 3, End: 9}

func apply(op ir.Op, t *ir.Type, args ...*ir.Expr) *ir.Expr {
	return &ir.Expr{Op: op, Type: t, Args: args, At: at}
}

func call(name string, t *ir.Type, args ...*ir.Expr) *ir.Expr {
	return &ir.Expr{Op: ir.OpCall, Name: name, Type: t, Args: args, At: at}
}

func lambda(body *ir.Expr) *ir.Expr { return apply(ir.OpLambda, body.Type, body) }

func ints(n ...int64) *ir.Expr {
	e := apply(ir.OpList, ir.ListOf(ir.IntType))
	for _, n := range n {
		e.Args = append(e.Args, num(n))
	}
	return e
}

func named(e *ir.Expr, name string, names ...string) *ir.Expr {
	e.Name, e.Names = name, names
	return e
}

var (
	intT, boolT, strT, fltT, durT, dateT, timeT = ir.IntType, ir.BoolType, ir.StringType, ir.FloatType, ir.DurationType, ir.DateType, ir.TimeType
	ticketDecl                                  = &ir.TypeDecl{Name: "Ticket", Kind: ir.KRecord, Fields: []ir.Field{{Name: "id", Type: strT}, {Name: "note", Type: ir.OptionalOf(strT)}}}
	ticketT                                     = &ir.Type{Kind: ir.KRecord, Decl: ticketDecl}
	tierT                                       = &ir.Type{Kind: ir.KEnum, Decl: &ir.TypeDecl{Name: "Tier", Kind: ir.KEnum, Members: []string{"silver", "gold"}}}
	outcomeT                                    = ir.OutcomeOf(intT)
)

const second = int64(1e9)

// environment holds: slot 0 an int, 1 a failed outcome, 2 unset, 3 a list of
// outcomes; one frame above, slot 0 a string.
func environment() *eval.Env {
	failed := &ir.Outcome{Status: ir.Failed, Error: &ir.Record{Decl: ir.FailureDecl, Names: []string{"node", "error", "message", "attempts", "details"},
		Values: []ir.Value{ir.String("w/x"), ir.String("Failed"), ir.String("no"), ir.Int(1), ir.JSON("{}")}}}
	return &eval.Env{
		Frame: &eval.Frame{
			Parent: &eval.Frame{Slots: []ir.Value{ir.String("outer")}},
			Slots:  []ir.Value{ir.Int(7), failed, nil, ir.List{ir.Int(1), failed, &ir.Outcome{Status: ir.Skipped}, &ir.Outcome{Status: ir.Succeeded, Value: ir.Int(4)}}},
		},
		Params: map[string]ir.Value{"env": ir.String("dev")},
		Fact: func(name string) ir.Value {
			if name == "run.id" {
				return ir.String("r1")
			}
			return nil
		},
		Now:  ir.Time(20484*86400*second + 5),
		Seed: "r1/w/x",
	}
}

func slot(op ir.Op, up, index int, t *ir.Type) *ir.Expr {
	return &ir.Expr{Op: op, Up: up, Index: index, Type: t, At: at}
}

func TestExpressionsHaveValues(t *testing.T) {
	record := named(apply(ir.OpRecord, ticketT, str("a")), "", "id")
	outcomes := slot(ir.OpSlot, 0, 3, ir.ListOf(outcomeT))
	for _, c := range []struct {
		name string
		e    *ir.Expr
		want string
	}{
		{"a slot", slot(ir.OpSlot, 0, 0, intT), "7"},
		{"a slot of the frame above", slot(ir.OpSlot, 1, 0, strT), `"outer"`},
		{"an outcome that succeeded", slot(ir.OpSlotOutcome, 0, 0, outcomeT), "succeeded(7)"},
		{"an outcome of what never ran", slot(ir.OpSlotOutcome, 0, 2, outcomeT), "skipped"},
		{"the status of an outcome", named(apply(ir.OpField, strT, slot(ir.OpSlotOutcome, 0, 1, outcomeT)), "status"), `"failed"`},
		{"the value of a failed outcome", named(apply(ir.OpField, ir.OptionalOf(intT), slot(ir.OpSlotOutcome, 0, 1, outcomeT)), "value"), "none"},
		{"the message of a failure", named(apply(ir.OpField, strT, named(apply(ir.OpField, ir.FailureType, slot(ir.OpSlotOutcome, 0, 1, outcomeT)), "error")), "message"), `"no"`},
		{"an unset slot as an optional", slot(ir.OpSlotOptional, 0, 2, ir.OptionalOf(intT)), "none"},
		{"a failed slot as an optional", slot(ir.OpSlotOptional, 0, 1, ir.OptionalOf(intT)), "none"},
		{"an outcome as an optional", apply(ir.OpOptional, ir.OptionalOf(intT), slot(ir.OpSlotOutcome, 0, 1, outcomeT)), "none"},
		{"a default of an outcome", apply(ir.OpCoalesce, intT, slot(ir.OpSlotOutcome, 0, 1, outcomeT), num(3)), "3"},
		{"a default of an optional", apply(ir.OpCoalesce, intT, nothing(intT), num(3)), "3"},
		{"a default that is not needed", apply(ir.OpCoalesce, intT, num(2), apply(ir.OpDiv, intT, num(1), num(0))), "2"},
		{"those that succeeded", named(apply(ir.OpFields, ir.ListOf(intT), outcomes), "succeeded"), "[1, 4]"},
		{"those that failed", call("len", intT, named(apply(ir.OpFields, ir.ListOf(ir.FailureType), outcomes), "failed")), "1"},
		{"a parameter", named(&ir.Expr{Op: ir.OpParam, Type: strT}, "env"), `"dev"`},
		{"a fact", named(&ir.Expr{Op: ir.OpContext, Type: strT}, "run.id"), `"r1"`},
		{"a record without its optional fields", record, `Ticket { id: "a" }`},
		{"a field", named(apply(ir.OpField, strT, record), "id"), `"a"`},
		{"a field that is none", named(apply(ir.OpField, ir.OptionalOf(strT), record), "note"), "none"},
		{"a map", named(apply(ir.OpMap, ir.MapOf(intT), num(1), num(2)), "", "b", "a"), `{ "b": 1, "a": 2 }`},
		{"a key of a map", apply(ir.OpIndex, intT, named(apply(ir.OpMap, ir.MapOf(intT), num(1)), "", "b"), str("b")), "1"},
		{"a missing key, optional", apply(ir.OpIndex, ir.OptionalOf(intT), named(apply(ir.OpMap, ir.MapOf(intT), num(1)), "", "b"), str("c")), "none"},
		{"a character", apply(ir.OpIndex, strT, str("aéz"), num(1)), `"é"`},
		{"a range", apply(ir.OpRange, ir.ListOf(intT), num(-1), num(1)), "[-1, 0, 1]"},
		{"an empty range", apply(ir.OpRange, ir.ListOf(intT), num(1), num(0)), "[]"},
		{"a comprehension", apply(ir.OpComprehension, ir.ListOf(intT), ints(1, 2, 3), apply(ir.OpNe, boolT, local(0, intT), num(2)), apply(ir.OpMul, intT, local(0, intT), num(10))), "[10, 30]"},
		{"nested comprehensions", apply(ir.OpComprehension, ir.ListOf(ir.ListOf(intT)), ints(1, 2), nil,
			apply(ir.OpComprehension, ir.ListOf(intT), ints(10, 20), nil, apply(ir.OpAdd, intT, local(0, intT), local(1, intT)))), "[[11, 21], [12, 22]]"},
		{"a lambda that sees an outer variable", apply(ir.OpComprehension, ir.ListOf(ir.ListOf(intT)), ints(1, 2), nil,
			call("filter", ir.ListOf(intT), ints(1, 2, 3), lambda(apply(ir.OpGt, boolT, local(1, intT), local(0, intT))))), "[[2, 3], [3]]"},
		{"a condition", apply(ir.OpIf, intT, val(ir.Bool(false), boolT), num(1), num(2)), "2"},
		{"and stops early", apply(ir.OpAnd, boolT, val(ir.Bool(false), boolT), apply(ir.OpEq, boolT, apply(ir.OpDiv, intT, num(1), num(0)), num(1))), "false"},
		{"or stops early", apply(ir.OpOr, boolT, val(ir.Bool(true), boolT), apply(ir.OpEq, boolT, apply(ir.OpDiv, intT, num(1), num(0)), num(1))), "true"},
		{"not", apply(ir.OpNot, boolT, val(ir.Bool(true), boolT)), "false"},
		{"division truncates", apply(ir.OpDiv, intT, num(-7), num(2)), "-3"},
		{"the remainder has the sign of the dividend", apply(ir.OpRem, intT, num(-7), num(2)), "-1"},
		{"int and float", apply(ir.OpAdd, fltT, num(1), flt(0.5)), "1.5"},
		{"texts", apply(ir.OpAdd, strT, str("a"), str("b")), `"ab"`},
		{"lists", apply(ir.OpAdd, ir.ListOf(intT), ints(1), ints(2)), "[1, 2]"},
		{"a date and days", apply(ir.OpAdd, dateT, day(0), dur(2*86400*second)), "1970-01-03"},
		{"a date and hours as a time", apply(ir.OpAdd, timeT, day(0), dur(3600*second)), "1970-01-01T01:00:00Z"},
		{"a duration and a time", apply(ir.OpAdd, timeT, dur(second), val(ir.Time(0), timeT)), "1970-01-01T00:00:01Z"},
		{"between dates", apply(ir.OpSub, durT, day(2), day(0)), "2d"},
		{"between times", apply(ir.OpSub, durT, val(ir.Time(90*second), timeT), val(ir.Time(0), timeT)), "1m30s"},
		{"a duration, times", apply(ir.OpMul, durT, num(3), dur(30*second)), "1m30s"},
		{"a duration, by a float", apply(ir.OpMul, durT, dur(3*second), flt(0.5)), "1s500ms"},
		{"durations, how often", apply(ir.OpDiv, intT, dur(90*second), dur(60*second)), "1"},
		{"durations, in what relation", apply(ir.OpDiv, fltT, dur(90*second), dur(60*second)), "1.5"},
		{"the rest of a duration", apply(ir.OpRem, durT, dur(90*second), dur(60*second)), "30s"},
		{"a negative", apply(ir.OpNeg, intT, num(5)), "-5"},
		{"enums are ordered as declared", apply(ir.OpLt, boolT, val(ir.String("silver"), tierT), val(ir.String("gold"), tierT)), "true"},
		{"strings are ordered by code points", apply(ir.OpLt, boolT, str("b"), str("a")), "false"},
		{"int and float are compared", apply(ir.OpLe, boolT, num(1), flt(1.5)), "true"},
		{"equality is structural", apply(ir.OpEq, boolT, ints(1, 2), ints(1, 2)), "true"},
		{"in a list", apply(ir.OpIn, boolT, num(2), ints(1, 2)), "true"},
		{"in a text", apply(ir.OpIn, boolT, str("flow"), str("workflow")), "true"},
		{"in a map", apply(ir.OpIn, boolT, str("c"), named(apply(ir.OpMap, ir.MapOf(intT), num(1)), "", "b")), "false"},
		{"text with parts", named(apply(ir.OpInterp, strT, str("p-"), num(3), str("-"), day(20484), dur(second), ints(1)), "", "", "", "", "%Y/%m", "", ""), `"p-3-2026/011s[1]"`},
		{"a conversion", apply(ir.OpConvert, ir.ListOf(fltT), ints(1)), "[1]"},
		{"as", apply(ir.OpAs, intT, val(ir.JSON("5"), ir.JSONType)), "5"},
		{"is", named(apply(ir.OpIs, boolT, record), "Ticket"), "true"},
		{"is not none", apply(ir.OpIs, boolT, nothing(intT)), "false"},
		{"a ref", apply(ir.OpRef, &ir.Type{Kind: ir.KRef, Elem: ir.BytesType}, str("k")), `ref("k")`},
		{"today", call("today", dateT), "2026-01-31"},
		{"uuids of one node differ", apply(ir.OpEq, boolT, call("uuid", strT), call("uuid", strT)), "false"},
	} {
		v, err := eval.Compile(c.e, stdlib.Library{}).Eval(environment())
		if err != nil || ir.Show(v) != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.name, ir.Show(v), err, c.want)
		}
	}
}

func TestExpressionsFailWithTheirPosition(t *testing.T) {
	big, small := num(math.MaxInt64), num(math.MinInt64)
	doubled := str("x")
	for range 60 {
		doubled = call("replace", strT, doubled, str("x"), str("xxxxxxxxxxxxxxxx"))
	}
	shared := apply(ir.OpComprehension, ir.ListOf(ir.ListOf(intT)), ints(1, 2), nil, ints(1, 2))
	for _, c := range []struct {
		name string
		e    *ir.Expr
		want string
	}{
		{"an index below", apply(ir.OpIndex, intT, ints(1), num(-1)), "index -1 is outside of a list of 1"},
		{"an index above", apply(ir.OpIndex, intT, ints(1), num(1)), "index 1 is outside of a list of 1"},
		{"a missing key", apply(ir.OpIndex, intT, named(apply(ir.OpMap, ir.MapOf(intT), num(1)), "", "b"), str("c")), `the map has no key "c"`},
		{"a missing character", apply(ir.OpIndex, strT, str("é"), num(1)), "index 1 is outside of a string of 1 characters"},
		{"division by zero", apply(ir.OpDiv, intT, num(1), num(0)), "division by zero"},
		{"remainder by zero", apply(ir.OpRem, intT, num(1), num(0)), "division by zero"},
		{"float division by zero", apply(ir.OpDiv, fltT, flt(1), flt(0)), "division by zero"},
		{"addition overflows", apply(ir.OpAdd, intT, big, num(1)), "out of the range of 64 bits"},
		{"subtraction overflows", apply(ir.OpSub, intT, small, num(1)), "out of the range of 64 bits"},
		{"multiplication overflows", apply(ir.OpMul, intT, small, num(-1)), "out of the range of 64 bits"},
		{"division overflows", apply(ir.OpDiv, intT, small, num(-1)), "out of the range of 64 bits"},
		{"negation overflows", apply(ir.OpNeg, intT, small), "out of the range of 64 bits"},
		{"floats overflow", apply(ir.OpMul, fltT, flt(1e200), flt(1e200)), "no finite float"},
		{"a date by hours", apply(ir.OpAdd, dateT, day(0), dur(3600*second)), "a date moves by whole days, not by 1h"},
		{"a date out of the calendar", apply(ir.OpAdd, dateT, day(2932896), dur(86400*second)), "years 0 to 9999"},
		{"as of another kind", apply(ir.OpAs, ticketT, val(ir.JSON(`{"id":5}`), ir.JSONType)), "the value is no Ticket: id: expected string, found number"},
		{"a slot whose node failed", slot(ir.OpSlot, 0, 1, intT), "has ended as failed"},
		{"an empty ref", apply(ir.OpRef, &ir.Type{Kind: ir.KRef, Elem: ir.BytesType}, str("")), "a key that is not empty"},
		{"a huge range", apply(ir.OpRange, ir.ListOf(intT), num(1), num(1_000_000_000)), "makes more than"},
		{"a range of everything", apply(ir.OpRange, ir.ListOf(intT), small, big), "makes more than"},
		{"a comprehension over a huge range", apply(ir.OpComprehension, ir.ListOf(intT), apply(ir.OpRange, ir.ListOf(intT), num(1), num(1_000_000_000)), nil, local(0, intT)), "makes more than"},
		{"text that doubles", doubled, "more than"},
		{"loops in loops", apply(ir.OpComprehension, ir.ListOf(intT), call("range", ir.ListOf(intT), num(100_000)), nil,
			call("len", intT, call("filter", ir.ListOf(intT), call("range", ir.ListOf(intT), num(100_000)), lambda(apply(ir.OpGt, boolT, local(1, intT), num(5)))))), "more than"},
		{"an unknown function", call("frobnicate", intT), "no function `frobnicate`"},
		{"a pattern that is none", call("matches", boolT, str("a"), str("(")), "no regular expression: missing closing )"},
		{"the library's own errors", call("chunk", ir.ListOf(shared.Type), shared, num(0)), "chunk needs a size of at least 1"},
	} {
		env := environment()
		env.Limits = eval.Limits{Steps: 200_000, Bytes: 8 << 20}
		v, err := eval.Compile(c.e, stdlib.Library{}).Eval(env)
		e, ok := err.(*eval.Error)
		if !ok || !strings.Contains(e.Message, c.want) {
			t.Errorf("%s: got %.60s, %v, want %s", c.name, ir.Show(v), err, c.want)
		} else if e.At != at {
			t.Errorf("%s: the error stands at %v, want %v", c.name, e.At, at)
		}
	}
}

func TestAnEnvironmentMayBeUsedAgain(t *testing.T) {
	env := environment()
	code := eval.Compile(apply(ir.OpComprehension, ir.ListOf(intT), call("range", ir.ListOf(intT), num(100)), nil, local(0, intT)), stdlib.Library{})
	env.Limits = eval.Limits{Steps: 500, Bytes: 100_000}
	for range 3 {
		if _, err := code.Eval(env); err != nil {
			t.Fatal(err)
		}
	}
	if v := eval.Compile(nil, nil); v != nil {
		t.Errorf("no expression has the code %v", v)
	}
}

func BenchmarkFilterAndInterpolate(b *testing.B) {
	xs := call("range", ir.ListOf(intT), num(1000))
	e := apply(ir.OpComprehension, ir.ListOf(strT), xs, apply(ir.OpGt, boolT, local(0, intT), num(5)), apply(ir.OpInterp, strT, str("p"), local(0, intT)))
	code := eval.Compile(e, stdlib.Library{})
	env := environment()
	for b.Loop() {
		if _, err := code.Eval(env); err != nil {
			b.Fatal(err)
		}
	}
}
