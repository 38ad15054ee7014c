// Package local runs a flow on this machine: it is the world for one
// [runtime.Machine].
//
// [New] makes a [Run], and [Run.Do] drives it to its end. The loop owns the
// machine and everything that is known of the run. It is a part that one goroutine
// at a time has: that of Do, which sees to what comes from without, or a worker
// whose attempt has ended, which goes on with the next one without waking anybody. Whatever
// happens becomes a [runtime.Event], which the loop numbers, gives its time and
// hands to the [Store] before it is applied; what happened together is one
// commit. Then the machine's commands are carried out. While the store is at it
// others have the loop: they gather what ends, and give workers what is queued;
// where only successes are being kept, what is queued begins at once (keep.go).
// [Resume] makes a Run of one that another process has left (resume.go).
//
// Terms. A course is one execution of a workflow: the run itself or a child run,
// with an id, a machine and events of its own; the loop owns all of them. An
// attempt is one execution of a task; how it is performed is package work's
// business. Attempts wait in the queue of their lane until fewer than
// [Config].Jobs others run there, the more urgent first (`priority`), else in the
// order in which they were scheduled; short functions of the library have a lane of
// their own. A worker is a goroutine that performs attempts, one after the
// other. A claim is that of a node to the result of an attempt; of an idempotent
// activity, several nodes may have one to the same. A [journal.Message] is what
// somebody outside wants of a course. An alarm is something that the loop does at a certain time. Grace is
// the time that an attempt has to end in after it was asked to; one that does
// not end even then, and cannot be made to, is abandoned.
//
// # Time
//
// The clock of a run is the wall clock at its start, plus what the monotonic
// clock has counted since: no event is earlier than the one before it, and
// setting the clock moves no timer. Of a run that goes on it is the wall clock
// then, or the time of its last event if that is later.
//
// Of an activity's time-outs `timeout` and `queue_timeout` are kept here and
// `total_timeout` by the machine. `heartbeat` has no meaning on one machine:
// the driver sees a program's end itself.
//
// # Ends
//
// [Run.Cancel] is a cancel as the language means it: what runs is asked to
// stop, handlers run. [Run.Kill] ends every program at once, starts nothing
// more, and counts what it ended as abandoned. When Do returns no program of
// the run is left, and no goroutine but those of functions that ignored their
// context. [Run.Leave] ends what runs and records nothing of that, for
// somebody to go on.
package local
