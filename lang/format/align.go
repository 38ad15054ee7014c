package format

import (
	"strings"
	"unicode/utf8"
)

// A column is what a run of lines is aligned at.
type column int32

const (
	colNone     column = iota
	colAssign          // the `=` of a step or an attribute
	colField           // the type or value after `name:`
	colAlias           // the `=` of a type
	colType            // the fields of a type
	colEnum            // the names of an enum
	colError           // the fields of an error
	colActivity        // the attributes of an activity
)

// maxPad is the number of blanks that aligning may insert into a line.
const maxPad = 40

// align inserts blanks so that runs of lines share their columns. A run grows
// line by line for as long as it obeys its limits, so what a line does depends
// on its neighbours only.
func align(lines []line) {
	eachRun(lines, cellOf, func(run []line, head int32) {
		for i := range run {
			l := &run[i]
			pad := head - l.head
			l.text = l.text[:l.cell] + strings.Repeat(" ", int(pad)) + l.text[l.cell:]
			if !l.many {
				l.columns += pad
			}
		}
	})
	eachRun(lines, commentOf, func(run []line, head int32) {
		for i := range run {
			l := &run[i]
			l.text += strings.Repeat(" ", int(head-l.columns))
		}
	})
}

// cellOf returns the columns of l before and after its cell, and what is
// aligned there: colNone if nothing is.
func cellOf(l *line) (head, rest int32, kind column) {
	if l.cell == 0 {
		return 0, 0, colNone
	}
	rest = l.columns - l.head
	if l.many {
		first, _, _ := strings.Cut(l.text[l.cell:], "\n")
		rest = int32(utf8.RuneCountInString(first))
	}
	return l.head, rest, l.column
}

// commentOf returns the columns of l before the comment at its end. The
// comment itself may pass the limit.
func commentOf(l *line) (head, rest int32, kind column) {
	if l.comment == "" || l.text == "" {
		return 0, 0, colNone
	}
	if strings.IndexByte(")]}", l.text[0]) >= 0 {
		return 0, 0, colNone // what ends here began elsewhere
	}
	return l.columns, 0, colAssign
}

// eachRun calls f with each run of two lines or more and the widest head in it.
func eachRun(lines []line, of func(*line) (head, rest int32, kind column), f func(run []line, head int32)) {
	start := 0
	var widest, narrowest, longest int32
	var kind column
	flush := func(end int) {
		if kind != colNone && end-start > 1 {
			f(lines[start:end], widest)
		}
	}
	for i := range lines {
		l := &lines[i]
		head, rest, k := of(l)
		if i > start && k != colNone && k == kind && !l.blank &&
			!lines[i-1].many && l.indent == lines[i-1].indent {
			w, n, r := max(widest, head), min(narrowest, head), max(longest, rest)
			if w-n <= maxPad && l.indent+w+r <= width {
				widest, narrowest, longest = w, n, r
				continue
			}
		}
		flush(i)
		start, kind, widest, narrowest, longest = i, k, head, head, rest
	}
	flush(len(lines))
}

// join writes lines as text.
func join(lines []line) []byte {
	size := 0
	for i := range lines {
		l := &lines[i]
		size += int(l.indent) + len(l.text) + len(l.comment) + 3
	}
	out := make([]byte, 0, size)
	for i := range lines {
		l := &lines[i]
		if l.blank && i > 0 {
			out = append(out, '\n')
		}
		for range l.indent {
			out = append(out, ' ')
		}
		out = append(out, l.text...)
		if l.comment != "" {
			if l.text != "" {
				out = append(out, ' ')
			}
			out = append(out, l.comment...)
		}
		out = append(out, '\n')
	}
	return out
}
