package decide

import (
	"container/heap"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// state is how far something that the interpreter wants has come.
type state uint8

const (
	wanted state = iota // the service has not taken it
	taken               // it is open
	gone                // it has ended, or was refused for good
)

// class is a kind of work: each has a limit of its own.
type class uint8

const (
	task class = iota
	lambda
	child
	classes
)

// work is an attempt of an activity, or a child run.
type work struct {
	class   class
	node    string
	attempt int
	id      string // activityId, id of the Lambda task, workflowId
	task    *runtime.Task
	child   *runtime.Child

	state    state
	order    []int32 // place in the document
	turn     int     // among those of the same place
	at       int     // in the heap of its queue, -1 if it is not there
	event    int64   // that made it open
	started  bool    // child: it runs
	unwanted bool    // its end is wanted
	asked    bool    // so the service was told
	refusals int

	settings wire.Settings   // child
	decision *types.Decision // made when it is first needed
}

// before reports whether w is to begin before v: in document order.
func (w *work) before(v *work) bool {
	if c := slices.Compare(w.order, v.order); c != 0 {
		return c < 0
	}
	return w.turn < v.turn
}

// queue is the work of one class that is wanted and that the service has not
// taken, and how much of it may be open.
type queue struct {
	ready  workHeap
	open   int
	window int
	pause  pause
}

type workHeap []*work

func (h workHeap) Len() int           { return len(h) }
func (h workHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h workHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

// Push is for the heap package.
func (h *workHeap) Push(x any) {
	w := x.(*work)
	w.at = len(*h)
	*h = append(*h, w)
}

// Pop is for the heap package.
func (h *workHeap) Pop() any {
	n := len(*h) - 1
	w := (*h)[n]
	(*h)[n] = nil
	*h = (*h)[:n]
	w.at = -1
	return w
}

func (q *queue) add(w *work) { heap.Push(&q.ready, w) }

func (q *queue) remove(w *work) {
	if w.at >= 0 {
		heap.Remove(&q.ready, w.at)
	}
}

// first returns the first of what is ready, as much of it as may be opened
// now, at most n.
func (q *queue) first(n int) []*work {
	n = min(n, q.window-q.open, len(q.ready))
	if n <= 0 || q.pause.on() {
		return nil
	}
	list := make([]*work, n)
	for k := range list {
		list[k] = heap.Pop(&q.ready).(*work)
	}
	for _, w := range list {
		heap.Push(&q.ready, w)
	}
	return list
}

// shrink takes note that no more can be open than are.
func (q *queue) shrink() { q.window = max(1, min(q.window, q.open)) }

// pause keeps the interpreter's wishes from the service for a while, after it
// has refused some because there were too many at a time. It is longer each
// time, until something is taken.
type pause struct {
	times    int
	waiting  bool  // until the timer fires
	refused  int64 // the decision that was last refused
	accepted int64 // the decision of which something was last taken
}

func (p *pause) on() bool { return p.waiting }

// refuse takes note of a refusal of a part of a decision.
func (p *pause) refuse(decision int64) {
	if p.refused != decision {
		p.refused = decision
		if p.times++; p.accepted == decision {
			p.times = 1
		}
	}
	p.waiting = true
}

// accept takes note of what was taken.
func (p *pause) accept(decision int64) {
	if p.accepted = decision; p.refused != decision {
		p.times = 0
	}
}

// seconds returns how long a pause is.
func (p *pause) seconds() int { return 1 << min(p.times-1, 6) }
