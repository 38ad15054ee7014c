package decide_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/blob"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swfserver"
)

// never is the work of an activity that does not end.
func never(names ...string) func(string, string, int, json.RawMessage) (string, *runtime.Failure) {
	return func(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) {
		for _, n := range names {
			if n == activity {
				return "", nil
			}
		}
		if activity == "bad" {
			return "", &runtime.Failure{Error: "Failed", Message: "it is bad"}
		}
		return "1", nil
	}
}

// count returns how many events of a type there are.
func (w *world) count(id decide.ID, kind types.EventType) int {
	n := 0
	for _, e := range w.history(id) {
		if e.EventType == kind {
			n++
		}
	}
	return n
}

// want fails the test unless the execution ends as it should.
func (w *world) want(id decide.ID, status types.CloseStatus, last string) {
	w.t.Helper()
	got := w.run(id)
	if story := w.story(id); got != status || !strings.Contains(story[strings.LastIndexByte(strings.TrimSpace(story), '\n')+1:], last) {
		w.t.Fatalf("it ended as %s, want %s with %q\n%s", got, status, last, story)
	}
}

func TestAFailureCancelsWhatRuns(t *testing.T) {
	w := newWorld(t, `
activity slow(n: int) -> int
activity bad() -> int
activity clean()
workflow w() {
  group {
    a = slow(1)
    b = slow(2)
    chain { wait 3s; bad() }
    later = wait 1d
  } catch as e { clean() }
}`)
	w.work = never("slow")
	id := w.start("w", "")
	w.want(id, types.CloseStatusCompleted, "")
	if n := w.count(id, types.EventTypeActivityTaskCanceled); n != 2 {
		t.Errorf("%d tasks were cancelled\n%s", n, w.story(id))
	}
	if w.count(id, types.EventTypeTimerCanceled) < 1 {
		t.Errorf("the wait goes on\n%s", w.story(id))
	}
}

func TestACancelRequestCancelsTheRun(t *testing.T) {
	w := newWorld(t, `
activity slow(n: int) -> int
activity clean()
workflow w() {
  a = slow(1)
} on_cancel { clean() }`)
	w.work = never("slow")
	id := w.start("w", "{}")
	for w.turn() {
	}
	w.must(w.swf.RequestCancelWorkflowExecution(ctx, &swf.RequestCancelWorkflowExecutionInput{Domain: aws.String("d"), WorkflowId: &id.WorkflowID}))
	w.want(id, types.CloseStatusCanceled, "")
	if n := w.count(id, types.EventTypeActivityTaskCompleted); n != 1 {
		t.Errorf("the handler did not run\n%s", w.story(id))
	}
}

// TestATaskThatItsWorkerLeavesBehindIsAbandoned wants the status that a local
// run gives it, at once.
func TestATaskThatItsWorkerLeavesBehindIsAbandoned(t *testing.T) {
	w := newWorld(t, `
activity slow()
workflow w() { slow() }`)
	w.work, w.parting = never("slow"), aws.String(`{"abandoned":true}`)
	id := w.start("w", "{}")
	for w.turn() {
	}
	w.must(w.swf.RequestCancelWorkflowExecution(ctx, &swf.RequestCancelWorkflowExecutionInput{Domain: aws.String("d"), WorkflowId: &id.WorkflowID}))
	w.want(id, types.CloseStatusCanceled, "")
	if n := w.count(id, types.EventTypeTimerFired); n != 0 {
		t.Errorf("its grace was waited for\n%s", w.story(id))
	}
	r, err := decide.Record(w.env, id, w.history(id))
	w.must(nil, err)
	p, err := r.Picture()
	w.must(nil, err)
	if n := p.Report.Nodes[1]; n.ID != "w/slow" || n.Status != "abandoned" {
		t.Errorf("%s is %s", n.ID, n.Status)
	}
}

func TestSignalsAndPathsReachTheRun(t *testing.T) {
	w := newWorld(t, `
activity slow(n: int) -> int
workflow w() -> int {
  signal go(n: int)
  got = wait go
  a = slow(1) with raises_on_failure = false
  return got.n
}`)
	w.work = never("slow")
	id := w.start("w", "{}")
	for w.turn() {
	}
	signal := func(name, input string) {
		w.must(w.swf.SignalWorkflowExecution(ctx, &swf.SignalWorkflowExecutionInput{Domain: aws.String("d"), WorkflowId: &id.WorkflowID, SignalName: &name, Input: &input}))
	}
	signal("other", "what is that")
	signal("go", `{"n": 7}`)
	for w.turn() {
	}
	signal(decide.CancelSignal, `{"path": "w/a"}`)
	w.want(id, types.CloseStatusCompleted, "7")
}

func TestADecisionThatCrossesNewsIsMadeAgain(t *testing.T) {
	w := newWorld(t, `
activity quick() -> int
activity slow() -> int
workflow w() -> int {
  return quick()
}`)
	id := w.start("w", "{}")
	crossed := 0
	w.work = never()
	w.after = func(id decide.ID, d decide.Decisions) {
		if n := len(d.List); d.List[n-1].DecisionType == types.DecisionTypeCompleteWorkflowExecution && crossed < 3 {
			crossed++
			w.must(w.swf.SignalWorkflowExecution(ctx, &swf.SignalWorkflowExecutionInput{Domain: aws.String("d"), WorkflowId: &id.WorkflowID, SignalName: aws.String("x")}))
		}
	}
	w.want(id, types.CloseStatusCompleted, "1")
	if n := w.count(id, types.EventTypeCompleteWorkflowExecutionFailed); n != 3 {
		t.Errorf("%d ends were refused\n%s", n, w.story(id))
	}
}

// TestACancelThatCrossesADecision lets a cancel arrive while the decision that
// schedules a task is made.
func TestACancelThatCrossesADecision(t *testing.T) {
	w := newWorld(t, `
activity slow() -> int
workflow w() -> int { return slow() }`)
	w.work = never("slow")
	id := w.start("w", "{}")
	w.after = func(id decide.ID, d decide.Decisions) {
		if len(d.List) > 1 && d.List[1].DecisionType == types.DecisionTypeScheduleActivityTask {
			w.must(w.swf.RequestCancelWorkflowExecution(ctx, &swf.RequestCancelWorkflowExecutionInput{Domain: aws.String("d"), WorkflowId: &id.WorkflowID}))
		}
	}
	w.want(id, types.CloseStatusCanceled, "")
}

func TestManyTasksFitIntoManyAnswers(t *testing.T) {
	w := newWorld(t, `
activity one(n: int) -> int
workflow w() -> int {
  all = map n in range(250) by n { yield one(n) }
  return sum(all)
}`)
	w.work = never()
	id := w.start("w", "{}")
	most := 0
	w.after = func(id decide.ID, d decide.Decisions) { most = max(most, len(d.List)) }
	w.want(id, types.CloseStatusCompleted, "250")
	if most != 100 {
		t.Errorf("%d decisions in one answer", most)
	}
}

func TestAWindowIsRefilled(t *testing.T) {
	for name, config := range map[string]swfserver.Config{
		"the decider's":       {},
		"the service's":       {Quotas: swfserver.Quotas{OpenActivities: 7}},
		"of rate":             {Throttle: map[string]swfserver.Rate{"ScheduleActivityTask": {Burst: 5, PerSecond: 1}}},
		"of timers":           {Quotas: swfserver.Quotas{OpenTimers: 3}},
		"of the rate of them": {Throttle: map[string]swfserver.Rate{"StartTimer": {Burst: 5, PerSecond: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, `
activity one(n: int) -> int { total_timeout = 1h }
workflow w() -> int {
  all = map n in range(30) by n { yield one(n) }
  return sum(all)
}`, config)
			w.work = never()
			if name == "the decider's" {
				w.env.Window = 4
			}
			open := 0
			w.after = func(id decide.ID, d decide.Decisions) {
				w.clock.Advance(d.Delay)
				out, _ := w.swf.DescribeWorkflowExecution(ctx, &swf.DescribeWorkflowExecutionInput{Domain: aws.String("d"), Execution: &types.WorkflowExecution{WorkflowId: &id.WorkflowID, RunId: &id.RunID}})
				open = max(open, int(out.OpenCounts.OpenActivityTasks))
			}
			id := w.start("w", "{}")
			w.want(id, types.CloseStatusCompleted, "30")
			if n := len(w.history(id)); n > 600 {
				t.Errorf("%d events\n%s", n, w.story(id))
			}
		})
	}
}

func TestATypeThatIsNotRegisteredIs(t *testing.T) {
	text := `
activity known() -> int
activity unknown() -> int
workflow w() -> int {
  a = known()
  b = child()
  c = unknown()
  return a + b + c
}
workflow child() -> int { return 1 }`
	w := newWorld(t, text)
	w.must(w.swf.DeprecateActivityType(ctx, &swf.DeprecateActivityTypeInput{Domain: aws.String("d"), ActivityType: &types.ActivityType{Name: aws.String("unknown"), Version: aws.String("1")}}))
	w.must(w.swf.DeleteActivityType(ctx, &swf.DeleteActivityTypeInput{Domain: aws.String("d"), ActivityType: &types.ActivityType{Name: aws.String("unknown"), Version: aws.String("1")}}))
	w.must(w.swf.DeprecateWorkflowType(ctx, &swf.DeprecateWorkflowTypeInput{Domain: aws.String("d"), WorkflowType: &types.WorkflowType{Name: aws.String("child"), Version: aws.String("1")}}))
	w.must(w.swf.DeleteWorkflowType(ctx, &swf.DeleteWorkflowTypeInput{Domain: aws.String("d"), WorkflowType: &types.WorkflowType{Name: aws.String("child"), Version: aws.String("1")}}))
	id := w.start("w", "{}")
	w.work = never()
	w.want(id, types.CloseStatusCompleted, "3")
	if n := w.count(id, types.EventTypeScheduleActivityTaskFailed) + w.count(id, types.EventTypeStartChildWorkflowExecutionFailed); n != 2 {
		t.Errorf("%d refusals\n%s", n, w.story(id))
	}
}

func TestADeprecatedTypeFailsTheNode(t *testing.T) {
	w := newWorld(t, `
activity old() -> int
workflow w() -> int { return old() }`)
	w.must(w.swf.DeprecateActivityType(ctx, &swf.DeprecateActivityTypeInput{Domain: aws.String("d"), ActivityType: &types.ActivityType{Name: aws.String("old"), Version: aws.String("1")}}))
	w.want(w.start("w", "{}"), types.CloseStatusFailed, "Refused: the type of activity `old`, version 1, is deprecated in this domain (ACTIVITY_TYPE_DEPRECATED)")
}

func TestAnInputThatDoesNotFitFailsTheExecution(t *testing.T) {
	for input, want := range map[string]string{
		`{"n": "x"}`:          "BadInput: `n` does not fit: expected int, found string",
		`{}`:                  "BadInput: `w` needs the parameter `n`",
		`[1]`:                 "BadInput: the input must be a JSON object by parameter, and is `[1]`",
		`nonsense`:            "BadInput: the input must be a JSON object",
		`{"n": 1, "days": 3}`: "BadInput: `w` has no parameter `days`; did you mean `day`?",
	} {
		w := newWorld(t, `
workflow w(n: int, day: int = 1) -> int { return n + day }`)
		w.want(w.start("w", input), types.CloseStatusFailed, want)
	}
	w := newWorld(t, `
workflow w(n: int, day: int = 1) -> int { return n + day }`)
	w.want(w.start("w", `{"n": 3}`), types.CloseStatusCompleted, "4")
}

func TestLongValuesAreCheckedIn(t *testing.T) {
	w := newWorld(t, `
activity long(n: int) -> string
activity echo(s: string) -> string
workflow w() -> string {
  a = long(40000)
  b = echo(a)
  c = sub(b)
  return c
}
workflow sub(s: string) -> string { return s }`)
	w.work = func(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) {
		if activity == "long" {
			return `"` + strings.Repeat("é", 40000) + `"`, nil
		}
		var in struct{ S string }
		if err := json.Unmarshal(input, &in); err != nil || len(in.S) != 80000 {
			return "", &runtime.Failure{Error: "Failed", Message: fmt.Sprintf("%v, %d", err, len(in.S))}
		}
		return fmt.Sprintf("%q", in.S), nil
	}
	id := w.start("w", "{}")
	w.want(id, types.CloseStatusCompleted, `{"$blob":{"$ref":"sha256/`)
}

func TestALostValueFailsTheNode(t *testing.T) {
	w := newWorld(t, `
activity long() -> string
workflow w() -> string { return long() }`)
	w.work = func(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) {
		return `{"$blob":{"$ref":"sha256/1111111111111111111111111111111111111111111111111111111111111111","sha256":"1111111111111111111111111111111111111111111111111111111111111111","size":70000}}`, nil
	}
	w.lies = true
	w.want(w.start("w", "{}"), types.CloseStatusFailed, "LostValue: the result is lost: the stored value sha256/111")
}

// TestAValueThatIsLostLaterFailsTheRun lets a value go from the store when the
// run has gone on with it, so that a new decider cannot come to where it is.
func TestAValueThatIsLostLaterFailsTheRun(t *testing.T) {
	w := newWorld(t, `
activity long() -> string
activity short(n: int) -> int
workflow w() -> int {
  a = long()
  b = short(len(a))
  wait 10s
  return b
}`)
	w.work = func(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) {
		if activity == "long" {
			return `"` + strings.Repeat("x", 40000) + `"`, nil
		}
		return "1", nil
	}
	ended := w.start("w", "{}")
	w.want(ended, types.CloseStatusCompleted, "1")
	id := w.start("w", "{}")
	for w.count(id, types.EventTypeTimerStarted) == 0 && w.turn() {
	}
	w.env.Blobs, w.kept = blobs{blob.New(t.TempDir())}, nil
	w.clock.Advance(10 * time.Second)
	w.turn()
	r, err := decide.Record(w.env, id, w.history(id))
	w.must(nil, err)
	p, err := r.Picture()
	if w.must(nil, err); p.Report.Status != "failed" || p.Report.Failure.Error != decide.LostValue || p.Report.Failure.Node != "w/a" {
		t.Errorf("got %s, %v", p.Report.Status, p.Report.Failure)
	}
	r, err = decide.Record(w.env, ended, w.history(ended))
	w.must(nil, err)
	p, err = r.Picture()
	if w.must(nil, err); p.Report.Status != "succeeded" || p.Report.Failure != nil {
		t.Errorf("one that has ended well: got %s, %v", p.Report.Status, p.Report.Failure)
	}
}

func TestChildren(t *testing.T) {
	w := newWorld(t, `
error Broke { why: string }
activity one(n: int) -> int raises Broke
workflow w() -> int {
  a = sub(1)
  b = sub(2) with raises_on_failure = false
  c = detach sub(3) with on_parent_close = cancel
  d = detach sub(4) with on_parent_close = terminate
  e = detach sub(5) with on_parent_close = abandon
  let why = b.error
  if why != none { return a + len(why.error) }
  return 0
}
workflow sub(n: int) -> int { return one(n) }`)
	w.work = func(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) {
		switch string(input) {
		case `{"n":1}`:
			return "1", nil
		case `{"n":2}`:
			return "", &runtime.Failure{Error: "Broke", Message: "broken", Details: json.RawMessage(`{"why":"glass"}`)}
		}
		return "", nil
	}
	w.want(w.start("w", "{}"), types.CloseStatusCompleted, "6")
	for range 5 {
		for w.turn() {
		}
		w.heartbeat()
		w.clock.Advance(time.Second)
	}
	open, err := w.swf.ListOpenWorkflowExecutions(ctx, &swf.ListOpenWorkflowExecutionsInput{Domain: aws.String("d"), StartTimeFilter: &types.ExecutionTimeFilter{OldestDate: aws.Time(time.Unix(0, 0))}})
	w.must(open, err)
	if len(open.ExecutionInfos) != 1 {
		t.Errorf("%d child runs are open, want that of the call that abandons it", len(open.ExecutionInfos))
	}
	closed, err := w.swf.ListClosedWorkflowExecutions(ctx, &swf.ListClosedWorkflowExecutionsInput{Domain: aws.String("d"), StartTimeFilter: &types.ExecutionTimeFilter{OldestDate: aws.Time(time.Unix(0, 0))}})
	w.must(closed, err)
	got := map[types.CloseStatus]int{}
	for _, e := range closed.ExecutionInfos {
		got[e.CloseStatus]++
	}
	want := map[types.CloseStatus]int{types.CloseStatusCompleted: 2, types.CloseStatusFailed: 1, types.CloseStatusCanceled: 1, types.CloseStatusTerminated: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAnEndThatIsRefusedIsTriedAgainAfterPauses lets the service not permit
// that an execution is closed, for a while.
func TestAnEndThatIsRefusedIsTriedAgainAfterPauses(t *testing.T) {
	env := envOf(t, compile(t, `workflow w() -> int { return 1 }`))
	s := newService("w", "{}")
	refused := 0
	s.refuse = func(d *types.Decision) string {
		if d.DecisionType == types.DecisionTypeCompleteWorkflowExecution && refused < 5 {
			refused++
			return "OPERATION_NOT_PERMITTED"
		}
		return ""
	}
	x, read, began := decide.New(env, s.id), 0, s.now
	for s.begin() {
		if err := x.Read(s.events[read:]); err != nil {
			t.Fatal(err)
		}
		read = len(s.events)
		d, err := x.Decide()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.answer(d.List); err != nil {
			t.Fatal(err)
		}
		for e, timer := range s.timers {
			s.now = timer.due
			delete(s.timers, e)
			s.add(types.HistoryEvent{EventType: types.EventTypeTimerFired, TimerFiredEventAttributes: &types.TimerFiredEventAttributes{TimerId: &timer.id, StartedEventId: e}})
			s.trigger()
		}
	}
	if took := s.now.Sub(began); s.closed != types.EventTypeWorkflowExecutionCompleted || took != 31*time.Second {
		t.Errorf("it ended as %s after %v", s.closed, took)
	}
}

func TestFactsOfTheExecutionCanBeRead(t *testing.T) {
	w := newWorld(t, `
activity one(n: int) -> int
workflow w() -> string with tags = ["red", "blue"] {
  a = one(len(run.tags))
  return "${run.id} ${run.workflow_id} ${run.tags[1]} ${run.attempt} ${a}"
}`)
	w.work = scripted
	id := w.start("w", "{}")
	w.want(id, types.CloseStatusCompleted, id.RunID+" w blue 1 2")
}

func TestLambdaFunctionsAreRunByTheService(t *testing.T) {
	calls := 0
	w := newWorld(t, `
import "std/lambda" as lambda
workflow w() -> json {
  a = lambda.invoke("double", {n: 4}) with timeout = 30s
  b = lambda.invoke("bad", {n: 4}) with retry = exponential(1, from: 1s), raises_on_failure = false
  return a
}`, swfserver.Config{Lambda: func(_ context.Context, name, input string) (string, error) {
		if name == "bad" {
			return "", &swfserver.LambdaError{Reason: "Oops", Details: `{"errorMessage": "no"}`}
		}
		calls++
		return `{"doubled": ` + input + `}`, nil
	}})
	id := w.start("w", "{}")
	w.want(id, types.CloseStatusCompleted, `{"doubled":{"n":4}}`)
	if n := w.count(id, types.EventTypeLambdaFunctionFailed); calls != 1 || n != 2 {
		t.Errorf("%d calls, %d failures\n%s", calls, n, w.story(id))
	}
}

// TestAnUnreadableReferenceBreaksNoRun sends what looks like a claim check and
// is none, as any client and worker can.
func TestAnUnreadableReferenceBreaksNoRun(t *testing.T) {
	w := newWorld(t, `
activity one() -> json
workflow w() -> json {
  signal begin(n: int?)
  wait 1m
  return one()
}`)
	w.work = func(string, string, int, json.RawMessage) (string, *runtime.Failure) { return `{"$blob":7}`, nil }
	w.lies = true
	id := w.start("w", "{}")
	w.must(w.swf.SignalWorkflowExecution(ctx, &swf.SignalWorkflowExecutionInput{Domain: aws.String("d"), WorkflowId: &id.WorkflowID, SignalName: aws.String("begin"), Input: aws.String(`{"$blob":{}}`)}))
	w.want(id, types.CloseStatusFailed, "LostValue: the result is lost")
}
