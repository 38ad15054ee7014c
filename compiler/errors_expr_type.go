package compiler

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// This file has one function for each kind of error in types as written, in
// the order of their codes.

// add reports d with the severity of its code, and returns the type that
// silences what follows.
func (c *checker) add(d diag.Diagnostic) *ir.Type {
	d.Severity = d.Code.Severity()
	c.diags.Add(d)
	return ir.Invalid
}

func (m *module) label(n lang.Node, text string) diag.Label {
	return diag.Label{Span: m.span(n), Text: text}
}

// maxGuesses is for how many names of a file the one that was meant is looked
// for, since each time all that are visible are looked at.
const maxGuesses = 100

// keys returns the keys of m in no order: the nearest name is the same in any.
func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m)+16)
	for n := range m {
		names = append(names, n)
	}
	return names
}

// guessing reports whether another name that was meant is looked for.
func (m *module) guessing() bool { return m.guesses < maxGuesses }

// renamed returns the fixes of a misspelt name: the nearest of candidates, if
// one is near.
func (m *module) renamed(at lang.Node, name string, candidates []string) (near string, fixes []diag.Fix) {
	if !m.guessing() {
		return "", nil
	}
	m.guesses++
	how := diag.Machine
	near, ok := spell.Nearest(name, candidates)
	if !ok {
		how = diag.Maybe
		if near, ok = spell.Related(name, candidates); !ok {
			return "", nil
		}
	}
	return near, []diag.Fix{{
		Title:         fmt.Sprintf("did you mean `%s`?", near),
		Applicability: how,
		Edits:         []diag.Edit{{Span: m.span(at), New: near}},
	}}
}

// advice is a fix in words.
func advice(format string, args ...any) diag.Fix {
	return diag.Fix{Title: fmt.Sprintf(format, args...)}
}

// replacement is a fix that replaces the text of n.
func (m *module) replacement(n lang.Node, how diag.Applicability, title, text string) diag.Fix {
	return diag.Fix{Title: title, Applicability: how, Edits: []diag.Edit{{Span: m.span(n), New: text}}}
}

func (c *checker) unknownModule(m *module, name lang.Ident) {
	_, fixes := m.renamed(name, name.Name, keys(m.imports))
	c.add(diag.Diagnostic{
		Code:    diag.UnknownName,
		Message: fmt.Sprintf("nothing is imported as `%s`", name.Name),
		Primary: m.label(name, "not an import of this file"),
		Fixes:   fixes,
	})
}

func (c *checker) errUnknownType(m, from *module, name lang.Ident) {
	var known []string
	if m.guessing() {
		known = keys(from.types)
	}
	if from == m {
		known = append(known, "bool", "int", "float", "string", "bytes", "url", "path", "date", "time",
			"duration", "size", "json", "map", "ref", "secret", "Failure")
	}
	near, fixes := m.renamed(name, name.Name, known)
	d := diag.Diagnostic{
		Code:    diag.UnknownType,
		Message: fmt.Sprintf("there is no type named `%s`", name.Name),
		Primary: m.label(name, "not found"),
		Fixes:   fixes,
	}
	if sym := from.types[near]; sym != nil {
		d.Secondary = append(d.Secondary, sym.mod.label(sym.name, "this one is declared"))
	} else if near == "" {
		if common := usualType[name.Name]; common != "" {
			d.Fixes = append(d.Fixes, m.replacement(name, diag.Machine, fmt.Sprintf("write `%s`", common), common))
		}
	}
	c.add(d)
}

// usualType is what types of other languages are called here.
var usualType = map[string]string{
	"str": "string", "text": "string", "String": "string", "integer": "int", "Int": "int", "int64": "int", "number": "float",
	"double": "float", "Float": "float", "boolean": "bool", "Boolean": "bool", "datetime": "time", "timestamp": "time",
	"any": "json", "object": "json", "uri": "url", "uint": "int", "int32": "int", "long": "int",
}

func (c *checker) errTypeArgument(m *module, t *lang.NamedType, wanted bool) *ir.Type {
	name := t.Name.Name
	d := diag.Diagnostic{
		Code:    diag.UnknownType,
		Message: fmt.Sprintf("`%s` takes no type in angle brackets", name),
		Primary: m.label(t, "not a type with a parameter"),
	}
	if wanted {
		d.Message = fmt.Sprintf("`%s` needs to know of what", name)
		d.Primary.Text = "expected a type in angle brackets"
		d.Fixes = []diag.Fix{advice("write `%s<string>`, or the type that is meant", name)}
	}
	return c.add(d)
}

func (c *checker) errNoBound(m *module, t *lang.NamedType, typ *ir.Type) *ir.Type {
	return c.add(diag.Diagnostic{
		Code:    diag.UnknownType,
		Message: fmt.Sprintf("`%s` cannot have a bound", typ),
		Primary: m.label(*t.Bound, "not allowed here"),
		Notes:   []string{"numbers and sizes are bounded by value; strings, bytes and lists by length"},
	})
}

func (c *checker) errErrorAsType(m *module, t *lang.NamedType) *ir.Type {
	return c.add(diag.Diagnostic{
		Code:    diag.UnknownType,
		Message: fmt.Sprintf("`%s` is an error, not a type of values", t.Name.Name),
		Primary: m.label(t, "expected a type"),
		Notes:   []string{"errors are raised and caught; they are not passed around"},
		Fixes:   []diag.Fix{advice("declare a `type` with the same fields")},
	})
}

func (c *checker) errUnionMember(m *module, t lang.TypeExpr, typ *ir.Type) {
	c.add(diag.Diagnostic{
		Code:    diag.UnknownType,
		Message: fmt.Sprintf("`%s` cannot be a member of a union", typ),
		Primary: m.label(t, "expected a declared record"),
		Notes:   []string{"the members of a union are told apart by the names of their types"},
	})
}

func (c *checker) errEndlessAlias(sym *typeSymbol) {
	c.add(diag.Diagnostic{
		Code:    diag.EndlessType,
		Message: fmt.Sprintf("`%s` is defined as itself", sym.name.Name),
		Primary: sym.mod.label(sym.name, "this name leads back to itself"),
	})
}

func (c *checker) errEndlessType(sym *typeSymbol) {
	c.add(diag.Diagnostic{
		Code:    diag.EndlessType,
		Message: fmt.Sprintf("a value of `%s` would hold another one, without end", sym.name.Name),
		Primary: sym.mod.label(sym.name, "contains itself"),
		Fixes:   []diag.Fix{advice("make one of the fields between optional (`%s?`) or a list (`[%s]`)", sym.name.Name, sym.name.Name)},
	})
}

func (c *checker) errSecondMember(m *module, kind string, before, name lang.Ident) {
	c.add(diag.Diagnostic{
		Code:      diag.DeclaredTwice,
		Message:   fmt.Sprintf("there are two %ss named `%s`", kind, name.Name),
		Primary:   m.label(name, "second"),
		Secondary: []diag.Label{m.label(before, "first")},
	})
}

func (c *checker) errSecondInUnion(m *module, t lang.TypeExpr, typ *ir.Type) {
	c.add(diag.Diagnostic{
		Code:    diag.DeclaredTwice,
		Message: fmt.Sprintf("`%s` is in this union twice", typ),
		Primary: m.label(t, "listed before"),
	})
}

func (c *checker) errEmptyBound(m *module, b *lang.Bound) {
	c.add(diag.Diagnostic{
		Code:    diag.OutOfBound,
		Message: "no value can be within this bound",
		Primary: m.label(*b, "this range is empty"),
	})
}

// symbolOf returns the declaration of a type, nil for predeclared ones.
func (c *checker) symbolOf(d *ir.TypeDecl) *typeSymbol {
	if d == nil || d.At.File < 0 || int(d.At.File) >= len(c.mods) {
		return nil
	}
	m := c.mods[d.At.File]
	sym := m.types[strings.TrimPrefix(d.Name, m.name+".")]
	if sym == nil || sym.typ == nil || sym.typ.Decl != d {
		return nil
	}
	return sym
}

// fieldIdent returns where a field of the record that sym declares stands, and
// whether that is known.
func (sym *typeSymbol) fieldIdent(name string) (lang.Ident, bool) {
	if sym == nil {
		return lang.Ident{}, false
	}
	var fields *lang.RecordType
	switch d := sym.decl.(type) {
	case *lang.TypeDecl:
		fields = d.Fields
	case *lang.ErrorDecl:
		fields = d.Fields
	}
	if fields != nil {
		for _, f := range fields.Fields {
			if f.Name.Name == name {
				return f.Name, true
			}
		}
	}
	return lang.Ident{}, false
}
