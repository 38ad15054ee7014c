package lang

// parsePrimary reads an operand.
//
//	Primary = Literal | String | <ident> | RecordLit | TypeName | MapLit | List | "(" Expr ")" .
//	Literal = <int> | <float> | <duration> | <size> | <percent> | <date> | <time> | "true" | "false" | "none" .
//	TypeName = ( <ident> "." )? <typeident> .
func (p *parser) parsePrimary() Expr {
	t := p.tok()
	if t.decl || t.kind == eofTok || p.startsNextStmt() {
		p.unexpected("an expression")
		return p.badExpr()
	}
	switch t.kind {
	case intTok, floatTok, durationTok, sizeTok, percentTok, dateTok, timeTok, kwTrue, kwFalse, kwNone:
		p.pos++
		return p.literal(t)
	case strTok, strHead:
		return p.parseString()
	case identTok:
		p.pos++
		n := p.slabs.name.new()
		n.Range, n.Name = t.span(), p.textOf(t)
		return n
	case typeIdentTok:
		p.pos++
		return p.typeName(TypeName{Range: t.span(), Name: p.textOf(t)})
	case lbrace:
		return p.parseMapLit()
	case lbrack:
		return p.parseList()
	case lparen:
		p.pos++
		open := p.pos - 1
		save := p.bracketed()
		x := p.parseExpr()
		p.restore(save)
		p.close(open, rparen)
		return &Paren{Range: p.from(t.start), X: x}
	}
	return p.oddPrimary()
}

// oddPrimary reports what cannot begin an operand, and reads on where it is
// plain what was meant.
func (p *parser) oddPrimary() Expr {
	t := p.tok()
	switch {
	case t.kind == kwIf || t.kind == kwNot:
		p.fail(errNeedsParens(p.spanOf(t.span()), t.kind.String()))
		return p.parseExpr()
	case t.kind.reserved() && !p.operatorLike(t.kind):
		if !p.failed {
			p.report(errReservedWord(p.spanOf(t.span()), p.textOf(t)))
		}
		p.pos++
		return &BadExpr{t.span()}
	}
	p.unexpected("an expression")
	return p.badExpr()
}

// operatorLike reports whether k belongs to what surrounds an expression
// rather than being a name in it.
func (p *parser) operatorLike(k kind) bool {
	switch k {
	case kwAnd, kwOr, kwIn, kwIs, kwElse, kwWith, kwWhile, kwCatch, kwFinally, kwOnFailure, kwOnCancel:
		return true
	}
	return false
}

// startsNextStmt reports whether the current token begins a line that cannot
// be the rest of this expression.
func (p *parser) startsNextStmt() bool {
	t := p.tok()
	if !t.bol || !p.sameLine || !p.startsStmt(p.pos) {
		return false
	}
	return t.kind != identTok && t.kind != kwIf && t.kind != kwMap || t.kind == identTok && p.peek(1).kind == assign
}

// typeName makes a type's name an operand, or the record that begins with it.
//
//	RecordLit = TypeName "{" <newline>* ( FieldInit ( Separator FieldInit )* Separator? )? "}" .
//	FieldInit = Label ":" Expr | <ident> .
func (p *parser) typeName(name TypeName) Expr {
	if !p.at(lbrace) {
		n := name
		return &n
	}
	rec := p.slabs.record.new()
	rec.Type = name
	mark := p.slabs.inits.mark()
	save := p.bracketed()
	p.braces(noRecovery, func() {
		start := p.tok().start
		f := FieldInit{Name: p.label("a field")}
		if p.accept(colon) {
			f.Value = p.parseExpr()
		} else {
			f.Short = true
			f.Value = p.shortValue(f.Name.Range)
		}
		f.Range = p.from(start)
		p.slabs.inits.add(f)
	})
	p.restore(save)
	rec.Fields = p.slabs.inits.take(mark)
	rec.Range = p.from(name.Start)
	return rec
}

// parseMapLit reads a map, or a record without a declared name.
//
//	MapLit = "{" <newline>* ( MapEntry ( Separator MapEntry )* Separator? )? "}" .
//	MapEntry = ( <ident> | <reserved> ) ":" Expr | <ident> | Disjunction ":" Expr .
func (p *parser) parseMapLit() Expr {
	m := &MapLit{}
	mark := p.slabs.entries.mark()
	save := p.bracketed()
	m.Range = p.braces(noRecovery, func() {
		start := p.tok().start
		e := MapEntry{Key: p.parseKey()}
		switch name, ok := e.Key.(*Name); {
		case p.accept(colon):
			e.Value = p.parseExpr()
		case ok && (!p.goesOn() || p.is(comma) || p.is(rbrace)):
			e.Short = true
			e.Value = p.shortValue(name.Range)
		default:
			p.unexpected("`:`")
			e.Value = p.badExpr()
		}
		e.Range = p.from(start)
		p.slabs.entries.add(e)
	})
	p.restore(save)
	m.Entries = p.slabs.entries.take(mark)
	return m
}

// shortValue returns the value of a field that is written as a name alone, the
// token just taken.
func (p *parser) shortValue(at Range) Expr {
	if t := &p.toks[max(p.pos-1, 0)]; !p.failed && t.span() == at {
		p.pos--
		p.startLine()
		p.ident("a name") // says what is wrong with a word that cannot be one
	}
	n := p.slabs.name.new()
	n.Range, n.Name = at, p.text[at.Start:at.End]
	return n
}

// parseKey reads a key; a word before a `:` is never reserved.
func (p *parser) parseKey() Expr {
	if p.tok().kind.lowerWord() {
		switch after := p.peek(1); {
		case after.kind == colon, after.kind == comma, after.kind == rbrace, after.bol:
			id := p.label("a key")
			return &Name{Range: id.Range, Name: id.Name}
		}
	}
	return p.parseBinary(disjunction)
}

// parseList reads a list or a comprehension.
//
//	List = "[" ( Expr ( "," Expr )* ","? )? "]" | Comprehension .
//	Comprehension = "[" "for" <ident> "in" Expr ( "if" Expr )? ":" Expr "]" .
func (p *parser) parseList() Expr {
	start := p.tok().start
	open := p.pos
	p.pos++
	save := p.bracketed()
	if p.isWord("for") && p.peek(1).kind.word() {
		c := p.parseComprehension()
		p.restore(save)
		p.close(open, rbrack)
		c.Range = p.from(start)
		return c
	}
	list := &ListLit{}
	mark := p.slabs.exprs.mark()
	for p.goesOn() && !p.is(rbrack) && !p.failed {
		p.slabs.exprs.add(p.parseExpr())
		if !p.accept(comma) {
			break
		}
	}
	list.Elems = p.slabs.exprs.take(mark)
	p.restore(save)
	p.close(open, rbrack, "`,`")
	list.Range = p.from(start)
	return list
}

func (p *parser) parseComprehension() *Comprehension {
	p.pos++
	c := &Comprehension{Item: p.ident("a name"), List: p.badExpr(), Value: p.badExpr()}
	if p.expect(kwIn) {
		c.List = p.parseExpr()
	}
	if p.accept(kwIf) {
		c.Cond = p.parseExpr()
	}
	if p.expect(colon) {
		c.Value = p.parseExpr()
	}
	return c
}
