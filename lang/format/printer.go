package format

import (
	"github.com/flowc/flowc/lang"
)

// A printer emits the pieces of one declaration after the other and lays them
// out. It walks the tree in source order.
type printer struct {
	out      layout
	src      []byte // nil for a tree built by hand
	inline   bool   // nothing may end the line
	comments []lang.Comment
	next     int // the first comment not printed yet
	pieces   []piece
	groups   []group
}

// A group is an open group of the pieces emitted so far.
type group struct {
	open   int32
	broken bool // whatever its length
}

func (p *printer) emit(x piece)  { p.pieces = append(p.pieces, x) }
func (p *printer) text(s string) { p.emit(piece{kind: pieceText, text: s}) }
func (p *printer) line(flat string, blank bool) {
	p.emit(piece{kind: pieceLine, text: flat, flag: blank})
}
func (p *printer) indent(n int32) { p.emit(piece{kind: pieceIndent, n: n}) }
func (p *printer) cell(c column)  { p.emit(piece{kind: pieceCell, n: int32(c)}) }

// hard ends the line, and breaks the group that it stands in.
func (p *printer) hard(blank bool) {
	p.emit(piece{kind: pieceHard, flag: blank})
	p.force()
}

// comment puts text at the end of the line, and breaks the group.
func (p *printer) comment(text string) {
	p.emit(piece{kind: pieceComment, text: text})
	p.force()
}

func (p *printer) force() {
	if n := len(p.groups); n > 0 {
		p.groups[n-1].broken = true
	}
}

func (p *printer) open(broken bool) {
	p.groups = append(p.groups, group{open: int32(len(p.pieces)), broken: broken})
	p.emit(piece{kind: pieceOpen})
}

// close ends a group. If it is broken, so is the one around it. So what has to
// be broken is laid out like what is too long, and formatting again, when both
// are written broken, changes nothing.
func (p *printer) close() {
	n := len(p.groups) - 1
	g := p.groups[n]
	p.groups = p.groups[:n]
	p.pieces[g.open].n, p.pieces[g.open].flag = int32(len(p.pieces)), g.broken
	if n > 0 && g.broken {
		p.groups[n-1].broken = true
	}
	p.emit(piece{kind: pieceClose})
}

// A bracket is how the elements between two brackets are laid out.
type bracket struct {
	open, close string
	pad         string // between the brackets and what is in them, when flat
	commas      bool   // broken elements end in commas
	always      bool   // always broken
}

var (
	round  = bracket{open: "(", close: ")", commas: true}
	square = bracket{open: "[", close: "]", commas: true}
	curly  = bracket{open: "{", close: "}", pad: " "}
	body   = bracket{open: "{", close: "}", always: true}
)

// written reports whether b was broken in the source in the way that is kept.
func written[T lang.Node](p *printer, b bracket, items []T) bool {
	for i := range items {
		if p.startsLine(items[i].Span().Start) {
			return true
		}
		if b.commas {
			break
		}
	}
	return false
}

// bracketed prints items, which item prints one by one, between brackets. The
// closing one stands at end or shortly before it.
func bracketed[T lang.Node](p *printer, b bracket, end int32, items []T, item func(T)) {
	if len(items) == 0 && p.pending(end) == nil {
		p.text(b.open + b.close)
		return
	}
	starts := func(i int) int32 {
		if i < len(items) {
			return items[i].Span().Start
		}
		return end
	}
	p.open(b.always || written(p, b, items))
	p.text(b.open)
	p.indent(2)
	if c := p.pending(starts(0)); c != nil && !c.Own {
		p.comment(p.take(false))
	}
	for i, it := range items {
		if i == 0 {
			p.line(b.pad, false)
		} else {
			p.line(" ", p.gap(starts(i)))
		}
		p.lead(starts(i))
		r := it.Span()
		p.allowing(r, starts(i+1))
		item(it)
		p.rest(r.End)
		switch last := i == len(items)-1; {
		case b.always:
		case b.commas && last:
			p.emit(piece{kind: pieceBroken, text: ","})
		case b.commas:
			p.text(",")
		case !last:
			p.emit(piece{kind: pieceFlat, text: ","})
		}
		p.trailing(r.End, starts(i+1))
	}
	p.dangling(end, len(items) > 0)
	p.indent(-2)
	p.line(b.pad, false)
	p.text(b.close)
	p.close()
}

// series prints items outside brackets with commas between, and a new line
// after those behind which the next item finds no room, unless the next one
// may not start a line.
func series[T lang.Node](p *printer, items []T, startsLine func(T) bool, item func(T)) {
	p.indent(4)
	for i, it := range items {
		r := it.Span()
		if i > 0 {
			p.text(",")
			switch {
			case !startsLine(it):
				p.rest(r.Start)
				p.text(" ")
			case p.trailing(items[i-1].Span().End, r.Start):
				p.hard(false)
			default:
				p.open(p.pending(r.Start) != nil)
				p.line(" ", false)
				p.close()
			}
			p.leadTight(r.Start)
		}
		item(it)
		p.rest(r.End)
	}
	p.indent(-4)
}

// listed prints items outside brackets with commas between, on one line.
func listed[T lang.Node](p *printer, items []T, item func(T)) {
	for i, it := range items {
		if i > 0 {
			p.text(", ")
		}
		item(it)
		p.rest(it.Span().End)
	}
}
