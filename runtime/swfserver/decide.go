package swfserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A turn is the application of the decisions of one decision task.
type turn struct {
	*execution
	completed int64 // the id of DecisionTaskCompleted
	unhandled bool  // something has happened that the decider has not seen
	starting  int   // children that start when all decisions are carried out
}

// A decisionRule says how a decision is checked and carried out.
type decisionRule struct {
	apply    func(*turn, *attributes)
	check    func(a *attributes, path string) error // beyond its shape; nil is nothing
	closes   bool                                   // it closes the run
	notFinal bool                                   // it cannot stand beside one that does
}

// decisions lists the rules by the type of decision.
var decisions = map[string]decisionRule{
	"ScheduleActivityTask":                   {apply: (*turn).scheduleActivityTask, notFinal: true},
	"RequestCancelActivityTask":              {apply: (*turn).requestCancelActivityTask},
	"StartTimer":                             {apply: (*turn).startTimer, notFinal: true},
	"CancelTimer":                            {apply: (*turn).cancelTimer},
	"RecordMarker":                           {apply: (*turn).recordMarker},
	"SignalExternalWorkflowExecution":        {apply: (*turn).signalExternal},
	"RequestCancelExternalWorkflowExecution": {apply: (*turn).requestCancelExternal},
	"StartChildWorkflowExecution":            {apply: (*turn).startChild, check: checkWorkflow},
	"ScheduleLambdaFunction":                 {apply: (*turn).scheduleLambda, check: checkLambda, notFinal: true},
	"CompleteWorkflowExecution":              {apply: (*turn).complete, closes: true},
	"FailWorkflowExecution":                  {apply: (*turn).fail, closes: true},
	"CancelWorkflowExecution":                {apply: (*turn).cancel, closes: true},
	"ContinueAsNewWorkflowExecution":         {apply: (*turn).continueAsNew, check: checkWorkflow, closes: true},
}

// checkWorkflow refuses a run without an end.
func checkWorkflow(a *attributes, path string) error {
	return checkExecutionTimeout(a.ExecutionStartToCloseTimeout, path+".executionStartToCloseTimeout")
}

// A decision is what a decider wants, read and checked.
type decision struct {
	rule  decisionRule
	attrs *attributes
}

type respondDecisionInput struct {
	TaskToken                      string
	Decisions                      []map[string]json.RawMessage
	ExecutionContext               *string
	TaskList                       *listName
	TaskListScheduleToStartTimeout *string
}

// readDecisions checks a batch as a whole: of a bad one nothing is applied.
func readDecisions(batch []map[string]json.RawMessage) ([]decision, error) {
	read := make([]decision, 0, len(batch))
	closes := false
	for k, members := range batch {
		d, err := readDecision(members, fmt.Sprintf("decisions.%d.member", k+1))
		if err != nil {
			return nil, err
		}
		closes = closes || d.rule.closes
		read = append(read, d)
	}
	if closes && slices.ContainsFunc(read, func(d decision) bool { return d.rule.notFinal }) {
		return nil, invalid("Specified decision is incompatible with close decision")
	}
	return read, nil
}

func readDecision(members map[string]json.RawMessage, path string) (decision, error) {
	var name string
	if err := json.Unmarshal(members["decisionType"], &name); err != nil {
		return decision{}, unreadable(err)
	}
	d := decision{rule: decisions[name], attrs: new(attributes)}
	own := string(name[0]|0x20) + name[1:] + "DecisionAttributes"
	for _, m := range slices.Sorted(maps.Keys(members)) {
		if m != own && m != "decisionType" && string(members[m]) != "null" {
			return d, invalid("Invalid decision: %s cannot have %s", name, m)
		}
	}
	text := members[own]
	if len(text) == 0 || string(text) == "null" {
		return d, missing(own, path)
	}
	if err := json.Unmarshal(text, d.attrs); err != nil {
		return d, unreadable(err)
	}
	if d.rule.check != nil {
		return d, d.rule.check(d.attrs, path+"."+own)
	}
	return d, nil
}

// missing returns what is wrong with a decision that has no attributes: it
// lacks those of them that must be there. One that closes the run lacks nothing.
func missing(attributes, path string) error {
	c := &checker{}
	c.structure(strings.ToUpper(attributes[:1])+attributes[1:], nil, path+"."+attributes)
	return c.verdict()
}

// closesEarly reports whether a decision that closes the run is not the last of
// the batch in the input of RespondDecisionTaskCompleted. The service says so
// before it looks at anything else.
func closesEarly(input map[string]any) bool {
	batch, _ := input["decisions"].([]any)
	return slices.ContainsFunc(batch[:max(0, len(batch)-1)], func(d any) bool {
		members, _ := d.(map[string]any)
		name, _ := members["decisionType"].(string)
		return decisions[name].closes
	})
}

// unreadable returns the fault of what validation should have refused.
func unreadable(err error) error {
	return serviceFault("SerializationException", "The request could not be read: %v", err)
}

// respondDecisionTaskCompleted implements the operation.
func (s *Server) respondDecisionTaskCompleted(c *call, in *respondDecisionInput) (any, error) {
	x, ref, err := s.tokenRun(in.TaskToken, 'd')
	if err != nil {
		return nil, err
	}
	task := x.started
	if task == nil || task.scheduled != ref.scheduled || task.startedID != ref.started {
		return nil, unknown("Unknown decision task, scheduledEventId = %d", ref.scheduled)
	}
	batch, err := readDecisions(in.Decisions)
	if err != nil {
		return nil, err
	}
	t := &turn{execution: x, unhandled: x.scheduled != nil}
	t.completed = x.add(decisionTaskCompleted, &attributes{
		ExecutionContext: in.ExecutionContext, ScheduledEventID: task.scheduled, StartedEventID: &task.startedID,
		TaskList: in.TaskList, TaskListScheduleToStartTimeout: given(in.TaskListScheduleToStartTimeout),
	})
	for _, d := range batch {
		if !x.open() || x.full() {
			break // the limit of the history has been reached on the way
		}
		d.attrs.DecisionTaskCompletedEventID = t.completed
		d.rule.apply(t, d.attrs)
	}
	return nil, nil
}

// startTimer carries out a decision.
func (t *turn) startTimer(a *attributes) {
	cause := ""
	switch {
	case t.timers[*a.TimerID] != nil:
		cause = "TIMER_ID_ALREADY_IN_USE"
	case len(t.timers) >= t.server.config.Quotas.OpenTimers:
		cause = "OPEN_TIMERS_LIMIT_EXCEEDED"
	case !t.server.take("StartTimer"):
		cause = "TIMER_CREATION_RATE_EXCEEDED"
	default:
		t.add(timerStarted, a)
		return
	}
	t.add(startTimerFailed, &attributes{TimerID: a.TimerID, Cause: cause, DecisionTaskCompletedEventID: t.completed})
}

// cancelTimer carries out a decision.
func (t *turn) cancelTimer(a *attributes) {
	if open := t.timers[*a.TimerID]; open != nil {
		a.StartedEventID = &open.started
		t.add(timerCanceled, a)
		return
	}
	a.Cause = "TIMER_ID_UNKNOWN"
	t.add(cancelTimerFailed, a)
}

// recordMarker carries out a decision.
func (t *turn) recordMarker(a *attributes) { t.add(markerRecorded, a) }

// scheduleActivityTask carries out a decision.
func (t *turn) scheduleActivityTask(a *attributes) {
	if cause := t.refuseActivity(a); cause != "" {
		t.add(scheduleActivityTaskFailed, &attributes{
			ActivityType: a.ActivityType, ActivityID: a.ActivityID, Cause: cause, DecisionTaskCompletedEventID: t.completed,
		})
		return
	}
	t.add(activityTaskScheduled, a)
}

// refuseActivity fills in what a task takes from its type, and returns the
// cause if it cannot be scheduled.
func (t *turn) refuseActivity(a *attributes) string {
	typ, ok := t.domain.activityTypes.get(a.ActivityType.key())
	switch {
	case !ok:
		return "ACTIVITY_TYPE_DOES_NOT_EXIST"
	case typ.DeprecationDate != 0:
		return "ACTIVITY_TYPE_DEPRECATED"
	case t.activityIDs[*a.ActivityID] != nil:
		return "ACTIVITY_ID_ALREADY_IN_USE"
	}
	d := &typ.Defaults
	if a.TaskList == nil {
		a.TaskList = d.TaskList
	}
	a.TaskPriority = given(a.TaskPriority, d.TaskPriority)
	a.ScheduleToStartTimeout = given(a.ScheduleToStartTimeout, d.TaskScheduleToStartTimeout)
	a.ScheduleToCloseTimeout = given(a.ScheduleToCloseTimeout, d.TaskScheduleToCloseTimeout)
	a.StartToCloseTimeout = given(a.StartToCloseTimeout, d.TaskStartToCloseTimeout)
	a.HeartbeatTimeout = given(a.HeartbeatTimeout, d.TaskHeartbeatTimeout)
	switch {
	case a.TaskList == nil:
		return "DEFAULT_TASK_LIST_UNDEFINED"
	case a.ScheduleToStartTimeout == nil:
		return "DEFAULT_SCHEDULE_TO_START_TIMEOUT_UNDEFINED"
	case a.ScheduleToCloseTimeout == nil:
		return "DEFAULT_SCHEDULE_TO_CLOSE_TIMEOUT_UNDEFINED"
	case a.StartToCloseTimeout == nil:
		return "DEFAULT_START_TO_CLOSE_TIMEOUT_UNDEFINED"
	case a.HeartbeatTimeout == nil:
		return "DEFAULT_HEARTBEAT_TIMEOUT_UNDEFINED"
	case len(t.activities) >= t.server.config.Quotas.OpenActivities:
		return "OPEN_ACTIVITIES_LIMIT_EXCEEDED"
	case !t.server.take("ScheduleActivityTask"), !t.domain.activityLists.admit(a.TaskList.Name):
		return "ACTIVITY_CREATION_RATE_EXCEEDED"
	}
	return ""
}

// requestCancelActivityTask carries out a decision. A task that nobody has
// started yet is closed at once.
func (t *turn) requestCancelActivityTask(a *attributes) {
	open := t.activityIDs[*a.ActivityID]
	if open == nil {
		a.Cause = "ACTIVITY_ID_UNKNOWN"
		t.add(requestCancelActivityTaskFailed, a)
		return
	}
	t.add(activityTaskCancelRequested, a)
	if open.started == 0 {
		t.add(activityTaskCanceled, &attributes{
			ScheduledEventID: open.scheduled, StartedEventID: new(int64(0)), LatestCancelRequestedEventID: open.cancelRequested,
		})
	}
}
