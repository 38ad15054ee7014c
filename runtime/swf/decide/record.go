package decide

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// Record returns the run of which a history is. When its program cannot be had,
// or the execution is of somebody else's making, it has none, and its events
// are what the history alone says: nodes are called as activities and timers
// are.
func Record(env *Env, id ID, events []types.HistoryEvent) (*history.Record, error) {
	r, x, err := record(env, id, events, false)
	var unknown *UnknownProgramError
	var other *Divergence
	var lost error
	if errors.As(err, &unknown) || errors.As(err, &other) && !x.marked {
		if lost = err; unknown != nil && unknown.Hash == "" {
			lost = errors.New("no decider has said which it is")
		}
		r, x, err = record(env, id, events, true)
	}
	if err != nil {
		return nil, err
	}
	r.Program, r.Lost = x.program, lost
	if r.Summary, err = summary(env, x, events); err != nil {
		return nil, err
	}
	if len(events) > 0 && x.end == nil {
		r.Failure, err = failureOf(env, &events[len(events)-1])
	}
	return r, err
}

// failureOf returns why an execution was failed by its last event, nil if it was
// not.
func failureOf(env *Env, e *types.HistoryEvent) (*runtime.Failure, error) {
	a := e.WorkflowExecutionFailedEventAttributes
	if a == nil {
		return nil, nil
	}
	f, _, err := wire.ReadEnded(env.Blobs, aws.ToString(a.Reason), aws.ToString(a.Details))
	return f, err
}

// record reads a history.
func record(env *Env, id ID, events []types.HistoryEvent, bare bool) (*history.Record, *Execution, error) {
	r := &history.Record{}
	own := *env
	own.Observe = func(e runtime.Event, _ runtime.Step) { r.Events = append(r.Events, e) }
	x := New(&own, id)
	x.bare = bare
	if err := x.Read(events); err != nil {
		return nil, x, err
	}
	return r, x, x.Drain()
}

// beginBare lets a run begin of which the program is not known.
func (x *Execution) beginBare() error {
	a := x.begun
	s := &runtime.Start{Workflow: aws.ToString(a.WorkflowType.Name), Run: x.id.RunID, WorkflowID: x.id.WorkflowID, Tags: a.TagList}
	if p := a.ParentWorkflowExecution; p != nil {
		s.Parent = &runtime.ParentRun{Run: aws.ToString(p.RunId)}
	}
	if e, err := wire.ReadInput(x.env.Blobs, aws.ToString(a.Input)); err == nil {
		s.Input, s.IR = e.Input, e.IR
	}
	x.start = s
	return x.apply(runtime.Event{Time: x.began, Type: runtime.RunStarted, Start: s})
}

// summary returns what a list says about an execution.
func summary(env *Env, x *Execution, events []types.HistoryEvent) (history.Summary, error) {
	s := history.Summary{Run: x.id.RunID, WorkflowID: x.id.WorkflowID, Started: x.began, Alive: true, Status: "running"}
	if x.start != nil {
		s.Workflow, s.IR, s.Tags, s.Parent = x.start.Workflow, x.start.IR, x.start.Tags, x.start.Parent
	}
	if x.closed == "" || len(events) == 0 {
		return s, nil
	}
	last := &events[len(events)-1]
	s.Ended = timeOf(last.EventTimestamp)
	var err error
	s.Status, err = statusOf(env, last)
	return s, err
}

// statusOf returns how a run has ended, by the last event of its history.
func statusOf(env *Env, e *types.HistoryEvent) (string, error) {
	switch e.EventType {
	case types.EventTypeWorkflowExecutionCompleted:
		return ir.Succeeded.String(), nil
	case types.EventTypeWorkflowExecutionCanceled:
		return ir.Cancelled.String(), nil
	case types.EventTypeWorkflowExecutionTimedOut:
		return ir.TimedOut.String(), nil
	case types.EventTypeWorkflowExecutionTerminated:
		return "killed", nil
	case types.EventTypeWorkflowExecutionContinuedAsNew:
		return "continued", nil
	}
	if a := e.WorkflowExecutionFailedEventAttributes; a != nil {
		_, timedOut, err := wire.ReadEnded(env.Blobs, aws.ToString(a.Reason), aws.ToString(a.Details))
		if timedOut || err != nil {
			return ir.TimedOut.String(), err
		}
	}
	return ir.Failed.String(), nil
}
