package conformance_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/sim"
)

// compile returns the program of a flow.
func compile(t testing.TB, text string) (*ir.Program, *runtime.Plan) {
	t.Helper()
	r := compiler.Compile(diag.NewSource("test.flow", []byte(text)), compiler.Config{})
	if r.Program == nil || r.Diags.HasErrors() {
		for _, d := range r.Diags.Sorted() {
			t.Errorf("%v", d)
		}
		t.Fatalf("the flow does not compile:\n%s", text)
	}
	plan, err := runtime.Prepare(r.Program)
	if err != nil {
		t.Fatal(err)
	}
	return r.Program, plan
}

func after(d time.Duration) ir.Duration { return ir.Duration(d) }

func fails(name, message string) *runtime.Failure {
	return &runtime.Failure{Error: name, Message: message}
}

// activities are what the flows of the table call.
const activities = `
error Broken { part: string }
activity a(n: int) -> int raises Broken
activity u(n: int) -> int { undo = v(result) }
activity v(n: int)
activity beats(n: int) -> int { heartbeat = 1m, timeout = 1h }
`

func TestScenarios(t *testing.T) {
	for _, c := range []struct {
		name, flow string
		script     sim.Scenario
	}{
		{"a chain gives its value", `workflow w() -> int { x = a(1)
			y = a(x + 1)
			return y }`, sim.Scenario{}},
		{"a group is cleared when one fails", `workflow w() { group { c1 = a(1)
			c2 = a(2)
			chain { c3 = a(3)
			c4 = a(4) } } }`, sim.Scenario{Rules: []sim.Rule{
			{Input: json.RawMessage(`{"n":1}`), After: after(10 * time.Second), Failure: fails("Failed", "no")},
			{Input: json.RawMessage(`{"n":2}`), Hangs: true},
		}}},
		{"a failure behind a wall, and one in tolerance", `workflow w() -> int {
			group with raises_on_failure = false { c1 = a(1)
				c2 = a(2) }
			rows = map i in [1, 2, 3] with tolerate = 1 { yield a(10 + i) }
			return len(rows.succeeded) }`, sim.Scenario{Rules: []sim.Rule{
			{Input: json.RawMessage(`{"n":1}`), Failure: fails("Failed", "no")},
			{Input: json.RawMessage(`{"n":12}`), After: after(5 * time.Second), Failure: fails("Failed", "no")},
		}}},
		{"retries, and what is declared is not tried again", `workflow w() -> int {
			x = a(1) with retry = 3
			y = chain { yield a(2) with retry = 3 } catch Broken as e { yield a(len(e.part)) }
			return x + y }`, sim.Scenario{Rules: []sim.Rule{
			{Input: json.RawMessage(`{"n":1}`), Times: 2, Failure: fails("Failed", "no")},
			{Input: json.RawMessage(`{"n":1}`), Result: json.RawMessage(`7`)},
			{Input: json.RawMessage(`{"n":2}`), Failure: &runtime.Failure{Error: "Broken", Message: "m", Details: json.RawMessage(`{"part":"north"}`)}},
		}}},
		{"time-outs of a task, a heartbeat, a block", `workflow w() {
			group with raises_on_failure = false {
				c1 = a(1) with timeout = 10s
				c2 = beats(2)
				c3 = beats(3)
				chain with timeout = 2h { c4 = a(4) }
			} }`, sim.Scenario{Rules: []sim.Rule{
			{Activity: "a", Hangs: true}, {Input: json.RawMessage(`{"n":2}`), Hangs: true}, {Input: json.RawMessage(`{"n":3}`), After: after(30 * time.Minute)},
		}}},
		{"a race has a winner", `workflow w() -> int { x = race { c1 = a(1) with raises_on_failure = false
			c2 = a(2) with raises_on_failure = false
			c3 = a(3) with raises_on_failure = false }
			return x }`, sim.Scenario{Rules: []sim.Rule{
			{Input: json.RawMessage(`{"n":1}`), Failure: fails("Failed", "no")},
			{Input: json.RawMessage(`{"n":2}`), After: after(10 * time.Second), Result: json.RawMessage(`2`)},
			{Input: json.RawMessage(`{"n":3}`), After: after(20 * time.Second)},
		}}},
		{"undo, and handlers", `workflow w() { c1 = u(1)
			group { c2 = u(2)
				c3 = u(3) }
			c4 = a(4) } on_failure as f { c5 = a(len(f.message)) } finally { c6 = a(6) }`, sim.Scenario{Rules: []sim.Rule{
			{Input: json.RawMessage(`{"n":4}`), Failure: fails("Failed", "12345")},
			{Input: json.RawMessage(`{"n":2}`), Result: json.RawMessage(`22`)},
		}}},
		{"a cancel of the run", `workflow w() { c1 = u(1)
			group { c2 = a(2)
				c3 = a(3) } } on_cancel { c4 = a(4) }`, sim.Scenario{Rules: []sim.Rule{{Activity: "a", Node: "w/c3", After: after(time.Hour)}, {Input: json.RawMessage(`{"n":2}`), Hangs: true}},
			Events: []sim.Outside{{At: after(time.Minute), Cancel: true}}}},
		{"a cancel of a part", `workflow w() { group with raises_on_failure = false { x = chain { c1 = a(1)
			c2 = a(2) }
			c3 = a(3) } }`, sim.Scenario{Rules: []sim.Rule{{Input: json.RawMessage(`{"n":1}`), Hangs: true}, {Input: json.RawMessage(`{"n":3}`), After: after(time.Hour)}},
			Events: []sim.Outside{{At: after(time.Minute), Cancel: true, Path: "w/x"}}}},
		{"waits, and signals", `workflow w() -> int { signal go(n: int)
			wait 10m
			one = wait go for 1h
			two = wait go for 1h
			return (if one != none then one.n else 0) + (if two != none then two.n else 100) }`, sim.Scenario{
			Events: []sim.Outside{{At: after(time.Minute), Signal: "go", Value: json.RawMessage(`{"n":5}`)}}}},
		{"a loop, a switch and an expand", `workflow w(n: int) -> int {
			last = loop k = 0 while k < n with limit = 10 { wait 1m
				got = a(k)
				next k + 1 }
			if last > 2 { c1 = a(100) } else { c2 = a(200) }
			all = expand i in [1] by string(i) with limit = 20 { got = a(i)
				if i < 4 { grow [i + 1, i * 2] }
				yield got }
			return sum(all) }`, sim.Scenario{Input: map[string]json.RawMessage{"n": json.RawMessage(`3`)}}},
		{"children", `workflow kid(n: int) -> int { x = a(n)
			return x + 1 }
			workflow w() -> int { x = kid(1)
			group with raises_on_failure = false { k2 = kid(2)
				k3 = kid(3) with timeout = 1m }
			k4 = detach kid(4) with on_parent_close = abandon
			return x }`, sim.Scenario{Workflow: "w", Rules: []sim.Rule{
			{Input: json.RawMessage(`{"n":2}`), Failure: fails("Failed", "no")}, {Input: json.RawMessage(`{"n":3}`), Hangs: true},
			{Input: json.RawMessage(`{"n":4}`), After: after(time.Hour)},
		}}},
		{"a child is cancelled with its parent", `workflow kid(n: int) { a(n) } on_cancel { a(50) }
			workflow w() { group { kid(1)
			a(2) } }`, sim.Scenario{Workflow: "w", Rules: []sim.Rule{
			{Input: json.RawMessage(`{"n":1}`), Hangs: true}, {Input: json.RawMessage(`{"n":2}`), After: after(time.Minute), Failure: fails("Failed", "no")},
		}}},
		{"a workflow that times out", `workflow w() with timeout = 1h { a(1) } on_failure { a(2) }`, sim.Scenario{Rules: []sim.Rule{{Input: json.RawMessage(`{"n":1}`), Hangs: true}}}},
		{"a block that is tried again", `workflow w() { x = chain with retry = 2 { one = a(1)
			two = a(2) } }`, sim.Scenario{Rules: []sim.Rule{{Input: json.RawMessage(`{"n":2}`), Times: 1, Failure: fails("Failed", "no")}}}},
		{"more than a window of items", `workflow w() -> int { rows = map i in 1..1200 { yield a(i) }
			return sum(rows) }`, sim.Scenario{Rules: []sim.Rule{{Activity: "a", Result: json.RawMessage(`1`)}}}},
		{"values that are too long for a history", `activity long() -> string
			activity size(text: string) -> int
			workflow w() -> string { x = long()
			n = size(x)
			return "${x}${n}" }`, sim.Scenario{Rules: []sim.Rule{{Activity: "long", Result: json.RawMessage(`"` + repeat("0123456789", 10_000) + `"`)}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, plan := compile(t, activities+c.flow)
			compare(newStage(t, p, options{}), plan, c.script, true)
		})
	}
}

func repeat(text string, n int) string {
	b := make([]byte, 0, len(text)*n)
	for range n {
		b = append(b, text...)
	}
	return string(b)
}
