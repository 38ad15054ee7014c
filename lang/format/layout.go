package format

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// width is the number of columns that a line should not exceed.
const width = 100

// A piece is an instruction of the layout.
type piece struct {
	kind pieceKind
	n    int32 // pieceOpen: the index of its pieceClose; pieceIndent: columns; pieceCell: the column
	flag bool  // pieceOpen: the group is broken whatever its length; pieceLine, pieceHard: keep a blank line
	text string
}

type pieceKind uint8

const (
	pieceText    pieceKind = iota
	pieceLine              // text when flat, else a new line
	pieceHard              // a new line
	pieceFlat              // text when flat, else nothing
	pieceBroken            // text when broken, else nothing
	pieceOpen              // starts a group
	pieceClose             // ends it
	pieceIndent            // changes the indentation of the lines that follow
	pieceCell              // when broken, a column may be aligned here
	pieceComment           // a comment for the end of the line
	pieceAbove             // a comment for a line of its own above this one
)

// A line is a line of output before its columns are aligned.
type line struct {
	blank   bool // a blank line stands above
	many    bool // text holds new lines, those of a string literal
	indent  int32
	text    string
	columns int32  // of text, without indentation; of its last line if many
	cell    int32  // the byte of text where blanks may be inserted, 0 for none
	head    int32  // the columns of text before cell
	column  column // what is aligned there
	comment string // at the end of the line, "" for none
}

// A layout turns pieces into lines.
type layout struct {
	lines []line

	hoisted []line // comments that go above cur

	cur    line
	text   strings.Builder // of cur
	indent int32
	broken []bool // of the open groups; the outermost is always broken
}

// run lays out pieces, below a blank line or not, and ends the last line.
func (l *layout) run(pieces []piece, blank bool) {
	l.broken = append(l.broken[:0], true)
	l.start(blank)
	for i := range pieces {
		l.step(pieces, i)
	}
	l.end()
}

func (l *layout) step(pieces []piece, i int) {
	p, broken := &pieces[i], l.broken[len(l.broken)-1]
	switch p.kind {
	case pieceText:
		l.write(p.text)
	case pieceHard:
		l.newline(p.flag)
	case pieceLine:
		if broken {
			l.newline(p.flag)
		} else {
			l.write(p.text)
		}
	case pieceFlat:
		if !broken {
			l.write(p.text)
		}
	case pieceBroken:
		if broken {
			l.write(p.text)
		}
	case pieceOpen:
		l.broken = append(l.broken, p.flag || broken && !fits(pieces[i:], p.n-int32(i), width-l.depth()-l.cur.columns))
	case pieceClose:
		l.broken = l.broken[:len(l.broken)-1]
	case pieceIndent:
		l.indent += p.n
	case pieceCell:
		if broken && l.cur.cell == 0 && !l.cur.many {
			l.cur.cell, l.cur.head, l.cur.column = int32(l.text.Len()), l.cur.columns, column(p.n)
		}
	case pieceComment:
		if l.cur.comment != "" {
			l.above(l.cur.comment)
		}
		l.cur.comment = p.text
	case pieceAbove:
		l.above(p.text)
	}
}

func (l *layout) write(s string) {
	if l.text.Len() == 0 {
		l.cur.indent = l.indent
	}
	l.text.WriteString(s)
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		l.cur.many = true
		l.cur.columns = int32(utf8.RuneCountInString(s[i+1:])) - l.cur.indent
		return
	}
	l.cur.columns += int32(utf8.RuneCountInString(s))
}

// above keeps a comment for a line of its own before the current line: among
// the elements that it ends, if it starts with a closing bracket.
func (l *layout) above(comment string) {
	indent := l.depth()
	if text := l.text.String(); text != "" && strings.IndexByte(")]}", text[0]) >= 0 {
		indent += 2
	}
	l.hoisted = append(l.hoisted, line{
		indent: indent, text: comment, columns: int32(utf8.RuneCountInString(comment)),
	})
}

// depth returns the indentation of the current line, which what follows its
// first text no longer changes.
func (l *layout) depth() int32 {
	if l.text.Len() > 0 {
		return l.cur.indent
	}
	return l.indent
}

func (l *layout) newline(blank bool) {
	if l.empty() {
		l.cur.blank = l.cur.blank || blank
		return
	}
	l.end()
	l.start(blank)
}

func (l *layout) empty() bool { return l.text.Len() == 0 && l.cur.comment == "" }

func (l *layout) start(blank bool) {
	l.cur = line{blank: blank, indent: l.indent}
	l.text.Reset()
}

func (l *layout) end() {
	if !l.empty() {
		l.cur.text = strings.TrimRight(l.text.String(), " ")
		l.lines = append(l.lines, l.cur)
	}
	if len(l.hoisted) > 0 {
		l.hoist()
	}
}

// hoist inserts the comments kept by above before the last line, and before
// the documentation of what that line holds.
func (l *layout) hoist() {
	i := len(l.lines) - 1
	for i > 0 && !l.lines[i].blank && strings.HasPrefix(l.lines[i-1].text, "##") {
		i--
	}
	l.hoisted[0].blank, l.lines[i].blank = l.lines[i].blank, false
	l.lines = slices.Insert(l.lines, i, l.hoisted...)
	l.hoisted = l.hoisted[:0]
}

// fits reports whether what starts with the group pieces[:end] goes, when the
// group is flat, as far as the next possible end of a line within room columns.
// It looks at no more pieces than fill a line.
func fits(pieces []piece, end, room int32) bool {
	flat := true
	for i := range pieces {
		p := &pieces[i]
		// A group that is broken anyway has a line soon after it starts, so
		// there is no need to know where it ends.
		flat = flat && int32(i) < end && !(p.kind == pieceOpen && p.flag)
		switch p.kind {
		case pieceHard:
			return true
		case pieceLine:
			if !flat {
				return true
			}
			room -= int32(len(p.text))
		case pieceFlat:
			if flat {
				room -= int32(len(p.text))
			}
		case pieceText:
			// What is longer than this cannot fit, and is not looked through.
			text, _, many := strings.Cut(p.text[:min(len(p.text), utf8.UTFMax*(width+1))], "\n")
			room -= int32(utf8.RuneCountInString(text))
			if many {
				return room >= 0
			}
		}
		if room < 0 {
			return false
		}
	}
	return true
}
