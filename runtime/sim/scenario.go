package sim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// Scenario says all that a run depends on. It is data: a driver that does what
// it says comes to the same outcome.
type Scenario struct {
	Workflow string                     `json:"workflow,omitempty"` // "" where the program has one
	Input    map[string]json.RawMessage `json:"input,omitempty"`    // by parameter
	Params   map[string]json.RawMessage `json:"params,omitempty"`   // of the program
	Rules    []Rule                     `json:"rules,omitempty"`    // the first that fits a call answers it
	Events   []Outside                  `json:"events,omitempty"`   // in the order of time
}

// Rule says what becomes of the calls that it fits. A call that no rule fits
// gives a value made by [Auto], at once.
type Rule struct {
	Activity string           `json:"activity,omitempty"` // "" fits all
	Node     string           `json:"node,omitempty"`     // path, with keys or, for any item, `[]`; "" fits all
	Input    json.RawMessage  `json:"input,omitempty"`    // arguments as an object, compared as text; nil fits all
	Attempt  int              `json:"attempt,omitempty"`  // 0 fits all
	Times    int              `json:"times,omitempty"`    // how many calls it answers; 0 means all
	After    ir.Duration      `json:"after,omitempty"`    // how long the call takes, in nanoseconds
	Hangs    bool             `json:"hangs,omitempty"`    // it never ends by itself
	Result   json.RawMessage  `json:"result,omitempty"`   // nil means a value made by [Auto]
	Failure  *runtime.Failure `json:"failure,omitempty"`
}

// Outside is something that happens to the run from outside.
type Outside struct {
	At     ir.Duration     `json:"at"`               // since the start, in nanoseconds
	Cancel bool            `json:"cancel,omitempty"` // else it is a signal
	Path   string          `json:"path,omitempty"`   // of a cancel: the node, "" for the run
	Signal string          `json:"signal,omitempty"`
	Value  json.RawMessage `json:"value,omitempty"` // what the signal carries
}

// Outcome is what came of a scenario.
type Outcome struct {
	Status  ir.Status // Running if the run cannot end
	Result  json.RawMessage
	Failure *runtime.Failure
	Elapsed ir.Duration
	Nodes   []Node        // of the run and of its child runs, in document order
	Calls   []CallOutcome // in the order in which they were made
}

// Node is how a node ended.
type Node struct {
	Path   string
	Kind   string
	Status ir.Status
	Error  string // of a failure
}

// CallOutcome is an attempt of an activity.
type CallOutcome struct {
	Node, Activity string
	Attempt        int
	Input          json.RawMessage
}

// Run simulates a scenario. The error is that of a scenario that does not fit
// the plan's program p, or a bug.
func Run(plan *runtime.Plan, p *ir.Program, s Scenario) (Outcome, error) {
	if s.Workflow == "" {
		s.Workflow = p.Main
	}
	x := newIndex(p)
	start := &runtime.Start{Workflow: s.Workflow, Run: "run", WorkflowID: "run", Input: s.Input, Params: s.Params, Flags: runtime.Flags}
	w, err := newWorld(plan, x, &rules{rules: s.Rules, used: make([]int, len(s.Rules))}, start)
	if err != nil {
		return Outcome{}, err
	}
	for _, e := range s.Events {
		w.outside(happening{at: later(Epoch, e.At), event: e.event()})
	}
	if err := w.do(); err != nil && !errors.Is(err, errStuck) {
		return Outcome{}, err
	}
	return w.outcome(), nil
}

func (e Outside) event() runtime.Event {
	if e.Cancel {
		return runtime.Event{Type: runtime.CancelRequested, Node: e.Path}
	}
	return runtime.Event{Type: runtime.SignalReceived, Name: e.Signal, Result: e.Value}
}

// outside lets something happen from outside.
func (w *world) outside(h happening) {
	if h.before == 0 {
		w.push(w.root(), &pending{due: max(h.at, Epoch), class: outside, event: h.event}, "")
		return
	}
	w.script = append(w.script, h)
	slices.SortStableFunc(w.script, func(a, b happening) int { return cmp.Compare(a.before, b.before) })
}

// outcome returns what came of the simulation.
func (w *world) outcome() Outcome {
	r := w.root()
	mo := r.machine.Outcome()
	o := Outcome{Status: mo.Status, Result: mo.Result, Failure: mo.Failure, Elapsed: w.elapsed()}
	for _, r := range w.runs {
		for _, n := range r.list {
			if n.parent == "" && r.shownAsCall() {
				continue
			}
			node := Node{Path: r.path(n.id), Kind: n.kind, Status: n.status}
			if n.failure != nil {
				node.Error = n.failure.Error
			}
			o.Nodes = append(o.Nodes, node)
		}
	}
	order := make(map[string][]int32, len(o.Nodes))
	for _, r := range w.runs {
		for _, n := range r.list {
			order[r.path(n.id)] = w.orderOf(r, n.id)
		}
	}
	slices.SortStableFunc(o.Nodes, func(a, b Node) int { return slices.Compare(order[a.Path], order[b.Path]) })
	for _, c := range w.calls {
		if c.task != nil && !c.joined {
			o.Calls = append(o.Calls, CallOutcome{c.Node, c.Callee, c.Attempt, c.task.Input})
		}
	}
	return o
}

// elapsed returns how long the run took, or has taken.
func (w *world) elapsed() ir.Duration {
	if r := w.root(); r.closed {
		return ir.Duration(r.ended - Epoch)
	}
	return ir.Duration(w.now - Epoch)
}

// rules is the actor of a scenario.
type rules struct {
	rules []Rule
	used  []int
}

func (a *rules) mocks(string) bool { return false }

func (a *rules) answer(c *Call) (Answer, error) {
	for k := range a.rules {
		r := &a.rules[k]
		if r.Times > 0 && a.used[k] >= r.Times || !r.fits(c) {
			continue
		}
		a.used[k]++
		ans := Answer{After: r.After, Hangs: r.Hangs, Failure: r.Failure, Result: r.Result}
		if ans.Result != nil || ans.Hangs || ans.Failure != nil {
			return ans, nil
		}
		var err error
		ans.Result, err = autoResult(c.Activity.Result)
		return ans, err
	}
	result, err := autoResult(c.Activity.Result)
	return Answer{Result: result}, err
}

func (r *Rule) fits(c *Call) bool {
	return (r.Activity == "" || r.Activity == c.Callee) &&
		(r.Node == "" || r.Node == c.Node || r.Node == ir.StaticID(c.Node)) &&
		(r.Attempt == 0 || r.Attempt == c.Attempt) &&
		(r.Input == nil || bytes.Equal(r.Input, c.task.Input))
}

// autoResult returns a value of type t as JSON, nil for none.
func autoResult(t *ir.Type) ([]byte, error) {
	if t == nil || t.Kind == ir.KNone {
		return nil, nil
	}
	v, err := Auto(t)
	if err != nil {
		return nil, err
	}
	raw, err := ir.Encode(v, t)
	if err != nil {
		return nil, fmt.Errorf("`auto`: %w", err)
	}
	return raw, nil
}
