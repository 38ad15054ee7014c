package analyze

import (
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// maxNeeds is how many nodes one node is said to need: a `let` may join
// thousands, and thousands of nodes may use that `let`.
const maxNeeds = 64

// slot names a slot of a frame of a workflow.
type slot struct{ frame, index int }

// index holds what the analyses of a workflow look up again and again.
type index struct {
	prog  *ir.Program
	w     *ir.Workflow
	acts  map[string]*ir.Activity
	fills map[slot]int  // node that fills a slot
	lets  map[int][]int // what a `let` hands on, once it was asked for

	longests map[slot]length // of lists, once they were asked for
	exact    map[int]int64   // how many items a map has, or the limit of rounds, where an input tells
}

func newIndex(p *ir.Program, w *ir.Workflow) *index {
	x := &index{prog: p, w: w, acts: map[string]*ir.Activity{}, fills: map[slot]int{}, lets: map[int][]int{}, longests: map[slot]length{}}
	for _, a := range p.Activities {
		x.acts[a.Name] = a
	}
	for k := range w.Nodes {
		n := &w.Nodes[k]
		x.fill(n.Frame, n.Slot, k)
		x.fill(n.Frame, n.Subject, k)
		for _, s := range []int{n.ItemSlot, n.IndexSlot, n.DepthSlot} {
			x.fill(n.Inner, s, k)
		}
		for _, h := range n.Handlers {
			x.fill(n.Frame, h.Slot, k)
		}
	}
	return x
}

func (x *index) fill(frame, index, node int) {
	if frame >= 0 && index >= 0 {
		x.fills[slot{frame, index}] = node
	}
}

// shown reports whether people see a node: it has an id that is its own.
func shown(w *ir.Workflow, k int) bool {
	n := &w.Nodes[k]
	return !n.Kind.Instant() && (n.Kind != ir.NBody || n.Name != "" || repeats(w, k))
}

// repeats reports whether node k is the body of a map, an expand or a loop:
// it is there once for each item or round.
func repeats(w *ir.Workflow, k int) bool {
	n := &w.Nodes[k]
	if n.Kind != ir.NBody || n.Parent < 0 {
		return false
	}
	p := &w.Nodes[n.Parent]
	return p.Body == k && p.Inner >= 0
}

// around returns the nearest shown node at or around k.
func around(w *ir.Workflow, k int) int {
	for k > 0 && !shown(w, k) {
		k = w.Nodes[k].Parent
	}
	return k
}

// box returns the nearest node at or around k that is drawn: like around, but
// an item or a round stands for its map or loop.
func box(w *ir.Workflow, k int) int {
	for k > 0 && (!shown(w, k) || repeats(w, k)) {
		k = w.Nodes[k].Parent
	}
	return k
}

// contains reports whether node k is a or stands below it.
func contains(w *ir.Workflow, a, k int) bool { return a <= k && k < w.Nodes[a].End }

// boundary reports whether n absorbs its own failure (R2).
func boundary(n *ir.Node) bool { return n.Explicit && !n.Eff }

// bodies returns the bodies of a node's branches, items, canvas and `else`, in
// document order; those of handlers are not among them.
func bodies(n *ir.Node) []int {
	var list []int
	if n.Body >= 0 {
		list = append(list, n.Body)
	}
	for _, b := range n.Branches {
		list = append(list, b.Body)
	}
	if n.Else >= 0 {
		list = append(list, n.Else)
	}
	return list
}

// handlerOf returns the handler whose body is node k, nil if k is none.
func handlerOf(w *ir.Workflow, k int) *ir.Handler {
	if p := w.Nodes[k].Parent; p >= 0 && w.Nodes[k].Kind == ir.NBody {
		for j := range w.Nodes[p].Handlers {
			if w.Nodes[p].Handlers[j].Body == k {
				return &w.Nodes[p].Handlers[j]
			}
		}
	}
	return nil
}

// exprs calls f for what node n reads itself, with the frame in which it does.
// What its undo and its handlers read is not among that.
func exprs(n *ir.Node, f func(frame int, e *ir.Expr)) {
	o := &n.Options
	for _, e := range []*ir.Expr{n.Value, n.List, n.Init, n.For, o.Timeout, o.QueueTimeout, o.TotalTimeout, o.Heartbeat,
		o.Priority, o.TaskList, o.VersionAt, o.Max, o.Batch, o.Shard, o.Limit, o.Tags} {
		f(n.Frame, e)
	}
	for _, b := range n.Branches {
		f(n.Frame, b.Cond)
	}
	if n.Call != nil {
		for _, a := range n.Call.Args {
			f(n.Frame, a)
		}
	}
	if o.Tolerate != nil {
		f(n.Frame, o.Tolerate.Count)
	}
	if r := o.Retry; r != nil {
		for _, e := range []*ir.Expr{r.Max, r.From, r.Factor, r.Cap, r.Jitter} {
			f(n.Frame, e)
		}
	}
	f(n.Inner, n.Key)
	f(n.Inner, n.While)
}

// slots calls f for each slot that e, seen from a frame, reads.
func (x *index) slots(frame int, e *ir.Expr, f func(s slot, op ir.Op)) {
	if e == nil {
		return
	}
	switch e.Op {
	case ir.OpSlot, ir.OpSlotOutcome, ir.OpSlotOptional:
		if s, ok := x.slotOf(frame, e); ok {
			f(s, e.Op)
		}
	}
	for _, a := range e.Args {
		x.slots(frame, a, f)
	}
}

// slotOf returns the slot that e, one of OpSlot…, reads.
func (x *index) slotOf(frame int, e *ir.Expr) (slot, bool) {
	for up := e.Up; up > 0 && frame >= 0 && frame < len(x.w.Frames); up-- {
		frame = x.w.Frames[frame].Parent
	}
	if frame < 0 || frame >= len(x.w.Frames) || e.Index < 0 || e.Index >= len(x.w.Frames[frame].Names) {
		return slot{}, false
	}
	return slot{frame, e.Index}, true
}

func (x *index) slotName(s slot) string { return x.w.Frames[s.frame].Names[s.index] }

// names returns the names that node k reads itself, each once, in order of
// reading.
func (x *index) names(k int) []string {
	var list []string
	seen := map[slot]bool{}
	exprs(&x.w.Nodes[k], func(frame int, e *ir.Expr) {
		x.slots(frame, e, func(s slot, _ ir.Op) {
			if name := x.slotName(s); name != "" && !seen[s] && x.fills[s] != k {
				seen[s] = true
				list = append(list, name)
			}
		})
	})
	return list
}

// sources returns the nodes whose values node k reads, itself or through
// `let`s, each once, in order of reading. Those around it are not among them.
func (x *index) sources(k int) []int {
	if x.w.Nodes[k].Kind == ir.NLet {
		if list, ok := x.lets[k]; ok {
			return list
		}
		x.lets[k] = nil // a let that read itself would be a bug of ours; it must not hang
	}
	var list []int
	seen := map[int]bool{}
	add := func(j int) {
		if !seen[j] && len(list) < maxNeeds {
			seen[j] = true
			list = append(list, j)
		}
	}
	exprs(&x.w.Nodes[k], func(frame int, e *ir.Expr) {
		x.slots(frame, e, func(s slot, _ ir.Op) {
			j, ok := x.fills[s]
			switch {
			case !ok || contains(x.w, j, k):
			case x.w.Nodes[j].Kind == ir.NLet:
				for _, i := range x.sources(j) {
					add(i)
				}
			default:
				add(j)
			}
		})
	})
	if x.w.Nodes[k].Kind == ir.NLet {
		x.lets[k] = list
	}
	return list
}

// kindOf returns the word for the kind of a shown node, the one that runs are
// reported with.
func kindOf(w *ir.Workflow, k int) string {
	n := &w.Nodes[k]
	if n.Kind != ir.NBody {
		return n.Kind.String()
	}
	switch {
	case repeats(w, k) && w.Nodes[n.Parent].Kind == ir.NLoop:
		return "round"
	case repeats(w, k):
		return "item"
	}
	return "chain"
}

// lastName returns the last segment of an id, without `[]`.
func lastName(id string) string {
	return strings.TrimSuffix(id[strings.LastIndexByte(id, '/')+1:], "[]")
}
