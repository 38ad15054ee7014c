package runtime

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
)

// A run that has ended can be undone as a whole: UndoRequested begins a pass
// over all of it, as a failure at its very end would. Undos that have failed
// are tried again, with attempts that go on counting. While the pass goes on
// the run is not Done; then it is Undone, or Failed if some step still could
// not be undone, and may be asked again.

// NotUndone is the error of a run some of whose steps could not be undone.
const NotUndone = "NotUndone"

// undoable reports whether r, a step with an undo, was completed and is not
// undone. In the run itself an undo that failed for good is not tried again,
// but when the run is undone (again).
func (m *Machine) undoable(r ref, again bool) bool {
	i := r.inst()
	if !well(i.status) && i.flags&lateDone == 0 {
		return false
	}
	if _, caught := m.caughtBy(r); caught {
		return false
	}
	return i.more == nil || i.more.undo == nil || !i.more.undo.done || again && i.more.undo.failed
}

// letGo lets go of the state of a run that has ended, save where something
// in it could still be undone.
func (m *Machine) letGo() {
	m.lose(func(step ref) bool { return step.node().ends })
	m.failed = nil
	if len(m.lost) == 0 && !m.holdsUndoable(m.root) {
		m.root, m.top = nil, ref{}
	}
}

// holdsUndoable reports whether something in a region, or in those of items and
// rounds in it, could be undone.
func (m *Machine) holdsUndoable(reg *region) bool {
	if root := reg.plan.nodes[0]; !root.undoes {
		return false
	}
	for k := range reg.insts {
		r := ref{reg, int32(k)}
		if !r.node().undoes {
			continue
		}
		if r.node().undo != nil && m.undoable(r, true) {
			return true
		}
		if x := r.inst().more; x != nil {
			for _, inner := range x.items0() {
				if inner != nil && m.holdsUndoable(inner) {
					return true
				}
			}
		}
	}
	return false
}

// undoRun undoes a run that has ended.
func (m *Machine) undoRun() {
	if !m.done {
		return // it runs, or is being undone
	}
	m.done, m.undoing, m.unmade = false, true, nil
	for _, l := range m.lost {
		l.undoing = undoing{tries: l.tries, before: l.tries}
	}
	if m.undo(m.top) {
		m.push(m.top, doSettle)
	}
}

// endUndo ends the pass, when what was lost is undone too.
func (m *Machine) endUndo() {
	if m.undoLost() {
		return
	}
	m.lost = slices.DeleteFunc(m.lost, func(l *lost) bool { return l.undone })
	root := m.top
	c := Command{Type: CompleteRun, Node: m.id(root)}
	if len(m.unmade) == 0 {
		m.move(root, ir.Undone)
		m.outcome = Outcome{ir.Undone, m.ended.Result, m.ended.Failure}
	} else {
		c.Type, c.Failure = FailRun, m.notUndone(c.Node)
		m.outcome = Outcome{ir.Failed, m.ended.Result, c.Failure}
	}
	m.step.Commands = append(m.step.Commands, c)
	m.done, m.undoing, m.unmade = true, false, nil
	m.letGo()
}

// notUndone makes the failure of a run some of whose steps could not be undone:
// its details list them.
func (m *Machine) notUndone(id string) *Failure {
	first := m.unmade[0]
	f := &Failure{Node: first.Node, Error: NotUndone, Message: first.Node + " failed: " + first.Message}
	if n := len(m.unmade) - 1; n > 0 {
		f.Message = fmt.Sprintf("%s; %d more of %s failed", f.Message, n, id)
	}
	if details, err := json.Marshal(map[string][]*Failure{"undos": m.unmade}); err == nil {
		f.Details = details
	}
	return f
}
