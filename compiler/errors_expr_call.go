package compiler

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib"
)

// This file has one function for each mistake in a call.

// errCallInExpression reports the call of something that is a node. Where a
// statement can be put before this one, the fix binds the result there.
func (x *exprEnv) errCallInExpression(e *lang.CallExpr, callee *callableSymbol) *ir.Expr {
	callee.used = true
	x.arguments(e)
	kind := "an activity"
	if w := callee.workflow; w != nil && w.Canvas {
		kind = "a canvas"
	} else if w != nil {
		kind = "a workflow"
	}
	d := diag.Diagnostic{
		Code:      diag.CallInExpression,
		Message:   kind + " cannot be called inside an expression",
		Primary:   x.label(e.Fun, "this call would be a node without a name"),
		Secondary: []diag.Label{callee.mod.label(callee.name, "declared here")},
	}
	name := x.fresh(callee.name.Name + "_result")
	text := x.mod.file.Source.Text
	title := fmt.Sprintf("bind it first: `%s = %s(…)`, then use `%s`", name, callee.name.Name, name)
	if x.stmt == (lang.Range{}) || !contains(x.stmt, e.Range) {
		d.Fixes = []diag.Fix{advice("%s", title)}
		return x.fail(d)
	}
	d.Fixes = []diag.Fix{{Title: title, Applicability: diag.Machine, Edits: []diag.Edit{
		{Span: x.mod.span(lang.Range{Start: x.stmt.Start, End: x.stmt.Start}),
			New: name + " = " + string(text[e.Start:e.End]) + lineBreak(text, int(x.stmt.Start))},
		{Span: x.mod.span(e), New: name},
	}}}
	return x.fail(d)
}

func contains(outer, inner lang.Range) bool {
	return outer.Start <= inner.Start && inner.End <= outer.End
}

// lineBreak returns what parts a new statement from the one that begins at
// start: a new line with the same indentation or, within a line, a semicolon.
func lineBreak(text []byte, start int) string {
	line := start
	for line > 0 && text[line-1] != '\n' {
		line--
	}
	indent := string(text[line:start])
	if strings.Trim(indent, " \t") != "" {
		return "; "
	}
	return "\n" + indent
}

// fresh returns name, or name with a number, such that it means nothing yet.
func (x *exprEnv) fresh(name string) string {
	for n := 2; ; n++ {
		try := name
		if n > 2 {
			try = fmt.Sprintf("%s%d", name, n-1)
		}
		if x.lookup(try) == nil {
			return try
		}
	}
}

func (x *exprEnv) errUnknownFunction(at lang.Node, name string) *ir.Expr {
	known := make([]string, 0, 128)
	for _, f := range stdlib.Functions() {
		known = append(known, f.Name)
	}
	_, fixes := x.mod.renamed(at, name, known)
	d := diag.Diagnostic{
		Code:    diag.UnknownFunction,
		Message: fmt.Sprintf("there is no function named `%s`", name),
		Primary: x.label(at, "not found"),
		Fixes:   fixes,
	}
	if len(fixes) == 0 {
		use := usualFunction[name]
		if near, ok := spell.Nearest(name, keys(usualFunction)); ok && use == "" {
			use = usualFunction[near]
		}
		if use != "" {
			d.Fixes = []diag.Fix{advice("use %s", use)}
		} else {
			var calls []string
			if x.mod.guessing() {
				calls = keys(x.mod.calls)
			}
			_, d.Fixes = x.mod.renamed(at, name, calls)
		}
	}
	return x.fail(d)
}

// usualFunction is what functions of other languages are called here.
var usualFunction = map[string]string{
	"map": "`[for x in xs: …]`", "length": "`len(xs)`", "size": "`len(xs)`", "count": "`len(xs)`", "str": "`string(v)`",
	"format": "`\"${x}\"`, or `\"${day:%Y-%m-%d}\"` for dates and times", "append": "`xs + [x]`", "push": "`xs + [x]`",
	"concat": "`xs + ys`", "reduce": "`sum`, `min`, `max`, `any` or `all`", "print": "the activity `log` of `std/log`",
	"get": "`m[\"key\"]`, or `m[\"key\"] ?? other`", "parse": "`json.decode(s) as T`", "exists": "`x != none`",
}

func (x *exprEnv) errNotInModule(e *lang.CallExpr, fun *lang.Field, from *importedModule) *ir.Expr {
	var known []string
	if x.mod.guessing() {
		known = keys(from.mod.calls)
	}
	_, fixes := x.mod.renamed(fun.Name, fun.Name.Name, known)
	return x.fail(diag.Diagnostic{
		Code:      diag.UnknownCallable,
		Message:   fmt.Sprintf("the import has nothing to call named `%s`", fun.Name.Name),
		Primary:   x.label(fun.Name, "not found"),
		Secondary: []diag.Label{x.label(from.decl, "imported here")},
		Fixes:     fixes,
	})
}

func (x *exprEnv) errTypeCalled(e *lang.CallExpr, t *lang.TypeName) *ir.Expr {
	x.arguments(e)
	return x.fail(diag.Diagnostic{
		Code:    diag.UnknownFunction,
		Message: fmt.Sprintf("`%s` is a type, and cannot be called", t.Name),
		Primary: x.label(e.Fun, "expected a function"),
		Fixes:   []diag.Fix{advice("a record is written `%s { … }`", t.Name)},
	})
}

func (x *exprEnv) errNotAFunction(e *lang.CallExpr) *ir.Expr {
	return x.fail(diag.Diagnostic{
		Code:    diag.UnknownFunction,
		Message: "this cannot be called",
		Primary: x.label(e.Fun, "expected the name of a function"),
	})
}

// errFunctionArguments reports that no signature of a function takes the
// arguments; m is about the nearest one.
func (x *exprEnv) errFunctionArguments(e *lang.CallExpr, name string, values []lang.Expr, given []*ir.Expr, m *stdlib.Mismatch) *ir.Expr {
	if m.Arg >= 0 && m.Arg < len(given) && given[m.Arg] != nil {
		g := given[m.Arg]
		if k := g.Type.Kind; k == ir.KOptional || k == ir.KOutcome {
			return x.errMissing(g, g.Type.Elem, values[m.Arg], nil)
		}
	}
	d := diag.Diagnostic{
		Code:    diag.WrongArguments,
		Message: fmt.Sprintf("wrong arguments for `%s`", name),
		Primary: x.label(e.ArgsSpan, m.Why),
	}
	if m.Arg >= 0 && m.Arg < len(values) {
		d.Primary = x.label(values[m.Arg], m.Why)
	}
	if m.Function != nil {
		d.Notes = []string{fmt.Sprintf("`%s`", m.Function)}
	}
	return x.fail(d)
}

// errElementsUnknown reports an empty literal where the elements must have an
// order, which none has.
func (x *exprEnv) errElementsUnknown(e lang.Expr) *ir.Expr {
	return x.fail(diag.Diagnostic{
		Code:    diag.TypeMismatch,
		Message: "what this list would hold is not known",
		Primary: x.label(e, "nothing that has an order"),
	})
}

func (x *exprEnv) errFunctionNames(e *lang.CallExpr, overloads []*stdlib.Function) {
	d := diag.Diagnostic{
		Code:    diag.WrongArguments,
		Message: fmt.Sprintf("wrong arguments for `%s`", overloads[0].Name),
		Primary: x.label(e.ArgsSpan, "the named arguments do not fit"),
	}
	for _, f := range overloads {
		d.Notes = append(d.Notes, fmt.Sprintf("`%s`", f))
	}
	x.fail(d)
}

// wrongArgs collects what is wrong with the arguments of one call, so that it
// is reported at once.
type wrongArgs struct {
	labels []diag.Label // the first is the main one
	params []ir.Pos     // parameters that were not met
	fixes  []diag.Fix
}

func (w *wrongArgs) unexpected(x *exprEnv, a *lang.Arg, place int) {
	w.labels = append(w.labels, x.label(a, fmt.Sprintf("unexpected %s argument", ordinal(place))))
}

func (w *wrongArgs) unknownName(x *exprEnv, callee *callableSymbol, a *lang.Arg) {
	known := make([]string, len(callee.params))
	for i, p := range callee.params {
		known[i] = p.Name
	}
	_, fixes := x.mod.renamed(a.Name, a.Name.Name, known)
	w.labels = append(w.labels, x.label(a.Name, "there is no parameter of this name"))
	w.fixes = append(w.fixes, fixes...)
}

func (w *wrongArgs) mismatch(x *exprEnv, e lang.Expr, g *ir.Expr, p ir.Param, fixes []diag.Fix) {
	found := fmt.Sprintf("expected `%s`, found `%s`", p.Type, g.Type)
	if g.Type.Kind == ir.KNone {
		found = fmt.Sprintf("expected `%s`, found `none`", p.Type)
	}
	w.labels = append(w.labels, x.label(e, found))
	w.params = append(w.params, p.At)
	w.fixes = append(w.fixes, fixes...)
}

func ordinal(n int) string {
	words := [...]string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"}
	if n < len(words) {
		return words[n]
	}
	return fmt.Sprintf("%dth", n+1)
}

func (x *exprEnv) errArguments(callee *callableSymbol, w *wrongArgs) {
	d := diag.Diagnostic{
		Code:      diag.WrongArguments,
		Message:   fmt.Sprintf("wrong arguments for `%s`", callee.name.Name),
		Primary:   w.labels[0],
		Secondary: w.labels[1:],
		Fixes:     w.fixes,
	}
	for _, at := range w.params {
		text := "the parameter"
		if len(callee.params) == 1 {
			text = "the only parameter"
		}
		d.Secondary = append(d.Secondary, x.c.labelAt(at, text))
	}
	if len(w.params) == 0 {
		d.Secondary = append(d.Secondary, callee.mod.label(callee.name, "takes "+signature(callee.params)))
	}
	x.fail(d)
}

// signature describes parameters.
func signature(params []ir.Param) string {
	if len(params) == 0 {
		return "no arguments"
	}
	parts := make([]string, len(params))
	for i, p := range params {
		parts[i] = p.Name + ": " + p.Type.String()
	}
	return "`(" + strings.Join(parts, ", ") + ")`"
}

func (x *exprEnv) errArgumentTwice(callee *callableSymbol, a *lang.Arg, param int) {
	p := callee.params[param]
	x.fail(diag.Diagnostic{
		Code:      diag.MissingArgument,
		Message:   fmt.Sprintf("`%s` is given twice", p.Name),
		Primary:   x.label(a, "given before"),
		Secondary: []diag.Label{x.c.labelAt(p.At, "the parameter")},
	})
}

func (x *exprEnv) errMissingArguments(callee *callableSymbol, at lang.Node, missing []ir.Param) {
	names := make([]string, len(missing))
	for i, p := range missing {
		names[i] = p.Name
	}
	d := diag.Diagnostic{
		Code:    diag.MissingArgument,
		Message: fmt.Sprintf("`%s` needs the argument %s", callee.name.Name, list(names)),
		Primary: x.label(at, "missing here"),
	}
	if len(names) > 1 {
		d.Message = fmt.Sprintf("`%s` needs the arguments %s", callee.name.Name, list(names))
	}
	for i, p := range missing {
		if i == 3 {
			break
		}
		d.Secondary = append(d.Secondary, x.c.labelAt(p.At, fmt.Sprintf("takes %s", article(p.Type))))
	}
	x.fail(d)
}
