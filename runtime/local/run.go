package local

import (
	"sync"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
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
	killedAt          ir.Time
	slain             bool // endAll has done its work
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

// Cancel asks the run to end as cancelled. What has not begun does not begin,
// what runs is asked to stop, and handlers run. It does not wait.
func (r *Run) Cancel() { r.cancelOnce.Do(func() { close(r.wantCancel) }) }

// Kill ends the run: every program at once, and handlers do not run. It does
// not wait.
func (r *Run) Kill() { r.killOnce.Do(func() { close(r.wantKill) }) }

// ID returns the id of the run.
func (r *Run) ID() string { return r.cfg.Run }

// windUp ends what still runs: the attempts of a run that broke off, which get
// their grace, or those that the machine has given up.
func (r *Run) windUp(gently bool) {
	if gently {
		for _, a := range r.open {
			if a.phase == running {
				r.cancelAttempt(a)
			}
		}
	}
	for r.busy > 0 {
		if r.killed || !gently {
			r.endAll()
		}
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

// final returns the report. Of a killed run that the machine does not know to
// have ended, what ran is abandoned, and what was to run in handlers skipped.
func (r *Run) final() runtime.RunReport {
	o := r.report.Object()
	if r.machine.Done() || !r.killed {
		return o
	}
	ended := r.now()
	o.Status, o.Ended = ir.Cancelled.String(), &ended
	for i := range o.Nodes {
		n := &o.Nodes[i]
		_, held := r.open[n.ID]
		switch {
		case n.Status == ir.Waiting.String():
			n.Status = ir.Skipped.String()
		case n.Status != ir.Running.String():
		case held || n.Started != nil && *n.Started >= r.killedAt:
			n.Status, n.Started, n.Attempts = ir.Skipped.String(), nil, 0
		default:
			n.Status, n.Ended = ir.Abandoned.String(), &ended
		}
	}
	return o
}
