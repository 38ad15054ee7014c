package swfserver_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swfserver"
)

func contextFor(d time.Duration) (context.Context, func()) {
	return context.WithTimeout(context.Background(), d)
}

// causeOf returns the cause that an event gives, whatever its type.
func causeOf(e types.HistoryEvent) string {
	text, _ := json.Marshal(e)
	var members map[string]json.RawMessage
	_ = json.Unmarshal(text, &members)
	for _, m := range members {
		var a struct{ Cause string }
		if json.Unmarshal(m, &a) == nil && a.Cause != "" {
			return a.Cause
		}
	}
	return ""
}

// on gives a child its own task list.
func on(name string) func(*types.StartChildWorkflowExecutionDecisionAttributes) {
	return func(a *types.StartChildWorkflowExecutionDecisionAttributes) {
		a.TaskList = &types.TaskList{Name: &name}
	}
}

func (w *world) decisionOn(name string) *swf.PollForDecisionTaskOutput {
	w.t.Helper()
	out, err := w.client.PollForDecisionTask(w.ctx, &swf.PollForDecisionTaskInput{Domain: aws.String(domain), TaskList: &types.TaskList{Name: &name}})
	w.ok(err)
	if out.StartedEventId == 0 {
		w.t.Fatalf("got no decision task on %s", name)
	}
	return out
}

func TestEveryEndOfAChildIsTold(t *testing.T) {
	decision := func(kind types.DecisionType) types.Decision { return types.Decision{DecisionType: kind} }
	for _, c := range []struct {
		end  func(w *world, token *string)
		want string
	}{
		{func(w *world, token *string) { w.ok(w.respond(token, complete())) }, "ChildWorkflowExecutionCompleted"},
		{func(w *world, token *string) { w.ok(w.respond(token, decision("FailWorkflowExecution"))) }, "ChildWorkflowExecutionFailed"},
		{func(w *world, token *string) { w.ok(w.respond(token, decision("CancelWorkflowExecution"))) }, "ChildWorkflowExecutionCanceled"},
		{func(w *world, token *string) { w.clock.Advance(3000 * time.Second) }, "ChildWorkflowExecutionTimedOut"},
		{func(w *world, token *string) {
			_, err := w.client.TerminateWorkflowExecution(w.ctx, &swf.TerminateWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: aws.String("kid")})
			w.ok(err)
		}, "ChildWorkflowExecutionTerminated"},
		{func(w *world, token *string) {
			w.ok(w.respond(token, decision("ContinueAsNewWorkflowExecution"))) // on the list of the type
			w.decide(complete())
		}, "ChildWorkflowExecutionCompleted"},
	} {
		t.Run(c.want, func(t *testing.T) {
			w := start(t, swfserver.Config{})
			id := w.run("o")
			w.decide(startChild("kid", on("kids"), func(a *types.StartChildWorkflowExecutionDecisionAttributes) {
				a.ExecutionStartToCloseTimeout, a.TaskStartToCloseTimeout = aws.String("3000"), aws.String("NONE")
			}))
			w.after("o", id, 4, "StartChildWorkflowExecutionInitiated ChildWorkflowExecutionStarted DecisionTaskScheduled")
			w.decide()
			c.end(w, w.decisionOn("kids").TaskToken)
			w.after("o", id, 9, c.want+" DecisionTaskScheduled")
			if n := w.describe("o", id).OpenCounts.OpenChildWorkflowExecutions; n != 0 {
				t.Errorf("got %d open children, want 0", n)
			}
		})
	}
}

func TestChildPolicies(t *testing.T) {
	for _, c := range []struct {
		policy types.ChildPolicy
		want   string // the last event of the child
	}{
		{types.ChildPolicyTerminate, "WorkflowExecutionTerminated"},
		{types.ChildPolicyRequestCancel, "DecisionTaskScheduled"},
		{types.ChildPolicyAbandon, "DecisionTaskStarted"},
	} {
		t.Run(string(c.policy), func(t *testing.T) {
			w := start(t, swfserver.Config{})
			id := w.run("o")
			w.decide(startChild("kid", on("kids")))
			kid := w.decisionOn("kids")
			_, err := w.client.TerminateWorkflowExecution(w.ctx, &swf.TerminateWorkflowExecutionInput{
				Domain: aws.String(domain), WorkflowId: aws.String("o"), ChildPolicy: c.policy, Reason: aws.String("enough"),
			})
			w.ok(err)
			events := w.history("o", id)
			if a := events[len(events)-1].WorkflowExecutionTerminatedEventAttributes; a == nil || a.Cause != types.WorkflowExecutionTerminatedCauseOperatorInitiated || a.ChildPolicy != c.policy {
				t.Errorf("got %+v", a)
			}
			events = w.history("kid", *kid.WorkflowExecution.RunId)
			if got := string(events[len(events)-1].EventType); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if c.policy == types.ChildPolicyTerminate {
				w.fault(w.respond(kid.TaskToken), "UnknownResourceFault", "Unknown execution: WorkflowExecution=[workflowId=kid, runId="+*kid.WorkflowExecution.RunId+"]")
			}
		})
	}
}

func TestAnExecutionThatTimesOut(t *testing.T) {
	w := start(t, swfserver.Config{})
	id := w.run("o")
	w.decide(scheduleActivity("a"), startTimer("t", "3600"))
	w.clock.Advance(time.Hour)
	w.after("o", id, 6, "WorkflowExecutionTimedOut")
	info := w.describe("o", id)
	if info.ExecutionInfo.CloseStatus != types.CloseStatusTimedOut || info.OpenCounts.OpenTimers != 1 || info.OpenCounts.OpenActivityTasks != 1 {
		t.Errorf("got %+v, want a time-out with a timer and a task still open", info)
	}
	w.clock.Advance(7*24*time.Hour - time.Millisecond)
	w.describe("o", id)
	w.clock.Advance(time.Millisecond)
	_, err := w.client.DescribeWorkflowExecution(w.ctx, &swf.DescribeWorkflowExecutionInput{Domain: aws.String(domain), Execution: &types.WorkflowExecution{WorkflowId: aws.String("o"), RunId: &id}})
	w.fault(err, "UnknownResourceFault", "Unknown execution: WorkflowExecution=[workflowId=o, runId="+id+"]")
}

func TestSignalsAndCancelRequestsBetweenRuns(t *testing.T) {
	w := start(t, swfserver.Config{})
	one := w.run("one")
	token := w.decision().TaskToken
	two := w.run("two")
	w.ok(w.respond(token,
		types.Decision{DecisionType: types.DecisionTypeSignalExternalWorkflowExecution, SignalExternalWorkflowExecutionDecisionAttributes: &types.SignalExternalWorkflowExecutionDecisionAttributes{WorkflowId: aws.String("two"), SignalName: aws.String("s"), Input: aws.String("i")}},
		types.Decision{DecisionType: types.DecisionTypeRequestCancelExternalWorkflowExecution, RequestCancelExternalWorkflowExecutionDecisionAttributes: &types.RequestCancelExternalWorkflowExecutionDecisionAttributes{WorkflowId: aws.String("two"), RunId: &two}},
	))
	w.after("one", one, 4, "SignalExternalWorkflowExecutionInitiated RequestCancelExternalWorkflowExecutionInitiated "+
		"ExternalWorkflowExecutionSignaled DecisionTaskScheduled ExternalWorkflowExecutionCancelRequested")
	events := w.after("two", two, 2, "WorkflowExecutionSignaled WorkflowExecutionCancelRequested")
	if a := events[2].WorkflowExecutionSignaledEventAttributes; a.ExternalInitiatedEventId != 5 || *a.ExternalWorkflowExecution.RunId != one || *a.Input != "i" {
		t.Errorf("got %+v", a)
	}
	if !w.describe("two", two).ExecutionInfo.CancelRequested {
		t.Error("the run does not show that cancellation was requested")
	}
}

func TestTheLimitOfAHistory(t *testing.T) {
	w := start(t, swfserver.Config{Quotas: swfserver.Quotas{HistoryEvents: 10}})
	id := w.run("o")
	for range 6 {
		w.signal("o")
	}
	w.signal("o")
	events := w.history("o", id)
	a := events[len(events)-1].WorkflowExecutionTerminatedEventAttributes
	if len(events) != 10 || a == nil || a.Cause != types.WorkflowExecutionTerminatedCauseEventLimitExceeded {
		t.Errorf("got %d events, the last %s", len(events), events[len(events)-1].EventType)
	}
}

func TestNamesOfAnyFormForChildrenAndExternalRuns(t *testing.T) {
	w := start(t, swfserver.Config{})
	w.run("o")
	name := "22a/b+c=:1" // AWS's flow frameworks put a number behind the parent's run id
	w.decide(startChild(name, on("kids")),
		types.Decision{DecisionType: types.DecisionTypeSignalExternalWorkflowExecution, SignalExternalWorkflowExecutionDecisionAttributes: &types.SignalExternalWorkflowExecutionDecisionAttributes{WorkflowId: &name, SignalName: aws.String("s")}},
		types.Decision{DecisionType: types.DecisionTypeRequestCancelExternalWorkflowExecution, RequestCancelExternalWorkflowExecutionDecisionAttributes: &types.RequestCancelExternalWorkflowExecutionDecisionAttributes{WorkflowId: &name}})
	kid := w.decisionOn("kids").WorkflowExecution
	if *kid.WorkflowId != name {
		t.Errorf("got child %s, want %s", *kid.WorkflowId, name)
	}
	_, err := w.client.SignalWorkflowExecution(w.ctx, &swf.SignalWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: &name, SignalName: aws.String("t")})
	w.ok(err)
	_, err = w.client.RequestCancelWorkflowExecution(w.ctx, &swf.RequestCancelWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: &name})
	w.ok(err)
	_, err = w.client.DescribeWorkflowExecution(w.ctx, &swf.DescribeWorkflowExecutionInput{Domain: aws.String(domain), Execution: kid})
	w.ok(err)
	_, err = w.client.TerminateWorkflowExecution(w.ctx, &swf.TerminateWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: &name})
	w.ok(err)
	closed := w.history(name, *kid.RunId)
	if last := closed[len(closed)-1].EventType; last != types.EventTypeWorkflowExecutionTerminated {
		t.Errorf("got a child that ends with %s", last)
	}
}
