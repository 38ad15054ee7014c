// Package work performs attempts of tasks on this machine.
//
// An attempt is one execution of an activity: a program in a process group of
// its own (package proc), or a function of this process, known to a registry
// (package activity). The drivers that have tasks to perform, local runs and
// workers of a service, share it, so that a task means the same wherever it is
// performed. A driver makes one [Performer] for its process, one [Program] for
// each program of the language that it has tasks of, and one [Attempt] for each
// attempt; [Performer.Perform] returns how that ended, as an event for the
// interpreter. Time-outs are the driver's: it calls [Attempt.Stop] when one
// has passed.
//
// # Programs
//
// A program inherits the environment of this process. It is told of its attempt
// by FLOW_NODE, FLOW_ATTEMPT, FLOW_IDEMPOTENCY_KEY, FLOW_DEADLINE (if it has
// one), FLOW_OUT (if its result is a file: the fresh folder that this is to be
// in) and TRACEPARENT (if the attempt has one); `env` overrides. An exit code other
// than 0 that stands for a declared error gives it the fields of the last JSON
// object on stdout; a string that is missing there is the last line of stderr.
// The details of the failure are these fields, and beside them exit, signal and
// stderr; if a field has one of these names all three are in "$program" instead.
//
// # Secrets and refs
//
// What a task is given in the place of a secret's name or of a ref is computed
// when it is performed (given.go), and is never in an event. Secrets that were
// once given are taken out of logs and failures, as they stream by (redact.go).
package work
