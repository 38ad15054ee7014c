package sim

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/stdlib"
)

// judge compares a run that has ended with what its test expects.
type judge struct {
	*trial
	world *world
	frame eval.Frame
}

// all returns everything that is not as expected. A test that expects nothing
// expects that the run succeeds.
func (j *judge) all() []Problem {
	var problems []Problem
	outcome := j.world.root().machine.Outcome()
	j.frame.Slots = []ir.Value{
		ir.ExpectElapsedSlot:   j.world.elapsed(),
		ir.ExpectSucceededSlot: ir.Bool(outcome.Status == ir.Succeeded),
		ir.ExpectFailedSlot:    ir.Bool(outcome.Status == ir.Failed),
		ir.ExpectCancelledSlot: ir.Bool(outcome.Status == ir.Cancelled),
		ir.ExpectTimedOutSlot:  ir.Bool(outcome.Status == ir.TimedOut),
	}
	if len(j.test.Expects) == 0 && !j.test.Property {
		if p := j.status(&ir.Expect{Status: ir.Succeeded, At: j.test.RunAt}, outcome); p != nil {
			problems = append(problems, *p)
		}
	}
	for k := range j.test.Expects {
		if p := j.expectation(&j.test.Expects[k], outcome); p != nil {
			problems = append(problems, *p)
		}
	}
	return problems
}

// expectation returns what is wrong with the run by one expectation, nil for
// nothing.
func (j *judge) expectation(e *ir.Expect, o runtime.Outcome) *Problem {
	switch e.Kind {
	case ir.ExpectStatus:
		return j.status(e, o)
	case ir.ExpectTrue:
		return j.holds(e, o)
	case ir.ExpectNever, ir.ExpectCalls:
		return j.calls(e)
	case ir.ExpectOrder:
		return j.order(e)
	default:
		return j.nodes(e)
	}
}

func problem(e *ir.Expect, message string, facts ...string) *Problem {
	return &Problem{At: e.At, Message: message, Facts: facts}
}

func (j *judge) status(e *ir.Expect, o runtime.Outcome) *Problem {
	if o.Status == e.Status && (e.Error == "" || o.Failure != nil && o.Failure.Error == e.Error) {
		return nil
	}
	want := e.Status.String()
	if e.Error != "" {
		want += " with " + e.Error
	}
	return problem(e, fmt.Sprintf("expected the run to end %s", want), ended(o))
}

// ended says how a run ended.
func ended(o runtime.Outcome) string {
	text := "it ended " + o.Status.String()
	if f := o.Failure; f != nil {
		text += fmt.Sprintf(": %s: %s", f.Node, f.Error)
		if f.Message != "" && f.Message != f.Error {
			text += ": " + short(strings.TrimPrefix(f.Message, f.Error+" "))
		}
	}
	return text
}

// holds judges an expression.
func (j *judge) holds(e *ir.Expect, o runtime.Outcome) *Problem {
	v, err := j.compute(e.Value)
	switch {
	case err == nil && v == ir.Value(ir.Bool(true)):
		return nil
	case err == nil:
		return problem(e, "expected this to hold", j.readings(e.Value)...)
	case o.Status != ir.Succeeded && readsResult(e.Value):
		return problem(e, "the run has no result", ended(o))
	}
	return problem(e, "this cannot be computed", err.Error())
}

// compute evaluates an expression of an expectation.
func (j *judge) compute(e *ir.Expr) (ir.Value, error) {
	env := eval.Env{Frame: &j.frame, Params: j.env.Params, Now: j.world.now, Fact: j.fact}
	return eval.Compile(e, stdlib.Library{}).Eval(&env)
}

// fact is what expectations know of the run.
func (j *judge) fact(name string) ir.Value {
	if name != "result" {
		return runFact(name)
	}
	root := j.world.root()
	o := root.machine.Outcome()
	if o.Status != ir.Succeeded {
		return nil
	}
	v, err := ir.Decode(o.Result, root.workflow.Result, ir.IgnoreUnknown)
	if err != nil {
		return nil
	}
	return v
}

// anyPart reports whether f holds for e or a part of it.
func anyPart(e *ir.Expr, f func(*ir.Expr) bool) bool {
	if e == nil {
		return false
	}
	if f(e) {
		return true
	}
	for _, a := range e.Args {
		if anyPart(a, f) {
			return true
		}
	}
	return false
}

func readsResult(e *ir.Expr) bool {
	return anyPart(e, func(e *ir.Expr) bool { return e.Op == ir.OpContext && e.Name == "result" })
}

// changing reports whether e is something to look at: not a constant.
func changing(e *ir.Expr) bool {
	return anyPart(e, func(e *ir.Expr) bool { return e.Op == ir.OpSlot || e.Op == ir.OpContext || e.Op == ir.OpParam })
}

// readings says what the parts of an expression are that does not hold: of
// `a and b` those of the side that does not, of a comparison its sides.
func (j *judge) readings(e *ir.Expr) []string {
	switch e.Op {
	case ir.OpAnd:
		for _, a := range e.Args {
			if v, err := j.compute(a); err != nil || v != ir.Value(ir.Bool(true)) {
				return j.readings(a)
			}
		}
	case ir.OpOr, ir.OpNot:
		var facts []string
		for _, a := range e.Args {
			facts = append(facts, j.readings(a)...)
		}
		return facts
	case ir.OpEq, ir.OpNe, ir.OpLt, ir.OpLe, ir.OpGt, ir.OpGe, ir.OpIn, ir.OpIs:
		var facts []string
		for _, a := range e.Args {
			facts = append(facts, j.reading(a)...)
		}
		return facts
	case ir.OpCall:
		var facts []string
		for _, a := range e.Args {
			if a.Op != ir.OpLambda {
				facts = append(facts, j.reading(a)...)
			}
		}
		return facts
	}
	return j.reading(e)
}

// reading says what a part of an expression is.
func (j *judge) reading(e *ir.Expr) []string {
	for e.Op == ir.OpConvert {
		e = e.Args[0]
	}
	if !changing(e) {
		return nil
	}
	text := short(j.suite.text(e))
	v, err := j.compute(e)
	if err != nil {
		return []string{fmt.Sprintf("`%s` cannot be computed: %s", text, short(err.Error()))}
	}
	return []string{fmt.Sprintf("`%s` is %s", text, short(ir.Show(v)))}
}

// expectNames are the names of the slots that expectations read.
var expectNames = [ir.ExpectSlots]string{
	ir.ExpectElapsedSlot: "elapsed", ir.ExpectSucceededSlot: "succeeded", ir.ExpectFailedSlot: "failed",
	ir.ExpectCancelledSlot: "cancelled", ir.ExpectTimedOutSlot: "timed_out",
}

// text returns an expression of an expectation as it was written, or nearly.
func (s *Suite) text(e *ir.Expr) string {
	switch e.Op {
	case ir.OpConvert:
		return s.text(e.Args[0])
	case ir.OpConst:
		return ir.Show(e.Value)
	case ir.OpSlot:
		return expectNames[e.Index]
	case ir.OpContext, ir.OpParam:
		return e.Name
	case ir.OpField, ir.OpFields:
		return s.text(e.Args[0]) + "." + e.Name
	case ir.OpIndex:
		return s.text(e.Args[0]) + "[" + s.text(e.Args[1]) + "]"
	case ir.OpCall:
		args := make([]string, len(e.Args))
		for k, a := range e.Args {
			args[k] = s.text(a)
		}
		return e.Name + "(" + strings.Join(args, ", ") + ")"
	}
	if text := s.source(e.At); text != "" {
		return text
	}
	return "this " + e.Op.String()
}

// calls judges how often something was called. Every attempt is a call.
func (j *judge) calls(e *ir.Expect) *Problem {
	want := 0
	if e.Kind == ir.ExpectCalls {
		want = 1
	}
	if e.Count != nil {
		v, err := j.compute(e.Count)
		n, ok := v.(ir.Int)
		if err != nil || !ok {
			return problem(e, "this number cannot be computed", fmt.Sprint(err))
		}
		want = int(n)
	}
	args := make([]ir.Value, len(e.Args))
	for k, a := range e.Args {
		if a == nil {
			continue
		}
		var err error
		if args[k], err = j.compute(a); err != nil {
			return problem(e, "this argument cannot be computed", err.Error())
		}
	}
	got, others := 0, []string{}
	for _, c := range j.world.calls {
		switch {
		case c.joined || c.Callee != e.Callee:
		case matches(args, c.Args):
			if got++; len(others) < maxCalls && want < got {
				others = append(others, j.callFact(c))
			}
		case len(others) < maxCalls && want > 0:
			others = append(others, j.callFact(c))
		}
	}
	if got == want {
		return nil
	}
	return problem(e, fmt.Sprintf("expected %s, found %s", times(want), times(got)), others...)
}

// maxCalls is how many calls are shown.
const maxCalls = 5

func (j *judge) callFact(c *Call) string {
	return fmt.Sprintf("%s calls %s after %s", c.Node, short(callText(c)), ir.Duration(c.At-Epoch))
}

func times(n int) string {
	switch n {
	case 0:
		return "no call"
	case 1:
		return "1 call"
	}
	return fmt.Sprintf("%d calls", n)
}

// matches reports whether arguments are as wanted; nil wants anything.
func matches(want, got []ir.Value) bool {
	for k, v := range want {
		if v != nil && (k >= len(got) || !ir.Equal(v, got[k])) {
			return false
		}
	}
	return true
}

// order judges whether steps began in an order, others between them or not.
func (j *judge) order(e *ir.Expect) *Problem {
	next := 0
	var began []string
	for _, c := range j.world.calls {
		if next < len(e.Order) && isStep(e.Order[next], c) {
			next++
		}
		for _, s := range e.Order {
			if isStep(s, c) && len(began) < 3*maxCalls {
				began = append(began, c.Node)
				break
			}
		}
	}
	if next == len(e.Order) {
		return nil
	}
	s := e.Order[next]
	name := s.Callee
	if name == "" {
		name = s.Node
	}
	fact := "none of these began"
	if len(began) > 0 {
		fact = "they began in this order: " + strings.Join(began, ", ")
	}
	if next == 0 {
		return problem(e, fmt.Sprintf("expected `%s` to begin", name), fact)
	}
	return problem(e, fmt.Sprintf("expected `%s` to begin after what stands before it", name), fact)
}

func isStep(s ir.TestStep, c *Call) bool {
	if s.Callee != "" {
		return s.Callee == c.Callee
	}
	return s.Node == c.Node || s.Node == ir.StaticID(c.Node)
}

// nodes judges how nodes ended.
func (j *judge) nodes(e *ir.Expect) *Problem {
	var facts []string
	for _, path := range e.Nodes {
		if fact := j.node(path, e.Kind); fact != "" {
			facts = append(facts, fact)
		}
	}
	if len(facts) == 0 {
		return nil
	}
	word := "failed"
	if e.Kind == ir.ExpectCancelled {
		word = "cancelled"
	}
	return problem(e, "expected these nodes to be "+word, facts...)
}

// node says how a node ended that should have ended otherwise, "" for one that
// ended as it should. Of a path without keys any item will do.
func (j *judge) node(path string, want ir.ExpectKind) string {
	fact := path + " was never reached"
	for _, r := range j.world.runs {
		for _, n := range r.list {
			id := r.path(n.id)
			if id != path && ir.StaticID(id) != path {
				continue
			}
			if ok := n.status == ir.Cancelled || n.status == ir.Abandoned; ok && want == ir.ExpectCancelled {
				return ""
			}
			if ok := n.status == ir.Failed || n.status == ir.TimedOut; ok && want == ir.ExpectFailed {
				return ""
			}
			fact = fmt.Sprintf("%s is %s", id, n.status)
		}
	}
	return fact
}
