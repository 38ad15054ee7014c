package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	goruntime "runtime"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/worker"
	"github.com/flowc/flowc/stdlib/activity"
	"github.com/urfave/cli/v2"
)

func workerCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "worker",
		Usage:     "perform the activities of flows that run on a domain of Amazon SWF",
		ArgsUsage: "FILE…",
		Description: `Polls for activity tasks and performs them as a local run does: the programs
of ` + "`run`" + `, and the library's activities. Programs, and the folders that they are in,
are those of the files. Any number of workers may poll the same lists. The first
signal ends it gently: it polls no more, and what has not ended after --drain is
stopped, and fails with an error that a ` + "`retry`" + ` sees. The second ends it at once, and
leaves its tasks to their time-outs.`,
		UsageText: `flowc worker etl.flow --domain sales
			flowc worker flows --domain sales --task-list heavy --slots 4
			flowc worker etl.flow --domain sales --blobs s3://sales-flows/blobs --metrics :9100`,
		Flags: append(append([]cli.Flag{
			&cli.StringSliceFlag{Name: "task-list", Usage: "poll `LIST` (default: those of the activities in the files that can be performed here)"},
			&cli.IntFlag{Name: "slots", Usage: "perform `N` tasks of each list at a time (default: the number of CPUs)", Value: goruntime.GOMAXPROCS(0)},
			&cli.StringSliceFlag{Name: "param", Usage: "value of a parameter that the name of a task list depends on: `NAME=VALUE`"},
			&cli.DurationFlag{Name: "drain", Usage: "let tasks go on for `TIME` after the first signal; 10s unless given", Value: 10 * time.Second},
			&cli.StringFlag{Name: "out", Usage: "keep the files that tasks make in `DIR` (default: a new one among the temporary files)"},
			stateFlag(),
		}, observeFlags()...), domainFlags()...),
		Action: c.worker,
	}
}

// worker performs tasks until it is told to end.
func (c *console) worker(ctx *cli.Context) error {
	args, err := arguments(ctx, 1, -1)
	if err != nil {
		return err
	}
	slots := ctx.Int("slots")
	switch {
	case slots < 1:
		return usagef("--slots cannot be %d: somebody has to work", slots)
	case ctx.Duration("drain") < 0:
		return usagef("--drain cannot be %s", ctx.Duration("drain"))
	}
	d, err := needDomain(ctx, args[0])
	if err != nil {
		return err
	}
	cfg := worker.Config{
		Domain: d.name, Lists: ctx.StringSlice("task-list"), Slots: slots, Activities: activity.Std(), Drain: ctx.Duration("drain"), Out: ctx.String("out"),
	}
	if cfg.Drain == 0 {
		cfg.Drain = -1 // no time at all
	}
	if err := c.workload(ctx, d, args, &cfg); err != nil {
		return err
	}
	told, end, err := c.observe(ctx)
	if err != nil {
		return err
	}
	defer end()
	cfg.Logger, cfg.Meter, cfg.Trace, cfg.Lines = told.Logger(), told, traceOf(told.Trace), c.programLines(ctx.String("log-format"))
	begin, cancel := untilSignal()
	defer cancel()
	c.sayf("polling %s of domain %s\n", strings.Join(cfg.Lists, ", "), d.name)
	client, err := d.lasting(begin)
	if err != nil {
		return err
	}
	values, err := d.store(begin)
	if err != nil {
		return err
	}
	cfg.Service, cfg.Store = client, values
	cfg.Load = func(hash string) (*ir.Program, error) {
		p, _, err := values.Program(hash)
		return p, err
	}
	x, err := worker.New(cfg)
	if err != nil {
		return usagef("%w", err)
	}
	cancel()
	return c.untilIdle(x)
}

// lasting returns a client that has the patience of a process that serves, once
// the domain is known to be there. Who may only do what he has come for may not
// ask that; then it shows later.
func (d *domain) lasting(ctx context.Context) (*swf.Client, error) {
	client, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	var api smithy.APIError
	err = client.Check(ctx)
	if denied := errors.As(err, &api) && strings.HasPrefix(api.ErrorCode(), "AccessDenied"); err != nil && !denied {
		return nil, backend(err)
	}
	d.service.Attempts = patient
	return d.connect(ctx)
}

// untilIdle runs a worker until the first signal, and then until it has drained
// or the second.
func (c *console) untilIdle(x *worker.Worker) error {
	ends, deaf := endings()
	defer deaf()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	drained := make(chan error, 1)
	go func() { drained <- x.Run(ctx) }()
	for n := range 3 {
		select {
		case err := <-drained:
			if n == 2 && err == nil {
				return errCancelled
			}
			return backend(err)
		case <-ends:
			if n == 0 {
				c.sayf("draining: no more tasks are taken; once more ends those under way at once\n")
				cancel()
			} else {
				x.Kill()
			}
		}
	}
	return errCancelled
}

// workload fills in what a worker performs, and which lists it polls. What it
// cannot see to is said.
func (c *console) workload(ctx *cli.Context, d *domain, args []string, cfg *worker.Config) error {
	files, failed := c.flowFiles(args)
	var doubts []worker.Doubt
	var lists []string
	for _, file := range files {
		r, err := c.program(file)
		if err != nil {
			failed = worse(failed, c.say(err))
			continue
		}
		values, err := c.values(ctx, d.project, r.Program)
		if err != nil {
			failed = worse(failed, c.say(err))
			continue
		}
		p := worker.Program{IR: r.Program, Root: projectRoot(file)}
		cfg.Programs = append(cfg.Programs, p)
		more, unsure := worker.Lists([]worker.Program{p}, cfg.Activities, values)
		lists, doubts = union(lists, more), append(doubts, unsure...)
	}
	if failed != nil {
		return failed
	}
	if len(cfg.Lists) == 0 {
		cfg.Lists = d.project.settings.TaskLists
	}
	if len(cfg.Lists) > 0 {
		return nil // they were named, by somebody who knows
	}
	if len(lists) == 0 && len(doubts) == 0 {
		return usagef("these files have no activity that can be performed here: none has a `run` or is of the library")
	}
	for _, doubt := range doubts {
		c.sayf("note: %s\n", sentence(doubt))
	}
	if cfg.Lists = lists; len(lists) == 0 {
		return usagef("which task lists? Name them with --task-list")
	}
	return nil
}

// sentence says what a worker cannot see to by itself.
func sentence(d worker.Doubt) string {
	if d.List == "" {
		return fmt.Sprintf("the task list of `%s` depends on data; name the lists that it may come to with --task-list", d.Activity)
	}
	return fmt.Sprintf("tasks of `%s`, which nothing here implements, come to the task list `%s` too, and fail; give it a list of its own", d.Activity, d.List)
}

// union returns a list with what another has more.
func union(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// programLines returns what writes the lines of programs to stderr, and nowhere
// else: they may hold what the world is not told.
func (c *console) programLines(format string) func(run, node string, attempt int, line []byte) {
	var handler slog.Handler = slog.NewTextHandler(c.err, nil)
	if format == "json" {
		handler = slog.NewJSONHandler(c.err, nil)
	}
	log := slog.New(handler)
	return func(run, node string, attempt int, line []byte) {
		log.Info(string(line), "run", run, "node", node, "attempt", attempt)
	}
}

// traceOf returns what gives programs their trace context, nil if nothing is
// traced: they then have that of this process.
func traceOf(of func(run, node string, attempt int) string) func(run, node string, attempt int) string {
	if of("", "", 1) == "" {
		return nil
	}
	return of
}
