package runtime

import (
	"encoding/json"

	"github.com/flowc/flowc/compiler/ir"
)

// EventType says what happened.
type EventType string

// Events. Those marked (log) are only recorded for people: Apply ignores them.
const (
	RunStarted      EventType = "RunStarted"      // Start
	TaskScheduled   EventType = "TaskScheduled"   // (log) a driver took a ScheduleTask
	TaskStarted     EventType = "TaskStarted"     // Node, Attempt
	TaskCompleted   EventType = "TaskCompleted"   // Node, Attempt, Result
	TaskFailed      EventType = "TaskFailed"      // Node, Attempt, Failure
	TaskTimedOut    EventType = "TaskTimedOut"    // Node, Attempt, Timeout, Failure (may be nil)
	TaskCancelled   EventType = "TaskCancelled"   // Node, Attempt: the backend confirms a CancelTask
	TaskAbandoned   EventType = "TaskAbandoned"   // Node, Attempt: it did not stop within the grace time
	TimerFired      EventType = "TimerFired"      // Node, Timer
	SignalReceived  EventType = "SignalReceived"  // Name, Result (the payload)
	CancelRequested EventType = "CancelRequested" // Node "" means the run; else a path is cancelled alone
	ChildStarted    EventType = "ChildStarted"    // Node, Child
	ChildCompleted  EventType = "ChildCompleted"  // Node, Result
	ChildFailed     EventType = "ChildFailed"     // Node, Failure
	ChildTimedOut   EventType = "ChildTimedOut"   // Node
	ChildCancelled  EventType = "ChildCancelled"  // Node
	UndoRequested   EventType = "UndoRequested"   // of a run that has ended: what was completed in it is undone; nothing if there is nothing to undo
	UpdateRequested EventType = "UpdateRequested" // Start.IR: the new definition
)

// Event is something that happened, in the order in which the driver recorded
// it. It is plain data: an event read back from JSON does what it did before.
type Event struct {
	Seq     int64           `json:"seq"`
	Time    ir.Time         `json:"time"`
	Type    EventType       `json:"type"`
	Node    string          `json:"node,omitempty"`    // id of the node, keys included
	Attempt int             `json:"attempt,omitempty"` // from 1
	Timer   TimerKind       `json:"timer,omitempty"`
	Timeout TimeoutKind     `json:"timeout,omitempty"`
	Name    string          `json:"name,omitempty"`
	Child   string          `json:"child,omitempty"` // run id of a child
	Result  json.RawMessage `json:"result,omitempty"`
	Failure *Failure        `json:"failure,omitempty"`
	Start   *Start          `json:"start,omitempty"`
}

// Start is what the first event carries: everything that a replay needs
// beside the IR itself.
type Start struct {
	IR         string                     `json:"ir"` // content hash, "sha256:…"
	Workflow   string                     `json:"workflow"`
	Run        string                     `json:"run"`
	WorkflowID string                     `json:"workflowId,omitempty"`
	Tags       []string                   `json:"tags,omitempty"`
	Input      map[string]json.RawMessage `json:"input"`             // by parameter
	Misfit     *Failure                   `json:"misfit,omitempty"`  // what the driver found wrong with the input: the run fails so at once
	Params     map[string]json.RawMessage `json:"params,omitempty"`  // `param`s
	Flags      int                        `json:"flags"`             // behaviour of the interpreter, see Flags
	Only       []string                   `json:"only,omitempty"`    // ids of the nodes that take part; nil means all
	Asked      []string                   `json:"asked,omitempty"`   // paths of the nodes that Only is about; a run that does not come to them fails
	MaxOpen    int                        `json:"maxOpen,omitempty"` // no map or expand begins an item while so many tasks are open; 0 means no bound
	Parent     *ParentRun                 `json:"parent,omitempty"`  // of a child run
	Carried    json.RawMessage            `json:"carried,omitempty"` // of a run that continues another: what [Machine.Snapshot] gave
	Shards     bool                       `json:"shards,omitempty"`  // the driver runs slices of a map with `shard` as child runs
	Slice      *Slice                     `json:"slice,omitempty"`   // of a child run that is such a slice
	Reuse      *Reuse                     `json:"reuse,omitempty"`   // of a redrive: outcomes of an earlier run
}

// Slice is a part of the items of a map with `shard`: what a child run does in
// the place of its workflow.
type Slice struct {
	Node  string          `json:"node"`  // id of the map in the parent
	From  int             `json:"from"`  // index of its first item
	To    int             `json:"to"`    // one past that of the last
	State json.RawMessage `json:"state"` // the names that the items see, the items and their keys; only the interpreter reads it
}

// Reuse is what a redrive takes over from an earlier run: a node whose id,
// version and input are those of a task here has its result, and does not run.
type Reuse struct {
	Run   string                `json:"run"`             // the earlier one
	Tasks map[string]ReusedTask `json:"tasks"`           // by node id, as in that run
	Again []string              `json:"again,omitempty"` // paths of nodes that run again whatever was, with all that is in them
}

// ReusedTask is a task, or a child run, that succeeded.
type ReusedTask struct {
	Activity string          `json:"activity"` // or workflow
	Version  string          `json:"version,omitempty"`
	Input    string          `json:"input"` // InputHash
	Result   json.RawMessage `json:"result,omitempty"`
}

// ParentRun is the call that a child run was started by.
type ParentRun struct {
	Run  string `json:"run"`
	Node string `json:"node"`
}

// Failure says why a node failed. It is a `Failure` of the language.
type Failure struct {
	Node     string          `json:"node"`
	Error    string          `json:"error"` // name of a declared error, or one of the interpreter's and drivers': Failed, TimedOut, Cancelled, BadResult, LimitExceeded, …
	Message  string          `json:"message"`
	Attempts int             `json:"attempts,omitempty"`
	Details  json.RawMessage `json:"details,omitempty"` // an object: a declared error's fields, beside exit, signal, stderr
	At       *ir.Pos         `json:"at,omitempty"`      // of the expression that failed, if one did
}

// TimeoutKind is which of an activity's time-outs passed.
type TimeoutKind string

const (
	StartToClose    TimeoutKind = "start_to_close"    // timeout
	ScheduleToStart TimeoutKind = "schedule_to_start" // queue_timeout
	ScheduleToClose TimeoutKind = "schedule_to_close" // total_timeout
	HeartbeatMissed TimeoutKind = "heartbeat"
)

// TimerKind is what a timer of a node is for; a node has at most one of each.
type TimerKind string

const (
	RetryTimer   TimerKind = "retry"   // back-off before the next attempt
	TimeoutTimer TimerKind = "timeout" // the node's, block's or handler's own time-out; total_timeout of a task
	WaitTimer    TimerKind = "wait"    // `wait 30s`, `wait until`, `wait … for`
	GraceTimer   TimerKind = "grace"   // cancelled work that does not end is abandoned
)
