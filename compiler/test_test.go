package compiler_test

import (
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/internal/chunk"
)

// Findings about tests are tested in the language, each on its line.
func TestFindingsInTests(t *testing.T) {
	for _, c := range chunk.Read(t, "testdata/tests.flow") {
		t.Run(c.Name, func(t *testing.T) {
			r := compiler.Compile(c.Source, compiler.Config{Std: library, Verify: true})
			chunk.Check(t, c, r.Diags)
			if r.Bug != nil {
				t.Error(r.Bug)
			}
		})
	}
}

// What runs does not depend on the tests that stand beside it.
func TestTestsAreNoPartOfTheProgram(t *testing.T) {
	const flow = "activity work(n: int) -> int\nworkflow main(n: int) -> int {\n  return work(n)\n}\n"
	without := compileText(flow)
	with := compileText(flow + "test \"it works\" {\n  mock work(n) -> n + 1\n  run main(1)\n  expect result == 2\n}\n")
	if with.Program == nil || without.Program == nil {
		t.Fatal(shown(with) + shown(without))
	}
	if len(with.Program.Tests) != 1 {
		t.Fatalf("%d tests, want 1", len(with.Program.Tests))
	}
	if a, b := with.Program.Hash(), without.Program.Hash(); a != b {
		t.Errorf("the hash is %s with a test and %s without", a, b)
	}
}
