package compiler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib"
)

// This file has one function for each kind of error about declared and bound
// names, in the order of their codes.

func (c *checker) unknownCallable(m *module, path []lang.Ident) {
	last := path[len(path)-1]
	d := diag.Diagnostic{Code: diag.UnknownCallable, Primary: m.label(last, "not found")}
	from := m
	if len(path) > 1 {
		imp := m.imports[path[0].Name]
		if imp == nil {
			c.unknownModule(m, path[0])
			return
		}
		from = imp.mod
	}
	if len(path) > 2 {
		d.Message = fmt.Sprintf("`%s` is no name of an activity, workflow or canvas", joined(path))
		d.Primary = m.label(path[0].To(last.Range), "expected `name(…)` or `module.name(…)`")
		c.add(d)
		return
	}
	d.Message = fmt.Sprintf("there is no activity, workflow or canvas named `%s`", joined(path))
	if from == m && len(stdlib.Lookup(last.Name)) > 0 {
		c.functionAsStep(m, last)
		return
	}
	if sym := c.nearestCallable(from, last.Name); sym != nil {
		d.Secondary = append(d.Secondary, sym.mod.label(sym.name, "did you mean this one?"))
		d.Fixes = append(d.Fixes, m.replacement(last, diag.Machine, fmt.Sprintf("write `%s`", sym.name.Name), sym.name.Name))
	}
	c.add(d)
}

// nearestCallable returns what m declares that name is probably meant for, nil
// if nothing is near.
func (c *checker) nearestCallable(m *module, name string) *callableSymbol {
	if !m.guessing() {
		return nil
	}
	m.guesses++
	near, _ := spell.Nearest(name, keys(m.calls))
	return m.calls[near]
}

func joined(path []lang.Ident) string {
	names := make([]string, len(path))
	for i, p := range path {
		names[i] = p.Name
	}
	return strings.Join(names, ".")
}

func (c *checker) functionAsStep(m *module, name lang.Ident) {
	c.add(diag.Diagnostic{
		Code:    diag.UnknownCallable,
		Message: fmt.Sprintf("`%s` is a function, not a step", name.Name),
		Primary: m.label(name, "computes a value and does nothing else"),
		Fixes:   []diag.Fix{advice("bind its value: `let x = %s(…)`", name.Name)},
	})
}

func (c *checker) sameNode(id string, first, second ir.Pos) {
	label := diag.Label{Span: c.span(second), Text: "second"}
	name := id[strings.LastIndexByte(id, '/')+1:]
	c.add(diag.Diagnostic{
		Code:      diag.SameNode,
		Message:   fmt.Sprintf("two nodes of this block would have the id `%s`", id),
		Primary:   label,
		Secondary: []diag.Label{{Span: c.span(first), Text: "first"}},
		Notes:     []string{"a node's id is its path of names; it finds the node's events when the execution is replayed"},
		Fixes:     []diag.Fix{advice("name them: `second_%s = %s(…)`", name, name)},
	})
}

func (c *checker) notVisible(m *module, n *lang.Name, p place, value *ir.Type) {
	word, keyword := hider(p.in)
	line := m.file.Source.Position(int(keyword.Start)).Line
	d := diag.Diagnostic{
		Code:      diag.NotVisibleHere,
		Message:   fmt.Sprintf("`%s` is bound inside %s, and is not visible here", n.Name, anA(word)),
		Primary:   m.label(n, "not visible here"),
		Secondary: []diag.Label{m.label(p.at, fmt.Sprintf("bound here, inside the `%s` of line %d", word, line))},
		Fixes:     []diag.Fix{advice("`yield` it, name the `%s`, and use that name", word)},
	}
	if p.name != "" {
		d.Message = fmt.Sprintf("`%s` is bound inside `%s`, and is not visible here", n.Name, p.name)
		d.Fixes = []diag.Fix{advice("`yield` it, and use `%s`", p.name)}
	}
	if value != nil {
		d.Fixes = []diag.Fix{advice("`yield` it from the `%s`, and use `%s` (type `%s`)", word, p.name, value)}
	}
	if word == "map" || word == "expand" {
		d.Primary.Text = fmt.Sprintf("one `%s` exists per item", n.Name)
	}
	c.add(d)
}

// hider returns the keyword of a node that keeps names to itself, and where it
// is.
func hider(n lang.FlowNode) (word string, at lang.Range) {
	switch n := n.(type) {
	case *lang.Group:
		return n.Kind.String(), n.Keyword
	case *lang.Map:
		return "map", n.Keyword
	case *lang.Expand:
		return "expand", n.Keyword
	case *lang.Loop:
		return "loop", n.Keyword
	case *lang.If:
		return "if", n.Keyword
	case *lang.Switch:
		return "switch", n.Keyword
	}
	panic(fmt.Sprintf("unexpected %T", n))
}

func (c *checker) boundLater(m *module, n *lang.Name, p place) {
	c.add(diag.Diagnostic{
		Code:      diag.NotVisibleHere,
		Message:   fmt.Sprintf("`%s` is bound only after this", n.Name),
		Primary:   m.label(n, "does not exist yet"),
		Secondary: []diag.Label{m.label(p.at, "bound here")},
	})
}

func (c *checker) unknownOption(m *module, a *lang.Attr, on optionPlace) {
	names := optionNames(on)
	if on == onActivity {
		names = append(names, programAttrs...)
		slices.Sort(names)
	}
	d := diag.Diagnostic{
		Code:    diag.UnknownOption,
		Message: fmt.Sprintf("`%s` is not an attribute of %s", a.Name.Name, on.quoted()),
		Primary: m.label(a.Name, "unknown attribute"),
		Notes:   []string{fmt.Sprintf("attributes of %s: %s", on.quoted(), strings.Join(names, ", "))},
	}
	if _, fixes := m.renamed(a.Name, a.Name.Name, names); fixes != nil {
		d.Fixes = fixes
	} else if on == onMap && a.Name.Name == "expand" {
		d.Fixes = []diag.Fix{advice("to discover items while running, use `expand x in xs by x.id { … grow … }`")}
	}
	c.add(d)
}

// boundTwice takes how and where the name was bound before, and whether that is
// in the same block.
func (c *checker) boundTwice(m *module, name lang.Ident, how string, at lang.Range, sameBlock bool) {
	which := "the inner one"
	if sameBlock {
		which = "one of the two"
	}
	c.add(diag.Diagnostic{
		Code:      diag.BoundTwice,
		Message:   fmt.Sprintf("`%s` is %s already", name.Name, how),
		Primary:   m.label(name, "this would be another one of the same name"),
		Secondary: []diag.Label{m.label(at, how+" here")},
		Fixes:     []diag.Fix{advice("choose another name for %s", which)},
	})
}

func (c *checker) declaredTwice(m *module, name lang.Ident, before lang.Range) {
	c.add(diag.Diagnostic{
		Code:      diag.DeclaredTwice,
		Message:   fmt.Sprintf("`%s` is declared twice", name.Name),
		Primary:   m.label(name, "second"),
		Secondary: []diag.Label{m.label(before, "first")},
	})
}

func (c *checker) unknownError(m, from *module, n lang.ErrorName) {
	d := diag.Diagnostic{
		Code:    diag.UnknownError,
		Message: fmt.Sprintf("there is no error named `%s`", n.Name.Name),
		Primary: m.label(n.Name, "not found"),
	}
	if sym := from.types[n.Name.Name]; sym != nil {
		d.Message = fmt.Sprintf("`%s` is not an error", n.Name.Name)
		d.Primary.Text = "expected an error"
		d.Secondary = []diag.Label{sym.mod.label(sym.name, "declared here as something else")}
		c.add(d)
		return
	}
	var known []string
	if m.guessing() {
		for name, sym := range from.types {
			if _, ok := sym.decl.(*lang.ErrorDecl); ok {
				known = append(known, name)
			}
		}
	}
	near, fixes := m.renamed(n.Name, n.Name.Name, known)
	if sym := from.types[near]; sym != nil {
		d.Secondary = []diag.Label{sym.mod.label(sym.name, "this one is declared")}
	} else {
		if from.missing[n.Name.Name] {
			return // to declare it mends every use
		}
		if from.missing == nil {
			from.missing = map[string]bool{}
		}
		from.missing[n.Name.Name] = true
		fixes = []diag.Fix{from.declaration("error " + n.Name.Name)}
	}
	d.Fixes = fixes
	c.add(d)
}

// declaration is a fix that adds a declaration at the end of the file: they may
// stand in any order.
func (m *module) declaration(text string) diag.Fix {
	src := m.file.Source
	end, insert := len(src.Text), "\n"+text+"\n"
	if end > 0 && src.Text[end-1] != '\n' {
		insert = "\n" + insert
	}
	return diag.Fix{
		Title:         fmt.Sprintf("declare it: `%s`", text),
		Applicability: diag.Maybe,
		Edits:         []diag.Edit{{Span: src.Span(end, end), New: insert}},
	}
}

func (c *checker) optionTwice(m *module, a, before *lang.Attr) {
	c.add(diag.Diagnostic{
		Code:      diag.MissingArgument,
		Message:   fmt.Sprintf("`%s` is given twice", a.Name.Name),
		Primary:   m.label(a.Name, "second"),
		Secondary: []diag.Label{m.label(before.Name, "first")},
	})
}

func (c *checker) unknownMember(m *module, at lang.Range, name string, of *ir.Type) {
	d := diag.Diagnostic{
		Code:    diag.UnknownMember,
		Message: fmt.Sprintf("`%s` is not one of `%s`", name, of),
		Primary: m.label(at, "no such member"),
	}
	members := casesOf(of)
	if _, fixes := m.renamed(at, name, members); fixes != nil {
		d.Fixes = fixes
	}
	d.Notes = []string{fmt.Sprintf("members of `%s`: %s", of, strings.Join(members, ", "))}
	if at := of.Decl.At; at.File >= 0 {
		d.Secondary = []diag.Label{{Span: c.span(at), Text: "declared here"}}
	}
	c.add(d)
}

func (c *checker) constantOfItself(m *module, d *lang.ValueDecl) {
	c.add(diag.Diagnostic{
		Code:    diag.NotConstant,
		Message: fmt.Sprintf("the value of `%s` depends on itself", d.Name.Name),
		Primary: m.label(d.Name, "defined by itself, perhaps through others"),
	})
}
