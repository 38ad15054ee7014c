package local

import (
	"sync"
	"time"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work/proc"
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
	run      string // what the first who wants it is called
	node     string
	number   int
	shown    string // the node, as people see it
	task     *runtime.Task
	lane     *lane
	closing  time.Time // when the task's total_timeout passes; zero is never
	deadline time.Time // when the attempt must have ended; zero is never. Set before it runs

	// These are the loop's.
	phase    phase
	alarm    *alarm // of the time-out or grace that it is under; nil if none
	unwanted bool   // the machine has asked for its end
	slain    bool   // it was killed
	first    claim
	others   []*claim
	wanted   int    // claims that were not given up
	same     string // what it does, if it can be joined; else ""

	mu     sync.Mutex
	work   stopper    // nil until the worker has something that can be stopped
	why    proc.Cause // the first reason to stop
	killed bool
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

// A stopper is what an attempt does, seen from without: a [proc.Process], or
// several, or a function.
type stopper interface {
	Stop(why proc.Cause) // asks
	Kill(why proc.Cause) // forces, where that can be done
}

// stop asks the attempt to end.
func (a *attempt) stop(why proc.Cause) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.why == proc.NotStopped {
		a.why = why
	}
	if a.work != nil {
		a.work.Stop(why)
	}
}

// kill ends the attempt.
func (a *attempt) kill() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.why == proc.NotStopped {
		a.why = proc.Cancelled
	}
	a.killed = true
	if a.work != nil {
		a.work.Kill(proc.Cancelled)
	}
}

// does makes s what is stopped when the attempt is. If it was already, s is
// stopped at once.
func (a *attempt) does(s stopper) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.work = s
	switch {
	case a.killed:
		s.Kill(a.why)
	case a.why != proc.NotStopped:
		s.Stop(a.why)
	}
}

// stopped returns why the attempt was stopped, if it was, and whether it was
// killed.
func (a *attempt) stopped() (why proc.Cause, killed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.why, a.killed
}

// late reports whether the deadline has passed.
func (a *attempt) late() bool { return !a.deadline.IsZero() && !time.Now().Before(a.deadline) }
