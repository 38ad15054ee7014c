package ir

import (
	"bytes"
	"fmt"
	"strconv"
)

// The JSON form of a program is described once, by the functions in
// fields.go, each of which names the fields of one struct in order. A codec
// walks that description and either writes the fields or reads them, so that
// the two cannot disagree. One program has one text: fields come in a fixed
// order, those with their default value are left out, and a reader insists on
// both, which also makes reading a single pass.

// maxExprDepth bounds how deep expressions may nest, since they are walked
// recursively.
const maxExprDepth = 10_000

// codec writes when out is not nil, else reads. The first error ends all
// further work.
type codec struct {
	err error

	out   []byte
	bare  bool // without what does not count for the hash
	texts map[*Type][]byte

	in    scanner
	key   string // the next field of the object that is read
	more  bool   // there is one
	decls map[string]*TypeDecl
	types map[string]*Type
	open  []openType // read before all declarations are known

	depth int // of expressions
}

// openType is a type whose text waits for the declarations that it may name.
type openType struct {
	text string
	into **Type
}

func (c *codec) writing() bool { return c.out != nil }

func (c *codec) fail(format string, args ...any) {
	if c.err != nil {
		return
	}
	if !c.writing() {
		format = "byte %d: " + format
		args = append([]any{c.in.pos}, args...)
	}
	c.err = fmt.Errorf(format, args...)
}

func (c *codec) check(err error) bool {
	if err != nil && c.err == nil {
		c.err = err
	}
	return c.err == nil
}

// name writes the name of a field.
func (c *codec) name(name string) {
	if last := c.out[len(c.out)-1]; last != '{' {
		c.out = append(c.out, ',')
	}
	c.out = append(append(append(c.out, '"'), name...), '"', ':')
}

// at reports whether the named field is the next to be read.
func (c *codec) at(name string) bool { return c.err == nil && c.more && c.key == name }

// next reads the key of the next field, or the end of the object.
func (c *codec) next(first bool) {
	if c.err != nil {
		return
	}
	switch b := c.in.peek(); {
	case b == '}':
		c.in.pos++
		c.more = false
		return
	case !first && b == ',':
		c.in.pos++
	case !first:
		c.fail("expected `,` or `}`")
		return
	}
	if c.in.peek() != '"' {
		c.fail("expected the name of a field")
		return
	}
	key, err := c.in.text()
	if c.check(err) {
		if c.in.peek() != ':' {
			c.fail("expected `:`")
			return
		}
		c.in.pos++
		c.key, c.more = key, true
	}
}

// body writes or reads an object whose fields are those that fields names.
func (c *codec) body(fields func()) {
	if c.writing() {
		c.out = append(c.out, '{')
		fields()
		c.out = append(c.out, '}')
		return
	}
	if c.err != nil {
		return
	}
	if c.in.peek() != '{' {
		c.fail("expected an object, found %s", c.in.found())
		return
	}
	c.in.pos++
	c.next(true)
	fields()
	if c.err == nil && c.more {
		c.fail("the field %q is unknown, or stands in the wrong place", c.key)
	}
}

// object is a field that holds an object; one without fields is left out.
func (c *codec) object(name string, fields func()) {
	if c.writing() {
		before := len(c.out)
		c.name(name)
		start := len(c.out)
		c.body(fields)
		if len(c.out) == start+2 {
			c.out = c.out[:before]
		}
		return
	}
	if c.at(name) {
		c.body(fields)
		c.next(false)
	}
}

func (c *codec) str(name string, p *string) {
	switch {
	case c.writing():
		if *p != "" {
			c.name(name)
			c.out = appendString(c.out, *p)
		}
	case c.at(name):
		*p = c.text()
		c.next(false)
	}
}

// text reads a string.
func (c *codec) text() string {
	if c.err != nil {
		return ""
	}
	if c.in.peek() != '"' {
		c.fail("expected a string, found %s", c.in.found())
		return ""
	}
	text, err := c.in.text()
	c.check(err)
	return text
}

// integer reads an int.
func (c *codec) integer() int64 {
	if c.err != nil {
		return 0
	}
	c.in.peek()
	text, err := c.in.number()
	if !c.check(err) {
		return 0
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		c.fail("expected an int, found %s", shorten(string(text)))
	}
	return n
}

// intOr is an int that is left out when it has the default.
func (c *codec) intOr(name string, p *int, def int) {
	switch {
	case c.writing():
		if *p != def {
			c.name(name)
			c.out = strconv.AppendInt(c.out, int64(*p), 10)
		}
	case c.at(name):
		*p = int(c.integer())
		c.next(false)
	case c.err == nil:
		*p = def
	}
}

func (c *codec) float(name string, p *float64) {
	switch {
	case c.writing():
		if *p != 0 {
			c.name(name)
			var err error
			c.out, err = appendFloat(c.out, *p)
			c.check(err)
		}
	case c.at(name):
		c.in.peek()
		text, err := c.in.number()
		if c.check(err) {
			*p, err = strconv.ParseFloat(string(text), 64)
			c.check(err)
		}
		c.next(false)
	}
}

func (c *codec) bool(name string, p *bool) {
	switch {
	case c.writing():
		if *p {
			c.name(name)
			c.out = append(c.out, "true"...)
		}
	case c.at(name):
		*p = c.truth()
		c.next(false)
	}
}

func (c *codec) truth() bool {
	c.in.peek()
	switch {
	case c.in.literal("true"):
		return true
	case !c.in.literal("false"):
		c.fail("expected true or false, found %s", c.in.found())
	}
	return false
}

// flag is a bool that may be nil, which is not false.
func (c *codec) flag(name string, p **bool) {
	switch {
	case c.writing():
		if *p != nil {
			c.name(name)
			c.out = strconv.AppendBool(c.out, **p)
		}
	case c.at(name):
		b := c.truth()
		*p = &b
		c.next(false)
	}
}

// enum is a small number that is written as the word for it.
func enum[E ~uint8](c *codec, name string, p *E, words []string) {
	switch {
	case c.writing():
		c.name(name)
		c.out = appendString(c.out, nameOf(words, int(*p)))
	case c.at(name):
		text := c.text()
		for i, w := range words {
			if w == text {
				*p = E(i)
				c.next(false)
				return
			}
		}
		c.fail("%q is no %s", shorten(text), name)
	default:
		c.fail("the field %q is missing", name)
	}
}

// enumOr0 is an enum that is left out when it is its first word.
func enumOr0[E ~uint8](c *codec, name string, p *E, words []string) {
	if c.writing() && *p != 0 || c.at(name) {
		enum(c, name, p, words)
	}
}

// list is a field that holds a list; an empty one is left out.
func list[T any](c *codec, name string, p *[]T, elem func(*T)) {
	if c.writing() {
		if len(*p) == 0 {
			return
		}
		c.name(name)
		c.out = append(c.out, '[')
		for i := range *p {
			if i > 0 {
				c.out = append(c.out, ',')
			}
			elem(&(*p)[i])
		}
		c.out = append(c.out, ']')
		return
	}
	if !c.at(name) {
		return
	}
	if c.in.peek() != '[' {
		c.fail("expected a list, found %s", c.in.found())
		return
	}
	*p = []T{}
	err := c.in.list(func(int) error {
		var v T
		elem(&v)
		*p = append(*p, v)
		return c.err
	})
	if c.check(err) {
		c.next(false)
	}
}

// pointers is a list of structs by pointer.
func pointers[T any](c *codec, name string, p *[]*T, elem func(*T)) {
	list(c, name, p, func(v **T) {
		if *v == nil {
			*v = new(T)
		}
		elem(*v)
	})
}

// pointer is a field that holds a struct; nil is left out.
func pointer[T any](c *codec, name string, p **T, fields func(*T)) {
	switch {
	case c.writing():
		if *p != nil {
			c.name(name)
			c.body(func() { fields(*p) })
		}
	case c.at(name):
		*p = new(T)
		c.body(func() { fields(*p) })
		c.next(false)
	}
}

func (c *codec) strs(name string, p *[]string) {
	list(c, name, p, func(s *string) {
		if c.writing() {
			c.out = appendString(c.out, *s)
		} else {
			*s = c.text()
		}
	})
}

func (c *codec) ints(name string, p *[]int) {
	list(c, name, p, func(n *int) {
		if c.writing() {
			c.out = strconv.AppendInt(c.out, int64(*n), 10)
		} else {
			*n = int(c.integer())
		}
	})
}

// pos is a position, `[file, start, end]`; nowhere is left out.
func (c *codec) pos(name string, p *Pos) {
	switch {
	case c.writing():
		if !c.bare && p.File >= 0 {
			c.name(name)
			c.out = fmt.Appendf(c.out, "[%d,%d,%d]", p.File, p.Start, p.End)
		}
	case c.at(name):
		var at []int
		c.ints(name, &at)
		if c.err == nil && len(at) != 3 {
			c.fail("a position is [file, start, end]")
		}
		if c.err == nil {
			*p = Pos{File: int32(at[0]), Start: int32(at[1]), End: int32(at[2])}
		}
	case c.err == nil:
		*p = NoPos
	}
}

// typ is a type as text; nil is left out.
func (c *codec) typ(name string, p **Type) {
	if c.writing() {
		if *p == nil {
			return
		}
		text, ok := c.texts[*p]
		if !ok {
			text = appendString(nil, (*p).String())
			c.texts[*p] = text
		}
		c.name(name)
		c.out = append(c.out, text...)
		return
	}
	if !c.at(name) {
		return
	}
	if text := c.text(); c.err == nil {
		c.resolve(text, p)
	}
	c.next(false)
}

// resolve reads the text of a type. The same text gives the same type, which
// saves memory and makes comparing fast.
func (c *codec) resolve(text string, p **Type) {
	t, ok := c.types[text]
	if !ok {
		var err error
		if t, err = ParseType(text, func(name string) *TypeDecl { return c.decls[name] }); err != nil {
			c.fail("%s", err)
			return
		}
		c.types[text] = t
	}
	*p = t
}

// expr is an expression; nil is left out.
func (c *codec) expr(name string, p **Expr) {
	switch {
	case c.writing():
		if *p != nil {
			c.name(name)
			c.exprBody(*p)
		}
	case c.at(name):
		*p = new(Expr)
		c.exprBody(*p)
		c.next(false)
	}
}

// exprs is a list of expressions, in which nil is null.
func (c *codec) exprs(name string, p *[]*Expr) {
	list(c, name, p, func(e **Expr) {
		switch {
		case c.writing() && *e == nil:
			c.out = append(c.out, "null"...)
		case c.writing():
			c.exprBody(*e)
		case c.in.peek() == 'n' && c.in.literal("null"):
		default:
			*e = new(Expr)
			c.exprBody(*e)
		}
	})
}

func (c *codec) exprBody(e *Expr) {
	if c.depth++; c.depth > maxExprDepth {
		c.fail("expressions nest deeper than %d", maxExprDepth)
	}
	if c.err == nil {
		c.body(func() { c.exprFields(e) })
	}
	c.depth--
}

// value is the value of a constant, in the JSON form of its type.
func (c *codec) value(name string, p *Value, t *Type) {
	switch {
	case c.writing():
		c.name(name)
		var err error
		c.out, err = AppendJSON(c.out, *p, t, len(c.out)+MaxJSON)
		c.check(err)
	case c.at(name):
		c.in.peek()
		start := c.in.pos
		raw, err := c.in.raw(nil, 0)
		if !c.check(err) {
			return
		}
		if *p, err = Decode(raw, t, RefuseUnknown); err != nil {
			c.in.pos = start
			c.fail("%s", err)
		}
		c.next(false)
	default:
		c.fail("the field %q is missing", name)
	}
}

// MarshalJSON writes p in its JSON form, see schema.json.
func (p *Program) MarshalJSON() ([]byte, error) {
	hash, err := p.hash()
	if err != nil {
		return nil, err
	}
	c := codec{out: make([]byte, 0, 4096), texts: map[*Type][]byte{}}
	format := Format
	c.body(func() { c.programFields(p, &format, &hash) })
	return c.out, c.err
}

// Encode returns p in its JSON form, with a final newline.
func (p *Program) Encode() ([]byte, error) {
	text, err := p.MarshalJSON()
	return append(text, '\n'), err
}

// DecodeProgram reads the JSON form of a program, checks it with [Check] and
// its hash. It is not fooled by hostile text: what is wrong is an error.
func DecodeProgram(data []byte) (*Program, error) {
	c := codec{
		in:    scanner{data: bytes.TrimSpace(data)},
		decls: map[string]*TypeDecl{FailureDecl.Name: FailureDecl},
		types: map[string]*Type{},
	}
	p := &Program{}
	format, hash := 0, ""
	c.body(func() { c.programFields(p, &format, &hash) })
	if c.check(c.err) {
		c.check(c.in.end())
	}
	if c.err != nil {
		return nil, fmt.Errorf("the file is no compiled flow: %w", c.err)
	}
	if err := Check(p); err != nil {
		return nil, fmt.Errorf("the compiled flow is broken: %w", err)
	}
	if got := p.Hash(); hash != got {
		return nil, fmt.Errorf("the compiled flow was changed: it says that its hash is %s, and it is %s", shorten(hash), got)
	}
	return p, nil
}
