// Package activity is the library's activities: those that flows import as
// std/fs, std/http, std/exec, std/log, std/s3 and std/lambda, and the registry by which any Go
// program gives flows activities of its own.
//
// Terms. A declaration is what a flow sees: a name, parameters, a result and
// errors, in the language of flows; those of the library stand in flow/*.flow
// and are embedded ([Source]). An implementation is what runs: a function of
// Go, known to a [Registry] by the declared name. A driver is who runs a flow
// and calls implementations; it says by [NewContext] on whose behalf
// ([Attempt]). A test of this package holds declarations and implementations
// to each other, field by field.
//
// Implementations get their arguments, and give their results, as JSON in the
// encoding of the language, so that they do the same in a local run and in a
// worker far away. [Register] translates between that and structs of Go.
//
// What an implementation may rely on: its context ends when the task is
// cancelled or times out. What a driver may rely on: an implementation then
// returns soon, and leaves no half-written file behind. Catching panics is the
// driver's part.
package activity
