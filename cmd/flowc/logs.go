package main

import (
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/view"
	"github.com/urfave/cli/v2"
)

func logsCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "logs",
		Usage:     "print what the programs of a run wrote to their logs",
		ArgsUsage: "RUN [PATH]",
		Description: `Prints the lines that programs wrote to stderr, and to stdout where that is no
result, in the order in which they came: of all nodes, or of PATH and what is in
it. With --follow it goes on until the run has ended.`,
		UsageText: `flowc logs etl-01J8Z3
			flowc logs etl-01J8Z3 'etl/rows[p3]' --follow`,
		Flags: runsFlags(
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "wait for more until the run has ended"},
			&cli.IntFlag{Name: "attempt", Usage: "only the attempt `N`"},
			&cli.BoolFlag{Name: "json", Usage: "print an object a line"},
		),
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 1, 2)
			if err != nil {
				return err
			}
			return c.withRuns(ctx, func(r *runs) error { return c.logs(ctx, r, args[0], ctx.Args().Get(1)) })
		},
	}
}

// logs prints the lines of a run.
func (c *console) logs(ctx *cli.Context, r *runs, id, path string) error {
	s, err := r.find(id)
	if err != nil {
		return err
	}
	f := history.LineFilter{Node: path, Attempt: ctx.Int("attempt"), Limit: 10_000}
	if f.Attempt < 0 {
		return usagef("--attempt cannot be %d: they count from 1", f.Attempt)
	}
	if path != "" {
		rec, err := r.Record(s.Run)
		if err != nil {
			return whyNot(err)
		}
		if err := checkPath(rec.Program, rec.Summary.Workflow, path); err != nil {
			return err
		}
	}
	for {
		ended := s.Ended != 0 || !s.Alive
		lines, err := r.Lines(s.Run, f)
		if err != nil {
			return whyNot(err)
		}
		for k := range lines {
			f.After = lines[k].Seq
			if err := c.logLine(&lines[k], ctx.Bool("json")); err != nil {
				return err
			}
		}
		switch {
		case len(lines) == f.Limit:
			continue
		case ended || !ctx.Bool("follow") || r.wait(r.patience()):
			return nil
		}
		if s, err = r.find(s.Run); err != nil {
			return err
		}
	}
}

func (c *console) logLine(l *history.Line, asJSON bool) error {
	if asJSON {
		return c.printLine(l)
	}
	return c.print(view.AppendLine(nil, l, c.pictureOptions()))
}
