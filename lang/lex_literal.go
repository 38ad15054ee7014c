package lang

import (
	"strings"
	"unicode/utf8"
)

// number cuts a literal that begins with a digit. It decides only which kind
// the literal is; the parser reads its value.
func (l *scanner) number() {
	start := l.pos
	i := l.digits(start)
	if i-start == 4 && l.date(start) {
		l.pos = start + 10
		if l.pos+1 < len(l.text) && l.text[l.pos] == 'T' && isDigit(l.text[l.pos+1]) {
			l.timeOfDay()
			l.add(timeTok, start)
			return
		}
		l.add(dateTok, start)
		return
	}
	k := intTok
	if i+1 < len(l.text) && l.text[i] == '.' && isDigit(l.text[i+1]) {
		k = floatTok
		i = l.digits(i + 1)
	}
	switch {
	case i < len(l.text) && isWordByte(l.text[i]):
		for i < len(l.text) && isWordByte(l.text[i]) {
			i++
		}
		k = durationTok
		if l.text[i-1] == 'B' || l.text[i-1] == 'b' {
			k = sizeTok
		}
	case i < len(l.text) && l.text[i] == '%' && !l.operandAt(i+1):
		i++
		k = percentTok
	}
	l.pos = i
	l.add(k, start)
}

func (l *scanner) digits(i int) int {
	for i < len(l.text) && (isDigit(l.text[i]) || l.text[i] == '_') {
		i++
	}
	return i
}

// operandAt reports whether an operand stands at i without a space, so that
// `7%n` is a remainder.
func (l *scanner) operandAt(i int) bool {
	return i < len(l.text) && (isWordByte(l.text[i]) || l.text[i] == '(')
}

// date reports whether `dddd-dd-dd` stands at start.
func (l *scanner) date(start int) bool {
	if start+10 > len(l.text) || start+10 < len(l.text) && isDigit(l.text[start+10]) {
		return false
	}
	s := l.text[start : start+10]
	return s[4] == '-' && isDigit(s[5]) && isDigit(s[6]) && s[7] == '-' && isDigit(s[8]) && isDigit(s[9])
}

// timeOfDay skips what belongs to a time of day and its zone.
func (l *scanner) timeOfDay() {
	i := l.pos + 1
	for i < len(l.text) {
		b := l.text[i]
		zone := (b == '+' || b == '-') && i+1 < len(l.text) && isDigit(l.text[i+1])
		fraction := b == '.' && i+1 < len(l.text) && isDigit(l.text[i+1])
		clock := b == ':' && i+1 < len(l.text) && isDigit(l.text[i+1])
		if !isWordByte(b) && !zone && !fraction && !clock {
			break
		}
		i++
	}
	l.pos = i
}

// raw cuts r"…", whose quote stands at l.pos.
func (l *scanner) raw(start int) {
	i := l.pos + 1
	for i < len(l.text) && l.text[i] != '"' && l.text[i] != '\n' {
		i++
	}
	l.checkText(start, i)
	if i < len(l.text) && l.text[i] == '"' {
		i++
	} else {
		l.err(errUnclosedString(l.at(start, i), Raw))
	}
	l.pos = i
	l.add(strTok, start).form = Raw
}

// quote cuts a string from its opening quotes to its end or its first `${`.
func (l *scanner) quote() {
	start := l.pos
	if strings.HasPrefix(l.text[start:], `"""`) {
		l.pos += 3
		l.str(start, Multiline, strTok, strHead)
		return
	}
	l.pos++
	l.str(start, Quoted, strTok, strHead)
}

// resume goes on with a string after `${expr`, at its `:format` or its `}`.
func (l *scanner) resume() {
	start := l.pos
	n := len(l.open) - 1
	form := l.toks[l.open[n]].form
	if l.text[l.pos] == ':' {
		for l.pos < len(l.text) && l.text[l.pos] != '}' && l.text[l.pos] != '\n' && l.text[l.pos] != '"' {
			l.pos++
		}
		if l.pos == len(l.text) || l.text[l.pos] != '}' {
			open := l.toks[l.open[n]].end
			l.err(errUnclosedInterpolation(l.at(int(open)-2, int(open)), l.at(l.pos, l.pos)))
			l.pos-- // as if the brace stood there
		}
	}
	l.pos++
	l.pop()
	l.str(start, form, strTail, strMid)
}

// str goes on with the text of a string from l.pos, and makes a token of kind
// last, or of kind part if a `${` follows.
func (l *scanner) str(start int, form StringForm, last, part kind) {
	from := l.pos
	for i := l.pos; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			if i+1 < len(l.text) && l.text[i+1] != '\n' {
				i++
			}
		case '"':
			if form == Multiline && !strings.HasPrefix(l.text[i:], `"""`) {
				continue
			}
			l.checkText(from, i)
			l.pos = i + 1
			if form == Multiline {
				l.pos += 2
			}
			l.add(last, start).form = form
			return
		case '$':
			if i+1 < len(l.text) && l.text[i+1] == '{' {
				l.checkText(from, i)
				l.pos = i + 2
				l.add(part, start).form = form
				l.push()
				if form == Quoted {
					if l.inline == 0 {
						l.inlineAt = len(l.open) - 1
					}
					l.inline++
				}
				return
			}
		case '\n':
			if form == Quoted {
				l.unclosedString(start, i, form, last)
				return
			}
		}
	}
	end := len(l.text)
	if form == Multiline && !l.resumed {
		l.resumed = true
		end = l.nextDecl(l.pos)
	}
	l.unclosedString(start, end, form, last)
}

// unclosedString ends at end a string that has no closing quote. If it seems to
// begin with the closing quote of a string that has an open `${`, that is what
// is reported.
func (l *scanner) unclosedString(start, end int, form StringForm, last kind) {
	if form == Quoted && last == strTok && l.inline > 0 {
		l.pos = start + 1
		l.closeInline(start)
		return
	}
	l.checkText(start, end)
	if end > start && l.text[end-1] == '\r' {
		end--
	}
	l.err(errUnclosedString(l.at(start, end), form))
	l.pos = end
	l.add(last, start).form = form
	l.bol = form == Multiline && end < len(l.text) // cut short before a declaration
}

// nextDecl returns where the next line begins that looks like a declaration,
// or the end of the text.
func (l *scanner) nextDecl(i int) int {
	save := l.pos
	defer func() { l.pos = save }()
	for {
		nl := strings.IndexByte(l.text[i:], '\n')
		if nl < 0 {
			return len(l.text)
		}
		i += nl + 1
		l.pos = i
		for l.pos < len(l.text) && isWordByte(l.text[l.pos]) {
			l.pos++
		}
		if l.declares(i) {
			return i
		}
	}
}

// checkText reports bytes of a literal that are not text.
func (l *scanner) checkText(from, to int) {
	if l.notText {
		return
	}
	for i := from; i < to; i++ {
		b := l.text[i]
		if b == 0 {
			l.noText(i)
			return
		}
		if b >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(l.text[i:to])
			if r == utf8.RuneError && size == 1 {
				l.noText(i)
				return
			}
			i += size - 1
		}
	}
}
