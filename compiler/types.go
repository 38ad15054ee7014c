package compiler

import (
	"math"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// unique returns the name in the program of what m declares as name.
func (m *module) unique(name string) string {
	if m.name == "" {
		return name
	}
	return m.name + "." + name
}

// typ resolves a type as written in m. What is wrong with it is reported, and
// gives the invalid type.
func (c *checker) typ(m *module, t lang.TypeExpr) *ir.Type {
	switch t := t.(type) {
	case nil:
		return ir.Invalid
	case *lang.NamedType:
		return c.namedType(m, t)
	case *lang.ListType:
		elem := c.typ(m, t.Elem)
		if elem.Kind == ir.KInvalid {
			return elem
		}
		list := ir.ListOf(elem)
		if t.Bound != nil {
			list.Bound = c.bound(m, t.Bound, ir.IntType, true)
		}
		return list
	case *lang.RecordType:
		fields, ok := c.fields(m, t)
		if !ok {
			return ir.Invalid
		}
		return &ir.Type{Kind: ir.KRecord, Fields: fields}
	case *lang.SuffixType:
		elem := c.typ(m, t.Elem)
		if t.Outcome {
			return ir.OutcomeOf(elem)
		}
		return ir.OptionalOf(elem)
	}
	return ir.Invalid // *lang.BadType: reported by the parser
}

// generic is a predeclared type with a parameter.
var generic = map[string]func(elem *ir.Type) *ir.Type{
	"map":    ir.MapOf,
	"ref":    func(t *ir.Type) *ir.Type { return &ir.Type{Kind: ir.KRef, Elem: t} },
	"secret": func(t *ir.Type) *ir.Type { return &ir.Type{Kind: ir.KSecret, Elem: t} },
}

func (c *checker) namedType(m *module, t *lang.NamedType) *ir.Type {
	name := t.Name.Name
	if make := generic[name]; t.Module == nil && make != nil {
		if t.Arg == nil {
			return c.errTypeArgument(m, t, true)
		}
		elem := c.typ(m, t.Arg)
		if elem.Kind == ir.KInvalid {
			return elem
		}
		return make(elem)
	}
	typ := c.plainType(m, t)
	if typ.Kind == ir.KInvalid {
		return typ
	}
	if t.Arg != nil {
		return c.errTypeArgument(m, t, false)
	}
	if t.Bound == nil {
		return typ
	}
	switch typ.Kind {
	case ir.KInt, ir.KFloat:
		return bounded(typ, c.bound(m, t.Bound, ir.IntType, false))
	case ir.KSize:
		return bounded(typ, c.bound(m, t.Bound, ir.SizeType, false))
	case ir.KString, ir.KBytes:
		return bounded(typ, c.bound(m, t.Bound, ir.IntType, true))
	}
	return c.errNoBound(m, t, typ)
}

// plainType returns the type that a name stands for, without its bound.
func (c *checker) plainType(m *module, t *lang.NamedType) *ir.Type {
	if t.Module == nil {
		if typ := ir.Scalar(t.Name.Name); typ != nil && typ.Kind != ir.KNone {
			return typ
		}
	}
	sym := c.typeNamed(m, t.Module, t.Name)
	if sym == nil {
		return ir.Invalid
	}
	typ := c.named(sym)
	if typ.Kind == ir.KError {
		return c.errErrorAsType(m, t)
	}
	return typ
}

// failureSymbol stands for the predeclared record.
var failureSymbol = &typeSymbol{name: lang.Ident{Name: "Failure"}, typ: ir.FailureType}

// typeNamed returns the type, enum or error that a name stands for in m, nil
// when it has reported that there is none.
func (c *checker) typeNamed(m *module, module *lang.Ident, name lang.Ident) *typeSymbol {
	from := c.through(m, module)
	if from == nil {
		return nil
	}
	sym := from.types[name.Name]
	switch {
	case sym != nil:
		sym.used = true
		return sym
	case name.Name == "Failure" && module == nil:
		return failureSymbol
	}
	c.errUnknownType(m, from, name)
	return nil
}

// bounded returns typ with a bound, which may be nil.
func bounded(typ *ir.Type, b *ir.Bound) *ir.Type {
	if b == nil {
		return typ
	}
	return &ir.Type{Kind: typ.Kind, Bound: b}
}

// bound evaluates a bound; nil when something is wrong with it. The bound of a
// length cannot be negative.
func (c *checker) bound(m *module, b *lang.Bound, of *ir.Type, length bool) *ir.Bound {
	lo, okLo := c.boundEnd(m, b.Lo, of)
	hi, okHi := c.boundEnd(m, b.Hi, of)
	if !okLo || !okHi {
		return nil
	}
	r := &ir.Bound{}
	empty := false
	switch b.Op {
	case lang.OpRange:
		r.Min, r.Max = &lo, &hi
	case lang.OpLe:
		r.Max = &hi
	case lang.OpLt:
		less := hi - 1
		r.Max = &less
		empty = hi == math.MinInt64
	case lang.OpGe:
		r.Min = &hi
	case lang.OpGt:
		more := hi + 1
		r.Min = &more
		empty = hi == math.MaxInt64
	default:
		r.Min, r.Max = &hi, &hi
	}
	if empty || r.Min != nil && r.Max != nil && *r.Min > *r.Max || length && r.Max != nil && *r.Max < 0 {
		c.errEmptyBound(m, b)
		return nil
	}
	return r
}

func (c *checker) boundEnd(m *module, e lang.Expr, of *ir.Type) (n int64, ok bool) {
	if e == nil {
		return 0, true
	}
	env := exprEnv{c: c, mod: m}
	v, ok := env.constant(e, of)
	switch v := v.(type) {
	case ir.Int:
		return int64(v), ok
	case ir.Size:
		return int64(v), ok
	}
	return 0, false
}

// fields resolves the fields of a record; ok is false when some have no valid
// type or no name of their own.
func (c *checker) fields(m *module, t *lang.RecordType) (fields []ir.Field, ok bool) {
	fields, ok = make([]ir.Field, 0, len(t.Fields)), true
	first := firsts{}
	for _, f := range t.Fields {
		typ := c.typ(m, f.Type)
		if before, again := first.see(f.Name); again {
			c.errSecondMember(m, "field", before, f.Name)
			ok = false
			continue
		}
		ok = ok && typ.Kind != ir.KInvalid
		fields = append(fields, ir.Field{Name: f.Name.Name, Type: typ})
	}
	return fields, ok
}

// firsts finds names that come twice. Few names are compared, many are looked
// up.
type firsts struct {
	few  []lang.Ident
	many map[string]lang.Ident
}

// see returns the earlier ident of the same name, if there was one.
func (f *firsts) see(name lang.Ident) (before lang.Ident, again bool) {
	const few = 16
	if f.many != nil {
		before, again = f.many[name.Name]
		if !again {
			f.many[name.Name] = name
		}
		return before, again
	}
	for _, n := range f.few {
		if n.Name == name.Name {
			return n, true
		}
	}
	f.few = append(f.few, name)
	if len(f.few) > few {
		f.many = make(map[string]lang.Ident, 2*few)
		for _, n := range f.few {
			f.many[n.Name] = n
		}
	}
	return before, false
}
