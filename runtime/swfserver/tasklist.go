package swfserver

import (
	"container/heap"
	"container/list"
	"context"
	"strconv"
)

// A task waits in a task list to be given to somebody who polls.
type task struct {
	run       *execution
	scheduled int64 // the event that scheduled it
	priority  int64 // higher first
	at        stamp // then earlier first
	order     int64 // then in the order of arrival
	list      *taskList
	index     int // in the list; -1 once it is out
}

// A taskList brings tasks and polls together. It exists while it has either.
type taskList struct {
	in    *taskLists
	name  string
	tasks tasks
	polls list.List // of *poll, the one that has waited longest first
}

// taskLists are the lists of one sort, decisions or activities, in a domain.
type taskLists struct {
	byName map[string]*taskList
	start  func(*task, *poll) any // starts a task; its result is the poll's answer
	server *Server
	rates  map[string]*buckets // of what comes into a list, by its name
}

// A poll is a request that waits for a task.
type poll struct {
	ctx      context.Context // of the request
	identity *string
	page     pageInput
	answer   chan any // has room for one
	element  *list.Element
}

func (ls *taskLists) get(name string) *taskList {
	l := ls.byName[name]
	if l == nil {
		l = &taskList{in: ls, name: name}
		ls.byName[name] = l
	}
	return l
}

// release forgets a list that is not used any more.
func (l *taskList) release() {
	if len(l.tasks) == 0 && l.polls.Len() == 0 && l.in.byName[l.name] == l {
		delete(l.in.byName, l.name)
	}
}

// add puts a new task into the list of a name.
func (ls *taskLists) add(name string, t *task) *task {
	t.list = ls.get(name)
	ls.server.orders++
	t.order = ls.server.orders
	heap.Push(&t.list.tasks, t)
	ls.server.ready = append(ls.server.ready, t.list)
	return t
}

// withdraw takes a task out of its list, if it is in one. nil is none.
func (t *task) withdraw() {
	if t != nil && t.index >= 0 {
		heap.Remove(&t.list.tasks, t.index)
		t.list.release()
	}
}

// wait adds a poll to a list.
func (l *taskList) wait(p *poll) {
	p.element = l.polls.PushBack(p)
	l.in.server.ready = append(l.in.server.ready, l)
}

// leave takes a poll out of its list; it reports whether it was still there.
func (l *taskList) leave(p *poll) bool {
	if p.element == nil {
		return false
	}
	l.polls.Remove(p.element)
	p.element = nil
	l.release()
	return true
}

// match gives tasks to polls while there are both. The answers are sent when
// what has happened is on record. A poll whose client has hung up gets none.
func (l *taskList) match() {
	for len(l.tasks) > 0 && l.polls.Len() > 0 {
		p := l.polls.Front().Value.(*poll)
		l.polls.Remove(p.element)
		p.element = nil
		if p.ctx.Err() != nil {
			p.answer <- nil
			continue
		}
		t := heap.Pop(&l.tasks).(*task)
		answer := l.in.start(t, p)
		l.in.server.answers = append(l.in.server.answers, func() { p.answer <- answer })
	}
	l.release()
}

// priority returns a task priority as a number.
func priority(text *string) int64 {
	if text == nil {
		return 0
	}
	n, _ := strconv.ParseInt(*text, 10, 32)
	return n
}

type tasks []*task

var _ heap.Interface = (*tasks)(nil)

func (h tasks) Len() int { return len(h) }

func (h tasks) Less(i, j int) bool {
	a, b := h[i], h[j]
	switch {
	case a.priority != b.priority:
		return a.priority > b.priority
	case a.at != b.at:
		return a.at < b.at
	}
	return a.order < b.order
}

func (h tasks) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *tasks) Push(v any) {
	t := v.(*task)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *tasks) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
