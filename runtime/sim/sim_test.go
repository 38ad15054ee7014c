package sim_test

import (
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/sim"
)

// program compiles a file.
func program(t testing.TB, text string) *ir.Program {
	t.Helper()
	r := compiler.Compile(diag.NewSource("test.flow", []byte(text)), compiler.Config{Verify: true})
	if r.Program == nil {
		var b strings.Builder
		if err := diag.Render(&b, r.Diags.Sorted(), diag.Options{}); err != nil {
			t.Fatal(err)
		}
		t.Fatalf("%s\n%v", b.String(), r.Bug)
	}
	return r.Program
}

// suite prepares the tests of a file.
func suite(t testing.TB, text string) *sim.Suite {
	t.Helper()
	s, err := sim.NewSuite(program(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func plan(t testing.TB, p *ir.Program) *runtime.Plan {
	t.Helper()
	plan, err := runtime.Prepare(p)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
