package sim

import (
	"container/heap"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// Epoch is when simulations begin: 2026-01-01T00:00Z.
const Epoch = ir.Time(1_767_225_600_000_000_000)

// Limits of one simulation, for flows that never end.
const (
	maxEvents = 1_000_000
	maxRuns   = 100_000 // child runs
	maxDeep   = 200     // child runs in each other
)

// Call is an attempt of an activity, or of a mocked child workflow.
type Call struct {
	Node     string        // path
	Callee   string        // name in the program
	Activity *ir.Activity  // nil for a workflow
	Workflow *ir.Workflow  // nil for an activity
	Args     []ir.Value    // by parameter
	Attempt  int           // from 1
	At       ir.Time       // when it began
	task     *runtime.Task // nil for a workflow
	order    []int32       // place in document order
	run      *run          // that makes it
	id       string        // of the node in that run
	static   *ir.Node      // nil for an undo
	joined   bool          // it was not made, but ended as an equal one did
}

// Answer is what becomes of a call.
type Answer struct {
	After   ir.Duration      // how long it takes
	Hangs   bool             // it never ends by itself
	Result  []byte           // JSON; nil for none
	Failure *runtime.Failure // nil if it succeeds
}

// actor answers calls. An error ends the simulation.
type actor interface {
	answer(c *Call) (Answer, error)
	// mocks reports whether a workflow is answered for, and not run.
	mocks(workflow string) bool
}

// happening is something that comes from outside, at a time or before an event.
type happening struct {
	at     ir.Time
	before int // number of the event that it comes before; 0 means that it comes at a time
	event  runtime.Event
}

// chooser decides which of several calls that are due at the same instant ends
// first. Explorations have one.
type chooser interface {
	// choose returns an index into open, which is in document order.
	choose(w *world, open []*pending) (int, error)
	// did tells of everything that happens, with what followed: after a choice,
	// what it led to before the next.
	did(w *world, p *pending, s runtime.Step)
}

// world is a simulation under way.
type world struct {
	plan    *runtime.Plan
	index   *index
	actor   actor
	chooser chooser     // nil: work takes its time, and the earliest ends first
	script  []happening // those that come before an event, in order

	now    ir.Time
	queue  queue
	tied   []*pending          // calls that are due now, where there is a chooser, in document order
	asked  int                 // pending events so far
	events int                 // that have happened
	runs   []*run              // the root first, children in the order of their start
	live   int                 // runs that have not ended
	hung   []*pending          // calls that never end by themselves
	shared map[string]*pending // idempotent calls, by what they have in common
	calls  []*Call
	trace  trace
	err    error // what ended the simulation
}

// run is one run of a world.
type run struct {
	machine  *runtime.Machine
	begin    *runtime.Start
	workflow *ir.Workflow
	prefix   string // path of the call that started it; "" for the root run
	order    []int32
	parent   *run
	deep     int    // how many runs are around it
	node     string // of parent, which called
	attempt  int
	policy   string // on_parent_close of a detached run
	detached bool
	children map[string]*run // those started, by the node that called
	started  []*run          // those started, in order
	closed   bool
	ended    ir.Time
	nodes    map[string]*state
	list     []*state // in the order of appearance
	open     map[string]*pending
}

// state is what is known of a node.
type state struct {
	id       string
	kind     string
	status   ir.Status
	order    []int32
	parent   string
	began    ir.Time
	ended    ir.Time
	failure  *runtime.Failure
	because  string
	absorbed bool
	ran      bool // it was running at some time
}

// errEndless and errStuck end simulations that do not end by themselves.
var (
	errEndless = fmt.Errorf("the run did not end within %d events", maxEvents)
	errStuck   = errors.New("the run does not end")
)

// newWorld returns a world in which a run of a workflow is about to start.
func newWorld(plan *runtime.Plan, x *index, a actor, start *runtime.Start) (*world, error) {
	w := &world{plan: plan, index: x, actor: a, now: Epoch, shared: map[string]*pending{}}
	_, err := w.start(start, nil, nil, "")
	return w, err
}

// start makes a run, and what starts it.
func (w *world) start(s *runtime.Start, parent *run, order []int32, prefix string) (*run, error) {
	m, err := w.plan.New(s.Workflow, runtime.Config{})
	if err != nil {
		return nil, err
	}
	deep := 0
	if parent != nil {
		deep = parent.deep + 1
	}
	if len(w.runs) >= maxRuns {
		return nil, fmt.Errorf("more than %d child runs were started", maxRuns)
	}
	r := &run{
		machine: m, begin: s, workflow: w.index.workflows[s.Workflow], parent: parent, deep: deep, order: order, prefix: prefix,
		nodes: map[string]*state{}, open: map[string]*pending{},
	}
	w.runs = append(w.runs, r)
	w.live++
	w.push(r, &pending{due: w.now, class: stopped, order: order, event: runtime.Event{Type: runtime.RunStarted, Start: s}}, "")
	return r, nil
}

// push adds an event to come. The key, if not "", is what it can be cancelled
// by.
func (w *world) push(r *run, p *pending, key string) {
	w.asked++
	p.run, p.seq = r, w.asked
	if key != "" {
		r.open[key] = p
	}
	switch {
	case p.due == forever:
		w.hung = append(w.hung, p)
	case w.chooser != nil && p.class == workDone && p.due == w.now:
		w.tie(p)
	default:
		heap.Push(&w.queue, p)
	}
}

// drop takes back an event to come.
func (r *run) drop(key string) *pending {
	p := r.open[key]
	if p != nil {
		p.gone = true
		delete(r.open, key)
	}
	return p
}

// taskKey and timerKey are the keys of events to come.
func taskKey(node string) string                          { return node }
func timerKey(node string, kind runtime.TimerKind) string { return node + "\x00" + string(kind) }

// root returns the run that is simulated.
func (w *world) root() *run { return w.runs[0] }

// do simulates until everything is quiet.
func (w *world) do() error {
	for w.err == nil && w.live > 0 {
		if w.events >= maxEvents {
			w.err = errEndless
			break
		}
		if len(w.script) > 0 && w.script[0].before <= w.events+1 {
			h := w.script[0]
			w.script = w.script[1:]
			if !w.root().closed {
				w.events-- // it is not counted itself
				w.happen(&pending{due: w.now, class: outside, run: w.root(), event: h.event})
			}
			continue
		}
		p := w.next()
		if w.err == nil && p == nil {
			w.err = errStuck
		}
		if w.err == nil {
			w.happen(p)
		}
	}
	return w.err
}

// tie adds a call to those that are due now.
func (w *world) tie(p *pending) {
	k, _ := slices.BinarySearchFunc(w.tied, p, (*pending).compare)
	w.tied = slices.Insert(w.tied, k, p)
}

// head returns what is first in the queue, nil if that is empty.
func (w *world) head() *pending {
	for len(w.queue) > 0 && w.queue[0].over() {
		heap.Pop(&w.queue)
	}
	if len(w.queue) == 0 {
		return nil
	}
	return w.queue[0]
}

// over reports whether p is not to happen any more.
func (p *pending) over() bool { return p.gone || p.run.closed }

// next takes what happens next, nil if nothing can.
func (w *world) next() *pending {
	p := w.head()
	if w.chooser != nil {
		w.tied = slices.DeleteFunc(w.tied, (*pending).over)
		for p != nil && p.class == workDone && (len(w.tied) == 0 || p.due == w.tied[0].due) {
			w.tie(heap.Pop(&w.queue).(*pending))
			p = w.head()
		}
		if len(w.tied) > 0 && (p == nil || p.compare(w.tied[0]) > 0) {
			return w.chosen()
		}
	}
	if p == nil {
		return nil
	}
	heap.Pop(&w.queue)
	w.now = max(w.now, p.due)
	return p
}

// maxTied is among how many calls that are due at the same instant an
// exploration chooses: the first ones in document order.
const maxTied = 50

// chosen takes one of the calls that are due now.
func (w *world) chosen() *pending {
	w.now = max(w.now, w.tied[0].due)
	k, err := w.chooser.choose(w, w.tied[:min(len(w.tied), maxTied)])
	if err != nil {
		w.err = err
		return nil
	}
	p := w.tied[k]
	w.tied = slices.Delete(w.tied, k, k+1)
	return p
}

// happen applies an event to its run and does what follows.
func (w *world) happen(p *pending) {
	p.gone = true
	w.events++
	e := p.event
	e.Time, e.Seq = w.now, int64(w.events)
	r := p.run
	step, err := r.machine.Apply(e)
	if err != nil {
		w.err = fmt.Errorf("this is a bug in flowc: %w", err)
		return
	}
	w.note(r, e, step)
	for k := range step.Commands {
		if w.command(r, &step.Commands[k]); w.err != nil {
			return
		}
	}
	if w.chooser != nil {
		w.chooser.did(w, p, step)
	}
}

// note keeps what changed.
func (w *world) note(r *run, e runtime.Event, s runtime.Step) {
	for k := range s.Changes {
		c := &s.Changes[k]
		n := r.nodes[c.Node]
		if n == nil {
			n = &state{id: c.Node, kind: c.Kind, order: c.Order, parent: c.Parent, began: w.now}
			r.nodes[c.Node] = n
			r.list = append(r.list, n)
		}
		if c.Ending != ir.Waiting || c.Retry != 0 {
			continue
		}
		if c.To == ir.Running {
			n.began, n.ran = w.now, true
		}
		n.status, n.ended, n.because, n.absorbed = c.To, w.now, c.Because, c.Absorbed
		if c.Failure != nil {
			n.failure = c.Failure
		}
	}
	w.trace.add(w, r, e, s.Changes)
}

// command does what a run asks for.
func (w *world) command(r *run, c *runtime.Command) {
	switch c.Type {
	case runtime.ScheduleTask:
		w.call(r, w.taskCall(r, c), c)
	case runtime.CancelTask:
		w.stop(r, c)
	case runtime.StartTimer:
		p := &pending{due: c.Due, class: timer, order: w.orderOf(r, c.Node), event: runtime.Event{Type: runtime.TimerFired, Node: c.Node, Timer: c.Timer}}
		w.push(r, p, timerKey(c.Node, c.Timer))
	case runtime.CancelTimer:
		r.drop(timerKey(c.Node, c.Timer))
	case runtime.StartChild:
		w.startChild(r, c)
	case runtime.CancelChild:
		w.cancelChild(r, c)
	case runtime.CompleteRun, runtime.FailRun, runtime.TimeOutRun, runtime.CancelRun:
		w.close(r, c.Type)
	}
}

// stop asks a call to stop, which it does at once.
func (w *world) stop(r *run, c *runtime.Command) {
	r.drop(taskKey(c.Node))
	p := &pending{due: w.now, class: stopped, order: w.orderOf(r, c.Node), event: runtime.Event{Type: runtime.TaskCancelled, Node: c.Node, Attempt: c.Attempt}}
	w.push(r, p, "")
}

// orderOf returns the place of a node in document order.
func (w *world) orderOf(r *run, id string) []int32 {
	order := r.order
	if n := r.nodes[id]; n != nil {
		order = append(order[:len(order):len(order)], n.order...)
	}
	return order
}

// taskCall returns the call that a command asks for.
func (w *world) taskCall(r *run, c *runtime.Command) *Call {
	return &Call{
		Node: r.path(c.Node), Callee: c.Task.Activity.Name, Activity: c.Task.Activity, Args: c.Task.Args,
		Attempt: c.Attempt, At: w.now, task: c.Task, order: w.orderOf(r, c.Node), run: r, id: c.Node,
		static: w.index.node(r.workflow, c.Node),
	}
}

// call has a call answered. An idempotent one that is equal to one in flight
// joins it: it is done once, and ends as that does.
func (w *world) call(r *run, call *Call, c *runtime.Command) {
	w.calls = append(w.calls, call)
	key := call.joins()
	if first := w.shared[key]; key != "" && first != nil && !first.gone {
		call.joined = true
		p := *first
		p.order, p.call, p.event.Node, p.event.Attempt = call.order, call, c.Node, c.Attempt
		w.push(r, &p, taskKey(c.Node))
		return
	}
	a, err := w.actor.answer(call)
	if err != nil {
		w.err = err
		return
	}
	p := w.ending(call, a, c)
	w.push(r, p, taskKey(c.Node))
	if key != "" {
		w.shared[key] = p
	}
}

// joins returns what calls have in common that are done once, "" for a call
// that is done for itself.
func (c *Call) joins() string {
	if c.Activity == nil || !c.Activity.Idempotent {
		return ""
	}
	return c.Callee + "\x00" + c.task.Version + "\x00" + string(c.task.Input)
}

// forever is when what hangs is due.
const forever = ir.Time(math.MaxInt64)

// ending returns how and when a call ends. Its time-outs are kept here: a
// program that hangs is silent, one that is merely slow is not.
func (w *world) ending(call *Call, a Answer, c *runtime.Command) *pending {
	p := &pending{class: workDone, order: call.order, call: call, event: runtime.Event{Node: c.Node, Attempt: c.Attempt}}
	p.due = later(w.now, a.After)
	switch {
	case call.Workflow != nil && a.Failure != nil:
		p.event.Type, p.event.Failure = runtime.ChildFailed, a.Failure
	case call.Workflow != nil:
		p.event.Type, p.event.Result = runtime.ChildCompleted, a.Result
	case a.Failure != nil:
		p.event.Type, p.event.Failure = runtime.TaskFailed, a.Failure
	default:
		p.event.Type, p.event.Result = runtime.TaskCompleted, a.Result
	}
	if a.Hangs {
		p.due = forever
	}
	if call.task == nil {
		return p
	}
	w.limit(p, call.task.Timeout, runtime.StartToClose, true)
	w.limit(p, call.task.Heartbeat, runtime.HeartbeatMissed, a.Hangs)
	return p
}

// limit makes p, which would end later than a time-out, end with that.
func (w *world) limit(p *pending, d ir.Duration, kind runtime.TimeoutKind, applies bool) {
	due := later(w.now, d)
	if d <= 0 || !applies || p.due <= due {
		return
	}
	p.due, p.class = due, timer
	p.event.Type, p.event.Timeout, p.event.Failure, p.event.Result = runtime.TaskTimedOut, kind, nil, nil
	if kind == runtime.StartToClose {
		p.event.Failure = &runtime.Failure{Error: runtime.TimeOut, Message: fmt.Sprintf("timeout of %s passed", d)}
	}
}

// later returns t plus d, or the end of time.
func later(t ir.Time, d ir.Duration) ir.Time {
	if d > 0 && t > forever-ir.Time(d) {
		return forever
	}
	return t + ir.Time(d)
}

// path returns the path of one of the run's nodes.
func (r *run) path(id string) string {
	if r.prefix == "" {
		return id
	}
	root := rootSegment(id)
	return r.prefix + id[len(root):]
}

// shownAsCall reports whether the node of the whole run is shown as that of the
// call that waits for it, and not a second time.
func (r *run) shownAsCall() bool { return r.parent != nil && !r.detached }

// rootSegment returns the first name of an id.
func rootSegment(id string) string {
	for k := 0; k < len(id); k++ {
		if id[k] == '/' || id[k] == '#' {
			return id[:k]
		}
	}
	return id
}
