package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// depthName is the name of an item's distance from a seed, in an expand.
const depthName = "depth"

// expansion is the expand that a `grow` adds items to.
type expansion struct {
	node  int
	items lang.Expr // where its items come from
	elem  *ir.Type
}

// expand lowers an expand: a map that finds its items while it runs.
func (b *body) expand(s *lang.Step, e *lang.Expand) (falls bool) {
	n := b.openStep(ir.NExpand, s, e.Keyword)
	b.options(n, e.With, onExpand)
	list, elem := b.list(e.List, "expand")
	b.node(n).List = list
	if b.node(n).Options.Limit == nil {
		b.c.unboundedExpand(b.mod, e)
	}
	item := b.items(n, iteration{
		word: "expand", keyword: e.Keyword, item: e.Item, elem: elem, by: e.By, block: e.Body,
		enter: func() {
			b.bindDepth(n, e)
			b.growing = &expansion{n, e.List, elem}
			if e.By == nil {
				b.c.missingKey(b.mod, e)
			}
		},
	})
	typ := b.mapType(n, item)
	b.handlers(n, e.Handlers, typ)
	b.closeStep(n, s, typ, boundBlock)
	return true
}

// bindDepth binds the name of an item's depth. Inside another expand it is the
// innermost one's.
func (b *body) bindDepth(n int, e *lang.Expand) {
	name := lang.Ident{Range: e.Keyword, Name: depthName}
	if b.growing == nil {
		b.node(n).DepthSlot = b.bindSlot(name, ir.IntType, -1, boundOther, nil).index
		return
	}
	inside := b.scope
	b.scope = newScope(nil)
	sym := b.bindSlot(name, ir.IntType, -1, boundOther, nil)
	b.scope = inside
	b.node(n).DepthSlot = sym.index
	if b.scope.names == nil {
		b.scope.names = map[string]*symbol{}
	}
	b.scope.names[depthName] = sym
}

// grow lowers a statement that adds items to the expand around it.
func (b *body) grow(g *lang.Grow) {
	n := b.open(ir.NGrow, g.Range, g.Range)
	if b.growing == nil {
		b.c.misplaced(b.mod, g, "`grow` adds items to an `expand`, and there is none around it", "not inside an `expand`")
		b.expressions().infer(g.Value, nil)
	} else {
		x := b.expressions()
		want := ir.ListOf(b.growing.elem)
		value := x.infer(g.Value, want)
		if t := value.Type; t.Kind == ir.KOptional || t.Kind == ir.KOutcome || ir.Assignable(t, want) || b.growing.elem.Kind == ir.KInvalid {
			value = x.fit(value, want, g.Value, nil)
		} else {
			var record *ir.Type
			if value.Op == ir.OpField {
				record = value.Args[0].Type
			}
			b.c.growType(b.mod, g, value.Type, record, b.growing)
			value = invalidExpr
		}
		b.node(n).Value, b.node(n).Target = value, b.growing.node
	}
	b.close(n)
}

// round is the loop that a `next` goes on with.
type round struct {
	node int
	typ  *ir.Type // of its accumulator; nil if it has none
}

// loop lowers a loop. Its body has a frame for each round, in which the
// accumulator stands.
func (b *body) loop(s *lang.Step, l *lang.Loop) (falls bool) {
	n := b.openStep(ir.NLoop, s, l.Keyword)
	b.options(n, l.With, onLoop)
	if b.node(n).Options.Limit == nil {
		b.c.unboundedLoop(b.mod, l)
	}
	typ := ir.NoneType
	if l.Init != nil {
		init := b.expressions().expr(l.Init, nil)
		b.node(n).Init, typ = init, init.Type
	}
	outer := *b
	inner := b.newFrame(n)
	b.frame = inner
	body := b.openBody("", l.Body.Range)
	b.node(n).Body, b.node(n).Inner = body, inner
	b.scope = newScope(b.scope)
	if l.Acc != nil {
		b.node(n).ItemSlot = b.bindSlot(*l.Acc, typ, -1, boundOther, nil).index
	}
	if l.While != nil {
		b.stmt = lang.Range{}
		cond, holds, _ := b.expressions().cond(l.While)
		b.node(n).While = cond
		b.facts = append(b.facts, holds...) // a round begins only where it holds
	}
	b.yields = &target{node: n, barrier: true, at: l.Keyword}
	b.round = &round{n, typ}
	b.chain(l.Body.Stmts)
	b.node(body).Result = typ
	b.close(body)
	b.leave(&outer)

	b.handlers(n, l.Handlers, typ)
	b.closeStep(n, s, typ, boundBlock)
	return true
}

// next lowers a statement that ends a round and begins another.
func (b *body) next(s *lang.Next) {
	n := b.open(ir.NNext, s.Range, s.Range)
	if b.round == nil {
		b.c.misplaced(b.mod, s, "`next` goes on with a `loop`, and this is not the body of one", "not directly inside a `loop`")
		b.expressions().infer(s.Value, nil)
	} else {
		value := b.expressions().expr(s.Value, b.round.typ)
		b.node(n).Value, b.node(n).Target = value, b.round.node
	}
	b.close(n)
}

// leave restores what names and statements mean outside a block.
func (b *body) leave(outer *body) {
	b.frame, b.scope, b.facts, b.stmt = outer.frame, outer.scope, b.facts[:len(outer.facts)], outer.stmt
	b.yields, b.returns, b.round, b.growing = outer.yields, outer.returns, outer.round, outer.growing
}
