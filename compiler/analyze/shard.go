package analyze

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

// sliceOf returns how many items of map k an execution of its own does, -1 if
// the map is done in one execution.
func (x *index) sliceOf(k int) int64 {
	n := constantInt(x.w.Nodes[k].Options.Shard)
	if n <= 0 {
		return -1
	}
	if at, _ := x.inPlace(k); at >= 0 {
		return -1
	}
	return n
}

// inPlace returns the first node in the body of map k because of which its
// items are done in one execution whatever `shard` says, and what it is that
// concerns the run as a whole; -1 if there is none.
func (x *index) inPlace(k int) (at int, why string) {
	body := x.w.Nodes[k].Body
	looking := 0 // where what looks on ends: undos in it are not the map's
	for j := body; j < x.w.Nodes[body].End; j++ {
		n := &x.w.Nodes[j]
		if h := handlerOf(x.w, j); h != nil && h.Kinds&ir.HCatch == 0 {
			looking = max(looking, n.End)
		}
		switch n.Kind {
		case ir.NWait:
			if n.Signal != "" {
				return j, fmt.Sprintf("waits for `%s`, which is sent to the run", n.Signal)
			}
		case ir.NReturn, ir.NYield, ir.NNext, ir.NGrow:
			if n.Target < body {
				return j, "leaves the map"
			}
		case ir.NActivity, ir.NChild:
			if j >= looking && x.undoOf(j) != nil {
				return j, "can be undone, in the order of the run"
			}
		}
	}
	return -1, ""
}

// sharded finds maps with a `shard` that has no effect.
func (f *finder) sharded() {
	for k := range f.w.Nodes {
		n := &f.w.Nodes[k]
		if n.Kind != ir.NMap || n.Options.Shard == nil {
			continue
		}
		inner, why := f.inPlace(k)
		if inner < 0 {
			continue
		}
		at := n.At
		for _, o := range n.Options.At {
			if o.Name == "shard" {
				at = o.At
			}
		}
		f.add(diag.Diagnostic{
			Code:      diag.ShardInPlace,
			Message:   fmt.Sprintf("the items of `%s` cannot be done in slices", lastName(n.ID)),
			Primary:   f.label(at, "has no effect: all are done in this execution"),
			Secondary: []diag.Label{f.label(f.w.Nodes[inner].At, why)},
			Fixes:     []diag.Fix{{Title: "do what an item does in a workflow of its own, and call that in the map"}},
		})
	}
}
