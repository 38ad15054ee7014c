// Package ir is the waist between the compiler and everything that runs,
// draws or analyses a flow: one immutable, printable, versioned graph.
//
// A [Program] holds what one file (with its imports) declares: types,
// activities and workflows. A [Workflow] is an array of [Node]s in document
// order (pre-order: a node stands before its descendants, which are
// contiguous), so that an index names a node and a subtree is a range. What
// may be computed is an [Expr], typed and free of names: it reads slots of
// frames. A [Frame] is the scope of one instantiation: the workflow's own, one
// per item of a map or an expand, one per round of a loop.
//
// Nothing here depends on a clock, on the machine or on the order of a Go
// map. Positions ([Pos]) are carried for messages, and are left out of the
// content hash, as are the sources.
//
// Beside the graph there are the [Value]s that flow through it, with their
// JSON form ([Encode], [Decode]), which is a contract with programs in every
// language and can never change; the rules of the graph ([Check]); its text
// for people ([Print]) and for machines ([Program.Encode], [DecodeProgram],
// schema.json); and its identity ([Program.Hash]), by which a run is pinned to
// what it was started with.
package ir
