package runtime

import (
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

// Undo goes through the instances of a container that ended badly, against
// every starts-after edge: a chain from its end, a dag transposed, rounds from
// the last, items of a map and members of a group at once. What was undone by
// a container inside is not undone again, since its steps are `undone`.

// undoSuffix follows the id of a step in that of its undo.
const undoSuffix = "/undo"

// undoRetries is how often an undo is tried again when its activity says
// nothing.
const undoRetries = 3

// undoing is how far the undo of an instance has come.
type undoing struct {
	caught  bool    // the body of its catch is being undone
	root    bool    // the pass was started for this container
	pending int32   // members, or the step's own task
	next    int32   // chain, loop: what is left, from the end
	waits   []int32 // dag, by position among the members: users that are not undone yet
	tries   int32
	backoff bool
	due     ir.Time // of the back-off
	task    *Task   // that was asked for, where it cannot be computed again
	done    bool    // undone, or failed for good
	failed  bool    // failed for good
	before  int32   // attempts of earlier passes
}

// startUndo begins to undo what was completed inside r. It reports whether
// there is something to wait for.
func (m *Machine) startUndo(r ref) bool {
	if m.undo(r) {
		return false
	}
	r.inst().more.undo.root = true
	return true
}

// undo begins to undo an instance, and reports whether there is nothing left
// to do. It goes down as deep as blocks are nested.
func (m *Machine) undo(r ref) bool {
	n, i := r.node(), r.inst()
	if !n.undoes || i.status == ir.Waiting || i.status == ir.Skipped {
		return true
	}
	u := &undoing{}
	if body, ok := m.caughtBy(r); ok {
		i.extra().undo = u
		if m.undo(body) {
			return m.undoCaught(r)
		}
		u.pending, u.caught = 1, true
		return false
	}
	if n.undo != nil {
		if !m.undoable(r, m.undoing) {
			return true
		}
		if i.more != nil && i.more.undo != nil { // it failed when that was tried before
			u.tries, u.before = i.more.undo.tries, i.more.undo.tries
		}
		i.extra().undo = u
		return !m.scheduleUndo(r)
	}
	i.extra().undo = u
	return m.undoMembers(r)
}

// undoCaught goes on when what caught a failure of r is undone. What r did
// itself came to nothing, and was undone before that; only when the whole run
// is undone are those undos tried again that failed.
func (m *Machine) undoCaught(r ref) bool {
	return !m.undoing || r.node().undo != nil || m.undoMembers(r)
}

// undoMembers begins to undo what is in a container.
func (m *Machine) undoMembers(r ref) bool {
	n, i := r.node(), r.inst()
	u := i.more.undo
	switch n.Kind {
	case ir.NWorkflow, ir.NChain, ir.NBody:
		u.next = int32(len(n.members))
		return m.undoNext(r)
	case ir.NLoop:
		if i.more.items != nil {
			u.next = int32(len(i.more.items.regions))
		}
		return m.undoNext(r)
	case ir.NDag:
		return m.undoDag(r)
	case ir.NMap:
		for k := len(i.more.items0()) - 1; k >= 0; k-- {
			if reg := i.more.items.regions[k]; reg != nil && !m.undo(ref{reg, 0}) {
				u.pending++
			}
		}
	case ir.NExpand:
		return m.undoExpand(r)
	default:
		m.each(r, func(c ref) {
			if !m.undo(c) {
				u.pending++
			}
		})
	}
	return u.pending == 0
}

// caughtBy returns the body of the catch that gave r its outcome, if one did.
func (m *Machine) caughtBy(r ref) (ref, bool) {
	if r.inst().status != ir.Succeeded {
		return ref{}, false
	}
	for _, h := range r.node().Handlers {
		if h.Kinds&ir.HCatch == 0 {
			continue
		}
		if body := r.member(m.flow.nodes[h.Body].local); body.inst().status == ir.Succeeded {
			return body, true
		}
	}
	return ref{}, false
}

// items0 returns the regions of an instance that may not have read its items.
func (x *more) items0() []*region {
	if x.items == nil {
		return nil
	}
	return x.items.regions
}

// undoNext goes on, backwards, in a chain or a loop.
func (m *Machine) undoNext(r ref) bool {
	n, u := r.node(), r.inst().more.undo
	for u.next > 0 {
		u.next--
		c := ref{}
		if n.Kind == ir.NLoop {
			c = ref{r.inst().more.items.regions[u.next], 0}
		} else {
			c = r.member(n.members[u.next])
		}
		if c.region != nil && !m.undo(c) {
			u.pending++
			return false
		}
	}
	return true
}

// undoDag begins with the members that nobody uses.
func (m *Machine) undoDag(r ref) bool {
	n, u := r.node(), r.inst().more.undo
	u.waits = make([]int32, r.plan.nodes[len(r.plan.nodes)-1].local+1)
	var free []int32
	for _, k := range n.members {
		u.waits[k] = int32(len(r.plan.nodes[k].users))
		if u.waits[k] == 0 {
			free = append(free, k)
		}
	}
	m.undoFree(r, free)
	return u.pending == 0
}

// undoFree undoes members of a dag whose users are undone, and then those that
// this sets free.
func (m *Machine) undoFree(r ref, free []int32) {
	u := r.inst().more.undo
	for ; len(free) > 0; free = free[1:] {
		if c := r.member(free[0]); m.undo(c) {
			free = append(free, m.setFree(r, c)...)
		} else {
			u.pending++
		}
	}
}

// setFree returns the members that c, now undone, was the last user of.
func (m *Machine) setFree(r, c ref) []int32 {
	u := r.inst().more.undo
	var free []int32
	for _, j := range c.node().After {
		k := m.flow.nodes[j].local
		if u.waits[k]--; u.waits[k] == 0 {
			free = append(free, k)
		}
	}
	return free
}

// undoExpand undoes items after those that they grew. Items that two grew
// belong to the first.
func (m *Machine) undoExpand(r ref) bool {
	x, u := r.inst().more.items, r.inst().more.undo
	if x == nil {
		return true
	}
	u.next = int32(len(x.regions))
	if x.found.levels != nil {
		u.next = int32(len(x.found.levels.order))
	}
	return m.undoItems(r)
}

// undoItems goes on, backwards, with an expand's items: an item was found, and
// began, after those that grew it, so that order is against every edge.
func (m *Machine) undoItems(r ref) bool {
	x, u := r.inst().more.items, r.inst().more.undo
	for u.next > 0 {
		u.next--
		k := u.next
		if x.found.levels != nil {
			k = x.found.levels.order[k]
		}
		if reg := x.regions[k]; reg != nil && !m.undo(ref{reg, 0}) {
			u.pending++
			return false
		}
	}
	return true
}

// undone tells the parent of r that r is undone, and so on upwards.
func (m *Machine) undone(r ref) {
	for {
		p, ok := r.parent()
		if u := r.inst().more.undo; u.root || !ok {
			u.root = false
			m.push(r, doSettle)
			return
		}
		u := p.inst().more.undo
		u.pending--
		finished := false
		switch kind := p.node().Kind; {
		case u.caught:
			u.caught = false
			finished = m.undoCaught(p)
		case kind == ir.NDag:
			m.undoFree(p, m.setFree(p, r))
			finished = u.pending == 0
		case kind == ir.NExpand:
			finished = m.undoItems(p)
		case kind == ir.NLoop || kind == ir.NChain || kind == ir.NBody || kind == ir.NWorkflow:
			finished = m.undoNext(p)
		default:
			finished = u.pending == 0
		}
		if !finished {
			return
		}
		r = p
	}
}

// scheduleUndo asks for the task that undoes r. It reports whether there is
// one to wait for.
func (m *Machine) scheduleUndo(r ref) bool {
	u := r.inst().more.undo
	u.tries++
	task, failure := m.undoTask(r)
	if failure != nil {
		m.undoFailed(r, failure)
		return false
	}
	u.pending = 1
	if u.tries == u.before+1 {
		m.reportUndo(r, ir.Waiting, ir.Running, nil)
	}
	if p := r.node().undo; p.fickle || !p.own && r.node().fickle {
		u.task = task
	}
	m.askUndo(r, task)
	return true
}

// askUndo asks for the task that undoes r.
func (m *Machine) askUndo(r ref, task *Task) {
	id := m.id(r) + undoSuffix
	task.Key = m.key(id)
	m.step.Commands = append(m.step.Commands, Command{Type: ScheduleTask, Node: id, Attempt: int(r.inst().more.undo.tries), Task: task})
}

// undoTask makes the task that undoes r. `result` is what the step gave.
func (m *Machine) undoTask(r ref) (*Task, *Failure) {
	p := r.node().undo
	frame, failure := m.undoFrame(r)
	if failure != nil {
		return nil, failure
	}
	m.facts.result = r.inst().value()
	args := make([]ir.Value, len(p.act.Params))
	for k := range args {
		switch {
		case k < len(p.args) && !p.args[k].none():
			args[k], failure = m.evalIn(r, frame, p.args[k])
		case !p.act.expr[k].none():
			args[k], failure = m.evalIn(r, &eval.Frame{Slots: args}, p.act.expr[k])
		default:
			args[k] = ir.None{}
		}
		if failure != nil {
			return nil, failure
		}
	}
	return m.taskWith(r, p.act, args, noOptions)
}

// undoFrame returns what the undo of r reads: the call's frame, or the
// arguments of the call when the activity says how it is undone.
func (m *Machine) undoFrame(r ref) (*eval.Frame, *Failure) {
	n := r.node()
	if n.undo.own || n.act == nil {
		return &r.frame, nil
	}
	args, failure := m.arguments(r, n.act, n.args)
	return &eval.Frame{Slots: args}, failure
}

// undoOf returns the step whose undo has the id of an event, if it waits for
// one.
func (m *Machine) undoOf(e Event) (ref, *undoing) {
	id, ok := strings.CutSuffix(e.Node, undoSuffix)
	if !ok {
		return ref{}, nil
	}
	r, ok := m.find(id)
	if !ok || r.inst().more == nil || r.node().undo == nil {
		return ref{}, nil
	}
	return r, r.inst().more.undo
}

// undoEnded takes the answer of a task that undoes a step.
func (m *Machine) undoEnded(e Event) {
	if l := m.lostOf(e.Node); l != nil {
		m.lostEnded(l, e)
		return
	}
	r, u := m.undoOf(e)
	if u == nil || u.done || u.caught || u.backoff || u.pending == 0 || e.Attempt != int(u.tries) {
		return
	}
	if e.Type == TaskCompleted {
		u.pending, u.done = 0, true
		m.reportUndo(r, ir.Running, ir.Succeeded, nil)
		if well(r.inst().status) {
			m.move(r, ir.Undone)
		}
		m.undone(r)
		return
	}
	f := Failure{Error: Undeclared}
	if e.Failure != nil {
		f = *e.Failure
	}
	f.Node, f.Attempts = m.id(r)+undoSuffix, int(u.tries)
	act, frame := r.node().undo.act, &r.frame
	if act.options.retry != nil { // it reads the parameters of the undo
		if task, failure := m.undoTask(r); failure == nil {
			frame = &eval.Frame{Slots: task.Args}
		}
	}
	if delay, again := m.undoAgain(r, act, frame, u, &f); again {
		u.backoff, u.due = true, m.after(delay)
		m.step.Commands = append(m.step.Commands, Command{Type: StartTimer, Node: f.Node, Timer: RetryTimer, Due: u.due})
		return
	}
	u.pending = 0
	m.undoFailed(r, &f)
	m.undone(r)
}

// undoAgain returns when an undo that failed is tried again, if it is.
func (m *Machine) undoAgain(r ref, act *activity, frame *eval.Frame, u *undoing, f *Failure) (delay int64, again bool) {
	policy := &retry{}
	if act.options.retry != nil {
		policy = act.options.retry
	}
	tries := u.tries - u.before
	most, failure := m.number(r, frame, policy.max, undoRetries)
	if failure != nil || int64(tries) > most || !m.mayRetry(act.Raises, policy, f) {
		return 0, false
	}
	delay, failure = m.delay(r, frame, policy, tries)
	return delay, failure == nil
}

// undoTimer tries an undo again.
func (m *Machine) undoTimer(e Event) {
	if l := m.lostOf(e.Node); l != nil {
		m.lostTimer(l, e)
		return
	}
	r, u := m.undoOf(e)
	if u == nil || !u.backoff || e.Timer != RetryTimer {
		return
	}
	u.backoff, u.pending = false, 0
	if !m.scheduleUndo(r) {
		m.undone(r)
	}
}

// undoFailed records an undo that failed for good. It stops nothing.
func (m *Machine) undoFailed(r ref, f *Failure) {
	u := r.inst().more.undo
	u.done, u.failed = true, true
	if m.undoing {
		m.unmade = append(m.unmade, f)
	} else {
		m.failed = append(m.failed, r)
	}
	m.reportUndo(r, ir.Running, ir.Failed, f)
}

// reportUndo shows the task that undoes r.
func (m *Machine) reportUndo(r ref, from, to ir.Status, f *Failure) {
	if m.quiet {
		return
	}
	id := m.id(r)
	m.step.Changes = append(m.step.Changes, Change{
		Node: id + undoSuffix, Kind: "activity", Activity: r.node().undo.act.Name, From: from, To: to, Parent: id,
		Attempt: int(r.inst().more.undo.tries), Failure: f, Absorbed: to == ir.Failed, Order: append(order(r), 0),
	})
}
