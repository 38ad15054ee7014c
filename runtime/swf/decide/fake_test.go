package decide_test

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime/swf/decide"
)

// service is what of Amazon SWF one execution sees, without a wire: fast, and
// as unkind as a test wants. It checks what is decided.
type service struct {
	id     decide.ID
	events []types.HistoryEvent
	now    time.Time

	tasks    map[int64]*openTask  // by the event that scheduled them
	timers   map[int64]*openTimer // by the event that started them
	children map[int64]*openChild // by the event that initiated them
	pending  int64                // the decision task that is scheduled, 0 for none
	started  int64                // the decision task that is started, 0 for none
	before   int64                // the one that was completed last
	closed   types.EventType
	result   string
	next     *string // input of the execution that continues this one

	most   int                                    // open tasks; 0 is no bound
	refuse func(d *types.Decision) (cause string) // what is not done, and why
}

type openTask struct {
	id, name, input string
	started         int64
	unwanted        bool
	begun           bool
}

type openTimer struct {
	id  string
	due time.Time
}

type openChild struct {
	id       string
	started  int64
	unwanted bool
	of       *types.WorkflowType
}

func newService(workflow, input string) *service {
	s := &service{
		id: decide.ID{WorkflowID: "w", RunID: "run"}, now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		tasks: map[int64]*openTask{}, timers: map[int64]*openTimer{}, children: map[int64]*openChild{},
	}
	s.add(types.HistoryEvent{EventType: types.EventTypeWorkflowExecutionStarted, WorkflowExecutionStartedEventAttributes: &types.WorkflowExecutionStartedEventAttributes{
		ChildPolicy: types.ChildPolicyRequestCancel, TaskList: &types.TaskList{Name: aws.String("w")}, Input: &input,
		WorkflowType: &types.WorkflowType{Name: &workflow, Version: aws.String("1")},
	}})
	s.trigger()
	return s
}

// continued returns the service as it is for the execution that continues this
// one.
func (s *service) continued() *service {
	next := newService("w", *s.next)
	next.id.RunID, next.now = s.id.RunID+"+", s.now
	next.events[0].WorkflowExecutionStartedEventAttributes.ContinuedExecutionRunId = &s.id.RunID
	next.events[0].EventTimestamp, next.events[1].EventTimestamp = &s.now, &s.now
	next.most, next.refuse = s.most, s.refuse
	return next
}

func (s *service) add(e types.HistoryEvent) int64 {
	e.EventId = int64(len(s.events) + 1)
	e.EventTimestamp = aws.Time(s.now)
	s.events = append(s.events, e)
	return e.EventId
}

func (s *service) trigger() {
	if s.pending == 0 && s.closed == "" {
		s.pending = s.add(types.HistoryEvent{EventType: types.EventTypeDecisionTaskScheduled, DecisionTaskScheduledEventAttributes: &types.DecisionTaskScheduledEventAttributes{TaskList: &types.TaskList{Name: aws.String("w")}}})
	}
}

// begin hands out the decision task, if there is one.
func (s *service) begin() bool {
	if s.pending == 0 || s.started != 0 || s.closed != "" {
		return false
	}
	s.started = s.add(types.HistoryEvent{EventType: types.EventTypeDecisionTaskStarted, DecisionTaskStartedEventAttributes: &types.DecisionTaskStartedEventAttributes{ScheduledEventId: s.pending}})
	s.pending = 0
	return true
}

// lose times the decision task out.
func (s *service) lose() {
	s.add(types.HistoryEvent{EventType: types.EventTypeDecisionTaskTimedOut, DecisionTaskTimedOutEventAttributes: &types.DecisionTaskTimedOutEventAttributes{StartedEventId: s.started}})
	s.started = 0
	s.trigger()
}

// answer takes decisions. The error is what the service would refuse all of
// them for.
func (s *service) answer(list []types.Decision) error {
	crossed := s.pending != 0
	if len(list) > limits.Decisions {
		return fmt.Errorf("%d decisions", len(list))
	}
	c := s.add(types.HistoryEvent{EventType: types.EventTypeDecisionTaskCompleted, DecisionTaskCompletedEventAttributes: &types.DecisionTaskCompletedEventAttributes{StartedEventId: s.started}})
	s.before, s.started = s.started, 0
	closes := len(list) > 0 && closing(&list[len(list)-1])
	for k := range list {
		d := &list[k]
		switch {
		case closing(d) && k < len(list)-1:
			return fmt.Errorf("close must be the last decision")
		case closes && (d.DecisionType == types.DecisionTypeScheduleActivityTask || d.DecisionType == types.DecisionTypeStartTimer):
			return fmt.Errorf("%s is incompatible with a close", d.DecisionType)
		}
		if err := s.apply(c, d, crossed); err != nil {
			return err
		}
	}
	return nil
}

func closing(d *types.Decision) bool {
	return slices.Contains([]types.DecisionType{types.DecisionTypeCompleteWorkflowExecution, types.DecisionTypeFailWorkflowExecution, types.DecisionTypeCancelWorkflowExecution, types.DecisionTypeContinueAsNewWorkflowExecution}, d.DecisionType)
}

func (s *service) apply(c int64, d *types.Decision, crossed bool) error {
	cause := ""
	if s.refuse != nil {
		cause = s.refuse(d)
	}
	switch d.DecisionType {
	case types.DecisionTypeScheduleActivityTask:
		return s.schedule(c, d.ScheduleActivityTaskDecisionAttributes, cause)
	case types.DecisionTypeRequestCancelActivityTask:
		s.cancelTask(c, *d.RequestCancelActivityTaskDecisionAttributes.ActivityId)
	case types.DecisionTypeStartTimer:
		return s.startTimer(c, d.StartTimerDecisionAttributes, cause)
	case types.DecisionTypeCancelTimer:
		s.cancelTimer(c, *d.CancelTimerDecisionAttributes.TimerId)
	case types.DecisionTypeStartChildWorkflowExecution:
		return s.startChild(c, d.StartChildWorkflowExecutionDecisionAttributes)
	case types.DecisionTypeRequestCancelExternalWorkflowExecution:
		s.cancelChild(c, *d.RequestCancelExternalWorkflowExecutionDecisionAttributes.WorkflowId)
	case types.DecisionTypeRecordMarker:
		a := d.RecordMarkerDecisionAttributes
		s.add(types.HistoryEvent{EventType: types.EventTypeMarkerRecorded, MarkerRecordedEventAttributes: &types.MarkerRecordedEventAttributes{MarkerName: a.MarkerName, Details: a.Details, DecisionTaskCompletedEventId: c}})
	default:
		s.end(c, d, crossed, cause)
	}
	return nil
}

func (s *service) schedule(c int64, a *types.ScheduleActivityTaskDecisionAttributes, cause string) error {
	for _, t := range s.tasks {
		if t.id == *a.ActivityId {
			return fmt.Errorf("the id %s is in use", t.id)
		}
	}
	if !limits.ValidID(*a.ActivityId) {
		return fmt.Errorf("%q is no id", *a.ActivityId)
	}
	if s.most > 0 && len(s.tasks) >= s.most {
		cause = "OPEN_ACTIVITIES_LIMIT_EXCEEDED"
	}
	if cause != "" {
		s.add(types.HistoryEvent{EventType: types.EventTypeScheduleActivityTaskFailed, ScheduleActivityTaskFailedEventAttributes: &types.ScheduleActivityTaskFailedEventAttributes{ActivityId: a.ActivityId, ActivityType: a.ActivityType, Cause: types.ScheduleActivityTaskFailedCause(cause), DecisionTaskCompletedEventId: c}})
		s.trigger()
		return nil
	}
	e := s.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskScheduled, ActivityTaskScheduledEventAttributes: &types.ActivityTaskScheduledEventAttributes{
		ActivityId: a.ActivityId, ActivityType: a.ActivityType, Input: a.Input, Control: a.Control, TaskList: a.TaskList, DecisionTaskCompletedEventId: c,
	}})
	s.tasks[e] = &openTask{id: *a.ActivityId, name: *a.ActivityType.Name, input: aws.ToString(a.Input)}
	return nil
}

func (s *service) cancelTask(c int64, id string) {
	for e, t := range s.tasks {
		if t.id != id {
			continue
		}
		at := s.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskCancelRequested, ActivityTaskCancelRequestedEventAttributes: &types.ActivityTaskCancelRequestedEventAttributes{ActivityId: &id, DecisionTaskCompletedEventId: c}})
		if t.unwanted = true; !t.begun {
			delete(s.tasks, e)
			s.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskCanceled, ActivityTaskCanceledEventAttributes: &types.ActivityTaskCanceledEventAttributes{ScheduledEventId: e, LatestCancelRequestedEventId: at}})
			s.trigger()
		}
		return
	}
	s.add(types.HistoryEvent{EventType: types.EventTypeRequestCancelActivityTaskFailed, RequestCancelActivityTaskFailedEventAttributes: &types.RequestCancelActivityTaskFailedEventAttributes{ActivityId: &id, Cause: types.RequestCancelActivityTaskFailedCauseActivityIdUnknown, DecisionTaskCompletedEventId: c}})
	s.trigger()
}

func (s *service) startTimer(c int64, a *types.StartTimerDecisionAttributes, cause string) error {
	for _, t := range s.timers {
		if t.id == *a.TimerId {
			return fmt.Errorf("the timer %s runs", t.id)
		}
	}
	if !limits.ValidID(*a.TimerId) {
		return fmt.Errorf("%q is no id", *a.TimerId)
	}
	if cause != "" {
		s.add(types.HistoryEvent{EventType: types.EventTypeStartTimerFailed, StartTimerFailedEventAttributes: &types.StartTimerFailedEventAttributes{TimerId: a.TimerId, Cause: types.StartTimerFailedCause(cause), DecisionTaskCompletedEventId: c}})
		s.trigger()
		return nil
	}
	seconds, err := strconv.Atoi(*a.StartToFireTimeout)
	e := s.add(types.HistoryEvent{EventType: types.EventTypeTimerStarted, TimerStartedEventAttributes: &types.TimerStartedEventAttributes{TimerId: a.TimerId, Control: a.Control, StartToFireTimeout: a.StartToFireTimeout, DecisionTaskCompletedEventId: c}})
	s.timers[e] = &openTimer{*a.TimerId, s.now.Add(time.Duration(seconds) * time.Second)}
	return err
}

func (s *service) cancelTimer(c int64, id string) {
	for e, t := range s.timers {
		if t.id == id {
			delete(s.timers, e)
			s.add(types.HistoryEvent{EventType: types.EventTypeTimerCanceled, TimerCanceledEventAttributes: &types.TimerCanceledEventAttributes{TimerId: &id, StartedEventId: e, DecisionTaskCompletedEventId: c}})
			return
		}
	}
	s.add(types.HistoryEvent{EventType: types.EventTypeCancelTimerFailed, CancelTimerFailedEventAttributes: &types.CancelTimerFailedEventAttributes{TimerId: &id, Cause: types.CancelTimerFailedCauseTimerIdUnknown, DecisionTaskCompletedEventId: c}})
	s.trigger()
}

func (s *service) startChild(c int64, a *types.StartChildWorkflowExecutionDecisionAttributes) error {
	if !limits.ValidID(*a.WorkflowId) {
		return fmt.Errorf("%q is no id", *a.WorkflowId)
	}
	e := s.add(types.HistoryEvent{EventType: types.EventTypeStartChildWorkflowExecutionInitiated, StartChildWorkflowExecutionInitiatedEventAttributes: &types.StartChildWorkflowExecutionInitiatedEventAttributes{
		WorkflowId: a.WorkflowId, WorkflowType: a.WorkflowType, Control: a.Control, Input: a.Input, TaskList: a.TaskList, ChildPolicy: a.ChildPolicy, DecisionTaskCompletedEventId: c,
	}})
	s.children[e] = &openChild{id: *a.WorkflowId, of: a.WorkflowType}
	return nil
}

func (s *service) cancelChild(c int64, id string) {
	e := s.add(types.HistoryEvent{EventType: types.EventTypeRequestCancelExternalWorkflowExecutionInitiated, RequestCancelExternalWorkflowExecutionInitiatedEventAttributes: &types.RequestCancelExternalWorkflowExecutionInitiatedEventAttributes{WorkflowId: &id, DecisionTaskCompletedEventId: c}})
	for _, x := range s.children {
		if x.id == id {
			x.unwanted = true
			s.add(types.HistoryEvent{EventType: types.EventTypeExternalWorkflowExecutionCancelRequested, ExternalWorkflowExecutionCancelRequestedEventAttributes: &types.ExternalWorkflowExecutionCancelRequestedEventAttributes{InitiatedEventId: e}})
			s.trigger()
			return
		}
	}
	s.add(types.HistoryEvent{EventType: types.EventTypeRequestCancelExternalWorkflowExecutionFailed, RequestCancelExternalWorkflowExecutionFailedEventAttributes: &types.RequestCancelExternalWorkflowExecutionFailedEventAttributes{WorkflowId: &id, InitiatedEventId: e, Cause: types.RequestCancelExternalWorkflowExecutionFailedCauseUnknownExternalWorkflowExecution, DecisionTaskCompletedEventId: c}})
	s.trigger()
}

func (s *service) end(c int64, d *types.Decision, crossed bool, cause string) {
	var ended, failed types.HistoryEvent
	switch d.DecisionType {
	case types.DecisionTypeCompleteWorkflowExecution:
		s.result = aws.ToString(d.CompleteWorkflowExecutionDecisionAttributes.Result)
		ended = types.HistoryEvent{EventType: types.EventTypeWorkflowExecutionCompleted, WorkflowExecutionCompletedEventAttributes: &types.WorkflowExecutionCompletedEventAttributes{Result: &s.result, DecisionTaskCompletedEventId: c}}
		failed = types.HistoryEvent{EventType: types.EventTypeCompleteWorkflowExecutionFailed, CompleteWorkflowExecutionFailedEventAttributes: &types.CompleteWorkflowExecutionFailedEventAttributes{Cause: "UNHANDLED_DECISION", DecisionTaskCompletedEventId: c}}
	case types.DecisionTypeFailWorkflowExecution:
		a := d.FailWorkflowExecutionDecisionAttributes
		ended = types.HistoryEvent{EventType: types.EventTypeWorkflowExecutionFailed, WorkflowExecutionFailedEventAttributes: &types.WorkflowExecutionFailedEventAttributes{Reason: a.Reason, Details: a.Details, DecisionTaskCompletedEventId: c}}
		failed = types.HistoryEvent{EventType: types.EventTypeFailWorkflowExecutionFailed, FailWorkflowExecutionFailedEventAttributes: &types.FailWorkflowExecutionFailedEventAttributes{Cause: "UNHANDLED_DECISION", DecisionTaskCompletedEventId: c}}
	case types.DecisionTypeCancelWorkflowExecution:
		ended = types.HistoryEvent{EventType: types.EventTypeWorkflowExecutionCanceled, WorkflowExecutionCanceledEventAttributes: &types.WorkflowExecutionCanceledEventAttributes{DecisionTaskCompletedEventId: c}}
		failed = types.HistoryEvent{EventType: types.EventTypeCancelWorkflowExecutionFailed, CancelWorkflowExecutionFailedEventAttributes: &types.CancelWorkflowExecutionFailedEventAttributes{Cause: "UNHANDLED_DECISION", DecisionTaskCompletedEventId: c}}
	}
	if a := d.ContinueAsNewWorkflowExecutionDecisionAttributes; a != nil {
		ended = types.HistoryEvent{EventType: types.EventTypeWorkflowExecutionContinuedAsNew, WorkflowExecutionContinuedAsNewEventAttributes: &types.WorkflowExecutionContinuedAsNewEventAttributes{Input: a.Input, DecisionTaskCompletedEventId: c}}
		failed = types.HistoryEvent{EventType: types.EventTypeContinueAsNewWorkflowExecutionFailed, ContinueAsNewWorkflowExecutionFailedEventAttributes: &types.ContinueAsNewWorkflowExecutionFailedEventAttributes{Cause: "UNHANDLED_DECISION", DecisionTaskCompletedEventId: c}}
		if !crossed {
			s.next = a.Input
		}
	}
	if a := failed.CompleteWorkflowExecutionFailedEventAttributes; a != nil && cause != "" {
		a.Cause = types.CompleteWorkflowExecutionFailedCause(cause)
		s.add(failed)
		s.trigger()
		return
	}
	if crossed {
		s.add(failed)
		return
	}
	s.closed = ended.EventType
	s.add(ended)
}
