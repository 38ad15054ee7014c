package runtime

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
)

// A slot is live as long as something may still read it. What is not live is
// left out of snapshots: what a chain has behind it would else be carried for
// ever.

// eachRead calls f for every slot that the nodes of a range read, with the
// frame that it is one of.
func (f *flow) eachRead(from, to int, report func(n *node, frame, slot int)) {
	var look func(n *node, frame int, e *ir.Expr)
	look = func(n *node, frame int, e *ir.Expr) {
		if e == nil {
			return
		}
		switch e.Op {
		case ir.OpSlot, ir.OpSlotOutcome, ir.OpSlotOptional:
			at := frame
			for up := e.Up; up > 0 && at >= 0; up-- {
				at = f.wf.Frames[at].Parent
			}
			if at >= 0 {
				report(n, at, e.Index)
			}
		}
		for _, a := range e.Args {
			look(n, frame, a)
		}
	}
	for _, n := range f.nodes[from:to] {
		for _, e := range ownExprs(n.Node) {
			look(n, n.Frame, e)
		}
		for _, h := range n.Handlers {
			look(n, n.Frame, h.Timeout)
		}
		look(n, n.Inner, n.Key)
		look(n, n.Inner, n.While)
	}
}

// readsOf returns the frames and slots that the nodes of a range read.
func (f *flow) readsOf(from, to int) map[[2]int]bool {
	read := map[[2]int]bool{}
	f.eachRead(from, to, func(_ *node, frame, slot int) { read[[2]int{frame, slot}] = true })
	return read
}

// findReaders finds the readers of each slot. One in an inner frame counts as
// the node that the inner frame is of.
func (f *flow) findReaders() {
	for _, reg := range f.regions {
		reg.readers = make([][]int32, reg.slots)
	}
	f.eachRead(0, len(f.nodes), func(n *node, frame, slot int) {
		for n != nil && int(n.region) != frame {
			n = n.parent
		}
		if reg := f.regions[frame]; n != nil && slot < reg.slots {
			if list := reg.readers[slot]; len(list) == 0 || list[len(list)-1] != n.local {
				reg.readers[slot] = append(list, n.local)
			}
		}
	})
}

// live returns which slots of a region may still be read: those with a reader
// that has not ended, or may begin again, or may be undone.
func (reg *region) live() []bool {
	nodes := reg.plan.nodes
	alive := make([]bool, len(nodes)) // it has not ended, nor what is around it
	reads := make([]bool, len(nodes))
	for k, n := range nodes {
		around := n.parent == nil || n.parent.region != n.region || alive[n.parent.local]
		alive[k] = around && !final(reg.insts[k].status)
		reads[k] = alive[k] || n.undoes || slices.ContainsFunc(n.retriers, func(q *node) bool { return alive[q.local] })
	}
	live := make([]bool, reg.plan.slots)
	for slot := range live {
		live[slot] = slices.ContainsFunc(reg.plan.readers[slot], func(k int32) bool { return reads[k] })
	}
	return live
}
