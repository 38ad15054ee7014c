// Package operate starts, lists, watches and ends runs of a domain of Amazon
// SWF. What it says of runs has the shapes of package history, so that whoever
// shows runs need not care where they are.
//
// # Terms
//
// The service knows a run as an execution, which has two ids: the workflow id is
// chosen by who starts it, and names one open execution at a time; the run id is
// the service's, and names one for ever. Both are taken for the id of a run: a
// workflow id stands for its open execution, else for the newest. A run that
// became too long goes on in another execution with the same workflow id; the
// former ones are not listed.
//
// The service forgets an execution when the retention of the domain is over,
// and keeps no logs of programs: those stay with the workers.
package operate
