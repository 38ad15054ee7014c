// Package decide turns the history of one execution on Amazon SWF into a run
// of a flow, and what the run wants into decisions. It speaks to nobody: a
// poller reads pages of a history to an [Execution] and sends what it decides.
//
// # What is wanted, and what is taken
//
// The interpreter says what it wants: tasks, timers, child runs, the end of
// some, the end of the run. The history says what the service has taken of
// that. [Execution.Decide] returns what is wanted and not taken, and remembers
// nothing of it. So an answer that was lost is decided again, what the service
// refuses stays wanted until there is room or time or a type for it, and a
// decider that takes over from another needs the history alone.
//
// # What a decision knows
//
// An event that arrives while a decider is deciding stands in the history
// before the decision, which does not know of it. What a decision has led to is
// therefore heeded when it is read, and everything else when the next decision
// task starts. So a history gives the same run whether it was read at once or
// in parts while it happened.
//
// # Names
//
// Tasks, timers and child executions are called after their nodes, see package
// names; in their control stands a note with the full id. A marker, flow.start,
// is the first decision of every execution: it says of which program it is a
// run. The signal flow.cancel cancels a node alone. The timers flow.more and
// flow.backoff are the decider's own.
package decide
