package analyze

import (
	"encoding/json"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/compiler/ir/limits"
)

// Plan is what an execution of a workflow will cost, as far as that can be said
// before it runs. Its JSON form is stable: fields may be added, none is taken
// away.
type Plan struct {
	Workflow string    `json:"workflow"`
	Lists    []Length  `json:"lists,omitempty"` // what maps, expands and loops go through, in document order
	Events   Bounds    `json:"events"`          // of its history
	Open     Open      `json:"open"`            // at once
	Time     Time      `json:"time"`
	Edges    []Payload `json:"edges,omitempty"` // what goes to each call and comes back, in document order
	Limits   []Use64   `json:"limits"`
}

// Length is how many items a map or expand goes through, or how many rounds a
// loop makes.
type Length struct {
	Node   string   `json:"node"`
	List   string   `json:"list"`             // as it is written: `len(parts)`
	Length *int64   `json:"length,omitempty"` // for this input
	Most   *int64   `json:"most,omitempty"`   // its bound, where the length is not known
	After  []string `json:"after,omitempty"`  // it is known when these nodes have ended
}

// Open says how much is open at once at most.
type Open struct {
	Tasks    EventBound `json:"tasks"`
	Timers   EventBound `json:"timers"`
	Children EventBound `json:"children"`
}

// Time is how long an execution usually takes: activities take what they
// `expect`, waits what they say, and all else no time.
type Time struct {
	Critical string   `json:"critical"`          // a duration: `1h2m`
	Path     []Leg    `json:"path,omitempty"`    // the nodes that make up that time
	Once     []string `json:"once,omitempty"`    // maps and loops whose number of items is not known, and counts as 1
	Without  []string `json:"without,omitempty"` // activities that say nothing of what to `expect`, and count as nothing
}

// Leg is a part of the critical path.
type Leg struct {
	Node  string `json:"node"`
	Takes string `json:"takes"`
	Times int64  `json:"times,omitempty"` // how often one after the other; absent for once
}

// Payload is how long what a call is given and gives is, in characters.
type Payload struct {
	Node   string `json:"node"`
	Callee string `json:"callee"`
	Input  Chars  `json:"input"`
	Result Chars  `json:"result"`
}

// Chars is a length in characters.
type Chars struct {
	Most int64 `json:"most"` // of what has a bound
	Open bool  `json:"open"` // something in it has no bound, and is counted as empty
}

// Use64 is a limit of the service, and how much of it is used.
type Use64 struct {
	Name  string `json:"name"`
	Limit int64  `json:"limit"`
	Used  *int64 `json:"used,omitempty"` // absent when that is not known before it runs
	Over  bool   `json:"over"`
}

// NewPlan plans a workflow. args are the values of its parameters and params
// those of the program, in their JSON form, by name; absent ones have their
// defaults. Nil args means any input: then all that depends on it stays a
// formula. lib has the functions that expressions may call.
func NewPlan(p *ir.Program, w *ir.Workflow, args, params map[string]json.RawMessage, lib eval.Library) (*Plan, error) {
	x := newIndex(p, w)
	g := &given{index: x, lib: lib, env: eval.Env{Frame: &eval.Frame{}, Params: map[string]ir.Value{}, Limits: planLimits}, left: maxValues}
	if len(w.Frames) > 0 {
		g.env.Frame.Slots = make([]ir.Value, len(w.Frames[0].Names))
	}
	if args != nil {
		if err := g.bind(args, params); err != nil {
			return nil, err
		}
	}
	g.learn()
	plan := &Plan{Workflow: w.Name, Events: Bounds{x.events(smooth), x.events(retried), x.events(worst)}}
	plan.Lists = g.lengths()
	o := newOpener(x)
	b := o.node(0)
	bound := func(p polynomial) EventBound { return newEventBound(w, p, o.most) }
	plan.Open = Open{bound(b.tasks), bound(b.timers), bound(b.children)}
	plan.Time = newClock(g).time()
	plan.Edges = x.payloads()
	plan.Limits = plan.limits()
	return plan, nil
}

// limits compares with what the service takes.
func (p *Plan) limits() []Use64 {
	use := func(name string, limit int64, used *int64) Use64 {
		return Use64{name, limit, used, used != nil && *used > limit}
	}
	longest := func(of func(e Payload) Chars) *int64 {
		most, open := int64(0), false
		for _, e := range p.Edges {
			most, open = max(most, of(e).Most), open || of(e).Open
		}
		if open && most <= limits.Input {
			return nil
		}
		return &most
	}
	return []Use64{
		use("events", limits.HistoryEvents, p.Events.Retried.Max),
		use("open tasks", limits.OpenActivities, p.Open.Tasks.Max),
		use("open timers", limits.OpenTimers, p.Open.Timers.Max),
		use("open children", limits.OpenChildren, p.Open.Children.Max),
		use("characters of an input", limits.Input, longest(func(e Payload) Chars { return e.Input })),
		use("characters of a result", limits.Result, longest(func(e Payload) Chars { return e.Result })),
	}
}

// given is what an input makes known.
type given struct {
	*index
	lib eval.Library
	env eval.Env

	left int // values that may still be computed
}

// A plan computes so many values of such a size: what is beyond that is not
// known before it runs.
const maxValues = 500

var planLimits = eval.Limits{Steps: 1_000_000, Bytes: 4 << 20}

// bind sets the parameters.
func (g *given) bind(args, params map[string]json.RawMessage) error {
	decode := func(q ir.Param, from map[string]json.RawMessage) (ir.Value, error) {
		if text, ok := from[q.Name]; ok {
			return ir.Decode(text, q.Type, ir.RefuseUnknown)
		}
		if q.Default == nil && q.Type.Kind == ir.KOptional {
			return ir.None{}, nil
		}
		v, _ := g.value(0, q.Default) // nil if it is not known before it runs
		return v, nil
	}
	for _, q := range g.prog.Params {
		v, err := decode(q, params)
		if err != nil {
			return err
		}
		if v != nil {
			g.env.Params[q.Name] = v
		}
	}
	for k, q := range g.w.Params {
		v, err := decode(q, args)
		if err != nil {
			return err
		}
		g.env.Frame.Slots[k] = v
	}
	return nil
}

// learn computes the `let`s and the lengths of lists that the input makes
// known, in document order.
func (g *given) learn() {
	g.exact = map[int]int64{}
	for k := range g.w.Nodes {
		n := &g.w.Nodes[k]
		switch n.Kind {
		case ir.NLet:
			if v, ok := g.value(n.Frame, n.Value); ok && n.Frame == 0 && n.Slot >= 0 {
				g.env.Frame.Slots[n.Slot] = v
			}
		case ir.NMap:
			v, _ := g.value(n.Frame, n.List)
			if list, ok := v.(ir.List); ok {
				g.exact[k] = int64(len(list))
			}
		case ir.NExpand, ir.NLoop:
			v, _ := g.value(n.Frame, n.Options.Limit)
			if limit, ok := v.(ir.Int); ok && limit >= 0 {
				g.exact[k] = int64(limit)
			}
		}
	}
}

// value computes e, if all that it reads is known.
func (g *given) value(frame int, e *ir.Expr) (ir.Value, bool) {
	if e == nil || !g.known(frame, e) {
		return nil, false
	}
	if e.Op != ir.OpConst && e.Op != ir.OpSlot {
		if g.left--; g.left < 0 {
			return nil, false
		}
	}
	v, err := eval.Compile(e, g.lib).Eval(&g.env)
	return v, err == nil
}

// atRun are functions whose results are known only when they are called.
var atRun = map[string]bool{"now": true, "today": true, "uuid": true}

func (g *given) known(frame int, e *ir.Expr) bool {
	if e == nil {
		return true
	}
	switch e.Op {
	case ir.OpContext:
		return false
	case ir.OpCall:
		if atRun[e.Name] {
			return false
		}
	case ir.OpParam:
		if g.env.Params[e.Name] == nil {
			return false
		}
	case ir.OpSlot, ir.OpSlotOutcome, ir.OpSlotOptional:
		s, ok := g.slotOf(frame, e)
		return ok && frame == 0 && s.frame == 0 && g.env.Frame.Slots[s.index] != nil
	}
	for _, a := range e.Args {
		if !g.known(frame, a) {
			return false
		}
	}
	return true
}

// lengths lists what maps, expands and loops go through.
func (g *given) lengths() []Length {
	var list []Length
	c := newCounter(g.index, smooth)
	for k := range g.w.Nodes {
		n := &g.w.Nodes[k]
		var e *ir.Expr
		l := Length{Node: n.ID}
		switch n.Kind {
		case ir.NMap:
			e = n.List
			l.List = "len(" + Text(g.w, n.Frame, e) + ")"
		case ir.NExpand, ir.NLoop:
			if e = n.Options.Limit; e != nil {
				l.List = Text(g.w, n.Frame, e)
			}
		default:
			continue
		}
		exact, isExact := g.exact[k]
		most, symbol := c.length(k)
		switch {
		case n.Kind == ir.NMap && isExact:
			l.Length = &exact
		case most >= 0:
			l.Most = &most
		}
		if l.Length == nil && symbol != "" || n.Kind != ir.NMap {
			l.After = g.awaited(k, e)
		}
		list = append(list, l)
	}
	return list
}

// awaited returns the nodes that must have ended before an expression of node
// k is known.
func (g *given) awaited(k int, e *ir.Expr) []string {
	var ids []string
	g.slots(g.w.Nodes[k].Frame, e, func(s slot, _ ir.Op) {
		j, ok := g.fills[s]
		if !ok {
			return
		}
		nodes := []int{j}
		if g.w.Nodes[j].Kind == ir.NLet {
			nodes = g.sources(j)
		}
		for _, j := range nodes {
			if id := g.w.Nodes[box(g.w, j)].ID; !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	})
	return ids
}

// payloads lists what goes to calls and comes back.
func (x *index) payloads() []Payload {
	var list []Payload
	s := newSizer()
	for k := range x.w.Nodes {
		n := &x.w.Nodes[k]
		if n.Call == nil {
			continue
		}
		e := Payload{Node: n.ID, Callee: n.Call.Callee, Input: Chars{Most: 2}, Result: Chars{Most: s.of(n.Result), Open: s.open(n.Result)}}
		for i, q := range x.params(n) {
			if i < len(n.Call.Args) && n.Call.Args[i] != nil {
				a := n.Call.Args[i]
				e.Input.Most = plus64(e.Input.Most, plus64(int64(len(q.Name))+4, x.sizeOf(s, n.Frame, a)))
				e.Input.Open = e.Input.Open || x.openExpr(s, n.Frame, a)
			}
		}
		list = append(list, e)
	}
	return list
}
