// Package conformance holds runs on Amazon SWF to what simulations of them say:
// the same scenario has to give the same outcome, the same statuses of nodes and
// the same values, whatever carries it out, and whatever goes wrong between a
// decider and the service. It is tests and nothing else.
//
// # Terms
//
// A scenario (see package sim) is all that a run depends on: its input, what
// becomes of each call of an activity and when, and what happens from outside.
// A stage is a service in virtual time, with a decider as `flowc decider` has
// one, which it speaks to over HTTP. What workers do is scripted: the stage
// answers activity tasks as the scenario says, one at a time and in the order in
// which a simulation lets them end; before each it waits until everything that
// the one before has led to is done. So the order of events is that of the
// simulation, and the outcome can be compared node by node.
//
// Chaos is a transport that refuses requests, loses answers and repeats
// requests, and a hand that kills deciders.
package conformance
