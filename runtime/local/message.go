package local

import (
	"slices"
	"strings"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/journal"
)

// deliver does what a message says. That it was heard is kept together with
// the event that it is; that a kill was, when the run has ended: no event tells
// of it, and who goes on with the run before that is to hear it again.
func (r *Run) deliver(m journal.Message) {
	c := r.courses[m.Run]
	switch {
	case c == nil:
		r.heard = append(r.heard, m.No) // it has ended
		return
	case m.Want == journal.WantKill:
		c.heardAtEnd = append(c.heardAtEnd, m.No)
	default:
		c.heard = append(c.heard, m.No)
		r.touch(c)
	}
	switch {
	case m.Want == journal.WantKill && c == r.root:
		r.killAll()
	case m.Want == journal.WantKill:
		r.kill(c, false)
	case m.Want == journal.WantSignal:
		r.happened(c, runtime.Event{Type: runtime.SignalReceived, Name: m.Name, Result: m.Payload})
	case m.Want == journal.WantCancel && m.Node != "":
		r.happened(c, runtime.Event{Type: runtime.CancelRequested, Node: m.Node})
	case m.Want == journal.WantCancel && c == r.root:
		r.cancelAll()
	case m.Want == journal.WantCancel:
		r.cancel(c)
	}
}

// alone returns the courses that no other waits for, in an order that does not
// change.
func (r *Run) alone() []*course {
	var list []*course
	for _, c := range r.courses {
		if c.parent == nil || c.detached || c.parent.over {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *course) int { return strings.Compare(a.start.Run, b.start.Run) })
	return list
}
