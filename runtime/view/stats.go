package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/history"
)

// A Table is aligned in columns.
type Table struct {
	rows  [][]string
	right []bool
}

// NewTable returns a table with these titles. Columns whose title begins with
// a `>`, which is not shown, are aligned to the right.
func NewTable(titles ...string) *Table {
	t := &Table{}
	for k, title := range titles {
		text, right := strings.CutPrefix(title, ">")
		titles[k], t.right = text, append(t.right, right)
	}
	t.Row(titles...)
	return t
}

// Row adds a row. What is in it is escaped.
func (t *Table) Row(cells ...string) {
	row := make([]string, len(cells))
	for k, c := range cells {
		row[k] = string(escape(nil, c))
	}
	t.rows = append(t.rows, row)
}

// Append appends the table, whose lines are at most width columns, if that is
// not 0. A column in which nothing stands but its title is left out.
func (t *Table) Append(b []byte, width int) []byte {
	wides := make([]int, len(t.right))
	used := make([]bool, len(t.right))
	for k, row := range t.rows {
		for c, cell := range row {
			wides[c] = max(wides[c], columns(cell))
			used[c] = used[c] || k > 0 && cell != ""
		}
	}
	for _, row := range t.rows {
		line, shift := "", 0
		for c, cell := range row {
			switch {
			case !used[c]:
				continue
			case t.right[c]:
				line += strings.Repeat(" ", shift) + pad(cell, wides[c])
				shift = 0
			default:
				line += strings.Repeat(" ", shift) + cell
				shift = wides[c] - columns(cell)
			}
			shift += 2
		}
		b = append(append(b, cutTo(strings.TrimRight(line, " "), width, "…")...), '\n')
	}
	return b
}

// Stats writes what some runs took: a table of nodes, the slowest tasks and the
// critical path of the last run.
func Stats(w io.Writer, o *history.StatsReport, opts Options) error {
	v := newView(w, opts)
	width := 0
	if opts.Width != nil || isTerminal(w) {
		width = v.o.Width()
	}
	v.buf = append(v.buf, statsHead(o)...)
	t := NewTable("node", ">count", ">tries", ">p50", ">p95", ">max", ">queue p50", ">p95", ">max", ">critical", "failures")
	for _, n := range o.Nodes {
		if n.Count == 0 { // it was skipped or cancelled whenever it was come to
			continue
		}
		row := []string{n.ID, thousands(n.Count), "", span(n.Time.P50), span(n.Time.P95), span(n.Time.Max), "", "", "", "", failures(n.Failures)}
		if n.Attempts > n.Count {
			row[2] = thousands(n.Attempts)
		}
		if q := n.Queue; q != nil {
			row[6], row[7], row[8] = span(q.P50), span(q.P95), span(q.Max)
		}
		if n.Critical > 0 {
			row[9] = span(n.Critical)
		}
		t.Row(row...)
	}
	v.buf = t.Append(append(v.buf, '\n'), width)
	if len(o.Slowest) > 0 {
		t := NewTable(">slowest", ">queued", "task", "run")
		for _, s := range o.Slowest {
			row := []string{span(s.Time), span(s.Queue), tried(s.Node, s.Attempt), s.Run}
			if o.Runs == 1 {
				row[3] = ""
			}
			t.Row(row...)
		}
		v.buf = t.Append(append(v.buf, '\n'), width)
	}
	v.buf = v.appendPath(v.buf, o, width)
	_, err := w.Write(v.buf)
	return err
}

// statsHead says of what the statistics are.
func statsHead(o *history.StatsReport) string {
	var ends []string
	for s := ir.Waiting; s <= ir.Reused; s++ {
		if n := o.Statuses[s.String()]; n > 0 {
			ends = append(ends, thousands(n)+" "+word(s))
		}
	}
	text := plural(o.Runs, "run") + ": " + strings.Join(ends, ", ")
	switch {
	case o.Time.Max == 0:
	case o.Runs == 1:
		text += " after " + span(o.Time.Max)
	default:
		text += "; p50 " + span(o.Time.P50) + ", p95 " + span(o.Time.P95) + ", max " + span(o.Time.Max)
	}
	return text + "\n"
}

func span(s history.Seconds) string { return took(time.Duration(s.Duration())) }

// tried names an attempt: the first has no number.
func tried(node string, attempt int) string {
	if attempt > 1 {
		return fmt.Sprintf("%s, attempt %d", node, attempt)
	}
	return node
}

// failures lists how many attempts failed with which error, the most frequent
// first.
func failures(of map[string]int) string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if of[a] != of[b] {
			return of[b] - of[a]
		}
		return strings.Compare(a, b)
	})
	for k, name := range names {
		names[k] = thousands(of[name]) + " " + name
	}
	return strings.Join(names, ", ")
}

// mostStretches is how much of a critical path is shown: its ends.
const mostStretches = 40

// appendPath appends the critical path of the last run.
func (v *View) appendPath(b []byte, o *history.StatsReport, width int) []byte {
	if len(o.Path) == 0 {
		return b
	}
	begin := o.Path[0].Began
	t := NewTable(">critical path", ">waited", ">took", "what", "node")
	var sum history.Seconds
	for k, p := range o.Path {
		sum += p.Queue + p.Time
		if n := len(o.Path) - mostStretches; n > 0 && k >= mostStretches/2 && k < len(o.Path)-mostStretches/2 {
			if k == mostStretches/2 {
				t.Row(v.mark.more, "", "", "", thousands(n)+" more")
			}
			continue
		}
		row := []string{"+" + took(time.Duration(p.Began-begin)), "", "", stretch(p.What), tried(p.Node, p.Attempt)}
		if p.Queue > 0 {
			row[1] = span(p.Queue)
		}
		if p.What != "cancel" && p.What != "undo" {
			row[2] = span(p.Time)
		}
		t.Row(row...)
	}
	b = t.Append(append(b, '\n'), width)
	return append(b, "  "+span(sum)+" in all\n"...)
}

// stretch says what a part of the critical path was spent on.
func stretch(what string) string {
	switch what {
	case "retry":
		return "pause before a retry"
	case "timeout":
		return "until the time-out"
	case "grace":
		return "until the grace was over"
	case "signal":
		return "until the signal"
	case "child":
		return "child run"
	case "cancel":
		return "somebody cancelled"
	case "undo":
		return "somebody asked for its undoing"
	}
	return what
}
