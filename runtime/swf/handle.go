package swf

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/deploy"
)

// An entry is the interpreter of an execution. It is for one goroutine.
type entry struct {
	*decide.Execution
	live bool // what is folded now was not told to anybody yet
}

// entry returns one that has read nothing.
func (d *Decider) entry(id decide.ID) *entry {
	e, env := &entry{}, d.env()
	env.Observe = func(event runtime.Event, step runtime.Step) {
		if !e.live {
			return
		}
		run := id.RunID
		if s := e.Start(); s != nil {
			run = s.Run
		}
		if len(step.Changes) > 0 {
			d.meter.Changes(run, time.Unix(0, int64(event.Time)), step.Changes)
		}
		if d.cfg.Observe != nil {
			d.cfg.Observe(id, event, step)
		}
	}
	e.Execution = decide.New(env, id)
	return e
}

// A reader makes an entry read the history up to a decision task. What was
// read for an earlier one has been told.
type reader struct {
	*entry
	told int64
}

// Read reads the next events.
func (r reader) Read(events []types.HistoryEvent) error {
	old := upTo(events, r.told)
	r.live = false
	if err := r.Execution.Read(old); err != nil {
		return &readError{err}
	}
	r.live = true
	if err := r.Execution.Read(events[len(old):]); err != nil {
		return &readError{err}
	}
	return nil
}

// handle answers a decision task, or leaves it to time out.
func (d *Decider) handle(ctx context.Context, t *task, bytes *atomic.Int64) {
	began := time.Now()
	ctx = counting(ctx, bytes)
	id := t.id()
	workflow := aws.ToString(t.first.WorkflowType.Name)
	log := d.log.With("workflow", workflow, "workflowId", id.WorkflowID, "run", id.RunID)
	defer func() {
		if v := recover(); v != nil { // it costs a decision, and no decider
			d.cache.take(id.RunID)
			d.leave(ctx, t, &panicError{v, debug.Stack()}, log)
		}
	}()

	e, cached := d.cache.take(id.RunID)
	if !cached {
		e = d.entry(id)
	}
	answer, err := d.decide(ctx, t, e)
	if err != nil && cached && !passing(err) {
		log.Warn("what is in memory does not fit the history, which is read again", "error", err)
		e = d.entry(id)
		answer, err = d.decide(ctx, t, e)
	}
	if err == nil {
		err = d.prepare(ctx, e, answer, log)
	}
	status := closing(answer.List)
	if err == nil {
		// Before the answer, since the next decision task may come to another
		// poller before this one hears that its answer has arrived.
		d.cache.put(id.RunID, e, e.LastEvent())
		err = d.respond(ctx, t, answer)
	}
	if err != nil {
		// What an answer that came too late was made of still holds. To read it
		// anew could take as long each time, and no answer would ever be in time.
		if why(err) != LeftLost {
			d.cache.take(id.RunID)
		}
		d.leave(ctx, t, err, log)
		return
	}
	if status != "" {
		d.cache.take(id.RunID)
		d.meter.RunEnded(workflow, status)
		log.Info("closing", "status", status) // unless something has happened at the same moment
	}
	d.meter.Decided(workflow, t.events, int(bytes.Load()), len(answer.List), time.Since(began))
	log.Debug("decided", "events", t.events, "bytes", bytes.Load(), "decisions", len(answer.List))
}

// decide reads the history and decides. A panic is an error like others.
func (d *Decider) decide(ctx context.Context, t *task, e *entry) (answer decide.Decisions, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	told, _ := d.told.peek(t.id().RunID)
	if err := t.read(ctx, reader{e, max(told, t.first.PreviousStartedEventId)}); err != nil {
		return answer, err
	}
	d.told.put(t.id().RunID, e.LastEvent(), 1)
	answer, err = e.Decide()
	if err != nil {
		err = &readError{err}
	}
	return answer, err
}

// prepare does what has to be done before an answer can be given.
func (d *Decider) prepare(ctx context.Context, e *entry, answer decide.Decisions, log *slog.Logger) error {
	for _, t := range answer.Register {
		k := deploy.Key{Kind: deploy.Activity, Name: t.Name, Version: t.Version}
		if t.Workflow {
			k.Kind = deploy.Workflow
		}
		var params map[string]json.RawMessage
		if s := e.Start(); s != nil {
			params = s.Params
		}
		err := deploy.Missing(ctx, d.cfg.Client, d.cfg.Client.Domain, t.Program, params, k)
		var away *account.Unreachable
		switch err = account.Explain(err); {
		case errors.As(err, &away):
			return &unregisteredError{k.String(), err}
		case err != nil: // the node will fail, since the service goes on not knowing the type
			log.Error("a type that is missing cannot be registered", "type", k.String(), "error", err)
		default:
			log.Info("a type that was missing is registered", "type", k.String())
		}
	}
	// Before the answer: after it, nobody would know of them if we ended now.
	for _, child := range answer.Terminate {
		_, err := d.cfg.Client.TerminateWorkflowExecution(ctx, &sdk.TerminateWorkflowExecutionInput{
			Domain: &d.cfg.Client.Domain, WorkflowId: &child, Reason: aws.String("its parent run has ended"),
		})
		var gone *types.UnknownResourceFault
		if err != nil && !errors.As(err, &gone) {
			return err
		}
	}
	if answer.Delay > 0 {
		time.Sleep(answer.Delay)
	}
	return nil
}

// respond sends an answer.
func (d *Decider) respond(ctx context.Context, t *task, answer decide.Decisions) error {
	in := &sdk.RespondDecisionTaskCompletedInput{TaskToken: t.first.TaskToken, Decisions: answer.List}
	if answer.Context != "" {
		in.ExecutionContext = &answer.Context
	}
	if _, err := d.cfg.Client.RespondDecisionTaskCompleted(ctx, in); err != nil {
		return &answerError{err, answer.List}
	}
	return nil
}

// closings are the decisions that close an execution, and how it ends.
var closings = map[types.DecisionType]string{
	types.DecisionTypeCompleteWorkflowExecution:      "completed",
	types.DecisionTypeFailWorkflowExecution:          "failed",
	types.DecisionTypeCancelWorkflowExecution:        "cancelled",
	types.DecisionTypeContinueAsNewWorkflowExecution: "continued",
}

// closing returns how an answer closes the execution, "" if it does not.
func closing(list []types.Decision) string {
	if len(list) == 0 {
		return ""
	}
	return closings[list[len(list)-1].DecisionType]
}

// passing reports whether an error says nothing of what is in memory.
func passing(err error) bool {
	switch why(err) {
	case LeftUnavailable, LeftUnknown:
		return true
	}
	return false
}
