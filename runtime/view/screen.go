package view

import (
	"slices"
	"strconv"
)

// screen knows what is drawn at the bottom of a terminal, and replaces it. It
// uses few of a terminal's commands, which all terminals know, or ignore:
//
//	CSI n A            cursor up
//	CSI K, CSI J       clear to the end of the line, of the screen
//	CSI ? 7 l, h       lines longer than the terminal are cut, or wrapped
//	CSI ? 25 l, h      the cursor is hidden, or shown
//	CSI ? 2026 h, l    what is in between is shown at once
//
// The cursor rests below the last line. It is never moved above what is drawn,
// so what was printed before stays.
type screen struct {
	drawn         []string // the lines on the screen
	wide          []int    // their columns
	width, height int      // of the terminal then
	hidden        bool     // the cursor is
}

// draw appends what replaces the lines on the screen by others, and prints
// text, which ends a line, above them. It appends nothing if nothing changes.
func (s *screen) draw(b []byte, text []byte, lines []string, width, height int) []byte {
	resized := width != s.width || height != s.height
	if len(text) == 0 && !resized && slices.Equal(lines, s.drawn) {
		return b
	}
	b = append(b, "\x1b[?2026h"...)
	if !s.hidden {
		b = append(b, "\x1b[?25l"...)
		s.hidden = true
	}
	up := s.rows(width, height)
	if up > 0 {
		b = append(strconv.AppendInt(append(b, "\x1b["...), int64(up), 10), 'A')
	}
	b = append(b, '\r')
	if len(text) > 0 || resized {
		b = append(b, "\x1b[J"...)
	}
	b = append(append(b, text...), "\x1b[?7l"...)
	s.wide = s.wide[:0]
	for _, l := range lines {
		b = append(append(b, l...), "\x1b[K\n"...)
		s.wide = append(s.wide, visible(l))
	}
	b = append(b, "\x1b[?7h"...)
	if len(lines) < up {
		b = append(b, "\x1b[J"...)
	}
	s.drawn, s.width, s.height = lines, width, height
	return append(b, "\x1b[?2026l"...)
}

// rows returns how many rows of the screen the drawn lines take up. When a
// terminal has become narrower it has wrapped them; when it has become lower,
// the first have left the screen, and cannot be reached any more.
func (s *screen) rows(width, height int) int {
	rows := len(s.drawn)
	if width < s.width && width > 0 {
		rows = 0
		for _, w := range s.wide {
			rows += max(1, (w+width-1)/width)
		}
	}
	return max(0, min(rows, height-1))
}

// leave appends what gives the terminal back.
func (s *screen) leave(b []byte) []byte {
	if s.hidden {
		b = append(b, "\x1b[?25h"...)
		s.hidden = false
	}
	s.drawn, s.wide = nil, nil
	return b
}

// visible returns the columns of a line that may have colours in it.
func visible(line string) int { return columns(string(withoutColor([]byte(line)))) }
