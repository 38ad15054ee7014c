package analyze

import (
	"fmt"
	"math"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/lang/diag"
)

// history finds a workflow whose history can grow past what a service keeps.
// Only bounded lists make that impossible; a list without a bound is the
// nearest culprit, and where all have one, the block that costs most.
func (f *finder) history() {
	fair, bad := newCounter(f.index, smooth), newCounter(f.index, retried)
	first, all := number(runEvents), number(runEvents)
	first.plus(fair.node(0))
	all.plus(bad.node(0))
	k := f.culprit(bad, all)
	if k < 0 {
		return
	}
	n := &f.w.Nodes[k]
	if n.Options.Shard != nil && f.sliceOf(k) < 0 {
		return // the user has meant to do something about it, and is told what keeps it from working
	}
	length, symbol := bad.length(k)
	what := map[ir.NodeKind]string{ir.NMap: "item", ir.NExpand: "item", ir.NLoop: "round"}[n.Kind]
	text := fmt.Sprintf("%s events per %s", fair.each[k], what)
	if often := bad.each[k].String(); often != fair.each[k].String() {
		text += fmt.Sprintf(", %s if every retry is used", often)
	}
	d := diag.Diagnostic{
		Code:    diag.HistoryLimit,
		Message: fmt.Sprintf("`%s` can pass %s history events, where SWF ends an execution", f.w.Name, grouped(limits.HistoryEvents)),
		Primary: f.label(f.keyword(n), text),
	}
	if length < 0 {
		if at, text := f.unboundedAt(n); at.File >= 0 {
			d.Secondary = append(d.Secondary, f.label(at, text))
		}
	}
	d.Notes = append(d.Notes, reached(first, all, fair.most, bad.most, what))
	d.Fixes = f.shorter(k, length, reach(all, bad.most, symbol), bad.each[k])
	f.add(d)
}

// culprit returns the block that makes the history too long, -1 if it is not.
func (f *finder) culprit(c *counter, all polynomial) int {
	largest, cost := -1, int64(0)
	total, _ := all.at(c.most, 0)
	for k := range f.w.Nodes {
		one, repeated := c.each[k]
		if n := &f.w.Nodes[k]; !repeated || n.Options.Continue {
			continue
		}
		length, symbol := c.length(k)
		if length < 0 && symbol != "" {
			if constantInt(f.w.Nodes[k].Options.Shard) <= 0 && len(one) > 0 {
				return k
			}
			continue
		}
		each, _ := one.at(c.most, 1)
		if n := times64(length, each); n > cost {
			largest, cost = k, n
		}
	}
	if total <= limits.HistoryEvents {
		return -1
	}
	return largest
}

// unboundedAt returns where the list of a map is declared that has no bound.
func (f *finder) unboundedAt(n *ir.Node) (ir.Pos, string) {
	const text = "no bound on its length"
	if n.Kind != ir.NMap {
		return ir.NoPos, ""
	}
	e, frame := n.List, n.Frame
	for steps := 0; steps < maxNeeds; steps++ {
		for e.Op != ir.OpSlot && e.Op != ir.OpSlotOutcome && e.Op != ir.OpSlotOptional {
			if len(e.Args) == 0 {
				return ir.NoPos, ""
			}
			e = e.Args[0]
		}
		s, ok := f.slotOf(frame, e)
		if !ok {
			return ir.NoPos, ""
		}
		k, filled := f.fills[s]
		if !filled {
			if s.frame == 0 && s.index < len(f.w.Params) {
				return f.w.Params[s.index].At, text
			}
			return ir.NoPos, ""
		}
		from := &f.w.Nodes[k]
		switch {
		case from.Kind == ir.NActivity:
			if a := f.callee(k); a != nil && a.Result != nil {
				return f.resultAt(a), text
			}
			return from.At, text
		case from.Kind == ir.NLet && from.Slot == s.index:
			e, frame = from.Value, from.Frame
		case from.Kind == ir.NMap && from.Slot == s.index && from.Frame == s.frame:
			e, frame = from.List, from.Frame
		default:
			return from.At, text
		}
	}
	return ir.NoPos, ""
}

// reach returns at which value of a symbol a sum passes the limit, 0 if that
// is not to be said in a number: other symbols have none either.
func reach(all polynomial, most map[string]int64, symbol string) int64 {
	base, slope := int64(0), int64(0)
	for _, k := range all.keys() {
		factor, in := all[k], 0
		for _, s := range symbols(k) {
			bound, ok := most[s]
			switch {
			case s == symbol:
				in++
			case !ok:
				return 0
			default:
				factor = times64(factor, bound)
			}
		}
		switch in {
		case 0:
			base = plus64(base, factor)
		case 1:
			slope = plus64(slope, factor)
		default:
			return 0
		}
	}
	switch {
	case slope == 0:
		return 0
	case base > limits.HistoryEvents:
		return 1
	}
	return (limits.HistoryEvents-base)/slope + 1
}

// reached writes the formulas down, and where they pass the limit.
func reached(first, all polynomial, mostFirst, mostAll map[string]int64, what string) string {
	note := "events ≤ " + first.String()
	same := first.String() == all.String()
	if !same {
		note += ", or " + all.String() + " with every retry"
	}
	_, unknown := all.at(mostAll, 0)
	if len(unknown) == 0 {
		a, _ := first.at(mostFirst, 0)
		b, _ := all.at(mostAll, 0)
		if note += ": up to " + grouped(a); !same {
			note += ", or " + grouped(b)
		}
		return note
	}
	if len(unknown) > 1 {
		return note
	}
	a, b := reach(first, mostFirst, unknown[0]), reach(all, mostAll, unknown[0])
	switch {
	case a == 0 || b == 0:
	case a == b:
		note += fmt.Sprintf(": reached at %s", grouped(a))
	default:
		note += fmt.Sprintf(": reached at %s or %s", grouped(a), grouped(b))
	}
	if a > 0 && b > 0 {
		note += " " + what + "s"
	}
	return note
}

// shorter returns the ways out of a history that is too long.
func (f *finder) shorter(k int, length, reached int64, one polynomial) []diag.Fix {
	n := &f.w.Nodes[k]
	var fixes []diag.Fix
	fix := func(format string, args ...any) {
		fixes = append(fixes, diag.Fix{Title: fmt.Sprintf(format, args...)})
	}
	switch n.Kind {
	case ir.NLoop:
		fix("`with continue = true` begins a new history between rounds")
		return fixes
	case ir.NExpand:
		if length > 0 {
			fix("a lower `limit`, if there are never so many; or leave what an item does to a workflow of its own")
		}
		return fixes
	}
	if bound := rounded(reached - 1); length < 0 && bound > 0 && n.List.Type != nil && n.List.Type.Elem != nil {
		fix("`[%s; <= %d]` if there are never more; it is then checked at run time", n.List.Type.Elem, bound)
	}
	each, _ := one.at(nil, 1)
	slice := int64(200)
	if each > 0 {
		slice = min(slice, rounded((limits.HistoryEvents-runEvents)/each))
	}
	if at, _ := f.inPlace(k); at >= 0 {
		slice = 0
	}
	if slice > 0 {
		fix("`map … with shard = %d` runs slices as child executions; in a loop, `continue = true` restarts the history", slice)
	}
	return fixes
}

// rounded returns a round number that is not larger.
func rounded(n int64) int64 {
	for _, to := range []int64{1000, 100, 10} {
		if n >= 20*to {
			return n / to * to
		}
	}
	return max(0, min(n, math.MaxInt32))
}
