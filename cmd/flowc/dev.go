package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	goruntime "runtime"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/deploy"
	"github.com/flowc/flowc/runtime/swfserver"
	"github.com/urfave/cli/v2"
)

func devCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "dev",
		Usage:     "run a server, a decider and a worker for files, for development",
		ArgsUsage: "FILE…",
		Description: `Serves the protocol of Amazon SWF on this machine, with the workflows and activities
of the files registered, and decides and performs whatever is started there. The first
line of stdout is the URL; how to start a run from another terminal is said on stderr,
as is what happens. It keeps everything in memory, or in the file of --data: killed
and started again, it goes on. The first Ctrl-C lets what runs come to its end for
some seconds, the second ends it at once.`,
		UsageText: `flowc dev etl.flow
			flowc dev flows --listen 127.0.0.1:4567 --data swf.db`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Usage: "listen on `ADDRESS`, 127.0.0.1:0 unless given; port 0 is a free one", Value: "127.0.0.1:0"},
			&cli.StringFlag{Name: "data", Usage: "keep everything in `FILE`"},
			&cli.StringFlag{Name: "domain", EnvVars: []string{"FLOW_DOMAIN"}, Usage: "call the domain `D`, dev unless given"},
			&cli.StringSliceFlag{Name: "param", Usage: "value of a parameter of the files, for executions that bring none: `NAME=VALUE`"},
			&cli.IntFlag{Name: "j", Aliases: []string{"jobs"}, Usage: "run at most `N` programs of a task list at a time (default: the number of CPUs)"},
			&cli.StringFlag{Name: "blobs", EnvVars: []string{"FLOW_BLOBS"}, Usage: "programs and large values are kept at `URL` (default: swf in the state folder)"},
			profileFlag(),
			stateFlag(),
		},
		Action: c.dev,
	}
}

// dev serves, decides and works until it is told to end.
func (c *console) dev(ctx *cli.Context) error {
	args, err := arguments(ctx, 1, -1)
	switch {
	case err != nil:
		return err
	case ctx.IsSet("j") && ctx.Int("j") < 1:
		return usagef("-j cannot be %d: at least one program has to run", ctx.Int("j"))
	}
	d, err := domainOf(ctx, args[0])
	if err != nil {
		return err
	}
	if d.name == "" {
		d.name = "dev"
	}
	if d.blobs = ctx.String("blobs"); d.blobs == "" {
		if d.blobs, err = d.project.blobs(ctx.String("state")); err != nil {
			return err
		}
	}
	defs, err := c.definitions(ctx, d.project, args)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", ctx.String("listen"))
	if err != nil {
		return usagef("%w", err)
	}
	server, err := swfserver.New(swfserver.Config{Data: ctx.String("data"), Log: slog.New(slog.NewTextHandler(c.err, nil))})
	if err != nil {
		return errors.Join(usagef("%w", err), l.Close())
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	defer func() {
		grace, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = server.Shutdown(grace) // what is cut off then, asks again
	}()
	d.service = swf.Config{Domain: d.name, Endpoint: "http://" + l.Addr().String()}
	d.service.Attempts = patient
	k, err := c.crewOf(context.Background(), d, defs)
	if err != nil {
		return err
	}
	if k.slots = ctx.Int("j"); k.slots == 0 {
		k.slots = goruntime.GOMAXPROCS(0)
	}
	if k.save, err = saveFolder(ctx, args[0]); err != nil {
		return err
	}
	k.log = slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	k.observe, k.lines = c.tell, c.tellLine
	if err := registerAll(context.Background(), d, k); err != nil {
		return err
	}
	s, err := k.begin()
	if err != nil {
		return backend(err)
	}
	if err := c.printf("%s\n", d.service.Endpoint); err != nil {
		s.end(false)
		return err
	}
	c.sayf("domain %s has %s; from another terminal:\n  flowc start %s%s --domain %s --endpoint %s\n  flowc list --domain %s --endpoint %s\n",
		d.name, devCounts(defs), args[0], devExample(defs), d.name, d.service.Endpoint, d.name, d.service.Endpoint)
	return c.untilTold(s, served)
}

// untilTold lets a shift go on until a signal or a failure ends it.
func (c *console) untilTold(s *shift, served chan error) error {
	ends, deaf := endings()
	defer deaf()
	select {
	case err := <-served:
		s.end(false)
		return err
	case err := <-s.failed:
		s.end(false)
		return backend(err)
	case <-ends:
	}
	c.sayf("ending: what runs may go on for some seconds; once more ends it at once\n")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.end(true)
	}()
	select {
	case <-ended:
	case <-ends:
		s.end(false)
	}
	return nil
}

// registerAll makes a domain of ours know what programs need.
func registerAll(ctx context.Context, d *domain, k *crew) error {
	var sources []deploy.Source
	for _, def := range k.defs {
		values, err := deploy.Values(def.Program, def.Params)
		if err != nil {
			return failuref("%w", err)
		}
		sources = append(sources, deploy.Source{Program: def.Program, Params: values})
	}
	types, err := deploy.Types(sources...)
	if err != nil {
		return failuref("%w", err)
	}
	o := deploy.Options{RegisterDomain: true, Retention: "30"}
	plan, err := deploy.NewPlan(ctx, k.client, d.name, types, o)
	if err != nil {
		return backend(err)
	}
	// Types that were registered with other settings are as good: a decider
	// sends all of them.
	return backend(deploy.Apply(ctx, k.client, plan, o, func(deploy.Entry) {}))
}

// devCounts says how much definitions declare.
func devCounts(defs []swf.Definition) string {
	workflows, activities := 0, 0
	for _, def := range defs {
		workflows += len(def.Program.Workflows)
		activities += len(def.Program.Activities)
	}
	return fmt.Sprintf("%s and %s", plural(workflows, "workflow type"), counted(activities, "activity type", "activity types"))
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// devExample returns what follows the name of a file to start its workflow:
// the name of one if it has several, and an input if it needs one.
func devExample(defs []swf.Definition) string {
	p := defs[0].Program
	var w *ir.Workflow
	text := ""
	for _, x := range p.Workflows {
		if x.Name == p.Main || p.Main == "" && w == nil && !strings.Contains(x.Name, ".") {
			w = x
		}
	}
	if w == nil {
		return text
	}
	if p.Main == "" {
		text += " " + w.Name
	}
	var needs []string
	for _, q := range w.Params {
		if q.Default == nil && q.Type.Kind != ir.KOptional {
			needs = append(needs, fmt.Sprintf("%q: …", q.Name))
		}
	}
	if len(needs) > 0 {
		text += " --input '{" + strings.Join(needs, ", ") + "}'"
	}
	return text
}

// tell says what happens in a run, as one line a step of it.
func (c *console) tell(run decide.ID, e runtime.Event, s runtime.Step) {
	at := time.Unix(0, int64(e.Time)).Format(time.TimeOnly)
	for i := range s.Changes {
		x := &s.Changes[i]
		top := x.Parent == ""
		if x.Ending != ir.Waiting || x.Retry != 0 || x.Activity == "" && !top || !top && x.To == ir.Running {
			continue
		}
		word := x.To.String()
		if x.To == ir.Running {
			word = "started"
		}
		if f := x.Failure; f != nil {
			word += ": " + f.Error
			if f.Message != "" {
				word += ": " + f.Message
			}
		}
		c.sayf("%s %s %s %s\n", at, run.WorkflowID, x.Node, strings.ReplaceAll(word, "\n", " "))
	}
}

// tellLine shows a line that a program has logged.
func (c *console) tellLine(run, node string, attempt int, line []byte) {
	c.sayf("%s | %s\n", node, strings.ToValidUTF8(string(line), "\ufffd"))
}
