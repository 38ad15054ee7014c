// Package diag says what a diagnostic is and how one is shown.
//
// A diagnostic is data: a stable [Code], a [Severity], one headline, spans
// that may lie in different files, notes that state facts and fixes that a
// program may apply. Rendering (terminal, JSON lines, SARIF) is separate and
// reads only that data. The package is a leaf: every room may report, and diag
// imports none of them.
//
// A [Source] is the text of one file. A [Span] is a half-open range of byte
// offsets in a Source; lines and columns are computed only when somebody
// looks, because the front end creates millions of spans and shows a few.
package diag

// Severity says whether a diagnostic stops the work.
type Severity uint8

const (
	// Error stops: the file does not compile.
	Error Severity = iota
	// Warning is heuristic: it never stops the work unless denied.
	Warning
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Span is a half-open range of bytes of a source. The zero Span is "nowhere".
// Start == End is an empty span: it points between two bytes.
type Span struct {
	Source     *Source // nil means nowhere
	Start, End int
}

// Label is a span with what is to be said about it. Text may be empty.
type Label struct {
	Span
	Text string
}

// Applicability says how far a fix may be trusted.
type Applicability string

const (
	// Machine fixes are right by construction: `flowc check --fix` applies them.
	Machine Applicability = "machine"
	// Maybe fixes are likely what was meant; a person decides.
	Maybe Applicability = "maybe"
)

// Edit replaces the text of Span by New.
type Edit struct {
	Span
	New string
}

// Fix is one way out. A fix without edits is advice in words only (a `help`
// line); with edits it can be applied.
type Fix struct {
	Title         string
	Applicability Applicability // empty when there are no edits
	Edits         []Edit
}

// Diagnostic is one finding.
type Diagnostic struct {
	Code      Code
	Severity  Severity
	Message   string  // headline: stands alone, lower case, no full stop
	Primary   Label   // what is wrong here
	Secondary []Label // why; may lie in other files
	Notes     []string
	Fixes     []Fix
}

// facts returns the notes, and what the labels say that have no place to stand
// at. It is never nil.
func (d *Diagnostic) facts() []string {
	facts := append([]string{}, d.Notes...)
	for _, l := range append([]Label{d.Primary}, d.Secondary...) {
		if l.Source == nil && l.Text != "" {
			facts = append(facts, l.Text)
		}
	}
	return facts
}
