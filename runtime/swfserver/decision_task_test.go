package swfserver_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swfserver"
)

// after checks the kinds of the events of a run that follow the first n.
func (w *world) after(workflowID, runID string, n int, want string) []types.HistoryEvent {
	w.t.Helper()
	events := w.history(workflowID, runID)
	if len(events) < n {
		w.t.Fatalf("got %d events, want more than %d", len(events), n)
	}
	if got := kinds(events[n:]); got != want {
		w.t.Errorf("got %s\nwant %s", got, want)
	}
	return events
}

func (w *world) signal(workflowID string) {
	w.t.Helper()
	_, err := w.client.SignalWorkflowExecution(w.ctx, &swf.SignalWorkflowExecutionInput{
		Domain: aws.String(domain), WorkflowId: &workflowID, SignalName: aws.String("go"),
	})
	w.ok(err)
}

func (w *world) describe(workflowID, runID string) *swf.DescribeWorkflowExecutionOutput {
	w.t.Helper()
	out, err := w.client.DescribeWorkflowExecution(w.ctx, &swf.DescribeWorkflowExecutionInput{
		Domain: aws.String(domain), Execution: &types.WorkflowExecution{WorkflowId: &workflowID, RunId: &runID},
	})
	w.ok(err)
	return out
}

func TestTriggersBatchUpBeforeTheFirstPoll(t *testing.T) {
	w := start(t, swfserver.Config{})
	id := w.run("o")
	for range 5 {
		w.signal("o")
	}
	w.decide(complete())
	if n := len(w.history("o", id)); n != 10 {
		t.Errorf("got %d events, want 10", n)
	}
}

func TestATriggerWhileADecisionTaskIsStarted(t *testing.T) {
	w := start(t, swfserver.Config{})
	id := w.run("o")
	first := w.decision()
	w.signal("o")
	w.idle() // the second waits for the first
	if err := w.respond(first.TaskToken, startTimer("t", "9"), complete()); err == nil {
		t.Error("a timer beside a close was accepted")
	}
	w.ok(w.respond(first.TaskToken, types.Decision{
		DecisionType:                   types.DecisionTypeRecordMarker,
		RecordMarkerDecisionAttributes: &types.RecordMarkerDecisionAttributes{MarkerName: aws.String("m")},
	}, complete()))
	w.after("o", id, 3, "WorkflowExecutionSignaled DecisionTaskScheduled DecisionTaskCompleted MarkerRecorded CompleteWorkflowExecutionFailed")
	second := w.decision()
	if second.PreviousStartedEventId != 3 {
		t.Errorf("got previousStartedEventId %d, want 3", second.PreviousStartedEventId)
	}
	w.ok(w.respond(second.TaskToken))
	w.idle()
	if n := w.describe("o", id).OpenCounts.OpenDecisionTasks; n != 0 {
		t.Errorf("got %d open decision tasks after a response without decisions, want 0", n)
	}
}

func TestADecisionTaskThatTimesOut(t *testing.T) {
	w := start(t, swfserver.Config{})
	id := w.run("o")
	old := w.decision()
	w.clock.Advance(300 * time.Second)
	w.after("o", id, 3, "DecisionTaskTimedOut DecisionTaskScheduled")
	w.fault(w.respond(old.TaskToken), "UnknownResourceFault", "Unknown decision task, scheduledEventId = 2")
	if again := w.decision(); *again.TaskToken == *old.TaskToken || again.PreviousStartedEventId != 0 {
		t.Errorf("got the token of the task that timed out, or previousStartedEventId %d", again.PreviousStartedEventId)
	}
}

func TestALentTaskListIsGivenBackWhenATaskOnItTimesOut(t *testing.T) {
	w := start(t, swfserver.Config{})
	id := w.run("o")
	_, err := w.client.RespondDecisionTaskCompleted(w.ctx, &swf.RespondDecisionTaskCompletedInput{
		TaskToken: w.decision().TaskToken, TaskList: &types.TaskList{Name: aws.String("sticky")}, TaskListScheduleToStartTimeout: aws.String("5"),
	})
	w.ok(err)
	w.signal("o")
	w.idle()
	w.clock.Advance(5 * time.Second)
	events := w.after("o", id, 4, "WorkflowExecutionSignaled DecisionTaskScheduled DecisionTaskTimedOut DecisionTaskScheduled")
	sticky, original := events[5].DecisionTaskScheduledEventAttributes, events[7].DecisionTaskScheduledEventAttributes
	if *sticky.TaskList.Name != "sticky" || *sticky.ScheduleToStartTimeout != "5" || *original.TaskList.Name != list || *original.ScheduleToStartTimeout != "NONE" {
		t.Errorf("got lists %s (%s) and %s (%s)", *sticky.TaskList.Name, *sticky.ScheduleToStartTimeout, *original.TaskList.Name, *original.ScheduleToStartTimeout)
	}
	w.decision()
}

func TestABadBatchLeavesEverythingAsItWas(t *testing.T) {
	w := start(t, swfserver.Config{})
	id := w.run("o")
	task := w.decision()
	long := strings.Repeat("é", 32769)
	for _, c := range []struct {
		name    string
		batch   []types.Decision
		message string
	}{
		{"a close before the end", []types.Decision{complete(), startTimer("t", "1")}, "Close must be last decision in list"},
		{"a timer beside a close", []types.Decision{startTimer("t", "1"), complete()}, "Specified decision is incompatible with close decision"},
		{"an activity beside a close", []types.Decision{scheduleActivity("a"), complete()}, "Specified decision is incompatible with close decision"},
		{"no attributes", []types.Decision{startTimer("t", "1"), {DecisionType: types.DecisionTypeStartTimer}},
			"2 validation errors detected: Value null at 'decisions.2.member.startTimerDecisionAttributes.timerId' failed to satisfy constraint: Member must not be null; Value null at 'decisions.2.member.startTimerDecisionAttributes.startToFireTimeout' failed to satisfy constraint: Member must not be null"},
		{"a close before a type unheard of", []types.Decision{complete(), {DecisionType: "Other"}}, "Close must be last decision in list"},
		{"attributes of another", []types.Decision{{DecisionType: types.DecisionTypeStartTimer, StartTimerDecisionAttributes: startTimer("t", "1").StartTimerDecisionAttributes, CancelTimerDecisionAttributes: cancelTimer("t").CancelTimerDecisionAttributes}}, ""},
		{"a timer without an end", []types.Decision{startTimer("t", "NONE")}, ""},
		{"too long an input", []types.Decision{scheduleActivity("a", func(a *types.ScheduleActivityTaskDecisionAttributes) { a.Input = &long })},
			"1 validation error detected: Value '" + long + "' at 'decisions.1.member.scheduleActivityTaskDecisionAttributes.input' failed to satisfy constraint: Member must have length less than or equal to 32768"},
		{"a child without an end", []types.Decision{startChild("c", func(a *types.StartChildWorkflowExecutionDecisionAttributes) {
			a.ExecutionStartToCloseTimeout = aws.String("NONE")
		})}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{t: t, client: w.client, ctx: w.ctx}
			w.fault(w.respond(task.TaskToken, c.batch...), "ValidationException", c.message)
		})
	}
	if n := len(w.history("o", id)); n != 3 {
		t.Errorf("got %d events after batches that were refused, want 3", n)
	}
	w.ok(w.respond(task.TaskToken, complete()))
}

func TestPagesOfADecisionTask(t *testing.T) {
	w := start(t, swfserver.Config{})
	w.run("o")
	w.decide(startTimer("t", "60"))
	for range 4 {
		w.signal("o")
	}
	poll := func(edit func(*swf.PollForDecisionTaskInput)) (ids []int64) {
		t.Helper()
		in := &swf.PollForDecisionTaskInput{Domain: aws.String(domain), TaskList: mainList, MaximumPageSize: 5}
		edit(in)
		p := swf.NewPollForDecisionTaskPaginator(w.client, in)
		token := ""
		for p.HasMorePages() {
			page, err := p.NextPage(w.ctx)
			w.ok(err)
			if token != "" && *page.TaskToken != token || page.StartedEventId == 0 {
				t.Errorf("got another task on a further page")
			}
			token = *page.TaskToken
			for _, e := range page.Events {
				ids = append(ids, e.EventId)
			}
			w.signal("o") // is not seen by the pages that are left
		}
		w.ok(w.respond(&token))
		return ids
	}
	check := func(name string, ids []int64, first, last int64) {
		t.Helper()
		step := int64(1)
		if first > last {
			step = -1
		}
		if len(ids) == 0 || ids[0] != first || ids[len(ids)-1] != last || int64(len(ids)) != (last-first)*step+1 {
			t.Errorf("%s: got events %v, want %d to %d", name, ids, first, last)
		}
	}
	check("ascending", poll(func(in *swf.PollForDecisionTaskInput) {}), 1, 11)
	check("descending", poll(func(in *swf.PollForDecisionTaskInput) { in.ReverseOrder = true }), 17, 1)
	check("since the previous", poll(func(in *swf.PollForDecisionTaskInput) { in.StartAtPreviousStartedEvent = true }), 17, 24)
}
