package swfserver_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/aws/smithy-go"
	"github.com/flowc/flowc/runtime/swfserver"
)

const (
	domain = "shop"
	list   = "main"
)

var (
	workflowType = &types.WorkflowType{Name: aws.String("order"), Version: aws.String("1")}
	activityType = &types.ActivityType{Name: aws.String("pay"), Version: aws.String("1")}
	mainList     = &types.TaskList{Name: aws.String(list)}
)

// A world is a server with a client and, once they are registered, a domain
// and two types.
type world struct {
	t      *testing.T
	server *swfserver.Server
	client *swf.Client
	clock  *swfserver.VirtualClock
	ctx    context.Context
	file   string // of the data, after a crash
}

// connect returns a client of the real SDK that does not try again.
func connect(s *swfserver.Server) *swf.Client {
	return swf.New(swf.Options{
		BaseEndpoint: &s.URL, HTTPClient: s.Client(), Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
}

// bare starts a server with a virtual clock and without a domain.
func bare(t *testing.T, c swfserver.Config) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background()}
	w.clock = swfserver.NewVirtualClock(time.Unix(1_700_000_000, 0))
	c.Clock = w.clock
	if c.PollTime == 0 {
		c.PollTime = 20 * time.Millisecond
	}
	w.server = swfserver.Start(t, c)
	w.client = connect(w.server)
	return w
}

// start starts a server with a domain and two types that have all defaults.
func start(t *testing.T, c swfserver.Config) *world {
	t.Helper()
	w := bare(t, c)
	_, err := w.client.RegisterDomain(w.ctx, &swf.RegisterDomainInput{
		Name: aws.String(domain), WorkflowExecutionRetentionPeriodInDays: aws.String("7"),
	})
	w.ok(err)
	w.registerWorkflow("order", "1")
	w.registerActivity("pay", "1")
	return w
}

func (w *world) registerWorkflow(name, version string) {
	w.t.Helper()
	_, err := w.client.RegisterWorkflowType(w.ctx, &swf.RegisterWorkflowTypeInput{
		Domain: aws.String(domain), Name: &name, Version: &version, DefaultTaskList: mainList,
		DefaultExecutionStartToCloseTimeout: aws.String("3600"), DefaultTaskStartToCloseTimeout: aws.String("300"),
		DefaultChildPolicy: types.ChildPolicyTerminate,
	})
	w.ok(err)
}

func (w *world) registerActivity(name, version string) {
	w.t.Helper()
	_, err := w.client.RegisterActivityType(w.ctx, &swf.RegisterActivityTypeInput{
		Domain: aws.String(domain), Name: &name, Version: &version, DefaultTaskList: mainList,
		DefaultTaskHeartbeatTimeout: aws.String("NONE"), DefaultTaskScheduleToCloseTimeout: aws.String("NONE"),
		DefaultTaskScheduleToStartTimeout: aws.String("NONE"), DefaultTaskStartToCloseTimeout: aws.String("NONE"),
	})
	w.ok(err)
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// fault checks the code of an error, and its message unless that is "".
func (w *world) fault(err error, code, message string) {
	w.t.Helper()
	var e smithy.APIError
	switch {
	case !errors.As(err, &e):
		w.t.Errorf("got error %v, want %s", err, code)
	case e.ErrorCode() != code:
		w.t.Errorf("got fault %s (%s), want %s", e.ErrorCode(), e.ErrorMessage(), code)
	case message != "" && e.ErrorMessage() != message:
		w.t.Errorf("got message %q, want %q", e.ErrorMessage(), message)
	}
}

// run starts a run and returns its id.
func (w *world) run(workflowID string, edit ...func(*swf.StartWorkflowExecutionInput)) string {
	w.t.Helper()
	in := &swf.StartWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: &workflowID, WorkflowType: workflowType}
	for _, f := range edit {
		f(in)
	}
	out, err := w.client.StartWorkflowExecution(w.ctx, in)
	w.ok(err)
	return *out.RunId
}

// decision polls for a decision task, which must be there.
func (w *world) decision() *swf.PollForDecisionTaskOutput {
	w.t.Helper()
	out, err := w.client.PollForDecisionTask(w.ctx, &swf.PollForDecisionTaskInput{Domain: aws.String(domain), TaskList: mainList})
	w.ok(err)
	if out.StartedEventId == 0 {
		w.t.Fatal("got no decision task")
	}
	return out
}

// idle checks that no decision task waits.
func (w *world) idle() {
	w.t.Helper()
	out, err := w.client.PollForDecisionTask(w.ctx, &swf.PollForDecisionTaskInput{Domain: aws.String(domain), TaskList: mainList})
	w.ok(err)
	if out.StartedEventId != 0 {
		w.t.Errorf("got a decision task, want none; the last event is %s", out.Events[len(out.Events)-1].EventType)
	}
}

// activity polls for an activity task, which must be there.
func (w *world) activity() *swf.PollForActivityTaskOutput {
	w.t.Helper()
	out, err := w.client.PollForActivityTask(w.ctx, &swf.PollForActivityTaskInput{Domain: aws.String(domain), TaskList: mainList})
	w.ok(err)
	if out.StartedEventId == 0 {
		w.t.Fatal("got no activity task")
	}
	return out
}

// respond answers a decision task.
func (w *world) respond(token *string, ds ...types.Decision) error {
	w.t.Helper()
	_, err := w.client.RespondDecisionTaskCompleted(w.ctx, &swf.RespondDecisionTaskCompletedInput{TaskToken: token, Decisions: ds})
	return err
}

// decide answers the next decision task.
func (w *world) decide(ds ...types.Decision) {
	w.t.Helper()
	w.ok(w.respond(w.decision().TaskToken, ds...))
}

// history returns all events of a run.
func (w *world) history(workflowID, runID string) []types.HistoryEvent {
	w.t.Helper()
	var events []types.HistoryEvent
	p := swf.NewGetWorkflowExecutionHistoryPaginator(w.client, &swf.GetWorkflowExecutionHistoryInput{
		Domain: aws.String(domain), Execution: &types.WorkflowExecution{WorkflowId: &workflowID, RunId: &runID},
	})
	for p.HasMorePages() {
		page, err := p.NextPage(w.ctx)
		w.ok(err)
		events = append(events, page.Events...)
	}
	return events
}

func scheduleActivity(id string, edit ...func(*types.ScheduleActivityTaskDecisionAttributes)) types.Decision {
	a := &types.ScheduleActivityTaskDecisionAttributes{ActivityId: &id, ActivityType: activityType}
	for _, f := range edit {
		f(a)
	}
	return types.Decision{DecisionType: types.DecisionTypeScheduleActivityTask, ScheduleActivityTaskDecisionAttributes: a}
}

func cancelActivity(id string) types.Decision {
	return types.Decision{
		DecisionType: types.DecisionTypeRequestCancelActivityTask,
		RequestCancelActivityTaskDecisionAttributes: &types.RequestCancelActivityTaskDecisionAttributes{ActivityId: &id},
	}
}

func startTimer(id, seconds string) types.Decision {
	return types.Decision{
		DecisionType:                 types.DecisionTypeStartTimer,
		StartTimerDecisionAttributes: &types.StartTimerDecisionAttributes{TimerId: &id, StartToFireTimeout: &seconds},
	}
}

func cancelTimer(id string) types.Decision {
	return types.Decision{
		DecisionType:                  types.DecisionTypeCancelTimer,
		CancelTimerDecisionAttributes: &types.CancelTimerDecisionAttributes{TimerId: &id},
	}
}

func complete() types.Decision {
	return types.Decision{
		DecisionType: types.DecisionTypeCompleteWorkflowExecution,
		CompleteWorkflowExecutionDecisionAttributes: &types.CompleteWorkflowExecutionDecisionAttributes{Result: aws.String("done")},
	}
}

func startChild(id string, edit ...func(*types.StartChildWorkflowExecutionDecisionAttributes)) types.Decision {
	a := &types.StartChildWorkflowExecutionDecisionAttributes{WorkflowId: &id, WorkflowType: workflowType}
	for _, f := range edit {
		f(a)
	}
	return types.Decision{DecisionType: types.DecisionTypeStartChildWorkflowExecution, StartChildWorkflowExecutionDecisionAttributes: a}
}

func TestARunFromItsStartToItsEnd(t *testing.T) {
	w := start(t, swfserver.Config{})
	id := w.run("o-1")
	w.decide(scheduleActivity("a"))
	task := w.activity()
	_, err := w.client.RespondActivityTaskCompleted(w.ctx, &swf.RespondActivityTaskCompletedInput{TaskToken: task.TaskToken, Result: aws.String("paid")})
	w.ok(err)
	w.decide(complete())
	want := "WorkflowExecutionStarted DecisionTaskScheduled DecisionTaskStarted DecisionTaskCompleted " +
		"ActivityTaskScheduled ActivityTaskStarted ActivityTaskCompleted DecisionTaskScheduled DecisionTaskStarted " +
		"DecisionTaskCompleted WorkflowExecutionCompleted"
	if got := kinds(w.history("o-1", id)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// kinds returns the types of events in a line.
func kinds(events []types.HistoryEvent) string {
	text := ""
	for k, e := range events {
		if k > 0 {
			text += " "
		}
		text += string(e.EventType)
	}
	return text
}
