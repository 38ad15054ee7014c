package compiler

import (
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// lowerTests checks the tests of every file, and puts those of the compiled
// file into the program. It comes after the passes: a test names nodes by their
// ids, and what is in the program does not depend on its tests.
func (c *checker) lowerTests() {
	index := c.newTestIndex()
	imports := make(map[string]string, len(c.mods[0].imports))
	for alias, imp := range c.mods[0].imports {
		if before, twice := imports[imp.mod.name]; !twice || alias < before {
			imports[imp.mod.name] = alias
		}
	}
	for _, m := range c.mods {
		var names firsts
		for _, d := range m.file.Decls {
			d, ok := d.(*lang.TestDecl)
			if !ok {
				continue
			}
			t := testLowering{c: c, m: m, index: index, decl: d, out: &ir.Test{Property: d.Property, At: m.pos(d.Name.Range), Extent: m.pos(d.Range)}}
			t.lower(&names)
			if m == c.mods[0] {
				t.out.Imports = imports
				c.prog.Tests = append(c.prog.Tests, t.out)
			}
		}
	}
}

// testLowering lowers one test.
type testLowering struct {
	c     *checker
	m     *module
	index *testIndex
	decl  *lang.TestDecl
	out   *ir.Test
	run   *lang.RunStmt // nil if there is none
	flow  *lowered      // the workflow that is run; nil if that is not known
}

func (t *testLowering) lower(names *firsts) {
	t.named(names)
	for _, s := range t.decl.Stmts {
		if s, ok := s.(*lang.RunStmt); ok {
			t.runStmt(s)
		}
	}
	if t.run == nil && !t.m.torn {
		t.c.testWithoutRun(t.m, t.decl)
	}
	for _, s := range t.decl.Stmts {
		switch s := s.(type) {
		case *lang.Mock:
			t.mock(s)
		case *lang.ForEvery:
			t.forEvery(s)
		case *lang.Expect:
			t.expect(s)
		case *lang.RunStmt:
			if s == t.run {
				t.events(s) // their paths are looked for in what is run
			}
		}
	}
	if t.decl.Property && t.out.Failures == "" && !t.out.Cancels && !t.c.diags.HasErrors() {
		t.c.propertyOfNothing(t.m, t.decl)
	}
}

// named gives the test its name, which no other test of the file has.
func (t *testLowering) named(names *firsts) {
	name, constant := t.decl.Name.Constant()
	if !constant {
		t.c.testTextNotConstant(t.m, &t.decl.Name, "the name of a test")
		return
	}
	t.out.Name = name
	id := lang.Ident{Range: t.decl.Name.Range, Name: name}
	if before, again := names.see(id); again {
		t.c.declaredTwice(t.m, id, before.Range)
	}
}

// expressions returns the environment of expressions in which names are
// visible, nil for those of the file only.
func (t *testLowering) expressions(names map[string]*symbol) *exprEnv {
	return &exprEnv{c: t.c, mod: t.m, scope: &scope{names: names}}
}

// slot returns the symbol of a slot of a test's frame.
func (t *testLowering) slot(name string, typ *ir.Type, index int, at lang.Range) *symbol {
	return &symbol{kind: symSlot, name: name, typ: typ, mod: t.m, at: at, index: index, node: -1}
}

// folded returns e with its constant parts computed, nil for nil.
func (t *testLowering) folded(x *exprEnv, e lang.Expr, want *ir.Type) *ir.Expr {
	if e == nil {
		return nil
	}
	return t.c.fold(x.expr(e, want))
}

// callee returns what path calls, nil when it has reported that nothing is
// called so. A test does not make its file use anything but imports.
func (t *testLowering) callee(path []lang.Ident) *callableSymbol {
	if len(path) == 0 {
		return nil // reported by the parser
	}
	return t.c.callee(t.m, path)
}

// workflow returns the workflow that path names, nil when it has reported that
// there is none which can be run.
func (t *testLowering) workflow(path []lang.Ident) (*callableSymbol, *lowered) {
	sym := t.callee(path)
	switch {
	case sym == nil:
		return nil, nil
	case sym.workflow == nil || sym.workflow.Canvas:
		t.c.testOfNoWorkflow(t.m, path, sym)
		return nil, nil
	case sym.mod != t.m && !sym.used:
		t.c.testElsewhere(t.m, path, sym)
		return nil, nil
	}
	if w := t.index.flows[sym.unique]; w != nil && w.sym == sym {
		return sym, w
	}
	return nil, nil // declared twice
}

// forEvery lowers what a property ranges over.
func (t *testLowering) forEvery(s *lang.ForEvery) {
	sym, _ := t.workflow(s.In)
	switch {
	case !t.decl.Property:
		t.c.everyInTest(t.m, s)
	case sym == nil:
	case s.Kind.Name == "failure":
		t.out.Failures = sym.unique
	case t.flow != nil && sym != t.flow.sym:
		t.c.cancelOfAnother(t.m, s, t.run)
	default:
		t.out.Cancels = true
	}
}

// runStmt lowers what is run.
func (t *testLowering) runStmt(s *lang.RunStmt) {
	if t.run != nil {
		t.c.testRunsTwice(t.m, s, t.run)
		return
	}
	t.run = s
	if len(s.Callee) == 0 {
		return // reported by the parser
	}
	t.out.RunAt = t.m.pos(lang.Range{Start: s.Start, End: t.headEnd(s)})
	sym, flow := t.workflow(s.Callee)
	if sym == nil {
		return
	}
	t.flow, t.out.Workflow = flow, sym.unique
	t.out.Args = t.expressions(nil).args(sym, s.Args, s)
	t.c.foldList(t.out.Args)
	t.params(s)
}

// headEnd returns where the run ends and its events begin.
func (t *testLowering) headEnd(s *lang.RunStmt) int32 {
	if len(s.Events) == 0 {
		return s.End
	}
	from := s.Callee[len(s.Callee)-1].End
	if n := len(s.Args); n > 0 {
		from = s.Args[n-1].End
	}
	if n := len(s.With); n > 0 {
		return s.With[n-1].End
	}
	text := string(t.m.file.Source.Text[from:s.End])
	for k := 0; k < len(text); k++ {
		switch text[k] {
		case '#': // a comment between arguments
			n := strings.IndexByte(text[k:], '\n')
			if n < 0 {
				return s.End
			}
			k += n
		case ')':
			return from + int32(k) + 1
		}
	}
	return s.End
}

// params lowers `with name = value`, which sets parameters of the program,
// those of imported files included.
func (t *testLowering) params(s *lang.RunStmt) {
	var given firsts
	set := map[string]bool{}
	for i := range s.With {
		a := &s.With[i]
		if before, again := given.see(a.Name); again {
			t.c.declaredTwice(t.m, a.Name, before.Range)
			continue
		}
		sym := t.param(a.Name.Name)
		if sym == nil {
			t.c.notAParam(t.m, a)
			continue
		}
		name := sym.mod.unique(a.Name.Name)
		set[name] = true
		t.out.Params = append(t.out.Params, ir.TestParam{Name: name, Value: t.folded(t.expressions(nil), a.Value, sym.typ)})
	}
	if t.m != t.c.mods[0] {
		return
	}
	for _, p := range t.c.prog.Params {
		if p.Default == nil && p.Type.Kind != ir.KOptional && p.Type.Kind != ir.KInvalid && !set[p.Name] {
			t.c.testParamMissing(t.m, s, p)
		}
	}
}

// param returns the program's parameter of that name: the file's own, or else
// the only one among its imports. It returns nil if there is none, or several.
func (t *testLowering) param(name string) *symbol {
	if sym := t.m.values[name]; sym != nil && sym.kind == symParam {
		return sym
	}
	var found *symbol
	for _, m := range t.c.mods {
		sym := m.values[name]
		if sym == nil || sym.kind != symParam || m == t.m {
			continue
		}
		if found != nil {
			return nil
		}
		found = sym
	}
	return found
}

// events lowers what happens during the run.
func (t *testLowering) events(s *lang.RunStmt) {
	for i := range s.Events {
		e := &s.Events[i]
		out := ir.TestEvent{At: t.m.pos(e.Range)}
		x := t.expressions(nil)
		out.Time = x.infer(e.At, ir.DurationType)
		if k := out.Time.Type.Kind; k != ir.KInt && k != ir.KInvalid {
			out.Time = x.fit(out.Time, ir.DurationType, e.At, nil)
		}
		out.Time = t.c.fold(out.Time)
		if out.Time.Type.Kind == ir.KInt {
			t.least(out.Time, e.At, 1, "the events of a run are numbered from 1")
		} else {
			t.least(out.Time, e.At, 0, "nothing happens before the run begins")
		}
		switch e.Kind.Name {
		case "cancel":
			if e.Path != nil {
				out.Path = t.path(e.Path)
			}
		case "signal":
			t.signal(e, &out)
		}
		t.out.Events = append(t.out.Events, out)
	}
}

// signal lowers a signal with what it carries.
func (t *testLowering) signal(e *lang.RunEvent, out *ir.TestEvent) {
	x := t.expressions(nil)
	if e.Signal == nil || t.flow == nil {
		if e.Value != nil {
			x.infer(e.Value, nil)
		}
		return
	}
	for _, s := range t.flow.flow.Signals {
		if s.Name != e.Signal.Name {
			continue
		}
		typ := &ir.Type{Kind: ir.KRecord}
		for _, p := range s.Params {
			typ.Fields = append(typ.Fields, ir.Field{Name: p.Name, Type: p.Type})
		}
		out.Signal = s.Name
		if e.Value != nil {
			out.Value = t.folded(x, e.Value, typ)
		} else {
			out.Value = x.record(&lang.MapLit{Range: e.Signal.Range}, typ, nil)
		}
		return
	}
	t.c.unknownSignal(t.m, *e.Signal, t.flow)
	if e.Value != nil {
		x.infer(e.Value, nil)
	}
}
