package compiler

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// This file has one function for each mistake in tests and properties.

// badTest reports a test that says what cannot be.
func (c *checker) badTest(m *module, n lang.Node, message, label string, fixes ...diag.Fix) {
	c.add(diag.Diagnostic{Code: diag.BadTest, Message: message, Primary: m.label(n, label), Fixes: fixes})
}

func (c *checker) testWithoutRun(m *module, t *lang.TestDecl) {
	c.badTest(m, &t.Name, "this test runs nothing", "no `run`", advice("add `run workflow(…)`"))
}

func (c *checker) testRunsTwice(m *module, s, before *lang.RunStmt) {
	c.add(diag.Diagnostic{
		Code:      diag.BadTest,
		Message:   "a test runs one workflow, once",
		Primary:   m.label(s, "second"),
		Secondary: []diag.Label{m.label(before, "first")},
		Fixes:     []diag.Fix{advice("write another test")},
	})
}

func (c *checker) propertyOfNothing(m *module, t *lang.TestDecl) {
	c.badTest(m, &t.Name, "this property ranges over nothing", "no `for every`",
		advice("add `for every failure in …` or `for every cancel in …`, or make it a `test`"))
}

func (c *checker) everyInTest(m *module, s *lang.ForEvery) {
	c.badTest(m, s, "a test is one run; a `property` ranges over many", "not allowed in a `test`", advice("write `property` for `test`"))
}

func (c *checker) cancelOfAnother(m *module, s *lang.ForEvery, run *lang.RunStmt) {
	c.add(diag.Diagnostic{
		Code:      diag.BadTest,
		Message:   "what is cancelled is the run; its workflow is another one",
		Primary:   m.label(s, "not the workflow that is run"),
		Secondary: []diag.Label{m.label(run, "this one is")},
	})
}

func (c *checker) testOfNoWorkflow(m *module, path []lang.Ident, sym *callableSymbol) {
	what := "an activity"
	if sym.workflow != nil {
		what = "a canvas"
	}
	c.add(diag.Diagnostic{
		Code:      diag.BadTest,
		Message:   fmt.Sprintf("`%s` is %s; a test runs a workflow", joined(path), what),
		Primary:   m.label(path[0].To(path[len(path)-1].Range), "expected a workflow"),
		Secondary: []diag.Label{sym.mod.label(sym.name, "declared here")},
	})
}

func (c *checker) testElsewhere(m *module, path []lang.Ident, sym *callableSymbol) {
	c.badTest(m, path[0].To(path[len(path)-1].Range), fmt.Sprintf("nothing in this file uses `%s`", joined(path)),
		"a workflow of another file", advice("write the test in %s", sym.mod.file.Source.Name))
}

func (c *checker) testTextNotConstant(m *module, s *lang.StringLit, what string) {
	c.badTest(m, s, fmt.Sprintf("%s is a plain text", what), "has parts that are computed")
}

func (c *checker) notAParam(m *module, a *lang.Attr) {
	d := diag.Diagnostic{
		Code:    diag.UnknownParam,
		Message: fmt.Sprintf("this file declares no `param %s`", a.Name.Name),
		Primary: m.label(a.Name, "not found"),
		Notes:   []string{"`with` after `run` sets what the file declares with `param`"},
	}
	var known []string
	for name, sym := range m.values {
		if sym.kind == symParam {
			known = append(known, name)
		}
	}
	_, d.Fixes = m.renamed(a.Name, a.Name.Name, known)
	c.add(d)
}

func (c *checker) testParamMissing(m *module, s *lang.RunStmt, p ir.Param) {
	c.add(diag.Diagnostic{
		Code:      diag.UnknownParam,
		Message:   fmt.Sprintf("the run needs a value for `param %s`", p.Name),
		Primary:   m.label(s, "not given"),
		Secondary: []diag.Label{{Span: c.span(p.At), Text: "has no default"}},
		Fixes:     []diag.Fix{advice("write `run … with %s = …`", p.Name[strings.LastIndexByte(p.Name, '.')+1:])},
	})
}

func (c *checker) unknownSignal(m *module, name lang.Ident, w *lowered) {
	d := diag.Diagnostic{
		Code:      diag.UnknownName,
		Message:   fmt.Sprintf("`%s` declares no signal `%s`", w.sym.name.Name, name.Name),
		Primary:   m.label(name, "not found"),
		Secondary: []diag.Label{w.sym.mod.label(w.sym.name, "this workflow is run")},
	}
	var known []string
	for _, s := range w.flow.Signals {
		known = append(known, s.Name)
	}
	_, d.Fixes = m.renamed(name, name.Name, known)
	c.add(d)
}

func (c *checker) mockOfCanvas(m *module, s *lang.Mock, sym *callableSymbol) {
	c.add(diag.Diagnostic{
		Code:      diag.BadTest,
		Message:   fmt.Sprintf("`%s` is a canvas: its steps are those of the workflow that calls it", sym.name.Name),
		Primary:   m.label(s, "nothing to stand in for"),
		Secondary: []diag.Label{sym.mod.label(sym.name, "declared here")},
		Fixes:     []diag.Fix{advice("mock the activities in it")},
	})
}

func (c *checker) expectOfCanvas(m *module, s *lang.Expect, sym *callableSymbol) {
	c.add(diag.Diagnostic{
		Code:      diag.BadTest,
		Message:   fmt.Sprintf("`%s` is a canvas: its steps are those of the workflow that calls it", sym.name.Name),
		Primary:   m.label(s, "never a call of its own"),
		Secondary: []diag.Label{sym.mod.label(sym.name, "declared here")},
		Fixes:     []diag.Fix{advice("name the activities in it")},
	})
}

func (c *checker) unknownMockParam(m *module, id lang.Ident, sym *callableSymbol) {
	d := diag.Diagnostic{
		Code:    diag.UnknownName,
		Message: fmt.Sprintf("a mock of everything has no parameter `%s`", id.Name),
		Primary: m.label(id, "not found"),
	}
	if sym != nil {
		d.Message = fmt.Sprintf("`%s` has no parameter `%s`", sym.name.Name, id.Name)
		d.Secondary = []diag.Label{sym.mod.label(sym.name, "declared here")}
		d.Notes = []string{"a mock names those of the parameters that it uses, in any order"}
		known := make([]string, len(sym.params))
		for i, p := range sym.params {
			known[i] = p.Name
		}
		_, d.Fixes = m.renamed(id, id.Name, known)
	}
	c.add(d)
}

func (c *checker) mockParamNotBound(m *module, n *lang.Name, s *lang.Mock, sym *callableSymbol) {
	c.add(diag.Diagnostic{
		Code:    diag.UnknownName,
		Message: fmt.Sprintf("`%s` is a parameter of `%s` that this mock does not name", n.Name, sym.name.Name),
		Primary: m.label(n, "not visible"),
		Fixes:   []diag.Fix{advice("write `mock %s(%s)`", joined(s.Callee), n.Name)},
	})
}

func (c *checker) valueForAll(m *module, s *lang.Mock) {
	c.badTest(m, s.Value, "one value does not fit what all activities give", "not allowed for `mock *`",
		advice("`mock * -> auto` gives each what it declares"))
}

func (c *checker) raisesNoFailure(m *module, e lang.Expr, typ *ir.Type) {
	c.add(diag.Diagnostic{
		Code:    diag.TypeMismatch,
		Message: fmt.Sprintf("a mock raises a declared error, or a text; this is a `%s`", typ),
		Primary: m.label(e, "expected an error or a string"),
	})
}

func (c *checker) mockRaisesUndeclared(m *module, e lang.Expr, typ *ir.Type, sym *callableSymbol) {
	c.add(diag.Diagnostic{
		Code:      diag.BadTest,
		Message:   fmt.Sprintf("`%s` does not raise `%s`", sym.name.Name, typ.Decl.Name),
		Primary:   m.label(e, "not declared"),
		Secondary: []diag.Label{sym.mod.label(sym.name, "declared here")},
		Fixes: []diag.Fix{
			advice("declare it: `activity %s(…) raises %s`", sym.name.Name, typ.Decl.Name),
			advice("or raise a text, for a failure that nothing declares"),
		},
	})
}

func (c *checker) testWithoutResult(m *module, n *lang.Name, sym *callableSymbol) {
	c.add(diag.Diagnostic{
		Code:      diag.NoValue,
		Message:   fmt.Sprintf("`%s` has no result", sym.name.Name),
		Primary:   m.label(n, "nothing to look at"),
		Secondary: []diag.Label{sym.mod.label(sym.name, "declared without `->`")},
	})
}

func (c *checker) orderOfWhat(m *module, e lang.Expr) {
	c.badTest(m, e, "an order is one of steps", "expected the name of an activity or workflow, or a path in quotes")
}

func (c *checker) orderOfNothing(m *module, list lang.Expr) {
	c.badTest(m, list, "an order is one of steps", "empty, so that it always holds", advice("name the steps: `expect order [first, second]`"))
}

func (c *checker) noSuchNode(m *module, s *lang.StringLit, path string, sym *callableSymbol, ids map[string]*ir.Node) {
	d := diag.Diagnostic{
		Code:      diag.UnknownName,
		Message:   fmt.Sprintf("`%s` has no node `%s`", sym.name.Name, path),
		Primary:   m.label(s, "leads nowhere"),
		Secondary: []diag.Label{sym.mod.label(sym.name, "this workflow is run")},
	}
	if m.guessing() {
		m.guesses++
		if near, ok := nearestPath(path, sym.name.Name, ids); ok {
			d.Fixes = []diag.Fix{advice("did you mean `%s`?", near)}
		}
	}
	c.add(d)
}
