package diag_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/lang/diag"
)

// fix is a diagnostic with one fix.
func fix(how diag.Applicability, edits ...diag.Edit) diag.Diagnostic {
	return diag.Diagnostic{Fixes: []diag.Fix{{Title: "fix", Applicability: how, Edits: edits}}}
}

func TestApplyFixes(t *testing.T) {
	src := diag.NewSource("a.flow", []byte("one two three"))
	other := diag.NewSource("b.flow", []byte("one two three"))
	put := func(start, end int, text string) diag.Edit {
		return diag.Edit{Span: src.Span(start, end), New: text}
	}
	machine := func(edits ...diag.Edit) diag.Diagnostic { return fix(diag.Machine, edits...) }
	for _, test := range []struct {
		name    string
		diags   []diag.Diagnostic
		want    string
		applied int
	}{
		{"none", nil, "one two three", 0},
		{"one", []diag.Diagnostic{machine(put(4, 7, "2"))}, "one 2 three", 1},
		{"in any order", []diag.Diagnostic{machine(put(8, 13, "3")), machine(put(0, 3, "1"))}, "1 two 3", 2},
		{"two edits", []diag.Diagnostic{machine(put(8, 8, "("), put(13, 13, ")"))}, "one two (three)", 1},
		{"overlapping", []diag.Diagnostic{machine(put(0, 5, "x")), machine(put(4, 7, "y")), machine(put(8, 13, "z"))}, "xwo z", 2},
		{"whole or not at all", []diag.Diagnostic{machine(put(4, 7, "2")), machine(put(0, 3, "1"), put(5, 6, "w"))}, "one 2 three", 1},
		{"what a refused fix wanted stays free", []diag.Diagnostic{
			machine(put(4, 7, "2")), machine(put(0, 3, "1"), put(5, 6, "w")), machine(put(0, 3, "I")),
		}, "I 2 three", 2},
		{"insertion beside a replacement", []diag.Diagnostic{machine(put(4, 7, "2")), machine(put(4, 4, "<")), machine(put(7, 7, ">"))}, "one <2> three", 3},
		{"insertion inside a replacement", []diag.Diagnostic{machine(put(4, 7, "2")), machine(put(5, 5, "<"))}, "one 2 three", 1},
		{"replacement around an insertion", []diag.Diagnostic{machine(put(5, 5, "<")), machine(put(4, 7, "2"))}, "one t<wo three", 1},
		{"two insertions at one place", []diag.Diagnostic{machine(put(4, 4, "a")), machine(put(4, 4, "b"))}, "one atwo three", 1},
		{"neighbours", []diag.Diagnostic{machine(put(0, 3, "1")), machine(put(3, 4, "_"))}, "1_two three", 2},
		{"at the ends", []diag.Diagnostic{machine(put(0, 0, "<")), machine(put(13, 13, ">"))}, "<one two three>", 2},
		{"maybe is not applied", []diag.Diagnostic{fix(diag.Maybe, put(4, 7, "2"))}, "one two three", 0},
		{"another file", []diag.Diagnostic{machine(diag.Edit{Span: other.Span(0, 3), New: "1"})}, "one two three", 0},
		{"partly another file", []diag.Diagnostic{machine(put(0, 3, "1"), diag.Edit{Span: other.Span(0, 3), New: "1"})}, "one two three", 0},
		{"outside", []diag.Diagnostic{machine(put(10, 14, "x")), machine(put(-1, 2, "x")), machine(put(5, 4, "x"))}, "one two three", 0},
		{"the first machine fix", []diag.Diagnostic{{Fixes: []diag.Fix{
			{Title: "words"},
			{Applicability: diag.Maybe, Edits: []diag.Edit{put(0, 3, "0")}},
			{Applicability: diag.Machine, Edits: []diag.Edit{put(0, 3, "1")}},
			{Applicability: diag.Machine, Edits: []diag.Edit{put(0, 3, "2")}},
		}}}, "1 two three", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, applied := diag.ApplyFixes(src, test.diags)
			if string(got) != test.want || applied != test.applied {
				t.Errorf("got %q, %d; want %q, %d", got, applied, test.want, test.applied)
			}
			if string(src.Text) != "one two three" {
				t.Error("the source was changed")
			}
		})
	}
}

// Whatever is asked for, the bytes that no applied fix names are kept in order.
func TestFixesKeepTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte("abcdefghijklmnop")
		src := diag.NewSource("a", text)
		var ds []diag.Diagnostic
		for range rapid.IntRange(0, 8).Draw(t, "fixes") {
			var edits []diag.Edit
			for range rapid.IntRange(1, 3).Draw(t, "edits") {
				start := rapid.IntRange(0, len(text)).Draw(t, "start")
				end := rapid.IntRange(start, min(start+4, len(text))).Draw(t, "end")
				edits = append(edits, diag.Edit{Span: src.Span(start, end), New: "#"})
			}
			ds = append(ds, fix(diag.Machine, edits...))
		}
		got, applied := diag.ApplyFixes(src, ds)
		last, inserted := byte(0), 0
		for _, b := range got {
			if b == '#' {
				inserted++
				continue
			}
			if b <= last {
				t.Fatalf("%q repeats or disorders the text", got)
			}
			last = b
		}
		if inserted < applied {
			t.Fatalf("%d fixes put %d texts into %q", applied, inserted, got)
		}
	})
}
