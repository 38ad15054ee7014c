package local

import (
	"path/filepath"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local/proc"
)

// A performer performs attempts. It is used by all workers at once.
type performer struct {
	cfg      *Config
	programs *runtime.Programs
	env      *proc.Environ
	errors   map[string]*ir.TypeDecl // declared errors
	out      outFolder
}

// newPerformer returns the performer of a run.
func newPerformer(c *Config) *performer {
	p := &performer{
		cfg: c, programs: runtime.NewPrograms(c.Program), env: c.environ(),
		errors: map[string]*ir.TypeDecl{}, out: outFolder{path: c.Out, run: c.Run},
	}
	for _, t := range c.Program.Types {
		if t.Kind == ir.KError {
			p.errors[t.Name] = t
		}
	}
	return p
}

// perform performs an attempt and returns how it ended.
func (p *performer) perform(a *attempt) runtime.Event {
	act := a.task.Activity
	if act.Program != nil {
		return p.program(a)
	}
	if f, ok := p.cfg.Activities.Lookup(act.Name); ok {
		return p.function(a, f)
	}
	return failed(notImplemented(act.Name))
}

// program performs an attempt that is a program.
func (p *performer) program(a *attempt) runtime.Event {
	about := runtime.Attempt{Run: a.run, Node: a.node, Number: a.number, Key: a.task.Key, Trace: p.cfg.Trace}
	if !a.deadline.IsZero() {
		about.Deadline = ir.Time(a.deadline.UnixNano())
	}
	inv, err := p.programs.Invocation(a.task, about)
	if err != nil {
		return notComputed(err)
	}
	x := &execution{performer: p, attempt: a, act: inv.Activity}
	if inv.File != "" {
		if x.file, err = p.out.forAttempt(a, inv.File); err != nil {
			return failed(err.Error())
		}
	}
	x.spec = proc.Spec{
		Argv:    inv.Argv,
		Dir:     filepath.FromSlash(inv.Dir),
		Stdin:   inv.Stdin,
		Capture: captures(x.act.Program.Stdout),
		Grace:   p.cfg.Grace,
		Log:     func(line []byte) { p.cfg.Observer.Log(a.shown, a.number, line) },
	}
	if !filepath.IsAbs(x.spec.Dir) {
		x.spec.Dir = filepath.Join(p.cfg.Root, x.spec.Dir)
	}
	x.spec.Env = p.env.With(x.environ(inv.Env)...)
	process := proc.New(x.spec)
	a.does(process)
	r := process.Run()
	return x.outcome(&r)
}

// captures reports whether a result is on stdout, which is log otherwise.
func captures(mode ir.ResultMode) bool {
	return mode == ir.ResultJSON || mode == ir.ResultLines || mode == ir.ResultText
}

// An execution is a program at work on an attempt.
type execution struct {
	*performer
	*attempt
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
	if why, killed := x.stopped(); r.Stopped != proc.NotStopped {
		x.file.drop()
		switch {
		case why == proc.TimedOut:
			return timedOut(x.attempt, x.details(r, nil))
		case killed:
			return runtime.Event{Type: runtime.TaskAbandoned}
		}
		return runtime.Event{Type: runtime.TaskCancelled}
	}
	switch {
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
