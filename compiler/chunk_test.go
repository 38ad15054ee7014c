package compiler_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/internal/chunk"
)

// Findings about bodies are tested in the language, each on its line. Files
// named later_… are compiled as a version would that runs every construct.
func TestFindingsInBodies(t *testing.T) {
	for _, pattern := range []string{"body_*.flow", "later_*.flow"} {
		files, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				if strings.HasPrefix(pattern, "later") {
					compiler.RunEverything(t)
				}
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
}
