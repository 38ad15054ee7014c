package view_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// terminal is a terminal that knows the commands that a view uses, and refuses
// all others. It wraps what is too long, and again when it is resized, and
// keeps what scrolls away.
type terminal struct {
	t             testing.TB
	width, height int
	rows          []row // all rows, those that scrolled away included
	top           int   // the first row on the screen
	r, c          int   // of the cursor, r in rows; c may be width: it wraps with the next character
	noWrap        bool
	hidden        bool
	sync          bool
	writes        int
	frames        int
}

var widths = runewidth.Condition{StrictEmojiNeutral: true}

type row struct {
	cells   []string // "" is the second half of a wide character
	wrapped bool     // it goes on in the next row
}

func newTerminal(t testing.TB, width, height int) *terminal {
	return &terminal{t: t, width: width, height: height, rows: make([]row, 1)}
}

// Write obeys.
func (x *terminal) Write(p []byte) (int, error) {
	x.writes++
	s := string(p)
	for len(s) > 0 {
		switch {
		case strings.HasPrefix(s, "\x1b["):
			k := 2
			for s[k] < '@' {
				k++
			}
			x.command(s[2:k], s[k])
			s = s[k+1:]
		default:
			c, size := utf8.DecodeRuneInString(s)
			x.print(c)
			s = s[size:]
		}
	}
	if x.sync {
		x.t.Error("a write ends within a frame")
	}
	return len(p), nil
}

func (x *terminal) command(args string, name byte) {
	switch string(name) + args {
	case "h?2026":
		x.sync = true
		x.frames++
	case "l?2026":
		x.sync = false
	case "h?25", "l?25":
		x.hidden = name == 'l'
	case "h?7", "l?7":
		x.noWrap = name == 'l'
	case "K":
		x.clear(x.r, x.c)
	case "J":
		x.clear(x.r, x.c)
		for r := x.r + 1; r < len(x.rows); r++ {
			x.rows[r] = row{}
		}
	default:
		n, err := strconv.Atoi(args)
		switch {
		case name == 'A' && err == nil && n > 0:
			x.r = max(x.top, x.r-n)
		case name == 'm': // colours are not looked at
		default:
			x.t.Errorf("unknown command CSI %s%c", args, name)
		}
	}
}

func (x *terminal) clear(r, c int) {
	x.rows[r].cells = x.rows[r].cells[:min(c, len(x.rows[r].cells))]
	x.rows[r].wrapped = false
}

func (x *terminal) print(c rune) {
	switch {
	case c == '\r':
		x.c = 0
	case c == '\n': // a tty puts a \r in front
		x.c = 0
		x.down()
	case c == '\t':
		for x.put(" ", 1); x.c%8 != 0 && x.c < x.width; x.put(" ", 1) {
		}
	case c < ' ' || c >= 0x7f && c < 0xa0:
		x.t.Errorf("control character %q reached the terminal", c)
	default:
		x.put(string(c), widths.RuneWidth(c))
	}
}

func (x *terminal) put(s string, width int) {
	cells := &x.rows[x.r].cells
	if width == 0 {
		for k := min(x.c, len(*cells)) - 1; k >= 0; k-- { // on what stands before the cursor
			if (*cells)[k] != "" {
				(*cells)[k] += s
				break
			}
		}
		return
	}
	if x.c+width > x.width {
		if x.noWrap {
			return
		}
		x.rows[x.r].wrapped = true
		x.c = 0
		x.down()
		x.rows[x.r] = row{}
		cells = &x.rows[x.r].cells
	}
	for len(*cells) < x.c+width {
		*cells = append(*cells, " ")
	}
	(*cells)[x.c] = s
	if width == 2 {
		(*cells)[x.c+1] = ""
	}
	x.c += width
}

func (x *terminal) down() {
	x.r++
	if x.r == len(x.rows) {
		x.rows = append(x.rows, row{})
	}
	x.top = max(x.top, x.r-x.height+1)
}

// lines returns the logical lines, and how many rows each takes up.
func (x *terminal) lines() (lines []string, first []int) {
	for r := 0; r < len(x.rows); r++ {
		first = append(first, r)
		line := strings.Join(x.rows[r].cells, "")
		for x.rows[r].wrapped {
			r++
			line += strings.Join(x.rows[r].cells, "")
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines, first
}

// resize wraps everything anew. The cursor stays in its line, which is empty.
func (x *terminal) resize(width, height int) {
	lines, first := x.lines()
	at := len(lines) - 1
	for k, r := range first {
		if r <= x.r {
			at = k
		}
	}
	*x = terminal{t: x.t, width: width, height: height, rows: make([]row, 1), hidden: x.hidden, writes: x.writes, frames: x.frames}
	cursor := 0
	for k, l := range lines {
		if k == at {
			cursor = x.r
		}
		for _, c := range l {
			x.print(c)
		}
		if k < len(lines)-1 {
			x.c = 0
			x.down()
		}
	}
	x.r, x.c = cursor, 0
	x.top = max(0, min(x.top, cursor))
	x.top = max(x.top, cursor-height+1)
}

// screen returns what is seen.
func (x *terminal) screen() string {
	var b strings.Builder
	for r := x.top; r < len(x.rows) && r < x.top+x.height; r++ {
		b.WriteString(strings.TrimRight(strings.Join(x.rows[r].cells, ""), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
