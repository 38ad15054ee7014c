package compiler_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc/flowc/lang/diag"
)

// Canvases that double each other are refused, not copied without end.
func TestDoublingCanvasesAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("activity work()\ncanvas c0() { work() }\n")
	for i := range 60 {
		fmt.Fprintf(&b, "canvas c%d() { a = c%d(); b = c%d() }\n", i+1, i, i)
	}
	b.WriteString("workflow main() { c60() }\nworkflow other() { c60() }\n")
	r := compileText(b.String())
	if count(r, diag.TooManyNodes) == 0 || r.Program != nil {
		t.Errorf("no error:\n%s", shown(r))
	}
}

// What was written a thousand times costs about a thousand times as much.
func TestManyMistakesAreAllReported(t *testing.T) {
	var b strings.Builder
	b.WriteString("activity work(x: string) -> string\nworkflow main() {\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "  a%d = wrok(b%d)\n", i, i)
	}
	b.WriteString("}\n")
	r := compileText(b.String())
	if got := count(r, diag.UnknownCallable); got != 2000 {
		t.Errorf("%d unknown callables", got)
	}
}

func TestCompileTakesAnything(t *testing.T) {
	for _, text := range []string{
		"", "\x00", "workflow", "workflow main() {", "workflow main() { group { ", "import \"\"", "import \"./\" as x",
		"type A = A\ntype B { b: B }\nworkflow main(a: A, b: B) {}", "const a", "param p", "activity a(x) { run }",
		"workflow main() { x = switch 1 { } }", "workflow main() { wait }", "defaults nothing { a = 1 }",
		"workflow main() { dag { a = f(a) } }", "canvas c() { c() }", "workflow w() { map x in [] by y { yield yield } }",
	} {
		if r := compileText(text); r.Bug != nil {
			t.Errorf("%q: %v", text, r.Bug)
		}
	}
}

// Every id repeats the names above it, so long names around many nodes could
// fill any memory.
func TestLengthOfIdsIsBounded(t *testing.T) {
	const deep = 150
	var b strings.Builder
	b.WriteString("activity work()\nworkflow main() {\n")
	name := strings.Repeat("n", 250)
	for i := range deep {
		fmt.Fprintf(&b, "%s%d = chain {\n", name, i)
	}
	for i := range 5000 {
		fmt.Fprintf(&b, "a%d = work()\n", i)
	}
	b.WriteString(strings.Repeat("}\n", deep+1))
	if r := compileText(b.String()); count(r, diag.TooManyNodes) != 1 {
		t.Errorf("no error: %d findings", r.Diags.Len())
	}
}
