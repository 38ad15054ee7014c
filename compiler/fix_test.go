package compiler_test

import (
	"path/filepath"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/internal/chunk"
	"github.com/flowc/flowc/lang/diag"
)

// A machine fix is right by construction: applied, its finding is gone, and no
// other error has come.
func TestMachineFixesRemoveTheirFindings(t *testing.T) {
	files, err := filepath.Glob("testdata/body_*.flow")
	if err != nil {
		t.Fatal(err)
	}
	fixes := 0
	for _, file := range files {
		for _, c := range chunk.Read(t, file) {
			before := compileText(string(c.Source.Text))
			for i, d := range before.Diags.Sorted() {
				text, applied := diag.ApplyFixes(d.Primary.Source, before.Diags.Sorted()[i:i+1])
				if applied == 0 {
					continue
				}
				fixes++
				after := compileText(string(text))
				if n, m := count(before, d.Code), count(after, d.Code); m >= n {
					t.Errorf("%s: the fix of %s does not remove it (%d, then %d)\n%s", c.Name, d.Code, n, m, text)
				}
				if after.Diags.Errors() > before.Diags.Errors() {
					t.Errorf("%s: the fix of %s makes other errors\n%s", c.Name, d.Code, shown(after))
				}
			}
		}
	}
	if fixes < 10 {
		t.Errorf("only %d fixes were tried", fixes)
	}
}

func count(r *compiler.Result, code diag.Code) int {
	n := 0
	for _, d := range r.Diags.Sorted() {
		if d.Code == code {
			n++
		}
	}
	return n
}
