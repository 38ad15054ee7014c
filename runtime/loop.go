package runtime

import (
	"fmt"
	"strconv"

	"github.com/flowc/flowc/compiler/ir"
)

// spinLimit is how many rounds one event may lead to: a loop that waits for
// nothing must not hold up its run for ever.
const spinLimit = 100_000

// startLoop begins the first round of a loop.
func (m *Machine) startLoop(r ref) {
	n, i := r.node(), r.inst()
	x := &items{limit: -1}
	i.extra().items = x
	most, failure := m.number(r, &r.frame, n.options.limit, -1)
	if failure == nil && !n.init.none() {
		var v ir.Value
		if v, failure = m.eval(r, n.init); failure == nil {
			i.give(v)
		}
	}
	if failure != nil {
		m.fail(r, ir.Failed, failure)
		return
	}
	x.most = most
	m.nextRound(r)
}

// nextRound starts a round, numbered from 1, or ends the loop when its
// condition does not hold.
func (m *Machine) nextRound(r ref) {
	n, i := r.node(), r.inst()
	x := i.more.items
	number := x.round + 1
	reg := newRegion(m.flow.regions[n.Inner], r, number, strconv.Itoa(int(number)))
	if n.ItemSlot >= 0 {
		reg.frame.Slots[n.ItemSlot] = i.value()
	}
	if n.IndexSlot >= 0 {
		reg.frame.Slots[n.IndexSlot] = ir.Int(number)
	}
	if !n.while.none() {
		v, failure := m.evalIn(r, &reg.frame, n.while)
		if failure != nil {
			m.fail(r, ir.Failed, failure)
			return
		}
		if v != ir.Bool(true) {
			m.complete(r)
			return
		}
	}
	if x.most >= 0 && int64(number) > x.most {
		m.fail(r, ir.Failed, &Failure{Node: m.id(r), Error: LimitExceeded, Message: fmt.Sprintf("the loop needs more than %d rounds", x.most)})
		return
	}
	if m.spins++; m.spins > spinLimit {
		m.fail(r, ir.Failed, &Failure{Node: m.id(r), Error: LimitExceeded, Message: fmt.Sprintf("the loop made %d rounds without anything to wait for", spinLimit)})
		return
	}
	x.round = number
	if n.Options.Continue && number > 1 {
		m.step.Commands = append(m.step.Commands, Command{Type: ContinueAsNew, Node: m.id(r)})
	}
	if n.undoes { // earlier rounds are kept, so that they can be undone
		x.base = 1
		x.regions = append(x.regions, reg)
	} else {
		x.base = number
		x.regions = append(x.regions[:0], reg)
	}
	m.launch(r, ref{reg, 0})
}

// roundEnded goes on with the next round if this one said `next`.
func (m *Machine) roundEnded(p, r ref) {
	i := r.inst()
	if i.more == nil || !i.more.given {
		m.complete(p)
		return
	}
	p.inst().give(i.value())
	m.nextRound(p)
}
