package runtime

import (
	"encoding/json"

	"github.com/flowc/flowc/compiler/ir"
)

// mailbox holds the signals of one name that nobody has waited for yet, and
// those that wait, each in the order of arrival.
type mailbox struct {
	values  []ir.Value
	waiting []ref
}

// box returns the mailbox of a signal.
func (m *Machine) box(name string) *mailbox {
	b := m.signals[name]
	if b == nil {
		b = &mailbox{}
		m.signals[name] = b
	}
	return b
}

// skipLate forgets those at the head who wait no more, because their deadline
// has passed or they were cancelled. A loop that waits in each of its rounds
// would leave one behind in each.
func (b *mailbox) skipLate() {
	for len(b.waiting) > 0 {
		if i := b.waiting[0].inst(); i.status == ir.Running && i.ending == ir.Waiting && i.next == 0 {
			return
		}
		b.waiting = b.waiting[1:]
	}
}

// signal takes a signal in: it goes to the node that has waited longest, or is
// kept. One that is not declared, or does not fit, is ignored.
func (m *Machine) signal(name string, raw json.RawMessage) {
	for _, s := range m.flow.wf.Signals {
		if s.Name != name {
			continue
		}
		t := &ir.Type{Kind: ir.KRecord}
		for _, q := range s.Params {
			t.Fields = append(t.Fields, ir.Field{Name: q.Name, Type: q.Type})
		}
		if len(raw) == 0 {
			raw = json.RawMessage("{}")
		}
		v, err := ir.Decode(raw, t, ir.IgnoreUnknown)
		if err != nil {
			return
		}
		b := m.box(name)
		if b.skipLate(); len(b.waiting) > 0 {
			r := b.waiting[0]
			b.waiting = b.waiting[1:]
			m.received(r, v)
			return
		}
		b.values = append(b.values, v)
		return
	}
}

// received ends a wait with the payload of its signal.
func (m *Machine) received(r ref, v ir.Value) {
	if t := r.node().Result; t != nil && t.Kind != ir.KNone {
		r.inst().give(v)
	}
	if r.node().Else >= 0 {
		m.skip([]ref{m.otherwise(r)}, "")
	}
	m.complete(r)
}

// due computes when a wait ends, from a point in time or a duration.
func (m *Machine) due(r ref, c code) (ir.Time, *Failure) {
	v, failure := m.eval(r, c)
	if failure != nil {
		return 0, failure
	}
	switch v := v.(type) {
	case ir.Time:
		return v, nil
	case ir.Duration:
		return m.after(int64(v)), nil
	}
	return m.now, nil
}

// startWait begins to wait.
func (m *Machine) startWait(r ref) {
	n := r.node()
	if n.Signal == "" {
		due, failure := m.due(r, n.value)
		if failure != nil {
			m.fail(r, ir.Failed, failure)
			return
		}
		if due <= m.now {
			m.complete(r)
			return
		}
		m.startTimer(r, WaitTimer, due)
		return
	}
	b := m.box(n.Signal)
	if len(b.values) > 0 {
		v := b.values[0]
		b.values = b.values[1:]
		m.received(r, v)
		return
	}
	if !n.deadline.none() {
		due, failure := m.due(r, n.deadline)
		if failure != nil {
			m.fail(r, ir.Failed, failure)
			return
		}
		m.startTimer(r, WaitTimer, due)
	}
	b.skipLate()
	b.waiting = append(b.waiting, r)
}

// waited goes on after a wait's timer: with the `else` of one for a signal.
func (m *Machine) waited(r ref) {
	n, i := r.node(), r.inst()
	if i.ending != ir.Waiting {
		return
	}
	if n.Signal != "" && n.Else >= 0 {
		i.next = 1
		m.launch(r, m.otherwise(r))
		return
	}
	m.complete(r)
}
