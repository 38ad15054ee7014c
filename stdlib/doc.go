// Package stdlib is the pure library: the functions that expressions of a flow
// may call. The activities of the library live in a package of their own,
// since they touch the world.
//
// Each topic has a file with a table literal: signature, sentence, examples,
// code. A signature is written as text, with type variables:
//
//	filter(xs: [T], keep: T -> bool) -> [T]
//
// A variable stands for any type; O for one whose values have an order; S for
// string, url and path. A function may have several signatures ("overloads");
// [Resolve] picks the first that the arguments fit. A parameter `T -> U` takes
// a lambda, whose own parameter is typed from the arguments before it.
//
// Functions are total and deterministic, up to the errors that are documented
// and the limits of package eval. Those marked Context read the event that is
// being handled (now, today) or the node (uuid), so they do not fold.
package stdlib
