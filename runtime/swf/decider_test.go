package swf_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/store"
	"github.com/flowc/flowc/runtime/swf/wire"
	"github.com/flowc/flowc/runtime/swfserver"
)

// double answers what activities of the tests ask.
func double(_ string, input map[string]json.RawMessage) any {
	var n int
	_ = json.Unmarshal(input["n"], &n)
	return 2 * n
}

const chain = `
activity double(n: int) -> int

workflow main(n: int) -> int {
  a = double(n)
  b = double(a)
  c = double(b)
  return c
}
`

func TestAChainIsDecided(t *testing.T) {
	w := start(t, chain)
	m := newTally()
	w.decide(func(c *swf.DeciderConfig) { c.Meter = m })
	w.work(1, double)
	id, run := w.begin("main", `{"n": 5}`)
	events := w.await(id, run)
	if got := w.result(events); got != "40" {
		t.Errorf("got %s, want 40", got)
	}
	if m.ended["completed"] != 1 || m.changes["main/a succeeded"] != 1 || m.changes["main succeeded"] != 1 || len(m.left) != 0 {
		t.Errorf("got %+v", m)
	}
}

const fan = `
activity double(n: int) -> int

workflow main(n: int) -> [int] {
  r = map i in range(0, n) by i {
    x = double(i)
    yield x
  }
  return r
}
`

// doubled is what fan gives.
func doubled(n int) string {
	list := make([]int, n)
	for k := range list {
		list[k] = 2 * k
	}
	text, _ := json.Marshal(list)
	return string(text)
}

// TestEventsAreReceivedOnce counts what a decider receives over a run with
// many decisions.
func TestEventsAreReceivedOnce(t *testing.T) {
	for _, n := range []int{50, 300} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := start(t, fan)
			m := newTally()
			w.decide(func(c *swf.DeciderConfig) { c.Meter = m })
			w.work(4, double)
			id, run := w.begin("main", fmt.Sprintf(`{"n": %d}`, n))
			events := w.await(id, run)
			if got := w.result(events); got != doubled(n) {
				t.Errorf("got %s", got)
			}
			text, err := decide.WriteHistory(decide.ID{WorkflowID: id, RunID: run}, events)
			w.ok(err)
			t.Logf("%d decisions, %d events of %d received, %d bytes of %d", m.decided, m.events, len(events), m.bytes, len(text))
			if m.events*2 > len(events)*3 {
				t.Errorf("%d events were received for a history of %d, in %d decisions", m.events, len(events), m.decided)
			}
		})
	}
}

// quick makes a decision that nobody answers be handed out again soon.
const quick = `
activity double(n: int) -> int

workflow main(n: int) -> [int] with decision_timeout = 1s {
  r = map i in range(0, n) by i with max = 5 {
    x = double(i)
    y = double(x)
    yield y / 2
  }
  return r
}
`

func TestAnswersThatAreLostDoNotMatter(t *testing.T) {
	w := start(t, quick)
	m := newTally()
	w.decide(func(c *swf.DeciderConfig) {
		c.Meter = m
		c.Client = w.connect(losing(func(operation string, n int) bool {
			return operation == "RespondDecisionTaskCompleted" && n%3 == 0 || operation == "PollForDecisionTask" && n == 4
		}))
	})
	w.work(2, double)
	id, run := w.begin("main", `{"n": 20}`)
	if got := w.result(w.await(id, run)); got != doubled(20) {
		t.Errorf("got %s", got)
	}
	if m.count(swf.LeftLost) == 0 {
		t.Errorf("no answer was lost: %+v", m)
	}
}

func TestDecidersShareTheirWork(t *testing.T) {
	w := start(t, fan)
	meters := []*tally{newTally(), newTally(), newTally()}
	for _, m := range meters {
		w.decide(func(c *swf.DeciderConfig) { c.Meter, c.Pollers = m, 2 })
	}
	w.work(4, double)
	id, run := w.begin("main", `{"n": 200}`)
	events := w.await(id, run)
	if got := w.result(events); got != doubled(200) {
		t.Errorf("got %s", got)
	}
	for k, m := range meters {
		t.Logf("decider %d: %d decisions, %d events of %d", k, m.decided, m.events, len(events))
		if 2*m.events > 5*len(events) { // once backwards, once with the poll, and what is newer meanwhile
			t.Errorf("decider %d received %d events of a history of %d, in %d decisions", k, m.events, len(events), m.decided)
		}
	}
}

func TestAnotherDeciderTakesOver(t *testing.T) {
	w := start(t, quick)
	first := newTally()
	stop := w.decide(func(c *swf.DeciderConfig) { c.Meter = first })
	w.work(2, double)
	id, run := w.begin("main", `{"n": 100}`)
	for range 200 {
		first.mu.Lock()
		n := first.decided
		first.mu.Unlock()
		if n >= 5 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	w.defs = nil // it knows the program from the store
	w.decide(func(c *swf.DeciderConfig) { c.TaskLists = []string{"main"} })
	if got := w.result(w.await(id, run)); got != doubled(100) {
		t.Errorf("got %s", got)
	}
}

func TestWhatIsForgottenIsReadAgain(t *testing.T) {
	w := start(t, quick)
	w.decide(func(c *swf.DeciderConfig) { c.Cache = 1 })
	w.work(3, double)
	var runs [][2]string
	for range 4 {
		id, run := w.begin("main", `{"n": 10}`)
		runs = append(runs, [2]string{id, run})
	}
	for _, r := range runs {
		if got := w.result(w.await(r[0], r[1])); got != doubled(10) {
			t.Errorf("got %s", got)
		}
	}
}

func TestAHistoryOfSeveralPages(t *testing.T) {
	w := start(t, fan)
	w.work(4, double)
	stop := w.decide(nil)
	id, run := w.begin("main", `{"n": 700}`)
	for len(w.history(id, run)) < 1500 {
		time.Sleep(20 * time.Millisecond)
	}
	stop() // the next decider has to read it all
	w.decide(nil)
	if got := w.result(w.await(id, run)); got != doubled(700) {
		t.Errorf("got %s", got)
	}
}

func TestThrottlingIsSurvived(t *testing.T) {
	rate := swfserver.Rate{Burst: 3, PerSecond: 10}
	w := start(t, quick, swfserver.Config{Throttle: map[string]swfserver.Rate{
		"PollForDecisionTask": rate, "RespondDecisionTaskCompleted": rate, "ScheduleActivityTask": {Burst: 5, PerSecond: 20},
	}})
	w.decide(nil)
	w.work(2, double)
	id, run := w.begin("main", `{"n": 6}`)
	if got := w.result(w.await(id, run)); got != doubled(6) {
		t.Errorf("got %s", got)
	}
}

// TestABugFailsNoExecution has a decider in which something panics. It leaves
// the decision, saves the history, and another decider goes on.
func TestABugFailsNoExecution(t *testing.T) {
	w := start(t, quick)
	w.work(2, double)
	m, dir := newTally(), t.TempDir()
	stop := w.decide(func(c *swf.DeciderConfig) {
		c.Meter, c.Save = m, dir
		c.Observe = func(_ decide.ID, e runtime.Event, _ runtime.Step) {
			if e.Type == runtime.TaskCompleted {
				panic("a bug")
			}
		}
	})
	id, run := w.begin("main", `{"n": 3}`)
	for end := time.Now().Add(patience); m.count(swf.LeftPanic) == 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	if len(files) != 1 || m.count(swf.LeftPanic) == 0 {
		t.Fatalf("%v were saved; %+v", files, m)
	}
	text, err := os.ReadFile(files[0])
	w.ok(err)
	if h, err := decide.ReadHistory(text); err != nil || h.ID.RunID != run || h.Events[0].EventType != types.EventTypeWorkflowExecutionStarted {
		t.Errorf("%s was saved (%v)", text, err)
	}
	w.decide(nil)
	if got := w.result(w.await(id, run)); got != doubled(3) {
		t.Errorf("got %s", got)
	}
}

func TestAProgramThatNobodyKnowsIsLeftToOthers(t *testing.T) {
	w := start(t, quick)
	w.work(1, double)
	m := newTally()
	other := w.define("workflow other() { wait 1s }")
	defs := w.defs
	w.defs = []swf.Definition{other}
	stop := w.decide(func(c *swf.DeciderConfig) { c.Meter, c.TaskLists = m, []string{"main"} })
	id, run := w.begin("main", `{"n": 2}`)
	for end := time.Now().Add(patience); m.count(swf.LeftUnknown) == 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	if m.count(swf.LeftUnknown) == 0 {
		t.Errorf("got %+v", m)
	}
	w.defs = defs
	w.decide(nil)
	if got := w.result(w.await(id, run)); got != doubled(2) {
		t.Errorf("got %s", got)
	}
}

func TestATypeThatIsMissingIsRegistered(t *testing.T) {
	w := start(t, quick)
	_, err := w.client.DeprecateActivityType(t.Context(), &sdk.DeprecateActivityTypeInput{Domain: aws.String("shop"), ActivityType: &types.ActivityType{Name: aws.String("double"), Version: aws.String("1")}})
	w.ok(err)
	_, err = w.client.DeleteActivityType(t.Context(), &sdk.DeleteActivityTypeInput{Domain: aws.String("shop"), ActivityType: &types.ActivityType{Name: aws.String("double"), Version: aws.String("1")}})
	w.ok(err)
	w.decide(nil)
	w.work(1, double)
	id, run := w.begin("main", `{"n": 2}`)
	if got := w.result(w.await(id, run)); got != doubled(2) {
		t.Errorf("got %s", got)
	}
}

func TestAnInputThatDoesNotFitFailsTheExecution(t *testing.T) {
	w := start(t, quick)
	w.decide(nil)
	for input, want := range map[string]string{`{"n": "seven"}`: "n", `{}`: "n", `nonsense`: "JSON", `{"n": 1, "m": 2}`: "m"} {
		events := w.await(w.begin("main", input))
		a := events[len(events)-1].WorkflowExecutionFailedEventAttributes
		if a == nil || !strings.HasPrefix(*a.Reason, "BadInput") || !strings.Contains(*a.Reason, want) {
			t.Errorf("%s: got %+v", input, events[len(events)-1])
		}
	}
}

// TestAnOutageIsSurvived ends the service for a while.
func TestAnOutageIsSurvived(t *testing.T) {
	w := start(t, quick)
	m := newTally()
	var out atomic.Bool
	w.decide(func(c *swf.DeciderConfig) {
		c.Meter, c.Client = m, w.connect(cut{&out})
	})
	w.work(2, double)
	out.Store(true)
	id, run := w.begin("main", `{"n": 3}`)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		m.mu.Lock()
		failed := m.failed
		m.mu.Unlock()
		if failed > 0 {
			break
		}
	}
	out.Store(false)
	if got := w.result(w.await(id, run)); got != doubled(3) {
		t.Errorf("got %s", got)
	}
	if m.failed == 0 {
		t.Error("no poll failed")
	}
}

// cut is a line that is out now and then.
type cut struct{ out *atomic.Bool }

func (c cut) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.out.Load() {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestWhatIsBeingDecidedIsFinished drains a decider that is deciding.
func TestWhatIsBeingDecidedIsFinished(t *testing.T) {
	w := start(t, chain)
	deciding, went := make(chan struct{}), make(chan struct{})
	var once sync.Once
	stop := w.decide(func(c *swf.DeciderConfig) {
		c.Observe = func(decide.ID, runtime.Event, runtime.Step) {
			once.Do(func() {
				close(deciding)
				<-went
			})
		}
	})
	id, run := w.begin("main", `{"n": 1}`)
	<-deciding
	stopped := make(chan struct{})
	go func() {
		stop()
		close(stopped)
	}()
	time.AfterFunc(100*time.Millisecond, func() { close(went) })
	<-stopped
	for _, e := range w.history(id, run) {
		if e.EventType == types.EventTypeActivityTaskScheduled {
			return
		}
	}
	t.Error("the decision was not answered")
}

// TestNodesAreToldOfOnce loses answers, so that decisions are made twice.
func TestNodesAreToldOfOnce(t *testing.T) {
	w := start(t, quick)
	m := newTally()
	w.decide(func(c *swf.DeciderConfig) {
		c.Meter = m
		c.Client = w.connect(losing(func(operation string, n int) bool {
			return operation == "RespondDecisionTaskCompleted" && (n == 2 || n == 4)
		}))
	})
	w.work(2, double)
	id, run := w.begin("main", `{"n": 5}`)
	if got := w.result(w.await(id, run)); got != doubled(5) {
		t.Errorf("got %s", got)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for change, n := range m.changes {
		if n != 1 {
			t.Errorf("%s was told %d times", change, n)
		}
	}
	if m.changes["main/r[3]/y succeeded"] != 1 {
		t.Errorf("got %v", m.changes)
	}
}

func TestProgramsThatCannotBeToldApart(t *testing.T) {
	w := start(t, quick)
	s, err := store.Open(t.Context(), w.blobs, store.Config{})
	w.ok(err)
	one, other := w.define("workflow main() { wait 1s }"), w.define("workflow main() { wait 2s }")
	one.Name, other.Name = "one.flow", "other.flow"
	for _, test := range []struct {
		defs []swf.Definition
		want string
	}{
		{[]swf.Definition{one, other}, "one.flow and other.flow both have a workflow `main` of version \"1\""},
		{[]swf.Definition{one, one}, ""},
		{nil, "there is no task list to poll"},
	} {
		_, err := swf.NewDecider(swf.DeciderConfig{Client: w.client, Store: s, Definitions: test.defs})
		if got := fmt.Sprint(err); test.want == "" && err != nil || !strings.HasPrefix(got, test.want) {
			t.Errorf("got %v, want %s…", err, test.want)
		}
	}
}

// TestDecisionsThatAreRefusedAreMadeAgain has a service that finds an answer
// invalid.
func TestDecisionsThatAreRefusedAreMadeAgain(t *testing.T) {
	w := start(t, quick)
	m := newTally()
	var log lines
	w.decide(func(c *swf.DeciderConfig) {
		c.Meter, c.Log = m, slog.New(slog.NewTextHandler(&log, nil))
		c.Client = w.connect(&refusing{})
	})
	w.work(1, double)
	id, run := w.begin("main", `{"n": 1}`)
	if got := w.result(w.await(id, run)); got != doubled(1) {
		t.Errorf("got %s", got)
	}
	if m.count(swf.LeftRefused) != 1 {
		t.Errorf("got %+v", m)
	}
	for _, want := range []string{"the service refused the decisions", "Value too odd", "main.r[0].x#1"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in the log:\n%s", want, log.String())
		}
	}
}

// refusing is a transport that answers the second answer to a decision task
// itself.
type refusing struct{ answers atomic.Int64 }

func (r *refusing) RoundTrip(q *http.Request) (*http.Response, error) {
	if strings.HasSuffix(q.Header.Get("X-Amz-Target"), "RespondDecisionTaskCompleted") && r.answers.Add(1) == 1 {
		return &http.Response{
			StatusCode: http.StatusBadRequest, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Request: q,
			Body: io.NopCloser(strings.NewReader(`{"__type":"com.amazon.coral.validate#ValidationException","message":"Value too odd"}`)),
		}, nil
	}
	return http.DefaultTransport.RoundTrip(q)
}

// TestWhatWasReadForALateAnswerIsKept has answers that come after the decision
// task has timed out: of a decision in the middle, and of the one that closes.
func TestWhatWasReadForALateAnswerIsKept(t *testing.T) {
	for _, which := range []int64{2, 4} {
		t.Run(fmt.Sprint(which), func(t *testing.T) {
			w := start(t, strings.Replace(chain, "-> int {\n  a", "-> int with decision_timeout = 1s {\n  a", 1))
			m, late := newTally(), &late{which: which}
			w.decide(func(c *swf.DeciderConfig) { c.Meter, c.Client, c.Pollers = m, w.connect(late), 1 })
			w.work(1, double)
			if got := w.result(w.await(w.begin("main", `{"n": 5}`))); got != "40" {
				t.Errorf("got %s", got)
			}
			if m.count(swf.LeftLost) != 1 || late.histories.Load() != 0 {
				t.Errorf("the history was read %d times; %+v", late.histories.Load(), m)
			}
		})
	}
}

// late is a transport that holds an answer to a decision task back.
type late struct {
	which              int64
	answers, histories atomic.Int64
}

func (l *late) RoundTrip(q *http.Request) (*http.Response, error) {
	switch _, operation, _ := strings.Cut(q.Header.Get("X-Amz-Target"), "."); operation {
	case "GetWorkflowExecutionHistory":
		l.histories.Add(1)
	case "RespondDecisionTaskCompleted":
		if l.answers.Add(1) == l.which {
			time.Sleep(1500 * time.Millisecond)
		}
	}
	return http.DefaultTransport.RoundTrip(q)
}

// TestATaskOfNothingIsNone has a service whose first task says nothing.
func TestATaskOfNothingIsNone(t *testing.T) {
	w := start(t, quick)
	m := newTally()
	w.decide(func(c *swf.DeciderConfig) { c.Meter, c.Client = m, w.connect(&vague{}) })
	w.work(1, double)
	if got := w.result(w.await(w.begin("main", `{"n": 1}`))); got != doubled(1) || m.failed != 1 {
		t.Errorf("got %s, %+v", got, m)
	}
}

// vague is a transport that answers the first poll itself.
type vague struct{ polls atomic.Int64 }

func (v *vague) RoundTrip(q *http.Request) (*http.Response, error) {
	if strings.HasSuffix(q.Header.Get("X-Amz-Target"), "PollForDecisionTask") && v.polls.Add(1) == 1 {
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Request: q,
			Body: io.NopCloser(strings.NewReader(`{"taskToken":"t","startedEventId":3}`)),
		}, nil
	}
	return http.DefaultTransport.RoundTrip(q)
}

// lines gathers what is logged.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestAStoreThatIsAwayFailsNothing takes the folder of values away while a run
// needs it.
func TestAStoreThatIsAwayFailsNothing(t *testing.T) {
	w := start(t, `
activity long(n: int) -> string

workflow main() -> string with decision_timeout = 1s {
  a = long(n: 40_000)
  return a
}
`)
	m := newTally()
	w.blobs = filepath.Join(w.blobs, "values")
	w.decide(func(c *swf.DeciderConfig) { c.Meter = m })
	away := w.blobs + " away"
	w.ok(os.Rename(w.blobs, away))
	w.ok(os.WriteFile(w.blobs, nil, 0o600))
	values, err := store.Open(t.Context(), away, store.Config{})
	w.ok(err)
	w.work(1, func(string, map[string]json.RawMessage) any {
		text, _ := json.Marshal(strings.Repeat("a", 40_000))
		claim, err := wire.Fit(values, string(text), 32_768)
		if err != nil {
			t.Error(err)
		}
		return json.RawMessage(claim)
	})
	id, run := w.begin("main", `{}`)
	for end := time.Now().Add(patience); m.count(swf.LeftUnavailable) == 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	w.ok(os.Remove(w.blobs))
	w.ok(os.Rename(away, w.blobs))
	if got := w.result(w.await(id, run)); !strings.HasPrefix(got, `{"$blob":`) {
		t.Errorf("got %s", got)
	}
	if m.count(swf.LeftUnavailable) == 0 {
		t.Errorf("got %+v", m)
	}
}

func TestChildrenEndWithTheirParent(t *testing.T) {
	w := start(t, `
workflow child() { wait 1h }

workflow main() {
  detach child() with on_parent_close = terminate
  wait 1s
}
`)
	w.decide(nil)
	id, run := w.begin("main", `{}`)
	for _, e := range w.await(id, run) {
		if a := e.ChildWorkflowExecutionStartedEventAttributes; a != nil {
			events := w.await(*a.WorkflowExecution.WorkflowId, *a.WorkflowExecution.RunId)
			if last := events[len(events)-1]; last.EventType != types.EventTypeWorkflowExecutionTerminated {
				t.Errorf("the child has ended with %s", last.EventType)
			}
			return
		}
	}
	t.Error("no child was started")
}
