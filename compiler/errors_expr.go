package compiler

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// This file has one function for each way in which a value does not fit where
// it stands.

// fail reports d, and returns the expression that silences what follows.
func (x *exprEnv) fail(d diag.Diagnostic) *ir.Expr {
	x.c.add(d)
	return invalidExpr
}

func (x *exprEnv) label(n lang.Node, text string) diag.Label { return x.mod.label(n, text) }

// text returns n as it was written, "" if that is long or goes over lines.
func (x *exprEnv) text(n lang.Node) string {
	const long = 40
	r := n.Span()
	src := x.mod.file.Source.Text
	if r.Start < 0 || int(r.End) > len(src) || r.End-r.Start > long {
		return ""
	}
	text := string(src[r.Start:r.End])
	if strings.ContainsAny(text, "\n`") {
		return ""
	}
	return text
}

// quoted returns n in backquotes as it was written, or other if it is long.
func (x *exprEnv) quoted(n lang.Node, other string) string {
	if text := x.text(n); text != "" {
		return "`" + text + "`"
	}
	return other
}

// errMismatch reports that g, elaborated from e, does not fit want.
func (x *exprEnv) errMismatch(g *ir.Expr, want *ir.Type, e lang.Expr, s *site) *ir.Expr {
	switch {
	case g.Type.Kind == ir.KOutcome && want.Kind != ir.KOutcome && mayFit(g.Type.Elem, want),
		g.Type.Kind == ir.KOptional && mayFit(g.Type.Elem, want):
		return x.errMissing(g, want, e, s)
	case isSecret(g.Type) && !isSecret(want):
		return x.errSecret(g, want, e, s)
	}
	fixes := x.conversions(g.Type, want, e, s)
	if f, ok := e.(*lang.Field); ok && g.Op == ir.OpField && fits(g.Args[0].Type, want) {
		fixes = append(fixes, x.mod.replacement(e, diag.Maybe, fmt.Sprintf("pass %s whole", x.quoted(f.X, "it")), x.mod.text(f.X)))
	}
	if s != nil && s.wrong != nil {
		s.wrong.mismatch(x, e, g, s.callee.params[s.param], fixes)
		return invalidExpr
	}
	d := diag.Diagnostic{
		Code:    diag.TypeMismatch,
		Message: fmt.Sprintf("expected `%s`, found `%s`", want, g.Type),
		Primary: x.label(e, fmt.Sprintf("type `%s`", g.Type)),
		Fixes:   fixes,
	}
	if g.Type.Kind == ir.KNone {
		d.Message = "`none` is not " + article(want)
		d.Primary.Text = fmt.Sprintf("expected `%s`", want)
	}
	if l := x.boundHere(e); l != nil {
		d.Secondary = append(d.Secondary, *l)
	}
	return x.fail(d)
}

// article returns t in backquotes, after "a" or "an".
func article(t *ir.Type) string { return anA(t.String()) }

// anA returns text in backquotes, after "a" or "an".
func anA(text string) string {
	if text != "" && strings.ContainsRune("aeioAEIO", rune(text[0])) {
		return "an `" + text + "`"
	}
	return "a `" + text + "`"
}

// mayFit reports whether a value of type t, when it is there, fits want.
func mayFit(t, want *ir.Type) bool {
	return t.Kind != ir.KNone && (fits(t, want) || t.Kind == ir.KOptional && fits(t.Elem, want))
}

// boundHere labels where the name e is bound, with its type; nil if e is no
// name or that is of no help.
func (x *exprEnv) boundHere(e lang.Expr) *diag.Label {
	n, ok := e.(*lang.Name)
	if !ok {
		return nil
	}
	sym := x.lookup(n.Name)
	if sym == nil || sym.typ == nil || sym.mod == nil || sym.at == (lang.Range{}) {
		return nil
	}
	l := sym.mod.label(sym.at, fmt.Sprintf("`%s` is bound here", sym.name))
	return &l
}

// labelAt is a label at a place of the graph.
func (c *checker) labelAt(at ir.Pos, text string) diag.Label {
	if at.File < 0 || int(at.File) >= len(c.mods) {
		return diag.Label{Text: text}
	}
	return diag.Label{Span: c.mods[at.File].span(lang.Range{Start: at.Start, End: at.End}), Text: text}
}

// conversions are the ways to make a from into a to.
func (x *exprEnv) conversions(from, to *ir.Type, e lang.Expr, s *site) []diag.Fix {
	text := x.text(e)
	if text == "" {
		text = "…"
	}
	call := func(f string, how diag.Applicability) []diag.Fix {
		if text == "…" {
			return []diag.Fix{advice("`%s(…)` converts it", f)}
		}
		return []diag.Fix{x.mod.replacement(e, how, fmt.Sprintf("`%s(%s)` converts it", f, text), x.short(s)+f+"("+text+")")}
	}
	t := plain(to)
	switch {
	case from.Kind == ir.KJSON:
		return []diag.Fix{advice("say what you expect: `%s as %s`; it is checked when this line runs", text, to)}
	case from.Kind == ir.KRef && fits(from.Elem, t):
		return []diag.Fix{advice("it is kept elsewhere, and read by an activity that takes %s", article(from))}
	case t.Kind == ir.KSecret && from.Kind == ir.KString:
		return []diag.Fix{advice("`secret(\"NAME\")` is the secret of that name; who runs the program looks it up")}
	case t.Kind == ir.KRef && fits(from, t.Elem):
		return []diag.Fix{advice("results of activities that are declared as %s are kept elsewhere; this is not", article(t))}
	case t.Kind == ir.KList && fits(from, t.Elem):
		return []diag.Fix{advice("`[%s]` is a list of one", text)}
	case t.Kind == ir.KString && hasText(from):
		return call("string", diag.Machine)
	case t.Kind == ir.KURL && isTextual(from):
		return call("url", diag.Machine)
	case t.Kind == ir.KPath && isTextual(from):
		return call("path", diag.Machine)
	case t.Kind == ir.KEnum && from.Kind == ir.KString:
		return []diag.Fix{advice("members are written `%s.%s`", t.Decl.Name, firstMember(t.Decl))}
	case isTextual(from) && to.Kind == ir.KOptional && readable(t):
		return call(t.String(), diag.Machine)
	case isTextual(from) && readable(t):
		return []diag.Fix{advice("`%s(%s) ?? …` reads it from text; what is no %s gives `none`", t, text, t)}
	case t.Kind == ir.KInt && from.Kind == ir.KFloat:
		return []diag.Fix{advice("`round(%s)` or `floor(%s)` makes an int of it", text, text)}
	case from.Kind == ir.KUnion && t.Kind == ir.KRecord && fits(t, from):
		return []diag.Fix{advice("`%s is %s` tells whether it is one; there it can be used as one", text, t)}
	}
	return nil
}

func firstMember(d *ir.TypeDecl) string {
	if len(d.Members) == 0 {
		return "…"
	}
	return d.Members[0]
}

// readable reports whether a function of the name of t reads one from text.
func readable(t *ir.Type) bool {
	switch t.Kind {
	case ir.KInt, ir.KFloat, ir.KDate, ir.KTime, ir.KDuration:
		return true
	}
	return false
}

// short returns what a fix must write before a value that was left out.
func (x *exprEnv) short(s *site) string {
	if s == nil || s.short == "" {
		return ""
	}
	return s.short + ": "
}

// errMissing reports that g, a T! or T?, stands where a T is needed, with the
// ways out.
func (x *exprEnv) errMissing(g *ir.Expr, want *ir.Type, e lang.Expr, s *site) *ir.Expr {
	outcome := g.Type.Kind == ir.KOutcome
	d := diag.Diagnostic{
		Code:    diag.OptionalValue,
		Message: x.quoted(e, "this value") + " may be `none` here",
		Primary: x.label(e, fmt.Sprintf("expected `%s`, found `%s`", want, g.Type)),
	}
	if want.Kind == ir.KInvalid || want.Kind == ir.KList && want.Elem.Kind == ir.KInvalid {
		d.Primary.Text = fmt.Sprintf("type `%s`", g.Type)
	}
	if outcome {
		d.Code = diag.MayBeMissing
		d.Message = x.quoted(e, "this result") + " may be missing here"
	}
	if sym := x.symbolNamed(e); sym != nil {
		if outcome && x.why != nil {
			d.Secondary = x.why(sym)
		}
		if len(d.Secondary) == 0 {
			d.Secondary = []diag.Label{sym.mod.label(sym.at, fmt.Sprintf("this has type `%s`, not `%s`", g.Type, g.Type.Elem))}
		}
	}
	d.Fixes = x.waysOut(g, want, e, s)
	return x.fail(d)
}

// symbolNamed returns what the name e stands for, nil if e is something else.
func (x *exprEnv) symbolNamed(e lang.Expr) *symbol {
	if n, ok := e.(*lang.Name); ok {
		return x.lookup(n.Name)
	}
	return nil
}

// waysOut are the three ways to use what may be missing.
func (x *exprEnv) waysOut(g *ir.Expr, want *ir.Type, e lang.Expr, s *site) []diag.Fix {
	text := x.text(e)
	if text == "" {
		text = "…"
	}
	var fixes []diag.Fix
	outcome := g.Type.Kind == ir.KOutcome
	if outcome && g.Type.Elem.Kind == ir.KNone {
		return []diag.Fix{advice("it has no value; `%s.status` says how it ended", text)}
	}
	if outcome && want.Kind == ir.KOptional && text != "…" {
		fixes = append(fixes, x.mod.replacement(e, diag.Machine,
			fmt.Sprintf("`%s%s?` to keep it optional", x.short(s), text), x.short(s)+text+"?"))
	}
	fixes = append(fixes, advice("`%s%s ?? …` to replace it by a default", x.short(s), text))
	if outcome {
		if len(fixes) == 1 {
			fixes = append(fixes, advice("`%s?` to go on with an optional `%s?`", text, g.Type.Elem))
		}
		return append(fixes, advice("`raises_on_failure = true` where it is made, if nothing here works without it"))
	}
	if x.spot(e).sym != nil {
		fixes = append(fixes, advice("`if %s != none { … }`: inside, it is %s", text, article(g.Type.Elem)))
	} else {
		fixes = append(fixes, advice("`let x = %s`, then `if x != none { … }`: inside, `x` is %s", text, article(g.Type.Elem)))
	}
	return append(fixes, advice("let what takes it take %s", article(g.Type)))
}

func (x *exprEnv) errOutOfBound(e lang.Expr, want *ir.Type, found string) *ir.Expr {
	what := found
	switch want.Kind {
	case ir.KString:
		what = "a text of " + found + " characters"
	case ir.KBytes:
		what = found + " bytes"
	case ir.KList:
		what = "a list of " + found
	}
	return x.fail(diag.Diagnostic{
		Code:    diag.OutOfBound,
		Message: fmt.Sprintf("%s is outside `%s`", what, want),
		Primary: x.label(e, "expected "+boundText(want.Bound)),
	})
}

func boundText(b *ir.Bound) string {
	switch {
	case b.Min != nil && b.Max != nil && *b.Min == *b.Max:
		return fmt.Sprintf("exactly %d", *b.Min)
	case b.Min != nil && b.Max != nil:
		return fmt.Sprintf("%d to %d", *b.Min, *b.Max)
	case b.Max != nil:
		return fmt.Sprintf("at most %d", *b.Max)
	}
	return fmt.Sprintf("at least %d", *b.Min)
}

func (x *exprEnv) errNoValue(sym *symbol, at lang.Range) *ir.Expr {
	return x.fail(diag.Diagnostic{
		Code:      diag.NoValue,
		Message:   fmt.Sprintf("`%s` gives no value", sym.name),
		Primary:   x.label(at, "nothing to use"),
		Secondary: []diag.Label{sym.mod.label(sym.at, "this node has a name, but no value")},
	})
}

func (x *exprEnv) errNoCommonType(e lang.Expr, g *ir.Expr, first lang.Expr, before *ir.Type) {
	typ := g.Type
	if typ.Kind == ir.KOutcome && mayFit(typ.Elem, before) {
		x.errMissing(g, before, e, nil)
		return
	}
	x.fail(diag.Diagnostic{
		Code:      diag.TypeMismatch,
		Message:   fmt.Sprintf("a list or map holds values of one type: `%s` and `%s` differ", before, typ),
		Primary:   x.label(e, fmt.Sprintf("type `%s`", typ)),
		Secondary: []diag.Label{x.label(first, fmt.Sprintf("type `%s`", before))},
	})
}

// errBranches reports that the sides of an `if` have no common type: the one
// that does not fit what is expected, if there is one.
func (x *exprEnv) errBranches(e *lang.IfExpr, a, b *ir.Expr, hint *ir.Type) *ir.Expr {
	switch {
	case hint != nil && fits(a.Type, hint):
		return x.errMismatch(b, hint, e.Else, nil)
	case hint != nil && fits(b.Type, hint):
		return x.errMismatch(a, hint, e.Then, nil)
	case a.Type.Kind == ir.KOutcome && mayFit(a.Type.Elem, b.Type):
		return x.errMissing(a, b.Type, e.Then, nil)
	case b.Type.Kind == ir.KOutcome && mayFit(b.Type.Elem, a.Type):
		return x.errMissing(b, a.Type, e.Else, nil)
	}
	return x.fail(diag.Diagnostic{
		Code:      diag.TypeMismatch,
		Message:   fmt.Sprintf("both sides of an `if` have one type: `%s` and `%s` differ", a.Type, b.Type),
		Primary:   x.label(e.Else, fmt.Sprintf("type `%s`", b.Type)),
		Secondary: []diag.Label{x.label(e.Then, fmt.Sprintf("type `%s`", a.Type))},
	})
}

func (x *exprEnv) errNotAList(e lang.Expr, typ *ir.Type) *ir.Expr {
	d := diag.Diagnostic{
		Code:    diag.NotAList,
		Message: fmt.Sprintf("`for` needs a list; %s is %s", x.quoted(e, "this"), article(typ)),
		Primary: x.label(e, fmt.Sprintf("type `%s`", typ)),
	}
	if typ.Kind == ir.KMap {
		d.Fixes = []diag.Fix{advice("go over `keys(…)` or `values(…)`")}
	}
	return x.fail(d)
}

func (x *exprEnv) errNoText(e lang.Expr, typ *ir.Type) *ir.Expr {
	d := diag.Diagnostic{
		Code:    diag.TypeMismatch,
		Message: fmt.Sprintf("%s has no text of its own", article(typ)),
		Primary: x.label(e, "cannot stand in a string"),
	}
	switch typ.Kind {
	case ir.KList:
		d.Fixes = []diag.Fix{advice("`join(…, \", \")` makes text of a list of strings, `json.encode(…)` of anything")}
	default:
		d.Fixes = []diag.Fix{advice("use one of its fields, or `json.encode(…)`")}
	}
	return x.fail(d)
}

func (x *exprEnv) errFormatOf(part *lang.StringPart, typ *ir.Type) *ir.Expr {
	return x.fail(diag.Diagnostic{
		Code:    diag.BadOperand,
		Message: fmt.Sprintf("%s cannot be formatted; dates and times can", article(typ)),
		Primary: x.label(part.Expr, fmt.Sprintf("type `%s`", typ)),
	})
}

func (x *exprEnv) errFormat(part *lang.StringPart, err error) *ir.Expr {
	return x.fail(diag.Diagnostic{Code: diag.BadOperand, Message: err.Error(), Primary: x.label(part, "in this format")})
}
