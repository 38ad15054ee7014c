package diag

import (
	"sort"
	"unicode/utf8"
)

// Source is the text of one file and its line index.
type Source struct {
	Name  string // as the user wrote it, shown in diagnostics
	Text  []byte
	lines []int // byte offset of the start of each line; built on first use
}

// NewSource returns a source named name.
func NewSource(name string, text []byte) *Source { return &Source{Name: name, Text: text} }

// Position is a place for people: line and column from 1, the column counted
// in code points, and the byte offset it was computed from.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Offset int `json:"offset"`
}

// Span returns the span of bytes start to end of s.
func (s *Source) Span(start, end int) Span { return Span{Source: s, Start: start, End: end} }

// Position returns the place of the byte offset. Offsets outside the text are
// moved to its nearest end.
func (s *Source) Position(offset int) Position {
	offset = max(0, min(offset, len(s.Text)))
	s.index()
	line := sort.SearchInts(s.lines, offset+1) - 1
	return Position{
		Line:   line + 1,
		Column: utf8.RuneCount(s.Text[s.lines[line]:offset]) + 1,
		Offset: offset,
	}
}

func (s *Source) index() {
	if s.lines != nil {
		return
	}
	s.lines = append(s.lines, 0)
	for i, b := range s.Text {
		if b == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
}
