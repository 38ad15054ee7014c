// Package worker performs activity tasks of Amazon SWF: the programs and the
// library's functions that flows call, and functions of a Go program that
// registers them.
//
// # Terms
//
// A list is a task list of activities. A slot is room for one task; each list
// has its own. A job is a task that was taken, until nobody waits for its
// result any more. A task is closed when the service no longer knows it: it was
// answered, it timed out, or its execution has ended.
//
// # What happens to a task
//
// A free slot polls. What comes is looked up (catalog.go): by the program that
// the task names, else by its type, among the programs that the worker was
// given, the last one first. It is performed as a local run performs it
// (package work), with a heartbeat at a third of its time-out, more often in its
// first seconds, so that a cancel is heard of (beat.go). A heartbeat that fails
// is logged and tried again. When a cancel is requested, or the task is closed,
// the process group is ended, with its grace, and the slot is free at once.
//
// A result is delivered until the task is surely closed: as long as the service
// cannot be reached it is tried again (deliver.go). Values that are too long for
// the service go through the store, by claim check (package wire).
//
// # Ends
//
// When the context of [Worker.Run] ends, the worker drains: it polls no more,
// and gives what it has taken some time to finish. What has not then is
// stopped, and handed back: its task fails, with an error that the flow's
// `retry` sees like any other. [Worker.Kill] ends everything at once; tasks are
// then left to time out.
//
// Read first: worker.go, job.go.
package worker
