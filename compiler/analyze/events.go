package analyze

import (
	"github.com/flowc/flowc/compiler/ir"
)

// EventBound is how many events the history of one execution has at most, as
// a sum over the lengths of lists that are known only when it runs.
type EventBound struct {
	Workflow  string   `json:"workflow"`
	Formula   string   `json:"formula"`             // `23 + 24·len(parts)`
	Max       *int64   `json:"max,omitempty"`       // when every list has a bound; absent when one has none
	Unbounded []string `json:"unbounded,omitempty"` // what has no bound: `len(parts)`
}

// Bounds are the three of an execution.
type Bounds struct {
	Smooth  EventBound `json:"smooth"`  // nothing fails: no retries, handlers or undo
	Retried EventBound `json:"retried"` // everything succeeds at the last attempt that it has
	Worst   EventBound `json:"worst"`   // everything is also cancelled, handled and undone
}

// What the history of an execution grows by. A decision is three events:
// scheduled, started, completed.
const (
	decisionEvents = 3
	runEvents      = 2 + decisionEvents       // started, the first decision, closed
	taskEvents     = 3 + decisionEvents       // scheduled, started, closed
	childEvents    = 3 + 2*decisionEvents     // initiated, started, closed; both are decided upon
	timerEvents    = 2 + decisionEvents       // started, fired
	cancelledTimer = 2                        // started, cancelled: a deadline that did not pass
	signalEvents   = 1 + decisionEvents       // received
	cancelEvents   = 1 + 1 + decisionEvents   // asked for, confirmed
	backoffEvents  = timerEvents + taskEvents // one retry
)

// Events bounds the histories of a workflow. What children do is in theirs.
func Events(p *ir.Program, w *ir.Workflow) Bounds {
	x := newIndex(p, w)
	return Bounds{x.events(smooth), x.events(retried), x.events(worst)}
}

// mode says how badly a run goes.
type mode uint8

const (
	smooth mode = iota
	retried
	worst
)

func (x *index) events(m mode) EventBound {
	c := newCounter(x, m)
	all := number(runEvents)
	all.plus(c.node(0))
	return newEventBound(x.w, all, c.most)
}

// newEventBound says what a sum comes to when symbols are at their bounds.
func newEventBound(w *ir.Workflow, all polynomial, bounds map[string]int64) EventBound {
	b := EventBound{Workflow: w.Name, Formula: all.String()}
	most, unbounded := all.at(bounds, 0)
	if b.Unbounded = unbounded; len(unbounded) == 0 {
		b.Max = &most
	}
	return b
}

// counter counts the events of a workflow.
type counter struct {
	*index
	mode mode
	most map[string]int64   // of symbols with a bound
	each map[int]polynomial // what one item or round costs, by map, expand or loop
}

func newCounter(x *index, m mode) *counter {
	return &counter{index: x, mode: m, most: map[string]int64{}, each: map[int]polynomial{}}
}

// node counts node k and what is in it.
func (c *counter) node(k int) polynomial {
	n := &c.w.Nodes[k]
	all := polynomial{}
	if n.Options.Timeout != nil && n.Kind != ir.NActivity && n.Kind != ir.NWorkflow && n.Kind != ir.NChild {
		all.add("", cancelledTimer)
	}
	switch n.Kind {
	case ir.NActivity:
		all.plus(c.task(k))
	case ir.NChild:
		all.add("", childEvents)
	case ir.NWait:
		all.add("", waitEvents(n))
	}
	for _, m := range n.Members {
		all.plus(c.node(m))
	}
	all.plus(c.bodies(k))
	if c.mode == worst {
		for _, h := range n.Handlers {
			all.add("", cancelledTimer)
			all.plus(c.node(h.Body))
		}
	}
	if r := n.Options.Retry; c.mode != smooth && r != nil && n.Kind != ir.NActivity {
		again := polynomial{}
		again.plus(all)
		again.add("", timerEvents)
		all.plus(c.often(again, n, r))
	}
	return all
}

// bodies counts what stands in the bodies of node k. Of branches one runs.
func (c *counter) bodies(k int) polynomial {
	n := &c.w.Nodes[k]
	switch n.Kind {
	case ir.NMap, ir.NExpand, ir.NLoop:
		one := c.node(n.Body)
		c.each[k] = one
		return c.items(k, one)
	case ir.NIf, ir.NSwitch:
		all := polynomial{}
		for _, b := range n.Branches {
			all.orelse(c.node(b.Body))
		}
		return all
	}
	all := polynomial{}
	for _, b := range bodies(n) {
		all.plus(c.node(b))
	}
	return all
}

// often returns what the retries of r cost, if one costs so much.
func (c *counter) often(one polynomial, n *ir.Node, r *ir.Retry) polynomial {
	if most := constantInt(r.Max); most >= 0 {
		return one.times(most)
	}
	return one.by(Text(c.w, n.Frame, r.Max))
}

// task counts the attempts of an activity, and its undo.
func (c *counter) task(k int) polynomial {
	all := number(taskEvents)
	if c.mode == smooth {
		return all
	}
	n := &c.w.Nodes[k]
	r := n.Options.Retry
	if a := c.callee(k); a != nil && r == nil {
		r = a.Options.Retry
	}
	if r != nil {
		all.plus(c.often(number(backoffEvents), n, r))
	}
	if c.mode == worst {
		all.add("", cancelEvents)
		if c.undoOf(k) != nil {
			all.add("", taskEvents+undoRetries*backoffEvents)
		}
	}
	return all
}

// undoRetries is how often an undo is tried again when its activity says
// nothing.
const undoRetries = 3

func waitEvents(n *ir.Node) int64 {
	switch {
	case n.Signal == "":
		return timerEvents
	case n.For != nil:
		return signalEvents + cancelledTimer
	}
	return signalEvents
}

// items counts the items or rounds of node k, one of which costs so much. The
// slices of a map with `shard` are executions of their own, and so are the
// rounds after a loop with `continue` has begun a new one.
func (c *counter) items(k int, one polynomial) polynomial {
	n := &c.w.Nodes[k]
	slice := c.sliceOf(k)
	switch {
	case slice > 0:
		one = number(childEvents)
	case n.Options.Continue:
		return one
	}
	length, symbol := c.length(k)
	if symbol == "" {
		return one.times(ceil64(length, slice))
	}
	if slice > 0 {
		if length >= 0 {
			length = ceil64(length, slice)
		}
		symbol += "/" + grouped(slice)
	} else if batch := constantInt(n.Options.Batch); batch > 1 {
		if length >= 0 {
			length = ceil64(length, batch)
		}
		symbol += "/" + grouped(batch)
	}
	if length >= 0 {
		c.most[symbol] = max(c.most[symbol], length)
	}
	return one.by(symbol)
}

// ceil64 divides and rounds up; by nothing, it divides by one.
func ceil64(n, by int64) int64 {
	if by <= 1 || n <= 0 {
		return n
	}
	return (n-1)/by + 1
}

// length returns how many items or rounds node k has at most, -1 if that has
// no bound. What is not the same in every run has a symbol.
func (c *counter) length(k int) (most int64, symbol string) {
	n := &c.w.Nodes[k]
	if exact, ok := c.exact[k]; ok {
		return exact, ""
	}
	if n.Kind != ir.NMap {
		switch limit := constantInt(n.Options.Limit); {
		case limit >= 0:
			return limit, ""
		case n.Options.Limit == nil:
			return -1, "rounds of " + n.ID
		}
		return -1, Text(c.w, n.Frame, n.Options.Limit)
	}
	if list, ok := n.List.Value.(ir.List); ok && n.List.Op == ir.OpConst {
		return int64(len(list)), ""
	}
	most, ok := c.longest(n.Frame, n.List)
	if !ok {
		most = -1
	}
	return most, "len(" + Text(c.w, n.Frame, n.List) + ")"
}
