package decide

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// timer is one of a node.
type timer struct {
	node  string
	kind  runtime.TimerKind
	id    string
	due   ir.Time
	turn  int
	state state
	event int64 // that started it
	at    int   // in the heap, -1 if it is not there
	asked bool  // the service was told to cancel it
}

// timerHeap is what the interpreter wants to wait for and the service does not
// know of, the first to fire at the top.
type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].turn < h[j].turn
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

// Push is for the heap package.
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.at = len(*h)
	*h = append(*h, t)
}

// Pop is for the heap package.
func (h *timerHeap) Pop() any {
	n := len(*h) - 1
	t := (*h)[n]
	(*h)[n] = nil
	*h = (*h)[:n]
	t.at = -1
	return t
}

// timers are those of an execution.
type timers struct {
	byID    map[string]*timer // the ones that are wanted, and those that have fired but are not folded
	open    map[int64]*timer  // the ones that the service knows of, by the event that started them
	ready   timerHeap
	window  int
	refused pause // by how often it may start some
}

// want adds a timer.
func (q *timers) want(t *timer) {
	q.byID[t.id] = t
	heap.Push(&q.ready, t)
}

// remove takes a timer that the service does not know of out.
func (q *timers) remove(t *timer) {
	if t.at >= 0 {
		heap.Remove(&q.ready, t.at)
	}
}

// first returns the timers to start now, at most n with those to stop. When no
// more may be open, those that fire last give way to those that fire earlier;
// their turn comes again. As many as leaving says are about to be stopped: they
// leave room now, since nobody says so later.
func (q *timers) first(n, leaving int) (start, stop []*timer) {
	for len(start) < n && len(q.ready) > 0 && len(q.open)-leaving+len(start) < q.window {
		start = append(start, heap.Pop(&q.ready).(*timer))
	}
	if len(q.ready) > 0 && len(start)+2 <= n {
		late := q.latest()
		for len(q.ready) > 0 && len(late) > 0 && len(start)+len(stop)+2 <= n && late[0].due > q.ready[0].due {
			stop, late = append(stop, late[0]), late[1:]
			start = append(start, heap.Pop(&q.ready).(*timer))
		}
	}
	for _, t := range start {
		heap.Push(&q.ready, t)
	}
	return start, stop
}

// latest returns the timers that run, those that fire last first.
func (q *timers) latest() []*timer {
	late := make([]*timer, 0, len(q.open))
	for _, t := range q.open {
		if !t.asked && q.byID[t.id] == t {
			late = append(late, t)
		}
	}
	slices.SortFunc(late, func(a, b *timer) int {
		return cmp.Or(cmp.Compare(b.due, a.due), cmp.Compare(a.id, b.id))
	})
	return late
}
