package compiler_test

import (
	"path/filepath"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/internal/chunk"
)

// TestExpressions checks the findings about types and expressions, each on the
// line that it is about.
func TestExpressions(t *testing.T) {
	files, err := filepath.Glob("testdata/expr_*.flow")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, file := range files {
		for _, c := range chunk.Read(t, file) {
			t.Run(c.Name, func(t *testing.T) {
				chunk.Check(t, c, compiler.Compile(c.Source, compiler.Config{Std: library, Verify: true}).Diags)
			})
		}
	}
}
