package compiler_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

const inputFlow = `
type Row { id: string, at: url?, tags: [string] }
enum Tier { basic, gold }
param env: string
param since: date = 2026-01-31
param room: size = 1GB
param names: [string]?
activity store(rows: [Row])
workflow main(day: date, rows: [Row], tier: Tier?, n: int(0..100) = 3, by: map<int>?) {
  store(rows)
}
workflow empty() {
  store([])
}
`

// inputProgram is the program that the tests give input to.
func inputProgram(t *testing.T) *ir.Program {
	t.Helper()
	r := compileText(inputFlow)
	if r.Program == nil {
		t.Fatal(shown(r))
	}
	return r.Program
}

// joined shows arguments in the order of their names.
func joined(args map[string]json.RawMessage) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		parts = append(parts, name+"="+string(args[name]))
	}
	return strings.Join(parts, " ")
}

func TestInputThatFitsIsGivenInItsCanonicalForm(t *testing.T) {
	p := inputProgram(t)
	for _, tt := range []struct{ workflow, input, want string }{
		{"empty", "", ""},
		{"empty", " \n", ""},
		{"empty", "{}", ""},
		{"main", `{"day": "2026-01-31", "rows": []}`, `day="2026-01-31" rows=[]`},
		{"main", `{"rows": [{"tags": [], "id": "a", "at": null}], "day": "2026-01-31", "tier": "gold", "n": 4}`,
			`day="2026-01-31" n=4 rows=[{"id":"a","tags":[]}] tier="gold"`},
		{"main", `{"day": "2026-01-31", "rows": [], "tier": null, "by": {"a": 1}}`, `by={"a":1} day="2026-01-31" rows=[] tier=null`},
	} {
		t.Run(tt.input, func(t *testing.T) {
			args, diags := compiler.CheckInput(p, tt.workflow, diag.NewSource("--input", []byte(tt.input)))
			if diags.Len() > 0 {
				t.Fatalf("%q", diags.All()[0].Message)
			}
			if got := joined(args); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestInputThatDoesNotFitIsShownWhereItStands marks the place of the finding
// in the input by ‹ ›.
func TestInputThatDoesNotFitIsShownWhereItStands(t *testing.T) {
	p := inputProgram(t)
	for _, tt := range []struct{ input, message string }{
		{`{"day": ‹"2026-13-31"›, "rows": []}`, "`day` does not fit"},
		{`{"day": ‹3›, "rows": []}`, "expected date"},
		{`{"day": "2026-01-31", "rows": [{"id": "a", "tags": []}, {"id": ‹7›, "tags": []}]}`, "`rows[1].id` does not fit"},
		{`{"day": "2026-01-31", "rows": [‹{"id": "a"}›]}`, "`rows[0].tags` does not fit: expected [string], found nothing"},
		{`{"day": "2026-01-31", "rows": [{"id": "a", "tags": [], "x": ‹1›}]}`, "`rows[0].x` does not fit: Row has no such field"},
		{`{"day": "2026-01-31", "rows": [], "by": {"a b": ‹"c"›}}`, "`by[\"a b\"]` does not fit"},
		{`{"day": "2026-01-31", "rows": [], "n": ‹101›}`, "`n` does not fit"},
		{`{"day": "2026-01-31", "rows": [], "tier": ‹"iron"›}`, "`tier` does not fit"},
		{`{‹"dya"›: "2026-01-31", "rows": []}`, "`main` has no parameter `dya`"},
		{`{"day": "2026-01-31", ‹"day"›: "2026-01-31", "rows": []}`, "given twice"},
		{`‹{"rows": []}›`, "`main` needs the parameter `day`"},
		{`‹{}›`, "`main` needs the parameters `day`, `rows`"},
		{`‹[]›`, "is a JSON object"},
		{`{"day": "2026-01-31"‹›`, "is not one JSON document"},
		{`{"day": ‹x›}`, "is not one JSON document"},
		{`{"day": "2026-01-31", "rows": [1, ‹]›}`, "is not one JSON document"},
		{`{"day": "2026-01-31", "rows": []} ‹{›}`, "is not one JSON document"},
	} {
		t.Run(tt.input, func(t *testing.T) {
			text := strings.NewReplacer("‹", "", "›", "").Replace(tt.input)
			start := strings.Index(tt.input, "‹")
			end := strings.Index(tt.input, "›") - len("‹")
			_, diags := compiler.CheckInput(p, "main", diag.NewSource("--input", []byte(text)))
			if diags.Len() != 1 {
				t.Fatalf("%d findings, want 1: %v", diags.Len(), diags.All())
			}
			d := diags.All()[0]
			if d.Code != diag.BadInput || !strings.Contains(d.Message, tt.message) {
				t.Errorf("got %s %q, want %q", d.Code, d.Message, tt.message)
			}
			if d.Primary.Start != start || d.Primary.End != end {
				t.Errorf("marks %q at %d, want %q at %d", text[d.Primary.Start:d.Primary.End], d.Primary.Start, text[start:end], start)
			}
		})
	}
}

func TestInputOfAWorkflowThatDoesNotExist(t *testing.T) {
	_, diags := compiler.CheckInput(inputProgram(t), "mian", diag.NewSource("--input", nil))
	if diags.Len() != 1 || diags.All()[0].Code != diag.UnknownCallable || diags.All()[0].Fixes[0].Title != "did you mean `main`?" {
		t.Errorf("got %v", diags.All())
	}
}

func TestParamsAreReadFromPlainTextOrJSON(t *testing.T) {
	p := inputProgram(t)
	for _, tt := range []struct {
		name  string
		given map[string]string
		want  string
		codes []diag.Code
	}{
		{"text", map[string]string{"env": "prod"}, `env="prod"`, nil},
		{"text that looks like JSON", map[string]string{"env": "12"}, `env="12"`, nil},
		{"date", map[string]string{"env": "x", "since": "2026-02-01"}, `env="x" since="2026-02-01"`, nil},
		{"size literal", map[string]string{"env": "x", "room": "64KB"}, `env="x" room=64000`, nil},
		{"size in bytes", map[string]string{"env": "x", "room": "12"}, `env="x" room=12`, nil},
		{"list", map[string]string{"env": "x", "names": `["a"]`}, `env="x" names=["a"]`, nil},
		{"missing", nil, "", []diag.Code{diag.UnknownParam}},
		{"unknown", map[string]string{"env": "x", "evn": "y"}, "", []diag.Code{diag.UnknownParam}},
		{"misfit", map[string]string{"env": "x", "since": "soon", "room": "much"}, "", []diag.Code{diag.BadInput, diag.BadInput}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args, diags := compiler.CheckParams(p, tt.given)
			var codes []diag.Code
			for _, d := range diags.All() {
				codes = append(codes, d.Code)
			}
			if !slices.Equal(codes, tt.codes) {
				t.Fatalf("findings %v, want %v: %v", codes, tt.codes, diags.All())
			}
			if got := joined(args); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func FuzzCheckInput(f *testing.F) {
	r := compileText(inputFlow)
	for _, seed := range []string{"", "{}", "[", `{"day": "2026-01-31", "rows": [{"id": "a", "tags": ["x"]}], "by": {"\\u0000": 1e9}}`, `{"rows": [[[[`, "\xff{"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		args, diags := compiler.CheckInput(r.Program, "main", diag.NewSource("--input", []byte(input)))
		if (args == nil) != diags.HasErrors() {
			t.Fatalf("arguments %v with %d findings", args, diags.Len())
		}
		for _, d := range diags.All() {
			if text := d.Primary.Source.Text; d.Primary.Start < 0 || d.Primary.Start > d.Primary.End || d.Primary.End > len(text) {
				t.Fatalf("%s marks %d to %d of %d bytes", d.Message, d.Primary.Start, d.Primary.End, len(text))
			}
		}
		if diags.HasErrors() {
			return
		}
		again, err := json.Marshal(args)
		if err != nil {
			t.Fatal(err)
		}
		if _, diags := compiler.CheckInput(r.Program, "main", diag.NewSource("--input", again)); diags.Len() > 0 {
			t.Fatalf("the canonical form of %q does not fit: %v", input, diags.All())
		}
	})
}
