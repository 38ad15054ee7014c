package history

import (
	"errors"
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// A Summary is what a list says about a run.
type Summary struct {
	Run        string             // id; of a service: that of the execution
	WorkflowID string             // of a service; else Run
	Workflow   string             // name
	IR         string             // hash of the program, "" if it is not known
	Status     string             // as in a report: running succeeded failed timed_out cancelled; killed of one that was ended from without
	Started    ir.Time            //
	Ended      ir.Time            // 0 while it runs
	Tags       []string           //
	Parent     *runtime.ParentRun // of a child run
	Alive      bool               // a process drives it, or a service keeps it
}

// A Filter says which runs are wanted. The zero Filter wants all that are no
// child runs.
type Filter struct {
	Prefix   string  // ids that begin so, those of child runs too; "" is any
	Status   string  // "" is any
	Workflow string  // "" is any
	Tag      string  // "" is any
	Since    ir.Time // begun then or later
	Limit    int     // at most so many, the newest; 0 is all
	Children bool    // child runs too
}

// A Record is a run and what happened in it.
type Record struct {
	Summary Summary
	Program *ir.Program      // nil if it cannot be had
	Lost    error            // why that is so
	Events  []runtime.Event  // in order, the first is RunStarted; results in place
	Failure *runtime.Failure // why it was ended, if that was not the interpreter's doing

	then ir.Time // the moment that it is of; 0 is now
}

// Known returns an error that wraps [ErrNoProgram] if there is no program.
func (r *Record) Known() error {
	switch {
	case r.Program != nil:
		return nil
	case r.Lost != nil:
		return fmt.Errorf("%w: %w", ErrNoProgram, r.Lost)
	}
	return ErrNoProgram
}

// A Line is one that an attempt of a task wrote to its log.
type Line struct {
	Seq     int64   `json:"seq"` // among the lines of the run
	Time    ir.Time `json:"time"`
	Node    string  `json:"node"`
	Attempt int     `json:"attempt"`
	Text    string  `json:"text"` // without its end
}

// A LineFilter says which lines are wanted. The zero LineFilter wants all.
type LineFilter struct {
	After   int64  // of a greater Seq
	Node    string // of this node and what is in it; "" is any
	Attempt int    // 0 is any
	Limit   int    // at most so many, the first; 0 is all
}

var (
	// ErrUnknown is wrapped by the errors that say that there is no such run.
	ErrUnknown = errors.New("there is no such run")

	// ErrNoProgram is wrapped by the errors that say that of a run only the
	// events are known, and not the program that says what they mean.
	ErrNoProgram = errors.New("only the events of this run are known, not its program")

	// ErrNoLogs is wrapped by the errors of what keeps runs, but not the logs
	// of their programs.
	ErrNoLogs = errors.New("logs are not kept here")

	// ErrEnded is wrapped by the errors that say that nothing can be asked of
	// a run, as it has ended.
	ErrEnded = errors.New("the run has ended")

	// ErrDead is wrapped by the errors that say that nothing can be asked of a
	// run, as no process drives it.
	ErrDead = errors.New("no process drives the run")
)
