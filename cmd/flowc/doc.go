// Command flowc checks, draws and runs workflows written in the flow language.
//
// It holds no logic of its own: a file a command (check.go, run.go, …), each of
// which reads its arguments, asks the rooms that know, and prints what they
// answer. app.go is the table of the commands, args.go puts a command line in
// order, exit.go says how a command may end, console.go what it reads and
// writes, source.go how files are found and compiled.
//
// Terms. A flag begins with a dash and may stand before, between or after the
// arguments; `--` ends the flags, and `-` is an argument, the standard input.
// Results go to stdout, everything else (diagnostics, progress, logs) to
// stderr. The exit code is 0 when the work is done, 1 when a check or a run
// failed, 2 when the command line is wrong or a file cannot be opened, 3 when a
// back end cannot be reached, and 130 when the run was cancelled.
package main
