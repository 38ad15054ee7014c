package flowc_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/sim"
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
// file that compiles without a finding, whose tests pass and whose workflows run
// in virtual time; ```flow-syntax is a piece that parses.
func TestDocumentationCompiles(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, "README.md", "CONTRIBUTING.md")
	seen, runs := 0, 0
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
				if result.Program != nil {
					runs += simulate(t, b, page, result.Program)
				}
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
	if runs < 20 {
		t.Errorf("got %d workflows of the documentation that ran, want at least 20", runs)
	}
}

// simulate passes the tests of a block, and runs each of its workflows in
// virtual time with arguments and answers made by their types. It returns the
// number of workflows.
func simulate(t *testing.T, b block, page string, p *ir.Program) int {
	t.Helper()
	suite, err := sim.NewSuite(p)
	if err != nil {
		t.Fatalf("%s:%d: %v", page, b.line, err)
	}
	for _, test := range suite.Tests() {
		if r := suite.Run(test, sim.Options{}); !r.Passed {
			t.Errorf("%s:%d: test %q: %v", page, b.line, test.Name, r.Problems)
		}
	}
	plan, err := runtime.Prepare(p)
	if err != nil {
		t.Fatalf("%s:%d: %v", page, b.line, err)
	}
	for _, w := range p.Workflows {
		s := sim.Scenario{Workflow: w.Name, Input: auto(t, w.Params), Params: auto(t, p.Params)}
		if _, err := sim.Run(plan, p, s); err != nil {
			t.Errorf("%s:%d: workflow %s: %v", page, b.line, w.Name, err)
		}
	}
	return len(p.Workflows)
}

// auto returns a value for each parameter.
func auto(t *testing.T, params []ir.Param) map[string]json.RawMessage {
	t.Helper()
	values := map[string]json.RawMessage{}
	for _, p := range params {
		v, err := sim.Auto(p.Type)
		if err != nil {
			t.Fatal(err)
		}
		if values[p.Name], err = ir.Encode(v, p.Type); err != nil {
			t.Fatal(err)
		}
	}
	return values
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
