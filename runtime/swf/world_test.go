package swf_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/deploy"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/runtime/swf/store"
	"github.com/flowc/flowc/runtime/swfserver"
)

// A world is a service with a domain, and clients, deciders and workers of it.
type world struct {
	t      *testing.T
	server *swfserver.Server
	client *swf.Client
	blobs  string
	defs   []swf.Definition
}

// start returns a world in which the types of a flow are registered.
func start(t *testing.T, text string, config ...swfserver.Config) *world {
	t.Helper()
	alone(t)
	var c swfserver.Config
	if len(config) > 0 {
		c = config[0]
	}
	if c.PollTime == 0 {
		c.PollTime = 200 * time.Millisecond
	}
	w := &world{t: t, server: swfserver.Start(t, c), blobs: t.TempDir()}
	w.client = w.connect(nil)
	_, err := w.client.RegisterDomain(context.Background(), &sdk.RegisterDomainInput{Name: aws.String("shop"), WorkflowExecutionRetentionPeriodInDays: aws.String("1")})
	w.ok(err)
	w.defs = []swf.Definition{w.define(text)}
	list, err := deploy.Types(deploy.Source{Program: w.defs[0].Program})
	w.ok(err)
	for _, typ := range list {
		w.ok(deploy.RegisterType(context.Background(), w.client, "shop", typ))
	}
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// define compiles a flow.
func (w *world) define(text string) swf.Definition {
	w.t.Helper()
	r := compiler.Compile(diag.NewSource("main.flow", []byte(text)), compiler.Config{})
	if r.Program == nil {
		w.t.Fatal(r.Diags.Sorted())
	}
	return swf.Definition{Program: r.Program}
}

// connect returns a client whose requests go through a transport, unless that
// is nil.
func (w *world) connect(through http.RoundTripper) *swf.Client {
	w.t.Helper()
	c, err := swf.Connect(context.Background(), swf.Config{Domain: "shop", Endpoint: w.server.URL, Config: account.Config{HTTP: through, Attempts: 3}})
	w.ok(err)
	return c
}

// decide starts a decider, which is drained by the function that it returns, or
// killed at the end of the test.
func (w *world) decide(change func(*swf.DeciderConfig)) (stop func()) {
	w.t.Helper()
	s, err := store.Open(context.Background(), w.blobs, store.Config{})
	w.ok(err)
	c := swf.DeciderConfig{Client: w.client, Store: s, Definitions: w.defs, Log: slog.New(slog.NewTextHandler(testWriter{w.t}, nil))}
	if change != nil {
		change(&c)
	}
	d, err := swf.NewDecider(c)
	w.ok(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.Run(ctx)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	w.t.Cleanup(func() {
		d.Kill()
		<-done
	})
	return stop
}

// testWriter writes to the log of a test.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(string(bytes.TrimSpace(p)))
	return len(p), nil
}

// work starts n workers that perform the tasks of a list by a function of the
// node and the input.
func (w *world) work(n int, perform func(node string, input map[string]json.RawMessage) any) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var workers sync.WaitGroup
	w.t.Cleanup(func() {
		cancel()
		workers.Wait()
	})
	for range n {
		workers.Go(func() {
			for ctx.Err() == nil {
				w.perform(ctx, perform)
			}
		})
	}
}

// perform polls for a task and performs it.
func (w *world) perform(ctx context.Context, perform func(string, map[string]json.RawMessage) any) {
	task, err := w.client.PollForActivityTask(ctx, &sdk.PollForActivityTaskInput{Domain: aws.String("shop"), TaskList: &types.TaskList{Name: aws.String(names.DefaultTaskList)}})
	if err != nil || aws.ToString(task.TaskToken) == "" {
		return
	}
	var input map[string]json.RawMessage
	_ = json.Unmarshal([]byte(aws.ToString(task.Input)), &input)
	node, _, _ := names.ParseActivity(*task.ActivityId)
	result, err := json.Marshal(perform(node, input))
	if err != nil {
		w.t.Error(err)
	}
	_, _ = w.client.RespondActivityTaskCompleted(ctx, &sdk.RespondActivityTaskCompletedInput{TaskToken: task.TaskToken, Result: aws.String(string(result))}) // a run may have ended
}

// begin starts an execution with a plain input.
func (w *world) begin(workflow, input string, change ...func(*sdk.StartWorkflowExecutionInput)) (id, run string) {
	w.t.Helper()
	in := &sdk.StartWorkflowExecutionInput{
		Domain: aws.String("shop"), WorkflowId: aws.String(w.t.Name()[max(0, len(w.t.Name())-40):] + time.Now().Format(".150405.000000")), Input: &input,
		WorkflowType: &types.WorkflowType{Name: &workflow, Version: aws.String("1")},
	}
	*in.WorkflowId = names.Escape(*in.WorkflowId)
	for _, c := range change {
		c(in)
	}
	out, err := w.client.StartWorkflowExecution(context.Background(), in)
	w.ok(err)
	return *in.WorkflowId, *out.RunId
}

// patience is how long a test waits for what has to happen.
const patience = 90 * time.Second

// await returns the history of an execution once it is closed.
func (w *world) await(id, run string) []types.HistoryEvent {
	w.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		out, err := w.client.DescribeWorkflowExecution(context.Background(), &sdk.DescribeWorkflowExecutionInput{
			Domain: aws.String("shop"), Execution: &types.WorkflowExecution{WorkflowId: &id, RunId: &run},
		})
		w.ok(err)
		if out.ExecutionInfo.ExecutionStatus == types.ExecutionStatusClosed {
			return w.history(id, run)
		}
	}
	for _, e := range w.history(id, run) {
		w.t.Log(e.EventId, e.EventType)
	}
	w.t.Fatal("the execution does not end")
	return nil
}

// history returns the events of an execution.
func (w *world) history(id, run string) []types.HistoryEvent {
	w.t.Helper()
	in := &sdk.GetWorkflowExecutionHistoryInput{Domain: aws.String("shop"), Execution: &types.WorkflowExecution{WorkflowId: &id, RunId: &run}}
	var events []types.HistoryEvent
	for {
		out, err := w.client.GetWorkflowExecutionHistory(context.Background(), in)
		w.ok(err)
		events = append(events, out.Events...)
		if in.NextPageToken = out.NextPageToken; in.NextPageToken == nil {
			return events
		}
	}
}

// result returns the result of a history that has ended well.
func (w *world) result(events []types.HistoryEvent) string {
	w.t.Helper()
	last := events[len(events)-1]
	if a := last.WorkflowExecutionCompletedEventAttributes; a != nil {
		return aws.ToString(a.Result)
	}
	text, _ := json.Marshal(last)
	w.t.Fatalf("the execution did not complete: %s", text)
	return ""
}

// A tally is a meter that counts.
type tally struct {
	mu      sync.Mutex
	decided int
	events  int
	bytes   int
	left    map[string]int
	ended   map[string]int
	failed  int
	changes map[string]int // of nodes, by "node status"
}

func newTally() *tally {
	return &tally{left: map[string]int{}, ended: map[string]int{}, changes: map[string]int{}}
}

func (m *tally) Decided(_ string, events, bytes, _ int, _ time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.decided++
	m.events += events
	m.bytes += bytes
}

func (m *tally) DecisionLeft(_, why string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left[why]++
}

func (m *tally) RunEnded(_, status string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended[status]++
}

func (m *tally) PollFailed(string, string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed++
}

func (m *tally) Changes(_ string, _ time.Time, changes []runtime.Change) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range changes {
		if c.From != c.To {
			m.changes[c.Node+" "+c.To.String()]++
		}
	}
}

// count returns what a meter counted of decisions that were left, by why.
func (m *tally) count(why string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.left[why]
}

// A lossy transport loses answers: the service has done what it was asked to
// do, and nobody hears of it.
type lossy struct {
	mu   sync.Mutex
	next http.RoundTripper
	lose func(operation string, n int) bool // n counts the calls of an operation from 1
	n    map[string]int
}

// losing returns a transport that loses some answers.
func losing(lose func(operation string, n int) bool) *lossy {
	return &lossy{next: http.DefaultTransport, lose: lose, n: map[string]int{}}
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	operation := filepath.Ext(r.Header.Get("X-Amz-Target"))[1:]
	answer, err := l.next.RoundTrip(r)
	l.mu.Lock()
	l.n[operation]++
	lost := l.lose(operation, l.n[operation])
	l.mu.Unlock()
	if err != nil || !lost {
		return answer, err
	}
	_ = answer.Body.Close()
	return nil, io.ErrUnexpectedEOF
}
