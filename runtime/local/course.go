package local

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// A course is one execution of a workflow: the run itself, or a child run. It
// has an id, a machine and a log of its own, and shares everything else with
// the others of its Run. The loop owns all of them.
type course struct {
	start   *runtime.Start
	machine *runtime.Machine
	report  *runtime.Report

	parent   *course // nil for the run itself
	call     place   // of the call, in the parent
	attempt  int     // of the call
	detached bool    // the parent does not wait for it
	unwanted bool    // the parent's machine has asked for its end
	closing  string  // what becomes of it when the parent ends: on_parent_close
	depth    int     // number of parents
	prefix   string
	order    []int32 // what stands before the places of its nodes

	seq        int64
	events     []runtime.Event   // happened, but not applied yet
	batch      []runtime.Event   // being applied
	touched    bool              // it is among Run.touched
	early      []runtime.Event   // that have their numbers and are not kept yet: attempts that began
	known      int               // how many of the batch were early
	heard      []int64           // messages that events come of
	heardAtEnd []int64           // messages that are dealt with when it has ended
	open       map[string]*claim // by node: to attempts that are queued, running or stopping
	busy       int               // attempts of it that are running or stopping
	timers     map[timer]*alarm
	children   map[string]*course // those that have not ended, by node or, of detached ones, by id
	calls      map[string]place   // calls of workflows that are at work, by node

	cancelled, killed bool // it was heeded
	gently            bool // killed: what runs gets its grace
	barren            bool // killed, and the machine knows of its end: what begins now is handlers, which do not
	killedAt          ir.Time
	slain             bool // endAll has done its work
	over              bool
	kept              bool // the store knows of its end
}

// place is where a node stands.
type place struct {
	node  string
	order []int32
}

// maxDepth is how many child runs may be nested. A workflow that calls itself
// without end comes to it long before the memory is full.
const maxDepth = 200

// newCourse prepares a course.
func (r *Run) newCourse(start *runtime.Start, parent *course) (*course, error) {
	m, err := r.plan.New(start.Workflow, runtime.Config{})
	if err != nil {
		return nil, err
	}
	c := &course{
		start: start, machine: m, parent: parent, report: runtime.NewReport(r.cfg.Program, start.Workflow),
		open: map[string]*claim{}, timers: map[timer]*alarm{}, children: map[string]*course{}, calls: map[string]place{},
	}
	return c, nil
}

// open lets a course begin.
func (r *Run) open(c *course) {
	r.courses[c.start.Run] = c
	r.happened(c, runtime.Event{Type: runtime.RunStarted, Start: c.start})
}

// startChild begins a child run.
func (r *Run) startChild(c *course, cmd *runtime.Command) error {
	q := cmd.Child
	if c.killed {
		return nil // as tasks do, it waits for ever
	}
	if c.depth+1 > maxDepth {
		r.refuseChild(c, cmd, fmt.Sprintf("child runs are nested more than %d deep; does `%s` call itself without end?", maxDepth, q.Workflow))
		return nil
	}
	child, err := r.newCourse(childStart(c, cmd), c)
	if err != nil {
		return err
	}
	r.adopt(c, child, cmd)
	r.open(child)
	r.happened(c, runtime.Event{Type: runtime.ChildStarted, Node: cmd.Node, Attempt: cmd.Attempt, Child: q.Run})
	return nil
}

// childStart returns what the first event of a child run carries.
func childStart(c *course, cmd *runtime.Command) *runtime.Start {
	q := cmd.Child
	return &runtime.Start{
		IR: c.start.IR, Workflow: q.Workflow, Run: q.Run, WorkflowID: q.Run, Tags: q.Tags,
		Input: q.Input, Params: c.start.Params, Flags: c.start.Flags, MaxOpen: c.start.MaxOpen,
		Parent: &runtime.ParentRun{Run: c.start.Run, Node: cmd.Node},
	}
}

// adopt makes a course the child run of another that a command asks for.
func (r *Run) adopt(c, child *course, cmd *runtime.Command) {
	q := cmd.Child
	child.call, child.attempt, child.detached, child.closing = c.calls[cmd.Node], cmd.Attempt, q.Detach, q.Options.OnParentClose
	child.call.node = cmd.Node
	child.depth = c.depth + 1
	child.prefix = c.shown(cmd.Node)
	if cmd.Attempt > 1 {
		child.prefix += fmt.Sprintf("#%d", cmd.Attempt)
	}
	child.order = append(slices.Clone(child.call.order), int32(cmd.Attempt))
	c.children[child.key()] = child
}

// refuseChild answers a call for which no child run is made.
func (r *Run) refuseChild(c *course, cmd *runtime.Command, why string) {
	r.happened(c, runtime.Event{Type: runtime.ChildFailed, Node: cmd.Node, Attempt: cmd.Attempt, Child: cmd.Child.Run,
		Failure: &runtime.Failure{Node: cmd.Node, Error: runtime.LimitExceeded, Message: why}})
}

// key is what the parent finds a child by. Several detached ones may come of
// one node.
func (c *course) key() string {
	if c.detached {
		return "\x00" + c.start.Run
	}
	return c.call.node
}

// shown returns what people see as the id of a node: that of a child run stands
// below the call.
func (c *course) shown(node string) string {
	if c.parent == nil {
		return node
	}
	return c.prefix + node[min(len(c.start.Workflow), len(node)):]
}

// finished reports whether nothing more is to happen in c. A killed
// one has no more to do than to see its programs end; what the machine still
// wants done, of handlers, is not.
func (c *course) finished() bool {
	return c.machine.Done() || c.killed && c.busy == 0 && len(c.events) == 0 && !c.awaits()
}

// awaits reports whether c waits for a child run.
func (c *course) awaits() bool {
	for _, child := range c.children {
		if !child.detached {
			return true
		}
	}
	return false
}

// closeCourse ends a course that has finished, and tells its parent.
func (r *Run) closeCourse(c *course) {
	c.over = true
	delete(r.courses, c.start.Run)
	for _, a := range c.timers {
		r.alarms.remove(a)
	}
	clear(c.timers)
	for _, child := range sortedChildren(c) {
		r.parentClosed(child)
	}
	outcome := c.outcome()
	if !c.kept {
		r.ended = append(r.ended, c.end(outcome.Status.String(), r.now()))
	}
	if c.parent == nil {
		r.noteDetached()
		return
	}
	delete(c.parent.children, c.key())
	r.touch(c.parent)
	if !c.detached && (!c.parent.killed || c.unwanted) {
		r.happened(c.parent, c.answer(outcome))
	}
}

// sortedChildren returns the children of c that have not ended, in an order
// that does not change.
func sortedChildren(c *course) []*course {
	list := make([]*course, 0, len(c.children))
	for _, child := range c.children {
		list = append(list, child)
	}
	slices.SortFunc(list, func(a, b *course) int { return slices.Compare(a.order, b.order) })
	return list
}

// parentClosed does to a child what its call says about the end of the parent.
func (r *Run) parentClosed(child *course) {
	switch {
	case r.killed:
		r.kill(child, false)
	case child.closing == "terminate":
		r.kill(child, true)
	case child.closing != "abandon":
		r.cancel(child)
	}
}

// outcome returns how c ended; the machine of a killed one may not know.
func (c *course) outcome() runtime.Outcome {
	if !c.machine.Done() {
		return runtime.Outcome{Status: ir.Cancelled}
	}
	return c.machine.Outcome()
}

// answer returns the event by which the parent hears how c ended.
func (c *course) answer(o runtime.Outcome) runtime.Event {
	e := runtime.Event{Node: c.call.node, Attempt: c.attempt, Child: c.start.Run}
	switch o.Status {
	case ir.Succeeded:
		e.Type, e.Result = runtime.ChildCompleted, o.Result
	case ir.TimedOut:
		e.Type, e.Failure = runtime.ChildTimedOut, c.failureForParent(o.Failure)
	case ir.Cancelled:
		e.Type = runtime.ChildCancelled
	default:
		e.Type, e.Failure = runtime.ChildFailed, c.failureForParent(o.Failure)
	}
	return e
}

// failureForParent returns a failure of c as one of the node that called it.
// Which node of which run it was is among its details.
func (c *course) failureForParent(f *runtime.Failure) *runtime.Failure {
	if f == nil {
		return nil
	}
	own := *f
	own.Node, own.At = c.call.node, nil
	own.Details = withChild(f.Details, c.start.Run, f.Node)
	return &own
}

// seen returns changes as people see them. Those of a child run stand below the
// call, which is shown in place of the child's own workflow. What the machine of
// a killed course still begins is skipped in truth.
func (c *course) seen(changes []runtime.Change) []runtime.Change {
	if c.parent == nil && !c.barren {
		return changes
	}
	list := make([]runtime.Change, 0, len(changes))
	for _, x := range changes {
		if c.barren && x.From == ir.Waiting && x.To == ir.Running {
			x.To = ir.Skipped
		}
		if c.parent == nil {
			list = append(list, x)
			continue
		}
		if x.Parent == "" {
			continue
		}
		list = append(list, x.Below(c.shown, c.order))
	}
	return list
}

// placeCalls remembers where calls of workflows stand that begin to work.
func (c *course) placeCalls(changes []runtime.Change) {
	for i := range changes {
		x := &changes[i]
		if x.Kind == "child" && x.To == ir.Running && x.Ending == ir.Waiting {
			c.calls[x.Node] = place{x.Node, append(slices.Clone(c.order), x.Order...)}
		}
	}
}

// forgetCalls forgets those that have ended.
func (c *course) forgetCalls(changes []runtime.Change) {
	for i := range changes {
		if x := &changes[i]; x.Kind == "child" && x.To != ir.Running {
			delete(c.calls, x.Node)
		}
	}
}

// noteDetached says that the run has ended, but not the child runs that it
// detached.
func (r *Run) noteDetached() {
	o, ok := r.cfg.Observer.(NoteObserver)
	if !ok || len(r.courses) == 0 {
		return
	}
	names := make([]string, 0, len(r.courses))
	for _, c := range r.alone() {
		names = append(names, c.start.Run+" ("+c.prefix+")")
	}
	if len(names) > 3 {
		names = append(names[:3], fmt.Sprintf("%d more", len(names)-3))
	}
	o.Note("the run has ended; waiting for what it detached: " + strings.Join(names, ", "))
}
