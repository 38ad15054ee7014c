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

// row draws what stands below one source line.
type row struct {
	*page
	s     *snippet
	n     int
	cells cells
}

// note is a mark in cells.
type note struct {
	mark
	from, to int // half-open range of cells
}

// annotate draws the marks of the line: carets, with the text of the
// rightmost mark beside them, then the other texts on lines of their own, from
// right to left, each hanging on a connector.
func (r *row) annotate(marks []mark) {
	if len(marks) == 0 {
		return
	}
	notes := make([]note, len(marks))
	for i, m := range marks {
		from := r.cells.at(m.start)
		notes[i] = note{m, from, max(from+1, r.cells.past(m.end))}
	}
	// Rightmost first; of those that start together, the primary first.
	slices.SortStableFunc(notes, func(a, b note) int {
		return cmp.Or(cmp.Compare(b.from, a.from), rank(a)-rank(b))
	})
	end := 0
	for _, n := range notes {
		end = max(end, n.to)
	}
	r.begin()
	r.carets(notes, end)
	hanging := slices.DeleteFunc(slices.Clone(notes), func(n note) bool { return n.text == "" })
	if len(hanging) > 0 && hanging[0].to == end {
		r.put(r.labelStyle(hanging[0].primary), " "+hanging[0].text)
		hanging = hanging[1:]
	}
	r.endLine()
	r.hang(hanging)
}

func rank(n note) int {
	if n.primary {
		return 0
	}
	return 1
}

// begin puts the gutter and the open brackets.
func (r *row) begin() {
	r.margin("")
	r.slots(r.s, func(b bracket) string {
		if b.covers(r.n-1) || b.first == r.n && r.s.opensLine(b) {
			return "|"
		}
		return " "
	})
}

// carets underlines the notes up to the cell end. Of two that overlap the
// shorter is seen, of two alike the primary.
func (r *row) carets(notes []note, end int) {
	const none, secondary, primary = 0, 1, 2
	longestFirst := slices.Clone(notes)
	slices.SortStableFunc(longestFirst, func(a, b note) int {
		return cmp.Or(cmp.Compare(b.to-b.from, a.to-a.from), rank(b)-rank(a))
	})
	under := make([]uint8, end)
	for _, n := range longestFirst {
		kind := uint8(secondary)
		if n.primary {
			kind = primary
		}
		for i := n.from; i < n.to; i++ {
			under[i] = kind
		}
	}
	for i, kind := range under {
		st, glyph := plain, " "
		switch kind {
		case secondary:
			st, glyph = frame, "-"
		case primary:
			st, glyph = r.faultStyle(), "^"
		}
		if i == end-1 && r.cells[i].text == "\t" {
			r.put(st, glyph) // a label beside it needs no tab
			return
		}
		r.pad(i, st, glyph, kind != none)
	}
}

// hang draws the texts of notes, which are sorted from right to left.
func (r *row) hang(notes []note) {
	if len(notes) == 0 {
		return
	}
	r.connectors(notes)
	r.endLine()
	for i, n := range notes {
		left := slices.Clone(notes[i+1:])
		left = slices.DeleteFunc(left, func(l note) bool { return l.from == n.from })
		at := r.connectors(left)
		for ; at < n.from; at++ {
			r.pad(at, plain, " ", false)
		}
		r.put(r.labelStyle(n.primary), n.text)
		r.endLine()
	}
}

// connectors begins a line with a bar below the first cell of each note, and
// returns the first cell after the last of them.
func (r *row) connectors(notes []note) (at int) {
	r.begin()
	for i := len(notes) - 1; i >= 0; i-- {
		if notes[i].from < at {
			continue // a bar is there already
		}
		for ; at < notes[i].from; at++ {
			r.pad(at, plain, " ", false)
		}
		r.pad(at, r.labelStyle(notes[i].primary), "|", false)
		at++
	}
	return at
}

// pad puts s below cell i, repeated over its columns if fill is set and else
// once. A tab stays a tab, so that what follows is below what it belongs to
// whatever the terminal's tab stops are.
func (r *row) pad(i int, st style, s string, fill bool) {
	c := r.cells[i]
	if c.text == "\t" {
		if s == " " {
			r.put(plain, "\t")
			return
		}
		r.put(st, s)
		if r.column(i)%tabStop != tabStop-1 {
			r.put(plain, "\t")
		}
		return
	}
	if fill {
		r.put(st, strings.Repeat(s, c.width))
		return
	}
	r.put(st, s)
	r.put(plain, strings.Repeat(" ", c.width-1))
}

// column returns the column on the terminal at which cell i starts.
func (r *row) column(i int) int {
	column := r.gutter + len(" | ") + 2*len(r.s.brackets)
	for _, c := range r.cells[:i] {
		if c.text == "\t" {
			column += tabStop - column%tabStop
		} else {
			column += c.width
		}
	}
	return column
}

// brackets draws the lines that open and close brackets at this line.
func (r *row) brackets() {
	for _, b := range r.s.brackets {
		if b.first == r.n && !r.s.opensLine(b) {
			r.arm(b, r.cells.at(b.start), "")
		}
	}
	for _, b := range r.s.brackets {
		if b.last == r.n {
			r.arm(b, r.cells.at(b.end-1), b.text)
		}
	}
}

// arm draws the arm of bracket b that points to a cell, and the text after it.
// The arm that opens starts right of the bracket's column, the one that closes
// at it.
func (r *row) arm(b bracket, to int, text string) {
	st := r.labelStyle(b.primary)
	r.margin("")
	for _, o := range r.s.brackets {
		switch {
		case o.slot > b.slot:
			r.put(st, "_")
		default:
			r.put(plain, " ")
		}
		switch {
		case r.open(o, b):
			r.put(r.labelStyle(o.primary), "|")
		case o.slot > b.slot:
			r.put(st, "_")
		default:
			r.put(plain, " ")
		}
	}
	r.put(st, "_")
	for i := range to {
		r.pad(i, st, "_", true)
	}
	glyph := "-"
	if b.primary {
		glyph = "^"
	}
	r.put(st, glyph)
	if text != "" {
		r.put(st, " "+text)
	}
	r.endLine()
}

// open reports whether bracket o is drawn in the line of an arm of b.
func (r *row) open(o, b bracket) bool {
	switch {
	case o.last == r.n:
		return o.slot >= b.slot // those before have been closed
	case o.first == r.n && !r.s.opensLine(o):
		return o.slot < b.slot || b.last == r.n
	}
	return o.covers(r.n-1) || o.first == r.n
}
