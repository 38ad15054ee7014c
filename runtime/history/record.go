package history

import (
	"errors"

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
	Program *ir.Program
	Events  []runtime.Event // in order, the first is RunStarted; results in place
}

// ErrUnknown is wrapped by the errors that say that there is no such run.
var ErrUnknown = errors.New("there is no such run")
