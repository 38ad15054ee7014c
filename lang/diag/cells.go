package diag

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

const (
	// windowWidth is how many columns of a long line are shown.
	windowWidth = 140
	// windowLead is how many bytes of a long line are shown before the first
	// label.
	windowLead = 40
	// maxMarks is how many combining marks may sit on one character.
	maxMarks = 4
	// tabStop is what terminals use; it matters only where a caret stands
	// under a tab.
	tabStop = 8
	// cut stands for what is left out of a long line.
	cut = "…"
)

// widths measures characters in the same way whatever the locale says.
var widths = &runewidth.Condition{EastAsianWidth: false, StrictEmojiNeutral: true}

// cell is what is drawn for one character of a source line: the character with
// its combining marks, or the escape of one that must not reach a terminal.
type cell struct {
	start int    // byte offset in the source
	text  string // what is drawn; "\t" for a tab
	width int    // columns that text takes; 0 for a tab
}

// cells is a source line, or a window into a long one, ready to be drawn. Its
// last cell is empty and stands for what comes after the line's last character.
type cells []cell

// at returns the index of the cell that holds the byte offset; offsets outside
// the window go to its nearest end.
func (c cells) at(offset int) int {
	return max(0, sort.Search(len(c), func(i int) bool { return c[i].start > offset })-1)
}

// past returns the index after the cell that holds the byte before the offset:
// the end of a half-open range of cells.
func (c cells) past(offset int) int { return c.at(offset-1) + 1 }

// layOut returns the cells of the bytes start to end of text. If they are too
// many, it shows those around the byte offset focus.
func layOut(text []byte, start, end, focus int) cells {
	var c cells
	at := start
	if end-start > windowWidth && focus-start > windowWidth/2 {
		at = max(start, min(focus, end-windowLead)-windowLead)
		for range utf8.UTFMax - 1 { // to the start of a code point, if there is one
			if !startsPoint(text[at]) {
				at++
			}
		}
		c = append(c, cell{start, cut, 1})
	}
	used, marks := 0, 0
	for at < end {
		drawn, width, size := draw(text[at:end], used)
		if width == 0 && drawn != "\t" {
			if n := len(c); n > 0 && marks < maxMarks && c[n-1].width > 0 && c[n-1].text != cut {
				c[n-1].text += drawn
				marks++
				at += size
				continue
			}
			drawn, width = escape(text[at : at+size])
		}
		if used+width > windowWidth {
			c = append(c, cell{at, cut, 1})
			break
		}
		c = append(c, cell{at, drawn, width})
		used += max(width, 1)
		marks = 0
		at += size
	}
	return append(c, cell{start: max(end, at), width: 1})
}

// draw returns how the first character of text is drawn, the columns it takes
// and the bytes it has. A combining mark, and a tab, has no columns.
func draw(text []byte, column int) (drawn string, width, size int) {
	r, size := utf8.DecodeRune(text)
	switch {
	case r == '\t':
		return "\t", 0, 1
	case r < utf8.RuneSelf && r >= ' ' && r != 0x7F:
		return string(r), 1, 1
	case r == utf8.RuneError && size <= 1, !printable(r):
		drawn, width = escape(text[:size])
		return drawn, width, size
	}
	return string(r), widths.RuneWidth(r), size
}

// printable reports whether r may be sent to a terminal. Characters that
// steer, hide or reorder text may not: they would show something else than
// what the file says.
func printable(r rune) bool {
	return unicode.IsPrint(r) || r == '\u3000'
}

// escape returns a character written as an escape, and its width.
func escape(char []byte) (string, int) {
	var s string
	r, size := utf8.DecodeRune(char)
	switch {
	case r == utf8.RuneError && size <= 1:
		s = fmt.Sprintf(`\x%02x`, char[0])
	case r == '\r':
		s = `\r`
	case r == '\n':
		s = `\n`
	case r < utf8.RuneSelf:
		s = fmt.Sprintf(`\x%02x`, r)
	default:
		s = fmt.Sprintf(`\u{%x}`, r)
	}
	return s, len(s)
}

// safe returns s with everything escaped that must not reach a terminal.
func safe(s string) string {
	if isSafe(s) {
		return s
	}
	var b strings.Builder
	for at := 0; at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		if r == utf8.RuneError && size <= 1 || !printable(r) {
			drawn, _ := escape([]byte(s[at : at+size]))
			b.WriteString(drawn)
		} else {
			b.WriteString(s[at : at+size])
		}
		at += size
	}
	return b.String()
}

func isSafe(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !printable(r) }) < 0
}
