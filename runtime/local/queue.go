package local

import "slices"

// A queue holds the attempts that wait for a free worker. The most urgent come
// first, those of the same priority in the order in which they came.
type queue struct {
	levels []*level // highest priority first; a few at most
}

// level is the part of a queue with one priority.
type level struct {
	priority int
	waiting  []*attempt // from head on; those no longer queued are passed over
	head     int
}

// push adds an attempt.
func (q *queue) push(a *attempt) {
	i, found := slices.BinarySearchFunc(q.levels, a.Task.Priority, func(l *level, p int) int { return p - l.priority })
	if !found {
		q.levels = slices.Insert(q.levels, i, &level{priority: a.Task.Priority})
	}
	l := q.levels[i]
	l.waiting = append(l.waiting, a)
}

// pop takes the first attempt that is still queued, nil if there is none.
func (q *queue) pop() *attempt {
	for _, l := range q.levels {
		for l.head < len(l.waiting) {
			a := l.waiting[l.head]
			l.waiting[l.head] = nil
			l.head++
			if 2*l.head >= len(l.waiting) { // half of it is behind us: O(1) amortised
				n := copy(l.waiting, l.waiting[l.head:])
				clear(l.waiting[n:])
				l.waiting, l.head = l.waiting[:n], 0
			}
			if a.phase == queued && a.alive() {
				return a
			}
		}
	}
	return nil
}

// length returns how many attempts wait, and some that wait no more.
func (q *queue) length() int {
	n := 0
	for _, l := range q.levels {
		n += len(l.waiting) - l.head
	}
	return n
}
