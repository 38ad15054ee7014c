package decide

import (
	"cmp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// finish decides what is left to do once the run has ended, and the end of the
// execution. Child runs that nobody waits for still have to begin, which has to
// be seen before: with the execution the news of them would end too.
func (x *Execution) finish(b *batch, d *Decisions) error {
	if len(x.queues[child].ready) > 0 {
		if err := x.startWork(b, d); err != nil {
			return err
		}
		x.startOwn(b)
		return nil
	}
	for _, w := range x.events {
		if w.class == child && !w.started { // its beginning is about to be heard of
			return nil
		}
	}
	return x.close(b, d, x.end)
}

// close decides the end of the execution, unless there is no room for what has
// to come before.
func (x *Execution) close(b *batch, d *Decisions, end *runtime.Command) error {
	x.partWithChildren(b, d)
	if b.full || x.ours.ending.on() {
		d.Terminate = nil
		x.startOwn(b)
		return nil
	}
	decision, err := x.closing(end)
	if err != nil {
		return err
	}
	b.list = append(b.list, decision)
	return nil
}

// partWithChildren decides what becomes of child runs that are open, as their
// calls say.
func (x *Execution) partWithChildren(b *batch, d *Decisions) {
	open := x.children()
	for _, w := range open {
		switch w.child.Options.OnParentClose {
		case "abandon":
		case "terminate":
			d.Terminate = append(d.Terminate, trimKey(w.id))
		default:
			if !w.asked && !w.unwanted {
				b.add(cancelChild(w.id))
			}
		}
	}
}

// children returns the child runs that are open, in document order; first
// those that were begun under an earlier history.
func (x *Execution) children() []*work {
	var open []*work
	for _, w := range x.events {
		if w.class == child {
			open = append(open, w)
		}
	}
	slices.SortFunc(open, func(v, w *work) int {
		switch {
		case v.before(w):
			return -1
		case w.before(v):
			return 1
		}
		return cmp.Compare(v.id, w.id)
	})
	return open
}

// adopt takes over the child runs that were detached under an earlier history.
func (x *Execution) adopt(list []wire.Detached) {
	for k, d := range list {
		w := &work{
			class: child, node: d.Node, id: childKey(d.ID), state: taken, started: true, at: -1, event: int64(-1 - k),
			child: &runtime.Child{Detach: true, Options: ir.Options{OnParentClose: d.Close}},
		}
		x.works[w.id], x.events[w.event] = w, w
	}
}

// closing returns the decision by which the execution ends.
func (x *Execution) closing(end *runtime.Command) (types.Decision, error) {
	switch end.Type {
	case runtime.CompleteRun:
		result, err := wire.Fit(x.env.Blobs, string(end.Result), limits.Result)
		return types.Decision{DecisionType: types.DecisionTypeCompleteWorkflowExecution, CompleteWorkflowExecutionDecisionAttributes: &types.CompleteWorkflowExecutionDecisionAttributes{Result: &result}}, err
	case runtime.CancelRun:
		return types.Decision{DecisionType: types.DecisionTypeCancelWorkflowExecution, CancelWorkflowExecutionDecisionAttributes: &types.CancelWorkflowExecutionDecisionAttributes{}}, nil
	}
	f := end.Failure
	if f == nil {
		f = &runtime.Failure{Error: runtime.Undeclared}
	}
	reason, details, err := wire.Ended(x.env.Blobs, f, end.Type == runtime.TimeOutRun)
	return types.Decision{DecisionType: types.DecisionTypeFailWorkflowExecution, FailWorkflowExecutionDecisionAttributes: &types.FailWorkflowExecutionDecisionAttributes{Reason: &reason, Details: &details}}, err
}

// continuing reports whether the execution is to continue as a new one: nothing
// new begins then.
func (x *Execution) continuing() bool {
	if x.ours.staying || x.end != nil {
		return false
	}
	return x.last > x.env.Continue.force() || x.offered && x.last > x.env.Continue.offer() && x.idle()
}

// idle reports whether nothing that is waited for is open.
func (x *Execution) idle() bool {
	if x.queues[task].busy() > 0 || x.queues[lambda].busy() > 0 {
		return false
	}
	for _, w := range x.events {
		if w.class == child && (!w.child.Detach || !w.started) {
			return false
		}
	}
	return !slices.ContainsFunc(x.queues[child].ready, func(w *work) bool { return w.child.Detach })
}

// continueAsNew decides that the run goes on under a new history: with the
// state of the interpreter, and the child runs that it does not wait for.
func (x *Execution) continueAsNew(b *batch) error {
	if b.full || x.ours.ending.on() {
		x.startOwn(b)
		return nil
	}
	state, err := x.machine.Snapshot()
	if err != nil {
		return err
	}
	s := x.start
	e := wire.Envelope{
		IR: s.IR, Run: s.Run, Params: s.Params, Flags: s.Flags, Window: s.MaxOpen, Parent: s.Parent, Carried: state,
		Reuse: s.Reuse, // of slices that begin later; the state has its own
	}
	for _, w := range x.children() {
		e.Detached = append(e.Detached, wire.Detached{ID: trimKey(w.id), Node: w.node, Close: w.child.Options.OnParentClose})
	}
	input, err := e.Encode(x.env.Blobs)
	if err != nil {
		return err
	}
	a := x.begun
	b.list = append(b.list, types.Decision{DecisionType: types.DecisionTypeContinueAsNewWorkflowExecution, ContinueAsNewWorkflowExecutionDecisionAttributes: &types.ContinueAsNewWorkflowExecutionDecisionAttributes{
		Input:                        &input,
		ChildPolicy:                  a.ChildPolicy,
		ExecutionStartToCloseTimeout: a.ExecutionStartToCloseTimeout,
		TaskList:                     a.TaskList,
		TaskPriority:                 a.TaskPriority,
		TaskStartToCloseTimeout:      a.TaskStartToCloseTimeout,
		TagList:                      a.TagList,
		LambdaRole:                   a.LambdaRole,
		WorkflowTypeVersion:          a.WorkflowType.Version,
	}})
	return nil
}
