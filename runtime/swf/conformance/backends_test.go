package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/runtime/sim"
	"github.com/flowc/flowc/runtime/swf/worker"
	"github.com/flowc/flowc/stdlib/activity"
)

// TestBackEnds compares the same scenarios as simulations, on this machine, and
// on SWF with a worker as `flowc worker` has one, in real time. What becomes of
// them does not depend on what happens first.
func TestBackEnds(t *testing.T) {
	for _, c := range []struct {
		name, flow string
		script     sim.Scenario
	}{
		{"values", `workflow w(n: int) -> int { x = a(n)
			group { y = a(x + 1)
				z = a(x + 2) }
			return y * 100 + z }`, sim.Scenario{Input: map[string]json.RawMessage{"n": json.RawMessage(`4`)}}},
		{"walls and tolerance", `workflow w() -> int {
			group with raises_on_failure = false { c1 = a(1)
				c2 = a(2) }
			rows = map i in [1, 2, 3] with tolerate = 1 { yield a(10 + i) }
			return len(rows.succeeded) }`, sim.Scenario{Rules: []sim.Rule{
			{Input: json.RawMessage(`{"n":1}`), Failure: fails(runtime.Undeclared, "no")},
			{Input: json.RawMessage(`{"n":12}`), Failure: fails(runtime.Undeclared, "no")},
		}}},
		{"a declared error with a field", `workflow w() -> int { x = chain { yield a(1) } catch Broken as e { yield a(len(e.part)) }
			return x }`, sim.Scenario{Rules: []sim.Rule{
			{Input: json.RawMessage(`{"n":1}`), Failure: &runtime.Failure{Error: "Broken", Message: "m", Details: json.RawMessage(`{"part":"north"}`)}},
		}}},
		{"undo and handlers", `workflow w() { c1 = u(1)
			group { c2 = u(2)
				c3 = u(3) }
			c4 = a(4) } on_failure as f { c5 = a(len(f.message)) } finally { c6 = a(6) }`, sim.Scenario{Rules: []sim.Rule{
			{Input: json.RawMessage(`{"n":4}`), Failure: fails(runtime.Undeclared, "12345")},
		}}},
		{"a loop, a branch, an expand", `workflow w(n: int) -> int {
			last = loop k = 0 while k < n with limit = 10 { got = a(k)
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
				k3 = kid(3) }
			return x }`, sim.Scenario{Workflow: "w", Rules: []sim.Rule{{Input: json.RawMessage(`{"n":2}`), Failure: fails(runtime.Undeclared, "no")}}}},
		{"a retry", `workflow w() -> int { x = a(1) with retry = 1
			return x }`, sim.Scenario{Rules: []sim.Rule{{Input: json.RawMessage(`{"n":1}`), Times: 1, Failure: fails(runtime.Undeclared, "no")}}}},
		{"slices of a map", `workflow w() -> int { rows = map i in 1..7 with shard = 3, tolerate = 1 { got = a(i)
				yield got }
			return len(rows.succeeded) }`, sim.Scenario{Rules: []sim.Rule{{Input: json.RawMessage(`{"n":5}`), Failure: fails(runtime.Undeclared, "no")}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, plan := compile(t, activities+c.flow)
			foretold, err := sim.Run(plan, p, c.script)
			if err != nil {
				t.Fatal(err)
			}
			want := simulated(foretold)
			want.Elapsed = 0
			for name, run := range map[string]func() outcome{
				"on this machine": func() outcome { return locally(t, p, c.script) },
				"on SWF":          func() outcome { return remotely(t, p, c.script) },
			} {
				if d := cmp.Diff(want, run()); d != "" {
					t.Errorf("(-simulated +%s)\n%s", name, d)
				}
			}
		})
	}
}

// actors returns functions that do what a scenario says. An attempt is what an
// argument was seen with before.
func actors(p *ir.Program, script sim.Scenario) *activity.Registry {
	var mu sync.Mutex
	used := make([]int, len(script.Rules))
	seen := map[string]int{}
	r := &activity.Registry{}
	for _, act := range p.Activities {
		r.Add(act.Name, func(_ context.Context, input json.RawMessage) (json.RawMessage, error) {
			mu.Lock()
			defer mu.Unlock()
			seen[act.Name+string(input)]++
			for k := range script.Rules {
				rule := &script.Rules[k]
				if rule.Times > 0 && used[k] >= rule.Times || rule.Attempt > 0 && rule.Attempt != seen[act.Name+string(input)] ||
					rule.Activity != "" && rule.Activity != act.Name || rule.Input != nil && !bytes.Equal(rule.Input, input) {
					continue
				}
				used[k]++
				if f := rule.Failure; f != nil && f.Error == runtime.Undeclared {
					return nil, errors.New(f.Message)
				} else if f != nil {
					return nil, &activity.Error{Name: f.Error, Message: f.Message, Fields: f.Details}
				}
				return rule.Result, nil
			}
			if act.Result == nil || act.Result.Kind == ir.KNone {
				return nil, nil
			}
			v, err := sim.Auto(act.Result)
			if err != nil {
				return nil, err
			}
			return ir.Encode(v, act.Result)
		})
	}
	return r
}

// A fold is an observer of a local run that knows how nodes have ended.
type fold struct{ nodes map[string]string }

func (f *fold) Log(string, int, []byte) {}
func (f *fold) Changes(_ time.Time, changes []runtime.Change) {
	for k := range changes {
		keep(f.nodes, changes[k].Node, &changes[k])
	}
}

// locally carries a scenario out on this machine.
func locally(t *testing.T, p *ir.Program, script sim.Scenario) outcome {
	f := &fold{nodes: map[string]string{}}
	workflow := script.Workflow
	if workflow == "" {
		workflow = p.Main
	}
	r, err := local.New(local.Config{
		Program: p, Workflow: workflow, Input: script.Input, Activities: actors(p, script), Observer: f, Root: t.TempDir(), Out: t.TempDir(), Jobs: 4,
	})
	if err != nil {
		t.Fatal(err)
	}
	report, err := r.Do()
	if err != nil {
		t.Fatal(err)
	}
	out := outcome{Status: report.Status, Result: plain(string(report.Result)), Nodes: f.nodes}
	if report.Failure != nil {
		out.Failure = inWords(report.Failure.Failure)
	}
	return out
}

// remotely carries it out on SWF.
func remotely(t *testing.T, p *ir.Program, script sim.Scenario) outcome {
	s := newStage(t, p, options{real: true})
	w, err := worker.New(worker.Config{
		Service: s.direct, Domain: domain, Programs: []worker.Program{{IR: p, Root: t.TempDir()}}, Activities: actors(p, script), Slots: 4, Store: s.store, Out: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.ctx)
	var done sync.WaitGroup
	done.Go(func() { _ = w.Run(ctx) }) // what it cannot do shows in the outcome
	defer func() {
		cancel()
		w.Kill()
		done.Wait()
	}()
	s.start(script)
	defer func() { s.decider() }()
	for begin := time.Now(); !s.over(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 2*calm {
			s.story()
			t.Fatal("the run does not end")
		}
		for k := 0; k < len(s.runs); k++ {
			if !s.runs[k].closed {
				s.scan(s.runs[k])
			}
		}
	}
	out := s.outcome()
	out.Elapsed = 0
	return out
}

// keep keeps what a change says of a node.
func keep(nodes map[string]string, path string, c *runtime.Change) {
	if c.Ending != ir.Waiting || c.Retry != 0 {
		return
	}
	text := c.To.String()
	if c.Failure != nil {
		text += " " + c.Failure.Error
	} else if _, old, failed := strings.Cut(nodes[path], " "); failed {
		text += " " + old
	}
	nodes[path] = text
}
