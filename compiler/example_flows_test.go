package compiler_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
)

// Every example, and the library itself, compiles without a finding.
func TestExamplesAndLibraryCompile(t *testing.T) {
	for _, pattern := range []string{"../examples/*/*.flow", "../stdlib/activity/flow/*.flow"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := compiler.Compile(diag.NewSource(file, text), compiler.Config{Std: library, Verify: true})
			if r.Diags.Len() > 0 || r.Bug != nil {
				t.Errorf("%s: bug %v\n%s", file, r.Bug, shown(r))
			}
		}
	}
}
