package format

import (
	"fmt"

	"github.com/flowc/flowc/lang"
)

// body prints the body of a declaration, node or handler.
func (p *printer) body(b *lang.Block) { bracketed(p, body, b.End, b.Stmts, p.stmt) }

func (p *printer) stmt(s lang.Stmt) {
	switch s := s.(type) {
	case *lang.Signal:
		p.text("signal " + s.Name.Name)
		p.params(s.Params, s.Name, s.End)
	case *lang.Let:
		p.text("let " + s.Name.Name + " = ")
		p.expr(s.Value)
	case *lang.Result:
		p.result(s)
	case *lang.Next:
		p.text("next ")
		p.expr(s.Value)
	case *lang.Grow:
		p.text("grow ")
		p.expr(s.Value)
	case *lang.Raise:
		p.text("raise ")
		p.expr(s.Value)
	case *lang.Step:
		if s.Name != nil {
			p.text(s.Name.Name)
			p.cell(colAssign)
			p.text(" = ")
		}
		p.node(s.Node)
	default:
		panic(fmt.Sprintf("unexpected %T", s))
	}
}

func (p *printer) result(r *lang.Result) {
	if r.Yield {
		p.text("yield")
	} else {
		p.text("return")
	}
	if r.Value != nil {
		p.text(" ")
		p.expr(r.Value)
	}
	p.callTail(r.With, r.Undo, r.Handlers)
}

func (p *printer) node(n lang.FlowNode) {
	switch n := n.(type) {
	case *lang.Group:
		p.text(n.Kind.String())
		p.blockTail(n.With, &n.Body, n.Handlers)
	case *lang.Map:
		p.text("map " + n.Item.Name)
		if n.Index != nil {
			p.text(", " + n.Index.Name)
		}
		p.text(" in ")
		p.expr(n.List)
		p.by(n.By)
		p.blockTail(n.With, &n.Body, n.Handlers)
	case *lang.Expand:
		p.text("expand " + n.Item.Name + " in ")
		p.expr(n.List)
		p.by(n.By)
		p.blockTail(n.With, &n.Body, n.Handlers)
	case *lang.Loop:
		p.loop(n)
	case *lang.Wait:
		p.wait(n)
	case *lang.If:
		p.ifs(n)
	case *lang.Switch:
		p.text("switch ")
		p.expr(n.Subject)
		p.text(" ")
		bracketed(p, body, n.End, n.Cases, p.switchCase)
	case *lang.Call:
		p.call(n)
	default:
		panic(fmt.Sprintf("unexpected %T", n))
	}
}

func (p *printer) by(key lang.Expr) {
	if key != nil {
		p.text(" by ")
		p.expr(key)
	}
}

func (p *printer) loop(n *lang.Loop) {
	p.text("loop")
	if n.Acc != nil {
		p.text(" " + n.Acc.Name + " = ")
		p.expr(n.Init)
	}
	if n.While != nil {
		p.text(" while ")
		p.expr(n.While)
	}
	p.blockTail(n.With, &n.Body, n.Handlers)
}

func (p *printer) wait(n *lang.Wait) {
	p.text("wait ")
	if n.Until {
		p.text("until ")
	}
	p.expr(n.What)
	if n.For != nil {
		p.text(" for ")
		p.expr(n.For)
	}
	if n.Else != nil {
		p.text(" else ")
		p.stmt(n.Else)
	}
}

func (p *printer) ifs(n *lang.If) {
	for i := range n.Branches {
		if i > 0 {
			p.text(" else ")
		}
		p.text("if ")
		p.expr(n.Branches[i].Cond)
		p.text(" ")
		p.body(&n.Branches[i].Body)
	}
	if n.Else != nil {
		p.text(" else ")
		p.body(n.Else)
	}
}

func (p *printer) switchCase(c lang.Case) {
	if c.Default {
		p.text("default")
	} else {
		p.text("case ")
		series(p, c.Values, startsLine, p.expr)
	}
	if c.As != nil {
		p.text(" as " + c.As.Name)
	}
	p.text(": ")
	if c.Braces {
		p.body(&c.Body)
		return
	}
	for _, s := range c.Body.Stmts { // one
		p.stmt(s)
	}
}

func (p *printer) call(n *lang.Call) {
	if n.Detach {
		p.text("detach ")
	}
	p.path(n.Callee)
	p.args(n.Args, n.ArgsSpan)
	p.callTail(n.With, n.Undo, n.Handlers)
}

// path prints `module.name`.
func (p *printer) path(names []lang.Ident) {
	for i, n := range names {
		if i > 0 {
			p.text(".")
		}
		p.text(n.Name)
	}
}

// callTail prints what may follow a call.
func (p *printer) callTail(with []lang.Attr, undo *lang.Undo, handlers []lang.Handler) {
	p.with(with)
	if undo != nil {
		p.text(" undo ")
		if undo.Call != nil {
			p.expr(undo.Call)
		} else {
			p.text("none")
		}
	}
	p.handlers(handlers)
}

// blockTail prints options, a body and its handlers.
func (p *printer) blockTail(with []lang.Attr, b *lang.Block, handlers []lang.Handler) {
	p.with(with)
	p.text(" ")
	p.body(b)
	p.handlers(handlers)
}

func (p *printer) with(attrs []lang.Attr) {
	if len(attrs) == 0 {
		return
	}
	p.text(" with ")
	series(p, attrs, func(lang.Attr) bool { return true }, func(a lang.Attr) {
		p.text(a.Name.Name + " = ")
		p.expr(a.Value)
	})
}

func (p *printer) handlers(handlers []lang.Handler) {
	for i := range handlers {
		h := &handlers[i]
		p.text(" ")
		listed(p, h.Kinds, p.event)
		if h.As != nil {
			p.text(" as " + h.As.Name)
		}
		p.blockTail(h.With, &h.Body, nil)
	}
}

func (p *printer) event(e lang.HandlerEvent) {
	p.text(e.Kind.String())
	for i, name := range e.Errors {
		if i > 0 {
			p.text(" |")
		}
		p.text(" ")
		p.errorName(name)
	}
}

func (p *printer) errorName(e lang.ErrorName) {
	if e.Module != nil {
		p.text(e.Module.Name + ".")
	}
	p.text(e.Name.Name)
}
