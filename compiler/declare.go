package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// declare collects the names that each module declares. Nothing is resolved
// yet, so that declarations may stand in any order.
func (c *checker) declare() {
	c.activities = map[string]*callableSymbol{}
	for _, m := range c.order {
		m.types = map[string]*typeSymbol{}
		m.calls = map[string]*callableSymbol{}
		m.values = map[string]*symbol{}
		for _, d := range m.file.Decls {
			c.collect(m, d)
		}
	}
}

// collect enters one declaration in the tables of m. Of two with one name the
// first counts.
func (c *checker) collect(m *module, d lang.Decl) {
	switch d := d.(type) {
	case *lang.TypeDecl:
		c.collectType(m, d, d.Name)
	case *lang.EnumDecl:
		c.collectType(m, d, d.Name)
	case *lang.ErrorDecl:
		c.collectType(m, d, d.Name)
	case *lang.ValueDecl:
		c.collectValue(m, d)
	case *lang.ActivityDecl:
		c.collectCallable(m, &callableSymbol{activity: d, name: d.Name})
	case *lang.WorkflowDecl:
		c.collectCallable(m, &callableSymbol{workflow: d, name: d.Name})
	case *lang.DefaultsDecl:
		c.collectDefaults(m, d)
	case *lang.TestDecl: // see lowerTests
	}
}

func (c *checker) collectType(m *module, d lang.Decl, name lang.Ident) {
	if before := m.types[name.Name]; before != nil {
		c.declaredTwice(m, name, before.name.Range)
		return
	}
	m.types[name.Name] = &typeSymbol{mod: m, decl: d, name: name}
}

func (c *checker) collectCallable(m *module, sym *callableSymbol) {
	if before := m.calls[sym.name.Name]; before != nil {
		c.declaredTwice(m, sym.name, before.name.Range)
		return
	}
	sym.mod = m
	sym.unique = m.unique(sym.name.Name)
	sym.result = ir.NoneType
	m.calls[sym.name.Name] = sym
	m.ordered = append(m.ordered, sym)
	if sym.activity != nil {
		c.activities[sym.unique] = sym
	}
}

func (c *checker) collectValue(m *module, d *lang.ValueDecl) {
	name := d.Name.Name
	if before := m.values[name]; before != nil {
		c.declaredTwice(m, d.Name, before.at)
		return
	}
	sym := &symbol{kind: symConst, name: name, mod: m, at: d.Name.Range, node: -1}
	if d.Param {
		sym.kind = symParam
	} else {
		sym.lazy = c.constant(m, d, sym)
	}
	m.values[name] = sym
}

// constant returns what gives the constant sym its value, when it is first
// asked for. A constant that asks for itself is reported.
func (c *checker) constant(m *module, d *lang.ValueDecl, sym *symbol) func() {
	busy := false
	return func() {
		switch {
		case sym.value != nil:
			return
		case busy:
			c.constantOfItself(m, d)
			sym.typ, sym.value = ir.Invalid, invalidExpr
			return
		}
		busy = true
		typ, value := c.constantValue(m, d)
		if sym.value == nil {
			sym.typ, sym.value = typ, value
		}
	}
}

func (c *checker) constantValue(m *module, d *lang.ValueDecl) (*ir.Type, *ir.Expr) {
	var want *ir.Type
	if d.Type != nil {
		want = c.typ(m, d.Type)
	}
	if d.Value == nil {
		return ir.Invalid, invalidExpr
	}
	env := &exprEnv{c: c, mod: m}
	e := env.expr(d.Value, want)
	if e.Type.Kind == ir.KInvalid || e.Op == ir.OpConst {
		return e.Type, e
	}
	v, ok := env.constant(d.Value, want)
	if !ok {
		return ir.Invalid, invalidExpr
	}
	return e.Type, &ir.Expr{Op: ir.OpConst, Type: e.Type, Value: v, At: e.At}
}

func (c *checker) collectDefaults(m *module, d *lang.DefaultsDecl) {
	slot := &m.activityDefaults
	if d.Of.Name == "workflow" {
		slot = &m.workflowDefaults
	}
	if *slot != nil {
		c.declaredTwice(m, d.Of, (*slot).Of.Range)
		return
	}
	*slot = d
}

// resolve gives the declared names their types: first types, then constants
// and parameters, then the signatures of what can be called.
func (c *checker) resolve() {
	for _, m := range c.order {
		c.resolveTypes(m)
	}
	for _, m := range c.order {
		for _, d := range m.file.Decls {
			if d, ok := d.(*lang.ValueDecl); ok {
				c.resolveValue(m, d)
			}
		}
	}
	for _, m := range c.order {
		for _, sym := range m.ordered {
			if d := sym.activity; d != nil {
				c.resolveCallable(sym, d.Params, d.Result)
				sym.raises = c.raised(m, d.Raises)
			} else {
				c.resolveCallable(sym, sym.workflow.Params, sym.workflow.Result)
			}
		}
	}
}

func (c *checker) resolveValue(m *module, d *lang.ValueDecl) {
	sym := m.values[d.Name.Name]
	if sym == nil || sym.at != d.Name.Range {
		return // declared twice
	}
	if sym.kind == symConst {
		sym.lazy()
		return
	}
	p := c.param(m, d.Name, d.Type, d.Value)
	sym.typ = p.Type
	p.Name = m.unique(p.Name)
	c.prog.Params = append(c.prog.Params, p)
}

func (c *checker) resolveCallable(sym *callableSymbol, params []lang.Param, result lang.TypeExpr) {
	sym.params = c.params(sym.mod, params)
	if result != nil {
		sym.result = c.typ(sym.mod, result)
	}
}

// params resolves the parameters of a callable or a signal.
func (c *checker) params(m *module, params []lang.Param) []ir.Param {
	out := make([]ir.Param, 0, len(params))
	var first firsts
	for _, p := range params {
		if before, again := first.see(p.Name); again {
			c.declaredTwice(m, p.Name, before.Range)
		}
		out = append(out, c.param(m, p.Name, p.Type, p.Default))
	}
	return out
}

// param resolves one parameter. Its default depends on nothing but constants
// and the parameters of the program.
func (c *checker) param(m *module, name lang.Ident, typ lang.TypeExpr, value lang.Expr) ir.Param {
	p := ir.Param{Name: name.Name, At: m.at(name)}
	if typ != nil {
		p.Type = c.typ(m, typ)
	}
	if value != nil {
		env := &exprEnv{c: c, mod: m}
		p.Default = c.fold(env.expr(value, p.Type))
		if leaf := changing(p.Default, 0); leaf != nil && leaf.Op != ir.OpParam {
			env.errNotConstant(value, whyChanging(leaf))
		}
		if p.Type == nil {
			p.Type = p.Default.Type
		}
	}
	if p.Type == nil {
		p.Type = ir.Invalid // the parser has reported that both are missing
	}
	return p
}

// raised resolves the names after `raises`.
func (c *checker) raised(m *module, names []lang.ErrorName) []string {
	var out []string
	for _, n := range names {
		if sym := c.errorNamed(m, n); sym != nil {
			out = append(out, sym.mod.unique(sym.name.Name))
		}
	}
	return out
}

// through returns the module that m imports as name, and m itself for nil. It
// returns nil if there is nothing to be found: that has been reported.
func (c *checker) through(m *module, name *lang.Ident) *module {
	if name == nil {
		return m
	}
	imp := m.imports[name.Name]
	if imp == nil {
		c.unknownModule(m, *name)
		return nil
	}
	imp.used = true
	if imp.mod.broken {
		return nil
	}
	return imp.mod
}

// errorNamed returns the declared error that n stands for in m, nil when it
// has reported that there is none.
func (c *checker) errorNamed(m *module, n lang.ErrorName) *typeSymbol {
	from := c.through(m, n.Module)
	if from == nil {
		return nil
	}
	sym := from.types[n.Name.Name]
	if sym != nil {
		if _, ok := sym.decl.(*lang.ErrorDecl); ok {
			sym.used = true
			return sym
		}
	}
	c.unknownError(m, from, n)
	return nil
}

// findCallable returns what path calls in m, and nil if there is nothing.
func (c *checker) findCallable(m *module, path []lang.Ident) *callableSymbol {
	switch len(path) {
	case 1:
		return m.calls[path[0].Name]
	case 2:
		if imp := m.imports[path[0].Name]; imp != nil {
			return imp.mod.calls[path[1].Name]
		}
	}
	return nil
}

// callable returns what path calls in m, which is used so. What does not exist
// is reported.
func (c *checker) callable(m *module, path []lang.Ident) (*callableSymbol, bool) {
	sym := c.callee(m, path)
	if sym == nil {
		return nil, false
	}
	sym.used = true
	return sym, true
}

// callee returns what path calls in m, nil when it has reported that there is
// nothing.
func (c *checker) callee(m *module, path []lang.Ident) *callableSymbol {
	if len(path) == 2 {
		if imp := m.imports[path[0].Name]; imp != nil {
			imp.used = true
			if imp.mod.broken {
				return nil
			}
		}
	}
	sym := c.findCallable(m, path)
	if sym == nil {
		c.unknownCallable(m, path)
	}
	return sym
}

// reportUnused reports the imports that nothing has used.
func (c *checker) reportUnused() {
	for _, m := range c.mods {
		if m.torn {
			continue
		}
		for _, imp := range m.file.Imports {
			name, _ := importName(imp)
			if known := m.imports[name.Name]; known != nil && known.decl == imp && !known.used && !known.mod.broken {
				c.unusedImport(m, imp, name.Name)
			}
		}
	}
}
