package lang

import (
	"io"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/flowc/flowc/lang/diag"
)

// Lexer is the lexical grammar of flow files as participle sees it. It makes
// its tokens without regular expressions; what it cannot read, and comments,
// it leaves out ([Parse] reports the first and keeps the second).
type Lexer struct{}

var (
	_ lexer.Definition       = Lexer{}
	_ lexer.StringDefinition = Lexer{}
)

const newlineType = lexer.TokenType(len(spelling))

// Symbols returns the names of the tokens that the grammar of declarations
// knows by kind.
func (Lexer) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{
		"EOF":       lexer.EOF,
		"Newline":   newlineType,
		"Ident":     lexer.TokenType(identTok),
		"TypeIdent": lexer.TokenType(typeIdentTok),
		"String":    lexer.TokenType(strTok),
	}
}

// Lex reads r whole.
func (d Lexer) Lex(name string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return d.LexString(name, string(text))
}

// view shows participle the tokens of one declaration that stand outside
// brackets, and the brackets that open. What is inside is read by productions
// written by hand, from the parser's own tokens, which are a quarter of the
// size; so participle's copy of the tokens, and the time that it takes, do not
// grow with the bodies of workflows.
//
// Pos.Line is the index of the token among the parser's, not a line: that is
// how a production finds its place.
type view struct {
	p      *parser
	i      int
	before kind
	begun  bool
}

// Next returns the next token, or EOF where the declaration ends.
func (v *view) Next() (lexer.Token, error) {
	t := &v.p.toks[v.i]
	pos := lexer.Position{Offset: int(t.start), Line: v.i}
	if v.begun && v.ends(t) || t.kind == eofTok {
		return lexer.EOFToken(pos), nil
	}
	v.begun = true
	v.before = t.kind
	value := v.p.textOf(t)
	if t.kind == arrow {
		value = "->" // it may stand as one character, which has been reported
	}
	switch {
	case t.kind == lparen || t.kind == lbrack || t.kind == lbrace:
		if t.match < 0 {
			v.i = v.p.nextDecl()
			break
		}
		v.i = int(t.match) + 1
		v.before = v.p.toks[t.match].kind
	case t.kind == strHead:
		v.skipString()
	default:
		v.i++
	}
	return lexer.Token{Type: lexer.TokenType(t.kind), Value: value, Pos: pos}, nil
}

// ends reports whether the declaration ends before t.
func (v *view) ends(t *token) bool {
	if t.decl || t.kind == semi {
		return true
	}
	if !t.bol {
		return false
	}
	switch t.kind {
	case lbrace, kwCatch, kwOnFailure, kwOnCancel, kwFinally:
		return v.before != rbrace || t.kind != lbrace // misplaced, which the productions say
	}
	switch v.before {
	case comma, assign, pipe, arrow, colon, kwAnd, kwOr, kwNot, kwIn, kwIs, coalesce, dotdot, plus, minus, star, slash, percent, eq, ne, lt, le, ge:
		return false
	}
	return true
}

// skipString skips a string literal with everything in it.
func (v *view) skipString() {
	depth := 0
	for ; ; v.i++ {
		switch t := &v.p.toks[v.i]; {
		case t.kind == eofTok || t.decl && depth > 0:
			return
		case t.kind == strHead:
			depth++
		case t.kind == strTail:
			if depth--; depth == 0 {
				v.i++
				return
			}
		}
	}
}

// LexString cuts a text into tokens.
func (Lexer) LexString(_, text string) (lexer.Lexer, error) {
	p := new(parser)
	p.begin(diag.NewSource("", []byte(text)))
	if !p.lex() {
		p.toks = append(p.toks[:0], token{match: -1})
	}
	return &allTokens{p: p}, nil
}

// allTokens gives every token of a text.
type allTokens struct {
	p *parser
	i int
}

// Next returns the next token.
func (a *allTokens) Next() (lexer.Token, error) {
	t := &a.p.toks[a.i]
	at := a.p.src.Position(int(t.start))
	pos := lexer.Position{Offset: at.Offset, Line: at.Line, Column: at.Column}
	if t.kind == eofTok {
		return lexer.EOFToken(pos), nil
	}
	a.i++
	return lexer.Token{Type: lexer.TokenType(t.kind), Value: a.p.textOf(t), Pos: pos}, nil
}
