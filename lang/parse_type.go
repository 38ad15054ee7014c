package lang

// parseType reads a type.
//
//	TypeExpr = ( NamedType | ListType | RecordType ) ( "?" | "!" )* .
func (p *parser) parseType() TypeExpr {
	if !p.enter() {
		return p.badType()
	}
	defer p.leave()
	t := p.tok()
	var typ TypeExpr
	switch {
	case p.goesOn() && t.kind.word():
		typ = p.parseNamedType()
	case p.at(lbrack):
		typ = p.parseListType()
	case p.at(lbrace) && p.recordTypeAhead():
		typ = p.parseRecordType()
	default:
		p.unexpected("a type")
		return p.badType()
	}
	return p.parseSuffixes(typ)
}

// recordTypeAhead reports whether the `{` here begins a record's fields, and not
// the body of what lacks a type.
func (p *parser) recordTypeAhead() bool {
	t := p.peek(1)
	return t.kind == rbrace || t.kind.word() && p.peek(2).kind == colon
}

// parseSuffixes reads the `?` and `!` behind a type. `??` is two of them, but
// not after `as T`, where it is an operator.
func (p *parser) parseSuffixes(typ TypeExpr) TypeExpr {
	start := typ.Span().Start
	for n := p.depth; p.goesOn() && (p.is(question) || p.is(bang) || p.is(coalesce) && !p.castType); n++ {
		if n >= MaxNesting {
			p.fail(errNestingTooDeep(p.spanOf(p.tok().span())))
			p.skipDecl()
			break
		}
		if p.is(coalesce) {
			p.tok().kind = question
			p.tok().start++
			typ = &SuffixType{Range: Range{start, p.tok().start}, Elem: typ}
			continue
		}
		outcome := p.next().kind == bang
		typ = &SuffixType{Range: p.from(start), Elem: typ, Outcome: outcome}
	}
	return typ
}

func (p *parser) badType() TypeExpr {
	end := p.prevEnd()
	return &BadType{Range{end, end}}
}

// parseNamedType reads a name with what may follow it. Only three names take
// an argument, so that after `as int` a `<` still compares.
//
//	NamedType = ( "map" | "ref" | "secret" ) "<" TypeExpr ">" | ( <ident> "." )? ( <typeident> | <ident> ) ( "(" Bound ")" )? .
func (p *parser) parseNamedType() TypeExpr {
	start := p.tok().start
	typ := p.slabs.named.new()
	typ.Name = p.typeWord()
	if p.at(dot) {
		p.pos++
		id := typ.Name
		typ.Module = &id
		typ.Name = p.typeWord()
	}
	if p.at(lt) && (!p.castType || takesArgument(typ.Name.Name)) {
		p.pos++
		save := p.castType
		p.castType = false
		typ.Arg = p.parseType()
		p.castType = save
		p.closeAngle()
	}
	if p.at(lparen) {
		open := p.pos
		p.pos++
		save := p.sameLine
		p.sameLine = false
		typ.Bound = p.parseBound()
		p.sameLine = save
		p.close(open, rparen)
	}
	typ.Range = p.from(start)
	return typ
}

func takesArgument(name string) bool { return name == "map" || name == "ref" || name == "secret" }

// typeWord takes the name of a type, which `map` may be.
func (p *parser) typeWord() Ident {
	t := p.tok()
	if p.goesOn() && t.kind.reserved() && t.kind != kwMap {
		p.fail(errReservedWord(p.spanOf(t.span()), p.textOf(t)))
	}
	return p.label("a type")
}

// closeAngle takes `>`, also out of `>=`.
func (p *parser) closeAngle() {
	if p.at(ge) {
		t := p.tok()
		t.start++
		t.kind = assign
		return
	}
	p.expect(gt)
}

// parseListType reads a list type.
//
//	ListType = "[" TypeExpr ( ";" Bound )? "]" .
func (p *parser) parseListType() TypeExpr {
	start := p.tok().start
	open := p.pos
	p.pos++
	saveLine, saveCast := p.sameLine, p.castType
	p.sameLine, p.castType = false, false
	typ := &ListType{Elem: p.parseType()}
	if p.accept(semi) {
		typ.Bound = p.parseBound()
	}
	p.sameLine, p.castType = saveLine, saveCast
	p.close(open, rbrack)
	typ.Range = p.from(start)
	return typ
}

// parseRecordType reads the fields of a record.
//
//	RecordType = "{" <newline>* ( FieldDecl ( Separator FieldDecl )* Separator? )? "}" .
//	FieldDecl = Label ":" TypeExpr .
//	Separator = "," <newline>* | <newline>+ .
func (p *parser) parseRecordType() *RecordType {
	rec := &RecordType{}
	save := p.castType
	p.castType = false
	rec.Range = p.braces(colon, func() {
		start := p.tok().start
		f := FieldDecl{Doc: p.docAt(start), Name: p.label("a field")}
		if p.expect(colon) {
			f.Type = p.parseType()
		} else {
			f.Type = p.badType()
		}
		f.Range = p.from(start)
		rec.Fields = append(rec.Fields, f)
	})
	p.castType = save
	return rec
}

// parseBound reads the bound of a type.
//
//	Bound = ( "<=" | "<" | ">=" | ">" ) Additive | Additive ( ".." Additive )? .
func (p *parser) parseBound() *Bound {
	b := &Bound{Op: OpEq}
	start := p.tok().start
	switch p.tok().kind {
	case le:
		b.Op = OpLe
	case lt:
		b.Op = OpLt
	case ge:
		b.Op = OpGe
	case gt:
		b.Op = OpGt
	}
	if b.Op != OpEq {
		p.pos++
	}
	b.Hi = p.parseBinary(additive)
	if b.Op == OpEq && p.accept(dotdot) {
		b.Op, b.Lo = OpRange, b.Hi
		b.Hi = p.parseBinary(additive)
	}
	b.Range = p.from(start)
	return b
}
