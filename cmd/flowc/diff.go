package main

import (
	"github.com/flowc/flowc/compiler/analyze"
	"github.com/urfave/cli/v2"
)

func diffCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "say what is different between two files",
		ArgsUsage: "OLD NEW",
		Description: `Compares what two files mean, not how they are written: the steps and blocks that
were added (+), removed (-) or moved (>), and those of which something has changed
(~): the type, a setting, what they call or need, where their failure ends. As with
diff(1), the exit code is 0 if nothing is different and 1 if something is; what is
wrong with a file is said on stderr.`,
		UsageText: "flowc diff old/etl.flow etl.flow\ngit show HEAD:etl.flow | flowc diff - etl.flow",
		Flags:     []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print the differences as an array of objects"}},
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 2, 2)
			switch {
			case err != nil:
				return err
			case args[0] == stdin && args[1] == stdin:
				return usagef("only one of the files can be stdin")
			}
			before, err := c.program(args[0])
			if err != nil {
				return err
			}
			after, err := c.program(args[1])
			if err != nil {
				return err
			}
			list := analyze.Compare(before.Program, after.Program)
			if ctx.Bool("json") {
				if list == nil {
					list = []analyze.Difference{}
				}
				err = c.printJSON(list)
			} else {
				err = analyze.WriteDifferences(c.out, list)
			}
			if err == nil && len(list) > 0 {
				err = errFailed
			}
			return err
		},
	}
}
