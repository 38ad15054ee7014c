package sim_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/sim"
)

const shop = `
error Declined { code: string }
activity charge(cents: int) -> string raises Declined { retry = 1, timeout = 1m, undo = refund(result) }
activity refund(id: string)
activity ship(id: string)
workflow sale(cents: int) -> string {
  signal go(when: duration)
  id = charge(cents)
  g = wait go for 1h
  if g != none { wait g.when }
  ship(id)
  return id
}
`

// A scenario is data: it comes back from JSON, and does what it did.
func TestScenarios(t *testing.T) {
	p := program(t, shop)
	cases := []struct {
		name, scenario string
		status         ir.Status
		elapsed        ir.Duration
		calls          string
	}{
		{"what no rule answers is made up", `{"input": {"cents": 5}}`, ir.Succeeded, 3600e9, "charge ship"},
		{"a rule for an activity", `{"input": {"cents": 5}, "rules": [{"activity": "charge", "result": "\"c\"", "after": 3000000000}]}`, ir.Succeeded, 3603e9, "charge ship"},
		{"one for an attempt", `{"input": {"cents": 5}, "rules": [{"node": "sale/id", "attempt": 1, "failure": {"error": "Failed", "message": "503"}}]}`, ir.Succeeded, 3601e9, "charge charge ship"},
		{"one that answers once", `{"input": {"cents": 5}, "rules": [{"times": 1, "hangs": true}]}`, ir.Succeeded, 3661e9, "charge charge ship"},
		{"one for an input", `{"input": {"cents": 5}, "rules": [{"input": {"cents":5}, "failure": {"error": "Declined", "message": "no"}}]}`, ir.Failed, 0, "charge"},
		{"a signal", `{"input": {"cents": 5}, "events": [{"at": 120000000000, "signal": "go", "value": {"when": "5m"}}]}`, ir.Succeeded, 420e9, "charge ship"},
		{"a cancel", `{"input": {"cents": 5}, "events": [{"at": 120000000000, "cancel": true}]}`, ir.Cancelled, 120e9, "charge refund"},
		{"a cancel of a node", `{"input": {"cents": 5}, "events": [{"at": 120000000000, "cancel": true, "path": "sale/g"}]}`, ir.Failed, 120e9, "charge refund"},
		{"a run that cannot end", `{"input": {"cents": 5}, "rules": [{"activity": "ship", "hangs": true}]}`, ir.Running, 3600e9, "charge ship"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var s sim.Scenario
			if err := json.Unmarshal([]byte(c.scenario), &s); err != nil {
				t.Fatal(err)
			}
			o, err := sim.Run(plan(t, p), p, s)
			if err != nil {
				t.Fatal(err)
			}
			var calls []string
			for _, call := range o.Calls {
				calls = append(calls, call.Activity)
			}
			if got := strings.Join(calls, " "); o.Status != c.status || o.Elapsed != c.elapsed || got != c.calls {
				t.Errorf("got %v after %v with %s, want %v after %v with %s", o.Status, o.Elapsed, got, c.status, c.elapsed, c.calls)
			}
			back, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			var again sim.Scenario
			if err := json.Unmarshal(back, &again); err != nil {
				t.Fatal(err)
			}
			if o2, err := sim.Run(plan(t, p), p, again); err != nil || !reflect.DeepEqual(o, o2) {
				t.Errorf("from JSON it ends %+v, %v; before %+v", o2, err, o)
			}
		})
	}
}

func TestAScenarioThatDoesNotFitIsAnError(t *testing.T) {
	p := program(t, shop)
	if _, err := sim.Run(plan(t, p), p, sim.Scenario{Workflow: "sail"}); err == nil {
		t.Error("a workflow that there is not can be run")
	}
	o, err := sim.Run(plan(t, p), p, sim.Scenario{})
	if err != nil || o.Status != ir.Failed || o.Failure.Error != runtime.BadInput {
		t.Errorf("without input it ends %v (%v, %v), want BadInput", o.Status, o.Failure, err)
	}
}

// A value that is made up fits its type, the bounds included.
func TestAutoFits(t *testing.T) {
	p := program(t, `
enum Tier { gold, silver }
type Node { id: string, children: [Node], next: Node?, tier: Tier }
type Circle { r: float(0..1) }
type Square { a: int(3..4) }
type Shape = Circle | Square
type All {
  b: bool, i: int, j: int(10..11), k: int(-9..-5), f: float(2..3), s: string, t: string(1..3), u: string(30..40), y: bytes(2..2),
  url: url, path: path, d: date, time: time, took: duration, size: size(1B..5B), json: json, list: [int], few: [string; <= 1], many: [Tier; 5..9],
  map: map<[Shape]>, node: Node, o: Node?, r: ref<bytes>, nothing: [[[int]]]
}
activity step() -> All
workflow main() { step() }
`)
	for _, a := range p.Activities {
		v, err := sim.Auto(a.Result)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := ir.Encode(v, a.Result)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ir.Decode(raw, a.Result, ir.RefuseUnknown)
		if err != nil || !ir.Equal(v, back) {
			t.Errorf("%s does not come back: %v", raw, err)
		}
		if again, _ := sim.Auto(a.Result); !ir.Equal(v, again) {
			t.Error("it is another one the second time")
		}
	}
}

// What cannot be made up is said, and not tried for hours.
func TestAutoGivesUp(t *testing.T) {
	p := program(t, "activity step() -> [[string; 50000..60000]; 50000..60000]\nworkflow main() { step() }\n"+
		"test \"t\" {\n  mock * -> auto\n  run main()\n}\n")
	s, err := sim.NewSuite(p)
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Run(s.Tests()[0], sim.Options{}); r.Passed || !strings.Contains(r.Problems[0].Message, "`auto` gives") {
		t.Errorf("got %+v", r)
	}
}

// Flows that never end, end.
func TestEndlessFlowsAreStopped(t *testing.T) {
	for name, text := range map[string]string{
		"recursion": "workflow main(n: int) { main(n + 1) }\n",
		"retries":   "activity step()\nworkflow main(n: int) { step() with retry = 1000000000 }\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := suite(t, text+"test \"t\" {\n  run main(1)\n  expect succeeded\n"+mockOf(text)+"}\n")
			if r := s.Run(s.Tests()[0], sim.Options{}); r.Passed || len(r.Problems) != 1 {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func mockOf(text string) string {
	if strings.Contains(text, "step") {
		return "  mock step raises \"no\"\n"
	}
	return ""
}

// many returns a file with n small tests.
func many(n int) string {
	var b strings.Builder
	b.WriteString(shop)
	for k := range n {
		fmt.Fprintf(&b, "test \"t%d\" {\n  mock charge(cents) -> \"c${cents}\" after 3s\n  mock * -> auto\n  run sale(%d)\n  expect result == \"c%d\"\n  expect ship(\"c%d\") once\n}\n", k, k, k, k)
	}
	return b.String()
}

// A thousand small tests take a moment: what is done once is done once.
func TestManyTestsAreFast(t *testing.T) {
	s := suite(t, many(1000))
	begin := time.Now()
	for _, test := range s.Tests() {
		if r := s.Run(test, sim.Options{}); !r.Passed {
			t.Fatalf("%+v", r)
		}
	}
	t.Logf("1000 tests took %v", time.Since(begin))
}

// Reports tests a second; one is an iteration.
func BenchmarkTests(b *testing.B) {
	s := suite(b, many(1000))
	tests := s.Tests()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if r := s.Run(tests[n%len(tests)], sim.Options{}); !r.Passed {
			b.Fatalf("%+v", r)
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "tests/s")
}
