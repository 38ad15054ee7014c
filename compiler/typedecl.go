package compiler

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// resolveTypes resolves every type that m declares, in order of declaration,
// and gives those that have a declaration in the program to it.
func (c *checker) resolveTypes(m *module) {
	var decls []*typeSymbol
	for _, d := range m.file.Decls {
		sym := m.types[declaredType(d)]
		if sym == nil || sym.decl != d {
			continue // another declaration, or the second of a name
		}
		if typ := c.named(sym); typ.Decl != nil && typ.Decl.Name == m.unique(sym.name.Name) {
			c.prog.Types = append(c.prog.Types, typ.Decl)
			decls = append(decls, sym)
		}
	}
	c.checkFinite(decls)
}

// declaredType returns the name of the type that d declares, "" if it
// declares something else.
func declaredType(d lang.Decl) string {
	switch d := d.(type) {
	case *lang.TypeDecl:
		return d.Name.Name
	case *lang.EnumDecl:
		return d.Name.Name
	case *lang.ErrorDecl:
		return d.Name.Name
	}
	return ""
}

// resolving marks an alias whose target is being looked at.
var resolving = &ir.Type{Kind: ir.KInvalid}

// named returns the type that sym declares. It is there before its fields
// are, since types may be recursive.
func (c *checker) named(sym *typeSymbol) *ir.Type {
	if sym.typ == resolving {
		c.errEndlessAlias(sym)
		sym.typ = ir.Invalid
	}
	if sym.typ != nil {
		return sym.typ
	}
	m := sym.mod
	decl := &ir.TypeDecl{Name: m.unique(sym.name.Name), At: m.at(sym.name)}
	switch d := sym.decl.(type) {
	case *lang.TypeDecl:
		return c.typeDecl(sym, d, decl)
	case *lang.EnumDecl:
		decl.Kind = ir.KEnum
		sym.typ = &ir.Type{Kind: ir.KEnum, Decl: decl}
		first := firsts{}
		for _, n := range d.Names {
			if before, again := first.see(n); again {
				c.errSecondMember(m, "member", before, n)
				continue
			}
			decl.Members = append(decl.Members, n.Name)
		}
	case *lang.ErrorDecl:
		decl.Kind = ir.KError
		sym.typ = &ir.Type{Kind: ir.KError, Decl: decl}
		if d.Fields != nil {
			decl.Fields, _ = c.fields(m, d.Fields)
		}
	default:
		panic(fmt.Sprintf("unexpected %T", d))
	}
	return sym.typ
}

func (c *checker) typeDecl(sym *typeSymbol, d *lang.TypeDecl, decl *ir.TypeDecl) *ir.Type {
	switch {
	case d.Fields != nil:
		decl.Kind = ir.KRecord
		sym.typ = &ir.Type{Kind: ir.KRecord, Decl: decl}
		decl.Fields, _ = c.fields(sym.mod, d.Fields)
	case len(d.Union) == 1:
		sym.typ = resolving
		typ := c.typ(sym.mod, d.Union[0])
		if sym.typ == resolving {
			sym.typ = typ
		}
	default:
		decl.Kind = ir.KUnion
		sym.typ = &ir.Type{Kind: ir.KUnion, Decl: decl}
		listed := make(map[*ir.TypeDecl]bool, len(d.Union))
		for _, t := range d.Union {
			if member := c.unionMember(sym.mod, t, listed); member != nil {
				decl.Union = append(decl.Union, member)
				listed[member.Decl] = true
			}
		}
	}
	return sym.typ
}

// unionMember resolves a member of a union that has others already; nil when
// it has been reported.
func (c *checker) unionMember(m *module, t lang.TypeExpr, listed map[*ir.TypeDecl]bool) *ir.Type {
	typ := c.typ(m, t)
	if typ.Kind == ir.KInvalid {
		return nil
	}
	if typ.Kind != ir.KRecord || typ.Decl == nil {
		c.errUnionMember(m, t, typ)
		return nil
	}
	if listed[typ.Decl] {
		c.errSecondInUnion(m, t, typ)
		return nil
	}
	return typ
}

// checkFinite reports records that contain themselves with no list, map,
// optional or ref in between: no value could ever be built. A record is finite
// when all of its fields are, a union when one of its members is; what follows
// from what is found by counting, in time linear in the declarations.
func (c *checker) checkFinite(syms []*typeSymbol) {
	f := finite{open: map[*ir.TypeDecl]int{}, users: map[*ir.TypeDecl][]*ir.TypeDecl{}}
	for _, sym := range syms {
		f.enter(sym.typ.Decl)
	}
	for len(f.ready) > 0 {
		d := f.ready[len(f.ready)-1]
		f.ready = f.ready[:len(f.ready)-1]
		for _, user := range f.users[d] {
			f.settle(user)
		}
	}
	for _, sym := range syms {
		if f.open[sym.typ.Decl] > 0 {
			c.errEndlessType(sym)
			return // the others of the circle follow from this one
		}
	}
}

// finite counts what is still unknown about each declaration.
type finite struct {
	open  map[*ir.TypeDecl]int            // needs not yet known to be finite
	users map[*ir.TypeDecl][]*ir.TypeDecl // who needs it
	ready []*ir.TypeDecl                  // known to be finite, users not told
}

func (f *finite) enter(d *ir.TypeDecl) {
	switch d.Kind {
	case ir.KUnion:
		f.open[d] = min(1, len(d.Union))
		for _, m := range d.Union {
			if !local(m.Decl, d) {
				f.open[d] = 0
			}
			f.users[m.Decl] = append(f.users[m.Decl], d)
		}
	case ir.KRecord, ir.KError:
		f.open[d] += f.needs(d, d.Fields)
	}
	if f.open[d] == 0 {
		f.ready = append(f.ready, d)
	}
}

// needs notes the declarations that fields hold directly, and counts them.
func (f *finite) needs(d *ir.TypeDecl, fields []ir.Field) int {
	n := 0
	for _, field := range fields {
		t := field.Type
		switch {
		case t.Kind == ir.KRecord && t.Decl == nil:
			n += f.needs(d, t.Fields)
		case (t.Kind == ir.KRecord || t.Kind == ir.KUnion) && local(t.Decl, d):
			f.users[t.Decl] = append(f.users[t.Decl], d)
			n++
		}
	}
	return n
}

// local reports whether d stands in the file of user. What is imported has
// been checked before.
func local(d, user *ir.TypeDecl) bool { return d != ir.FailureDecl && d.At.File == user.At.File }

func (f *finite) settle(d *ir.TypeDecl) {
	if f.open[d] == 0 {
		return // a union that another member has settled
	}
	f.open[d]--
	if f.open[d] == 0 {
		f.ready = append(f.ready, d)
	}
}
