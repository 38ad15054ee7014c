package compiler_test

import (
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

// TestAnalyze shows that what the caller's analysis finds is a finding like any
// other: it has its place in the file, and a comment can allow it.
func TestAnalyze(t *testing.T) {
	calls := 0
	find := func(p *ir.Program, files []*diag.Source) []diag.Diagnostic {
		calls++
		at := p.Workflows[0].At
		return []diag.Diagnostic{{
			Code: diag.NoUndo, Severity: diag.Warning, Message: "it stays charged",
			Primary: diag.Label{Span: files[at.File].Span(int(at.Start), int(at.End))},
		}}
	}
	for name, c := range map[string]struct {
		text  string
		want  []diag.Code
		calls int
	}{
		"found":               {"workflow w() {}\n", []diag.Code{diag.NoUndo}, 1},
		"allowed":             {"# flow:allow W0604 a test\nworkflow w() {}\n", nil, 1},
		"not asked of errors": {"workflow w() -> int {}\n", []diag.Code{diag.MissingReturn}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			calls = 0
			src := diag.NewSource("w.flow", []byte(c.text))
			r := compiler.Compile(src, compiler.Config{Analyze: find})
			var got []diag.Code
			for _, d := range r.Diags.Sorted() {
				got = append(got, d.Code)
				if d.Primary.Source != src {
					t.Errorf("%s is not in the file", d.Code)
				}
			}
			if len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if calls != c.calls {
				t.Errorf("the analysis was asked %d times, want %d", calls, c.calls)
			}
		})
	}
}
