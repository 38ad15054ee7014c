// Package state keeps local runs in a folder, and carries messages to those
// that are under way.
//
// The folder holds
//
//	runs/RUN/events.jsonl   what happened in a run or child run, an event a line
//	runs/RUN/end.json       how it ended, when it has
//	runs/RUN/lock           locked by the process that drives the run (not of child runs)
//	runs/RUN/inbox/         messages for it and its child runs (not of child runs)
//	runs/RUN/out/           files that its programs made as results (not of child runs)
//	ir/HASH.json            the program that it runs
//	blobs/                  values outside of the events, see package blob
//
// A [Keeper] is what the process that drives a run holds: a [local.Store], and
// its inbox. A message is a file, written under another name and then renamed;
// names sort in the order in which the messages were sent. The driver looks for
// new ones a few times a second, and removes one when what it asks for stands
// among the events. So a sender knows that it was heard when its file is gone,
// and that it will not be when nobody holds the lock any more.
//
// A value over [LargeResult] in an event is written to the blobs, and the
// event's line holds `"kept"` with its ref in place of `"result"`.
package state
