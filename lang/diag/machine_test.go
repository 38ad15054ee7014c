package diag_test

import (
	"bytes"
	"testing"

	"github.com/flowc/flowc/lang/diag"
)

// forMachines are diagnostics that use every field.
func forMachines(t *testing.T) []diag.Diagnostic {
	t.Helper()
	src := diag.NewSource("dir/a b.flow", []byte("# é\r\nx = tranform(\"日\")\r\n"))
	other := diag.NewSource("/lib/c.flow", []byte("activity transform()\n"))
	end := src.Span(len(src.Text), len(src.Text))
	return []diag.Diagnostic{{
		Code: diag.UnknownCallable, Message: "there is no activity, workflow or canvas named `tranform`",
		Primary: diag.Label{Span: at(t, src, "tranform"), Text: "not found"},
		Secondary: []diag.Label{
			{Span: at(t, other, "transform"), Text: "did you mean <this> one?"},
			{Text: "a label without a place"},
			{Span: at(t, src, "\"日\"")},
		},
		Notes: []string{"a fact"},
		Fixes: []diag.Fix{
			{Title: "write `transform`", Applicability: diag.Machine, Edits: []diag.Edit{
				{Span: at(t, src, "tranform"), New: "transform"}, {Span: end, New: "# fixed\n"}, {Span: at(t, other, "transform"), New: "transform"},
			}},
			{Title: "or declare it"},
		},
	}, {
		Code: diag.UnusedResult, Severity: diag.Warning, Message: "nothing uses `x`",
		Primary: diag.Label{Span: at(t, src, "x"), Text: "bound, never used"},
	}, {
		Code: diag.BadInput, Message: "nowhere",
	}, {
		Code: "F9999", Message: "a code without a page", Primary: diag.Label{Span: end},
	}}
}

func TestJSONLines(t *testing.T) {
	var out bytes.Buffer
	if err := diag.WriteJSON(&out, forMachines(t)); err != nil {
		t.Fatal(err)
	}
	golden(t, "json_lines", out.Bytes())
}

func TestSARIF(t *testing.T) {
	var out bytes.Buffer
	if err := diag.WriteSARIF(&out, forMachines(t), "1.2.3"); err != nil {
		t.Fatal(err)
	}
	golden(t, "sarif", out.Bytes())
}

func TestNothingToReport(t *testing.T) {
	var out bytes.Buffer
	if err := diag.WriteJSON(&out, nil); err != nil || out.Len() > 0 {
		t.Errorf("JSON lines of nothing: %q, %v", out.String(), err)
	}
	if err := diag.Render(&out, nil, diag.Options{}); err != nil || out.Len() > 0 {
		t.Errorf("nothing is shown as %q, %v", out.String(), err)
	}
	if err := diag.WriteSARIF(&out, nil, ""); err != nil {
		t.Fatal(err)
	}
	golden(t, "sarif_empty", out.Bytes())
}

func TestPageForPeople(t *testing.T) {
	page, _ := diag.Explain(diag.HiddenFailure)
	var out bytes.Buffer
	if err := page.Render(&out, false); err != nil {
		t.Fatal(err)
	}
	golden(t, "page", out.Bytes())
	page, _ = diag.Explain(diag.BadInput)
	out.Reset()
	if err := page.Render(&out, true); err != nil {
		t.Fatal(err)
	}
	golden(t, "page_color", bytes.ReplaceAll(out.Bytes(), []byte("\x1b"), []byte("␛")))
}
