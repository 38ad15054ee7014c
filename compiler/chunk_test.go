package compiler_test

import (
	"path/filepath"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/internal/chunk"
)

// Findings about bodies are tested in the language, each on its line.
func TestFindingsInBodies(t *testing.T) {
	files, err := filepath.Glob("testdata/body_*.flow")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			for _, c := range chunk.Read(t, file) {
				t.Run(c.Name, func(t *testing.T) {
					r := compiler.Compile(c.Source, compiler.Config{Std: library, Verify: true})
					chunk.Check(t, c, r.Diags)
					if r.Bug != nil {
						t.Error(r.Bug)
					}
				})
			}
		})
	}
}
