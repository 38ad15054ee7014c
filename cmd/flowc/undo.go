package main

import (
	"errors"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/local"
	"github.com/urfave/cli/v2"
)

func undoCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "undo",
		Usage:     "take back what a run on this machine has done",
		ArgsUsage: "RUN",
		Description: `Undoes the steps of a run that has ended, as the flow says how each is undone: against
the order in which they were done. What was undone before is not undone again; undos
that have failed are tried once more. The run is undone then, and says so wherever it
is shown. The exit code is 1 if something could not be undone.`,
		UsageText: `flowc undo order-01J8Z3
			flowc undo order-01J8Z3 --json`,
		Flags: []cli.Flag{
			stateFlag(),
			&cli.IntFlag{Name: "j", Aliases: []string{"jobs"}, Usage: "run at most `N` programs at a time (default: as the run did)"},
			&cli.BoolFlag{Name: "json", Usage: "print the run with all its nodes"},
		},
		Action: c.undo,
	}
}

// undo undoes a run.
func (c *console) undo(ctx *cli.Context) error {
	args, err := arguments(ctx, 1, 1)
	switch {
	case err != nil:
		return err
	case ctx.IsSet("j") && ctx.Int("j") < 1:
		return usagef("-j cannot be %d: at least one program has to run", ctx.Int("j"))
	}
	dir, err := stateDirOf(ctx, "")
	if err != nil {
		return err
	}
	r := &runs{stop: func() {}}
	if err := r.openJournal(dir); err != nil {
		return err
	}
	rec, err := r.record(args[0])
	if err == nil {
		err = undoable(rec)
	}
	if err != nil {
		return r.close(err)
	}
	some, err := anythingToUndo(rec)
	if err := r.close(err); err != nil {
		return err
	}
	if !some {
		c.sayf("there is nothing left to undo in run %s\n", rec.Summary.Run)
		return c.asItIs(rec, ctx.Bool("json"))
	}
	return c.undoRun(ctx, rec)
}

// asItIs prints a run in which there is nothing to undo, if that is wanted.
func (c *console) asItIs(rec *history.Record, whole bool) error {
	if !whole {
		return nil
	}
	p, err := rec.Picture()
	if err != nil {
		return failuref("%w", err)
	}
	return c.printJSON(p.Report)
}

// undoable reports why a run cannot be undone.
func undoable(rec *history.Record) error {
	s := &rec.Summary
	switch {
	case s.Parent != nil:
		return usagef("run %s is a child run: it is undone with the one that it belongs to, %s", s.Run, s.Parent.Run)
	case statusWord(s) == interrupted:
		return failuref("run %s has not ended: `flowc resume %s` goes on with it", s.Run, s.Run)
	case s.Status == ir.Running.String():
		return failuref("run %s has not ended: only a run that has ended can be undone", s.Run)
	}
	return nil
}

// anythingToUndo reports whether undoing a run would do anything.
func anythingToUndo(rec *history.Record) (bool, error) {
	replay, err := history.NewReplay(rec.Program, rec.Summary.Workflow)
	if err != nil {
		return false, failuref("%w", err)
	}
	for i := range rec.Events {
		if _, err := replay.Apply(rec.Events[i]); err != nil {
			return false, failuref("%w", err)
		}
	}
	last := rec.Events[len(rec.Events)-1]
	step, err := replay.Apply(runtime.Event{Seq: last.Seq + 1, Time: last.Time, Type: runtime.UndoRequested})
	if err != nil {
		return false, failuref("%w", err)
	}
	return len(step.Commands) > 0, nil
}

// undoRun lets a run go on, to undo it.
func (c *console) undoRun(ctx *cli.Context, rec *history.Record) error {
	dir, err := stateDirOf(ctx, "")
	if err != nil {
		return err
	}
	j, err := openState(dir)
	if err != nil {
		return err
	}
	k, err := j.TakeOver(rec.Summary.Run)
	var alive *journal.AliveError
	switch {
	case errors.As(err, &alive):
		return errors.Join(failuref("%w", err), j.Close())
	case err != nil:
		return errors.Join(whyNot(err), j.Close())
	}
	closeState := func() error { return errors.Join(k.Close(), j.Close()) }
	setting, err := k.Setting()
	if err != nil {
		return errors.Join(failuref("%w", err), closeState())
	}
	cfg := local.Config{
		Program: rec.Program, Root: setting.Folder, Run: rec.Summary.Run, Jobs: setting.Jobs, Undo: true,
		Inbox: k.Inbox(), Out: k.Out(), Blobs: j.Blobs(),
	}
	if ctx.IsSet("j") {
		cfg.Jobs = ctx.Int("j")
	}
	report, err := c.driveOn(cfg, k)
	if err := errors.Join(err, closeState()); err != nil {
		return failuref("%w", err)
	}
	return c.undone(report, ctx.Bool("json"))
}

// undone prints what came of undoing a run.
func (c *console) undone(report runtime.RunReport, whole bool) error {
	if whole {
		if err := c.printJSON(report); err != nil {
			return err
		}
	}
	switch report.Status {
	case ir.Undone.String():
		return nil
	case ir.Cancelled.String():
		return errCancelled
	}
	return errFailed
}
