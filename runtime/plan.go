package runtime

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// Plan is a program made ready to run: every expression compiled, every id cut
// into its parts. It is immutable and may be shared by machines.
type Plan struct {
	prog   *ir.Program
	params []code           // defaults of the program's parameters
	flows  map[string]*flow // by name of workflow
	acts   map[string]*activity
	errors map[string]*ir.TypeDecl // declared errors by name
	types  map[string]*ir.TypeDecl // all that have a name
}

// flow is a prepared workflow.
type flow struct {
	wf       *ir.Workflow
	nodes    []*node
	regions  []*regionPlan    // by frame
	byID     map[string]*node // shown nodes by static id
	defaults []code           // of its parameters
}

// regionPlan is what is common to all instantiations of a frame.
type regionPlan struct {
	slice bool    // it is a slice of owner, see shard.go
	owner *node   // nil for the root
	nodes []*node // by local index, in document order
	slots int

	readers [][]int32 // by slot: local indexes of the nodes that read it
}

// activity is a prepared activity.
type activity struct {
	*ir.Activity
	options *options
	undo    *undoPlan // nil means none
	expr    []code    // defaults of its parameters
	fickle  bool      // see node.fickle
}

// node is what the interpreter knows of an ir.Node. What it looks at for every
// event is copied: of a large flow little is in the caches of a processor.
type node struct {
	Kind     ir.NodeKind
	Eff      bool
	Explicit bool
	again    bool // it is a block that may run again
	Slot     int
	Handlers []ir.Handler
	act      *activity
	options  *options

	*ir.Node
	index    int32
	region   int32 // frame
	local    int32 // its place among the nodes of the region
	localEnd int32 // one past those of its descendants in the region
	parent   *node
	tail     string  // of the id: what follows that of the region
	retriers []*node // blocks of the region around it that may run again, outermost first
	members  []int32 // local indexes
	users    []int32 // local indexes of the dag members that wait for it
	kind     string  // the word that users see
	shown    bool
	handler  bool            // it is the body of a handler of its parent
	undoes   bool            // there is something in it that can be undone
	ends     bool            // it stands in a handler for an end: on_failure, on_cancel, finally
	slice    *node           // of a map: what stands for a slice of its items; nil if they are never in slices
	slices   *regionPlan     // of such a node: its own region
	reads    map[[2]int]bool // of such a node: frames and slots that the items read
	depths   bool            // an expand whose body reads `depth`

	value    code
	list     code
	key      code
	init     code
	while    code
	deadline code // `wait … for`
	conds    []code
	args     []code
	graces   []code // timeouts of the handlers
	child    *flow
	undo     *undoPlan // of a call; nil means none
	fickle   bool      // of a call: computed again, it might be another one
}

// options are compiled ir.Options.
type options struct {
	timeout, queueTimeout, totalTimeout, heartbeat code
	priority, taskList, version                    code
	max, tolerate, batch, limit, tags, shard       code
	retry                                          *retry
}

// retry is a compiled ir.Retry.
type retry struct {
	max, from, factor, cap, jitter code
	on                             []string
}

// undoPlan is a compiled ir.UndoCall.
type undoPlan struct {
	act    *activity
	args   []code
	fickle bool // computed again, the task might be another one
	own    bool // written at the call, so that it reads the call's frame; else the activity's, which reads its parameters
}

// retries reports whether n is a block that may run again.
func (n *node) retries() bool { return n.again }

// newNode begins a node.
func newNode(n *ir.Node, index int32) *node {
	return &node{Kind: n.Kind, Eff: n.Eff, Explicit: n.Explicit, Slot: n.Slot, Handlers: n.Handlers,
		again: n.Options.Retry != nil && n.Kind != ir.NActivity, Node: n, index: index}
}

// Prepare compiles what a program's workflows need to run. The program must
// have passed ir.Check.
func Prepare(p *ir.Program) (*Plan, error) {
	plan := &Plan{prog: p, flows: map[string]*flow{}, acts: map[string]*activity{}, errors: map[string]*ir.TypeDecl{},
		types: map[string]*ir.TypeDecl{ir.FailureDecl.Name: ir.FailureDecl}}
	for _, t := range p.Types {
		plan.types[t.Name] = t
		if t.Kind == ir.KError {
			plan.errors[t.Name] = t
		}
	}
	for _, q := range p.Params {
		plan.params = append(plan.params, compile(q.Default))
	}
	for _, a := range p.Activities {
		plan.acts[a.Name] = &activity{Activity: a, options: compileOptions(a.Options), expr: compileDefaults(a.Params), fickle: isFickle(a)}
	}
	for _, a := range p.Activities {
		undo, err := plan.undoPlan(a.Undo, false)
		if err != nil {
			return nil, err
		}
		plan.acts[a.Name].undo = undo
	}
	for _, w := range p.Workflows {
		plan.flows[w.Name] = &flow{wf: w, byID: map[string]*node{}, defaults: compileDefaults(w.Params)}
	}
	for _, w := range p.Workflows {
		if err := plan.prepare(plan.flows[w.Name]); err != nil {
			return nil, fmt.Errorf("workflow %s: %w", w.Name, err)
		}
	}
	return plan, nil
}

// prepare fills in a flow, nodes in document order, so that a parent is ready
// before its members.
func (p *Plan) prepare(f *flow) error {
	for _, fr := range f.wf.Frames {
		f.regions = append(f.regions, &regionPlan{slots: len(fr.Names)})
	}
	for k := range f.wf.Nodes {
		n := newNode(&f.wf.Nodes[k], int32(k))
		f.nodes = append(f.nodes, n)
		f.place(n)
		if err := p.compileNode(n); err != nil {
			return fmt.Errorf("%s: %w", n.ID, err)
		}
	}
	for k := len(f.nodes) - 1; k >= 0; k-- { // members before parents
		n := f.nodes[k]
		for _, j := range n.Members {
			n.members = append(n.members, f.nodes[j].local)
		}
		n.undoes = n.undoes || n.undo != nil
		if n.undoes && n.parent != nil && (!n.handler || n.parent.catches(int(n.index))) {
			n.parent.undoes = true
		}
	}
	f.findDepths()
	f.findReaders()
	for _, n := range f.nodes {
		if n.slice = f.sliceNode(n); n.slice != nil {
			n.slice.reads = f.readsOf(n.Body, f.nodes[n.Body].End)
		}
	}
	for _, n := range f.nodes { // in document order
		for _, j := range n.After {
			f.nodes[j].users = append(f.nodes[j].users, n.local)
		}
	}
	return nil
}

// catches reports whether the node with this index is the body of a catch of n,
// whose steps take the place of n's own.
func (n *node) catches(index int) bool {
	for _, h := range n.Handlers {
		if h.Body == index && h.Kinds&ir.HCatch != 0 {
			return true
		}
	}
	return false
}

// place finds out where a node belongs: its region, its place there, its id.
func (f *flow) place(n *node) {
	base := ""
	if n.Parent >= 0 {
		p := f.nodes[n.Parent]
		n.parent, n.region = p, p.region
		n.handler = isHandler(p.Node, int(n.index))
		n.ends = p.ends || n.handler && !p.catches(int(n.index))
		own := int(n.index) == p.Body && p.Kind != ir.NCanvas
		if own {
			n.region = int32(p.Inner)
			f.regions[n.region].owner = p
		} else {
			n.retriers = p.retriers
			if p.retries() && !n.handler {
				n.retriers = append(p.retriers[:len(p.retriers):len(p.retriers)], p)
			}
		}
	}
	reg := f.regions[n.region]
	n.local = int32(len(reg.nodes))
	reg.nodes = append(reg.nodes, n)
	for q := n; q != nil && q.region == n.region; q = q.parent {
		q.localEnd = n.local + 1
	}
	if reg.owner != nil {
		base = reg.owner.ID + "[]"
	}
	n.tail = strings.TrimPrefix(n.ID, base)
	n.kind, n.shown = kindWord(n)
	if n.shown && f.byID[n.ID] == nil {
		f.byID[n.ID] = n
	}
}

func isHandler(p *ir.Node, index int) bool {
	for _, h := range p.Handlers {
		if h.Body == index {
			return true
		}
	}
	return false
}

// kindWord returns the word for a node's kind, and whether users see the node.
// Bodies are seen where they add a segment to ids.
func kindWord(n *node) (string, bool) {
	switch n.Kind {
	case ir.NBody:
		switch {
		case n.region != n.parent.region && n.parent.Kind == ir.NLoop:
			return "round", true
		case n.region != n.parent.region:
			return "item", true
		}
		return "chain", n.Name != ""
	case ir.NLet, ir.NYield, ir.NReturn, ir.NRaise, ir.NNext, ir.NGrow:
		return "", false
	}
	return [...]string{"workflow", "chain", "group", "dag", "race", "map", "expand", "loop", "if", "switch",
		"wait", "activity", "child", "canvas"}[n.Kind], true
}

// compileNode compiles a node's expressions and finds what it calls.
func (p *Plan) compileNode(n *node) error {
	n.options = compileOptions(n.Options)
	n.value, n.list, n.key = compile(n.Value), compile(n.List), compile(n.Key)
	n.init, n.while, n.deadline = compile(n.Init), compile(n.While), compile(n.For)
	for _, b := range n.Branches {
		n.conds = append(n.conds, compile(b.Cond))
	}
	for _, h := range n.Handlers {
		n.graces = append(n.graces, compile(h.Timeout))
	}
	if n.Call == nil {
		return nil
	}
	for _, a := range n.Call.Args {
		n.args = append(n.args, compile(a))
	}
	if n.Kind == ir.NChild {
		n.child = p.flows[n.Call.Callee]
		if n.child == nil {
			return fmt.Errorf("there is no workflow %s", n.Call.Callee)
		}
	} else {
		n.act = p.acts[n.Call.Callee]
		if n.act == nil {
			return fmt.Errorf("there is no activity %s", n.Call.Callee)
		}
		n.undo = n.act.undo
	}
	n.fickle = n.isFickle()
	if n.UndoNone {
		n.undo = nil
		return nil
	}
	if n.Undo == nil {
		return nil
	}
	undo, err := p.undoPlan(n.Undo, true)
	n.undo = undo
	return err
}

// undoPlan prepares what undoes a step.
func (p *Plan) undoPlan(u *ir.UndoCall, own bool) (*undoPlan, error) {
	if u == nil {
		return nil, nil
	}
	plan := &undoPlan{act: p.acts[u.Callee], own: own}
	if plan.act == nil {
		return nil, fmt.Errorf("undo: there is no activity %s", u.Callee)
	}
	for _, a := range u.Args {
		plan.args = append(plan.args, compile(a))
	}
	plan.fickle = plan.act.fickle || slices.ContainsFunc(u.Args, fickle)
	return plan, nil
}

func compileDefaults(params []ir.Param) []code {
	codes := make([]code, len(params))
	for k, q := range params {
		codes[k] = compile(q.Default)
	}
	return codes
}

// noOptions is shared by all nodes that have none.
var noOptions = &options{}

func compileOptions(o ir.Options) *options {
	c := options{
		timeout: compile(o.Timeout), queueTimeout: compile(o.QueueTimeout), totalTimeout: compile(o.TotalTimeout),
		heartbeat: compile(o.Heartbeat), priority: compile(o.Priority), taskList: compile(o.TaskList),
		version: compile(o.VersionAt), max: compile(o.Max), batch: compile(o.Batch), limit: compile(o.Limit),
		tags: compile(o.Tags), shard: compile(o.Shard),
	}
	if o.Tolerate != nil {
		c.tolerate = compile(o.Tolerate.Count)
	}
	if r := o.Retry; r != nil {
		c.retry = &retry{compile(r.Max), compile(r.From), compile(r.Factor), compile(r.Cap), compile(r.Jitter), r.On}
	}
	if c == (options{}) {
		return noOptions
	}
	return &c
}
