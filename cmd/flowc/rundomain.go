package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	goruntime "runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/operate"
	"github.com/flowc/flowc/runtime/swf/worker"
	"github.com/flowc/flowc/runtime/view"
	"github.com/urfave/cli/v2"
)

// runOnDomain runs a workflow on a domain, with a decider and a worker in this
// process until it has ended.
func (c *console) runOnDomain(ctx *cli.Context, args []string) error {
	d, err := needDomain(ctx, args[0])
	if err != nil {
		return err
	}
	if ctx.Bool("detach") {
		return usagef("--detach is for runs on this machine: `flowc start` starts one and leaves it to the domain")
	}
	r, o, err := c.order(ctx, d.project, args)
	if err != nil {
		return err
	}
	if o.Only, o.Asked, err = selection(o.Program, o.Workflow, ctx.String("only"), ctx.String("downstream")); err != nil {
		return err
	}
	begin, cancel := untilSignal()
	k, err := c.crewOf(begin, d, []swf.Definition{{Name: args[0], Program: o.Program, Params: o.Params}})
	if err == nil {
		err = backend(k.client.Check(begin))
	}
	cancel()
	if err != nil {
		return err
	}
	if k.slots = ctx.Int("j"); k.slots == 0 {
		k.slots = goruntime.GOMAXPROCS(0)
	}
	if k.save, err = saveFolder(ctx, args[0]); err != nil {
		return err
	}
	if k.lists, err = decisionLists(o); err != nil {
		return err
	}
	report, err := c.watched(d, k, o)
	if err != nil {
		return err
	}
	if list := misfortunes(r, report); len(list) > 0 {
		c.sayf("\n")
		c.show(list)
	}
	return c.outcome(report, ctx.Bool("json"))
}

// decisionLists returns the task lists that a run and its child runs need a
// decider for, that of the run first, which is polled at once.
func decisionLists(o *operate.Order) ([]string, error) {
	lists, err := swf.TaskLists([]swf.Definition{{Program: o.Program, Params: o.Params}})
	if err != nil {
		return nil, failuref("%w", err)
	}
	own, err := o.List()
	if err != nil {
		return nil, failuref("%w", err)
	}
	lists = slices.DeleteFunc(lists, func(l string) bool { return l == own })
	return append([]string{own}, lists...), nil
}

// crewOf returns a crew for definitions, which have the names of their files.
func (c *console) crewOf(ctx context.Context, d *domain, defs []swf.Definition) (*crew, error) {
	k := &crew{defs: defs}
	for _, def := range defs {
		k.programs = append(k.programs, worker.Program{IR: def.Program, Root: projectRoot(def.Name)})
	}
	var err error
	if k.client, err = d.connect(ctx); err != nil {
		return nil, err
	}
	k.store, err = d.store(ctx)
	return k, err
}

// watched starts a run, and shows it until it has ended.
func (c *console) watched(d *domain, k *crew, o *operate.Order) (runtime.RunReport, error) {
	v := view.New(c.err, view.Options{Color: c.colored(c.err), ASCII: !view.Unicode(os.Getenv), Starts: true, Flushes: true})
	defer v.Abort()
	v.Expect(o.Program, o.Workflow)
	k.log = slog.New(slog.NewTextHandler(noteWriter{v}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	w := &watch{view: v, nudges: make(chan struct{}, 1)}
	k.lines, k.observe = w.line, w.observe
	s, err := k.begin()
	if err != nil {
		return runtime.RunReport{}, backend(err)
	}
	calls, cancel := context.WithCancel(context.Background())
	defer cancel()
	runs := operate.Open(calls, k.client, d.name, k.store)
	x, err := startRegistered(calls, d, k.client, runs, o)
	if err != nil {
		s.end(false)
		return runtime.RunReport{}, startError(d, o, err)
	}
	id := x.WorkflowID + "/" + x.Run
	stop := heed(v, func() { w.said(runs.Cancel(id, "")) }, func() { w.kill(runs, id, s) })
	report, err := runs.Watch(w.until(s), x, v, w.nudges)
	stop()
	s.end(!strings.HasPrefix(k.client.Endpoint, "http://127.0.0.1:"))
	if failed := w.failed.Load(); failed != nil {
		err = *failed
	}
	if err != nil {
		return report, backend(err)
	}
	if w.killed.Load() && report.Status == "killed" {
		report.Status = ir.Cancelled.String()
	}
	v.Close(report)
	return report, nil
}

// A watch is what a run that we watch is to the crew that works on it.
type watch struct {
	view   *view.View
	nudges chan struct{}
	killed atomic.Bool
	failed atomic.Pointer[error] // what the worker ended with
}

// observe nudges whoever watches the run: something has happened.
func (w *watch) observe(decide.ID, runtime.Event, runtime.Step) {
	select {
	case w.nudges <- struct{}{}:
	default: // it is known
	}
}

// line shows a line that a program has logged.
func (w *watch) line(_, node string, attempt int, line []byte) { w.view.Log(node, attempt, line) }

// until returns a context that ends when the worker has failed.
func (w *watch) until(s *shift) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		err := <-s.failed
		w.failed.Store(&err)
		cancel()
	}()
	return ctx
}

// kill ends the run, and what our worker does for it.
func (w *watch) kill(runs *operate.Domain, id string, s *shift) {
	w.killed.Store(true)
	w.said(runs.Kill(id))
	if s.worker != nil {
		s.worker.Kill()
	}
}

// said shows what went wrong with something that was wanted of the run.
func (w *watch) said(err error) {
	if err = account.Explain(err); err != nil && !errors.Is(err, history.ErrEnded) {
		w.view.Note("flowc: " + err.Error())
	}
	w.observe(decide.ID{}, runtime.Event{}, runtime.Step{})
}

// A noteWriter shows lines in a view.
type noteWriter struct{ view *view.View }

var _ io.Writer = noteWriter{}

// Write shows a line.
func (w noteWriter) Write(text []byte) (int, error) {
	w.view.Note(strings.TrimRight(string(text), "\n"))
	return len(text), nil
}
