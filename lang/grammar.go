package lang

import (
	"errors"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar of declarations. Its struct tags are the productions; each field
// whose type is an interface is a production written by hand (see
// productions). The forms hold what was read until it becomes the tree, whose
// nodes carry spans that participle knows nothing of.
type (
	flowFile struct {
		Decls []*declaration `parser:"Newline* ( @@ ( Newline+ @@ )* Newline* )?"`
	}
	declaration struct {
		Import   *importDecl   `parser:"@@"`
		Type     *typeDecl     `parser:"| @@"`
		Enum     *enumDecl     `parser:"| @@"`
		Error    *errorDecl    `parser:"| @@"`
		Const    *constDecl    `parser:"| @@"`
		Param    *paramDecl    `parser:"| @@"`
		Defaults *defaultsDecl `parser:"| @@"`
		Activity *activityDecl `parser:"| @@"`
		Workflow *workflowDecl `parser:"| @@"`
		Test     *testDecl     `parser:"| @@"`
	}
	importDecl struct {
		Path plainString `parser:"'import' @@"`
		As   lowerName   `parser:"( 'as' @@ )?"`
	}
	typeDecl struct {
		Name   upperName  `parser:"'type' @@"`
		Fields recordType `parser:"( @@"`
		Union  []TypeExpr `parser:"| '=' @@ ( '|' @@ )* )"`
	}
	enumDecl struct {
		Name  upperName `parser:"'enum' @@"`
		Names names     `parser:"@@"`
	}
	errorDecl struct {
		Name   upperName  `parser:"'error' @@"`
		Fields recordType `parser:"@@?"`
	}
	constDecl struct {
		Name  lowerName `parser:"'const' @@"`
		Type  TypeExpr  `parser:"( ':' @@ )?"`
		Value Expr      `parser:"'=' @@"`
	}
	paramDecl struct {
		Name    lowerName `parser:"'param' @@"`
		Type    TypeExpr  `parser:"( ':' @@"`
		Default Expr      `parser:"( '=' @@ )?"`
		Value   Expr      `parser:"| '=' @@ )"`
	}
	defaultsDecl struct {
		Of    of    `parser:"'defaults' @@"`
		Attrs attrs `parser:"@@"`
	}
	activityDecl struct {
		Name   lowerName   `parser:"'activity' @@"`
		Params params      `parser:"@@"`
		Result TypeExpr    `parser:"( '->' @@ )?"`
		Raises []errorName `parser:"( 'raises' @@ ( ',' @@ )* )?"`
		Attrs  attrs       `parser:"@@?"`
	}
	workflowDecl struct {
		Keyword  string    `parser:"@( 'workflow' | 'canvas' )"`
		Name     lowerName `parser:"@@"`
		Params   params    `parser:"@@"`
		Result   TypeExpr  `parser:"( '->' @@ )?"`
		With     with      `parser:"@@?"`
		Body     block     `parser:"@@"`
		Handlers handlers  `parser:"@@?"`
	}
	testDecl struct {
		Keyword string      `parser:"@( 'test' | 'property' )"`
		Name    plainString `parser:"@@"`
		Body    testBlock   `parser:"@@"`
	}
)

// What a production written by hand is to participle: an interface, because it
// takes functions for nothing else.
type (
	lowerName   interface{ Node }
	upperName   interface{ Node }
	plainString interface{ Node }
	recordType  interface{ Node }
	names       interface{ Node }
	of          interface{ Node }
	attrs       interface{ Node }
	params      interface{ Node }
	errorName   interface{ Node }
	with        interface{ Node }
	block       interface{ Node }
	handlers    interface{ Node }
	testBlock   interface{ Node }
)

// Each production written by hand returns a node; these carry lists.
type (
	paramList struct {
		Range
		list []Param
	}
	attrList struct {
		Range
		list []Attr
	}
	identList struct {
		Range
		list []Ident
	}
	handlerList struct {
		Range
		list []Handler
	}
	stmtList struct {
		Range
		list []TestStmt
	}
)

// grammar is the grammar of declarations together with the parser that its
// hand-written productions work on. participle gives a production nothing but
// its lexer, so the functions are bound to one parser, and a grammar serves
// one parse at a time; grammars keeps those that are free. Building one takes
// a fraction of a millisecond, which is why it is done on first use.
type grammar struct {
	p        *parser
	file     *participle.Parser[flowFile]
	imports  *participle.Parser[importDecl]
	types    *participle.Parser[typeDecl]
	enums    *participle.Parser[enumDecl]
	errors   *participle.Parser[errorDecl]
	consts   *participle.Parser[constDecl]
	params   *participle.Parser[paramDecl]
	defaults *participle.Parser[defaultsDecl]
	activity *participle.Parser[activityDecl]
	workflow *participle.Parser[workflowDecl]
	test     *participle.Parser[testDecl]
}

var grammars = sync.Pool{New: func() any { return newGrammar() }}

func newGrammar() *grammar {
	g := &grammar{p: new(parser)}
	g.file = participle.MustBuild[flowFile](append(g.productions(), participle.Lexer(Lexer{}))...)
	g.imports = form[importDecl](g)
	g.types = form[typeDecl](g)
	g.enums = form[enumDecl](g)
	g.errors = form[errorDecl](g)
	g.consts = form[constDecl](g)
	g.params = form[paramDecl](g)
	g.defaults = form[defaultsDecl](g)
	g.activity = form[activityDecl](g)
	g.workflow = form[workflowDecl](g)
	g.test = form[testDecl](g)
	return g
}

// form returns the parser of one kind of declaration.
func form[F any](g *grammar) *participle.Parser[F] {
	f, err := participle.ParserForProduction[F](g.file)
	if err != nil {
		panic(err) // the grammar does not hold F: a mistake in the tags above
	}
	return f
}

// production binds a function written by hand to the type T of the grammar. It
// is asked for only where begins holds.
func production[T Node](g *grammar, begins func(*parser) bool, read func(*parser) T) participle.Option {
	return participle.ParseTypeWith(func(pl *lexer.PeekingLexer) (T, error) {
		p := g.p
		p.pos = max(p.pos, pl.Peek().Pos.Line)
		if !begins(p) {
			var none T
			return none, participle.NextMatch
		}
		v := read(p)
		for t := pl.Peek(); !t.EOF() && t.Pos.Line < p.pos; t = pl.Peek() {
			pl.Next()
		}
		return v, nil
	})
}

// always is for productions that must be there and say so themselves.
func always(*parser) bool { return true }

func startsBrace(p *parser) bool { return p.is(lbrace) }

func (g *grammar) productions() []participle.Option {
	return []participle.Option{
		production(g, always, func(p *parser) lowerName { return p.optIdent("a name") }),
		production(g, always, func(p *parser) upperName { id := p.typeIdent("a type name"); return &id }),
		production(g, always, func(p *parser) plainString { s := p.plainString("this"); return &s }),
		production(g, startsBrace, func(p *parser) recordType { p.joinBrace(); return p.parseRecordType() }),
		production(g, startsBrace, func(p *parser) names { p.joinBrace(); list, r := p.parseNames(); return identList{r, list} }),
		production(g, always, func(p *parser) of { return p.parseOf() }),
		production(g, startsBrace, func(p *parser) attrs { p.joinBrace(); list, r := p.parseAttrs(); return attrList{r, list} }),
		production(g, always, func(p *parser) params { list, r := p.parseParams(); return paramList{r, list} }),
		production(g, always, func(p *parser) errorName { return p.parseErrorName() }),
		production(g, (*parser).optionsFollow, func(p *parser) with { list := p.parseOptions("`with`"); return attrList{list: list} }),
		production(g, always, func(p *parser) block { return p.body("`{`") }),
		production(g, (*parser).handlerAhead, func(p *parser) handlers { return handlerList{list: p.parseHandlers()} }),
		production(g, startsBrace, func(p *parser) testBlock { p.joinBrace(); list, r := p.parseTestBody(); return stmtList{r, list} }),
		production(g, always, func(p *parser) TypeExpr { return p.parseType() }),
		production(g, always, func(p *parser) Expr { return p.parseExpr() }),
	}
}

// read has participle read one declaration. It reports where the declaration
// stops being one; expected says what the grammar's own tokens are there.
func read[F any](g *grammar, f *participle.Parser[F], expected ...string) *F {
	p := g.p
	pl, err := lexer.Upgrade(&view{p: p, i: p.pos})
	if err != nil {
		panic(err) // a view has no errors
	}
	form, err := f.ParseFromLexer(pl, participle.AllowTrailing(true))
	p.pos = max(p.pos, pl.Peek().Pos.Line)
	var unexpected *participle.UnexpectedTokenError
	if errors.As(err, &unexpected) {
		p.pos = max(p.pos, unexpected.Unexpected.Pos.Line)
	}
	if err != nil || p.goesOn() && !p.is(semi) && !p.is(rbrace) {
		p.unexpected(expected...)
	}
	if form == nil {
		form = new(F)
	}
	return form
}
