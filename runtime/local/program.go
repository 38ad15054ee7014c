package local

import (
	"path/filepath"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work/proc"
)

// A performer performs attempts. It is used by all workers at once.
type performer struct {
	cfg      *Config
	programs *runtime.Programs
	env      *proc.Environ
	errors   map[string]*ir.TypeDecl // declared errors
	special  map[*ir.Activity]bool   // those that are given more than their arguments
	params   map[string]ir.Value     // of the program; set before the first attempt
	secrets  redactor
	out      outFolder
}

// newPerformer returns the performer of a run.
func newPerformer(c *Config) *performer {
	p := &performer{
		cfg: c, programs: runtime.NewPrograms(c.Program), env: c.environ(),
		errors: map[string]*ir.TypeDecl{}, special: special(c.Program),
		out: outFolder{path: c.Out, run: c.Run, store: c.Blobs},
	}
	for _, t := range c.Program.Types {
		if t.Kind == ir.KError {
			p.errors[t.Name] = t
		}
	}
	return p
}

// perform performs an attempt and returns how it ended. No secret is in that.
func (p *performer) perform(a *attempt) runtime.Event {
	e := p.work(a)
	if len(p.secrets.all()) == 0 {
		return e
	}
	if p.secrets.holds(e.Result) {
		e = failed("the result holds the value of a secret, which may not be recorded")
		e.Failure.Error = runtime.BadResult
	}
	if e.Failure != nil {
		e.Failure.Message = p.secrets.text(e.Failure.Message)
		e.Failure.Details = p.secrets.document(e.Failure.Details)
	}
	return e
}

// work performs an attempt.
func (p *performer) work(a *attempt) runtime.Event {
	g, err := p.given(a.task)
	if err != nil {
		return failed(err.Error())
	}
	act := a.task.Activity
	if act.Program != nil {
		return p.program(a, g)
	}
	if f, ok := p.cfg.Activities.Lookup(act.Name); ok {
		return p.function(a, f, g.task.Input)
	}
	return failed(notImplemented(act.Name))
}

// program performs an attempt that is a program.
func (p *performer) program(a *attempt, g *gift) runtime.Event {
	about := runtime.Attempt{
		Run: a.run, Node: a.node, Number: a.number, Key: a.task.Key, Trace: p.cfg.Trace, Params: g.params, Reveal: g.reveal,
	}
	if !a.deadline.IsZero() {
		about.Deadline = ir.Time(a.deadline.UnixNano())
	}
	inv, err := p.programs.Invocation(g.task, about)
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
		Filter:  p.filter(),
		Log:     func(line []byte) { p.cfg.Observer.Log(a.shown, a.number, line) },
	}
	switch {
	case inv.StdinRef != nil:
		x.spec.StdinFile = inv.StdinRef.Key // which is the path
	case x.act.Program.Stdin == ir.StdinExpr:
		x.spec.Stdin = g.document(inv.Stdin)
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

// filter returns what keeps secrets out of the log of a program.
func (p *performer) filter() proc.Filter {
	return &sieve{secrets: &p.secrets}
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
