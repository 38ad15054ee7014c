package swf

import (
	"time"

	"github.com/flowc/flowc/runtime"
)

// A Meter is told what a decider does. It may be called by many goroutines at
// once.
type Meter interface {
	// Decided tells of a decision task that was answered: of the events and bytes
	// that were received for it, and the decisions that were made.
	Decided(workflow string, events, bytes, decisions int, took time.Duration)
	// DecisionLeft tells of one that was not, and why; see the constants.
	DecisionLeft(workflow, why string)
	// RunEnded tells of an answer that closes an execution. If something has
	// happened at the same moment the service does not close it, and there will
	// be another.
	RunEnded(workflow, status string)
	// PollFailed tells of a poll that gave an error.
	PollFailed(list, why string)
	// Changes tells what has happened to the nodes of a run since the decision
	// before. The changes are valid until it returns.
	Changes(run string, now time.Time, changes []runtime.Change)
}

// Why a decision task was left to time out, so that this decider or another
// takes it up again.
const (
	LeftUnknown     = "unknown_ir"     // nobody here has the program
	LeftPanic       = "panic"          // a bug; the history was saved
	LeftDiverged    = "nondeterminism" // the history is not what the program leads to, or a bug; it was saved
	LeftRefused     = "refused"        // the service did not take the decisions
	LeftLost        = "lost"           // the answer did not arrive, or came too late
	LeftUnavailable = "unavailable"    // the history, a value or a type could not be had
)

// silent is the meter of those who want none.
type silent struct{}

func (silent) Decided(string, int, int, int, time.Duration) {}
func (silent) DecisionLeft(string, string)                  {}
func (silent) RunEnded(string, string)                      {}
func (silent) PollFailed(string, string)                    {}
func (silent) Changes(string, time.Time, []runtime.Change)  {}
