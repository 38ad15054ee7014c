package compiler

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// maxCopied bounds how many nodes a program gets by inlining canvases: a few
// dozen lines that double each other would fill any memory.
const maxCopied = 1 << 18

// maxInlined bounds how deep canvases may contain each other.
const maxInlined = 200

// callStep lowers a call that stands as a statement.
func (b *body) callStep(s *lang.Step, call *lang.Call) {
	n := b.call(call, s.Name)
	switch {
	case n < 0:
		if s.Name != nil {
			b.bindSlot(*s.Name, ir.Invalid, -1, boundOther, s)
		}
	case s.Name != nil:
		b.bind(*s.Name, b.node(n).Result, n, boundCall, s)
	default:
		b.checkHidden(n, call.With, call.Handlers, call.Callee[len(call.Callee)-1].Name)
	}
}

// call lowers a call to a node, which is closed then, and returns it; -1 if
// there is none because of a mistake that has been reported. The name, if not
// nil, is the node's.
func (b *body) call(call *lang.Call, name *lang.Ident) int {
	callee, ok := b.c.callable(b.mod, call.Callee)
	if !ok {
		b.unknown = append(b.unknown, len(b.flow.Nodes))
		for _, a := range call.Args {
			b.expressions().infer(a.Value, nil)
		}
		return -1
	}
	at := call.Callee[0].Range.To(call.Callee[len(call.Callee)-1].Range)
	segment := callee.name.Name
	b.naming = lang.Range{}
	if name != nil {
		at, segment = name.Range, name.Name
		b.naming = at
	}
	switch {
	case callee.activity != nil:
		if call.Detach {
			b.c.detachNeedsWorkflow(b.mod, call, callee)
		}
		return b.task(ir.NActivity, onCall, call, callee, at, segment)
	case callee.workflow.Canvas:
		return b.inline(call, callee, at, segment)
	}
	return b.task(ir.NChild, onChild, call, callee, at, segment)
}

// task lowers the call of an activity or a workflow.
func (b *body) task(kind ir.NodeKind, on optionPlace, call *lang.Call, callee *callableSymbol, at lang.Range, segment string) int {
	n := b.open(kind, at, call.Range)
	node := b.node(n)
	node.Name, node.Result, node.Detach = segment, callee.result, call.Detach
	if call.Detach {
		node.Result = ir.NoneType
	}
	b.optionsOf(n, call.With, on, callee)
	args := b.expressions().args(callee, call.Args, call)
	node = b.node(n)
	node.Call = &ir.Call{Callee: callee.unique, Args: args}
	b.checkCallTimes(n, callee)
	b.undo(n, call, callee)
	b.handlers(n, call.Handlers, b.node(n).Result)
	b.close(n)
	return n
}

// inline puts a copy of a canvas in the place of its call. Its parameters
// become names at the start of the copy. The canvas sees what its own module
// declares and nothing of what is around the call, so what there is to say
// about its statements has been said where it is declared.
func (b *body) inline(call *lang.Call, callee *callableSymbol, at lang.Range, segment string) int {
	if slices.Contains(b.inlined, callee) {
		return -1 // see findRecursiveCanvases
	}
	if len(b.inlined) > maxInlined {
		b.c.copied = maxCopied + 1
	}
	if b.c.copied > maxCopied {
		return -1
	}
	if len(call.Handlers) > 0 && len(callee.workflow.Handlers) > 0 {
		return b.inlineInChain(call, callee, at, segment)
	}
	n := b.open(ir.NCanvas, at, call.Range)
	b.canvasOptions(n, call, callee, segment)
	b.fillCanvas(n, call, callee, at)
	b.handlers(n, call.Handlers, callee.result)
	b.close(n)
	return n
}

// inlineInChain does the same where both the canvas and its call have handlers:
// those of the call belong to a chain around the canvas.
func (b *body) inlineInChain(call *lang.Call, callee *callableSymbol, at lang.Range, segment string) int {
	n := b.open(ir.NChain, at, call.Range)
	b.canvasOptions(n, call, callee, segment)
	inner := b.open(ir.NCanvas, at, call.Range)
	b.node(inner).Name, b.node(inner).Result = callee.name.Name, callee.result
	b.fillCanvas(inner, call, callee, at)
	b.close(inner)
	if callee.result.Kind != ir.KNone {
		yield := b.open(ir.NYield, call.Range, call.Range)
		value := b.hiddenSlot(inner)
		b.node(yield).Value, b.node(yield).Target = value, n
		b.close(yield)
	}
	b.handlers(n, call.Handlers, callee.result)
	b.close(n)
	return n
}

// canvasOptions names node n, which stands for a call of a canvas, and gives it
// the options of the call and of the canvas.
func (b *body) canvasOptions(n int, call *lang.Call, callee *callableSymbol, segment string) {
	b.node(n).Name, b.node(n).Result = segment, callee.result
	b.optionsOf(n, call.With, onCanvas, callee)
	b.declaredOptions(n, callee)
}

// fillCanvas puts the body of callee into the canvas node n. A canvas that is
// only checked where it is declared contains no others.
func (b *body) fillCanvas(n int, call *lang.Call, callee *callableSymbol, at lang.Range) {
	args := b.expressions().args(callee, call.Args, call)
	if call.Undo != nil {
		b.c.undoOfCanvas(b.mod, call, callee)
	}
	if b.checking {
		if b.uninlined == nil {
			b.uninlined = map[int]*callableSymbol{}
		}
		b.uninlined[n] = callee
		return
	}
	b.expandCanvas(n, call, callee, args)
	if len(b.inlined) == 0 && b.c.copied > maxCopied {
		b.c.tooManyNodes(b.mod, at, maxCopied)
	}
}

// expandCanvas puts a copy of the body of callee into the canvas node n.
func (b *body) expandCanvas(n int, call *lang.Call, callee *callableSymbol, args []*ir.Expr) {
	outer := *b
	body := b.openBody("", call.Range)
	b.node(n).Body = body
	b.node(body).Eff, b.node(body).Result = true, callee.result
	b.scope, b.facts, b.yields, b.round, b.growing, b.signals = &scope{}, nil, nil, nil, nil, nil
	b.returns = &target{node: n, want: callee.result, sym: callee}
	b.inlined = append(b.inlined[:len(b.inlined):len(b.inlined)], callee)
	b.c.muted(func() {
		b.bindParams(call, callee, args)
		b.mod, b.decl, b.places, b.cyclic = callee.mod, callee.workflow, nil, nil
		b.chain(callee.workflow.Body.Stmts)
		b.close(body)
		b.handlers(n, callee.workflow.Handlers, callee.result)
	})
	b.mod, b.decl, b.places, b.cyclic = outer.mod, outer.decl, outer.places, outer.cyclic
	b.bound, b.inlined, b.signals = b.bound[:len(outer.bound)], outer.inlined, outer.signals
	b.facts = outer.facts
	b.leave(&outer)
}

// bindParams binds the parameters of an inlined canvas. Its arguments have
// been elaborated outside, and stand at the call.
func (b *body) bindParams(call *lang.Call, callee *callableSymbol, args []*ir.Expr) {
	mod := b.mod
	for i, p := range callee.workflow.Params {
		if i >= len(args) {
			break // reported
		}
		value := args[i]
		if value == nil {
			value = callee.params[i].Default
		}
		typ := callee.params[i].Type
		if value == nil {
			value = constExpr(typ, ir.None{})
		}
		n := b.open(ir.NLet, call.Range, call.Range)
		b.node(n).Value, b.node(n).Result = value, typ
		b.close(n)
		b.mod = callee.mod
		b.bind(p.Name, typ, n, boundOther, nil)
		b.mod = mod
	}
}

// findRecursiveCanvases reports the canvases of m that contain themselves.
func (c *checker) findRecursiveCanvases(m *module) {
	const busy, done = 1, 2
	state := map[*callableSymbol]int{}
	var path []canvasCall
	var visit func(sym *callableSymbol)
	visit = func(sym *callableSymbol) {
		state[sym] = busy
		lang.Walk(&sym.workflow.Body, func(n lang.Node) bool {
			call := c.canvasCalled(sym.mod, n)
			if call == nil {
				return true
			}
			path = append(path, canvasCall{sym, n, call})
			switch state[call] {
			case 0:
				visit(call)
			case busy:
				c.recursiveCanvas(path, call)
			}
			path = path[:len(path)-1]
			return true
		})
		state[sym] = done
	}
	for _, sym := range m.ordered {
		if sym.workflow != nil && sym.workflow.Canvas && state[sym] == 0 {
			visit(sym)
		}
	}
}

// canvasCall is a call of a canvas that stands in another.
type canvasCall struct {
	in     *callableSymbol
	at     lang.Node
	callee *callableSymbol
}

// canvasCalled returns the canvas that the node n of m calls, nil if it calls
// none.
func (c *checker) canvasCalled(m *module, n lang.Node) *callableSymbol {
	var path []lang.Ident
	switch n := n.(type) {
	case *lang.Call:
		path = n.Callee
	case *lang.CallExpr:
		path = calleePath(n.Fun)
	}
	if sym := c.findCallable(m, path); sym != nil && sym.workflow != nil && sym.workflow.Canvas {
		return sym
	}
	return nil
}
