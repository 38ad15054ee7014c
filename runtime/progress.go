package runtime

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
)

// launch counts a member as being at work and starts it next.
func (m *Machine) launch(p ref, member ref) {
	p.inst().pending++
	m.push(member, doStart)
}

// startNode begins a waiting node. A node that was cancelled or skipped since
// it was launched is not at work any more.
func (m *Machine) startNode(r ref) {
	n, i := r.node(), r.inst()
	if i.status != ir.Waiting {
		return
	}
	if m.only != nil && m.leftOut(r) {
		m.skip([]ref{r}, "")
		m.push(r, doLeave)
		return
	}
	if len(m.asked) > 0 {
		m.reach(r)
	}
	i.pending = 0 // of a dag member: what it waited for has ended
	if n.Kind == ir.NMap || n.Kind == ir.NExpand {
		m.startItems(r)
		return
	}
	why := ""
	if len(m.earlier) > 0 {
		var done bool
		if done, why = m.reuse(r); done {
			return
		}
	}
	m.move(r, ir.Running)
	if why != "" && !m.quiet {
		m.step.Changes[len(m.step.Changes)-1].Again = why
	}
	if !m.checkRetry(r) || n.Kind != ir.NActivity && !m.setTimeout(r) {
		return
	}
	m.work(r)
}

// work starts what a running node does: for the first time, or again.
func (m *Machine) work(r ref) {
	n, i := r.node(), r.inst()
	i.tries++
	switch n.Kind {
	case ir.NActivity:
		m.schedule(r)
	case ir.NChild:
		m.startChild(r)
	case ir.NWait:
		m.startWait(r)
	case ir.NIf, ir.NSwitch:
		m.branch(r)
	case ir.NMap, ir.NExpand:
		m.push(r, doFill)
	case ir.NLoop:
		m.startLoop(r)
	case ir.NCanvas:
		m.launch(r, m.body(r))
	case ir.NGroup, ir.NDag, ir.NRace:
		i.left = int32(len(n.members))
		if m.setMax(r) {
			m.readyDag(r)
			m.expect(i.left, i.max())
			m.push(r, doFill)
		}
	case ir.NWorkflow, ir.NChain, ir.NBody:
		m.push(r, doFill)
	default:
		m.instant(r)
	}
}

// expect makes room for the commands of n members of which most run at once.
// Growing step by step would take twice the memory.
func (m *Machine) expect(n, most int32) {
	m.step.Commands = slices.Grow(m.step.Commands, int(min(n, most)))
}

// body returns the instance of the body of a canvas.
func (m *Machine) body(r ref) ref { return r.member(m.flow.nodes[r.node().Body].local) }

// otherwise returns the instance of the `else` of a wait.
func (m *Machine) otherwise(r ref) ref { return r.member(m.flow.nodes[r.node().Else].local) }

// setTimeout starts the timer of a block's own timeout.
func (m *Machine) setTimeout(r ref) bool {
	n := r.node()
	if n.options.timeout.none() {
		return true
	}
	d, failure := m.positive(r, &r.frame, n.options.timeout, "timeout")
	if failure != nil {
		m.fail(r, ir.Failed, failure)
		return false
	}
	if d > 0 {
		m.startTimer(r, TimeoutTimer, m.after(d))
	}
	return true
}

// checkRetry fails a node whose number of attempts makes no sense. A constant
// one has been judged by the compiler.
func (m *Machine) checkRetry(r ref) bool {
	p := r.node().options.retry
	if p == nil || p.max.none() || p.max.expr.Op == ir.OpConst {
		return true
	}
	most, failure := m.number(r, &r.frame, p.max, 0)
	if failure == nil && most < 0 {
		failure = m.badOption(r, p.max, "`retry` must be at least 0")
	}
	if failure != nil {
		r.inst().extra().items = nil // of a map: none has begun
		m.fail(r, ir.Failed, failure)
	}
	return failure == nil
}

// setMax computes how many members may run at once.
func (m *Machine) setMax(r ref) bool {
	n := r.node()
	if n.options.max.none() {
		return true
	}
	most, failure := m.number(r, &r.frame, n.options.max, 0)
	if failure == nil && most < 1 {
		failure = m.badOption(r, n.options.max, "`max` must be at least 1")
	}
	if failure != nil {
		r.inst().extra().items = nil // of a map: none has begun
		m.fail(r, ir.Failed, failure)
		return false
	}
	r.inst().extra().max = int32(min(most, 1<<30))
	return true
}

// readyDag counts what each member of a dag waits for.
func (m *Machine) readyDag(r ref) {
	n := r.node()
	if n.Kind != ir.NDag {
		return
	}
	x := r.inst().extra()
	x.ready = x.ready[:0]
	for _, k := range n.members {
		c := r.member(k)
		c.inst().pending = int32(len(c.node().After))
		if c.inst().pending == 0 {
			x.ready = append(x.ready, k)
		}
	}
}

// fill starts the members that a container may start now, one each time, so
// that what follows from one is done before the next is looked at.
func (m *Machine) fill(r ref) {
	n, i := r.node(), r.inst()
	if i.ending != ir.Waiting || i.phase != working {
		return
	}
	switch n.Kind {
	case ir.NMap, ir.NExpand:
		m.fillItems(r)
	case ir.NDag:
		switch {
		case i.left == 0:
			m.complete(r)
		case len(i.more.ready) > 0 && i.pending < i.max():
			k := i.more.ready[0]
			i.more.ready = i.more.ready[1:]
			m.push(r, doFill)
			m.launch(r, r.member(k))
		}
	case ir.NGroup, ir.NRace:
		switch {
		case i.left == 0:
			m.complete(r)
		case int(i.next) < len(n.members) && i.pending < i.max():
			i.next++
			m.push(r, doFill)
			m.launch(r, r.member(n.members[i.next-1]))
		}
	default: // a chain
		if int(i.next) == len(n.members) {
			m.complete(r)
			return
		}
		i.next++
		m.launch(r, r.member(n.members[i.next-1]))
	}
}

// leave tells the parent of r that r has ended.
func (m *Machine) leave(r ref) {
	p, ok := r.parent()
	if !ok {
		m.endRun(r)
		return
	}
	pi := p.inst()
	pi.pending--
	switch {
	case r.node().handler:
		m.handled(p, r)
	case pi.ending != ir.Waiting: // it knows how it will end, and waits for quiet
		m.drop(p, r)
		if pi.pending == 0 {
			m.push(p, doSettle)
		}
	case bad(r.inst().status) && r.inst().flags&absorbed == 0:
		m.climb(r)
	default:
		m.advance(p, r)
	}
}

// drop forgets an item or round that has ended in a container that is ending.
func (m *Machine) drop(p, r ref) {
	if r.region != p.region && !p.node().undoes {
		p.inst().more.items.forget(r.item)
	}
}

// advance goes on in a container one of whose members has ended well, or badly
// and absorbed.
func (m *Machine) advance(p, r ref) {
	pi, i := p.inst(), r.inst()
	switch p.node().Kind {
	case ir.NMap, ir.NExpand:
		m.itemEnded(p, r)
	case ir.NLoop:
		m.roundEnded(p, r)
	case ir.NCanvas, ir.NIf, ir.NSwitch, ir.NWait:
		if i.more != nil && i.more.given {
			pi.give(i.value())
		}
		m.complete(p)
	case ir.NRace:
		pi.left--
		m.raceEnded(p, r)
	case ir.NDag:
		pi.left--
		m.release(p, r)
		m.push(p, doFill)
	case ir.NGroup:
		pi.left--
		m.push(p, doFill)
	default:
		m.push(p, doFill)
	}
}

// release lets the users of a dag member start, or skips them: those of a
// member that failed and is only tolerated have nothing to work with.
func (m *Machine) release(p, r ref) {
	if bad(r.inst().status) && !r.node().explicitFalse() {
		m.skipUsers(p, r, m.causeOf(r))
		return
	}
	for _, k := range r.node().users {
		c := p.member(k)
		if c.inst().status != ir.Waiting {
			continue
		}
		if c.inst().pending--; c.inst().pending == 0 {
			p.inst().more.ready = append(p.inst().more.ready, k)
		}
	}
}

// skipUsers skips what needs a dag member, and what needs that.
func (m *Machine) skipUsers(p, r ref, because string) {
	var useless []ref
	for todo := []ref{r}; len(todo) > 0; todo = todo[1:] {
		for _, k := range todo[0].node().users {
			c := p.member(k)
			if i := c.inst(); i.status == ir.Waiting && i.pending != struckOut {
				i.pending = struckOut
				todo = append(todo, c)
				useless = append(useless, c)
			}
		}
	}
	p.inst().left -= int32(len(useless))
	slices.SortFunc(useless, func(a, b ref) int { return int(a.at) - int(b.at) })
	m.skip(useless, because)
}

// skip moves nodes that have not started, with all below them, to skipped,
// breadth first.
func (m *Machine) skip(wave []ref, because string) {
	for len(wave) > 0 {
		var next []ref
		for _, c := range wave {
			m.end(c, ir.Skipped, because)
			next = m.below(next, c)
		}
		wave = next
	}
}

// end moves a node that has not started to its end.
func (m *Machine) end(r ref, to ir.Status, because string) {
	if because != "" && !m.quiet {
		r.inst().extra().because = because
	}
	m.move(r, to)
	m.keep(r)
}

// below appends the nodes in r, which has not started, that would be started
// by it.
func (m *Machine) below(to []ref, r ref) []ref {
	n := r.node()
	for _, k := range n.members {
		to = append(to, r.member(k))
	}
	for _, b := range n.Branches {
		to = append(to, r.member(m.flow.nodes[b.Body].local))
	}
	switch {
	case n.Kind == ir.NCanvas:
		to = append(to, m.body(r))
	case n.Kind == ir.NWait && n.Else >= 0:
		to = append(to, m.otherwise(r))
	}
	return to
}

// complete ends a container well: its members have ended.
func (m *Machine) complete(r ref) {
	n, i := r.node(), r.inst()
	if n.builds() && (i.more == nil || !i.more.given) && m.readable(r, n.value) {
		v, failure := m.eval(r, n.value)
		if failure != nil {
			m.fail(r, ir.Failed, failure)
			return
		}
		i.give(v)
	}
	i.ending = ir.Succeeded
	m.settle(r)
}

// builds reports whether n has a value of its own making when none was given.
func (n *node) builds() bool {
	switch n.Kind {
	case ir.NWorkflow, ir.NChain, ir.NGroup, ir.NDag, ir.NCanvas, ir.NBody, ir.NIf:
		return !n.value.none()
	}
	return false
}

// instant reports whether n is over as soon as it starts.
func (n *node) instant() bool { return n.Kind >= ir.NLet }

// explicitFalse reports whether n absorbs its own failure.
func (n *node) explicitFalse() bool { return n.Explicit && !n.Eff }

// instant does what an instant node says.
func (m *Machine) instant(r ref) {
	n := r.node()
	var v ir.Value = ir.None{}
	if !n.value.none() && m.readable(r, n.value) {
		var failure *Failure
		if v, failure = m.eval(r, n.value); failure != nil {
			m.fail(r, ir.Failed, failure)
			return
		}
	} else if !n.value.none() && n.Kind != ir.NReturn { // left out by Start.Only
		m.complete(r)
		return
	}
	switch n.Kind {
	case ir.NLet:
		r.inst().give(v)
	case ir.NYield, ir.NNext:
		m.yield(r, v)
	case ir.NReturn:
		m.giveBack(r, v)
	case ir.NRaise:
		m.fail(r, ir.Failed, raised(m.id(r), v, n.Value.Type))
		return
	case ir.NGrow:
		if !m.grow(r, v) {
			return
		}
	}
	m.complete(r)
}

// yield gives the target its value; what would follow in the chains between is
// skipped.
func (m *Machine) yield(r ref, v ir.Value) {
	target := int32(r.node().Target)
	for p, ok := r.parent(); ok; p, ok = p.parent() {
		m.cut(p)
		if p.node().index == target || p.at == 0 { // the body of the round, for `next`
			p.inst().give(v)
			return
		}
	}
}

// cut skips the steps of a chain that have not started.
func (m *Machine) cut(p ref) {
	n, i := p.node(), p.inst()
	switch n.Kind {
	case ir.NWorkflow, ir.NChain, ir.NBody:
		for ; int(i.next) < len(n.members); i.next++ {
			m.skip([]ref{p.member(n.members[i.next])}, "")
		}
	}
}

// giveBack is `return`: it ends the target with its value. What runs beside it
// on the way is cancelled.
func (m *Machine) giveBack(r ref, v ir.Value) {
	target := int32(r.node().Target)
	path := m.path[:0]
	for p, ok := r.parent(); ok; p, ok = p.parent() {
		path = append(path, p)
		if p.node().index == target && p.region.plan == m.flow.regions[m.flow.nodes[target].region] {
			break
		}
	}
	m.path = path
	if len(path) == 0 {
		return
	}
	top := path[len(path)-1]
	if top.inst().ending != ir.Waiting {
		return // it knows how it ends: a handler has nothing to say to that
	}
	top.inst().give(v)
	for _, p := range path {
		p.inst().ending = ir.Succeeded
		p.inst().flags |= returned
	}
	m.flood(r, path, flood{flags: returned})
}

// branch runs the first alternative that holds, and skips the others.
func (m *Machine) branch(r ref) {
	n, i := r.node(), r.inst()
	for k := range n.Branches {
		if !n.conds[k].none() {
			v, failure := m.eval(r, n.conds[k])
			if failure != nil {
				m.fail(r, ir.Failed, failure)
				return
			}
			if v != ir.Bool(true) {
				continue
			}
		}
		i.next = int32(k) + 1
		break
	}
	taken := ref{}
	for k, b := range n.Branches {
		c := r.member(m.flow.nodes[b.Body].local)
		if k == int(i.next)-1 {
			taken = c
		} else {
			m.skip([]ref{c}, "")
		}
	}
	if i.next == 0 {
		m.complete(r)
		return
	}
	m.launch(r, taken)
}

// raceEnded ends a race with its first winner.
func (m *Machine) raceEnded(p, r ref) {
	pi, i := p.inst(), r.inst()
	if !well(i.status) {
		if pi.left > 0 {
			m.push(p, doFill)
			return
		}
		if i.status == ir.Skipped { // left out by Start.Only
			m.complete(p)
			return
		}
		m.fail(p, ir.Failed, &Failure{Node: m.id(p), Error: NoWinner, Message: "no member of the race succeeded"})
		return
	}
	pi.give(i.value())
	pi.ending = ir.Succeeded
	m.flood(r, append(m.path[:0], p), flood{because: m.causeID(p)})
}
