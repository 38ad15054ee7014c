package sim

import (
	"cmp"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// class orders what is due at one instant.
type class uint8

const (
	stopped  class = iota // the answer to a cancel, the start and end of child runs
	outside               // cancels and signals of the script
	workDone              // a call ends
	timer
)

// pending is an event to come.
type pending struct {
	due   ir.Time
	class class
	order []int32 // place of the node in document order
	seq   int     // in the order of asking
	run   *run
	event runtime.Event
	call  *Call // workDone: what ends
	gone  bool  // it was cancelled, or has happened
}

func (p *pending) compare(q *pending) int {
	return cmp.Or(
		cmp.Compare(p.due, q.due),
		cmp.Compare(p.class, q.class),
		slices.Compare(p.order, q.order),
		cmp.Compare(p.seq, q.seq),
	)
}

// queue is a heap of events to come, for container/heap.
type queue []*pending

func (q queue) Len() int           { return len(q) }
func (q queue) Less(a, b int) bool { return q[a].compare(q[b]) < 0 }
func (q queue) Swap(a, b int)      { q[a], q[b] = q[b], q[a] }

// Push is called by container/heap.
func (q *queue) Push(x any) { *q = append(*q, x.(*pending)) }

// Pop is called by container/heap.
func (q *queue) Pop() any {
	old := *q
	last := len(old) - 1
	p := old[last]
	old[last] = nil
	*q = old[:last]
	return p
}
