package decide

import (
	"encoding/json"
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// Env is what an execution needs of the world around it. One Env may serve any
// number of executions, from any number of goroutines.
type Env struct {
	// Program returns the program with a hash.
	Program func(hash string) (*ir.Program, *runtime.Plan, error)
	// Default returns what an execution is a run of that was started by a
	// client that knows nothing of programs, by the name and version of its
	// type, and the parameters that programs get here. The hash is "" if there
	// is nothing of that name.
	Default func(workflow, version string) (hash string, params map[string]json.RawMessage)
	// Blobs keeps values that are too long for the service; nil keeps none.
	Blobs wire.Blobs
	// Window is how many tasks, children and timers an execution may have open,
	// of each kind; 0 is 900.
	Window int
	// Continue says when an execution continues as a new one.
	Continue Continue
	// Observe is told of everything that happens in an execution, in order,
	// when it is folded; nil is not. What it is given is valid until it returns.
	Observe func(runtime.Event, runtime.Step)
}

// Continue says at how many events of its history an execution continues as a
// new one. The zero Continue is that of the package.
type Continue struct {
	Offer int // a loop that allows it does so between rounds; 0 is 1,000
	Force int // at a moment when no task and no child is open, which is brought about; 0 is 15,000
}

const (
	defaultWindow = 900
	offerContinue = 1_000
	forceContinue = 15_000
)

// window returns how much may be open.
func (e *Env) window() int {
	if e.Window <= 0 {
		return defaultWindow
	}
	return e.Window
}

func (c Continue) offer() int64 {
	if c.Offer <= 0 {
		return offerContinue
	}
	return int64(c.Offer)
}

func (c Continue) force() int64 {
	if c.Force <= 0 {
		return forceContinue
	}
	return int64(c.Force)
}

// UnknownProgramError says that an execution is a run of a program that cannot
// be had here. Somebody else may know it.
type UnknownProgramError struct {
	Hash     string // "" if nobody has said which
	Workflow string
	Err      error
}

// Error names the program.
func (e *UnknownProgramError) Error() string {
	switch {
	case e.Hash == "":
		return fmt.Sprintf("no program here has a workflow `%s`", e.Workflow)
	case e.Err == nil:
		return fmt.Sprintf("program %s has no workflow `%s`", e.Hash, e.Workflow)
	}
	return fmt.Sprintf("program %s of workflow `%s` cannot be had: %v", e.Hash, e.Workflow, e.Err)
}

// Unwrap returns the cause.
func (e *UnknownProgramError) Unwrap() error { return e.Err }

// GapError says that events are missing: the history has to be read from its
// beginning.
type GapError struct{ Want, Got int64 }

// Error says which.
func (e *GapError) Error() string {
	return fmt.Sprintf("event %d of the history is missing: the next that came is %d", e.Want, e.Got)
}

// Divergence says that a history has something that the definition of the flow
// does not lead to, or lacks what it does lead to.
type Divergence struct {
	Event      int64  // where in the history
	Node       string // that it is about, "" for the run
	Recorded   string // "" for nothing
	Definition string // "" for nothing
}

// Error labels both sides.
func (d *Divergence) Error() string {
	side := func(s string) string {
		if s == "" {
			return "nothing of the kind"
		}
		return s
	}
	return fmt.Sprintf("event %d: recorded: %s; this definition: %s", d.Event, side(d.Recorded), side(d.Definition))
}
