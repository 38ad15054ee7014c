package sim

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// startChild starts a child run, or has the call answered if it is mocked.
func (w *world) startChild(r *run, c *runtime.Command) {
	flow := w.index.workflows[c.Child.Workflow]
	if flow == nil {
		w.err = fmt.Errorf("there is no workflow %q", c.Child.Workflow)
		return
	}
	if w.actor.mocks(flow.Name) {
		w.mockedChild(r, flow, c)
		return
	}
	if r.deep >= maxDeep {
		why := fmt.Sprintf("child runs are nested more than %d deep; does `%s` call itself without end?", maxDeep, flow.Name)
		w.push(r, &pending{due: w.now, class: stopped, order: w.orderOf(r, c.Node), event: runtime.Event{
			Type: runtime.ChildFailed, Node: c.Node, Attempt: c.Attempt, Child: c.Child.Run,
			Failure: &runtime.Failure{Node: c.Node, Error: runtime.LimitExceeded, Message: why},
		}}, "")
		return
	}
	begin := r.begin
	s := &runtime.Start{
		IR: begin.IR, Workflow: flow.Name, Run: c.Child.Run, WorkflowID: c.Child.Run, Tags: c.Child.Tags,
		Input: c.Child.Input, Params: begin.Params, Flags: runtime.Flags,
	}
	child, err := w.start(s, r, w.orderOf(r, c.Node), r.path(c.Node)+attemptSuffix(c.Attempt))
	if err != nil {
		w.err = err
		return
	}
	child.node, child.attempt = c.Node, c.Attempt
	child.detached, child.policy = c.Child.Detach, c.Child.Options.OnParentClose
	if r.children == nil {
		r.children = map[string]*run{}
	}
	r.children[c.Node] = child
	r.started = append(r.started, child)
}

// attemptSuffix is what the paths in a further attempt of a call have.
func attemptSuffix(attempt int) string {
	if attempt < 2 {
		return ""
	}
	return fmt.Sprintf("#%d", attempt)
}

func (w *world) mockedChild(r *run, flow *ir.Workflow, c *runtime.Command) {
	call := &Call{
		Node: r.path(c.Node), Callee: flow.Name, Workflow: flow, Attempt: max(1, c.Attempt), At: w.now,
		order: w.orderOf(r, c.Node), run: r, id: c.Node, static: w.index.node(r.workflow, c.Node),
	}
	for _, p := range flow.Params {
		v, err := childArgument(p, c.Child.Input)
		if err != nil {
			w.err = err
			return
		}
		call.Args = append(call.Args, v)
	}
	w.call(r, call, c)
	if c.Child.Detach { // nobody waits for it
		r.drop(taskKey(c.Node))
	}
}

// childArgument returns an argument of a mocked child; one that is left to its
// default is none where that is not a constant.
func childArgument(p ir.Param, input map[string]json.RawMessage) (ir.Value, error) {
	raw, given := input[p.Name]
	switch {
	case given:
		return ir.Decode(raw, p.Type, ir.IgnoreUnknown)
	case p.Default != nil && p.Default.Op == ir.OpConst:
		return p.Default.Value, nil
	}
	return ir.None{}, nil
}

// cancelChild asks a child run to end.
func (w *world) cancelChild(r *run, c *runtime.Command) {
	if r.drop(taskKey(c.Node)) != nil {
		e := runtime.Event{Type: runtime.ChildCancelled, Node: c.Node, Attempt: c.Attempt}
		w.push(r, &pending{due: w.now, class: stopped, order: w.orderOf(r, c.Node), event: e}, "")
		return
	}
	if child := r.children[c.Node]; child != nil {
		w.cancel(child)
	}
}

// cancel asks a run to end.
func (w *world) cancel(r *run) {
	w.push(r, &pending{due: w.now, class: stopped, order: r.order, event: runtime.Event{Type: runtime.CancelRequested}}, "")
}

// close ends a run: its parent hears of it, and runs that it has detached end
// as they were told to.
func (w *world) close(r *run, how runtime.CommandType) {
	r.closed, r.ended = true, w.now
	w.live--
	for _, child := range r.started {
		switch {
		case child.closed:
		case child.policy == "abandon":
		case child.policy == "terminate":
			w.terminate(child)
		default:
			w.cancel(child)
		}
	}
	if r.parent == nil || r.detached || r.parent.closed {
		return
	}
	o := r.machine.Outcome()
	e := runtime.Event{Node: r.node, Attempt: r.attempt, Result: o.Result, Failure: r.failureForParent(o.Failure)}
	switch how {
	case runtime.CompleteRun:
		e.Type = runtime.ChildCompleted
	case runtime.TimeOutRun:
		e.Type = runtime.ChildTimedOut
	case runtime.CancelRun:
		e.Type = runtime.ChildCancelled
	default:
		e.Type = runtime.ChildFailed
	}
	w.push(r.parent, &pending{due: w.now, class: stopped, order: r.order, event: e}, "")
}

// failureForParent returns a failure of r as one of the node that called it.
// Which node of which run it was is among its details.
func (r *run) failureForParent(f *runtime.Failure) *runtime.Failure {
	if f == nil {
		return nil
	}
	own := *f
	own.Node, own.At = r.node, nil
	details := map[string]json.RawMessage{}
	if len(f.Details) > 0 && json.Unmarshal(f.Details, &details) != nil || details["child"] != nil {
		return &own // what an error declares comes first
	}
	child, err := json.Marshal(struct {
		Run  string `json:"run"`
		Node string `json:"node"`
	}{r.begin.Run, f.Node})
	if err != nil {
		return &own
	}
	rest := strings.TrimPrefix(strings.TrimSuffix(strings.TrimSpace(string(f.Details)), "}"), "{")
	if len(details) > 0 {
		rest += ","
	}
	own.Details = json.RawMessage("{" + rest + `"child":` + string(child) + "}")
	return &own
}

// terminate ends a run, and all that it has started, without a word. What it was
// doing is abandoned.
func (w *world) terminate(r *run) {
	if r.closed {
		return
	}
	r.closed, r.ended = true, w.now
	w.live--
	for _, child := range r.started {
		w.terminate(child)
	}
	for _, n := range r.list {
		if n.status == ir.Running {
			n.status, n.ended = ir.Abandoned, w.now
		}
	}
}
