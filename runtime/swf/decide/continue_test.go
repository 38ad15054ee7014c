package decide_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/decide"
)

// follow runs an execution and those that continue it, and returns all.
func (w *world) follow(id decide.ID) []decide.ID {
	w.t.Helper()
	all := []decide.ID{id}
	for w.run(id) == types.CloseStatusContinuedAsNew {
		h := w.history(id)
		id.RunID = *h[len(h)-1].WorkflowExecutionContinuedAsNewEventAttributes.NewExecutionRunId
		all = append(all, id)
	}
	return all
}

func TestALoopContinuesAsANewExecution(t *testing.T) {
	w := newWorld(t, `
activity add(n: int) -> int
workflow w() -> string {
  signal late(word: string)
  n = loop acc = 0 while acc < 40 with limit = 100, continue = true {
    x = add(acc)
    next x
  }
  got = wait late
  return "${n} ${got.word} ${run.id}"
}`)
	keys := map[string]bool{}
	w.work = func(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) {
		if keys[node] {
			t.Errorf("%s is run twice", node)
		}
		keys[node] = true
		var in struct{ N int }
		_ = json.Unmarshal(input, &in)
		return fmt.Sprint(in.N + 1), nil
	}
	w.env.Continue.Offer = 50
	id := w.start("w", "{}")
	w.must(w.swf.SignalWorkflowExecution(ctx, &swf.SignalWorkflowExecutionInput{Domain: aws.String("d"), WorkflowId: &id.WorkflowID, SignalName: aws.String("late"), Input: aws.String(`{"word":"mail"}`)}))
	all := w.follow(id)
	if len(all) < 4 {
		t.Errorf("there were %d executions", len(all))
	}
	w.want(all[len(all)-1], types.CloseStatusCompleted, fmt.Sprintf("40 mail %s", id.RunID))
	for _, one := range all {
		if n := len(w.history(one)); n > 70 {
			t.Errorf("%d events\n%s", n, w.story(one))
		}
	}
}

func TestALongRunContinuesWhenNothingIsOpen(t *testing.T) {
	w := newWorld(t, `
activity one(n: int) -> int { retry = exponential(1, from: 10s) }
workflow w() -> int {
  group {
    all = map n in range(40) by n with max = 5 { yield one(n) }
    kids = map n in range(6) by n with max = 2 { yield sub(n) }
    wait 3h
  }
  return sum(all) + sum(kids)
}
workflow sub(n: int) -> int { return one(n) }`)
	tries := map[string]int{}
	w.work = func(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) {
		if tries[node]++; tries[node] == 1 {
			return "", &runtime.Failure{Error: "Failed", Message: "not yet"}
		}
		return "1", nil
	}
	w.env.Continue.Force = 80
	all := w.follow(w.start("w", "{}"))
	w.want(all[len(all)-1], types.CloseStatusCompleted, "46")
	if len(all) < 4 {
		t.Errorf("there were %d executions", len(all))
	}
	began := w.history(all[0])[0].EventTimestamp
	last := w.history(all[len(all)-1])
	if took := last[len(last)-1].EventTimestamp.Sub(*began).Hours(); took < 3 || took > 3.5 {
		t.Errorf("it took %v hours", took)
	}
}

func TestDetachedChildrenAreKnownToTheNextExecution(t *testing.T) {
	w := newWorld(t, `
activity one(n: int) -> int
workflow w() -> int {
  a = detach sub(3) with on_parent_close = cancel
  n = loop acc = 0 while acc < 4 with limit = 100, continue = true {
    x = one(acc)
    next x
  }
  return n
}
workflow sub(n: int) { wait 1d }`)
	w.work = func(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) {
		var in struct{ N int }
		_ = json.Unmarshal(input, &in)
		return fmt.Sprint(in.N + 1), nil
	}
	w.env.Continue.Offer = 10
	all := w.follow(w.start("w", "{}"))
	w.want(all[len(all)-1], types.CloseStatusCompleted, "4")
	for w.turn() {
	}
	closed, err := w.swf.CountClosedWorkflowExecutions(ctx, &swf.CountClosedWorkflowExecutionsInput{Domain: aws.String("d"), StartTimeFilter: &types.ExecutionTimeFilter{OldestDate: aws.Time(time.Unix(0, 0))}, CloseStatusFilter: &types.CloseStatusFilter{Status: types.CloseStatusCanceled}})
	if w.must(closed, err); closed.Count != 1 || len(all) < 3 {
		t.Errorf("%d child runs were cancelled, after %d executions", closed.Count, len(all))
	}
}

// TestATaskThatDoesNotStopKeepsNoRunFromContinuing has a worker that does not
// hear of cancels.
func TestATaskThatDoesNotStopKeepsNoRunFromContinuing(t *testing.T) {
	w := newWorld(t, `
activity one(n: int) -> int
activity never() -> int
workflow w() -> int {
  first = group with timeout = 5s, raises_on_failure = false { a = never() }
  n = loop acc = 0 while acc < 8 with limit = 100, continue = true {
    x = one(acc)
    next x + 1
  }
  return n
}`)
	w.work = scripted
	w.deaf = true
	w.env.Continue.Offer = 20
	all := w.follow(w.start("w", "{}"))
	w.want(all[len(all)-1], types.CloseStatusCompleted, "8")
	if len(all) < 3 {
		t.Errorf("%d executions\n%s", len(all), w.story(all[0]))
	}
}

// TestADetachedChildBehindOthersBeginsBeforeTheRunContinues has more calls
// waiting than may be open, and a detached one behind them.
func TestADetachedChildBehindOthersBeginsBeforeTheRunContinues(t *testing.T) {
	w := newWorld(t, `
workflow w() -> int {
  group {
    kids = map n in range(12) by n { yield sub(n) }
    a = detach sub(100) with on_parent_close = abandon
  }
  return sum(kids)
}
workflow sub(n: int) -> int { 
  wait 1s
  return 1
}`)
	w.env.Window, w.env.Continue.Force = 3, 20
	all := w.follow(w.start("w", "{}"))
	w.want(all[len(all)-1], types.CloseStatusCompleted, "12")
	if len(all) < 2 {
		t.Errorf("there were %d executions", len(all))
	}
}
