package analyze

import (
	"math"

	"github.com/flowc/flowc/compiler/ir"
)

// maxLegs is how many parts of the critical path are told.
const maxLegs = 200

// clock finds the critical path.
type clock struct {
	*given
	once, without []string
	said          map[string]bool
	after         map[int]span // of members of a dag
}

// span is how long something takes, and what that is made up of. Those that
// make up more share what is alike, so that a path costs no more than it is
// long.
type span struct {
	takes ir.Duration
	leg   *leg
}

// leg is the last of some legs: what comes before it, what is in it.
type leg struct {
	before, in *leg
	node       int
	takes      ir.Duration
	times      int64
}

func newClock(g *given) *clock {
	return &clock{given: g, said: map[string]bool{}, after: map[int]span{}}
}

func (c *clock) time() Time {
	s := c.node(0)
	t := Time{Critical: s.takes.String(), Once: c.once, Without: c.without}
	c.legs(s.leg, 1, &t.Path)
	return t
}

// legs writes down the parts of a path, in order.
func (c *clock) legs(l *leg, times int64, to *[]Leg) {
	var list []*leg
	for ; l != nil; l = l.before {
		list = append(list, l)
	}
	for k := len(list) - 1; k >= 0 && len(*to) < maxLegs; k-- {
		l := list[k]
		if l.in != nil {
			c.legs(l.in, times64(times, l.times), to)
			continue
		}
		one := Leg{Node: c.w.Nodes[l.node].ID, Takes: l.takes.String()}
		if times > 1 {
			one.Times = times
		}
		*to = append(*to, one)
	}
}

func (c *clock) say(list *[]string, k int) {
	if id := c.w.Nodes[k].ID; !c.said[id] {
		c.said[id] = true
		*list = append(*list, id)
	}
}

// then is a, and b after it.
func (a span) then(b span) span {
	switch {
	case b.takes == 0:
		return a
	case a.takes == 0:
		return b
	}
	last := *b.leg
	if last.before != nil { // b is a path of several: it is put in as one
		last = leg{in: b.leg, times: 1, takes: b.takes}
	}
	last.before = a.leg
	return span{add(a.takes, b.takes), &last}
}

func longer(a, b span) span {
	if b.takes > a.takes {
		return b
	}
	return a
}

func add(a, b ir.Duration) ir.Duration { return ir.Duration(plus64(int64(a), int64(b))) }

// leafSpan is that of a node that takes time itself.
func leafSpan(k int, d ir.Duration) span {
	if d <= 0 {
		return span{}
	}
	return span{d, &leg{node: k, takes: d}}
}

// node returns how long node k takes.
func (c *clock) node(k int) span {
	n := &c.w.Nodes[k]
	switch n.Kind {
	case ir.NActivity:
		return c.activity(k)
	case ir.NChild:
		if !n.Detach {
			c.say(&c.without, k)
		}
		return span{}
	case ir.NWait:
		v, _ := c.value(n.Frame, n.Value)
		if d, ok := v.(ir.Duration); ok && n.Signal == "" && !n.Until {
			return leafSpan(k, d)
		}
		return span{}
	case ir.NMap, ir.NExpand, ir.NLoop:
		return c.items(k)
	case ir.NGroup, ir.NDag:
		return c.together(k)
	case ir.NRace:
		return c.race(n)
	case ir.NIf, ir.NSwitch:
		var s span
		for _, b := range n.Branches {
			s = longer(s, c.node(b.Body))
		}
		return s
	}
	var s span
	for _, m := range n.Members {
		s = s.then(c.node(m))
	}
	for _, b := range bodies(n) {
		s = s.then(c.node(b))
	}
	return s
}

func (c *clock) activity(k int) span {
	a := c.callee(k)
	if a == nil || a.Expect == nil {
		c.say(&c.without, k)
		return span{}
	}
	d, ok := constantDuration(a.Expect)
	if !ok {
		c.say(&c.without, k)
	}
	return leafSpan(k, d)
}

// together returns how long the members of a group or dag take: as long as the
// longest chain of those that need each other or, when only so many may run,
// their sum shared by so many, if that is longer.
func (c *clock) together(k int) span {
	n := &c.w.Nodes[k]
	var all, sum span
	for _, m := range c.order(n) {
		own := c.node(m)
		var before span
		for _, a := range c.w.Nodes[m].After {
			before = longer(before, c.after[a])
		}
		c.after[m] = before.then(own)
		all, sum = longer(all, c.after[m]), sum.then(own)
	}
	width := constantInt(n.Options.Max)
	if width == 1 {
		return sum
	}
	if width > 1 && sum.takes/ir.Duration(width) > all.takes {
		return leafSpan(k, sum.takes/ir.Duration(width))
	}
	return all
}

// order returns the members of n, those that others wait for before those: a
// dag may have them in any order.
func (c *clock) order(n *ir.Node) []int {
	var list []int
	waits, users := map[int]int{}, map[int][]int{}
	for _, m := range n.Members {
		for _, a := range c.w.Nodes[m].After {
			waits[m]++
			users[a] = append(users[a], m)
		}
		if waits[m] == 0 {
			list = append(list, m)
		}
	}
	for k := 0; k < len(list); k++ {
		for _, u := range users[list[k]] {
			if waits[u]--; waits[u] == 0 {
				list = append(list, u)
			}
		}
	}
	return list
}

// race returns how long the first that is done takes.
func (c *clock) race(n *ir.Node) span {
	var s span
	for i, m := range n.Members {
		if own := c.node(m); i == 0 || own.takes < s.takes {
			s = own
		}
	}
	return s
}

// items returns how long the items or rounds of node k take, so many at a
// time.
func (c *clock) items(k int) span {
	n := &c.w.Nodes[k]
	one := c.node(n.Body)
	if one.takes == 0 {
		return one
	}
	length, known := c.exact[k]
	if !known || n.Kind != ir.NMap { // a limit says little of how many there are
		c.say(&c.once, k)
		return one
	}
	length = ceil64(length, constantInt(n.Options.Batch))
	if length == 0 {
		return span{}
	}
	rounds := int64(1)
	if width := constantInt(n.Options.Max); width > 0 {
		rounds = ceil64(length, width)
	}
	if rounds == 1 {
		return one
	}
	if int64(one.takes) > math.MaxInt64/rounds {
		return span{math.MaxInt64, one.leg}
	}
	takes := one.takes * ir.Duration(rounds)
	return span{takes, &leg{in: one.leg, times: rounds, takes: takes}}
}
