package analyze

import (
	"fmt"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

// late finds blocks whose timeout is shorter than the waits that must pass in
// them.
func (f *finder) late() {
	least := make([]ir.Duration, len(f.w.Nodes))
	leaves := make([]bool, len(f.w.Nodes)) // something in it may end what is around it early
	for k := len(f.w.Nodes) - 1; k >= 0; k-- {
		f.least(k, least, leaves)
		n := &f.w.Nodes[k]
		limit, ok := constantDuration(n.Options.Timeout)
		if !ok || n.Kind == ir.NActivity || n.Kind == ir.NChild || limit >= least[k] {
			continue
		}
		at := n.At
		for _, o := range n.Options.At {
			if o.Name == "timeout" {
				at = o.At
			}
		}
		d := diag.Diagnostic{
			Code:    diag.AlwaysLate,
			Message: fmt.Sprintf("`%s` always times out: its waits alone take %s", lastName(n.ID), least[k]),
			Primary: f.label(at, fmt.Sprintf("shorter than %s", least[k])),
			Fixes:   []diag.Fix{{Title: fmt.Sprintf("a timeout of more than %s, or shorter waits", least[k])}},
		}
		if long := f.longestWait(k, least); long >= 0 && long != k {
			d.Secondary = append(d.Secondary, f.label(f.w.Nodes[long].At, fmt.Sprintf("waits for %s", least[long])))
		}
		f.add(d)
	}
}

// least fills in how long node k takes at the very least when it succeeds.
// Activities may take no time, maps may have no items, and what may leave a
// chain early takes the rest of it along.
func (f *finder) least(k int, least []ir.Duration, leaves []bool) {
	n := &f.w.Nodes[k]
	var parts []int
	for _, m := range append(slices.Clone(n.Members), bodies(n)...) {
		leaves[k] = leaves[k] || leaves[m]
		parts = append(parts, m)
	}
	switch n.Kind {
	case ir.NWait:
		if d, ok := constantDuration(n.Value); ok && n.Signal == "" && !n.Until {
			least[k] = max(0, d)
		}
	case ir.NYield, ir.NReturn, ir.NNext, ir.NRaise:
		leaves[k] = true
	case ir.NGroup, ir.NDag:
		for _, m := range parts {
			least[k] = max(least[k], least[m])
		}
		if leaves[k] {
			least[k] = 0
		}
	case ir.NWorkflow, ir.NChain, ir.NBody, ir.NCanvas:
		for _, m := range parts {
			if least[k] += least[m]; least[k] < 0 {
				least[k] = 1<<63 - 1
			}
			if leaves[m] {
				break
			}
		}
	case ir.NRace:
		for i, m := range parts {
			if i == 0 || least[m] < least[k] {
				least[k] = least[m]
			}
		}
	case ir.NIf, ir.NSwitch:
		whole := false
		for i, b := range n.Branches {
			whole = whole || b.Cond == nil
			if i == 0 || least[b.Body] < least[k] {
				least[k] = least[b.Body]
			}
		}
		if !whole && n.Kind == ir.NIf {
			least[k] = 0
		}
	}
}

// longestWait returns the wait in node k that takes longest, -1 for none.
func (f *finder) longestWait(k int, least []ir.Duration) int {
	long := -1
	for j := k; j < f.w.Nodes[k].End; j++ {
		if f.w.Nodes[j].Kind == ir.NWait && least[j] > 0 && (long < 0 || least[j] > least[long]) {
			long = j
		}
	}
	return long
}

// constantDuration returns the value of a constant duration.
func constantDuration(e *ir.Expr) (ir.Duration, bool) {
	if e == nil || e.Op != ir.OpConst {
		return 0, false
	}
	d, ok := e.Value.(ir.Duration)
	return d, ok
}
