// Package swf runs flows on Amazon SWF, or on a server that speaks its protocol.
//
// # Terms
//
// SWF keeps the history of an execution, a sequence of events, and hands out
// tasks: decision tasks to deciders, activity tasks to workers. Both poll task
// lists of a domain. An execution is one run of a flow, or what continues it.
//
// # What is where
//
// [Client] is the service and a domain of it. [Decider] polls for decision tasks
// and answers them: it feeds the history to an interpreter, in package decide,
// and sends what that decides. Package store keeps programs and the values that
// are too large for a history; package worker performs activity tasks; package
// deploy registers types; package operate starts, lists and ends runs; package
// account is how we speak to AWS at all.
//
// Read first: client.go, poller.go, handle.go.
package swf
