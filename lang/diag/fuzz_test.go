package diag_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/flowc/flowc/lang/diag"
)

// FuzzRender wants that no source, message or span makes any of the forms
// panic, or sends a terminal what it might obey.
func FuzzRender(f *testing.F) {
	for _, p := range diag.Codes()[:12] {
		f.Add([]byte(p.Wrong), p.Title, 10, 30, 40, 90, 5, 5)
	}
	f.Add([]byte("a\tb\r\n\x1b[2J\xff\u202e日e\u0301\u0301"), "\x1b]0;title\a", -4, 100, 3, 3, 9, 2)
	f.Add([]byte(strings.Repeat("\t日\x00", 200)), "a\nb", 300, 301, 20, 700, 600, 601)
	f.Fuzz(func(t *testing.T, text []byte, message string, start, end, start2, end2, start3, end3 int) {
		src := diag.NewSource("a\x1b.flow", text)
		other := diag.NewSource(message, []byte(message))
		d := diag.Diagnostic{
			Code:    diag.Syntax,
			Message: message,
			Primary: diag.Label{Span: src.Span(start, end), Text: message},
			Secondary: []diag.Label{
				{Span: src.Span(start2, end2), Text: "two"},
				{Span: src.Span(start3, end3), Text: message},
				{Span: src.Span(start2, end3)},
				{Span: src.Span(start3, end), Text: "five"},
				{Span: other.Span(start2, end2), Text: "elsewhere"},
			},
			Notes: []string{message},
			Fixes: []diag.Fix{{Title: message, Applicability: diag.Machine, Edits: []diag.Edit{{Span: src.Span(start, end), New: message}}}},
		}
		var out bytes.Buffer
		if err := diag.Render(&out, []diag.Diagnostic{d}, diag.Options{}); err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(out.Bytes()) {
			t.Errorf("not UTF-8: %q", out.String())
		}
		if i := strings.IndexFunc(out.String(), steers); i >= 0 {
			t.Errorf("%q is sent to the terminal in %q", out.String()[i:], out.String())
		}
		ds := []diag.Diagnostic{d}
		out.Reset()
		if err := diag.WriteJSON(&out, ds); err != nil || !json.Valid(out.Bytes()) || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
			t.Errorf("not one line of JSON: %v, %q", err, out.String())
		}
		out.Reset()
		if err := diag.WriteSARIF(&out, ds, "1"); err != nil || !json.Valid(out.Bytes()) {
			t.Errorf("not JSON: %v, %q", err, out.String())
		}
		diag.ApplyFixes(src, ds)
	})
}

// steers reports whether r may make a terminal do other than show a character.
func steers(r rune) bool {
	return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}
