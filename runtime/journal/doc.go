// Package journal keeps the runs of this machine in a state folder, so that a
// run survives its process, and reaches those that are under way from other
// processes.
//
// The folder holds
//
//	journal.db          runs, their events, their programs, and messages to them: SQLite, in WAL mode
//	runs/RUN/lock       locked by the process that drives the run (not of child runs)
//	runs/RUN/groups     the process groups that it has at work, while it is driven
//	runs/RUN/lines-N    what its programs wrote to their logs, from byte N on
//	runs/RUN/out/       files that its programs made as results
//	blobs/              values outside of the events, see package blob
//
// Terms. A [Journal] is such a folder, opened. A tree is a run with its child
// runs; the run that is nobody's child is its root, and one process at a time
// drives a tree. That has a [Keeper], which it gets by [Journal.Keep] or, of a
// tree that exists, by [Journal.TakeOver]. A [Batch] is what happened in one
// run; a keeper commits several at once. A message is what another process
// wants of a run; it waits in the inbox, a table.
//
// # Durability
//
// When [Keeper.Commit] returns, what it was given is on disk. Commits that
// come while one is being written wait, and are then written together: one
// transaction, one fsync (group commit). The delay is bounded by one write, for
// nobody waits for company. A batch is a row: its events in a compact binary
// form (codec.go). That a message was heard is in the same transaction
// as the events that came of it, so it is neither lost nor heard twice.
//
// # Who drives
//
// The lease on a tree is a lock (flock) on a file of its own. The
// kernel gives it back at the instant in which its owner dies, however it dies:
// a dead owner's tree can be taken over at once, a live one's never, no clock
// is asked, and no heartbeat can be late. It holds on one machine; a state
// folder is not for several.
//
// # What a dead process leaves running
//
// A program may outlive a flowc that was killed. Before it is run again the
// first one must be gone. Two things find it. The keeper writes each process
// group, with the time since boot, to the file groups as soon as it exists: a
// plain write, for what the machine loses with its power it loses the
// processes with, too. And between the fork and that write, or where a program
// leaves its group, it is known by its environment: FLOW_IDEMPOTENCY_KEY is
// that of a task that was at work. See orphans.go.
//
// # Logs
//
// Lines are in files and not in the database: they need not be durable before
// anything follows from them, they are many, the oldest are dropped when they
// are too many, and to prune them is to remove a folder. See lines.go.
package journal
