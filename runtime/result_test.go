package runtime_test

import (
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// TestResultOfOutput: what a program printed, read as `result` says.
func TestResultOfOutput(t *testing.T) {
	report := &ir.Type{Kind: ir.KRecord, Fields: []ir.Field{{Name: "rows", Type: ir.IntType}}}
	tests := []struct {
		name   string
		mode   ir.ResultMode
		typ    *ir.Type
		stdout string
		want   string // or "error: " and a part of the message
	}{
		{"a document", ir.ResultJSON, report, `{"rows": 3}` + "\n", `{"rows":3}`},
		{"unknown fields are dropped", ir.ResultJSON, report, `{"rows":3,"x":1}`, `{"rows":3}`},
		{"the last of several", ir.ResultJSON, report, "{\"rows\":1}\n{\"rows\":2}\n", `{"rows":2}`},
		{"several in one line", ir.ResultJSON, report, `{"rows":1} {"rows":2}`, `{"rows":2}`},
		{"after text", ir.ResultJSON, report, "reading …\ndone\n{\"rows\":2}\n", `{"rows":2}`},
		{"in several lines, after text", ir.ResultJSON, report, "reading\n{\n  \"rows\": 2\n}\n", `{"rows":2}`},
		{"text after a document", ir.ResultJSON, report, "{\"rows\":2}\nbye\n", `error: but with "bye"`},
		{"half a document", ir.ResultJSON, report, `{"rows": `, "error: in the middle of a JSON document"},
		{"half a document after text", ir.ResultJSON, report, "reading\n{\"rows\": ", "error: in the middle of a JSON document"},
		{"a document that is nested too deeply", ir.ResultJSON, report, "reading\n" + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), "error: nested too deeply"},
		{"half a string", ir.ResultJSON, ir.StringType, `"abc`, "error: in the middle of a JSON document"},
		{"nothing", ir.ResultJSON, report, "\n", "error: printed no JSON document (a result of type { rows: int } was expected)"},
		{"a field that does not fit", ir.ResultJSON, report, `{"rows":"3"}`, "error: rows"},
		{"a field that is missing", ir.ResultJSON, report, `{}`, "error: rows"},
		{"a number", ir.ResultJSON, ir.IntType, "working\n42\n", "42"},
		{"text", ir.ResultText, ir.StringType, "a <b>\n\n", `"a <b>\n"`},
		{"no text", ir.ResultText, ir.StringType, "", `""`},
		{"text that is none", ir.ResultText, ir.StringType, "\xff", "error: not UTF-8"},
		{"lines", ir.ResultLines, ir.ListOf(ir.StringType), "a\r\nb\n\nc\n", `["a","b","","c"]`},
		{"no lines", ir.ResultLines, ir.ListOf(ir.StringType), "", `[]`},
		{"one empty line", ir.ResultLines, ir.ListOf(ir.StringType), "\n", `[""]`},
		{"none", ir.ResultNone, ir.NoneType, "log\n", ``},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := &ir.Activity{Name: "a", Result: test.typ, Program: &ir.Command{Stdout: test.mode}}
			got, err := runtime.Result(a, []byte(test.stdout))
			if part, bad := strings.CutPrefix(test.want, "error: "); bad {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("got %s, %v; want an error with %q", got, err, part)
				}
				return
			}
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v; want %s", got, err, test.want)
			}
		})
	}
}

// TestLastDocumentIsLinear: output that looks like many documents that begin
// and do not end is read once, not once a line.
func TestLastDocumentIsLinear(t *testing.T) {
	a := &ir.Activity{Name: "a", Result: ir.JSONType, Program: &ir.Command{}}
	if _, err := runtime.Result(a, []byte(strings.Repeat("{\n", 1<<20))); err == nil {
		t.Error("there is no document in it")
	}
	if _, err := runtime.Result(a, []byte(strings.Repeat("x\n{\n", 1<<20)+"}")); err != nil {
		t.Error(err)
	}
}

// TestInvocation: the argument vector, the environment, the folder and the
// standard input of a program.
func TestInvocation(t *testing.T) {
	str := func(s string) *ir.Expr {
		return &ir.Expr{Op: ir.OpConst, Type: ir.StringType, Value: ir.String(s), At: ir.NoPos}
	}
	part := &ir.Expr{Op: ir.OpSlot, Type: ir.StringType, At: ir.NoPos}
	a := &ir.Activity{Name: "a", Dir: "jobs", Params: []ir.Param{{Name: "part", Type: ir.StringType}}, Result: ir.NoneType, Program: &ir.Command{
		Argv: &ir.Expr{Op: ir.OpList, Type: ir.ListOf(ir.StringType), Args: []*ir.Expr{str("etl"), part}, At: ir.NoPos},
		Env:  &ir.Expr{Op: ir.OpMap, Type: ir.MapOf(ir.StringType), Names: []string{"TZ"}, Args: []*ir.Expr{str("UTC")}, At: ir.NoPos},
		Cwd:  str("sub"), Stdin: ir.StdinExpr, Input: part, Stdout: ir.ResultNone,
	}}
	p := &ir.Program{Activities: []*ir.Activity{a, {Name: "elsewhere", Result: ir.NoneType}}}
	programs := runtime.NewPrograms(p)
	task := &runtime.Task{Activity: a, Args: []ir.Value{ir.String("x; rm -rf")}}
	v, err := programs.Invocation(task, runtime.Attempt{Run: "r", Node: "w/a", Number: 2, Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(v.Argv, "|"); got != "etl|x; rm -rf" {
		t.Errorf("argv: %s", got)
	}
	if got := strings.Join(v.Env, " "); got != "FLOW_NODE=w/a FLOW_ATTEMPT=2 FLOW_IDEMPOTENCY_KEY=k TZ=UTC" {
		t.Errorf("env: %s", got)
	}
	if v.Dir != "jobs/sub" || string(v.Stdin) != "x; rm -rf" {
		t.Errorf("in %s, reading %q", v.Dir, v.Stdin)
	}
	if _, err := programs.Invocation(&runtime.Task{Activity: p.Activities[1]}, runtime.Attempt{}); err == nil || !strings.Contains(err.Error(), "has no `run`") {
		t.Errorf("an activity without a program: %v", err)
	}
	a.Program.Stdout, a.Program.File = ir.ResultFile, str("../out")
	if _, err := runtime.NewPrograms(p).Invocation(task, runtime.Attempt{}); err == nil {
		t.Error("a result outside of its folder is accepted")
	}
}

// TestFileResult: a file as bytes or as a path.
func TestFileResult(t *testing.T) {
	content := func() ([]byte, error) { return []byte("hi"), nil }
	for _, test := range []struct {
		typ  *ir.Type
		want string
	}{{ir.BytesType, `"aGk="`}, {ir.PathType, `"/out/x"`}, {ir.OptionalOf(ir.PathType), `"/out/x"`}} {
		got, err := runtime.FileResult(&ir.Activity{Result: test.typ}, "/out/x", content)
		if err != nil || string(got) != test.want {
			t.Errorf("%v: got %s, %v; want %s", test.typ, got, err, test.want)
		}
	}
	if _, err := runtime.FileResult(&ir.Activity{Result: ir.IntType}, "/out/x", content); err == nil {
		t.Error("an int is read from a file")
	}
}
