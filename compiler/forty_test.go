package compiler_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
)

// The mistakes that people make most often, and what a terminal shows of each:
// these messages are a design. Imports are found beside the file.
func TestMessagesOfCommonMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/forty/[0-9][0-9].flow")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := compiler.Compile(diag.NewSource(filepath.ToSlash(file), text), compiler.Config{Std: library, Verify: true})
			if r.Bug != nil {
				t.Error(r.Bug)
			}
			var got bytes.Buffer
			if err := diag.Render(&got, r.Diags.Sorted(), diag.Options{}); err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, ".flow")+".txt", got.String())
		})
	}
}
