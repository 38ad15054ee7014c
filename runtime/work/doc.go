// Package work performs attempts of tasks on this machine.
//
// An attempt is one execution of an activity: a program in a process group of
// its own (package proc), or a function of this process. The drivers that have
// tasks to perform, local runs and workers of a service, share it, so that a
// task means the same wherever it is performed.
package work
