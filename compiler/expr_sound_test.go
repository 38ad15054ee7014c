package compiler_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib"
)

// soundFlow declares what random expressions use; its parameters have the
// values of soundSlots.
const soundFlow = `
type Row { id: string, n: int?, at: url? }
type Circle { r: float }
type Square { side: float }
type Shape = Circle | Square
enum Tier { basic, gold }
const limit = 7
const names = ["a", "b"]
workflow w(n: int, f: float, s: string, b: bool, day: date, at: time, d: duration, z: size, o: int?, xs: [int], ss: [string], rows: [Row], m: map<int>, shape: Shape, tier: Tier, doc: json, r: Row) {
  let v = %s
}
`

// soundSlots returns the values of the parameters. Record values take their
// declarations from the types of p.
func soundSlots(p *ir.Program) []ir.Value {
	params := p.Workflows[0].Params
	docs := []string{`3`, `2.5`, `"text"`, `true`, `"2026-01-31"`, `"2026-01-31T02:00Z"`, `"1h30m"`, `64000`, `null`, `[3, 1, 2]`,
		`["x", "y"]`, `[{"id": "a", "n": 1}, {"id": "b"}]`, `{"k": 1}`, `{"type": "Circle", "r": 1.5}`, `"gold"`, `{"a": [1]}`, `{"id": "c"}`}
	slots := make([]ir.Value, len(params), len(params)+1)
	for i, param := range params {
		v, err := ir.Decode([]byte(docs[i]), param.Type, ir.RefuseUnknown)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", param.Name, err))
		}
		slots[i] = v
	}
	return append(slots, nil)
}

// forms are ways to write an expression of a type; «t» stands for an
// expression of type t, «x:t u» for one of type u in which x is a t.
var forms = map[string][]string{
	"int": {"n", "limit", "3", "-2", "len(«ints»)", "len(«strings»)", "«int» + «int»", "«int» * «int»", "«int» / «int»", "«int» % «int»", "-«int»",
		"sum(«ints»)", "(«maybe» ?? «int»)", "«ints»[«int»]", "m[«string»]", "(m[«string»] ?? «int»)", "(if «bool» then «int» else «int»)",
		"(doc as int)", "abs(«int»)", "round(«float»)", "(if o != none then o else «int»)", "(«maybe» as int)", "len(«rows»)", "max([«int», «int»]) ?? 0", "(«int» as int(0..5))"},
	"float":    {"f", "2.5", "10%", "«int»", "«float» + «int»", "«float» / «float»", "«duration» / «duration»", "sum([«float», 0.5])", "(if shape is Circle then shape.r else «float»)", "-«float»", "(shape as Square).side", "(«shape» as Circle).r"},
	"string":   {"s", `"k"`, `"a${«int»}b${«float»}"`, `"${day:%Y/%m}${«date»}"`, "«string» + «string»", "join(«strings», «string»)", "r.id", "«rows»[0].id", "string(«int»)", "string(«duration»)", "upper(«string»)", "«string»[«int»]", "first(«strings») ?? «string»", "json.encode(«rows»)", `"${tier} ${«size»} ${«bool»}"`, "run.id", "{ a: «string», b: «int» }.a"},
	"bool":     {"b", "true", "«int» > «int»", "«int» == «int»", "«string» == «string»", "«maybe» == none", "«maybe» != «maybe»", "«ints» == «ints»", "«int» in «ints»", "«string» in m", "«string» in «string»", "«date» < «date»", "tier == Tier.gold", "tier < Tier.gold", "(«bool» and «bool»)", "(«bool» or «bool»)", "not «bool»", "(o != none and o > «int»)", "(o == none or o > «int»)", "(shape is Circle and shape.r > 0)", "any(«ints», x -> «x:int bool»)", "all(«rows», y -> «y:row bool»)", "«shape» == «shape»", "«float» == «int»", "«rows» == []"},
	"date":     {"day", "2026-01-31", "«date» + 2d", "«date» - «duration»", "(if «bool» then «date» else day)", "(date(«string») ?? «date»)"},
	"duration": {"d", "1h30m", "«date» - «date»", "«duration» * «int»", "«duration» + «duration»", "«duration» / «int»", "«int» * «duration»", "at - 2026-01-31T02:00Z", "-«duration»", "«duration» % 7m"},
	"size":     {"z", "64KB", "«size» + «size»", "«size» * «int»", "«size» / «int»"},
	"maybe":    {"o", "none", "«int»", "first(«ints»)", "last(«ints»)", "r.n", "max(«ints»)", "int(«string»)", "(if «bool» then «int» else none)", "(«maybe» ?? «maybe»)", "r.n ?? o"},
	"ints":     {"xs", "[]", "[«int», «int»]", "1..limit", "«ints» + «ints»", "[for x in «ints» if «x:int bool»: «x:int int»]", "filter(«ints», x -> «x:int bool»)", "collect(«ints», x -> «x:int int»)", "reverse(«ints»)", "distinct(«ints»)", "sort_by(«ints», x -> «x:int int»)", "values(m)", "flatten([«ints», «ints»])", "(doc as [int])", "collect(«rows», y -> y.n ?? 0)", "[for y in «rows» if y.n != none: «int»]"},
	"strings":  {"ss", "names", "[«string»]", "keys(m)", "collect(«rows», y -> «y:row string»)", "split(«string», \"a\")", "«strings» + [«string»]", "[for x in «ints»: «x:int string»]"},
	"rows":     {"rows", "[]", "[«row»]", "[{ id: «string» }, «row»]", "filter(«rows», y -> «y:row bool»)", "«rows» + «rows»", "(doc as [Row])", "sort_by(«rows», y -> «y:row string»)"},
	"row":      {"r", "Row { id: «string» }", "Row { id: «string», n: «maybe», at: \"s3://${«int»}\" }", "«rows»[0]", "(if «bool» then «row» else r)"},
	"shape":    {"shape", "Circle { r: «float» }", "Square { side: «float» }", "(if «bool» then «shape» else Circle { r: 1 })"},
}

// drawExpr draws an expression of the type, which uses the names in locals,
// by type, too. One in a while is of another type.
func drawExpr(t *rapid.T, typ string, depth int, locals map[string]string) string {
	if rapid.IntRange(0, 99).Draw(t, "slip") == 0 {
		typ = rapid.SampledFrom(soundTypes).Draw(t, "other type")
	}
	all := forms[typ]
	if depth <= 0 {
		all = all[:2]
	}
	form := rapid.SampledFrom(all).Draw(t, typ)
	for name, of := range locals {
		if of == typ && rapid.Bool().Draw(t, "local") {
			form = name
		}
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(form, "«")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		hole, after, _ := strings.Cut(rest, "»")
		inner := locals
		if binding, of, binds := strings.Cut(hole, " "); binds {
			hole = of
			name, bound, _ := strings.Cut(binding, ":")
			inner = map[string]string{name: bound}
		}
		sub := drawExpr(t, hole, depth-1, inner)
		if strings.Contains(sub, " ") && !strings.HasPrefix(sub, "(") || strings.HasPrefix(sub, "-") {
			sub = "(" + sub + ")"
		}
		b.WriteString(sub)
		form = after
	}
}

var soundTypes = slices.Sorted(maps.Keys(forms))

// TestExpressionsThatCompileGiveWhatTheirTypeSays draws expressions, and runs
// those that the compiler takes: the value is of the type, or the error is one
// that a user can make.
func TestExpressionsThatCompileGiveWhatTheirTypeSays(t *testing.T) {
	ran, compiled := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := drawExpr(t, rapid.SampledFrom(soundTypes).Draw(t, "type"), rapid.IntRange(1, 4).Draw(t, "depth"), nil)
		r := compiler.Compile(diag.NewSource("w.flow", []byte(fmt.Sprintf(soundFlow, text))), compiler.Config{Verify: true})
		if r.Program == nil {
			if !r.Diags.HasErrors() {
				t.Fatalf("%s: no program, and no error: %v", text, r.Bug)
			}
			return
		}
		compiled++
		var e *ir.Expr
		for _, n := range r.Program.Workflows[0].Nodes {
			if n.Kind == ir.NLet {
				e = n.Value
			}
		}
		env := &eval.Env{
			Frame:  &eval.Frame{Slots: soundSlots(r.Program)},
			Fact:   func(string) ir.Value { return ir.String("run") },
			Limits: eval.Limits{Steps: 100_000, Bytes: 1 << 24},
		}
		v, err := eval.Compile(e, stdlib.Library{}).Eval(env)
		switch {
		case err != nil && strings.Contains(err.Error(), "bug in flowc"):
			t.Fatalf("%s: %v", text, err)
		case err != nil:
			return
		}
		ran++
		if _, err := ir.Encode(v, e.Type); err != nil {
			t.Fatalf("%s gives %s, no %s: %v", text, ir.Describe(v), e.Type, err)
		}
	})
	t.Logf("%d compiled, and %d gave a value", compiled, ran)
	if ran < compiled/4 {
		t.Errorf("only %d of %d expressions gave a value", ran, compiled)
	}
}
