package lang

import (
	"sort"
	"strings"

	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/lang/diag"
)

// Parse reads a file. It always returns a File, with every declaration and
// statement that could be read; what could not be read is in the list, each
// mistake once and at its place.
func Parse(src *diag.Source) (*File, *diag.List) {
	g := grammars.Get().(*grammar)
	defer grammars.Put(g)
	p := g.p
	p.begin(src)
	defer p.end()
	if p.lex() {
		p.parseFile(g)
	}
	if p.diags.HasErrors() {
		widen(p.file)
	}
	return p.file, p.diags
}

// ParseExpr reads a text that is one expression, such as a value given on a
// command line.
func ParseExpr(src *diag.Source) (Expr, *diag.List) {
	p := new(parser)
	p.begin(src)
	if !p.lex() {
		return &BadExpr{p.file.Range}, p.diags
	}
	p.sameLine = false
	e := p.parseExpr()
	if p.tok().kind != eofTok {
		p.unexpected("the end of the text")
	}
	return e, p.diags
}

// parser holds the state of one parse.
//
// All productions below declarations are written by hand, over one slice of
// small tokens. A new line is no token; sameLine says whether it ends what is
// being read.
//
// A production that fails reports, and then returns what it has; nothing
// unwinds. From a mistake to the next place where the reading is safe again
// (see recover.go) nothing else is reported: failed says that a mistake is
// waiting for that.
type parser struct {
	file  *File
	src   *diag.Source
	text  string
	toks  []token
	pos   int
	diags *diag.List

	unclosed []int32 // indexes of `{` without a partner, ascending
	declEnd  int     // index of the next token with decl, or of the end
	missing  int     // how many `}` the declaration being read lacks
	depth    int     // of nesting
	indent   int     // of the line that the statement being read began on
	sameLine bool    // a new line ends what is being read: not inside ( ) and [ ]
	caseAs   bool    // in a `case`, where `as` binds
	castType bool    // in the type after `as` or `is`, where `<` and `??` are operators
	failed   bool    // a mistake was reported, and nothing read since is sure
	muted    bool    // nothing more is to be said about this declaration
	errors   int

	slabs slabs
}

// begin makes p ready for src.
func (p *parser) begin(src *diag.Source) {
	p.src, p.text, p.diags = src, "", new(diag.List)
	p.file = &File{Range: Range{0, int32(min(len(src.Text), MaxFile+1))}, Source: src}
	p.toks, p.unclosed, p.pos = p.toks[:0], nil, 0
	p.depth, p.indent, p.errors, p.missing, p.declEnd = 0, 0, 0, 0, 0
	p.sameLine, p.caseAs, p.castType, p.failed, p.muted = true, false, false, false, false
	p.slabs = slabs{}
}

// end lets go of everything that the result does not need.
func (p *parser) end() {
	p.file, p.src, p.diags, p.text, p.slabs = nil, nil, nil, "", slabs{}
	if cap(p.toks) > keepTokens {
		p.toks = nil
	}
}

// keepTokens is how many tokens' space is kept from one parse for the next.
const keepTokens = 1 << 14

// lex makes the tokens. It reports whether there is anything to parse.
func (p *parser) lex() bool {
	if len(p.src.Text) > MaxFile {
		p.report(errFileTooLarge(p.src.Span(0, 0)))
		return false
	}
	p.text = string(p.src.Text)
	l := scanner{text: p.text, toks: p.toks, err: p.report, at: p.src.Span}
	if want := len(p.text)/4 + 16; cap(l.toks) < want {
		l.toks = make([]token, 0, min(want, MaxTokens))
	}
	ok := l.run()
	if l.nul { // nothing said about such a file helps, but this
		p.diags = new(diag.List)
		p.diags.Add(errNotText(p.src.Span(l.nulAt, l.nulAt+1), true))
		return false
	}
	p.toks, p.file.Comments, p.unclosed = l.toks, l.comments, l.unclosed
	sort.Slice(p.unclosed, func(i, j int) bool { return p.unclosed[i] < p.unclosed[j] })
	return ok
}

// report adds a diagnostic, unless enough has been said.
func (p *parser) report(d diag.Diagnostic) {
	if p.muted || p.errors >= maxErrors {
		return
	}
	p.errors++
	p.diags.Add(d)
}

// fail reports a mistake of the grammar. Until the parser has recovered, later
// ones only follow from it, and are not reported.
func (p *parser) fail(d diag.Diagnostic) {
	if !p.failed {
		p.failed = true
		p.report(d)
	}
}

func (p *parser) tok() *token { return &p.toks[p.pos] }

// peek returns the token n after the current one.
func (p *parser) peek(n int) *token { return &p.toks[min(p.pos+n, len(p.toks)-1)] }

func (p *parser) is(k kind) bool { return p.toks[p.pos].kind == k }

// isWord reports whether the current token is the name word.
func (p *parser) isWord(word string) bool {
	t := &p.toks[p.pos]
	return t.kind == identTok && p.text[t.start:t.end] == word
}

// goesOn reports whether the current token continues what is being read:
// whether no new line ends it.
func (p *parser) goesOn() bool {
	t := &p.toks[p.pos]
	return !(t.bol && p.sameLine) && t.kind != eofTok && !t.decl
}

// at is goesOn and is.
func (p *parser) at(k kind) bool { return p.toks[p.pos].kind == k && p.goesOn() }

// atWord is goesOn and isWord.
func (p *parser) atWord(word string) bool { return p.isWord(word) && p.goesOn() }

func (p *parser) next() *token {
	t := &p.toks[p.pos]
	if t.kind != eofTok {
		p.pos++
	}
	return t
}

// accept takes the current token if it is a k that continues the line.
func (p *parser) accept(k kind) bool {
	if p.at(k) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) acceptWord(word string) bool {
	if p.atWord(word) {
		p.pos++
		return true
	}
	return false
}

// expect takes a k or reports that it is missing.
func (p *parser) expect(k kind) bool {
	if p.accept(k) {
		return true
	}
	p.unexpected(k.String())
	return false
}

func (p *parser) textOf(t *token) string { return p.text[t.start:t.end] }

func (p *parser) spanOf(r Range) diag.Span { return p.src.Span(int(r.Start), int(r.End)) }

// prevEnd returns where the last token that was taken ends.
func (p *parser) prevEnd() int32 {
	if p.pos == 0 {
		return 0
	}
	return p.toks[p.pos-1].end
}

// from returns the range from start to the last token that was taken.
func (p *parser) from(start int32) Range { return Range{start, max(start, p.prevEnd())} }

// unexpected reports the current token where something else is expected, or
// the end of the line if that came too early.
func (p *parser) unexpected(expected ...string) {
	if p.failed || p.muted {
		return
	}
	t := p.tok()
	if !p.goesOn() && p.pos > 0 {
		end := int(p.prevEnd())
		found := "end of the line"
		if t.kind == eofTok {
			found = "end of the file"
		}
		p.fail(errUnexpected(p.src.Span(end, end), found, expected...))
		return
	}
	p.fail(errUnexpected(p.spanOf(t.span()), p.describe(t), expected...))
}

// describe names a token in a message.
func (p *parser) describe(t *token) string {
	switch t.kind {
	case eofTok:
		return t.kind.String()
	case strTok, strHead:
		return "string"
	case strMid, strTail:
		return t.kind.String()
	}
	return "`" + p.textOf(t) + "`"
}

// ident takes a lower-case name. A word that cannot be one is reported and
// taken all the same, so that the rest of the line is read as it was meant.
func (p *parser) ident(what string) Ident {
	id, k := p.word(what)
	switch {
	case p.failed:
	case k.reserved():
		p.report(errReservedWord(p.spanOf(id.Range), id.Name))
	case !isLowerCase(id.Name):
		p.report(errNameCase(p.spanOf(id.Range), id.Name, lowerCase(id.Name), true))
	}
	return id
}

// word takes a word of any kind, and returns which. Where none stands, that is
// reported, and the name is empty.
func (p *parser) word(what string) (Ident, kind) {
	t := p.tok()
	if !p.goesOn() || !t.kind.word() {
		p.unexpected(what)
		end := p.prevEnd()
		return Ident{Range: Range{end, end}}, eofTok
	}
	p.pos++
	return Ident{Range: t.span(), Name: p.textOf(t)}, t.kind
}

// optIdent takes a name and returns a pointer to it.
//
//	LowerName = <ident> .
func (p *parser) optIdent(what string) *Ident {
	id := p.ident(what)
	return &id
}

// label takes the name of a field, an attribute or an argument. None of them
// is ever reserved, and fields mirror data from elsewhere in any case.
//
//	Label = <ident> | <typeident> | <reserved> .
func (p *parser) label(what string) Ident {
	id, _ := p.word(what)
	return id
}

// typeIdent takes an UpperCamel name.
//
//	UpperName = <typeident> .
func (p *parser) typeIdent(what string) Ident {
	id, k := p.word(what)
	if !p.failed && (k != typeIdentTok || strings.Contains(id.Name, "_")) {
		p.report(errNameCase(p.spanOf(id.Range), id.Name, upperCamel(id.Name), false))
	}
	return id
}

func isLowerCase(name string) bool {
	for i := 0; i < len(name); i++ {
		if classes[name[i]] == upperByte {
			return false
		}
	}
	return true
}

// lowerCase turns dayOfWeek into day_of_week.
func lowerCase(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		if classes[c] == upperByte {
			if i > 0 && name[i-1] != '_' && classes[name[i-1]] != upperByte {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// upperCamel turns day_of_week into DayOfWeek.
func upperCamel(name string) string {
	var b strings.Builder
	up := true
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '_' {
			up = true
			continue
		}
		if up && classes[c] == lowerByte {
			c -= 'a' - 'A'
		}
		up = false
		b.WriteByte(c)
	}
	return b.String()
}

// enter goes one level down. It reports whether that is allowed; if not, the
// rest of the declaration is skipped. Every enter that succeeds is followed by
// a leave.
func (p *parser) enter() bool {
	if p.depth < MaxNesting {
		p.depth++
		return true
	}
	p.fail(errNestingTooDeep(p.spanOf(p.tok().span())))
	p.skipDecl()
	return false
}

func (p *parser) leave() { p.depth-- }

// nearest returns the word of words that was probably meant by t.
func (p *parser) nearest(t *token, words []string) (string, bool) {
	if t.kind != identTok {
		return "", false
	}
	return spell.Nearest(p.textOf(t), words)
}
