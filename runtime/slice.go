package runtime

import (
	"encoding/json"
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
)

// A run whose Start has a Slice does some items of a map of the workflow, and
// nothing else. Its tree is that of the workflow cut down to the map, which is
// the root of it: what is around the map is there only so that ids are those
// of the whole run, and names have their values. It knows itself as the whole
// run does, too (run.id, and with it uuid(), idempotency keys and the runs of
// children).
//
// Its result is a list with an outcome (`{"status": …, "value": …, "error": …}`)
// of each item, in order. When more of its items fail than the map tolerates it
// fails itself, with the failure of the one that was too many.

// sliceVersion is the version of the form below.
const sliceVersion = 1

// sliceState is the form of Slice.State. Values are as [pool] says.
type sliceState struct {
	Version    int               `json:"version"`
	Run        string            `json:"run"`
	WorkflowID string            `json:"workflowId,omitempty"`
	Tags       []string          `json:"tags,omitempty"`
	Values     []json.RawMessage `json:"values,omitempty"`
	Frames     []sliceFrame      `json:"frames"`             // those around the items, outermost first
	Attempts   [][2]int32        `json:"attempts,omitempty"` // of the map and the blocks around it that are tried again: place in document order, and which
	Items      []json.RawMessage `json:"items"`
	Keys       []string          `json:"keys,omitempty"` // [] where the index is the key
	Limit      int32             `json:"limit"`          // failures that are tolerated, -1 if none is counted
	Max        int32             `json:"max,omitempty"`  // items at a time, 0 for all
}

// sliceFrame is one frame around the items.
type sliceFrame struct {
	Item  int32             `json:"item"`
	Key   string            `json:"key,omitempty"`
	Slots []int32           `json:"slots,omitempty"` // those that the items read, and
	Set   []json.RawMessage `json:"set,omitempty"`   // what is in them
}

// sliceState writes down what the child run needs for some items of p.
func (m *Machine) sliceState(p ref, from, to int32) json.RawMessage {
	n, x := p.node(), p.inst().more.items
	pool := newPool(m.plan.types)
	s := sliceState{Version: sliceVersion, Run: m.begin.Run, WorkflowID: m.begin.WorkflowID, Tags: m.begin.Tags,
		Limit: x.limit}
	if p.inst().more.max > 0 {
		s.Max = min(p.inst().more.max, x.shard.size)
	}
	for _, v := range x.shard.list[from:to] {
		s.Items = append(s.Items, pool.put(v))
	}
	if x.shard.keys != nil {
		s.Keys = x.shard.keys[from:to]
	}
	var chain []ref // maps and loops around, innermost first, the sharded one included
	for r := p; r.region != nil; r = r.owner {
		chain = append(chain, r)
	}
	for k := len(chain) - 1; k >= 0; k-- {
		r := chain[k]
		frame := sliceFrame{Item: r.item, Key: r.key}
		for slot, v := range r.frame.Slots {
			if v != nil && n.slice.reads[[2]int{int(r.node().region), slot}] {
				frame.Slots, frame.Set = append(frame.Slots, int32(slot)), append(frame.Set, pool.put(v))
			}
		}
		s.Frames = append(s.Frames, frame)
		for _, q := range append(r.node().retriers[:len(r.node().retriers):len(r.node().retriers)], r.node()) {
			if tries := r.insts[q.local].tries; q.retries() && tries > 1 {
				s.Attempts = append(s.Attempts, [2]int32{q.index, tries})
			}
		}
	}
	s.Values = pool.list
	if pool.err != nil { // no value is of a type that the program does not have
		m.bug(p, "cannot be in slices: "+pool.err.Error())
	}
	b, err := json.Marshal(s)
	if err != nil {
		m.bug(p, "cannot be in slices: "+err.Error())
	}
	return b
}

// startSlice begins a run that is a slice.
func (m *Machine) startSlice() (err error) {
	m.carried = true
	defer asMisread("the state of a slice cannot be read", &err)
	x := restorer{m: m, unpool: unpool{decls: m.plan.types}}
	state := x.slice(m.begin.Slice)
	if failure := m.readParams(m.top, m.begin); failure != nil {
		m.move(m.top, ir.Running)
		m.fail(m.top, ir.Failed, failure)
		return nil
	}
	count := len(state.Items)
	items := &items{limit: state.Limit, base: int32(m.begin.Slice.From), keys: state.Keys}
	items.list, items.values, items.regions = x.values(state.Items), make([]ir.Value, count), make([]*region, count)
	if items.keys != nil {
		if len(items.keys) != count {
			x.fail("the keys are not those of the items")
		}
		items.byKey = make(map[string]int32, count)
		for k, key := range items.keys {
			items.byKey[key] = items.base + int32(k)
		}
	}
	i := m.top.inst()
	i.extra().items, i.more.max = items, state.Max
	i.tries = max(1, i.tries)
	m.move(m.top, ir.Running)
	m.expect(items.known(), i.max())
	m.push(m.top, doFill)
	return nil
}

// slice builds the tree around the items, which waits.
func (x *restorer) slice(s *Slice) *sliceState {
	m := x.m
	var state sliceState
	x.json(s.State, &state)
	if state.Version != sliceVersion {
		x.fail("it was written by another flowc (version %d, this one knows %d)", state.Version, sliceVersion)
	}
	n := m.flow.byID[ir.StaticID(s.Node)]
	if n == nil || n.slice == nil || s.From < 0 || s.To-s.From != len(state.Items) || s.To >= 1<<31-1 {
		x.fail("it is not one of a map of this workflow")
	}
	m.flow = m.flow.cutDown(n)
	start := *m.begin
	start.Run, start.WorkflowID, start.Tags = state.Run, state.WorkflowID, state.Tags
	m.begin = &start
	x.read(state.Values)

	var frames []int32 // from the map outwards
	for at, q := n.region, n; ; at = q.region {
		frames = append(frames, at)
		if q = m.flow.regions[at].owner; q == nil {
			break
		}
	}
	if len(frames) != len(state.Frames) {
		x.fail("it stands elsewhere in this workflow")
	}
	owner := ref{}
	for k, f := range state.Frames {
		plan := m.flow.regions[frames[len(frames)-1-k]]
		reg := newRegion(plan, owner, f.Item, f.Key)
		if owner.region == nil {
			m.root = reg
		} else { // so that ids of what is in it lead there
			owner.inst().extra().items = &items{base: f.Item, regions: []*region{reg}, byKey: map[string]int32{f.Key: f.Item}}
		}
		for j, v := range x.values(f.Set) {
			if j >= len(f.Slots) || f.Slots[j] < 0 || int(f.Slots[j]) >= len(reg.frame.Slots) {
				x.fail("a name is not one of this workflow")
			}
			reg.frame.Slots[f.Slots[j]] = v
		}
		for _, a := range state.Attempts {
			if a[0] >= 0 && int(a[0]) < len(m.flow.nodes) && m.flow.regions[m.flow.nodes[a[0]].region] == plan {
				reg.insts[m.flow.nodes[a[0]].local].tries = a[1]
			}
		}
		next := n
		if k+1 < len(frames) {
			next = m.flow.regions[frames[len(frames)-2-k]].owner
		}
		owner = ref{reg, next.local}
	}
	m.top = owner
	if id := m.id(m.top); id != s.Node {
		x.fail("it is that of %s, not of %s", id, s.Node)
	}
	return &state
}

// cutDown returns the flow whose root is the map n. What is around its items
// belongs to the whole run: its handlers, attempts and timeout.
func (f *flow) cutDown(n *node) *flow {
	options := *n.options
	options.timeout, options.retry = code{}, nil
	own := *n.Node
	own.Handlers = nil
	root := *n
	root.Node, root.options, root.parent, root.Handlers, root.Explicit, root.Slot = &own, &options, nil, nil, false, -1

	g := *f
	g.nodes = append([]*node(nil), f.nodes...)
	g.nodes[n.index] = &root
	g.regions = append([]*regionPlan(nil), f.regions...)
	plan := *f.regions[n.region]
	plan.nodes = append([]*node(nil), plan.nodes...)
	plan.nodes[n.local] = &root
	g.regions[n.region] = &plan
	return &g
}

// sliceResult returns the outcomes of the items of a slice that has ended.
func (m *Machine) sliceResult() (json.RawMessage, error) {
	list := make(ir.List, 0, len(m.top.inst().more.items.values))
	for _, v := range m.top.inst().more.items.values {
		if v == nil {
			v = outcomeSkipped
		}
		list = append(list, v)
	}
	return ir.Encode(list, m.outcomesType(m.top.node()))
}

// asMisread turns the panic of a state that cannot be read into an error.
func asMisread(what string, err *error) {
	switch p := recover().(type) {
	case nil:
	case misread:
		*err = fmt.Errorf("%s: %s", what, p.message)
	default:
		panic(p)
	}
}
