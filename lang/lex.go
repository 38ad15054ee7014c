package lang

import (
	"unicode"
	"unicode/utf8"

	"github.com/flowc/flowc/lang/diag"
)

// Limits of a file. Each is a diagnostic, never a crash.
const (
	MaxFile    = 16 << 20  // bytes in a file
	MaxTokens  = 1_000_000 // tokens in a file
	MaxName    = 256       // bytes in a name
	MaxNesting = 200       // blocks, brackets, types, unary operators and `${` inside each other
	maxChain   = 1_000     // operators or suffixes in a row, which nest to the left
	maxErrors  = 200       // syntax errors that are reported for one file
)

// scanner cuts a text into tokens in one pass. What it cannot read it reports
// and leaves out, so that the parser does not stumble over it a second time.
//
// It keeps the stack of open brackets for two reasons: to know at a `}` whether
// a string goes on behind it, and to tell the parser which brackets have no
// partner. A `}` closes the nearest `{` and forgets `(` and `[` opened since; a
// declaration in column 1 forgets everything.
type scanner struct {
	text     string
	pos      int
	toks     []token
	open     []int32 // indexes of the tokens that opened a bracket or a `${`
	unclosed []int32 // indexes of `{` without a partner, ascending within a declaration
	inline   int     // how many of open are `${` of strings that end with their line
	inlineAt int     // where in open the first of them is
	comments []Comment
	bol      bool // no token on this line yet
	notText  bool // F0109 has been reported
	nul      bool // the text holds a NUL byte
	nulAt    int
	resumed  bool // an unclosed `"""` has been cut short once
	err      func(diag.Diagnostic)
	at       func(start, end int) diag.Span
}

// class says what a byte can begin.
type class uint8

const (
	badByte class = iota
	spaceByte
	lowerByte
	upperByte
	digitByte
	punctByte
)

var classes = func() (c [256]class) {
	for b := range c {
		switch {
		case b == ' ' || b == '\t' || b == '\r' || b == '\n':
			c[b] = spaceByte
		case 'a' <= b && b <= 'z' || b == '_':
			c[b] = lowerByte
		case 'A' <= b && b <= 'Z':
			c[b] = upperByte
		case '0' <= b && b <= '9':
			c[b] = digitByte
		}
	}
	for _, b := range []byte("()[]{},;:.=|!-?+*/%<>#\"") {
		c[b] = punctByte
	}
	return c
}()

func isWordByte(b byte) bool { return lowerByte <= classes[b] && classes[b] <= digitByte }

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// run makes all tokens. It reports whether they fit the limits.
func (l *scanner) run() bool {
	l.bol = true
	if len(l.text) >= 3 && l.text[:3] == "\ufeff" {
		l.pos = 3
	}
	for l.pos < len(l.text) {
		b := l.text[l.pos]
		switch classes[b] {
		case spaceByte:
			l.pos++
			if b == '\n' {
				l.newline()
			}
		case lowerByte:
			l.word(identTok)
		case upperByte:
			l.word(typeIdentTok)
		case digitByte:
			l.number()
		case punctByte:
			l.punct(b)
		default:
			if foreignLetter(l.text[l.pos:]) > 0 {
				l.word(identTok)
				break
			}
			l.bad()
		}
		if len(l.toks) >= MaxTokens {
			l.err(errTooManyTokens(l.at(int(l.toks[len(l.toks)-1].start), int(l.toks[len(l.toks)-1].end))))
			return false
		}
	}
	l.newline()
	l.forget(0)
	end := int32(len(l.text))
	l.toks = append(l.toks, token{start: end, end: end, match: -1, bol: true})
	return true
}

// add appends a token that ends at l.pos.
func (l *scanner) add(k kind, start int) *token {
	l.toks = append(l.toks, token{start: int32(start), end: int32(l.pos), match: -1, kind: k, bol: l.bol})
	l.bol = false
	return &l.toks[len(l.toks)-1]
}

// newline ends a line, and with it the `${` of a string that does not span
// lines.
func (l *scanner) newline() {
	if l.inline > 0 {
		l.closeInline(l.pos)
	}
	l.bol = true
}

// closeInline ends at pos every string on the stack that may not span lines,
// and those inside them, because a `${` was not closed. It reports the
// outermost. The ends that are missing become tokens from pos to l.pos, so that
// the parser finds whole strings.
func (l *scanner) closeInline(pos int) {
	i := l.inlineAt
	end := int(l.toks[l.open[i]].end)
	l.err(errUnclosedInterpolation(l.at(end-2, end), l.at(pos, pos)))
	ends := 0
	for _, o := range l.open[i:] {
		if l.toks[o].isInterpolation() {
			ends++
		}
	}
	l.forget(i)
	for ; ends > 0; ends-- {
		l.add(strTail, pos)
	}
}

func (t *token) isInterpolation() bool { return t.kind == strHead || t.kind == strMid }

// forget drops what is open from index n of the stack on.
func (l *scanner) forget(n int) {
	for i := len(l.open) - 1; i >= n; i-- {
		t := &l.toks[l.open[i]]
		if t.kind == lbrace {
			l.unclosed = append(l.unclosed, l.open[i])
		}
		if t.isInterpolation() && t.form == Quoted {
			l.inline--
		}
	}
	l.open = l.open[:n]
}

func (l *scanner) pop() {
	t := &l.toks[l.open[len(l.open)-1]]
	if t.isInterpolation() && t.form == Quoted {
		l.inline--
	}
	l.open = l.open[:len(l.open)-1]
}

func (l *scanner) push() { l.open = append(l.open, int32(len(l.toks)-1)) }

// word cuts a name or a keyword. One with letters of other alphabets is
// reported, and is a name all the same.
func (l *scanner) word(k kind) {
	start := l.pos
	i, foreign := start, false
	for i < len(l.text) {
		n := 1
		if !isWordByte(l.text[i]) {
			if n = foreignLetter(l.text[i:]); n == 0 {
				break
			}
			foreign = true
		}
		i += n
	}
	if i == start+1 && l.text[start] == 'r' && i < len(l.text) && l.text[i] == '"' {
		l.pos = i
		l.raw(start)
		return
	}
	l.pos = i
	if foreign {
		l.err(errForeignName(l.at(start, i), l.text[start:i]))
	}
	if i-start > MaxName {
		l.err(errNameTooLong(l.at(start, i)))
	}
	if k == identTok {
		k = wordKind(l.text[start:i])
	}
	decl := l.bol && k == identTok && (start == 0 || l.text[start-1] == '\n' || start == 3 && l.toks == nil) && l.declares(start)
	t := l.add(k, start)
	if t.decl = decl; decl {
		l.forget(0)
	}
}

// foreignLetter returns the length of the letter that s begins with, if that is
// none of a to z; else 0.
func foreignLetter(s string) int {
	if s[0] < utf8.RuneSelf {
		return 0
	}
	r, size := utf8.DecodeRuneInString(s)
	if !unicode.IsLetter(r) {
		return 0
	}
	return size
}

// declares reports whether a declaration seems to begin at the word at start:
// a declaration's keyword, and on the same line what must follow it.
func (l *scanner) declares(start int) bool {
	i := l.pos
	for i < len(l.text) && l.text[i] == ' ' {
		i++
	}
	if i == l.pos || i == len(l.text) {
		return false
	}
	next := l.text[i]
	switch l.text[start:l.pos] {
	case "type", "enum", "error", "const", "param", "activity", "workflow", "canvas", "defaults":
		return classes[next] == lowerByte || classes[next] == upperByte
	case "import", "test", "property":
		return next == '"'
	}
	return false
}

// punct makes the token of punctuation that begins with b.
func (l *scanner) punct(b byte) {
	start := l.pos
	next := byte(0)
	if start+1 < len(l.text) {
		next = l.text[start+1]
	}
	l.pos++
	two := func(second byte, long, short kind) {
		k := short
		if next == second {
			l.pos++
			k = long
		}
		l.add(k, start)
	}
	switch b {
	case '(':
		l.add(lparen, start)
		l.push()
	case '[':
		l.add(lbrack, start)
		l.push()
	case '{':
		l.add(lbrace, start)
		l.push()
	case ')':
		l.closing(rparen, lparen)
	case ']':
		l.closing(rbrack, lbrack)
	case '}':
		l.rbrace()
	case ',':
		l.add(comma, start)
	case ';':
		l.add(semi, start)
	case ':':
		if len(l.open) > 0 && l.toks[l.open[len(l.open)-1]].isInterpolation() {
			l.pos--
			l.resume()
			return
		}
		l.add(colon, start)
	case '|':
		l.pipe(start, next)
	case '+':
		l.add(plus, start)
	case '*':
		l.add(star, start)
	case '%':
		l.add(percent, start)
	case '.':
		two('.', dotdot, dot)
	case '=':
		two('=', eq, assign)
	case '!':
		two('=', ne, bang)
	case '-':
		two('>', arrow, minus)
	case '?':
		two('?', coalesce, question)
	case '<':
		two('=', le, lt)
	case '>':
		two('=', ge, gt)
	case '/':
		l.slash(start, next)
	case '#':
		l.comment(start)
	case '"':
		l.pos--
		l.quote()
	}
}

func (l *scanner) pipe(start int, next byte) {
	if next != '|' {
		l.add(pipe, start)
		return
	}
	l.pos++
	l.err(errBadCharacter(l.at(start, l.pos), "||"))
	l.add(kwOr, start)
}

func (l *scanner) slash(start int, next byte) {
	if next != '/' {
		l.add(slash, start)
		return
	}
	l.err(errSlashComment(l.at(start, start+2), l.bol))
	l.comment(start)
}

// comment keeps the text from start to the end of the line. Inside a `${` that
// must end on its line, a `#` would hide the closing quote: it is then
// reported with the unclosed `${`.
func (l *scanner) comment(start int) {
	end := start
	for end < len(l.text) && l.text[end] != '\n' {
		end++
	}
	l.pos = end
	if end > start && l.text[end-1] == '\r' {
		end--
	}
	text := l.text[start:end]
	for i := 0; i < len(text) && !l.notText; i++ {
		if text[i] == 0 || text[i] >= utf8.RuneSelf && !utf8.ValidString(text[i:]) {
			l.noText(start + i)
		} else if text[i] >= utf8.RuneSelf {
			break
		}
	}
	l.comments = append(l.comments, Comment{
		Range: Range{int32(start), int32(end)},
		Text:  text,
		Doc:   len(text) > 1 && text[1] == '#',
		Own:   l.bol,
	})
}

// closing makes a `)` or `]` and joins it with its partner, if that is the
// innermost open bracket.
func (l *scanner) closing(k, partner kind) {
	l.add(k, l.pos-1)
	if n := len(l.open) - 1; n >= 0 && l.toks[l.open[n]].kind == partner {
		l.toks[l.open[n]].match = int32(len(l.toks) - 1)
		l.open = l.open[:n]
	}
}

// rbrace makes a `}`: of a `${`, if one is open and no `{` is open inside.
func (l *scanner) rbrace() {
	for n := len(l.open) - 1; n >= 0; n-- {
		o := l.open[n]
		switch t := &l.toks[o]; {
		case t.isInterpolation():
			l.forget(n + 1)
			l.pos--
			l.resume()
			return
		case t.kind == lbrace:
			l.add(rbrace, l.pos-1)
			l.toks[o].match = int32(len(l.toks) - 1)
			l.forget(n + 1)
			l.open = l.open[:n]
			return
		}
	}
	l.add(rbrace, l.pos-1)
	l.forget(0)
}

// bad reports bytes that no token can begin with, a run at a time, and leaves
// them out.
func (l *scanner) bad() {
	start := l.pos
	for l.pos < len(l.text) && classes[l.text[l.pos]] == badByte && foreignLetter(l.text[l.pos:]) == 0 {
		r, size := utf8.DecodeRuneInString(l.text[l.pos:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			l.noText(l.pos)
			start = l.pos + size
		}
		l.pos += size
	}
	if l.pos == start {
		return
	}
	text := l.text[start:l.pos]
	l.err(errBadCharacter(l.at(start, l.pos), text))
	switch text { // what it was meant to be is plain
	case "→":
		l.add(arrow, start)
	case "&", "&&":
		l.add(kwAnd, start)
	}
}

// noText reports once a file that is not text.
func (l *scanner) noText(pos int) {
	if l.text[pos] == 0 && !l.nul {
		l.nul, l.nulAt = true, pos
	}
	if !l.notText {
		l.notText = true
		l.err(errNotText(l.at(pos, pos+1), false))
	}
}
