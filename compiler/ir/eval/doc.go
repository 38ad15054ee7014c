// Package eval computes expressions of the graph.
//
// An [ir.Expr] is compiled once, by [Compile], into a [Code]: a tree of
// closures in which everything that does not depend on the run (functions,
// indexes of fields, formats, constants) is settled. A Code is immutable and
// may be shared; what a run brings is an [Env]: the frames whose slots the
// expression reads, parameters, facts and the time of the event. An Env is for
// one goroutine.
//
// Expressions are total up to [Error]s, which are the user's: an index out of
// range, a division by zero, an overflow, a value that does not fit `as T`,
// and the limits. Loops are the only way to do much, so they pay for it: every
// round costs the number of operations in its body ([Limits].Steps), and what
// makes lists and texts pays for their size before it makes them
// ([Limits].Bytes). So the cost of an evaluation is bounded, whatever its text.
//
// Strings are counted, and indexed, by code points, from 0.
package eval
