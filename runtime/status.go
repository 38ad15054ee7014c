package runtime

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// The statuses of a node, and how it comes from one to another:
//
//	waiting ──▶ running ──▶ succeeded ──▶ undone       (also reused; and a run, however it ended)
//	   │           ├──────▶ failed
//	   │           ├──────▶ timed_out
//	   │           ├──────▶ cancelled
//	   │           └──────▶ abandoned    (cancelled, and did not stop in time)
//	   ├──────▶ cancelled
//	   ├──────▶ skipped
//	   └──────▶ reused
//
// A retried block is instantiated anew: what is inside it waits again, under
// fresh ids. That is no move.
var moves = [...]uint16{
	ir.Waiting:   1<<ir.Running | 1<<ir.Cancelled | 1<<ir.Skipped | 1<<ir.Reused,
	ir.Running:   1<<ir.Succeeded | 1<<ir.Failed | 1<<ir.TimedOut | 1<<ir.Cancelled | 1<<ir.Abandoned,
	ir.Succeeded: 1 << ir.Undone,
	ir.Failed:    1 << ir.Undone,
	ir.TimedOut:  1 << ir.Undone,
	ir.Cancelled: 1 << ir.Undone,
	ir.Reused:    1 << ir.Undone,
	ir.Abandoned: 0,
}

// phase is how far a node that runs has come in ending. A node settles in this
// order, and its parent hears of it only when it is over:
//
//	working → unmaking → (backoff → working)* → handling → closing → over
type phase uint8

const (
	working  phase = iota // its members, or its task, are at work
	unmaking              // it ended badly: what was completed inside is undone
	backoff               // it waits for its next attempt
	handling              // its catch, on_failure or on_cancel runs
	closing               // its finally runs
	over
)

func (p phase) String() string {
	return [...]string{"working", "unmaking", "backoff", "handling", "closing", "over"}[p]
}

// moved is one line of a node's history.
type moved struct {
	at       ref
	from, to ir.Status
	seq      int64 // of the event
}

// historySize is how many moves of the whole run are remembered, for the
// message that an illegal one gives.
const historySize = 128

// broken is the panic of an interpreter that contradicts itself. Apply turns
// it into an error; nothing else is recovered.
type broken struct{ message string }

// move changes the status of a node. Nothing else does.
func (m *Machine) move(r ref, to ir.Status) {
	i := r.inst()
	from := i.status
	if int(from) >= len(moves) || moves[from]&(1<<to) == 0 {
		m.bug(r, fmt.Sprintf("may not move from %v to %v", from, to))
	}
	i.status = to
	m.history[m.moves%historySize] = moved{r, from, to, m.seq}
	m.moves++
	if !m.quiet && r.node().shown {
		m.report(r, from, to)
	}
}

// bug ends the current Apply with an error that shows the node's history.
func (m *Machine) bug(r ref, what string) {
	var b strings.Builder
	fmt.Fprintf(&b, "this is a bug in flowc: node %s %s\n", m.id(r), what)
	fmt.Fprintf(&b, "  at event %d, in phase %v\n", m.seq, r.inst().phase)
	for k := max(0, m.moves-historySize); k < m.moves; k++ {
		if h := m.history[k%historySize]; h.at == r {
			fmt.Fprintf(&b, "  event %d: %v to %v\n", h.seq, h.from, h.to)
		}
	}
	panic(broken{b.String()})
}

// bad reports whether s is an end that a parent counts as a failure.
func bad(s ir.Status) bool { return s == ir.Failed || s == ir.TimedOut }

// well reports whether a node of status s has given its value.
func well(s ir.Status) bool { return s == ir.Succeeded || s == ir.Reused }

// final reports whether a node of status s is no longer at work.
func final(s ir.Status) bool { return s != ir.Waiting && s != ir.Running }
