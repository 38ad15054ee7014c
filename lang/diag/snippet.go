package diag

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxBrackets is how many labels over several lines are drawn with a bracket
// at the left; of any more, only the first line is marked.
const maxBrackets = 3

// mark is a label on one line: the bytes to underline and what to say.
type mark struct {
	start, end int // bytes of the source; equal for an empty span
	text       string
	primary    bool
}

// bracket is a label over several lines, drawn as a bracket left of them.
type bracket struct {
	mark
	first, last int // lines
	slot        int // column of the bracket, from 0
}

// snippet is what is shown of one source.
type snippet struct {
	source   *Source
	place    int // offset that the header names
	marks    map[int][]mark
	brackets []bracket
	lines    []int // to be shown, ascending
}

func (s *snippet) lastLine() int { return s.lines[len(s.lines)-1] }

// snippetsOf sorts the labels of d by source, the primary's source first.
func snippetsOf(d *Diagnostic) []*snippet {
	var all []*snippet
	bySource := map[*Source]*snippet{}
	add := func(l Label, primary bool) {
		if l.Source == nil {
			return
		}
		s := bySource[l.Source]
		if s == nil {
			s = &snippet{source: l.Source, marks: map[int][]mark{}}
			bySource[l.Source] = s
			all = append(all, s)
			s.place = max(0, min(l.Start, len(l.Source.Text)))
		}
		s.add(l, primary)
	}
	add(d.Primary, true)
	for _, l := range d.shownSecondary() {
		add(l, false)
	}
	for _, s := range all {
		slices.Sort(s.lines)
		s.lines = slices.Compact(s.lines)
		s.assignSlots()
	}
	return all
}

// add adds a label to s.
func (s *snippet) add(l Label, primary bool) {
	text := s.source.Text
	start := max(0, min(l.Start, len(text)))
	end := max(start, min(l.End, len(text)))
	// What ends the last line is no part of what is shown as marked.
	for end > start+1 && (text[end-1] == '\n' || text[end-1] == '\r') {
		end--
	}
	m := mark{start, end, safe(l.Text), primary}
	first, last := s.source.line(start), s.source.line(max(start, end-1))
	s.lines = append(s.lines, first)
	if first == last {
		s.marks[first] = append(s.marks[first], m)
		return
	}
	if len(s.brackets) == maxBrackets {
		_, m.end = s.source.lineSpan(first)
		s.marks[first] = append(s.marks[first], m)
		return
	}
	s.lines = append(s.lines, last)
	s.brackets = append(s.brackets, bracket{mark: m, first: first, last: last})
}

// assignSlots gives outer brackets the columns left of inner ones, so that
// arms do not cross.
func (s *snippet) assignSlots() {
	slices.SortStableFunc(s.brackets, func(a, b bracket) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(b.last, a.last))
	})
	for i := range s.brackets {
		s.brackets[i].slot = i
	}
}

// snippet draws s with its header.
func (p *page) snippet(s *snippet, first bool) {
	arrow := ":::"
	if first {
		arrow = "-->"
	}
	at := s.source.Position(s.place)
	p.put(frame, strings.Repeat(" ", p.gutter)+arrow+" ")
	p.put(plain, fmt.Sprintf("%s:%d:%d", safe(s.source.Name), at.Line, at.Column))
	p.endLine()
	p.margin("")
	p.endLine()
	previous := 0
	for _, n := range s.lines {
		switch {
		case previous > 0 && n == previous+2:
			p.line(s, previous+1)
		case previous > 0 && n > previous+2:
			p.gap(s, previous)
		}
		p.line(s, n)
		previous = n
	}
}

// gap draws the lines left out after the given one.
func (p *page) gap(s *snippet, after int) {
	p.put(frame, "...")
	if slices.ContainsFunc(s.brackets, func(b bracket) bool { return b.covers(after) }) {
		p.put(plain, strings.Repeat(" ", max(0, p.gutter+2-len("..."))))
		p.slots(s, func(b bracket) string {
			if b.covers(after) {
				return "|"
			}
			return " "
		})
	}
	p.endLine()
}

// covers reports whether the bracket is open below the line.
func (b bracket) covers(line int) bool { return b.first <= line && line < b.last }

// slots puts the columns of the brackets, each drawn by glyph, with a space
// before each and after the last.
func (p *page) slots(s *snippet, glyph func(bracket) string) {
	for _, b := range s.brackets {
		p.put(plain, " ")
		if g := glyph(b); g != " " {
			p.put(p.labelStyle(b.primary), g)
		} else {
			p.put(plain, g)
		}
	}
	p.put(plain, " ")
}

// line draws one source line with everything that is said about it.
func (p *page) line(s *snippet, n int) {
	start, end := s.source.lineSpan(n)
	row := &row{page: p, s: s, n: n, cells: layOut(s.source.Text, start, end, s.focus(n, start))}
	p.margin(strconv.Itoa(n))
	p.slots(s, func(b bracket) string {
		switch {
		case b.covers(n - 1):
			return "|"
		case b.first == n && s.opensLine(b):
			return "/"
		}
		return " "
	})
	for _, c := range row.cells {
		p.put(plain, c.text)
	}
	p.endLine()
	row.annotate(s.marks[n])
	row.brackets()
}

// opensLine reports whether b starts at the first character of its line that
// is not white space; then a slash beside the line says enough.
func (s *snippet) opensLine(b bracket) bool {
	start, _ := s.source.lineSpan(b.first)
	return len(bytes.TrimLeft(s.source.Text[start:b.start], " \t")) == 0
}

// focus returns the offset that must be seen of line n: its primary mark, else
// its first mark, else its start.
func (s *snippet) focus(n, start int) int {
	focus := -1
	for _, m := range s.marks[n] {
		if m.primary {
			return m.start
		}
		if focus < 0 || m.start < focus {
			focus = m.start
		}
	}
	for _, b := range s.brackets {
		switch {
		case focus >= 0:
		case b.first == n:
			focus = b.start
		case b.last == n:
			focus = b.end - 1
		}
	}
	return max(focus, start)
}
