package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// place is where a name is bound, for messages about uses that do not see it.
type place struct {
	at   lang.Range
	in   lang.FlowNode // the innermost node that keeps the name to itself; nil means the body
	name string        // of that node; "" if it has none
}

// missing is called when a name is not found. It reports whether it has
// reported why.
func (b *body) missing(n *lang.Name) bool {
	if b.cyclic[n.Name] {
		return true
	}
	if b.places == nil {
		b.places = map[string]place{}
		b.note(b.decl.Body.Stmts, nil, "")
	}
	p, ok := b.places[n.Name]
	if !ok {
		return false
	}
	if b.undoing && p.at == b.naming {
		b.c.undoUsesItself(b.mod, n)
		return true
	}
	if b.undoing && n.Start < p.at.Start {
		b.c.undoUsesLater(b.mod, n, p)
		return true
	}
	if g, ok := p.in.(*lang.Group); ok && within(n.Range, g.Range) && (g.Kind == lang.Parallel || g.Kind == lang.Race) {
		b.c.siblingBoundLater(b, n, p, g)
		return true
	}
	if p.in == nil || within(n.Range, p.in.Span()) {
		b.c.boundLater(b.mod, n, p)
		return true
	}
	b.c.notVisible(b.mod, n, p, b.hiderType(p))
	return true
}

// hiderType returns the type of the node that hides p, nil if that is not known
// or has no value.
func (b *body) hiderType(p place) *ir.Type {
	if p.name == "" {
		return nil
	}
	sym := b.scope.lookup(p.name)
	if sym == nil || sym.typ == nil || sym.typ.Kind == ir.KNone || sym.typ.Kind == ir.KInvalid {
		return nil
	}
	return sym.typ
}

// within reports whether r lies in outer.
func within(r, outer lang.Range) bool { return outer.Start <= r.Start && r.End <= outer.End }

// note enters in b.places what the statements bind, the first of each name. in
// is the node that keeps those names to itself, and hider its name.
func (b *body) note(stmts []lang.Stmt, in lang.FlowNode, hider string) {
	add := func(name lang.Ident) {
		if _, ok := b.places[name.Name]; !ok {
			b.places[name.Name] = place{name.Range, in, hider}
		}
	}
	for _, s := range stmts {
		switch s := s.(type) {
		case *lang.Let:
			add(s.Name)
		case *lang.Step:
			if s.Name != nil {
				add(*s.Name)
			}
			b.noteNode(s, in, hider)
		}
	}
}

func (b *body) noteNode(s *lang.Step, in lang.FlowNode, hider string) {
	own := ""
	if s.Name != nil {
		own = s.Name.Name
	}
	switch n := s.Node.(type) {
	case *lang.Group:
		if s.Name != nil || n.Kind == lang.Parallel || n.Kind == lang.Race {
			in, hider = n, own
		}
		b.note(n.Body.Stmts, in, hider)
	case *lang.Map:
		b.places[n.Item.Name] = place{n.Item.Range, n, own}
		b.note(n.Body.Stmts, n, own)
	case *lang.Expand:
		b.places[n.Item.Name] = place{n.Item.Range, n, own}
		b.note(n.Body.Stmts, n, own)
	case *lang.Loop:
		b.note(n.Body.Stmts, n, own)
	case *lang.If:
		for i := range n.Branches {
			b.note(n.Branches[i].Body.Stmts, n, own)
		}
		if n.Else != nil {
			b.note(n.Else.Stmts, n, own)
		}
	case *lang.Switch:
		for i := range n.Cases {
			b.note(n.Cases[i].Body.Stmts, n, own)
		}
	}
}
