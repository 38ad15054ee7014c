package worker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/runtime/swf/worker"
	"github.com/flowc/flowc/runtime/swfserver"
	"github.com/flowc/flowc/stdlib/activity"
)

// compile compiles a flow, which must be right.
func compile(t testing.TB, flow string) *ir.Program {
	t.Helper()
	r := compiler.Compile(diag.NewSource("main.flow", []byte(flow)), compiler.Config{Std: activity.Source, Verify: true})
	if r.Program == nil || r.Bug != nil {
		var b bytes.Buffer
		diag.Render(&b, r.Diags.Sorted(), diag.Options{})
		t.Fatalf("%s\n%v", &b, r.Bug)
	}
	return r.Program
}

// A world is a server with an execution whose decider is the test.
type world struct {
	t      *testing.T
	server *swfserver.Server
	*sdk.Client
	trouble *trouble // between the worker and the server

	mu    sync.Mutex
	lines []string
}

// trouble is what may befall requests.
type trouble struct {
	mu   sync.Mutex
	bad  func(operation string) string // "" nothing, "request" it is lost, "answer" that is lost
	seen map[string]int                // by operation
}

func (x *trouble) set(bad func(operation string) string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.bad = bad
}

func (x *trouble) count(operation string) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.seen[operation]
}

// RoundTrip implements [http.RoundTripper].
func (x *trouble) RoundTrip(r *http.Request) (*http.Response, error) {
	operation := r.Header.Get("X-Amz-Target")
	operation = operation[strings.LastIndexByte(operation, '.')+1:]
	x.mu.Lock()
	what := ""
	if x.bad != nil {
		what = x.bad(operation)
	}
	x.seen[operation]++
	x.mu.Unlock()
	if what == "request" {
		return nil, fmt.Errorf("the request is lost")
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if what == "answer" && err == nil {
		answer.Body.Close()
		return nil, fmt.Errorf("the answer is lost")
	}
	return answer, err
}

const domain = "test"

// newWorld starts a server and an execution.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, server: swfserver.Start(t, swfserver.Config{PollTime: time.Second}), trouble: &trouble{seen: map[string]int{}}}
	w.Client = w.connect(nil, 0)
	ctx := t.Context()
	_, err := w.RegisterDomain(ctx, &sdk.RegisterDomainInput{Name: aws.String(domain), WorkflowExecutionRetentionPeriodInDays: aws.String("1")})
	w.ok(err)
	_, err = w.RegisterWorkflowType(ctx, &sdk.RegisterWorkflowTypeInput{Domain: aws.String(domain), Name: aws.String("w"), Version: aws.String("1")})
	w.ok(err)
	_, err = w.StartWorkflowExecution(ctx, &sdk.StartWorkflowExecutionInput{
		Domain: aws.String(domain), WorkflowId: aws.String("o"), WorkflowType: &types.WorkflowType{Name: aws.String("w"), Version: aws.String("1")},
		TaskList: &types.TaskList{Name: aws.String("w")}, ExecutionStartToCloseTimeout: aws.String("600"), TaskStartToCloseTimeout: aws.String("NONE"),
		ChildPolicy: types.ChildPolicyTerminate,
	})
	w.ok(err)
	return w
}

func (w *world) connect(through http.RoundTripper, attempts int) *sdk.Client {
	w.t.Helper()
	a, err := account.Load(w.t.Context(), account.Config{HTTP: through, Attempts: attempts})
	w.ok(err)
	config, err := a.At(w.t.Context(), w.server.URL)
	w.ok(err)
	return sdk.NewFromConfig(config, func(o *sdk.Options) { o.BaseEndpoint = &w.server.URL })
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// config returns how the tests' workers are: in a hurry.
func (w *world) config(flows ...string) worker.Config {
	c := worker.Config{
		Service: w.connect(w.trouble, 1), Domain: domain, Lists: []string{"default"}, Slots: 2, Beat: 50 * time.Millisecond, Grace: 5 * time.Second,
		Out: w.t.TempDir(),
		Lines: func(_, node string, attempt int, line []byte) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.lines = append(w.lines, fmt.Sprintf("%s#%d %s", node, attempt, line))
		},
	}
	root := w.t.TempDir()
	for _, f := range flows {
		c.Programs = append(c.Programs, worker.Program{IR: compile(w.t, f), Root: root})
	}
	return c
}

// logged waits until a line was logged.
func (w *world) logged(line string) {
	w.t.Helper()
	w.until("the line "+line, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return slices.Contains(w.lines, line)
	})
}

// until waits for a condition.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("this did not come: %s", what)
		}
	}
}

// work runs a worker until the test ends, or the function that it returns is
// called, which waits for its end.
func (w *world) work(c worker.Config) (drain func()) {
	w.t.Helper()
	x, err := worker.New(c)
	w.ok(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx) }()
	over := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	})
	w.t.Cleanup(func() { x.Kill(); over() })
	return over
}

// decide answers the next decision task.
func (w *world) decide(decisions ...types.Decision) {
	w.t.Helper()
	for {
		task, err := w.PollForDecisionTask(w.t.Context(), &sdk.PollForDecisionTaskInput{Domain: aws.String(domain), TaskList: &types.TaskList{Name: aws.String("w")}})
		w.ok(err)
		if aws.ToString(task.TaskToken) == "" {
			continue
		}
		_, err = w.RespondDecisionTaskCompleted(w.t.Context(), &sdk.RespondDecisionTaskCompletedInput{TaskToken: task.TaskToken, Decisions: decisions})
		w.ok(err)
		return
	}
}

// next makes the service ask for a decision.
func (w *world) next() {
	w.t.Helper()
	_, err := w.SignalWorkflowExecution(w.t.Context(), &sdk.SignalWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: aws.String("o"), SignalName: aws.String("go on")})
	w.ok(err)
}

// schedule returns the decision for a task; its type is registered.
func (w *world) schedule(name, version, id, input string) types.Decision {
	w.t.Helper()
	_, err := w.RegisterActivityType(w.t.Context(), &sdk.RegisterActivityTypeInput{Domain: aws.String(domain), Name: aws.String(name), Version: aws.String(version)})
	if err != nil && !strings.Contains(err.Error(), "TypeAlreadyExists") {
		w.t.Fatal(err)
	}
	never := aws.String("NONE")
	return types.Decision{DecisionType: types.DecisionTypeScheduleActivityTask, ScheduleActivityTaskDecisionAttributes: &types.ScheduleActivityTaskDecisionAttributes{
		ActivityId: aws.String(id), ActivityType: &types.ActivityType{Name: aws.String(name), Version: aws.String(version)}, Input: aws.String(input),
		TaskList: &types.TaskList{Name: aws.String("default")}, HeartbeatTimeout: never, StartToCloseTimeout: never, ScheduleToCloseTimeout: never, ScheduleToStartTimeout: never,
	}}
}

// flow returns an input as a decider of ours makes it.
func flow(t *testing.T, input string, f names.Flow) string {
	t.Helper()
	with, err := names.AddFlow(json.RawMessage(input), f)
	if err != nil {
		t.Fatal(err)
	}
	return string(with)
}

// history returns the events of the execution.
func (w *world) history() []types.HistoryEvent {
	w.t.Helper()
	list, err := w.ListOpenWorkflowExecutions(w.t.Context(), &sdk.ListOpenWorkflowExecutionsInput{Domain: aws.String(domain), StartTimeFilter: &types.ExecutionTimeFilter{OldestDate: aws.Time(time.Unix(0, 0))}})
	w.ok(err)
	if len(list.ExecutionInfos) == 0 {
		return nil
	}
	out, err := w.GetWorkflowExecutionHistory(w.t.Context(), &sdk.GetWorkflowExecutionHistoryInput{Domain: aws.String(domain), Execution: list.ExecutionInfos[0].Execution})
	w.ok(err)
	return out.Events
}

// ends returns how the tasks ended so far, by id.
func (w *world) ends() map[string]string {
	w.t.Helper()
	ids, ends := map[int64]string{}, map[string]string{}
	for _, e := range w.history() {
		switch {
		case e.ActivityTaskScheduledEventAttributes != nil:
			ids[e.EventId] = *e.ActivityTaskScheduledEventAttributes.ActivityId
		case e.ActivityTaskCompletedEventAttributes != nil:
			a := e.ActivityTaskCompletedEventAttributes
			ends[ids[a.ScheduledEventId]] = "completed " + aws.ToString(a.Result)
		case e.ActivityTaskFailedEventAttributes != nil:
			a := e.ActivityTaskFailedEventAttributes
			ends[ids[a.ScheduledEventId]] = "failed " + aws.ToString(a.Reason) + " | " + aws.ToString(a.Details)
		case e.ActivityTaskCanceledEventAttributes != nil:
			a := e.ActivityTaskCanceledEventAttributes
			ends[ids[a.ScheduledEventId]] = "cancelled " + aws.ToString(a.Details)
		case e.ActivityTaskTimedOutEventAttributes != nil:
			a := e.ActivityTaskTimedOutEventAttributes
			ends[ids[a.ScheduledEventId]] = fmt.Sprintf("timed out %s %s", a.TimeoutType, aws.ToString(a.Details))
		}
	}
	return ends
}

// end waits for the end of a task.
func (w *world) end(id string) string {
	w.t.Helper()
	end := ""
	w.until("the end of "+id, func() bool { end = w.ends()[id]; return end != "" })
	return end
}
