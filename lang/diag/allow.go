package diag

import (
	"bytes"
	"fmt"
)

// Allow is one `# flow:allow W0603 reason` comment. It suppresses warnings of
// its code whose primary span starts on the comment's own line, or on the next
// line that is not itself such a comment.
type Allow struct {
	Span          // the comment
	Code   Code   // what it allows
	Reason string // why; a comment without a reason is flagged
	Line   int    // the line of the comment, from 1
}

// lineCode is what an Allow reaches: one code on one line.
type lineCode struct {
	source *Source
	line   int
	code   Code
}

// ApplyAllows removes from l the warnings that allows suppress. Errors cannot
// be suppressed. Comments that suppress nothing, or give no reason, are added
// as findings of [UnusedAllow].
func ApplyAllows(l *List, allows []Allow) {
	if len(allows) == 0 {
		return
	}
	reach := reachOf(allows)
	used := make([]bool, len(allows))
	kept := make([]Diagnostic, 0, len(l.all))
	for _, d := range l.all {
		if d.Severity == Warning && d.Primary.Source != nil {
			line := d.Primary.Source.Position(d.Primary.Start).Line
			if by := reach[lineCode{d.Primary.Source, line, d.Code}]; len(by) > 0 {
				for _, i := range by {
					used[i] = true
				}
				continue
			}
		}
		kept = append(kept, d)
	}
	l.all = kept
	for i, a := range allows {
		switch {
		case !used[i]:
			l.Add(a.unused())
		case a.Reason == "":
			l.Add(a.withoutReason())
		}
	}
}

// reachOf returns the indexes of the allows that reach each line and code.
func reachOf(allows []Allow) map[lineCode][]int {
	type place struct {
		source *Source
		line   int
	}
	alone := map[place]bool{} // lines that hold nothing but such a comment
	for _, a := range allows {
		if a.alone() {
			alone[place{a.Source, a.Line}] = true
		}
	}
	reach := map[lineCode][]int{}
	// From the last to the first, so that the end of a stack of comments is
	// known before the comments above it: the cost stays linear.
	next := map[place]int{}
	for i := len(allows) - 1; i >= 0; i-- {
		a := allows[i]
		below := place{a.Source, a.Line + 1}
		target := below.line
		if alone[below] && next[below] != 0 {
			target = next[below]
		}
		next[place{a.Source, a.Line}] = target
		for _, line := range []int{a.Line, target} {
			key := lineCode{a.Source, line, a.Code}
			reach[key] = append(reach[key], i)
		}
	}
	return reach
}

// alone reports whether nothing but white space stands before the comment.
func (a Allow) alone() bool {
	return a.Source != nil && a.start() == a.lineStart()
}

// start returns the offset of the comment or, where white space stands before
// it, of that white space.
func (a Allow) start() int {
	return len(bytes.TrimRight(a.Source.Text[:a.Start], " \t"))
}

// lineStart returns the offset at which the comment's line starts.
func (a Allow) lineStart() int {
	return bytes.LastIndexByte(a.Source.Text[:a.Start], '\n') + 1
}

func (a Allow) unused() Diagnostic {
	d := Diagnostic{
		Code:     UnusedAllow,
		Severity: UnusedAllow.Severity(),
		Message:  fmt.Sprintf("nothing here is flagged as `%s`", a.Code),
		Primary:  Label{Span: a.Span, Text: "suppresses nothing"},
	}
	switch _, known := Explain(a.Code); {
	case !known:
		d.Message = fmt.Sprintf("there is no warning `%s` to allow", a.Code)
		d.Primary.Text = "unknown code"
	case a.Code.Severity() == Error:
		d.Message = fmt.Sprintf("`%s` is an error and cannot be allowed", a.Code)
		d.Primary.Text = "only warnings can be silenced"
	}
	if a.Source != nil {
		d.Fixes = []Fix{{Title: "remove the comment", Applicability: Machine, Edits: []Edit{a.removal()}}}
	}
	return d
}

// removal deletes the comment, and its line if that holds nothing else.
func (a Allow) removal() Edit {
	start, end := a.start(), a.End
	if a.alone() {
		if rest := bytes.IndexByte(a.Source.Text[end:], '\n'); rest >= 0 {
			end += rest + 1
		}
	}
	return Edit{Span: a.Source.Span(start, end)}
}

func (a Allow) withoutReason() Diagnostic {
	return Diagnostic{
		Code:     UnusedAllow,
		Severity: UnusedAllow.Severity(),
		Message:  fmt.Sprintf("this comment does not say why `%s` is allowed", a.Code),
		Primary:  Label{Span: a.Span, Text: "no reason"},
		Fixes:    []Fix{{Title: fmt.Sprintf("write the reason after the code: `# flow:allow %s best-effort notification`", a.Code)}},
	}
}
