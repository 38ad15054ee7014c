package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/local"
	"github.com/urfave/cli/v2"
)

func resumeCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "resume",
		Usage:     "go on with a run whose process has ended",
		ArgsUsage: "RUN",
		Description: `Goes on with a run on this machine where the process that drove it was when it ended,
however that was. Nothing that was completed runs again; what was at work runs again,
as the same attempt and with the same FLOW_IDEMPOTENCY_KEY, when what is left of its
first try has been ended. The run keeps its definition, whatever became of its files.
--all goes on with every such run, --watch also with those to come, until it is told
to end; it then leaves its runs, which can be resumed again.`,
		UsageText: `flowc resume etl-01J8Z3
			flowc resume --all
			flowc resume --all --watch --json`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "go on with all runs that no process drives"},
			&cli.BoolFlag{Name: "watch", Usage: "with --all: and with those that will be such, until SIGTERM or Ctrl-C"},
			&cli.IntFlag{Name: "j", Aliases: []string{"jobs"}, Usage: "run at most `N` programs of a run at a time (default: as it was begun)"},
			stateFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print the run, with all its nodes, instead of its result; with --all on a line each"},
		},
		Action: c.resume,
	}
}

// resume goes on with runs.
func (c *console) resume(ctx *cli.Context) error {
	all := ctx.Bool("all")
	wanted := 1
	if all {
		wanted = 0
	}
	args, err := arguments(ctx, wanted, wanted)
	switch {
	case err != nil:
		return err
	case ctx.Bool("watch") && !all:
		return usagef("--watch goes with --all")
	case ctx.IsSet("j") && ctx.Int("j") < 1:
		return usagef("-j cannot be %d: at least one program has to run", ctx.Int("j"))
	}
	dir, err := stateDirOf(ctx, "")
	if err != nil {
		return err
	}
	j, err := openState(dir)
	if err != nil {
		return err
	}
	if all {
		s := &supervisor{console: c, journal: j, jobs: ctx.Int("j"), json: ctx.Bool("json"), watch: ctx.Bool("watch"), tried: map[string]bool{}}
		return errors.Join(s.supervise(), j.Close())
	}
	report, err := c.resumeOne(j, args[0], ctx.Int("j"))
	if err := errors.Join(err, j.Close()); err != nil {
		return err
	}
	return c.outcome(report, ctx.Bool("json"))
}

// resumeOne goes on with a run.
func (c *console) resumeOne(j *journal.Journal, id string, jobs int) (runtime.RunReport, error) {
	r := &runs{keeperOfRuns: j, where: j.Dir(), journal: j}
	s, err := r.find(id)
	if err != nil {
		return runtime.RunReport{}, err
	}
	k, cfg, err := takeOver(j, s, jobs)
	if err != nil {
		return runtime.RunReport{}, err
	}
	report, err := c.driveOn(cfg, k)
	if err := errors.Join(err, k.Close()); err != nil {
		return report, failuref("%w", err)
	}
	return report, nil
}

// takeOver makes this process the one that drives the tree of a run, and
// returns how.
func takeOver(j *journal.Journal, s history.Summary, jobs int) (*journal.Keeper, local.Config, error) {
	k, err := j.TakeOver(s.Run)
	if err != nil {
		return nil, local.Config{}, failuref("%w", err)
	}
	cfg, err := resumedConfig(j, k, s, jobs)
	if err != nil {
		return nil, cfg, errors.Join(err, k.Close())
	}
	return k, cfg, nil
}

// resumedConfig returns how a tree goes on.
func resumedConfig(j *journal.Journal, k *journal.Keeper, s history.Summary, jobs int) (cfg local.Config, err error) {
	unfinished, err := k.Unfinished()
	switch {
	case err != nil:
		return cfg, failuref("%w", err)
	case !unfinished:
		return cfg, failuref("%w", &journal.EndedError{Run: s.Run, Status: s.Status})
	}
	setting, err := k.Setting()
	if err != nil {
		return cfg, failuref("%w", err)
	}
	if _, err := os.Stat(setting.Folder); err != nil {
		return cfg, failuref("run %s cannot go on without the folder that it was begun in: %w", s.Run, err)
	}
	p, err := k.Program()
	if err != nil {
		return cfg, failuref("the program of run %s cannot be read: %w", s.Run, err)
	}
	cfg = local.Config{
		Program: p, Root: setting.Folder, Run: k.Root(), Jobs: setting.Jobs,
		Inbox: k.Inbox(), Out: k.Out(), Blobs: j.Blobs(),
	}
	if jobs > 0 {
		cfg.Jobs = jobs
	}
	return cfg, nil
}

// A supervisor goes on with all runs that nobody drives.
type supervisor struct {
	*console
	journal     *journal.Journal
	jobs        int
	json, watch bool

	mu    sync.Mutex
	tried map[string]bool // that are being driven by us, or cannot be
	worst error           // how they ended
}

// lookAgain is how often a supervisor looks for runs that nobody drives.
const lookAgain = time.Second

// supervise goes on with runs until there are none or, if it watches, until it
// is told to end.
func (s *supervisor) supervise() error {
	end, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	var driven sync.WaitGroup
	defer driven.Wait()
	for {
		dead, err := s.journal.Dead()
		if err != nil {
			return failuref("%w", err)
		}
		for _, run := range dead {
			if s.try(run) {
				driven.Go(func() { s.drive(end, run) })
			}
		}
		if !s.watch {
			driven.Wait()
			return s.worst
		}
		select {
		case <-end.Done():
			return nil
		case <-time.After(lookAgain):
		}
	}
}

// try reports whether a run is not among those that were tried, and adds it.
func (s *supervisor) try(run string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := !s.tried[run]
	s.tried[run] = true
	return fresh
}

// drive goes on with one run, and says how it ended.
func (s *supervisor) drive(end context.Context, run string) {
	report, err := s.driveToEnd(end, run)
	s.mu.Lock()
	defer s.mu.Unlock()
	var alive *journal.AliveError
	switch {
	case errors.As(err, &alive): // somebody was quicker
		delete(s.tried, run)
	case errors.Is(err, local.ErrLeft):
		s.sayf("%s: left\n", run)
	case err != nil:
		s.sayf("%s: %s\n", run, err)
		s.worst = worse(s.worst, err)
	default:
		delete(s.tried, run)
		s.sayf("%s: %s\n", run, report.Status)
		s.worst = worse(s.worst, s.printOne(report))
	}
}

// printOne prints a run on a line, if that is wanted, and returns how it ended.
func (s *supervisor) printOne(report runtime.RunReport) error {
	var err error
	if s.json {
		err = s.printLine(report)
	}
	return worse(err, statusError(report.Status))
}

// driveToEnd drives a run to its end, or until end.
func (s *supervisor) driveToEnd(end context.Context, run string) (report runtime.RunReport, err error) {
	defer func() { // a bug that one run meets does not end the others
		if v := recover(); v != nil {
			err = fmt.Errorf("this is a bug in flowc: %v", v)
		}
	}()
	summary, err := s.journal.Find(run)
	if err != nil {
		return report, err
	}
	k, cfg, err := takeOver(s.journal, summary, s.jobs)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, k.Close()) }()
	r, err := local.Resume(cfg, k)
	if err != nil {
		return report, failuref("%w", err)
	}
	s.mu.Lock()
	s.sayf("%s: goes on\n", run)
	s.mu.Unlock()
	defer context.AfterFunc(end, r.Leave)()
	return r.Do()
}

// statusError returns the error that a command about a run with a status ends
// with.
func statusError(status string) error {
	switch status {
	case ir.Succeeded.String(), ir.Undone.String():
		return nil
	case ir.Cancelled.String():
		return errCancelled
	}
	return errFailed
}
