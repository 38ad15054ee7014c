package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// alike is how many items of one container, cancelled before they began, are
// shown with a line each. The others are counted: there may be a million.
const alike = 5

// plainChanges shows each change on a line.
func (v *View) plainChanges(now time.Time, changes []runtime.Change) {
	for i := 0; i < len(changes); i++ {
		c := &changes[i]
		v.plainChange(now, c)
		if n := unborn(changes[i:]); n > alike {
			for k := 1; k < alike; k++ {
				v.plainChange(now, &changes[i+k])
			}
			v.stamp(now)
			v.buf = append(escape(v.buf, c.Parent), fmt.Sprintf("  and %s more items cancelled", thousands(n-alike))...)
			v.buf = append(v.buf, '\n')
			i += n - 1
		}
	}
	v.show()
}

// show writes what has been gathered, unless the driver says when.
func (v *View) show() {
	if !v.o.Past && (!v.o.Flushes || len(v.buf) > fullText) {
		v.flush()
	}
}

// unborn returns how many of the first changes are of items of one container
// that were cancelled before they began, for the same reason.
func unborn(changes []runtime.Change) int {
	first := &changes[0]
	for i := range changes {
		c := &changes[i]
		if c.From != ir.Waiting || c.To != ir.Cancelled || !isItem(c) || c.Parent != first.Parent || c.Because != first.Because {
			return i
		}
	}
	return len(changes)
}

// plainChange shows a change: when, which node, its status, how long it took,
// attempts, reason.
func (v *View) plainChange(now time.Time, c *runtime.Change) {
	task := isTask(c)
	begun, known := v.since[c.Node]
	v.countItem(now, c)
	switch {
	case c.Retry != 0:
		if v.leftOut(c.Node, false) {
			return
		}
		v.plainLine(now, c.Node, fmt.Sprintf("attempt %d failed", c.Attempt), reason(c), "retry in "+took(time.Unix(0, int64(c.Retry)).Sub(now)))
		return
	case c.Ending != ir.Waiting:
		if v.leftOut(c.Node, false) {
			return
		}
		v.plainLine(now, c.Node, "ending as "+word(c.Ending), reason(c))
		return
	case c.To != ir.Running:
		delete(v.since, c.Node)
		v.disperse(now, c)
	case task && v.o.Starts: // is shown by Started
		return
	default:
		v.since[c.Node] = now
		if c.Items > many {
			v.crowds[c.Node] = &crowd{id: c.Node, total: c.Items, first: map[string]bool{}}
		}
	}
	if v.leftOut(c.Node, c.To == ir.Failed || c.To == ir.TimedOut) {
		return
	}
	facts := make([]string, 0, 4)
	facts = append(facts, word(c.To))
	if c.To == ir.Running && c.Items > 0 {
		facts = append(facts, thousands(c.Items)+" items")
	}
	if known && c.To != ir.Running {
		facts = append(facts, took(now.Sub(begun)))
	}
	if c.Attempt > 1 && c.To != ir.Undone {
		facts = append(facts, fmt.Sprintf("attempt %d", c.Attempt))
	}
	v.plainLine(now, c.Node, append(facts, reason(c))...)
}

// plainStarted shows that a task is at work: for the first time, or again.
func (v *View) plainStarted(now time.Time, node string, attempt int) {
	if attempt < 2 && !v.o.Starts {
		return
	}
	facts := []string{word(ir.Running)}
	if attempt > 1 {
		facts = append(facts, fmt.Sprintf("attempt %d", attempt))
	}
	if _, again := v.since[node]; !again {
		v.since[node] = now
	}
	if !v.leftOut(node, false) {
		v.plainLine(now, node, facts...)
		v.show()
	}
}

// plainLine writes a line.
func (v *View) plainLine(now time.Time, node string, facts ...string) {
	v.stamp(now)
	v.buf = escape(v.buf, node)
	for _, f := range facts {
		if f != "" {
			v.buf = escape(append(v.buf, "  "...), f)
		}
	}
	v.buf = append(v.buf, '\n')
}

// stamp begins a line with the time since the start of the run.
func (v *View) stamp(now time.Time) {
	v.buf = fmt.Appendf(v.buf, "%8.2fs  ", max(0, now.Sub(v.begin)).Seconds())
}

// reason says why, "" if there is nothing to say.
func reason(c *runtime.Change) string {
	var b strings.Builder
	if c.Failure != nil {
		b.WriteString(why(c.Failure))
		if c.Failure.Node != "" && c.Failure.Node != c.Node {
			b.WriteString(" (" + c.Failure.Node + ")")
		}
	}
	if c.Because != "" && c.Because != c.Node && c.Failure == nil {
		b.WriteString("because of " + c.Because)
	}
	if c.Absorbed {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString("absorbed")
	}
	return b.String()
}

// why is a failure in a sentence: its error, unless that says no more than
// that there is one, and its message.
func why(f *runtime.Failure) string {
	plain := f.Error == "" || f.Error == runtime.Undeclared || f.Error == runtime.TimeOut
	switch {
	case f.Message == "":
		return f.Error
	case plain:
		return f.Message
	}
	return f.Error + ": " + f.Message
}

// appendLog appends a line of a node's log.
func (v *View) appendLog(b []byte, node string, line []byte) []byte {
	b = v.mark.paint(b, dim, string(escape(nil, node))+" "+v.mark.bar)
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if len(line) > 0 {
		b = append(b, ' ')
		b = escape(b, string(withoutColor(line)))
	}
	return append(b, '\n')
}
