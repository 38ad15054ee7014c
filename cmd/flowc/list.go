package main

import (
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/view"
	"github.com/urfave/cli/v2"
)

// interrupted is how a run is shown that no process drives, though it has not
// ended.
const interrupted = "interrupted"

var runStatuses = []string{"running", interrupted, "succeeded", "failed", "timed_out", "cancelled", "killed", "undone"}

func listCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "list",
		Usage:     "list runs",
		ArgsUsage: " ",
		Description: `Lists runs, the newest first: those on this machine, or in a domain. A run is
interrupted if it has not ended, but no process drives it: flowc resume goes on
with it. Of its id as much is enough, in every command, as no other begins with.`,
		UsageText: `flowc list
			flowc list --status failed --since 1d
			flowc list --workflow etl --tag nightly --json`,
		Flags: runsFlags(
			choice(&cli.StringFlag{Name: "status", Usage: "only those of this `STATUS`: " + strings.Join(runStatuses, ", ")}, runStatuses),
			&cli.StringFlag{Name: "workflow", Usage: "only runs of the workflow `NAME`"},
			&cli.StringFlag{Name: "tag", Usage: "only those with the tag `TAG`"},
			&cli.StringFlag{Name: "since", Usage: "only those that began at `TIME` or later, or at most so long ago: 2h"},
			&cli.IntFlag{Name: "limit", Value: 50, Usage: "at most `N`, 0 for all"},
			&cli.BoolFlag{Name: "children", Usage: "child runs too"},
			&cli.BoolFlag{Name: "json", Usage: "print an object a line"},
		),
		Action: func(ctx *cli.Context) error {
			if _, err := arguments(ctx, 0, 0); err != nil {
				return err
			}
			return c.withRuns(ctx, func(r *runs) error { return c.list(ctx, r) })
		},
	}
}

// list prints the runs that the flags want.
func (c *console) list(ctx *cli.Context, r *runs) error {
	f := history.Filter{
		Status: ctx.String("status"), Workflow: ctx.String("workflow"), Tag: ctx.String("tag"), Children: ctx.Bool("children"),
	}
	var err error
	if since := ctx.String("since"); since != "" {
		if f.Since, err = pastTime("since", since, time.Now()); err != nil {
			return err
		}
	}
	limit := ctx.Int("limit")
	switch {
	case limit < 0:
		return usagef("--limit cannot be %d", limit)
	case limit > 0:
		f.Limit = limit + 1 // to see whether there are more
	}
	status := f.Status
	if status == interrupted || status == ir.Running.String() {
		f.Status, f.Limit = ir.Running.String(), 0 // who is alive is known only when it is looked at
	}
	found, err := r.Runs(f)
	if err != nil {
		return whyNot(err)
	}
	shown := found[:0]
	for _, s := range found {
		if status == "" || statusWord(&s) == status {
			shown = append(shown, s)
		}
	}
	more := limit > 0 && len(shown) > limit
	if more {
		shown = shown[:limit]
	}
	if err := c.printRuns(shown, ctx.Bool("json")); err != nil {
		return err
	}
	switch {
	case more:
		c.sayf("there are more: --limit 0 lists all\n")
	case len(shown) == 0 && !ctx.Bool("json"):
		c.sayf("no such runs in %s\n", r.where)
	}
	return nil
}

// statusWord returns the status of a run as it is listed.
func statusWord(s *history.Summary) string {
	if s.Status == ir.Running.String() && !s.Alive {
		return interrupted
	}
	return s.Status
}

// runLine is what list prints of a run as JSON.
type runLine struct {
	Run        string             `json:"run"`
	WorkflowID string             `json:"workflow_id,omitempty"`
	Workflow   string             `json:"workflow"`
	IR         string             `json:"ir,omitempty"`
	Status     string             `json:"status"`
	Started    ir.Time            `json:"started"`
	Ended      *ir.Time           `json:"ended,omitempty"`
	Tags       []string           `json:"tags,omitempty"`
	Parent     *runtime.ParentRun `json:"parent,omitempty"`
}

func (c *console) printRuns(found []history.Summary, asJSON bool) error {
	if asJSON {
		for i := range found {
			s := &found[i]
			l := runLine{Run: s.Run, Workflow: s.Workflow, IR: s.IR, Status: statusWord(s), Started: s.Started, Tags: s.Tags, Parent: s.Parent}
			if s.Ended != 0 {
				l.Ended = &s.Ended
			}
			if s.WorkflowID != s.Run {
				l.WorkflowID = s.WorkflowID
			}
			if err := c.printLine(l); err != nil {
				return err
			}
		}
		return nil
	}
	if len(found) == 0 {
		return nil
	}
	t := view.NewTable("id", "run", "workflow", "status", "started", ">took", "tags", "called by")
	for i := range found {
		s := &found[i]
		row := []string{"", s.Run, s.Workflow, strings.ReplaceAll(statusWord(s), "_", " "), view.Stamp(s.Started), lasted(s, time.Now()), strings.Join(s.Tags, " "), ""}
		if s.WorkflowID != s.Run {
			row[0] = s.WorkflowID
		}
		if s.Parent != nil {
			row[7] = s.Parent.Run
		}
		t.Row(row...)
	}
	return c.print(t.Append(nil, c.width()))
}

// lasted says how long a run took, or has been taking; of one that was
// interrupted nobody knows.
func lasted(s *history.Summary, now time.Time) string {
	switch {
	case s.Ended != 0:
		return view.Took(time.Duration(s.Ended - s.Started))
	case s.Alive:
		return view.Took(now.Sub(time.Unix(0, int64(s.Started))))
	}
	return ""
}
