package lang

// parseGroup reads the four blocks that differ only in their keyword.
//
//	Group = ( "chain" | "group" | "dag" | "race" ) With? Block Handler* .
func (p *parser) parseGroup() FlowNode {
	t := p.next()
	g := &Group{Keyword: t.span()}
	switch t.kind {
	case kwGroup:
		g.Kind = Parallel
	case kwDag:
		g.Kind = Dag
	case kwRace:
		g.Kind = Race
	}
	g.With, g.Body, g.Handlers = p.parseTail()
	g.Range = p.from(t.start)
	return g
}

// parseTail reads what ends every block node.
func (p *parser) parseTail() (with []Attr, body Block, handlers []Handler) {
	with = p.parseOptions("`with` or `{`")
	body = p.body("`with`", "`{`")
	handlers = p.parseHandlers()
	return with, body, handlers
}

// parseOptions reads `with …`, also where the `with` was forgotten: expected is
// what may stand there.
func (p *parser) parseOptions(expected string) []Attr {
	t := p.tok()
	if !p.goesOn() || !t.kind.word() || t.kind == kwWith || p.peek(1).kind != assign || p.failed {
		return p.parseWith()
	}
	first := p.pos
	mark := p.slabs.attrs.mark()
	for {
		p.slabs.attrs.add(p.parseAttr())
		if p.failed || !p.accept(comma) {
			break
		}
	}
	if !p.failed {
		at := p.toks[first].span()
		end := p.prevEnd()
		p.report(errOptionsWithoutWith(p.spanOf(Range{at.Start, end}), p.src.Span(int(at.Start), int(at.Start)), p.text[at.Start:end], expected))
	}
	return p.slabs.attrs.take(mark)
}

// body reads a block, or reports what is expected instead.
func (p *parser) body(expected ...string) Block {
	p.joinBrace()
	if p.at(lbrace) {
		return p.parseBlock()
	}
	p.unexpected(expected...)
	end := p.prevEnd()
	if p.failed {
		// What stands between here and the `{` was not understood; the block
		// still is, so that mistakes inside it show too.
		for p.goesOn() && !p.is(lbrace) && !p.is(rbrace) {
			p.pos++
		}
		if p.at(lbrace) && !p.muted {
			p.failed = false
			return p.parseBlock()
		}
	}
	return Block{Range: Range{end, end}}
}

// parseCondition reads the expression before a block, and reports an `=` in it.
// What that was to compare is not known then, and need not fit a condition.
func (p *parser) parseCondition() Expr {
	x := p.parseExpr()
	if !p.at(assign) {
		return x
	}
	if !p.failed {
		p.report(errAssignAsEquals(p.spanOf(p.tok().span())))
	}
	p.pos++
	p.parseExpr()
	return &BadExpr{p.from(x.Span().Start)}
}

// parseMap reads a map.
//
//	Map = "map" <ident> ( "," <ident> )? "in" Expr ( "by" Expr )? With? Block Handler* .
func (p *parser) parseMap() FlowNode {
	t := p.next()
	m := &Map{Keyword: t.span(), Item: p.ident("a name")}
	if p.accept(comma) {
		m.Index = p.optIdent("a name")
	}
	m.List, m.By = p.parseSource()
	m.With, m.Body, m.Handlers = p.parseTail()
	m.Range = p.from(t.start)
	return m
}

// parseSource reads `in list by key`.
func (p *parser) parseSource() (list, by Expr) {
	if !p.expect(kwIn) {
		return p.badExpr(), nil
	}
	list = p.parseExpr()
	if p.acceptWord("by") {
		by = p.parseExpr()
	}
	return list, by
}

// parseExpand reads an expansion. That `by` is required is the compiler's to
// say, which can propose a key.
//
//	Expand = "expand" <ident> "in" Expr ( "by" Expr )? With? Block Handler* .
func (p *parser) parseExpand() FlowNode {
	t := p.next()
	e := &Expand{Keyword: t.span(), Item: p.ident("a name")}
	e.List, e.By = p.parseSource()
	e.With, e.Body, e.Handlers = p.parseTail()
	e.Range = p.from(t.start)
	return e
}

// parseLoop reads a loop.
//
//	Loop = "loop" ( <ident> "=" Expr )? ( "while" Expr )? With? Block Handler* .
func (p *parser) parseLoop() FlowNode {
	t := p.next()
	l := &Loop{Keyword: t.span()}
	if p.goesOn() && p.is(identTok) && p.peek(1).kind == assign && !p.forgotWith() {
		l.Acc = p.optIdent("a name")
		p.pos++
		l.Init = p.parseExpr()
	}
	if p.accept(kwWhile) {
		l.While = p.parseCondition()
	}
	l.With, l.Body, l.Handlers = p.parseTail()
	l.Range = p.from(t.start)
	return l
}

// forgotWith reports whether the name here is an option of every loop, so that
// `loop limit = 3 {` is not an accumulator.
func (p *parser) forgotWith() bool {
	return p.isWord("limit")
}

// parseWait reads a timer or a wait for a signal.
//
//	Wait = "wait" "until"? Expr ( "for" Expr )? ( "else" Stmt )? .
func (p *parser) parseWait() FlowNode {
	t := p.next()
	w := &Wait{Keyword: t.span()}
	if p.atWord("until") && p.untilAhead() {
		p.pos++
		w.Until = true
	}
	w.What = p.parseExpr()
	if p.acceptWord("for") {
		w.For = p.parseExpr()
	}
	if p.accept(kwElse) && p.enter() {
		w.Else = p.parseStmt()
		p.leave()
	}
	w.Range = p.from(t.start)
	return w
}

// untilAhead reports whether `until` is the keyword and not a signal's name.
func (p *parser) untilAhead() bool {
	after := p.peek(1)
	if after.bol || after.kind == eofTok {
		return false
	}
	switch after.kind {
	case identTok:
		return p.textOf(after) != "for" || p.peek(2).kind == lparen
	case typeIdentTok, lparen, lbrack, lbrace, minus, kwIf, kwNot, kwTrue, kwFalse, kwNone:
		return true
	}
	return intTok <= after.kind && after.kind <= strHead
}

// parseIf reads a branch.
//
//	If = "if" Expr Block ( "else" "if" Expr Block )* ( "else" Block )? .
func (p *parser) parseIf() FlowNode {
	t := p.next()
	n := &If{Keyword: t.span()}
	start := t.start
	for {
		b := Branch{Cond: p.parseCondition()}
		b.Body = p.body("`{`")
		b.Range = p.from(start)
		n.Branches = append(n.Branches, b)
		if p.muted || !p.elseFollows() {
			break
		}
		start = p.next().start
		if p.accept(kwIf) {
			continue
		}
		block := p.body("`{`", "`if`")
		n.Else = &block
		break
	}
	n.Range = p.from(t.start)
	return n
}

// elseFollows reports whether `else` comes next, and complains if it stands on
// a new line.
func (p *parser) elseFollows() bool {
	if !p.is(kwElse) || p.failed {
		return p.at(kwElse)
	}
	if !p.goesOn() {
		t := p.tok()
		p.report(errNewLineBefore(p.spanOf(t.span()), "`else`", p.spanOf(p.toks[p.pos-1].span())))
		p.startLine()
	}
	return true
}

// parseSwitch reads a choice.
//
//	Switch = "switch" Expr "{" <newline>* ( Case ( <newline>+ Case )* <newline>* )? "}" .
func (p *parser) parseSwitch() FlowNode {
	t := p.next()
	s := &Switch{Keyword: t.span(), Subject: p.parseCondition()}
	if !p.at(lbrace) {
		p.unexpected("`{`")
		s.Range = p.from(t.start)
		return s
	}
	p.lines(func() {
		s.Cases = append(s.Cases, p.parseCase())
		p.endOfCase()
	})
	s.Range = p.from(t.start)
	return s
}

// endOfCase wants a new line, and recovers at the next case.
func (p *parser) endOfCase() {
	if !p.failed && p.goesOn() && !p.is(semi) && !p.is(rbrace) {
		p.unexpected("a new line")
	}
	if !p.failed {
		return
	}
	for p.syncStmt(); !p.is(rbrace) && !p.is(eofTok) && !p.tok().decl && !p.isWord("case") && !p.isWord("default"); {
		p.pos++
		p.syncStmt()
	}
}

// parseCase reads one alternative. In its values `as` always binds.
//
//	Case = ( "case" Expr ( "," <newline>* Expr )* ( "as" <ident> )? | "default" ) ":" <newline>* ( Stmt | Block ) .
func (p *parser) parseCase() Case {
	start := p.tok().start
	c := Case{}
	switch {
	case p.isWord("default"):
		p.pos++
		c.Default = true
	case p.isWord("case"):
		p.pos++
		p.caseAs = true
		for {
			c.Values = append(c.Values, p.parseExpr())
			if p.failed || !p.accept(comma) {
				break
			}
		}
		p.caseAs = false
		if p.acceptWord("as") {
			c.As = p.optIdent("a name")
		}
	default:
		p.unexpected("`case`", "`default`", "`}`")
		c.Range = p.from(start)
		return c
	}
	if p.expect(colon) {
		p.startLine()
		if p.is(lbrace) {
			c.Braces = true
			c.Body = p.parseBlock()
		} else if at := p.tok().start; p.enter() {
			if s := p.parseStmt(); s != nil {
				c.Body.Stmts = []Stmt{s}
			}
			p.leave()
			c.Body.Range = p.from(min(at, p.prevEnd()))
		}
	}
	c.Range = p.from(start)
	return c
}

// parseHandlers reads what hangs on a closing brace or a call.
//
//	Handlers = Handler+ .
//	Handler = HandlerKind ( "," HandlerKind )* ( "as" <ident> )? With? Block .
//	HandlerKind = "catch" ( ErrorName ( "|" ErrorName )* )? | "on_failure" | "on_cancel" | "finally" .
func (p *parser) parseHandlers() []Handler {
	var hs []Handler
	for p.handlerFollows() {
		start := p.tok().start
		h := Handler{}
		for {
			h.Kinds = append(h.Kinds, p.parseEvent())
			if p.failed || !p.accept(comma) {
				break
			}
		}
		if p.acceptWord("as") {
			h.As = p.optIdent("a name")
		}
		h.With = p.parseOptions("`with` or `{`")
		h.Body = p.body("`{`")
		h.Range = p.from(start)
		hs = append(hs, h)
	}
	return hs
}

// handlerFollows reports whether a handler comes next, and complains if it
// stands on a new line.
func (p *parser) handlerFollows() bool {
	if !p.handlerAhead() || p.failed || p.tok().decl {
		return false
	}
	if !p.goesOn() {
		p.report(errNewLineBefore(p.spanOf(p.tok().span()), p.tok().kind.String(), p.spanOf(p.toks[p.pos-1].span())))
		p.startLine()
	}
	return true
}

func (p *parser) parseEvent() HandlerEvent {
	t := p.tok()
	e := HandlerEvent{}
	switch t.kind {
	case kwCatch:
		e.Kind = Catch
	case kwOnFailure:
		e.Kind = OnFailure
	case kwOnCancel:
		e.Kind = OnCancel
	case kwFinally:
		e.Kind = Finally
	default:
		p.unexpected("`catch`", "`on_failure`", "`on_cancel`", "`finally`")
		e.Range = p.from(t.start)
		return e
	}
	p.pos++
	if e.Kind == Catch && p.goesOn() && (p.is(typeIdentTok) || p.is(identTok) && p.peek(1).kind == dot) {
		e.Errors = p.parseErrorNames(pipe)
	}
	e.Range = p.from(t.start)
	return e
}

// parseErrorNames reads names of errors with a separator between them.
//
//	ErrorName = ( <ident> "." )? <typeident> .
func (p *parser) parseErrorNames(sep kind) []ErrorName {
	var names []ErrorName
	for {
		names = append(names, p.parseErrorName())
		if p.failed || !p.accept(sep) {
			return names
		}
	}
}

func (p *parser) parseErrorName() ErrorName {
	start := p.tok().start
	e := ErrorName{}
	if p.goesOn() && p.is(identTok) && p.peek(1).kind == dot {
		e.Module = p.optIdent("a name")
		p.pos++
	}
	e.Name = p.typeIdent("the name of an error")
	e.Range = p.from(start)
	return e
}
