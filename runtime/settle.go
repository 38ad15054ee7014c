package runtime

import "github.com/flowc/flowc/compiler/ir"

// How a node ends. Once it is decided how (ending), the node waits until all
// that is at work in it is quiet, and then goes through its phases: undo,
// another attempt, a handler for what happened, finally. Only when all of that
// is over does it move to its final status and does its parent hear of it.

// settle goes on with the ending of r, as far as it can without waiting. It
// does nothing when r is not ready for that.
func (m *Machine) settle(r ref) {
	i := r.inst()
	if m.undoing && r.node().parent == nil {
		m.endUndo()
		return
	}
	if i.status != ir.Running || i.ending == ir.Waiting || i.pending > 0 {
		return
	}
	n := r.node()
	switch i.phase {
	case working:
		if n.undoes && i.ending != ir.Succeeded && i.flags&returned == 0 {
			i.phase = unmaking
			if m.startUndo(r) {
				return
			}
		}
		fallthrough
	case unmaking:
		if x := i.more; x != nil && x.undo != nil && x.undo.root {
			return // the pass goes on
		}
		if bad(i.ending) && m.retryLeft(r) {
			m.backOff(r, n.options.retry)
			return
		}
		i.phase = handling
		if m.startHandler(r, m.handlerFor(r)) {
			return
		}
		fallthrough
	case handling:
		i.phase = closing
		if m.startHandler(r, finallyOf(n)) {
			return
		}
		fallthrough
	case closing:
		m.finish(r)
	}
}

// finish moves r to its final status.
func (m *Machine) finish(r ref) {
	n, i := r.node(), r.inst()
	if n.parent == nil && i.ending == ir.Succeeded {
		if f := m.notRun(); f != nil {
			i.ending, i.extra().failure = ir.Failed, f
		}
	}
	i.phase = over
	m.stopTimers(r)
	if bad(i.ending) && i.flags&told == 0 {
		p, ok := r.parent()
		if n.explicitFalse() || ok && !n.handler && p.inst().ending == ir.Waiting && !m.informs(p, r) {
			i.flags |= absorbed
		}
	}
	m.move(r, i.ending)
	m.keep(r)
	m.push(r, doLeave)
}

// keep puts how r ended into the slot of its name.
func (m *Machine) keep(r ref) {
	n := r.node()
	if n.Slot < 0 {
		return
	}
	i := r.inst()
	if well(i.status) {
		r.frame.Slots[n.Slot] = i.value()
	} else {
		r.frame.Slots[n.Slot] = outcomeOf(i)
	}
}

// retryLeft reports whether r, a block or a child that failed, has another
// attempt.
func (m *Machine) retryLeft(r ref) bool {
	n, i := r.node(), r.inst()
	if !n.retries() || m.begin.Slice != nil && r == m.top || i.flags&(noRetry|returned) != 0 || i.ending == ir.TimedOut && n.Kind != ir.NChild {
		return false
	}
	if f := i.failure(); f == nil || f.At != nil && f.Node == m.id(r) || !m.retried(n.options.retry, f) {
		return false
	}
	most, failure := m.number(r, &r.frame, n.options.retry.max, 0)
	return failure == nil && int64(i.tries) <= most
}

// backOff waits for the next attempt of r.
func (m *Machine) backOff(r ref, policy *retry) {
	i := r.inst()
	delay, failure := m.delay(r, &r.frame, policy, i.tries)
	if failure != nil {
		i.flags |= noRetry
		i.extra().failure = failure
		m.push(r, doSettle)
		return
	}
	i.phase = backoff
	m.startTimer(r, RetryTimer, m.after(delay))
	m.reportRetry(r, i.failure(), m.after(delay))
}

// reportRetry shows that r, an attempt of which failed, waits for the next.
func (m *Machine) reportRetry(r ref, why *Failure, due ir.Time) {
	if m.quiet || !r.node().shown {
		return
	}
	i := r.inst()
	ending := i.ending
	i.ending = ir.Waiting // it is open again how it ends
	m.report(r, ir.Running, ir.Running)
	i.ending = ending
	c := &m.step.Changes[len(m.step.Changes)-1]
	c.Failure, c.Attempt, c.Retry = why, int(i.tries), due
}

// again starts the next attempt of r: what is inside it is instantiated anew.
func (m *Machine) again(r ref) {
	n, i := r.node(), r.inst()
	if len(m.failed) > 0 {
		m.lose(func(step ref) bool { return step.isIn(r) })
	}
	i.phase, i.ending, i.pending, i.left, i.next = working, ir.Waiting, 0, 0, 0
	i.flags &^= counted | lateDone
	if x := i.more; x != nil {
		x.failure, x.value, x.given, x.because, x.ready, x.undo = nil, nil, false, "", nil, nil
		if n.Kind != ir.NMap && n.Kind != ir.NExpand {
			x.items = nil
		}
	}
	for k := n.local + 1; k < n.localEnd; k++ {
		c := r.plan.nodes[k]
		r.insts[k] = inst{}
		if c.Slot >= 0 {
			r.frame.Slots[c.Slot] = nil
		}
	}
	if n.Kind == ir.NMap || n.Kind == ir.NExpand {
		if failure := m.readItems(r); failure != nil {
			m.fail(r, ir.Failed, failure)
			return
		}
	}
	m.work(r)
}

// handlerFor returns the handler that answers how r ended: 1 + its index, 0
// for none.
func (m *Machine) handlerFor(r ref) int {
	n, i := r.node(), r.inst()
	if i.flags&returned != 0 || i.ending == ir.Succeeded {
		return 0
	}
	if bad(i.ending) {
		for k, h := range n.Handlers {
			if catches(h, i.failure()) {
				return k + 1
			}
		}
	}
	for k, h := range n.Handlers {
		if bad(i.ending) && h.Kinds&ir.HOnFailure != 0 || !bad(i.ending) && h.Kinds&ir.HOnCancel != 0 {
			return k + 1
		}
	}
	return 0
}

// catches reports whether h is a catch of f.
func catches(h ir.Handler, f *Failure) bool {
	if h.Kinds&ir.HCatch == 0 {
		return false
	}
	for _, e := range h.Errors {
		if f != nil && f.Error == e {
			return true
		}
	}
	return len(h.Errors) == 0
}

// finallyOf returns the finally of n, as handlerFor does.
func finallyOf(n *node) int {
	for k, h := range n.Handlers {
		if h.Kinds&ir.HFinally != 0 {
			return k + 1
		}
	}
	return 0
}

// startHandler starts a handler of r, given as 1 + its index, and reports
// whether r has to wait for it. A handler that has run already, because it is
// one for several endings, does not run again.
func (m *Machine) startHandler(r ref, which int) bool {
	if which == 0 {
		return false
	}
	n := r.node()
	h := n.Handlers[which-1]
	body := r.member(m.flow.nodes[h.Body].local)
	if body.inst().status != ir.Waiting {
		return false
	}
	if h.Slot >= 0 {
		r.frame.Slots[h.Slot] = m.caught(h, r.inst())
	}
	grace, failure := m.number(r, &r.frame, n.graces[which-1], handlerGrace)
	if failure != nil {
		grace = handlerGrace
	}
	m.launch(r, body)
	m.startTimer(body, TimeoutTimer, m.after(grace))
	return true
}

// caught returns what the `as` name of a handler stands for: the error, when
// it names just one, else the Failure.
func (m *Machine) caught(h ir.Handler, i *inst) ir.Value {
	f := i.failure()
	if f == nil {
		f = &Failure{Error: "Cancelled", Message: "cancelled"}
	}
	if decl := m.plan.errors[f.Error]; decl != nil && len(h.Errors) == 1 && f.Error == h.Errors[0] {
		if v, err := ir.Decode(detailsOf(f), &ir.Type{Kind: ir.KError, Decl: decl}, ir.IgnoreUnknown); err == nil {
			return v
		}
	}
	return f.value()
}

func detailsOf(f *Failure) []byte {
	if len(f.Details) == 0 {
		return []byte("{}")
	}
	return f.Details
}

// handled goes on when a handler of p has ended. Only a catch changes how p
// ends.
func (m *Machine) handled(p, body ref) {
	i, b := p.inst(), body.inst()
	if i.phase == handling && i.ending != ir.Succeeded {
		for _, h := range p.node().Handlers {
			if h.Body != int(body.node().index) || h.Kinds&ir.HCatch == 0 || !catches(h, i.failure()) {
				continue
			}
			if b.status == ir.Succeeded {
				i.ending = ir.Succeeded
				i.give(b.value())
			} else if bad(b.status) {
				i.ending = ir.Failed
				i.extra().failure = b.failure()
			}
		}
	}
	m.push(p, doSettle)
}
