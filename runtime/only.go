package runtime

import "github.com/flowc/flowc/compiler/ir"

// leftOut reports whether r, which a run with Start.Only would start, is not
// to take part. Ids there may be static (of every item) or of one item.
func (m *Machine) leftOut(r ref) bool {
	n := r.node()
	return n.shown && !m.only[n.ID] && !m.only[m.id(r)]
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
