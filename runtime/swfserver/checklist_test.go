package swfserver_test

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swfserver"
)

// decisionOf returns a decision that needs no attributes.
func decisionOf(kind types.DecisionType) types.Decision { return types.Decision{DecisionType: kind} }

func externalCancel(id string) types.Decision {
	return types.Decision{
		DecisionType: types.DecisionTypeRequestCancelExternalWorkflowExecution,
		RequestCancelExternalWorkflowExecutionDecisionAttributes: &types.RequestCancelExternalWorkflowExecutionDecisionAttributes{WorkflowId: &id},
	}
}

func externalSignal(id string) types.Decision {
	return types.Decision{
		DecisionType: types.DecisionTypeSignalExternalWorkflowExecution,
		SignalExternalWorkflowExecutionDecisionAttributes: &types.SignalExternalWorkflowExecutionDecisionAttributes{WorkflowId: &id, SignalName: aws.String("s")},
	}
}

func (w *world) completeActivity(token *string) error {
	_, err := w.client.RespondActivityTaskCompleted(w.ctx, &swf.RespondActivityTaskCompletedInput{TaskToken: token, Result: aws.String("1")})
	return err
}

// wire returns the history of a run as it is sent.
func (w *world) wire(workflowID, runID string) string {
	w.t.Helper()
	body, _ := json.Marshal(map[string]any{"domain": domain, "execution": map[string]string{"workflowId": workflowID, "runId": runID}})
	_, text, _ := raw(w.server, "SimpleWorkflowService.GetWorkflowExecutionHistory", string(body))
	return text
}

// has checks that what is sent says something.
func (w *world) has(text string, wants ...string) {
	w.t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			w.t.Errorf("got no %s in %s", want, text)
		}
	}
}

// TestChecklist holds the server to the behaviours of the service that are easy
// to get wrong and that clients rely on, one a row.
func TestChecklist(t *testing.T) {
	for _, c := range []struct {
		name string
		test func(w *world)
	}{
		{"1 at most one decision task is scheduled and one started, and it follows its trigger at once", func(w *world) {
			id := w.run("o")
			first := w.decision()
			w.clock.Advance(time.Second)
			w.signal("o")
			w.signal("o")
			events := w.after("o", id, 3, "WorkflowExecutionSignaled DecisionTaskScheduled WorkflowExecutionSignaled")
			if !events[3].EventTimestamp.Equal(*events[4].EventTimestamp) {
				w.t.Error("the decision task has another time than its trigger")
			}
			w.idle()
			w.ok(w.respond(first.TaskToken))
			w.decision()
		}},
		{"2 a close is refused only if something new has arrived, and no decision task is added", func(w *world) {
			id := w.run("o")
			task := w.decision()
			w.signal("o")
			w.ok(w.respond(task.TaskToken, complete()))
			w.after("o", id, 3, "WorkflowExecutionSignaled DecisionTaskScheduled DecisionTaskCompleted CompleteWorkflowExecutionFailed")
			w.decide(scheduleActivity("a"))
			w.ok(w.completeActivity(w.activity().TaskToken))
			w.decide(cancelActivity("none"), complete()) // its own failure is nothing that has arrived
			if s := w.describe("o", id).ExecutionInfo.CloseStatus; s != types.CloseStatusCompleted {
				w.t.Errorf("got status %q, want COMPLETED", s)
			}
		}},
		{"3 members that are 0, false or empty are there", func(w *world) {
			id := w.run("o")
			_, body, _ := raw(w.server, "SimpleWorkflowService.PollForDecisionTask", `{"domain":"shop","taskList":{"name":"main"}}`)
			w.has(body, `"previousStartedEventId":0`, `"parentInitiatedEventId":0`)
			var task struct{ TaskToken string }
			w.ok(json.Unmarshal([]byte(body), &task))
			w.ok(w.respond(&task.TaskToken, scheduleActivity("a"), cancelActivity("a")))
			w.signal("o")
			w.has(w.wire("o", id), `"externalInitiatedEventId":0`, `"startedEventId":0`)
			_, body, _ = raw(w.server, "SimpleWorkflowService.DescribeWorkflowExecution", `{"domain":"shop","execution":{"workflowId":"o","runId":"`+id+`"}}`)
			w.has(body, `"cancelRequested":false`)
			w.decide(types.Decision{
				DecisionType: types.DecisionTypeCancelWorkflowExecution,
				CancelWorkflowExecutionDecisionAttributes: &types.CancelWorkflowExecutionDecisionAttributes{Details: aws.String("")},
			})
			w.has(w.wire("o", id), `"details":""`)
		}},
		{"4 empty polls have no task token", func(w *world) {
			for target, want := range map[string]string{
				"PollForDecisionTask": `{"previousStartedEventId":0,"startedEventId":0}`,
				"PollForActivityTask": `{"startedEventId":0}`,
			} {
				if _, body, _ := raw(w.server, "SimpleWorkflowService."+target, `{"domain":"shop","taskList":{"name":"main"}}`); body != want {
					w.t.Errorf("%s: got %s, want %s", target, body, want)
				}
			}
		}},
		{"5 a poll whose client hung up takes no task", func(w *world) {
			ctx, cancel := context.WithCancel(w.ctx)
			cancel()
			if _, err := w.client.PollForDecisionTask(ctx, &swf.PollForDecisionTaskInput{Domain: aws.String(domain), TaskList: mainList}); err == nil {
				w.t.Error("got an answer")
			}
			w.run("o")
			w.decision()
		}},
		{"6 events carry what was taken from the type", func(w *world) {
			id := w.run("o")
			w.decide(scheduleActivity("a"), startChild("kid", on("kids")))
			events := w.history("o", id)
			started := events[0].WorkflowExecutionStartedEventAttributes
			task := events[4].ActivityTaskScheduledEventAttributes
			child := events[5].StartChildWorkflowExecutionInitiatedEventAttributes
			for name, got := range map[string]*string{
				"300": started.TaskStartToCloseTimeout, "3600": started.ExecutionStartToCloseTimeout,
				"main": task.TaskList.Name, "NONE": task.HeartbeatTimeout, "kids": child.TaskList.Name,
			} {
				if aws.ToString(got) != name {
					w.t.Errorf("got %q, want %s", aws.ToString(got), name)
				}
			}
			if aws.ToString(child.ExecutionStartToCloseTimeout) != "3600" || child.ChildPolicy != types.ChildPolicyTerminate {
				w.t.Errorf("got %+v", child)
			}
		}},
		{"7 ids are taken only while what has them is open", func(w *world) {
			id := w.run("o")
			w.decide(startTimer("t", "5"), startTimer("t", "5"), cancelTimer("t"), startTimer("t", "5"))
			w.after("o", id, 4, "TimerStarted StartTimerFailed DecisionTaskScheduled TimerCanceled TimerStarted")
			w.decide(complete())
			w.run("o")
		}},
		{"8 an activity that was not started is cancelled at once", func(w *world) {
			id := w.run("o")
			w.decide(scheduleActivity("a"), cancelActivity("a"))
			w.after("o", id, 4, "ActivityTaskScheduled ActivityTaskCancelRequested ActivityTaskCanceled DecisionTaskScheduled")
			w.decide(scheduleActivity("b"))
			token := w.activity().TaskToken
			w.signal("o")
			w.decide(cancelActivity("b"))
			beat, err := w.client.RecordActivityTaskHeartbeat(w.ctx, &swf.RecordActivityTaskHeartbeatInput{TaskToken: token})
			w.ok(err)
			if !beat.CancelRequested {
				w.t.Error("the heartbeat of the started one says nothing")
			}
			w.ok(w.completeActivity(token))
		}},
		{"9 what goes to another execution is initiated even if there is none", func(w *world) {
			id := w.run("o")
			w.decide(externalCancel("nobody"), externalSignal("nobody"))
			w.after("o", id, 4, "RequestCancelExternalWorkflowExecutionInitiated SignalExternalWorkflowExecutionInitiated "+
				"RequestCancelExternalWorkflowExecutionFailed DecisionTaskScheduled SignalExternalWorkflowExecutionFailed")
		}},
		{"10 only a child that runs already is initiated before it fails", func(w *world) {
			id := w.run("o")
			unknown := func(a *types.StartChildWorkflowExecutionDecisionAttributes) {
				a.WorkflowType = &types.WorkflowType{Name: aws.String("none"), Version: aws.String("1")}
			}
			w.decide(startChild("o"), startChild("kid", unknown))
			events := w.after("o", id, 4, "StartChildWorkflowExecutionInitiated StartChildWorkflowExecutionFailed DecisionTaskScheduled StartChildWorkflowExecutionFailed")
			if n, m := events[7].StartChildWorkflowExecutionFailedEventAttributes.InitiatedEventId, events[5].StartChildWorkflowExecutionFailedEventAttributes.InitiatedEventId; n != 5 || m != 0 {
				w.t.Errorf("got initiatedEventId %d and %d, want 5 and 0", n, m)
			}
		}},
		{"11 whatever comes too late is refused", func(w *world) {
			w.run("o")
			w.decide(scheduleActivity("a", func(a *types.ScheduleActivityTaskDecisionAttributes) { a.StartToCloseTimeout = aws.String("5") }), scheduleActivity("b"))
			late := w.activity().TaskToken
			w.clock.Advance(5 * time.Second)
			_, err := w.client.RecordActivityTaskHeartbeat(w.ctx, &swf.RecordActivityTaskHeartbeatInput{TaskToken: late})
			w.fault(err, "UnknownResourceFault", "Unknown activity, scheduledEventId = 5")
			open := w.activity().TaskToken
			w.decide(complete())
			w.fault(w.completeActivity(open), "UnknownResourceFault", "")
		}},
		{"12 a decision task that timed out comes again with another token and two more events", func(w *world) {
			w.run("o")
			first := w.decision()
			w.clock.Advance(300 * time.Second)
			again := w.decision()
			if *again.TaskToken == *first.TaskToken || kinds(again.Events[3:]) != "DecisionTaskTimedOut DecisionTaskScheduled DecisionTaskStarted" {
				w.t.Errorf("got %s", kinds(again.Events))
			}
		}},
		{"13 an invalid batch leaves everything as it was", func(w *world) {
			id := w.run("o")
			token := w.decision().TaskToken
			w.fault(w.respond(token, startTimer("t", "1"), complete(), startTimer("u", "1")), "ValidationException", "Close must be last decision in list")
			w.after("o", id, 3, "")
			w.ok(w.respond(token, startTimer("t", "1")))
		}},
		{"14 no decisions, no new decision task", func(w *world) {
			w.run("o")
			w.decide()
			w.idle()
		}},
		{"15 the child policy is for a termination and a time-out only", func(w *world) {
			for _, end := range []string{"complete", "terminate"} {
				w.run(end)
				w.decide(startChild("of-"+end, on("of-"+end)))
				kid := *w.decisionOn("of-" + end).WorkflowExecution.RunId
				if end == "complete" {
					w.decide(complete())
				} else {
					_, err := w.client.TerminateWorkflowExecution(w.ctx, &swf.TerminateWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: &end})
					w.ok(err)
				}
				if open := w.describe("of-"+end, kid).ExecutionInfo.ExecutionStatus == types.ExecutionStatusOpen; open != (end == "complete") {
					w.t.Errorf("%s: the child is open: %t", end, open)
				}
			}
		}},
		{"16 a run that continues has the id, and what the decision or the type says", func(w *world) {
			w.run("o", func(in *swf.StartWorkflowExecutionInput) {
				in.TagList, in.TaskStartToCloseTimeout = []string{"t"}, aws.String("7")
			})
			w.decide(decisionOf(types.DecisionTypeContinueAsNewWorkflowExecution))
			task := w.decision()
			a := task.Events[0].WorkflowExecutionStartedEventAttributes
			if *task.WorkflowExecution.WorkflowId != "o" || a.TagList != nil || *a.TaskStartToCloseTimeout != "300" {
				w.t.Errorf("got %+v", a)
			}
			_, err := w.client.StartWorkflowExecution(w.ctx, &swf.StartWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: aws.String("o"), WorkflowType: workflowType})
			w.fault(err, "WorkflowExecutionAlreadyStartedFault", "Already Started")
		}},
		{"17 types by name, executions newest first", func(w *world) {
			w.registerActivity("zip", "1")
			w.registerActivity("add", "1")
			out, err := w.client.ListActivityTypes(w.ctx, &swf.ListActivityTypesInput{Domain: aws.String(domain), RegistrationStatus: types.RegistrationStatusRegistered})
			w.ok(err)
			names := ""
			for _, i := range out.TypeInfos {
				names += *i.ActivityType.Name + " "
			}
			w.run("first")
			w.clock.Advance(time.Second)
			w.run("second")
			open, err := w.client.ListOpenWorkflowExecutions(w.ctx, &swf.ListOpenWorkflowExecutionsInput{
				Domain: aws.String(domain), StartTimeFilter: &types.ExecutionTimeFilter{OldestDate: aws.Time(time.Unix(0, 0))},
			})
			w.ok(err)
			if names != "add pay zip " || len(open.ExecutionInfos) != 2 || *open.ExecutionInfos[0].Execution.WorkflowId != "second" {
				w.t.Errorf("got %s and %+v", names, open.ExecutionInfos)
			}
		}},
		{"18 a run id is required, and a page token is for its query", func(w *world) {
			status, body, _ := raw(w.server, "SimpleWorkflowService.DescribeWorkflowExecution", `{"domain":"shop","execution":{"workflowId":"o"}}`)
			if status != 400 {
				w.t.Errorf("got %d", status)
			}
			w.has(body, "ValidationException", "execution.runId")
			id := w.run("o")
			in := &swf.GetWorkflowExecutionHistoryInput{Domain: aws.String(domain), Execution: &types.WorkflowExecution{WorkflowId: aws.String("o"), RunId: &id}, MaximumPageSize: 1}
			page, err := w.client.GetWorkflowExecutionHistory(w.ctx, in)
			w.ok(err)
			in.NextPageToken, in.ReverseOrder = page.NextPageToken, true
			_, err = w.client.GetWorkflowExecutionHistory(w.ctx, in)
			w.fault(err, "ValidationException", "Invalid token")
		}},
		{"19 what is deprecated exists", func(w *world) {
			_, err := w.client.DeprecateActivityType(w.ctx, &swf.DeprecateActivityTypeInput{Domain: aws.String(domain), ActivityType: activityType})
			w.ok(err)
			_, err = w.client.RegisterActivityType(w.ctx, &swf.RegisterActivityTypeInput{Domain: aws.String(domain), Name: activityType.Name, Version: activityType.Version})
			w.fault(err, "TypeAlreadyExistsFault", "ActivityType=[name=pay, version=1]")
		}},
		{"20 a decision task says that it need not be started in time", func(w *world) {
			id := w.run("o")
			w.has(w.wire("o", id), `"scheduleToStartTimeout":"NONE"`)
		}},
		{"21 closed executions vanish when their retention ends", func(w *world) {
			for _, days := range []string{"1", "0", "NONE"} {
				_, err := w.client.RegisterDomain(w.ctx, &swf.RegisterDomainInput{Name: aws.String("d" + days), WorkflowExecutionRetentionPeriodInDays: &days})
				w.ok(err)
				_, err = w.client.RegisterWorkflowType(w.ctx, &swf.RegisterWorkflowTypeInput{
					Domain: aws.String("d" + days), Name: workflowType.Name, Version: workflowType.Version, DefaultTaskList: mainList, DefaultChildPolicy: types.ChildPolicyAbandon,
					DefaultExecutionStartToCloseTimeout: aws.String("9"), DefaultTaskStartToCloseTimeout: aws.String("9"),
				})
				w.ok(err)
				out, err := w.client.StartWorkflowExecution(w.ctx, &swf.StartWorkflowExecutionInput{Domain: aws.String("d" + days), WorkflowId: aws.String("o"), WorkflowType: workflowType})
				w.ok(err)
				_, err = w.client.TerminateWorkflowExecution(w.ctx, &swf.TerminateWorkflowExecutionInput{Domain: aws.String("d" + days), WorkflowId: aws.String("o")})
				w.ok(err)
				describe := func() error {
					_, err := w.client.DescribeWorkflowExecution(w.ctx, &swf.DescribeWorkflowExecutionInput{
						Domain: aws.String("d" + days), Execution: &types.WorkflowExecution{WorkflowId: aws.String("o"), RunId: out.RunId},
					})
					return err
				}
				w.clock.Advance(0)
				if n, _ := strconv.Atoi(days); n > 0 {
					w.ok(describe())
					w.clock.Advance(time.Duration(n) * 24 * time.Hour)
				}
				w.fault(describe(), "UnknownResourceFault", "")
			}
		}},
		{"22 a function that nobody knows fails", func(w *world) {
			id := w.run("o", func(in *swf.StartWorkflowExecutionInput) { in.LambdaRole = aws.String("r") })
			w.decide(lambda("none"))
			w.decision()
			a := w.history("o", id)[6].LambdaFunctionFailedEventAttributes
			if a == nil || *a.Reason != "ResourceNotFoundException" {
				w.t.Errorf("got %+v", a)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, swfserver.Config{PollTime: 100 * time.Millisecond})
			c.test(w)
		})
	}
}

// lambda schedules the function of a name.
func lambda(name string) types.Decision {
	return types.Decision{DecisionType: types.DecisionTypeScheduleLambdaFunction, ScheduleLambdaFunctionDecisionAttributes: &types.ScheduleLambdaFunctionDecisionAttributes{
		Id: &name, Name: &name, StartToCloseTimeout: aws.String("5"),
	}}
}
