package ir

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxTypeDepth bounds how deep a type may nest in text, since the text may
// come from outside.
const maxTypeDepth = 200

// scalarNames are the types that are written as one word.
var scalarNames = [...]struct {
	name string
	typ  *Type
}{
	{"none", NoneType}, {"bool", BoolType}, {"int", IntType}, {"float", FloatType},
	{"string", StringType}, {"bytes", BytesType}, {"url", URLType}, {"path", PathType},
	{"date", DateType}, {"time", TimeType}, {"duration", DurationType}, {"size", SizeType},
	{"json", JSONType},
}

// generics are the types with one parameter in angle brackets.
var generics = map[string]Kind{"map": KMap, "ref": KRef, "secret": KSecret}

// Scalar returns the type that is written as one word, such as `int`, or nil.
func Scalar(name string) *Type {
	for _, s := range scalarNames {
		if s.name == name {
			return s.typ
		}
	}
	return nil
}

// String returns t as it is written in a flow, such as `[Partition; <= 2000]`,
// `ref<bytes>?`, `int(0..100)` or `{ id: string }`. An invalid type is `?`.
func (t *Type) String() string {
	if t == nil {
		return "none"
	}
	if t.Decl != nil {
		return t.Decl.Name
	}
	if t.Bound == nil {
		for _, s := range scalarNames {
			if s.typ.Kind == t.Kind {
				return s.name
			}
		}
	}
	return string(t.append(nil))
}

func (t *Type) append(dst []byte) []byte {
	switch {
	case t == nil:
		return append(dst, "none"...)
	case t.Decl != nil:
		return append(dst, t.Decl.Name...)
	}
	switch t.Kind {
	case KList:
		dst = t.Elem.append(append(dst, '['))
		if t.Bound != nil {
			dst = t.Bound.append(append(dst, "; "...))
		}
		return append(dst, ']')
	case KMap:
		return append(t.Elem.append(append(dst, "map<"...)), '>')
	case KRef:
		return append(t.Elem.append(append(dst, "ref<"...)), '>')
	case KSecret:
		return append(t.Elem.append(append(dst, "secret<"...)), '>')
	case KOptional:
		return append(t.Elem.append(dst), '?')
	case KOutcome:
		return append(t.Elem.append(dst), '!')
	case KRecord, KError:
		return t.appendFields(dst)
	}
	for _, s := range scalarNames {
		if s.typ.Kind == t.Kind {
			dst = append(dst, s.name...)
			if t.Bound != nil {
				dst = append(t.Bound.append(append(dst, '(')), ')')
			}
			return dst
		}
	}
	return append(dst, '?')
}

func (t *Type) appendFields(dst []byte) []byte {
	if len(t.Fields) == 0 {
		return append(dst, "{}"...)
	}
	dst = append(dst, "{ "...)
	for i, f := range t.Fields {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(append(dst, f.Name...), ": "...)
		dst = f.Type.append(dst)
	}
	return append(dst, " }"...)
}

// String returns b as it is written in a type: `0..100`, `<= 5`, `>= 1`.
func (b *Bound) String() string { return string(b.append(nil)) }

func (b *Bound) append(dst []byte) []byte {
	switch {
	case b.Min != nil && b.Max != nil:
		dst = append(strconv.AppendInt(dst, *b.Min, 10), ".."...)
		return strconv.AppendInt(dst, *b.Max, 10)
	case b.Max != nil:
		return strconv.AppendInt(append(dst, "<= "...), *b.Max, 10)
	case b.Min != nil:
		return strconv.AppendInt(append(dst, ">= "...), *b.Min, 10)
	}
	return append(dst, "<= 9223372036854775807"...)
}

// ParseType reads a type in the form that [Type.String] gives. Names that are
// no scalars are looked up with decl, which returns nil for an unknown one.
func ParseType(text string, decl func(name string) *TypeDecl) (*Type, error) {
	p := typeParser{src: text, decl: decl}
	t := p.typ(0)
	p.space()
	if p.err == nil && p.pos < len(p.src) {
		p.fail("unexpected %q after the type", p.src[p.pos:])
	}
	if p.err != nil {
		return nil, fmt.Errorf("type %q: %w", text, p.err)
	}
	return t, nil
}

// typeParser is a recursive descent over the text of one type. After the first
// error it returns [Invalid] from everywhere.
type typeParser struct {
	src  string
	pos  int
	decl func(string) *TypeDecl
	err  error
}

var errTypeDepth = errors.New("nests too deep")

func (p *typeParser) fail(format string, args ...any) *Type {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	return Invalid
}

func (p *typeParser) space() {
	for p.pos < len(p.src) && p.src[p.pos] == ' ' {
		p.pos++
	}
}

// take reports whether the next token is tok, and skips it.
func (p *typeParser) take(tok string) bool {
	p.space()
	if strings.HasPrefix(p.src[p.pos:], tok) {
		p.pos += len(tok)
		return true
	}
	return false
}

func (p *typeParser) want(tok string) {
	if !p.take(tok) {
		p.fail("expected %q at %q", tok, p.src[p.pos:])
	}
}

// name reads an identifier; a dot parts a module from its name.
func (p *typeParser) name() string {
	p.space()
	start := p.pos
	for p.pos < len(p.src) && isNameByte(p.src[p.pos]) {
		p.pos++
	}
	return p.src[start:p.pos]
}

func isNameByte(c byte) bool {
	return c == '_' || c == '.' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func (p *typeParser) typ(depth int) *Type {
	if depth > maxTypeDepth {
		p.err = errTypeDepth
	}
	if p.err != nil {
		return Invalid
	}
	t := p.prefix(depth)
	for n := 0; p.err == nil; n++ {
		switch {
		case n > maxTypeDepth:
			p.err = errTypeDepth
		case p.take("?"):
			if t.Kind == KOptional || t.Kind == KNone {
				return p.fail("%s? says nothing more than %s", t, t)
			}
			t = OptionalOf(t)
		case p.take("!"):
			t = OutcomeOf(t)
		default:
			return t
		}
	}
	return Invalid
}

func (p *typeParser) prefix(depth int) *Type {
	switch {
	case p.take("["):
		t := ListOf(p.typ(depth + 1))
		if p.take(";") {
			t.Bound = p.bound()
		}
		p.want("]")
		return t
	case p.take("{"):
		return p.record(depth)
	}
	name := p.name()
	switch name {
	case "":
		return p.fail("expected a type at %q", p.src[p.pos:])
	case "map", "ref", "secret":
		p.want("<")
		elem := p.typ(depth + 1)
		p.want(">")
		return &Type{Kind: generics[name], Elem: elem}
	}
	if s := Scalar(name); s != nil && !p.longer() {
		return p.bounded(s)
	}
	if d := p.declared(name); d != nil {
		return &Type{Kind: d.Kind, Decl: d}
	}
	return p.fail("no type is named %q", name)
}

// afterName holds what may follow the name of a type, beside bounds.
const afterName = " ?!;]},>)"

// longer reports whether what was read is only the beginning of a name.
func (p *typeParser) longer() bool {
	return p.pos < len(p.src) && strings.IndexByte(afterName+"(", p.src[p.pos]) < 0
}

// declared returns the declared type whose name begins with what was just read,
// and skips the rest of it: the file of a module, `std/fs`, is part of the names
// of its types, and may be called as files are.
func (p *typeParser) declared(name string) *TypeDecl {
	start := p.pos - len(name)
	for end := p.pos; p.decl != nil && end <= len(p.src); end++ {
		if end < len(p.src) && strings.IndexByte(afterName, p.src[end]) < 0 {
			continue
		}
		if d := p.decl(p.src[start:end]); d != nil {
			p.pos = end
			return d
		}
	}
	return nil
}

func (p *typeParser) record(depth int) *Type {
	t := &Type{Kind: KRecord}
	for p.err == nil && !p.take("}") {
		if len(t.Fields) > 0 {
			p.want(",")
		}
		name := p.name()
		if name == "" {
			return p.fail("expected a field at %q", p.src[p.pos:])
		}
		p.want(":")
		t.Fields = append(t.Fields, Field{Name: name, Type: p.typ(depth + 1)})
	}
	return t
}

func (p *typeParser) bounded(s *Type) *Type {
	if !p.take("(") {
		return s
	}
	switch s.Kind {
	case KInt, KFloat, KSize, KString, KBytes:
	default:
		return p.fail("%s has no bounds", s)
	}
	t := &Type{Kind: s.Kind, Bound: p.bound()}
	p.want(")")
	return t
}

func (p *typeParser) bound() *Bound {
	switch {
	case p.take("<="):
		return &Bound{Max: p.number()}
	case p.take(">="):
		return &Bound{Min: p.number()}
	}
	min := p.number()
	p.want("..")
	return &Bound{Min: min, Max: p.number()}
}

func (p *typeParser) number() *int64 {
	p.space()
	start := p.pos
	if p.pos < len(p.src) && p.src[p.pos] == '-' {
		p.pos++
	}
	for p.pos < len(p.src) && '0' <= p.src[p.pos] && p.src[p.pos] <= '9' {
		p.pos++
	}
	n, err := strconv.ParseInt(p.src[start:p.pos], 10, 64)
	if err != nil {
		p.fail("%q is no bound", p.src[start:p.pos])
	}
	return &n
}
