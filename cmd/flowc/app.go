package main

import (
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

// newApp returns the table of the commands, in the order in which help lists
// them.
func newApp(c *console) *cli.App {
	app := &cli.App{
		Name:  "flowc",
		Usage: "check, draw and run workflows",
		Flags: []cli.Flag{c.colorFlag(), helpFlag()},

		// Help, errors and exit codes are ours: see help.go, args.go, exit.go.
		HideHelp:                  true,
		HideVersion:               true,
		ExitErrHandler:            func(*cli.Context, error) {},
		Writer:                    io.Discard,
		ErrWriter:                 io.Discard,
		DisableSliceFlagSeparator: true,
	}
	app.Commands = []*cli.Command{
		initCommand(c),
		checkCommand(c),
		fmtCommand(c),
		compileCommand(c),
		graphCommand(c),
		explainCommand(c),
		planCommand(c),
		diffCommand(c),
		testCommand(c),
		runCommand(c),
		deployCommand(c),
		startCommand(c),
		listCommand(c),
		showCommand(c),
		eventsCommand(c),
		logsCommand(c),
		statsCommand(c),
		replayCommand(c),
		resumeCommand(c),
		redriveCommand(c),
		undoCommand(c),
		signalCommand(c),
		cancelCommand(c),
		killCommand(c),
		pruneCommand(c),
		deciderCommand(c),
		workerCommand(c),
		swfServerCommand(c),
		devCommand(c),
		versionCommand(c),
		completionCommand(c),
		helpCommand(c),
	}
	for _, cmd := range app.Commands {
		cmd.HideHelp = true
		cmd.Flags = append(cmd.Flags, c.colorFlag(), helpFlag())
		cmd.OnUsageError = badValue
	}
	return app
}

// badValue returns the error of a flag whose value cannot be read; all other
// mistakes of a command line have been found by arrange.
func badValue(ctx *cli.Context, err error, _ bool) error {
	text, _, _ := strings.Cut(err.Error(), ": ")
	return usagef("%s; see `flowc %s --help`", text, ctx.Command.Name)
}

// arguments returns the arguments of a command that takes at least min and at
// most max of them; no max is -1.
func arguments(ctx *cli.Context, min, max int) ([]string, error) {
	args := ctx.Args().Slice()
	usage := "flowc " + ctx.Command.Name + " " + ctx.Command.ArgsUsage
	switch {
	case len(args) < min:
		return nil, usagef("an argument is missing: %s", usage)
	case max >= 0 && len(args) > max:
		return nil, usagef("unexpected argument %q: %s", args[max], usage)
	}
	return args, nil
}
