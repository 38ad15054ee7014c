package local

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/flowc/flowc/runtime"
)

// A Message is what somebody outside wants of a run while it is under way.
type Message struct {
	Run     string          // id of the run, or of a child run of it
	Want    Want            //
	Node    string          // WantCancel: the node that is cancelled alone; "" is the run
	Name    string          // WantSignal: of the signal
	Payload json.RawMessage // WantSignal: an object by parameter

	// Taken, if not nil, is called, by one goroutine at a time, when the message is in the log
	// of the run, or is of no use: its run has ended.
	Taken func()
}

// A Want is what is wanted.
type Want string

// Wants.
const (
	WantSignal Want = "signal"
	WantCancel Want = "cancel"
	WantKill   Want = "kill"
)

// deliver does what a message says.
func (r *Run) deliver(m Message) {
	c := r.courses[m.Run]
	if c == nil {
		if m.Taken != nil {
			m.Taken()
		}
		return
	}
	if m.Taken != nil {
		c.taken = append(c.taken, m.Taken)
		r.touch(c)
	}
	switch {
	case m.Want == WantKill && c == r.root:
		r.killAll()
	case m.Want == WantKill:
		r.kill(c, false)
	case m.Want == WantSignal:
		r.happened(c, runtime.Event{Type: runtime.SignalReceived, Name: m.Name, Result: m.Payload})
	case m.Want == WantCancel && m.Node != "":
		r.happened(c, runtime.Event{Type: runtime.CancelRequested, Node: m.Node})
	case m.Want == WantCancel && c == r.root:
		r.cancelAll()
	case m.Want == WantCancel:
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
