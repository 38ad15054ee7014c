package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowc/flowc/runtime"
)

// one returns a flow whose only step is an activity with the given signature
// and attributes, called without arguments.
func one(declarations, signature, attributes string) string {
	result := "none"
	if _, after, ok := strings.Cut(signature, "->"); ok {
		result, _, _ = strings.Cut(strings.TrimSpace(after), " ")
	}
	if result == "none" {
		return declarations + "\nactivity a" + signature + " { " + attributes + ", stdin = none }\nworkflow w() {\n  x = a()\n}\n"
	}
	return declarations + "\nactivity a" + signature + " { " + attributes + ", stdin = none }\nworkflow w() -> " + result + " {\n  x = a()\n  return x\n}\n"
}

func TestResultOfAProgram(t *testing.T) {
	for _, test := range []struct{ name, flow, want string }{
		{"text without its last newline", one("", "() -> string", `run = ["printf", "a\nb\n\n"], result = text`), `succeeded: "a\nb\n"`},
		{"lines", one("", "() -> [string]", `run = ["printf", "a\nb\n"], result = lines`), `succeeded: ["a","b"]`},
		{"last JSON document", one("", "() -> int", `run = ["printf", "loading\n1\n2\n"]`), `succeeded: 2`},
		{"unknown fields are dropped", one("type R { n: int }", "() -> R", `run = ["echo", "{\"n\": 1, \"m\": 2}"]`), `succeeded: {"n":1}`},
		{"none", one("", "()", `run = ["true"]`), `succeeded: null`},
		{"content of a file", one("", "() -> bytes", `run = ["sh", "-c", "printf abc > \"$FLOW_OUT/d/x\""], result = file("d/x")`), `succeeded: "YWJj"`},
		{"exit status", one("", "()", `run = ["sh", "-c", "exit 3"]`), `failed: w/x: Failed: exit status 3`},
		{"signal", one("", "()", `run = ["sh", "-c", "kill -9 $$"]`), "failed: w/x: Failed: program `sh` was killed by SIGKILL, possibly out of memory"},
		{"no program", one("", "()", `run = ["no-such-program"]`), "failed: w/x: Failed: program `no-such-program` was not found in PATH"},
		{"a field that does not fit", one("type R { rows: int }", "() -> R", `run = ["echo", "{\"rows\": \"x\"}"]`),
			"failed: w/x: BadResult: the result does not fit: rows: expected int, found string"},
		{"half a document", one("type R { rows: int }", "() -> R", `run = ["printf", "{\"rows\": "]`),
			"failed: w/x: BadResult: stdout ends in the middle of a JSON document (a result of type R was expected)"},
		{"nothing on stdout", one("", "() -> int", `run = ["true"]`),
			"failed: w/x: BadResult: the program printed no JSON document (a result of type int was expected)"},
		{"file not made", one("", "() -> path", `run = ["true"], result = file("x")`),
			"failed: w/x: BadResult: the program exited with 0, but made no file `x` in FLOW_OUT"},
		{"a folder is no content", one("", "() -> bytes", `run = ["sh", "-c", "mkdir $FLOW_OUT/x"], result = file("x")`),
			"failed: w/x: BadResult: `x` in FLOW_OUT is not a regular file"},
		{"no folder to run in", one("", "() -> bytes", `run = ["truncate"], cwd = "/tmp/no-such-folder", result = file("x")`),
			"failed: w/x: Failed: program `truncate` cannot run in `/tmp/no-such-folder`: there is no such folder"},
		{"too much in a file", one("", "() -> bytes", `run = ["sh", "-c", "head -c 70000000 /dev/zero > $FLOW_OUT/x"], result = file("x")`),
			"failed: w/x: BadResult: the file `x` in FLOW_OUT has more than 64 MiB, which is too much for a value: declare the result as `path`"},
		{"an expression that fails", one("", `(xs: [string] = ["a"])`, `run = ["echo", xs[1]]`), "failed: w/x: ExpressionFailed: `run`: index 1 is outside of a list of 1"},
		{"a name that no variable has", one("", `(vars: map<string> = { "X=Y": "1" })`, `run = ["env"], env = vars, retry = 3`),
			"failed: w/x: ExpressionFailed: `env`: \"X=Y\" cannot be the name of a variable"},
		{"a file outside of the attempt's folder", one("", `(name: string = "../x") -> path`, `run = ["true"], result = file(name), retry = 3`),
			"failed: w/x: ExpressionFailed: `result = file(\"../x\")` of activity a leaves the attempt's own folder"},
		{"too much output", one("", "() -> string", `run = ["sh", "-c", "yes | head -c 80000000"], result = text`),
			"failed: w/x: Failed: program `sh` wrote more than 64 MiB to stdout and was ended"},
		{"a grandchild that holds the pipe", one("", "() -> string", `run = ["sh", "-c", "sleep 1000 & echo done"], result = text`), `succeeded: "done"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := show(do(t, config(t, test.flow))); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestDeclaredErrorOfAProgram(t *testing.T) {
	declared := `error E { reason: string, rows: int?, at: int }`
	flow := func(script string) string {
		return one(declared, "() raises E", `run = ["sh", "-c", "`+script+`"], errors = { 2: E }`)
	}
	for _, test := range []struct{ name, script, want, details string }{
		{"fields on stdout", `echo '{\"reason\": \"bad\", \"at\": 7, \"more\": 1}'; exit 2`, "E: bad", `{"reason":"bad","at":7,"exit":2,`},
		{"the reason is the last line of the log", `echo '{\"at\": 7}'; echo a >&2; echo b >&2; exit 2`, "E: b", `{"reason":"b","at":7,"exit":2,`},
		{"a reason that is no message", `printf '%s' '{\"reason\": \"a\\nb\", \"at\": 7}'; exit 2`, "E: exit status 2", `{"reason":"a\nb","at":7,"exit":2,`},
		{"a field is missing", `echo bad >&2; exit 2`, "BadResult: exit status 2 means E, but its field `at` is missing (the fields are those of the last JSON object on stdout)", `{"exit":2,`},
		{"a field does not fit", `echo '{\"at\": \"x\"}'; exit 2`, "BadResult: exit status 2 means E, but its field `at`: expected int, found string (the fields are those of the last JSON object on stdout)", `{"exit":2,`},
		{"another code", `echo no >&2; exit 4`, "Failed: exit status 4", `{"exit":4,"stderr":"no\n"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := do(t, config(t, flow(test.script)))
			if got, want := show(r), "failed: w/x: "+test.want; got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
			if r.Failure != nil && !strings.HasPrefix(string(r.Failure.Details), test.details) {
				t.Errorf("details: got %s, want %s…", r.Failure.Details, test.details)
			}
		})
	}
}

// TestFieldsNamedAsFacts shows that neither the fields of an error nor what is
// known of the program's end get lost when they have the same names.
func TestFieldsNamedAsFacts(t *testing.T) {
	r := do(t, config(t, one("error E { exit: int, stderr: string }", "() -> int raises E",
		`run = ["sh", "-c", "echo '{\"exit\": 77, \"stderr\": \"mine\"}'; echo err >&2; exit 2"], errors = { 2: E }`)))
	const want = `{"exit":77,"stderr":"mine","$program":{"exit":2,"stderr":"err\n"}}`
	if r.Failure == nil || string(r.Failure.Details) != want {
		t.Errorf("got %s, %s\nwant details %s", show(r), r.Failure.Details, want)
	}
	c := config(t, `
error E { exit: int }
activity a() raises E { run = ["sh", "-c", "echo '{\"exit\": 77}'; exit 2"], errors = { 2: E }, stdin = none }
workflow w() -> int {
  x = chain { a()
    yield 0 } catch E as e { yield e.exit }
  return x
}`)
	if got := show(do(t, c)); got != "succeeded: 77" {
		t.Errorf("caught: got %s, want the field of the error, 77", got)
	}
}

func TestTraceOfThisProcessIsHandedOn(t *testing.T) {
	c := config(t, one("", "() -> string", `run = ["sh", "-c", "echo $TRACEPARENT"], result = text`))
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "TRACEPARENT=00-of-ours"}
	if got := show(do(t, c)); got != `succeeded: "00-of-ours"` {
		t.Errorf("got %s", got)
	}
}

// A tracer knows what attempts are a part of.
type tracer struct{}

func (tracer) Changes(time.Time, []runtime.Change) {}
func (tracer) Log(string, int, []byte)             {}
func (tracer) Trace(node string, attempt int) string {
	if node == "w/b" {
		return ""
	}
	return fmt.Sprint(node, " ", attempt)
}

func TestAnObserverKnowsTheTrace(t *testing.T) {
	c := config(t, `activity say() -> string { run = ["sh", "-c", "echo $TRACEPARENT"], result = text }
workflow kid() -> string { a = say()
  return a }
workflow w() -> [string] { a = say()
  b = say()
  c = kid()
  return [a, b, c] }`)
	c.Workflow, c.Trace, c.Observer = "w", "00-of-the-run", tracer{}
	if got, want := show(do(t, c)), `succeeded: ["w/a 1","00-of-the-run","w/c/a 1"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhatAProgramIsTold(t *testing.T) {
	c := config(t, `
activity told(day: date) -> [string] {
  run     = ["sh", "../told.sh"]
  result  = lines
  cwd     = "sub"
  env     = { "A": "own" }
  timeout = 1m
}
workflow w(day: date) -> [string] {
  group { x = told(day) }
  return x
}`)
	dir, err := filepath.EvalSymlinks(c.Root)
	if err != nil {
		t.Fatal(err)
	}
	c.Root, dir = dir, filepath.Join(dir, "sub")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	const script = `pwd -P; echo $PWD; cat; echo
printf '%s\n' $FLOW_NODE $FLOW_ATTEMPT ${FLOW_IDEMPOTENCY_KEY:+key} ${FLOW_DEADLINE:+deadline} $TRACEPARENT $A $B ${FLOW_OUT:-unset}
`
	if err := os.WriteFile(filepath.Join(c.Root, "told.sh"), []byte(script), 0o666); err != nil {
		t.Fatal(err)
	}
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "A=inherited", "B=inherited", "FLOW_OUT=of another run", "TRACEPARENT=of another"}
	c.Trace = "00-trace"
	c.Input = input(t, `{"day": "2026-01-31"}`)
	want := `succeeded: ["` + strings.Join([]string{dir, dir, `{\"day\":\"2026-01-31\"}`,
		"w/x", "1", "key", "deadline", "00-trace", "own", "inherited", "unset"}, `","`) + `"]`
	if got := show(do(t, c)); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestFilesStayAndAreFresh(t *testing.T) {
	c := config(t, `
activity make(n: int) -> path { run = ["sh", "-c", "test ! -e $FLOW_OUT/x && echo $1 > $FLOW_OUT/x", "sh", "${n}"], result = file("x") }
activity read(file: path) -> string { run = ["cat", "${file}"], result = text }
workflow w() -> [string] {
  xs = map n in [1, 2, 3] {
    f = make(n)
    yield read(f)
  }
  return xs
}`)
	const want = `succeeded: ["1","2","3"]`
	if got := show(do(t, c)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	files, _ := filepath.Glob(filepath.Join(c.Out, "*", "x"))
	if len(files) != 3 {
		t.Errorf("got %q, want three files", files)
	}
	if got := show(do(t, c)); got != want { // the same run again, as after a crash
		t.Errorf("again: got %s, want %s", got, want)
	}
}

func TestLargeValues(t *testing.T) {
	c := config(t, `
activity large() -> string { run = ["sh", "-c", "head -c 10000000 /dev/zero | tr '\\0' x"], stdin = none, result = text }
activity size(text: string) -> int { run = ["wc", "-c"], stdin = text }
workflow w() -> int {
  x = large()
  n = size(x)
  return n
}`)
	if got, want := show(do(t, c)), "succeeded: 10000000"; got != want {
		t.Errorf("got %.200s, want %s", got, want)
	}
}

func TestLogsGoToTheObserver(t *testing.T) {
	c := config(t, `
activity a() { run = ["sh", "-c", "echo out; echo err >&2; printf 'no newline'"], stdin = none }
activity b() -> string { run = ["sh", "-c", "echo out; echo err >&2"], stdin = none, result = text }
workflow w() { 
  a()
  x = b()
}`)
	w := &watcher{}
	c.Observer = w
	do(t, c)
	if got, want := w.log(), "w/a#1 out\nw/a#1 err\nw/a#1 no newline\nw/x#1 err"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
