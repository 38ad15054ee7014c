package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// exprEnv is what an expression may refer to. A statement makes one; the
// bodies of lambdas and comprehensions get copies with a scope of their own.
type exprEnv struct {
	c          *checker
	mod        *module
	scope      *scope
	frame      int                                                     // frame that the expression is evaluated in
	up         func(from, to int) int                                  // number of frames between; nil means that there is one frame
	see        func(sym *symbol, at lang.Range) (view ir.Op, bad bool) // how a slot is seen from here: ir.OpSlot, ir.OpSlotOutcome or ir.OpSlotOptional; bad when it has been reported; nil means always ir.OpSlot
	facts      []fact                                                  // what conditions say here; later ones win
	inActivity bool                                                    // attributes of an activity: `activity.name` means something, and so do result and run facts
	result     *ir.Type                                                // of `result` in an undo; nil where there is none
	missing    func(n *lang.Name) bool                                 // called when a name is not found; reports whether it has reported that; nil means never
	locals     int                                                     // variables of the lambdas and comprehensions around
}

// expr elaborates e into an expression that fits want; nil means any type.
// What does not fit is reported, and has the invalid type. The result is never
// nil.
func (x *exprEnv) expr(e lang.Expr, want *ir.Type) *ir.Expr { return invalidExpr }

// cond elaborates a condition, with what it says about names where it holds
// and where it does not.
func (x *exprEnv) cond(e lang.Expr) (cond *ir.Expr, whenTrue, whenFalse []fact) {
	return invalidExpr, nil, nil
}

// constant evaluates e, which must not depend on anything that changes.
func (x *exprEnv) constant(e lang.Expr, want *ir.Type) (v ir.Value, ok bool) { return nil, false }

// args elaborates the arguments of a call, by parameter; nil where the default
// is to be used. at is the call.
func (x *exprEnv) args(callee *callableSymbol, args []lang.Arg, at lang.Node) []*ir.Expr { return nil }

// invalidExpr stands for an expression that has been reported.
var invalidExpr = &ir.Expr{Op: ir.OpConst, Type: ir.Invalid, Value: ir.None{}, At: ir.NoPos}
