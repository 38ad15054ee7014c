package analyze

import "github.com/flowc/flowc/compiler/ir"

// sameLength are the functions of the library whose result is a list no longer
// than their first argument.
var sameLength = map[string]bool{
	"filter": true, "collect": true, "sort_by": true, "chunk": true, "distinct": true, "zip": true, "reverse": true,
}

// longest returns how long the list that e gives, read in a frame, can be.
// Beside the bounds of types it knows that a map has as many values as its
// list, and what expressions do to lists. ok is false if there is no bound.
func (x *index) longest(frame int, e *ir.Expr) (most int64, ok bool) {
	if e == nil {
		return 0, false
	}
	if most, ok = x.longestOf(frame, e); !ok {
		return longestType(e.Type)
	}
	if bound, has := longestType(e.Type); has {
		most = min(most, bound)
	}
	return most, true
}

// longestType returns the bound on the length of a list type.
func longestType(t *ir.Type) (int64, bool) {
	if t == nil || t.Kind != ir.KList || t.Bound == nil || t.Bound.Max == nil {
		return 0, false
	}
	return max(0, *t.Bound.Max), true
}

// longestOf looks into an expression.
func (x *index) longestOf(frame int, e *ir.Expr) (int64, bool) {
	arg := func(k int) (int64, bool) { return x.longest(frame, e.Args[k]) }
	switch e.Op {
	case ir.OpConst:
		list, ok := e.Value.(ir.List)
		return int64(len(list)), ok
	case ir.OpList:
		return int64(len(e.Args)), true
	case ir.OpSlot, ir.OpSlotOutcome, ir.OpSlotOptional:
		return x.longestSlot(frame, e)
	case ir.OpFields, ir.OpComprehension, ir.OpConvert, ir.OpOptional, ir.OpAs:
		return arg(0)
	case ir.OpField:
		if e.Name == "value" {
			return arg(0)
		}
	case ir.OpCall:
		if sameLength[e.Name] && len(e.Args) > 0 {
			return arg(0)
		}
	case ir.OpRange:
		from, okFrom := e.Args[0].Value.(ir.Int)
		to, okTo := e.Args[1].Value.(ir.Int)
		if okFrom && okTo && from >= 0 {
			return max(0, int64(to)-int64(from)+1), true
		}
	case ir.OpAdd:
		return both(arg, plus64)
	case ir.OpCoalesce:
		return both(arg, func(a, b int64) int64 { return max(a, b) })
	case ir.OpIf:
		return both(func(k int) (int64, bool) { return arg(k + 1) }, func(a, b int64) int64 { return max(a, b) })
	}
	return 0, false
}

func both(arg func(int) (int64, bool), join func(a, b int64) int64) (int64, bool) {
	a, okA := arg(0)
	b, okB := arg(1)
	return join(a, b), okA && okB
}

// longestSlot returns how long the list in a slot can be. A slot is looked at
// once, so that a chain of `let`s that double their list costs no more than it
// is long.
func (x *index) longestSlot(frame int, e *ir.Expr) (int64, bool) {
	s, ok := x.slotOf(frame, e)
	if !ok {
		return 0, false
	}
	if known, ok := x.longests[s]; ok {
		return known.most, known.ok
	}
	x.longests[s] = length{}
	k, ok := x.fills[s]
	if !ok {
		return 0, false
	}
	var l length
	switch n := &x.w.Nodes[k]; {
	case n.Slot != s.index || n.Frame != s.frame: // an item or an accumulator
	case n.Kind == ir.NLet:
		l.most, l.ok = x.longest(n.Frame, n.Value)
	case n.Kind == ir.NMap:
		if l.most, l.ok = x.longest(n.Frame, n.List); l.ok {
			l.most = ceil64(l.most, constantInt(n.Options.Batch))
		}
	case n.Kind == ir.NExpand:
		l.most = constantInt(n.Options.Limit)
		l.ok = l.most >= 0
	}
	x.longests[s] = l
	return l.most, l.ok
}

// length is a bound that was found.
type length struct {
	most int64
	ok   bool
}
