package decide

import (
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// ID names an execution.
type ID struct{ WorkflowID, RunID string }

// Execution is one execution, as far as its history has been read. It is for
// one goroutine.
type Execution struct {
	env *Env
	id  ID

	// of the history
	last     int64   // event that was read last
	now      ir.Time // of it; never goes back
	decision int64   // the decision task that started last
	begun    *types.WorkflowExecutionStartedEventAttributes
	began    ir.Time
	closed   types.EventType // "" while it is open

	// of the run
	program  *ir.Program
	start    *runtime.Start
	machine  *runtime.Machine // nil before the first decision
	marked   bool             // the marker that says what this is a run of is in the history
	end      *runtime.Command // how the run has ended, nil before
	stuck    *runtime.Failure // why it cannot go on
	lost     *runtime.Failure // the first value that was lost
	adrift   bool             // the history goes on with that value, so that the run cannot be known any more
	foreseen *beginning       // what the marker is going to say, if that is known
	bare     bool             // there is no program: the history is only translated
	err      error            // what broke it

	// what has happened since the decision task that started last, of which
	// the decision does not know
	unseen []happening
	seen   int // of unseen: how much the decision task does know, when there is no machine yet

	// what the interpreter wants, and how far the service has come with it
	works   map[string]*work // by id; those of children stand apart, see childKey
	calls   map[call]*work   // the same, as the interpreter speaks of them
	events  map[int64]*work  // by the event that made them open
	queues  [classes]queue
	timers  timers
	cancels []canceling
	earlier map[string][]string // what x.start.Reuse has, by the item of a map that it is in; nil until it is needed
	leaving map[string]*work    // by node: tasks that were told to end, and have not
	places  map[string][]int32  // of the nodes at work that may ask for a task or child again
	turns   int
	ours    control
	offered bool            // the interpreter says that this is a good moment to continue as a new execution
	answers []runtime.Event // that follow from commands, not folded yet
	count   int64           // of the events that were folded

	final bool // nothing that is still to come is waited for: see Drain
}

// control is what the decider starts for itself.
type control struct {
	more    int64            // the timer that forces a further decision
	backoff int64            // the timer that ends pauses
	ending  pause            // after the service has refused to close the execution
	staying bool             // it cannot continue as a new execution
	missing map[typeName]int // how often a type was said not to exist
}

// typeName names a type of activity or workflow.
type typeName struct {
	workflow      bool
	name, version string
}

// call is an attempt of an activity, or of a call of a workflow.
type call struct {
	node    string
	attempt int
}

// canceling is a wish that something that is open should end.
type canceling struct {
	work  *work
	timer *timer
}

// done reports whether there is nothing left to wish.
func (c canceling) done() bool {
	if c.work != nil {
		return c.work.asked || c.work.state != taken
	}
	return c.timer.asked || c.timer.state != taken
}

// happening is something that has happened, and what it happened to.
type happening struct {
	event runtime.Event
	work  *work
	timer *timer
}

// New returns an execution of which nothing has been read.
func New(env *Env, id ID) *Execution {
	x := &Execution{env: env, id: id, works: map[string]*work{}, calls: map[call]*work{}, events: map[int64]*work{}, places: map[string][]int32{}, leaving: map[string]*work{}}
	for k := range x.queues {
		x.queues[k].window = env.window()
	}
	x.timers = timers{byID: map[string]*timer{}, open: map[int64]*timer{}, window: env.window()}
	x.ours.missing = map[typeName]int{}
	return x
}

// LastEvent returns the id of the event that was read last.
func (x *Execution) LastEvent() int64 { return x.last }

// Closed reports whether the history has come to its end.
func (x *Execution) Closed() bool { return x.closed != "" }

// Start returns what the run was started with, nil before the first decision.
func (x *Execution) Start() *runtime.Start { return x.start }

// Program returns what it is a run of, nil before the first decision.
func (x *Execution) Program() *ir.Program { return x.program }

// Machine returns the interpreter, nil before the first decision. It may be
// asked for its state, not fed.
func (x *Execution) Machine() *runtime.Machine { return x.machine }

// Read takes the next events of the history. Those that were read before are
// passed over. After an error the execution is of no use.
func (x *Execution) Read(events []types.HistoryEvent) (err error) {
	defer x.guard(&err)
	for i := range events {
		if x.err != nil {
			return x.err
		}
		e := &events[i]
		if e.EventId <= x.last {
			continue
		}
		if e.EventId != x.last+1 {
			x.err = &GapError{x.last + 1, e.EventId}
			return x.err
		}
		x.last = e.EventId
		x.now = max(x.now, timeOf(e.EventTimestamp))
		x.err = x.read(e)
		var other *Divergence
		if x.lost != nil && !x.bare && errors.As(x.err, &other) {
			x.err, x.stuck, x.adrift = nil, x.lost, true
		}
	}
	return x.err
}

func timeOf(t *time.Time) ir.Time {
	if t == nil {
		return 0
	}
	return ir.Time(t.UnixNano())
}

// happened takes note of something that the interpreter is to hear of.
func (x *Execution) happened(h happening) {
	h.event.Time = x.now
	x.unseen = append(x.unseen, h)
}

// decisionStarted folds what the decision task that starts now knows of.
func (x *Execution) decisionStarted(id int64) error {
	x.decision = id
	x.seen = len(x.unseen)
	if x.start == nil && x.bare {
		if err := x.beginBare(); err != nil {
			return err
		}
	}
	if x.start == nil {
		return nil // until it is known of what it is a run
	}
	return x.fold()
}

// fold folds what the last decision task knows of.
func (x *Execution) fold() error {
	seen := x.unseen[:x.seen]
	rest := x.unseen[x.seen:]
	for k := range seen {
		if err := x.take(&seen[k]); err != nil {
			return err
		}
	}
	n := copy(x.unseen, rest)
	clear(x.unseen[n:])
	x.unseen, x.seen = x.unseen[:n], 0
	return nil
}

// Drain folds everything that was read, also what no decision knows of yet, for
// those who only want to know what has happened. Nothing can be decided then.
func (x *Execution) Drain() (err error) {
	defer x.guard(&err)
	if x.err != nil {
		return x.err
	}
	if x.begun == nil {
		return nil
	}
	if x.start == nil {
		begin := func() error { return x.begin(x.foreseen) }
		if x.bare {
			begin = x.beginBare
		}
		if x.err = begin(); x.err != nil {
			return x.err
		}
	}
	x.final, x.seen = true, len(x.unseen)
	x.err = x.fold()
	return x.err
}
