package format

import (
	"fmt"

	"github.com/flowc/flowc/lang"
)

func (p *printer) test(d *lang.TestDecl) {
	if d.Property {
		p.text("property ")
	} else {
		p.text("test ")
	}
	p.str(&d.Name)
	p.text(" ")
	bracketed(p, body, d.End, d.Stmts, p.testStmt)
}

func (p *printer) testStmt(s lang.TestStmt) {
	switch s := s.(type) {
	case *lang.Mock:
		p.mock(s)
	case *lang.ForEvery:
		p.text("for every " + s.Kind.Name + " in ")
		p.path(s.In)
	case *lang.RunStmt:
		p.runStmt(s)
	case *lang.Expect:
		p.text("expect ")
		p.expect(s)
	default:
		panic(fmt.Sprintf("unexpected %T", s))
	}
}

func (p *printer) mock(m *lang.Mock) {
	p.text("mock ")
	if m.Any {
		p.text("*")
	}
	p.path(m.Callee)
	if m.Params != nil {
		p.text("(")
		for i, name := range m.Params {
			if i > 0 {
				p.text(", ")
			}
			p.text(name.Name)
		}
		p.text(")")
	}
	p.clause(" when ", m.When)
	switch m.Kind {
	case lang.MockValue:
		p.clause(" -> ", m.Value)
	case lang.MockAuto:
		p.text(" -> auto")
	case lang.MockRaises:
		p.clause(" raises ", m.Value)
	case lang.MockHangs:
		p.text(" hangs")
	default:
		panic(fmt.Sprintf("unexpected mock %d", m.Kind))
	}
	p.clause(" after ", m.After)
	p.clause(" times ", m.Times)
}

// clause prints a word and what follows it, if anything does.
func (p *printer) clause(word string, e lang.Expr) {
	if e != nil {
		p.text(word)
		p.expr(e)
	}
}

func (p *printer) runStmt(r *lang.RunStmt) {
	p.text("run ")
	p.path(r.Callee)
	p.argsAfter(r.Callee, r.Args)
	p.with(r.With)
	if len(r.Events) > 0 {
		p.text(" ")
		bracketed(p, body, r.End, r.Events, p.runEvent)
	}
}

// argsAfter prints arguments of which the tree does not say where they end.
func (p *printer) argsAfter(callee []lang.Ident, args []lang.Arg) {
	from := callee[len(callee)-1].End
	if n := len(args); n > 0 {
		from = args[n-1].End
	}
	p.args(args, lang.Range{Start: from, End: p.after(from, ')')})
}

func (p *printer) runEvent(e lang.RunEvent) {
	p.text("at ")
	p.expr(e.At)
	p.text(" " + e.Kind.Name)
	if e.Path != nil {
		p.text(" ")
		p.str(e.Path)
	}
	if e.Signal != nil {
		p.text(" " + e.Signal.Name)
	}
	p.clause(" ", e.Value)
}

func (p *printer) expect(e *lang.Expect) {
	switch e.Kind {
	case lang.ExpectStatus:
		p.text(e.Status.Name)
		if e.Error != nil {
			p.text(" ")
			p.errorName(*e.Error)
		}
	case lang.ExpectExpr:
		p.expr(e.Value)
	case lang.ExpectNever:
		p.text("never ")
		p.path(e.Callee)
		if e.HasArgs {
			p.argsAfter(e.Callee, e.Args)
		}
	case lang.ExpectCalls:
		p.path(e.Callee)
		p.argsAfter(e.Callee, e.Args)
		if e.Value == nil {
			p.text(" once")
			return
		}
		p.clause(" ", e.Value)
		p.text(" times")
	case lang.ExpectOrder:
		p.clause("order ", e.Value)
	case lang.ExpectElapsed:
		p.expr(e.Value)
	case lang.ExpectFailed:
		p.text("failed nodes ")
		listed(p, e.Nodes, p.nodePath)
	case lang.ExpectCancelled:
		p.text("cancelled nodes ")
		listed(p, e.Nodes, p.nodePath)
	default:
		panic(fmt.Sprintf("unexpected expectation %d", e.Kind))
	}
}

func (p *printer) nodePath(s lang.StringLit) { p.str(&s) }
