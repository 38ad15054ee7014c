package sim

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/stdlib"
)

// mock is a mock of a test, made ready.
type mock struct {
	*ir.Mock
	when, value, after *eval.Code // nil for none
	times              int        // -1 for without end
}

// mock prepares a mock.
func (b *trial) mock(m *ir.Mock) (mock, error) {
	p := mock{
		Mock: m, times: -1,
		when: eval.Compile(m.When, stdlib.Library{}), value: eval.Compile(m.Value, stdlib.Library{}), after: eval.Compile(m.After, stdlib.Library{}),
	}
	if m.Times == nil {
		return p, nil
	}
	v, err := b.value(m.Times)
	if n, ok := v.(ir.Int); ok {
		p.times = int(max(0, n))
	}
	return p, err
}

// A missingMock is a call that no mock answers.
type missingMock struct {
	callee string
	at     ir.Pos
	facts  []string
}

func (e *missingMock) Error() string {
	return fmt.Sprintf("no mock answers this call of `%s`", e.callee)
}

// fault is what an exploration makes of one node: every attempt of it fails,
// or times out.
type fault struct {
	node    string // path
	hangs   bool
	failure *runtime.Failure
	text    string // what a mock that does this says: `raises "x"`, `hangs`
	what    string // for people: `fails`
	callee  string
	untold  bool // no mock can do this: the file cannot name the error, or a value in it
}

// cast is the actor of a test.
type cast struct {
	*trial
	fault    *fault              // nil for none
	used     []int               // by mock: how many calls it has answered
	own, any eval.Frame          // what the expressions of mocks read: of one callee, of `mock *`
	auto     bool                // what no mock answers gets a value
	autos    map[*ir.Type][]byte // results of `auto`, which are the same each time
	counts   bool                // a mock that answers only so often has been asked since this was unset
}

func newCast(b *trial, f *fault) *cast {
	return &cast{trial: b, fault: f, used: make([]int, len(b.mocks)), auto: b.test.Property, autos: map[*ir.Type][]byte{}}
}

// mocks reports whether a mock stands in for a workflow. `mock *` does not: it
// is about activities.
func (a *cast) mocks(workflow string) bool {
	for k := range a.trial.mocks {
		if a.trial.mocks[k].Callee == workflow {
			return true
		}
	}
	return false
}

func (a *cast) answer(c *Call) (Answer, error) {
	if f := a.fault; f != nil && f.node == c.Node {
		return Answer{Hangs: f.hangs, Failure: f.failure}, nil
	}
	a.own.Slots = append(append(a.own.Slots[:0], c.Args...), ir.String(c.Node), ir.Int(c.Attempt))
	a.any.Slots = a.own.Slots[len(c.Args):]
	a.env.Now = c.At
	for k := range a.trial.mocks {
		m := &a.trial.mocks[k]
		if m.Callee != c.Callee && (m.Callee != "" || c.Workflow != nil) {
			continue
		}
		if m.times >= 0 {
			a.counts = true
			if a.used[k] >= m.times {
				continue
			}
		}
		a.env.Frame = &a.own
		if m.Callee == "" {
			a.env.Frame = &a.any
		}
		fits, err := a.fits(m)
		if err != nil {
			return Answer{}, err
		}
		if fits {
			a.used[k]++
			return a.give(m, c)
		}
	}
	if a.auto && c.Activity != nil {
		result, err := a.autoResult(c.Activity.Result)
		return Answer{Result: result}, err
	}
	return Answer{}, a.missing(c)
}

// fits reports whether the condition of a mock holds.
func (a *cast) fits(m *mock) (bool, error) {
	if m.when == nil {
		return true, nil
	}
	v, err := m.when.Eval(&a.env)
	return v == ir.Value(ir.Bool(true)), err
}

// give returns what a mock says.
func (a *cast) give(m *mock, c *Call) (Answer, error) {
	ans := Answer{Hangs: m.Kind == ir.MockHangs}
	if m.after != nil {
		v, err := m.after.Eval(&a.env)
		if err != nil {
			return ans, err
		}
		if d, ok := v.(ir.Duration); ok {
			ans.After = max(0, d)
		}
	}
	result := c.result()
	switch m.Kind {
	case ir.MockAuto:
		var err error
		ans.Result, err = a.autoResult(result)
		return ans, err
	case ir.MockHangs:
		return ans, nil
	}
	v, err := m.value.Eval(&a.env)
	if err != nil {
		return ans, err
	}
	if m.Kind == ir.MockRaises {
		ans.Failure, err = failureOf(v, m.Value.Type)
		return ans, err
	}
	if result != nil && result.Kind != ir.KNone {
		ans.Result, err = ir.Encode(v, result)
	}
	return ans, err
}

// result returns the type of what a call gives.
func (c *Call) result() *ir.Type {
	if c.Workflow != nil {
		return c.Workflow.Result
	}
	return c.Activity.Result
}

func (a *cast) autoResult(t *ir.Type) ([]byte, error) {
	if raw, known := a.autos[t]; known {
		return raw, nil
	}
	raw, err := autoResult(t)
	a.autos[t] = raw
	return raw, err
}

// failureOf returns the failure that a mock raises: with an error, or with a
// text.
func failureOf(v ir.Value, t *ir.Type) (*runtime.Failure, error) {
	r, declared := v.(*ir.Record)
	if !declared {
		return &runtime.Failure{Error: runtime.Undeclared, Message: ir.Text(v)}, nil
	}
	f := &runtime.Failure{Error: t.Decl.Name, Message: t.Decl.Name}
	if len(r.Names) == 0 {
		return f, nil
	}
	details, err := ir.Encode(v, t)
	f.Details = details
	f.Message += " " + string(details)
	return f, err
}

// missing returns the error of a call that nothing answers.
func (a *cast) missing(c *Call) error {
	e := &missingMock{callee: a.written(c.Callee), at: a.test.RunAt}
	if c.static != nil {
		e.at = c.static.At
	}
	e.facts = append(e.facts, fmt.Sprintf("the call is %s of %s, after %s", c.Node, short(callText(c)), ir.Duration(c.At-Epoch)))
	for k := range a.trial.mocks {
		if m := &a.trial.mocks[k]; m.Callee == c.Callee {
			e.facts = append(e.facts, fmt.Sprintf("`%s` does not answer it", short(a.suite.source(m.At))))
		}
	}
	e.facts = append(e.facts, fmt.Sprintf("add `mock %s -> …`, or `mock * -> auto`", a.written(c.Callee)))
	return e
}

// callText shows a call.
func callText(c *Call) string {
	text := c.Callee + "("
	for k, v := range c.Args {
		if k > 0 {
			text += ", "
		}
		text += ir.Show(v)
	}
	return text + ")"
}

// source returns the text at a position.
func (s *Suite) source(p ir.Pos) string {
	if p.File < 0 || int(p.File) >= len(s.prog.Sources) {
		return ""
	}
	text := s.prog.Sources[p.File].Text
	if p.Start < 0 || p.End < p.Start || int(p.End) > len(text) {
		return ""
	}
	return text[p.Start:p.End]
}
