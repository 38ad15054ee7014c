package work

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work/proc"
)

// An Attempt is one execution of a task. A driver fills in the fields, has
// [Performer.Perform] perform it, once, and may call Stop and Kill at any time
// and from any goroutine, before that too.
type Attempt struct {
	Program *Program // that Task.Activity belongs to
	Run     string   // id
	Node    string   // id
	Number  int      // from 1
	Task    *runtime.Task
	Params  map[string]ir.Value // of the program, see [runtime.Machine.Params]
	Trace   string              // W3C trace context for programs; "" is none

	// Deadline is when it must have ended, Closing when the task's total_timeout
	// passes; zero is never. It is the driver who then calls Stop: a Performer
	// only tells of it.
	Deadline, Closing time.Time

	Watcher Watcher // nil is nobody

	mu     sync.Mutex
	does   stopper    // nil until there is something that can be stopped
	why    proc.Cause // the first reason to stop
	killed bool

	facts json.RawMessage // see Details
}

// A Watcher is told of an attempt while it goes on.
type Watcher interface {
	// Log is given a line of the attempt's log, without its end and without
	// secrets. It is valid during the call only. Functions may call it from
	// many goroutines.
	Log(line []byte)

	// Began is told of each program's process group, before anything is read from
	// the program.
	Began(pgid int)
}

// nobody watches nothing.
type nobody struct{}

func (nobody) Log([]byte) {}
func (nobody) Began(int)  {}

// watcher returns who watches the attempt.
func (a *Attempt) watcher() Watcher {
	if a.Watcher == nil {
		return nobody{}
	}
	return a.Watcher
}

// A stopper is what an attempt does, seen from without: a [proc.Process], or
// several, or a function.
type stopper interface {
	Stop(why proc.Cause) // asks
	Kill(why proc.Cause) // forces, where that can be done
}

// Stop asks the attempt to end. A program that does not within the grace is
// made to.
func (a *Attempt) Stop(why proc.Cause) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.why == proc.NotStopped {
		a.why = why
	}
	if a.does != nil {
		a.does.Stop(why)
	}
}

// Kill ends the attempt at once, where that can be done: a function can only be
// asked.
func (a *Attempt) Kill() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.why == proc.NotStopped {
		a.why = proc.Cancelled
	}
	a.killed = true
	if a.does != nil {
		a.does.Kill(proc.Cancelled)
	}
}

// is makes s what is stopped when the attempt is. If it was already, s is
// stopped at once.
func (a *Attempt) is(s stopper) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.does = s
	switch {
	case a.killed:
		s.Kill(a.why)
	case a.why != proc.NotStopped:
		s.Stop(a.why)
	}
}

// Stopped returns why the attempt was stopped, if it was, and whether it was
// killed.
func (a *Attempt) Stopped() (why proc.Cause, killed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.why, a.killed
}

// Details describes, when the attempt was performed, how a program that was
// stopped ended: an object with its exit, its signal and the end of what it
// said, as in a failure; nil for functions, and if nothing was started.
func (a *Attempt) Details() json.RawMessage { return a.facts }

// late reports whether the deadline has passed.
func (a *Attempt) late() bool { return !a.Deadline.IsZero() && !time.Now().Before(a.Deadline) }
