// Package compiler turns trees into the graph of compiler/ir.
//
// [Compile] is the whole pipeline: load the file and its imports, collect the
// declarations, check and lower each body, run the graph passes, check the
// result. Every pass reports what it finds and goes on, so that one run shows
// every mistake; whatever follows from an earlier mistake is silenced by the
// invalid type, not by looking at messages.
//
// Checking and lowering are one walk: an expression is elaborated into a typed
// [ir.Expr] by its expected type, a statement into [ir.Node]s. The tree is
// never written to.
package compiler
