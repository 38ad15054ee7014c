package compiler

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// groupKinds are the nodes of the four blocks, with where their options stand.
var groupKinds = [...]struct {
	kind ir.NodeKind
	on   optionPlace
}{
	lang.Chain:    {ir.NChain, onChain},
	lang.Parallel: {ir.NGroup, onGroup},
	lang.Dag:      {ir.NDag, onDag},
	lang.Race:     {ir.NRace, onRace},
}

// group lowers a chain, group, dag or race. A nameless one shares the scope
// around it, so that its names are visible after it; a race never does, as
// all but one of its members are cancelled.
func (b *body) group(s *lang.Step, g *lang.Group) (falls bool) {
	n := b.openStep(groupKinds[g.Kind].kind, s, g.Keyword)
	b.options(n, g.With, groupKinds[g.Kind].on)
	outer := *b
	if s.Name != nil || g.Kind == lang.Race {
		b.scope = &scope{parent: b.scope}
	}
	switch {
	case g.Kind != lang.Chain:
		b.yields, b.round = &target{node: n, barrier: true, at: g.Keyword}, nil
	case s.Name != nil:
		b.yields = &target{node: n, at: g.Keyword}
	}
	switch g.Kind {
	case lang.Chain:
		falls = b.chain(g.Body.Stmts)
	case lang.Dag:
		falls = b.dag(n, g.Body.Stmts)
	case lang.Race:
		falls = b.racers(n, g.Body.Stmts)
	default:
		falls = b.members(g.Body.Stmts)
	}
	typ := ir.NoneType
	if s.Name != nil || g.Kind == lang.Race {
		typ, falls = b.groupValue(n, g, len(outer.bound), falls)
	}
	inside := b.scope // handlers see the names of the block
	b.leave(&outer)
	b.scope = inside
	caught := b.handlers(n, g.Handlers, typ)
	b.scope = outer.scope
	if falls = falls || caught; !falls && b.node(b.node(n).Parent).Kind == ir.NRace {
		b.hopeless = append(b.hopeless, n)
	}
	falls = falls || b.absorbs(n)
	b.closeStep(n, s, typ, boundBlock)
	return falls
}

// racers lowers the members of race n, which is left only if all of them leave.
// Those that never end with a value, such as a deadline that raises, do not
// matter to its type; they are noted in b.losers.
func (b *body) racers(n int, stmts []lang.Stmt) (falls bool) {
	facts := len(b.facts)
	b.losers = nil
	var losers []int
	for _, s := range stmts {
		before, never := len(b.node(n).Members), len(b.hopeless)
		ends := b.statement(s)
		b.facts = b.facts[:facts]
		if falls = falls || ends; !ends || len(b.hopeless) > never {
			losers = append(losers, b.node(n).Members[before:]...)
		}
		b.hopeless = b.hopeless[:never]
	}
	b.losers = losers
	return falls
}

// absorbs reports whether what is after n can run although n has failed.
func (b *body) absorbs(n int) bool {
	node := b.node(n)
	if node.Explicit && !node.Eff {
		return true
	}
	return !node.Eff && concurrent(b.node(node.Parent).Kind)
}

// concurrent reports whether the members of such a node run at the same time.
func concurrent(k ir.NodeKind) bool { return k == ir.NGroup || k == ir.NDag || k == ir.NRace }

// groupValue returns the type of the value of a named block: what it yields or
// else the record of the names bound in it since b.bound had mark entries.
func (b *body) groupValue(n int, g *lang.Group, mark int, falls bool) (*ir.Type, bool) {
	if g.Kind == lang.Race {
		return b.raceValue(n, b.bound[mark:]), falls
	}
	if t := b.yields; !t.barrier && len(t.yields) > 0 {
		if falls {
			b.c.missingYield(b.mod, g.Keyword, g.Kind.String(), t)
		}
		return b.settle(t), true
	}
	value := b.record(n, b.bound[mark:])
	if value == nil {
		return ir.NoneType, falls
	}
	b.node(n).Value = value
	return value.Type, falls
}

// record returns the record of those names that are bound directly in block n,
// seen from its end; nil if none of them has a value.
func (b *body) record(n int, bound []binding) *ir.Expr {
	var names []*symbol
	for _, bound := range bound {
		if bound.scope == b.scope {
			names = append(names, bound.sym)
		}
	}
	slices.SortStableFunc(names, func(a, b *symbol) int { return int(a.at.Start) - int(b.at.Start) })
	value := &ir.Expr{Op: ir.OpRecord, At: b.node(n).At}
	typ := &ir.Type{Kind: ir.KRecord}
	for _, sym := range names {
		sym.used = true
		arg := &ir.Expr{Op: ir.OpSlot, Type: sym.typ, Index: sym.index, At: b.mod.pos(sym.at)}
		if b.absorbedWithin(sym, n) {
			arg.Op, arg.Type = ir.OpSlotOutcome, ir.OutcomeOf(sym.typ)
		}
		if arg.Type.Kind == ir.KNone {
			continue
		}
		typ.Fields = append(typ.Fields, ir.Field{Name: sym.name, Type: arg.Type})
		value.Names = append(value.Names, sym.name)
		value.Args = append(value.Args, arg)
	}
	if len(value.Args) == 0 {
		return nil
	}
	value.Type = typ
	return value
}

// raceValue returns the type of the winner's value. The names in a race are
// only ids: nothing can use them.
func (b *body) raceValue(n int, bound []binding) *ir.Type {
	for _, bound := range bound {
		bound.sym.used = true
	}
	first, typ := -1, ir.NoneType
	for _, m := range b.node(n).Members {
		member := b.node(m)
		if _, loses := slices.BinarySearch(b.losers, m); loses || member.Kind >= ir.NLet {
			continue
		}
		if first < 0 {
			first, typ = m, member.Result
			continue
		}
		joined := join(typ, member.Result)
		if joined == nil {
			b.c.racersDiffer(member.At, b.node(first).At, typ, member.Result)
			return ir.Invalid
		}
		typ = joined
	}
	return typ
}

// mapOver lowers a map.
func (b *body) mapOver(s *lang.Step, m *lang.Map) (falls bool) {
	n := b.openStep(ir.NMap, s, m.Keyword)
	b.options(n, m.With, onMap)
	list, elem := b.list(m.List, "map")
	b.node(n).List = list
	if b.node(n).Options.Batch != nil && elem.Kind != ir.KInvalid {
		elem = ir.ListOf(elem)
	}
	item := b.items(n, iteration{
		word: "map", keyword: m.Keyword, item: m.Item, elem: elem, by: m.By, block: m.Body,
		enter: func() {
			if m.Index != nil {
				b.node(n).IndexSlot = b.bindSlot(*m.Index, ir.IntType, -1, boundOther, nil).index
			}
		},
	})
	typ := b.mapType(n, item)
	b.handlers(n, m.Handlers, typ)
	if s.Name == nil {
		b.checkHidden(n, m.With, m.Handlers, "items")
	}
	b.closeStep(n, s, typ, boundBlock)
	return true
}

// iteration is what a map and an expand have in common.
type iteration struct {
	word    string
	keyword lang.Range
	item    lang.Ident
	elem    *ir.Type
	by      lang.Expr
	block   lang.Block
	enter   func() // called in the scope of the body, before its statements
}

// items lowers the body of a map or expand, which has a frame for each item,
// and returns the type of what it yields.
func (b *body) items(n int, it iteration) *ir.Type {
	outer := *b
	inner := b.newFrame(n)
	b.frame = inner
	body := b.openBody("", it.block.Range)
	b.node(n).Body, b.node(n).Inner = body, inner
	b.scope = newScope(b.scope)
	b.node(n).ItemSlot = b.bindSlot(it.item, it.elem, -1, boundOther, nil).index
	it.enter()
	if it.by != nil {
		b.node(n).Key = b.key(it.by)
	}
	b.yields, b.round = &target{node: body, at: it.keyword}, nil
	falls := b.chain(it.block.Stmts)
	if len(b.yields.yields) > 0 && falls {
		b.c.missingYield(b.mod, it.keyword, it.word, b.yields)
	}
	item := b.settle(b.yields)
	b.node(body).Result = item
	b.close(body)
	b.leave(&outer)
	return item
}

// mapType returns the type of the value of map n, whose items have type item.
func (b *body) mapType(n int, item *ir.Type) *ir.Type {
	node := b.node(n)
	switch {
	case node.Options.Tolerate != nil || !node.Eff:
		item = ir.OutcomeOf(item)
	case item.Kind == ir.KNone:
		return item
	}
	if item.Kind == ir.KInvalid {
		return item
	}
	return ir.ListOf(item)
}

// list elaborates what a map or expand goes over, and returns the type of its
// elements too.
func (b *body) list(e lang.Expr, what string) (list *ir.Expr, elem *ir.Type) {
	x := b.expressions()
	list = x.infer(e, nil)
	switch list.Type.Kind {
	case ir.KList:
		return list, list.Type.Elem
	case ir.KInvalid:
		return list, ir.Invalid
	case ir.KOptional, ir.KOutcome:
		if inner := list.Type.Elem; inner.Kind == ir.KList {
			return x.fit(list, inner, e, nil), inner.Elem
		}
	}
	b.c.notAList(b.mod, e, what, list.Type, b.declaring(e))
	return invalidExpr, ir.Invalid
}

// key elaborates a `by`.
func (b *body) key(e lang.Expr) *ir.Expr {
	outer := b.stmt
	b.stmt = lang.Range{} // a statement before the map does not know the item
	key := b.expressions().expr(e, nil)
	b.stmt = outer
	if bad(key) || canBeKey(key.Type) {
		return key
	}
	b.c.badKey(b.mod, e, key.Type)
	return invalidExpr
}

// canBeKey reports whether values of type t can be a part of a node's id.
func canBeKey(t *ir.Type) bool {
	switch t.Kind {
	case ir.KString, ir.KInt, ir.KEnum, ir.KURL, ir.KPath, ir.KDate:
		return true
	}
	return false
}
