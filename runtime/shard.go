package runtime

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/flowc/flowc/compiler/ir"
)

// A map with `shard = n` does its items in slices of n, each a child run, where
// the driver runs such (Start.Shards): a service that keeps a history of a run
// ends it when that grows too long. The parent computes the items and their
// keys, and asks for slices where it would begin items; slice.go is the child's
// side. Nothing that a flow can see depends on it.
//
// A slice stands in the map as an item would: it is a child call (sliceNode),
// in a region of its own, with the id of the map and `/slice1`, `/slice2`, ….
// It fails when too many of its items do, and otherwise gives the outcomes of
// all of them; the map counts those together. One whose run was lost counts as
// the failure of each of its items.
//
// `max` counts items: with max = m and shard = n, m/n slices are at work at a
// time, and at least one, which has at most m items at work.
//
// What is done in place, in one run: a map of no more than n items; one whose
// body can be undone, waits for a signal, or returns from the workflow, since
// that concerns the run as a whole; and all maps of a run with Start.Only.

// sharding is the state of a map whose items are in slices.
type sharding struct {
	size   int32
	list   ir.List
	keys   []string   // nil means the index is the key
	values []ir.Value // what the items gave; as items.values
}

// sliceSegment follows the id of a map in that of a slice, before its number.
const sliceSegment = "/slice"

// span returns the items of slice k.
func (s *sharding) span(k int32) (from, to int32) {
	return k * s.size, min(k*s.size+s.size, int32(len(s.list)))
}

// sliceNode makes the node that stands for a slice of the map n, nil if its
// items cannot be in slices.
func (f *flow) sliceNode(n *node) *node {
	if n.Kind != ir.NMap || n.options.shard.none() || n.undoes {
		return nil
	}
	for _, inner := range f.nodes[n.Body:f.nodes[n.Body].End] {
		switch inner.Kind {
		case ir.NWait:
			if inner.Signal != "" {
				return nil
			}
		case ir.NReturn, ir.NYield, ir.NNext, ir.NGrow:
			if inner.Target < n.Body {
				return nil
			}
		}
	}
	body := f.nodes[n.Body]
	call := &ir.Node{Kind: ir.NChild, ID: n.ID + sliceSegment, Parent: int(n.index), End: body.End, Frame: n.Inner, Slot: -1, Target: -1,
		Eff: body.Eff, Result: ir.NoneType, At: n.At, Extent: n.Extent, Call: &ir.Call{Callee: f.wf.Name}}
	s := newNode(call, body.index)
	s.options, s.parent, s.child, s.kind, s.shown = noOptions, n, f, "child", true
	s.region, s.localEnd = body.region, 1
	s.slices = &regionPlan{owner: n, nodes: []*node{s}, slice: true}
	s.ends = n.ends
	return s
}

// shard puts the items of r, which have been read, in slices, if they are to
// be.
func (m *Machine) shard(r ref) *Failure {
	n, x := r.node(), r.inst().more.items
	if n.slice == nil || !m.begin.Shards || m.only != nil {
		return nil
	}
	size, failure := m.number(r, &r.frame, n.options.shard, 0)
	if failure == nil && size < 1 {
		failure = m.badOption(r, n.options.shard, "`shard` must be at least 1")
	}
	if failure != nil || size >= int64(len(x.list)) {
		return failure
	}
	x.shard = &sharding{size: int32(size), list: slices.Clone(x.list), keys: x.keys, values: x.values}
	count := (int64(len(x.list)) + size - 1) / size
	x.list, x.keys, x.byKey = make(ir.List, count), nil, nil
	x.regions, x.values = make([]*region, count), make([]ir.Value, count)
	return nil
}

// atOnce returns how many items, or slices, of r may be at work.
func (m *Machine) atOnce(r ref) int32 {
	most := r.inst().max()
	if s := r.inst().more.items.shard; s != nil {
		return max(1, most/s.size)
	}
	return most
}

// sliceChild makes the child run of the slice r.
func (m *Machine) sliceChild(r ref) *Child {
	c := m.emptyChild(r)
	s := r.owner.inst().more.items.shard
	from, to := s.span(r.item)
	c.Slice = &Slice{Node: m.id(r.owner), From: int(from), To: int(to), State: m.sliceState(r.owner, from, to)}
	return c
}

// sliceDone takes what a slice gave: the outcomes of its items, in order.
func (m *Machine) sliceDone(r ref, raw json.RawMessage) {
	p := r.owner
	x := p.inst().more.items
	from, to := x.shard.span(r.item)
	v, err := ir.Decode(raw, m.outcomesType(p.node()), ir.IgnoreUnknown)
	list, _ := v.(ir.List)
	if err == nil && len(list) != int(to-from) {
		err = fmt.Errorf("%d outcomes of %d items", len(list), to-from)
	}
	if err != nil {
		m.fail(r, ir.Failed, &Failure{Node: m.id(r), Error: BadResult, Message: "the result of the slice does not fit: " + err.Error()})
		return
	}
	r.inst().flags |= counted
	var tooMany *ir.Record
	for k, v := range list {
		o := v.(*ir.Outcome)
		x.shard.values[from+int32(k)] = itemValue(o)
		if bad(o.Status) {
			if x.failed++; x.limit >= 0 && x.failed > x.limit && tooMany == nil {
				tooMany = o.Error
			}
		}
	}
	if tooMany != nil {
		m.fail(r, ir.Failed, failureOf(tooMany))
		return
	}
	m.complete(r)
}

// itemValue returns what an item with this outcome leaves in items.values.
func itemValue(o *ir.Outcome) ir.Value {
	switch {
	case o.Status == ir.Skipped:
		return nil
	case o.Status != ir.Succeeded:
		return o
	case o.Value == nil:
		return ir.None{}
	}
	return o.Value
}

// failureOf is the inverse of Failure.value.
func failureOf(r *ir.Record) *Failure {
	f := &Failure{}
	for k, name := range r.Names {
		switch v := r.Values[k].(type) {
		case ir.String:
			switch name {
			case "node":
				f.Node = string(v)
			case "error":
				f.Error = string(v)
			case "message":
				f.Message = string(v)
			}
		case ir.Int:
			f.Attempts = int(v)
		case ir.JSON:
			if v != "null" {
				f.Details = json.RawMessage(v)
			}
		}
	}
	return f
}

// sliceEnded folds a slice that has ended into the values of its items.
func (m *Machine) sliceEnded(p, r ref) {
	x, i := p.inst().more.items, r.inst()
	from, to := x.shard.span(r.item)
	for k := from; k < to; k++ {
		if i.status != ir.Succeeded {
			x.shard.values[k] = outcomeOf(i)
		}
		x.shard.list[k] = nil // it is not asked for again
	}
}

// outcomesType is the type of what a slice of the map n gives.
func (m *Machine) outcomesType(n *node) *ir.Type {
	item := m.flow.nodes[n.Body].Result
	if item == nil {
		item = ir.NoneType
	}
	return ir.ListOf(ir.OutcomeOf(item))
}

// findSlice returns the slice whose id is that of a map, without keys, and
// sliceSegment with a number.
func (m *Machine) findSlice(static string, cut int, keys []string) ref {
	k, err := strconv.ParseInt(static[cut+len(sliceSegment):], 10, 32)
	n := m.flow.byID[static[:cut]]
	if err != nil || n == nil || n.slice == nil {
		return ref{}
	}
	reg := m.regionOf(n.region, keys)
	if reg == nil {
		return ref{}
	}
	x := reg.insts[n.local].more
	if x == nil || x.items == nil || x.items.shard == nil || k < 1 || k > int64(len(x.items.regions)) || x.items.regions[k-1] == nil {
		return ref{}
	}
	return ref{x.items.regions[k-1], 0}
}
