package decide

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/names"
)

// Events come in two kinds. Those that carry the id of a decision say what the
// service made of it: they are heeded at once, so that wishes are known to be
// taken, or refused. All others are happenings, which are folded when the next
// decision task starts: the decision that they fall into did not know of them,
// and what it decided has come before them.

// read takes one event.
func (x *Execution) read(e *types.HistoryEvent) error {
	if x.begun == nil && e.EventType != types.EventTypeWorkflowExecutionStarted {
		return fmt.Errorf("the history begins with %s", e.EventType)
	}
	if x.closed != "" {
		return fmt.Errorf("event %d, %s, comes after the end of the execution", e.EventId, e.EventType)
	}
	if x.adrift {
		return x.drift(e)
	}
	known, err := x.readDecisionTask(e)
	for _, read := range [...]func(*types.HistoryEvent) (bool, error){x.readActivity, x.readTimer, x.readChild, x.readLambda, x.readExternal, x.readExecution, x.readClose} {
		if known || err != nil {
			return err
		}
		known, err = read(e)
	}
	if !known && err == nil {
		return fmt.Errorf("event %d is a %s: this version of flowc does not know what that is", e.EventId, e.EventType)
	}
	return err
}

// drift takes one event of a run that can only be ended.
func (x *Execution) drift(e *types.HistoryEvent) error {
	if e.EventType == types.EventTypeDecisionTaskStarted {
		x.decision = e.EventId
		return nil
	}
	_, err := x.readClose(e)
	return err
}

// lacks is the error of an event that does not say what it must.
func lacks(e *types.HistoryEvent) error {
	return fmt.Errorf("event %d, %s, lacks its attributes", e.EventId, e.EventType)
}

// diverges is the error of an event that nothing here has led to.
func diverges(e *types.HistoryEvent, node, recorded string) error {
	return &Divergence{Event: e.EventId, Node: node, Recorded: recorded}
}

func (x *Execution) readDecisionTask(e *types.HistoryEvent) (bool, error) {
	switch e.EventType {
	case types.EventTypeDecisionTaskScheduled, types.EventTypeDecisionTaskTimedOut:
		return true, nil
	case types.EventTypeDecisionTaskStarted:
		return true, x.decisionStarted(e.EventId)
	case types.EventTypeDecisionTaskCompleted:
		return true, nil
	}
	return false, nil
}

// readExecution reads what concerns the execution as a whole.
func (x *Execution) readExecution(e *types.HistoryEvent) (bool, error) {
	switch e.EventType {
	case types.EventTypeWorkflowExecutionStarted:
		a := e.WorkflowExecutionStartedEventAttributes
		if a == nil || a.WorkflowType == nil || x.begun != nil {
			return true, lacks(e)
		}
		x.begun, x.began = a, x.now
	case types.EventTypeWorkflowExecutionSignaled:
		a := e.WorkflowExecutionSignaledEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.signaled(a)
	case types.EventTypeWorkflowExecutionCancelRequested:
		x.happened(happening{event: runtime.Event{Type: runtime.CancelRequested}})
	case types.EventTypeMarkerRecorded:
		a := e.MarkerRecordedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		if aws.ToString(a.MarkerName) == startMarker {
			return true, x.readMarker(e.EventId, aws.ToString(a.Details))
		}
	case types.EventTypeRecordMarkerFailed:
		a := e.RecordMarkerFailedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		if aws.ToString(a.MarkerName) == startMarker {
			x.getStuck("", fmt.Sprintf("the service does not let the decider record the marker `%s` (%s), without which it would not be known of which program this is a run", startMarker, a.Cause))
		}
	default:
		return false, nil
	}
	return true, nil
}

// CancelSignal is the name of the signal that cancels a node alone. Its input
// is {"path": …}.
const CancelSignal = "flow.cancel"

// signaled takes a signal. What is no JSON is a text.
func (x *Execution) signaled(a *types.WorkflowExecutionSignaledEventAttributes) error {
	name := aws.ToString(a.SignalName)
	input, err := x.value(aws.ToString(a.Input))
	if err != nil {
		return err
	}
	if name == CancelSignal {
		var what struct {
			Path string `json:"path"`
		}
		if json.Unmarshal([]byte(input), &what) == nil && what.Path != "" {
			x.happened(happening{event: runtime.Event{Type: runtime.CancelRequested, Node: what.Path}})
		}
		return nil
	}
	x.happened(happening{event: runtime.Event{Type: runtime.SignalReceived, Name: name, Result: document(input)}})
	return nil
}

// document returns a text as JSON: itself, or, if it is none, a string.
func document(text string) json.RawMessage {
	switch {
	case text == "":
		return nil
	case json.Valid([]byte(text)):
		return json.RawMessage(text)
	}
	return quote(text)
}

func quote(text string) json.RawMessage {
	b, err := ir.Encode(ir.String(text), ir.StringType)
	if err != nil { // texts always encode
		return json.RawMessage(`""`)
	}
	return b
}

// readActivity reads what concerns activity tasks.
func (x *Execution) readActivity(e *types.HistoryEvent) (bool, error) {
	switch e.EventType {
	case types.EventTypeActivityTaskScheduled:
		a := e.ActivityTaskScheduledEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.scheduled(e, task, aws.ToString(a.ActivityId), aws.ToString(a.Control), typeText(a.ActivityType), a.DecisionTaskCompletedEventId)
	case types.EventTypeScheduleActivityTaskFailed:
		a := e.ScheduleActivityTaskFailedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.taskRefused(e, aws.ToString(a.ActivityId), string(a.Cause), a.DecisionTaskCompletedEventId)
	case types.EventTypeActivityTaskStarted:
		if a := e.ActivityTaskStartedEventAttributes; a != nil {
			return true, x.workStarted(a.ScheduledEventId)
		}
	case types.EventTypeActivityTaskCompleted:
		a := e.ActivityTaskCompletedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.completed(a.ScheduledEventId, aws.ToString(a.Result))
	case types.EventTypeActivityTaskFailed:
		a := e.ActivityTaskFailedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.failed(a.ScheduledEventId, aws.ToString(a.Reason), aws.ToString(a.Details))
	case types.EventTypeActivityTaskTimedOut:
		a := e.ActivityTaskTimedOutEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.timedOut(a.ScheduledEventId, timeouts[a.TimeoutType], aws.ToString(a.Details))
	case types.EventTypeActivityTaskCanceled:
		if a := e.ActivityTaskCanceledEventAttributes; a != nil {
			return true, x.cancelled(a.ScheduledEventId, aws.ToString(a.Details))
		}
	case types.EventTypeActivityTaskCancelRequested:
		if a := e.ActivityTaskCancelRequestedEventAttributes; a != nil {
			x.cancelTaken(aws.ToString(a.ActivityId))
		}
	case types.EventTypeRequestCancelActivityTaskFailed:
		if a := e.RequestCancelActivityTaskFailedEventAttributes; a != nil { // it has ended, or will when it likes
			x.cancelTaken(aws.ToString(a.ActivityId))
		}
	default:
		return false, nil
	}
	return true, nil
}

// timeouts are the time-outs of the service, as the interpreter calls them.
var timeouts = map[types.ActivityTaskTimeoutType]runtime.TimeoutKind{
	types.ActivityTaskTimeoutTypeStartToClose:    runtime.StartToClose,
	types.ActivityTaskTimeoutTypeScheduleToStart: runtime.ScheduleToStart,
	types.ActivityTaskTimeoutTypeScheduleToClose: runtime.ScheduleToClose,
	types.ActivityTaskTimeoutTypeHeartbeat:       runtime.HeartbeatMissed,
}

// readLambda reads what concerns Lambda functions.
func (x *Execution) readLambda(e *types.HistoryEvent) (bool, error) {
	switch e.EventType {
	case types.EventTypeLambdaFunctionScheduled:
		a := e.LambdaFunctionScheduledEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.scheduled(e, lambda, aws.ToString(a.Id), aws.ToString(a.Control), "function "+aws.ToString(a.Name), a.DecisionTaskCompletedEventId)
	case types.EventTypeScheduleLambdaFunctionFailed:
		a := e.ScheduleLambdaFunctionFailedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.taskRefused(e, aws.ToString(a.Id), string(a.Cause), a.DecisionTaskCompletedEventId)
	case types.EventTypeLambdaFunctionStarted:
		if a := e.LambdaFunctionStartedEventAttributes; a != nil {
			return true, x.workStarted(a.ScheduledEventId)
		}
	case types.EventTypeStartLambdaFunctionFailed:
		if a := e.StartLambdaFunctionFailedEventAttributes; a != nil {
			return true, x.failed(a.ScheduledEventId, fmt.Sprintf("the function could not be started (%s): %s", a.Cause, aws.ToString(a.Message)), "")
		}
	case types.EventTypeLambdaFunctionCompleted:
		a := e.LambdaFunctionCompletedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.completed(a.ScheduledEventId, aws.ToString(a.Result))
	case types.EventTypeLambdaFunctionFailed:
		a := e.LambdaFunctionFailedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.failed(a.ScheduledEventId, aws.ToString(a.Reason), aws.ToString(a.Details))
	case types.EventTypeLambdaFunctionTimedOut:
		if a := e.LambdaFunctionTimedOutEventAttributes; a != nil {
			return true, x.timedOut(a.ScheduledEventId, runtime.StartToClose, "")
		}
	default:
		return false, nil
	}
	return true, nil
}

// readTimer reads what concerns timers.
func (x *Execution) readTimer(e *types.HistoryEvent) (bool, error) {
	switch e.EventType {
	case types.EventTypeTimerStarted:
		a := e.TimerStartedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.timerStarted(e, aws.ToString(a.TimerId), aws.ToString(a.Control), a.DecisionTaskCompletedEventId)
	case types.EventTypeStartTimerFailed:
		a := e.StartTimerFailedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.timerRefused(aws.ToString(a.TimerId), a.Cause, a.DecisionTaskCompletedEventId)
	case types.EventTypeTimerFired:
		if a := e.TimerFiredEventAttributes; a != nil {
			return true, x.timerFired(a.StartedEventId)
		}
	case types.EventTypeTimerCanceled:
		if a := e.TimerCanceledEventAttributes; a != nil {
			return true, x.timerCanceled(a.StartedEventId)
		}
	case types.EventTypeCancelTimerFailed:
		if a := e.CancelTimerFailedEventAttributes; a != nil { // it has fired
			x.timerStays(aws.ToString(a.TimerId))
		}
	default:
		return false, nil
	}
	return true, nil
}

// readExternal reads what concerns messages to other executions.
func (x *Execution) readExternal(e *types.HistoryEvent) (bool, error) {
	switch e.EventType {
	case types.EventTypeRequestCancelExternalWorkflowExecutionInitiated:
		if a := e.RequestCancelExternalWorkflowExecutionInitiatedEventAttributes; a != nil {
			x.cancelTaken(childKey(aws.ToString(a.WorkflowId)))
		}
	case types.EventTypeRequestCancelExternalWorkflowExecutionFailed:
		a := e.RequestCancelExternalWorkflowExecutionFailedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		if a.Cause == types.RequestCancelExternalWorkflowExecutionFailedCauseRequestCancelExternalWorkflowExecutionRateExceeded {
			x.cancelAgain(childKey(aws.ToString(a.WorkflowId)), a.DecisionTaskCompletedEventId)
		}
	case types.EventTypeExternalWorkflowExecutionCancelRequested,
		types.EventTypeSignalExternalWorkflowExecutionInitiated,
		types.EventTypeSignalExternalWorkflowExecutionFailed,
		types.EventTypeExternalWorkflowExecutionSignaled:
	default:
		return false, nil
	}
	return true, nil
}

// readClose reads what ends an execution, or was to.
func (x *Execution) readClose(e *types.HistoryEvent) (bool, error) {
	switch e.EventType {
	case types.EventTypeWorkflowExecutionCompleted, types.EventTypeWorkflowExecutionFailed,
		types.EventTypeWorkflowExecutionTimedOut, types.EventTypeWorkflowExecutionCanceled,
		types.EventTypeWorkflowExecutionContinuedAsNew, types.EventTypeWorkflowExecutionTerminated:
		x.closed = e.EventType
	case types.EventTypeCompleteWorkflowExecutionFailed:
		if a := e.CompleteWorkflowExecutionFailedEventAttributes; a != nil {
			x.closeRefused(string(a.Cause))
		}
	case types.EventTypeFailWorkflowExecutionFailed:
		if a := e.FailWorkflowExecutionFailedEventAttributes; a != nil {
			x.closeRefused(string(a.Cause))
		}
	case types.EventTypeCancelWorkflowExecutionFailed:
		if a := e.CancelWorkflowExecutionFailedEventAttributes; a != nil {
			x.closeRefused(string(a.Cause))
		}
	case types.EventTypeContinueAsNewWorkflowExecutionFailed:
		if a := e.ContinueAsNewWorkflowExecutionFailedEventAttributes; a != nil {
			x.continueRefused(string(a.Cause))
		}
	default:
		return false, nil
	}
	return true, nil
}

// readChild reads what concerns child executions.
func (x *Execution) readChild(e *types.HistoryEvent) (bool, error) {
	switch e.EventType {
	case types.EventTypeStartChildWorkflowExecutionInitiated:
		a := e.StartChildWorkflowExecutionInitiatedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.scheduled(e, child, childKey(aws.ToString(a.WorkflowId)), aws.ToString(a.Control), "workflow "+workflowText(a.WorkflowType), a.DecisionTaskCompletedEventId)
	case types.EventTypeStartChildWorkflowExecutionFailed:
		a := e.StartChildWorkflowExecutionFailedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.childRefused(e, a)
	case types.EventTypeChildWorkflowExecutionStarted:
		if a := e.ChildWorkflowExecutionStartedEventAttributes; a != nil {
			return true, x.childStarted(a.InitiatedEventId, a.WorkflowExecution)
		}
	case types.EventTypeChildWorkflowExecutionCompleted:
		a := e.ChildWorkflowExecutionCompletedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.childCompleted(a.InitiatedEventId, aws.ToString(a.Result))
	case types.EventTypeChildWorkflowExecutionFailed:
		a := e.ChildWorkflowExecutionFailedEventAttributes
		if a == nil {
			return true, lacks(e)
		}
		return true, x.childFailed(a.InitiatedEventId, aws.ToString(a.Reason), aws.ToString(a.Details), a.WorkflowExecution)
	case types.EventTypeChildWorkflowExecutionTimedOut:
		if a := e.ChildWorkflowExecutionTimedOutEventAttributes; a != nil {
			return true, x.ended(a.InitiatedEventId, runtime.Event{Type: runtime.ChildTimedOut})
		}
	case types.EventTypeChildWorkflowExecutionCanceled:
		if a := e.ChildWorkflowExecutionCanceledEventAttributes; a != nil {
			return true, x.ended(a.InitiatedEventId, runtime.Event{Type: runtime.ChildCancelled})
		}
	case types.EventTypeChildWorkflowExecutionTerminated:
		if a := e.ChildWorkflowExecutionTerminatedEventAttributes; a != nil {
			return true, x.ended(a.InitiatedEventId, runtime.Event{Type: runtime.ChildFailed, Failure: &runtime.Failure{Error: Terminated, Message: "the child run was terminated"}})
		}
	default:
		return false, nil
	}
	return true, nil
}

func typeText(t *types.ActivityType) string {
	if t == nil {
		return "?"
	}
	return aws.ToString(t.Name) + " " + aws.ToString(t.Version)
}

func workflowText(t *types.WorkflowType) string {
	if t == nil {
		return "?"
	}
	return aws.ToString(t.Name) + " " + aws.ToString(t.Version)
}

// childKey keeps the ids of executions apart from those of tasks.
func childKey(workflowID string) string { return "\x00" + workflowID }

// note is what stands in the control of what the decider opens, for whoever
// reads the history.
type note struct {
	Node    string            `json:"node"`
	Attempt int               `json:"attempt,omitempty"`
	Timer   runtime.TimerKind `json:"timer,omitempty"`
	Due     *ir.Time          `json:"due,omitempty"` // nanoseconds since 1970
}

// noteOf reads a control; of one that is not ours the id says what it can.
func noteOf(text, id string) note {
	var n note
	if json.Unmarshal([]byte(text), &n) != nil || n.Node == "" {
		n = note{}
		for _, kind := range [...]runtime.TimerKind{runtime.RetryTimer, runtime.TimeoutTimer, runtime.WaitTimer, runtime.GraceTimer} {
			if rest, ok := strings.CutSuffix(id, "~"+string(kind)); ok {
				id, n.Timer = rest, kind
				break
			}
		}
		n.Node, n.Attempt, _ = names.ParseActivity(id)
	}
	return n
}
