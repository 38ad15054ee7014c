package local

import (
	"time"

	"github.com/flowc/flowc/runtime"
)

// An Observer is shown what happens in a run while it happens. A run waits
// until its methods return. Their slices are valid during the call only.
type Observer interface {
	// Changes is told of nodes that changed their status, in order, by one
	// goroutine at a time, as are the other methods but for Log.
	Changes(now time.Time, changes []runtime.Change)

	// Log is given a line, without its end, that an attempt of a node wrote
	// to its log. It is called by many goroutines.
	Log(node string, attempt int, line []byte)
}

// A StartObserver is an [Observer] that wants to know which of the tasks that
// are scheduled are really at work: there may be more than Config.Jobs.
type StartObserver interface {
	Observer

	// Started is told that an attempt left the queue, or a child run that is
	// waited for has begun.
	Started(now time.Time, node string, attempt int)
}

// A FlushObserver is an [Observer] that may keep what it was told to itself for
// as long as more follows at once.
type FlushObserver interface {
	Observer

	// Flush is called when nothing more follows at once.
	Flush()
}

// A NoteObserver is an [Observer] that wants to hear what else is to be said.
type NoteObserver interface {
	Observer

	// Note is given a sentence about the run.
	Note(text string)
}

// A TraceObserver is an [Observer] that knows the traces of which attempts are a
// part.
type TraceObserver interface {
	Observer

	// Trace returns the trace context that the program of an attempt is given,
	// "" for that of the Config.
	Trace(node string, attempt int) string
}

// nobody observes nothing.
type nobody struct{}

func (nobody) Changes(time.Time, []runtime.Change) {}
func (nobody) Log(string, int, []byte)             {}
func (nobody) Started(time.Time, string, int)      {}
