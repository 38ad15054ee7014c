package runtime

import (
	"fmt"
	"strconv"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

// items is the state of a map, an expand or a loop. An item that waits costs
// its value, its key and a few words; one that has ended, its result.
type items struct {
	list    ir.List
	keys    []string         // escaped; nil means the index is the key
	byKey   map[string]int32 // nil if keys is
	regions []*region        // by index from base; nil before an item starts and after it was released
	values  []ir.Value       // what the items gave, by index; nil for none
	next    int32            // the next to start
	failed  int32
	limit   int32 // how many failures are tolerated; -1 means that `eff` says so
	base    int32 // loop: number of the round in regions[0]; of a slice: that of its first item
	round   int32 // loop: rounds so far
	most    int64 // loop, expand: their limit; -1 for none

	found *found // expand: how its items came to be

	starved bool // it waits for the window

	shard *sharding // map: it is slices of items, not items, that stand here
}

// known returns how many items there are as far as is known.
func (x *items) known() int32 { return int32(len(x.list)) }

// forget releases an item that has ended.
func (x *items) forget(item int32) {
	if k := item - x.base; k >= 0 && int(k) < len(x.regions) {
		x.regions[k] = nil
	}
}

// key returns an item's key as it stands in ids.
func (x *items) key(k int32) string {
	if x.keys != nil {
		return x.keys[k]
	}
	return strconv.Itoa(int(x.base + k))
}

// find returns the live region of the item with a key.
func (x *items) find(key string) *region {
	if x.shard != nil {
		return nil // it is in a run of its own
	}
	k, ok := x.byKey[key]
	if x.byKey == nil {
		v, err := strconv.ParseInt(key, 10, 32)
		k, ok = int32(v), err == nil
	}
	if k -= x.base; !ok || k < 0 || int(k) >= len(x.regions) {
		return nil
	}
	return x.regions[k]
}

// startItems begins a map or an expand: its items are read before anything in
// it is scheduled.
func (m *Machine) startItems(r ref) {
	failure := m.readItems(r)
	if failure == nil && m.only != nil {
		if failure = m.checkChosen(r); failure != nil {
			r.inst().more.items = nil
		}
	}
	m.move(r, ir.Running)
	if failure != nil {
		m.fail(r, ir.Failed, failure)
		return
	}
	if m.setMax(r) && m.checkRetry(r) && m.setTimeout(r) {
		if r.node().Kind == ir.NMap { // most bodies have one task
			m.expect(r.inst().more.items.known(), r.inst().max())
		}
		m.work(r)
	}
}

// readItems computes the items of r and their keys. If that fails, there are
// none.
func (m *Machine) readItems(r ref) *Failure {
	x := r.inst().extra()
	x.items = nil
	failure := m.findItems(r)
	if failure != nil {
		x.items = nil
	}
	return failure
}

func (m *Machine) findItems(r ref) *Failure {
	n := r.node()
	v, failure := m.eval(r, n.list)
	if failure != nil {
		return failure
	}
	list, _ := v.(ir.List)
	if list, failure = m.batches(r, list); failure != nil {
		return failure
	}
	x := &items{limit: -1}
	r.inst().extra().items = x
	if n.Kind == ir.NExpand {
		return m.seed(r, list)
	}
	if int64(len(list)) >= 1<<31-1 {
		return &Failure{Node: m.id(r), Error: LimitExceeded, Message: "too many items"}
	}
	x.list = list
	x.regions, x.values = make([]*region, len(list)), make([]ir.Value, len(list))
	if failure = m.readTolerance(r); failure != nil {
		return failure
	}
	if n.key.none() {
		return m.shard(r)
	}
	x.keys, x.byKey = make([]string, len(list)), make(map[string]int32, len(list))
	scope := m.itemFrame(r)
	for k, v := range list {
		key, failure := m.itemKey(r, scope, v, int32(k))
		if failure != nil {
			return failure
		}
		if other, ok := x.byKey[key]; ok {
			return &Failure{Node: m.id(r), Error: DuplicateKey,
				Message: fmt.Sprintf("items %d and %d have the same key %q", other, k, key)}
		}
		x.keys[k], x.byKey[key] = key, int32(k)
	}
	return m.shard(r)
}

// batches cuts a list into lists of `batch` items.
func (m *Machine) batches(r ref, list ir.List) (ir.List, *Failure) {
	n := r.node()
	if n.options.batch.none() {
		return list, nil
	}
	size, failure := m.number(r, &r.frame, n.options.batch, 0)
	if failure == nil && size < 1 {
		failure = m.badOption(r, n.options.batch, "`batch` must be at least 1")
	}
	if failure != nil {
		return nil, failure
	}
	var batches ir.List
	for len(list) > 0 {
		k := min(size, int64(len(list)))
		batches = append(batches, list[:k:k])
		list = list[k:]
	}
	return batches, nil
}

// readTolerance computes how many items may fail.
func (m *Machine) readTolerance(r ref) *Failure {
	n, x := r.node(), r.inst().more.items
	t := n.Options.Tolerate
	switch {
	case t == nil:
		x.limit = -1
	case t.Count == nil:
		x.limit = int32(t.Percent*float64(len(x.list))/100 + 1e-9) // 1e-9 for what binary fractions lose
	default:
		limit, failure := m.number(r, &r.frame, n.options.tolerate, 0)
		if failure == nil && limit < 0 {
			failure = m.badOption(r, n.options.tolerate, "`tolerate` must be at least 0")
		}
		if failure != nil {
			return failure
		}
		x.limit = int32(min(max(limit, 0), 1<<30))
	}
	return nil
}

// itemFrame returns a frame for computing keys.
func (m *Machine) itemFrame(r ref) *eval.Frame {
	return &eval.Frame{Parent: &r.frame, Slots: make([]ir.Value, m.flow.regions[r.node().Inner].slots)}
}

// itemKey computes the key of an item.
func (m *Machine) itemKey(r ref, scope *eval.Frame, v ir.Value, k int32) (string, *Failure) {
	n := r.node()
	setItem(n, scope, v, k, 0)
	key, failure := m.evalIn(r, scope, n.key)
	if failure != nil {
		return "", failure
	}
	return escapeKey(keyText(key, n.key.expr.Type)), nil
}

// setItem sets the names that an item's body sees.
func setItem(n *node, f *eval.Frame, v ir.Value, k, depth int32) {
	if n.ItemSlot >= 0 {
		f.Slots[n.ItemSlot] = v
	}
	if n.IndexSlot >= 0 {
		f.Slots[n.IndexSlot] = ir.Int(k)
	}
	if n.Kind == ir.NExpand && n.DepthSlot >= 0 {
		f.Slots[n.DepthSlot] = ir.Int(depth)
	}
}

// fillItems instantiates the next item if a slot is free, and ends the map
// when all have ended.
func (m *Machine) fillItems(r ref) {
	n, i := r.node(), r.inst()
	x := i.more.items
	if x.next == x.known() { // all have begun
		if i.pending == 0 {
			if r != m.top { // a slice gives more than values
				i.give(x.value(n.Result))
			}
			m.complete(r)
		}
		return
	}
	if i.pending >= m.atOnce(r) {
		return
	}
	if m.full() {
		m.starve(r)
		return
	}
	k := x.next
	if x.found != nil {
		if k = x.found.begin(k); k < 0 {
			return
		}
	}
	x.next++
	var reg *region
	if x.shard != nil {
		reg = newRegion(n.slice.slices, r, k, "")
	} else {
		reg = newRegion(m.flow.regions[n.Inner], r, x.base+k, x.key(k))
		setItem(n, &reg.frame, x.list[k], x.base+k, x.found.depthOf(k))
	}
	x.regions[k] = reg
	m.push(r, doFill)
	m.launch(r, ref{reg, 0})
}

// itemEnded folds an item that has ended into its value and releases it.
func (m *Machine) itemEnded(p, r ref) {
	x, i := p.inst().more.items, r.inst()
	switch {
	case x.shard != nil:
		m.sliceEnded(p, r)
	case p == m.top:
		x.values[r.item-x.base] = outcomeOf(i)
	case i.status == ir.Succeeded:
		x.values[r.item] = i.value()
	case i.status != ir.Skipped:
		x.values[r.item] = outcomeOf(i)
	}
	m.drop(p, r)
	if x.found != nil {
		x.found.end(r.item)
	}
	m.push(p, doFill)
}

// tooMany reports whether the failure of item c is one of p's, and counts it.
func (m *Machine) tooMany(p, c ref) bool {
	x, i := p.inst().more.items, c.inst()
	if i.flags&counted == 0 {
		i.flags |= counted
		if x.failed++; x.shard != nil {
			from, to := x.shard.span(c.item)
			x.failed += to - from - 1
		}
	}
	if x.limit >= 0 {
		return x.failed > x.limit
	}
	return c.node().Eff
}

// value returns the list of what the items gave, as a value of type t.
func (x *items) value(t *ir.Type) ir.List {
	outcomes := t != nil && t.Elem != nil && t.Elem.Kind == ir.KOutcome
	values := x.values
	if x.shard != nil {
		values = x.shard.values
	}
	list := make(ir.List, 0, len(values))
	add := func(k int32) {
		v := values[k]
		o, is := v.(*ir.Outcome)
		switch {
		case v == nil || is && !outcomes:
		case !is && outcomes:
			list = append(list, &ir.Outcome{Status: ir.Succeeded, Value: v})
		case is && outcomes:
			list = append(list, o)
		default:
			list = append(list, v)
		}
	}
	if x.found == nil {
		for k := range values {
			add(int32(k))
		}
		return list
	}
	for _, k := range x.found.discovery(x.known()) {
		add(k)
	}
	return list
}

// reportItem shows that an item was cancelled before it was instantiated.
func (m *Machine) reportItem(r ref, k int32, because string) {
	x := r.inst().more.items
	id := m.id(r)
	if tries := r.inst().tries; tries > 1 && r.node().retries() {
		id = string(appendAttempt([]byte(id), tries))
	}
	c := Change{Node: id + "[" + x.key(k) + "]", Kind: "item", From: ir.Waiting, To: ir.Cancelled, Because: because,
		Order: append(order(r), x.base+k, int32(r.node().Body)), Parent: m.id(r)}
	if x.shard != nil {
		c.Node, c.Kind, c.Activity = id+sliceSegment+strconv.Itoa(int(k)+1), "child", m.flow.wf.Name
	}
	m.step.Changes = append(m.step.Changes, c)
}
