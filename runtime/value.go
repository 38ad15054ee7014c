package runtime

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/stdlib"
)

// code is a compiled expression; the zero code is none.
type code struct {
	*eval.Code
	expr *ir.Expr
	uuid bool // it draws: the evaluation needs the node's id
}

// compile returns the code of e, the zero code for nil.
func compile(e *ir.Expr) code {
	if e == nil {
		return code{}
	}
	return code{eval.Compile(e, stdlib.Library{}), e, draws(e)}
}

// draws reports whether e calls uuid.
func draws(e *ir.Expr) bool {
	if e == nil {
		return false
	}
	if e.Op == ir.OpCall && e.Name == "uuid" {
		return true
	}
	for _, a := range e.Args {
		if draws(a) {
			return true
		}
	}
	return false
}

// fickle reports whether e may have another value when it is computed again in
// the same frame: it reads the time or draws.
func fickle(e *ir.Expr) bool {
	if e == nil {
		return false
	}
	if e.Op == ir.OpCall {
		if f := stdlib.Lookup(e.Name); len(f) > 0 && f[0].Context {
			return true
		}
	}
	return slices.ContainsFunc(e.Args, fickle)
}

// fickleOptions reports whether those options of a call that a task or a child
// run is made of are fickle.
func fickleOptions(o ir.Options) bool {
	return slices.ContainsFunc([]*ir.Expr{o.Timeout, o.QueueTimeout, o.TotalTimeout, o.Heartbeat, o.Priority, o.TaskList, o.VersionAt, o.Tags}, fickle)
}

// isFickle reports whether what an activity adds to a call of it is fickle.
func isFickle(a *ir.Activity) bool {
	return fickleOptions(a.Options) || slices.ContainsFunc(a.Params, func(q ir.Param) bool { return fickle(q.Default) })
}

// isFickle reports whether the task or child run of a call may be another one
// when it is computed again. Such a one is kept while it is open.
func (n *node) isFickle() bool {
	return n.act != nil && n.act.fickle || fickleOptions(n.Options) || slices.ContainsFunc(n.Call.Args, fickle)
}

// none reports whether there is no expression.
func (c code) none() bool { return c.Code == nil }

// facts is what ir.OpContext reads of the node that is at work.
type facts struct {
	at     ref
	result ir.Value // of the step that is undone
}

// fact returns a fact of the run or of the call, nil if there is none.
func (m *Machine) fact(name string) ir.Value {
	switch name {
	case "run.id":
		return ir.String(m.begin.Run)
	case "run.workflow_id":
		return ir.String(m.begin.WorkflowID)
	case "run.tags":
		tags := make(ir.List, len(m.begin.Tags))
		for k, t := range m.begin.Tags {
			tags[k] = ir.String(t)
		}
		return tags
	case "run.attempt":
		return ir.Int(max(1, m.facts.at.inst().tries))
	case "activity.name":
		if act := m.facts.at.node().act; act != nil {
			return ir.String(act.Name)
		}
	case "result":
		return m.facts.result
	}
	return nil
}

// eval computes c for r, in the frame of r's region. A failing expression
// fails the node that it belongs to; the failure says so.
func (m *Machine) eval(r ref, c code) (ir.Value, *Failure) {
	return m.evalIn(r, &r.frame, c)
}

// evalIn computes c for r in another frame.
func (m *Machine) evalIn(r ref, f *eval.Frame, c code) (ir.Value, *Failure) {
	if c.expr.Op == ir.OpConst && c.expr.Value != nil {
		return c.expr.Value, nil
	}
	m.facts.at = r
	m.env.Frame, m.env.Now = f, m.now
	if c.uuid {
		m.env.Seed = m.begin.Run + "\x00" + m.id(r)
	}
	v, err := c.Eval(&m.env)
	if err == nil {
		return v, nil
	}
	failure := &Failure{Node: m.id(r), Error: ExpressionFailed, Message: err.Error()}
	if e, ok := err.(*eval.Error); ok && e.At.File >= 0 {
		at := e.At
		failure.At = &at
	}
	return nil, failure
}

// number computes an option that is an int, duration or size; absent gives
// the fallback.
func (m *Machine) number(r ref, f *eval.Frame, c code, fallback int64) (int64, *Failure) {
	if c.none() {
		return fallback, nil
	}
	v, failure := m.evalIn(r, f, c)
	if failure != nil {
		return 0, failure
	}
	switch v := v.(type) {
	case ir.Int:
		return int64(v), nil
	case ir.Duration:
		return int64(v), nil
	case ir.Size:
		return int64(v), nil
	}
	return fallback, nil // none
}

// positive computes an option that must be more than 0; an absent one, or none,
// gives 0.
func (m *Machine) positive(r ref, f *eval.Frame, c code, name string) (int64, *Failure) {
	v, failure := m.number(r, f, c, math.MaxInt64)
	if failure == nil && v == math.MaxInt64 {
		return 0, nil
	}
	if failure == nil && v <= 0 {
		failure = m.badOption(r, c, "`"+name+"` must be more than 0")
	}
	return v, failure
}

// badOption is the failure of an option whose value makes no sense.
func (m *Machine) badOption(r ref, c code, message string) *Failure {
	f := &Failure{Node: m.id(r), Error: ExpressionFailed, Message: message}
	if at := c.expr.At; at.File >= 0 {
		f.At = &at
	}
	return f
}

// text computes an option that is a string.
func (m *Machine) text(r ref, f *eval.Frame, c code, fallback string) (string, *Failure) {
	if c.none() {
		return fallback, nil
	}
	v, failure := m.evalIn(r, f, c)
	if s, ok := v.(ir.String); ok {
		return string(s), failure
	}
	return fallback, failure
}

// keyText returns a key as it stands in ids, before it is escaped.
func keyText(v ir.Value, t *ir.Type) string {
	switch v := v.(type) {
	case ir.String:
		return string(v)
	case ir.Int:
		return strconv.FormatInt(int64(v), 10)
	case ir.Date:
		return v.String()
	}
	b, err := ir.Encode(v, t)
	if err != nil {
		return ""
	}
	var s string
	if json.Unmarshal(b, &s) == nil {
		return s
	}
	return string(b)
}

// failureNames are the fields of a Failure.
var failureNames = []string{"node", "error", "message", "attempts", "details"}

// value returns f as the language sees it.
func (f *Failure) value() *ir.Record {
	details := ir.JSON(f.Details)
	if len(f.Details) == 0 {
		details = "null"
	}
	return &ir.Record{Decl: ir.FailureDecl, Names: failureNames, Values: []ir.Value{
		ir.String(f.Node), ir.String(f.Error), ir.String(f.Message), ir.Int(f.Attempts), details,
	}}
}

// The outcomes without a value or an error, shared.
var (
	outcomeSkipped   = &ir.Outcome{Status: ir.Skipped}
	outcomeCancelled = &ir.Outcome{Status: ir.Cancelled}
)

// outcomeOf returns how an instance of a final status ended, as a T!.
func outcomeOf(i *inst) *ir.Outcome {
	switch i.status {
	case ir.Succeeded, ir.Undone, ir.Reused:
		return &ir.Outcome{Status: ir.Succeeded, Value: i.value()}
	case ir.Failed, ir.TimedOut:
		o := &ir.Outcome{Status: i.status}
		if f := i.failure(); f != nil {
			o.Error = f.value()
		}
		return o
	case ir.Skipped:
		return outcomeSkipped
	}
	return outcomeCancelled
}

// raised makes the failure of `raise v` in the node with an id.
func raised(id string, v ir.Value, t *ir.Type) *Failure {
	f := &Failure{Node: id, Error: Undeclared, Message: "raised"}
	r, ok := v.(*ir.Record)
	if !ok {
		return f
	}
	if r.Decl != nil {
		f.Error = r.Decl.Name
	} else if t != nil && t.Decl != nil {
		f.Error = t.Decl.Name
	}
	f.Message = "raised"
	if b, err := ir.Encode(v, t); err == nil && len(r.Names) > 0 {
		f.Details, f.Message = b, string(b)
	}
	for k, name := range r.Names { // what its author has to say goes before what we can say
		if text, ok := r.Values[k].(ir.String); ok && name == "message" {
			f.Message = string(text)
		}
	}
	return f
}
