package local

import (
	"fmt"
	"sync"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local/proc"
)

// A Run is one run of a workflow. One goroutine calls Do, once; any may call
// Cancel and Kill, at any time.
type Run struct {
	cfg     Config
	machine *runtime.Machine
	report  *runtime.Report
	started StartObserver // nil if the observer is none
	shop    *shop
	by      *performer

	wantCancel, wantKill chan struct{} // closed when it is wanted
	cancelOnce, killOnce sync.Once

	// What follows is the loop's.
	begin             time.Time       // of the clock
	events            []runtime.Event // happened, but not applied yet
	batch             []runtime.Event // being applied
	seq               int64
	open              map[string]*attempt // by node: queued, running or stopping
	queue             queue
	alarms            *alarms
	timers            map[timer]*alarm
	busy              int  // attempts that are running or stopping
	cancelled, killed bool // it was heeded
}

// Cancel asks the run to end as cancelled. What has not begun does not begin,
// what runs is asked to stop, and handlers run. It does not wait.
func (r *Run) Cancel() { r.cancelOnce.Do(func() { close(r.wantCancel) }) }

// Kill ends the run: every program at once, and handlers do not run. It does
// not wait.
func (r *Run) Kill() { r.killOnce.Do(func() { close(r.wantKill) }) }

// ID returns the id of the run.
func (r *Run) ID() string { return r.cfg.Run }

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
		r.dispatch()
	}
	return nil
}

// deserted reports whether the run was killed, and all that could be ended is.
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

// kill heeds Kill.
func (r *Run) kill() {
	if !r.cancelled {
		r.cancel()
	}
	r.killed = true
	for _, a := range r.open {
		if a.phase == queued {
			r.close(a, runtime.Event{Type: runtime.TaskCancelled})
			continue
		}
		a.kill()
		r.expect(a, afterKill)
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
		a.phase = stopping
		a.stop(proc.TimedOut)
		r.expect(a, r.patience())
	case stopping:
		r.abandon(a)
	}
}

// New prepares a run. An error is a mistake in the configuration, or an
// activity that nothing implements; nothing has happened then.
func New(c Config) (*Run, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	m, err := runtime.New(c.Program, c.Workflow, runtime.Config{})
	if err != nil {
		return nil, err
	}
	if err := implemented(&c); err != nil {
		return nil, err
	}
	r := &Run{
		cfg: c, machine: m, report: runtime.NewReport(c.Program, c.Workflow),
		wantCancel: make(chan struct{}), wantKill: make(chan struct{}),
		open: map[string]*attempt{}, alarms: newAlarms(), timers: map[timer]*alarm{},
	}
	r.started, _ = c.Observer.(StartObserver)
	r.by = newPerformer(&r.cfg)
	r.shop = newShop(c.Jobs, r.by.perform)
	return r, nil
}

// Do drives the run to its end and reports how it ended. An error means that
// it came to no end of its own: its log could not be written, or flowc has a
// bug. The report then says how far it came.
func (r *Run) Do() (runtime.RunReport, error) {
	r.begin = time.Now()
	r.happened(runtime.Event{Type: runtime.RunStarted, Start: r.cfg.start()})
	err := r.loop()
	r.windUp(err != nil)
	return r.final(), err
}

// windUp ends what still runs: the attempts of a run that broke off, which get
// their grace, or those that the machine has given up.
func (r *Run) windUp(gently bool) {
	for _, a := range r.open {
		switch {
		case a.phase == queued:
		case gently && !r.killed:
			r.cancelAttempt(a)
		default:
			a.kill()
			r.expect(a, afterKill)
		}
	}
	for r.busy > 0 {
		r.await(true)
		for a := r.alarms.next(r.now()); a != nil; a = r.alarms.next(r.now()) {
			if a.attempt != nil && a.attempt.phase == stopping {
				r.abandon(a.attempt)
			}
		}
	}
	r.shop.close()
	r.alarms.clock.Stop()
	r.by.out.tidy()
}

// final returns the report. What a killed run left unfinished is abandoned.
func (r *Run) final() runtime.RunReport {
	o := r.report.Object()
	if r.machine.Done() || !r.killed {
		return o
	}
	o.Status = ir.Cancelled.String()
	ended := r.now()
	o.Ended = &ended
	for i := range o.Nodes {
		switch n := &o.Nodes[i]; n.Status {
		case ir.Running.String():
			n.Status, n.Ended = ir.Abandoned.String(), &ended
		case ir.Waiting.String():
			n.Status = ir.Cancelled.String()
		}
	}
	return o
}
