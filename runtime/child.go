package runtime

import (
	"encoding/json"

	"github.com/flowc/flowc/compiler/ir"
)

// startChild asks for a child run.
func (m *Machine) startChild(r ref) {
	n, i := r.node(), r.inst()
	c, failure := m.child(r)
	if failure != nil {
		m.fail(r, ir.Failed, failure)
		return
	}
	m.step.Commands = append(m.step.Commands, Command{Type: StartChild, Node: m.id(r), Attempt: int(i.tries), Child: c})
	if n.Detach {
		m.complete(r)
		return
	}
	i.pending = 1
	if n.fickle {
		i.extra().keep().child = c
	}
}

// child makes the child run that r asks for.
func (m *Machine) child(r ref) (*Child, *Failure) {
	if r.plan.slice {
		return m.sliceChild(r), nil
	}
	c := m.emptyChild(r)
	c.Input = make(map[string]json.RawMessage, len(r.node().args))
	failure := m.childInput(r, c)
	if failure == nil {
		failure = m.childOptions(r, c)
	}
	return c, failure
}

// emptyChild returns what of the child run of r needs no computing.
func (m *Machine) emptyChild(r ref) *Child {
	n := r.node()
	c := &Child{Workflow: n.Call.Callee, Detach: n.Detach, Options: n.Options, Run: m.key(m.id(r))}
	if tries := r.inst().tries; tries > 1 {
		c.Run = string(appendAttempt([]byte(c.Run), tries))
	}
	return c
}

func (m *Machine) childInput(r ref, c *Child) *Failure {
	n := r.node()
	for k, arg := range n.args {
		if arg.none() || k >= len(n.child.wf.Params) {
			continue
		}
		q := n.child.wf.Params[k]
		v, failure := m.eval(r, arg)
		if failure != nil {
			return failure
		}
		raw, err := ir.Encode(v, q.Type)
		if err != nil {
			return &Failure{Node: m.id(r), Error: ExpressionFailed, Message: err.Error()}
		}
		c.Input[q.Name] = raw
	}
	return nil
}

func (m *Machine) childOptions(r ref, c *Child) *Failure {
	n := r.node()
	d, failure := m.positive(r, &r.frame, n.options.timeout, "timeout")
	if failure != nil {
		return failure
	}
	c.Timeout = ir.Duration(d)
	if c.TaskList, failure = m.text(r, &r.frame, n.options.taskList, ""); failure != nil || n.options.tags.none() {
		return failure
	}
	v, failure := m.eval(r, n.options.tags)
	list, _ := v.(ir.List)
	for _, t := range list {
		if s, ok := t.(ir.String); ok {
			c.Tags = append(c.Tags, string(s))
		}
	}
	return failure
}

// childEnded takes the answer of a child run.
func (m *Machine) childEnded(r ref, e Event) {
	n, i := r.node(), r.inst()
	if n.Kind != ir.NChild || i.status != ir.Running || i.pending == 0 || i.phase != working || e.Attempt > 0 && e.Attempt != int(i.tries) {
		return
	}
	i.pending = 0
	if i.ending != ir.Waiting {
		if e.Type == ChildCompleted && n.undo != nil {
			m.completedLate(r, e.Result)
		}
		m.push(r, doSettle)
		return
	}
	f := Failure{Node: m.id(r), Error: Undeclared}
	if e.Failure != nil {
		f = *e.Failure
	}
	switch e.Type {
	case ChildCompleted:
		if r.plan.slice {
			m.sliceDone(r, e.Result)
			return
		}
		v, failure := m.childResult(r, e.Result)
		if failure != nil {
			m.fail(r, ir.Failed, failure)
			return
		}
		i.give(v)
		m.complete(r)
	case ChildTimedOut:
		if e.Failure == nil {
			f.Error, f.Message = TimeOut, "the child run timed out"
		}
		m.fail(r, ir.TimedOut, &f)
	case ChildCancelled:
		f.Error, f.Message = CancelledAlone, "the child run was cancelled"
		m.fail(r, ir.Failed, &f)
	default:
		m.fail(r, ir.Failed, &f)
	}
}

func (m *Machine) childResult(r ref, raw json.RawMessage) (ir.Value, *Failure) {
	t := r.node().child.wf.Result
	if t == nil || t.Kind == ir.KNone {
		return ir.None{}, nil
	}
	v, err := ir.Decode(raw, t, ir.IgnoreUnknown)
	if err != nil {
		return nil, &Failure{Node: m.id(r), Error: BadResult, Message: "the result of the child does not fit: " + err.Error()}
	}
	return v, nil
}

// completedLate remembers a child that was done before it heard that it should
// stop, so that it can be undone.
func (m *Machine) completedLate(r ref, raw json.RawMessage) {
	if v, failure := m.childResult(r, raw); failure == nil {
		r.inst().extra().value = v
		r.inst().flags |= lateDone
	}
}
