package work

import (
	"path/filepath"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work/proc"
)

// program performs an attempt that is a program.
func (p *Performer) program(a *Attempt, g *gift) runtime.Event {
	about := runtime.Attempt{
		Run: a.Run, Node: a.Node, Number: a.Number, Key: a.Task.Key, Trace: a.Trace, Params: g.params, Reveal: g.reveal,
	}
	if !a.Deadline.IsZero() {
		about.Deadline = ir.Time(a.Deadline.UnixNano())
	}
	inv, err := a.Program.programs.Invocation(g.task, about)
	if err != nil {
		return notComputed(err)
	}
	x := &execution{Performer: p, Attempt: a, act: inv.Activity}
	if inv.File != "" {
		if x.file, err = p.out.forAttempt(a, inv.File); err != nil {
			return Failed(err.Error())
		}
	}
	x.spec = proc.Spec{
		Argv:    inv.Argv,
		Dir:     filepath.FromSlash(inv.Dir),
		Stdin:   inv.Stdin,
		Capture: captures(x.act.Program.Stdout),
		Grace:   p.cfg.Grace,
		Filter:  p.filter(),
		Log:     a.watcher().Log,
		OnStart: a.watcher().Began,
	}
	switch {
	case inv.StdinRef != nil:
		x.spec.StdinFile = inv.StdinRef.Key // which is the path
	case x.act.Program.Stdin == ir.StdinExpr:
		x.spec.Stdin = g.document(inv.Stdin)
	}
	if !filepath.IsAbs(x.spec.Dir) {
		x.spec.Dir = filepath.Join(a.Program.root, x.spec.Dir)
	}
	x.spec.Env = p.env.With(x.environ(inv.Env)...)
	process := proc.New(x.spec)
	a.is(process)
	r := process.Run()
	return x.outcome(&r)
}

// filter returns what keeps secrets out of the log of a program.
func (p *Performer) filter() proc.Filter {
	return &sieve{secrets: &p.secrets}
}

// captures reports whether a result is on stdout, which is log otherwise.
func captures(mode ir.ResultMode) bool {
	return mode == ir.ResultJSON || mode == ir.ResultLines || mode == ir.ResultText
}

// An execution is a program at work on an attempt.
type execution struct {
	*Performer
	*Attempt
	act  *ir.Activity
	spec proc.Spec
	file madeFile // for ResultFile
}

// environ returns what is set beside the inherited environment, given what the
// invocation sets, which may override.
func (x *execution) environ(own []string) []string {
	vars := append(make([]string, 0, 2+len(own)), "PWD="+x.spec.Dir)
	if x.file.folder != "" {
		vars = append(vars, "FLOW_OUT="+x.file.folder)
	}
	return append(vars, own...)
}

// outcome returns what the end of the program means.
func (x *execution) outcome(r *proc.Result) runtime.Event {
	if why, killed := x.Stopped(); r.Stopped != proc.NotStopped {
		x.file.drop()
		switch {
		case why == proc.TimedOut:
			return TimedOut(x.Attempt, x.details(r, nil))
		case killed:
			return runtime.Event{Type: runtime.TaskAbandoned}
		}
		x.facts = x.details(r, nil)
		return runtime.Event{Type: runtime.TaskCancelled}
	}
	switch {
	case r.Failure != nil && r.Failure.Kind == proc.BadArgument: // which was computed
		x.file.drop()
		return x.failed(runtime.ExpressionFailed, r.Failure.Message, r)
	case r.Failure != nil:
		x.file.drop()
		return x.failed(runtime.Undeclared, r.Failure.Message, r)
	case r.Exit != 0:
		x.file.drop()
		return x.exited(r)
	}
	result, err := x.result(r)
	if err != nil {
		return x.failed(runtime.BadResult, err.Error(), r)
	}
	return runtime.Event{Type: runtime.TaskCompleted, Result: result}
}
