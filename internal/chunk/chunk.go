// Package chunk reads tests of diagnostics that are written in the language
// itself, each expectation on the line that it is about.
//
// A file holds chunks, parted by lines that are exactly `---`. A chunk is a
// whole flow file. A comment at the end of a line says which findings begin on
// that line, each by its code and, if wanted, a part of its text:
//
//	clean = tranform(raw)   # ERROR F0201 "did you mean"
//	publish(draft)          # ERROR F0202 W0303 "nothing uses"
//
// Where a line cannot carry a comment, another line speaks for it:
// `# ERROR+1 …` is about the next line, `# ERROR-2 …` about the line before
// the last. A chunk without expectations must have no findings.
package chunk

import (
	"fmt"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/flowc/flowc/lang/diag"
)

// Chunk is one test.
type Chunk struct {
	Name   string       // file:line, for t.Run
	Source *diag.Source // the chunk's text behind as many empty lines as precede it, so that its lines have the file's numbers
	Wants  []Want
}

// Want is one expected finding.
type Want struct {
	Line int
	Code diag.Code
	Text string // must occur in the finding; empty means any
}

// String returns w as it is written in a comment.
func (w Want) String() string {
	if w.Text == "" {
		return string(w.Code)
	}
	return fmt.Sprintf("%s %q", w.Code, w.Text)
}

// Read returns the chunks of a file.
func Read(t testing.TB, file string) []Chunk {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	chunks, err := Split(file, string(text))
	if err != nil {
		t.Fatal(err)
	}
	return chunks
}

// Split returns the chunks of a text that came from a file called name.
func Split(name, text string) ([]Chunk, error) {
	var chunks []Chunk
	lines := strings.SplitAfter(text, "\n")
	for from := 0; from < len(lines); {
		to := from
		for to < len(lines) && strings.TrimRight(lines[to], "\r\n") != "---" {
			to++
		}
		body := strings.Repeat("\n", from) + strings.Join(lines[from:to], "")
		c := Chunk{Name: fmt.Sprintf("%s:%d", name, from+1), Source: diag.NewSource(name, []byte(body))}
		for i := from; i < to; i++ {
			wants, err := wantsIn(lines[i], i+1)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
			}
			c.Wants = append(c.Wants, wants...)
		}
		chunks = append(chunks, c)
		from = to + 1
	}
	return chunks, nil
}

var (
	comment = regexp.MustCompile(`# ERROR([+-]\d+)?\s+(.*)$`)
	want    = regexp.MustCompile(`^([FW]\d{4})(?:\s+("(?:[^"\\]|\\.)*"))?\s*`)
)

// wantsIn reads the expectations in one line.
func wantsIn(line string, number int) ([]Want, error) {
	m := comment.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
	if m == nil {
		return nil, nil
	}
	if m[1] != "" {
		offset, err := strconv.Atoi(m[1])
		if err != nil {
			return nil, err
		}
		number += offset
	}
	var wants []Want
	for rest := m[2]; rest != ""; {
		w := want.FindStringSubmatch(rest)
		if w == nil {
			return nil, fmt.Errorf("cannot read the expectation %q", rest)
		}
		text := ""
		if w[2] != "" {
			var err error
			if text, err = strconv.Unquote(w[2]); err != nil {
				return nil, fmt.Errorf("cannot read the text %s: %w", w[2], err)
			}
		}
		wants = append(wants, Want{number, diag.Code(w[1]), text})
		rest = rest[len(w[0]):]
	}
	if wants == nil {
		return nil, fmt.Errorf("an expectation without a code")
	}
	return wants, nil
}

// Check fails t unless the findings about the chunk are those that it expects.
// A finding about another source counts as one without a line.
func Check(t testing.TB, c Chunk, found *diag.List) {
	t.Helper()
	for _, problem := range Compare(c, found) {
		t.Error(problem)
	}
}

// Compare returns a line for each finding that is missing or not expected, in
// the order of the source.
func Compare(c Chunk, found *diag.List) []string {
	type problem struct {
		line int
		text string
	}
	var problems []problem
	used := make([]bool, len(c.Wants))
	for _, d := range found.Sorted() {
		line := 0
		if d.Primary.Source == c.Source {
			line = c.Source.Position(d.Primary.Start).Line
		}
		if i := match(c.Wants, used, line, d); i >= 0 {
			used[i] = true
			continue
		}
		problems = append(problems, problem{line, fmt.Sprintf("%s:%d: unexpected %s", c.Source.Name, line, textOf(d))})
	}
	for i, w := range c.Wants {
		if !used[i] {
			problems = append(problems, problem{w.Line, fmt.Sprintf("%s:%d: missing %s", c.Source.Name, w.Line, w)})
		}
	}
	sort.SliceStable(problems, func(i, j int) bool { return problems[i].line < problems[j].line })
	var out []string
	for _, p := range problems {
		out = append(out, p.text)
	}
	return out
}

// match returns the index of the first unused expectation that d fulfils, -1 if
// there is none.
func match(wants []Want, used []bool, line int, d diag.Diagnostic) int {
	for i, w := range wants {
		if !used[i] && w.Line == line && w.Code == d.Code && strings.Contains(textOf(d), w.Text) {
			return i
		}
	}
	return -1
}

// textOf returns everything that a finding says, a piece a line.
func textOf(d diag.Diagnostic) string {
	parts := []string{fmt.Sprintf("%s: %s", d.Code, d.Message), d.Primary.Text}
	for _, l := range d.Secondary {
		parts = append(parts, l.Text)
	}
	parts = append(parts, d.Notes...)
	for _, f := range d.Fixes {
		parts = append(parts, f.Title)
	}
	return strings.Join(parts, "\n  ")
}
