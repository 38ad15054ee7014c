package decide

import (
	"container/heap"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir/limits"
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
	lost     bool    // it did not end in time, and nobody waits for it any more
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
	lost   int // of those that are open
	window int // how much that is waited for may be open
	limit  int // how much the service lets be open, as far as it has said so; 0 is no bound
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
	n = q.pause.allowed(min(n, q.room()))
	if n <= 0 {
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

// room returns how much of what is ready might be open beside the rest.
func (q *queue) room() int {
	room := min(q.window-q.busy(), len(q.ready))
	if q.limit > 0 {
		room = min(room, q.limit-q.open)
	}
	return room
}

// busy returns how much is open that is waited for.
func (q *queue) busy() int { return q.open - q.lost }

// shrink takes note that no more can be open than are. What is lost counts, but
// it ends some time, and makes room then.
func (q *queue) shrink() {
	if q.limit == 0 || q.open < q.limit {
		q.limit = max(1, q.open)
	}
}

// pause keeps the interpreter's wishes from the service for a while, after it
// has refused some because there were too many at a time. It is longer each
// time, until something is taken. Then as many are tried as were taken before,
// then twice as many, and so on.
type pause struct {
	times    int
	waiting  bool  // until the timer fires
	refused  int64 // the decision that was last refused
	accepted int64 // the decision of which something was last taken
	taken    int   // how much of that
	most     int   // that may be tried in one decision; 0 is no bound
}

func (p *pause) on() bool { return p.waiting }

// allowed returns how many of n may be tried now.
func (p *pause) allowed(n int) int {
	switch {
	case p.waiting:
		return 0
	case p.most > 0:
		return min(n, p.most)
	}
	return n
}

// refuse takes note of a refusal of a part of a decision.
func (p *pause) refuse(decision int64) {
	if p.refused != decision {
		p.refused = decision
		p.times++
		p.most = 1
		if p.accepted == decision {
			p.times, p.most = 1, p.taken
		}
	}
	p.waiting = true
}

// accept takes note of what was taken.
func (p *pause) accept(decision int64) {
	if p.accepted != decision {
		p.accepted, p.taken = decision, 0
		if p.refused != decision {
			p.times = 0
			if p.most *= 2; p.most > limits.Decisions {
				p.most = 0
			}
		}
	}
	p.taken++
}

// seconds returns how long a pause is.
func (p *pause) seconds() int { return 1 << min(max(p.times-1, 0), 6) }
