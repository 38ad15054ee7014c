package stdlib

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

// Function is one signature of a function of the library.
type Function struct {
	Name     string // `len`, `json.encode`
	Params   []Param
	Result   *SigType
	Doc      string   // one sentence or two
	Examples []string // conditions in flow syntax that hold
	Context  bool     // it depends on the event or the node, so that it is no constant

	bind func(Binding) (eval.Func, error)
}

// Param is a parameter of a [Function].
type Param struct {
	Name string
	Type *SigType
}

// SigType is a type in a signature, which may hold variables.
//
//	Var | Lambda: From -> To | Kind with Elem | Record: Names, Fields | Type
type SigType struct {
	Var      string // "T"
	From, To *SigType
	Kind     ir.Kind // KList, KMap, KOptional
	Elem     *SigType
	Names    []string // of a record's fields
	Fields   []*SigType
	Type     *ir.Type // without variables
}

// IsLambda reports whether t takes a lambda.
func (t *SigType) IsLambda() bool { return t.From != nil }

// String returns t as it is written in a signature.
func (t *SigType) String() string {
	switch {
	case t.Var != "":
		return t.Var
	case t.From != nil:
		return t.From.String() + " -> " + t.To.String()
	case t.Fields != nil:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = t.Names[i] + ": " + f.String()
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case t.Kind == ir.KList:
		return "[" + t.Elem.String() + "]"
	case t.Kind == ir.KMap:
		return "map<" + t.Elem.String() + ">"
	case t.Kind == ir.KOptional:
		return t.Elem.String() + "?"
	}
	return t.Type.String()
}

// String returns the signature, such as `len(xs: [T]) -> int`.
func (f *Function) String() string {
	var b strings.Builder
	b.WriteString(f.Name + "(")
	for i, p := range f.Params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Name + ": " + p.Type.String())
	}
	b.WriteString(") -> " + f.Result.String())
	return b.String()
}

// entry is a row of a topic's table.
type entry struct {
	sig      string
	doc      string
	examples []string
	call     eval.Func                        // what it does, or
	bind     func(Binding) (eval.Func, error) // what it does depends on the types or constants of the call
	context  bool
}

// Binding is what is known of a call before it runs.
type Binding struct {
	Args   []*ir.Type // of a lambda, the type of its result
	Result *ir.Type
	Consts []ir.Value // nil where not known
}

// build reads the tables. A mistake in one is ours, and found by every test.
func build(tables ...[]entry) (all []*Function, byName map[string][]*Function) {
	byName = map[string][]*Function{}
	for _, table := range tables {
		for _, e := range table {
			f := parseSignature(e.sig)
			f.Doc, f.Examples, f.Context, f.bind = e.doc, e.examples, e.context, e.bind
			if call := e.call; call != nil {
				f.bind = func(Binding) (eval.Func, error) { return call, nil }
			}
			all = append(all, f)
			byName[f.Name] = append(byName[f.Name], f)
		}
	}
	slices.SortStableFunc(all, func(a, b *Function) int { return strings.Compare(a.Name, b.Name) })
	return all, byName
}

// parseSignature reads `name(a: T, b: T -> U) -> R`.
func parseSignature(text string) *Function {
	p := sigParser{text}
	f := &Function{Name: p.word()}
	p.want("(")
	for !p.take(")") {
		if len(f.Params) > 0 {
			p.want(",")
		}
		name := p.word()
		p.want(":")
		f.Params = append(f.Params, Param{Name: name, Type: p.lambda()})
	}
	p.want("->")
	f.Result = p.typ()
	if p.rest != "" {
		panic(fmt.Sprintf("stdlib: %q follows the signature %q", p.rest, text))
	}
	return f
}

// sigParser holds what is left of a signature.
type sigParser struct{ rest string }

func (p *sigParser) take(tok string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(p.rest, " "), tok)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *sigParser) want(tok string) {
	if !p.take(tok) {
		panic(fmt.Sprintf("stdlib: expected %q at %q in a signature", tok, p.rest))
	}
}

func (p *sigParser) word() string {
	p.rest = strings.TrimLeft(p.rest, " ")
	n := strings.IndexAny(p.rest, "(): ,?<>[]{}")
	if n < 0 {
		n = len(p.rest)
	}
	word := p.rest[:n]
	p.rest = p.rest[n:]
	return word
}

func (p *sigParser) lambda() *SigType {
	t := p.typ()
	if p.take("->") {
		return &SigType{From: t, To: p.typ()}
	}
	return t
}

func (p *sigParser) typ() *SigType {
	t := p.prefix()
	if p.take("?") {
		t = &SigType{Kind: ir.KOptional, Elem: t}
	}
	return t
}

func (p *sigParser) prefix() *SigType {
	switch {
	case p.take("["):
		t := &SigType{Kind: ir.KList, Elem: p.typ()}
		p.want("]")
		return t
	case p.take("map<"):
		t := &SigType{Kind: ir.KMap, Elem: p.typ()}
		p.want(">")
		return t
	case p.take("{"):
		t := &SigType{Kind: ir.KRecord}
		for !p.take("}") {
			if len(t.Fields) > 0 {
				p.want(",")
			}
			t.Names = append(t.Names, p.word())
			p.want(":")
			t.Fields = append(t.Fields, p.typ())
		}
		return t
	}
	word := p.word()
	if s := ir.Scalar(word); s != nil {
		return &SigType{Kind: s.Kind, Type: s}
	}
	if len(word) != 1 {
		panic(fmt.Sprintf("stdlib: %q is no type in a signature", word))
	}
	return &SigType{Var: word}
}
