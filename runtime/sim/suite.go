package sim

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/stdlib"
)

// Suite is the tests of a program, ready to run.
type Suite struct {
	prog  *ir.Program
	plan  *runtime.Plan
	index *index
}

// Options say what is done with a test.
type Options struct {
	Explore bool   // also run it with every single failure, time-out and cancel, and in every order of completion
	Bound   int    // how many runs a property or an exploration may take; 0 means DefaultBound
	Cover   *Cover // what the runs reach is noted here; nil for nowhere
}

// DefaultBound is how many runs a property or an exploration takes at most.
const DefaultBound = 10_000

// maxWork is how many events all runs of a property or an exploration have at
// most, so that large runs are not repeated for hours.
const maxWork = 2_000_000

// Result is what came of a test.
type Result struct {
	Test           *ir.Test
	Passed         bool
	Runs           int         // how many were made
	Status         ir.Status   // of the run; of a property, of the one that failed
	Elapsed        ir.Duration // of that run, in virtual time
	Problems       []Problem   // why it failed
	Strip          []Line      // of the run that failed
	Counterexample string      // a test that fails in the same way, to be pasted into the file; "" if it is the test itself
	Notes          []string    // what else is to be said, such as a bound that was reached
}

// Problem is something that is not as a test expects.
type Problem struct {
	At      ir.Pos // the expectation, or what is missing a mock
	Message string
	Facts   []string // what happened instead
}

// NewSuite prepares the tests of a program that the compiler has made.
func NewSuite(p *ir.Program) (*Suite, error) {
	plan, err := runtime.Prepare(p)
	if err != nil {
		return nil, err
	}
	return &Suite{prog: p, plan: plan, index: newIndex(p)}, nil
}

// Tests returns the tests, in the order of writing.
func (s *Suite) Tests() []*ir.Test { return s.prog.Tests }

// Run does test t of the suite. It is the same whatever else is run.
func (s *Suite) Run(t *ir.Test, o Options) *Result {
	if o.Bound <= 0 {
		o.Bound = DefaultBound
	}
	r := &Result{Test: t}
	b := &trial{suite: s, test: t, opts: o, result: r}
	if err := b.prepare(); err != nil {
		b.problem(t.RunAt, err)
		return r
	}
	if t.Property {
		b.property()
	} else {
		b.once()
		if len(r.Problems) == 0 && o.Explore {
			b.explore()
		}
	}
	r.Passed = len(r.Problems) == 0
	return r
}

// trial is where one test is run, once or often.
type trial struct {
	suite  *Suite
	test   *ir.Test
	opts   Options
	result *Result
	env    eval.Env
	start  runtime.Start
	script []happening
	mocks  []mock
	work   int  // events of all runs so far
	left   bool // something was not tried, because of the bound
}

// value computes an expression that reads nothing of a frame.
func (b *trial) value(e *ir.Expr) (ir.Value, error) {
	if e.Op == ir.OpConst && e.Value != nil {
		return e.Value, nil
	}
	b.env.Frame, b.env.Now = nil, Epoch
	return eval.Compile(e, stdlib.Library{}).Eval(&b.env)
}

// prepare computes what is the same for all runs of the test.
func (b *trial) prepare() error {
	b.env.Fact = runFact
	b.start = runtime.Start{Workflow: b.test.Workflow, Run: "test", WorkflowID: "test", Flags: runtime.Flags,
		Input: map[string]json.RawMessage{}, Params: map[string]json.RawMessage{}}
	if err := b.params(); err != nil {
		return err
	}
	flow := b.suite.index.workflows[b.test.Workflow]
	if flow == nil {
		return fmt.Errorf("there is no workflow %q", b.test.Workflow)
	}
	for k, e := range b.test.Args {
		if e == nil {
			continue
		}
		v, err := b.value(e)
		if err != nil {
			return err
		}
		if b.start.Input[flow.Params[k].Name], err = ir.Encode(v, flow.Params[k].Type); err != nil {
			return err
		}
	}
	for k := range b.test.Events {
		h, err := b.happening(&b.test.Events[k], flow)
		if err != nil {
			return err
		}
		b.script = append(b.script, h)
	}
	for k := range b.test.Mocks {
		m, err := b.mock(&b.test.Mocks[k])
		if err != nil {
			return err
		}
		b.mocks = append(b.mocks, m)
	}
	return nil
}

// runFact is what expressions of a test know of the run.
func runFact(name string) ir.Value {
	switch name {
	case "run.id", "run.workflow_id":
		return ir.String("test")
	case "run.tags":
		return ir.List{}
	case "run.attempt":
		return ir.Int(1)
	}
	return nil
}

// params computes the parameters of the program, in the order in which their
// defaults may use each other.
func (b *trial) params() error {
	b.env.Params = map[string]ir.Value{}
	given := map[string]*ir.Expr{}
	for _, p := range b.test.Params {
		given[p.Name] = p.Value
	}
	for _, p := range b.suite.prog.Params {
		e := given[p.Name]
		if e == nil {
			e = p.Default
		}
		var v ir.Value = ir.None{}
		if e != nil {
			var err error
			if v, err = b.value(e); err != nil {
				return err
			}
		}
		b.env.Params[p.Name] = v
		if given[p.Name] == nil {
			continue
		}
		raw, err := ir.Encode(v, p.Type)
		if err != nil {
			return err
		}
		b.start.Params[p.Name] = raw
	}
	return nil
}

// happening computes when something comes from outside, and what.
func (b *trial) happening(e *ir.TestEvent, flow *ir.Workflow) (happening, error) {
	h := happening{event: runtime.Event{Type: runtime.CancelRequested, Node: e.Path}}
	v, err := b.value(e.Time)
	if err != nil {
		return h, err
	}
	switch v := v.(type) {
	case ir.Duration:
		h.at = later(Epoch, v)
	case ir.Int:
		h.before = max(2, int(min(int64(v), maxEvents)))
	}
	if e.Signal == "" {
		return h, nil
	}
	h.event = runtime.Event{Type: runtime.SignalReceived, Name: e.Signal}
	if e.Value == nil {
		return h, nil
	}
	if v, err = b.value(e.Value); err != nil {
		return h, err
	}
	h.event.Result, err = ir.Encode(v, e.Value.Type)
	return h, err
}

// run simulates the test once: with a fault, and a cancel before an event,
// unless that is 0.
func (b *trial) run(f *fault, cancel int, ch chooser) (*world, error) {
	start := b.start
	w, err := newWorld(b.suite.plan, b.suite.index, newCast(b, f), &start)
	if err != nil {
		return nil, err
	}
	w.chooser = ch
	for _, h := range b.script {
		w.outside(h)
	}
	if cancel > 0 {
		w.outside(happening{before: cancel, event: runtime.Event{Type: runtime.CancelRequested}})
	}
	err = w.do()
	b.result.Runs++
	b.work += w.events
	if b.opts.Cover != nil {
		b.opts.Cover.add(w)
	}
	return w, err
}

// spent reports whether no further run is to be made.
func (b *trial) spent() bool { return b.result.Runs >= b.opts.Bound || b.work >= maxWork }

// once runs a test as it is written.
func (b *trial) once() {
	w, err := b.run(nil, 0, nil)
	if w == nil {
		b.problem(b.test.RunAt, err)
		return
	}
	problems := b.judge(w, err)
	b.fail(w, problems)
}

// fail keeps what is shown of a run that is not as expected.
func (b *trial) fail(w *world, problems []Problem) {
	b.result.Status, b.result.Elapsed = w.root().machine.Outcome().Status, w.elapsed()
	if len(problems) > 0 {
		b.result.Problems, b.result.Strip = problems, w.trace.lines()
	}
}

// problem keeps an error.
func (b *trial) problem(at ir.Pos, err error) {
	b.result.Problems = append(b.result.Problems, problemOf(at, err))
}

// problemOf returns the problem that an error is. An expression that failed
// says where.
func problemOf(at ir.Pos, err error) Problem {
	p := Problem{At: at, Message: err.Error()}
	var missing *missingMock
	var failed *eval.Error
	switch {
	case errors.As(err, &missing):
		p.At, p.Facts = missing.at, missing.facts
	case errors.As(err, &failed) && failed.At.File >= 0:
		p.At = failed.At
	}
	return p
}

// judge returns what is wrong with a run.
func (b *trial) judge(w *world, err error) []Problem {
	if problems := b.unended(w, err); problems != nil {
		return problems
	}
	j := judge{trial: b, world: w}
	return j.all()
}

// unended returns what is wrong with a run that did not end.
func (b *trial) unended(w *world, err error) []Problem {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errStuck):
		return []Problem{{At: b.test.RunAt, Message: "the run does not end: nothing is left to happen", Facts: w.waits()}}
	}
	return []Problem{problemOf(b.test.RunAt, err)}
}

// waits says what a run that does not end waits for.
func (w *world) waits() []string {
	var facts []string
	for _, p := range w.hung {
		if !p.gone && !p.run.closed && p.call != nil {
			facts = append(facts, fmt.Sprintf("%s hangs, and has no `timeout`", p.call.Node))
		}
	}
	for _, r := range w.runs {
		if r.closed {
			continue
		}
		for _, n := range r.list {
			if node := w.index.node(r.workflow, n.id); n.kind == "wait" && n.status == ir.Running && node != nil && node.Signal != "" {
				facts = append(facts, fmt.Sprintf("%s waits for the signal %s", r.path(n.id), node.Signal))
			}
		}
	}
	return facts
}
