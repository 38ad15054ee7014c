package swfserver

import "container/heap"

// A deadline is something that is to happen at a time: a timer, a time-out or
// the end of a retention. All those of a server are in one heap.
type deadline struct {
	at    stamp
	order int64 // of deadlines of the same time
	fire  func()
	index int // in the heap; -1 once it is out
}

type deadlines struct {
	heap []*deadline
	last int64 // order given
}

var _ heap.Interface = (*deadlines)(nil)

func (d *deadlines) Len() int { return len(d.heap) }

func (d *deadlines) Less(i, j int) bool {
	a, b := d.heap[i], d.heap[j]
	if a.at != b.at {
		return a.at < b.at
	}
	return a.order < b.order
}

func (d *deadlines) Swap(i, j int) {
	d.heap[i], d.heap[j] = d.heap[j], d.heap[i]
	d.heap[i].index, d.heap[j].index = i, j
}

func (d *deadlines) Push(v any) {
	l := v.(*deadline)
	l.index = len(d.heap)
	d.heap = append(d.heap, l)
}

func (d *deadlines) Pop() any {
	l := d.heap[len(d.heap)-1]
	d.heap[len(d.heap)-1] = nil
	d.heap = d.heap[:len(d.heap)-1]
	l.index = -1
	return l
}

// add returns a new deadline.
func (d *deadlines) add(at stamp, fire func()) *deadline {
	d.last++
	l := &deadline{at: at, order: d.last, fire: fire}
	heap.Push(d, l)
	return l
}

// remove takes a deadline out, if it is not out yet. nil is none.
func (d *deadlines) remove(l *deadline) {
	if l != nil && l.index >= 0 {
		heap.Remove(d, l.index)
	}
}

// move sets the time of a deadline that is in.
func (d *deadlines) move(l *deadline, at stamp) {
	if l != nil && l.index >= 0 {
		l.at = at
		heap.Fix(d, l.index)
	}
}

// due takes out and returns the first deadline that is not after now, nil if
// there is none.
func (d *deadlines) due(now stamp) *deadline {
	if len(d.heap) == 0 || d.heap[0].at > now {
		return nil
	}
	return heap.Pop(d).(*deadline)
}
