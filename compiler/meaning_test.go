package compiler_test

import (
	"os"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/sim"
)

// The tests in testdata/meaning.flow run there, in virtual time: what bodies are
// lowered to does what the language says.
func TestWhatBodiesAreLoweredToMeansWhatTheLanguageSays(t *testing.T) {
	const file = "testdata/meaning.flow"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := compiler.Compile(diag.NewSource(file, text), compiler.Config{Std: library, Verify: true})
	if r.Program == nil || r.Diags.Len() > 0 {
		t.Fatalf("bug %v\n%s", r.Bug, shown(r))
	}
	suite, err := sim.NewSuite(r.Program)
	if err != nil {
		t.Fatal(err)
	}
	if len(suite.Tests()) < 10 {
		t.Fatalf("%d tests", len(suite.Tests()))
	}
	for _, test := range suite.Tests() {
		t.Run(test.Name, func(t *testing.T) {
			result := suite.Run(test, sim.Options{})
			for _, p := range result.Problems {
				t.Errorf("%+v", p)
			}
			if !result.Passed {
				for _, line := range result.Strip {
					t.Logf("%+v", line)
				}
			}
		})
	}
}
