package local

import (
	"fmt"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local/proc"
)

// loop folds events into the machine until the run has ended.
func (r *Run) loop() error {
	for !r.machine.Done() && !r.deserted() {
		r.gather()
		r.batch, r.events = r.events, r.batch[:0]
		if err := r.record(); err != nil {
			return err
		}
		for i := range r.batch {
			if err := r.apply(r.batch[i]); err != nil {
				return err
			}
		}
		clear(r.batch) // the results of tasks may be large
		if r.killed {
			r.endAll()
		} else {
			r.dispatch()
		}
	}
	return nil
}

// deserted reports whether the run was killed, and what ran has ended. What the
// machine still wants done, of handlers, is not.
func (r *Run) deserted() bool { return r.killed && r.busy == 0 && len(r.events) == 0 }

// gather collects what has happened. It waits if that is nothing.
func (r *Run) gather() {
	if len(r.events) == 0 {
		r.await(true)
	}
	for r.await(false) {
	}
	now := r.now()
	for a := r.alarms.next(now); a != nil; a = r.alarms.next(now) {
		r.ring(a)
	}
}

// await takes one thing from without, and reports whether there was one.
func (r *Run) await(wait bool) bool {
	cancel, kill := r.wantCancel, r.wantKill
	if r.cancelled {
		cancel = nil
	}
	if r.killed {
		kill = nil
	}
	if !wait {
		select {
		case e := <-r.shop.ended:
			r.take(e)
		case <-cancel:
			r.cancel()
		case <-kill:
			r.kill()
		default:
			return false
		}
		return true
	}
	select {
	case e := <-r.shop.ended:
		r.take(e)
	case <-r.alarms.wait(r.now()):
		r.alarms.rang()
	case <-cancel:
		r.cancel()
	case <-kill:
		r.kill()
	}
	return true
}

// record numbers the batch and hands it to the log.
func (r *Run) record() error {
	for i := range r.batch {
		r.seq++
		r.batch[i].Seq = r.seq
	}
	if r.cfg.Log == nil || len(r.batch) == 0 {
		return nil
	}
	if err := r.cfg.Log.Append(r.batch); err != nil {
		return fmt.Errorf("the log of the run could not be written, so the run was stopped: %w", err)
	}
	return nil
}

// apply folds one event into the machine and carries out what follows.
func (r *Run) apply(e runtime.Event) error {
	step, err := r.machine.Apply(e)
	if err != nil {
		return err
	}
	r.report.Add(e, step)
	if len(step.Changes) > 0 {
		r.cfg.Observer.Changes(r.clock(e.Time), step.Changes)
	}
	if r.started != nil && e.Type == runtime.TaskStarted {
		r.started.Started(r.clock(e.Time), e.Node, e.Attempt)
	}
	for i := range step.Commands {
		if err := r.execute(&step.Commands[i]); err != nil {
			return err
		}
	}
	return nil
}

// cancel heeds Cancel.
func (r *Run) cancel() {
	r.cancelled = true
	r.happened(runtime.Event{Type: runtime.CancelRequested})
}

// kill heeds Kill. The machine first hears of the cancel, so that it is known
// which attempts it wants to end: it shields those of handlers.
func (r *Run) kill() {
	r.killed, r.killedAt = true, r.now()
	if !r.cancelled {
		r.cancel()
	}
}

// ring does what an alarm is for.
func (r *Run) ring(x *alarm) {
	a := x.attempt
	if a == nil {
		delete(r.timers, x.timer)
		r.happened(runtime.Event{Type: runtime.TimerFired, Node: x.timer.node, Timer: x.timer.kind})
		return
	}
	switch a.phase {
	case queued:
		r.close(a, runtime.Event{Type: runtime.TaskTimedOut, Timeout: runtime.ScheduleToStart, Failure: queueTimeout(a)})
	case running:
		a.stop(proc.TimedOut)
		r.expect(a, r.patience())
	case stopping:
		r.abandon(a)
	}
}

// now returns the time on the run's clock.
func (r *Run) now() ir.Time { return ir.Time(r.begin.UnixNano() + int64(time.Since(r.begin))) }

// clock returns a time on the run's clock as one of this process's, which
// setting the clock does not move.
func (r *Run) clock(t ir.Time) time.Time {
	return r.begin.Add(time.Duration(int64(t) - r.begin.UnixNano()))
}

// happened adds an event to those that wait to be applied.
func (r *Run) happened(e runtime.Event) {
	e.Time = r.now()
	r.events = append(r.events, e)
}
