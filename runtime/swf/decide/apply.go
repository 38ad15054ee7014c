package decide

import (
	"fmt"
	"runtime/debug"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// BrokenError says that the interpreter, or the decider, contradicts itself:
// a bug of ours. The execution is none the worse for it.
type BrokenError struct {
	Message string
	Stack   string // of a panic
}

// Error returns the message.
func (e *BrokenError) Error() string { return e.Message }

// guard turns a panic into an error, after which the execution is of no use.
func (x *Execution) guard(err *error) {
	if p := recover(); p != nil {
		x.err = &BrokenError{Message: fmt.Sprintf("this is a bug in flowc: %v", p), Stack: string(debug.Stack())}
		*err = x.err
	}
}

// take folds something that has happened, unless nobody is interested.
func (x *Execution) take(h *happening) error {
	if t := h.timer; t != nil {
		if x.timers.byID[t.id] != t { // it was stopped, perhaps started anew, before we knew that it had fired
			return nil
		}
		delete(x.timers.byID, t.id)
		if w := x.leaving[t.node]; w != nil && t.kind == runtime.GraceTimer {
			x.lose(w)
		}
	}
	if w := h.work; w != nil {
		x.forget(w)
	}
	if x.env.Observe == nil && (h.event.Type == runtime.TaskScheduled || h.event.Type == runtime.TaskStarted) {
		return nil // which the interpreter passes over
	}
	return x.apply(h.event)
}

// apply folds an event, and what follows from it, into the run.
func (x *Execution) apply(e runtime.Event) error {
	for {
		x.count++
		e.Seq = x.count
		var step runtime.Step
		if x.machine != nil {
			var err error
			if step, err = x.machine.Apply(e); err != nil {
				return &BrokenError{Message: err.Error()}
			}
			x.place(step.Changes)
			for k := range step.Commands {
				if err := x.execute(&step.Commands[k], e.Time); err != nil {
					return err
				}
			}
			x.displace(step.Changes)
		}
		if x.env.Observe != nil {
			x.env.Observe(e, step)
		}
		if len(x.answers) == 0 {
			return nil
		}
		e, x.answers = x.answers[0], x.answers[1:]
	}
}

// place remembers where in the document nodes stand that begin to work: their
// later attempts begin in that order too.
func (x *Execution) place(changes []runtime.Change) {
	for k := range changes {
		if c := &changes[k]; c.To == ir.Running && c.From != ir.Running && (c.Kind == "activity" || c.Kind == "child" || c.Kind == "map") {
			x.places[c.Node] = c.Order
		}
	}
}

// displace forgets the places of those that have ended.
func (x *Execution) displace(changes []runtime.Change) {
	for k := range changes {
		if c := &changes[k]; c.To != ir.Running && c.To != ir.Waiting {
			delete(x.places, c.Node)
		}
	}
}

// answer lets an event follow from a command.
func (x *Execution) answer(e runtime.Event, now ir.Time) {
	e.Time = now
	x.answers = append(x.answers, e)
}

// execute takes note of what the interpreter wants, or wants no more.
func (x *Execution) execute(c *runtime.Command, now ir.Time) error {
	switch c.Type {
	case runtime.ScheduleTask:
		return x.wantTask(c, now)
	case runtime.StartChild:
		return x.wantChild(c, now)
	case runtime.CancelTask:
		x.unwant(c, now, runtime.TaskCancelled)
	case runtime.CancelChild:
		x.unwant(c, now, runtime.ChildCancelled)
	case runtime.StartTimer:
		t := &timer{node: c.Node, kind: c.Timer, id: timerID(c.Node, c.Timer), due: c.Due, turn: x.turns, at: -1}
		x.turns++
		x.stopTimer(t.id)
		x.timers.want(t)
	case runtime.CancelTimer:
		x.stopTimer(timerID(c.Node, c.Timer))
	case runtime.Record:
	case runtime.ContinueAsNew:
		x.offered = true
	case runtime.CompleteRun, runtime.FailRun, runtime.TimeOutRun, runtime.CancelRun:
		end := *c
		x.end = &end
	default:
		return &BrokenError{Message: fmt.Sprintf("this is a bug in flowc: the decider cannot carry out %s (node %s)", c.Type, c.Node)}
	}
	return nil
}

// forget drops work that has ended.
func (x *Execution) forget(w *work) {
	if x.works[w.id] == w {
		delete(x.works, w.id)
	}
	if x.leaving[w.node] == w {
		delete(x.leaving, w.node)
	}
	if at := (call{w.node, w.attempt}); x.calls[at] == w {
		delete(x.calls, at)
	}
}

// unwant drops work that the service has not taken, and lets the rest be
// cancelled.
func (x *Execution) unwant(c *runtime.Command, now ir.Time, cancelled runtime.EventType) {
	w := x.calls[call{c.Node, c.Attempt}]
	if w == nil {
		return // it has ended: the interpreter is about to hear of it
	}
	switch w.state {
	case wanted:
		x.queues[w.class].remove(w)
		x.forget(w)
		x.answer(runtime.Event{Type: cancelled, Node: w.node, Attempt: w.attempt}, now)
	case taken:
		w.unwanted = true
		if w.class != lambda { // which cannot be cancelled
			x.cancels = append(x.cancels, canceling{work: w})
		}
		if w.class != child {
			x.leaving[w.node] = w
		}
	}
}

// lose takes note that the interpreter does not wait for a task any more that
// was told to end.
func (x *Execution) lose(w *work) {
	if w.state == taken && !w.lost {
		w.lost = true
		x.queues[w.class].lost++
	}
}

// stopTimer drops a timer that the service does not know of, and lets the rest
// be cancelled.
func (x *Execution) stopTimer(id string) {
	t := x.timers.byID[id]
	if t == nil {
		return
	}
	delete(x.timers.byID, id)
	switch t.state {
	case wanted:
		x.timers.remove(t)
	case taken:
		x.cancels = append(x.cancels, canceling{timer: t})
	}
}
