package decide_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/blob"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/runtime/swf/wire"
	"github.com/flowc/flowc/runtime/swfserver"
	"github.com/flowc/flowc/stdlib/activity"
)

var ctx = context.Background()

// world is a service with a decider and a worker that take turns, in virtual
// time.
type world struct {
	t       *testing.T
	clock   *swfserver.VirtualClock
	swf     *swf.Client
	program *ir.Program
	env     *decide.Env
	work    func(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) // nil result and failure: it never ends
	kept    map[string]*decide.Execution                                                               // by run id; nil: every decision reads the whole history
	after   func(id decide.ID, d decide.Decisions)                                                     // is called before an answer is sent
	decided int
	busy    []*swf.PollForActivityTaskOutput
	deaf    bool    // workers do not hear that they should stop
	parting *string // what they say when they do
	lies    bool    // results are sent as they are
}

// blobs is a store of values in a folder.
type blobs struct{ *blob.Store }

func (b blobs) Get(r *ir.Ref) ([]byte, error) {
	content, err := b.Read(r)
	if err != nil {
		return nil, lostError{err}
	}
	return content, nil
}

type lostError struct{ error }

func (lostError) Lost() bool { return true }

// compile returns the program of a flow.
func compile(t testing.TB, text string) *ir.Program {
	t.Helper()
	src := diag.NewSource("test.flow", []byte(text))
	r := compiler.Compile(src, compiler.Config{Std: activity.Source})
	if r.Program == nil || r.Diags.HasErrors() {
		for _, d := range r.Diags.Sorted() {
			t.Errorf("%v", d)
		}
		t.Fatalf("the flow does not compile:\n%s", text)
	}
	return r.Program
}

// newWorld returns a world for a program.
func newWorld(t *testing.T, text string, config ...swfserver.Config) *world {
	t.Helper()
	w := &world{t: t, clock: swfserver.NewVirtualClock(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)), program: compile(t, text), kept: map[string]*decide.Execution{}}
	c := swfserver.Config{}
	if len(config) > 0 {
		c = config[0]
	}
	c.Clock, c.PollTime = w.clock, 5*time.Millisecond
	server := swfserver.Start(t, c)
	w.swf = swf.New(swf.Options{
		BaseEndpoint: &server.URL, Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
		HTTPClient: server.Client(), Retryer: aws.NopRetryer{},
	})
	w.env = envOf(t, w.program)
	w.must(w.swf.RegisterDomain(ctx, &swf.RegisterDomainInput{Name: aws.String("d"), WorkflowExecutionRetentionPeriodInDays: aws.String("1")}))
	for _, a := range w.program.Activities {
		w.registerActivity(names.Type(a.Name), version(a.Version))
	}
	for _, f := range w.program.Workflows {
		w.registerWorkflow(names.Type(f.Name), version(f.Version))
	}
	w.work = func(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) {
		return "null", nil
	}
	return w
}

// envOf returns the surroundings in which a program is known.
func envOf(t testing.TB, programs ...*ir.Program) *decide.Env {
	byHash := map[string]*ir.Program{}
	for _, p := range programs {
		byHash[p.Hash()] = p
	}
	return &decide.Env{
		Program: func(hash string) (*ir.Program, *runtime.Plan, error) {
			p := byHash[hash]
			if p == nil {
				return nil, nil, fs.ErrNotExist
			}
			plan, err := runtime.Prepare(p)
			return p, plan, err
		},
		Default: func(workflow, version string) (string, map[string]json.RawMessage) { return programs[0].Hash(), nil },
		Blobs:   blobs{blob.New(t.TempDir())},
	}
}

func version(v string) string {
	if v == "" {
		return names.DefaultVersion
	}
	return v
}

func (w *world) must(_ any, err error) {
	w.t.Helper()
	var exists *types.TypeAlreadyExistsFault
	if err != nil && !errors.As(err, &exists) {
		w.t.Fatal(err)
	}
}

func (w *world) registerActivity(name, version string) {
	w.must(w.swf.RegisterActivityType(ctx, &swf.RegisterActivityTypeInput{Domain: aws.String("d"), Name: &name, Version: &version}))
}

func (w *world) registerWorkflow(name, version string) {
	w.must(w.swf.RegisterWorkflowType(ctx, &swf.RegisterWorkflowTypeInput{Domain: aws.String("d"), Name: &name, Version: &version}))
}

// start starts an execution, all of whose decision tasks are put on one list.
func (w *world) start(workflow, input string) decide.ID {
	w.t.Helper()
	for _, f := range w.program.Workflows {
		if f.Name == workflow {
			s, err := wire.SettingsOf(w.program, f, nil)
			if err != nil {
				w.t.Fatal(err)
			}
			out, err := w.swf.StartWorkflowExecution(ctx, &swf.StartWorkflowExecutionInput{
				Domain: aws.String("d"), WorkflowId: aws.String("w"), Input: &input, TagList: s.Tags,
				WorkflowType: &types.WorkflowType{Name: aws.String(names.Type(f.Name)), Version: aws.String(version(f.Version))},
				TaskList:     &types.TaskList{Name: &s.TaskList}, ExecutionStartToCloseTimeout: &s.ExecutionTimeout,
				TaskStartToCloseTimeout: &s.DecisionTimeout, ChildPolicy: types.ChildPolicy(s.ChildPolicy),
				LambdaRole: aws.String("arn:aws:iam::123456789012:role/lambda"),
			})
			w.must(out, err)
			return decide.ID{WorkflowID: "w", RunID: *out.RunId}
		}
	}
	w.t.Fatalf("no workflow %s", workflow)
	return decide.ID{}
}

// history returns what has happened in an execution.
func (w *world) history(id decide.ID) []types.HistoryEvent {
	w.t.Helper()
	var all []types.HistoryEvent
	for token := (*string)(nil); ; {
		out, err := w.swf.GetWorkflowExecutionHistory(ctx, &swf.GetWorkflowExecutionHistoryInput{Domain: aws.String("d"), Execution: &types.WorkflowExecution{WorkflowId: &id.WorkflowID, RunId: &id.RunID}, NextPageToken: token})
		w.must(out, err)
		all = append(all, out.Events...)
		if token = out.NextPageToken; token == nil {
			return all
		}
	}
}

// decisionTask answers a decision task, if there is one.
func (w *world) decisionTask(list string) bool {
	w.t.Helper()
	n, err := w.swf.CountPendingDecisionTasks(ctx, &swf.CountPendingDecisionTasksInput{Domain: aws.String("d"), TaskList: &types.TaskList{Name: &list}})
	if w.must(n, err); n.Count == 0 {
		return false
	}
	task, err := w.swf.PollForDecisionTask(ctx, &swf.PollForDecisionTaskInput{Domain: aws.String("d"), TaskList: &types.TaskList{Name: &list}, StartAtPreviousStartedEvent: w.kept != nil})
	if w.must(task, err); task.StartedEventId == 0 {
		return false
	}
	id := decide.ID{WorkflowID: *task.WorkflowExecution.WorkflowId, RunID: *task.WorkflowExecution.RunId}
	x := w.kept[id.RunID]
	events := task.Events
	for token := task.NextPageToken; token != nil; {
		page, err := w.swf.PollForDecisionTask(ctx, &swf.PollForDecisionTaskInput{Domain: aws.String("d"), TaskList: &types.TaskList{Name: &list}, StartAtPreviousStartedEvent: w.kept != nil, NextPageToken: token})
		w.must(page, err)
		events, token = append(events, page.Events...), page.NextPageToken
	}
	if x == nil {
		x = decide.New(w.env, id)
		if w.kept != nil {
			w.kept[id.RunID] = x
		}
	}
	if err := x.Read(events); err != nil {
		w.t.Fatalf("%v", err)
	}
	d, err := x.Decide()
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	w.sameFromScratch(id, d)
	if w.after != nil {
		w.after(id, d)
	}
	w.decided++
	for _, r := range d.Register {
		if r.Workflow {
			w.registerWorkflow(r.Name, r.Version)
		} else {
			w.registerActivity(r.Name, r.Version)
		}
	}
	if _, err := w.swf.RespondDecisionTaskCompleted(ctx, &swf.RespondDecisionTaskCompletedInput{TaskToken: task.TaskToken, Decisions: d.List, ExecutionContext: &d.Context}); err != nil {
		text, _ := json.MarshalIndent(d.List, "", " ")
		w.t.Fatalf("%v\n%s", err, text)
	}
	for _, child := range d.Terminate {
		w.must(w.swf.TerminateWorkflowExecution(ctx, &swf.TerminateWorkflowExecutionInput{Domain: aws.String("d"), WorkflowId: &child}))
	}
	return true
}

// sameFromScratch lets a decider that knows nothing decide the same task.
func (w *world) sameFromScratch(id decide.ID, d decide.Decisions) {
	w.t.Helper()
	fresh := decide.New(w.env, id)
	if err := fresh.Read(w.history(id)); err != nil {
		w.t.Fatalf("from scratch: %v\n%s", err, w.story(id))
	}
	same, err := fresh.Decide()
	if err != nil {
		w.t.Fatalf("from scratch: %v\n%s", err, w.story(id))
	}
	if diff := cmp.Diff(d, same, cmp.Comparer(func(a, b *ir.Program) bool { return a.Hash() == b.Hash() }), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		w.t.Fatalf("a decider that keeps what it has read decides otherwise than one that reads all of it (-kept +read anew)\n%s\n%s", diff, w.story(id))
	}
}

// activityTask performs a task, if there is one.
func (w *world) activityTask(list string) bool {
	w.t.Helper()
	n, err := w.swf.CountPendingActivityTasks(ctx, &swf.CountPendingActivityTasksInput{Domain: aws.String("d"), TaskList: &types.TaskList{Name: &list}})
	if w.must(n, err); n.Count == 0 {
		return false
	}
	task, err := w.swf.PollForActivityTask(ctx, &swf.PollForActivityTaskInput{Domain: aws.String("d"), TaskList: &types.TaskList{Name: &list}})
	if w.must(task, err); task.StartedEventId == 0 {
		return false
	}
	text, err := wire.Open(w.env.Blobs, aws.ToString(task.Input))
	if err != nil {
		w.t.Fatal(err)
	}
	input, _ := names.TakeFlow(json.RawMessage(text))
	node, attempt, _ := names.ParseActivity(*task.ActivityId)
	result, failure := w.work(*task.ActivityType.Name, node, attempt, input)
	switch {
	case failure != nil:
		reason, details, err := wire.Failure(w.env.Blobs, failure)
		w.must(nil, err)
		w.must(w.swf.RespondActivityTaskFailed(ctx, &swf.RespondActivityTaskFailedInput{TaskToken: task.TaskToken, Reason: &reason, Details: &details}))
	case result != "":
		if !w.lies {
			var err error
			result, err = wire.Fit(w.env.Blobs, result, 32768)
			w.must(nil, err)
		}
		w.must(w.swf.RespondActivityTaskCompleted(ctx, &swf.RespondActivityTaskCompletedInput{TaskToken: task.TaskToken, Result: &result}))
	default:
		w.busy = append(w.busy, task)
	}
	return true
}

// turn lets whatever can be done be done once, and reports whether there was
// something.
func (w *world) turn() bool {
	w.t.Helper()
	did := false
	for _, f := range w.program.Workflows {
		for w.decisionTask(f.Name) {
			did = true
		}
	}
	for w.activityTask(names.DefaultTaskList) {
		did = true
	}
	return did
}

// run lets time pass until an execution, or what continues it, is closed, and
// returns how.
func (w *world) run(id decide.ID) types.CloseStatus {
	w.t.Helper()
	step := time.Second
	for range 10_000 {
		for w.turn() {
			step = time.Second
		}
		w.heartbeat()
		out, err := w.swf.DescribeWorkflowExecution(ctx, &swf.DescribeWorkflowExecutionInput{Domain: aws.String("d"), Execution: &types.WorkflowExecution{WorkflowId: &id.WorkflowID, RunId: &id.RunID}})
		w.must(nil, err)
		if out.ExecutionInfo.ExecutionStatus == types.ExecutionStatusClosed {
			w.replays(id)
			return out.ExecutionInfo.CloseStatus
		}
		w.clock.Advance(step)
		step = min(2*step, 10*time.Minute)
	}
	w.t.Fatalf("the run does not end:\n%s", w.story(id))
	return ""
}

// replays replays an execution, and reads its record.
func (w *world) replays(id decide.ID) {
	w.t.Helper()
	text, err := decide.WriteHistory(id, w.history(id))
	w.must(nil, err)
	h, err := decide.ReadHistory(text)
	w.must(nil, err)
	if err := decide.Replay(w.env, h); err != nil {
		w.t.Errorf("it does not replay: %v\n%s", err, w.story(id))
	}
	r, err := decide.Record(w.env, id, h.Events)
	w.must(nil, err)
	if r.Program == nil {
		w.t.Fatalf("its record has no program")
	}
	if r.Events[0].Start.Carried != nil {
		return
	}
	var entries []history.Entry
	w.must(nil, r.Each(func(e *runtime.Event, step runtime.Step) bool {
		entries = history.Entries(entries, e, &step)
		return true
	}))
	if d, err := history.Check(r.Program, entries); d != nil || err != nil {
		w.t.Errorf("what `events` prints of it does not replay: %+v, %v", d, err)
	}
}

// heartbeat lets workers of tasks that never end hear that they should.
func (w *world) heartbeat() {
	w.t.Helper()
	left := w.busy[:0]
	for _, task := range w.busy {
		out, err := w.swf.RecordActivityTaskHeartbeat(ctx, &swf.RecordActivityTaskHeartbeatInput{TaskToken: task.TaskToken})
		switch {
		case err != nil: // it is over
		case out.CancelRequested && !w.deaf:
			w.must(w.swf.RespondActivityTaskCanceled(ctx, &swf.RespondActivityTaskCanceledInput{TaskToken: task.TaskToken, Details: w.parting}))
		default:
			left = append(left, task)
		}
	}
	w.busy = left
}

// story returns the types of the events of an execution, and what they are
// about.
func (w *world) story(id decide.ID) string {
	var b strings.Builder
	for _, e := range w.history(id) {
		fmt.Fprintf(&b, "%d %s %s\n", e.EventId, e.EventType, about(&e))
	}
	return b.String()
}

// about says what an event is about.
func about(e *types.HistoryEvent) string {
	switch {
	case e.ActivityTaskScheduledEventAttributes != nil:
		return *e.ActivityTaskScheduledEventAttributes.ActivityId
	case e.TimerStartedEventAttributes != nil:
		return *e.TimerStartedEventAttributes.TimerId + " " + *e.TimerStartedEventAttributes.StartToFireTimeout
	case e.StartChildWorkflowExecutionInitiatedEventAttributes != nil:
		return *e.StartChildWorkflowExecutionInitiatedEventAttributes.WorkflowId
	case e.WorkflowExecutionCompletedEventAttributes != nil:
		return aws.ToString(e.WorkflowExecutionCompletedEventAttributes.Result)
	case e.WorkflowExecutionFailedEventAttributes != nil:
		return aws.ToString(e.WorkflowExecutionFailedEventAttributes.Reason)
	case e.MarkerRecordedEventAttributes != nil:
		return aws.ToString(e.MarkerRecordedEventAttributes.MarkerName)
	}
	return ""
}
