package runtime

import "github.com/flowc/flowc/compiler/ir"

// A failure climbs from the node that failed to the nodes around it, as long
// as each is informed and has nothing to do before its parent may hear of it.
// Then one flood cancels what the climb left unfinished.

// informs reports whether the failure of c is one of p's.
func (m *Machine) informs(p, c ref) bool {
	if c.node().instant() { // a `let` or a `raise` fails the block that it stands in
		return true
	}
	switch p.node().Kind {
	case ir.NGroup, ir.NDag, ir.NRace:
		return c.node().Eff
	case ir.NMap, ir.NExpand:
		return m.tooMany(p, c)
	}
	return true // R1, and what has but one member
}

// climb informs the parents of r, which ended badly and is not absorbed, and
// floods them.
func (m *Machine) climb(r ref) {
	f := r.inst().failure()
	path := m.path[:0]
	for p, _ := r.parent(); ; {
		i := p.inst()
		i.ending = ir.Failed
		i.extra().failure = f
		path = append(path, p)
		if p.node().handler || p.node().explicitFalse() || m.acts(p, f) {
			break
		}
		q, ok := p.parent()
		if !ok || q.inst().ending != ir.Waiting || !m.informs(q, p) {
			break
		}
		i.flags |= told
		p = q
	}
	m.path = path
	m.flood(r, path, flood{because: m.causeOf(r)})
}

// acts reports whether p, which fails with f, has something to do before its
// parent hears of it. It is where a climb stops.
func (m *Machine) acts(p ref, f *Failure) bool {
	n := p.node()
	if n.undoes || m.retryLeft(p) {
		return true
	}
	for _, h := range n.Handlers {
		if h.Kinds&(ir.HOnFailure|ir.HFinally) != 0 || catches(h, f) {
			return true
		}
	}
	return false
}

// causeOf returns the id of the node that failed first.
func (m *Machine) causeOf(r ref) string {
	if f := r.inst().failure(); f != nil {
		return f.Node
	}
	return m.causeID(r)
}

// causeID returns the id of r, if anybody is to see it.
func (m *Machine) causeID(r ref) string {
	if m.quiet {
		return ""
	}
	return m.id(r)
}

// flood says how a flood strikes.
type flood struct {
	because string // node that is the cause, "" for a cancel from outside
	own     bool   // the containers of the path were themselves cancelled or timed out, so their later steps are cancelled too, not skipped
	skip    bool   // they never began to work: everything in them is skipped
	flags   flags  // for those that are struck
}

// struck is a node that a flood has reached, and what became of it.
type struck struct {
	ref
	to     ir.Status
	unborn int32 // 1 + the index of an item of ref, a map, that has no instance
	enter  bool  // what is in it is next
	begun  bool  // it was running
}

// flood ends every unfinished node under the containers of path, which is
// innermost first, with from the member of path[0] that is not under them
// (none for the zero ref): breadth-first by distance from it, then in document
// order. Each container is then asked to settle, the innermost first.
func (m *Machine) flood(from ref, path []ref, f flood) {
	hit := m.hit[:0]
	wave := m.wave[:0]
	for k := 0; k < len(path) || len(wave) > 0; k++ {
		next := m.next[:0]
		if k < len(path) {
			next = m.besides(next, path[k], from, false, f)
		}
		for _, s := range wave {
			next = m.inside(next, s)
		}
		if k < len(path) {
			next = m.besides(next, path[k], from, true, f)
			from = path[k]
		}
		for j := range next {
			if m.strikeOne(&next[j], f) {
				hit = append(hit, next[j].ref)
			}
		}
		m.wave, m.next = next, wave[:0]
		wave = next
	}
	for k := len(path) - 1; k >= 0; k-- {
		m.push(path[k], doSettle)
	}
	for _, r := range hit {
		m.push(r, doSettle)
	}
	m.hit, m.wave, m.next = emptied(hit), emptied(m.wave), emptied(m.next)
}

// besides appends the unfinished members of p on one side of the one that the
// flood comes from, in document order. Those that a failed step or dag member
// leaves without a basis are skipped, the others cancelled.
func (m *Machine) besides(to []struck, p, from ref, after bool, f flood) []struck {
	n := p.node()
	status := ir.Cancelled
	switch n.Kind {
	case ir.NWorkflow, ir.NChain, ir.NBody:
		if !f.own {
			status = ir.Skipped
		}
	case ir.NDag:
		if !after && from.region != nil && bad(from.inst().ending) && !f.own {
			m.markUsers(p, from)
		}
	}
	if f.skip {
		status = ir.Skipped
	}
	if x := p.inst().more; x != nil && x.items != nil {
		return m.items(to, p, from, after)
	}
	m.each(p, func(c ref) {
		if from.region == p.region && c.at == from.at || final(c.inst().status) {
			return
		}
		if from.region == p.region && (c.at > from.at) != after || from.region != p.region && !after {
			return
		}
		s := status
		if n.Kind == ir.NDag && c.inst().pending == struckOut {
			s = ir.Skipped
		}
		to = append(to, struck{ref: c, to: s})
	})
	return to
}

// struckOut in the place of a waiting dag member's count says that it needs a
// member that failed.
const struckOut = -1

// markUsers marks the waiting members of a dag that need r.
func (m *Machine) markUsers(p, r ref) {
	for todo := []ref{r}; len(todo) > 0; todo = todo[1:] {
		for _, k := range todo[0].node().users {
			c := p.member(k)
			if i := c.inst(); i.status == ir.Waiting && i.pending != struckOut {
				i.pending = struckOut
				todo = append(todo, c)
			}
		}
	}
}

// inside appends what is unfinished directly in a node that was struck.
func (m *Machine) inside(to []struck, s struck) []struck {
	if !s.enter {
		return to
	}
	if !s.begun {
		for _, c := range m.below(nil, s.ref) {
			to = append(to, struck{ref: c, to: s.to})
		}
		return to
	}
	if s.inst().phase > unmaking {
		return to // its handlers are shielded
	}
	if x := s.inst().more; x != nil && x.items != nil {
		return m.items(to, s.ref, ref{}, true)
	}
	m.each(s.ref, func(c ref) {
		if !final(c.inst().status) {
			to = append(to, struck{ref: c, to: ir.Cancelled})
		}
	})
	return to
}

// each calls f for the members of a running container that have no region of
// their own, bodies included, in document order. Handlers are not members.
func (m *Machine) each(p ref, f func(ref)) {
	n := p.node()
	for _, k := range n.members {
		f(p.member(k))
	}
	switch n.Kind {
	case ir.NIf, ir.NSwitch:
		for _, b := range n.Branches {
			f(p.member(m.flow.nodes[b.Body].local))
		}
	case ir.NCanvas:
		f(m.body(p))
	case ir.NWait:
		if n.Else >= 0 {
			f(m.otherwise(p))
		}
	}
}

// items appends the unfinished items of p before or after the one that the
// flood comes from; for those that have no instance yet, changes are shown
// when the others have been struck.
func (m *Machine) items(to []struck, p, from ref, after bool) []struck {
	x := p.inst().more.items
	lo, hi := int32(0), int32(len(x.regions))
	if from.region != nil && from.region != p.region {
		if after {
			lo = from.item + 1 - x.base
		} else {
			hi = from.item - x.base
		}
	} else if !after {
		hi = 0
	}
	for k := lo; k < hi; k++ {
		if reg := x.regions[k]; reg != nil && !final(reg.insts[0].status) {
			to = append(to, struck{ref: ref{reg, 0}, to: ir.Cancelled})
		}
	}
	if !after {
		return to
	}
	if !m.quiet {
		for _, k := range x.unborn() {
			to = append(to, struck{ref: p, unborn: k + 1})
		}
	}
	x.next = x.known()
	return to
}

// unborn returns the items that have not begun.
func (x *items) unborn() []int32 {
	if x.next == x.known() {
		return nil
	}
	list := make([]int32, 0, x.known()-x.next)
	if x.found != nil && x.found.levels != nil {
		return x.found.levels.waiting(list)
	}
	for k := x.next; k < x.known(); k++ {
		list = append(list, k)
	}
	return list
}

// strikeOne ends or dooms one node. It reports whether the node has yet to
// settle.
func (m *Machine) strikeOne(s *struck, f flood) bool {
	i := s.inst()
	switch {
	case s.unborn > 0:
		m.reportItem(s.ref, s.unborn-1, f.because)
		return false
	case i.status == ir.Waiting:
		m.end(s.ref, s.to, f.because)
		if p, ok := s.parent(); ok {
			p.inst().left--
		}
		s.enter = true
		return false
	}
	s.begun, s.enter = true, i.ending == ir.Waiting
	return m.doom(s.ref, ir.Cancelled, nil, f)
}

// doom decides how a running node will end, and asks its task to stop. It
// reports whether the node has yet to settle. A node that handles its end
// already is left alone; one that was going to fail and had not yet come to
// its handlers ends as the newer cause says.
func (m *Machine) doom(r ref, to ir.Status, why *Failure, f flood) bool {
	n, i := r.node(), r.inst()
	again := i.ending != ir.Waiting
	switch {
	case i.phase > backoff || i.flags&told != 0 || i.ending == ir.Cancelled || i.ending == ir.Succeeded:
		return false
	case again && i.phase != backoff && !m.acts(r, i.failure()):
		return false
	}
	i.ending = to
	i.flags |= f.flags
	if why != nil || again {
		i.extra().failure = why
	}
	if f.because != "" && !m.quiet {
		i.extra().because = f.because
	}
	if (i.pending > 0 || why == nil) && !m.quiet && n.shown { // one that fails by itself, and is quiet, moves now
		m.report(r, ir.Running, ir.Running)
	}
	if i.phase == backoff {
		m.stopTimer(r, RetryTimer)
		i.phase = unmaking // which it has behind it
		return true
	}
	switch n.Kind {
	case ir.NActivity, ir.NChild:
		if i.pending > 0 && !again {
			m.stopTask(r)
		}
	case ir.NWait:
		m.stopTimer(r, WaitTimer)
	}
	return true
}

// fail ends a running node by itself: its expression failed, its time is over,
// it was cancelled alone, or its task failed for good.
func (m *Machine) fail(r ref, to ir.Status, why *Failure) {
	begun := r.inst().pending > 0
	if !m.doom(r, to, why, flood{}) {
		return
	}
	because := ""
	if !m.quiet {
		because = why.Node
	}
	m.flood(ref{}, append(m.path[:0], r), flood{because: because, own: true, skip: !begun && to == ir.Failed})
}

// cancel cancels the run, or the node with an id alone: that counts as a
// failure of it.
func (m *Machine) cancel(id string) {
	if id != "" {
		if r, ok := m.find(id); ok && r.inst().status == ir.Running {
			r.inst().flags |= noRetry
			m.fail(r, ir.Failed, &Failure{Node: id, Error: CancelledAlone, Message: "cancelled on request"})
		}
		return
	}
	if m.doom(m.top, ir.Cancelled, nil, flood{}) {
		m.flood(ref{}, append(m.path[:0], m.top), flood{own: true})
	}
}
