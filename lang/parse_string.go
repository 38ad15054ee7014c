package lang

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseString reads a string literal and the expressions in it.
//
//	String = <string> | "\"" ( <text> | "${" Expr ( ":" <format> )? "}" )* "\"" .
func (p *parser) parseString() *StringLit {
	t := p.tok()
	p.pos++
	s := p.slabs.str.new()
	s.Form, s.Range = t.form, t.span()
	if t.kind == strTok {
		p.constantString(s, t)
		return s
	}
	first := p.pos - 1
	s.Parts = p.textPart(s.Parts, int(t.start)+openLen(t.form), int(t.end)-2)
	for {
		part := StringPart{Range: Range{p.prevEnd() - 2, 0}}
		save := p.bracketed()
		part.Expr = p.parseExpr()
		p.restore(save)
		for !p.failed && !p.is(strMid) && !p.is(strTail) {
			p.unexpected("`}`")
		}
		p.skipToStringEnd()
		end := p.tok()
		if !p.is(strMid) && !p.is(strTail) {
			break
		}
		from := int(end.start)
		if from < int(end.end) && p.text[from] == ':' {
			close := from + strings.IndexByte(p.text[from:int(end.end)]+"}", '}')
			part.Format = p.text[from+1 : min(close, int(end.end))]
			from = min(close, int(end.end))
		}
		if from < int(end.end) {
			from++
		}
		part.Range.End = int32(from)
		s.Parts = append(s.Parts, part)
		p.pos++
		if end.kind == strTail {
			s.Parts = p.textPart(s.Parts, from, int(end.end)-closeLen(p.text[from:end.end], end.form))
			break
		}
		s.Parts = p.textPart(s.Parts, from, int(end.end)-2)
	}
	s.Range = Range{t.start, max(t.end, p.prevEnd())}
	if s.Form == Multiline {
		p.dedent(s, int(p.toks[first].start)+3)
	}
	p.unescapeParts(s)
	return s
}

// skipToStringEnd skips what is left of a `${…}` with a mistake. Whole strings
// inside it are skipped with it.
func (p *parser) skipToStringEnd() {
	for depth := 0; !p.is(eofTok) && !p.tok().decl; p.pos++ {
		switch p.tok().kind {
		case strHead:
			depth++
		case strMid:
			if depth == 0 {
				return
			}
		case strTail:
			if depth == 0 {
				return
			}
			depth--
		}
	}
}

func openLen(f StringForm) int {
	switch f {
	case Raw:
		return 2
	case Multiline:
		return 3
	}
	return 1
}

// closeLen returns the length of the quotes that close text, 0 if they are
// missing.
func closeLen(text string, f StringForm) int {
	switch {
	case f == Multiline && strings.HasSuffix(text, `"""`):
		return 3
	case f != Multiline && strings.HasSuffix(text, `"`):
		return 1
	}
	return 0
}

// constantString fills s from a literal without `${`.
func (p *parser) constantString(s *StringLit, t *token) {
	from := t.start + int32(openLen(t.form))
	to := t.end - int32(closeLen(p.text[min(from, t.end):t.end], t.form))
	if from >= to {
		return
	}
	mark := p.slabs.parts.mark()
	p.slabs.parts.add(StringPart{Range: Range{from, to}, Text: p.text[from:to]})
	s.Parts = p.slabs.parts.take(mark)
	if s.Form == Multiline {
		p.dedent(s, int(from))
	}
	if s.Form != Raw {
		p.unescapeParts(s)
	}
}

// textPart appends the text between two offsets as a part, unless it is empty.
func (p *parser) textPart(parts []StringPart, from, to int) []StringPart {
	if from >= to {
		return parts
	}
	return append(parts, StringPart{Range: Range{int32(from), int32(to)}, Text: p.text[from:to]})
}

// dedent takes from every line the indentation that all have in common. A new
// line right behind the opening quotes, at offset from, is dropped; the line of
// the closing quotes, when nothing else is on it, counts and leaves no text.
func (p *parser) dedent(s *StringLit, from int) {
	common := -1
	last := len(s.Parts) - 1
	for _, part := range s.Parts {
		lines := strings.SplitAfter(part.Text, "\n")
		for j, line := range lines[1:] { // the first goes on a line that has begun
			final := j == len(lines)-2 // the closing quotes or a `${` follow on this line
			if strings.TrimSpace(line) != "" || final {
				if n := indentOf(line); common < 0 || n < common {
					common = n
				}
			}
		}
	}
	for i := range s.Parts {
		part := &s.Parts[i]
		if part.Expr != nil {
			continue
		}
		lines := strings.SplitAfter(part.Text, "\n")
		for j := 1; j < len(lines); j++ {
			lines[j] = lines[j][min(common, indentOf(lines[j])):]
		}
		if i == last && len(lines) > 1 && strings.TrimSpace(lines[len(lines)-1]) == "" {
			lines = lines[:len(lines)-1]
		}
		if int(part.Start) == from && len(lines) > 0 && strings.HasSuffix(lines[0], "\n") && strings.TrimSpace(lines[0]) == "" {
			lines = lines[1:]
		}
		part.Text = strings.ReplaceAll(strings.Join(lines, ""), "\r\n", "\n")
	}
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// unescapeParts replaces the escapes in the texts of s, and drops texts that
// have become empty.
func (p *parser) unescapeParts(s *StringLit) {
	keep := s.Parts[:0]
	for _, part := range s.Parts {
		if part.Expr == nil {
			if strings.IndexByte(part.Text, '\\') >= 0 {
				part.Text = p.unescape(part.Text, part.Range)
			}
			if part.Text == "" {
				continue
			}
		}
		keep = append(keep, part)
	}
	s.Parts = keep
}

// unescape replaces `\n \t \" \\ \$ \u{…}`. The text may have lost its
// indentation, so a bad escape is looked for again in the source.
func (p *parser) unescape(text string, at Range) string {
	var b strings.Builder
	b.Grow(len(text))
	nth := 0 // backslash sequences seen
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			continue
		}
		nth++
		i++
		if i == len(text) {
			break // an unclosed string; reported
		}
		switch c := text[i]; c {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case '"', '\\', '$':
			b.WriteByte(c)
		case 'u':
			r, n := unicodeEscape(text[i:])
			if n == 0 {
				p.badEscape(at, nth, 2, "expected `\\u{…}` with the number of a character in hexadecimal")
				continue
			}
			b.WriteRune(r)
			i += n - 1
		default:
			_, size := utf8.DecodeRuneInString(text[i:])
			p.badEscape(at, nth, 1+size, "escapes are `\\n \\t \\\" \\\\ \\$ \\u{1F600}`; a backslash itself is `\\\\`")
			b.WriteString(text[i : i+size])
			i += size - 1
		}
	}
	return b.String()
}

// unicodeEscape reads `u{…}` at the start of s and returns its length, 0 if it
// is none.
func unicodeEscape(s string) (rune, int) {
	end := strings.IndexByte(s[:min(len(s), 12)], '}')
	if end < 3 || s[1] != '{' {
		return 0, 0
	}
	n, err := strconv.ParseUint(s[2:end], 16, 32)
	if err != nil || !utf8.ValidRune(rune(n)) || n == 0 {
		return 0, 0
	}
	return rune(n), end + 1
}

// badEscape reports the nth backslash of the source text at a range.
func (p *parser) badEscape(at Range, nth, length int, advice string) {
	i := int(at.Start)
	for ; i < int(at.End); i++ {
		if p.text[i] == '\\' {
			if nth--; nth == 0 {
				break
			}
			i++
		}
	}
	end := min(i+length, len(p.text))
	p.report(help(errBadLiteral(p.src.Span(i, end), "there is no escape `"+p.text[i:end]+"`", "unknown"), advice))
}
