package local

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// A Store keeps runs. Its methods, and those of the logs that it gives, are
// called by one goroutine at a time.
type Store interface {
	// Begin begins to keep a run, or a child run: that has a Start.Parent. An
	// error ends the run.
	Begin(s *runtime.Start) (Log, error)
}

// A Log keeps the events of one run.
type Log interface {
	// Append keeps a batch of events. What follows from them is done only
	// after it has returned, so a log that makes them durable first makes the
	// run recoverable. A batch of nothing but TaskStarted events may be made
	// durable later: nothing follows from them. Append must not keep the
	// slice. An error ends the run.
	Append(batch []runtime.Event) error

	// End is told how the run ended, and is the last call.
	End(status ir.Status) error
}

// A MemoryStore keeps the events of a run and its child runs in memory, in one
// list. The zero MemoryStore is empty.
type MemoryStore struct {
	Events []runtime.Event
	Runs   []string // ids, in the order in which they began
	Ended  []ir.Status
}

var _ Store = (*MemoryStore)(nil)

// Begin returns the store itself.
func (m *MemoryStore) Begin(s *runtime.Start) (Log, error) {
	m.Runs = append(m.Runs, s.Run)
	return m, nil
}

// Append adds the batch to Events.
func (m *MemoryStore) Append(batch []runtime.Event) error {
	m.Events = append(m.Events, batch...)
	return nil
}

// End adds the status to Ended.
func (m *MemoryStore) End(status ir.Status) error {
	m.Ended = append(m.Ended, status)
	return nil
}
