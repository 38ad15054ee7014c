// Package deploy makes a domain of Amazon SWF know what programs need: the
// domain itself, a type for each workflow and activity, and the programs, in
// the store that deciders read.
//
// # Terms
//
// A type is a name and a version with settings: the defaults of its executions
// or tasks. The service never changes a registered type; it can only be
// deprecated, and come back. A plan is what is different between some programs
// and a domain, and applying it makes that go away: applied twice, it does
// nothing the second time.
//
// Settings are what a program says where that is known without running it.
// Deciders send every setting with every task, whatever is registered: the
// defaults are for other clients, and for people who look.
package deploy
