package operate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/deploy"
	"github.com/flowc/flowc/runtime/swf/operate"
	"github.com/flowc/flowc/runtime/swf/store"
	"github.com/flowc/flowc/runtime/swfserver"
)

// world is a domain with a decider, and with nobody who performs activities.
type world struct {
	t      *testing.T
	client *swf.Client
	runs   *operate.Domain
	ir     *ir.Program
}

func newWorld(t *testing.T, text string, more ...func(*swf.DeciderConfig)) *world {
	t.Helper()
	r := compiler.Compile(diag.NewSource("main.flow", []byte(text)), compiler.Config{})
	if r.Program == nil {
		t.Fatalf("the flow does not compile: %v", r.Diags.Sorted())
	}
	w := &world{t: t, ir: r.Program}
	ctx := context.Background()
	server := swfserver.Start(t)
	var err error
	if w.client, err = swf.Connect(ctx, swf.Config{Domain: "test", Endpoint: server.URL}); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(ctx, t.TempDir(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := deploy.Types(deploy.Source{Program: w.ir})
	if err != nil {
		t.Fatal(err)
	}
	o := deploy.Options{RegisterDomain: true, Retention: "1"}
	plan, err := deploy.NewPlan(ctx, w.client, "test", kinds, o)
	if err == nil {
		err = deploy.Apply(ctx, w.client, plan, o, func(deploy.Entry) {})
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg := swf.DeciderConfig{Client: w.client, Store: s, Definitions: []swf.Definition{{Program: w.ir}}, Pollers: 1}
	for _, f := range more {
		f(&cfg)
	}
	d, err := swf.NewDecider(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.Run(context.Background())
	}()
	t.Cleanup(func() {
		d.Kill()
		<-ended
	})
	w.runs = operate.Open(ctx, w.client, "test", s)
	return w
}

func (w *world) start(workflow, id string, input string, tags ...string) operate.Execution {
	w.t.Helper()
	var args map[string]json.RawMessage
	if err := json.Unmarshal([]byte(input), &args); err != nil {
		w.t.Fatal(err)
	}
	x, err := w.runs.Start(operate.Order{Program: w.ir, Workflow: workflow, ID: id, Input: args, Tags: tags})
	if err != nil {
		w.t.Fatal(err)
	}
	return x
}

// seen collects what an observer is shown.
type seen struct {
	mu   sync.Mutex
	text []string
}

func (s *seen) Changes(_ time.Time, changes []runtime.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		if c.Ending == ir.Waiting && c.Retry == 0 {
			s.text = append(s.text, c.Node+" "+c.To.String())
		}
	}
}

func (s *seen) Started(_ time.Time, node string, attempt int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = append(s.text, fmt.Sprintf("%s began %d", node, attempt))
}

func (s *seen) Flush() {}

func (s *seen) has(want string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.text {
		if line == want {
			return true
		}
	}
	return false
}

func (w *world) watch(x operate.Execution, s *seen) runtime.RunReport {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	report, err := w.runs.Watch(ctx, x, s, nil)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, strings.Join(s.text, "\n"))
	}
	return report
}

// until waits for a moment.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

const flow = `
activity work(n: int) -> int
workflow plain(n: int) -> int { return n + 1 }
workflow parent() -> [int] {
  xs = map i in range(0, 2) {
    c = plain(i)
    yield c
  }
  return xs
}
workflow asking() -> string {
  signal yes(by: string)
  s = wait yes for 1h else raise Silence
  return s.by
}
workflow working() {
  group with raises_on_failure = false { w = work(1) }
  x = work(2)
}
error Silence
`

func TestAWatchShowsARunAndItsChildren(t *testing.T) {
	w := newWorld(t, flow)
	s := &seen{}
	report := w.watch(w.start("parent", "p", "{}"), s)
	if report.Status != "succeeded" || string(report.Result) != "[1,2]" || report.Ended == nil {
		t.Errorf("got %+v", report)
	}
	for _, n := range report.Nodes {
		if n.Kind != "child" {
			continue
		}
		if r, err := w.runs.Record(n.Run); err != nil || r.Summary.Workflow != "plain" || r.Summary.Parent == nil {
			t.Errorf("the child run %s of %s: %+v, %v", n.Run, n.ID, r, err)
		}
	}
	for _, want := range []string{"parent running", "parent/xs[1]/c running", "parent/xs[1]/c began 1", "parent/xs[1]/c succeeded", "parent succeeded"} {
		if !s.has(want) {
			t.Errorf("%q was not shown among\n%s", want, strings.Join(s.text, "\n"))
		}
	}
}

// TestATaskIsSeenToBeginAtOnce wants it to be shown before any decision.
func TestATaskIsSeenToBeginAtOnce(t *testing.T) {
	w := newWorld(t, flow)
	x := w.start("working", "w", "{}")
	s := &seen{}
	ended := make(chan runtime.RunReport)
	go func() { ended <- w.watch(x, s) }()
	poll := func() *sdk.PollForActivityTaskOutput {
		task, err := w.client.PollForActivityTask(context.Background(), &sdk.PollForActivityTaskInput{Domain: aws.String("test"), TaskList: &types.TaskList{Name: aws.String("default")}})
		if err != nil {
			t.Error(err)
		}
		return task
	}
	first := poll()
	until(t, "the task is shown to have begun", func() bool { return s.has("working/w began 1") })
	if _, err := w.client.RespondActivityTaskFailed(context.Background(), &sdk.RespondActivityTaskFailedInput{TaskToken: first.TaskToken, Reason: aws.String("no")}); err != nil {
		t.Error(err)
	}
	second := poll()
	if _, err := w.client.RespondActivityTaskCompleted(context.Background(), &sdk.RespondActivityTaskCompletedInput{TaskToken: second.TaskToken, Result: aws.String("2")}); err != nil {
		t.Error(err)
	}
	if report := <-ended; report.Status != "succeeded" {
		t.Errorf("got %+v", report)
	}
}

func TestARunIsAskedAndEnded(t *testing.T) {
	w := newWorld(t, flow)
	x := w.start("asking", "a", "{}")
	if err := w.runs.Signal("a", "yes", json.RawMessage(`{"by": "ann"}`)); err != nil {
		t.Fatal(err)
	}
	if report := w.watch(x, &seen{}); string(report.Result) != `"ann"` {
		t.Errorf("got %+v", report)
	}
	err := w.runs.Signal(x.Run, "yes", json.RawMessage(`{"by": "bob"}`))
	if !errors.Is(err, history.ErrEnded) || !strings.Contains(err.Error(), "succeeded") {
		t.Errorf("a signal to a run that has ended: %v", err)
	}
	x = w.start("asking", "a", "{}")
	if err := w.runs.Cancel("a", ""); err != nil {
		t.Fatal(err)
	}
	if report := w.watch(x, &seen{}); report.Status != "cancelled" {
		t.Errorf("a run that was cancelled: %+v", report)
	}
	x = w.start("asking", "a", "{}")
	if err := w.runs.Cancel("a", "asking/s"); err != nil {
		t.Fatal(err)
	}
	if report := w.watch(x, &seen{}); report.Status != "failed" || report.Failure.Error != "Cancelled" {
		t.Errorf("a run of which a node was cancelled: %+v", report)
	}
	x = w.start("asking", "a", "{}")
	if err := w.runs.Kill(x.WorkflowID + "/" + x.Run); err != nil {
		t.Fatal(err)
	}
	if report := w.watch(x, &seen{}); report.Status != "killed" || report.Ended == nil {
		t.Errorf("a run that was killed: %+v", report)
	}
	for _, id := range []string{"nobody", "a/nobody"} {
		if err := w.runs.Kill(id); !errors.Is(err, history.ErrUnknown) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, err := w.runs.Lines("a", history.LineFilter{}); !errors.Is(err, history.ErrNoLogs) {
		t.Errorf("logs: %v", err)
	}
}

// TestRunsAreFound wants every filter, and every form of an id.
func TestRunsAreFound(t *testing.T) {
	w := newWorld(t, flow)
	ended := w.start("plain", "one", `{"n": 1}`, "red", "blue")
	w.watch(ended, &seen{})
	w.watch(w.start("parent", "two", "{}", "red"), &seen{})
	open := w.start("asking", "three", "{}")
	ids := func(f history.Filter) string {
		t.Helper()
		list, err := w.runs.Runs(f)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, s := range list {
			ids = append(ids, strings.SplitN(s.WorkflowID, "~", 2)[0])
		}
		return strings.Join(ids, " ")
	}
	for _, test := range []struct {
		name string
		f    history.Filter
		want string
	}{
		{"all", history.Filter{}, "three two one"},
		{"children", history.Filter{Children: true, Workflow: "plain"}, "parent.xs[1].c parent.xs[0].c one"},
		{"a workflow", history.Filter{Workflow: "plain"}, "one"},
		{"a tag", history.Filter{Tag: "red"}, "two one"},
		{"a tag and a workflow", history.Filter{Tag: "red", Workflow: "plain"}, "one"},
		{"what runs", history.Filter{Status: "running"}, "three"},
		{"what succeeded", history.Filter{Status: "succeeded"}, "two one"},
		{"what failed", history.Filter{Status: "failed"}, ""},
		{"the newest", history.Filter{Limit: 2}, "three two"},
		{"a prefix", history.Filter{Prefix: "t"}, "three two"},
		{"a prefix of a run id", history.Filter{Prefix: ended.Run[:20]}, "one"},
		{"since the future", history.Filter{Since: ir.Time(time.Now().Add(time.Hour).UnixNano())}, ""},
		{"since the past", history.Filter{Since: ir.Time(time.Now().Add(-time.Hour).UnixNano()), Limit: 1}, "three"},
	} {
		if got := ids(test.f); got != test.want && !(test.name == "children" && len(got) == len(test.want)) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	fresh := operate.Open(context.Background(), w.client, "test", nil)
	for _, id := range []string{"one", ended.Run, "one/" + ended.Run} {
		if x, err := fresh.Find(id); err != nil || x != ended {
			t.Errorf("%s: found %v, %v", id, x, err)
		}
		fresh = operate.Open(context.Background(), w.client, "test", nil) // which has seen nothing
	}
	if x, err := fresh.Find("three"); err != nil || x != open {
		t.Errorf("three: found %v, %v", x, err)
	}
	if _, err := fresh.Find("tree"); !errors.Is(err, history.ErrUnknown) || !strings.Contains(err.Error(), "did you mean three?") {
		t.Errorf("tree: %v", err)
	}
	list, err := w.runs.Runs(history.Filter{Tag: "blue"})
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	if s := list[0]; s.Run != ended.Run || s.Status != "succeeded" || s.Workflow != "plain" || s.Alive || s.Started == 0 || s.Ended < s.Started || len(s.Tags) != 2 {
		t.Errorf("got %+v", s)
	}
}

func TestARecordIsWhatHappened(t *testing.T) {
	w := newWorld(t, flow)
	x := w.start("asking", "a", "{}")
	until(t, "the run has begun", func() bool {
		events, err := w.runs.Events("a", 0)
		return err == nil && len(events) == 1
	})
	if events, err := w.runs.Events("a", 1); err != nil || len(events) != 0 {
		t.Errorf("after the first event there are %v, %v", events, err)
	}
	if err := w.runs.Signal("a", "yes", json.RawMessage(`{"by": "ann"}`)); err != nil {
		t.Fatal(err)
	}
	w.watch(x, &seen{})
	events, err := w.runs.Events("a", 1)
	if err != nil || len(events) != 1 || events[0].Type != runtime.SignalReceived || events[0].Seq != 2 {
		t.Errorf("the signal: %+v, %v", events, err)
	}
	r, err := w.runs.Record("a")
	if err != nil {
		t.Fatal(err)
	}
	if r.Program.Hash() != w.ir.Hash() || len(r.Events) != 2 || r.Summary.Status != "succeeded" || r.Summary.IR != w.ir.Hash() {
		t.Errorf("got %+v and %d events", r.Summary, len(r.Events))
	}
	p, err := r.Picture()
	if err != nil || p.Report.Status != "succeeded" || string(p.Report.Result) != `"ann"` {
		t.Errorf("got %+v, %v", p, err)
	}
}

// TestARunThatGoesOnIsWatchedOn is about one that is continued as new.
// TestAStoreThatIsAwayIsNoProgramThatIsUnknown wants an error that says so: of a
// run whose program is unknown there is a record.
func TestAStoreThatIsAwayIsNoProgramThatIsUnknown(t *testing.T) {
	w := newWorld(t, flow)
	w.watch(w.start("plain", "a", "{}"), &seen{})
	away := &account.Unreachable{Why: "nobody answers"}
	r, err := operate.Open(t.Context(), w.client, "test", without{err: away}).Record("a")
	if !errors.Is(err, away) {
		t.Errorf("got %v, %v, want that the store cannot be reached", r, err)
	}
	r, err = operate.Open(t.Context(), w.client, "test", without{err: errors.New("lost")}).Record("a")
	if err != nil || r.Program != nil || len(r.Events) == 0 || r.Known() == nil || !strings.Contains(r.Known().Error(), "lost") {
		t.Errorf("got %+v, %v, want the events, and that the program is lost", r, err)
	}
}

// without is a store that has no program, and says why.
type without struct {
	operate.Store
	err error
}

func (s without) Program(string) (*ir.Program, *runtime.Plan, error) { return nil, nil, s.err }

func TestARunThatGoesOnIsWatchedOn(t *testing.T) {
	w := newWorld(t, `
activity nothing()
workflow rounds() -> int {
  n = loop n = 0 with limit = 100, continue = true {
    wait 10ms
    if n < 3 { next n + 1 }
  }
  return n
}
`, func(c *swf.DeciderConfig) { c.Continue = decide.Continue{Offer: 8} })
	x := w.start("rounds", "r", "{}")
	report := w.watch(x, &seen{})
	if report.Status != "succeeded" || string(report.Result) != "3" || report.Run != x.Run {
		t.Errorf("got %s %s of %s, want that of %s", report.Status, report.Result, report.Run, x.Run)
	}
	again, err := w.runs.Find("r")
	if err != nil || again == x {
		t.Fatalf("the run was not continued: %v, %v", again, err)
	}
	if list, err := w.runs.Runs(history.Filter{}); err != nil || len(list) != 1 {
		t.Errorf("it is listed as %v, %v", list, err)
	}
	if err := w.runs.Signal(x.Run, "any", nil); !errors.Is(err, history.ErrEnded) {
		t.Errorf("a signal to its first execution: %v", err)
	}
}

func TestWhatCannotBeStartedIsSaid(t *testing.T) {
	w := newWorld(t, flow)
	w.start("asking", "a", "{}")
	for name, o := range map[string]operate.Order{
		"has no workflow":   {Program: w.ir, Workflow: "nothing", ID: "x"},
		"at most 5 tags":    {Program: w.ir, Workflow: "asking", ID: "x", Tags: []string{"1", "2", "3", "4", "5", "6"}},
		"AlreadyStarted":    {Program: w.ir, Workflow: "asking", ID: "a"},
		"failed to satisfy": {Program: w.ir, Workflow: "asking", ID: "x", ChildPolicy: "SHRUG"},
	} {
		if _, err := w.runs.Start(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestSettingsOfARunMayDependOnItsInput has a task list and tags that read an
// argument.
func TestSettingsOfARunMayDependOnItsInput(t *testing.T) {
	const text = `workflow w(day: string) with task_list = "w-${day}", tags = [day] { wait 1h }`
	w := newWorld(t, text, func(c *swf.DeciderConfig) { c.TaskLists = []string{"w-mon"} })
	x := w.start("w", "one", `{"day": "mon"}`)
	info, err := w.client.DescribeWorkflowExecution(context.Background(), &sdk.DescribeWorkflowExecutionInput{
		Domain: aws.String("test"), Execution: &types.WorkflowExecution{WorkflowId: &x.WorkflowID, RunId: &x.Run},
	})
	if err != nil {
		t.Fatal(err)
	}
	if list, tags := *info.ExecutionConfiguration.TaskList.Name, info.ExecutionInfo.TagList; list != "w-mon" || fmt.Sprint(tags) != "[mon]" {
		t.Errorf("the task list is %s, the tags are %v", list, tags)
	}
	list, err := (&operate.Order{Program: w.ir, Workflow: "w", Input: map[string]json.RawMessage{"day": json.RawMessage(`"tue"`)}}).List()
	if list != "w-tue" || err != nil {
		t.Error(list, err)
	}
}

// filtered is a service that counts listings of all of a domain.
type filtered struct {
	*swf.Client
	all int
}

func (f *filtered) ListClosedWorkflowExecutions(ctx context.Context, in *sdk.ListClosedWorkflowExecutionsInput, o ...func(*sdk.Options)) (*sdk.ListClosedWorkflowExecutionsOutput, error) {
	if in.ExecutionFilter == nil {
		f.all++
	}
	return f.Client.ListClosedWorkflowExecutions(ctx, in, o...)
}

// TestAWholeIDNeedsNoListOfAllRuns finds a run by its workflow id, as each
// command does.
func TestAWholeIDNeedsNoListOfAllRuns(t *testing.T) {
	w := newWorld(t, flow)
	w.watch(w.start("plain", "one", `{"n": 1}`), &seen{})
	api := &filtered{Client: w.client}
	list, err := operate.Open(context.Background(), api, "test", nil).Runs(history.Filter{Prefix: "one", Limit: 20})
	if err != nil || len(list) != 1 || api.all != 0 {
		t.Errorf("found %v, with %d listings of all (%v)", list, api.all, err)
	}
}
