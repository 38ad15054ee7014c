package lang_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// TestOneMistakeIsNotAFlood replaces, one at a time, the tokens of files
// without mistakes, and counts what is reported. A perfect parser would report
// one mistake or none; the bounds keep this one from getting worse.
func TestOneMistakeIsNotAFlood(t *testing.T) {
	files, err := filepath.Glob("testdata/tree/*.flow")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	const mostAtOnce, mostOnAverage = 6, 1.25
	texts, total := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, tok := range tokensOf(t, string(text)) {
			mistakes := []string{"", tok.Value + " " + tok.Value, "foo", ")", "}", "{", "=", "if", "3", "Foo", "\n"}
			with := mistakes[i%len(mistakes)]
			end := tok.Pos.Offset + len(tok.Value)
			src := diag.NewSource(file, []byte(string(text[:tok.Pos.Offset])+with+string(text[end:])))
			f, ds := lang.Parse(src)
			checkSpans(t, f, !ds.HasErrors())
			texts++
			total += ds.Len()
			if ds.Len() > mostAtOnce {
				t.Errorf("%s:%d: %q for %q gives %d diagnostics:\n%s", file, tok.Pos.Line, with, tok.Value, ds.Len(), listed(ds))
			}
		}
	}
	if average := float64(total) / float64(texts); average > mostOnAverage {
		t.Errorf("%.2f diagnostics a mistake, want at most %.2f", average, mostOnAverage)
	} else {
		t.Logf("%.2f diagnostics a mistake", average)
	}
}

func tokensOf(t *testing.T, text string) []lexer.Token {
	t.Helper()
	l, err := lang.Lexer{}.LexString("", text)
	if err != nil {
		t.Fatal(err)
	}
	toks, err := lexer.ConsumeAll(l)
	if err != nil {
		t.Fatal(err)
	}
	return toks[:len(toks)-1]
}

func listed(ds *diag.List) string {
	s := ""
	for _, d := range ds.Sorted() {
		pos := d.Primary.Source.Position(d.Primary.Start)
		s += fmt.Sprintf("  %d:%d: %s %s: %s\n", pos.Line, pos.Column, d.Code, d.Message, d.Primary.Text)
	}
	return s
}

func TestParseExpr(t *testing.T) {
	tests := map[string]struct {
		text string
		ok   bool
	}{
		"a value":            {"[1, 2]", true},
		"over several lines": {"a +\n b\n  .c", true},
		"a value and more":   {"1 2", false},
		"nothing":            {"", false},
		"a statement":        {"let x = 1", false},
		"an open bracket":    {"f(1", false},
		"a block":            {"x }", false},
	}
	for name, tt := range tests {
		e, ds := lang.ParseExpr(diag.NewSource("arg", []byte(tt.text)))
		if e == nil || ds.HasErrors() == tt.ok {
			t.Errorf("%s: got %T and\n%s", name, e, listed(ds))
		}
	}
}
