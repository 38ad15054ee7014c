package decide

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// scheduled takes note that the service has taken some work.
func (x *Execution) scheduled(e *types.HistoryEvent, c class, id, control, what string, decision int64) error {
	w := x.works[id]
	switch {
	case x.bare:
		n := noteOf(control, trimKey(id))
		w = &work{class: c, node: n.Node, attempt: max(1, n.Attempt), id: id, at: -1}
		x.works[id] = w
	case w == nil || w.class != c || w.state != wanted:
		n := noteOf(control, trimKey(id))
		return diverges(e, n.Node, fmt.Sprintf("`%s` is scheduled (%s, attempt %d)", n.Node, what, max(1, n.Attempt)))
	case w.what() != what && c != child:
		return &Divergence{Event: e.EventId, Node: w.node, Recorded: fmt.Sprintf("`%s` is %s", w.node, what), Definition: "it is " + w.what()}
	}
	w.state, w.event = taken, e.EventId
	q := &x.queues[c]
	q.remove(w)
	q.open++
	q.pause.accept(decision)
	x.events[e.EventId] = w
	w.decision = nil
	if c != child {
		x.happened(happening{event: runtime.Event{Type: runtime.TaskScheduled, Node: w.node, Attempt: w.attempt}})
	}
	return nil
}

func trimKey(id string) string {
	if len(id) > 0 && id[0] == 0 {
		return id[1:]
	}
	return id
}

// open returns the work that an event made open.
func (x *Execution) open(event int64) (*work, error) {
	w := x.events[event]
	if w == nil {
		return nil, fmt.Errorf("event %d speaks of event %d, which has opened nothing, or it has ended", x.last, event)
	}
	return w, nil
}

// workStarted takes note that a worker has a task.
func (x *Execution) workStarted(event int64) error {
	w, err := x.open(event)
	if err == nil {
		x.happened(happening{event: runtime.Event{Type: runtime.TaskStarted, Node: w.node, Attempt: w.attempt}})
	}
	return err
}

// ended takes note of the end of some work.
func (x *Execution) ended(event int64, e runtime.Event) error {
	w, err := x.open(event)
	if err != nil {
		return err
	}
	delete(x.events, event)
	q := &x.queues[w.class]
	q.open--
	if w.lost {
		q.lost--
	}
	w.state = gone
	e.Node, e.Attempt = w.node, w.attempt
	if e.Failure != nil && e.Failure.Node == "" {
		e.Failure.Node = w.node
	}
	if e.Failure != nil && e.Failure.Error == LostValue && x.lost == nil {
		x.lost = e.Failure
	}
	x.happened(happening{event: e, work: w})
	return nil
}

// value returns what a text of the history stands for. What is lost is "".
func (x *Execution) value(text string) (string, error) {
	text, err := wire.Open(x.env.Blobs, text)
	if wire.Lost(err) {
		return "", nil
	}
	return text, err
}

// result returns what a text of the history stands for as the result of some
// work, or why it cannot be that.
func (x *Execution) result(text string) (json.RawMessage, *runtime.Failure, error) {
	text, err := wire.Open(x.env.Blobs, text)
	switch {
	case wire.Lost(err):
		return nil, &runtime.Failure{Error: LostValue, Message: "the result is lost: " + err.Error()}, nil
	case err != nil:
		return nil, nil, err
	case text == "":
		return nil, nil, nil
	case x.bare:
		return document(text), nil, nil
	case !json.Valid([]byte(text)):
		return nil, &runtime.Failure{Error: runtime.BadResult, Message: "the result is not JSON: " + wire.Cut(text, 200)}, nil
	}
	return json.RawMessage(text), nil, nil
}

// Errors that the decider gives to failures, beside those of the interpreter.
const (
	LostValue  = "LostValue"  // a value is not in the store, or was altered
	Refused    = "Refused"    // the service does not do what the flow says
	Terminated = "Terminated" // a child execution was terminated
)

func (x *Execution) completed(event int64, text string) error {
	result, failure, err := x.result(text)
	if err != nil {
		return err
	}
	if failure != nil {
		return x.ended(event, runtime.Event{Type: runtime.TaskFailed, Failure: failure})
	}
	return x.ended(event, runtime.Event{Type: runtime.TaskCompleted, Result: result})
}

func (x *Execution) failed(event int64, reason, details string) error {
	w, err := x.open(event)
	if err != nil {
		return err
	}
	var raises []string
	if w.task != nil && w.task.Activity != nil {
		raises = w.task.Activity.Raises
	}
	f, err := wire.ReadFailure(x.env.Blobs, reason, details, raises)
	if err != nil {
		return err
	}
	if f.Error == runtime.TimeOut { // a worker of ours, which is more exact than the service
		kind := runtime.StartToClose
		if f.Message == totalTimeout {
			kind = runtime.ScheduleToClose
		}
		return x.ended(event, runtime.Event{Type: runtime.TaskTimedOut, Timeout: kind, Failure: f})
	}
	return x.ended(event, runtime.Event{Type: runtime.TaskFailed, Failure: f})
}

// totalTimeout is what a worker of ours says when total_timeout has passed, and
// not timeout.
const totalTimeout = "total_timeout passed"

// cancelled takes note that a task was cancelled. What its worker has to say to
// that is kept for people, save that it goes on all the same.
func (x *Execution) cancelled(event int64, details string) error {
	e := runtime.Event{Type: runtime.TaskCancelled}
	text, err := x.value(details)
	if err != nil {
		return err
	}
	doc := document(text)
	var said struct{ Abandoned bool }
	switch {
	case doc == nil:
	case json.Unmarshal(doc, &said) == nil && said.Abandoned:
		e.Type = runtime.TaskAbandoned
	default:
		if doc[0] != '{' {
			doc = field("details", doc)
		}
		e.Failure = &runtime.Failure{Error: runtime.CancelledAlone, Message: "the worker has ended it", Details: doc}
	}
	return x.ended(event, e)
}

// timedOut takes note that a task timed out, in the words of who performs tasks
// elsewhere: a flow can read them.
func (x *Execution) timedOut(event int64, kind runtime.TimeoutKind, details string) error {
	w, err := x.open(event)
	if err != nil {
		return err
	}
	e := runtime.Event{Type: runtime.TaskTimedOut, Timeout: kind}
	message := string(kind) + " passed"
	own := kind == runtime.StartToClose && w.task != nil && w.task.Timeout > 0
	if own {
		message = fmt.Sprintf("timeout of %s passed", w.task.Timeout)
	}
	if own || details != "" {
		e.Failure = &runtime.Failure{Error: runtime.TimeOut, Message: message}
	}
	if details != "" {
		e.Failure.Details = field("heartbeat", document(details))
	}
	return x.ended(event, e)
}

// field returns a JSON object of one member.
func field(name string, value json.RawMessage) json.RawMessage {
	return append(append(append(append([]byte{'{'}, quote(name)...), ':'), value...), '}')
}

// childStarted takes note that a child execution runs.
func (x *Execution) childStarted(event int64, e *types.WorkflowExecution) error {
	w, err := x.open(event)
	if err != nil {
		return err
	}
	w.started = true
	run := ""
	if e != nil {
		run = aws.ToString(e.RunId)
	}
	x.happened(happening{event: runtime.Event{Type: runtime.ChildStarted, Node: w.node, Attempt: w.attempt, Child: run}})
	return nil
}

func (x *Execution) childCompleted(event int64, text string) error {
	result, failure, err := x.result(text)
	if err != nil {
		return err
	}
	if failure != nil {
		return x.ended(event, runtime.Event{Type: runtime.ChildFailed, Failure: failure})
	}
	return x.ended(event, runtime.Event{Type: runtime.ChildCompleted, Result: result})
}

// childFailed takes note of the failure of a child run, which becomes one of
// the call. Which node of which run it was is among its details.
func (x *Execution) childFailed(event int64, reason, details string, of *types.WorkflowExecution) error {
	f, timedOut, err := wire.ReadEnded(x.env.Blobs, reason, details)
	if err != nil {
		return err
	}
	e := runtime.Event{Type: runtime.ChildFailed, Failure: f}
	if timedOut {
		e.Type = runtime.ChildTimedOut
	}
	if w := x.events[event]; w != nil && w.child != nil && w.child.Slice != nil {
		return x.ended(event, e) // it is a failure of this run
	}
	from := map[string]string{"node": f.Node}
	if of != nil {
		from["run"] = aws.ToString(of.RunId)
	}
	own := *f
	own.Node, own.At = "", nil
	var fields map[string]json.RawMessage
	if len(f.Details) == 0 || json.Unmarshal(f.Details, &fields) == nil && fields["child"] == nil {
		if fields == nil {
			fields = map[string]json.RawMessage{}
		}
		fields["child"], _ = json.Marshal(from) // texts always encode
		own.Details, _ = json.Marshal(fields)   // they were read as JSON
	}
	e.Failure = &own
	return x.ended(event, e)
}

// cancelTaken takes note that some work that is open was told to end.
func (x *Execution) cancelTaken(id string) {
	if w := x.works[id]; w != nil {
		w.asked = true
	}
}

// cancelAgain takes note that the service did not tell a child to end, because
// there was too much of that.
func (x *Execution) cancelAgain(id string, decision int64) {
	if w := x.works[id]; w != nil && w.asked && w.state == taken {
		w.asked = false
		if w.unwanted {
			x.cancels = append(x.cancels, canceling{work: w})
		}
		x.queues[child].pause.refuse(decision)
	}
}

// timerStarted takes note that the service has taken a timer.
func (x *Execution) timerStarted(e *types.HistoryEvent, id, control string, decision int64) error {
	x.timers.refused.accept(decision)
	switch id {
	case moreTimer:
		x.ours.more = e.EventId
		return nil
	case backoffTimer:
		x.ours.backoff = e.EventId
		return nil
	}
	t := x.timers.byID[id]
	if x.bare {
		n := noteOf(control, id)
		t = &timer{node: n.Node, kind: n.Timer, id: id, at: -1}
		x.timers.byID[id] = t
	} else if t == nil || t.state != wanted {
		n := noteOf(control, id)
		return diverges(e, n.Node, fmt.Sprintf("a timer of `%s` is started (%s)", n.Node, n.Timer))
	}
	x.timers.remove(t)
	t.state, t.event, t.asked = taken, e.EventId, false
	x.timers.open[e.EventId] = t
	return nil
}

// timerFired takes note that a timer has fired.
func (x *Execution) timerFired(event int64) error {
	switch event {
	case x.ours.more:
		x.ours.more = 0
		return nil
	case x.ours.backoff:
		x.ours.backoff, x.ours.ending.waiting = 0, false
		for k := range x.queues {
			x.queues[k].pause.waiting = false
		}
		return nil
	}
	t := x.timers.open[event]
	if t == nil {
		return fmt.Errorf("event %d speaks of event %d, which has started no timer, or it has ended", x.last, event)
	}
	delete(x.timers.open, event)
	t.state = gone
	x.happened(happening{event: runtime.Event{Type: runtime.TimerFired, Node: t.node, Timer: t.kind}, timer: t})
	return nil
}

// timerCanceled takes note that a timer was stopped. One that had to make room
// is started again when there is some.
func (x *Execution) timerCanceled(event int64) error {
	t := x.timers.open[event]
	if t == nil {
		return fmt.Errorf("event %d speaks of event %d, which has started no timer, or it has ended", x.last, event)
	}
	delete(x.timers.open, event)
	if x.timers.byID[t.id] == t && !x.bare {
		t.state, t.event = wanted, 0
		x.timers.want(t)
		return nil
	}
	t.state = gone
	return nil
}

// timerStays takes note that a timer cannot be stopped. When it fires nobody
// cares.
func (x *Execution) timerStays(id string) {
	for _, c := range x.cancels {
		if c.timer != nil && c.timer.id == id {
			c.timer.asked = true
		}
	}
}
