package sim

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// Line is a line of the strip that a failed test shows: something that
// happened to a node.
type Line struct {
	After ir.Duration // since the start
	Node  string      // path; "" for what came from outside
	Text  string
}

// A strip has at most these many lines from the start and the end of a run.
const (
	stripHead = 20
	stripTail = 30
)

// trace gathers what a strip shows. It keeps the first and the last lines.
type trace struct {
	head, tail []Line
	count      int // lines, also those that are not kept
	off        bool
}

func (t *trace) line(l Line) {
	t.count++
	switch {
	case len(t.head) < stripHead:
		t.head = append(t.head, l)
	case len(t.tail) < stripTail:
		t.tail = append(t.tail, l)
	default:
		t.tail[(t.count-1-stripHead)%stripTail] = l
	}
}

// lines returns the strip. A line without node and text stands for those that
// were left out.
func (t *trace) lines() []Line {
	lines := append([]Line(nil), t.head...)
	n := t.count - stripHead
	if n <= stripTail {
		return append(lines, t.tail...)
	}
	lines = append(lines, Line{Text: fmt.Sprintf("… %d more …", n-stripTail)})
	lines = append(lines, t.tail[n%stripTail:]...)
	return append(lines, t.tail[:n%stripTail]...)
}

// add takes in an event with the changes that followed. What goes well is
// shown of leaves only, and what is skipped, or cancelled before it began, of
// the outermost nodes.
func (t *trace) add(w *world, r *run, e runtime.Event, changes []runtime.Change) {
	if t.off {
		return
	}
	at := ir.Duration(w.now - Epoch)
	switch e.Type {
	case runtime.CancelRequested:
		t.line(Line{at, outsideOf(r, e.Node), "asked to cancel"})
	case runtime.SignalReceived:
		t.line(Line{at, r.prefix, "signal " + e.Name})
	case runtime.TaskFailed, runtime.TaskTimedOut, runtime.ChildFailed, runtime.ChildTimedOut:
		if !ends(changes, e.Node) {
			t.line(Line{at, r.path(e.Node), attemptText(e)})
		}
	}
	for k := range changes {
		if text := t.text(r, &changes[k]); text != "" {
			t.line(Line{at, r.path(changes[k].Node), text})
		}
	}
}

// outsideOf returns the path that a cancel names.
func outsideOf(r *run, id string) string {
	if id == "" {
		return r.prefix
	}
	return r.path(id)
}

// ends reports whether changes end a node.
func ends(changes []runtime.Change, id string) bool {
	for k := range changes {
		if c := &changes[k]; c.Node == id && c.Ending == ir.Waiting && c.To != ir.Running {
			return true
		}
	}
	return false
}

func attemptText(e runtime.Event) string {
	word := "failed"
	if e.Type == runtime.TaskTimedOut || e.Type == runtime.ChildTimedOut {
		word = "timed out"
	}
	text := fmt.Sprintf("attempt %d %s", max(1, e.Attempt), word)
	if e.Failure != nil && e.Failure.Message != "" {
		text += ": " + short(e.Failure.Message)
	}
	return text
}

func (t *trace) text(r *run, c *runtime.Change) string {
	if c.Ending != ir.Waiting || c.Parent == "" && r.shownAsCall() {
		return ""
	}
	leaf := c.Kind == "activity" || c.Kind == "wait" || c.Kind == "child"
	root := c.Parent == ""
	word := strings.ReplaceAll(c.To.String(), "_", " ")
	switch c.To {
	case ir.Running:
		return ""
	case ir.Succeeded, ir.Undone:
		if !leaf && !root {
			return ""
		}
		if n := r.nodes[c.Node]; leaf && n != nil && n.ended > n.began && c.To == ir.Succeeded {
			return word + ", after " + ir.Duration(n.ended-n.began).String()
		}
		return word
	case ir.Failed, ir.TimedOut:
		if c.Failure != nil {
			word += because(r, c)
		}
		if c.Absorbed {
			word += " (absorbed)"
		}
		return word
	case ir.Skipped:
		if p := r.nodes[c.Parent]; p != nil && p.status == ir.Skipped {
			return ""
		}
	case ir.Cancelled:
		if p := r.nodes[c.Parent]; p != nil && p.status == ir.Cancelled && !p.ran {
			return ""
		}
	}
	switch n := r.nodes[c.Because]; {
	case c.Because == "":
	case n != nil && (n.status == ir.Failed || n.status == ir.TimedOut):
		word += ": " + r.path(c.Because) + " failed"
	default:
		word += ", because of " + r.path(c.Because)
	}
	return word
}

// because says why a node failed: with its own failure, or by that of a node
// inside it.
func because(r *run, c *runtime.Change) string {
	f := c.Failure
	if f.Node != "" && f.Node != c.Node && ir.StaticID(f.Node) != ir.StaticID(c.Node) {
		return ": " + r.path(f.Node) + " did"
	}
	text := ": "
	if f.Error != runtime.Undeclared && f.Error != runtime.TimeOut && !strings.HasPrefix(f.Message, f.Error) {
		text += f.Error + " "
	}
	return strings.TrimRight(text+short(f.Message), ": ")
}

// maxShown is how much of a value or message is shown, in bytes.
const maxShown = 200

// short returns text as one line of bounded length.
func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return text
}
