// Package runtime is the interpreter: it folds events into the graph of a
// flow and says what to do next.
//
// It is pure. [Machine.Apply] takes one [Event], with its time, and returns
// the [Command]s that follow from it and the [Change]s of node status that a
// driver may show. There is no clock here, no goroutine, no randomness and no
// iteration over a map, so the same events give the same commands: replay is
// not a feature, it is how the thing works.
//
// Terms: a node is instantiated once per frame (an item of a map, a round of a
// loop); an instance is addressed by its id, the path of names and keys. A
// task is one attempt of an activity. A failure climbs from a node to the
// nodes around it until a boundary absorbs it; the flood then cancels, breadth
// first, what the climb left unfinished.
package runtime
