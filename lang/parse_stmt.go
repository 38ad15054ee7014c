package lang

// Words that begin a statement, for suggestions.
var stmtWords = []string{
	"chain", "dag", "detach", "expand", "group", "grow", "if", "let", "loop", "map", "next", "race", "raise", "return",
	"signal", "switch", "wait", "yield",
}

// parseStmt reads a statement, or returns nil if there is none to be had.
//
//	Stmt = Signal | Let | Result | Next | Grow | Raise | Step .
func (p *parser) parseStmt() Stmt {
	start := p.tok().start
	switch t := p.tok(); t.kind {
	case kwLet:
		return p.parseLet()
	case kwReturn, kwYield:
		return p.parseResult()
	case kwNext:
		p.pos++
		s := &Next{Value: p.parseExpr()}
		s.Range = p.from(start)
		return s
	case kwGrow:
		p.pos++
		s := &Grow{Value: p.parseExpr()}
		s.Range = p.from(start)
		return s
	case kwRaise:
		p.pos++
		s := &Raise{Value: p.parseExpr()}
		s.Range = p.from(start)
		return s
	case identTok:
		if p.isWord("signal") && p.peek(1).kind == identTok && !p.peek(1).bol {
			return p.parseSignal()
		}
	}
	return p.parseStep()
}

// parseSignal reads the declaration of a signal.
//
//	Signal = "signal" <ident> Params .
func (p *parser) parseSignal() Stmt {
	start := p.next().start
	s := &Signal{Name: p.ident("a name")}
	s.Params, _ = p.parseParams()
	s.Range = p.from(start)
	return s
}

// parseLet reads the binding of a value.
//
//	Let = "let" <ident> "=" Expr .
func (p *parser) parseLet() Stmt {
	start := p.next().start
	s := &Let{Name: p.ident("a name")}
	if p.assign(s.Name.Name) {
		s.Value = p.parseExpr()
	} else {
		s.Value = p.badExpr()
	}
	s.Range = p.from(start)
	return s
}

// assign takes `=`. It reports `:=` and `==` and goes on as if they were right.
func (p *parser) assign(name string) bool {
	t := p.tok()
	switch {
	case p.accept(assign):
		return true
	case p.at(colon) && p.peek(1).kind == assign && p.peek(1).start == t.end:
		if !p.failed {
			p.report(errColonAssign(p.src.Span(int(t.start), int(t.end)+1), name))
		}
		p.pos += 2
		return true
	case p.at(eq):
		if !p.failed {
			p.report(errEqualsAsAssign(p.spanOf(t.span()), name))
		}
		p.pos++
		return true
	}
	p.unexpected("`=`")
	return false
}

// parseResult reads what ends a workflow or gives a block its value. Only a
// call may carry options; the compiler judges that.
//
//	Result = ( "return" | "yield" ) ( Expr With? Undo? Handler* )? .
func (p *parser) parseResult() Stmt {
	t := p.next()
	s := &Result{Yield: t.kind == kwYield}
	if p.goesOn() && !p.is(rbrace) && !p.is(semi) {
		s.Value = p.parseExpr()
		s.With = p.parseWith()
		s.Undo = p.parseUndo()
		s.Handlers = p.parseHandlers()
	}
	s.Range = p.from(t.start)
	return s
}

// parseStep reads a node and its name.
//
//	Step = ( <ident> "=" )? FlowNode .
//	FlowNode = Group | Map | Expand | Loop | Wait | If | Switch | Call .
func (p *parser) parseStep() Stmt {
	start, first := p.tok().start, p.pos
	s := p.slabs.step.new()
	if p.bindsName() {
		id := p.slabs.ident.new()
		*id = p.ident("a name")
		s.Name = id
		p.assign(id.Name)
	}
	s.Node = p.parseNode(first, s.Name)
	s.Range = p.from(start)
	if s.Node != nil {
		return s
	}
	if s.Name != nil && !p.muted {
		return p.asLet(first, s.Name)
	}
	return nil
}

// bindsName reports whether `name =` stands here, or a slip of it.
func (p *parser) bindsName() bool {
	if !p.tok().kind.word() {
		return false
	}
	after := p.peek(1)
	if after.bol {
		return false
	}
	return after.kind == assign || after.kind == eq && p.tok().kind == identTok ||
		after.kind == colon && p.peek(2).kind == assign && p.peek(2).start == after.end
}

// asLet reads again as a value what was read as a node and is none.
func (p *parser) asLet(first int, name *Ident) Stmt {
	if p.failed {
		return nil
	}
	p.pos = first + 2
	if p.toks[first+1].kind == colon {
		p.pos++
	}
	let := &Let{Name: *name, Value: p.parseExpr()}
	let.Range = p.from(name.Start)
	if !p.failed && p.goesOn() && !p.is(semi) && !p.is(rbrace) {
		p.unexpected("a new line")
	}
	if !p.failed {
		at := p.spanOf(name.Range)
		insert := at
		insert.End = insert.Start
		p.report(errLetNeeded(at, insert, name.Name))
	}
	return let
}

// parseNode reads a node, or returns nil where a value stands instead.
func (p *parser) parseNode(first int, name *Ident) FlowNode {
	t := p.tok()
	switch t.kind {
	case kwChain, kwGroup, kwDag, kwRace:
		return p.parseGroup()
	case kwMap:
		return p.parseMap()
	case kwExpand:
		return p.parseExpand()
	case kwLoop:
		return p.parseLoop()
	case kwWait:
		return p.parseWait()
	case kwIf:
		if name != nil && p.isIfExpr() {
			return nil
		}
		return p.parseIf()
	case kwSwitch:
		return p.parseSwitch()
	case identTok, typeIdentTok:
		if n := p.foreignBlock(); n != nil {
			return n
		}
		return p.parseCallStep(name)
	}
	if name != nil {
		if p.startsExpr() {
			return nil
		}
		p.unexpected("a call or a block")
		return nil
	}
	p.notAStmt()
	return nil
}

// foreignBlock reads a block that begins with the word of another language, as
// what is meant; nil if there is none.
func (p *parser) foreignBlock() FlowNode {
	t, after := p.tok(), p.peek(1)
	word := ""
	switch {
	case after.bol:
	case p.isWord("for") && after.kind.word() && (p.peek(2).kind == kwIn || p.peek(2).kind == comma):
		word = "map"
	case p.isWord("try") && after.kind == lbrace:
		word = "chain"
	}
	if word == "" {
		return nil
	}
	if !p.failed {
		p.report(errForeignWord(p.spanOf(t.span()), p.textOf(t), word))
	}
	if word == "map" {
		return p.parseMap()
	}
	return p.parseGroup()
}

// isIfExpr reports whether the `if` here has a `then` before its line ends or
// its block begins.
func (p *parser) isIfExpr() bool {
	inner := 0
	for i := p.pos + 1; i < len(p.toks); i++ {
		switch t := &p.toks[i]; {
		case t.bol, t.kind == eofTok:
			return false
		case t.kind == kwIf:
			inner++
		case t.kind == identTok && p.textOf(t) == "then":
			if inner == 0 {
				return true
			}
			inner--
		case t.kind == lbrace && p.toks[i-1].kind != typeIdentTok:
			return false
		case (t.kind == lparen || t.kind == lbrack || t.kind == lbrace) && t.match > int32(i):
			i = int(t.match)
		}
	}
	return false
}

// startsExpr reports whether the current token can begin an expression.
func (p *parser) startsExpr() bool {
	if !p.goesOn() {
		return false
	}
	switch k := p.tok().kind; k {
	case lparen, lbrack, lbrace, minus, kwNot, kwTrue, kwFalse, kwNone:
		return true
	default:
		return intTok <= k && k <= strHead
	}
}

// notAStmt reports what cannot begin a statement.
func (p *parser) notAStmt() {
	t := p.tok()
	switch t.kind {
	case kwCatch, kwFinally, kwOnCancel, kwOnFailure, kwElse:
		if p.pos > 0 && p.toks[p.pos-1].kind == rbrace {
			p.misplacedWord()
			return
		}
	}
	if t.kind == kwWhile {
		p.fail(errWhileAlone(p.spanOf(t.span())))
		return
	}
	if p.startsExpr() {
		if x := p.parseExpr(); !p.failed {
			p.fail(errValueAlone(p.spanOf(x.Span())))
		}
		return
	}
	p.unexpected("a statement")
}

// misplacedWord reports a word that belongs behind the `}` before it.
func (p *parser) misplacedWord() {
	t := p.tok()
	p.fail(errNewLineBefore(p.spanOf(t.span()), t.kind.String(), p.spanOf(p.toks[p.pos-1].span())))
}

// callOptions are the words that are options where they follow a call: any
// other word before a `=` is rather the name of the next step.
var callOptions = map[string]bool{
	"after": true, "heartbeat": true, "on_parent_close": true, "priority": true, "queue_timeout": true, "raises_on_failure": true,
	"retry": true, "tags": true, "task_list": true, "timeout": true, "total_timeout": true, "version": true,
}

// parseCallStep reads a call with what may follow it.
//
//	Call = "detach"? Callee Args With? Undo? Handler* .
//	Callee = <ident> ( "." <ident> )* .
func (p *parser) parseCallStep(name *Ident) FlowNode {
	first, start := p.pos, p.tok().start
	c := p.slabs.node.new()
	if p.isWord("detach") && p.peek(1).kind == identTok && !p.peek(1).bol {
		p.pos++
		c.Detach = true
	}
	if !p.callAhead() {
		return p.notACall(first, name)
	}
	c.Callee = p.parseCallee()
	c.Args, c.ArgsSpan = p.parseArgs()
	if p.failed {
		c.Range = p.from(start)
		return c
	}
	if p.goesOn() && p.continuesExpr() {
		return p.notACall(first, name)
	}
	if callOptions[p.textOf(p.tok())] {
		c.With = p.parseOptions("`with` or a new line")
	} else {
		c.With = p.parseWith()
	}
	c.Undo = p.parseUndo()
	c.Handlers = p.parseHandlers()
	c.Range = p.from(start)
	return c
}

// callAhead reports whether names joined by dots and a `(` stand here.
func (p *parser) callAhead() bool {
	for n := 0; ; n += 2 {
		if !p.peek(n).kind.word() || n > 0 && p.peek(n).bol {
			return false
		}
		switch after := p.peek(n + 1); {
		case after.bol:
			return false
		case after.kind == lparen:
			return true
		case after.kind != dot:
			return false
		}
	}
}

// parseCallee reads the name of what is called.
func (p *parser) parseCallee() []Ident {
	mark := p.slabs.idents.mark()
	p.slabs.idents.add(p.ident("a name"))
	for p.accept(dot) {
		p.slabs.idents.add(p.ident("a name"))
	}
	return p.slabs.idents.take(mark)
}

// continuesExpr reports whether the current token goes on with an expression
// that the call before it is part of.
func (p *parser) continuesExpr() bool {
	if l, _ := p.operator(); l != loosest {
		return true
	}
	return p.is(dot) || p.is(lbrack) || p.is(question) || p.isWord("as")
}

// notACall says what is wrong with a statement that begins with a name and is
// no call. After `name =` a value may stand here, which the caller tries.
func (p *parser) notACall(first int, name *Ident) FlowNode {
	p.pos = first
	t := p.tok()
	if name != nil {
		return nil
	}
	after := p.peek(1)
	words := !after.bol && (after.kind.word() || after.kind == lbrace || intTok <= after.kind && after.kind <= strHead)
	if near, ok := p.nearest(t, stmtWords); ok && (words || p.textOf(t) == near) {
		p.fail(errDidYouMean(p.spanOf(t.span()), "statement", p.textOf(t), near))
		return nil
	}
	if words {
		p.pos++
		p.unexpected("`=`", "`(`")
		return nil
	}
	x := p.parseExpr()
	if !p.failed {
		p.fail(errValueAlone(p.spanOf(x.Span())))
	}
	return nil
}

// parseWith reads the options of a node.
//
//	With = "with" Attr ( "," <newline>* Attr )* .
//	Attr = Label "=" Expr .
func (p *parser) parseWith() []Attr {
	if !p.accept(kwWith) {
		return nil
	}
	mark := p.slabs.attrs.mark()
	for {
		p.slabs.attrs.add(p.parseAttr())
		if p.failed || !p.accept(comma) {
			break
		}
		p.startLine()
	}
	return p.slabs.attrs.take(mark)
}

func (p *parser) parseAttr() Attr {
	start := p.tok().start
	a := Attr{Name: p.label("a name")}
	if p.assign(a.Name.Name) {
		a.Value = p.parseExpr()
	} else {
		a.Value = p.badExpr()
	}
	a.Range = p.from(start)
	return a
}

// parseUndo reads how a call is undone.
//
//	Undo = "undo" ( "none" | Callee Args ) .
func (p *parser) parseUndo() *Undo {
	if !p.atWord("undo") {
		return nil
	}
	start := p.next().start
	u := &Undo{}
	if p.accept(kwNone) {
		u.Range = p.from(start)
		return u
	}
	if call, ok := p.parsePostfix().(*CallExpr); ok {
		u.Call = call
	} else if !p.failed {
		p.unexpected("a call", "`none`")
	}
	u.Range = p.from(start)
	return u
}
