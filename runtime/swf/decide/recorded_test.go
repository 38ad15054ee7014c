package decide_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/decide"
)

// TestHistoriesOfTheServiceAreRead reads histories that were recorded from the
// service, of programs that are not ours: nothing is lost.
func TestHistoriesOfTheServiceAreRead(t *testing.T) {
	text, err := os.ReadFile("testdata/service-histories.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded []struct {
		Describe struct {
			ExecutionInfo struct {
				CloseStatus string
				Execution   struct{ WorkflowID, RunID string }
			}
		}
		Events json.RawMessage
	}
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	if len(recorded) != 18 {
		t.Fatalf("there are %d histories", len(recorded))
	}
	statuses := map[string]string{"COMPLETED": "succeeded", "FAILED": "failed", "CANCELED": "cancelled", "TIMED_OUT": "timed_out", "TERMINATED": "killed", "CONTINUED_AS_NEW": "continued", "": "running"}
	seen := 0
	for _, h := range recorded {
		info := h.Describe.ExecutionInfo
		own, err := decide.ReadHistory(h.Events)
		if err != nil {
			t.Fatal(err)
		}
		events := own.Events
		seen += len(events)
		r, err := decide.Record(&decide.Env{}, decide.ID{WorkflowID: info.Execution.WorkflowID, RunID: info.Execution.RunID}, events)
		if err != nil {
			t.Errorf("%s: %v", info.Execution.RunID, err)
			continue
		}
		if info.Execution.RunID != "" && r.Summary.Status != statuses[info.CloseStatus] {
			t.Errorf("%s ended as %s, and is said to be %s", info.Execution.RunID, info.CloseStatus, r.Summary.Status)
		}
		want := map[runtime.EventType]int{runtime.RunStarted: 1}
		for _, e := range events {
			if to, ok := becomes[e.EventType]; ok {
				want[to]++
			}
		}
		for _, e := range r.Events {
			want[e.Type]--
			if strings.HasPrefix(string(e.Type), "Task") && e.Node == "" {
				t.Errorf("%s: %+v has no node", info.Execution.RunID, e)
			}
		}
		for kind, n := range want {
			if n != 0 {
				t.Errorf("%s: %d more %s are in the history than were read", info.Execution.RunID, n, kind)
			}
		}
	}
	if seen != 268 {
		t.Errorf("%d events were read", seen)
	}
}

// becomes says which events of a history become events of a run.
var becomes = map[types.EventType]runtime.EventType{
	types.EventTypeActivityTaskScheduled:            runtime.TaskScheduled,
	types.EventTypeActivityTaskStarted:              runtime.TaskStarted,
	types.EventTypeActivityTaskCompleted:            runtime.TaskCompleted,
	types.EventTypeActivityTaskFailed:               runtime.TaskFailed,
	types.EventTypeActivityTaskTimedOut:             runtime.TaskTimedOut,
	types.EventTypeActivityTaskCanceled:             runtime.TaskCancelled,
	types.EventTypeScheduleActivityTaskFailed:       runtime.TaskFailed,
	types.EventTypeTimerFired:                       runtime.TimerFired,
	types.EventTypeWorkflowExecutionSignaled:        runtime.SignalReceived,
	types.EventTypeWorkflowExecutionCancelRequested: runtime.CancelRequested,
	types.EventTypeChildWorkflowExecutionStarted:    runtime.ChildStarted,
	types.EventTypeChildWorkflowExecutionCompleted:  runtime.ChildCompleted,
	types.EventTypeChildWorkflowExecutionFailed:     runtime.ChildFailed,
	types.EventTypeChildWorkflowExecutionTimedOut:   runtime.ChildTimedOut,
	types.EventTypeChildWorkflowExecutionCanceled:   runtime.ChildCancelled,
}
