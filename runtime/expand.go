package runtime

import (
	"fmt"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
)

// An expand finds its items while it goes. Nothing that can be seen of it
// depends on which of them was quicker: its value, and the report, have the
// order of discovery, which is that of a search in breadth, and `depth` is the
// distance from the nearest seed.
//
// Where the body reads `depth`, an item must not begin before it is certain. A
// way of length d ends at an item of depth d-1, so d is certain when every item
// of a depth up to d-2 has ended. An item begins then: two neighbouring levels
// are at work at a time, and one slow item holds up no more than what is two
// steps further out. Where the body does not read it, an item begins as soon as
// it is found.

// found is how the items of an expand came to be.
type found struct {
	seeds  int32      // how many were there at first
	growth [][]growth // what each item grew
	levels *levels    // nil unless the body reads `depth`
}

// growth is what a `grow` gave, in its order, items that were known included.
type growth struct {
	place []int32 // of the `grow` in the body of its item, in document order
	items []int32
}

// levels orders the items of an expand by their depth.
type levels struct {
	depth []int32   // by item: the shortest way known; certain once it has begun
	queue [][]int32 // by depth: the items that wait, and some that have moved to a lesser one
	open  []int32   // by depth: how many items have not ended
	floor int32     // the least depth at which one has not
	order []int32   // items in the order in which they began
}

// seed begins an expand with the items that are there at first.
func (m *Machine) seed(r ref, list ir.List) *Failure {
	n, x := r.node(), r.inst().more.items
	most, failure := m.number(r, &r.frame, n.options.limit, -1)
	if failure != nil {
		return failure
	}
	x.most, x.byKey, x.found = most, map[string]int32{}, &found{}
	if n.depths {
		x.found.levels = &levels{}
	}
	if failure = m.readTolerance(r); failure != nil {
		return failure
	}
	if _, failure = m.discover(r, list, 0); failure != nil {
		return failure
	}
	x.found.seeds = x.known()
	return nil
}

// discover adds the items whose key is new, and returns the indexes of all of
// them.
func (m *Machine) discover(r ref, list ir.List, depth int32) ([]int32, *Failure) {
	n, x := r.node(), r.inst().more.items
	scope := m.itemFrame(r)
	indexes := make([]int32, 0, len(list))
	for _, v := range list {
		key, failure := m.itemKey(r, scope, v, x.known())
		if failure != nil {
			return nil, failure
		}
		k, known := x.byKey[key]
		if !known {
			k = x.known()
			if x.most >= 0 && int64(k) >= x.most || k == 1<<31-1 {
				return nil, &Failure{Node: m.id(r), Error: LimitExceeded, Message: fmt.Sprintf("%s found more than %d items", n.kind, x.most)}
			}
			x.byKey[key] = k
			x.list, x.keys = append(x.list, v), append(x.keys, key)
			x.regions, x.values = append(x.regions, nil), append(x.values, nil)
			x.found.growth = append(x.found.growth, nil)
		}
		if l := x.found.levels; l != nil {
			l.reach(k, depth)
		}
		indexes = append(indexes, k)
	}
	return indexes, nil
}

// grow adds items to the expand that r, in an item's body, stands in.
func (m *Machine) grow(r ref, v ir.Value) bool {
	target := int32(r.node().Target)
	reg := r.region
	for reg.owner.region != nil && reg.owner.node().index != target {
		reg = reg.owner.region
	}
	p := reg.owner
	if p.region == nil || p.inst().ending != ir.Waiting {
		return true
	}
	f := p.inst().more.items.found
	list, _ := v.(ir.List)
	indexes, failure := m.discover(p, list, f.depthOf(reg.item)+1)
	if failure != nil {
		m.fail(p, ir.Failed, failure)
		return p.inst().ending == ir.Waiting
	}
	place := order(r)[len(order(p))+1:] // what follows that of the item
	f.growth[reg.item] = append(f.growth[reg.item], growth{place, indexes})
	m.push(p, doFill)
	return true
}

// discovery returns the indexes of all n items in the order of discovery:
// seeds first, then by the item that first grew them and their place in its
// list.
func (f *found) discovery(n int32) []int32 {
	seen := make([]bool, n)
	queue := make([]int32, 0, n)
	add := func(k int32) {
		if !seen[k] {
			seen[k] = true
			queue = append(queue, k)
		}
	}
	for k := range f.seeds {
		add(k)
	}
	for j := 0; j < len(queue); j++ {
		all := f.growth[queue[j]]
		slices.SortStableFunc(all, func(a, b growth) int { return slices.Compare(a.place, b.place) })
		for _, g := range all {
			for _, k := range g.items {
				add(k)
			}
		}
	}
	for k := range n { // what a `grow` that passed the limit had found before
		add(k)
	}
	return queue
}

// ranks returns the place of each item in the order of discovery.
func (x *items) ranks() []int32 {
	ranks := make([]int32, x.known())
	for rank, k := range x.found.discovery(x.known()) {
		ranks[k] = int32(rank)
	}
	return ranks
}

// begin returns the item that begins next, where next is the first that has
// not yet if all have to begin in the order in which they were found. It is -1
// if none may begin now.
func (f *found) begin(next int32) int32 {
	l := f.levels
	if l == nil {
		return next
	}
	for d := l.floor; d <= l.floor+1 && int(d) < len(l.queue); d++ {
		for len(l.queue[d]) > 0 {
			k := l.queue[d][0]
			l.queue[d] = l.queue[d][1:]
			if l.depth[k] == d {
				l.order = append(l.order, k)
				return k
			}
		}
	}
	return -1
}

// waiting appends the items that have not begun, nearest first.
func (l *levels) waiting(to []int32) []int32 {
	for d, queue := range l.queue {
		for _, k := range queue {
			if l.depth[k] == int32(d) {
				to = append(to, k)
			}
		}
	}
	return to
}

// end notes that an item has ended: what is two levels further out may begin.
func (f *found) end(k int32) {
	l := f.levels
	if l == nil {
		return
	}
	l.open[l.depth[k]]--
	for int(l.floor) < len(l.open) && l.open[l.floor] == 0 {
		l.floor++
	}
}

// reach notes a way of length d to item k, which may be new. One that has begun
// has been reached by a shortest way already.
func (l *levels) reach(k, d int32) {
	switch {
	case int(k) == len(l.depth):
		l.depth = append(l.depth, d)
	case l.depth[k] <= d:
		return
	default:
		l.open[l.depth[k]]--
	}
	for int(d) >= len(l.open) {
		l.open, l.queue = append(l.open, 0), append(l.queue, nil)
	}
	l.depth[k] = d
	l.open[d]++
	l.queue[d] = append(l.queue[d], k)
}

// depthOf returns the depth of an item, 0 where nobody asks for it.
func (f *found) depthOf(k int32) int32 {
	if f == nil || f.levels == nil {
		return 0
	}
	return f.levels.depth[k]
}

// findDepths finds out in which expands `depth` is read.
func (f *flow) findDepths() {
	read := f.readsOf(0, len(f.nodes))
	for _, n := range f.nodes {
		n.depths = n.Kind == ir.NExpand && n.DepthSlot >= 0 && read[[2]int{n.Inner, n.DepthSlot}]
	}
}
