package analyze

import (
	"math"
	"slices"
	"strconv"
	"strings"

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

// Bounds are the two of an execution.
type Bounds struct {
	Smooth EventBound `json:"smooth"` // nothing fails: no retries, handlers or undo
	Worst  EventBound `json:"worst"`  // everything is retried as often as it may be, every handler and undo runs
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
	return Bounds{x.events(false), x.events(true)}
}

func (x *index) events(worst bool) EventBound {
	c := &counter{index: x, worst: worst, most: map[string]int64{}, all: polynomial{}}
	c.all.add("", runEvents)
	c.node(0, term{1, nil})
	b := EventBound{Workflow: x.w.Name, Formula: c.all.String()}
	most := int64(0)
	for key, factor := range c.all {
		for _, s := range symbols(key) {
			n, ok := c.most[s]
			if !ok {
				if !slices.Contains(b.Unbounded, s) {
					b.Unbounded = append(b.Unbounded, s)
				}
				n = 0
			}
			factor = times64(factor, n)
		}
		most = plus64(most, factor)
	}
	slices.Sort(b.Unbounded)
	if len(b.Unbounded) == 0 {
		b.Max = &most
	}
	return b
}

// counter counts the events of a workflow.
type counter struct {
	*index
	worst bool
	most  map[string]int64 // of symbols with a bound
	all   polynomial
}

// term is a number of times: a factor and symbols that it is multiplied by.
type term struct {
	factor  int64
	symbols []string
}

func (t term) times(n int64) term { return term{times64(t.factor, n), t.symbols} }

func (t term) by(symbol string) term {
	return term{t.factor, append(slices.Clip(t.symbols), symbol)}
}

// node counts node k, which is there so many times, and what is in it. That
// branches exclude each other is not made use of: it is a bound.
func (c *counter) node(k int, often term) {
	n := &c.w.Nodes[k]
	if n.Options.Timeout != nil && n.Kind != ir.NActivity && n.Kind != ir.NWorkflow && n.Kind != ir.NChild {
		c.count(often, cancelledTimer)
	}
	if r := n.Options.Retry; c.worst && r != nil && n.Kind != ir.NActivity {
		often = c.retried(often, n, r, 1+int64(timerEvents))
	}
	inner := often
	switch n.Kind {
	case ir.NActivity:
		c.task(k, often)
	case ir.NChild:
		c.count(often, childEvents)
	case ir.NWait:
		c.wait(n, often)
	case ir.NMap, ir.NExpand, ir.NLoop:
		inner = c.each(n, often)
	}
	for _, m := range n.Members {
		c.node(m, often)
	}
	for _, b := range bodies(n) {
		c.node(b, inner)
	}
	if c.worst {
		for _, h := range n.Handlers {
			c.count(often, cancelledTimer)
			c.node(h.Body, often)
		}
	}
}

func (c *counter) count(often term, events int64) {
	c.all.add(key(often.symbols), times64(often.factor, events))
}

// retried returns how often a block with a retry is there.
func (c *counter) retried(often term, n *ir.Node, r *ir.Retry, each int64) term {
	most := constantInt(r.Max)
	if most < 0 {
		symbol := Text(c.w, n.Frame, r.Max)
		c.count(often.by(symbol), each)
		return often.by("(1 + " + symbol + ")")
	}
	c.count(often, times64(most, each))
	return often.times(1 + most)
}

// task counts the attempts of an activity, and its undo.
func (c *counter) task(k int, often term) {
	c.count(often, taskEvents)
	if !c.worst {
		return
	}
	c.count(often, cancelEvents)
	n := &c.w.Nodes[k]
	r := n.Options.Retry
	if a := c.callee(k); a != nil && r == nil {
		r = a.Options.Retry
	}
	switch most := int64(0); {
	case r == nil:
	default:
		if most = constantInt(r.Max); most < 0 {
			c.count(often.by(Text(c.w, n.Frame, r.Max)), backoffEvents)
		} else {
			c.count(often, times64(most, backoffEvents))
		}
	}
	if c.undoOf(k) != nil {
		c.count(often, taskEvents+undoRetries*backoffEvents)
	}
}

// undoRetries is how often an undo is tried again when its activity says
// nothing.
const undoRetries = 3

func (c *counter) wait(n *ir.Node, often term) {
	if n.Signal == "" {
		c.count(often, timerEvents)
		return
	}
	c.count(often, signalEvents)
	if n.For != nil {
		c.count(often, cancelledTimer)
	}
}

// each returns how often the body of a map, an expand or a loop is there.
func (c *counter) each(n *ir.Node, often term) term {
	if n.Kind != ir.NMap {
		if most := constantInt(n.Options.Limit); most >= 0 {
			return often.times(most)
		}
		if n.Options.Limit == nil {
			return often.by("rounds of " + n.ID)
		}
		return often.by(Text(c.w, n.Frame, n.Options.Limit))
	}
	if list, ok := n.List.Value.(ir.List); ok && n.List.Op == ir.OpConst {
		return often.times(int64(len(list)))
	}
	symbol := "len(" + Text(c.w, n.Frame, n.List) + ")"
	if t := n.List.Type; t != nil && t.Bound != nil && t.Bound.Max != nil {
		c.most[symbol] = max(c.most[symbol], *t.Bound.Max)
	}
	return often.by(symbol)
}

// polynomial is a sum: a factor for each product of symbols.
type polynomial map[string]int64

func (p polynomial) add(key string, n int64) {
	if n != 0 {
		p[key] = plus64(p[key], n)
	}
}

// key writes a product of symbols down, the same in whatever order they come.
// Texts of a flow hold no zero byte.
func key(symbols []string) string {
	sorted := slices.Clone(symbols)
	slices.Sort(sorted)
	return strings.Join(sorted, "\x00")
}

func symbols(key string) []string {
	if key == "" {
		return nil
	}
	return strings.Split(key, "\x00")
}

// String returns the sum, products of few symbols first.
func (p polynomial) String() string {
	keys := make([]string, 0, len(p))
	for k := range p {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if d := len(symbols(a)) - len(symbols(b)); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var parts []string
	for _, k := range keys {
		text := strconv.FormatInt(p[k], 10)
		if k != "" {
			text += "·" + strings.ReplaceAll(k, "\x00", "·")
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " + ")
}

// times64 and plus64 are for numbers that are not negative, and stop at the
// largest.
func times64(a, b int64) int64 {
	if a > 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}

func plus64(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
