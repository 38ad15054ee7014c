package flowc_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib/activity"
)

// block is a fenced block of a Markdown file.
type block struct {
	kind string // the word after the fence
	text string
	line int
}

func blocks(text string) []block {
	var found []block
	var open *block
	for i, line := range strings.Split(text, "\n") {
		switch {
		case open == nil && strings.HasPrefix(line, "```") && line != "```":
			open = &block{kind: strings.TrimPrefix(line, "```"), line: i + 1}
		case open != nil && line == "```":
			found = append(found, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return found
}

// TestDocumentationCompiles reads every block of every page: ```flow is a whole
// file that compiles without a finding, ```flow-syntax is a piece that parses.
func TestDocumentationCompiles(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, "README.md", "CONTRIBUTING.md")
	seen := 0
	for _, page := range pages {
		if page == filepath.Join("docs", "diagnostics.md") {
			continue // its examples, wrong and right, are the compiler's own tests
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range blocks(string(text)) {
			src := diag.NewSource(page, []byte(strings.Repeat("\n", b.line)+b.text))
			switch b.kind {
			case "flow":
				seen++
				result := compiler.Compile(src, compiler.Config{Root: "docs", Std: activity.Source})
				report(t, result.Diags)
			case "flow-syntax":
				seen++
				_, diags := lang.Parse(src)
				report(t, diags)
			}
		}
	}
	if seen < 20 {
		t.Errorf("got %d blocks of flow in the documentation, want at least 20", seen)
	}
}

func report(t *testing.T, diags *diag.List) {
	t.Helper()
	if diags.Len() == 0 {
		return
	}
	var b strings.Builder
	if err := diag.Render(&b, diags.Sorted(), diag.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Errorf("\n%s", b.String())
}
