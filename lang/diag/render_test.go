package diag_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/sebdah/goldie/v2"

	"github.com/flowc/flowc/lang/diag"
)

// golden compares got to testdata/NAME.txt; -update writes the file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	goldie.New(t, goldie.WithFixtureDir("testdata"), goldie.WithNameSuffix(".txt"), goldie.WithDiffEngine(goldie.ClassicDiff)).
		Assert(t, name, got)
}

// render shows ds without colours; no line may end in white space.
func render(t *testing.T, ds ...diag.Diagnostic) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := diag.Render(&out, ds, diag.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(out.String(), "\n") {
		if strings.TrimRight(line, " \t") != line {
			t.Errorf("white space at the end of %q", line)
		}
	}
	return out.Bytes()
}

// at returns the first span of text in src.
func at(t *testing.T, src *diag.Source, text string) diag.Span {
	t.Helper()
	start := bytes.Index(src.Text, []byte(text))
	if start < 0 {
		t.Fatalf("%q does not stand in %s", text, src.Name)
	}
	return src.Span(start, start+len(text))
}

const etl = `## Loads one day.

activity list_partitions(day: date) -> [string]
activity extract(part: Partition) -> ref<bytes> raises BadPartition
activity transform(raw: ref<bytes>) -> ref<bytes> { timeout = 10m }

workflow etl(day: date) {
  parts = list_partitions(day)
  rows = map part in parts with tolerate = 10%, raises_on_failure = false {
    raw   = extract(part.id, day)
    clean = tranform(raw)
    yield clean
  }
}
`

// show is one golden: a source and what is said about it.
type show struct {
	name string
	text string
	say  func(t *testing.T, src *diag.Source) diag.Diagnostic
}

// one is a diagnostic with a primary label only.
func one(text, label string) func(*testing.T, *diag.Source) diag.Diagnostic {
	return func(t *testing.T, src *diag.Source) diag.Diagnostic {
		return diag.Diagnostic{Code: diag.Syntax, Message: "something is wrong", Primary: diag.Label{Span: at(t, src, text), Text: label}}
	}
}

// point is a diagnostic about bytes start to end; a negative offset counts
// from the end of the text.
func point(start, end int) func(*testing.T, *diag.Source) diag.Diagnostic {
	return func(_ *testing.T, src *diag.Source) diag.Diagnostic {
		for _, offset := range []*int{&start, &end} {
			if *offset < 0 {
				*offset += len(src.Text) + 1
			}
		}
		return diag.Diagnostic{Code: diag.Syntax, Message: "something is wrong", Primary: diag.Label{Span: src.Span(start, end), Text: "here"}}
	}
}

// labels is a diagnostic with a primary label and secondary ones, each given
// as the text that it stands under and what it says.
func labels(pairs ...string) func(*testing.T, *diag.Source) diag.Diagnostic {
	return func(t *testing.T, src *diag.Source) diag.Diagnostic {
		d := one(pairs[0], pairs[1])(t, src)
		for i := 2; i < len(pairs); i += 2 {
			d.Secondary = append(d.Secondary, diag.Label{Span: at(t, src, pairs[i]), Text: pairs[i+1]})
		}
		return d
	}
}

func TestRenderPlaces(t *testing.T) {
	long := "  say(\"" + strings.Repeat("lorem ipsum ", 40) + "\", oops, \"" + strings.Repeat("dolor ", 60) + "\")\n"
	for _, test := range []show{
		{"tab_before", "group {\n\tship(idd)\n}\n", one("idd", "unknown")},
		{"tab_between_labels", "\ta\t=\tb\n", labels("b", "second", "a", "first")},
		{"tab_marked", "x =\t\ty\n", point(3, 5)},
		{"tab_one_column_wide", "ab\t\tc\n", point(2, 4)},
		{"wide_characters", "let 名前 = \"日本\" + 数\n", labels("数", "a number", "\"日本\"", "a string")},
		{"wide_character_marked_in_part", "日本\n", point(1, 4)},
		{"combining_marks", "let e\u0301te\u0301 = no\u0308\n", labels("no\u0308", "here", "e\u0301te\u0301", "there")},
		{"combining_mark_first", "\u0301a b\n", one("b", "here")},
		{"combining_marks_without_end", "a" + strings.Repeat("\u0301", 40) + " b\n", one("b", "here")},
		{"emoji", "say(\"🚀\", x)\n", one("x", "here")},
		{"crlf", "a = 1\r\nb = oops\r\nc = 3\r\n", one("oops", "here")},
		{"crlf_end_of_line", "a = 1\r\nb =\r\nc = 3\r\n", point(10, 10)},
		{"carriage_return_alone", "a\rb = oops\n", one("oops", "here")},
		{"empty_span", "ship(id\n", point(5, 5)},
		{"empty_span_at_end_of_line", "ship(id\nnext\n", point(7, 7)},
		{"newline_marked", "ship(id\nnext\n", point(7, 8)},
		{"end_of_file", "group {\n  a\n", point(-1, -1)},
		{"end_of_file_without_newline", "group {", point(-1, -1)},
		{"empty_file", "", point(0, 0)},
		{"only_a_newline", "\n", point(0, 1)},
		{"outside_the_file", "abc\n", point(100, 200)},
		{"backwards_span", "abc def\n", point(5, 2)},
		{"invalid_utf8", "a = \xff\xfe + b\n", one("b", "here")},
		{"invalid_utf8_marked", "a = \xff\xfe + b\n", point(4, 5)},
		{"control_characters", "a = \x1b[31m\x00\x7f\u0085 + b\n", one("b", "here")},
		{"text_that_reorders", "if admin\u202e { \u2066// no\u2069 \u200b}\n", one("}", "here")},
		{"long_line_start", "oops" + long, one("oops", "here")},
		{"long_line_middle", long, one("oops", "here")},
		{"long_line_end", long, one("\")\n", "here")},
		{"long_line_two_labels", long, labels("oops", "here", "say", "far left", "\")", "far right")},
		{"long_line_marked_whole", long, one(strings.TrimSuffix(long, "\n"), "all of it")},
		{"long_line_of_wide", "\"" + strings.Repeat("日", 200) + "\" x\n", one(" x", "here")},
	} {
		t.Run(test.name, func(t *testing.T) {
			golden(t, test.name, render(t, test.say(t, diag.NewSource("a.flow", []byte(test.text)))))
		})
	}
}

func TestRenderLabels(t *testing.T) {
	for _, test := range []show{
		{"no_label_text", etl, one("tranform", "")},
		{"one_label", etl, one("tranform", "not found")},
		{"two_labels_on_one_line", "    raw   = extract(part.id, day)\n", labels("part.id", "expected `Partition`, found `string`", "day", "unexpected second argument")},
		{"primary_right", etl, labels("raises_on_failure = false", "never fails…", "tolerate = 10%", "…so this limit can never be reached from outside")},
		{"three_labels_on_one_line", "a = f(b, c, d)\n", labels("c", "second", "b", "first", "d", "third")},
		{"nested_labels", "a = f(b, c)\n", labels("c", "inner", "f(b, c)", "outer")},
		{"nested_at_the_end", "a = f(b, c)\n", labels("f(b, c)", "outer", "c)", "inner")},
		{"same_place_twice", "a = f(b)\n", labels("b", "first", "b", "second", "b", "third")},
		{"neighbours", "a = f(bc)\n", labels("b", "left", "c", "right")},
		{"label_without_text_at_the_right", "a = f(b, c)\n", labels("b", "this one", "c", "")},
		{"lines_in_order", etl, labels("tranform", "not found", "transform", "did you mean this one?")},
		{"line_between_is_shown", "a = 1\nb = 2\nc = a\n", labels("c", "here", "a = 1", "there")},
		{"lines_far_apart", "a = 1\nb\nc\nd\ne = a\nf\n", labels("e", "here", "a = 1", "there")},
		{"gutter_grows", strings.Repeat("#\n", 98) + "a\nb\n", labels("b", "here", "a", "there")},
	} {
		t.Run(test.name, func(t *testing.T) {
			golden(t, test.name, render(t, test.say(t, diag.NewSource("etl.flow", []byte(test.text)))))
		})
	}
}

func TestRenderSpansOverLines(t *testing.T) {
	const text = "workflow w() {\n  group {\n    a = f(1)\n    b = f(2)\n    c = f(3)\n  }\n\tchain {\n\t\tb\n\t}\n}\n"
	group := "group {\n    a = f(1)\n    b = f(2)\n    c = f(3)\n  }"
	for _, test := range []show{
		{"block", text, one(group, "this block")},
		{"block_in_a_line", text, one("{\n    a = f(1)\n    b = f(2)\n    c = f(3)\n  }", "this block")},
		{"block_of_two_lines", "f(a,\n  b)\n", one("(a,\n  b)", "here")},
		{"block_with_tabs", text, one("{\n\t\tb\n\t}", "here")},
		{"block_with_label_inside", text, labels("b = f(2)", "this", group, "in this block")},
		{"block_inside_block", text, labels(group, "inner", strings.TrimSuffix(text, "\n"), "outer")},
		{"blocks_that_overlap", text, labels("f(1)\n    b = f(2)", "first", "f(2)\n    c = f(3)", "second")},
		{"block_up_to_a_newline", text, one("  group {\n", "here")},
		{"more_blocks_than_brackets", text, labels(group, "1", "{\n  group {", "2", "f(1)\n    b", "3", "f(2)\n    c", "4", "f(3)\n  }", "5")},
		{"block_crlf", "a {\r\n  b\r\n}\r\n", one("{\r\n  b\r\n}", "here")},
	} {
		t.Run(test.name, func(t *testing.T) {
			golden(t, test.name, render(t, test.say(t, diag.NewSource("a.flow", []byte(test.text)))))
		})
	}
}

func TestRenderRemarks(t *testing.T) {
	src := diag.NewSource("main.flow", []byte("nightly(day) with timeout = 2h\n"))
	other := diag.NewSource("nightly.flow", []byte("\n\n\nworkflow nightly(day: date) with timeout = 6h {\n"))
	golden(t, "other_file", render(t, diag.Diagnostic{
		Code: diag.ChildTimeout, Message: "`nightly` is given 2h here, but declares that it may take 6h",
		Primary: diag.Label{Span: at(t, src, "nightly")},
		Secondary: []diag.Label{
			{Span: at(t, src, "timeout = 2h"), Text: "allowed here"},
			{Span: at(t, other, "timeout = 6h"), Text: "declared there"},
			{Text: "the run ended at 14:02"},
		},
		Notes: []string{"a note\nof two lines"},
		Fixes: []diag.Fix{
			{Title: "drop the shorter one, or raise it to at least 6h"},
			{Applicability: diag.Machine, Edits: []diag.Edit{{Span: at(t, src, "2h"), New: "6h"}}},
			{Title: "keep both", Applicability: diag.Maybe},
		},
	}))
	golden(t, "nowhere", render(t, diag.Diagnostic{
		Code: diag.UnusedImport, Severity: diag.Warning, Message: "a headline with a \x1b[31mcolour\x1b[0m\nand a second line",
		Notes: []string{"control \x00 characters and \xff bytes"},
	}))
	golden(t, "wrapped_help", render(t, diag.Diagnostic{
		Code: diag.JSONField, Message: "`json` has no known fields",
		Primary: diag.Label{Span: at(t, src, "day"), Text: "`payload` is `json`"},
		Fixes: []diag.Fix{{
			Title:         "say what you expect: `let order = payload as Order`; it is checked when this line runs, and a mismatch is reported here",
			Applicability: diag.Maybe,
		}, {
			Title: strings.Repeat("x", 120) + " is longer than a line",
		}},
	}))
	golden(t, "only_elsewhere", render(t, diag.Diagnostic{
		Code: diag.BadInput, Message: "the input does not fit",
		Secondary: []diag.Label{{Span: at(t, src, "day"), Text: "declared here"}},
	}))
}

func TestRenderBoundsTheNumberOfPlaces(t *testing.T) {
	src := diag.NewSource("a.flow", []byte(strings.Repeat("x\n", 100)))
	d := point(0, 1)(t, src)
	for i := range 50 {
		d.Secondary = append(d.Secondary, diag.Label{Span: src.Span(2*i+2, 2*i+3), Text: "again"})
	}
	got := string(render(t, d))
	if n := strings.Count(got, "again"); n != 32 {
		t.Errorf("%d places are shown", n)
	}
	if !strings.Contains(got, "= note: 18 more places are not shown\n") {
		t.Errorf("what is left out is not counted:\n%s", got)
	}
}

func TestRenderReportsTheWritersError(t *testing.T) {
	d := []diag.Diagnostic{{Code: diag.Syntax, Message: "e"}}
	page, _ := diag.Explain(diag.Syntax)
	for name, err := range map[string]error{
		"Render":      diag.Render(full{}, d, diag.Options{}),
		"WriteJSON":   diag.WriteJSON(full{}, d),
		"WriteSARIF":  diag.WriteSARIF(full{}, d, ""),
		"Page.Render": page.Render(full{}, false),
	} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// full is a writer that takes nothing.
type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestRenderColor(t *testing.T) {
	src := diag.NewSource("etl.flow", []byte(etl))
	d := labels("part.id", "expected `Partition`", "day)\n    clean", "unexpected")(t, src)
	d.Fixes = []diag.Fix{{Title: "write `part`", Applicability: diag.Maybe}}
	w := d
	w.Code, w.Severity = diag.UnusedResult, diag.Warning
	var out bytes.Buffer
	if err := diag.Render(&out, []diag.Diagnostic{d, w}, diag.Options{Color: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "color", bytes.ReplaceAll(out.Bytes(), []byte("\x1b"), []byte("␛")))
}

func TestRenderCountsWhatItLeavesOut(t *testing.T) {
	var ds []diag.Diagnostic
	for range 5 {
		ds = append(ds, diag.Diagnostic{Code: diag.UnusedResult, Severity: diag.Warning, Message: "w"})
		ds = append(ds, diag.Diagnostic{Code: diag.Syntax, Message: "e"})
	}
	for _, test := range []struct {
		max, errors, warnings int
		rest                  string
	}{
		{0, 5, 5, ""},
		{10, 5, 5, ""},
		{-1, 5, 5, ""},
		{9, 5, 4, "and 1 more warning\n"},
		{5, 5, 0, "and 5 more warnings\n"},
		{4, 4, 0, "and 1 more error and 5 more warnings\n"},
		{1, 1, 0, "and 4 more errors and 5 more warnings\n"},
	} {
		var out bytes.Buffer
		if err := diag.Render(&out, ds, diag.Options{Max: test.max}); err != nil {
			t.Fatal(err)
		}
		got := out.String()
		if e, w := strings.Count(got, "error["), strings.Count(got, "warning["); e != test.errors || w != test.warnings {
			t.Errorf("Max %d shows %d errors and %d warnings, want %d and %d", test.max, e, w, test.errors, test.warnings)
		}
		if !strings.HasSuffix(got, "\n\n"+test.rest) {
			t.Errorf("Max %d ends in %q, want %q", test.max, got[max(0, len(got)-40):], test.rest)
		}
	}
	many := append(ds, ds...)
	many = append(many, ds...)
	var out bytes.Buffer
	if err := diag.Render(&out, many, diag.Options{}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.HasSuffix(got, "\nand 10 more warnings\n") {
		t.Errorf("30 diagnostics end in %q", got[len(got)-40:])
	}
}
