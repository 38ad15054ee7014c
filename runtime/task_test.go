package runtime_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// first starts a program and returns its first command.
func first(t *testing.T, p *ir.Program, start runtime.Start) runtime.Command {
	t.Helper()
	m, err := runtime.New(p, "", runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	start.Run, start.Flags = "r", runtime.Flags
	step, err := m.Apply(runtime.Event{Type: runtime.RunStarted, Start: &start})
	if err != nil || len(step.Commands) == 0 {
		t.Fatalf("%v %v", step, err)
	}
	return step.Commands[0]
}

// TestTask: what a task carries; a call's options come before its activity's,
// and both may depend on data.
func TestTask(t *testing.T) {
	p := program(t, `
param env: string = "dev"
activity a(n: int, s: string = "x", o: int? = none) -> int {
  timeout = 5m, heartbeat = 30s, queue_timeout = 2h, task_list = "etl-${env}", priority = 3, version = "7"
}
workflow w(big: int) -> int {
  x = a(n: big) with timeout = 1m * big, task_list = "call"
  return x
}`)
	c := first(t, p, runtime.Start{Input: input("big", "3"), Params: input("env", `"prod"`)})
	task := c.Task
	if string(task.Input) != `{"n":3,"s":"x"}` {
		t.Errorf("input: %s", task.Input)
	}
	if task.Timeout.String() != "3m" || task.Heartbeat.String() != "30s" || task.QueueTimeout.String() != "2h" || task.TotalTimeout != 0 {
		t.Errorf("times: %v %v %v %v", task.Timeout, task.Heartbeat, task.QueueTimeout, task.TotalTimeout)
	}
	if task.TaskList != "call" || task.Priority != 3 || task.Version != "7" || len(task.Key) != 32 {
		t.Errorf("%+v", task)
	}
	p.Workflows[0].Nodes[c1(p)].Options.TaskList = nil
	if got := first(t, p, runtime.Start{Input: input("big", "3"), Params: input("env", `"prod"`)}).Task.TaskList; got != "etl-prod" {
		t.Errorf("task list: %s", got)
	}
	p.Activities[0].Kwargs = true
	if got := first(t, p, runtime.Start{Input: input("big", "3")}).Task.Input; string(got) != `{"args":[],"kwargs":{"n":3,"s":"x"}}` {
		t.Errorf("kwargs: %s", got)
	}
}

// c1 returns the index of the first call.
func c1(p *ir.Program) int {
	for k, n := range p.Workflows[0].Nodes {
		if n.Kind == ir.NActivity {
			return k
		}
	}
	return -1
}

// TestBackOff: from × factor^k, at most max, moved by a jitter that is the same
// in every replay and another for every attempt.
func TestBackOff(t *testing.T) {
	delays := func(policy string) (list []ir.Duration) {
		p := program(t, "activity a() { retry = "+policy+" }\nworkflow w() { a() }")
		m, err := runtime.New(p, "", runtime.Config{})
		if err != nil {
			t.Fatal(err)
		}
		e := runtime.Event{Type: runtime.RunStarted, Start: &runtime.Start{Run: "r", Flags: runtime.Flags}}
		for k := 1; ; k++ {
			step, err := m.Apply(e)
			if err != nil {
				t.Fatal(err)
			}
			if m.Done() {
				return list
			}
			for _, c := range step.Commands {
				switch c.Type {
				case runtime.ScheduleTask:
					e = runtime.Event{Type: runtime.TaskFailed, Node: c.Node, Attempt: c.Attempt}
				case runtime.StartTimer:
					list = append(list, ir.Duration(c.Due))
					e = runtime.Event{Type: runtime.TimerFired, Node: c.Node, Timer: c.Timer}
				}
			}
		}
	}
	words := func(list []ir.Duration) string {
		var b strings.Builder
		for _, d := range list {
			b.WriteString(d.String() + " ")
		}
		return b.String()
	}
	if got := words(delays("8")); got != "1s 2s 4s 8s 16s 32s 1m 1m " {
		t.Errorf("default: %s", got)
	}
	if got := words(delays("exponential(3, from: 2s, factor: 3, max: 10s)")); got != "2s 6s 10s " {
		t.Errorf("own: %s", got)
	}
	const policy = "exponential(5, from: 10s, factor: 1, jitter: 20%)"
	list := delays(policy)
	if words(list) != words(delays(policy)) {
		t.Error("the jitter differs between two replays")
	}
	for k, d := range list {
		if d < 8_000_000_000 || d > 12_000_000_000 || k > 0 && d == list[k-1] {
			t.Errorf("jitter: %s", words(list))
		}
	}
}

// TestRetryOn: declared errors are tried again only where the policy lists
// them.
func TestRetryOn(t *testing.T) {
	p := program(t, `error Throttled
error Broken
activity a() raises Throttled, Broken { retry = exponential(2, on: [Throttled]) }
workflow w() { a() }`)
	for name, want := range map[string]int{"Throttled": 3, "Broken": 1, "Failed": 3} {
		calls := 0
		o, _ := runFlow(t, p, runtime.Start{}, map[string]answer{"a": func(map[string]any, int) (string, *runtime.Failure) {
			calls++
			return "", &runtime.Failure{Error: name}
		}})
		if calls != want || o.Failure.Attempts != want || o.Failure.Error != name {
			t.Errorf("%s: %d attempts, %+v; want %d", name, calls, o.Failure, want)
		}
	}
}

// TestCaught: a catch of one error sees its fields, any other the Failure.
func TestCaught(t *testing.T) {
	for _, test := range []struct{ errors, field, want string }{
		{"E1", "code", `{"x":"c7"}`},
		{"", "error", `{"x":"E1"}`},
	} {
		p := build(parseTree(t, "chain { a } catch { c }"))
		p.Types[0].Fields = []ir.Field{{Name: "code", Type: ir.StringType}}
		w := p.Workflows[0]
		w.Frames[0].Names = []string{"e"}
		typ := ir.FailureType
		for k := range w.Nodes {
			n := &w.Nodes[k]
			if len(n.Handlers) > 0 {
				n.Handlers[0].Slot = 0
				if test.errors != "" {
					n.Handlers[0].Errors = []string{test.errors}
					typ = &ir.Type{Kind: ir.KError, Decl: p.Types[0]}
				}
			}
			if n.Name == "c" {
				slot := &ir.Expr{Op: ir.OpSlot, Type: typ, At: ir.NoPos}
				n.Call.Args = []*ir.Expr{{Op: ir.OpField, Type: ir.StringType, Name: test.field, Args: []*ir.Expr{slot}, At: ir.NoPos}}
			}
		}
		for _, a := range p.Activities {
			if a.Name == "c" {
				a.Params = []ir.Param{{Name: "x", Type: ir.StringType}}
			}
		}
		m, err := runtime.New(p, "", runtime.Config{})
		if err != nil {
			t.Fatal(err)
		}
		apply := func(e runtime.Event) []runtime.Command {
			step, err := m.Apply(e)
			if err != nil {
				t.Fatal(err)
			}
			return step.Commands
		}
		apply(runtime.Event{Type: runtime.RunStarted, Start: &runtime.Start{Flags: runtime.Flags}})
		cmds := apply(runtime.Event{Type: runtime.TaskFailed, Node: "w/a", Attempt: 1,
			Failure: &runtime.Failure{Error: "E1", Details: json.RawMessage(`{"code":"c7","exit":2}`)}})
		var got string
		for _, c := range cmds {
			if c.Task != nil {
				got = string(c.Task.Input)
			}
		}
		if got != test.want {
			t.Errorf("catch %s: got %s, want %s", test.errors, got, test.want)
		}
	}
}

// TestBatch: a map with `batch` gives its body lists.
func TestBatch(t *testing.T) {
	p := program(t, `activity a(xs: [int]) -> int
workflow w() { b = map x in [1, 2, 3, 4, 5] { v = a(xs: [x]); yield v }; c(n: len(b)) }
activity c(n: int)`)
	for k := range p.Workflows[0].Nodes {
		switch n := &p.Workflows[0].Nodes[k]; {
		case n.Kind == ir.NMap:
			n.Options.Batch = constInt(2)
		case n.Name == "v":
			n.Call.Args[0] = n.Call.Args[0].Args[0] // the list itself
			n.Call.Args[0].Type = ir.ListOf(ir.IntType)
		}
	}
	var inputs []string
	o, _ := runFlow(t, p, runtime.Start{}, map[string]answer{"c": constant(""), "a": func(in map[string]any, _ int) (string, *runtime.Failure) {
		b, _ := json.Marshal(in["xs"])
		inputs = append(inputs, string(b))
		return "1", nil
	}})
	if got := strings.Join(inputs, " "); o.Status != ir.Succeeded || got != "[1,2] [3,4] [5]" {
		t.Errorf("%v %+v: %s", o.Status, o.Failure, got)
	}
}

// TestNoSuchRun: what cannot be run is an error, not a run that fails.
func TestNoSuchRun(t *testing.T) {
	p := build(parseTree(t, "a"))
	if _, err := runtime.New(p, "v", runtime.Config{}); err == nil {
		t.Error("an unknown workflow is accepted")
	}
	for what, e := range map[string]runtime.Event{
		"an event before the start":     {Type: runtime.CancelRequested},
		"a start without one":           {Type: runtime.RunStarted},
		"a run of a newer flowc":        {Type: runtime.RunStarted, Start: &runtime.Start{Flags: runtime.Flags + 1}},
		"an event of an unknown origin": {Type: "Nonsense"},
	} {
		m, err := runtime.New(p, "", runtime.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Apply(e); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
}
