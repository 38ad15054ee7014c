package local

import (
	"errors"
	"fmt"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// Resume prepares a run that goes on where the process that drove it stopped:
// c.Run, whose events past has, and which is c.Store then. Program and Root are
// those of before; Workflow, Input, Params, Tags and Only stand in the first
// event.
//
// The events are folded into a fresh machine. What it asked for and has got no
// answer to is done again: a task that was at work runs again as the same
// attempt with the same key, when what is left of its first try has ended;
// timers are due when they were; child runs go on.
func Resume(c Config, past Past) (*Run, error) {
	c.Store = past
	var begin *runtime.Start
	err := past.Replay(c.Run, func(e runtime.Event) error {
		begin = e.Start
		return errEnough
	})
	switch {
	case err != nil && err != errEnough:
		return nil, err
	case begin == nil:
		return nil, fmt.Errorf("run %s was stopped before it began: there is nothing to go on with", c.Run)
	}
	c.Workflow, c.Only = begin.Workflow, begin.Only
	r, err := prepare(c)
	if err != nil {
		return nil, err
	}
	if hash := c.Program.Hash(); hash != begin.IR {
		return nil, fmt.Errorf("run %s was begun with another program: %s, and not %s", c.Run, begin.IR, hash)
	}
	r.past = past
	r.root, err = r.newCourse(begin, nil)
	return r, err
}

// errEnough ends a replay.
var errEnough = errors.New("enough")

// A ReplayObserver is an [Observer] that wants to know what of all that it is
// shown happened before the run went on.
type ReplayObserver interface {
	Observer

	// Replayed is told that what was shown until now happened before.
	Replayed()
}

// goOn brings the run to where it was.
func (r *Run) goOn() error {
	if _, err := r.revive(r.root); err != nil {
		return err
	}
	r.params = r.root.machine.Params()
	if o, ok := r.cfg.Observer.(ReplayObserver); ok {
		o.Replayed()
	}
	if err := r.past.EndOrphans(r.keys(), max(0, r.cfg.Grace)); err != nil {
		return err
	}
	if r.cfg.Undo {
		if !r.root.machine.Done() {
			return fmt.Errorf("run %s has not ended: only a run that has ended can be undone", r.cfg.Run)
		}
		r.root.kept = false
		r.happened(r.root, runtime.Event{Type: runtime.UndoRequested})
	}
	return nil
}

// keys returns the idempotency keys of the tasks that are to run again.
func (r *Run) keys() (list []string) {
	for _, c := range r.courses {
		for _, who := range c.open {
			list = append(list, who.attempt.Task.Key)
		}
	}
	return list
}

// revive folds what happened in a course into its machine, and does again what
// was asked for and not answered. It reports whether there was anything.
func (r *Run) revive(c *course) (bool, error) {
	l := leftovers{}
	err := r.past.Replay(c.start.Run, func(e runtime.Event) error { return r.replay(c, &l, e) })
	if err != nil {
		return false, fmt.Errorf("run %s cannot go on: %w", c.start.Run, err)
	}
	if c.seq == 0 {
		return false, nil
	}
	status, err := r.past.Status(c.start.Run)
	if err != nil {
		return false, err
	}
	r.courses[c.start.Run] = c
	r.touch(c)
	c.kept = status != ""
	if status != "" && !c.machine.Done() { // it was killed
		c.killed, c.slain, c.barren, c.killedAt = true, true, true, r.now()
		return true, nil
	}
	for _, x := range l.inOrder() {
		if err := r.redo(c, x); err != nil {
			return false, err
		}
	}
	return true, nil
}

// replay folds in one event of before.
func (r *Run) replay(c *course, l *leftovers, e runtime.Event) error {
	step, err := c.machine.Apply(e)
	if err != nil {
		return fmt.Errorf("event %d: %w", e.Seq, err)
	}
	c.seq = e.Seq
	if e.Time > r.now() { // the clock was set back
		r.zero += e.Time - r.now()
	}
	if e.Type == runtime.CancelRequested && e.Node == "" {
		c.cancelled = true
	}
	c.report.Add(e, step)
	if len(step.Changes) > 0 {
		c.placeCalls(step.Changes)
		if seen := c.seen(step.Changes); len(seen) > 0 {
			r.cfg.Observer.Changes(r.clock(e.Time), seen)
		}
	}
	l.answered(&e)
	for i := range step.Commands {
		l.asked(c, &step.Commands[i], e.Time)
	}
	c.forgetCalls(step.Changes)
	return nil
}

// redo does what was asked for and not answered.
func (r *Run) redo(c *course, x *leftover) error {
	cmd := &x.command
	switch cmd.Type {
	case runtime.ScheduleTask:
		r.scheduleAt(c, cmd, x.time, x.begun)
	case runtime.StartChild:
		if err := r.redoChild(c, x); err != nil {
			return err
		}
	default:
		return r.execute(c, cmd)
	}
	if x.unwanted {
		end := runtime.Command{Type: runtime.CancelTask, Node: cmd.Node, Attempt: cmd.Attempt}
		if cmd.Type == runtime.StartChild {
			end.Type = runtime.CancelChild
		}
		return r.execute(c, &end)
	}
	return nil
}

// redoChild lets a child run go on, or begin if it had not.
func (r *Run) redoChild(c *course, x *leftover) error {
	cmd := &x.command
	if cmd.Child.Detach {
		if status, err := r.past.Status(cmd.Child.Run); err != nil || status != "" {
			return err
		}
	}
	c.calls[cmd.Node] = x.place
	child, err := r.newCourse(childStart(c, cmd), c)
	if err != nil {
		return err
	}
	r.adopt(c, child, cmd)
	begun, err := r.revive(child)
	if err != nil {
		return err
	}
	if !begun {
		delete(c.children, child.key())
		err = r.startChild(c, cmd)
	} else if !x.begun {
		r.happened(c, runtime.Event{Type: runtime.ChildStarted, Node: cmd.Node, Attempt: cmd.Attempt, Child: cmd.Child.Run})
	}
	if cmd.Child.Detach {
		delete(c.calls, cmd.Node)
	}
	return err
}

// A leftover is a command that has not been answered.
type leftover struct {
	command  runtime.Command
	time     ir.Time // of the event that it followed from
	order    int
	begun    bool  // the attempt, or the child run
	unwanted bool  // its end was asked for
	place    place // of the call of a child run
}

// A leftName names what may be left over: of a node one task, one child run, and one
// timer of each kind; and each detached child run.
type leftName struct {
	what runtime.CommandType
	node string // or the id of a detached child run
	kind runtime.TimerKind
}

// leftovers are the commands of a course that have not been answered.
type leftovers struct {
	list  map[leftName]*leftover
	count int
}

// asked takes in a command.
func (l *leftovers) asked(c *course, cmd *runtime.Command, now ir.Time) {
	x := &leftover{command: *cmd, time: now, order: l.count}
	name := leftName{what: cmd.Type, node: cmd.Node, kind: cmd.Timer}
	switch cmd.Type {
	case runtime.ScheduleTask, runtime.StartTimer:
	case runtime.StartChild:
		x.place = c.calls[cmd.Node]
		if cmd.Child.Detach {
			name.node = "\x00" + cmd.Child.Run
		}
	case runtime.CancelTimer:
		delete(l.list, leftName{what: runtime.StartTimer, node: cmd.Node, kind: cmd.Timer})
		return
	case runtime.CancelTask, runtime.CancelChild:
		name.what = runtime.ScheduleTask
		if cmd.Type == runtime.CancelChild {
			name.what = runtime.StartChild
		}
		if begun := l.list[name]; begun != nil && begun.command.Attempt == cmd.Attempt {
			begun.unwanted = true
		}
		return
	default:
		return
	}
	if l.list == nil {
		l.list = map[leftName]*leftover{}
	}
	l.list[name] = x
	l.count++
}

// answered takes in an event.
func (l *leftovers) answered(e *runtime.Event) {
	name := leftName{node: e.Node}
	over := true
	switch e.Type {
	case runtime.TaskStarted:
		name.what, over = runtime.ScheduleTask, false
	case runtime.ChildStarted:
		name.what, over = runtime.StartChild, false
		if d := (leftName{what: runtime.StartChild, node: "\x00" + e.Child}); l.list[d] != nil {
			name = d
		}
	case runtime.TaskCompleted, runtime.TaskFailed, runtime.TaskTimedOut, runtime.TaskCancelled, runtime.TaskAbandoned:
		name.what = runtime.ScheduleTask
	case runtime.ChildCompleted, runtime.ChildFailed, runtime.ChildTimedOut, runtime.ChildCancelled:
		name.what = runtime.StartChild
	case runtime.TimerFired:
		delete(l.list, leftName{what: runtime.StartTimer, node: e.Node, kind: e.Timer})
		return
	default:
		return
	}
	switch x := l.list[name]; {
	case x == nil || x.command.Attempt != e.Attempt:
	case over:
		delete(l.list, name)
	default:
		x.begun = true
	}
}

// inOrder returns them in the order in which they were asked for.
func (l *leftovers) inOrder() []*leftover {
	list := make([]*leftover, 0, len(l.list))
	for _, x := range l.list {
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b *leftover) int { return a.order - b.order })
	return list
}
