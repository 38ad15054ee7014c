package analyze

import (
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// NodeFacts is what can be said of one node. Its JSON form is stable: fields
// may be added, none is taken away.
type NodeFacts struct {
	ID       string    `json:"id"`
	Workflow string    `json:"workflow"`
	Kind     string    `json:"kind"`
	Role     Role      `json:"role,omitempty"`
	Title    string    `json:"title"`            // what it does, in a few words
	Callee   string    `json:"callee,omitempty"` // activity or workflow
	At       *Place    `json:"at,omitempty"`
	Each     []string  `json:"each,omitempty"` // ids of the maps, expands and loops around it, outermost first: it is there once for each of their items or rounds
	Type     string    `json:"type,omitempty"` // of its value when it succeeds
	Seen     []string  `json:"seen,omitempty"` // type that each user sees, where that is not Type: `geo: ref<bytes>! in etl/rows[]`
	Raises   []string  `json:"raises,omitempty"`
	Reads    []string  `json:"reads,omitempty"`  // names that it reads itself
	Needs    []Use     `json:"needs,omitempty"`  // nodes whose values it reads, itself or through `let`
	After    []string  `json:"after,omitempty"`  // nodes that must have ended before it starts, by the kind of block or by `after`
	Needed   []Use     `json:"needed,omitempty"` // nodes that read its value
	Before   []string  `json:"before,omitempty"` // nodes that wait until it has ended
	Settings []Setting `json:"settings"`
}

// Use is the other end of a data edge.
type Use struct {
	ID    string   `json:"id"`
	Names []string `json:"names,omitempty"`
}

// Setting is an option with its effective value.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`          // as somebody would write it; "none" if there is none
	From  string `json:"from"`           // "call", "block", "activity", "workflow", "defaults", "inherited" or "built-in"
	Of    string `json:"of,omitempty"`   // of inherited: id of the node that it comes from
	At    *Place `json:"at,omitempty"`   // where it is written; absent for built-in
	Note  string `json:"note,omitempty"` // what it means, where that is not plain
}

// Explain returns what can be said of the node with a path: see [Find] for
// what a path may be, and for the error.
func Explain(p *ir.Program, workflow, path string) (*NodeFacts, error) {
	w, k, err := Find(p, workflow, path)
	if err != nil {
		return nil, err
	}
	x := &explainer{index: newIndex(p, w), places: newPlaces(p), k: k, n: &w.Nodes[k]}
	f := &NodeFacts{ID: x.n.ID, Workflow: w.Name, Kind: kindOf(w, k), Title: x.title(k), At: x.places.at(x.n.At)}
	if x.n.Call != nil {
		f.Callee = x.n.Call.Callee
		if a := x.acts[f.Callee]; a != nil && x.n.Kind == ir.NActivity {
			x.act, f.Raises = a, a.Raises
		}
	}
	if repeats(w, k) {
		f.Title = kindOf(w, k) + " of " + w.Nodes[x.n.Parent].ID
	}
	if x.n.Result != nil && x.n.Result.Kind != ir.KNone && x.n.Kind != ir.NBody {
		f.Type = x.n.Result.String()
	}
	for j := x.n.Parent; j >= 0; j = w.Nodes[j].Parent {
		if w.Nodes[j].Inner >= 0 {
			f.Each = append([]string{w.Nodes[j].ID}, f.Each...)
		}
	}
	x.uses(f)
	f.Settings = x.settings()
	return f, nil
}

// explainer explains node k.
type explainer struct {
	*index
	places *places
	k      int
	n      *ir.Node
	act    *ir.Activity // that it calls; nil if none
}

// uses fills in what the graph says.
func (x *explainer) uses(f *NodeFacts) {
	g := NewGraph(x.prog, x.w, false)
	v := -1
	for i := range g.Nodes {
		if g.Nodes[i].Node == box(x.w, x.k) {
			v = i
		}
	}
	if v < 0 || g.Nodes[v].Node != x.k { // an item or a round: its map says it
		return
	}
	f.Role, f.Reads = g.Nodes[v].Role, g.Nodes[v].Reads
	for i := range g.Edges {
		switch e := &g.Edges[i]; {
		case e.Target == v && e.Kind == "data":
			f.Needs = append(f.Needs, Use{e.From, e.Names})
		case e.Target == v:
			f.After = append(f.After, e.From)
		case e.Source == v && e.Kind == "data":
			f.Needed = append(f.Needed, Use{e.To, e.Names})
		case e.Source == v:
			f.Before = append(f.Before, e.To)
		}
	}
	x.seen(f)
}

// seen finds the users that see an outcome or an optional of the node's value.
func (x *explainer) seen(f *NodeFacts) {
	if x.n.Slot < 0 || x.n.Result == nil {
		return
	}
	own, done := slot{x.n.Frame, x.n.Slot}, map[string]bool{}
	for k := range x.w.Nodes {
		exprs(&x.w.Nodes[k], func(frame int, e *ir.Expr) {
			x.slots(frame, e, func(s slot, op ir.Op) {
				if s != own || op == ir.OpSlot {
					return
				}
				t := ir.OutcomeOf(x.n.Result)
				if op == ir.OpSlotOptional {
					t = ir.OptionalOf(x.n.Result)
				}
				text := x.slotName(s) + ": " + t.String() + " in " + x.w.Nodes[box(x.w, k)].ID
				if !done[text] {
					done[text] = true
					f.Seen = append(f.Seen, text)
				}
			})
		})
	}
}

// option is a setting that is an expression.
type option struct {
	name    string
	get     func(o *ir.Options) *ir.Expr
	builtIn string
	kinds   []ir.NodeKind // on which it has a meaning; nil where a call has it
}

var (
	durations = []ir.NodeKind{ir.NActivity}
	runs      = []ir.NodeKind{ir.NWorkflow, ir.NChild}
	many      = []ir.NodeKind{ir.NGroup, ir.NDag, ir.NMap, ir.NExpand}
)

// exprOptions are the settings that are expressions, in the order in which
// they are shown. Where the list of kinds is nil, every node has the setting.
var exprOptions = []option{
	{"timeout", func(o *ir.Options) *ir.Expr { return o.Timeout }, "none", nil},
	{"queue_timeout", func(o *ir.Options) *ir.Expr { return o.QueueTimeout }, "none", durations},
	{"total_timeout", func(o *ir.Options) *ir.Expr { return o.TotalTimeout }, "none", durations},
	{"heartbeat", func(o *ir.Options) *ir.Expr { return o.Heartbeat }, "none", durations},
	{"decision_timeout", func(o *ir.Options) *ir.Expr { return o.DecisionTimeout }, "30s", runs},
	{"task_list", func(o *ir.Options) *ir.Expr { return o.TaskList }, "none", append(durations, runs...)},
	{"version", func(o *ir.Options) *ir.Expr { return o.VersionAt }, `"1"`, append(durations, runs...)},
	{"priority", func(o *ir.Options) *ir.Expr { return o.Priority }, "0", append(durations, runs...)},
	{"tags", func(o *ir.Options) *ir.Expr { return o.Tags }, "none", runs},
	{"max", func(o *ir.Options) *ir.Expr { return o.Max }, "none", many},
	{"limit", func(o *ir.Options) *ir.Expr { return o.Limit }, "none", []ir.NodeKind{ir.NExpand, ir.NLoop}},
	{"batch", func(o *ir.Options) *ir.Expr { return o.Batch }, "none", []ir.NodeKind{ir.NMap}},
	{"shard", func(o *ir.Options) *ir.Expr { return o.Shard }, "none", []ir.NodeKind{ir.NMap}},
}

func (x *explainer) settings() []Setting {
	list := []Setting{x.flag()}
	if x.n.Kind == ir.NBody {
		if h := handlerOf(x.w, x.k); h != nil {
			list = append(list, x.grace(h))
		}
		return list
	}
	for _, o := range exprOptions {
		if s, ok := x.option(o); ok {
			list = append(list, s)
		}
		if o.name == "heartbeat" && x.n.Kind != ir.NWorkflow { // after all that says how long
			list = append(list, x.retry())
		}
	}
	switch x.n.Kind {
	case ir.NMap, ir.NExpand:
		list = append(list, x.tolerate())
	case ir.NLoop:
		list = append(list, x.word("continue", map[bool]string{true: "true"}[x.n.Options.Continue], "false"))
	case ir.NWorkflow:
		list = append(list, x.word("child_policy", x.n.Options.ChildPolicy, "request_cancel"))
	case ir.NChild:
		list = append(list, x.word("on_parent_close", x.n.Options.OnParentClose, "cancel"))
	case ir.NActivity:
		list = append(list, x.undoSetting())
		if x.act != nil {
			list = append(list, x.program()...)
		}
	}
	return list
}

// written returns where an option of the node itself is written, and on what.
func (x *explainer) written(o *ir.Options, name string) (from string, at *Place) {
	for _, p := range o.At {
		if p.Name == name {
			return p.From, x.places.at(p.At)
		}
	}
	return "", nil
}

// at returns a setting of the node's own, or of its activity.
func (x *explainer) at(o *ir.Options, name, value, otherwise string) Setting {
	from, at := x.written(o, name)
	if from == "" {
		from = otherwise
	}
	return Setting{Name: name, Value: value, From: from, At: at}
}

// own is the word for what is written at the node itself.
func (x *explainer) own() string {
	switch x.n.Kind {
	case ir.NActivity, ir.NChild, ir.NCanvas:
		return "call"
	case ir.NWorkflow:
		return "workflow"
	}
	return "block"
}

func (x *explainer) flag() Setting {
	value := "true"
	if !x.n.Eff {
		value = "false"
	}
	const name = "raises_on_failure"
	s := Setting{Name: name, Value: value, From: "built-in"}
	if x.n.Explicit {
		s = x.at(&x.n.Options, name, value, x.own())
	} else {
		for k := x.n.Parent; k >= 0; k = x.w.Nodes[k].Parent {
			n := &x.w.Nodes[k]
			if n.Kind == ir.NCanvas || handlerOf(x.w, k) != nil {
				break // a body of its own: it starts at true
			}
			if n.Explicit {
				_, at := x.written(&n.Options, name)
				s = Setting{Name: name, Value: value, From: "inherited", Of: n.ID, At: at}
				break
			}
		}
	}
	switch {
	case boundary(x.n):
		s.Note = "a boundary: its failure goes no further"
	case !x.n.Eff:
		s.Note = "its failure does not disturb its siblings; it ends a chain that it is a step of"
	}
	return s
}

func (x *explainer) option(o option) (Setting, bool) {
	has := o.kinds == nil
	for _, k := range o.kinds {
		has = has || k == x.n.Kind
	}
	if !has {
		return Setting{}, false
	}
	if e := o.get(&x.n.Options); e != nil {
		return x.at(&x.n.Options, o.name, Text(x.w, x.n.Frame, e), x.own()), true
	}
	builtIn, s := o.builtIn, Setting{}
	switch {
	case x.act != nil:
		if e := o.get(&x.act.Options); e != nil {
			return x.at(&x.act.Options, o.name, textIn(x.act.Params, e), "activity"), true
		}
		if o.name == "version" && x.act.Version != "" {
			return x.at(&x.act.Options, o.name, ir.Show(ir.String(x.act.Version)), "activity"), true
		}
	case x.n.Kind == ir.NChild:
		if w, err := FindWorkflow(x.prog, x.n.Call.Callee); err == nil {
			s, builtIn = x.ofWorkflow(w, o)
		}
	case x.n.Kind == ir.NWorkflow:
		s, builtIn = x.ofWorkflow(x.w, o)
	}
	if s.Name != "" {
		return s, true
	}
	s = Setting{Name: o.name, Value: builtIn, From: "built-in"}
	switch {
	case o.name == "max":
		s.Note = "all at once"
	case o.name == "timeout" && x.n.Kind == ir.NActivity:
		s.Note = "of each attempt"
	}
	return s, true
}

// ofWorkflow returns what a workflow says of an option, or else what is built
// in.
func (x *explainer) ofWorkflow(w *ir.Workflow, o option) (s Setting, builtIn string) {
	if len(w.Nodes) > 0 {
		root := &w.Nodes[0]
		if e := o.get(&root.Options); e != nil {
			return x.at(&root.Options, o.name, Text(w, root.Frame, e), "workflow"), ""
		}
	}
	switch o.name {
	case "timeout":
		return s, "365d"
	case "task_list":
		return s, ir.Show(ir.String(w.Name))
	case "version":
		if w.Version != "" && w.Version != "1" {
			return Setting{Name: o.name, Value: ir.Show(ir.String(w.Version)), From: "workflow", At: x.places.at(w.At)}, ""
		}
	}
	return s, o.builtIn
}

func (x *explainer) retry() Setting {
	text := func(e *ir.Expr) string { return Text(x.w, x.n.Frame, e) }
	o, from := &x.n.Options, x.own()
	if o.Retry == nil && x.act != nil {
		o, from = &x.act.Options, "activity"
		text = func(e *ir.Expr) string { return textIn(x.act.Params, e) }
	}
	r := o.Retry
	if r == nil {
		return Setting{Name: "retry", Value: "none", From: "built-in"}
	}
	s := x.at(o, "retry", retryText(r, text), from)
	if constantInt(r.Max) == 0 {
		s.Note = "one attempt"
		return s
	}
	note := func(e *ir.Expr, otherwise string) string {
		if e == nil {
			return otherwise
		}
		return text(e)
	}
	s.Note = "after " + note(r.From, "1s") + ", then times " + note(r.Factor, "2") + ", at most " + note(r.Cap, "1m")
	return s
}

// retryText writes a policy as a flow has it.
func retryText(r *ir.Retry, text func(*ir.Expr) string) string {
	args := []string{text(r.Max)}
	if len(r.On) > 0 {
		args = append(args, "on: ["+strings.Join(r.On, ", ")+"]")
	}
	for _, a := range []struct {
		name string
		e    *ir.Expr
	}{{"from", r.From}, {"factor", r.Factor}, {"max", r.Cap}, {"jitter", r.Jitter}} {
		if a.e != nil {
			args = append(args, a.name+": "+text(a.e))
		}
	}
	if len(args) == 1 {
		return args[0]
	}
	return "exponential(" + strings.Join(args, ", ") + ")"
}

// constantInt returns the value of a constant whole number, -1 for anything
// else.
func constantInt(e *ir.Expr) int64 {
	if e != nil && e.Op == ir.OpConst {
		if n, ok := e.Value.(ir.Int); ok {
			return int64(n)
		}
	}
	return -1
}
