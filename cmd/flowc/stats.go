package main

import (
	"errors"
	"slices"

	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/view"
	"github.com/urfave/cli/v2"
)

func statsCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "stats",
		Usage:     "say what took how long in a run, or in the last runs",
		ArgsUsage: "[RUN]",
		Description: `Says for each node how often it ran and how long that took and was waited for, what
failed with which error, which tasks were the slowest, and what the run took its
time for: the critical path, on which each part begins when the one before it
ends. Without RUN it is about the last runs together, and the path is that of the
newest.`,
		UsageText: `flowc stats etl-01J8Z3
			flowc stats --last 20 --workflow etl`,
		Flags: runsFlags(
			&cli.IntFlag{Name: "last", Value: 10, Usage: "without RUN: the newest `N` runs"},
			&cli.StringFlag{Name: "workflow", Usage: "without RUN: only runs of the workflow `NAME`"},
			&cli.StringFlag{Name: "tag", Usage: "without RUN: only those with the tag `TAG`"},
			&cli.IntFlag{Name: "slowest", Value: 10, Usage: "list the `N` slowest tasks"},
			&cli.BoolFlag{Name: "json", Usage: "print one object"},
		),
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 0, 1)
			switch {
			case err != nil:
				return err
			case len(args) == 1 && (ctx.IsSet("last") || ctx.IsSet("workflow") || ctx.IsSet("tag")):
				return usagef("--last, --workflow and --tag choose among runs: they do not go with RUN")
			case ctx.Int("last") < 1:
				return usagef("--last cannot be %d", ctx.Int("last"))
			case ctx.Int("slowest") < 0:
				return usagef("--slowest cannot be %d", ctx.Int("slowest"))
			}
			return c.withRuns(ctx, func(r *runs) error { return c.stats(ctx, r, args) })
		},
	}
}

// stats prints what runs took.
func (c *console) stats(ctx *cli.Context, r *runs, args []string) error {
	var found []history.Summary
	if len(args) == 1 {
		s, err := r.find(args[0])
		if err != nil {
			return err
		}
		found = append(found, s)
	} else {
		var err error
		f := history.Filter{Workflow: ctx.String("workflow"), Tag: ctx.String("tag"), Limit: ctx.Int("last")}
		if found, err = r.Runs(f); err != nil {
			return whyNot(err)
		}
		slices.Reverse(found) // the path is that of the last one added
	}
	if len(found) == 0 {
		return failuref("there are no such runs in %s", r.where)
	}
	s := history.NewStats(ctx.Int("slowest"))
	for i := range found { // one at a time: each may be large
		rec, err := r.Record(found[i].Run)
		if err != nil {
			return whyNot(err)
		}
		err = s.Add(rec)
		if errors.Is(err, history.ErrNoProgram) && len(args) == 0 {
			c.sayf("run %s is left out: %v\n", found[i].Run, err)
			continue
		}
		if err != nil {
			return failuref("run %s: %w", found[i].Run, err)
		}
	}
	o := s.Report()
	if ctx.Bool("json") {
		return c.printJSON(o)
	}
	return view.Stats(c.out, &o, c.pictureOptions())
}
