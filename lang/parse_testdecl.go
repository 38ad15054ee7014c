package lang

// parseTestBody reads the statements of a test.
//
//	TestBlock = "{" <newline>* ( TestStmt ( <newline>+ TestStmt )* <newline>* )? "}" .
//	TestStmt = Mock | ForEvery | RunStmt | Expect .
func (p *parser) parseTestBody() ([]TestStmt, Range) {
	var stmts []TestStmt
	r := p.lines(func() {
		if s := p.parseTestStmt(); s != nil {
			stmts = append(stmts, s)
		}
		p.endOfStmt()
	})
	return stmts, r
}

var testWords = []string{"mock", "for", "run", "expect"}

func (p *parser) parseTestStmt() TestStmt {
	switch t := p.tok(); {
	case p.isWord("mock"):
		return p.parseMock()
	case p.isWord("for"):
		return p.parseForEvery()
	case p.isWord("run"):
		return p.parseRun()
	case p.isWord("expect"):
		return p.parseExpect()
	default:
		if near, ok := p.nearest(t, testWords); ok {
			p.fail(errDidYouMean(p.spanOf(t.span()), "test statement", p.textOf(t), near))
			return nil
		}
		p.unexpected("`mock`", "`run`", "`expect`", "`for every`")
		return nil
	}
}

// parseMock reads what a mock answers.
//
//	Mock = "mock" ( "*" | Callee ( "(" ( <ident> ( "," <ident> )* ","? )? ")" )? ) ( "when" Expr )? MockAnswer ( "after" Expr )? ( "times" Expr )? .
//	MockAnswer = "->" ( "auto" | Expr ) | "raises" Expr | "hangs" .
func (p *parser) parseMock() TestStmt {
	start := p.next().start
	m := &Mock{}
	if p.accept(star) {
		m.Any = true
	} else {
		m.Callee = p.parseCallee()
		if p.at(lparen) {
			m.Params = p.parseMockParams()
		}
	}
	if p.acceptWord("when") {
		m.When = p.parseExpr()
	}
	p.parseMockAnswer(m)
	if p.acceptWord("after") {
		m.After = p.parseExpr()
	}
	if p.acceptWord("times") {
		m.Times = p.parseExpr()
	}
	m.Range = p.from(start)
	return m
}

func (p *parser) parseMockParams() []Ident {
	open := p.pos
	p.pos++
	save := p.bracketed()
	ids := []Ident{}
	for p.goesOn() && !p.is(rparen) && !p.failed {
		ids = append(ids, p.ident("a name"))
		if !p.accept(comma) {
			break
		}
	}
	p.restore(save)
	p.close(open, rparen, "`,`")
	return ids
}

func (p *parser) parseMockAnswer(m *Mock) {
	switch {
	case p.accept(arrow):
		if p.atWord("auto") && p.mockEnds(p.peek(1)) {
			p.pos++
			m.Kind = MockAuto
			return
		}
		m.Value = p.parseExpr()
	case p.acceptWord("raises"):
		m.Kind = MockRaises
		m.Value = p.parseExpr()
	case p.acceptWord("hangs"):
		m.Kind = MockHangs
	default:
		p.unexpected("`->`", "`raises`", "`hangs`")
		m.Value = p.badExpr()
	}
}

// mockEnds reports whether an answer ends before t.
func (p *parser) mockEnds(t *token) bool {
	return t.bol || t.kind == semi || t.kind == rbrace || t.kind == identTok
}

// parseForEvery reads what a property ranges over.
//
//	ForEvery = "for" "every" ( "failure" | "cancel" ) "in" Callee .
func (p *parser) parseForEvery() TestStmt {
	start := p.next().start
	f := &ForEvery{}
	if !p.acceptWord("every") {
		p.unexpected("`every`")
	}
	if p.atWord("failure") || p.atWord("cancel") {
		f.Kind = p.ident("`failure`")
	} else {
		p.unexpected("`failure`", "`cancel`")
	}
	if p.expect(kwIn) {
		f.In = p.parseCallee()
	}
	f.Range = p.from(start)
	return f
}

// parseRun reads the run of a test and what happens during it.
//
//	RunStmt = "run" Callee Args With? ( "{" <newline>* ( RunEvent ( <newline>+ RunEvent )* <newline>* )? "}" )? .
//	RunEvent = "at" Expr ( "cancel" String? | "signal" <ident> MapLit? ) .
func (p *parser) parseRun() TestStmt {
	start := p.next().start
	r := &RunStmt{Callee: p.parseCallee()}
	if p.at(lparen) {
		r.Args, _ = p.parseArgs()
	} else {
		p.unexpected("`(`")
	}
	r.With = p.parseWith()
	if p.at(lbrace) {
		p.lines(func() {
			r.Events = append(r.Events, p.parseRunEvent())
			p.endOfStmt()
		})
	}
	r.Range = p.from(start)
	return r
}

func (p *parser) parseRunEvent() RunEvent {
	start := p.tok().start
	e := RunEvent{}
	if !p.isWord("at") {
		p.unexpected("`at`", "`}`")
		e.At = p.badExpr()
		e.Range = p.from(start)
		return e
	}
	p.pos++
	e.At = p.parseExpr()
	switch {
	case p.atWord("cancel"):
		e.Kind = p.ident("`cancel`")
		if p.at(strTok) || p.at(strHead) {
			e.Path = p.parseString()
		}
	case p.atWord("signal"):
		e.Kind = p.ident("`signal`")
		e.Signal = p.optIdent("the name of a signal")
		if p.at(lbrace) {
			e.Value = p.parseMapLit()
		}
	default:
		p.unexpected("`cancel`", "`signal`")
	}
	e.Range = p.from(start)
	return e
}

// parseExpect reads an expectation.
//
//	Expect = "expect" ( ExpectStatus | ExpectNodes | ExpectNever | ExpectOrder | ExpectCalls | Expr ) .
//	ExpectStatus = "succeeded" | "cancelled" | "timed_out" | "failed" ErrorName? .
//	ExpectNodes = ( "failed" | "cancelled" ) "nodes" NodePath ( "," NodePath )* .
//	NodePath = <string> | <path> .
//	ExpectNever = "never" Callee Args? .
//	ExpectOrder = "order" List .
//	ExpectCalls = Callee Args ( "once" | ( <int> | <ident> ) "times" ) .
func (p *parser) parseExpect() TestStmt {
	start := p.next().start
	e := &Expect{}
	switch after := p.peek(1); {
	case !p.goesOn():
		p.unexpected("what is expected")
		e.Kind, e.Value = ExpectExpr, p.badExpr()
	case (p.isWord("failed") || p.isWord("cancelled")) && after.kind == identTok && !after.bol && p.textOf(after) == "nodes":
		e.Kind = ExpectCancelled
		if p.isWord("failed") {
			e.Kind = ExpectFailed
		}
		p.pos += 2
		e.Nodes = p.parsePaths()
	case p.statusAhead():
		e.Status = p.ident("a status")
		if e.Status.Name == "failed" && p.goesOn() && p.tok().kind.word() {
			name := p.parseErrorName()
			e.Error = &name
		}
	case p.isWord("never") && after.kind == identTok && !after.bol:
		p.pos++
		e.Kind, e.Callee = ExpectNever, p.parseCallee()
		if p.at(lparen) {
			e.HasArgs = true
			e.Args, _ = p.parseArgs()
		}
	case p.isWord("order") && after.kind == lbrack:
		p.pos++
		e.Kind, e.Value = ExpectOrder, p.parseList()
	default:
		p.parseExpectExpr(e)
	}
	e.Range = p.from(start)
	return e
}

// statusAhead reports whether a status, and not an expression that begins with
// such a name, stands here.
func (p *parser) statusAhead() bool {
	after := p.peek(1)
	ends := after.bol || after.kind == semi || after.kind == rbrace || after.kind == eofTok
	switch {
	case p.isWord("failed"):
		return ends || after.kind == typeIdentTok || after.kind == identTok
	case p.isWord("succeeded"), p.isWord("cancelled"), p.isWord("timed_out"):
		return ends
	}
	return false
}

// parseExpectExpr reads an expression, which is the number of calls if it is a
// call that `once` or `n times` follows.
func (p *parser) parseExpectExpr(e *Expect) {
	elapsed := p.isWord("elapsed")
	e.Kind, e.Value = ExpectExpr, p.parseExpr()
	if elapsed {
		e.Kind = ExpectElapsed
	}
	if !p.goesOn() || p.is(semi) || p.is(rbrace) {
		return
	}
	call, ok := e.Value.(*CallExpr)
	if !ok {
		p.countedName(e)
		return
	}
	callee, ok := calleeOf(call.Fun)
	if !ok {
		return
	}
	e.Kind, e.Callee, e.Args, e.HasArgs, e.Value = ExpectCalls, callee, call.Args, true, nil
	if p.acceptWord("once") {
		return
	}
	if p.isWord("never") {
		never := p.next().span()
		p.fail(errNeverAfter(p.spanOf(never), p.spanOf(call.Range), p.text[call.Start:call.End]))
		return
	}
	if !p.startsExpr() && !p.is(identTok) {
		p.unexpected("`once`", "a number and `times`", "a new line")
		return
	}
	e.Value = p.parseExpr()
	if !p.acceptWord("times") {
		p.unexpected("`times`")
	}
}

// countedName reports calls that are counted without their parentheses, as in
// `f once`.
func (p *parser) countedName(e *Expect) {
	callee, ok := calleeOf(e.Value)
	if !ok || !p.isWord("once") && !p.isWord("never") && !(p.is(intTok) || p.is(identTok)) {
		return
	}
	if n := p.peek(1); !p.isWord("once") && !p.isWord("never") && (n.bol || p.textOf(n) != "times") {
		return
	}
	name := e.Value.Span()
	e.Kind, e.Callee, e.Value = ExpectCalls, callee, nil
	if p.isWord("never") {
		p.fail(errNeverAfter(p.spanOf(p.tok().span()), p.spanOf(name), p.text[name.Start:name.End]))
		return
	}
	p.fail(errCallsWithoutParens(p.spanOf(name), p.text[name.Start:name.End]))
}

// calleeOf returns the names that a call names.
func calleeOf(fun Expr) ([]Ident, bool) {
	switch f := fun.(type) {
	case *Name:
		return []Ident{{Range: f.Range, Name: f.Name}}, true
	case *Field:
		ids, ok := calleeOf(f.X)
		return append(ids, f.Name), ok
	}
	return nil, false
}

// parsePaths reads paths of nodes, quoted or bare.
func (p *parser) parsePaths() []StringLit {
	var paths []StringLit
	for {
		switch t := p.tok(); {
		case p.at(strTok):
			paths = append(paths, *p.parseString())
		case p.goesOn() && t.kind.word():
			paths = append(paths, p.barePath())
		default:
			p.unexpected("the path of a node")
		}
		if p.failed || !p.accept(comma) {
			return paths
		}
	}
}

// barePath takes what stands together without a space, up to a comma.
func (p *parser) barePath() StringLit {
	start, end := p.tok().start, p.tok().start
	for p.goesOn() && p.tok().start == end && !p.is(comma) && !p.is(semi) && !p.is(rbrace) && !p.is(lbrace) {
		end = p.next().end
	}
	r := Range{start, end}
	return StringLit{Range: r, Parts: []StringPart{{Range: r, Text: p.text[start:end]}}}
}
