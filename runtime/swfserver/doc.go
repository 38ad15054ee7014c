// Package swfserver is an Amazon SWF service in a process: it speaks the
// protocol of the service, API version 2012-01-25, to any client that can be
// given the address of its endpoint. It is meant for development and for the
// tests of programs that use SWF, in this project or elsewhere; a test starts
// one in a line:
//
//	server := swfserver.Start(t)
//	client := swf.New(swf.Options{BaseEndpoint: &server.URL, HTTPClient: server.Client(), …})
//
// With a [VirtualClock] a test of time-outs takes no time, with [Quotas] and
// [Config.Throttle] a program sees limits that are hard to reach otherwise.
// With [Config.Data] a server may be killed and started again, and goes on.
//
// # Terms
//
// A run, or execution, is one execution of a workflow; its workflow id is
// unique among the open runs of its domain. Its history is a sequence of events.
// A decision task asks a decider for decisions, an activity task asks a worker
// for work. Both wait in task lists, where polls ask for them. A trigger is an
// event that asks for a decision.
//
// # How it works
//
// The state of a run is a fold of its history. All that ever happens to a run
// is that execution.add appends an event: it is written, once, as it will be
// sent, and execution.apply draws its consequences: it opens and closes tasks
// and timers, sets deadlines, and puts tasks into task lists. After a restart
// the histories are read again and apply does the same; besides them only
// domains, types and the last heartbeats are on record. So the cost of a
// decision depends on what it decides and on the page of history that is sent,
// never on the length of the history.
//
// Every call, and every deadline that falls due, is a transaction, see
// Server.transact: the server is locked, the call does what it does, then what
// follows from it happens (signals to other runs, starts of children, polls
// that find a task), then all of it is put on record, then answers are sent. A
// poll waits outside of transactions. The one lock is held for microseconds,
// or for as long as SQLite takes to commit.
//
// Whatever is not modelled does not exist here: there are no permissions, one
// account, and one region whatever the signature says; signatures are verified
// only with [Config.RequireKey]. Listings are consistent at once.
package swfserver
