package decide

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/runtime/swf/wire"
)

// Replay reads a history and decides again wherever a decider has decided. The
// first difference is returned as a *Divergence; nil means that there is none.
// Which program decides is for env.Program to say.
func Replay(env *Env, h *History) error {
	r := &replay{x: New(env, h.ID)}
	if err := r.x.foresee(h.Events); err != nil {
		return err
	}
	for k := range h.Events {
		if err := r.event(&h.Events[k]); err != nil {
			return err
		}
	}
	return r.settle()
}

// foresee reads ahead what the first decision is going to say, so that it can be
// made.
func (x *Execution) foresee(events []types.HistoryEvent) error {
	for k := range events {
		a := events[k].MarkerRecordedEventAttributes
		if a == nil || aws.ToString(a.MarkerName) != startMarker {
			continue
		}
		text, err := wire.Open(x.env.Blobs, aws.ToString(a.Details))
		if err != nil {
			return err
		}
		x.foreseen = &beginning{}
		if err := json.Unmarshal([]byte(text), x.foreseen); err != nil {
			return fmt.Errorf("event %d: the marker `%s` cannot be read: %w", events[k].EventId, startMarker, err)
		}
		if first := events[0].WorkflowExecutionStartedEventAttributes; x.id.RunID == "" && first != nil && first.ContinuedExecutionRunId == nil {
			x.id.RunID = x.foreseen.Run // the history alone does not tell
		}
		return nil
	}
	return fmt.Errorf("this is no history of a flow: it has no marker `%s`", startMarker)
}

// replay compares decisions of a history with ours.
type replay struct {
	x        *Execution
	list     []types.Decision // for the decision task that started last
	decision int64            // whose events are compared
	open     []deed           // that we decide, and the history has not shown yet
}

// deed is a decision, or the event that shows it, in a form in which both can
// be compared.
type deed struct {
	what  string // what is done to what: this finds the other
	how   string // the rest, to be compared
	node  string
	text  string // for people
	vague bool   // not all is known of it
	soft  bool   // it may be missing in the history
}

func (r *replay) event(e *types.HistoryEvent) error {
	switch {
	case e.EventType == types.EventTypeDecisionTaskStarted:
		if err := r.settle(); err != nil {
			return err
		}
		if err := r.x.Read([]types.HistoryEvent{*e}); err != nil {
			return err
		}
		d, err := r.x.Decide()
		r.list = d.List
		return err
	case e.EventType == types.EventTypeDecisionTaskCompleted:
		r.decision, r.open = e.EventId, r.open[:0]
		for k := range r.list {
			r.open = append(r.open, r.ours(&r.list[k]))
		}
	default:
		shown, of := r.shown(e)
		if of == 0 || of != r.decision {
			break
		}
		if err := r.compare(e, shown); err != nil {
			return err
		}
	}
	err := r.x.Read([]types.HistoryEvent{*e})
	var d *Divergence
	if errors.As(err, &d) && d.Definition == "" {
		d.Definition = r.instead()
		if d.Node == "" && len(r.open) > 0 {
			d.Node = r.open[0].node
		}
	}
	return err
}

// compare finds what we decide that an event shows.
func (r *replay) compare(e *types.HistoryEvent, shown deed) error {
	k := slices.IndexFunc(r.open, func(d deed) bool { return d.what == shown.what })
	if k < 0 {
		if shown.soft {
			return nil
		}
		return &Divergence{Event: e.EventId, Node: shown.node, Recorded: shown.text, Definition: r.instead()}
	}
	ours := r.open[k]
	r.open = slices.Delete(r.open, k, k+1)
	if shown.text != ours.text && !shown.vague {
		return &Divergence{Event: e.EventId, Node: shown.node, Recorded: shown.text, Definition: ours.text}
	}
	if shown.how != "" && shown.how != ours.how {
		was, is := differ(shown.how, ours.how)
		return &Divergence{Event: e.EventId, Node: shown.node, Recorded: shown.text + " with " + was, Definition: ours.text + " with " + is}
	}
	return nil
}

// instead says what else we decide.
func (r *replay) instead() string {
	var list []string
	for _, d := range r.open {
		if !d.soft {
			list = append(list, d.text)
		}
	}
	switch {
	case len(list) == 0:
		return "nothing more is decided here"
	case len(list) > 3:
		list = append(list[:3], fmt.Sprintf("%d more", len(list)-3))
	}
	return strings.Join(list, ", ")
}

// settle reports what we decide and the history does not show.
func (r *replay) settle() error {
	for _, d := range r.open {
		if !d.soft {
			return &Divergence{Event: r.decision, Node: d.node, Recorded: "the decision ends without it", Definition: d.text}
		}
	}
	r.open = r.open[:0]
	return nil
}

// differ shows where two texts differ.
func differ(a, b string) (string, string) {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	from := max(0, n-30)
	show := func(s string) string {
		s = strings.ToValidUTF8(s[from:], "\ufffd")
		if from > 0 {
			s = "…" + s
		}
		return "`" + wire.Cut(s, 120) + "`"
	}
	return show(a), show(b)
}

// plain returns a text without claim checks, and JSON in a form that can be
// compared.
func (r *replay) plain(text *string) string {
	s, err := wire.Open(r.x.env.Blobs, aws.ToString(text))
	if err != nil {
		return aws.ToString(text)
	}
	var v any
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if d.Decode(&v) != nil || d.More() {
		return s
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return s
	}
	return strings.TrimSpace(b.String())
}

// ours returns a decision as a deed.
func (r *replay) ours(d *types.Decision) deed {
	switch d.DecisionType {
	case types.DecisionTypeScheduleActivityTask:
		a := d.ScheduleActivityTaskDecisionAttributes
		return r.task(a.ActivityId, typeText(a.ActivityType), a.Input, a.Control)
	case types.DecisionTypeScheduleLambdaFunction:
		a := d.ScheduleLambdaFunctionDecisionAttributes
		return r.task(a.Id, "function "+aws.ToString(a.Name), a.Input, a.Control)
	case types.DecisionTypeStartChildWorkflowExecution:
		a := d.StartChildWorkflowExecutionDecisionAttributes
		return r.child(a.WorkflowId, a.WorkflowType, a.Input, a.Control)
	case types.DecisionTypeStartTimer:
		a := d.StartTimerDecisionAttributes
		return timerDeed(a.TimerId, a.StartToFireTimeout, a.Control)
	case types.DecisionTypeCancelTimer:
		return deed{what: "stop timer " + aws.ToString(d.CancelTimerDecisionAttributes.TimerId), soft: true}
	case types.DecisionTypeRequestCancelActivityTask:
		id := aws.ToString(d.RequestCancelActivityTaskDecisionAttributes.ActivityId)
		return deed{what: "cancel " + id, text: "`" + noteOf("", id).Node + "` is cancelled", soft: true}
	case types.DecisionTypeRequestCancelExternalWorkflowExecution:
		id := aws.ToString(d.RequestCancelExternalWorkflowExecutionDecisionAttributes.WorkflowId)
		return deed{what: "cancel run " + id, text: "the child run " + id + " is cancelled", soft: true}
	case types.DecisionTypeRecordMarker:
		name := aws.ToString(d.RecordMarkerDecisionAttributes.MarkerName)
		return deed{what: "marker " + name, text: "the marker `" + name + "` is recorded"}
	case types.DecisionTypeCompleteWorkflowExecution:
		return r.end("completes", d.CompleteWorkflowExecutionDecisionAttributes.Result)
	case types.DecisionTypeFailWorkflowExecution:
		return r.end("fails", d.FailWorkflowExecutionDecisionAttributes.Reason)
	case types.DecisionTypeCancelWorkflowExecution:
		return r.end("ends as cancelled", nil)
	}
	return deed{what: "continue", text: "the execution continues as a new one"}
}

func (r *replay) task(id *string, of string, input, control *string) deed {
	n := noteOf(aws.ToString(control), aws.ToString(id))
	return deed{
		what: "task " + aws.ToString(id), node: n.Node, how: r.plain(input),
		text: fmt.Sprintf("`%s` is scheduled (%s, attempt %d)", n.Node, of, max(1, n.Attempt)),
	}
}

func (r *replay) child(id *string, of *types.WorkflowType, input, control *string) deed {
	n := noteOf(aws.ToString(control), aws.ToString(id))
	return deed{
		what: "child " + aws.ToString(id), node: n.Node, how: r.plain(input),
		text: fmt.Sprintf("`%s` starts a child run of %s", n.Node, workflowText(of)),
	}
}

func timerDeed(id, seconds, control *string) deed {
	if own := aws.ToString(id); own == moreTimer || own == backoffTimer {
		return deed{what: "timer " + own, soft: true}
	}
	n := noteOf(aws.ToString(control), aws.ToString(id))
	return deed{what: "timer " + aws.ToString(id), node: n.Node, how: durationOf(seconds), text: fmt.Sprintf("a timer of `%s` is started (%s)", n.Node, n.Timer)}
}

// durationOf returns a duration of the service for people, "" if none is said.
func durationOf(seconds *string) string {
	if seconds == nil {
		return ""
	}
	return *seconds + " s"
}

func (r *replay) end(how string, text *string) deed {
	d := deed{what: "end", text: "the execution " + how}
	if text != nil {
		d.how = r.plain(text)
	}
	return d
}

// shown returns what an event shows of a decision, and of which.
func (r *replay) shown(e *types.HistoryEvent) (deed, int64) {
	switch e.EventType {
	case types.EventTypeActivityTaskScheduled:
		if a := e.ActivityTaskScheduledEventAttributes; a != nil {
			return r.task(a.ActivityId, typeText(a.ActivityType), a.Input, a.Control), a.DecisionTaskCompletedEventId
		}
	case types.EventTypeScheduleActivityTaskFailed:
		if a := e.ScheduleActivityTaskFailedEventAttributes; a != nil {
			return refused(r.task(a.ActivityId, typeText(a.ActivityType), nil, nil)), a.DecisionTaskCompletedEventId
		}
	case types.EventTypeLambdaFunctionScheduled:
		if a := e.LambdaFunctionScheduledEventAttributes; a != nil {
			return r.task(a.Id, "function "+aws.ToString(a.Name), a.Input, a.Control), a.DecisionTaskCompletedEventId
		}
	case types.EventTypeScheduleLambdaFunctionFailed:
		if a := e.ScheduleLambdaFunctionFailedEventAttributes; a != nil {
			return refused(r.task(a.Id, "function "+aws.ToString(a.Name), nil, nil)), a.DecisionTaskCompletedEventId
		}
	case types.EventTypeStartChildWorkflowExecutionInitiated:
		if a := e.StartChildWorkflowExecutionInitiatedEventAttributes; a != nil {
			return r.child(a.WorkflowId, a.WorkflowType, a.Input, a.Control), a.DecisionTaskCompletedEventId
		}
	case types.EventTypeStartChildWorkflowExecutionFailed:
		if a := e.StartChildWorkflowExecutionFailedEventAttributes; a != nil && a.InitiatedEventId == 0 {
			return refused(r.child(a.WorkflowId, a.WorkflowType, nil, a.Control)), a.DecisionTaskCompletedEventId
		}
	case types.EventTypeTimerStarted:
		if a := e.TimerStartedEventAttributes; a != nil {
			return timerDeed(a.TimerId, a.StartToFireTimeout, a.Control), a.DecisionTaskCompletedEventId
		}
	case types.EventTypeStartTimerFailed:
		if a := e.StartTimerFailedEventAttributes; a != nil {
			return refused(timerDeed(a.TimerId, nil, nil)), a.DecisionTaskCompletedEventId
		}
	case types.EventTypeActivityTaskCancelRequested:
		if a := e.ActivityTaskCancelRequestedEventAttributes; a != nil {
			id := aws.ToString(a.ActivityId)
			return deed{what: "cancel " + id, text: "`" + noteOf("", id).Node + "` is cancelled"}, a.DecisionTaskCompletedEventId
		}
	case types.EventTypeMarkerRecorded:
		if a := e.MarkerRecordedEventAttributes; a != nil {
			name := aws.ToString(a.MarkerName)
			return deed{what: "marker " + name, text: "the marker `" + name + "` is recorded"}, a.DecisionTaskCompletedEventId
		}
	}
	return r.shownEnd(e)
}

// refused is a deed that the service has not done: only what it was is known.
func refused(d deed) deed {
	d.how, d.vague = "", true
	return d
}

// shownEnd is shown for what ends an execution, or was to.
func (r *replay) shownEnd(e *types.HistoryEvent) (deed, int64) {
	switch {
	case e.WorkflowExecutionCompletedEventAttributes != nil:
		a := e.WorkflowExecutionCompletedEventAttributes
		return r.end("completes", a.Result), a.DecisionTaskCompletedEventId
	case e.WorkflowExecutionFailedEventAttributes != nil:
		a := e.WorkflowExecutionFailedEventAttributes
		return r.end("fails", a.Reason), a.DecisionTaskCompletedEventId
	case e.WorkflowExecutionCanceledEventAttributes != nil:
		return r.end("ends as cancelled", nil), e.WorkflowExecutionCanceledEventAttributes.DecisionTaskCompletedEventId
	case e.WorkflowExecutionContinuedAsNewEventAttributes != nil:
		return deed{what: "continue", text: "the execution continues as a new one"}, e.WorkflowExecutionContinuedAsNewEventAttributes.DecisionTaskCompletedEventId
	case e.CompleteWorkflowExecutionFailedEventAttributes != nil:
		return refused(r.end("completes", nil)), e.CompleteWorkflowExecutionFailedEventAttributes.DecisionTaskCompletedEventId
	case e.FailWorkflowExecutionFailedEventAttributes != nil:
		return refused(r.end("fails", nil)), e.FailWorkflowExecutionFailedEventAttributes.DecisionTaskCompletedEventId
	case e.CancelWorkflowExecutionFailedEventAttributes != nil:
		return refused(r.end("ends as cancelled", nil)), e.CancelWorkflowExecutionFailedEventAttributes.DecisionTaskCompletedEventId
	case e.ContinueAsNewWorkflowExecutionFailedEventAttributes != nil:
		return deed{what: "continue", text: "the execution continues as a new one"}, e.ContinueAsNewWorkflowExecutionFailedEventAttributes.DecisionTaskCompletedEventId
	}
	return deed{}, 0
}
