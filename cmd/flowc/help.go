package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/urfave/cli/v2"
)

func helpCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "help",
		Usage:       "say how a command is used",
		ArgsUsage:   "[COMMAND]",
		Description: "Without a command it lists the commands.",
		UsageText:   "flowc help run",
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 0, 1)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return help(c.out, ctx.App, nil)
			}
			cmd := ctx.App.Command(args[0])
			if cmd == nil {
				return unknownCommand(ctx.App, args[0])
			}
			return help(c.out, ctx.App, cmd)
		},
	}
}

func helpFlag() cli.Flag {
	return &cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "say how it is used"}
}

// help writes how a command is used, or all of flowc if cmd is nil. The fields
// of a cli.Command have these roles: Usage is a line, Description prose,
// ArgsUsage the arguments, UsageText the examples.
func help(w io.Writer, app *cli.App, cmd *cli.Command) error {
	var b strings.Builder
	if cmd == nil {
		fmt.Fprintf(&b, "flowc: %s\n\nUsage: flowc COMMAND [ARGUMENT…] [FLAG…]\n\nCommands:\n", app.Usage)
		var rows [][2]string
		for _, c := range app.Commands {
			rows = append(rows, [2]string{c.Name, c.Usage})
		}
		columns(&b, rows)
		b.WriteString("\n`flowc help COMMAND` says more about one.\n")
	} else {
		usage := strings.TrimSpace("flowc " + cmd.Name + " " + cmd.ArgsUsage)
		fmt.Fprintf(&b, "flowc %s: %s\n\nUsage: %s [FLAG…]\n\n", cmd.Name, cmd.Usage, usage)
		if cmd.Description != "" {
			fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(cmd.Description))
		}
		b.WriteString("Flags:\n")
		columns(&b, flagRows(cmd.Flags))
		b.WriteString("\nExamples:\n")
		for _, line := range strings.Split(strings.TrimSpace(cmd.UsageText), "\n") {
			fmt.Fprintf(&b, "  %s\n", strings.TrimSpace(line))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// flagRows returns the flags with what they do. What stands between backquotes
// in a flag's usage is the name of its value; behind a colon it is that only.
func flagRows(flags []cli.Flag) [][2]string {
	var rows [][2]string
	for _, f := range flags {
		doc, ok := f.(cli.DocGenerationFlag)
		if !ok || len(f.Names()) == 0 {
			continue
		}
		names := make([]string, 0, 2)
		for _, n := range f.Names() {
			names = append(names, dashed(n))
		}
		usage := doc.GetUsage()
		before, rest, found := strings.Cut(usage, "`")
		if value, after, closed := strings.Cut(rest, "`"); found && closed {
			names[len(names)-1] += " " + value
			usage = before + value + after
			if short, only := strings.CutSuffix(before, ": "); only {
				usage = short + after
			}
		}
		rows = append(rows, [2]string{strings.Join(names, ", "), usage})
	}
	return rows
}

// helpWidth is how many columns help takes.
const helpWidth = 98

// columns writes rows as two columns, the second with as many lines as it needs.
func columns(b *strings.Builder, rows [][2]string) {
	width := 0
	for _, r := range rows {
		width = max(width, runewidth.StringWidth(r[0]))
	}
	for _, r := range rows {
		left := r[0]
		for _, line := range wrap(r[1], helpWidth-width-4) {
			fmt.Fprintf(b, "  %s  %s\n", runewidth.FillRight(left, width), line)
			left = ""
		}
	}
}

// wrap cuts text into lines of at most width columns, between words.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && runewidth.StringWidth(line+" "+word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}
