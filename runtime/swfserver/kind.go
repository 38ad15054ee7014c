package swfserver

import "strings"

// A kind is the type of an event of a history.
type kind string

// The events, in the order of the service's documentation.
const (
	workflowExecutionStarted                        kind = "WorkflowExecutionStarted"
	workflowExecutionCancelRequested                kind = "WorkflowExecutionCancelRequested"
	workflowExecutionCompleted                      kind = "WorkflowExecutionCompleted"
	completeWorkflowExecutionFailed                 kind = "CompleteWorkflowExecutionFailed"
	workflowExecutionFailed                         kind = "WorkflowExecutionFailed"
	failWorkflowExecutionFailed                     kind = "FailWorkflowExecutionFailed"
	workflowExecutionTimedOut                       kind = "WorkflowExecutionTimedOut"
	workflowExecutionCanceled                       kind = "WorkflowExecutionCanceled"
	cancelWorkflowExecutionFailed                   kind = "CancelWorkflowExecutionFailed"
	workflowExecutionContinuedAsNew                 kind = "WorkflowExecutionContinuedAsNew"
	continueAsNewWorkflowExecutionFailed            kind = "ContinueAsNewWorkflowExecutionFailed"
	workflowExecutionTerminated                     kind = "WorkflowExecutionTerminated"
	decisionTaskScheduled                           kind = "DecisionTaskScheduled"
	decisionTaskStarted                             kind = "DecisionTaskStarted"
	decisionTaskCompleted                           kind = "DecisionTaskCompleted"
	decisionTaskTimedOut                            kind = "DecisionTaskTimedOut"
	activityTaskScheduled                           kind = "ActivityTaskScheduled"
	scheduleActivityTaskFailed                      kind = "ScheduleActivityTaskFailed"
	activityTaskStarted                             kind = "ActivityTaskStarted"
	activityTaskCompleted                           kind = "ActivityTaskCompleted"
	activityTaskFailed                              kind = "ActivityTaskFailed"
	activityTaskTimedOut                            kind = "ActivityTaskTimedOut"
	activityTaskCanceled                            kind = "ActivityTaskCanceled"
	activityTaskCancelRequested                     kind = "ActivityTaskCancelRequested"
	requestCancelActivityTaskFailed                 kind = "RequestCancelActivityTaskFailed"
	workflowExecutionSignaled                       kind = "WorkflowExecutionSignaled"
	markerRecorded                                  kind = "MarkerRecorded"
	recordMarkerFailed                              kind = "RecordMarkerFailed"
	timerStarted                                    kind = "TimerStarted"
	startTimerFailed                                kind = "StartTimerFailed"
	timerFired                                      kind = "TimerFired"
	timerCanceled                                   kind = "TimerCanceled"
	cancelTimerFailed                               kind = "CancelTimerFailed"
	startChildWorkflowExecutionInitiated            kind = "StartChildWorkflowExecutionInitiated"
	startChildWorkflowExecutionFailed               kind = "StartChildWorkflowExecutionFailed"
	childWorkflowExecutionStarted                   kind = "ChildWorkflowExecutionStarted"
	childWorkflowExecutionCompleted                 kind = "ChildWorkflowExecutionCompleted"
	childWorkflowExecutionFailed                    kind = "ChildWorkflowExecutionFailed"
	childWorkflowExecutionTimedOut                  kind = "ChildWorkflowExecutionTimedOut"
	childWorkflowExecutionCanceled                  kind = "ChildWorkflowExecutionCanceled"
	childWorkflowExecutionTerminated                kind = "ChildWorkflowExecutionTerminated"
	signalExternalWorkflowExecutionInitiated        kind = "SignalExternalWorkflowExecutionInitiated"
	signalExternalWorkflowExecutionFailed           kind = "SignalExternalWorkflowExecutionFailed"
	externalWorkflowExecutionSignaled               kind = "ExternalWorkflowExecutionSignaled"
	requestCancelExternalWorkflowExecutionInitiated kind = "RequestCancelExternalWorkflowExecutionInitiated"
	requestCancelExternalWorkflowExecutionFailed    kind = "RequestCancelExternalWorkflowExecutionFailed"
	externalWorkflowExecutionCancelRequested        kind = "ExternalWorkflowExecutionCancelRequested"
	lambdaFunctionScheduled                         kind = "LambdaFunctionScheduled"
	lambdaFunctionStarted                           kind = "LambdaFunctionStarted"
	lambdaFunctionCompleted                         kind = "LambdaFunctionCompleted"
	lambdaFunctionFailed                            kind = "LambdaFunctionFailed"
	lambdaFunctionTimedOut                          kind = "LambdaFunctionTimedOut"
	scheduleLambdaFunctionFailed                    kind = "ScheduleLambdaFunctionFailed"
	startLambdaFunctionFailed                       kind = "StartLambdaFunctionFailed"
)

// member returns the name of the member that has the attributes of a kind.
func (k kind) member() string {
	return strings.ToLower(string(k[:1])) + string(k[1:]) + "EventAttributes"
}

// triggers holds the kinds that ask for a decision: the event is followed at
// once by a DecisionTaskScheduled unless there is one already.
var triggers = map[kind]bool{
	workflowExecutionStarted:                     true,
	workflowExecutionSignaled:                    true,
	workflowExecutionCancelRequested:             true,
	activityTaskCompleted:                        true,
	activityTaskFailed:                           true,
	activityTaskTimedOut:                         true,
	activityTaskCanceled:                         true,
	timerFired:                                   true,
	decisionTaskTimedOut:                         true,
	childWorkflowExecutionStarted:                true,
	childWorkflowExecutionCompleted:              true,
	childWorkflowExecutionFailed:                 true,
	childWorkflowExecutionTimedOut:               true,
	childWorkflowExecutionCanceled:               true,
	childWorkflowExecutionTerminated:             true,
	externalWorkflowExecutionSignaled:            true,
	externalWorkflowExecutionCancelRequested:     true,
	lambdaFunctionCompleted:                      true,
	lambdaFunctionFailed:                         true,
	lambdaFunctionTimedOut:                       true,
	startLambdaFunctionFailed:                    true,
	completeWorkflowExecutionFailed:              true,
	failWorkflowExecutionFailed:                  true,
	cancelWorkflowExecutionFailed:                true,
	continueAsNewWorkflowExecutionFailed:         true,
	scheduleActivityTaskFailed:                   true,
	requestCancelActivityTaskFailed:              true,
	recordMarkerFailed:                           true,
	startTimerFailed:                             true,
	cancelTimerFailed:                            true,
	startChildWorkflowExecutionFailed:            true,
	signalExternalWorkflowExecutionFailed:        true,
	requestCancelExternalWorkflowExecutionFailed: true,
	scheduleLambdaFunctionFailed:                 true,
}
