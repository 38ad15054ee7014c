package local

import (
	"container/heap"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// An alarm is something to be done at a certain time: for an attempt, or to
// fire a timer of the machine.
type alarm struct {
	due     ir.Time
	order   int64 // of its setting: alarms due together go off in this order
	place   int   // in the heap
	attempt *attempt
	course  *course // if attempt is nil
	timer   timer   // if attempt is nil
}

// timer names a timer of a machine.
type timer struct {
	node string
	kind runtime.TimerKind
}

// alarms are those that are set, the next first. One time.Timer serves them
// all.
type alarms struct {
	heap  alarmHeap
	set   int64 // how many ever were
	clock *time.Timer
	armed ir.Time // when clock goes off, if it is armed
}

// newAlarms returns none.
func newAlarms() *alarms {
	a := &alarms{clock: time.NewTimer(time.Hour)}
	a.clock.Stop()
	return a
}

// add sets an alarm.
func (a *alarms) add(x *alarm) {
	a.set++
	x.order = a.set
	heap.Push(&a.heap, x)
}

// remove takes an alarm back. One that is not set, or nil, is ignored.
func (a *alarms) remove(x *alarm) {
	if x != nil && x.place >= 0 {
		heap.Remove(&a.heap, x.place)
	}
}

// next takes and returns an alarm that is due, nil if there is none.
func (a *alarms) next(now ir.Time) *alarm {
	if len(a.heap) == 0 || a.heap[0].due > now {
		return nil
	}
	return heap.Pop(&a.heap).(*alarm)
}

// wait returns a channel that is ready when the next alarm is due; nil, which
// never is, if there is none.
func (a *alarms) wait(now ir.Time) <-chan time.Time {
	if len(a.heap) == 0 {
		return nil
	}
	if due := a.heap[0].due; due != a.armed {
		a.armed = due
		a.clock.Reset(time.Duration(due - now))
	}
	return a.clock.C
}

// rang notes that what wait returned was ready.
func (a *alarms) rang() { a.armed = 0 }

// alarmHeap implements heap.Interface.
type alarmHeap []*alarm

func (h alarmHeap) Len() int { return len(h) }

func (h alarmHeap) Less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].order < h[j].order
}

func (h alarmHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push adds an *alarm.
func (h *alarmHeap) Push(x any) {
	a := x.(*alarm)
	a.place = len(*h)
	*h = append(*h, a)
}

// Pop removes the last.
func (h *alarmHeap) Pop() any {
	last := len(*h) - 1
	a := (*h)[last]
	a.place = -1
	(*h)[last] = nil
	*h = (*h)[:last]
	return a
}
