// Package history is what is kept of runs, as their operators see them: the
// same shapes whether a run is kept in the journal of this machine or by a
// service.
//
// A [Summary] is a line of a list of runs; a [Filter] says which runs are
// wanted. A [Record] is a run with its program and everything that happened in
// it, from which any picture of it is made by replay: the [Picture] of one
// moment, the [Entry]s that are listed, the [Stats] of many runs.
//
// A replay gives the events to a fresh interpreter. So what the interpreter
// decided (whom a failure cancelled, what was waited for) need not be recorded
// to be seen, and is seen of runs that were recorded by an older flowc too.
package history
