package runtime_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
)

// program compiles a .flow source.
func program(t testing.TB, text string) *ir.Program {
	t.Helper()
	r := compiler.Compile(diag.NewSource("t.flow", []byte(text)), compiler.Config{Verify: true})
	if r.Bug != nil {
		t.Fatal(r.Bug)
	}
	if r.Program == nil {
		t.Fatalf("%+v", r.Diags)
	}
	return r.Program
}

// answer is what an activity does: given its input, a result or a failure.
type answer func(input map[string]any, attempt int) (string, *runtime.Failure)

// runFlow runs a flow whose activities answer at once, in the order in which
// they were scheduled, and returns how it ended and its report.
func runFlow(t testing.TB, p *ir.Program, start runtime.Start, answers map[string]answer) (runtime.Outcome, runtime.RunReport) {
	t.Helper()
	m, err := runtime.New(p, start.Workflow, runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	report := runtime.NewReport(p, start.Workflow)
	start.Run, start.Flags = "r", runtime.Flags
	queue := []runtime.Event{{Type: runtime.RunStarted, Start: &start}}
	now := ir.Time(1_700_000_000_000_000_000)
	for k := 1; !m.Done(); k++ {
		if len(queue) == 0 {
			t.Fatal("the run hangs")
		}
		e := queue[0]
		queue = queue[1:]
		now += 1_000_000_000
		e.Seq, e.Time = int64(k), now
		step, err := m.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		report.Add(e, step)
		for _, c := range step.Commands {
			switch c.Type {
			case runtime.ScheduleTask:
				queue = append(queue, attempted(t, c, answers))
			case runtime.CancelTask:
				queue = append(queue, runtime.Event{Type: runtime.TaskCancelled, Node: c.Node, Attempt: c.Attempt})
			case runtime.StartTimer:
				if c.Timer == runtime.RetryTimer {
					queue = append(queue, runtime.Event{Type: runtime.TimerFired, Node: c.Node, Timer: c.Timer})
				}
			}
		}
	}
	return m.Outcome(), report.Object()
}

func attempted(t testing.TB, c runtime.Command, answers map[string]answer) runtime.Event {
	e := runtime.Event{Type: runtime.TaskCompleted, Node: c.Node, Attempt: c.Attempt}
	var input map[string]any
	if err := json.Unmarshal(c.Task.Input, &input); err != nil {
		t.Fatal(err)
	}
	f := answers[c.Task.Activity.Name]
	if f == nil {
		t.Fatalf("nobody answers for %s", c.Task.Activity.Name)
	}
	result, failure := f(input, c.Attempt)
	if failure != nil {
		e.Type, e.Failure = runtime.TaskFailed, failure
	} else if result != "" {
		e.Result = json.RawMessage(result)
	}
	return e
}

func input(pairs ...string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for k := 0; k < len(pairs); k += 2 {
		m[pairs[k]] = json.RawMessage(pairs[k+1])
	}
	return m
}

func constant(result string) answer {
	return func(map[string]any, int) (string, *runtime.Failure) { return result, nil }
}

func failing(name string) answer {
	return func(map[string]any, int) (string, *runtime.Failure) {
		return "", &runtime.Failure{Error: name, Message: "it did not work"}
	}
}

const etl = `
type Partition { id: string, uri: url }
type Row { clean: string, geo: string?, fx: string? }

error BadPartition { reason: string }

activity list_partitions(day: date) -> [Partition]
activity extract(part: Partition) -> string raises BadPartition
activity geo_lookup(clean: string) -> string
activity fx_rates(clean: string) -> string
activity reduce(day: date, rows: [Row]) -> int

workflow etl(day: date) -> int {
  parts = list_partitions(day)
  rows = map part in parts by part.id with max = 2, tolerate = 10% {
    raw = extract(part)
    group with raises_on_failure = false {
      geo = geo_lookup(clean: raw)
      fx = fx_rates(clean: raw)
    }
    yield Row { clean: raw, geo: geo?, fx: fx? }
  }
  report = reduce(day, rows.succeeded)
  return report
}
`

// TestValues runs the flow of the language's first page: values go through a
// map, tolerated failures and absorbed ones.
func TestValues(t *testing.T) {
	var rows string
	answers := map[string]answer{
		"list_partitions": func(in map[string]any, _ int) (string, *runtime.Failure) {
			if in["day"] != "2026-01-31" {
				t.Errorf("day is %v", in["day"])
			}
			var parts []string
			for k := range 10 {
				parts = append(parts, fmt.Sprintf(`{"id":"p/%d","uri":"s3://raw/%d"}`, k, k))
			}
			return "[" + strings.Join(parts, ",") + "]", nil
		},
		"extract": func(in map[string]any, _ int) (string, *runtime.Failure) {
			id := in["part"].(map[string]any)["id"]
			if id == "p/3" {
				return "", &runtime.Failure{Error: "BadPartition", Message: "short", Details: json.RawMessage(`{"reason":"short"}`)}
			}
			return fmt.Sprintf("%q", id), nil
		},
		"geo_lookup": failing(""),
		"fx_rates":   constant(`"fx"`),
		"reduce": func(in map[string]any, _ int) (string, *runtime.Failure) {
			b, _ := json.Marshal(in["rows"])
			rows = string(b)
			return "9", nil
		},
	}
	o, report := runFlow(t, program(t, etl), runtime.Start{Input: input("day", `"2026-01-31"`)}, answers)
	if o.Status != ir.Succeeded || string(o.Result) != "9" {
		t.Fatalf("ended %v %s %+v", o.Status, o.Result, o.Failure)
	}
	if want := `[{"clean":"p/0","fx":"fx"},{"clean":"p/1","fx":"fx"},{"clean":"p/2","fx":"fx"},{"clean":"p/4","fx":"fx"}`; !strings.HasPrefix(rows, want) {
		t.Errorf("rows: got %s, want %s…", rows, want)
	}
	for _, n := range report.Nodes {
		switch n.ID {
		case "etl/rows[p%2F3]/extract", "etl/rows[p%2F3]/raw":
			if n.Status != "failed" || n.Failure == nil || n.Failure.Error != "BadPartition" {
				t.Errorf("%s: %+v", n.ID, n)
			}
		case "etl/rows[p%2F0]/geo":
			if n.Status != "failed" || !n.Absorbed {
				t.Errorf("%s: %+v", n.ID, n)
			}
		}
	}
}

// TestTooManyFailures: 10% of ten items is one.
func TestTooManyFailures(t *testing.T) {
	calls := 0
	answers := map[string]answer{
		"list_partitions": constant(`[{"id":"a","uri":"x"},{"id":"b","uri":"x"},{"id":"c","uri":"x"},{"id":"d","uri":"x"},{"id":"e","uri":"x"},
			{"id":"f","uri":"x"},{"id":"g","uri":"x"},{"id":"h","uri":"x"},{"id":"i","uri":"x"},{"id":"j","uri":"x"}]`),
		"extract": func(map[string]any, int) (string, *runtime.Failure) {
			calls++
			return "", &runtime.Failure{Error: "BadPartition", Message: "short"}
		},
	}
	o, report := runFlow(t, program(t, etl), runtime.Start{Input: input("day", `"2026-01-31"`)}, answers)
	if o.Status != ir.Failed || o.Failure.Error != "BadPartition" || o.Failure.Node != "etl/rows[b]/raw" && o.Failure.Node != "etl/rows[b]/extract" {
		t.Errorf("ended %v %+v", o.Status, o.Failure)
	}
	count := map[string]int{}
	for _, n := range report.Nodes {
		if n.Kind == "item" {
			count[n.Status]++
		}
	}
	if count["failed"] != 2 || count["cancelled"] != 8 {
		t.Errorf("items: %v", count)
	}
}

// TestFailuresOfValues: what is wrong with a value fails its node with one
// clear sentence, before anything that depends on it is scheduled.
func TestFailuresOfValues(t *testing.T) {
	tests := []struct {
		name, flow string
		answers    map[string]answer
		input      map[string]json.RawMessage
		node, err  string
		message    string
	}{
		{"a result that does not fit names the field", `activity a() -> { rows: [int] }
workflow w() { x = a(); let y = len(x.rows); b(y) }
activity b(n: int)`, map[string]answer{"a": constant(`{"rows":[1,"x"]}`)}, nil, "w/x", "BadResult", "rows[1]"},
		{"two items with one key", `activity a(x: string)
workflow w() { map x in ["k", "l", "k"] by x { a(x) } }`, nil, nil, "w/(map 1)", "DuplicateKey", `items 0 and 2 have the same key "k"`},
		{"an index out of range", `activity a() -> [int]
workflow w() -> int { x = a(); return x[5] }`, map[string]answer{"a": constant(`[1]`)}, nil, "w", "ExpressionFailed", ""},
		{"a parameter that is missing", `workflow w(n: int) -> int { return n }`, nil, nil, "w", "BadInput", "`w` needs the parameter `n`"},
		{"a parameter that does not fit", `workflow w(n: int) -> int { return n }`, nil, input("n", `"x"`), "w", "BadInput", "`n` does not fit: expected int, found string"},
		{"a timeout that is none", `activity a()
workflow w(n: int = 0) { a() with timeout = n * 1s }`, nil, nil, "w/a", "ExpressionFailed", "`timeout` must be more than 0"},
		{"a block's timeout that is none", `activity a()
workflow w(n: int = 0) { blk = chain with timeout = n * 1s { a() } }`, nil, nil, "w/blk", "ExpressionFailed", "`timeout` must be more than 0"},
		{"fewer than no attempts", `activity a()
workflow w(n: int = -1) { a() with retry = n }`, nil, nil, "w/a", "ExpressionFailed", "`retry` must be at least 0"},
		{"a negative tolerance", `activity a()
workflow w(n: int = -1) { map i in [1] with tolerate = n { a() } }`, nil, nil, "w/(map 1)", "ExpressionFailed", "`tolerate` must be at least 0"},
		{"none at a time", `activity a()
workflow w(n: int = 0) { map i in [1] with max = n { a() } }`, nil, nil, "w/(map 1)", "ExpressionFailed", "`max` must be at least 1"},
		{"a raise", `error Late { by: duration }
workflow w() { raise Late { by: 5s } }`, nil, nil, "w", "Late", `{"by":"5s"}`},
		{"a division by zero", `activity a() -> int
workflow w() -> int { x = a(); let y = 1 / x; return y }`, map[string]answer{"a": constant(`0`)}, nil, "w", "ExpressionFailed", "zero"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o, _ := runFlow(t, program(t, test.flow), runtime.Start{Input: test.input}, test.answers)
			if o.Status != ir.Failed || o.Failure.Error != test.err || o.Failure.Node != test.node || !strings.Contains(o.Failure.Message, test.message) {
				t.Errorf("ended %v %+v, want %s at %s: %s", o.Status, o.Failure, test.err, test.node, test.message)
			}
		})
	}
}

// TestResults: what the workflow gives, by the ways it can come to it.
func TestResults(t *testing.T) {
	tests := []struct{ name, flow, want string }{
		{"return in a branch", `workflow w() -> int { if 1 < len(["a", "b"]) { return 1 }; return 2 }`, "1"},
		{"return beside work", `activity a() -> int
workflow w() -> int { group { slow = a(); chain { return 7 } }; return slow }`, "7"},
		{"a named chain", `activity a() -> int
workflow w() -> int { c = chain { x = a(); yield x + 1 }; return c }`, "6"},
		{"the record of a named group", `activity a() -> int
workflow w() -> { x: int, y: int } { g = group { x = a(); y = a() }; return g }`, `{"x":5,"y":5}`},
		{"a named if without else", `activity a() -> int
workflow w(n: int = 0) -> int? { c = if n > 0 { yield 1 }; return c }`, `null`},
		{"a dag", `activity a() -> int
workflow w() -> int { dag { z = if x + y > 9 { yield x * y } else { yield 0 }; x = a(); y = a() }; return z }`, "25"},
		{"a canvas", `activity a() -> int
canvas twice(k: int) -> int { x = a(); return x * k }
workflow w() -> int { p = twice(2); q = twice(3); return p + q }`, "25"},
		{"a map of a map", `activity a(n: int) -> int
workflow w() -> [[int]] { m = map i in 1..2 { r = map j in 1..3 { v = a(n: i * 10 + j); yield v }; yield r }; return m }`, "[[5,5,5],[5,5,5]]"},
		{"a default of an activity's parameter", `activity a(n: int = 3) -> int
workflow w() -> int { x = a(); return x }`, "5"},
		{"an empty map", `activity a(n: int) -> int
workflow w(xs: [int] = []) -> [int] { m = map x in xs { v = a(n: x); yield v }; return m }`, "[]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o, _ := runFlow(t, program(t, test.flow), runtime.Start{}, map[string]answer{"a": constant("5")})
			if o.Status != ir.Succeeded || string(o.Result) != test.want {
				t.Errorf("ended %v %s %+v, want %s", o.Status, o.Result, o.Failure, test.want)
			}
		})
	}
}

// TestIdsLeadBack: an answer finds its node by the id alone, also where keys
// hold what paths are made of, maps are nested and a block is tried again.
func TestIdsLeadBack(t *testing.T) {
	p := program(t, `activity a(k: string) -> int
workflow w() -> [[int]] {
  m = map x in ["a/b", "[0]", "#2"] by x with retry = 1 {
    n = map y in ["]", "%"] by y { v = a(k: "${x} ${y}"); yield v }
    yield n
  }
  return m
}`)
	tries := 0
	o, report := runFlow(t, p, runtime.Start{}, map[string]answer{"a": func(in map[string]any, _ int) (string, *runtime.Failure) {
		if tries++; tries == 1 {
			return "", &runtime.Failure{Error: "Failed"}
		}
		return fmt.Sprint(len(in["k"].(string))), nil
	}})
	if string(o.Result) != "[[5,5],[5,5],[4,4]]" {
		t.Errorf("ended %v %s %+v", o.Status, o.Result, o.Failure)
	}
	var ids []string
	for _, n := range report.Nodes {
		if n.Kind == "activity" && n.Status == "succeeded" {
			ids = append(ids, n.ID)
		}
	}
	if want := "w/m#2[a%2Fb]/n[%5D]/v w/m#2[a%2Fb]/n[%25]/v w/m#2[%5B0%5D]/n[%5D]/v w/m#2[%5B0%5D]/n[%25]/v w/m#2[%232]/n[%5D]/v w/m#2[%232]/n[%25]/v"; strings.Join(ids, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(ids, " "), want)
	}
}

// TestEndlessLoop: a loop that waits for nothing does not hold up its run.
func TestEndlessLoop(t *testing.T) {
	p := build(parseTree(t, "loop(n=2000000000) {}"))
	p.Workflows[0].Nodes[1].Options.Limit = constInt(2_000_000_000)
	o, _ := runFlow(t, p, runtime.Start{}, nil)
	if o.Status != ir.Failed || o.Failure.Error != runtime.LimitExceeded {
		t.Errorf("ended %v %+v", o.Status, o.Failure)
	}
}
