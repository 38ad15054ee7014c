package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// body lowers the statements of one workflow or canvas to nodes.
//
// Nodes are appended when they are met: a node is open while what is inside
// it is being lowered, and its End is 0 until it is closed. As the members of a
// dag are lowered in the order of their dependencies, that order need not be
// the document's; see layout.
type body struct {
	c     *checker
	mod   *module      // of what is being lowered: another one inside an inlined canvas
	flow  *ir.Workflow // the one being built
	decl  *lang.WorkflowDecl
	at    int    // innermost open node
	scope *scope // innermost
	frame int    // innermost
	facts []fact // what conditions say here

	yields, returns *target    // what `yield` and `return` give their values to
	round           *round     // what `next` goes on with
	growing         *expansion // what `grow` adds to
	handling        []int      // bodies of the handlers around
	afters          []after    // options `after` whose names are still to be looked up
	signals         map[string]*signalSymbol
	awaited         map[int]lang.Range // by node: the signal that a wait names
	caught          []caught
	uninlined       map[int]*callableSymbol // by node: canvases that are called in one that is only checked
	unknown         []int                   // before which nodes something is called that does not exist
	undoing         bool                    // an undo's arguments are being lowered
	naming          lang.Range              // the name of the call that is being lowered
	bound           []binding               // every name, in the order of binding
	inlined         []*callableSymbol       // canvases around, outermost first
	stmt            lang.Range              // being lowered, if another one can be put before it
	losers          []int                   // members of the race that has just been lowered which never end with a value
	hopeless        []int                   // members of the races that are being lowered which never succeed, whether or not their failure is absorbed
	cyclic          map[string]bool         // names of dag members that wait for each other; they have been reported
	places          map[string]place        // see hidden; nil until asked for
	ids             map[string]int          // see calledOnce; nil until asked for
	owner           []int                   // by node, see tellsApart: the nearest node around it that adds to its id
	beside          map[segment]bool        // see tellsApart; nil until asked for
	checking        bool                    // a canvas is being checked where it is declared
	permuted        bool                    // some dag was not lowered in document order
	env             exprEnv
}

// binding is a name and where it is visible.
type binding struct {
	sym   *symbol
	scope *scope
	what  boundAs
	stmt  lang.Stmt // that binds it; nil unless boundLet, boundCall or boundBlock
}

// boundAs is what bound a name: it decides what is said when nothing uses it.
type boundAs uint8

const (
	boundOther boundAs = iota // a parameter, item, index: need not be used
	boundLet
	boundCall
	boundBlock
)

// lowered is a workflow that has been lowered and waits for the passes.
type lowered struct {
	sym       *callableSymbol
	flow      *ir.Workflow
	permuted  bool
	caught    []caught
	uninlined map[int]*callableSymbol
	unknown   []int // before which nodes something is called that does not exist
}

// lowerWorkflows lowers the bodies of all workflows. Canvases are lowered too,
// for what there is to report; what is run are the copies at their calls.
func (c *checker) lowerWorkflows() {
	for _, m := range c.order {
		c.findRecursiveCanvases(m)
	}
	for _, m := range c.order {
		for _, sym := range m.ordered {
			if sym.workflow != nil {
				c.workflows = append(c.workflows, c.lowerWorkflow(m, sym))
			}
		}
	}
	c.checkCaught()
}

func (c *checker) lowerWorkflow(m *module, sym *callableSymbol) *lowered {
	d := sym.workflow
	b := &body{
		c:     c,
		mod:   m,
		decl:  d,
		at:    -1,
		scope: &scope{},
		flow: &ir.Workflow{
			Name: sym.unique, Params: sym.params, Result: sym.result, Version: "1", At: m.pos(d.Name.Range),
			Frames: []ir.Frame{{Owner: 0, Parent: -1}},
			Nodes:  make([]ir.Node, 0, 1+countNodes(d.Body.Stmts)),
		},
	}
	if d.Canvas {
		b.checking = true
		b.inlined = append(b.inlined, sym)
	}
	errors := c.diags.Errors()
	root := b.open(ir.NWorkflow, d.Name.Range, d.Range)
	b.node(root).Name = d.Name.Name
	b.node(root).Result = sym.result
	if d.Canvas { // its options are those of the call, which does not know its parameters
		b.workflowOptions(root, d)
	}
	for i, p := range d.Params {
		b.bindSlot(p.Name, sym.params[i].Type, -1, boundOther, nil)
	}
	if !d.Canvas {
		b.workflowOptions(root, d)
	}
	b.returns = &target{node: root, want: sym.result, sym: sym}
	b.collectSignals(d.Body.Stmts)
	falls := b.chain(d.Body.Stmts)
	if falls && sym.result.Kind != ir.KNone && sym.result.Kind != ir.KInvalid {
		c.missingReturn(m, d)
	}
	b.handlers(root, d.Handlers, sym.result)
	b.close(root)
	b.reportSignals()
	if c.diags.Errors() == errors && !m.torn {
		b.reportUnused() // otherwise what uses a name may not have been understood
	}
	return &lowered{sym: sym, flow: b.flow, permuted: b.permuted, caught: b.caught, uninlined: b.uninlined, unknown: b.unknown}
}

// countNodes returns about how many nodes the statements become: nodes are
// large, and growing a slice of them is most of what lowering would cost.
func countNodes(stmts []lang.Stmt) int {
	n := len(stmts)
	for _, s := range stmts {
		switch s := s.(type) {
		case *lang.Result:
			if _, ok := s.Value.(*lang.CallExpr); ok {
				n++
			}
		case *lang.Step:
			switch step := s.Node.(type) {
			case *lang.Group:
				n += countNodes(step.Body.Stmts)
			case *lang.Map:
				n += 1 + countNodes(step.Body.Stmts)
			case *lang.Expand:
				n += 1 + countNodes(step.Body.Stmts)
			case *lang.Loop:
				n += 1 + countNodes(step.Body.Stmts)
			case *lang.If:
				for i := range step.Branches {
					n += 1 + countNodes(step.Branches[i].Body.Stmts)
				}
				if step.Else != nil {
					n += 1 + countNodes(step.Else.Stmts)
				}
			case *lang.Switch:
				for i := range step.Cases {
					n += 1 + countNodes(step.Cases[i].Body.Stmts)
				}
			}
		}
	}
	return n
}

// node returns a node. The pointer is good until the next one is opened.
func (b *body) node(n int) *ir.Node { return &b.flow.Nodes[n] }

// open appends a node and makes it the innermost. A body is linked by whoever
// opens it; everything else becomes a member of the node around it.
func (b *body) open(kind ir.NodeKind, at, extent lang.Range) int {
	n := len(b.flow.Nodes)
	if len(b.inlined) > 0 && !b.checking {
		b.c.copied++
	}
	eff := true
	if b.at >= 0 {
		parent := b.node(b.at)
		eff = parent.Eff
		if kind != ir.NBody {
			parent.Members = append(parent.Members, n)
		}
	}
	b.flow.Nodes = append(b.flow.Nodes, ir.Node{
		Kind: kind, Parent: b.at, Frame: b.frame, Result: ir.NoneType, Eff: eff,
		Slot: -1, Target: -1, ItemSlot: -1, IndexSlot: -1, DepthSlot: -1, Body: -1, Inner: -1, Subject: -1, Else: -1,
		At: b.mod.pos(at), Extent: b.mod.pos(extent),
	})
	b.at = n
	return n
}

// close ends a node.
func (b *body) close(n int) {
	node := b.node(n)
	node.End = len(b.flow.Nodes)
	b.at = node.Parent
}

// isOpen reports whether what is inside the node is still being lowered.
func (b *body) isOpen(n int) bool { return b.node(n).End == 0 }

// newFrame adds the frame that the body of node owner is instantiated with.
func (b *body) newFrame(owner int) int {
	b.flow.Frames = append(b.flow.Frames, ir.Frame{Owner: owner, Parent: b.frame})
	return len(b.flow.Frames) - 1
}

// newSlot adds a slot to the innermost frame.
func (b *body) newSlot(name string) int {
	f := &b.flow.Frames[b.frame]
	f.Names = append(f.Names, name)
	return len(f.Names) - 1
}

// bind binds name to the value of node n.
func (b *body) bind(name lang.Ident, typ *ir.Type, n int, what boundAs, stmt lang.Stmt) {
	sym := b.bindSlot(name, typ, n, what, stmt)
	b.node(n).Slot = sym.index
}

// bindSlot binds name to a new slot of the innermost frame, which node n fills;
// n is -1 for parameters and the like. A name that is taken is reported, and
// bound all the same: what uses it from here on means this one.
func (b *body) bindSlot(name lang.Ident, typ *ir.Type, n int, what boundAs, stmt lang.Stmt) *symbol {
	sym := &symbol{
		kind: symSlot, name: name.Name, typ: typ, mod: b.mod, at: name.Range,
		frame: b.frame, index: b.newSlot(name.Name), node: n,
	}
	if before, at := b.taken(name.Name); before != "" {
		b.c.boundTwice(b.mod, name, before, at, b.scope.names[name.Name] != nil)
		if b.c.boundAgain == nil {
			b.c.boundAgain = map[ir.Pos]bool{}
		}
		b.c.boundAgain[b.mod.pos(name.Range)] = true
	}
	if b.scope.names == nil {
		b.scope.names = map[string]*symbol{}
	}
	b.scope.names[name.Name] = sym
	b.bound = append(b.bound, binding{sym, b.scope, what, stmt})
	return sym
}

// taken says what name stands for here already, and where that is.
func (b *body) taken(name string) (what string, at lang.Range) {
	if sym := b.scope.lookup(name); sym != nil {
		return "bound", sym.at
	}
	if sym := b.mod.values[name]; sym != nil {
		return "declared", sym.at
	}
	if imp := b.mod.imports[name]; imp != nil {
		return "imported", imp.decl.Range
	}
	return "", lang.Range{}
}

// hiddenSlot makes a slot without a name for the value of node n, and returns
// what reads it from here.
func (b *body) hiddenSlot(n int) *ir.Expr {
	node := b.node(n)
	node.Slot = b.newSlot("")
	sym := &symbol{kind: symSlot, typ: node.Result, mod: b.mod, frame: b.frame, index: node.Slot, node: n}
	e := &ir.Expr{Op: b.view(sym), Type: node.Result, Index: node.Slot, At: node.At}
	if e.Op == ir.OpSlotOutcome {
		e.Type = ir.OutcomeOf(e.Type)
	}
	return e
}

// expressions returns the environment of expressions that stand here.
func (b *body) expressions() *exprEnv {
	x := &b.env
	if x.c == nil {
		x.c, x.up, x.see, x.why, x.missing = b.c, b.up, b.see, b.why, b.missing
	}
	x.mod, x.scope, x.frame, x.facts, x.stmt = b.mod, b.scope, b.frame, b.facts, b.stmt
	return x
}

// up returns the number of frames between two.
func (b *body) up(from, to int) int {
	n := 0
	for ; from != to && from >= 0; from = b.flow.Frames[from].Parent {
		n++
	}
	return n
}

// reportUnused reports the names that nothing has used.
func (b *body) reportUnused() {
	for _, bound := range b.bound {
		if !bound.sym.used && bound.what != boundOther && bound.sym.typ.Kind != ir.KNone && !b.tellsApart(bound) {
			b.c.unusedResult(b.mod, bound, bound.what == boundCall && b.calledOnce(bound))
		}
	}
}

// tellsApart reports whether what bound calls could not do without its name: a
// node beside it has the id that it would have then.
func (b *body) tellsApart(bound binding) bool {
	if bound.what != boundCall || bound.sym.node < 0 {
		return false
	}
	if b.beside == nil {
		b.owner = make([]int, len(b.flow.Nodes))
		b.beside = make(map[segment]bool, len(b.flow.Nodes))
		for i, n := range b.flow.Nodes {
			if b.owner[i] = n.Parent; n.Parent > 0 {
				if p := &b.flow.Nodes[n.Parent]; p.Name == "" && grouped(p.Kind) {
					b.owner[i] = b.owner[n.Parent]
				}
			}
			b.beside[segment{b.owner[i], n.Name}] = true
		}
	}
	call := bound.stmt.(*lang.Step).Node.(*lang.Call)
	bare := call.Callee[len(call.Callee)-1].Name
	return bare != bound.sym.name && b.beside[segment{b.owner[bound.sym.node], bare}]
}

// segment is what an id continues, by node, and how.
type segment struct {
	owner int
	name  string
}

// calledOnce reports whether the workflow has one node only that would have the
// name of what bound calls, so that the call can do without a name of its own.
func (b *body) calledOnce(bound binding) bool {
	if b.ids == nil {
		b.ids = map[string]int{}
		lang.Walk(&b.decl.Body, func(n lang.Node) bool {
			switch n := n.(type) {
			case *lang.Step:
				if n.Name != nil {
					b.ids[n.Name.Name]++
				}
			case *lang.Call:
				b.ids[n.Callee[len(n.Callee)-1].Name]++
			case *lang.CallExpr:
				if path := calleePath(n.Fun); path != nil {
					b.ids[path[len(path)-1].Name]++
				}
			}
			return true
		})
	}
	call := bound.stmt.(*lang.Step).Node.(*lang.Call)
	return b.ids[call.Callee[len(call.Callee)-1].Name] == 1
}
