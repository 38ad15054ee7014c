package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/view"
	"github.com/urfave/cli/v2"
)

func showCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show how far a run is, on its own source",
		ArgsUsage: "RUN",
		Description: `Shows the source of the run's own definition, as it was when the run began, with
what became of each line beside it: whether it succeeded, how many of its copies
did, how long that took and how many attempts. What failed is explained below. It
works while the run goes on, from any terminal. --at and --event show the run as
it was then.`,
		UsageText: `flowc show etl-01J8Z3
			flowc show etl-01J8Z3 --at +30s
			flowc show etl-01J8Z3 --event 120 --json`,
		Flags: runsFlags(
			&cli.StringFlag{Name: "at", Usage: "as it was at `TIME`; +30s is from its beginning, 30s is so long ago"},
			&cli.StringFlag{Name: "event", Usage: "as it was after the event `N`"},
			&cli.BoolFlag{Name: "json", Usage: "print the run with all its nodes, as run --json does"},
		),
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 1, 1)
			if err != nil {
				return err
			}
			return c.withRuns(ctx, func(r *runs) error { return c.showRun(ctx, r, args[0]) })
		},
	}
}

// showRun shows a run as the flags say.
func (c *console) showRun(ctx *cli.Context, r *runs, id string) error {
	rec, err := r.record(id)
	if err != nil {
		return err
	}
	m, err := moment(ctx, rec)
	if err != nil {
		return err
	}
	p, err := rec.Until(m).Picture()
	if err != nil {
		return failuref("%w", err)
	}
	if ctx.Bool("json") {
		return c.printJSON(p.Report)
	}
	if err := view.Show(c.out, p, c.pictureOptions()); err != nil {
		return err
	}
	if list := misplaced(p.Program, &p.Report); len(list) > 0 {
		if err := c.printf("\n"); err != nil {
			return err
		}
		return diag.Render(c.out, list, diag.Options{Color: c.colored(c.out)})
	}
	if s := &p.Summary; statusWord(s) == interrupted {
		c.sayf("\nno process drives it: `flowc resume %s` goes on with it\n", s.Run)
	}
	return nil
}

// moment returns the moment that the flags name.
func moment(ctx *cli.Context, rec *history.Record) (m history.Moment, err error) {
	if ctx.String("at") != "" && ctx.String("event") != "" {
		return m, usagef("--at and --event both say when: one of them is enough")
	}
	if at := ctx.String("at"); at != "" {
		if after, ok := strings.CutPrefix(at, "+"); ok {
			d, err := ir.ParseDuration(after)
			if err != nil {
				return m, usagef("--at %q is no time: it is one like +30s from the beginning of the run, or 2026-01-31T02:00:00Z", at)
			}
			m.Time = rec.Summary.Started + ir.Time(d)
		} else if m.Time, err = pastTime("at", at, time.Now()); err != nil {
			return m, err
		}
		if m.Time < rec.Summary.Started {
			return m, usagef("the run began only at %s", view.Stamp(rec.Summary.Started))
		}
	}
	if text := ctx.String("event"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 || n > int64(len(rec.Events)) {
			return m, usagef("--event %s: the events of the run are 1 to %d", text, len(rec.Events))
		}
		m.Event = n
	}
	return m, nil
}

// misplaced returns the failures of a run that have a place in its source:
// those of expressions.
func misplaced(p *ir.Program, report *runtime.RunReport) []diag.Diagnostic {
	sources := make([]*diag.Source, len(p.Sources))
	for k, s := range p.Sources {
		sources[k] = diag.NewSource(s.Name, []byte(s.Text))
	}
	return failuresIn(*report, func(at ir.Pos) diag.Span {
		if at.File < 0 || int(at.File) >= len(sources) || len(sources[at.File].Text) < int(at.End) {
			return diag.Span{}
		}
		return sources[at.File].Span(int(at.Start), int(at.End))
	})
}
