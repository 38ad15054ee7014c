package compiler_test

import (
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib/activity"
)

// compileText compiles one file that has no imports but those of the library.
func compileText(text string) *compiler.Result {
	return compiler.Compile(diag.NewSource("test.flow", []byte(text)), compiler.Config{Std: library, Verify: true, Analyze: analyze.Findings})
}

// library is the library that comes with flowc.
var library = activity.Source

// shown returns what a terminal would show of the findings.
func shown(r *compiler.Result) string {
	var b strings.Builder
	if err := diag.Render(&b, r.Diags.Sorted(), diag.Options{}); err != nil {
		return err.Error()
	}
	return b.String()
}

func TestWrongExamplesAreFoundAndRightOnesCompile(t *testing.T) {
	for _, page := range diag.Codes() {
		if page.Wrong == "" {
			continue
		}
		t.Run(string(page.Code), func(t *testing.T) {
			wrong, right := compileText(page.Wrong), compileText(page.Right)
			found := false
			for _, d := range wrong.Diags.Sorted() {
				found = found || d.Code == page.Code
				if d.Code != page.Code && d.Severity == diag.Error {
					t.Errorf("wrong example has another error:\n%s", shown(wrong))
				}
			}
			if !found {
				t.Errorf("wrong example is not found wrong:\n%s\n%s", page.Wrong, shown(wrong))
			}
			if right.Diags.Len() > 0 {
				t.Errorf("right example is found wrong:\n%s", shown(right))
			}
			if right.Bug != nil {
				t.Error(right.Bug)
			}
		})
	}
}
