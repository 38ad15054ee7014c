package ir

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// maxValueDepth bounds how deep a document may nest: it comes from outside,
// and reading it is recursive.
const maxValueDepth = 200

// scanner reads the tokens of one JSON document. It is strict: one document,
// UTF-8, no duplicate keys, no lone surrogates, bounded depth.
type scanner struct {
	data []byte
	pos  int
	hint string // the key that is likely next: it is then not copied
}

func (s *scanner) syntax(format string, args ...any) error {
	args = append([]any{s.pos}, args...)
	return misfit("at byte %d: "+format, args...)
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// unexpected describes what stands at the next place.
func (s *scanner) unexpected(wanted string) error {
	if s.peek(); s.pos >= len(s.data) {
		return s.syntax("the document ends where %s should follow", wanted)
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	return s.syntax("expected %s, found %q", wanted, r)
}

// end checks that nothing but white space follows.
func (s *scanner) end() error {
	if s.peek(); s.pos < len(s.data) {
		return s.syntax("something follows the end of the document")
	}
	return nil
}

func (s *scanner) literal(word string) bool {
	if bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
		s.pos += len(word)
		return true
	}
	return false
}

// found names the kind of the next value, for messages.
func (s *scanner) found() string {
	switch c := s.peek(); c {
	case 0:
		return "nothing"
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "list"
	case 't', 'f':
		return "bool"
	case 'n':
		return "none"
	default:
		if c == '-' || '0' <= c && c <= '9' {
			return "number"
		}
		return strconv.QuoteRune(rune(c))
	}
}

// list calls elem before each element of a list, whose bracket is next.
func (s *scanner) list(elem func(i int) error) error {
	s.pos++
	for i := 0; ; i++ {
		if c := s.peek(); c == ']' && i == 0 {
			s.pos++
			return nil
		}
		if err := elem(i); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return nil
		default:
			return s.unexpected("`,` or `]`")
		}
	}
}

// object calls member before each value of an object, whose brace is next.
func (s *scanner) object(member func(key string) error) error {
	var seen keySet
	return s.members(func(key string) error {
		if !seen.add(key) {
			return twice(key)
		}
		return member(key)
	})
}

func twice(key string) error { return misfit("the key %q stands twice", key) }

// members is object for a caller that looks for duplicate keys itself.
func (s *scanner) members(member func(key string) error) error {
	s.pos++
	for first := true; ; first = false {
		c := s.peek()
		if c == '}' && first {
			s.pos++
			return nil
		}
		if c != '"' {
			return s.unexpected("a key in quotes")
		}
		key, err := s.memberKey()
		if err != nil {
			return err
		}
		if s.peek() != ':' {
			return s.unexpected("`:`")
		}
		s.pos++
		if err := member(key); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return nil
		default:
			return s.unexpected("`,` or `}`")
		}
	}
}

// memberKey reads a key, whose quote is next.
func (s *scanner) memberKey() (string, error) {
	end := s.pos + 1 + len(s.hint)
	if s.hint != "" && end < len(s.data) && s.data[end] == '"' && string(s.data[s.pos+1:end]) == s.hint {
		s.pos = end + 1
		return s.hint, nil
	}
	return s.text()
}

// number reads the text of a number, which is part of the document.
func (s *scanner) number() ([]byte, error) {
	start := s.pos
	s.skip('-')
	if !s.skip('0') && !s.digits() {
		return nil, s.unexpected("a number")
	}
	if s.skip('.') && !s.digits() {
		return nil, s.unexpected("a digit")
	}
	if s.skip('e') || s.skip('E') {
		if !s.skip('+') {
			s.skip('-')
		}
		if !s.digits() {
			return nil, s.unexpected("a digit")
		}
	}
	return s.data[start:s.pos], nil
}

// skip reports whether the next byte is c, and skips it.
func (s *scanner) skip(c byte) bool {
	if s.pos < len(s.data) && s.data[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

// digits skips digits, and reports whether there was one.
func (s *scanner) digits() bool {
	from := s.pos
	for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > from
}

// text reads a string, whose quote is next.
func (s *scanner) text() (string, error) {
	s.pos++
	start, plain := s.pos, true // plain: ASCII
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			text := s.data[start:s.pos]
			if !plain && !utf8.Valid(text) {
				s.pos = start
				return "", s.syntax("a string that is not UTF-8")
			}
			s.pos++
			return string(text), nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return "", s.syntax("a control character in a string must be escaped")
		case c >= utf8.RuneSelf:
			plain = false
		}
		s.pos++
	}
	return "", s.syntax("a string does not end")
}

// escaped reads the rest of a string in which an escape is next.
func (s *scanner) escaped(start int) (string, error) {
	buf := bytes.Clone(s.data[start:s.pos])
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			if !utf8.Valid(buf) {
				return "", s.syntax("a string that is not UTF-8")
			}
			return string(buf), nil
		case c < ' ':
			return "", s.syntax("a control character in a string must be escaped")
		case c != '\\':
			buf = append(buf, c)
			s.pos++
		default:
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			buf = utf8.AppendRune(buf, r)
		}
	}
	return "", s.syntax("a string does not end")
}

func (s *scanner) escape() (rune, error) {
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if s.pos+1 < len(s.data) {
		c := s.data[s.pos+1]
		if i := bytes.IndexByte([]byte(from), c); i >= 0 {
			s.pos += 2
			return rune(to[i]), nil
		}
		if c == 'u' {
			return s.unicodeEscape()
		}
	}
	return 0, s.syntax("no escape is written so")
}

func (s *scanner) unicodeEscape() (rune, error) {
	r, ok := s.hex4()
	if !ok {
		return 0, s.syntax("`\\u` needs four hexadecimal digits")
	}
	if r < 0xD800 || r > 0xDFFF {
		return r, nil
	}
	if low, ok := s.hex4(); ok && r < 0xDC00 && low >= 0xDC00 && low <= 0xDFFF {
		return (r-0xD800)<<10 + (low - 0xDC00) + 0x10000, nil
	}
	return 0, s.syntax("half of a surrogate pair is no character")
}

func (s *scanner) hex4() (rune, bool) {
	if s.pos+6 > len(s.data) || s.data[s.pos] != '\\' || s.data[s.pos+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s.data[s.pos+2:s.pos+6]), 16, 32)
	if err != nil {
		return 0, false
	}
	s.pos += 6
	return rune(n), true
}

// raw appends the next value to dst in compact form: as it is written, but
// without white space between its tokens.
func (s *scanner) raw(dst []byte, depth int) ([]byte, error) {
	if depth > maxValueDepth {
		return dst, s.syntax("the document nests deeper than %d", maxValueDepth)
	}
	c := s.peek()
	start := s.pos
	var err error
	switch c {
	case '{':
		dst = append(dst, '{')
		err = s.object(func(key string) error {
			if dst[len(dst)-1] != '{' {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, key), ':')
			var err error
			dst, err = s.raw(dst, depth+1)
			return within(keyStep(key), err)
		})
		return append(dst, '}'), err
	case '[':
		dst = append(dst, '[')
		err = s.list(func(i int) error {
			if i > 0 {
				dst = append(dst, ',')
			}
			var err error
			dst, err = s.raw(dst, depth+1)
			return within(indexStep(i), err)
		})
		return append(dst, ']'), err
	case '"':
		_, err = s.text()
	case 't', 'f', 'n':
		if !s.literal("true") && !s.literal("false") && !s.literal("null") {
			err = s.unexpected("a value")
		}
	default:
		if c != '-' && (c < '0' || c > '9') {
			return dst, s.unexpected("a value")
		}
		_, err = s.number()
	}
	return append(dst, s.data[start:s.pos]...), err
}
