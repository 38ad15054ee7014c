package runtime

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

// When a block is tried again its instances are made anew. A step of the
// attempt before, the undo of which had failed for good, is not one of them any
// more; but it is still not undone. Nor does the undo of a run come by what is
// in handlers, in which a block may have failed. What undoing such a step takes
// is kept, for a request to undo the run: after all the rest.

// lost is a step of an attempt that is gone, completed and not undone.
type lost struct {
	undoing
	step   Change // with its id, order, kind and activity
	act    *activity
	args   []ir.Value // of the undo
	undone bool
}

// lose keeps what it takes to undo those steps whose undo failed and that will
// not be come by again when the run is undone.
func (m *Machine) lose(goes func(step ref) bool) {
	defer m.env.Draws(m.env.Drawn()) // what is computed here is no part of the run
	slices.SortFunc(m.failed, func(a, b ref) int { return slices.Compare(order(a), order(b)) })
	m.failed = slices.DeleteFunc(m.failed, func(c ref) bool {
		if !goes(c) {
			return false
		}
		if task, failure := m.undoTask(c); failure == nil && m.undoable(c, true) {
			n := c.node()
			l := &lost{step: Change{Node: m.id(c), Kind: n.kind, Activity: n.Call.Callee, Order: order(c)}, act: n.undo.act, args: task.Args}
			if p, ok := shownParent(c); ok {
				l.step.Parent = m.id(p)
			}
			l.tries = c.inst().more.undo.tries
			m.lost = append(m.lost, l)
		}
		return true
	})
}

// isIn reports whether r stands in p.
func (r ref) isIn(p ref) bool {
	for {
		q, ok := r.parent()
		if !ok || q == p {
			return ok
		}
		r = q
	}
}

// undoLost begins to undo what was lost, if that has not begun, and reports
// whether there is something to wait for.
func (m *Machine) undoLost() bool {
	for _, l := range m.lost {
		if !l.done && l.tries == l.before {
			m.scheduleLost(l)
		}
	}
	return slices.ContainsFunc(m.lost, func(l *lost) bool { return !l.done })
}

// scheduleLost asks for a task that undoes l.
func (m *Machine) scheduleLost(l *lost) {
	l.tries++
	l.pending, l.backoff = 1, false
	if l.tries == l.before+1 {
		m.reportLost(l, ir.Waiting, ir.Running, nil)
	}
	if failure := m.askLost(l); failure != nil {
		m.lostFailed(l, failure)
	}
}

func (m *Machine) askLost(l *lost) *Failure {
	task, failure := m.taskWith(m.top, l.act, l.args, noOptions)
	if failure != nil {
		return failure
	}
	id := l.step.Node + undoSuffix
	task.Key = m.key(id)
	m.step.Commands = append(m.step.Commands, Command{Type: ScheduleTask, Node: id, Attempt: int(l.tries), Task: task})
	return nil
}

// lostOf returns what was lost whose undo has an id, if it waits for something.
func (m *Machine) lostOf(id string) *lost {
	for _, l := range m.lost {
		if l.pending > 0 && l.step.Node+undoSuffix == id {
			return l
		}
	}
	return nil
}

// lostEnded takes the answer of a task that undoes what was lost.
func (m *Machine) lostEnded(l *lost, e Event) {
	if l.backoff || e.Attempt != int(l.tries) {
		return
	}
	if e.Type == TaskCompleted {
		l.pending, l.done, l.undone = 0, true, true
		m.reportLost(l, ir.Running, ir.Succeeded, nil)
		if !m.quiet {
			c := l.step
			c.From, c.To = ir.Succeeded, ir.Undone
			m.step.Changes = append(m.step.Changes, c)
		}
		m.push(m.top, doSettle)
		return
	}
	f := Failure{Error: Undeclared}
	if e.Failure != nil {
		f = *e.Failure
	}
	f.Node, f.Attempts = e.Node, int(l.tries)
	if delay, again := m.undoAgain(m.top, l.act, &eval.Frame{Slots: l.args}, &l.undoing, &f); again {
		l.backoff, l.due = true, m.after(delay)
		m.step.Commands = append(m.step.Commands, Command{Type: StartTimer, Node: e.Node, Timer: RetryTimer, Due: l.due})
		return
	}
	m.lostFailed(l, &f)
	m.push(m.top, doSettle)
}

// lostTimer tries that again.
func (m *Machine) lostTimer(l *lost, e Event) {
	if !l.backoff || e.Timer != RetryTimer {
		return
	}
	m.scheduleLost(l)
	if l.done {
		m.push(m.top, doSettle)
	}
}

func (m *Machine) lostFailed(l *lost, f *Failure) {
	l.pending, l.done = 0, true
	m.unmade = append(m.unmade, f)
	m.reportLost(l, ir.Running, ir.Failed, f)
}

// reportLost is reportUndo for what was lost.
func (m *Machine) reportLost(l *lost, from, to ir.Status, f *Failure) {
	if m.quiet {
		return
	}
	m.step.Changes = append(m.step.Changes, Change{
		Node: l.step.Node + undoSuffix, Kind: "activity", Activity: l.act.Name, From: from, To: to, Parent: l.step.Node,
		Attempt: int(l.tries), Failure: f, Absorbed: to == ir.Failed, Order: append(slices.Clone(l.step.Order), 0),
	})
}
