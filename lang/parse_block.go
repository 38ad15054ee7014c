package lang

// braces reads `{ … }` around items that commas or new lines separate, and
// calls item for each. After a mistake it goes on at the next item, which is known
// by the token that follows its first word, mark. With noRecovery the rest is
// skipped: what was read as a literal often should not have been one, and then
// each of its items is another mistake.
func (p *parser) braces(mark kind, item func()) Range {
	start, open := p.tok().start, p.pos
	m := p.bracketed()
	p.sameLine = true
	done := p.openBrace()
	indent := p.indent
	for !done && !p.closesBrace(open, indent) {
		p.startLine()
		item()
		if !p.failed && !p.accept(comma) && !p.is(rbrace) && p.goesOn() {
			p.unexpected("`,`", "`}`", "a new line")
		}
		if p.failed && mark == noRecovery && !p.muted {
			p.leave()
			if end := int(p.toks[open].match); end >= p.pos {
				p.pos = end + 1
			}
			break
		}
		if p.failed {
			p.syncItem(mark)
		}
	}
	p.restore(m)
	return p.from(start)
}

// noRecovery is a mark that no item has.
const noRecovery = eofTok

// parseBlock reads a block of statements.
//
//	Block = "{" <newline>* ( Stmt ( <newline>+ Stmt )* <newline>* )? "}" .
func (p *parser) parseBlock() Block {
	mark := p.slabs.stmts.mark()
	r := p.lines(func() {
		if s := p.parseStmt(); s != nil {
			p.slabs.stmts.add(s)
		}
		p.endOfStmt()
	})
	return Block{Range: r, Stmts: p.slabs.stmts.take(mark)}
}

// lines reads `{ … }` around items that stand on lines of their own or are
// parted by `;`. item reads one with its end, and recovers where it went wrong.
func (p *parser) lines(item func()) Range {
	start, open := p.tok().start, p.pos
	m := p.bracketed()
	p.sameLine = true
	done := p.openBrace()
	indent := p.indent
	for !done && !p.closesBrace(open, indent) {
		if p.is(semi) {
			p.pos++
			continue
		}
		if t := p.tok(); t.bol {
			p.indent = p.column(t)
		}
		p.startLine()
		item()
	}
	p.indent = indent
	p.restore(m)
	return p.from(start)
}

// startLine lets an item or statement begin at the current token, although a
// new line stands before it.
func (p *parser) startLine() { p.tok().bol = false }

// endOfStmt wants a new line, a `;` or the end of the block, and recovers
// where a statement went wrong.
func (p *parser) endOfStmt() {
	if !p.failed && p.goesOn() && !p.is(semi) && !p.is(rbrace) {
		p.unexpected("a new line")
	}
	if p.failed {
		p.syncStmt()
	}
}

// openBrace takes a `{`. It reports whether that is all there is to read: the
// block is nested too deep, or what is before it was not understood.
func (p *parser) openBrace() bool {
	t := p.tok()
	if p.failed && t.match > int32(p.pos) {
		p.pos = int(t.match) + 1
		return true
	}
	p.pos++
	return !p.enter()
}

// closesBrace takes the `}` of the block that began at the token open, or
// reports that it is missing where the block has to end without it. It reports
// whether the block ends.
func (p *parser) closesBrace(open, indent int) bool {
	brace := p.toks[open].span()
	t := p.tok()
	switch {
	case p.muted:
	case t.decl || t.kind == eofTok:
		p.missing = max(p.missing-1, 0)
		d := errUnclosedBlockAtEnd(p.spanOf(brace), p.spanOf(t.span()))
		if t.decl {
			d = p.unclosedBefore(brace, t, indent)
		}
		p.fail(d)
	case p.endsEarly(brace, indent):
	case t.kind == rbrace:
		p.pos++
	default:
		return false
	}
	p.leave()
	return true
}

// syncItem skips what is left of an item with a mistake, and the comma after
// it.
func (p *parser) syncItem(mark kind) {
	if p.muted {
		return
	}
	p.failed = false
	for !p.is(eofTok) && !p.tok().decl {
		t := p.tok()
		if t.bol {
			return
		}
		switch t.kind {
		case rbrace:
			return
		case comma:
			if p.startsItem(p.peek(1), p.peek(2), mark) {
				p.pos++
				return
			}
		case lbrace, lparen, lbrack:
			if t.match > int32(p.pos) {
				p.pos = int(t.match)
			}
		}
		p.pos++
	}
}

// startsItem reports whether two tokens look like the first of an item rather
// than the rest of a value. A mark of comma means that an item is one name.
func (p *parser) startsItem(t, after *token, mark kind) bool {
	if !t.kind.word() {
		return t.kind == rbrace
	}
	return after.kind == mark || mark == comma && (after.kind == rbrace || after.bol)
}
