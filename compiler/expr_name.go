package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// lookup returns what name stands for here, or nil.
func (x *exprEnv) lookup(name string) *symbol {
	if sym := x.scope.lookup(name); sym != nil {
		return sym
	}
	return x.mod.values[name]
}

func (x *exprEnv) name(e *lang.Name, hint *ir.Type) *ir.Expr {
	if e.Name == "result" && x.result != nil {
		return &ir.Expr{Op: ir.OpContext, Name: "result", Type: x.result, At: x.at(e)}
	}
	if sym := x.lookup(e.Name); sym != nil {
		return x.use(sym, e.Range)
	}
	if e.Name == "" || x.missing != nil && x.missing(e) {
		return invalidExpr // reported by the parser, or just now
	}
	return x.errUnknownName(e, hint)
}

// use elaborates a use of sym: by its kind, as it is seen from here, and as
// the conditions around narrow it.
func (x *exprEnv) use(sym *symbol, at lang.Range) *ir.Expr {
	sym.used = true
	if sym.kind == symConst && sym.value == nil && sym.lazy != nil {
		sym.lazy()
	}
	if sym.kind == symConst {
		if sym.value == nil {
			return invalidExpr
		}
		return sym.value
	}
	if sym.typ == nil || sym.typ.Kind == ir.KInvalid {
		if x.see != nil && sym.kind == symSlot {
			x.see(sym, at) // the use counts, whatever the type
		}
		return invalidExpr
	}
	g := &ir.Expr{Type: sym.typ, Index: sym.index, At: x.at(at)}
	switch sym.kind {
	case symParam:
		g.Op, g.Index, g.Name = ir.OpParam, 0, sym.mod.unique(sym.name)
	case symLocal:
		g.Op = ir.OpLocal
	default:
		return x.slot(g, sym, at)
	}
	return x.narrowed(g, sym)
}

// slot makes g a use of the slot of sym.
func (x *exprEnv) slot(g *ir.Expr, sym *symbol, at lang.Range) *ir.Expr {
	g.Op = ir.OpSlot
	if x.see != nil {
		view, bad := x.see(sym, at)
		if bad {
			return invalidExpr
		}
		g.Op = view
	}
	if x.up != nil && sym.frame != x.frame {
		g.Up = x.up(x.frame, sym.frame)
	}
	switch g.Op {
	case ir.OpSlotOutcome:
		g.Type = ir.OutcomeOf(sym.typ)
		return g
	case ir.OpSlotOptional:
		g.Type = ir.OptionalOf(sym.typ)
	}
	if sym.typ.Kind == ir.KNone {
		return x.errNoValue(sym, at)
	}
	return x.narrowed(g, sym)
}

// maxFacts is how many facts are looked at for one spot. It bounds the cost
// of a block of nothing but conditions.
const maxFacts = 256

// narrowed applies the latest fact about sym to its use g.
func (x *exprEnv) narrowed(g *ir.Expr, sym *symbol) *ir.Expr {
	if typ := x.known(spot{sym: sym}); typ != nil {
		g.Type = typ
	}
	return g
}

// known returns the type that the latest fact about a spot gives it, nil if
// there is none.
func (x *exprEnv) known(at spot) *ir.Type {
	for i := len(x.facts) - 1; i >= max(0, len(x.facts)-maxFacts); i-- {
		if x.facts[i].spot == at {
			return x.facts[i].typ
		}
	}
	return nil
}

// typeName elaborates a type's name that stands alone: an error without
// fields, as in `raise TooLate`.
func (x *exprEnv) typeName(e *lang.TypeName) *ir.Expr {
	sym := x.typeSymbol(e)
	if sym == nil {
		return invalidExpr
	}
	typ := x.c.named(sym)
	switch {
	case typ.Kind == ir.KInvalid:
		return invalidExpr
	case typ.Kind != ir.KError:
		return x.errTypeAsValue(e, sym, typ)
	}
	return x.record(e, typ, nil)
}

// typeSymbol returns what a type's name in an expression stands for, nil when
// it has reported that there is none.
func (x *exprEnv) typeSymbol(e *lang.TypeName) *typeSymbol {
	r := e.Range
	if e.Module != nil {
		r.Start = r.End - int32(len(e.Name))
	}
	return x.c.typeNamed(x.mod, e.Module, lang.Ident{Range: r, Name: e.Name})
}

// enumMember elaborates `Tier.gold`.
func (x *exprEnv) enumMember(e *lang.Field, of *lang.TypeName) *ir.Expr {
	sym := x.typeSymbol(of)
	if sym == nil {
		return invalidExpr
	}
	typ := x.c.named(sym)
	switch typ.Kind {
	case ir.KInvalid:
		return invalidExpr
	case ir.KEnum:
		if x.c.place(typ.Decl, e.Name.Name) >= 0 {
			return constExpr(typ, ir.String(e.Name.Name))
		}
		return x.errUnknownMember(e, sym, typ)
	}
	return x.errTypeAsValue(of, sym, typ)
}

// moduleOf returns the module that e names, nil if e is something else.
func (x *exprEnv) moduleOf(e lang.Expr) *importedModule {
	n, ok := e.(*lang.Name)
	if !ok {
		return nil
	}
	imported := x.mod.imports[n.Name]
	if imported == nil || x.lookup(n.Name) != nil {
		return nil
	}
	imported.used = true
	return imported
}

// imported elaborates `module.name`.
func (x *exprEnv) imported(e *lang.Field, from *importedModule) *ir.Expr {
	if from.mod.broken {
		return invalidExpr
	}
	if sym := from.mod.values[e.Name.Name]; sym != nil {
		return x.use(sym, e.Range)
	}
	return x.errUnknownImported(e, from)
}

// facts of a run, by name.
var runFacts = map[string]*ir.Type{
	"id":          ir.StringType,
	"workflow_id": ir.StringType,
	"attempt":     ir.IntType,
	"tags":        ir.ListOf(ir.StringType),
}

// commandFacts are those that whoever runs a program is told; it does not know
// the rest of the run.
var commandFacts = map[string]bool{"id": true, "attempt": true}

// context elaborates a fact of the run or of the activity, such as `run.id`.
// ok is false when e is something else.
func (x *exprEnv) context(e *lang.Field) (g *ir.Expr, ok bool) {
	n, isName := e.X.(*lang.Name)
	if !isName || n.Name != "run" && n.Name != "activity" || x.lookup(n.Name) != nil {
		return nil, false
	}
	var typ *ir.Type
	switch {
	case n.Name == "run":
		typ = runFacts[e.Name.Name]
	case x.activity == "":
		return x.errActivityFact(e), true
	case e.Name.Name == "name":
		return constExpr(ir.StringType, ir.String(x.activity)), true
	}
	switch {
	case typ == nil:
		return x.errUnknownFact(e, n.Name), true
	case x.command && !commandFacts[e.Name.Name]:
		return x.errFactOfRun(e), true
	}
	return &ir.Expr{Op: ir.OpContext, Name: n.Name + "." + e.Name.Name, Type: typ, At: x.at(e)}, true
}
