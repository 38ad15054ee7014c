package main

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/runtime/swf/deploy"
	"github.com/flowc/flowc/runtime/swf/operate"
	"github.com/flowc/flowc/runtime/view"
	"github.com/urfave/cli/v2"
)

func redriveCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "redrive",
		Usage:     "run again what failed in a run, and reuse the rest",
		ArgsUsage: "RUN",
		Description: `Begins a new run with the input of one that has ended. What succeeded there is
reused: a task of the same id, the same activity, version and input has its result
from then. All else runs, and why is said. --with takes another definition, in
which the mistake was mended; --from lets a node and all that depends on it run
again. --plan only says what would run. On this machine the new run is run here;
in a domain it is started.`,
		UsageText: `flowc redrive etl-01J8Z3
			flowc redrive etl-01J8Z3 --with etl.flow --plan
			flowc redrive etl-01J8Z3 --from etl/totals`,
		Flags: runsFlags(
			&cli.StringFlag{Name: "with", Usage: "run the definition in `FILE`, not that of the run"},
			&cli.StringFlag{Name: "from", Usage: "run the node `PATH` again, and what depends on it"},
			&cli.BoolFlag{Name: "plan", Usage: "say what would be reused and what would run, and run nothing"},
			&cli.StringFlag{Name: "id", Usage: "call the new run `RUN`"},
			&cli.IntFlag{Name: "j", Aliases: []string{"jobs"}, Usage: "run at most `N` programs at a time (default: as the run did)"},
			&cli.BoolFlag{Name: "json", Usage: "print the new run with all its nodes or, with --plan, the plan"},
		),
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 1, 1)
			switch {
			case err != nil:
				return err
			case ctx.IsSet("j") && ctx.Int("j") < 1:
				return usagef("-j cannot be %d: at least one program has to run", ctx.Int("j"))
			case ctx.String("id") != "":
				if err := local.CheckRunID(ctx.String("id")); err != nil {
					return usagef("%w", err)
				}
			}
			var d *redrive
			err = c.withRuns(ctx, func(r *runs) (err error) {
				if d, err = c.prepareRedrive(ctx, r, args[0]); err != nil {
					return err
				}
				switch {
				case ctx.Bool("plan"):
					return c.printRedrive(ctx, d)
				case r.domain != nil:
					return c.startRedrive(ctx, r, d)
				}
				return nil
			})
			if err != nil || ctx.Bool("plan") || d.started {
				return err
			}
			return c.runRedrive(ctx, d)
		},
	}
}

// A redrive is a run that is to take over what an earlier one did.
type redrive struct {
	of      *history.Record
	past    *history.Past
	program *ir.Program
	start   *runtime.Start
	plan    *history.Redrive
	folder  string // that the folders of activities are relative to
	jobs    int
	started bool // in a domain
}

// prepareRedrive finds out what a redrive would do.
func (c *console) prepareRedrive(ctx *cli.Context, r *runs, id string) (*redrive, error) {
	rec, err := r.record(id)
	if err != nil {
		return nil, err
	}
	s := &rec.Summary
	switch {
	case s.Parent != nil:
		return nil, usagef("run %s is a child run: it is run again with the one that it belongs to, %s", s.Run, s.Parent.Run)
	case statusWord(s) == interrupted:
		return nil, failuref("run %s has not ended: `flowc resume %s` goes on with it", s.Run, s.Run)
	case s.Status == ir.Running.String():
		return nil, failuref("run %s has not ended", s.Run)
	}
	d := &redrive{of: rec, program: rec.Program}
	if d.past, err = rec.Past(); err != nil {
		return nil, failuref("%w", err)
	}
	if r.journal != nil {
		setting, err := r.journal.Setting(s.Run)
		if err != nil {
			return nil, failuref("%w", err)
		}
		d.folder, d.jobs = setting.Folder, setting.Jobs
	}
	old := rec.Events[0].Start
	if old.Carried != nil {
		return nil, failuref("run %s is the last part of a longer one, which went on as new: what was done before is not in its history", s.Run)
	}
	d.start = &runtime.Start{
		Workflow: s.Workflow, Input: old.Input, Params: old.Params, Tags: old.Tags, Flags: runtime.Flags, Only: old.Only, Asked: old.Asked, Shards: old.Shards,
	}
	if with := ctx.String("with"); with != "" {
		if err := c.redefine(d, with, r.domain); err != nil {
			return nil, err
		}
	}
	var again []string
	if from := ctx.String("from"); from != "" {
		if again, err = runtime.Affected(d.program, s.Workflow, nodePath(d.program, s.Workflow, from)); err != nil {
			return nil, usagef("%w", err)
		}
	}
	d.start.IR, d.start.Reuse = d.program.Hash(), d.past.Reuse(again...)
	if d.start.Run = ctx.String("id"); d.start.Run == "" {
		d.start.Run = local.NewRunID(s.Workflow, time.Now())
	}
	if d.plan, err = d.past.Plan(d.program, d.start); err != nil {
		return nil, failuref("%w", err)
	}
	return d, nil
}

// redefine makes a redrive one of the definition in a file, which the input of
// the run must fit.
func (c *console) redefine(d *redrive, file string, in *domain) error {
	result, err := c.program(file)
	if err != nil {
		return err
	}
	d.program, d.folder = result.Program, projectRoot(file)
	d.start.Only, d.start.Asked = nil, nil // which nodes took part was said of the other definition
	if _, err := workflow(d.program, file, d.start.Workflow); err != nil {
		return err
	}
	input, err := json.Marshal(d.start.Input)
	if err != nil {
		return err
	}
	given := map[string]string{}
	for name, value := range d.start.Params {
		if given[name] = string(value); json.Unmarshal(value, new(string)) == nil {
			var text string
			_ = json.Unmarshal(value, &text)
			given[name] = text
		}
	}
	var p *project
	if in != nil {
		p = in.project
	} else if p, err = projectOf(file, ""); err != nil {
		return err
	}
	d.start.Params, d.start.Input, err = c.bind(p, d.program, d.start.Workflow, given, diag.NewSource("the input of run "+d.of.Summary.Run, input))
	return err
}

// printRedrive prints what a redrive would do.
func (c *console) printRedrive(ctx *cli.Context, d *redrive) error {
	if ctx.Bool("json") {
		return c.printJSON(d.plan)
	}
	return view.Redrive(c.out, d.plan, c.pictureOptions())
}

// runRedrive runs a redrive on this machine, as run would.
func (c *console) runRedrive(ctx *cli.Context, d *redrive) error {
	cfg := local.Config{
		Program: d.program, Workflow: d.start.Workflow, Root: d.folder, Run: d.start.Run, Jobs: d.jobs,
		Input: d.start.Input, Params: d.start.Params, Tags: d.start.Tags, Only: d.start.Only, Asked: d.start.Asked, Reuse: d.start.Reuse,
	}
	if ctx.IsSet("j") {
		cfg.Jobs = ctx.Int("j")
	}
	dir, err := stateDirOf(ctx, "")
	if err != nil {
		return err
	}
	closeState, err := keep(&cfg, dir)
	if err != nil {
		return err
	}
	c.sayf("run %s takes over %s of %s\n", cfg.Run, plural(len(d.plan.Reused), "outcome"), d.of.Summary.Run)
	report, err := c.driveAs(cfg, view.Options{Why: d.why}, local.New)
	if err := errors.Join(err, closeState()); err != nil {
		return failuref("%w", err)
	}
	if list := misplaced(d.program, &report); len(list) > 0 {
		c.sayf("\n")
		c.show(list)
	}
	return c.outcome(report, ctx.Bool("json"))
}

// why says why a task begins that could have been reused.
func (d *redrive) why(x *runtime.Change) string {
	if checkPath(d.program, d.start.Workflow, x.Node) != nil { // of a child run
		return ""
	}
	return strings.TrimSpace(d.past.Why(x))
}

// startRedrive starts a redrive in a domain, where deciders and workers run it.
func (c *console) startRedrive(ctx *cli.Context, r *runs, d *redrive) error {
	d.started = true
	if !limits.ValidID(d.start.Run) {
		return usagef("--id cannot be %q: the service takes at most %d characters, not `:`, `/` or `|`, and not `arn`", d.start.Run, limits.ID)
	}
	o := &operate.Order{
		Program: d.program, Workflow: d.start.Workflow, Input: d.start.Input, Params: d.start.Params,
		Only: d.start.Only, Asked: d.start.Asked, ID: d.start.Run, LambdaRole: r.domain.project.settings.LambdaRole, Reuse: d.start.Reuse,
	}
	var err error
	if o.Values, err = deploy.Values(o.Program, o.Params); err != nil {
		return failuref("%w", err)
	}
	x, err := r.operated.Start(*o)
	if err != nil {
		return startError(r.domain, o, err)
	}
	if ctx.Bool("json") {
		return c.printJSON(startedJSON{Run: x.Run, WorkflowID: x.WorkflowID, Workflow: o.Workflow, IR: o.Program.Hash(), Domain: r.domain.name})
	}
	return c.printf("%s\n", x.Run)
}
