package swfserver_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/flowc/flowc/runtime/swfserver"
)

// A load drives a server without a network, so that what is counted is its own.
type load struct {
	t testing.TB
	s *swfserver.Server
}

func newLoad(t testing.TB) *load {
	l := &load{t, swfserver.Start(t)}
	l.call("RegisterDomain", `{"name":"d","workflowExecutionRetentionPeriodInDays":"1"}`)
	l.call("RegisterWorkflowType", `{"domain":"d","name":"n","version":"1","defaultTaskList":{"name":"l"},"defaultChildPolicy":"TERMINATE","defaultTaskStartToCloseTimeout":"NONE","defaultExecutionStartToCloseTimeout":"1000"}`)
	return l
}

func (l *load) call(operation, body string) string {
	l.t.Helper()
	status, answer, _ := raw(l.s, "SimpleWorkflowService."+operation, body)
	if status != 200 {
		l.t.Fatalf("%s: %d %s", operation, status, answer)
	}
	return answer
}

func (l *load) start(id, list string) {
	l.call("StartWorkflowExecution", fmt.Sprintf(`{"domain":"d","workflowId":%q,"workflowType":{"name":"n","version":"1"},"taskList":{"name":%q}}`, id, list))
}

// decide has a decision made on a list, without decisions, by a decider that
// knows what was before.
func (l *load) decide(list string) {
	l.t.Helper()
	var task struct{ TaskToken string }
	answer := l.call("PollForDecisionTask", fmt.Sprintf(`{"domain":"d","taskList":{"name":%q},"startAtPreviousStartedEvent":true}`, list))
	if err := json.Unmarshal([]byte(answer), &task); err != nil || task.TaskToken == "" {
		l.t.Fatalf("got no decision task: %s", answer)
	}
	l.call("RespondDecisionTaskCompleted", fmt.Sprintf(`{"taskToken":%q}`, task.TaskToken))
}

// round makes a run longer by a signal and what is decided then.
func (l *load) round(id string) {
	l.call("SignalWorkflowExecution", fmt.Sprintf(`{"domain":"d","workflowId":%q,"signalName":"s"}`, id))
	l.decide(id)
}

// TestTheCostOfADecision counts what is allocated for a decision: in a run with
// a long history as much as in one with a short history, and beside thousands
// of other open runs as much as alone.
func TestTheCostOfADecision(t *testing.T) {
	l := newLoad(t)
	l.start("run", "run")
	l.decide("run")
	cost := func() float64 { return testing.AllocsPerRun(100, func() { l.round("run") }) }
	short := cost()
	for range 4500 { // four events each
		l.round("run")
	}
	if long := cost(); long > short*1.1 {
		t.Errorf("a decision costs %.0f allocations after 20,000 events, %.0f at first", long, short)
	}
	for k := range 3000 {
		l.start(fmt.Sprint("other-", k), "others")
	}
	if crowded := cost(); crowded > short*1.1 {
		t.Errorf("a decision costs %.0f allocations beside 3,000 open runs, %.0f alone", crowded, short)
	}
}

// BenchmarkDecision makes decisions in a run whose history is long.
func BenchmarkDecision(b *testing.B) {
	for _, events := range []int{100, 20_000} {
		b.Run(fmt.Sprint(events, "-events"), func(b *testing.B) {
			l := newLoad(b)
			l.start("run", "run")
			l.decide("run")
			for range events / 4 {
				l.round("run")
			}
			n := 0
			for b.Loop() {
				if n++; n == 1000 { // the history has an end
					b.StopTimer()
					l = newLoad(b)
					l.start("run", "run")
					l.decide("run")
					for range events / 4 {
						l.round("run")
					}
					n = 0
					b.StartTimer()
				}
				l.round("run")
			}
		})
	}
}
