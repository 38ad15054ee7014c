package runtime

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

// Flags is the newest behaviour of the interpreter: what a driver puts in
// [Start].Flags. A change to what Apply decides takes the next number, so that
// recorded runs replay as they ran.
//
//	1  the first
const Flags = 1

// Step is what one event led to. Its slices are reused by the next Apply.
type Step struct {
	Commands []Command
	Changes  []Change
}

// Config adjusts a machine. The zero Config is the default.
type Config struct {
	NoChanges bool // Step.Changes is left empty, which is faster
}

// Outcome is how a run ended.
type Outcome struct {
	Status  ir.Status       // Succeeded, Failed, TimedOut, Cancelled or, after UndoRequested, Undone
	Result  json.RawMessage // of a run that succeeded, also if it was undone since
	Failure *Failure        // of a run that failed or timed out, or could not be undone
}

// Machine is one run. It is for one goroutine.
type Machine struct {
	plan  *Plan
	flow  *flow
	quiet bool

	root    *region
	top     ref    // the root of what is run: the workflow, or in a slice the map
	given   *Start // that of the first event, and
	begin   *Start // what it means: a slice knows itself as the run that it is of
	carried bool   // it goes on with a snapshot
	now     ir.Time
	seq     int64
	earlier map[string]ReusedTask // of Start.Reuse, which is the driver's
	sought  map[string]bool       // ids that have been looked for in it
	only    *choice               // nil means all
	asked   []string              // paths that were asked for and have not been reached
	signals map[string]*mailbox
	outcome Outcome
	done    bool
	ended   Outcome    // of the run itself, whatever was undone since
	undoing bool       // it had ended, and is being undone
	unmade  []*Failure // of undos, since that began
	failed  []ref      // steps whose undo failed before that
	lost    []*lost    // those of them that are gone
	err     error      // what broke it

	todo    []todo
	step    Step
	env     eval.Env
	facts   facts
	history [historySize]moved
	moves   int
	spins   int // rounds that the current event has led to

	open    int        // tasks that were asked for and have not ended
	starved []starving // maps and expands that wait for a smaller number of them

	recent [2]recently
	asks   int

	// kept for the next use
	scratch []byte
	keys    []string
	path    []ref
	wave    []struck
	next    []struck
	hit     []ref
}

// todo is something to be done before Apply returns. The last one in is done
// first, so that a flow is walked in document order and what follows from a
// node is done before its siblings are looked at.
type todo struct {
	at ref
	do deed
}

type deed uint8

const (
	doStart  deed = iota // a waiting node begins
	doFill               // a running container starts what it may
	doLeave              // a node has ended: its parent hears of it
	doSettle             // a node whose end is decided goes on with ending, if it is quiet
)

// New returns the machine of a run of a workflow, which may be "" when the
// program has only one.
func New(p *ir.Program, workflow string, c Config) (*Machine, error) {
	plan, err := Prepare(p)
	if err != nil {
		return nil, err
	}
	return plan.New(workflow, c)
}

// New returns the machine of a run of a workflow, which may be "" when the
// program has only one.
func (p *Plan) New(workflow string, c Config) (*Machine, error) {
	if workflow == "" {
		workflow = p.prog.Main
	}
	f := p.flows[workflow]
	if f == nil {
		return nil, fmt.Errorf("there is no workflow %q", workflow)
	}
	m := &Machine{plan: p, flow: f, quiet: c.NoChanges, signals: map[string]*mailbox{}}
	m.env.Fact = m.fact
	return m, nil
}

// Done reports whether the run has ended, and is not being undone.
func (m *Machine) Done() bool { return m.done }

// Outcome returns how the run ended; its status is Waiting or Running before.
func (m *Machine) Outcome() Outcome { return m.outcome }

// Apply folds one event into the run and returns what follows from it. The
// first event is RunStarted. An event about work that is not open (a late or a
// repeated answer) changes nothing. An error means that the event cannot be
// meant for this machine, or a bug: the machine is of no use then.
func (m *Machine) Apply(e Event) (step Step, err error) {
	m.step.Commands, m.step.Changes = emptied(m.step.Commands), emptied(m.step.Changes)
	if m.err != nil {
		return Step{}, m.err
	}
	defer m.contradiction(&err)
	m.now, m.seq, m.spins = e.Time, e.Seq, 0
	if (m.begin == nil) != (e.Type == RunStarted) {
		return Step{}, fmt.Errorf("event %d, %s: a run begins with one %s", e.Seq, e.Type, RunStarted)
	}
	if m.done && (e.Type != UndoRequested || m.root == nil) {
		return Step{}, nil
	}
	if err := m.take(e); err != nil {
		m.err = err
		return Step{}, err
	}
	m.drain()
	return m.step, nil
}

// contradiction is deferred: it turns the panic of a machine that contradicts
// itself into an error, and any that a state from outside has led to.
func (m *Machine) contradiction(err *error) {
	switch p := recover().(type) {
	case nil:
		return
	case broken:
		m.err = errors.New(p.message)
	default:
		if !m.carried {
			panic(p)
		}
		m.err = fmt.Errorf("the state that was carried over contradicts itself: %v", p)
	}
	*err = m.err
}

// emptied empties a slice for the next step, and lets go of one that a single
// event has made large.
func emptied[T any](s []T) []T {
	if cap(s) > 4096 {
		return nil
	}
	clear(s)
	return s[:0]
}

// take brings an event to the node that it is about.
func (m *Machine) take(e Event) error {
	switch e.Type {
	case RunStarted:
		return m.startRun(e.Start)
	case TaskCompleted, TaskFailed, TaskTimedOut, TaskCancelled, TaskAbandoned:
		if r, ok := m.find(e.Node); ok {
			m.taskEnded(r, e)
		} else {
			m.undoEnded(e)
		}
	case ChildCompleted, ChildFailed, ChildTimedOut, ChildCancelled:
		if r, ok := m.find(e.Node); ok {
			m.childEnded(r, e)
		}
	case TimerFired:
		if r, ok := m.find(e.Node); ok {
			m.timerFired(r, e.Timer)
		} else {
			m.undoTimer(e)
		}
	case SignalReceived:
		m.signal(e.Name, e.Result)
	case CancelRequested:
		m.cancel(e.Node)
	case UndoRequested:
		m.undoRun()
	case TaskScheduled, TaskStarted, ChildStarted, UpdateRequested: // recorded for people
	default:
		return fmt.Errorf("event %d: %q is no type of event", e.Seq, e.Type)
	}
	return nil
}

// push remembers something to be done.
func (m *Machine) push(r ref, do deed) { m.todo = append(m.todo, todo{r, do}) }

// drain does what is to be done until nothing is.
func (m *Machine) drain() {
	for len(m.todo) > 0 || m.refill() {
		t := m.todo[len(m.todo)-1]
		m.todo = m.todo[:len(m.todo)-1]
		switch t.do {
		case doStart:
			m.startNode(t.at)
		case doFill:
			m.fill(t.at)
		case doLeave:
			m.leave(t.at)
		case doSettle:
			m.settle(t.at)
		}
	}
}

// startRun begins the run.
func (m *Machine) startRun(s *Start) error {
	if s == nil {
		return fmt.Errorf("%s carries no start", RunStarted)
	}
	if s.Flags > Flags {
		return newerBehaviour(s.Flags)
	}
	if s.Carried != nil {
		return m.restore(s)
	}
	m.given, m.begin = s, s
	m.outcome.Status = ir.Running
	m.only, m.asked = choose(s), slices.Clone(s.Asked)
	if s.Reuse != nil {
		m.earlier = s.Reuse.Tasks
	}
	if s.Slice != nil {
		return m.startSlice()
	}
	m.root = newRegion(m.flow.regions[0], ref{}, 0, "")
	root := ref{m.root, 0}
	m.top = root
	failure := s.Misfit
	if failure == nil {
		failure = m.readParams(root, s)
	}
	if failure == nil {
		failure = m.readInput(root, s)
	}
	if failure != nil {
		m.move(root, ir.Running)
		m.fail(root, ir.Failed, failure)
		return nil
	}
	m.push(root, doStart)
	return nil
}

func newerBehaviour(flags int) error {
	return fmt.Errorf("the run was started by a newer flowc (behaviour %d, this one knows up to %d)", flags, Flags)
}

// readParams sets the program's parameters.
func (m *Machine) readParams(root ref, s *Start) *Failure {
	m.env.Params = make(map[string]ir.Value, len(m.plan.params))
	for k, q := range m.plan.prog.Params {
		v, failure := m.argument(root, q, s.Params[q.Name], m.plan.params[k])
		if failure != nil {
			return failure
		}
		m.env.Params[q.Name] = v
	}
	return nil
}

// Params returns the values of the program's parameters, once the run has
// started: what [Attempt].Params is to be.
func (m *Machine) Params() map[string]ir.Value { return m.env.Params }

// readInput sets the workflow's parameters.
func (m *Machine) readInput(root ref, s *Start) *Failure {
	for k, q := range m.flow.wf.Params {
		v, failure := m.argument(root, q, s.Input[q.Name], m.flow.defaults[k])
		if failure != nil {
			return failure
		}
		m.root.frame.Slots[k] = v
	}
	return nil
}

// argument returns the value of a parameter.
func (m *Machine) argument(root ref, q ir.Param, raw json.RawMessage, fallback code) (ir.Value, *Failure) {
	switch {
	case raw != nil:
		v, err := ir.Decode(raw, q.Type, ir.RefuseUnknown)
		if err != nil {
			return nil, &Failure{Node: m.id(root), Error: BadInput, Message: misfit(q.Name, err)}
		}
		return v, nil
	case !fallback.none():
		return m.eval(root, fallback)
	case q.Type.Kind == ir.KOptional:
		return ir.None{}, nil
	}
	return nil, &Failure{Node: m.id(root), Error: BadInput, Message: fmt.Sprintf("`%s` needs the parameter `%s`", m.id(root), q.Name)}
}

// misfit says why a value does not fit a parameter, as the checker does.
func misfit(param string, err error) string {
	message := err.Error()
	var e *ir.MisfitError
	if errors.As(err, &e) {
		message = e.Message
		switch {
		case strings.HasPrefix(e.Path, "["):
			param += e.Path
		case e.Path != "":
			param += "." + e.Path
		}
	}
	return fmt.Sprintf("`%s` does not fit: %s", param, message)
}

// endRun says how the run ended. Everything is quiet.
func (m *Machine) endRun(root ref) {
	i := root.inst()
	m.done = true
	m.outcome = Outcome{Status: i.status, Failure: i.failure()}
	c := Command{Node: m.id(root), Failure: i.failure()}
	switch i.status {
	case ir.Succeeded:
		c.Type = CompleteRun
		result, err := json.RawMessage("null"), error(nil)
		if t := m.flow.wf.Result; t != nil && t.Kind != ir.KNone && m.only == nil {
			result, err = ir.Encode(i.value(), t)
		}
		if m.begin.Slice != nil {
			result, err = m.sliceResult()
		}
		if err != nil { // a value that no type check let through: our bug
			m.bug(root, "has a result that cannot be encoded: "+err.Error())
		}
		m.outcome.Result, c.Result = result, result
	case ir.TimedOut:
		c.Type = TimeOutRun
	case ir.Cancelled:
		c.Type = CancelRun
		c.Failure, m.outcome.Failure = nil, nil
	default:
		c.Type = FailRun
	}
	m.step.Commands = append(m.step.Commands, c)
	m.ended = m.outcome
	m.letGo()
}

// report adds a change of status to the step.
func (m *Machine) report(r ref, from, to ir.Status) {
	n, i := r.node(), r.inst()
	c := Change{Node: m.id(r), Kind: n.kind, From: from, To: to, Order: order(r)}
	if n.Call != nil {
		c.Activity = n.Call.Callee
	}
	if n.Call != nil || n.retries() {
		c.Attempt = int(i.tries)
	}
	if p, ok := shownParent(r); ok {
		c.Parent = m.id(p)
	}
	if x := i.more; x != nil {
		if bad(to) {
			c.Failure = x.failure
		}
		c.Because = x.because
		if x.items != nil {
			if x.items.shard == nil {
				c.Items = int(x.items.known())
			}
			if x.items.found != nil && final(to) && to != ir.Undone {
				c.Ranks = x.items.ranks()
			}
		}
	}
	c.Absorbed = i.flags&absorbed != 0
	if to == ir.Running && i.ending != ir.Waiting {
		c.Ending = i.ending
	}
	m.step.Changes = append(m.step.Changes, c)
}

// shownParent returns the nearest node around r that users see.
func shownParent(r ref) (ref, bool) {
	p, ok := r.parent()
	for ok && !p.node().shown {
		p, ok = p.parent()
	}
	return p, ok
}
