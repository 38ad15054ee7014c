package local

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	goruntime "runtime"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/blob"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/work"
	"github.com/flowc/flowc/runtime/work/proc"
	"github.com/flowc/flowc/stdlib/activity"
)

// A Config says what to run, and where. Zero fields have the defaults named
// beside them.
type Config struct {
	Program  *ir.Program
	Workflow string // "" is the program's only one

	Run    string                     // id; "" makes a new one
	Input  map[string]json.RawMessage // by parameter of the workflow
	Params map[string]json.RawMessage // by parameter of the program
	Tags   []string
	Only   []string       // ids of the nodes that take part, as from runtime.Select; nil is all
	Asked  []string       // with Only: the nodes that are wanted, also from there
	Reuse  *runtime.Reuse // outcomes of an earlier run, of a redrive; else nil
	Undo   bool           // with Resume: the run has ended, and what was completed in it is to be undone

	Root string // folder that the folders of activities are relative to; "" is the current one
	Out  string // folder for the files that attempts make; "" is a new one among the temporary files, when it is needed. It stays: values name files in it

	Blobs *blob.Store // where `ref`s are kept; nil is a folder in Out

	Jobs  int           // attempts at a time, beside short ones of the library; 0 is the number of CPUs that this process may use
	Grace time.Duration // from asking programs to end to making them; 0 is 10 s. The machine waits 30 s, then counts them as abandoned
	Env   []string      // environment of programs, before their own `env`; nil is that of this process
	Trace string        // TRACEPARENT for programs; "" is that of Env, if it has one

	Secret func(name string) (string, error) // what a secret stands for; nil looks into Env, see work.SecretPrefix

	Activities *activity.Registry     // functions of this process by name of activity; nil is activity.Std()
	Store      Store                  // keeps the run and its child runs; nil keeps nothing
	Inbox      <-chan journal.Message // what others want of them; nil is nothing
	Observer   Observer               // nil is nobody
	Logger     *slog.Logger           // for what concerns the programmer, such as the stack of a function that panicked; nil is nobody
}

// withDefaults returns c with its zero fields replaced.
func (c Config) withDefaults() (Config, error) {
	if c.Workflow == "" {
		c.Workflow = c.Program.Main
	}
	if c.Run == "" {
		c.Run = NewRunID(c.Workflow, time.Now())
	} else if err := CheckRunID(c.Run); err != nil {
		return c, err
	}
	root, err := filepath.Abs(c.Root)
	if err != nil {
		return c, err
	}
	c.Root = root
	if c.Out != "" {
		if c.Out, err = filepath.Abs(c.Out); err != nil {
			return c, err
		}
	}
	if c.Jobs <= 0 {
		c.Jobs = goruntime.GOMAXPROCS(0)
	}
	if c.Grace == 0 {
		c.Grace = proc.DefaultGrace
	}
	if c.Env == nil {
		c.Env = os.Environ()
	}
	if c.Trace == "" {
		c.Trace = work.TraceIn(c.Env)
	}
	if c.Activities == nil {
		c.Activities = activity.Std()
	}
	if c.Observer == nil {
		c.Observer = nobody{}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// maxOpen is how many tasks a run asks for at a time before it begins no more
// items: enough to keep every worker at work, few enough that a map of a
// million items fits into the memory.
const maxOpen = 1000

// start returns what the run's first event carries.
func (c *Config) start() *runtime.Start {
	input := c.Input
	if input == nil {
		input = map[string]json.RawMessage{}
	}
	return &runtime.Start{
		IR: c.Program.Hash(), Workflow: c.Workflow, Run: c.Run, WorkflowID: c.Run, Tags: c.Tags,
		Input: input, Params: c.Params, Flags: runtime.Flags, Only: c.Only, Asked: c.Asked,
		MaxOpen: max(maxOpen, 4*c.Jobs), Reuse: c.Reuse,
	}
}

// performer returns who performs the attempts of the run.
func (c *Config) performer() *work.Performer {
	w := work.Config{
		Env: c.Env, Secret: c.Secret, Activities: c.Activities, Grace: c.Grace, Out: c.Out, Name: c.Run, Logger: c.Logger,
	}
	if c.Blobs != nil {
		w.Refs = c.Blobs
	}
	return work.New(w)
}
