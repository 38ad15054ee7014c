package diag

import (
	"bufio"
	"strings"
)

// style is a role that text plays; colours belong to roles.
type style uint8

const (
	plain     style = iota
	strong          // headlines
	fault           // what is wrong: red for errors
	caution         // what is wrong: yellow for warnings
	frame           // gutter, arrows, secondary labels
	remark          // the words note and help
	faint           // applicability tags
	numStyles int   = iota
)

// sgr is the escape sequence of each style.
var sgr = [numStyles]string{
	plain:   "",
	strong:  "\x1b[1m",
	fault:   "\x1b[1;31m",
	caution: "\x1b[1;33m",
	frame:   "\x1b[1;34m",
	remark:  "\x1b[1;36m",
	faint:   "\x1b[2m",
}

const sgrReset = "\x1b[0m"

// painter writes text line by line. A line loses the white space at its end, so
// what it shows is what a golden file can hold. Errors of the writer are kept
// by out until it is flushed.
type painter struct {
	color bool
	out   *bufio.Writer
	spans []painted // the line being built
}

type painted struct {
	style style
	text  string
}

// put appends text to the line.
func (p *painter) put(s style, text string) {
	if n := len(p.spans); n > 0 && p.spans[n-1].style == s {
		p.spans[n-1].text += text
	} else if text != "" {
		p.spans = append(p.spans, painted{s, text})
	}
}

// endLine finishes the line.
func (p *painter) endLine() {
	for n := len(p.spans); n > 0; n-- {
		last := &p.spans[n-1]
		last.text = strings.TrimRight(last.text, " \t")
		if last.text != "" {
			break
		}
		p.spans = p.spans[:n-1]
	}
	for _, s := range p.spans {
		if p.color && s.style != plain {
			p.out.WriteString(sgr[s.style])
			p.out.WriteString(s.text)
			p.out.WriteString(sgrReset)
		} else {
			p.out.WriteString(s.text)
		}
	}
	p.spans = p.spans[:0]
	p.out.WriteByte('\n')
}
