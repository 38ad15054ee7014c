package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work/proc"
	"github.com/flowc/flowc/stdlib/activity"
)

// A call is a function of this process at work on an attempt, with the programs
// that it runs. The function can only be asked to stop.
type call struct {
	by     *Performer
	of     *Attempt
	input  json.RawMessage
	cancel context.CancelCauseFunc

	mu       sync.Mutex
	programs map[*proc.Process]bool // that run now
	killed   bool
}

var (
	_ stopper = (*call)(nil)
	_ stopper = (*proc.Process)(nil)
)

// Stop ends the context of the function, and so asks its programs to end.
func (c *call) Stop(why proc.Cause) { c.cancel(fmt.Errorf("the task was %s", why)) }

// Kill ends the context of the function, and its programs.
func (c *call) Kill(why proc.Cause) {
	c.Stop(why)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.killed = true
	for p := range c.programs {
		p.Kill(why)
	}
}

// untilContext is a context that tells of a deadline, but leaves it to the
// driver to end it then: so there is one clock, and one reason.
type untilContext struct {
	context.Context
	deadline time.Time
}

// Deadline returns when the attempt must have ended.
func (c untilContext) Deadline() (time.Time, bool) { return c.deadline, !c.deadline.IsZero() }

// function performs an attempt that is a function of this process.
func (p *Performer) function(a *Attempt, f activity.Func, input json.RawMessage) runtime.Event {
	ctx, cancel := context.WithCancelCause(untilContext{context.Background(), a.Deadline})
	defer cancel(nil)
	c := &call{by: p, of: a, input: input, cancel: cancel}
	a.is(c)
	result, err := c.guarded(activity.NewContext(ctx, activity.Attempt{
		Node: a.Node, Number: a.Number, Key: a.Task.Key, Dir: p.folderOf(a), Log: c.log, Run: c.run, Keep: p.keep,
	}), f)
	if err == nil { // it was done before it heard that it should stop
		return returned(result)
	}
	switch why, killed := a.Stopped(); {
	case why == proc.TimedOut, why == proc.NotStopped && a.late():
		return TimedOut(a, nil)
	case killed:
		return runtime.Event{Type: runtime.TaskAbandoned}
	case why == proc.Cancelled:
		return runtime.Event{Type: runtime.TaskCancelled}
	}
	var declared *activity.Error
	if errors.As(err, &declared) && declared.Name != "" {
		return c.raised(declared)
	}
	if err.Error() == "" {
		return Failed("its function gave no reason")
	}
	return Failed(err.Error())
}

// keep keeps what a file holds outside of the run's history.
func (p *Performer) keep(path string) (activity.Ref, error) {
	store, err := p.out.refs()
	if err != nil {
		return activity.Ref{}, err
	}
	f := &finder{secrets: &p.secrets}
	ref, err := store.PutFile(path, f)
	switch {
	case err != nil:
		return activity.Ref{}, fmt.Errorf("the value cannot be kept: %w", err)
	case f.found:
		store.Drop(ref)
		return activity.Ref{}, errors.New("the value holds that of a secret, which may not be recorded")
	}
	return activity.Ref{Key: ref.Key, SHA256: ref.SHA256, Size: ref.Size}, nil
}

// folderOf returns the folder that the relative paths of a function start at:
// that of the file that declares it. Those of the library's have that of the
// file that calls them.
func (p *Performer) folderOf(a *Attempt) string {
	dir := a.Task.Activity.Dir
	if activity.InLibrary(a.Task.Activity.Name) {
		dir = "."
		sources := a.Program.ir.Sources
		at := int(a.Task.At.File)
		if at < 0 || at >= len(sources) || activity.InLibrary(sources[at].Name) {
			at = 0 // the main file
		}
		if len(sources) > 0 {
			dir = path.Dir(sources[at].Name)
		}
	}
	return filepath.Join(a.Program.root, filepath.FromSlash(dir))
}

// returned returns the event of a function that returned a result. Whether it
// fits its type is judged by the machine, as for every backend.
func returned(result json.RawMessage) runtime.Event {
	if len(result) > 0 && !json.Valid(result) {
		return runtime.Event{Type: runtime.TaskFailed, Failure: &runtime.Failure{
			Error: runtime.BadResult, Message: "the function returned what is not JSON",
		}}
	}
	return runtime.Event{Type: runtime.TaskCompleted, Result: result}
}

// raised returns the event of a function that returned a declared error.
func (c *call) raised(e *activity.Error) runtime.Event {
	misfit := func(why string) runtime.Event {
		return runtime.Event{Type: runtime.TaskFailed, Failure: &runtime.Failure{
			Error: runtime.BadResult, Message: fmt.Sprintf("%s (the function gave this as %s, but %s)", e.Error(), e.Name, why),
		}}
	}
	if !c.of.Program.loose && !slices.Contains(c.of.Task.Activity.Raises, e.Name) {
		return misfit("the activity does not declare it after `raises`")
	}
	var object map[string]json.RawMessage
	if e.Fields != nil {
		doc, err := json.Marshal(e.Fields)
		if err == nil {
			err = json.Unmarshal(doc, &object)
		}
		if err != nil {
			return misfit("its fields are no JSON object: " + err.Error())
		}
	}
	if c.of.Program.loose {
		details, err := json.Marshal(object)
		if err != nil || object == nil {
			details = nil
		}
		return runtime.Event{Type: runtime.TaskFailed, Failure: &runtime.Failure{Error: e.Name, Message: e.Error(), Details: details}}
	}
	fields, err := errorFields(c.of.Program.errors[e.Name], object, e.Error())
	if err != nil {
		return misfit(err.Error())
	}
	return runtime.Event{Type: runtime.TaskFailed, Failure: &runtime.Failure{Error: e.Name, Message: e.Error(), Details: beside(fields, nil)}}
}

// guarded calls a function, and makes an error of its panic.
func (c *call) guarded(ctx context.Context, f activity.Func) (result json.RawMessage, err error) {
	name := c.of.Task.Activity.Name
	defer func() {
		if v := recover(); v != nil {
			c.by.cfg.Logger.Error("an activity panicked", "activity", name, "node", c.of.Node, "attempt", c.of.Number,
				"panic", c.by.secrets.text(fmt.Sprint(v)), "stack", c.by.secrets.text(string(debug.Stack())))
			result, err = nil, fmt.Errorf("the function of activity `%s` panicked: %v", name, v)
		}
	}()
	return f(ctx, c.input)
}

// log takes text for the node's log.
func (c *call) log(text string) {
	for line := range strings.Lines(c.by.secrets.text(text)) {
		c.of.watcher().Log([]byte(strings.TrimSuffix(line, "\n")))
	}
}

// run runs a program for the function.
func (c *call) run(ctx context.Context, q activity.Program) (activity.Exit, error) {
	own := append([]string{"PWD=" + q.Dir}, q.Env...)
	process := proc.New(proc.Spec{
		Argv: q.Argv, Env: c.by.env.With(own...), Dir: q.Dir, Stdin: q.Stdin, Capture: true,
		MaxStdout: int(q.MaxStdout), Tail: q.Tail, Grace: c.by.cfg.Grace, Filter: c.by.filter(),
		Log: c.of.watcher().Log, OnStart: c.of.watcher().Began,
	})
	c.began(process)
	defer c.ended(process)
	defer context.AfterFunc(ctx, func() { process.Stop(proc.Cancelled) })()
	r := process.Run()
	switch {
	case r.Stopped != proc.NotStopped && ctx.Err() != nil:
		return activity.Exit{}, ctx.Err()
	case r.Failure != nil:
		return activity.Exit{}, r.Failure
	}
	return activity.Exit{Code: r.Exit, Stdout: r.Stdout, Stderr: r.Tail}, nil
}

// began makes a program known to Kill, which may have come before.
func (c *call) began(p *proc.Process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.killed {
		p.Kill(proc.Cancelled)
	}
	if c.programs == nil {
		c.programs = map[*proc.Process]bool{}
	}
	c.programs[p] = true
}

// ended makes a program unknown to Kill.
func (c *call) ended(p *proc.Process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.programs, p)
}
