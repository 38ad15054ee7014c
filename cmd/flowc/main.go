package main

import (
	"io"
	"os"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes the command that args, without the name of the program, asks
// for, and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &console{in: stdin, out: stdout, err: stderr}
	app := newApp(c)
	if len(args) > 0 && args[0] == completeWord {
		return c.exit(c.complete(app, args[1:]))
	}
	line, err := arrange(app, args)
	switch {
	case err != nil:
	case line.help:
		err = help(c.out, app, line.command)
	default:
		err = app.Run(line.args())
	}
	return c.exit(err)
}
