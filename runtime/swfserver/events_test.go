package swfserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swfserver"
)

// everyEvent has executions that between them have an event of every type, but
// for RecordMarkerFailed, which is for want of a permission only. Whatever may
// be given to the service is given. It returns the events as they are sent.
func everyEvent(t *testing.T) []json.RawMessage {
	refused := map[string]swfserver.Rate{"StartTimer": {Burst: 2}}
	w := start(t, swfserver.Config{Throttle: refused, PollTime: time.Second, Lambda: func(ctx context.Context, name, input string) (string, error) {
		switch name {
		case "works":
			return input, nil
		case "fails":
			return "", &swfserver.LambdaError{Reason: "why", Details: "how"}
		}
		<-ctx.Done()
		return "", ctx.Err()
	}})
	text := aws.String("text")
	w.registerWorkflow("order", "2")
	runs := map[string]string{}
	begin := func(id string) {
		runs[id] = w.run(id, func(in *swf.StartWorkflowExecutionInput) {
			in.Input, in.TagList, in.LambdaRole = text, []string{"tag"}, text
			in.TaskList = &types.TaskList{Name: aws.String("of-" + id)}
		})
	}
	poll := func(id string) *swf.PollForDecisionTaskOutput {
		t.Helper()
		out, err := w.client.PollForDecisionTask(w.ctx, &swf.PollForDecisionTaskInput{Domain: aws.String(domain), TaskList: &types.TaskList{Name: aws.String("of-" + id)}, Identity: text})
		w.ok(err)
		if out.StartedEventId == 0 {
			t.Fatalf("got no decision task of %s", id)
		}
		if runs[id] == "" {
			runs[id] = *out.WorkflowExecution.RunId
		}
		return out
	}
	respond := func(task *swf.PollForDecisionTaskOutput, ds ...types.Decision) {
		t.Helper()
		_, err := w.client.RespondDecisionTaskCompleted(w.ctx, &swf.RespondDecisionTaskCompletedInput{TaskToken: task.TaskToken, Decisions: ds, ExecutionContext: text})
		w.ok(err)
	}
	decide := func(id string, ds ...types.Decision) {
		t.Helper()
		respond(poll(id), ds...)
	}
	work := func() *swf.PollForActivityTaskOutput {
		t.Helper()
		out, err := w.client.PollForActivityTask(w.ctx, &swf.PollForActivityTaskInput{Domain: aws.String(domain), TaskList: mainList, Identity: text})
		w.ok(err)
		return out
	}
	given := func(a *types.ScheduleActivityTaskDecisionAttributes) {
		a.Input, a.Control, a.TaskPriority, a.HeartbeatTimeout = text, text, aws.String("1"), aws.String("60")
	}
	marker := types.Decision{DecisionType: types.DecisionTypeRecordMarker, RecordMarkerDecisionAttributes: &types.RecordMarkerDecisionAttributes{MarkerName: text, Details: text}}
	function := func(name string) types.Decision {
		d := lambda(name)
		d.ScheduleLambdaFunctionDecisionAttributes.Input, d.ScheduleLambdaFunctionDecisionAttributes.Control = aws.String("{}"), text
		return d
	}
	kid := func(id string) types.Decision {
		return startChild(id, on("of-"+id), func(a *types.StartChildWorkflowExecutionDecisionAttributes) {
			a.Input, a.Control, a.TagList, a.TaskPriority = text, text, []string{"tag"}, aws.String("1")
			if id == "kid-timed-out" {
				a.ExecutionStartToCloseTimeout = aws.String("1")
			}
		})
	}
	fail := types.Decision{DecisionType: types.DecisionTypeFailWorkflowExecution, FailWorkflowExecutionDecisionAttributes: &types.FailWorkflowExecutionDecisionAttributes{Reason: text, Details: text}}
	cancel := types.Decision{DecisionType: types.DecisionTypeCancelWorkflowExecution, CancelWorkflowExecutionDecisionAttributes: &types.CancelWorkflowExecutionDecisionAttributes{Details: text}}
	renew := types.Decision{DecisionType: types.DecisionTypeContinueAsNewWorkflowExecution, ContinueAsNewWorkflowExecutionDecisionAttributes: &types.ContinueAsNewWorkflowExecutionDecisionAttributes{
		Input: text, TagList: []string{"tag"}, WorkflowTypeVersion: aws.String("2"), TaskPriority: aws.String("1"),
	}}

	begin("tasks")
	decide("tasks", scheduleActivity("completed", given), scheduleActivity("failed", given), scheduleActivity("cancelled", given), scheduleActivity("lost", given),
		scheduleActivity("unknown", func(a *types.ScheduleActivityTaskDecisionAttributes) {
			a.ActivityType = &types.ActivityType{Name: aws.String("none"), Version: aws.String("1")}
		}), cancelActivity("none"), marker, startTimer("cancelled", "9"), cancelTimer("cancelled"), startTimer("fired", "1"), startTimer("refused", "1"), cancelTimer("none"),
		function("works"), function("fails"), function("hangs"), function("works"))
	tokens := map[string]*string{}
	for range 4 {
		task := work()
		tokens[*task.ActivityId] = task.TaskToken
	}
	w.ok(w.completeActivity(tokens["completed"]))
	_, err := w.client.RespondActivityTaskFailed(w.ctx, &swf.RespondActivityTaskFailedInput{TaskToken: tokens["failed"], Reason: text, Details: text})
	w.ok(err)
	decide("tasks", cancelActivity("cancelled"))
	_, err = w.client.RespondActivityTaskCanceled(w.ctx, &swf.RespondActivityTaskCanceledInput{TaskToken: tokens["cancelled"], Details: text})
	w.ok(err)
	_, err = w.client.RecordActivityTaskHeartbeat(w.ctx, &swf.RecordActivityTaskHeartbeatInput{TaskToken: tokens["lost"], Details: text})
	w.ok(err)
	_, err = w.client.RequestCancelWorkflowExecution(w.ctx, &swf.RequestCancelWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: aws.String("tasks")})
	w.ok(err)
	for try := 0; strings.Count(kinds(w.history("tasks", runs["tasks"])), "LambdaFunctionStarted") < 3; try++ {
		if time.Sleep(time.Millisecond); try > 5000 {
			t.Fatal("the functions do not start")
		}
	}
	w.clock.Advance(time.Minute)
	poll("tasks")
	w.clock.Advance(5 * time.Minute) // the decision task times out

	begin("family")
	kids := []string{"kid-completed", "kid-failed", "kid-cancelled", "kid-timed-out", "kid-terminated", "kid-renewed"}
	task := poll("family")
	var births []types.Decision
	for _, k := range kids {
		births = append(births, kid(k))
	}
	respond(task, append(births, kid("family"), externalCancel("kid-completed"), externalSignal("kid-completed"), externalCancel("none"), externalSignal("none"))...)
	w.clock.Advance(time.Second)
	decide("kid-completed", complete())
	decide("kid-failed", fail)
	decide("kid-cancelled", cancel)
	decide("kid-renewed", renew)
	_, err = w.client.TerminateWorkflowExecution(w.ctx, &swf.TerminateWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: aws.String("kid-terminated"), Reason: text, Details: text})
	w.ok(err)
	for _, close := range []types.Decision{complete(), fail, cancel, renew} {
		task := poll("family")
		_, err := w.client.SignalWorkflowExecution(w.ctx, &swf.SignalWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: aws.String("family"), SignalName: text, Input: text})
		w.ok(err)
		respond(task, close)
	}
	for _, e := range w.history("family", runs["family"]) {
		if a := e.ChildWorkflowExecutionStartedEventAttributes; a != nil {
			runs[*a.WorkflowExecution.WorkflowId] = *a.WorkflowExecution.RunId
		}
	}
	runs["no-role"] = w.run("no-role", func(in *swf.StartWorkflowExecutionInput) {
		in.TaskList = &types.TaskList{Name: aws.String("of-no-role")}
	})
	decide("no-role", function("works"))

	var events []json.RawMessage
	for id, run := range runs {
		var history struct{ Events []json.RawMessage }
		w.ok(json.Unmarshal([]byte(w.wire(id, run)), &history))
		events = append(events, history.Events...)
	}
	return events
}

// A form is what is seen of the members of the events of a type: the kind of
// JSON of each, and how often it is there.
type form struct {
	seen    int
	members map[string]string
	often   map[string]int
}

func forms(t *testing.T, events []json.RawMessage) map[string]*form {
	found := map[string]*form{}
	for _, text := range events {
		var e map[string]any
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		name := e["eventType"].(string)
		f := found[name]
		if f == nil {
			f = &form{members: map[string]string{}, often: map[string]int{}}
			found[name] = f
		}
		f.seen++
		note := func(prefix string, members map[string]any) {
			for member, v := range members {
				f.members[prefix+member] = fmt.Sprintf("%T", v)
				f.often[prefix+member]++
			}
		}
		note("", e)
		for member, v := range e {
			if a, ok := v.(map[string]any); ok {
				note(member+".", a)
			}
		}
	}
	return found
}

// TestEveryEventHasTheFormOfTheService compares the events of every type with
// the model of the service, as the SDK has it, and with recordings of it.
func TestEveryEventHasTheFormOfTheService(t *testing.T) {
	ours := forms(t, everyEvent(t))
	for _, name := range types.EventType("").Values() {
		f := ours[string(name)]
		if f == nil {
			if name != types.EventTypeRecordMarkerFailed {
				t.Errorf("no event %s was made", name)
			}
			continue
		}
		field, ok := reflect.TypeFor[types.HistoryEvent]().FieldByName(string(name) + "EventAttributes")
		if !ok {
			t.Fatalf("the SDK has no %s", name)
		}
		for member := range f.members {
			_, inner, nested := strings.Cut(member, ".")
			if !nested {
				continue
			}
			if _, ok := field.Type.Elem().FieldByName(strings.ToUpper(inner[:1]) + inner[1:]); !ok {
				t.Errorf("%s has the member %s, which the service does not have", name, inner)
			}
		}
	}

	text, err := os.ReadFile("testdata/recorded-histories.json")
	if err != nil {
		t.Fatal(err)
	}
	var recordings []struct{ Events []json.RawMessage }
	if err := json.Unmarshal(text, &recordings); err != nil {
		t.Fatal(err)
	}
	var recorded []json.RawMessage
	for _, r := range recordings {
		recorded = append(recorded, r.Events...)
	}
	for name, theirs := range forms(t, recorded) {
		f := ours[name]
		for member, kind := range theirs.members {
			if f.members[member] != kind {
				t.Errorf("%s: recorded %s as %s, written as %q", name, member, kind, f.members[member])
			}
			if theirs.often[member] == theirs.seen && theirs.seen > 1 && f.often[member] != f.seen && !optional[member[strings.IndexByte(member, '.')+1:]] {
				t.Errorf("%s: %s is in every recorded event, and in %d of %d that were written", name, member, f.often[member], f.seen)
			}
		}
	}
}

// optional holds the members that are there if the client gave them.
var optional = map[string]bool{"input": true, "result": true, "control": true, "details": true, "reason": true, "identity": true, "executionContext": true, "tagList": true}
