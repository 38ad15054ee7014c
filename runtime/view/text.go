package view

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// escape appends s so that it is one line that a terminal shows and does not
// obey. A tab stays a tab.
func escape(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(s); {
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			b = append(b, '\\', 'x', hex[s[i]>>4], hex[s[i]&15])
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\t')
		case c < ' ' || c >= 0x7f && c < 0xa0:
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		case commands(c):
			b = append(b, `\u`...)
			b = append(b, hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15])
		default:
			b = append(b, s[i:i+size]...)
		}
		i += size
	}
	return b
}

// commands reports whether a character that is not a control character of
// ASCII's kind changes how what stands beside it is shown: line and paragraph
// separators, and what turns the direction of writing.
func commands(c rune) bool {
	return c == 0x2028 || c == 0x2029 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 ||
		c == 0x200e || c == 0x200f || c == 0x061c || c == 0xfeff
}

// withoutColor removes what only sets colours (ESC [ … m) from a line of a
// log: programs that were told to use them meant a terminal of their own.
func withoutColor(line []byte) []byte {
	clean := line[:0:0]
	from := 0
	for i := 0; i+1 < len(line); i++ {
		if line[i] != 0x1b || line[i+1] != '[' {
			continue
		}
		k := i + 2
		for k < len(line) && (line[k] >= '0' && line[k] <= '9' || line[k] == ';' || line[k] == ':') {
			k++
		}
		if k < len(line) && line[k] == 'm' {
			clean = append(clean, line[from:i]...)
			from = k + 1
		}
		i = k - 1
	}
	if from == 0 {
		return line
	}
	return append(clean, line[from:]...)
}

// columns returns how wide s is on a terminal.
func columns(s string) int {
	n := 0
	for _, c := range s {
		n += wide.RuneWidth(c)
	}
	return n
}

// wide counts columns. Characters whose width depends on the font are taken
// for narrow, as terminals do; the environment is not asked.
var wide = &runewidth.Condition{StrictEmojiNeutral: true}

// cut shortens s to at most width columns, with more at its end if something
// is left out.
func cut(s string, width int, more string) string {
	if columns(s) <= width {
		return s
	}
	room := width - columns(more)
	if room < 0 {
		return ""
	}
	n := 0
	for i, c := range s {
		if n += wide.RuneWidth(c); n > room {
			return s[:i] + more
		}
	}
	return s
}

// took writes a duration as people read it: three digits are enough.
func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "0ms"
	case d < time.Second:
		return strconv.Itoa(int(d/time.Millisecond)) + "ms"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Truncate(10*time.Millisecond).Seconds(), 'f', 2, 64) + "s"
	case d < time.Minute:
		return strconv.FormatFloat(d.Truncate(100*time.Millisecond).Seconds(), 'f', 1, 64) + "s"
	}
	return whole(d)
}

// whole writes a duration in whole seconds, for what is still running.
func whole(d time.Duration) string {
	s := int(max(0, d) / time.Second)
	switch {
	case s < 60:
		return strconv.Itoa(s) + "s"
	case s < 3600:
		return strconv.Itoa(s/60) + "m" + twoDigits(s%60) + "s"
	}
	return strconv.Itoa(s/3600) + "h" + twoDigits(s/60%60) + "m"
}

func twoDigits(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

// thousands writes a number with its digits in groups of three.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
