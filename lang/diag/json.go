package diag

import (
	"bufio"
	"encoding/json"
	"io"
)

// jsonSpan is a range of a file; End is exclusive.
type jsonSpan struct {
	File  string   `json:"file"`
	Start Position `json:"start"`
	End   Position `json:"end"`
}

type jsonLabel struct {
	jsonSpan
	Label   string `json:"label"`
	Primary bool   `json:"primary"`
}

type jsonEdit struct {
	jsonSpan
	New string `json:"new"`
}

type jsonFix struct {
	Title         string        `json:"title"`
	Applicability Applicability `json:"applicability"`
	Edits         []jsonEdit    `json:"edits"`
}

type jsonDiagnostic struct {
	Code     Code        `json:"code"`
	Severity string      `json:"severity"`
	Message  string      `json:"message"`
	Spans    []jsonLabel `json:"spans"`
	Notes    []string    `json:"notes"`
	Fixes    []jsonFix   `json:"fixes"`
}

// WriteJSON writes ds to w, one JSON object a line:
//
//	{"code", "severity", "message", "spans": [{"file", "start", "end", "label", "primary"}],
//	 "notes": […], "fixes": [{"title", "applicability", "edits": [{"file", "start", "end", "new"}]}]}
//
// start and end are {"line", "column", "offset"}: line and column from 1, the
// column in code points, the offset in bytes; end is exclusive. The lists are
// never null. A label that is nowhere is a note; a fix without edits is
// advice in words, and then its applicability is "maybe".
func WriteJSON(w io.Writer, ds []Diagnostic) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for i := range ds {
		if err := enc.Encode(toJSON(&ds[i])); err != nil {
			return err
		}
	}
	return out.Flush()
}

func toJSON(d *Diagnostic) jsonDiagnostic {
	j := jsonDiagnostic{
		Code:     d.Code,
		Severity: d.Severity.String(),
		Message:  d.Message,
		Spans:    []jsonLabel{},
		Notes:    d.facts(),
		Fixes:    []jsonFix{},
	}
	if d.Primary.Source != nil {
		j.Spans = append(j.Spans, jsonLabel{toJSONSpan(d.Primary.Span), d.Primary.Text, true})
	}
	for _, l := range d.Secondary {
		if l.Source != nil {
			j.Spans = append(j.Spans, jsonLabel{toJSONSpan(l.Span), l.Text, false})
		}
	}
	for _, f := range d.Fixes {
		fix := jsonFix{Title: f.title(), Applicability: f.Applicability, Edits: []jsonEdit{}}
		if fix.Applicability == "" {
			fix.Applicability = Maybe // advice in words is for a person to weigh
		}
		for _, e := range f.Edits {
			if e.Source != nil {
				fix.Edits = append(fix.Edits, jsonEdit{toJSONSpan(e.Span), e.New})
			}
		}
		j.Fixes = append(j.Fixes, fix)
	}
	return j
}

func toJSONSpan(s Span) jsonSpan {
	return jsonSpan{s.Source.Name, s.Source.Position(s.Start), s.Source.Position(s.End)}
}
