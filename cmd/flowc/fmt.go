package main

import (
	"bytes"

	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/lang/format"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/urfave/cli/v2"
)

func fmtCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "fmt",
		Usage:     "bring files into the canonical layout",
		ArgsUsage: "[FILE|DIR…]",
		Description: `Prints the files in the one canonical layout. A folder stands for all flow files
in it, no argument for the current folder, and - for stdin. With -l or -d, but
without -w, the exit code is 1 if a file is not in that layout.`,
		UsageText: "flowc fmt -w etl.flow\nflowc fmt -l .",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "w", Usage: "write the files instead of printing them"},
			&cli.BoolFlag{Name: "d", Usage: "print the differences instead"},
			&cli.BoolFlag{Name: "l", Usage: "print the names of the files that change instead"},
		},
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 0, -1)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				args = []string{"."}
			}
			files, err := c.flowFiles(args)
			f := formatter{console: c, write: ctx.Bool("w"), diff: ctx.Bool("d"), list: ctx.Bool("l")}
			for _, name := range files {
				err = worse(err, c.say(f.file(name)))
			}
			return err
		},
	}
}

// A formatter formats files one by one.
type formatter struct {
	*console
	write, diff, list bool
}

// file formats the file of that name. The error says that it cannot be read,
// written or parsed, or was asked about and is not in the canonical layout.
func (f *formatter) file(name string) error {
	src, err := f.source(name)
	if err != nil {
		return err
	}
	text, diags := format.Source(src)
	f.show(diags.Sorted())
	if diags.HasErrors() {
		return errFailed
	}
	changed := !bytes.Equal(text, src.Text)
	switch {
	case !f.write && !f.diff && !f.list:
		return f.print(text)
	case !changed:
		return nil
	}
	if f.list {
		if err := f.printf("%s\n", src.Name); err != nil {
			return err
		}
	}
	if f.diff {
		if err := f.print(diff.Diff(src.Name+".orig", src.Text, src.Name, text)); err != nil {
			return err
		}
	}
	if !f.write {
		return errFailed
	}
	return replaceFile(name, text)
}

// source reads what is to be formatted.
func (f *formatter) source(name string) (*diag.Source, error) {
	if name == stdin && f.write {
		return nil, usagef("-w cannot write to stdin: leave it out to print the text")
	}
	return f.console.source(name)
}
