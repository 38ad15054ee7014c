package stdlib_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/stdlib"
)

func TestEveryFunctionIsDocumented(t *testing.T) {
	examples := map[string]int{}
	for _, f := range stdlib.Functions() {
		if f.Doc == "" || !strings.HasSuffix(f.Doc, ".") {
			t.Errorf("%s has no sentence", f)
		}
		for _, e := range f.Examples {
			if !strings.Contains(e, f.Name+"(") {
				t.Errorf("%s: the example %s is about something else", f, e)
			}
		}
		examples[f.Name] += len(f.Examples)
	}
	for name, n := range examples {
		if n == 0 {
			t.Errorf("%s has no example", name)
		}
	}
	if !slices.IsSortedFunc(stdlib.Functions(), func(a, b *stdlib.Function) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the functions are not sorted")
	}
}

func TestTheLibraryIsTheOneOfTheLanguage(t *testing.T) {
	const names = `len sum min max any all filter collect sort_by group_by chunk flatten distinct zip keys values range first last
		contains reverse split join trim replace matches lower upper starts_with ends_with json.encode json.decode base64 sha256 now today
		uuid basename dirname round floor ceil abs string int float date time duration url path`
	for _, name := range strings.Fields(names) {
		if len(stdlib.Lookup(name)) == 0 {
			t.Errorf("there is no %s", name)
		}
	}
	for _, f := range stdlib.Functions() {
		if !slices.Contains(strings.Fields(names), f.Name) {
			t.Errorf("%s is not in this list", f)
		}
		if f.Context != slices.Contains([]string{"now", "today", "uuid"}, f.Name) {
			t.Errorf("%s: Context is %v", f, f.Context)
		}
	}
}

func TestSignaturesAreWrittenAsTheyAreRead(t *testing.T) {
	for name, want := range map[string]string{
		"filter":   "filter(xs: [T], keep: T -> bool) -> [T]",
		"group_by": "group_by(xs: [T], key: T -> string) -> map<[T]>",
		"zip":      "zip(xs: [T], ys: [U]) -> [{ first: T, second: U }]",
		"first":    "first(xs: [T]) -> T?",
		"now":      "now() -> time",
	} {
		if got := stdlib.Lookup(name)[0].String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func typ(t *testing.T, text string) *ir.Type {
	t.Helper()
	row := &ir.TypeDecl{Name: "Row", Kind: ir.KRecord, Fields: []ir.Field{{Name: "id", Type: ir.StringType}, {Name: "n", Type: ir.IntType}}}
	got, err := ir.ParseType(text, func(name string) *ir.TypeDecl {
		if name == "Row" {
			return row
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name string
		args string // types, parted by semicolons; `-> T` is a lambda that gives T, `-> @` one that gives its parameter
		want string // the result and what lambdas take, or the reason, after !
	}{
		{"len", "[int]", "int"}, {"len", "string", "int"}, {"len", "url", "int"}, {"len", "map<int>", "int"},
		{"len", "int", "!expected [T], found int"},
		{"len", "[int]?", "!expected [T], found [int]?"},
		{"len", "", "!`len` takes 1 argument, found 0"},
		{"range", "int; int; int", "!`range` takes 1 or 2 arguments, found 3"},
		{"filter", "[Row]; -> bool", "[Row] of Row"},
		{"filter", "[Row]; -> int", "!expected a lambda that gives bool, found one that gives int"},
		{"filter", "[Row]; int", "!expected a lambda T -> bool, found int"},
		{"filter", "int; -> bool", "!expected [T], found int"},
		{"collect", "[Row]; -> float", "[float] of Row"},
		{"collect", "[Row]; -> @", "[Row] of Row"},
		{"sort_by", "[Row]; -> string", "[Row] of Row"},
		{"sort_by", "[Row]; -> @", "!expected a lambda that gives something that has an order, found one that gives Row"},
		{"group_by", "[Row]; -> string", "map<[Row]> of Row"},
		{"any", "[bool]", "bool"}, {"any", "[int]", "!expected [bool], found [int]"},
		{"sum", "[int]", "int"}, {"sum", "[float]", "float"}, {"sum", "[duration]", "duration"}, {"sum", "[size]", "size"},
		{"sum", "[string]", "!expected [int], found [string]"},
		{"min", "[int]", "int?"}, {"min", "int; float", "float"}, {"min", "float; int", "float"}, {"min", "int; string", "!expected int, found string"},
		{"min", "[Row]", "!expected [O], found [Row]"},
		{"first", "[int?]", "int?"}, {"first", "[Row]", "Row?"},
		{"zip", "[int]; [Row]", "[{ first: int, second: Row }]"},
		{"flatten", "[[Row]]", "[Row]"}, {"flatten", "[Row]", "!expected [[T]], found [Row]"},
		{"contains", "[int?]; int", "bool"}, {"contains", "string; string", "bool"}, {"contains", "map<int>; string", "bool"},
		{"dirname", "path", "path"}, {"dirname", "url", "url"}, {"basename", "url", "string"}, {"basename", "int", "!expected string, url or path, found int"},
		{"join", "[path]; string", "string"}, {"round", "int", "int"}, {"round", "float; int", "float"}, {"abs", "int", "int"}, {"abs", "float", "float"},
		{"string", "Row", "string"}, {"int", "string", "int?"}, {"date", "time", "date"}, {"json.decode", "string", "json"},
		{"frob", "int", "!the library has no function `frob`"},
	} {
		var args []stdlib.Arg
		for _, text := range strings.Split(c.args, "; ") {
			body, isLambda := strings.CutPrefix(text, "-> ")
			switch {
			case text == "":
			case isLambda:
				args = append(args, stdlib.Arg{Lambda: func(param *ir.Type) *ir.Type {
					if body == "@" {
						return param
					}
					return typ(t, body)
				}})
			default:
				args = append(args, stdlib.Arg{Type: typ(t, text)})
			}
		}
		match, mismatch := stdlib.Resolve(c.name, args)
		got := ""
		if mismatch != nil {
			got = "!" + mismatch.Error()
		} else {
			got = match.Result.String()
			for _, l := range match.Lambdas {
				if l != nil {
					got += " of " + l.String()
				}
			}
			if len(match.Params) != len(args) {
				t.Errorf("%s(%s) has %d parameters", c.name, c.args, len(match.Params))
			}
		}
		if got != c.want {
			t.Errorf("%s(%s): got %s, want %s", c.name, c.args, got, c.want)
		}
	}
}

func TestAnEmptyListTakesTheTypeOfTheOthers(t *testing.T) {
	empty := ir.ListOf(ir.Invalid)
	match, _ := stdlib.Resolve("contains", []stdlib.Arg{{Type: empty}, {Type: ir.IntType}})
	if match == nil || match.Params[0].String() != "[int]" {
		t.Errorf("contains([], 1) is %+v", match)
	}
	if match, _ = stdlib.Resolve("first", []stdlib.Arg{{Type: empty}}); match == nil || match.Result.Kind != ir.KInvalid {
		t.Errorf("first([]) is %+v", match)
	}
}

// value makes a value of Go data: a shorthand for the tables.
func value(v any) (ir.Value, *ir.Type) {
	switch v := v.(type) {
	case int:
		return ir.Int(v), ir.IntType
	case float64:
		return ir.Float(v), ir.FloatType
	case bool:
		return ir.Bool(v), ir.BoolType
	case string:
		return ir.String(v), ir.StringType
	case []any:
		list := ir.List{}
		elem := ir.IntType
		for _, e := range v {
			var x ir.Value
			x, elem = value(e)
			list = append(list, x)
		}
		return list, ir.ListOf(elem)
	case ir.Duration:
		return v, ir.DurationType
	case ir.Size:
		return v, ir.SizeType
	case ir.Bytes:
		return v, ir.BytesType
	case ir.Date:
		return v, ir.DateType
	case *ir.Map:
		return v, ir.MapOf(ir.IntType)
	}
	panic("no such value")
}

// call evaluates a call of the library with the given arguments.
func call(name string, args ...any) (ir.Value, error) {
	e := &ir.Expr{Op: ir.OpCall, Name: name, At: ir.Pos{File: 0}}
	var given []stdlib.Arg
	for _, a := range args {
		if lambda, ok := a.(*ir.Expr); ok {
			e.Args = append(e.Args, lambda)
			given = append(given, stdlib.Arg{Lambda: func(*ir.Type) *ir.Type { return lambda.Type }})
			continue
		}
		v, t := value(a)
		e.Args = append(e.Args, &ir.Expr{Op: ir.OpConst, Value: v, Type: t})
		given = append(given, stdlib.Arg{Type: t})
	}
	match, mismatch := stdlib.Resolve(name, given)
	if mismatch != nil {
		return nil, mismatch
	}
	e.Type = match.Result
	env := eval.Env{Now: ir.Time(20484 * 86400e9), Seed: "run/node", Limits: eval.Limits{Steps: 100_000, Bytes: 1 << 20}}
	return eval.Compile(e, stdlib.Library{}).Eval(&env)
}

// times is the lambda x -> x * n.
func times(n int) *ir.Expr {
	local := &ir.Expr{Op: ir.OpLocal, Type: ir.IntType}
	body := &ir.Expr{Op: ir.OpMul, Type: ir.IntType, Args: []*ir.Expr{local, {Op: ir.OpConst, Type: ir.IntType, Value: ir.Int(n)}}}
	return &ir.Expr{Op: ir.OpLambda, Type: ir.IntType, Args: []*ir.Expr{body}}
}

// above is the lambda x -> x > n.
func above(n int) *ir.Expr {
	local := &ir.Expr{Op: ir.OpLocal, Type: ir.IntType}
	body := &ir.Expr{Op: ir.OpGt, Type: ir.BoolType, Args: []*ir.Expr{local, {Op: ir.OpConst, Type: ir.IntType, Value: ir.Int(n)}}}
	return &ir.Expr{Op: ir.OpLambda, Type: ir.BoolType, Args: []*ir.Expr{body}}
}

type l = []any

func TestFunctions(t *testing.T) {
	letters := ir.NewMap([]string{"b", "a"}, []ir.Value{ir.Int(1), ir.Int(2)})
	big := l{}
	for i := range 2000 {
		big = append(big, i%1000)
	}
	for _, c := range []struct {
		name string
		args l
		want string // an error if it begins with !
	}{
		{"len", l{"añ😀"}, "3"}, {"len", l{ir.Bytes("añ")}, "3"}, {"len", l{letters}, "2"},
		{"first", l{l{}}, "none"}, {"last", l{l{1, 2}}, "2"},
		{"any", l{l{1, 5}, above(4)}, "true"}, {"any", l{l{}, above(4)}, "false"}, {"all", l{l{}, above(4)}, "true"}, {"all", l{l{5, 1}, above(4)}, "false"},
		{"any", l{l{false, true}}, "true"}, {"all", l{l{false, true}}, "false"},
		{"filter", l{l{5, 1, 6}, above(4)}, "[5, 6]"}, {"collect", l{l{1, 2}, times(3)}, "[3, 6]"}, {"sort_by", l{l{1, 3, 2}, times(-1)}, "[3, 2, 1]"},
		{"chunk", l{l{1, 2, 3}, 2}, "[[1, 2], [3]]"}, {"chunk", l{l{}, 2}, "[]"}, {"chunk", l{l{1}, math.MaxInt}, "[[1]]"}, {"chunk", l{l{1}, 0}, "!at least 1"},
		{"flatten", l{l{l{1}, l{}, l{2}}}, "[1, 2]"}, {"distinct", l{l{1, 2, 1}}, "[1, 2]"}, {"reverse", l{l{1, 2, 3}}, "[3, 2, 1]"},
		{"zip", l{l{1, 2}, l{"a"}}, `[{ first: 1, second: "a" }]`},
		{"range", l{3}, "[0, 1, 2]"}, {"range", l{2, 4}, "[2, 3]"}, {"range", l{4, 2}, "[]"}, {"range", l{math.MinInt, math.MaxInt}, "!more than"},
		{"contains", l{l{1, 2}, 2}, "true"}, {"contains", l{"abc", "bc"}, "true"}, {"contains", l{letters, "c"}, "false"},
		{"keys", l{letters}, `["b", "a"]`}, {"values", l{letters}, "[1, 2]"},
		{"min", l{l{2, 1}}, "1"}, {"min", l{l{}}, "none"}, {"max", l{1, 2.5}, "2.5"}, {"max", l{"a", "b"}, `"b"`}, {"min", l{ir.Duration(5), ir.Duration(3)}, "3ns"},
		{"sum", l{l{1, 2}}, "3"}, {"sum", l{l{}}, "0"}, {"sum", l{l{math.MaxInt, 1}}, "!out of the range"}, {"sum", l{l{0.5, 0.25}}, "0.75"},
		{"sum", l{l{math.MaxFloat64, math.MaxFloat64}}, "!no finite float"}, {"sum", l{l{ir.Duration(1e9), ir.Duration(60e9)}}, "1m1s"}, {"sum", l{l{ir.Size(1), ir.Size(2)}}, "3B"},
		{"split", l{"a,b,", ","}, `["a", "b", ""]`}, {"split", l{"aé", ""}, `["a", "é"]`}, {"join", l{l{"a", "b"}, "-"}, `"a-b"`}, {"trim", l{" a\n"}, `"a"`},
		{"replace", l{"aXbX", "X", ""}, `"ab"`}, {"replace", l{"ab", "", "x"}, `"ab"`}, {"replace", l{strings.Repeat("a", 2000), "a", strings.Repeat("b", 2000)}, "!more than"},
		{"matches", l{"p17", `^p\d+$`}, "true"}, {"matches", l{"x", "["}, "!no regular expression: missing closing ]"}, {"matches", l{"x", strings.Repeat("a", 5000)}, "!too long"},
		{"basename", l{"s3://raw/p1/"}, `"p1"`}, {"basename", l{"a"}, `"a"`}, {"basename", l{"/"}, `""`},
		{"dirname", l{"a/b/"}, `"a"`}, {"dirname", l{"a"}, `"."`}, {"dirname", l{"/a"}, `"/"`}, {"dirname", l{"/"}, `"/"`}, {"dirname", l{""}, `"."`}, {"dirname", l{"s3://raw/p1"}, `"s3://raw"`}, {"dirname", l{"s3://raw"}, `"s3://raw"`},
		{"round", l{2.5}, "3"}, {"round", l{-2.5}, "-3"}, {"round", l{1e300}, "!out of the range"}, {"round", l{3.14159, 2}, "3.14"}, {"round", l{1e308, 15}, "1e+308"}, {"round", l{1.5, -1}, "!0 to 15"}, {"round", l{7}, "7"},
		{"floor", l{-0.5}, "-1"}, {"ceil", l{0.5}, "1"}, {"abs", l{-3}, "3"}, {"abs", l{math.MinInt}, "!out of the range"}, {"abs", l{-2.5}, "2.5"}, {"abs", l{ir.Duration(-5)}, "5ns"},
		{"string", l{12}, `"12"`}, {"string", l{ir.Size(64_000)}, `"64000"`}, {"string", l{l{"a"}}, `"[\"a\"]"`}, {"string", l{"a"}, `"a"`},
		{"int", l{"-12"}, "-12"}, {"int", l{"1.5"}, "none"}, {"float", l{"1e3"}, "1000"}, {"float", l{"inf"}, "none"}, {"float", l{"0x10"}, "none"}, {"float", l{"1_0"}, "none"},
		{"date", l{"2026-01-31"}, "2026-01-31"}, {"date", l{"x"}, "none"}, {"time", l{"x"}, "none"}, {"time", l{ir.Date(0)}, "1970-01-01T00:00:00Z"}, {"time", l{ir.Date(2_000_000)}, "none"}, {"duration", l{"1h"}, "1h"},
		{"url", l{"s3://x"}, `"s3://x"`}, {"json.encode", l{l{1, 2}}, `"[1,2]"`}, {"json.decode", l{` {"a" : 1}`}, `{"a":1}`}, {"json.decode", l{"{"}, "!the text is no JSON"},
		{"base64", l{"hi"}, `"aGk="`}, {"base64", l{ir.Bytes("\xff")}, `"/w=="`}, {"sha256", l{"abc"}, `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`},
		{"now", nil, "2026-01-31T00:00:00Z"}, {"today", nil, "2026-01-31"},
	} {
		v, err := call(c.name, c.args...)
		got := ir.Show(v)
		if err != nil {
			got = "!" + err.Error()
		}
		if want, fails := strings.CutPrefix(c.want, "!"); fails && !strings.Contains(got, want) || !fails && got != c.want {
			t.Errorf("%s(%.60v): got %s, want %s", c.name, c.args, got, c.want)
		}
	}
	if v, err := call("distinct", big); err != nil || len(v.(ir.List)) != 1000 {
		t.Errorf("distinct of 2,000 elements, half of them new: %v", err)
	}
}

func TestDistinctGoesByEquality(t *testing.T) {
	record := func(names []string, values ...ir.Value) ir.Value { return &ir.Record{Names: names, Values: values} }
	same := []ir.Value{
		record([]string{"a", "b"}, ir.Int(1), ir.String("x")), record([]string{"b", "a"}, ir.String("x"), ir.Float(1)), record([]string{"b", "a", "c"}, ir.String("x"), ir.Int(1), ir.None{}),
	}
	e := &ir.Expr{Op: ir.OpCall, Name: "distinct", Type: ir.ListOf(ir.JSONType), Args: []*ir.Expr{{Op: ir.OpConst, Type: ir.ListOf(ir.JSONType), Value: ir.List(append(same, ir.JSON(`{"x":1,"y":2}`), ir.JSON(`{"y":2,"x":1}`), ir.JSON("1")))}}}
	v, err := eval.Compile(e, stdlib.Library{}).Eval(&eval.Env{})
	if list, ok := v.(ir.List); err != nil || !ok || len(list) != 3 {
		t.Errorf("got %s, %v, want a record and two documents", ir.Show(v), err)
	}
}

func TestUUIDsAreTheSameForTheSameNode(t *testing.T) {
	e := &ir.Expr{Op: ir.OpCall, Name: "uuid", Type: ir.StringType}
	code := eval.Compile(e, stdlib.Library{})
	draw := func(env *eval.Env) string {
		v, err := code.Eval(env)
		if err != nil {
			t.Fatal(err)
		}
		return ir.Text(v)
	}
	env := &eval.Env{Seed: "run/a"}
	first, second := draw(env), draw(env)
	if len(first) != 36 || first[14] != '8' || first == second {
		t.Errorf("got %s and %s", first, second)
	}
	if again := draw(&eval.Env{Seed: "run/a"}); again != first {
		t.Errorf("a replay drew %s, not %s", again, first)
	}
	if env.Seed = "run/b"; draw(env) == first {
		t.Error("another node drew the same")
	}
}
