package swfserver_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swfserver"
)

type activityEdit = func(*types.ScheduleActivityTaskDecisionAttributes)

func TestTimeOutsOfActivities(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name    string
		edit    activityEdit
		started bool
		advance []time.Duration // with a heartbeat after each but the last
		want    types.ActivityTaskTimeoutType
		details string
	}{
		{"not started in time", func(a *types.ScheduleActivityTaskDecisionAttributes) { a.ScheduleToStartTimeout = aws.String("5") },
			false, []time.Duration{5 * s}, types.ActivityTaskTimeoutTypeScheduleToStart, ""},
		{"not closed in time, never started", func(a *types.ScheduleActivityTaskDecisionAttributes) { a.ScheduleToCloseTimeout = aws.String("5") },
			false, []time.Duration{5 * s}, types.ActivityTaskTimeoutTypeScheduleToClose, ""},
		{"not closed in time, started", func(a *types.ScheduleActivityTaskDecisionAttributes) {
			a.ScheduleToStartTimeout, a.ScheduleToCloseTimeout = aws.String("3"), aws.String("5")
		}, true, []time.Duration{5 * s}, types.ActivityTaskTimeoutTypeScheduleToClose, ""},
		{"too long at work", func(a *types.ScheduleActivityTaskDecisionAttributes) { a.StartToCloseTimeout = aws.String("5") },
			true, []time.Duration{3 * s, 2 * s}, types.ActivityTaskTimeoutTypeStartToClose, "half"},
		{"no heartbeat at all", func(a *types.ScheduleActivityTaskDecisionAttributes) { a.HeartbeatTimeout = aws.String("5") },
			true, []time.Duration{5 * s}, types.ActivityTaskTimeoutTypeHeartbeat, ""},
		{"no heartbeat any more", func(a *types.ScheduleActivityTaskDecisionAttributes) { a.HeartbeatTimeout = aws.String("5") },
			true, []time.Duration{4 * s, 4 * s, 5*s - time.Millisecond}, types.ActivityTaskTimeoutTypeHeartbeat, "half"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, swfserver.Config{})
			id := w.run("o")
			w.decide(scheduleActivity("a", c.edit))
			var token *string
			if c.started {
				token = w.activity().TaskToken
			}
			for k, d := range c.advance {
				w.clock.Advance(d - time.Millisecond)
				if n := w.describe("o", id).OpenCounts.OpenActivityTasks; n != 1 {
					t.Fatalf("the task timed out too early, in step %d", k)
				}
				if k == len(c.advance)-1 {
					w.clock.Advance(time.Millisecond)
					break
				}
				_, err := w.client.RecordActivityTaskHeartbeat(w.ctx, &swf.RecordActivityTaskHeartbeatInput{TaskToken: token, Details: aws.String("half")})
				w.ok(err)
				w.clock.Advance(time.Millisecond)
			}
			events := w.history("o", id)
			a := events[len(events)-2].ActivityTaskTimedOutEventAttributes
			if a == nil || a.TimeoutType != c.want || aws.ToString(a.Details) != c.details || (a.StartedEventId != 0) != c.started {
				t.Fatalf("got %s %+v, want a time-out %s", events[len(events)-2].EventType, a, c.want)
			}
			if c.started {
				_, err := w.client.RespondActivityTaskCompleted(w.ctx, &swf.RespondActivityTaskCompletedInput{TaskToken: token})
				w.fault(err, "UnknownResourceFault", "Unknown activity, scheduledEventId = 5")
			}
		})
	}
}

func TestCancellingActivities(t *testing.T) {
	w := start(t, swfserver.Config{})
	id := w.run("o")
	w.decide(scheduleActivity("a"), cancelActivity("a"), scheduleActivity("a"), cancelActivity("b"))
	w.after("o", id, 4, "ActivityTaskScheduled ActivityTaskCancelRequested ActivityTaskCanceled DecisionTaskScheduled "+
		"ActivityTaskScheduled RequestCancelActivityTaskFailed")
	token := w.activity().TaskToken
	w.decide(cancelActivity("a"))
	beat, err := w.client.RecordActivityTaskHeartbeat(w.ctx, &swf.RecordActivityTaskHeartbeatInput{TaskToken: token})
	w.ok(err)
	if !beat.CancelRequested {
		t.Error("the heartbeat does not say that cancellation was requested")
	}
	_, err = w.client.RespondActivityTaskCanceled(w.ctx, &swf.RespondActivityTaskCanceledInput{TaskToken: token, Details: aws.String("")})
	w.ok(err)
	events := w.history("o", id)
	a := events[len(events)-2].ActivityTaskCanceledEventAttributes
	if a == nil || a.LatestCancelRequestedEventId == 0 || a.Details == nil {
		t.Errorf("got %+v, want the request's id, and details that are empty but there", a)
	}
}

func TestPriorityComesFirst(t *testing.T) {
	w := start(t, swfserver.Config{})
	w.run("o")
	prio := func(p string) activityEdit {
		return func(a *types.ScheduleActivityTaskDecisionAttributes) { a.TaskPriority = &p }
	}
	w.decide(scheduleActivity("low", prio("-1")), scheduleActivity("none"), scheduleActivity("high", prio("7")), scheduleActivity("none2"))
	for _, want := range []string{"high", "none", "none2", "low"} {
		if got := *w.activity().ActivityId; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAPollWakesAtOnceAndHangingUpLosesNothing(t *testing.T) {
	w := start(t, swfserver.Config{PollTime: time.Minute})
	polled := make(chan *swf.PollForDecisionTaskOutput)
	poll := func(seconds time.Duration) {
		ctx, cancel := w.ctx, func() {}
		if seconds > 0 {
			ctx, cancel = contextFor(seconds)
		}
		defer cancel()
		out, _ := w.client.PollForDecisionTask(ctx, &swf.PollForDecisionTaskInput{Domain: aws.String(domain), TaskList: mainList})
		polled <- out
	}
	go poll(30 * time.Millisecond)
	if out := <-polled; out != nil {
		t.Fatalf("got %+v from a poll that hung up", out)
	}
	time.Sleep(50 * time.Millisecond) // for the server to notice
	go poll(0)
	time.Sleep(20 * time.Millisecond)
	w.run("o")
	if out := <-polled; out == nil || out.StartedEventId != 3 {
		t.Errorf("got %+v, want the task", out)
	}
}

func TestFailuresOfDecisions(t *testing.T) {
	quotas := swfserver.Quotas{OpenActivities: 2, OpenTimers: 2, OpenChildren: 1, OpenExecutions: 2}
	w := start(t, swfserver.Config{Quotas: quotas, Throttle: map[string]swfserver.Rate{"RequestCancelExternalWorkflowExecution": {}}})
	for _, name := range []string{"old"} {
		w.registerActivity(name, "1")
		w.registerWorkflow(name, "1")
		_, err := w.client.DeprecateActivityType(w.ctx, &swf.DeprecateActivityTypeInput{Domain: aws.String(domain), ActivityType: &types.ActivityType{Name: &name, Version: aws.String("1")}})
		w.ok(err)
		_, err = w.client.DeprecateWorkflowType(w.ctx, &swf.DeprecateWorkflowTypeInput{Domain: aws.String(domain), WorkflowType: &types.WorkflowType{Name: &name, Version: aws.String("1")}})
		w.ok(err)
	}
	_, err := w.client.RegisterActivityType(w.ctx, &swf.RegisterActivityTypeInput{Domain: aws.String(domain), Name: aws.String("bare"), Version: aws.String("1")})
	w.ok(err)
	of := func(name string, edit ...activityEdit) activityEdit {
		return func(a *types.ScheduleActivityTaskDecisionAttributes) {
			a.ActivityType = &types.ActivityType{Name: &name, Version: aws.String("1")}
			for _, f := range edit {
				f(a)
			}
		}
	}
	child := func(id, name string) types.Decision {
		return startChild(id, func(a *types.StartChildWorkflowExecutionDecisionAttributes) {
			a.WorkflowType = &types.WorkflowType{Name: &name, Version: aws.String("1")}
		})
	}
	cancelOther := types.Decision{
		DecisionType: types.DecisionTypeRequestCancelExternalWorkflowExecution,
		RequestCancelExternalWorkflowExecutionDecisionAttributes: &types.RequestCancelExternalWorkflowExecutionDecisionAttributes{WorkflowId: aws.String("o")},
	}
	signalOther := types.Decision{
		DecisionType: types.DecisionTypeSignalExternalWorkflowExecution,
		SignalExternalWorkflowExecutionDecisionAttributes: &types.SignalExternalWorkflowExecutionDecisionAttributes{WorkflowId: aws.String("nobody"), SignalName: aws.String("s")},
	}
	all := func(a *types.ScheduleActivityTaskDecisionAttributes) { a.TaskList = mainList }
	w.run("o")
	w.decide(
		scheduleActivity("1", of("none")), scheduleActivity("1", of("old")), scheduleActivity("1", of("bare")), scheduleActivity("1", of("bare", all)),
		scheduleActivity("1"), scheduleActivity("1"), scheduleActivity("2"), scheduleActivity("3"),
		startTimer("1", "9"), startTimer("1", "9"), startTimer("2", "9"), startTimer("3", "9"), cancelTimer("3"),
		child("o", "none"), child("o", "old"), child("o", "order"), child("p", "order"),
		cancelOther, signalOther,
	)
	out, err := w.client.PollForDecisionTask(w.ctx, &swf.PollForDecisionTaskInput{Domain: aws.String(domain), TaskList: mainList})
	w.ok(err)
	var causes []string
	for _, e := range out.Events {
		if c := causeOf(e); c != "" {
			causes = append(causes, c)
		}
	}
	want := []string{
		"ACTIVITY_TYPE_DOES_NOT_EXIST", "ACTIVITY_TYPE_DEPRECATED", "DEFAULT_TASK_LIST_UNDEFINED", "DEFAULT_SCHEDULE_TO_START_TIMEOUT_UNDEFINED",
		"ACTIVITY_ID_ALREADY_IN_USE", "OPEN_ACTIVITIES_LIMIT_EXCEEDED", "TIMER_ID_ALREADY_IN_USE", "OPEN_TIMERS_LIMIT_EXCEEDED", "TIMER_ID_UNKNOWN",
		"WORKFLOW_TYPE_DOES_NOT_EXIST", "WORKFLOW_TYPE_DEPRECATED", "OPEN_CHILDREN_LIMIT_EXCEEDED",
		"WORKFLOW_ALREADY_RUNNING", "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED", "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
	}
	for k := range max(len(want), len(causes)) {
		if k >= len(want) || k >= len(causes) || want[k] != causes[k] {
			t.Fatalf("got causes %v\nwant %v", causes, want)
		}
	}
}

func TestChildrenOfOneDecisionCountAsOpen(t *testing.T) {
	w := start(t, swfserver.Config{Quotas: swfserver.Quotas{OpenExecutions: 3}})
	id := w.run("o")
	w.decide(startChild("a"), startChild("b"), startChild("c"))
	for _, e := range w.history("o", id) {
		if cause := causeOf(e); cause != "" {
			if cause != "OPEN_WORKFLOWS_LIMIT_EXCEEDED" || *e.StartChildWorkflowExecutionFailedEventAttributes.WorkflowId != "c" {
				t.Errorf("got %s, want that c is one run too many", cause)
			}
			return
		}
	}
	t.Error("three children are started beside their parent, where three runs may be open")
}

func TestAClockThatIsReachedWaits(t *testing.T) {
	w := start(t, swfserver.Config{})
	id := w.run("o")
	w.decide(startTimer("t", "5"))
	begin := w.clock.Now()
	if at, ok := w.clock.Next(); !ok || !at.Equal(begin.Add(5*time.Second)) {
		t.Errorf("got %v, want the time of the timer", at)
	}
	w.clock.Reach(begin.Add(5 * time.Second))
	w.after("o", id, 5, "")
	w.signal("o")
	w.clock.Reach(begin) // is over
	w.clock.Advance(0)
	w.after("o", id, 5, "WorkflowExecutionSignaled DecisionTaskScheduled TimerFired")
}
