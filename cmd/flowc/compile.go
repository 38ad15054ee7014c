package main

import (
	"os"

	"github.com/urfave/cli/v2"
)

func compileCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "compile",
		Usage:       "print the compiled form of a file, with its hash, as JSON",
		ArgsUsage:   "FILE",
		Description: `The hash stands for what the file does: comments and layout do not change it.`,
		UsageText:   "flowc compile etl.flow -o etl.json",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write it to `FILE`; - is stdout", Value: stdin},
		},
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 1, 1)
			if err != nil {
				return err
			}
			out := ctx.String("output")
			if sameFile(args[0], out) {
				return usagef("-o %s would overwrite the source", out)
			}
			r, err := c.program(args[0])
			if err != nil {
				return err
			}
			text, err := r.Program.Encode()
			if err != nil {
				return err
			}
			if out != stdin {
				return replaceFile(out, text)
			}
			return c.print(text)
		},
	}
}

// sameFile reports whether two names lead to one file.
func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil || !one.Mode().IsRegular() {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}
