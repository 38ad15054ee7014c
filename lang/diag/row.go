package diag

import (
	"cmp"
	"slices"
	"strings"
)

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
