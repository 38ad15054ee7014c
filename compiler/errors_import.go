package compiler

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// This file has one function for each kind of error about imports, and about
// programs that would be too large.

func (c *checker) importError(m *module, n lang.Node, message, label string, fixes ...diag.Fix) {
	c.add(diag.Diagnostic{
		Code:    diag.ImportNotFound,
		Message: message,
		Primary: m.label(n, label),
		Fixes:   fixes,
	})
}

func (c *checker) importWithoutName(m *module, imp *lang.Import) {
	c.importError(m, &imp.Path, "this import needs a name", "its last part cannot be one",
		advice("add `as` and a name in lower case"))
}

func (c *checker) importNotConstant(m *module, imp *lang.Import) {
	c.importError(m, &imp.Path, "the path of an import is plain text", "has a part that is computed")
}

func (c *checker) importForm(m *module, imp *lang.Import, path string) {
	var fixes []diag.Fix
	if path != "" && !strings.HasPrefix(path, "/") && !strings.Contains(path, ":") {
		fixes = append(fixes, m.replacement(&imp.Path, diag.Maybe,
			fmt.Sprintf("for a file beside this one, write `\"./%s\"`", path), fmt.Sprintf("%q", "./"+path)))
	}
	c.importError(m, &imp.Path, fmt.Sprintf("`%s` names neither a file nor a part of the library", path),
		"starts with none of `./`, `../` and `std/`", fixes...)
}

func (c *checker) importFromLibrary(m *module, imp *lang.Import) {
	c.importError(m, &imp.Path, "the library imports only the library", "expected `std/…`")
}

func (c *checker) importOutside(m *module, imp *lang.Import, root string) {
	c.add(diag.Diagnostic{
		Code:    diag.ImportNotFound,
		Message: "an import cannot leave the project",
		Primary: m.label(&imp.Path, "lies outside"),
		Notes:   []string{fmt.Sprintf("the project's root is `%s`: the folder of `flow.toml`, or else of the file that is compiled", root)},
	})
}

func (c *checker) importUnreadable(m *module, imp *lang.Import, err error) {
	reason := err.Error()
	if i := strings.LastIndex(reason, ": "); i >= 0 {
		reason = reason[i+2:]
	}
	path, _ := imp.Path.Constant()
	c.importError(m, &imp.Path, fmt.Sprintf("`%s` cannot be read", path), reason)
}

func (c *checker) importUnknownLibrary(m *module, imp *lang.Import, name string) {
	d := diag.Diagnostic{
		Code:    diag.ImportNotFound,
		Message: fmt.Sprintf("the library has no `%s`", name),
		Primary: m.label(&imp.Path, "not found"),
	}
	var known []string
	for _, module := range libraryModules {
		if c.cfg.Std != nil {
			if _, ok := c.cfg.Std(module); ok {
				known = append(known, module)
			}
		}
	}
	if near, ok := spell.Nearest(name, known); ok {
		d.Fixes = append(d.Fixes, m.replacement(&imp.Path, diag.Machine, fmt.Sprintf("did you mean `%s`?", near), fmt.Sprintf("%q", near)))
	}
	c.add(d)
}

// libraryModules are what the library may have, for suggestions.
var libraryModules = []string{"std/exec", "std/fs", "std/http", "std/lambda", "std/log", "std/s3"}

func (c *checker) importedTwice(m *module, name lang.Ident, before *importedModule) {
	first, _ := importName(before.decl)
	c.declaredTwice(m, name, first.Range)
}

func (c *checker) importCycle(m *module, imp *lang.Import, circle []visit) {
	d := diag.Diagnostic{
		Code:    diag.ImportCycle,
		Message: "these files import each other",
		Primary: m.label(&imp.Path, fmt.Sprintf("`%s` imports `%s`, which closes the circle", m.key, circle[0].mod.key)),
		Fixes:   []diag.Fix{advice("move what both need into a file that imports neither")},
	}
	if len(circle) == 1 {
		d.Message = "this file imports itself"
		d.Primary.Text = "this is the file that it stands in"
		d.Fixes = []diag.Fix{advice("remove the import; what a file declares is visible in all of it")}
	}
	for i, v := range circle[:len(circle)-1] {
		d.Secondary = append(d.Secondary, v.mod.label(&v.imp.Path, fmt.Sprintf("`%s` imports `%s`", v.mod.key, circle[i+1].mod.key)))
	}
	c.add(d)
}

func (c *checker) unusedImport(m *module, imp *lang.Import, name string) {
	c.add(diag.Diagnostic{
		Code:    diag.UnusedImport,
		Message: fmt.Sprintf("nothing uses the import `%s`", name),
		Primary: m.label(imp, "imported, never used"),
		Fixes:   []diag.Fix{m.removeLine(imp, diag.Machine, "remove the import")},
	})
}

// removeLine returns a fix that deletes n, and its line if nothing else stands
// there.
func (m *module) removeLine(n lang.Node, how diag.Applicability, title string) diag.Fix {
	text := m.file.Source.Text
	span := n.Span()
	start, end := int(span.Start), int(span.End)
	first, last := start, end
	for first > 0 && (text[first-1] == ' ' || text[first-1] == '\t') {
		first--
	}
	for last < len(text) && (text[last] == ' ' || text[last] == '\t' || text[last] == '\r') {
		last++
	}
	if (first == 0 || text[first-1] == '\n') && last < len(text) && text[last] == '\n' {
		start, end = first, last+1
	}
	return diag.Fix{Title: title, Applicability: how, Edits: []diag.Edit{{Span: m.file.Source.Span(start, end)}}}
}

func (c *checker) idsTooLong(at ir.Pos, most int) {
	c.add(diag.Diagnostic{
		Code:    diag.TooManyNodes,
		Message: fmt.Sprintf("the ids of all nodes are longer than %d MB together", most>>20),
		Primary: diag.Label{Span: c.span(at), Text: "many nodes of this are deep below long names"},
		Notes:   []string{"a node's id is its path of names"},
	})
}

func (c *checker) tooManyNodes(m *module, at lang.Range, most int) {
	c.add(diag.Diagnostic{
		Code:    diag.TooManyNodes,
		Message: fmt.Sprintf("canvases would be copied to more than %d nodes, or more than %d deep", most, maxInlined),
		Primary: m.label(at, "with this call it is too many"),
		Notes:   []string{"a canvas is copied to each of its calls, and so are those that it calls"},
		Fixes:   []diag.Fix{advice("make the canvas a `workflow`: each call is then an execution of its own")},
	})
}
