package runtime

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
)

// A snapshot is the state of a run between two events, for a run that goes on
// with it: a driver whose history must not grow for ever starts that with
// Start.Carried. It holds what is still at work and what may still be read or
// undone, not what has happened. A key in it is never used for something else;
// what an older reader would misunderstand takes a new version.

// snapshotVersion is the version of the form below.
const snapshotVersion = 1

// snapshot is the form of a snapshot. Values and failures are as [pool] says.
type snapshot struct {
	Version  int               `json:"version"`
	Start    *Start            `json:"start"` // without what has been read already
	Values   []json.RawMessage `json:"values,omitempty"`
	Params   []json.RawMessage `json:"params,omitempty"` // of the program, in order
	Root     *regionState      `json:"root,omitempty"`
	Mail     []mailState       `json:"mail,omitempty"`
	Starved  [][]int32         `json:"starved,omitempty"`
	Asked    []string          `json:"asked,omitempty"`
	Open     int               `json:"open,omitempty"`
	DrawnFor string            `json:"drawnFor,omitempty"` // what uuid() goes on with
	Drawn    int               `json:"drawn,omitempty"`
	Ended    *endState         `json:"ended,omitempty"`
	Lost     []lostState       `json:"lost,omitempty"`
}

// endState is how a run ended that may still be undone.
type endState struct {
	Status  ir.Status         `json:"status"`
	Result  string            `json:"result,omitempty"` // as text, so that it stays as it is
	Failure json.RawMessage   `json:"failure,omitempty"`
	Was     ir.Status         `json:"was"`           // of the run itself, before it was undone
	Why     json.RawMessage   `json:"why,omitempty"` // likewise
	Undoing bool              `json:"undoing,omitempty"`
	Unmade  []json.RawMessage `json:"unmade,omitempty"`
}

type regionState struct {
	Item  int32             `json:"i,omitempty"`
	Slots []json.RawMessage `json:"s,omitempty"` // without those at the end that are not set
	Insts []instState       `json:"n,omitempty"` // those that are not as new
}

type instState struct {
	At      int32      `json:"n"` // local index
	Status  ir.Status  `json:"s,omitempty"`
	Ending  ir.Status  `json:"e,omitempty"`
	Phase   phase      `json:"p,omitempty"`
	Flags   flags      `json:"f,omitempty"`
	Tries   int32      `json:"t,omitempty"`
	Pending int32      `json:"w,omitempty"`
	Left    int32      `json:"l,omitempty"`
	Next    int32      `json:"x,omitempty"`
	More    *moreState `json:"m,omitempty"`
}

type moreState struct {
	Failure json.RawMessage `json:"failure,omitempty"`
	Because string          `json:"because,omitempty"`
	Value   json.RawMessage `json:"value,omitempty"`
	Given   bool            `json:"given,omitempty"`
	Timers  []timerState    `json:"timers,omitempty"`
	Due     ir.Time         `json:"due,omitempty"`
	Ready   []int32         `json:"ready,omitempty"`
	Max     int32           `json:"max,omitempty"`
	Items   *itemsState     `json:"items,omitempty"`
	Undo    *undoState      `json:"undo,omitempty"`
	Task    *taskState      `json:"task,omitempty"`
	Child   *childState     `json:"child,omitempty"`
}

type timerState struct {
	Timer TimerKind `json:"timer"`
	Due   ir.Time   `json:"due"`
}

type itemsState struct {
	Keys    []string          `json:"keys,omitempty"`
	Known   int32             `json:"known,omitempty"`
	List    []json.RawMessage `json:"list,omitempty"` // [] for those that have begun
	Regions []regionState     `json:"regions,omitempty"`
	Values  []json.RawMessage `json:"values,omitempty"`
	Next    int32             `json:"next,omitempty"`
	Failed  int32             `json:"failed,omitempty"`
	Limit   int32             `json:"limit"`
	Base    int32             `json:"base,omitempty"`
	Round   int32             `json:"round,omitempty"`
	Most    int64             `json:"most"`
	Found   *foundState       `json:"found,omitempty"`
	Starved bool              `json:"starved,omitempty"`
	Shard   *shardState       `json:"shard,omitempty"`
}

type shardState struct {
	Size   int32             `json:"size"`
	Keys   []string          `json:"keys,omitempty"`
	List   []json.RawMessage `json:"list"`
	Values []json.RawMessage `json:"values"`
}

type foundState struct {
	Seeds  int32           `json:"seeds"`
	Growth [][]growthState `json:"growth,omitempty"`
	Levels *levelsState    `json:"levels,omitempty"`
}

type growthState struct {
	Place []int32 `json:"p"`
	Items []int32 `json:"i"`
}

type levelsState struct {
	Depth []int32   `json:"depth"`
	Queue [][]int32 `json:"queue"`
	Open  []int32   `json:"open"`
	Floor int32     `json:"floor"`
	Order []int32   `json:"order"`
}

type undoState struct {
	Root    bool       `json:"root,omitempty"`
	Caught  bool       `json:"caught,omitempty"`
	Pending int32      `json:"w,omitempty"`
	Next    int32      `json:"x,omitempty"`
	Waits   []int32    `json:"waits,omitempty"`
	Tries   int32      `json:"t,omitempty"`
	Backoff bool       `json:"backoff,omitempty"`
	Due     ir.Time    `json:"due,omitempty"`
	Done    bool       `json:"done,omitempty"`
	Failed  bool       `json:"failed,omitempty"`
	Before  int32      `json:"before,omitempty"`
	Task    *taskState `json:"task,omitempty"`
}

type lostState struct {
	Node     string            `json:"node"`
	Kind     string            `json:"kind"`
	Activity string            `json:"activity"`
	Parent   string            `json:"parent,omitempty"`
	Order    []int32           `json:"order"`
	Undo     string            `json:"undo"` // its activity
	Args     []json.RawMessage `json:"args,omitempty"`
	State    undoState         `json:"state"`
	Undone   bool              `json:"undone,omitempty"`
}

type taskState struct {
	Args         []json.RawMessage `json:"args,omitempty"`
	Version      string            `json:"version,omitempty"`
	TaskList     string            `json:"taskList,omitempty"`
	Priority     int               `json:"priority,omitempty"`
	Timeout      ir.Duration       `json:"timeout,omitempty"`
	QueueTimeout ir.Duration       `json:"queueTimeout,omitempty"`
	Heartbeat    ir.Duration       `json:"heartbeat,omitempty"`
	TotalTimeout ir.Duration       `json:"totalTimeout,omitempty"`
}

type childState struct {
	Input    map[string]json.RawMessage `json:"input,omitempty"`
	Timeout  ir.Duration                `json:"timeout,omitempty"`
	TaskList string                     `json:"taskList,omitempty"`
	Tags     []string                   `json:"tags,omitempty"`
}

type mailState struct {
	Name    string            `json:"name"`
	Values  []json.RawMessage `json:"values,omitempty"`
	Waiting [][]int32         `json:"waiting,omitempty"` // places in document order
}

// Snapshot returns the state of a run that has begun and not ended, or that can
// still be undone, for [Start].Carried of a run that goes on with it. It is called between two
// events. A machine whose first event carries it wants again what was open:
// ScheduleTask and StartChild for what has not been answered, followed by
// CancelTask or CancelChild where that was asked for, and StartTimer with the
// time that the timer was for. Ids, attempts, idempotency keys and run ids of
// children are those of before, and so is all that follows.
//
// Its size is that of the live state: what is at work, and the values that may
// still be read. It is JSON.
func (m *Machine) Snapshot() (_ []byte, err error) {
	defer m.contradiction(&err)
	switch {
	case m.err != nil:
		return nil, m.err
	case m.begin == nil:
		return nil, errors.New("the run has not begun")
	case m.root == nil:
		return nil, errors.New("the run has ended, and nothing in it can be undone")
	}
	s := snapshotter{m: m, pool: newPool(m.plan.types)}
	state := &snapshot{Version: snapshotVersion, Start: m.carriedStart(), Asked: m.asked, Open: m.open}
	for _, q := range m.plan.prog.Params {
		state.Params = append(state.Params, s.put(m.env.Params[q.Name]))
	}
	root := s.top()
	state.Root = &root
	for _, name := range slices.Sorted(maps.Keys(m.signals)) {
		state.Mail = append(state.Mail, s.mail(name, m.signals[name]))
	}
	for _, w := range m.starved {
		if m.at(w.place) == w.ref {
			state.Starved = append(state.Starved, w.place)
		}
	}
	if m.done || m.undoing {
		o := m.outcome
		state.Ended = &endState{Status: o.Status, Result: string(o.Result), Failure: s.failure(o.Failure),
			Was: m.ended.Status, Why: s.failure(m.ended.Failure), Undoing: m.undoing}
		for _, f := range m.unmade {
			state.Ended.Unmade = append(state.Ended.Unmade, s.failure(f))
		}
	}
	for _, l := range m.lost {
		state.Lost = append(state.Lost, lostState{Node: l.step.Node, Kind: l.step.Kind, Activity: l.step.Activity, Parent: l.step.Parent,
			Order: l.step.Order, Undo: l.act.Name, Args: s.values(l.args), State: *stateOf(&l.undoing), Undone: l.undone})
	}
	state.DrawnFor, state.Drawn = m.env.Drawn()
	state.Values = s.list
	if s.err != nil {
		return nil, s.err
	}
	return json.Marshal(state)
}

// carriedStart returns what of the first event is still needed: the arguments
// are in slots.
func (m *Machine) carriedStart() *Start {
	s := *m.given
	s.Input, s.Params, s.Carried = nil, nil, nil
	s.Reuse = m.stillReusable()
	return &s
}

// at returns the instance at a place in document order, the zero ref if there
// is none now.
func (m *Machine) at(place []int32) ref {
	reg := m.root
	for {
		if reg == nil || len(place) == 0 || place[0] < 0 || int(place[0]) >= len(m.flow.nodes) {
			return ref{}
		}
		n := m.flow.nodes[place[0]]
		if m.flow.regions[n.region] != reg.plan {
			return ref{}
		}
		r := ref{reg, n.local}
		if len(place) < 3 {
			return r
		}
		x := r.inst().more
		if x == nil || x.items == nil {
			return ref{}
		}
		k := place[1] - x.items.base
		if k < 0 || int(k) >= len(x.items.regions) {
			return ref{}
		}
		reg, place = x.items.regions[k], place[2:]
	}
}

// snapshotter writes a snapshot.
type snapshotter struct {
	*pool
	m *Machine
}

func (s *snapshotter) values(list []ir.Value) []json.RawMessage {
	var out []json.RawMessage
	for _, v := range list {
		out = append(out, s.put(v))
	}
	return out
}

// top writes the region of the root: of a slice only that, since what is around
// it is in Start.Slice.
func (s *snapshotter) top() regionState {
	top := s.m.top
	state := s.region(top.region)
	if s.m.begin.Slice != nil {
		state.Slots = nil
		state.Insts = slices.DeleteFunc(state.Insts, func(i instState) bool { return i.At != top.at })
	}
	return state
}

func (s *snapshotter) region(reg *region) regionState {
	state := regionState{Item: reg.item}
	slots := slices.Clone(reg.frame.Slots)
	for k, live := range reg.live() {
		if !live {
			slots[k] = nil
		}
	}
	for len(slots) > 0 && slots[len(slots)-1] == nil {
		slots = slots[:len(slots)-1]
	}
	state.Slots = s.values(slots)
	for k := range reg.insts {
		i := &reg.insts[k]
		if *i == (inst{}) {
			continue
		}
		state.Insts = append(state.Insts, instState{At: int32(k), Status: i.status, Ending: i.ending, Phase: i.phase, Flags: i.flags,
			Tries: i.tries, Pending: i.pending, Left: i.left, Next: i.next, More: s.more(ref{reg, int32(k)})})
	}
	return state
}

func (s *snapshotter) more(r ref) *moreState {
	x := r.inst().more
	if x == nil {
		return nil
	}
	state := &moreState{Failure: s.failure(x.failure), Because: x.because, Given: x.given, Due: x.due, Ready: x.ready, Max: x.max}
	i := r.inst()
	gone := final(i.status) // what is around it has heard of it; but it may be undone
	if x.value != nil && (!gone || r.node().undo != nil) {
		state.Value = s.put(x.value)
	}
	for _, kind := range timerKinds {
		if x.timers&timerBit(kind) != 0 {
			state.Timers = append(state.Timers, timerState{kind, x.kept.due(kind)})
		}
	}
	if x.kept != nil && i.pending > 0 && i.phase == working {
		state.Task = s.task(x.kept.task)
		if c := x.kept.child; c != nil {
			state.Child = &childState{c.Input, c.Timeout, c.TaskList, c.Tags}
		}
	}
	if x.items != nil {
		state.Items = s.items(x.items, gone)
	}
	if u := x.undo; u != nil {
		state.Undo = stateOf(u)
		if u.pending > 0 {
			state.Undo.Task = s.task(u.task)
		}
	}
	return state
}

// stateOf returns the state of an undo, without its task.
func stateOf(u *undoing) *undoState {
	return &undoState{Root: u.root, Caught: u.caught, Pending: u.pending, Next: u.next, Waits: u.waits, Tries: u.tries, Backoff: u.backoff,
		Due: u.due, Done: u.done, Failed: u.failed, Before: u.before}
}

func (s *snapshotter) task(t *Task) *taskState {
	if t == nil {
		return nil
	}
	return &taskState{Args: s.values(t.Args), Version: t.Version, TaskList: t.TaskList, Priority: t.Priority, Timeout: t.Timeout,
		QueueTimeout: t.QueueTimeout, Heartbeat: t.Heartbeat, TotalTimeout: t.TotalTimeout}
}

// items writes the items of a node. Of one that has ended only those count that
// may be undone.
func (s *snapshotter) items(x *items, gone bool) *itemsState {
	if gone && !slices.ContainsFunc(x.regions, func(reg *region) bool { return reg != nil }) {
		return nil
	}
	state := &itemsState{Keys: x.keys, Known: x.known(), Values: s.values(x.values), Next: x.next, Failed: x.failed, Limit: x.limit,
		Base: x.base, Round: x.round, Most: x.most, Starved: x.starved}
	waits := make([]bool, x.known())
	for _, k := range x.unborn() {
		waits[k] = true
	}
	for k, v := range x.list {
		if !waits[k] {
			v = nil
		}
		state.List = append(state.List, s.put(v))
	}
	if x.next == x.known() {
		state.List = nil
	}
	for _, reg := range x.regions {
		if reg != nil {
			state.Regions = append(state.Regions, s.region(reg))
		}
	}
	if h := x.shard; h != nil {
		state.Shard = &shardState{h.size, h.keys, s.values(h.list), s.values(h.values)}
	}
	if f := x.found; f != nil {
		state.Found = &foundState{Seeds: f.seeds}
		for _, all := range f.growth {
			list := make([]growthState, len(all))
			for k, g := range all {
				list[k] = growthState{g.place, g.items}
			}
			state.Found.Growth = append(state.Found.Growth, list)
		}
		if l := f.levels; l != nil {
			state.Found.Levels = &levelsState{l.depth, l.queue, l.open, l.floor, l.order}
		}
	}
	return state
}

// mail writes a mailbox. Those that waited in items and rounds that are gone
// wait no more.
func (s *snapshotter) mail(name string, b *mailbox) mailState {
	state := mailState{Name: name, Values: s.values(b.values)}
	for _, r := range b.waiting {
		if place := order(r); s.m.at(place) == r {
			state.Waiting = append(state.Waiting, place)
		}
	}
	return state
}
