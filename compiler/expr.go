package compiler

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// exprEnv is what an expression may refer to. A statement makes one; the
// bodies of lambdas and comprehensions get copies with a scope of their own.
type exprEnv struct {
	c        *checker
	mod      *module
	scope    *scope                                                  // nil means only what the module declares
	frame    int                                                     // frame that the expression is evaluated in
	up       func(from, to int) int                                  // number of frames between; nil means that there is one frame
	see      func(sym *symbol, at lang.Range) (view ir.Op, bad bool) // how a slot is seen from here: ir.OpSlot, ir.OpSlotOutcome or ir.OpSlotOptional; bad when it has been reported; nil means always ir.OpSlot
	why      func(sym *symbol) []diag.Label                          // what makes the name an outcome; nil means nothing to show
	facts    []fact                                                  // what conditions say here; later ones win
	activity string                                                  // the activity that this is an attribute of, which is `activity.name`; else ""
	command  bool                                                    // this is what a program is told: `run`, `env`, `cwd` or `stdin`
	result   *ir.Type                                                // of `result`, in an undo; nil where there is none
	missing  func(n *lang.Name) bool                                 // called when a name is not found; reports whether it has reported that; nil means never
	stmt     lang.Range                                              // the statement, if another can be put before it; else the zero range
	locals   int                                                     // variables of the lambdas and comprehensions around
	secrets  secretUse                                               // what may be done with secrets
}

// site is where a value goes, for messages.
type site struct {
	short  string          // name of the field that the value is short for, as in `Row { geo }`
	callee *callableSymbol // the value is an argument of this; nil otherwise
	param  int             // which of its parameters
	wrong  *wrongArgs      // of an argument: where a mismatch is noted, to be reported with the others
}

// expr elaborates e into an expression that fits want; nil means any type.
// What does not fit is reported, and has the invalid type. The result is never
// nil.
func (x *exprEnv) expr(e lang.Expr, want *ir.Type) *ir.Expr {
	return x.fit(x.infer(e, want), want, e, nil)
}

// infer elaborates e. The expected type hint, which may be nil, gives meaning
// to literals; the result need not fit it.
func (x *exprEnv) infer(e lang.Expr, hint *ir.Type) *ir.Expr {
	g := x.elaborate(e, hint)
	if x.secrets == secretsRead {
		return revealed(g)
	}
	return g
}

func (x *exprEnv) elaborate(e lang.Expr, hint *ir.Type) *ir.Expr {
	switch e := e.(type) {
	case *lang.Lit:
		return x.literal(e, hint)
	case *lang.StringLit:
		return x.stringLit(e, hint)
	case *lang.Name:
		return x.name(e, hint)
	case *lang.TypeName:
		return x.typeName(e)
	case *lang.RecordLit:
		return x.recordLit(e)
	case *lang.MapLit:
		return x.mapLit(e, hint)
	case *lang.ListLit:
		return x.listLit(e, hint)
	case *lang.Comprehension:
		return x.comprehension(e, hint)
	case *lang.Lambda:
		return x.errLambda(e)
	case *lang.CallExpr:
		return x.call(e, hint)
	case *lang.Field:
		return x.field(e)
	case *lang.Index:
		return x.index(e)
	case *lang.Optional:
		return x.optional(e)
	case *lang.Unary, *lang.Is:
		g, _, _ := x.truth(e, hint)
		return g
	case *lang.Binary:
		return x.binary(e, hint)
	case *lang.As:
		return x.as(e)
	case *lang.IfExpr:
		return x.ifExpr(e, hint)
	case *lang.Paren:
		return x.infer(e.X, hint)
	case *lang.BadExpr, nil:
		return invalidExpr // reported by the parser
	}
	panic(fmt.Sprintf("unexpected %T", e))
}

// invalidExpr stands for an expression that has been reported.
var invalidExpr = &ir.Expr{Op: ir.OpConst, Type: ir.Invalid, Value: ir.None{}, At: ir.NoPos}

// bad reports whether g has been reported.
func bad(g *ir.Expr) bool { return g.Type.Kind == ir.KInvalid }

// at returns the place of n for an expression.
func (x *exprEnv) at(n lang.Node) ir.Pos { return x.mod.at(n) }

// inner returns a copy of x in which name is one more local variable, and that
// variable.
func (x *exprEnv) inner(name lang.Ident, typ *ir.Type) (*exprEnv, *symbol) {
	if before := x.lookup(name.Name); before != nil {
		x.errHides(name, before)
	}
	sym := &symbol{kind: symLocal, name: name.Name, typ: typ, mod: x.mod, at: name.Range, index: x.locals, node: -1}
	y := *x
	y.scope = &scope{parent: x.scope, names: map[string]*symbol{name.Name: sym}}
	y.locals++
	y.stmt = lang.Range{} // what is inside runs more than once, or not at all
	return &y, sym
}

// with returns x, or a copy of it in which facts hold too.
func (x *exprEnv) with(facts []fact) *exprEnv {
	y := *x
	y.stmt = lang.Range{}
	if len(facts) > 0 {
		y.facts = append(x.facts[:len(x.facts):len(x.facts)], facts...)
	}
	return &y
}
