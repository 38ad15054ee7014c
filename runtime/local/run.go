package local

import (
	"errors"
	"sync"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/work"
)

// A Run is one run of a workflow, with the child runs that it calls. One
// goroutine calls Do, once; any may call Cancel and Kill, at any time.
type Run struct {
	cfg     Config
	plan    *runtime.Plan
	started StartObserver // nil if the observer is none
	flush   func()        // of the observer; does nothing if that has none
	shop    *shop
	program *work.Program
	races   bool // there are some in the program
	by      *work.Performer

	wantCancel, wantKill, wantLeave chan struct{} // closed when it is wanted
	cancelOnce, killOnce, leaveOnce sync.Once
	past                            Past // of a run that goes on; else nil

	// mu is the loop: who has it may use what follows. Do has it when nothing
	// is under way. A worker whose attempt has ended takes it, if it is free, and
	// folds that end in, so that nobody has to be woken between two attempts.
	mu       sync.Mutex
	over     bool          // no more turns: every course has ended, or something broke
	done     chan struct{} // closed then
	nudged   chan struct{} // to Do: there is something to do
	err      error         // what broke
	panicked string

	// What follows is the loop's.
	begin             time.Time           // of the clock
	zero              ir.Time             // what it showed then
	root              *course             // the run itself
	params            map[string]ir.Value // of the program
	courses           map[string]*course  // that have not ended, by id
	touched           []*course           // something happened in them
	work              []*course           // being worked on
	lanes             lanes
	alarms            *alarms
	running           map[*attempt]bool   // or stopping
	joint             map[string]*attempt // of idempotent activities, by what they do
	cancelled, killed bool                // it was heeded
	leaving           bool                // likewise

	// What is to be kept.
	committing bool            // somebody is at it, without having the loop
	batches    []journal.Batch // what is being kept, or was
	ended      []journal.Batch // the ends of courses
	heard      []int64         // messages to runs that have ended
	early      []*course       // those with early events
	keeping    *alarm          // by then they are kept; nil if there are none
}

// New prepares a run. An error is a mistake in the configuration, or an
// activity that nothing implements; nothing has happened then.
func New(c Config) (*Run, error) {
	r, err := prepare(c)
	if err != nil {
		return nil, err
	}
	r.root, err = r.newCourse(r.cfg.start(), nil)
	return r, err
}

func prepare(c Config) (*Run, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	plan, err := runtime.Prepare(c.Program)
	if err != nil {
		return nil, err
	}
	r := &Run{
		cfg: c, plan: plan, wantCancel: make(chan struct{}), wantKill: make(chan struct{}), wantLeave: make(chan struct{}), done: make(chan struct{}), nudged: make(chan struct{}, 1),
		races: hasRace(c.Program), courses: map[string]*course{}, alarms: newAlarms(), running: map[*attempt]bool{}, joint: map[string]*attempt{},
	}
	if c.Only == nil { // else it is left to the tasks that take part
		if err := work.Implemented(c.Program, c.Workflow, c.Activities); err != nil {
			return nil, err
		}
	}
	if r.program, err = work.Prepare(c.Program, c.Root); err != nil {
		return nil, err
	}
	r.started, _ = c.Observer.(StartObserver)
	r.flush = func() {}
	if o, ok := c.Observer.(FlushObserver); ok {
		r.flush = o.Flush
	}
	r.by = r.cfg.performer()
	r.lanes = newLanes(c.Jobs)
	r.shop = newShop(r.lanes.slots(), r.perform, r.bring)
	return r, nil
}

// Do drives the run, and the child runs that it leaves behind, to their ends
// and reports how it ended. An error means that it came to no end of its own:
// its log could not be written, or flowc has a bug. The report then says how
// far it came.
func (r *Run) Do() (runtime.RunReport, error) {
	r.begin = time.Now()
	r.zero = ir.Time(r.begin.UnixNano())
	r.mu.Lock()
	if r.err = r.enter(); r.err == nil {
		r.listen()
		r.turn(endless)
		r.attend()
	}
	if r.panicked != "" {
		panic(r.panicked)
	}
	r.windUp(r.err != nil)
	r.flush()
	return r.final(), r.err
}

// enter lets the run begin, or go on.
func (r *Run) enter() error {
	if r.past != nil {
		return r.goOn()
	}
	r.open(r.root)
	return nil
}

// Cancel asks the run to end as cancelled, and so do the child runs that it
// left behind. What has not begun does not begin, what runs is asked to stop,
// and handlers run. It does not wait.
func (r *Run) Cancel() { r.cancelOnce.Do(func() { close(r.wantCancel) }) }

// Kill ends the run: every program at once, and handlers do not run. It does
// not wait.
func (r *Run) Kill() { r.killOnce.Do(func() { close(r.wantKill) }) }

// ErrLeft is what Do returns when the run was left before its end.
var ErrLeft = errors.New("the run was left before its end")

// Leave ends the driving of the run, and not the run: programs are asked to
// stop, and nothing is recorded of that, so that they run again when somebody
// goes on with it. It does not wait.
func (r *Run) Leave() { r.leaveOnce.Do(func() { close(r.wantLeave) }) }

// ID returns the id of the run.
func (r *Run) ID() string { return r.cfg.Run }

// windUp ends what still runs: the attempts of a run that broke off, which get
// their grace, or those that the machines have given up.
func (r *Run) windUp(gently bool) {
	if gently {
		for a := range r.running {
			if a.phase == running {
				r.stop(a)
			}
		}
	}
	for len(r.running) > 0 {
		if r.killed || !gently {
			r.endEvery()
		}
		r.await()
		for a := r.alarms.next(r.now()); a != nil; a = r.alarms.next(r.now()) {
			if a.attempt != nil && a.attempt.phase == stopping {
				r.abandon(a.attempt)
			}
		}
	}
	r.shop.close()
	r.alarms.clock.Stop()
	r.by.Close()
}

// final returns the report. Of a killed run that the machine does not know to
// have ended, what ran is abandoned, and what was to run in handlers skipped.
func (r *Run) final() runtime.RunReport {
	c := r.root
	o := c.report.Object()
	if c.machine.Done() || !c.killed {
		return o
	}
	ended := r.now()
	o.Status, o.Ended = ir.Cancelled.String(), &ended
	for i := range o.Nodes {
		n := &o.Nodes[i]
		_, held := c.open[n.ID]
		switch {
		case n.Status == ir.Waiting.String():
			n.Status = ir.Skipped.String()
		case n.Status != ir.Running.String():
		case held || n.Started != nil && *n.Started >= c.killedAt:
			n.Status, n.Started, n.Attempts = ir.Skipped.String(), nil, 0
		default:
			n.Status, n.Ended = ir.Abandoned.String(), &ended
		}
	}
	return o
}
