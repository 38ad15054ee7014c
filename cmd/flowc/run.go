package main

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/local"
	"github.com/urfave/cli/v2"
)

func runCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a workflow, on this machine or on a domain of Amazon SWF",
		ArgsUsage: "FILE [WORKFLOW]",
		Description: `Runs a workflow of a file; which, may be left out if the file has one. With --local it
runs on this machine, else on a domain, with a decider and a worker in this process
until it has ended. The result is printed as JSON; progress and the logs of programs
go to stderr. Ctrl-C cancels the run, and waits for what has to be cleaned up; a
second one kills it. The exit code is 0 if the run succeeded, 1 if it failed and 130
if it was cancelled.`,
		UsageText: `flowc run --local hello.flow --input '{"name": "Ada"}'
			flowc run --local etl.flow --input @day.json --param out=/tmp/sales -j 8
			flowc run --local etl.flow --only etl/parts --json
			flowc run etl.flow --domain sales --input '{"day": "2026-01-31"}'`,
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "local", Usage: "run it on this machine"},
			&cli.StringFlag{Name: "input", Usage: "arguments of the workflow, an object by name: `JSON|@FILE|-`"},
			&cli.StringSliceFlag{Name: "param", Usage: "value of a parameter of the file: `NAME=VALUE`"},
			&cli.IntFlag{Name: "j", Aliases: []string{"jobs"}, Usage: "run at most `N` programs at a time (default: the number of CPUs)"},
			&cli.StringFlag{Name: "id", Usage: "call the run `RUN`"},
			&cli.StringSliceFlag{Name: "tag", Usage: "mark the run with `TAG`, by which list finds it"},
			&cli.BoolFlag{Name: "detach", Usage: "with --local: run it in the background, and print the run's id at once"},
			stateFlag(),
			&cli.StringFlag{Name: "only", Usage: "run the node `PATH`, and what it depends on"},
			&cli.StringFlag{Name: "downstream", Usage: "run the node `PATH`, and what depends on it"},
			&cli.BoolFlag{Name: "json", Usage: "print the run, with all its nodes, instead of its result"},
		}, domainFlags()...),
		Action: c.run,
	}
}

// run runs a workflow as the flags say.
func (c *console) run(ctx *cli.Context) error {
	args, err := arguments(ctx, 1, 2)
	switch {
	case err != nil:
		return err
	case ctx.IsSet("j") && ctx.Int("j") < 1:
		return usagef("-j cannot be %d: at least one program has to run", ctx.Int("j"))
	}
	d, err := domainOf(ctx, args[0])
	switch {
	case err != nil:
		return err
	case !ctx.Bool("local") && d.name == "":
		return usagef("where? Say --local to run it on this machine, or --domain D to run it on Amazon SWF")
	case !ctx.Bool("local"):
		return c.runOnDomain(ctx, args)
	}
	given, err := givenParams(ctx.StringSlice("param"))
	if err != nil {
		return err
	}
	if args[0] == stdin && ctx.String("input") == stdin {
		return usagef("stdin cannot be both the file and its input")
	}
	input, err := c.inputSource(ctx.String("input"))
	if err != nil {
		return err
	}
	if id := ctx.String("id"); id != "" {
		if err := local.CheckRunID(id); err != nil {
			return usagef("%w", err)
		}
	}
	r, err := c.program(args[0])
	if err != nil {
		return err
	}
	p := r.Program
	cfg := local.Config{Program: p, Root: projectRoot(args[0]), Run: ctx.String("id"), Jobs: ctx.Int("j"), Tags: ctx.StringSlice("tag")}
	if cfg.Workflow, err = workflow(p, args[0], ctx.Args().Get(1)); err != nil {
		return err
	}
	if cfg.Params, cfg.Input, err = c.bind(d.project, r.Shown(), cfg.Workflow, given, input); err != nil {
		return err
	}
	if cfg.Only, cfg.Asked, err = selection(p, cfg.Workflow, ctx.String("only"), ctx.String("downstream")); err != nil {
		return err
	}
	dir := d.project.stateDir(ctx.String("state"))
	if id := inBackground(); id != "" {
		cfg.Run = id
	} else if ctx.Bool("detach") {
		return c.detach(&cfg, dir, readFromStdin(args[0], ctx.String("input"), r, input))
	}
	closeState, err := keep(&cfg, dir)
	if err != nil {
		return err
	}
	report, err := c.drive(cfg)
	if err := errors.Join(err, closeState()); err != nil {
		return c.broken(r, err)
	}
	if list := misfortunes(r, report); len(list) > 0 {
		c.sayf("\n")
		c.show(list)
	}
	return c.outcome(report, ctx.Bool("json"))
}

// selection returns the ids of the nodes that take part, nil for all, and the
// paths of those that are wanted.
func selection(p *ir.Program, workflow, only, downstream string) (ids, asked []string, err error) {
	if only == "" && downstream == "" {
		return nil, nil, nil
	}
	ids, asked, err = runtime.Select(p, workflow, nodePath(p, workflow, only), nodePath(p, workflow, downstream))
	if err != nil {
		return nil, nil, usagef("%w", err)
	}
	return ids, asked, nil
}

// keep makes cfg keep the run in a state folder, which listens for messages to
// it. The function that it returns ends that. Where nobody named a folder and
// the usual one cannot be written to, as in many a container, the run is not
// kept: it can do without.
func keep(cfg *local.Config, dir string) (func() error, error) {
	nothing := func() error { return nil }
	if cfg.Run == "" {
		cfg.Run = local.NewRunID(cfg.Workflow, time.Now())
	}
	j, err := openState(dir)
	if err != nil {
		if dir == "" && !damaged(err) {
			return nothing, nil
		}
		return nothing, notKept(err)
	}
	root, err := filepath.Abs(cfg.Root)
	if err != nil {
		return nothing, errors.Join(usagef("%w", err), j.Close())
	}
	k, err := j.Keep(cfg.Program, cfg.Run, journal.Setting{Folder: root, Jobs: cfg.Jobs})
	var taken *journal.TakenError
	switch {
	case errors.As(err, &taken):
		return nothing, errors.Join(usagef("%w; give this one another --id", err), j.Close())
	case err != nil:
		return nothing, errors.Join(notKept(err), j.Close())
	}
	cfg.Store, cfg.Inbox, cfg.Out, cfg.Blobs = k, k.Inbox(), k.Out(), j.Blobs()
	return func() error { return errors.Join(k.Close(), j.Close()) }, nil
}

// notKept returns the error of a run that cannot be kept.
func notKept(err error) error { return usagef("the run cannot be kept: %w", err) }

// openState opens a state folder to keep runs in, or to change what is kept.
func openState(dir string) (*journal.Journal, error) {
	dir, err := stateFolder(dir)
	if err != nil {
		return nil, err
	}
	j, err := journal.Open(dir)
	if err != nil {
		return nil, usagef("%w", err)
	}
	return j, nil
}

// damaged reports whether there is a journal, but one that cannot be used: to
// run without it would hide that.
func damaged(err error) bool {
	var newer *journal.NewerError
	var bad *journal.DamagedError
	return errors.As(err, &newer) || errors.As(err, &bad)
}

// stateFolder returns the folder that --state names, or the usual one.
func stateFolder(dir string) (string, error) {
	if dir == "" {
		var err error
		if dir, err = journal.DefaultDir(os.Getenv); err != nil {
			return "", usagef("%w, and no --state names one", err)
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", usagef("%w", err)
	}
	return dir, nil
}

// stateFlag is a flag of every command about runs on this machine.
func stateFlag() cli.Flag {
	return &cli.StringFlag{Name: "state", Usage: "the state folder is `DIR` (default: $XDG_STATE_HOME/flowc, else ~/.local/state/flowc)"}
}

// outcome prints what came of a run.
func (c *console) outcome(report runtime.RunReport, whole bool) error {
	var err error
	switch {
	case whole:
		err = c.printJSON(report)
	case report.Status == ir.Succeeded.String():
		err = c.printJSON(report.Result)
	}
	switch report.Status {
	case ir.Succeeded.String(), ir.Undone.String(): // the latter of one that was being undone, and went on
		return err
	case ir.Cancelled.String():
		return worse(err, errCancelled)
	default:
		return worse(err, errFailed)
	}
}
