package lang

import "math"

// level is the precedence of a binary operator; a higher one binds tighter.
type level uint8

const (
	loosest level = iota
	disjunction
	conjunction
	negation
	comparison
	coalescing
	ranging
	additive
	multiplicative
	noOperator
)

// operators gives the level and the meaning of the token that is an operator.
var operators = [...]struct {
	level level
	op    Op
}{
	kwOr: {disjunction, OpOr}, kwAnd: {conjunction, OpAnd},
	eq: {comparison, OpEq}, ne: {comparison, OpNe}, lt: {comparison, OpLt}, le: {comparison, OpLe},
	gt: {comparison, OpGt}, ge: {comparison, OpGe}, kwIn: {comparison, OpIn}, kwIs: {comparison, 0},
	coalesce: {coalescing, OpCoalesce}, dotdot: {ranging, OpRange},
	plus: {additive, OpAdd}, minus: {additive, OpSub},
	star: {multiplicative, OpMul}, slash: {multiplicative, OpDiv}, percent: {multiplicative, OpRem},
	kwYield: {},
}

// operator returns the level of the current token as a binary operator, or
// loosest.
func (p *parser) operator() (level, Op) {
	if !p.goesOn() {
		return loosest, 0
	}
	o := operators[p.tok().kind]
	return o.level, o.op
}

// parseExpr reads an expression.
//
//	Expr = "if" Expr "then" Expr "else" Expr | Disjunction .
func (p *parser) parseExpr() Expr {
	if !p.enter() {
		return p.badExpr()
	}
	defer p.leave()
	if p.at(kwIf) {
		return p.parseIfExpr()
	}
	return p.parseBinary(disjunction)
}

func (p *parser) parseIfExpr() Expr {
	start := p.next().start
	e := &IfExpr{Cond: p.parseExpr()}
	if p.acceptWord("then") {
		e.Then = p.parseExpr()
	} else {
		p.unexpected("`then`")
		e.Then = p.badExpr()
	}
	if p.expect(kwElse) {
		e.Else = p.parseExpr()
	} else {
		e.Else = p.badExpr()
	}
	e.Range = p.from(start)
	return e
}

func (p *parser) badExpr() Expr {
	end := p.prevEnd()
	return &BadExpr{Range{end, end}}
}

// parseBinary reads operators of level min and tighter by precedence climbing.
// All associate to the left.
//
//	Disjunction = Conjunction ( "or" Conjunction )* .
//	Conjunction = Negation ( "and" Negation )* .
//	Negation = "not" Negation | Comparison .
//	Comparison = Coalescing ( ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" ) Coalescing | "is" TypeExpr )* .
//	Coalescing = Ranging ( "??" Ranging )* .
//	Ranging = Additive ( ".." Additive )* .
//	Additive = Multiplicative ( ( "+" | "-" ) Multiplicative )* .
//	Multiplicative = Unary ( ( "*" | "/" | "%" ) Unary )* .
func (p *parser) parseBinary(min level) Expr {
	var x Expr
	switch {
	case min <= negation && p.at(kwNot):
		x = p.parseNot()
	case min <= negation && p.at(bang):
		if t := p.tok(); !p.failed {
			p.report(errBang(p.spanOf(t.span()), p.peek(1).start > t.end))
		}
		x = p.parseNot()
	default:
		x = p.parseUnary()
	}
	for n := 0; ; n++ {
		l, op := p.operator()
		if l == loosest || l < min {
			return x
		}
		t := p.tok()
		if n >= maxChain {
			p.fail(errChainTooLong(p.spanOf(t.span())))
			p.skipDecl()
			return x
		}
		if t.kind == percent && p.spacedPercent(&x) {
			continue
		}
		p.pos++
		if t.kind == kwIs {
			is := &Is{X: x, Type: p.parseCastType()}
			is.Range = p.from(x.Span().Start)
			x = is
			continue
		}
		b := p.slabs.binary.new()
		b.Op, b.OpSpan, b.X = op, t.span(), x
		b.Y = p.parseBinary(l + 1)
		b.Range = p.from(x.Span().Start)
		x = b
	}
}

func (p *parser) parseNot() Expr {
	start := p.next().start
	if !p.enter() {
		return p.badExpr()
	}
	defer p.leave()
	var x Expr
	if p.at(kwNot) {
		x = p.parseNot()
	} else {
		x = p.parseBinary(comparison)
	}
	return &Unary{Range: p.from(start), Op: OpNot, X: x}
}

// parseCastType reads the type behind `as` or `is`.
func (p *parser) parseCastType() TypeExpr {
	save := p.castType
	p.castType = true
	t := p.parseType()
	p.castType = save
	return t
}

// spacedPercent reports `10 %` where no operand follows, and makes it the
// percentage that was meant.
func (p *parser) spacedPercent(x *Expr) bool {
	lit, ok := (*x).(*Lit)
	if !ok || lit.Kind != IntLit && lit.Kind != FloatLit {
		return false
	}
	switch after := p.peek(1); {
	case after.bol, after.kind == comma, after.kind == rparen, after.kind == rbrack, after.kind == rbrace, after.kind == lbrace, after.kind == semi:
	default:
		return false
	}
	r := Range{lit.Start, p.next().end}
	if !p.failed {
		p.report(errSpacedPercent(p.spanOf(r), lit.Text))
	}
	num := lit.Num
	if lit.Kind == IntLit {
		num = float64(lit.Int)
	}
	*x = &Lit{Range: r, Kind: PercentLit, Text: lit.Text + "%", Num: num}
	return true
}

// leastDigits are the digits of the least int, which has no positive
// counterpart: with its sign it is one literal.
const leastDigits = "9223372036854775808"

// parseUnary reads negation and casts, which bind tighter than it.
//
//	Unary = "-" Unary | Cast .
//	Cast = Postfix ( "as" TypeExpr )* .
func (p *parser) parseUnary() Expr {
	if p.at(minus) {
		start := p.next().start
		if p.at(intTok) && plainDigits(p.textOf(p.tok())) == leastDigits {
			p.pos++
			return &Lit{Range: p.from(start), Kind: IntLit, Int: math.MinInt64, Text: "-" + leastDigits}
		}
		if !p.enter() {
			return p.badExpr()
		}
		defer p.leave()
		x := p.parseUnary()
		return &Unary{Range: p.from(start), Op: OpSub, X: x}
	}
	x := p.parsePostfix()
	for n := 0; !p.caseAs && p.atWord("as") && n < maxChain; n++ {
		p.pos++
		as := &As{X: x, Type: p.parseCastType()}
		as.Range = p.from(x.Span().Start)
		x = as
	}
	return x
}

// parsePostfix reads a primary and what follows it.
//
//	Postfix = Primary ( "." Label | Args | "[" Expr "]" | "?" )* .
func (p *parser) parsePostfix() Expr {
	x := p.parsePrimary()
	for n := 0; p.goesOn(); n++ {
		t := p.tok()
		if n >= maxChain {
			p.fail(errChainTooLong(p.spanOf(t.span())))
			p.skipDecl()
			return x
		}
		start := x.Span().Start
		switch t.kind {
		case dot:
			p.pos++
			x = p.parseSelector(x)
		case lparen:
			call := p.slabs.call.new()
			call.Fun = x
			call.Args, call.ArgsSpan = p.parseArgs()
			call.Range = p.from(start)
			x = call
		case lbrack:
			open := p.pos
			p.pos++
			save := p.bracketed()
			i := p.parseExpr()
			p.restore(save)
			p.close(open, rbrack)
			x = &Index{Range: p.from(start), X: x, I: i}
		case question:
			p.pos++
			x = &Optional{Range: p.from(start), X: x}
		default:
			return x
		}
	}
	return x
}

// parseSelector reads what stands behind the dot: a field, or, behind a
// module's name, a type, which may begin a record.
func (p *parser) parseSelector(x Expr) Expr {
	start := x.Span().Start
	t := p.tok()
	if name, ok := x.(*Name); ok && p.at(typeIdentTok) {
		p.pos++
		module := Ident{Range: name.Range, Name: name.Name}
		return p.typeName(TypeName{Range: p.from(start), Module: &module, Name: p.textOf(t)})
	}
	f := p.slabs.field.new()
	f.X, f.Name = x, p.label("a field")
	f.Range = p.from(start)
	return f
}

// mode is what changes inside brackets.
type mode struct{ sameLine, caseAs, castType bool }

// bracketed enters ( ) or [ ], where new lines and words of the surroundings
// mean nothing.
func (p *parser) bracketed() mode {
	m := mode{p.sameLine, p.caseAs, p.castType}
	p.sameLine, p.caseAs, p.castType = false, false, false
	return m
}

func (p *parser) restore(m mode) { p.sameLine, p.caseAs, p.castType = m.sameLine, m.caseAs, m.castType }

// parseArgs reads the arguments of a call.
//
//	Args = "(" ( Arg ( "," Arg )* ","? )? ")" .
//	Arg = ( Label ":" )? ( Lambda | Expr ) .
//	Lambda = <ident> "->" Expr .
func (p *parser) parseArgs() ([]Arg, Range) {
	start := p.tok().start
	open := p.pos
	p.pos++
	save := p.bracketed()
	mark := p.slabs.args.mark()
	for p.goesOn() && !p.is(rparen) && !p.failed {
		p.slabs.args.add(p.parseArg())
		if !p.accept(comma) {
			break
		}
	}
	args := p.slabs.args.take(mark)
	p.restore(save)
	p.close(open, rparen, "`,`")
	return args, p.from(start)
}

func (p *parser) parseArg() Arg {
	start := p.tok().start
	var arg Arg
	if p.tok().kind.word() && p.peek(1).kind == colon {
		id := p.slabs.ident.new()
		*id = p.label("a name")
		arg.Name = id
		p.pos++
	}
	if p.tok().kind.lowerWord() && p.peek(1).kind == arrow {
		at := p.tok().start
		l := &Lambda{Param: p.ident("a name")}
		p.pos++
		l.Body = p.parseExpr()
		l.Range = p.from(at)
		arg.Value = l
	} else {
		arg.Value = p.parseExpr()
	}
	arg.Range = p.from(start)
	return arg
}

// close takes the bracket that closes the one at index open, or reports what is
// expected besides it.
func (p *parser) close(open int, k kind, besides ...string) {
	m := p.bracketed()
	defer p.restore(m)
	if p.failed || p.muted {
		p.accept(k)
		return
	}
	if p.accept(k) {
		return
	}
	t := p.tok()
	if o := &p.toks[open]; o.match < 0 || t.bol && p.startsStmt(p.pos) {
		at := p.spanOf(t.span())
		if t.bol {
			end := int(p.prevEnd())
			at = p.src.Span(end, end)
		}
		p.fail(errUnclosedBracket(p.spanOf(o.span()), o.kind.String(), at, k.String()))
		return
	}
	p.unexpected(append(besides, k.String())...)
}
