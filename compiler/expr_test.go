package compiler_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/chunk"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib"
)

// expressionChunks are the tests of types and expressions.
func expressionChunks(t *testing.T) []chunk.Chunk {
	t.Helper()
	files, err := filepath.Glob("testdata/expr_*.flow")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	var all []chunk.Chunk
	for _, file := range files {
		all = append(all, chunk.Read(t, file)...)
	}
	return all
}

// compileSource compiles src, with a check of the graph after every pass.
func compileSource(src *diag.Source) *compiler.Result {
	return compiler.Compile(src, compiler.Config{Std: library, Verify: true})
}

// TestExpressions checks the findings about types and expressions, each on the
// line that it is about.
func TestExpressions(t *testing.T) {
	for _, c := range expressionChunks(t) {
		t.Run(c.Name, func(t *testing.T) {
			chunk.Check(t, c, compileSource(c.Source).Diags)
		})
	}
}

// TestMachineFixesCure applies each fix that a machine may apply, alone. What
// it was for must be gone, and the text still be in order; another mistake may
// come to light.
func TestMachineFixesCure(t *testing.T) {
	fixed := 0
	for _, c := range expressionChunks(t) {
		found := compileSource(c.Source).Diags.Sorted()
		for _, d := range found {
			text, applied := diag.ApplyFixes(c.Source, []diag.Diagnostic{d})
			if applied == 0 {
				continue
			}
			fixed++
			left := compileSource(diag.NewSource(c.Source.Name, text)).Diags.Sorted()
			if same(left, d.Message) >= same(found, d.Message) || same(left, "unexpected") > same(found, "unexpected") {
				t.Errorf("%s: the fix of %s %q does not cure it:\n%s", c.Name, d.Code, d.Message, lineAt(text, d.Primary.Start))
			}
		}
	}
	if fixed < 10 {
		t.Errorf("only %d findings had a fix", fixed)
	}
}

// same counts the findings whose message begins so.
func same(found []diag.Diagnostic, message string) int {
	n := 0
	for _, d := range found {
		if strings.HasPrefix(d.Message, message) {
			n++
		}
	}
	return n
}

// lineAt returns the line of text that holds the byte at, and the next one.
func lineAt(text []byte, at int) string {
	from := strings.LastIndexByte(string(text[:at]), '\n') + 1
	lines := strings.SplitN(string(text[from:]), "\n", 3)
	return strings.Join(lines[:min(2, len(lines))], "\n")
}

// TestExamplesOfTheLibraryHold compiles the example of every function, which
// is a condition that holds.
func TestExamplesOfTheLibraryHold(t *testing.T) {
	for _, f := range stdlib.Functions() {
		for _, example := range f.Examples {
			t.Run(f.Name, func(t *testing.T) {
				text := "const holds = " + example + "\nactivity f(v: bool = holds)\n"
				if f.Context { // known only in a run
					text = "activity f(v: bool)\nworkflow w() {\n  f(" + example + ")\n}\n"
				}
				r := compileSource(diag.NewSource("example.flow", []byte(text)))
				switch {
				case r.Diags.HasErrors():
					t.Fatalf("%s\n%s", example, shown(r))
				case f.Context:
				case r.Program.Activities[0].Params[0].Default.Value != ir.Bool(true):
					t.Errorf("%s does not hold", example)
				}
			})
		}
	}
}

// TestConstantPartsAreComputed looks at what is left of arguments.
func TestConstantPartsAreComputed(t *testing.T) {
	for _, tt := range []struct {
		arg  string
		want ir.Op
	}{
		{"1 + 2 * 3", ir.OpConst},
		{`len("abc" + "d")`, ir.OpConst},
		{"sum([for i in 1..10: i * i])", ir.OpConst},
		{"[1, 2].filter(x -> x > 1)[0]", ir.OpConst},
		{"n + (2 * 3)", ir.OpAdd},
		{"sum([for i in 1..10: i * n])", ir.OpCall},
		{"len([for i in 1..1000000: i])", ir.OpCall},
	} {
		t.Run(tt.arg, func(t *testing.T) {
			r := compileText("activity f(v: int)\nworkflow w(n: int) {\n  f(" + tt.arg + ")\n}\n")
			if r.Program == nil {
				t.Fatal(shown(r))
			}
			for _, n := range r.Program.Workflows[0].Nodes {
				if n.Kind == ir.NActivity && n.Call.Args[0].Op != tt.want {
					t.Errorf("the argument is of operation %d, want %d", n.Call.Args[0].Op, tt.want)
				}
			}
		})
	}
}
