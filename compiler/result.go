package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/stdlib"
)

// target is what a yield or a return gives its value to, and ends.
type target struct {
	node    int
	at      lang.Range      // its keyword
	want    *ir.Type        // type of the value; nil means what the yields make of it
	sym     *callableSymbol // whose result it is; nil for a yield
	barrier bool            // a group, dag or race: nothing can be yielded directly in it
	quiet   string          // a handler of this kind: it cannot replace the result; "" if there is none
	yields  []int           // the nodes that give it a value
}

// result lowers a yield or a return.
func (b *body) result(r *lang.Result) {
	t := b.returns
	if r.Yield {
		t = b.yieldTarget(r)
	} else if t.quiet != "" {
		b.c.yieldInHandler(b.mod, r, t)
		t = nil
	}
	wrapped := -1
	call := b.calledBy(r)
	if call != nil && concurrent(b.node(b.at).Kind) {
		wrapped = b.open(ir.NChain, r.Range, r.Range) // the call comes before what uses it
	}
	var value *ir.Expr
	switch {
	case call != nil:
		value = b.calledValue(call, r, t)
	case r.Value != nil:
		var want *ir.Type
		if t != nil && t.want != nil && t.want.Kind != ir.KNone {
			want = t.want
		}
		value = b.expressions().expr(r.Value, want)
	}
	if call == nil && (len(r.With) > 0 || r.Undo != nil || len(r.Handlers) > 0) {
		b.c.optionsOnValue(b.mod, r)
	}
	if t != nil {
		b.give(t, r, value)
	}
	if wrapped >= 0 {
		b.close(wrapped)
	}
}

// yieldTarget returns what a yield that stands here gives its value to, nil
// when it has reported that there is nothing.
func (b *body) yieldTarget(r *lang.Result) *target {
	switch t := b.yields; {
	case t == nil:
		b.c.yieldToNothing(b.mod, r)
	case t.quiet != "":
		b.c.yieldInHandler(b.mod, r, t)
	case t.barrier:
		b.c.yieldInGroup(b.mod, r, t, b.node(t.node).Kind)
	default:
		return t
	}
	return nil
}

// give appends the node that gives value, which may be nil, to t.
func (b *body) give(t *target, r *lang.Result, value *ir.Expr) {
	kind := ir.NReturn
	if r.Yield || b.node(t.node).Kind == ir.NBody {
		kind = ir.NYield
	}
	n := b.open(kind, r.Range, r.Range)
	node := b.node(n)
	node.Value, node.Target = value, t.node
	b.close(n)
	if t.want == nil {
		t.yields = append(t.yields, n)
		return
	}
	switch none := t.want.Kind == ir.KNone; {
	case none && value != nil && value.Type.Kind != ir.KNone && value.Type.Kind != ir.KInvalid:
		b.c.resultNotDeclared(b.mod, r, t, value.Type)
	case !none && value == nil && t.want.Kind != ir.KInvalid && t.want.Kind != ir.KOptional:
		b.c.returnsNothing(b.mod, r, t)
	}
}

// settle returns the type that all yields of t have in common, and makes each
// of them give that; the type of none if there are no yields.
func (b *body) settle(t *target) *ir.Type {
	typ := ir.NoneType
	for i, n := range t.yields {
		this := ir.NoneType
		if v := b.node(n).Value; v != nil {
			this = v.Type
		}
		joined := this
		if i > 0 {
			joined = join(typ, this)
		}
		if joined == nil {
			b.c.yieldsDiffer(b.node(n).At, b.node(t.yields[0]).At, typ, this)
			return ir.Invalid
		}
		typ = joined
	}
	for _, n := range t.yields {
		node := b.node(n)
		switch {
		case node.Value != nil:
			node.Value = convert(node.Value, typ)
		case typ.Kind != ir.KNone:
			node.Value = constExpr(typ, ir.None{})
		}
	}
	return typ
}

// calledBy returns the call that r gives the value of; nil if r gives the value
// of an expression.
func (b *body) calledBy(r *lang.Result) *lang.Call {
	e, ok := r.Value.(*lang.CallExpr)
	if !ok {
		return nil
	}
	path := calleePath(e.Fun)
	if b.c.findCallable(b.mod, path) == nil && !b.misspelt(path) {
		return nil
	}
	return &lang.Call{
		Range: r.Range, Callee: path, Args: e.Args, ArgsSpan: e.ArgsSpan,
		With: r.With, Undo: r.Undo, Handlers: r.Handlers,
	}
}

// misspelt reports whether path, which calls nothing, is rather a misspelt
// activity, workflow or canvas than a function of the library.
func (b *body) misspelt(path []lang.Ident) bool {
	if len(path) != 1 || len(stdlib.Lookup(path[0].Name)) > 0 || path[0].Name == "ref" || path[0].Name == "secret" {
		return false
	}
	return b.c.nearestCallable(b.mod, path[0].Name) != nil
}

// calleePath returns the names in `a.b`, nil if f is not of that form.
func calleePath(f lang.Expr) []lang.Ident {
	switch f := f.(type) {
	case *lang.Name:
		return []lang.Ident{{Range: f.Range, Name: f.Name}}
	case *lang.Field:
		if x, ok := f.X.(*lang.Name); ok {
			return []lang.Ident{{Range: x.Range, Name: x.Name}, f.Name}
		}
	}
	return nil
}

// calledValue lowers the call after `yield` or `return`, and returns its value;
// nil if it has none.
func (b *body) calledValue(call *lang.Call, r *lang.Result, t *target) *ir.Expr {
	n := b.call(call, nil)
	if n < 0 {
		return invalidExpr
	}
	value := b.hiddenSlot(n)
	if value.Type.Kind == ir.KNone {
		b.node(n).Slot = -1
		return nil
	}
	if t != nil && t.want != nil && t.want.Kind != ir.KNone {
		value = b.expressions().fit(value, t.want, r.Value, nil)
	}
	return value
}
