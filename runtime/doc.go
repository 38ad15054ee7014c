// Package runtime is the interpreter: it folds events into the graph of a
// flow and says what to do next.
//
// It is pure. [Machine.Apply] takes one [Event], with its time, and returns
// the [Command]s that follow from it and the [Change]s of node status that a
// driver may show. There is no clock here, no goroutine, no randomness and no
// iteration over a map, so the same events give the same commands: replay is
// not a feature, it is how the thing works.
//
// # Terms
//
// A node of the IR is instantiated once per region: the workflow itself, an
// item of a map or an expand, a round of a loop. An instance (a ref) is
// addressed by its id, the path of names and keys, which is built only when
// somebody is to see it, and read, not looked up, when an event carries it. A
// task is one attempt of an activity.
//
// # How it works
//
// An event is brought to its instance, and what follows is put on a stack: to
// start a node, to go on in a container (fill), to tell a parent that a member
// has ended (leave), to go on with an ending (settle). The stack is worked off
// before Apply returns. Since the last one in is the first one out, a flow is
// walked in document order, and nothing recurses. Every step is O(1); only a
// flood looks at all members of a container, once per attempt of it.
//
// A node that is going to end first has its end decided (ending): its task
// answered, its members are done, it failed, or it was cancelled. When all
// that is at work in it is quiet it settles: undo, another attempt, a handler,
// finally, and only then does its status move and its parent hear of it. This
// is in settle.go; the phases are in status.go.
//
// A failure that nothing absorbs climbs: each parent that it informs gets its
// end decided, as long as it has nothing to do before its own parent may hear
// of it. Such a parent (with an attempt left, an undo, a handler) is where the
// climb stops; it goes on from there when that is done. Then one flood ends
// what the informed parents have unfinished, breadth first by distance from the
// node that failed, then in document order: what has not begun at once, what
// runs when its backend says so or when the grace time is over. This is in
// flood.go.
//
// A map holds of an item that waits its value, of one that has ended its
// result; regions live only while their item is at work, or while it could
// still be undone.
//
// # A run and other runs
//
// A run may go on in another machine, with a new history (snapshot.go writes
// the state down, restore.go takes it over, pool.go is how values are written).
// Items of a map may be done by child runs (shard.go is the parent's side,
// slice.go the child's). A run may take over what an earlier one did
// (reuse.go), and may be undone when it has ended (unmake.go).
//
// # Read first
//
// status.go (states and phases), place.go (instances and ids), progress.go
// (what each kind of node does), flood.go, settle.go. The tests hold an oracle
// that foretells how a run ends without running it (oracle_test.go), and runs
// as strips (testdata).
package runtime
