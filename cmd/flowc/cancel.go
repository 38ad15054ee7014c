package main

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/urfave/cli/v2"
)

func cancelCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "cancel",
		Usage:     "cancel a run that is under way, or one node of it",
		ArgsUsage: "RUN [PATH]",
		Description: `Cancels a run on this machine, from another terminal, as Ctrl-C in its own does: what
runs is asked to stop, and handlers run. With PATH one node is cancelled alone: it
counts as failed with the error Cancelled, and the run goes on as it does after
any failure. The command returns when the run has heard it, and does not wait for
its end.`,
		UsageText: `flowc cancel etl-01J8Z3
			flowc cancel etl-01J8Z3 'etl/rows[2026-01-31]/extract'`,
		Flags: []cli.Flag{stateFlag()},
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 1, 2)
			if err != nil {
				return err
			}
			j, run, err := findRun(ctx, args[0])
			if err != nil {
				return err
			}
			defer j.Close()
			m := journal.Message{Run: run.Run, Want: journal.WantCancel}
			if len(args) == 2 {
				m.Node = args[1]
				p, err := j.Program(run.IR)
				if err != nil {
					return failuref("the program of run %s cannot be read: %w", args[0], err)
				}
				if err := checkPath(p, run.Workflow, m.Node); err != nil {
					return err
				}
			}
			return refused(j.Send(m))
		},
	}
}

func killCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "kill",
		Usage:     "end a run that is under way, without its handlers",
		ArgsUsage: "RUN",
		Description: `Ends a run on this machine, from another terminal, as a second Ctrl-C in its own
does: every program is killed at once, and handlers do not run. Which of them did
not is said where the run was started.`,
		UsageText: "flowc kill etl-01J8Z3",
		Flags:     []cli.Flag{stateFlag()},
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 1, 1)
			if err != nil {
				return err
			}
			j, run, err := findRun(ctx, args[0])
			if err != nil {
				return err
			}
			defer j.Close()
			return refused(j.Kill(run.Run))
		},
	}
}

// checkPath reports a path that no node of a workflow can have.
func checkPath(p *ir.Program, workflow, path string) error {
	static := ir.StaticID(path)
	for _, w := range p.Workflows {
		if w.Name != workflow {
			continue
		}
		ids := make([]string, len(w.Nodes))
		for k := range w.Nodes {
			if ids[k] = w.Nodes[k].ID; ids[k] == static {
				return nil
			}
		}
		return noPath(workflow, path, static, ids)
	}
	return usagef("there is no workflow `%s`", workflow)
}

// noPath returns the error of a path that leads to no node.
func noPath(workflow, path, static string, ids []string) error {
	if near, ok := spell.Nearest(static, ids); ok {
		return usagef("workflow `%s` has no node `%s`; did you mean `%s`?", workflow, path, near)
	}
	return usagef("workflow `%s` has no node `%s`", workflow, path)
}
