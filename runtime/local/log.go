package local

import (
	"slices"
	"sync"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/journal"
)

// A Store keeps a run and its child runs. A [journal.Keeper] is one.
type Store interface {
	// Commit keeps what happened in runs. What follows from it is done only
	// after it has returned, so one that makes it durable first makes the runs
	// resumable. It is called by one goroutine at a time, and must not keep the
	// batches. An error ends the run.
	Commit(batches []journal.Batch) error

	// Line is given a line that an attempt of a node wrote to its log; shown is
	// what people see as the node. It is called by many goroutines, as are those
	// that follow.
	Line(now ir.Time, run, node, shown string, attempt int, text []byte)

	// Began is told of the process group of a program, as soon as there is one.
	// What it returns is given to Ended, when the group has ended.
	Began(pgid int) (slot int)
	Ended(slot int)
}

// A Past is a [Store] that knows what happened in runs that go on. A
// [journal.Keeper] is one.
type Past interface {
	Store

	// Replay calls f with the events of a run, in order. There are none of one
	// that never began.
	Replay(run string, f func(runtime.Event) error) error

	// Status returns how a run ended, "" if it has not.
	Status(run string) (string, error)

	// EndOrphans ends what the process that drove the run before has left
	// running: the groups that it told of, and what runs with one of the
	// idempotency keys.
	EndOrphans(keys []string, grace time.Duration) error
}

// A MemoryStore keeps runs in memory. The zero MemoryStore is empty.
type MemoryStore struct {
	mu     sync.Mutex
	Events []runtime.Event // of all runs, in the order in which they were committed
	Runs   []string        // ids, in the order in which they began
	Over   []string        // the statuses of those that have ended, in the order in which they did
	Heard  []int64         // numbers of messages
	byRun  map[string][]runtime.Event
	status map[string]string
}

var _ Past = (*MemoryStore)(nil)

// Commit keeps the batches.
func (m *MemoryStore) Commit(batches []journal.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byRun == nil {
		m.byRun, m.status = map[string][]runtime.Event{}, map[string]string{}
	}
	for _, b := range batches {
		if len(b.Events) > 0 && b.Events[0].Type == runtime.RunStarted {
			m.Runs = append(m.Runs, b.Run)
		}
		for i := range b.Events {
			if b.Events[i].Type == runtime.UndoRequested {
				delete(m.status, b.Run)
			}
		}
		m.Events = append(m.Events, b.Events...)
		m.byRun[b.Run] = append(m.byRun[b.Run], b.Events...)
		m.Heard = append(m.Heard, b.Heard...)
		if b.Ended != "" {
			m.Over = append(m.Over, b.Ended)
			m.status[b.Run] = b.Ended
		}
	}
	return nil
}

// Replay calls f with the events of a run.
func (m *MemoryStore) Replay(run string, f func(runtime.Event) error) error {
	m.mu.Lock()
	events := slices.Clone(m.byRun[run])
	m.mu.Unlock()
	for _, e := range events {
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}

// Status returns how a run ended.
func (m *MemoryStore) Status(run string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status[run], nil
}

// Line drops a line.
func (m *MemoryStore) Line(ir.Time, string, string, string, int, []byte) {}

// Began notes nothing: what is in memory is of no use to another process.
func (m *MemoryStore) Began(int) int { return 0 }

// Ended does nothing.
func (m *MemoryStore) Ended(int) {}

// EndOrphans does nothing.
func (m *MemoryStore) EndOrphans([]string, time.Duration) error { return nil }
