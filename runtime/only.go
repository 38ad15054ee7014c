package runtime

import (
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
)

// leftOut reports whether r, which a run with Start.Only would start, is not
// to take part. Ids there may be static (of every item) or of one item.
func (m *Machine) leftOut(r ref) bool {
	n := r.node()
	return n.shown && !m.only[n.ID] && !m.only[m.id(r)]
}

// checkChosen returns a failure if only some items of the map r were asked for
// and it has none of them.
func (m *Machine) checkChosen(r ref) *Failure {
	n, x := r.node(), r.inst().more.items
	every := m.flow.nodes[n.Body].ID
	if n.Kind != ir.NMap || m.only[every] {
		return nil
	}
	id := m.id(r)
	keys := make([]string, x.known())
	for k := range keys {
		keys[k] = x.key(int32(k))
		if m.only[id+"["+keys[k]+"]"] {
			return nil
		}
	}
	f := &Failure{Node: id, Error: NoSuchItem, Message: "none of its items is the one that was asked for"}
	for _, asked := range m.begin.Only {
		key, ok := strings.CutPrefix(asked, id+"[")
		if near, found := spell.Nearest(strings.TrimSuffix(key, "]"), keys); ok && found {
			f.Message += "; did you mean " + id + "[" + near + "]?"
		}
	}
	return f
}

// readable reports whether every slot that c reads holds something. It always
// does, except where Start.Only has left nodes out: what would use them is left
// out too.
func (m *Machine) readable(r ref, c code) bool {
	return m.only == nil || m.reads(r, c.expr)
}

func (m *Machine) reads(r ref, e *ir.Expr) bool {
	if e == nil {
		return true
	}
	if e.Op == ir.OpSlot || e.Op == ir.OpSlotOutcome {
		f := &r.frame
		for up := e.Up; up > 0 && f != nil; up-- {
			f = f.Parent
		}
		if f == nil || e.Index >= len(f.Slots) || f.Slots[e.Index] == nil {
			return false
		}
		if o, is := f.Slots[e.Index].(*ir.Outcome); is && o.Status == ir.Skipped && e.Op == ir.OpSlot {
			return false
		}
	}
	for _, a := range e.Args {
		if !m.reads(r, a) {
			return false
		}
	}
	return true
}
