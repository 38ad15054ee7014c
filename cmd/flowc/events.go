package main

import (
	"bytes"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/view"
	"github.com/urfave/cli/v2"
)

func eventsCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "events",
		Usage:     "list what happened in a run",
		ArgsUsage: "RUN",
		Description: `Lists the events of a run, a line each, and what was decided because of them: which
nodes were cancelled or skipped, in the order in which that was decided, and how
the run ended. With --follow it goes on until the run has ended.`,
		UsageText: `flowc events etl-01J8Z3
			flowc events etl-01J8Z3 --follow --json`,
		Flags: runsFlags(
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "wait for more until the run has ended"},
			&cli.BoolFlag{Name: "json", Usage: "print an object a line"},
		),
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 1, 1)
			if err != nil {
				return err
			}
			return c.withRuns(ctx, func(r *runs) error { return c.events(ctx, r, args[0]) })
		},
	}
}

// events lists the events of a run.
func (c *console) events(ctx *cli.Context, r *runs, id string) error {
	rec, err := r.record(id)
	if err != nil {
		return err
	}
	var replay *history.Replay // nil where nobody knows what follows from the events
	if rec.Program != nil {
		if replay, err = history.NewReplay(rec.Program, rec.Summary.Workflow); err != nil {
			return failuref("%w", err)
		}
	}
	p := &eventPrinter{c: c, json: ctx.Bool("json"), replay: replay}
	if err := p.take(rec.Events); err != nil {
		return err
	}
	if !ctx.Bool("follow") {
		return p.end(rec)
	}
	for run := rec.Summary.Run; replay == nil || !replay.Done(); {
		if r.wait(r.patience()) {
			return nil
		}
		s, err := r.find(run)
		if err != nil {
			return err
		}
		events, err := r.Events(run, p.last)
		if err != nil {
			return whyNot(err)
		}
		if err := p.take(events); err != nil {
			return err
		}
		if len(events) == 0 && (s.Ended != 0 || !s.Alive) { // it was looked at after it had ended
			rec, err := r.Record(run)
			if err != nil {
				return whyNot(err)
			}
			return p.end(rec)
		}
	}
	return nil
}

// An eventPrinter prints events and what follows from them.
type eventPrinter struct {
	c       *console
	json    bool
	replay  *history.Replay // nil if the program is not known
	last    int64           // number of the last event
	entries []history.Entry
	text    bytes.Buffer // to be printed
}

// enough is how many bytes are printed at once, if more follow.
const enough = 64 << 10

func (p *eventPrinter) take(events []runtime.Event) error {
	for i := range events {
		var step runtime.Step
		if p.replay != nil {
			var err error
			if step, err = p.replay.Apply(events[i]); err != nil {
				return failuref("%w", err)
			}
		}
		p.last = events[i].Seq
		p.entries = history.Entries(p.entries[:0], &events[i], &step)
		for k := range p.entries {
			if err := p.print(&p.entries[k]); err != nil {
				return err
			}
		}
	}
	return p.flush()
}

// end prints how a run ended that was ended from without.
func (p *eventPrinter) end(rec *history.Record) error {
	if p.replay == nil {
		return nil
	}
	if end, ok := p.replay.Ending(rec); ok {
		if err := p.print(&end); err != nil {
			return err
		}
	}
	return p.flush()
}

func (p *eventPrinter) print(e *history.Entry) error {
	if p.json {
		if err := appendLine(&p.text, e); err != nil {
			return err
		}
	} else {
		p.text.Write(view.AppendEntry(p.text.AvailableBuffer(), e))
	}
	if p.text.Len() < enough {
		return nil
	}
	return p.flush()
}

func (p *eventPrinter) flush() error {
	defer p.text.Reset()
	return p.c.print(p.text.Bytes())
}
