package diag

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Options says how [Render] shows diagnostics. Its zero value is the default.
type Options struct {
	Color bool // use ANSI colours
	Max   int  // how many to show; 0 means 20, less means all
}

const (
	defaultMax = 20
	// maxSecondary is how many secondary labels of one diagnostic are drawn.
	maxSecondary = 32
	// wrapAt is the column at which notes and help are wrapped.
	wrapAt = 100
	// tagAt is the column of the applicability of a fix.
	tagAt = 88
)

// Render writes ds to w in the order given, for people: headline, the source
// lines that it is about with what is to be said about them, notes and help,
// and a blank line. Where there are more than o.Max, errors go before warnings
// and the rest is counted.
//
// Whatever the sources and messages hold, Render writes only valid UTF-8 and,
// colours apart, no control characters but tab and newline.
func Render(w io.Writer, ds []Diagnostic, o Options) error {
	shown, errors, warnings := choose(ds, o.Max)
	p := &painter{color: o.Color, out: bufio.NewWriter(w)}
	for i := range shown {
		renderOne(p, &shown[i])
		p.endLine()
	}
	if rest := countOf(errors, warnings); rest != "" {
		p.put(strong, "and "+rest)
		p.endLine()
	}
	return p.out.Flush()
}

// choose returns the diagnostics to show, and how many errors and warnings are
// left out.
func choose(ds []Diagnostic, most int) (shown []Diagnostic, errors, warnings int) {
	if most == 0 {
		most = defaultMax
	}
	if most < 0 || len(ds) <= most {
		return ds, 0, 0
	}
	for _, d := range ds {
		if d.Severity == Error {
			errors++
		} else {
			warnings++
		}
	}
	showErrors := min(errors, most)
	showWarnings := min(warnings, most-showErrors)
	errors, warnings = errors-showErrors, warnings-showWarnings
	for _, d := range ds {
		left := &showErrors
		if d.Severity == Warning {
			left = &showWarnings
		}
		if *left > 0 {
			*left--
			shown = append(shown, d)
		}
	}
	return shown, errors, warnings
}

// countOf returns "3 more errors and 1 more warning", or "" for none.
func countOf(errors, warnings int) string {
	var parts []string
	for _, c := range []struct {
		n    int
		what string
	}{{errors, "error"}, {warnings, "warning"}} {
		switch {
		case c.n == 1:
			parts = append(parts, "1 more "+c.what)
		case c.n > 1:
			parts = append(parts, fmt.Sprintf("%d more %ss", c.n, c.what))
		}
	}
	return strings.Join(parts, " and ")
}

// page draws one diagnostic.
type page struct {
	*painter
	d      *Diagnostic
	gutter int // width of the line numbers
}

func renderOne(p *painter, d *Diagnostic) {
	pg := &page{painter: p, d: d}
	p.put(pg.faultStyle(), fmt.Sprintf("%s[%s]", d.Severity, safe(string(d.Code))))
	p.put(strong, ": "+safe(d.Message))
	p.endLine()
	snippets := snippetsOf(d)
	for _, s := range snippets {
		pg.gutter = max(pg.gutter, len(strconv.Itoa(s.lastLine())))
	}
	for i, s := range snippets {
		pg.snippet(s, i == 0)
	}
	pg.remarks()
}

func (p *page) faultStyle() style {
	if p.d.Severity == Warning {
		return caution
	}
	return fault
}

// labelStyle returns the style of carets and text of a label.
func (p *page) labelStyle(primary bool) style {
	if primary {
		return p.faultStyle()
	}
	return frame
}

// margin puts the gutter: a line number or "" and a bar.
func (p *page) margin(number string) {
	p.put(frame, strings.Repeat(" ", p.gutter-len(number))+number+" |")
}

// shownSecondary returns the secondary labels that are drawn.
func (d *Diagnostic) shownSecondary() []Label {
	return d.Secondary[:min(len(d.Secondary), maxSecondary)]
}

// remarks puts the notes and the help.
func (p *page) remarks() {
	notes := p.d.facts()
	if rest := len(p.d.Secondary) - maxSecondary; rest > 0 {
		notes = append(notes, fmt.Sprintf("%d more places are not shown", rest))
	}
	for _, n := range notes {
		p.remark("note", n, "")
	}
	for _, f := range p.d.Fixes {
		tag := ""
		if f.Applicability != "" {
			tag = "[fix: " + safe(string(f.Applicability)) + "]"
		}
		p.remark("help", f.title(), tag)
	}
}

// remark puts one note or help, wrapped, with the tag right of its first line.
func (p *page) remark(word, text, tag string) {
	lead := strings.Repeat(" ", p.gutter) + " = "
	indent := len(lead) + len(word) + 2
	width := wrapAt
	if tag != "" {
		width = tagAt - 2
	}
	for i, line := range wrap(text, width-indent) {
		if i > 0 {
			p.put(plain, strings.Repeat(" ", indent))
		} else {
			p.put(frame, lead)
			p.put(remark, word+":")
			p.put(plain, " ")
		}
		p.put(plain, line)
		if i == 0 && tag != "" {
			used := indent + columns(line)
			p.put(faint, strings.Repeat(" ", max(2, tagAt-used))+tag)
		}
		p.endLine()
	}
}

// title returns what the fix does, in words.
func (f Fix) title() string {
	switch {
	case f.Title != "" || len(f.Edits) == 0:
		return f.Title
	case f.Edits[0].New == "":
		return "remove this"
	}
	return "write `" + f.Edits[0].New + "`"
}

// wrap breaks text into lines of at most width columns, at spaces that do not
// stand between backticks, and at its own newlines.
func wrap(text string, width int) []string {
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		line = safe(strings.TrimSuffix(line, "\r"))
		for at := breakAt(line, width); at >= 0; at = breakAt(line, width) {
			lines = append(lines, line[:at])
			line = line[at+1:]
		}
		lines = append(lines, line)
	}
	return lines
}

// columns returns how many columns s takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += widths.RuneWidth(r)
	}
	return n
}

// breakAt returns the index of the space at which line is broken: the last that
// fits in width, else the first. It is -1 if there is none or line fits.
func breakAt(line string, width int) int {
	at, column, quoted := -1, 0, false
	for i, r := range line {
		switch {
		case r == '`':
			quoted = !quoted
		case r == ' ' && !quoted && i > 0:
			at = i
		}
		if column += widths.RuneWidth(r); column > width && at >= 0 {
			return at
		}
	}
	return -1
}
