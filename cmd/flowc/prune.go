package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/urfave/cli/v2"
)

func pruneCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:  "prune",
		Usage: "remove runs that ended long ago",
		Description: `Removes runs on this machine that ended before a time, with their child runs, events,
logs and files, and the programs and values that no run is left of which needs them.
What has not ended stays, whatever its age.`,
		UsageText: `flowc prune --older-than 30d
			flowc prune --older-than 7d --status succeeded --dry-run`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "older-than", Usage: "those that ended at least `AGE` ago, such as 30d or 12h"},
			&cli.StringFlag{Name: "status", Usage: "only those that ended as `STATUS`"},
			&cli.BoolFlag{Name: "dry-run", Usage: "say which, and remove nothing"},
			stateFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print what was removed"},
		},
		Action: c.prune,
	}
}

// prunedJSON is what --json prints.
type prunedJSON struct {
	Runs     []string `json:"runs"`
	Children int      `json:"children"`
	Programs int      `json:"programs"`
	Blobs    int      `json:"blobs"`
	Bytes    int64    `json:"bytes"` // of files
	DryRun   bool     `json:"dryRun"`
}

// prune removes runs.
func (c *console) prune(ctx *cli.Context) error {
	if _, err := arguments(ctx, 0, 0); err != nil {
		return err
	}
	p := journal.Pruning{Status: ctx.String("status"), DryRun: ctx.Bool("dry-run")}
	if p.Status != "" && !slices.Contains(endedStatuses, p.Status) {
		return usagef("--status %q: a run ends as %s", p.Status, strings.Join(endedStatuses, ", "))
	}
	text := ctx.String("older-than")
	if text == "" {
		return usagef("say how old: flowc prune --older-than 30d")
	}
	age, err := ir.ParseDuration(text)
	if err != nil || age < 0 {
		return usagef("--older-than %q is no age such as 30d or 12h", text)
	}
	p.Before = ir.Time(time.Now().UnixNano() - int64(age))
	dir, err := stateDirOf(ctx, "")
	if err != nil {
		return err
	}
	j, err := openState(dir)
	if err != nil {
		return err
	}
	done, err := j.Prune(p)
	if err := errors.Join(err, j.Close()); err != nil {
		return failuref("%w", err)
	}
	if ctx.Bool("json") {
		runs := done.Runs
		if runs == nil {
			runs = []string{}
		}
		return c.printJSON(prunedJSON{runs, done.Children, done.Programs, done.Blobs, done.Bytes, p.DryRun})
	}
	return c.printPruned(done, p.DryRun)
}

// endedStatuses are the ways in which a run ends.
var endedStatuses = []string{"succeeded", "failed", "timed_out", "cancelled", "undone"}

// printPruned says what was removed.
func (c *console) printPruned(done journal.Pruned, dry bool) error {
	if dry {
		for _, run := range done.Runs {
			if err := c.printf("%s\n", run); err != nil {
				return err
			}
		}
		c.sayf("%s would be removed\n", numbered(len(done.Runs), "run"))
		return nil
	}
	c.sayf("removed %s, %s, %s, %s, and %s of files\n", numbered(len(done.Runs), "run"), numbered(done.Children, "child run"),
		numbered(done.Programs, "program"), numbered(done.Blobs, "value"), size(done.Bytes))
	return nil
}

// numbered returns a number of things.
func numbered(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// size returns a number of bytes as people read it.
func size(n int64) string {
	switch {
	case n < 1<<10:
		return numbered(int(n), "byte")
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
