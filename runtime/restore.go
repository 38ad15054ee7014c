package runtime

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/flowc/flowc/compiler/ir"
)

// restore takes over the state that Start.Carried holds, and asks again for all
// that is open.
func (m *Machine) restore(s *Start) (err error) {
	defer asMisread("the state that was carried over cannot be read", &err)
	m.carried = true
	var state snapshot
	if err := json.Unmarshal(s.Carried, &state); err != nil {
		return fmt.Errorf("the state that was carried over cannot be read: %w", err)
	}
	if state.Version != snapshotVersion {
		return fmt.Errorf("the state that was carried over was written by another flowc (version %d, this one knows %d)", state.Version, snapshotVersion)
	}
	if err := carriedFits(s, state.Start, m.flow.wf.Name); err != nil {
		return err
	}
	m.given, m.begin = state.Start, state.Start
	m.outcome.Status = ir.Running
	m.only, m.asked, m.open = choose(m.begin), state.Asked, state.Open
	if m.begin.Reuse != nil {
		m.earlier = m.begin.Reuse.Tasks
	}
	x := restorer{m: m, unpool: unpool{decls: m.plan.types}}
	x.read(state.Values)
	if m.begin.Slice != nil {
		own := unpool{decls: m.plan.types}
		(&restorer{m: m, unpool: own}).slice(m.begin.Slice)
	}
	if len(state.Params) != len(m.plan.prog.Params) || state.Root == nil {
		x.fail("it is of another program")
	}
	m.env.Params = make(map[string]ir.Value, len(state.Params))
	for k, q := range m.plan.prog.Params {
		m.env.Params[q.Name] = x.value(state.Params[k])
	}
	if m.begin.Slice == nil {
		m.root = newRegion(m.flow.regions[0], ref{}, 0, "")
		m.top = ref{m.root, 0}
	}
	x.fill(m.top.region, state.Root)
	for _, b := range state.Mail {
		box := m.box(b.Name)
		box.values = x.values(b.Values)
		for _, place := range b.Waiting {
			box.waiting = append(box.waiting, x.at(place))
		}
	}
	for _, place := range state.Starved {
		m.starved = append(m.starved, starving{x.at(place), place})
	}
	m.env.Draws(state.DrawnFor, state.Drawn)
	if e := state.Ended; e != nil {
		x.ended(e)
	}
	for _, l := range state.Lost {
		x.lost(l)
	}
	x.resume(m.top.region)
	for _, l := range m.lost {
		x.askLost(l)
	}
	return nil
}

// carriedFits reports, as an error, that a carried state is not of the run that
// a start is of.
func carriedFits(s, carried *Start, workflow string) error {
	switch {
	case carried == nil:
		return fmt.Errorf("the state that was carried over cannot be read: it does not say of which run it is")
	case carried.Flags > Flags:
		return newerBehaviour(carried.Flags)
	case s.Run != "" && s.Run != carried.Run:
		return fmt.Errorf("the state that was carried over is that of run %s, not of %s", carried.Run, s.Run)
	case s.IR != "" && carried.IR != "" && s.IR != carried.IR:
		return fmt.Errorf("the state that was carried over is that of another definition (%s, not %s)", carried.IR, s.IR)
	case carried.Workflow != "" && carried.Workflow != workflow:
		return fmt.Errorf("the state that was carried over is that of workflow %s, not of %s", carried.Workflow, workflow)
	}
	return nil
}

// restorer reads a snapshot. A mistake in it is a panic with misread.
type restorer struct {
	unpool
	m *Machine
}

func (x *restorer) values(list []json.RawMessage) []ir.Value {
	out := make([]ir.Value, len(list))
	for k, raw := range list {
		out[k] = x.value(raw)
	}
	return out
}

// at returns the instance at a place.
func (x *restorer) at(place []int32) ref {
	r := x.m.at(place)
	if r.region == nil {
		x.fail("there is no node at %v", place)
	}
	return r
}

func (x *restorer) region(p *regionPlan, owner ref, state *regionState, key string) *region {
	reg := newRegion(p, owner, state.Item, key)
	x.fill(reg, state)
	return reg
}

// fill puts a state into a region.
func (x *restorer) fill(reg *region, state *regionState) {
	if len(state.Slots) > len(reg.frame.Slots) {
		x.fail("a frame has %d slots, not %d", len(reg.frame.Slots), len(state.Slots))
	}
	copy(reg.frame.Slots, x.values(state.Slots))
	for k := range state.Insts {
		s := &state.Insts[k]
		if s.At < 0 || int(s.At) >= len(reg.insts) || s.Status > ir.Reused || s.Ending > ir.Reused || s.Phase > over {
			x.fail("a node is in no state that there is")
		}
		reg.insts[s.At] = inst{status: s.Status, ending: s.Ending, phase: s.Phase, flags: s.Flags, tries: s.Tries,
			pending: s.Pending, left: s.Left, next: s.Next}
		if s.More != nil {
			x.more(ref{reg, s.At}, s.More)
		}
	}
}

func (x *restorer) more(r ref, s *moreState) {
	more := &more{failure: x.failure(s.Failure), because: s.Because, value: x.value(s.Value), given: s.Given, due: s.Due, ready: s.Ready, max: s.Max}
	r.inst().more = more
	for _, t := range s.Timers {
		more.timers |= timerBit(t.Timer)
		more.keep().dues[timerIndex(t.Timer)] = t.Due
	}
	n := r.node()
	if s.Task != nil && n.act != nil {
		more.keep().task = x.task(n.act, s.Task)
	}
	if c := s.Child; c != nil && n.Kind == ir.NChild {
		more.keep().child = &Child{Input: c.Input, Timeout: c.Timeout, TaskList: c.TaskList, Tags: c.Tags}
	}
	if s.Items != nil {
		x.items(r, s.Items)
	}
	if u := s.Undo; u != nil {
		undo := u.undoing()
		more.undo = &undo
		if u.Task != nil && n.undo != nil {
			more.undo.task = x.task(n.undo.act, u.Task)
		}
	}
}

// undoing is the inverse of stateOf.
func (s *undoState) undoing() undoing {
	return undoing{root: s.Root, caught: s.Caught, pending: s.Pending, next: s.Next, waits: s.Waits, tries: s.Tries, backoff: s.Backoff,
		due: s.Due, done: s.Done, failed: s.Failed, before: s.Before}
}

func (x *restorer) task(act *activity, s *taskState) *Task {
	t := &Task{Activity: act.Activity, Args: x.values(s.Args), Version: s.Version, TaskList: s.TaskList, Priority: s.Priority,
		Timeout: s.Timeout, QueueTimeout: s.QueueTimeout, Heartbeat: s.Heartbeat, TotalTimeout: s.TotalTimeout}
	if len(t.Args) != len(act.Params) {
		x.fail("a task of %s has %d arguments", act.Name, len(t.Args))
	}
	var err error
	if t.Input, err = encodeArgs(act.Activity, t.Args); err != nil {
		x.fail("a task of %s: %v", act.Name, err)
	}
	return t
}

func (x *restorer) items(r ref, s *itemsState) {
	n := r.node()
	if n.Kind != ir.NMap && n.Kind != ir.NExpand && n.Kind != ir.NLoop {
		x.fail("a node that is none of items has some")
	}
	list := &items{keys: s.Keys, values: x.values(s.Values), next: s.Next, failed: s.Failed, limit: s.Limit, base: s.Base,
		round: s.Round, most: s.Most, starved: s.Starved}
	r.inst().more.items = list
	if int(s.Known) != len(s.Values) || s.Next < 0 || s.Next > s.Known || s.Keys != nil && len(s.Keys) != int(s.Known) || s.List != nil && len(s.List) != int(s.Known) {
		x.fail("the items of a node do not fit together")
	}
	list.list = make(ir.List, s.Known)
	copy(list.list, x.values(s.List))
	if n.Kind == ir.NLoop {
		list.list, list.values = nil, nil
	} else {
		list.regions = make([]*region, s.Known)
	}
	if s.Keys != nil {
		list.byKey = make(map[string]int32, len(s.Keys))
		for k, key := range s.Keys {
			list.byKey[key] = list.base + int32(k)
		}
	}
	if s.Found != nil {
		x.found(list, s.Found)
	} else if n.Kind == ir.NExpand {
		x.fail("an expand does not know how it found its items")
	}
	if h := s.Shard; h != nil {
		if n.slice == nil || h.Size < 1 || len(h.List) != len(h.Values) || h.Keys != nil && len(h.Keys) != len(h.List) ||
			int64(s.Known) != (int64(len(h.List))+int64(h.Size)-1)/int64(h.Size) {
			x.fail("the slices of a map do not fit together")
		}
		list.shard = &sharding{size: h.Size, list: x.values(h.List), keys: h.Keys, values: x.values(h.Values)}
	}
	x.regions(r, list, s.Regions)
}

// regions reads the items, or rounds, that are at work or may be undone.
func (x *restorer) regions(r ref, list *items, states []regionState) {
	inner := x.m.flow.regions[r.node().Inner]
	if list.shard != nil {
		inner = r.node().slice.slices
	}
	for k := range states {
		s := &states[k]
		if r.node().Kind == ir.NLoop {
			if s.Item != list.base+int32(k) {
				x.fail("a round is missing")
			}
			list.regions = append(list.regions, x.region(inner, r, s, strconv.Itoa(int(s.Item))))
			continue
		}
		k := s.Item - list.base
		if k < 0 || int(k) >= len(list.regions) {
			x.fail("there is no item %d", s.Item)
		}
		list.regions[k] = x.region(inner, r, s, list.key(k))
	}
}

func (x *restorer) found(list *items, s *foundState) {
	f := &found{seeds: s.Seeds}
	list.found = f
	if list.byKey == nil {
		list.byKey = map[string]int32{}
	}
	known := int32(len(list.values))
	if s.Seeds < 0 || s.Seeds > known || len(s.Growth) != int(known) {
		x.fail("an expand does not know how it found its items")
	}
	for _, all := range s.Growth {
		var grown []growth
		for _, g := range all {
			x.within(g.Items, known)
			grown = append(grown, growth{g.Place, g.Items})
		}
		f.growth = append(f.growth, grown)
	}
	l := s.Levels
	if l == nil {
		return
	}
	if len(l.Depth) != int(known) || len(l.Queue) != len(l.Open) || l.Floor < 0 || int(l.Floor) > len(l.Open) {
		x.fail("an expand does not know how deep its items are")
	}
	x.within(l.Depth, int32(len(l.Open)))
	x.within(l.Order, known)
	for _, q := range l.Queue {
		x.within(q, known)
	}
	f.levels = &levels{l.Depth, l.Queue, l.Open, l.Floor, l.Order}
}

// within checks that indexes are of a list of n.
func (x *restorer) within(indexes []int32, n int32) {
	for _, k := range indexes {
		if k < 0 || k >= n {
			x.fail("%d is none of %d", k, n)
		}
	}
}

// ended reads how the run ended.
func (x *restorer) ended(s *endState) {
	m := x.m
	if s.Status > ir.Reused || s.Was > ir.Reused {
		x.fail("the run is in no state that there is")
	}
	m.done, m.undoing = !s.Undoing, s.Undoing
	m.outcome = Outcome{Status: s.Status, Failure: x.failure(s.Failure)}
	if s.Result != "" {
		m.outcome.Result = json.RawMessage(s.Result)
	}
	m.ended = Outcome{s.Was, m.outcome.Result, x.failure(s.Why)}
	for _, raw := range s.Unmade {
		m.unmade = append(m.unmade, x.failure(raw))
	}
}

// lost reads a step of an attempt that is gone.
func (x *restorer) lost(s lostState) {
	act := x.m.plan.acts[s.Undo]
	if act == nil || len(s.Args) != len(act.Params) {
		x.fail("there is no activity %s of %d parameters", s.Undo, len(s.Args))
	}
	x.m.lost = append(x.m.lost, &lost{undoing: s.State.undoing(), act: act, args: x.values(s.Args), undone: s.Undone,
		step: Change{Node: s.Node, Kind: s.Kind, Activity: s.Activity, Parent: s.Parent, Order: s.Order}})
}

// askLost asks again for the task that undoes such a step, or for its timer.
func (x *restorer) askLost(l *lost) {
	if l.pending == 0 {
		return
	}
	m := x.m
	m.reportLost(l, ir.Waiting, ir.Running, nil)
	if l.backoff {
		m.step.Commands = append(m.step.Commands, Command{Type: StartTimer, Node: l.step.Node + undoSuffix, Timer: RetryTimer, Due: l.due})
	} else if failure := m.askLost(l); failure != nil {
		x.fail("%s: %s", failure.Node, failure.Message)
	}
}

// resume shows the nodes of a region that have begun, and asks for what is open
// in it, in document order.
func (x *restorer) resume(reg *region) {
	for k := range reg.insts {
		r := ref{reg, int32(k)}
		i := r.inst()
		if i.status == ir.Waiting {
			continue
		}
		x.show(r)
		if i.status == ir.Running {
			x.ask(r)
		}
		if i.more == nil {
			continue
		}
		if u := i.more.undo; u != nil {
			if u.failed && x.m.ended.Status == ir.Waiting {
				x.m.failed = append(x.m.failed, r)
			}
			x.askUndo(r)
		}
		if i.more.items != nil {
			for _, inner := range i.more.items.regions {
				if inner != nil {
					x.resume(inner)
				}
			}
		}
	}
}

// show reports how far r has come.
func (x *restorer) show(r ref) {
	m, i := x.m, r.inst()
	if m.quiet || !r.node().shown {
		return
	}
	ending := i.ending
	i.ending = ir.Waiting
	m.report(r, ir.Waiting, i.status)
	i.ending = ending
	if i.status == ir.Running && ending != ir.Waiting && i.phase != backoff {
		m.report(r, ir.Running, ir.Running)
	}
}

// ask asks again for the task, the child and the timers of r.
func (x *restorer) ask(r ref) {
	m, n, i := x.m, r.node(), r.inst()
	open := i.pending > 0 && i.phase == working
	switch {
	case open && n.Kind == ir.NActivity:
		x.askTask(r)
	case open && n.Kind == ir.NChild:
		x.askChild(r)
	default:
		open = false
	}
	if open && i.ending != ir.Waiting {
		m.askToStop(r)
	}
	if i.more == nil {
		return
	}
	for _, kind := range timerKinds {
		if i.more.timers&timerBit(kind) != 0 {
			m.step.Commands = append(m.step.Commands, Command{Type: StartTimer, Node: m.id(r), Timer: kind, Due: i.more.kept.due(kind)})
		}
	}
}

func (x *restorer) askTask(r ref) {
	m, i := x.m, r.inst()
	var task *Task
	if i.more != nil && i.more.kept != nil {
		task = i.more.kept.task
	}
	if task == nil {
		var failure *Failure
		if task, failure = m.task(r); failure != nil {
			x.fail("%s: %s", failure.Node, failure.Message)
		}
	} else {
		task.At = r.node().At
	}
	if task.TotalTimeout > 0 {
		task.TotalTimeout = ir.Duration(max(1, i.extra().due-m.now))
	}
	m.ask(r, task)
}

func (x *restorer) askChild(r ref) {
	m, i := x.m, r.inst()
	var c *Child
	if i.more != nil && i.more.kept != nil {
		c = i.more.kept.child
	}
	if c == nil {
		var failure *Failure
		if c, failure = m.child(r); failure != nil {
			x.fail("%s: %s", failure.Node, failure.Message)
		}
	} else {
		own := m.emptyChild(r)
		own.Input, own.Timeout, own.TaskList, own.Tags = c.Input, c.Timeout, c.TaskList, c.Tags
		c = own
	}
	m.step.Commands = append(m.step.Commands, Command{Type: StartChild, Node: m.id(r), Attempt: int(i.tries), Child: c})
}

// askUndo asks again for the task that undoes r, or for its timer.
func (x *restorer) askUndo(r ref) {
	m, n, u := x.m, r.node(), r.inst().more.undo
	if n.undo == nil || u.pending == 0 || u.caught || u.done {
		return
	}
	m.reportUndo(r, ir.Waiting, ir.Running, nil)
	if u.backoff {
		m.step.Commands = append(m.step.Commands, Command{Type: StartTimer, Node: m.id(r) + undoSuffix, Timer: RetryTimer, Due: u.due})
		return
	}
	task := u.task
	if task == nil {
		var failure *Failure
		if task, failure = m.undoTask(r); failure != nil {
			x.fail("%s: %s", failure.Node, failure.Message)
		}
	} else {
		task.At = n.At
	}
	m.askUndo(r, task)
}
