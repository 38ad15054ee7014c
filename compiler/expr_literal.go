package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// constant expressions of the words.
var (
	noneExpr  = &ir.Expr{Op: ir.OpConst, Type: ir.NoneType, Value: ir.None{}, At: ir.NoPos}
	trueExpr  = &ir.Expr{Op: ir.OpConst, Type: ir.BoolType, Value: ir.Bool(true), At: ir.NoPos}
	falseExpr = &ir.Expr{Op: ir.OpConst, Type: ir.BoolType, Value: ir.Bool(false), At: ir.NoPos}
)

func constExpr(t *ir.Type, v ir.Value) *ir.Expr {
	return &ir.Expr{Op: ir.OpConst, Type: t, Value: v, At: ir.NoPos}
}

func (x *exprEnv) literal(e *lang.Lit, hint *ir.Type) *ir.Expr {
	switch e.Kind {
	case lang.IntLit:
		if h := plain(hint); h != nil && h.Kind == ir.KFloat {
			return constExpr(ir.FloatType, ir.Float(e.Int))
		}
		return constExpr(ir.IntType, ir.Int(e.Int))
	case lang.FloatLit:
		return constExpr(ir.FloatType, ir.Float(e.Num))
	case lang.PercentLit:
		return constExpr(ir.FloatType, ir.Float(e.Num/100))
	case lang.BoolLit:
		if e.Int != 0 {
			return trueExpr
		}
		return falseExpr
	case lang.DurationLit:
		return constExpr(ir.DurationType, ir.Duration(e.Int))
	case lang.SizeLit:
		return constExpr(ir.SizeType, ir.Size(e.Int))
	case lang.DateLit:
		return constExpr(ir.DateType, ir.Date(e.Int))
	case lang.TimeLit:
		return constExpr(ir.TimeType, ir.Time(e.Int))
	}
	return noneExpr
}

// stringLit gives a string or, where one is expected, a url or path.
func (x *exprEnv) stringLit(e *lang.StringLit, hint *ir.Type) *ir.Expr {
	typ := ir.StringType
	if h := plain(hint); h != nil && (h.Kind == ir.KURL || h.Kind == ir.KPath) {
		typ = h
	}
	if text, ok := e.Constant(); ok {
		return constExpr(typ, ir.String(text))
	}
	g := &ir.Expr{Op: ir.OpInterp, Type: typ, At: x.at(e),
		Args: make([]*ir.Expr, 0, len(e.Parts)), Names: make([]string, 0, len(e.Parts))}
	ok := true
	for i := range e.Parts {
		part := &e.Parts[i]
		arg := x.interpolated(part)
		ok = ok && !bad(arg)
		g.Args = append(g.Args, arg)
		g.Names = append(g.Names, part.Format)
	}
	if !ok {
		return invalidExpr
	}
	return g
}

// interpolated elaborates a part of a string: text, or a scalar. In what a
// program is told a ref may stand too: there its key is a path to the content.
func (x *exprEnv) interpolated(part *lang.StringPart) *ir.Expr {
	if part.Expr == nil {
		return constExpr(ir.StringType, ir.String(part.Text))
	}
	g := x.infer(part.Expr, nil)
	switch {
	case bad(g):
		return g
	case isSecret(g.Type):
		return x.errSecretUsed(part.Expr, g.Type)
	case g.Type.Kind == ir.KOptional || g.Type.Kind == ir.KOutcome:
		return x.errMissing(g, ir.StringType, part.Expr, nil)
	case g.Type.Kind == ir.KRef && x.command && part.Format == "":
		return &ir.Expr{Op: ir.OpField, Type: refFields["key"], Args: []*ir.Expr{g}, Name: "key", At: x.at(part.Expr)}
	case !hasText(g.Type):
		return x.errNoText(part.Expr, g.Type)
	case part.Format == "":
		return g
	case g.Type.Kind != ir.KDate && g.Type.Kind != ir.KTime:
		return x.errFormatOf(part, g.Type)
	}
	if err := ir.CheckTimeFormat(part.Format, g.Type.Kind); err != nil {
		return x.errFormat(part, err)
	}
	return g
}

// hasText reports whether values of t can stand in a string.
func hasText(t *ir.Type) bool {
	switch t.Kind {
	case ir.KBool, ir.KInt, ir.KFloat, ir.KString, ir.KURL, ir.KPath, ir.KDate, ir.KTime, ir.KDuration, ir.KSize, ir.KEnum:
		return true
	}
	return false
}

// refTo elaborates `ref(key)`, which has the type that is expected.
func (x *exprEnv) refTo(e *lang.CallExpr, hint *ir.Type) *ir.Expr {
	if len(e.Args) != 1 || e.Args[0].Name != nil {
		return x.errRefArguments(e)
	}
	key := x.expr(e.Args[0].Value, ir.StringType)
	if bad(key) {
		return key
	}
	typ := plain(hint)
	if typ == nil || typ.Kind != ir.KRef {
		typ = &ir.Type{Kind: ir.KRef, Elem: ir.BytesType}
	}
	return &ir.Expr{Op: ir.OpRef, Type: typ, Args: []*ir.Expr{key}, At: x.at(e)}
}
