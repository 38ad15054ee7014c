package compiler_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

// FuzzCompile: whatever the text, there is a program or an error, the program
// keeps the rules of the IR, and findings lie within the text.
func FuzzCompile(f *testing.F) {
	for _, pattern := range []string{"testdata/*.flow", "testdata/ir/*.flow", "../examples/*/*.flow", "../lang/testdata/*.flow"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil {
				f.Add(string(text))
			}
		}
	}
	for _, page := range diag.Codes() {
		f.Add(page.Wrong)
		f.Add(page.Right)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkCompiled(t, text)
	})
}

func checkCompiled(t *testing.T, text string) {
	t.Helper()
	r := compileText(text)
	if r.Bug != nil {
		t.Fatalf("%v\n%s", r.Bug, text)
	}
	if (r.Program == nil) != r.Diags.HasErrors() {
		t.Fatalf("a program and errors, or neither:\n%s", shown(r))
	}
	for _, d := range r.Diags.All() {
		if d.Primary.Source != nil && (d.Primary.Start > d.Primary.End || d.Primary.End > len(d.Primary.Source.Text)) {
			t.Fatalf("%s points outside the text", d.Code)
		}
	}
	if r.Program != nil {
		if err := ir.Check(r.Program); err != nil {
			t.Fatal(err)
		}
	}
}
