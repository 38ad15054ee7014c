package lang

// This file makes the tree from the forms of the grammar.

// declaration reads the declaration that begins with word and adds it to the
// file, if it has a name.
func (g *grammar) declaration(word string) {
	p := g.p
	start := p.tok().start
	doc := p.docAt(start)
	var d Decl
	var name string
	switch word {
	case "import":
		f := read(g, g.imports, "`as`", "a new line")
		n := &Import{Range: p.from(start), As: optIdentOf(f.As)}
		if s, ok := f.Path.(*StringLit); ok && s.End > s.Start {
			n.Path = *s
			p.file.Imports = append(p.file.Imports, n)
		}
		return
	case "type":
		f := read(g, g.types, "`{`", "`=`")
		n := &TypeDecl{Range: p.from(start), Doc: doc, Name: identOf(f.Name), Union: f.Union}
		n.Fields, _ = f.Fields.(*RecordType)
		d, name = n, n.Name.Name
	case "enum":
		f := read(g, g.enums, "`{`")
		n := &EnumDecl{Range: p.from(start), Doc: doc, Name: identOf(f.Name)}
		if l, ok := f.Names.(identList); ok {
			n.Names = l.list
		}
		d, name = n, n.Name.Name
	case "error":
		f := read(g, g.errors, "`{`", "a new line")
		n := &ErrorDecl{Range: p.from(start), Doc: doc, Name: identOf(f.Name)}
		n.Fields, _ = f.Fields.(*RecordType)
		d, name = n, n.Name.Name
	case "const":
		f := read(g, g.consts, "`:`", "`=`")
		n := &ValueDecl{Range: p.from(start), Doc: doc, Name: identOf(f.Name), Type: f.Type, Value: f.Value}
		d, name = n, n.Name.Name
	case "param":
		f := read(g, g.params, "`:`", "`=`")
		n := &ValueDecl{Range: p.from(start), Doc: doc, Param: true, Name: identOf(f.Name), Type: f.Type, Value: f.Value}
		if f.Default != nil {
			n.Value = f.Default
		}
		d, name = n, n.Name.Name
	default:
		d, name = g.larger(word, start, doc)
	}
	if name != "" {
		p.file.Decls = append(p.file.Decls, d)
	}
}

// larger reads the declarations that have bodies of their own.
func (g *grammar) larger(word string, start int32, doc string) (Decl, string) {
	p := g.p
	switch word {
	case "defaults":
		f := read(g, g.defaults, "`{`")
		n := &DefaultsDecl{Range: p.from(start), Of: identOf(f.Of)}
		n.Attrs = attrsOf(f.Attrs)
		return n, n.Of.Name
	case "activity":
		f := read(g, g.activity, "`->`", "`raises`", "`{`", "a new line")
		n := &ActivityDecl{Range: p.from(start), Doc: doc, Name: identOf(f.Name), Result: f.Result}
		if l, ok := f.Params.(paramList); ok {
			n.Params = l.list
		}
		for _, e := range f.Raises {
			n.Raises = append(n.Raises, e.(ErrorName))
		}
		n.Attrs = attrsOf(f.Attrs)
		return n, n.Name.Name
	case "workflow", "canvas":
		f := read(g, g.workflow, "`->`", "`with`", "`{`")
		n := &WorkflowDecl{Range: p.from(start), Doc: doc, Canvas: word == "canvas", Name: identOf(f.Name), Result: f.Result}
		if l, ok := f.Params.(paramList); ok {
			n.Params = l.list
		}
		n.With = attrsOf(f.With)
		n.Body, _ = f.Body.(Block)
		if l, ok := f.Handlers.(handlerList); ok {
			n.Handlers = l.list
		}
		return n, n.Name.Name
	case "test", "property":
		f := read(g, g.test, "a string", "`{`")
		n := &TestDecl{Range: p.from(start), Property: word == "property"}
		if s, ok := f.Name.(*StringLit); ok {
			n.Name = *s
		}
		if l, ok := f.Body.(stmtList); ok {
			n.Stmts = l.list
		}
		return n, word
	}
	panic("no form for the declaration " + word)
}

func identOf(n Node) Ident {
	if id, ok := n.(*Ident); ok {
		return *id
	}
	return Ident{}
}

func optIdentOf(n Node) *Ident {
	id, _ := n.(*Ident)
	return id
}

func attrsOf(n Node) []Attr {
	l, _ := n.(attrList)
	return l.list
}
