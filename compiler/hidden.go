package compiler

import "github.com/flowc/flowc/lang"

// place is where a name is bound, for messages about uses that do not see it.
type place struct {
	at lang.Range
	in lang.FlowNode // the innermost node that keeps the name to itself; nil means the body
}

// missing is called when a name is not found. It reports whether it has
// reported why.
func (b *body) missing(n *lang.Name) bool {
	if b.cyclic[n.Name] {
		return true
	}
	if b.places == nil {
		b.places = map[string]place{}
		b.note(b.decl.Body.Stmts, nil)
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
	b.c.notVisible(b.mod, n, p)
	return true
}

// within reports whether r lies in outer.
func within(r, outer lang.Range) bool { return outer.Start <= r.Start && r.End <= outer.End }

// note enters in b.places what the statements bind, the first of each name. in
// is the node that keeps those names to itself.
func (b *body) note(stmts []lang.Stmt, in lang.FlowNode) {
	add := func(name lang.Ident) {
		if _, ok := b.places[name.Name]; !ok {
			b.places[name.Name] = place{name.Range, in}
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
			b.noteNode(s, in)
		}
	}
}

func (b *body) noteNode(s *lang.Step, in lang.FlowNode) {
	switch n := s.Node.(type) {
	case *lang.Group:
		if s.Name != nil || n.Kind == lang.Parallel || n.Kind == lang.Race {
			in = n
		}
		b.note(n.Body.Stmts, in)
	case *lang.Map:
		b.places[n.Item.Name] = place{n.Item.Range, n}
		b.note(n.Body.Stmts, n)
	case *lang.Expand:
		b.places[n.Item.Name] = place{n.Item.Range, n}
		b.note(n.Body.Stmts, n)
	case *lang.Loop:
		b.note(n.Body.Stmts, n)
	case *lang.If:
		for i := range n.Branches {
			b.note(n.Branches[i].Body.Stmts, n)
		}
		if n.Else != nil {
			b.note(n.Else.Stmts, n)
		}
	case *lang.Switch:
		for i := range n.Cases {
			b.note(n.Cases[i].Body.Stmts, n)
		}
	}
}
