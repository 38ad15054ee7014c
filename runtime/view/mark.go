package view

import (
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// marks are the signs and colours of a view.
type marks struct {
	sign    [ir.Reused + 1]string // by status, each one column wide
	color   [ir.Reused + 1]string // parameters of an SGR sequence
	colored bool
	queued  string // of a task that no worker has taken yet
	bar     string // between a node and a line of its log
	more    string // stands for what is left out
	into    string // between an item and what runs in it
	full    string // a cell of a bar
	empty   string
	times   string // before a number of attempts
}

// Colours, as parameters of SGR. The 16 colours are those that people have
// set up so that they can read them.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
	dim    = "2"
	bold   = "1"
)

func newMarks(o Options) marks {
	m := marks{
		sign:   [...]string{"·", "▶", "✔", "✘", "⏱", "⊘", "↷", "↶", "☠", "↻"},
		color:  [...]string{dim, cyan, green, red, red, yellow, dim, yellow, red, green},
		queued: "◦", bar: "│", more: "…", into: "›", full: "█", empty: "░", times: "×",
	}
	if o.ASCII {
		m.sign = [...]string{".", ">", "+", "x", "t", "o", "-", "u", "!", "="}
		m.queued, m.bar, m.more, m.into, m.full, m.empty, m.times = ":", "|", "...", ">", "#", ".", "x"
	}
	m.colored = o.Color
	return m
}

// paint appends s in a colour.
func (m *marks) paint(b []byte, color, s string) []byte {
	if !m.colored || color == "" {
		return append(b, s...)
	}
	b = append(append(append(b, "\x1b["...), color...), 'm')
	return append(append(b, s...), "\x1b[m"...)
}

// word is a status as it is read in a sentence.
func word(s ir.Status) string { return strings.ReplaceAll(s.String(), "_", " ") }

// Unicode reports whether an environment, such as os.Getenv, promises a
// terminal that can show more than ASCII. Where nothing is said it can.
func Unicode(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(getenv(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return getenv("TERM") != "linux" // whose font has few of our signs
}
