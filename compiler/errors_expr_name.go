package compiler

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib"
)

// This file has one function for each mistake about names in expressions:
// values, members, fields.

func (x *exprEnv) errUnknownName(e *lang.Name, hint *ir.Type) *ir.Expr {
	if sym := x.mod.calls[e.Name]; sym != nil {
		return x.fail(diag.Diagnostic{
			Code:      diag.UnknownName,
			Message:   fmt.Sprintf("`%s` is something to call, not a value", e.Name),
			Primary:   x.label(e, "no node or value of this name is visible here"),
			Secondary: []diag.Label{sym.mod.label(sym.name, "declared here")},
			Fixes:     []diag.Fix{advice("call it as a step of its own: `%s = %s(…)`; then this name is its result", e.Name, e.Name)},
		})
	}
	d := diag.Diagnostic{
		Code:    diag.UnknownName,
		Message: fmt.Sprintf("nothing named `%s` is visible here", e.Name),
		Primary: x.label(e, "not found"),
	}
	enum := x.enumWith(hint, e.Name)
	switch {
	case enum != "":
		member := enum + "." + e.Name
		d.Fixes = []diag.Fix{x.mod.replacement(e, diag.Machine, fmt.Sprintf("the member of `%s` is written `%s`", enum, member), member)}
	case x.mod.imports[e.Name] != nil:
		x.mod.imports[e.Name].used = true
		d.Message = fmt.Sprintf("`%s` is an import, not a value", e.Name)
		d.Primary.Text = "expected a value"
	case len(stdlib.Lookup(e.Name)) > 0:
		d.Message = fmt.Sprintf("`%s` is a function, not a value", e.Name)
		d.Primary.Text = "it needs its arguments"
	case e.Name == "null" || e.Name == "nil" || e.Name == "undefined":
		d.Fixes = []diag.Fix{x.mod.replacement(e, diag.Machine, "what is not there is `none`", "none")}
	case slices.Contains(outcomeWords, e.Name):
		d.Fixes = []diag.Fix{x.mod.replacement(e, diag.Maybe, fmt.Sprintf("a `.status` is text: `%q`", e.Name), fmt.Sprintf("%q", e.Name))}
	default:
		var near string
		known := x.visible()
		if text := x.mod.file.Source.Text; int(e.End) < len(text) && text[e.End] == '.' {
			known = append(known, keys(x.mod.imports)...)
		}
		near, d.Fixes = x.mod.renamed(e, e.Name, known)
		if imported := x.mod.imports[near]; imported != nil {
			imported.used = true // as far as anybody can tell
		}
		if sym := x.lookup(near); sym != nil && sym.at != (lang.Range{}) {
			d.Secondary = append(d.Secondary, sym.mod.label(sym.at, fmt.Sprintf("`%s` is bound here", near)))
		}
	}
	return x.fail(d)
}

// enumWith returns the name of the enum that is expected here, as this file
// writes it, if member is one of its members; else "".
func (x *exprEnv) enumWith(hint *ir.Type, member string) string {
	if hint == nil || plain(hint).Kind != ir.KEnum {
		return ""
	}
	decl := plain(hint).Decl
	sym := x.c.symbolOf(decl)
	if sym == nil || x.c.place(decl, member) < 0 {
		return ""
	}
	if sym.mod == x.mod {
		return sym.name.Name
	}
	for _, name := range sortedNames(x.mod.imports) {
		if x.mod.imports[name].mod == sym.mod {
			return name + "." + sym.name.Name
		}
	}
	return ""
}

// maxVisible is how many names are looked at for the one that was meant.
const maxVisible = 5000

// visible returns the names that mean something here.
func (x *exprEnv) visible() []string {
	var names []string
	if !x.mod.guessing() {
		return nil
	}
	for s := x.scope; s != nil && len(names) < maxVisible; s = s.parent {
		for n := range s.names {
			names = append(names, n)
		}
	}
	for n := range x.mod.values {
		names = append(names, n)
	}
	return names
}

func (x *exprEnv) errHides(name lang.Ident, before *symbol) {
	x.fail(diag.Diagnostic{
		Code:      diag.BoundTwice,
		Message:   fmt.Sprintf("`%s` would hide another `%s`", name.Name, name.Name),
		Primary:   x.label(name, "bound again here"),
		Secondary: []diag.Label{before.mod.label(before.at, "visible from here on")},
		Fixes:     []diag.Fix{advice("choose another name for the inner one")},
	})
}

func (x *exprEnv) errTypeAsValue(e *lang.TypeName, sym *typeSymbol, typ *ir.Type) *ir.Expr {
	d := diag.Diagnostic{
		Code:    diag.UnknownName,
		Message: fmt.Sprintf("`%s` is a type, not a value", e.Name),
		Primary: x.label(e, "expected a value"),
	}
	if sym.mod != nil {
		d.Secondary = []diag.Label{sym.mod.label(sym.name, "declared here")}
	}
	switch typ.Kind {
	case ir.KEnum:
		d.Fixes = []diag.Fix{advice("its members are written `%s.%s`", e.Name, firstMember(typ.Decl))}
	case ir.KRecord:
		d.Fixes = []diag.Fix{advice("a value of it is written `%s { … }`", e.Name)}
	}
	return x.fail(d)
}

func (x *exprEnv) errUnknownMember(e *lang.Field, sym *typeSymbol, typ *ir.Type) *ir.Expr {
	_, fixes := x.mod.renamed(e.Name, e.Name.Name, typ.Decl.Members)
	return x.fail(diag.Diagnostic{
		Code:      diag.UnknownMember,
		Message:   fmt.Sprintf("`%s` has no member `%s`", sym.name.Name, e.Name.Name),
		Primary:   x.label(e.Name, "not a member"),
		Secondary: []diag.Label{sym.mod.label(sym.name, "its members: "+list(typ.Decl.Members))},
		Fixes:     fixes,
	})
}

// list joins names for a message; of many it shows the first.
func list(names []string) string {
	const most = 12
	if len(names) > most {
		return "`" + strings.Join(names[:most], "`, `") + fmt.Sprintf("` and %d more", len(names)-most)
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

func (x *exprEnv) errUnknownImported(e *lang.Field, from *importedModule) *ir.Expr {
	name := e.Name.Name
	if sym := from.mod.calls[name]; sym != nil {
		return x.fail(diag.Diagnostic{
			Code:      diag.UnknownName,
			Message:   fmt.Sprintf("%s is something to call, not a value", x.quoted(e, "this")),
			Primary:   x.label(e, "expected a value"),
			Secondary: []diag.Label{sym.mod.label(sym.name, "declared here")},
			Fixes:     []diag.Fix{advice("call it as a step of its own: `%s = %s(…)`", name, x.text(e))},
		})
	}
	var known []string
	if x.mod.guessing() {
		known = keys(from.mod.values)
	}
	_, fixes := x.mod.renamed(e.Name, name, known)
	return x.fail(diag.Diagnostic{
		Code:      diag.UnknownName,
		Message:   fmt.Sprintf("the import has no constant or param named `%s`", name),
		Primary:   x.label(e.Name, "not found"),
		Secondary: []diag.Label{x.label(from.decl, "imported here")},
		Fixes:     fixes,
	})
}

func (x *exprEnv) errActivityFact(e *lang.Field) *ir.Expr {
	return x.fail(diag.Diagnostic{
		Code:    diag.UnknownName,
		Message: "`activity` means something only among the attributes of an activity",
		Primary: x.label(e.X, "not visible here"),
	})
}

func (x *exprEnv) errUnknownFact(e *lang.Field, of string) *ir.Expr {
	known := []string{"name"}
	if of == "run" {
		known = []string{"attempt", "id", "tags", "workflow_id"}
	}
	_, fixes := x.mod.renamed(e.Name, e.Name.Name, known)
	return x.fail(diag.Diagnostic{
		Code:    diag.UnknownField,
		Message: fmt.Sprintf("`%s` has no field `%s`", of, e.Name.Name),
		Primary: x.label(e.Name, "unknown field"),
		Notes:   []string{"there is " + list(known)},
		Fixes:   fixes,
	})
}

func (x *exprEnv) errFactOfRun(e *lang.Field) *ir.Expr {
	name := e.Name.Name
	return x.fail(diag.Diagnostic{
		Code:    diag.UnknownField,
		Message: fmt.Sprintf("whoever runs a program does not know `run.%s`", name),
		Primary: x.label(e, "known to the workflow only"),
		Notes:   []string{"a program can be told `run.id` and `run.attempt`"},
		Fixes:   []diag.Fix{advice("make it a parameter of the activity: `%s(…, %s: run.%s)`", x.activity, name, name)},
	})
}

func (x *exprEnv) errUnknownField(e *lang.Field, of *ir.Expr) *ir.Expr {
	t, name := of.Type, e.Name.Name
	d := diag.Diagnostic{
		Code:    diag.UnknownField,
		Message: fmt.Sprintf("`%s` has no field `%s`", t, name),
		Primary: x.label(e.Name, "unknown field"),
	}
	var known []string
	if name == valuesOf(t) {
		d.Message = fmt.Sprintf("`%s` has no `%s`: what succeeds gives no value", t, name)
		d.Primary.Text = "there is nothing in it"
		d.Fixes = []diag.Fix{advice("declare a result, or `yield` one in the block")}
		return x.fail(d)
	}
	switch t.Kind {
	case ir.KRecord, ir.KError:
		known = x.fieldNames(t)
	case ir.KOutcome:
		known = []string{"error", "status", "value"}
	case ir.KList:
		if t.Elem.Kind == ir.KOutcome {
			known = []string{"failed", "succeeded"}
		}
	case ir.KMap:
		d.Fixes = []diag.Fix{advice("an entry of a map is read as `…[\"%s\"]`", name)}
	case ir.KUnion:
		d.Fixes = []diag.Fix{advice("find out which it is first: `if … is %s { … }`", firstOf(t.Decl))}
	}
	near, fixes := x.mod.renamed(e.Name, name, known)
	d.Fixes = append(d.Fixes, fixes...)
	sym := x.c.symbolOf(t.Decl)
	if at, ok := sym.fieldIdent(near); ok {
		d.Secondary = append(d.Secondary, sym.mod.label(at, fmt.Sprintf("did you mean `%s`?", near)))
	} else if sym != nil {
		d.Secondary = append(d.Secondary, sym.mod.label(sym.name, "declared here"))
	}
	if near == "" && len(stdlib.Lookup(name)) > 0 {
		d.Fixes = append(d.Fixes, x.mod.replacement(e.Name, diag.Maybe,
			fmt.Sprintf("`%s` is a function: `.%s()`", name, name), name+"()"))
	} else if near == "" && len(known) > 0 {
		d.Notes = append(d.Notes, "there is "+list(known))
	}
	return x.fail(d)
}

// valuesOf returns the name of the field that would hold the values of an
// outcome, or of a list of them, if they had any; "" for all other types.
func valuesOf(t *ir.Type) string {
	field := "value"
	if t.Kind == ir.KList {
		t, field = t.Elem, "succeeded"
	}
	if t.Kind == ir.KOutcome && t.Elem.Kind == ir.KNone {
		return field
	}
	return ""
}

// fieldNames returns the names of the fields of a record, for a message.
func (x *exprEnv) fieldNames(t *ir.Type) []string {
	if !x.mod.guessing() {
		return nil
	}
	names := make([]string, len(t.RecordFields()))
	for i, f := range t.RecordFields() {
		names[i] = f.Name
	}
	return names
}

func firstOf(d *ir.TypeDecl) string {
	if len(d.Union) == 0 {
		return "…"
	}
	return d.Union[0].Decl.Name
}

func (x *exprEnv) errJSON(e *lang.Field) *ir.Expr {
	return x.fail(diag.Diagnostic{
		Code:    diag.JSONField,
		Message: "`json` has no known fields",
		Primary: x.label(e.Name, fmt.Sprintf("%s is `json`", x.quoted(e.X, "this"))),
		Fixes: []diag.Fix{advice("say what you expect: `let order = %s as Order`; it is checked when this line runs, and a mismatch is reported here",
			cmp.Or(x.text(e.X), "…"))},
	})
}

func (x *exprEnv) errJSONIndex(e *lang.Index) *ir.Expr {
	return x.fail(diag.Diagnostic{
		Code:    diag.JSONField,
		Message: "`json` has no known elements",
		Primary: x.label(e.X, "type `json`"),
		Fixes:   []diag.Fix{advice("say what you expect: `(%s as [string])[…]`, or `as map<json>`", cmp.Or(x.text(e.X), "…"))},
	})
}

func (x *exprEnv) errNotARecord(e *lang.RecordLit, sym *typeSymbol, typ *ir.Type) *ir.Expr {
	x.visit(e.Fields)
	d := diag.Diagnostic{
		Code:    diag.RecordFields,
		Message: fmt.Sprintf("`%s` is no record", e.Type.Name),
		Primary: x.label(&e.Type, "expected a record or an error"),
	}
	if sym.mod != nil {
		d.Secondary = []diag.Label{sym.mod.label(sym.name, "declared here")}
	}
	if typ.Kind == ir.KUnion {
		d.Fixes = []diag.Fix{advice("write one of its members: `%s { … }`", firstOf(typ.Decl))}
	}
	return x.fail(d)
}

func (x *exprEnv) errNoSuchField(init *lang.FieldInit, typ *ir.Type) {
	near, fixes := x.mod.renamed(init.Name, init.Name.Name, x.fieldNames(typ))
	if init.Short {
		for i := range fixes {
			fixes[i].Edits[0].New = near + ": " + init.Name.Name
		}
	}
	d := diag.Diagnostic{
		Code:    diag.RecordFields,
		Message: fmt.Sprintf("`%s` has no field `%s`", typ, init.Name.Name),
		Primary: x.label(init.Name, "unknown field"),
		Fixes:   fixes,
	}
	sym := x.c.symbolOf(typ.Decl)
	if at, ok := sym.fieldIdent(near); ok {
		d.Secondary = append(d.Secondary, sym.mod.label(at, fmt.Sprintf("did you mean `%s`?", near)))
	} else if sym != nil {
		d.Secondary = append(d.Secondary, sym.mod.label(sym.name, "declared here"))
	}
	x.fail(d)
}

func (x *exprEnv) errFieldTwice(init *lang.FieldInit) {
	x.fail(diag.Diagnostic{
		Code:    diag.RecordFields,
		Message: fmt.Sprintf("the field `%s` is given twice", init.Name.Name),
		Primary: x.label(init.Name, "given before"),
	})
}

func (x *exprEnv) errMissingFields(e lang.Expr, typ *ir.Type, missing []string) *ir.Expr {
	what := fmt.Sprintf("`%s`", typ)
	if typ.Decl == nil {
		what = "this record"
	}
	d := diag.Diagnostic{
		Code:    diag.RecordFields,
		Message: fmt.Sprintf("%s needs the field %s", what, list(missing)),
		Primary: x.label(e, fmt.Sprintf("%s missing", list(missing))),
	}
	if len(missing) > 1 {
		d.Message = fmt.Sprintf("%s needs the fields %s", what, list(missing))
	}
	sym := x.c.symbolOf(typ.Decl)
	for _, name := range missing {
		if at, ok := sym.fieldIdent(name); ok && len(d.Secondary) < 3 {
			d.Secondary = append(d.Secondary, sym.mod.label(at, "declared here"))
		}
	}
	return x.fail(d)
}

func (x *exprEnv) errKeyTwice(entry *lang.MapEntry, key string) {
	x.fail(diag.Diagnostic{
		Code:    diag.DeclaredTwice,
		Message: fmt.Sprintf("the key %q is there twice", key),
		Primary: x.label(entry.Key, "given before"),
	})
}

func (x *exprEnv) errMapKey(entry *lang.MapEntry) {
	d := diag.Diagnostic{
		Code:    diag.NotConstant,
		Message: "the key of a map is a text that is known beforehand",
		Primary: x.label(entry.Key, "expected a string"),
	}
	if n, ok := entry.Key.(*lang.Name); ok && !entry.Short {
		d.Fixes = []diag.Fix{x.mod.replacement(n, diag.Machine, fmt.Sprintf("write `\"%s\"`", n.Name), `"`+n.Name+`"`)}
	}
	x.fail(d)
}
