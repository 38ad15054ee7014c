package diag_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc/flowc/lang/diag"
)

func TestListSortsAndKeepsEachFindingOnce(t *testing.T) {
	a, b := diag.NewSource("a.flow", []byte("0123456789")), diag.NewSource("b.flow", []byte("0123456789"))
	add := func(l *diag.List, code diag.Code, message string, s diag.Span) {
		l.Add(diag.Diagnostic{Code: code, Severity: code.Severity(), Message: message, Primary: diag.Label{Span: s}})
	}
	var l, other diag.List
	if l.HasErrors() || l.Len() != 0 || len(l.Sorted()) != 0 {
		t.Error("the zero List is not empty")
	}
	add(&l, "W0303", "w", a.Span(1, 2))
	if l.HasErrors() {
		t.Error("a warning counts as an error")
	}
	add(&l, "F0201", "x", b.Span(0, 1))
	add(&l, "F0201", "x", a.Span(5, 6))
	add(&l, "F0201", "x", a.Span(5, 6))
	add(&l, "F0201", "y", a.Span(5, 6))
	add(&l, "F0101", "x", a.Span(5, 6))
	add(&l, "F0201", "x", a.Span(5, 7))
	add(&other, "F0906", "nowhere", diag.Span{})
	l.Merge(&other)
	if !l.HasErrors() || l.Len() != 8 || len(l.All()) != 8 || l.All()[0].Code != "W0303" {
		t.Errorf("%d diagnostics, errors %v", l.Len(), l.HasErrors())
	}
	var got []string
	for _, d := range l.Sorted() {
		name := "-"
		if d.Primary.Source != nil {
			name = d.Primary.Source.Name
		}
		got = append(got, fmt.Sprintf("%s:%d-%d %s %s", name, d.Primary.Start, d.Primary.End, d.Code, d.Message))
	}
	want := []string{
		"-:0-0 F0906 nowhere",
		"a.flow:1-2 W0303 w",
		"a.flow:5-6 F0101 x",
		"a.flow:5-6 F0201 x",
		"a.flow:5-6 F0201 y",
		"a.flow:5-7 F0201 x",
		"b.flow:0-1 F0201 x",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestDenyMakesErrorsOfWarnings(t *testing.T) {
	for _, test := range []struct {
		deny []string
		want string
	}{
		{nil, "error warning warning"},
		{[]string{"W0603"}, "error error warning"},
		{[]string{"W03", "W06"}, "error error error"},
		{[]string{"W"}, "error error error"},
		{[]string{"", "W9", "F0201"}, "error warning warning"},
	} {
		var l diag.List
		for _, code := range []diag.Code{"F0201", "W0603", "W0303"} {
			l.Add(diag.Diagnostic{Code: code, Severity: code.Severity()})
		}
		l.Deny(test.deny...)
		var got []string
		for _, d := range l.All() {
			got = append(got, d.Severity.String())
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("Deny(%q): %s, want %s", test.deny, got, test.want)
		}
	}
	var l diag.List
	l.Add(diag.Diagnostic{Code: "W0603", Severity: diag.Warning})
	if l.Deny("W0303"); l.HasErrors() {
		t.Error("a warning that is not denied counts as an error")
	}
	if l.Deny("W0603"); !l.HasErrors() {
		t.Error("a denied warning does not count as an error")
	}
}

// allowsIn reads the comments of src as the front end would.
func allowsIn(src *diag.Source) []diag.Allow {
	const intro = "# flow:allow"
	var allows []diag.Allow
	text := string(src.Text)
	for at := strings.Index(text, intro); at >= 0; {
		end := len(text)
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i
		}
		code, reason, _ := strings.Cut(strings.TrimSpace(text[at+len(intro):end]), " ")
		allows = append(allows, diag.Allow{
			Span: src.Span(at, end), Code: diag.Code(code), Reason: reason, Line: src.Position(at).Line,
		})
		next := strings.Index(text[end:], intro)
		if next < 0 {
			break
		}
		at = end + next
	}
	return allows
}

func TestAllow(t *testing.T) {
	// Each WARN is a W0603, each FAIL an F0201, each WASTE a W0303.
	for _, test := range []struct{ name, text, want string }{
		{"same line", "WARN # flow:allow W0603 best effort\n", ""},
		{"next line", "# flow:allow W0603 best effort\nWARN\n", ""},
		{"not the line after", "# flow:allow W0603 best effort\n\nWARN\n", "1 W0909 nothing here is flagged as `W0603`; 3 W0603"},
		{"not the line before", "WARN\n# flow:allow W0603 best effort\n", "1 W0603; 2 W0909 nothing here is flagged as `W0603`"},
		{"twice on a line", "WARN WARN # flow:allow W0603 best effort\n", ""},
		{"another code", "WARN # flow:allow W0303 why\n", "1 W0603; 1 W0909 nothing here is flagged as `W0303`"},
		{"two codes above", "# flow:allow W0603 why\n  # flow:allow W0303 why\nWARN WASTE\n", ""},
		{"a stack reaches through", "# flow:allow W0603 why\n# flow:allow W0303 why\n# flow:allow W0603 why\nWARN\n",
			"2 W0909 nothing here is flagged as `W0303`"},
		{"a comment after code is no part of a stack", "# flow:allow W0603 why\nWASTE # flow:allow W0303 why\nWARN\n",
			"1 W0909 nothing here is flagged as `W0603`; 3 W0603"},
		{"without reason", "WARN # flow:allow W0603\n", "1 W0909 this comment does not say why `W0603` is allowed"},
		{"an error", "FAIL # flow:allow F0201 why\n", "1 F0201; 1 W0909 `F0201` is an error and cannot be allowed"},
		{"no code", "WARN # flow:allow W9999 why\n", "1 W0603; 1 W0909 there is no warning `W9999` to allow"},
		{"itself", "# flow:allow W0909 why\n# flow:allow W0603 why\n",
			"1 W0909 nothing here is flagged as `W0909`; 2 W0909 nothing here is flagged as `W0603`"},
	} {
		t.Run(test.name, func(t *testing.T) {
			src := diag.NewSource("a.flow", []byte(test.text))
			var l diag.List
			for word, code := range map[string]diag.Code{"WARN": "W0603", "FAIL": "F0201", "WASTE": "W0303"} {
				for i := range test.text {
					if strings.HasPrefix(test.text[i:], word) {
						l.Add(diag.Diagnostic{Code: code, Severity: code.Severity(), Primary: diag.Label{Span: src.Span(i, i+len(word))}})
					}
				}
			}
			errors := l.HasErrors()
			diag.ApplyAllows(&l, allowsIn(src))
			var got []string
			for _, d := range l.Sorted() {
				got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s %s", src.Position(d.Primary.Start).Line, d.Code, d.Message)))
			}
			if got := strings.Join(got, "; "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if l.HasErrors() != errors {
				t.Error("an error came or went")
			}
		})
	}
}

func TestUnusedAllowIsRemovedByItsFix(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"a\n  # flow:allow W0603 why\nb\n", "a\nb\n"},
		{"a  # flow:allow W0603 why\nb\n", "a\nb\n"},
		{"a\n# flow:allow W0603 why", "a\n"},
	} {
		src := diag.NewSource("a.flow", []byte(test.text))
		var l diag.List
		diag.ApplyAllows(&l, allowsIn(src))
		if got, n := diag.ApplyFixes(src, l.Sorted()); string(got) != test.want || n != 1 {
			t.Errorf("%q becomes %q, want %q", test.text, got, test.want)
		}
	}
}
