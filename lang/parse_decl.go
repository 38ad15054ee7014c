package lang

import (
	"sort"
	"strings"

	"github.com/flowc/flowc/internal/spell"
)

// Keywords that begin a declaration, in alphabetical order.
var declWords = []string{
	"activity", "canvas", "const", "defaults", "enum", "error", "import", "param", "property", "test", "type", "workflow",
}

// parseFile reads declarations to the end of the text.
func (p *parser) parseFile(g *grammar) {
	for !p.is(eofTok) && p.errors < maxErrors {
		if p.is(semi) {
			p.pos++
			continue
		}
		p.failed, p.muted, p.depth, p.sameLine, p.indent = false, false, 0, true, 0
		p.missing = p.countMissing(p.pos, p.nextDecl())
		p.startDecl()
		before := p.pos
		p.parseDecl(g)
		if !p.failed && p.goesOn() && !p.is(semi) {
			p.afterDecl()
		}
		if p.failed || p.pos == before {
			p.syncDecl(before)
		}
	}
}

// startDecl lets a declaration begin at the current token.
func (p *parser) startDecl() {
	p.tok().decl, p.tok().bol = false, false
}

// nextDecl returns the index of the next token that begins a declaration in
// column 1, or of the end.
func (p *parser) nextDecl() int {
	if p.pos >= p.declEnd {
		i := min(p.pos+1, len(p.toks)-1)
		for i < len(p.toks)-1 && !p.toks[i].decl {
			i++
		}
		p.declEnd = i
	}
	return p.declEnd
}

// syncDecl skips to what may be the next declaration after the one that began
// at the token start.
func (p *parser) syncDecl(start int) {
	for ; !p.is(eofTok) && !p.tok().decl; p.pos++ {
		t := p.tok()
		if t.bol && p.pos > start && t.kind == identTok && p.isDeclWord() && p.column(t) == 0 {
			return
		}
	}
}

func (p *parser) isDeclWord() bool {
	word := p.textOf(p.tok())
	i := sort.SearchStrings(declWords, word)
	return i < len(declWords) && declWords[i] == word
}

// afterDecl reports what stands behind a declaration on its line.
func (p *parser) afterDecl() {
	if p.is(rbrace) {
		p.fail(errStrayBrace(p.spanOf(p.tok().span())))
		return
	}
	p.unexpected("a new line")
}

// parseDecl reads one declaration: its keyword chooses the participle grammar
// that reads it.
func (p *parser) parseDecl(g *grammar) {
	t := p.tok()
	if t.kind == rbrace {
		p.fail(errStrayBrace(p.spanOf(t.span())))
		p.pos++
		return
	}
	if t.kind == identTok && p.isDeclWord() {
		g.declaration(p.textOf(t))
		return
	}
	if near, ok := p.nearestDecl(t); ok {
		p.fail(errDidYouMean(p.spanOf(t.span()), "declaration", p.textOf(t), near))
		p.pos++
		return
	}
	p.fail(errNoDeclaration(p.spanOf(t.span()), p.describe(t)))
	p.pos++
}

// nearestDecl returns the declaration that a misspelt word stands for.
func (p *parser) nearestDecl(t *token) (string, bool) {
	if t.kind != identTok {
		return "", false
	}
	return spell.Nearest(p.textOf(t), declWords)
}

// docAt returns the `##` lines that stand right above the line of an offset.
func (p *parser) docAt(start int32) string {
	cs := p.file.Comments
	n := sort.Search(len(cs), func(i int) bool { return cs[i].Start >= start })
	first := n
	below := start
	for first > 0 {
		c := &cs[first-1]
		if !c.Doc || !c.Own || strings.Count(p.text[c.End:below], "\n") != 1 || strings.TrimSpace(p.text[c.End:below]) != "" {
			break
		}
		first--
		below = c.Start
	}
	if first == n {
		return ""
	}
	var lines []string
	for _, c := range cs[first:n] {
		lines = append(lines, strings.TrimPrefix(strings.TrimPrefix(c.Text, "##"), " "))
	}
	return strings.Join(lines, "\n")
}

// parseParams reads parameters.
//
//	Params = "(" ( Param ( "," Param )* ","? )? ")" .
//	Param = <ident> ":" TypeExpr ( "=" Expr )? .
func (p *parser) parseParams() ([]Param, Range) {
	start := p.tok().start
	open := p.pos
	if !p.expect(lparen) {
		return nil, p.from(start)
	}
	save := p.bracketed()
	mark := p.slabs.params.mark()
	for p.goesOn() && !p.is(rparen) && !p.failed {
		p.slabs.params.add(p.parseParam())
		if !p.accept(comma) {
			break
		}
	}
	params := p.slabs.params.take(mark)
	p.restore(save)
	p.close(open, rparen, "`,`")
	return params, p.from(start)
}

func (p *parser) parseParam() Param {
	start := p.tok().start
	a := Param{Name: p.ident("a name")}
	if p.expect(colon) {
		a.Type = p.parseType()
	} else {
		a.Type = p.badType()
	}
	if p.accept(assign) {
		a.Default = p.parseExpr()
	}
	a.Range = p.from(start)
	return a
}

// parseAttrs reads the attributes of a declaration.
//
//	Attrs = "{" <newline>* ( Attr ( Separator Attr )* Separator? )? "}" .
func (p *parser) parseAttrs() ([]Attr, Range) {
	mark := p.slabs.attrs.mark()
	r := p.braces(assign, func() {
		first := p.pos
		p.slabs.attrs.add(p.parseAttr())
		if t := p.tok(); !p.failed && p.goesOn() && (t.kind.word() || intTok <= t.kind && t.kind <= strHead) {
			name := p.textOf(&p.toks[first])
			value := p.text[p.toks[first+2].start:p.prevEnd()]
			p.fail(errWordsInAttribute(p.spanOf(t.span()), name, short(value)))
		}
	})
	return p.slabs.attrs.take(mark), r
}

// parseNames reads the members of an enum.
//
//	Names = "{" <newline>* ( <ident> ( Separator <ident> )* Separator? )? "}" .
func (p *parser) parseNames() ([]Ident, Range) {
	mark := p.slabs.idents.mark()
	r := p.braces(comma, func() { p.slabs.idents.add(p.ident("a name")) })
	return p.slabs.idents.take(mark), r
}

// plainString reads a string that may hold no `${…}`.
//
//	PlainString = <string> .
func (p *parser) plainString(what string) StringLit {
	if !p.at(strTok) && !p.at(strHead) {
		p.unexpected("a string")
		end := p.prevEnd()
		return StringLit{Range: Range{end, end}}
	}
	s := p.parseString()
	if _, constant := s.Constant(); !constant {
		p.report(errConstantString(p.spanOf(s.Range), what))
	}
	return *s
}

// parseOf reads what defaults are for.
//
//	Of = "activity" | "workflow" .
func (p *parser) parseOf() *Ident {
	if !p.atWord("activity") && !p.atWord("workflow") {
		p.unexpected("`activity`", "`workflow`")
	}
	id := p.label("`activity`")
	return &id
}

// joinBrace reports a `{` that stands on a line of its own.
func (p *parser) joinBrace() {
	if p.is(lbrace) && !p.goesOn() && !p.failed {
		end := int(p.prevEnd())
		p.report(errNewLineBefore(p.spanOf(p.tok().span()), "`{`", p.src.Span(end, end)))
		p.startLine()
	}
}

// optionsFollow reports whether options stand here, with or without `with`.
func (p *parser) optionsFollow() bool {
	return p.at(kwWith) || p.goesOn() && p.tok().kind.word() && p.peek(1).kind == assign
}

// handlerAhead reports whether a handler seems to begin here.
func (p *parser) handlerAhead() bool {
	switch p.tok().kind {
	case kwCatch, kwOnFailure, kwOnCancel, kwFinally:
		return true
	}
	return false
}
