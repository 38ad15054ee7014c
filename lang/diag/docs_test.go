package diag_test

import (
	"os"
	"strings"
	"testing"

	"github.com/flowc/flowc/lang/diag"
	"github.com/sebdah/goldie/v2"
)

// TestDiagnosticsPageGolden keeps docs/diagnostics.md what the pages of the
// codes say. Its first part, up to the marker, is written by hand.
func TestDiagnosticsPageGolden(t *testing.T) {
	const marker = "<!-- made from lang/diag/pages by `go test ./lang/diag -update`; the text above is written by hand -->\n"
	text, err := os.ReadFile("../../docs/diagnostics.md")
	if err != nil {
		t.Fatal(err)
	}
	head, _, found := strings.Cut(string(text), marker)
	if !found {
		t.Fatalf("docs/diagnostics.md has lost the line %q", marker)
	}
	var b strings.Builder
	b.WriteString(head + marker)
	for _, page := range diag.Codes() {
		b.WriteString("\n" + page.Markdown(3))
	}
	g := goldie.New(t, goldie.WithFixtureDir("../../docs"), goldie.WithNameSuffix(".md"))
	g.Assert(t, "diagnostics", []byte(b.String()))
}
