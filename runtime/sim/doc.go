// Package sim drives the interpreter in virtual time: for `flowc test`, for
// exploration, and as the reference that other drivers are compared with.
//
// Terms: a world is one simulation, of a run with its child runs; an actor
// answers the calls that the runs make, instead of programs; an answer says
// what a call gives and how long that takes. Time stands still while anything
// happens and then jumps to what is due next. Things that are due at the same
// instant happen in this order: what was asked to stop has stopped; what comes
// from outside (cancels and signals); work that ends; timers; and within each,
// in document order. So a simulation is a function of the program, the actor
// and what comes from outside, and says the same wherever and whenever it
// runs.
//
// The path of a node in a child run goes on from that of the call: `order/ship`
// is the call of a workflow, and `order/ship/pack` a step of it.
//
// [Run] simulates a [Scenario], which is data, so that any driver may do the
// same and agree. A [Suite] runs the tests of a program.
package sim
