package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/stdlib/activity"
)

// functions returns a registry of functions by name.
func functions(fs map[string]activity.Func) *activity.Registry {
	r := new(activity.Registry)
	for name, f := range fs {
		r.Add(name, f)
	}
	return r
}

// nothing returns the result of an activity without one.
func nothing() (json.RawMessage, error) { return json.RawMessage("null"), nil }

// untilCancelled waits for the end of its context.
func untilCancelled(ctx context.Context, _ json.RawMessage) (json.RawMessage, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

func TestFunctionInsteadOfAProgram(t *testing.T) {
	var logger bytes.Buffer
	c := config(t, `
error Busy { after: int }
activity f(n: int) -> int raises Busy
workflow w(n: int) -> int {
  x = f(n)
  return x
}`)
	c.Logger = slog.New(slog.NewTextHandler(&logger, nil))
	for _, test := range []struct {
		name string
		f    activity.Func
		want string
	}{
		{"result", func(_ context.Context, in json.RawMessage) (json.RawMessage, error) {
			return json.RawMessage(`1` + string(in[5:6])), nil
		}, "succeeded: 17"},
		{"error", func(context.Context, json.RawMessage) (json.RawMessage, error) {
			return nil, errors.New("no luck")
		}, "failed: w/x: Failed: no luck"},
		{"declared error", func(context.Context, json.RawMessage) (json.RawMessage, error) {
			return nil, fmt.Errorf("wrapped: %w", &activity.Error{Name: "Busy", Message: "come back", Fields: map[string]int{"after": 3}})
		}, `failed: w/x: Busy: come back {"after":3}`},
		{"fields that are no JSON", func(context.Context, json.RawMessage) (json.RawMessage, error) {
			return nil, &activity.Error{Name: "Busy", Fields: make(chan int)}
		}, "failed: w/x: BadResult: Busy (the function gave this as Busy, but its fields are no JSON object: json: unsupported type: chan int)"},
		{"a field that is missing", func(context.Context, json.RawMessage) (json.RawMessage, error) {
			return nil, &activity.Error{Name: "Busy", Message: "come back"}
		}, "failed: w/x: BadResult: come back (the function gave this as Busy, but its field `after` is missing)"},
		{"an error that is not declared", func(context.Context, json.RawMessage) (json.RawMessage, error) {
			return nil, &activity.Error{Name: "Lazy", Message: "not today"}
		}, "failed: w/x: BadResult: not today (the function gave this as Lazy, but the activity does not declare it after `raises`)"},
		{"error without words", func(context.Context, json.RawMessage) (json.RawMessage, error) {
			return nil, errors.New("")
		}, "failed: w/x: Failed: its function gave no reason"},
		{"panic", func(context.Context, json.RawMessage) (json.RawMessage, error) {
			panic("oh no")
		}, "failed: w/x: Failed: the function of activity `f` panicked: oh no"},
		{"end of its goroutine", func(context.Context, json.RawMessage) (json.RawMessage, error) {
			goruntime.Goexit()
			return nothing()
		}, "failed: w/x: Failed: its function ended the goroutine that it ran in"},
		{"no JSON", func(context.Context, json.RawMessage) (json.RawMessage, error) {
			return json.RawMessage("{"), nil
		}, "failed: w/x: BadResult: the function returned what is not JSON"},
		{"misfit", func(context.Context, json.RawMessage) (json.RawMessage, error) {
			return json.RawMessage(`"x"`), nil
		}, "failed: w/x: BadResult: the result of f does not fit: expected int, found string"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := c
			c.Input = input(t, `{"n": 7}`)
			c.Activities = functions(map[string]activity.Func{"f": test.f})
			r := do(t, c)
			got := show(r)
			if r.Failure != nil && r.Failure.Details != nil {
				got += " " + string(r.Failure.Details)
			}
			if got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
	if log := logger.String(); !strings.Contains(log, "function_test.go") || !strings.Contains(log, "node=w/x") {
		t.Errorf("the stack of the panic is not in the log: %q", log)
	}
}

func TestNothingImplementsIt(t *testing.T) {
	const flow = `
activity f()
activity g()
workflow w() {
  f()
  group { g() }
}`
	c := config(t, flow)
	_, err := local.New(c)
	const want = "no implementation of `f`, `g`: they have no `run`, and no functions of these names are registered here"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	c.Only = []string{"w", "w/f"}
	const alone = "failed: w/f: Failed: no implementation of `f`: it has no `run`, and no function of that name is registered here"
	if got := show(do(t, c)); got != alone {
		t.Errorf("got %s, want %s", got, alone)
	}
}

func TestWhatAFunctionIsTold(t *testing.T) {
	c := config(t, `
activity f() { timeout = 1m }
workflow w() { f() }`)
	w := &watcher{}
	c.Observer = w
	var told activity.Attempt
	c.Activities = functions(map[string]activity.Func{"f": func(ctx context.Context, _ json.RawMessage) (json.RawMessage, error) {
		told = activity.Info(ctx)
		told.Log("one\ntwo")
		if _, ok := ctx.Deadline(); !ok {
			t.Error("there is no deadline")
		}
		exit, err := told.Run(ctx, activity.Program{
			Argv: []string{"sh", "-c", "echo $A; echo err >&2; exit 3"}, Env: []string{"A=a"}, Dir: told.Dir, MaxStdout: 100, Tail: 100,
		})
		if err != nil || exit.Code != 3 || string(exit.Stdout) != "a\n" || string(exit.Stderr) != "err\n" {
			t.Errorf("got %+v, %v", exit, err)
		}
		if _, err = told.Run(ctx, activity.Program{Argv: []string{"no-such-program"}, Dir: told.Dir}); err == nil {
			t.Error("a program was run that is not there")
		}
		return nothing()
	}})
	do(t, c)
	if told.Node != "w/f" || told.Number != 1 || told.Dir != c.Root || len(told.Key) == 0 {
		t.Errorf("got %+v", told)
	}
	if got, want := w.log(), "w/f#1 one\nw/f#1 two\nw/f#1 err"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLibraryStartsAtTheFolderOfTheFlow(t *testing.T) {
	c := config(t, `
import "std/fs" as fs
import "std/exec" as exec
workflow w() -> string {
  text = fs.read("sub/a.txt")
  out  = exec.run(["cat", "a.txt"], dir: "sub", env: { "A": text })
  return out.stdout
}`)
	c.Activities = nil // the library
	if err := os.Mkdir(filepath.Join(c.Root, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.Root, "sub", "a.txt"), []byte("a"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got, want := show(do(t, c)), `succeeded: "a"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestLibraryStartsAtTheFolderOfTheCall shows that a path means the same whoever
// imports the file that it stands in.
func TestLibraryStartsAtTheFolderOfTheCall(t *testing.T) {
	files := map[string]string{
		"main.flow": `
import "./lib/part.flow" as part
import "std/fs" as fs
workflow main() -> string {
  a = fs.read("a.txt")
  b = part.inlined()
  c = part.child()
  return "${a} ${b} ${c}"
}`,
		"lib/part.flow": `
import "std/fs" as fs
canvas inlined() -> string {
  x = fs.read("a.txt")
  return x
}
workflow child() -> string {
  x = fs.read("../a.txt")
  return x
}`,
		"a.txt":     "outer",
		"lib/a.txt": "inner",
	}
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	compiled := compiler.Compile(diag.NewSource(filepath.Join(root, "main.flow"), []byte(files["main.flow"])), compiler.Config{Std: activity.Source})
	if compiled.Program == nil {
		t.Fatal(compiled.Diags.All())
	}
	r := do(t, local.Config{Program: compiled.Program, Workflow: "main", Run: "test", Root: root, Out: t.TempDir()})
	if got, want := show(r), `succeeded: "outer inner outer"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestShortFunctionsDoNotWaitForPrograms has a program take the only slot until
// a function of the library has done its work.
func TestShortFunctionsDoNotWaitForPrograms(t *testing.T) {
	c := config(t, `
import "std/fs" as fs
activity await() { run = ["sh", "-c", "until test -e there; do sleep 0.01; done"], timeout = 1m, stdin = none }
workflow w() { group {
  await()
  fs.write("there", "x")
} }`)
	c.Activities, c.Jobs = nil, 1
	if r := do(t, c); r.Status != "succeeded" {
		t.Errorf("got %s", show(r))
	}
}

// TestProgramsOfAFunctionEndWithIt stops a function that waits for a program
// which does not end when it is asked to.
func TestProgramsOfAFunctionEndWithIt(t *testing.T) {
	for name, stop := range map[string]func(*local.Run){"cancel": (*local.Run).Cancel, "kill": (*local.Run).Kill} {
		t.Run(name, func(t *testing.T) {
			c := config(t, "activity f()\nworkflow w() { f() }")
			c.Grace = 50 * time.Millisecond
			if name == "kill" {
				c.Grace = time.Hour
			}
			c.Activities = functions(map[string]activity.Func{"f": func(ctx context.Context, _ json.RawMessage) (json.RawMessage, error) {
				info := activity.Info(ctx)
				_, err := info.Run(ctx, activity.Program{Argv: []string{"sh", "-c", "trap : TERM; echo $$ >&2; while :; do sleep 0.1; done"}, Dir: info.Dir})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want the end of the context", err)
				}
				return nil, err
			}})
			var run *local.Run
			w := onLines(1, func() { stop(run) })
			c.Observer = w
			run = start(t, c)
			r, err := run.Do()
			want := map[string]string{"cancel": "f cancelled", "kill": "f abandoned"}[name]
			if err != nil || r.Status != "cancelled" || statuses(r) != want {
				t.Errorf("got %s (%s), %v; want %s", r.Status, statuses(r), err, want)
			}
			dead(t, w)
		})
	}
}

func TestRetriesBackOff(t *testing.T) {
	c := config(t, `
activity f() { retry = exponential(5, from: 1h, factor: 2, max: 3h) }
workflow w() { f() }`)
	synctest.Test(t, func(t *testing.T) {
		var pauses []time.Duration
		last := time.Now()
		c.Activities = functions(map[string]activity.Func{"f": func(context.Context, json.RawMessage) (json.RawMessage, error) {
			pauses = append(pauses, time.Since(last))
			last = time.Now()
			if len(pauses) < 5 {
				return nil, errors.New("not yet")
			}
			return nothing()
		}})
		r := do(t, c)
		if got, want := statuses(r), "f succeeded#5"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if want := []time.Duration{0, time.Hour, 2 * time.Hour, 3 * time.Hour, 3 * time.Hour}; !slices.Equal(pauses, want) {
			t.Errorf("got pauses %v, want %v", pauses, want)
		}
		if took := time.Duration(*r.Ended - r.Started); took != 9*time.Hour {
			t.Errorf("the report says %v, want 9h", took)
		}
	})
}

func TestTimeouts(t *testing.T) {
	for _, test := range []struct{ name, options, want string }{
		{"of an attempt", "timeout = 1h", "f timed_out; failed: w/f: TimedOut: timeout of 1h passed"},
		{"of an attempt, retried", "timeout = 1h, retry = 2", "f timed_out#3; failed: w/f: TimedOut: timeout of 1h passed"},
		{"of all attempts", "timeout = 1h, total_timeout = 90m, retry = 9", "f timed_out#2; failed: w/f: TimedOut: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := config(t, "activity f() { "+test.options+" }\nworkflow w() { f() }")
			c.Activities = functions(map[string]activity.Func{"f": untilCancelled})
			synctest.Test(t, func(t *testing.T) {
				r := do(t, c)
				got := statuses(r) + "; " + show(r)
				if !strings.HasPrefix(got, test.want) {
					t.Errorf("got %s, want %s", got, test.want)
				}
			})
		})
	}
}

func TestQueueTimeout(t *testing.T) {
	c := config(t, `
activity f()
activity g() { queue_timeout = 10m }
workflow w() {
  group with raises_on_failure = false {
    a = f()
    b = f()
    c = g()
    d = g()
  }
}`)
	synctest.Test(t, func(t *testing.T) {
		c.Activities = functions(map[string]activity.Func{
			"f": func(context.Context, json.RawMessage) (json.RawMessage, error) {
				time.Sleep(time.Hour)
				return nothing()
			},
			"g": func(context.Context, json.RawMessage) (json.RawMessage, error) { return nothing() },
		})
		r := do(t, c)
		if got, want := statuses(r), "(group 1) succeeded, a succeeded, b succeeded, c timed_out, d timed_out"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestFunctionThatIgnoresItsContextIsAbandoned(t *testing.T) {
	const flow = `
activity f() { timeout = 1h }
activity g()
workflow w() {
  group with raises_on_failure = false {
    a = f()
    b = g()
  }
}`
	c := config(t, flow)
	c.Jobs = 1
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c.Activities = functions(map[string]activity.Func{
			"f": func(context.Context, json.RawMessage) (json.RawMessage, error) {
				<-release
				return nothing()
			},
			"g": func(context.Context, json.RawMessage) (json.RawMessage, error) { return nothing() },
		})
		r := do(t, c)
		close(release)
		if got, want := statuses(r), "(group 1) succeeded, a timed_out, b succeeded"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestAtMostJobsRunAndTheUrgentFirst(t *testing.T) {
	c := config(t, `
activity f(n: int) { priority = n % 3 }
workflow w() {
  map n in 0..11 { f(n) }
}`)
	c.Jobs = 3
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int32
		c.Activities = functions(map[string]activity.Func{"f": func(context.Context, json.RawMessage) (json.RawMessage, error) {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Second)
			running.Add(-1)
			return nothing()
		}})
		w := &watcher{}
		c.Observer = w
		do(t, c)
		if most.Load() != 3 {
			t.Errorf("%d ran at a time, want 3", most.Load())
		}
		var order []string
		for _, s := range w.started {
			order = append(order, s[strings.IndexByte(s, '[')+1:strings.IndexByte(s, ']')])
		}
		if got, want := strings.Join(order, " "), "2 5 8 11 1 4 7 10 0 3 6 9"; got != want {
			t.Errorf("started %s, want %s", got, want)
		}
	})
}

func TestContainedFailure(t *testing.T) {
	c := config(t, `
activity good() -> int { run = ["echo", "1"], stdin = none }
activity bad() -> int { run = ["false"], stdin = none }
workflow w() -> int {
  a = bad() with raises_on_failure = false
  b = good()
  return b
}`)
	r := do(t, c)
	if got, want := show(r)+"; "+statuses(r), "succeeded: 1; a failed, b succeeded"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

var _ local.StartObserver = (*watcher)(nil)
var _ local.Store = (*failingLog)(nil)

// failingLog fails at the n-th commit.
type failingLog struct {
	local.MemoryStore
	n int
}

func (l *failingLog) Commit([]journal.Batch) error {
	if l.n--; l.n < 0 {
		return errors.New("disk full")
	}
	return nil
}
