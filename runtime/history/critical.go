package history

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// A Stretch is a part of the critical path of a run: what a later part waited
// for.
type Stretch struct {
	Node    string      `json:"node,omitempty"`
	What    string      `json:"what"` // task, child, wait, retry (the pause before an attempt), timeout, grace, signal, cancel or undo (somebody asked for it)
	Attempt int         `json:"attempt,omitempty"`
	Began   ir.Time     `json:"began"`
	Ended   ir.Time     `json:"ended"`
	Queued  ir.Duration `json:"-"` // of a task: how long it waited to be taken
	Ran     ir.Duration `json:"-"` // the rest of it
}

// A tracer finds the critical path: each event that did something is the answer
// to a question that an earlier event led to, and that one is the answer to
// another. The chain of the last one is what the run took its time for. It is
// exact: a node begins in the step of the event that it waited for last,
// whether that gave it a value, a slot or its turn.
type tracer struct {
	times   []ir.Time          // of events
	asked   []int32            // by event: the one in whose step was asked for what it answers; -1 for none
	started []ir.Time          // by event that is the answer of a task: when that was taken; 0 if it is not known
	open    map[string]inquiry // by what identifies an answer
	last    int                // the last event that changed something
}

// An inquiry is something that was asked for, and has not been answered.
type inquiry struct {
	event   int32
	started ir.Time
}

func newTracer() *tracer { return &tracer{open: map[string]inquiry{}} }

// add takes in the next event, and what followed from it.
func (t *tracer) add(e *runtime.Event, s *runtime.Step) {
	n := len(t.times)
	t.times, t.asked, t.started = append(t.times, e.Time), append(t.asked, -1), append(t.started, 0)
	switch e.Type {
	case runtime.TaskStarted:
		if q, ok := t.open[e.Node]; ok {
			q.started = e.Time
			t.open[e.Node] = q
		}
	case runtime.SignalReceived:
		for i := range s.Changes {
			if c := &s.Changes[i]; c.Kind == "wait" && c.From == ir.Running && c.To != ir.Running {
				t.answer(n, waitKey(c.Node))
				break
			}
		}
	case runtime.TimerFired:
		t.answer(n, timerKey(e.Node, e.Timer))
	case runtime.TaskScheduled, runtime.ChildStarted, runtime.CancelRequested: // no answers
	default:
		t.answer(n, e.Node)
	}
	for i := range s.Commands {
		switch c := &s.Commands[i]; c.Type {
		case runtime.ScheduleTask, runtime.StartChild:
			t.open[c.Node] = inquiry{event: int32(n)}
		case runtime.StartTimer:
			t.open[timerKey(c.Node, c.Timer)] = inquiry{event: int32(n)}
		case runtime.CancelTimer:
			delete(t.open, timerKey(c.Node, c.Timer))
		}
	}
	for i := range s.Changes {
		switch c := &s.Changes[i]; {
		case c.Kind != "wait":
		case c.To == ir.Running && c.From == ir.Waiting:
			t.open[waitKey(c.Node)] = inquiry{event: int32(n)}
		case c.To != ir.Running:
			delete(t.open, waitKey(c.Node))
		}
	}
	if len(s.Changes) > 0 || len(s.Commands) > 0 {
		t.last = n
	}
}

// answer finds the question that event n answers.
func (t *tracer) answer(n int, key string) {
	if q, ok := t.open[key]; ok && key != "" {
		t.asked[n], t.started[n] = q.event, q.started
		delete(t.open, key)
	}
}

// No id of a node has these in it.
func timerKey(node string, k runtime.TimerKind) string { return node + "\x00" + string(k) }
func waitKey(node string) string                       { return node + "\x01" }

// path returns the critical path, in order of time.
func (t *tracer) path(events []runtime.Event) []Stretch {
	var list []Stretch
	for n := t.last; n > 0; {
		e := &events[n]
		s := Stretch{Node: e.Node, What: what(e), Attempt: e.Attempt, Ended: e.Time}
		from := t.asked[n]
		if from < 0 { // somebody outside: what they waited for is their business
			s.Began = t.times[0]
			list = append(list, s)
			break
		}
		s.Began = t.times[from]
		s.Ran = ir.Duration(s.Ended - s.Began)
		if at := t.started[n]; at != 0 {
			s.Queued, s.Ran = ir.Duration(at-s.Began), ir.Duration(s.Ended-at)
		}
		list = append(list, s)
		n = int(from)
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// what names what an event is the end of.
func what(e *runtime.Event) string {
	switch e.Type {
	case runtime.TimerFired:
		return string(e.Timer)
	case runtime.SignalReceived:
		return "signal"
	case runtime.CancelRequested:
		return "cancel"
	case runtime.UndoRequested:
		return "undo"
	case runtime.ChildCompleted, runtime.ChildFailed, runtime.ChildTimedOut, runtime.ChildCancelled:
		return "child"
	}
	return "task"
}
