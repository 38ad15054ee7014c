package compiler_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

// Each file in testdata/ir is compiled; what ir.Print says of the program stands
// beside it.
func TestPrograms(t *testing.T) {
	files, err := filepath.Glob("testdata/ir/*.flow")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := compiler.Compile(diag.NewSource(file, text), compiler.Config{Std: library, Verify: true})
			if r.Program == nil {
				t.Fatalf("bug %v\n%s", r.Bug, shown(r))
			}
			var got bytes.Buffer
			if err := ir.Print(&got, r.Program); err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, ".flow")+".ir", got.String())
		})
	}
}

// A program says the same in whichever layout it was written.
func TestLayoutAndCommentsDoNotChangeTheHash(t *testing.T) {
	files, _ := filepath.Glob("testdata/ir/*.flow")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		spaced := "# a comment\n\n" + strings.ReplaceAll(string(text), "\n", "  # another\n\n")
		one, two := compileText(string(text)), compileText(spaced)
		if one.Program == nil || two.Program == nil {
			t.Fatalf("%s: %s%s", file, shown(one), shown(two))
		}
		if a, b := one.Program.Hash(), two.Program.Hash(); a != b {
			t.Errorf("%s: hash %s, with comments %s", file, a, b)
		}
	}
}
