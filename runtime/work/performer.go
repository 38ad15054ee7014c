package work

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work/proc"
	"github.com/flowc/flowc/stdlib/activity"
)

// A Config says how attempts are performed. Zero fields have the defaults
// named beside them.
type Config struct {
	Env        []string                          // environment of programs, before their own `env`; nil is that of this process
	Secret     func(name string) (string, error) // what a secret stands for; nil looks into Env, see [SecretPrefix]
	Activities *activity.Registry                // functions of this process by name of activity; nil is activity.Std()
	Grace      time.Duration                     // from asking programs to end to making them; 0 is 10 s
	Out        string                            // folder for the files that attempts make; "" is a new one among the temporary files, when it is needed
	Name       string                            // what such a new folder is named after
	Refs       Refs                              // where `ref`s are kept; nil is a folder in Out
	Logger     *slog.Logger                      // for what concerns the programmer, such as the stack of a function that panicked; nil is nobody
}

// Refs is where the values of `ref`s are kept, by what is in them.
type Refs interface {
	Put(content []byte) (*ir.Ref, error)
	PutFile(path string, see io.Writer) (*ir.Ref, error) // see is shown the content while it is read
	Path(r *ir.Ref) (string, error)                      // of a file here that has it
	Drop(r *ir.Ref)                                      // what was put in error
}

// A Performer performs attempts of tasks of any number of programs, as many at a
// time as it is asked to. What it learns of the secrets of one is kept out of
// the logs of all.
type Performer struct {
	cfg     Config
	env     *proc.Environ
	secrets redactor
	out     outFolder
}

// New returns a performer.
func New(c Config) *Performer {
	if c.Env == nil {
		c.Env = os.Environ()
	}
	if c.Secret == nil {
		c.Secret = secretIn(c.Env)
	}
	if c.Activities == nil {
		c.Activities = activity.Std()
	}
	if c.Grace == 0 {
		c.Grace = proc.DefaultGrace
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Performer{cfg: c, env: environ(c.Env), out: outFolder{path: c.Out, name: c.Name, store: c.Refs}}
}

// Close removes the folder for files if it was made here and is empty.
func (p *Performer) Close() { p.out.tidy() }

// ofAttempts are the variables that tell a program of its attempt.
var ofAttempts = []string{"FLOW_NODE", "FLOW_ATTEMPT", "FLOW_IDEMPOTENCY_KEY", "FLOW_DEADLINE", "FLOW_OUT", "TRACEPARENT"}

// environ returns the environment that programs inherit: vars, without secrets,
// and without what an attempt of another run, whose program we may be, was told.
func environ(vars []string) *proc.Environ {
	var kept []string
	for _, v := range vars {
		if key, _, _ := strings.Cut(v, "="); !slices.Contains(ofAttempts, key) && !aboutSecrets(key) {
			kept = append(kept, v)
		}
	}
	return proc.NewEnviron(kept)
}

// TraceIn returns the trace context in an environment, "" for none.
func TraceIn(env []string) string {
	trace := ""
	for _, v := range env {
		if key, value, _ := strings.Cut(v, "="); key == "TRACEPARENT" {
			trace = value // the last holds, as in proc.Environ
		}
	}
	return trace
}

// A Program is a program of the language made ready to have its tasks
// performed. It is immutable.
type Program struct {
	ir       *ir.Program
	root     string // absolute folder that those of activities are relative to
	programs *runtime.Programs
	errors   map[string]*ir.TypeDecl // declared errors
	special  map[*ir.Activity]bool   // those that are given more than their arguments
	loose    bool                    // there is no program: see [Undeclared]
}

// Undeclared returns what stands for the program of functions that no program
// declares: their inputs and results are any JSON, and so are the fields of
// their errors.
func Undeclared() *Program {
	return &Program{ir: &ir.Program{}, programs: runtime.NewPrograms(&ir.Program{}), loose: true}
}

// Prepare makes a program ready. The folders of its activities are relative to
// root; "" is the current one.
func Prepare(p *ir.Program, root string) (*Program, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	q := &Program{ir: p, root: root, programs: runtime.NewPrograms(p), errors: map[string]*ir.TypeDecl{}, special: special(p)}
	for _, t := range p.Types {
		if t.Kind == ir.KError {
			q.errors[t.Name] = t
		}
	}
	return q, nil
}

// Perform performs an attempt and returns how it ended: the type of the event
// and what goes with that type. No secret is in it.
func (p *Performer) Perform(a *Attempt) runtime.Event {
	e := p.perform(a)
	if len(p.secrets.all()) == 0 {
		return e
	}
	if p.secrets.holds(e.Result) {
		e = Failed("the result holds the value of a secret, which may not be recorded")
		e.Failure.Error = runtime.BadResult
	}
	a.facts = p.secrets.document(a.facts)
	if e.Failure != nil {
		e.Failure.Message = p.secrets.text(e.Failure.Message)
		e.Failure.Details = p.secrets.document(e.Failure.Details)
	}
	return e
}

// perform performs an attempt.
func (p *Performer) perform(a *Attempt) runtime.Event {
	g, err := p.given(a)
	if err != nil {
		return Failed(err.Error())
	}
	act := a.Task.Activity
	if act.Program != nil {
		return p.program(a, g)
	}
	if f, ok := p.cfg.Activities.Lookup(act.Name); ok {
		input, err := byName(g.task)
		if err != nil {
			return Failed(err.Error())
		}
		return p.function(a, f, input)
	}
	return Failed(notImplemented(act.Name))
}
