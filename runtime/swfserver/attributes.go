package swfserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// A typeName names an activity type or a workflow type.
type typeName struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// An executionName names a run of a workflow.
type executionName struct {
	RunID      string `json:"runId"`
	WorkflowID string `json:"workflowId"`
}

// A listName names a task list.
type listName struct {
	Name string `json:"name"`
}

// Attributes are what an event or a decision says. The kinds of events and
// decisions share their vocabulary, so one struct holds the attributes of all;
// the members that a kind does not have are nil. Members stand in the order in
// which the service writes them. A string that was given empty is not nil, nor
// is an id that is written as 0.
type attributes struct {
	ActivityID                     *string        `json:"activityId,omitempty"`
	ActivityType                   *typeName      `json:"activityType,omitempty"`
	Cause                          string         `json:"cause,omitempty"`
	ChildPolicy                    *string        `json:"childPolicy,omitempty"`
	ContinuedExecutionRunID        *string        `json:"continuedExecutionRunId,omitempty"`
	Control                        *string        `json:"control,omitempty"`
	DecisionTaskCompletedEventID   int64          `json:"decisionTaskCompletedEventId,omitempty"`
	Details                        *string        `json:"details,omitempty"`
	ExecutionContext               *string        `json:"executionContext,omitempty"`
	ExecutionStartToCloseTimeout   *string        `json:"executionStartToCloseTimeout,omitempty"`
	ExternalInitiatedEventID       *int64         `json:"externalInitiatedEventId,omitempty"`
	ExternalWorkflowExecution      *executionName `json:"externalWorkflowExecution,omitempty"`
	HeartbeatTimeout               *string        `json:"heartbeatTimeout,omitempty"`
	ID                             *string        `json:"id,omitempty"`
	Identity                       *string        `json:"identity,omitempty"`
	InitiatedEventID               *int64         `json:"initiatedEventId,omitempty"`
	Input                          *string        `json:"input,omitempty"`
	LambdaRole                     *string        `json:"lambdaRole,omitempty"`
	LatestCancelRequestedEventID   int64          `json:"latestCancelRequestedEventId,omitempty"`
	MarkerName                     *string        `json:"markerName,omitempty"`
	Message                        *string        `json:"message,omitempty"`
	Name                           *string        `json:"name,omitempty"`
	NewExecutionRunID              *string        `json:"newExecutionRunId,omitempty"`
	ParentInitiatedEventID         *int64         `json:"parentInitiatedEventId,omitempty"`
	ParentWorkflowExecution        *executionName `json:"parentWorkflowExecution,omitempty"`
	Reason                         *string        `json:"reason,omitempty"`
	Result                         *string        `json:"result,omitempty"`
	RunID                          *string        `json:"runId,omitempty"`
	ScheduleToCloseTimeout         *string        `json:"scheduleToCloseTimeout,omitempty"`
	ScheduleToStartTimeout         *string        `json:"scheduleToStartTimeout,omitempty"`
	ScheduledEventID               int64          `json:"scheduledEventId,omitempty"`
	SignalName                     *string        `json:"signalName,omitempty"`
	StartToCloseTimeout            *string        `json:"startToCloseTimeout,omitempty"`
	StartToFireTimeout             *string        `json:"startToFireTimeout,omitempty"`
	StartedEventID                 *int64         `json:"startedEventId,omitempty"`
	TagList                        []*string      `json:"tagList,omitempty"`
	TaskList                       *listName      `json:"taskList,omitempty"`
	TaskListScheduleToStartTimeout *string        `json:"taskListScheduleToStartTimeout,omitempty"`
	TaskPriority                   *string        `json:"taskPriority,omitempty"`
	TaskStartToCloseTimeout        *string        `json:"taskStartToCloseTimeout,omitempty"`
	TimeoutType                    string         `json:"timeoutType,omitempty"`
	TimerID                        *string        `json:"timerId,omitempty"`
	WorkflowExecution              *executionName `json:"workflowExecution,omitempty"`
	WorkflowID                     *string        `json:"workflowId,omitempty"`
	WorkflowType                   *typeName      `json:"workflowType,omitempty"`

	// WorkflowTypeVersion is of a decision only, see continueAsNew.
	WorkflowTypeVersion *string `json:"workflowTypeVersion,omitempty"`
}

// An event is a fact of a run. What it says is kept only as it is sent.
type event struct {
	id   int64
	at   stamp
	kind kind
	text []byte
}

// newEvent returns an event with its text.
func newEvent(id int64, at stamp, k kind, a *attributes) event {
	var b bytes.Buffer
	before := k.member() < "eventId" // keys are sorted
	b.WriteByte('{')
	if before {
		fmt.Fprintf(&b, "%q:%s,", k.member(), encode(a))
	}
	fmt.Fprintf(&b, `"eventId":%d,"eventTimestamp":%s,"eventType":%q`, id, at, k)
	if !before {
		fmt.Fprintf(&b, ",%q:%s", k.member(), encode(a))
	}
	b.WriteByte('}')
	return event{id, at, k, b.Bytes()}
}

// readEvent reads the text of an event.
func readEvent(text []byte) (event, *attributes, error) {
	var members map[string]json.RawMessage
	var head struct {
		EventID        int64
		EventTimestamp stamp
		EventType      kind
	}
	a := new(attributes)
	if err := json.Unmarshal(text, &head); err != nil {
		return event{}, nil, err
	}
	if err := json.Unmarshal(text, &members); err != nil {
		return event{}, nil, err
	}
	if head.EventType == "" {
		return event{}, nil, fmt.Errorf("event %d has no type", head.EventID)
	}
	if err := json.Unmarshal(members[head.EventType.member()], a); err != nil {
		return event{}, nil, fmt.Errorf("event %d: %w", head.EventID, err)
	}
	return event{head.EventID, head.EventTimestamp, head.EventType, text}, a, nil
}

// encode returns v as JSON, with < > & as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err)) // only types of ours come here
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// A stamp is a time in milliseconds since 1970, written as seconds.
type stamp int64

// String returns the stamp as the service writes it.
func (t stamp) String() string {
	sign := ""
	if t < 0 {
		sign, t = "-", -t
	}
	return fmt.Sprintf("%s%d.%03d", sign, t/1000, t%1000)
}

// MarshalJSON writes the stamp as a number of seconds.
func (t stamp) MarshalJSON() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalJSON reads a number of seconds.
func (t *stamp) UnmarshalJSON(text []byte) error {
	sec, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return err
	}
	const far = 1 << 40 // seconds; keeps a hostile number within an int64
	if *t = stamp(min(far, sec)*1000 + 0.5); sec < 0 {
		*t = stamp(max(-far, sec)*1000 - 0.5)
	}
	return nil
}

// seconds returns the length of a duration in milliseconds; it is not ok for
// NONE and for no duration at all.
func seconds(d *string) (stamp, bool) {
	if d == nil || *d == "NONE" {
		return 0, false
	}
	n, err := strconv.ParseInt(*d, 10, 64)
	return stamp(n * 1000), err == nil
}
