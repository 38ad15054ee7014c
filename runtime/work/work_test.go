package work_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work"
	"github.com/flowc/flowc/runtime/work/proc"
	"github.com/flowc/flowc/stdlib/activity"
)

// compile compiles a flow, which must be right.
func compile(t testing.TB, flow string) *ir.Program {
	t.Helper()
	r := compiler.Compile(diag.NewSource("main.flow", []byte(flow)), compiler.Config{Std: activity.Source, Verify: true})
	if r.Program == nil || r.Bug != nil {
		var b bytes.Buffer
		diag.Render(&b, r.Diags.Sorted(), diag.Options{})
		t.Fatalf("%s\n%v", &b, r.Bug)
	}
	return r.Program
}

// prepare compiles a flow whose folders are relative to root.
func prepare(t testing.TB, flow, root string) (*work.Program, map[string]*ir.Activity) {
	t.Helper()
	p := compile(t, flow)
	w, err := work.Prepare(p, root)
	if err != nil {
		t.Fatal(err)
	}
	activities := map[string]*ir.Activity{}
	for _, a := range p.Activities {
		activities[a.Name] = a
	}
	return w, activities
}

// lines is a watcher that remembers.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
	pgid int
}

func (l *lines) Log(line []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.text, "%s\n", line)
}

func (l *lines) Began(pgid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pgid = pgid
}

// said returns what was logged.
func (l *lines) said() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestInputsOfServices(t *testing.T) {
	program, activities := prepare(t, `
activity f(a: int, b: string = "x", c: bool?) -> int { run = ["true"] }
activity k(a: int, b: string = "x") -> int { run = ["true"], input = kwargs }
`, "")
	for _, c := range []struct{ activity, input, want string }{
		{"f", `{"a":1,"b":"y","c":true}`, `1 "y" true`},
		{"f", ` {"a":1, "more": {}} `, `1 "x" null`},
		{"f", `{"a":1,"c":null}`, `1 "x" null`},
		{"f", `{"b":"y"}`, "the argument `a` of `f` is missing"},
		{"f", ``, "the argument `a` of `f` is missing"},
		{"f", `{"a":"one"}`, "the argument `a` of `f` does not fit: "},
		{"f", `[1]`, "the input is no JSON object by parameter"},
		{"f", `{"args":[1],"kwargs":{}}`, "the argument `a` of `f` is missing"},
		{"k", `{"args":[1],"kwargs":{"b":"y"}}`, `1 "y"`},
		{"k", `{"args":[],"kwargs":{"a":1}}`, `1 "x"`},
		{"k", `{"kwargs":{"a":1}}`, `1 "x"`},
		{"k", `{"args":[1,"y",3]}`, "the input has 3 arguments, and `k` takes 2"},
		{"k", `{"args":1}`, `the input is not {"args": […], "kwargs": {…}}`},
	} {
		got := ""
		task, err := program.Task(activities[c.activity], json.RawMessage(c.input))
		if err != nil {
			got = err.Error()
		} else {
			var texts []string
			for k, q := range activities[c.activity].Params {
				text, err := ir.Encode(task.Args[k], q.Type)
				if err != nil {
					t.Fatal(err)
				}
				texts = append(texts, string(text))
			}
			got = strings.Join(texts, " ")
		}
		if got != c.want && !(strings.HasSuffix(c.want, ": ") && strings.HasPrefix(got, c.want)) {
			t.Errorf("%s(%s): got %s, want %s", c.activity, c.input, got, c.want)
		}
	}
}

// FuzzInputsOfServices wants no input to do more harm than an error.
func FuzzInputsOfServices(f *testing.F) {
	program, activities := prepare(f, `
type T { x: [int], t: T? }
activity f(a: T, b: map<float> = {}, c: bytes?) -> int { run = ["true"] }
activity k(a: T, b: duration = 1s) -> int { run = ["true"], input = kwargs }
`, "")
	for _, seed := range []string{`{"a":{"x":[1]}}`, `{"args":[{"x":[]}],"kwargs":{"b":"1h"}}`, `{"a":{"x":[],"t":{"x":[1e400]}},"c":"!"}`, `{`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		for _, a := range activities {
			task, err := program.Task(a, input)
			if (task == nil) == (err == nil) {
				t.Errorf("%q: %v, %v", input, task, err)
			}
		}
	})
}

// TestOnePerformerServesManyPrograms has two programs with activities of one
// name, in folders of their own, and a secret of the first that the second
// says.
func TestOnePerformerServesManyPrograms(t *testing.T) {
	roots := []string{t.TempDir(), t.TempDir()}
	flows := []string{
		`activity a(key: secret<string>) -> string { run = ["sh", "-c", "cat here; echo $KEY >&2"], env = { "KEY": key }, stdin = none, result = text }`,
		`activity a() -> string { run = ["sh", "-c", "cat here; echo hush-hush >&2"], stdin = none, result = text }`,
	}
	p := work.New(work.Config{Secret: func(name string) (string, error) { return "hush-hush", nil }, Out: t.TempDir()})
	inputs := []string{`{"key":{"$secret":"key"}}`, `{}`}
	for k, flow := range flows {
		if err := os.WriteFile(filepath.Join(roots[k], "here"), []byte(fmt.Sprint(k)), 0o666); err != nil {
			t.Fatal(err)
		}
		program, activities := prepare(t, flow, roots[k])
		task, err := program.Task(activities["a"], json.RawMessage(inputs[k]))
		if err != nil {
			t.Fatal(err)
		}
		var l lines
		e := p.Perform(&work.Attempt{Program: program, Run: "r", Node: "w/a", Number: 1, Task: task, Watcher: &l})
		if want := fmt.Sprintf("%q", fmt.Sprint(k)); e.Type != runtime.TaskCompleted || string(e.Result) != want {
			t.Errorf("program %d: %s %s %+v, want %s", k, e.Type, e.Result, e.Failure, want)
		}
		if l.said() != "***\n" || l.pgid == 0 {
			t.Errorf("program %d logged %q, group %d", k, l.said(), l.pgid)
		}
	}
}

// TestWhatIsStoppedSaysHowItEnded stops a program, in time and before its time.
func TestWhatIsStoppedSaysHowItEnded(t *testing.T) {
	program, activities := prepare(t, `activity a() { run = ["sh", "-c", "trap 'exit 3' TERM; echo up; while :; do :; done"], stdin = none }`, t.TempDir())
	for _, c := range []struct {
		name string
		stop func(a *work.Attempt)
		want string
	}{
		{"cancelled", func(a *work.Attempt) { a.Stop(proc.Cancelled) }, `TaskCancelled {"exit":3,"stderr":"up\n"}`},
		{"killed", func(a *work.Attempt) { a.Kill() }, `TaskAbandoned `},
		{"late", func(a *work.Attempt) { a.Stop(proc.TimedOut) }, `TaskTimedOut `},
	} {
		t.Run(c.name, func(t *testing.T) {
			task, err := program.Task(activities["a"], nil)
			if err != nil {
				t.Fatal(err)
			}
			var l lines
			a := &work.Attempt{Program: program, Run: "r", Node: "w/a", Number: 1, Task: task, Watcher: &l}
			go func() {
				for l.said() == "" {
					time.Sleep(time.Millisecond)
				}
				c.stop(a)
			}()
			e := work.New(work.Config{}).Perform(a)
			if got := fmt.Sprintf("%s %s", e.Type, a.Details()); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	t.Run("before it began", func(t *testing.T) {
		task, _ := program.Task(activities["a"], nil)
		a := &work.Attempt{Program: program, Run: "r", Node: "w/a", Number: 1, Task: task}
		a.Stop(proc.Cancelled)
		if e := work.New(work.Config{}).Perform(a); e.Type != runtime.TaskCancelled {
			t.Errorf("got %s", e.Type)
		}
	})
}

// TestFunctionsKeepValues makes a ref by a function, and gives it to another.
func TestFunctionsKeepValues(t *testing.T) {
	program, activities := prepare(t, `
activity make() -> ref<bytes>
activity size(x: ref<bytes>) -> int
`, t.TempDir())
	r := new(activity.Registry)
	activity.Register(r, "make", func(ctx context.Context, _ struct{}) (activity.Ref, error) {
		file := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(file, []byte("content"), 0o666); err != nil {
			return activity.Ref{}, err
		}
		return activity.Info(ctx).Keep(file)
	})
	activity.Register(r, "size", func(_ context.Context, in struct {
		X activity.Ref `json:"x"`
	}) (activity.Int, error) {
		text, err := os.ReadFile(in.X.Path)
		return activity.Int(len(text)), err
	})
	p := work.New(work.Config{Activities: r, Out: t.TempDir()})
	perform := func(name, input string) runtime.Event {
		task, err := program.Task(activities[name], json.RawMessage(input))
		if err != nil {
			t.Fatal(err)
		}
		return p.Perform(&work.Attempt{Program: program, Run: "r", Node: "w/" + name, Number: 1, Task: task})
	}
	made := perform("make", "")
	if made.Type != runtime.TaskCompleted {
		t.Fatalf("%+v", made.Failure)
	}
	if e := perform("size", `{"x":`+string(made.Result)+`}`); string(e.Result) != "7" {
		t.Errorf("got %s %s %+v", e.Type, e.Result, e.Failure)
	}
	if e := perform("size", `{"x":{"$ref":"sha256/aa","sha256":"`+strings.Repeat("a", 64)+`","size":1}}`); e.Type != runtime.TaskFailed {
		t.Errorf("a value that is not there: %s %s", e.Type, e.Result)
	}
}

// TestAKeyLeadsOutOfNoFolder has a task whose key, which comes from outside,
// looks like a path.
func TestAKeyLeadsOutOfNoFolder(t *testing.T) {
	program, activities := prepare(t, `activity a() -> path { run = ["sh", "-c", "echo x >$FLOW_OUT/f"], result = file("f") }`, t.TempDir())
	task, err := program.Task(activities["a"], nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Key = "/../../y"
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "y-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	e := work.New(work.Config{Out: out}).Perform(&work.Attempt{Program: program, Run: "r", Node: "w/a", Number: 1, Task: task})
	if e.Type != runtime.TaskCompleted || !strings.HasPrefix(string(e.Result), `"`+out) {
		t.Errorf("got %s %s %+v", e.Type, e.Result, e.Failure)
	}
}
