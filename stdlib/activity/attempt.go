package activity

import "context"

// An Attempt is on whose behalf an implementation runs. When it has to be done
// is its context's to say (context.Context.Deadline).
type Attempt struct {
	Node   string            // id of the node: `etl/rows[p1]/extract`
	Number int               // from 1
	Key    string            // idempotency key, equal for every attempt of the node
	Dir    string            // absolute folder that relative paths start at; "" means the process's own
	Log    func(line string) // takes one line for the node's log, from any goroutine; nil drops it
	Run    Runner            // runs programs for std/exec; nil means that none may be run

	// Keep makes a value outside of the run's history of what a file holds; nil
	// means that there is nowhere to keep it.
	Keep func(path string) (Ref, error)
}

type attemptKey struct{}

// NewContext returns a context that tells implementations about a.
func NewContext(ctx context.Context, a Attempt) context.Context {
	return context.WithValue(ctx, attemptKey{}, a)
}

// Info returns what the driver has said about the attempt that ctx belongs to;
// the zero Attempt, but with a Log, if it has said nothing.
func Info(ctx context.Context) Attempt {
	a, _ := ctx.Value(attemptKey{}).(Attempt)
	if a.Log == nil {
		a.Log = func(string) {}
	}
	return a
}

// A Runner runs one program to its end, in a process group of its own, which
// has ended when it returns; it ends the group when ctx does. The error says
// why there is no exit code: the program was not found, or killed, or wrote
// more than MaxStdout. The end of ctx is its error.
type Runner func(ctx context.Context, p Program) (Exit, error)

// A Program is what a [Runner] runs.
type Program struct {
	Argv      []string // the program and its arguments; no shell sees them
	Env       []string // "KEY=value", added to the environment that all programs of the run get
	Dir       string   // absolute folder to run it in
	Stdin     []byte   // what it may read
	MaxStdout int64    // bytes of stdout to keep; more is an error
	Tail      int      // bytes of the end of stderr to keep; all of it is logged
}

// An Exit is how a program ended by itself.
type Exit struct {
	Code   int
	Stdout []byte
	Stderr []byte // the end of it
}
