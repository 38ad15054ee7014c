package runtime

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
)

// The window bounds how many tasks a run asks for before it has heard of their
// ends (Start.MaxOpen). While it is full no map or expand begins another item:
// an item that waits costs its value only, one that has begun its region, its
// task and whatever the driver holds for that. Nothing else waits for the
// window, so that what a flow says to run at once is asked for at once.
//
// The containers that could begin an item wait in document order, those inside
// an item before the one that the item is of: what has begun is done first.

// opened notes that a task was asked for.
func (m *Machine) opened() { m.open++ }

// answered notes that an open task has ended, or is not waited for any more.
func (m *Machine) answered() { m.open-- }

// full reports whether no further item may begin.
func (m *Machine) full() bool { return m.begin.MaxOpen > 0 && m.open >= m.begin.MaxOpen }

// starve lets r, a map or expand, wait for the window.
func (m *Machine) starve(r ref) {
	x := r.inst().more.items
	if x.starved {
		return
	}
	x.starved = true
	place := order(r)
	w := starving{r, place}
	switch {
	case len(m.starved) > 0 && before(place, m.starved[0].place):
		m.starved = slices.Insert(m.starved, 0, w)
	default: // most come last
		k := len(m.starved)
		for k > 0 && before(place, m.starved[k-1].place) {
			k--
		}
		m.starved = slices.Insert(m.starved, k, w)
	}
}

// starving is a container that waits for the window.
type starving struct {
	ref
	place []int32 // in document order
}

// before reports whether a container at place a is served before one at b.
func before(a, b []int32) bool {
	if len(a) > len(b) && slices.Equal(a[:len(b)], b) {
		return true // it is in an item of the other
	}
	return slices.Compare(a, b) < 0 && (len(a) >= len(b) || !slices.Equal(a, b[:len(a)]))
}

// refill lets the next container that waits for the window go on, if there is
// room. It reports whether there is something to be done.
func (m *Machine) refill() bool {
	for len(m.starved) > 0 && !m.full() {
		r := m.starved[0].ref
		m.starved[0] = starving{}
		if m.starved = m.starved[1:]; len(m.starved) == 0 {
			m.starved = nil
		}
		if x := r.inst().more; x == nil || x.items == nil {
			continue
		}
		r.inst().more.items.starved = false
		if i := r.inst(); i.status == ir.Running && i.ending == ir.Waiting {
			m.push(r, doFill)
			return true
		}
	}
	return false
}
