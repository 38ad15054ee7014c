package local

import (
	"fmt"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work"
	"github.com/flowc/flowc/runtime/work/proc"
)

// afterKill is how long the end of what was killed is waited for. Only a
// program in uninterruptible sleep, or a function that ignores its context,
// outlasts it.
const afterKill = 2 * time.Second

// execute carries out a command of a machine.
func (r *Run) execute(c *course, cmd *runtime.Command) error {
	switch cmd.Type {
	case runtime.ScheduleTask:
		r.schedule(c, cmd)
	case runtime.CancelTask:
		if who := c.open[cmd.Node]; who != nil && who.number == cmd.Attempt {
			r.cancelClaim(who)
		}
	case runtime.StartChild:
		return r.startChild(c, cmd)
	case runtime.CancelChild:
		if child := c.children[cmd.Node]; child != nil && child.attempt == cmd.Attempt {
			child.unwanted = true
			r.cancel(child)
		}
	case runtime.StartTimer:
		t := timer{cmd.Node, cmd.Timer}
		r.alarms.remove(c.timers[t])
		c.timers[t] = &alarm{due: cmd.Due, course: c, timer: t}
		r.alarms.add(c.timers[t])
	case runtime.CancelTimer:
		t := timer{cmd.Node, cmd.Timer}
		r.alarms.remove(c.timers[t])
		delete(c.timers, t)
	case runtime.Record, runtime.ContinueAsNew: // the log has the event from which it follows, and is never too long
	case runtime.CompleteRun, runtime.FailRun, runtime.TimeOutRun, runtime.CancelRun: // the machine is done
	default:
		return fmt.Errorf("this is a bug in flowc: a local run cannot carry out %s (node %s)", cmd.Type, cmd.Node)
	}
	return nil
}

// schedule puts an attempt into the queue, or joins one that does the same
// already. In the queue of a killed run it stays.
func (r *Run) schedule(c *course, cmd *runtime.Command) { r.scheduleAt(c, cmd, r.now(), false) }

// scheduleAt schedules an attempt that was asked for at a certain time, and
// that has begun once already, or not.
func (r *Run) scheduleAt(c *course, cmd *runtime.Command, asked ir.Time, again bool) {
	t := cmd.Task
	same := ""
	if t.Activity.Idempotent && !c.killed {
		same = t.Activity.Name + "\x00" + t.Version + "\x00" + string(t.Input)
		if a := r.joint[same]; a != nil {
			r.join(a, &claim{course: c, node: cmd.Node, number: cmd.Attempt, attempt: a})
			return
		}
	}
	a := &attempt{shown: c.shown(cmd.Node), lane: r.lanes.of(t.Activity), run: r, same: same, wanted: 1}
	a.Program, a.Run, a.Node, a.Number, a.Task, a.Trace, a.Watcher = r.program, c.start.Run, cmd.Node, cmd.Attempt, t, r.trace(a.shown, cmd.Attempt), a
	a.first = claim{course: c, node: cmd.Node, number: cmd.Attempt, attempt: a}
	c.open[a.Node] = &a.first
	if same != "" {
		r.joint[same] = a
	}
	if t.TotalTimeout > 0 {
		a.Closing = r.clock(asked + ir.Time(t.TotalTimeout))
	}
	if t.QueueTimeout > 0 && !c.killed && !again {
		r.alert(a, asked+ir.Time(t.QueueTimeout))
	}
	a.lane.queue.push(a)
}

// trace returns the trace context of an attempt.
func (r *Run) trace(node string, attempt int) string {
	if o, ok := r.cfg.Observer.(TraceObserver); ok {
		if own := o.Trace(node, attempt); own != "" {
			return own
		}
	}
	return r.cfg.Trace
}

// join adds one who wants the result of an attempt that is under way. Its
// time-outs are those of the first.
func (r *Run) join(a *attempt, who *claim) {
	a.others = append(a.others, who)
	a.wanted++
	who.course.open[who.node] = who
	if a.phase == running {
		r.begun(who)
	}
}

// begun notes that an attempt is at work for one who wants its result. Nothing
// follows from that, so it is shown at once and kept with what happens next, or
// a moment later.
func (r *Run) begun(who *claim) {
	c := who.course
	c.busy++
	e := runtime.Event{Time: r.now(), Type: runtime.TaskStarted, Node: who.node, Attempt: who.number}
	if len(c.events) > 0 { // which happened before
		c.events = append(c.events, e)
		return
	}
	c.seq++
	e.Seq = c.seq
	if r.started != nil {
		r.started.Started(r.clock(e.Time), c.shown(e.Node), e.Attempt)
	}
	c.report.Add(e, runtime.Step{})
	if r.cfg.Store == nil {
		return
	}
	if len(c.early) == 0 {
		r.early = append(r.early, c)
	}
	c.early = append(c.early, e)
	if r.keeping == nil {
		r.keeping = &alarm{due: e.Time + ir.Time(soon)}
		r.alarms.add(r.keeping)
	}
}

// soon is how long it may take until others can see that an attempt has begun.
const soon = 50 * time.Millisecond

// unjoin makes it unknown that an attempt does what it does: whoever wants the
// same from now on gets it done anew.
func (r *Run) unjoin(a *attempt) {
	if a.same != "" && r.joint[a.same] == a {
		delete(r.joint, a.same)
	}
}

// dispatch gives attempts to workers while there are slots for them.
func (r *Run) dispatch() {
	for _, l := range [...]*lane{&r.lanes.heavy, &r.lanes.light} {
		for l.busy < l.slots {
			a := l.queue.pop()
			if a == nil {
				break
			}
			r.admit(a)
		}
	}
}

// admit gives an attempt to a worker.
func (r *Run) admit(a *attempt) {
	r.alarms.remove(a.alarm)
	a.alarm = nil
	a.phase = running
	a.Params = r.params
	a.Deadline = a.Closing
	if limit := a.Task.Timeout; limit > 0 {
		due := r.now() + ir.Time(limit)
		if at := r.clock(due); a.Deadline.IsZero() || at.Before(a.Deadline) {
			a.Deadline = at
		}
		r.alert(a, due)
	}
	a.claims(r.begun)
	a.lane.busy++
	r.running[a] = true
	r.shop.give(a)
}

// alert sets the one alarm of an attempt.
func (r *Run) alert(a *attempt, due ir.Time) {
	r.alarms.remove(a.alarm)
	a.alarm = &alarm{due: due, attempt: a}
	r.alarms.add(a.alarm)
}

// cancelClaim ends a claim to an attempt, and asks the attempt to end if nobody
// else wants its result.
func (r *Run) cancelClaim(who *claim) {
	if who.attempt.wanted == 1 {
		r.stop(who.attempt)
		return
	}
	r.answer(who, runtime.Event{Type: runtime.TaskCancelled})
	who.give()
}

// stop asks an attempt to end because nobody wants its result.
func (r *Run) stop(a *attempt) {
	r.unjoin(a)
	a.unwanted = true
	switch a.phase {
	case queued:
		r.close(a, runtime.Event{Type: runtime.TaskCancelled})
	case running:
		a.Stop(proc.Cancelled)
		r.expect(a, r.patience())
	}
}

// endAll ends every attempt of a killed course that runs, at once unless
// gently; but one that another course waits for too is left to that.
func (r *Run) endAll(c *course) {
	if c.slain {
		return
	}
	c.slain = true
	for _, who := range c.open {
		a := who.attempt
		switch {
		case a.phase == queued:
			if who.give(); a.wanted == 0 {
				r.unjoin(a)
			}
		case a.slain:
		case a.alive():
			who.give()
			c.busy--
			delete(c.open, who.node)
		case c.gently:
			wanted := !a.unwanted
			r.stop(a)
			a.unwanted = !wanted
		default:
			r.end(a)
		}
	}
}

// end ends an attempt at once.
func (r *Run) end(a *attempt) {
	r.unjoin(a)
	if !a.slain {
		a.slain = true
		a.Kill()
		r.expect(a, afterKill)
	}
}

// endEvery ends what still runs.
func (r *Run) endEvery() {
	for a := range r.running {
		r.end(a)
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
	e := runtime.Event{Type: runtime.TaskAbandoned}
	if why, _ := a.Stopped(); why == proc.TimedOut {
		e = work.TimedOut(&a.Attempt, nil)
	}
	r.close(a, e)
}

// take hears from a worker that an attempt has ended.
func (r *Run) take(e end) {
	r.shop.back(e)
	if e.attempt.phase == over { // it was abandoned
		return
	}
	r.close(e.attempt, e.event)
}

// close ends an attempt with an event, which all who want its result hear.
func (r *Run) close(a *attempt, e runtime.Event) {
	if a.phase != queued {
		a.lane.busy--
		delete(r.running, a)
	}
	r.unjoin(a)
	r.alarms.remove(a.alarm)
	a.alarm = nil
	a.claims(func(who *claim) { r.answer(who, e) })
	a.phase = over
}

// answer tells one who wanted the result of an attempt how that ended. The
// machine does not hear of one that was killed against its wishes: it would
// take that for a failure, and go on.
func (r *Run) answer(who *claim, e runtime.Event) {
	c, a := who.course, who.attempt
	if a.phase != queued {
		c.busy--
	}
	if c.open[who.node] == who {
		delete(c.open, who.node)
	}
	r.touch(c)
	if !a.unwanted && (e.Type == runtime.TaskAbandoned || c.killed && e.Type == runtime.TaskCancelled) {
		return
	}
	e.Node, e.Attempt = who.node, who.number
	r.happened(c, e)
}
