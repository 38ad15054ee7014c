// Package view shows people what happens in a run, whatever drives it.
//
// A [View] is told of every change of a node's status, of every line that a
// task writes to its log and, at the end, of how the run ended. It shows them
// in one of three modes. Plain is for files and pipes: a line for each change,
// a line for each line of a log. Live is for terminals: the tree of the nodes
// of interest, drawn again and again at the bottom of the screen, with the
// logs above it. Quiet shows nothing but the failures of a run that failed.
//
// Terms. A mark is the sign or the word for a status. A frame is one picture
// of the tree; it is as high as the terminal allows, so a choice of nodes is
// shown in it (see frame.go). The summary is what is said when the run has
// ended.
//
// Of a run that is looked at, and not driven, [Show] draws its source with the
// status of each node beside the line that it stands on, [Stats] what took how
// long, and [Redrive] what a new run would take over.
//
// Whatever a flow or its programs wrote is shown so that it cannot command the
// terminal: control characters are escaped.
//
// # Cost
//
// A change costs O(1), a frame as much as the terminal is high; the tree
// remembers the nodes that run, and a bounded number of those that have ended.
// In live mode only one goroutine, the painter, writes, so that a terminal
// that has stopped does not stop the run, unless its tasks write much to
// their logs.
package view
