package local

import (
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work"
)

// A phase is where an attempt is. The loop knows, and nobody else.
//
//	queued ──▶ running ──▶ stopping ──▶ over
//	   │          └────────────────────▶ │
//	   └───────────────────────────────▶ │
type phase uint8

const (
	queued   phase = iota
	running        // a worker has it
	stopping       // a worker has it, and was asked to end it
	over           // its end is known, or it was abandoned
)

// An attempt is one execution of a task. Most often one node of one course
// wants its result; of an idempotent activity, several may.
type attempt struct {
	work.Attempt        // for the first who wants it
	shown        string // the node, as people see it
	lane         *lane
	run          *Run
	groups       []int // slots of its process groups in the store; of the worker

	// These are the loop's.
	phase    phase
	alarm    *alarm // of the time-out or grace that it is under; nil if none
	unwanted bool   // the machine has asked for its end
	slain    bool   // it was killed
	first    claim
	others   []*claim
	wanted   int    // claims that were not given up
	same     string // what it does, if it can be joined; else ""
}

// A claim is that of a node of a course to the result of an attempt.
type claim struct {
	course  *course
	node    string
	number  int // of the node's own attempt
	attempt *attempt
	gone    bool // given up
}

// give gives a claim up.
func (c *claim) give() {
	if !c.gone {
		c.gone = true
		c.attempt.wanted--
	}
}

// claims calls f for the claims that were not given up.
func (a *attempt) claims(f func(*claim)) {
	if !a.first.gone {
		f(&a.first)
	}
	for _, c := range a.others {
		if !c.gone {
			f(c)
		}
	}
}

// alive reports whether a course that was not killed waits for the attempt.
func (a *attempt) alive() bool {
	live := func(c *claim) bool { return !c.gone && !c.course.killed }
	if live(&a.first) {
		return true
	}
	for _, c := range a.others {
		if live(c) {
			return true
		}
	}
	return false
}

// Log implements [work.Watcher].
func (a *attempt) Log(line []byte) {
	a.run.cfg.Observer.Log(a.shown, a.Number, line)
	if s := a.run.cfg.Store; s != nil {
		s.Line(a.run.now(), a.Run, a.Node, a.shown, a.Number, line)
	}
}

// Began implements [work.Watcher].
func (a *attempt) Began(pgid int) {
	if s := a.run.cfg.Store; s != nil {
		a.groups = append(a.groups, s.Began(pgid))
	}
}

// perform performs an attempt.
func (r *Run) perform(a *attempt) runtime.Event {
	e := r.by.Perform(&a.Attempt)
	for _, slot := range a.groups {
		r.cfg.Store.Ended(slot)
	}
	return e
}
