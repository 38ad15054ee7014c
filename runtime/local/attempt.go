package local

import (
	"sync"
	"time"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local/proc"
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

// An attempt is one execution of a task.
type attempt struct {
	node     string
	number   int
	task     *runtime.Task
	closing  time.Time // when the task's total_timeout passes; zero is never
	deadline time.Time // when the attempt must have ended; zero is never. Set before it runs

	// These are the loop's.
	phase    phase
	alarm    *alarm // of the time-out or grace that it is under; nil if none
	unwanted bool   // the machine has asked for its end

	mu     sync.Mutex
	work   stopper    // nil until the worker has something that can be stopped
	why    proc.Cause // the first reason to stop
	killed bool
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
