package local

import (
	"fmt"
	"math"
	"runtime/debug"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work/proc"
)

// attend sees to what comes from without until every course has ended: alarms,
// messages, signals, and what workers leave to it.
func (r *Run) attend() {
	for !r.over {
		cancel, kill := r.heeded()
		r.mu.Unlock()
		if len(r.shop.ended) > 0 { // somebody said it while we had the loop
			r.nudge()
		}
		select {
		case <-r.done:
			r.mu.Lock()
		case <-r.nudged:
			r.mu.Lock()
		case <-r.alarms.clock.C:
			r.mu.Lock()
			r.alarms.rang()
		case d := <-r.cfg.Inbox:
			r.mu.Lock()
			r.deliver(d)
		case <-cancel:
			r.mu.Lock()
			r.cancelAll()
		case <-kill:
			r.mu.Lock()
			r.killAll()
		case <-r.wantLeave:
			r.mu.Lock()
			r.leaving = true
		}
		r.turn(endless)
	}
}

// How many steps a turn may have. A worker that would see to what others bring
// while there is work for itself leaves that to Do.
const (
	endless  = math.MaxInt
	ofWorker = 2 // the end of an attempt, and the beginning of another
)

// bring folds in what a worker has said, unless somebody has the loop, who then
// does.
func (r *Run) bring() {
	if !r.mu.TryLock() {
		return
	}
	r.turn(ofWorker)
	more := r.busy() && !r.committing
	r.mu.Unlock()
	if more || len(r.shop.ended) > 0 {
		r.nudge()
	}
}

// nudge makes Do look whether there is something to do.
func (r *Run) nudge() {
	select {
	case r.nudged <- struct{}{}:
	default: // it will
	}
}

// turn folds events into the machines until there are none, or so many steps
// are done, and sets the clock. The caller has the loop. Where somebody is
// keeping what happened, who will go on with it, only what is queued already
// gets to work: that follows from what was kept before.
func (r *Run) turn(steps int) {
	if r.over {
		return
	}
	defer r.caught()
	r.gather()
	if r.committing {
		r.dispatch()
		return
	}
	worker := steps < endless
	for ; r.busy() && r.err == nil && !r.leaving && steps > 0; steps-- {
		r.err = r.step(worker)
		r.gather()
	}
	if r.leaving && r.err == nil {
		r.err = ErrLeft
	}
	if r.over = r.err != nil || len(r.courses) == 0 && !r.busy(); r.over {
		close(r.done)
		return
	}
	r.flush()
	r.alarms.wait(r.now())
}

// caught keeps a panic for the goroutine of Do: that of a worker would end the
// process.
func (r *Run) caught() {
	if v := recover(); v != nil {
		r.panicked, r.over = fmt.Sprintf("%v\n\n%s", v, debug.Stack()), true
		close(r.done)
	}
}

// busy reports whether there is something to fold in, or that must be kept.
func (r *Run) busy() bool { return len(r.touched) > 0 || len(r.ended) > 0 || len(r.heard) > 0 }

// step folds the events that there are.
func (r *Run) step(worker bool) error {
	r.work, r.touched = r.touched, r.work[:0]
	if err := r.keep(worker); err != nil {
		return err
	}
	for _, c := range r.work {
		if err := r.advance(c); err != nil {
			return err
		}
	}
	clear(r.work)
	r.dispatch()
	return nil
}

// gather collects what workers have said, and what is due.
func (r *Run) gather() {
	for len(r.shop.ended) > 0 { // only we take from it
		r.take(<-r.shop.ended)
	}
	now := r.now()
	for a := r.alarms.next(now); a != nil; a = r.alarms.next(now) {
		r.ring(a)
	}
}

// heeded returns what to listen to for a cancel and a kill, nil for what was
// heeded already.
func (r *Run) heeded() (cancel, kill chan struct{}) {
	if !r.cancelled {
		cancel = r.wantCancel
	}
	if !r.killed {
		kill = r.wantKill
	}
	return cancel, kill
}

// listen heeds a cancel or kill that came before the beginning.
func (r *Run) listen() {
	select {
	case <-r.wantKill:
		r.killAll()
	default:
	}
	select {
	case <-r.wantCancel:
		r.cancelAll()
	default:
	}
}

// await takes one thing from without, when there are no more turns.
func (r *Run) await() {
	cancel, kill := r.heeded()
	select {
	case e := <-r.shop.ended:
		r.take(e)
	case <-r.alarms.wait(r.now()):
		r.alarms.rang()
	case <-cancel:
		r.cancelAll()
	case <-kill:
		r.killAll()
	}
}

// advance applies what was recorded.
func (r *Run) advance(c *course) error {
	for _, e := range c.batch[c.known:] {
		if err := r.apply(c, e); err != nil {
			return err
		}
	}
	clear(c.batch) // the results of tasks may be large
	if c.over {
		return nil
	}
	if c.killed {
		r.endAll(c)
	}
	if c.finished() {
		r.closeCourse(c)
	}
	return nil
}

// apply folds one event into a machine and carries out what follows.
func (r *Run) apply(c *course, e runtime.Event) error {
	c.barren = c.barren || c.killed && e.Type == runtime.CancelRequested && e.Node == ""
	if r.started != nil && (e.Type == runtime.TaskStarted || e.Type == runtime.ChildStarted && c.children[e.Node] != nil) {
		r.started.Started(r.clock(e.Time), c.shown(e.Node), e.Attempt)
	}
	step, err := c.machine.Apply(e)
	if err != nil {
		return err
	}
	if e.Type == runtime.RunStarted && c == r.root {
		r.params = c.machine.Params()
	}
	c.report.Add(e, step)
	if len(step.Changes) > 0 {
		c.placeCalls(step.Changes)
		if seen := c.seen(step.Changes); len(seen) > 0 {
			r.cfg.Observer.Changes(r.clock(e.Time), seen)
		}
	}
	for i := range step.Commands {
		if err := r.execute(c, &step.Commands[i]); err != nil {
			return err
		}
	}
	c.forgetCalls(step.Changes)
	return nil
}

// cancelAll heeds Cancel. What becomes of a detached child run is decided when
// its parent ends, as ever; one whose parent has ended is all that is left.
func (r *Run) cancelAll() {
	r.cancelled = true
	for _, c := range r.alone() {
		if c.parent == nil || c.parent.over {
			r.cancel(c)
		}
	}
}

// killAll heeds Kill.
func (r *Run) killAll() {
	r.killed, r.cancelled = true, true
	for _, c := range r.alone() {
		r.kill(c, false)
	}
}

// cancel asks a course to end as cancelled.
func (r *Run) cancel(c *course) {
	if !c.cancelled {
		c.cancelled = true
		r.happened(c, runtime.Event{Type: runtime.CancelRequested})
	}
}

// kill ends a course, and those that it waits for: no handler runs, and what
// runs is ended at once, or gently, with its grace. The machine first hears of
// the cancel, so that it is known which attempts it wants to end: it shields
// those of handlers.
func (r *Run) kill(c *course, gently bool) {
	if c.killed && (gently || !c.gently) {
		return
	}
	if !c.killed {
		c.killedAt, c.barren = r.now(), c.cancelled
	}
	c.killed, c.gently, c.slain = true, gently, false
	r.touch(c)
	r.cancel(c)
	for _, child := range sortedChildren(c) {
		if !child.detached {
			r.kill(child, gently)
		}
	}
}

// ring does what an alarm is for.
func (r *Run) ring(x *alarm) {
	a := x.attempt
	if x == r.keeping {
		r.keeping = nil
		r.keepEarly()
		return
	}
	if a == nil {
		delete(x.course.timers, x.timer)
		if x.course.barren { // it could only be a time-out of what did not begin
			return
		}
		r.happened(x.course, runtime.Event{Type: runtime.TimerFired, Node: x.timer.node, Timer: x.timer.kind})
		return
	}
	switch a.phase {
	case queued:
		r.close(a, runtime.Event{Type: runtime.TaskTimedOut, Timeout: runtime.ScheduleToStart, Failure: queueTimeout(a)})
	case running:
		r.unjoin(a)
		a.Stop(proc.TimedOut)
		r.expect(a, r.patience())
	case stopping:
		r.abandon(a)
	}
}

// now returns the time on the run's clock.
func (r *Run) now() ir.Time { return r.zero + ir.Time(time.Since(r.begin)) }

// clock returns a time on the run's clock as one of this process's, which
// setting the clock does not move.
func (r *Run) clock(t ir.Time) time.Time {
	return r.begin.Add(time.Duration(t - r.zero))
}

// happened adds an event to those of a course that wait to be applied.
func (r *Run) happened(c *course, e runtime.Event) {
	if c.over {
		return
	}
	e.Time = r.now()
	c.events = append(c.events, e)
	r.touch(c)
}

// touch makes the loop look at a course.
func (r *Run) touch(c *course) {
	if !c.touched && !c.over {
		c.touched = true
		r.touched = append(r.touched, c)
	}
}
