package local

import (
	"fmt"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local/proc"
)

// afterKill is how long the end of what was killed is waited for. Only a
// program in uninterruptible sleep, or a function that ignores its context,
// outlasts it.
const afterKill = 2 * time.Second

// execute carries out a command of the machine.
func (r *Run) execute(c *runtime.Command) error {
	switch c.Type {
	case runtime.ScheduleTask:
		r.schedule(c)
	case runtime.CancelTask:
		if a := r.open[c.Node]; a != nil && a.number == c.Attempt {
			r.cancelAttempt(a)
		}
	case runtime.StartTimer:
		t := timer{c.Node, c.Timer}
		r.alarms.remove(r.timers[t])
		r.timers[t] = &alarm{due: c.Due, timer: t}
		r.alarms.add(r.timers[t])
	case runtime.CancelTimer:
		t := timer{c.Node, c.Timer}
		r.alarms.remove(r.timers[t])
		delete(r.timers, t)
	case runtime.Record: // the log has the event from which it follows
	case runtime.CompleteRun, runtime.FailRun, runtime.TimeOutRun, runtime.CancelRun: // the machine is done
	default:
		return fmt.Errorf("this is a bug in flowc: a local run cannot carry out %s (node %s)", c.Type, c.Node)
	}
	return nil
}

// schedule puts an attempt into the queue. In that of a killed run it stays.
func (r *Run) schedule(c *runtime.Command) {
	a := &attempt{node: c.Node, number: c.Attempt, task: c.Task}
	r.open[a.node] = a
	now := r.now()
	if total := c.Task.TotalTimeout; total > 0 {
		a.closing = r.clock(now + ir.Time(total))
	}
	if limit := c.Task.QueueTimeout; limit > 0 && !r.killed {
		r.alert(a, now+ir.Time(limit))
	}
	r.queue.push(a)
}

// dispatch gives attempts to workers while some are free.
func (r *Run) dispatch() {
	for r.busy < r.cfg.Jobs {
		a := r.queue.pop()
		if a == nil {
			return
		}
		r.alarms.remove(a.alarm)
		a.alarm = nil
		a.phase = running
		a.deadline = a.closing
		if limit := a.task.Timeout; limit > 0 {
			due := r.now() + ir.Time(limit)
			if at := r.clock(due); a.deadline.IsZero() || at.Before(a.deadline) {
				a.deadline = at
			}
			r.alert(a, due)
		}
		r.happened(runtime.Event{Type: runtime.TaskStarted, Node: a.node, Attempt: a.number})
		r.busy++
		r.shop.give(a)
	}
}

// alert sets the one alarm of an attempt.
func (r *Run) alert(a *attempt, due ir.Time) {
	r.alarms.remove(a.alarm)
	a.alarm = &alarm{due: due, attempt: a}
	r.alarms.add(a.alarm)
}

// cancelAttempt asks an attempt to end because nobody wants its result.
func (r *Run) cancelAttempt(a *attempt) {
	switch a.phase {
	case queued:
		r.close(a, runtime.Event{Type: runtime.TaskCancelled})
	case running:
		a.stop(proc.Cancelled)
		r.expect(a, r.patience())
	}
	a.unwanted = true
}

// endAll ends every attempt that runs, at once.
func (r *Run) endAll() {
	if r.slain {
		return
	}
	r.slain = true
	for _, a := range r.open {
		if a.phase != queued {
			a.kill()
			r.expect(a, afterKill)
		}
	}
}

// patience is how long an attempt may take to end after it was asked to.
func (r *Run) patience() time.Duration { return max(0, r.cfg.Grace) + afterKill }

// expect sees to it that an attempt that does not end is abandoned.
func (r *Run) expect(a *attempt, within time.Duration) {
	a.phase = stopping
	r.alert(a, r.now()+ir.Time(within))
}

// abandon stops waiting for an attempt that does not end. Its worker is lost
// with it, until it comes back after all.
func (r *Run) abandon(a *attempt) {
	r.busy--
	e := runtime.Event{Type: runtime.TaskAbandoned}
	if why, _ := a.stopped(); why == proc.TimedOut {
		e = timedOut(a, nil)
	}
	r.close(a, e)
}

// take hears from a worker that an attempt has ended.
func (r *Run) take(e end) {
	r.shop.back(e)
	if e.attempt.phase == over { // it was abandoned
		return
	}
	r.busy--
	r.close(e.attempt, e.event)
}

// close ends an attempt with an event. The machine does not hear of one that
// was killed against its wishes: it would take that for a failure, and go on.
func (r *Run) close(a *attempt, e runtime.Event) {
	a.phase = over
	r.alarms.remove(a.alarm)
	a.alarm = nil
	if r.open[a.node] == a {
		delete(r.open, a.node)
	}
	if e.Type == runtime.TaskAbandoned && !a.unwanted {
		return
	}
	e.Node, e.Attempt = a.node, a.number
	r.happened(e)
}
