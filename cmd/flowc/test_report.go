package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/sim"
)

// A plainReport tells people of tests, a line each; of those that failed more.
type plainReport struct {
	*console
	color bool
}

// oneLine returns text as a part of a line that a terminal shows and does not
// obey.
func oneLine(text string) string {
	if !strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return text
	}
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

func (r *plainReport) paint(color, text string) string {
	if !r.color {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func (r *plainReport) result(f *testFile, res *sim.Result) error {
	verdict := r.paint("32", "pass")
	if !res.Passed {
		verdict = r.paint("1;31", "FAIL")
	}
	facts := res.Elapsed.String()
	if res.Runs > 1 {
		facts = plural(res.Runs, "run")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s: %s (%s)\n", verdict, f.name, oneLine(res.Test.Name), facts)
	for _, n := range res.Notes {
		fmt.Fprintf(&b, "      %s\n", n)
	}
	if !res.Passed {
		r.failure(&b, f, res)
	}
	return r.print([]byte(b.String()))
}

// failure shows what was expected, what happened, and how to see it again.
func (r *plainReport) failure(b *strings.Builder, f *testFile, res *sim.Result) {
	for _, p := range res.Problems {
		src, at := f.place(p.At)
		if src == nil {
			fmt.Fprintf(b, "\n      %s\n", oneLine(p.Message))
		} else {
			fmt.Fprintf(b, "\n      %s:%d:%d: %s\n", src.Name, at.Line, at.Column, oneLine(p.Message))
			fmt.Fprintf(b, "      %5d | %s\n", at.Line, oneLine(strings.TrimSpace(sourceLine(src, at))))
		}
		for _, fact := range p.Facts {
			fmt.Fprintf(b, "            = %s\n", oneLine(fact))
		}
	}
	if len(res.Strip) > 0 {
		b.WriteString("\n      what happened:\n")
		strip(b, res.Strip)
	}
	if res.Counterexample != "" {
		b.WriteString("\n      this test fails in the same way:\n\n")
		for line := range strings.Lines(res.Counterexample) {
			b.WriteString("      " + line)
		}
	}
	b.WriteString("\n")
}

// sourceLine returns the line of a position.
func sourceLine(src *diag.Source, at diag.Position) string {
	start := bytes.LastIndexByte(src.Text[:at.Offset], '\n') + 1
	line, _, _ := bytes.Cut(src.Text[start:], []byte("\n"))
	return string(line)
}

// strip shows what happened in a run, as columns.
func strip(b *strings.Builder, lines []sim.Line) {
	const maxPath = 48
	times, paths := 0, 0
	for _, l := range lines {
		times = max(times, len(l.After.String()))
		paths = max(paths, min(maxPath, len([]rune(oneLine(l.Node)))))
	}
	for _, l := range lines {
		text := fmt.Sprintf("        %*s  %-*s  %s", times, l.After, paths, oneLine(l.Node), oneLine(l.Text))
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
}

func (r *plainReport) none(f *testFile) error { return r.printf("%s: no tests\n", f.name) }

func (r *plainReport) covered(f *testFile, c *sim.Cover) error {
	gaps, counts := c.Gaps()
	var parts []string
	for _, n := range counts {
		if n.Count > 0 {
			parts = append(parts, fmt.Sprintf("%d of %d %s", n.Reached, n.Count, n.Kind))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s reached\n", f.name, strings.Join(parts, ", "))
	for _, g := range gaps {
		src, at := f.place(g.At)
		if src != nil {
			fmt.Fprintf(&b, "      %s:%d:%d: %s %s %s\n", src.Name, at.Line, at.Column, g.Kind, g.Path, g.Text)
		}
	}
	return r.print([]byte(b.String()))
}

func (r *plainReport) close(passed, failed int) error {
	return r.printf("%d passed, %d failed\n", passed, failed)
}
