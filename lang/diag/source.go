package diag

import (
	"sort"
	"sync"
)

// Source is the text of one file and its line index. Text must not change
// once a position has been asked for; positions may be asked for concurrently.
type Source struct {
	Name string // as the user wrote it, shown in diagnostics
	Text []byte

	once   sync.Once
	lines  []int // byte offset of the start of each line; built on first use
	points []int // code points before each block of blockSize bytes
}

// blockSize is the number of bytes between two entries of Source.points. It
// bounds what one Position costs, even in a file that is one line of 16 MiB.
const blockSize = 1 << 10

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
	line := s.line(offset)
	start := s.lines[line-1]
	return Position{
		Line:   line,
		Column: s.pointsBefore(offset) - s.pointsBefore(start) + 1,
		Offset: offset,
	}
}

// line returns the number of the line, from 1, that holds the byte offset.
func (s *Source) line(offset int) int {
	s.once.Do(s.index)
	return sort.SearchInts(s.lines, offset+1)
}

// lineSpan returns the bytes of a line, without what ends it.
func (s *Source) lineSpan(line int) (start, end int) {
	s.once.Do(s.index)
	start, end = s.lines[line-1], len(s.Text)
	if line < len(s.lines) {
		end = s.lines[line] - 1
		if end > start && s.Text[end-1] == '\r' {
			end--
		}
	}
	return start, end
}

func (s *Source) index() {
	s.lines = append(s.lines, 0)
	points := 0
	for i, b := range s.Text {
		if i%blockSize == 0 {
			s.points = append(s.points, points)
		}
		if b == '\n' {
			s.lines = append(s.lines, i+1)
		}
		if startsPoint(b) {
			points++
		}
	}
}

// pointsBefore returns the number of code points before the byte offset.
func (s *Source) pointsBefore(offset int) int {
	if offset == 0 {
		return 0
	}
	block := (offset - 1) / blockSize
	points := s.points[block]
	for _, b := range s.Text[block*blockSize : offset] {
		if startsPoint(b) {
			points++
		}
	}
	return points
}

// startsPoint reports whether b is the first byte of a code point. In text
// that is not UTF-8 this is a convention like any other.
func startsPoint(b byte) bool { return b&0xC0 != 0x80 }
