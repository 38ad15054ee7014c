package main

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/runtime/history"
	"github.com/urfave/cli/v2"
)

func cancelCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "cancel",
		Usage:     "cancel a run that is under way, or one node of it",
		ArgsUsage: "RUN [PATH]",
		Description: `Cancels a run, from another terminal, as Ctrl-C in its own does: what runs is asked to
stop, and handlers run. With PATH one node is cancelled alone: it counts as failed
with the error Cancelled, and the run goes on as it does after any failure. On this
machine the command returns when the run has heard it, in a domain when the service
has; it does not wait for the end.`,
		UsageText: `flowc cancel etl-01J8Z3
			flowc cancel etl-01J8Z3 'etl/rows[2026-01-31]/extract'`,
		Flags: runsFlags(),
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 1, 2)
			if err != nil {
				return err
			}
			return c.withRuns(ctx, func(r *runs) error {
				s, err := r.underWay(args[0])
				if err != nil {
					return err
				}
				node := ""
				if len(args) == 2 {
					node = args[1]
					if err := r.checkOpen(s, node); err != nil {
						return err
					}
				}
				return whyNot(r.Cancel(s.Run, node))
			})
		},
	}
}

func killCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "kill",
		Usage:     "end a run that is under way, without its handlers",
		ArgsUsage: "RUN",
		Description: `Ends a run, from another terminal, as a second Ctrl-C in its own does: every program
is killed at once, and handlers do not run. Which of them did not is said where the
run was started. In a domain the service ends the run and its child runs, and workers
end their programs when they hear of it.`,
		UsageText: "flowc kill etl-01J8Z3",
		Flags:     runsFlags(),
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 1, 1)
			if err != nil {
				return err
			}
			return c.withRuns(ctx, func(r *runs) error {
				s, err := r.underWay(args[0])
				if err != nil {
					return err
				}
				return whyNot(r.Kill(s.Run))
			})
		},
	}
}

// checkOpen reports a path of a run that leads to no node, or to one that has
// ended, which a cancel would pass over.
func (r *runs) checkOpen(s history.Summary, node string) error {
	rec, err := r.Record(s.Run)
	if err != nil {
		return whyNot(err)
	}
	if err := rec.Known(); err != nil {
		return failuref("%w", err)
	}
	if err := checkPath(rec.Program, rec.Summary.Workflow, node); err != nil {
		return err
	}
	status, err := rec.NodeStatus(node)
	if err == nil && status != ir.Waiting && status != ir.Running { // else what drives the run may know better
		return failuref("`%s` has ended: it %s", node, pastWord(status.String()))
	}
	return nil
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
