// Package names is how things are called on Amazon SWF: types of workflows and
// activities after what a program calls them, activities, timers and child
// executions after the ids of the nodes that they are for.
//
// The service allows neither `:`, `/` nor `|` in a name, no control characters,
// not the name `arn`, and at most 256 characters. What has another name in a
// program is written so that different names stay different; one that is too
// long ends with a hash.
//
// # Ids
//
// An id of a node is a path, `etl/rows[p3]/extract`: `/` is written `.`, and what
// cannot stay, `.` among it, as %XX ([Escape]). The id of an activity task has the
// attempt at its end, `etl.rows[p3].extract#1`. One that is too long is cut, and
// `~` with the idempotency key of the node stands in place of the rest.
//
// # Tasks
//
// A poll for activity tasks tells a worker the type, the id, the execution and
// the input; not the time-outs, nor the `control`. An activity that is
// implemented elsewhere, by whoever polls its task list, gets its arguments and
// nothing else: a JSON object by parameter name, or `{"args": [], "kwargs": {…}}`.
// Those that our own workers perform, with a `run` or of the library, find one
// more member in that object: [Flow], under "$flow".
package names
