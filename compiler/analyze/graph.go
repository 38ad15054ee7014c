package analyze

import (
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// Graph is a workflow as people see it. Its JSON form is stable: fields may be
// added, none is taken away.
type Graph struct {
	Workflow string   `json:"workflow"`
	Nodes    []Vertex `json:"nodes"` // in document order; the first is the workflow
	Edges    []Edge   `json:"edges"` // data, then order, then undo; each by its target in document order
}

// Role says what a vertex is to the one around it.
type Role string

// Roles of vertices.
const (
	Member  Role = ""        // a step or block like any other
	Branch  Role = "branch"  // an alternative: `then`, `else`, `case1`, or what follows a wait that was in vain
	Handles Role = "handler" // it runs when the one around it ends
	Undoes  Role = "undo"    // it takes back a step
)

// Vertex is a shown node. The body of a map, an expand or a loop is not one:
// what is in it stands in the map itself, with its id (`etl/rows[]/extract`).
type Vertex struct {
	ID       string   `json:"id"`
	Parent   string   `json:"parent,omitempty"` // id; "" for the workflow
	Kind     string   `json:"kind"`             // workflow chain group dag race map expand loop if switch wait activity child canvas; chain for branches and handlers; undo
	Role     Role     `json:"role,omitempty"`
	Name     string   `json:"name,omitempty"`     // that it is bound to or called by: `parts`
	Title    string   `json:"title"`              // what it does: `list_partitions`, `map part in parts`, `on_failure as f`
	Callee   string   `json:"callee,omitempty"`   // activity or workflow
	Type     string   `json:"type,omitempty"`     // of its value when it succeeds
	Gives    string   `json:"gives,omitempty"`    // of a branch or handler without steps: what it says, `yield x`
	Boundary bool     `json:"boundary,omitempty"` // explicit raises_on_failure = false
	Tolerant bool     `json:"tolerant,omitempty"` // effective raises_on_failure is false
	Repeats  bool     `json:"repeats,omitempty"`  // what is in it is there once for each item or round
	Reads    []string `json:"reads,omitempty"`    // names that it reads itself
	More     bool     `json:"more,omitempty"`     // it needs so many nodes that not all have an edge
	At       *Place   `json:"at,omitempty"`

	Node     int   `json:"-"` // index in the workflow's nodes; of an undo, that of the step
	Children []int `json:"-"` // indexes in Graph.Nodes
	Up       int   `json:"-"` // index of the parent in Graph.Nodes; -1 for the workflow
}

// Edge leads from a node to one that comes after it.
type Edge struct {
	From    string   `json:"from"`
	To      string   `json:"to"`
	Kind    string   `json:"kind"`              // "data": To reads the value of From; "order": To waits for From; "undo": To takes From back
	Names   []string `json:"names,omitempty"`   // of data: the names that are read, of a `let` that hands it on too
	Implied bool     `json:"implied,omitempty"` // order that follows from data edges too

	Source, Target int `json:"-"` // indexes in Graph.Nodes
}

// NewGraph returns the graph of a workflow. With undo, what takes a step back
// is a vertex too.
func NewGraph(p *ir.Program, w *ir.Workflow, undo bool) *Graph {
	b := &grapher{index: newIndex(p, w), places: newPlaces(p), g: &Graph{Workflow: w.Name, Edges: []Edge{}}, at: make([]int, len(w.Nodes))}
	for k := range w.Nodes {
		b.vertex(k)
		if undo {
			b.undo(k)
		}
	}
	b.edges()
	return b.g
}

// grapher makes a graph.
type grapher struct {
	*index
	places *places
	g      *Graph
	at     []int // vertex of each node, or of the one around it that is drawn
	undos  []Edge
}

// vertex adds node k if it is drawn.
func (b *grapher) vertex(k int) {
	n := &b.w.Nodes[k]
	up := -1
	if k > 0 {
		up = b.at[n.Parent]
	}
	if k > 0 && (!shown(b.w, k) || repeats(b.w, k)) {
		b.at[k] = up
		return
	}
	v := Vertex{ID: n.ID, Kind: kindOf(b.w, k), Name: b.nameOf(k), Title: b.title(k), Boundary: boundary(n), Tolerant: !n.Eff,
		Repeats: n.Inner >= 0, Reads: b.names(k), At: b.places.at(n.At), Node: k, Up: up}
	switch {
	case handlerOf(b.w, k) != nil:
		v.Role = Handles
	case n.Kind == ir.NBody:
		v.Role = Branch
	}
	if n.Call != nil {
		v.Callee = n.Call.Callee
	}
	if v.Role != Member {
		v.Gives = b.gives(n)
	}
	if n.Result != nil && n.Result.Kind != ir.KNone && n.Kind != ir.NBody {
		v.Type = n.Result.String()
	}
	b.at[k] = b.add(v)
}

func (b *grapher) add(v Vertex) int {
	i := len(b.g.Nodes)
	if v.Up >= 0 {
		v.Parent = b.g.Nodes[v.Up].ID
		b.g.Nodes[v.Up].Children = append(b.g.Nodes[v.Up].Children, i)
	}
	b.g.Nodes = append(b.g.Nodes, v)
	return i
}

// undo adds what takes back node k, if anything does.
func (b *grapher) undo(k int) {
	u := b.undoOf(k)
	if u == nil {
		return
	}
	step := b.at[k]
	v := b.g.Nodes[step]
	i := b.add(Vertex{ID: v.ID + "/undo", Kind: "undo", Role: Undoes, Title: "undo " + u.Callee, Callee: u.Callee, At: b.places.at(u.At), Node: k, Up: v.Up})
	b.undos = append(b.undos, Edge{From: v.ID, To: b.g.Nodes[i].ID, Kind: "undo", Source: step, Target: i})
}

// undoOf returns what takes back the step k, nil if nothing does.
func (x *index) undoOf(k int) *ir.UndoCall {
	n := &x.w.Nodes[k]
	switch {
	case n.UndoNone || n.Call == nil:
		return nil
	case n.Undo != nil:
		return n.Undo
	case n.Kind != ir.NActivity:
		return nil
	}
	if a := x.acts[n.Call.Callee]; a != nil {
		return a.Undo
	}
	return nil
}

// gives returns what a body says in which there is nothing but instant nodes.
func (x *index) gives(n *ir.Node) string {
	said := ""
	for _, m := range n.Members {
		c := &x.w.Nodes[m]
		switch {
		case !c.Kind.Instant():
			return ""
		case c.Kind == ir.NLet:
		case c.Value == nil:
			said = c.Kind.String()
		default:
			said = c.Kind.String() + " " + shorten(Text(x.w, c.Frame, c.Value), 60)
		}
	}
	return said
}

// nameOf returns the name that a person gave to node k, "" if none.
func (x *index) nameOf(k int) string {
	n := &x.w.Nodes[k]
	if n.Kind == ir.NBody || strings.HasPrefix(n.Name, "(") {
		return ""
	}
	return n.Name
}

// title returns what node k does, in a few words.
func (x *index) title(k int) string {
	n := &x.w.Nodes[k]
	text := func(e *ir.Expr) string { return shorten(Text(x.w, n.Frame, e), 60) }
	switch n.Kind {
	case ir.NWorkflow:
		return n.Kind.String() + " " + x.w.Name
	case ir.NActivity:
		return n.Call.Callee
	case ir.NChild:
		if n.Detach {
			return "detach " + n.Call.Callee
		}
		return n.Call.Callee
	case ir.NMap, ir.NExpand, ir.NLoop:
		return x.repeatTitle(n, text)
	case ir.NIf:
		if len(n.Branches) > 0 && n.Branches[0].Cond != nil {
			return "if " + text(n.Branches[0].Cond)
		}
	case ir.NSwitch:
		return x.switchTitle(n)
	case ir.NWait:
		return waitTitle(n, text)
	case ir.NBody:
		return x.bodyTitle(k)
	}
	return n.Kind.String()
}

func (x *index) repeatTitle(n *ir.Node, text func(*ir.Expr) string) string {
	item := ""
	if n.ItemSlot >= 0 && n.Inner >= 0 {
		item = x.w.Frames[n.Inner].Names[n.ItemSlot]
	}
	title := n.Kind.String()
	switch {
	case n.Kind == ir.NLoop:
		if item != "" && n.Init != nil {
			title += " " + item + " = " + text(n.Init)
		}
		if n.While != nil {
			title += " while " + shorten(Text(x.w, n.Inner, n.While), 60)
		}
		return title
	case item != "":
		title += " " + item + " in"
	}
	return title + " " + text(n.List)
}

func waitTitle(n *ir.Node, text func(*ir.Expr) string) string {
	title := "wait "
	switch {
	case n.Signal != "":
		title += n.Signal
	case n.Until:
		title += "until " + text(n.Value)
	default:
		title += text(n.Value)
	}
	if n.For != nil {
		title += " for " + text(n.For)
	}
	return title
}

// bodyTitle returns under which condition a body runs.
func (x *index) bodyTitle(k int) string {
	n := &x.w.Nodes[k]
	p := &x.w.Nodes[n.Parent]
	if h := handlerOf(x.w, k); h != nil {
		title := handlerWords(h)
		if h.Slot >= 0 {
			title += " as " + x.w.Frames[p.Frame].Names[h.Slot]
		}
		return title
	}
	for i, br := range p.Branches {
		switch {
		case br.Body != k:
		case br.Cond == nil || p.Kind == ir.NIf && i == 0:
			return n.Name
		case p.Kind == ir.NIf:
			return "else if " + shorten(Text(x.w, p.Frame, br.Cond), 60)
		default:
			_, words := x.caseWords(p, br.Cond)
			return "case " + shorten(words, 60)
		}
	}
	return n.Name
}

// switchTitle returns what a switch looks at, which stands in each of its
// conditions.
func (x *index) switchTitle(n *ir.Node) string {
	for _, b := range n.Branches {
		if b.Cond == nil {
			continue
		}
		if subject, _ := x.caseWords(n, b.Cond); subject != "" {
			return "switch " + shorten(subject, 60)
		}
	}
	return "switch"
}

// caseWords takes the condition of a case apart: `x == "a" or x == "b"` looks
// at x, and is written `"a", "b"`. What is no such condition is given back as
// it is, with no subject.
func (x *index) caseWords(n *ir.Node, e *ir.Expr) (subject, words string) {
	text := func(e *ir.Expr) string { return Text(x.w, n.Frame, e) }
	switch {
	case e.Op == ir.OpOr && len(e.Args) == 2:
		s1, w1 := x.caseWords(n, e.Args[0])
		if s2, w2 := x.caseWords(n, e.Args[1]); s1 == s2 && s1 != "" {
			return s1, w1 + ", " + w2
		}
	case e.Op == ir.OpEq && len(e.Args) == 2:
		of, value := e.Args[0], e.Args[1]
		if of.Op == ir.OpField && of.Name == "status" && value.Op == ir.OpConst {
			if of.Args[0].Type != nil && of.Args[0].Type.Kind == ir.KOutcome {
				return text(of.Args[0]), ir.Text(value.Value)
			}
		}
		return text(of), text(value)
	case e.Op == ir.OpIs && e.Name != "":
		return text(e.Args[0]), e.Name
	}
	return "", text(e)
}

// handlerWords returns the kinds of a handler and the errors that it catches,
// as they are written.
func handlerWords(h *ir.Handler) string {
	var words []string
	for k, name := range []string{"catch", "on_failure", "on_cancel", "finally"} {
		if h.Kinds&(1<<k) == 0 {
			continue
		}
		if k == 0 && len(h.Errors) > 0 {
			name += " " + strings.Join(h.Errors, " | ")
		}
		words = append(words, name)
	}
	return strings.Join(words, ", ")
}

// pair is two vertices.
type pair struct{ from, to int }

// edges finds who needs whom.
func (b *grapher) edges() {
	byPair := map[pair]int{}
	implied := map[pair]bool{} // neighbours that data flows between
	for k := range b.w.Nodes {
		if b.w.Nodes[k].Kind == ir.NLet {
			b.sources(k) // in document order, so that one asks no deeper than for those before it
			continue
		}
		to := b.at[k]
		for b.w.Nodes[k].Kind.Instant() && b.g.Nodes[to].Role == Branch {
			to = b.g.Nodes[to].Up // what a branch gives is what its block gives
		}
		sources := b.sources(k)
		b.g.Nodes[to].More = b.g.Nodes[to].More || len(sources) == maxNeeds
		for _, j := range sources {
			from := b.at[j]
			if from == to || contains(b.w, b.g.Nodes[to].Node, j) || contains(b.w, j, k) {
				continue
			}
			at, ok := byPair[pair{from, to}]
			if !ok {
				at = len(b.g.Edges)
				byPair[pair{from, to}] = at
				b.g.Edges = append(b.g.Edges, Edge{Kind: "data", Source: from, Target: to})
				one, other := b.g.Siblings(from, to)
				implied[pair{one, other}] = true
			}
			b.g.Edges[at].name(b.w.Frames[b.w.Nodes[j].Frame].Names[b.w.Nodes[j].Slot])
		}
	}
	for k := range b.w.Nodes {
		b.order(k, implied)
	}
	for i := range b.g.Edges {
		e := &b.g.Edges[i]
		e.From, e.To = b.g.Nodes[e.Source].ID, b.g.Nodes[e.Target].ID
	}
	b.g.Edges = append(b.g.Edges, b.undos...)
}

func (e *Edge) name(name string) {
	for _, n := range e.Names {
		if n == name {
			return
		}
	}
	if name != "" {
		e.Names = append(e.Names, name)
	}
}

// Siblings returns the two vertices at or around these that stand side by side
// in one: what an edge between them is to the block that both are in.
func (g *Graph) Siblings(from, to int) (int, int) {
	depth := func(v int) (d int) {
		for ; v >= 0; v = g.Nodes[v].Up {
			d++
		}
		return d
	}
	df, dt := depth(from), depth(to)
	for ; df > dt; df-- {
		from = g.Nodes[from].Up
	}
	for ; dt > df; dt-- {
		to = g.Nodes[to].Up
	}
	for from >= 0 && to >= 0 && g.Nodes[from].Up != g.Nodes[to].Up {
		from, to = g.Nodes[from].Up, g.Nodes[to].Up
	}
	return from, to
}

// order adds the edges that the kind of node k makes between its members.
func (b *grapher) order(k int, implied map[pair]bool) {
	n := &b.w.Nodes[k]
	add := func(from, to int) {
		p := pair{b.at[from], b.at[to]}
		b.g.Edges = append(b.g.Edges, Edge{Kind: "order", Source: p.from, Target: p.to, Implied: implied[p]})
	}
	switch n.Kind {
	case ir.NWorkflow, ir.NChain, ir.NBody:
		last := -1
		for _, m := range n.Members {
			if b.w.Nodes[m].Kind.Instant() {
				continue
			}
			if last >= 0 {
				add(last, m)
			}
			last = m
		}
	case ir.NDag:
		for _, m := range n.Members {
			for _, a := range b.w.Nodes[m].After {
				if !b.w.Nodes[a].Kind.Instant() && !b.w.Nodes[m].Kind.Instant() {
					add(a, m)
				}
			}
		}
	}
}
