package runtime

import (
	"encoding/json"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
)

// CommandType says what a driver is asked to do.
type CommandType string

const (
	ScheduleTask  CommandType = "ScheduleTask"
	CancelTask    CommandType = "CancelTask"  // answer with TaskCancelled, or with how it ended first
	StartTimer    CommandType = "StartTimer"  // Node, Timer, Due
	CancelTimer   CommandType = "CancelTimer" // Node, Timer; no answer
	StartChild    CommandType = "StartChild"
	CancelChild   CommandType = "CancelChild"
	Record        CommandType = "Record"      // (SWF: a marker) Name, Result
	CompleteRun   CommandType = "CompleteRun" // Result; after UndoRequested: all is undone
	FailRun       CommandType = "FailRun"     // Failure; after UndoRequested: it says which steps could not be undone
	TimeOutRun    CommandType = "TimeOutRun"  // the workflow's own timeout passed, its handlers have run
	CancelRun     CommandType = "CancelRun"
	ContinueAsNew CommandType = "ContinueAsNew" // a driver with a history may continue as new here: a round of a loop that allows it is about to begin. No answer
)

// Command is what the interpreter wants done. The order of commands is a
// function of the IR and of the events. Everything is addressed by node id:
// nothing counts.
type Command struct {
	Type    CommandType
	Node    string // id, keys and attempt of retried blocks included
	Attempt int    // ScheduleTask, CancelTask: from 1
	Task    *Task  // ScheduleTask
	Timer   TimerKind
	Due     ir.Time // StartTimer
	Child   *Child
	Name    string
	Result  json.RawMessage
	Failure *Failure
}

// Task is an attempt of an activity to be run. Durations are nanoseconds; 0
// means none.
type Task struct {
	Activity                         *ir.Activity
	Args                             []ir.Value      // by parameter
	Input                            json.RawMessage // the arguments as an object by parameter name (or kwargs)
	Key                              string          // idempotency key: hash of run id and node id, equal for every attempt
	Version                          string
	TaskList                         string // "" means the driver's default
	Priority                         int
	Timeout, QueueTimeout, Heartbeat ir.Duration
	TotalTimeout                     ir.Duration // what is left of it
	At                               ir.Pos      // of the node that it is a task of: relative paths are written for the folder of its file
}

// Child is a child run to be started.
type Child struct {
	Workflow string
	Run      string // derived from the parent's run and the node id
	Input    map[string]json.RawMessage
	Detach   bool
	Options  ir.Options // on_parent_close, tags, task list, …
	Timeout  ir.Duration
	TaskList string
	Tags     []string
	Slice    *Slice // not the workflow, but these items of one of its maps; only where Start.Shards
}

// Change is one node that moved from one status to another; drivers show and
// record them. Changes come in the order in which they were made, so that
// cancellations are seen breadth-first.
type Change struct {
	Node     string // id; instant nodes are not reported
	Kind     string // kind as shown: workflow chain group dag race map item expand loop round if switch wait activity canvas child
	Activity string // name of the activity or child workflow, if any
	From, To ir.Status
	Attempt  int       // of a task, a child, or a block with a `retry`: attempts so far
	Failure  *Failure  // when To is Failed or TimedOut
	Because  string    // cancelled or skipped: id of the node whose failure was the cause, "" for an external cancel
	Ending   ir.Status // From and To are Running: it has been decided that the node will end so, and it is waited for. Else Waiting
	Absorbed bool      // failed or timed out, and the parent went on
	Order    []int32   // document order: compare element by element (static index, item index, static index, …)
	Items    int       // map, expand: number of items known when To is Running
	Ranks    []int32   // of an expand that ends: by item index, as in Order, its place in the order of discovery
	Retry    ir.Time   // From and To are Running, and Ending is Waiting: attempt Attempt failed, as Failure says, and the next begins then. Else 0
	Parent   string    // id of the node around it, "" for the root
	Again    string    // with Start.Reuse, of a task that runs although there is an outcome of it: why
}

// Below returns a change in a child run as one in the run of its caller: shown
// gives a node of the child its id there, and order is that of the call.
func (x Change) Below(shown func(id string) string, order []int32) Change {
	x.Node, x.Parent = shown(x.Node), shown(x.Parent)
	if x.Because != "" {
		x.Because = shown(x.Because)
	}
	if x.Failure != nil {
		f := *x.Failure
		f.Node = shown(f.Node)
		x.Failure = &f
	}
	x.Order = slices.Concat(order, x.Order)
	return x
}
