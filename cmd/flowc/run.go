package main

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local"
	"github.com/urfave/cli/v2"
)

func runCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a workflow on this machine",
		ArgsUsage: "--local FILE [WORKFLOW]",
		Description: `Runs a workflow of a file; which, may be left out if the file has one. The result
is printed as JSON; progress and the logs of programs go to stderr. Ctrl-C cancels
the run, and waits for what has to be cleaned up; a second one kills it. The exit
code is 0 if the run succeeded, 1 if it failed and 130 if it was cancelled.`,
		UsageText: `flowc run --local hello.flow --input '{"name": "Ada"}'
			flowc run --local etl.flow --input @day.json --param out=/tmp/sales -j 8
			flowc run --local etl.flow --only etl/parts --json`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "local", Usage: "run it on this machine"},
			&cli.StringFlag{Name: "input", Usage: "arguments of the workflow, an object by name: `JSON|@FILE|-`"},
			&cli.StringSliceFlag{Name: "param", Usage: "value of a parameter of the file: `NAME=VALUE`"},
			&cli.IntFlag{Name: "j", Aliases: []string{"jobs"}, Usage: "run at most `N` programs at a time (default: the number of CPUs)"},
			&cli.StringFlag{Name: "id", Usage: "call the run `RUN`"},
			&cli.StringFlag{Name: "state", Usage: "keep the events and files of the run in a folder of its own in `DIR`"},
			&cli.StringFlag{Name: "only", Usage: "run the node `PATH`, and what it depends on"},
			&cli.StringFlag{Name: "downstream", Usage: "run the node `PATH`, and what depends on it"},
			&cli.BoolFlag{Name: "json", Usage: "print the run, with all its nodes, instead of its result"},
		},
		Action: c.run,
	}
}

// run runs a workflow as the flags say.
func (c *console) run(ctx *cli.Context) error {
	args, err := arguments(ctx, 1, 2)
	switch {
	case err != nil:
		return err
	case !ctx.Bool("local"):
		return usagef("this version runs workflows on this machine only, in no domain: say `flowc run --local`")
	case ctx.IsSet("j") && ctx.Int("j") < 1:
		return usagef("-j cannot be %d: at least one program has to run", ctx.Int("j"))
	}
	given, err := givenParams(ctx.StringSlice("param"))
	if err != nil {
		return err
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
	cfg := local.Config{Program: p, Root: projectRoot(args[0]), Run: ctx.String("id"), Jobs: ctx.Int("j")}
	if cfg.Workflow, err = workflow(p, args[0], ctx.Args().Get(1)); err != nil {
		return err
	}
	if cfg.Params, cfg.Input, err = c.bind(p, cfg.Workflow, given, input); err != nil {
		return err
	}
	if cfg.Only, err = selection(p, cfg.Workflow, ctx.String("only"), ctx.String("downstream")); err != nil {
		return err
	}
	closeLog, err := keep(&cfg, ctx.String("state"))
	if err != nil {
		return err
	}
	report, err := c.drive(cfg)
	if err := errors.Join(err, closeLog()); err != nil {
		return c.broken(r, err)
	}
	if list := misfortunes(r, report); len(list) > 0 {
		c.sayf("\n")
		c.show(list)
	}
	return c.outcome(report, ctx.Bool("json"))
}

// selection returns the ids of the nodes that take part, nil for all.
func selection(p *ir.Program, workflow, only, downstream string) ([]string, error) {
	if only == "" && downstream == "" {
		return nil, nil
	}
	ids, err := runtime.Select(p, workflow, only, downstream)
	if err != nil {
		return nil, usagef("%w", err)
	}
	return ids, nil
}

// keep makes cfg keep the events and files of the run in a folder of its own in
// state, unless that is "". The function that it returns closes what it opened.
func keep(cfg *local.Config, state string) (func() error, error) {
	nothing := func() error { return nil }
	if cfg.Run == "" {
		cfg.Run = local.NewRunID(cfg.Workflow, time.Now())
	}
	if state == "" {
		return nothing, nil
	}
	folder := filepath.Join(state, cfg.Run)
	if err := os.MkdirAll(state, 0o777); err != nil {
		return nothing, usagef("the folder for the run cannot be made: %w", err)
	}
	err := os.Mkdir(folder, 0o777)
	switch {
	case errors.Is(err, os.ErrExist):
		return nothing, usagef("there is a run %s in %s already; give this one another --id", cfg.Run, state)
	case err != nil:
		return nothing, usagef("the folder for the run cannot be made: %w", err)
	}
	log, err := local.CreateLog(filepath.Join(folder, "events.jsonl"))
	if err != nil {
		return nothing, usagef("the log of the run cannot be made: %w", err)
	}
	cfg.Log, cfg.Out = log, filepath.Join(folder, "out")
	return log.Close, nil
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
	case ir.Succeeded.String():
		return err
	case ir.Cancelled.String():
		return worse(err, errCancelled)
	default:
		return worse(err, errFailed)
	}
}
