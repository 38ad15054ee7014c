package format

import (
	"bytes"
	"sort"
	"strings"

	"github.com/flowc/flowc/lang"
)

// Comments are taken from File.Comments in order, each by the first of these
// that comes across it: the list whose element it stands above or behind, the
// construct that ends after it. So none is lost and none moves past another.

// pending returns the next comment if it starts before pos, else nil.
func (p *printer) pending(pos int32) *lang.Comment {
	if p.next < len(p.comments) && p.comments[p.next].Start < pos {
		return &p.comments[p.next]
	}
	return nil
}

// take passes over the next comment and returns its text. Where a comment gets
// a line that it did not have, `##` becomes `#`: it documented nothing.
func (p *printer) take(moved bool) string {
	c := &p.comments[p.next]
	p.next++
	text := strings.TrimRight(c.Text, " \t\r\n")
	if moved {
		text = "#" + strings.TrimLeft(text, "#")
	}
	return text
}

// trailing puts the comment that follows pos on its line, if it starts before
// limit, at the end of the line, and reports whether there is one.
func (p *printer) trailing(pos, limit int32) bool {
	c := p.pending(limit)
	if c == nil || c.Own || c.Start < pos || bytes.IndexByte(p.src[pos:c.Start], '\n') >= 0 {
		return false
	}
	p.comment(p.take(false))
	return true
}

// allowing puts a `# flow:allow` comment that follows r, all on one line of the
// source, at the end of the line that r will start on: it is about that line,
// also where r no longer fits into it.
func (p *printer) allowing(r lang.Range, limit int32) {
	c := p.pending(limit)
	if c == nil || c.Own || c.Start < r.End || bytes.IndexByte(p.src[r.Start:c.Start], '\n') >= 0 {
		return
	}
	if strings.HasPrefix(strings.TrimLeft(c.Text, "# \t"), "flow:allow") {
		p.comment(p.take(false))
	}
}

// lead puts the comments before pos on lines of their own.
func (p *printer) lead(pos int32) {
	for p.pending(pos) != nil {
		p.own()
		p.hard(p.gap(pos))
	}
}

// leadTight is lead without blank lines.
func (p *printer) leadTight(pos int32) {
	for p.pending(pos) != nil {
		p.own()
		p.hard(false)
	}
}

// dangling puts the comments before end, where a list ends, on lines of their
// own. The first keeps a blank line above if something stands there.
func (p *printer) dangling(end int32, below bool) {
	for ; p.pending(end) != nil; below = true {
		p.hard(below && p.gap(end))
		p.own()
	}
}

// own prints the next comment where a line starts.
func (p *printer) own() { p.text(p.take(!p.comments[p.next].Own)) }

// rest puts the comments before pos, which stand where the line does not end,
// above the line.
func (p *printer) rest(pos int32) {
	for p.pending(pos) != nil {
		p.emit(piece{kind: pieceAbove, text: p.take(true)})
	}
}

// within passes over the comments inside r, which is printed as it was written.
func (p *printer) within(r lang.Range) {
	p.rest(r.Start)
	for p.pending(r.End) != nil {
		p.next++
	}
}

// gap reports whether a blank line was written above what comes next: a
// comment before pos, else what stands at pos.
func (p *printer) gap(pos int32) bool {
	if c := p.pending(pos); c != nil {
		pos = c.Start
	}
	return p.blankBefore(pos)
}

// blankBefore reports whether a blank line stands above the line that starts
// at pos.
func (p *printer) blankBefore(pos int32) bool {
	before, ok := bytes.CutSuffix(p.before(pos), []byte("\n"))
	return ok && bytes.HasSuffix(bytes.TrimRight(before, blanks), []byte("\n"))
}

// startsLine reports whether only blanks stand before pos on its line.
func (p *printer) startsLine(pos int32) bool {
	return bytes.HasSuffix(p.before(pos), []byte("\n"))
}

const blanks = " \t\r"

// before returns the text before pos without the blanks at its end.
func (p *printer) before(pos int32) []byte {
	return bytes.TrimRight(p.src[:min(int(pos), len(p.src))], blanks)
}

// commentIn reports whether a comment starts between start and end.
func (p *printer) commentIn(start, end int32) bool {
	comments := p.comments[p.next:]
	i := sort.Search(len(comments), func(i int) bool { return comments[i].Start >= start })
	return i < len(comments) && comments[i].Start < end
}

// after returns the offset after the first c that follows pos outside comments,
// so that what has no place of its own in the tree can be found.
func (p *printer) after(pos int32, c byte) int32 {
	next := p.next
	for int(pos) < len(p.src) && p.src[pos] != c {
		for next < len(p.comments) && p.comments[next].Start < pos {
			next++
		}
		if next < len(p.comments) && p.comments[next].Start == pos {
			pos = p.comments[next].End
		} else {
			pos++
		}
	}
	return pos + 1
}
