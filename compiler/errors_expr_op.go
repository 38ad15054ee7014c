package compiler

import (
	"cmp"
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// This file has one function for each way in which an operator does not apply.

func (x *exprEnv) errOperands(e *lang.Binary, a, b *ir.Type) *ir.Expr {
	switch {
	case isSecret(a):
		return x.errSecretUsed(e.X, a)
	case isSecret(b):
		return x.errSecretUsed(e.Y, b)
	}
	d := diag.Diagnostic{
		Code:      diag.BadOperand,
		Message:   fmt.Sprintf("`%s` has no meaning for `%s` and `%s`", e.Op, a, b),
		Primary:   x.label(e.OpSpan, "this operator"),
		Secondary: []diag.Label{x.label(e.X, fmt.Sprintf("type `%s`", a)), x.label(e.Y, fmt.Sprintf("type `%s`", b))},
	}
	switch {
	case e.Op == lang.OpAdd && (isTextual(a) && hasText(b) || hasText(a) && isTextual(b)):
		d.Fixes = []diag.Fix{advice("join text by `\"${a}${b}\"`")}
	case a.Kind == ir.KJSON || b.Kind == ir.KJSON:
		d.Fixes = []diag.Fix{advice("say what the `json` is, as in `… as int`; it is checked when this line runs")}
	case e.Op == lang.OpIn && b.Kind == ir.KOutcome:
		d.Fixes = []diag.Fix{advice("use its `.value`")}
	}
	return x.fail(d)
}

func (x *exprEnv) errUnary(e *lang.Unary, typ *ir.Type) *ir.Expr {
	if isSecret(typ) {
		return x.errSecretUsed(e.X, typ)
	}
	return x.fail(diag.Diagnostic{
		Code:    diag.BadOperand,
		Message: fmt.Sprintf("`-` has no meaning for %s", article(typ)),
		Primary: x.label(e.X, fmt.Sprintf("type `%s`", typ)),
	})
}

// errNotBool reports an operand of `and`, `or` or `not`.
func (x *exprEnv) errNotBool(e, op lang.Expr, typ *ir.Type) *ir.Expr {
	if isSecret(typ) {
		return x.errSecretUsed(e, typ)
	}
	word := lang.OpNot
	if b, ok := op.(*lang.Binary); ok {
		word = b.Op
	}
	d := diag.Diagnostic{
		Code:    diag.BadOperand,
		Message: fmt.Sprintf("`%s` takes bools, not %s", word, article(typ)),
		Primary: x.label(e, fmt.Sprintf("type `%s`", typ)),
	}
	text := x.text(e)
	switch {
	case text == "":
	case isNumber(typ):
		d.Fixes = []diag.Fix{advice("compare it: `%s != 0`", text)}
	case typ.Kind == ir.KList:
		d.Fixes = []diag.Fix{advice("compare its length: `len(%s) > 0`", text)}
	case isTextual(typ):
		d.Fixes = []diag.Fix{advice("compare it: `%s != \"\"`", text)}
	}
	return x.fail(d)
}

func (x *exprEnv) errNotComparable(e *lang.Binary, a, b *ir.Expr) *ir.Expr {
	for _, side := range []struct {
		g  *ir.Expr
		at lang.Expr
	}{{a, e.X}, {b, e.Y}} {
		if side.g.Type.Kind == ir.KOutcome {
			return x.errMissing(side.g, side.g.Type.Elem, side.at, nil)
		}
		if isSecret(side.g.Type) {
			return x.errSecretUsed(side.at, side.g.Type)
		}
	}
	d := diag.Diagnostic{
		Code:      diag.BadOperand,
		Message:   fmt.Sprintf("`%s` and `%s` cannot be equal", a.Type, b.Type),
		Primary:   x.label(e.OpSpan, "this comparison"),
		Secondary: []diag.Label{x.label(e.X, fmt.Sprintf("type `%s`", a.Type)), x.label(e.Y, fmt.Sprintf("type `%s`", b.Type))},
	}
	if isNone(a.Type) || isNone(b.Type) {
		at, typ := e.X, a.Type
		if isNone(typ) {
			at, typ = e.Y, b.Type
		}
		d.Message = fmt.Sprintf("%s is %s, which is never `none`", x.quoted(at, "this"), article(typ))
	}
	if a.Type.Kind == ir.KEnum && b.Op == ir.OpConst && isTextual(b.Type) {
		d.Fixes = x.enumFix(a.Type, b.Value, e.Y)
	}
	if b.Type.Kind == ir.KEnum && a.Op == ir.OpConst && isTextual(a.Type) {
		d.Fixes = x.enumFix(b.Type, a.Value, e.X)
	}
	return x.fail(d)
}

func isNone(t *ir.Type) bool { return t.Kind == ir.KNone }

// enumFix replaces a string by the member of the enum that it names.
func (x *exprEnv) enumFix(typ *ir.Type, v ir.Value, at lang.Expr) []diag.Fix {
	text, _ := v.(ir.String)
	for _, m := range typ.Decl.Members {
		if m == string(text) {
			return []diag.Fix{x.mod.replacement(at, diag.Machine,
				fmt.Sprintf("write the member: `%s.%s`", typ.Decl.Name, m), typ.Decl.Name+"."+m)}
		}
	}
	return []diag.Fix{advice("members are written `%s.%s`", typ.Decl.Name, firstMember(typ.Decl))}
}

func (x *exprEnv) errNotAnElement(e *lang.Binary, a *ir.Expr, list *ir.Type) *ir.Expr {
	if isSecret(a.Type) {
		return x.errSecretUsed(e.X, a.Type)
	}
	return x.fail(diag.Diagnostic{
		Code:      diag.BadOperand,
		Message:   fmt.Sprintf("%s is never in %s", article(a.Type), article(list)),
		Primary:   x.label(e.X, fmt.Sprintf("type `%s`", a.Type)),
		Secondary: []diag.Label{x.label(e.Y, fmt.Sprintf("type `%s`", list))},
	})
}

func (x *exprEnv) errNeedlessMark(e *lang.Optional, typ *ir.Type) *ir.Expr {
	mark := lang.Range{Start: e.End - 1, End: e.End}
	d := diag.Diagnostic{
		Code:    diag.BadOperand,
		Message: fmt.Sprintf("`?` makes an optional of an outcome; %s is %s", x.quoted(e.X, "this"), article(typ)),
		Primary: x.label(mark, "nothing to do"),
	}
	if typ.Kind == ir.KOutcome {
		d.Message = fmt.Sprintf("%s has no value that could be optional", x.quoted(e.X, "this outcome"))
		d.Primary.Text = fmt.Sprintf("type `%s`", typ)
		d.Fixes = []diag.Fix{advice("its `.status` says how it ended")}
	} else {
		d.Fixes = []diag.Fix{x.mod.replacement(mark, diag.Machine, "take the `?` away", "")}
	}
	return x.fail(d)
}

func (x *exprEnv) errNeedlessDefault(e *lang.Binary, typ *ir.Type) *ir.Expr {
	d := diag.Diagnostic{
		Code:      diag.BadOperand,
		Message:   fmt.Sprintf("`??` is for what may be missing; %s is %s", x.quoted(e.X, "this"), article(typ)),
		Primary:   x.label(e.OpSpan, "the default would never be used"),
		Secondary: []diag.Label{x.label(e.X, fmt.Sprintf("type `%s`", typ))},
	}
	if typ.Kind == ir.KOutcome {
		d.Message = fmt.Sprintf("%s has no value that could be replaced", x.quoted(e.X, "this outcome"))
		d.Primary.Text = "nothing to replace"
		d.Fixes = []diag.Fix{advice("its `.status` says how it ended")}
	} else {
		rest := lang.Range{Start: e.X.Span().End, End: e.End}
		d.Fixes = []diag.Fix{x.mod.replacement(rest, diag.Machine, "take the default away", "")}
	}
	return x.fail(d)
}

func (x *exprEnv) errNoIndex(e *lang.Index, typ *ir.Type) *ir.Expr {
	d := diag.Diagnostic{
		Code:    diag.BadOperand,
		Message: fmt.Sprintf("%s has no elements to pick by `[ ]`", article(typ)),
		Primary: x.label(e.X, fmt.Sprintf("type `%s`", typ)),
	}
	if typ.Kind == ir.KRecord {
		d.Fixes = []diag.Fix{advice("fields are read by name: `%s.…`", cmp.Or(x.text(e.X), "x"))}
	}
	return x.fail(d)
}

func (x *exprEnv) errAs(e *lang.As, from, to *ir.Type) *ir.Expr {
	return x.fail(diag.Diagnostic{
		Code:    diag.BadOperand,
		Message: fmt.Sprintf("%s can never be %s", article(from), article(to)),
		Primary: x.label(e.Type, "this cast"),
		Secondary: []diag.Label{
			x.label(e.X, fmt.Sprintf("type `%s`", from)),
		},
		Notes: []string{"`as` says what a `json` is, which member a union is, or that a value is within a bound"},
		Fixes: x.conversions(from, to, e.X, nil),
	})
}

func (x *exprEnv) errIs(e *lang.Is, typ, want *ir.Type) *ir.Expr {
	d := diag.Diagnostic{
		Code:      diag.BadOperand,
		Message:   fmt.Sprintf("`is` asks which member a union is; %s is %s", x.quoted(e.X, "this"), article(typ)),
		Primary:   x.label(e.X, fmt.Sprintf("type `%s`", typ)),
		Secondary: []diag.Label{x.label(e.Type, fmt.Sprintf("asked for `%s`", want))},
	}
	if typ.Kind == ir.KJSON {
		d.Fixes = []diag.Fix{advice("`… as %s` says what a `json` is, and is checked when this line runs", want)}
	}
	return x.fail(d)
}

func (x *exprEnv) errNotAMember(e *lang.Is, union, typ *ir.Type) *ir.Expr {
	var members []string
	for _, m := range union.Decl.Union {
		members = append(members, m.Decl.Name)
	}
	d := diag.Diagnostic{
		Code:    diag.UnknownMember,
		Message: fmt.Sprintf("`%s` is not a member of `%s`", typ, union),
		Primary: x.label(e.Type, "never true"),
		Notes:   []string{"its members: " + list(members)},
	}
	if sym := x.c.symbolOf(union.Decl); sym != nil {
		d.Secondary = []diag.Label{sym.mod.label(sym.name, "declared here")}
	}
	return x.fail(d)
}

func (x *exprEnv) errLambda(e *lang.Lambda) *ir.Expr {
	return x.fail(diag.Diagnostic{
		Code:    diag.TypeMismatch,
		Message: "a lambda is not a value",
		Primary: x.label(e, "only functions of the library take one, as in `filter(xs, x -> x > 0)`"),
	})
}

func (x *exprEnv) errRefArguments(e *lang.CallExpr) *ir.Expr {
	return x.fail(diag.Diagnostic{
		Code:    diag.WrongArguments,
		Message: "`ref` takes one argument, the key",
		Primary: x.label(e.ArgsSpan, "expected one string"),
	})
}

func (x *exprEnv) errNotConstant(e lang.Node, why string) {
	x.fail(diag.Diagnostic{
		Code:    diag.NotConstant,
		Message: "this must be known before anything runs",
		Primary: x.label(e, why),
		Notes:   []string{"constants, and what is computed from them, are known; the clock, params and results are not"},
	})
}

// errConstantFails reports a constant expression that fails in every run.
func (c *checker) errConstantFails(at ir.Pos, why string) *ir.Type {
	return c.add(diag.Diagnostic{
		Code:    diag.ConstantFails,
		Message: "this cannot be computed: " + why,
		Primary: c.labelAt(at, "fails in every run"),
	})
}
