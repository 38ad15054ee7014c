package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// field elaborates `x.name`, which may also be a member of an enum, a value of
// a module or a fact of the run.
func (x *exprEnv) field(e *lang.Field) *ir.Expr {
	if of, ok := e.X.(*lang.TypeName); ok {
		return x.enumMember(e, of)
	}
	if from := x.moduleOf(e.X); from != nil {
		return x.imported(e, from)
	}
	if g, ok := x.context(e); ok {
		return g
	}
	of := x.infer(e.X, nil)
	if bad(of) || e.Name.Name == "" {
		return invalidExpr
	}
	op, typ := ir.OpField, (*ir.Type)(nil)
	switch t := of.Type; t.Kind {
	case ir.KRecord, ir.KError:
		if i := x.c.fieldNamed(t, e.Name.Name, 0); i >= 0 {
			typ = t.RecordFields()[i].Type
		}
	case ir.KOutcome:
		if typ = outcomeField(t, e.Name.Name); typ == nil && x.c.hasField(t.Elem, e.Name.Name) {
			return x.errMissing(of, t.Elem, e.X, nil)
		}
	case ir.KOptional:
		return x.errMissing(of, t.Elem, e.X, nil)
	case ir.KList:
		op, typ = ir.OpFields, outcomesField(t.Elem, e.Name.Name)
	case ir.KRef:
		typ = refFields[e.Name.Name]
	case ir.KJSON:
		return x.errJSON(e)
	case ir.KSecret:
		return x.errSecretUsed(e.X, t)
	}
	if typ == nil {
		return x.errUnknownField(e, of)
	}
	if typ.Kind == ir.KInvalid {
		return invalidExpr
	}
	return &ir.Expr{Op: op, Type: x.narrowedField(typ, e), Args: []*ir.Expr{of}, Name: e.Name.Name, At: x.at(e.Name)}
}

// narrowedField returns what is known of the type of the field e, which is
// declared as typ. A fact of a condition that cannot hold here is none.
func (x *exprEnv) narrowedField(typ *ir.Type, e *lang.Field) *ir.Type {
	if len(x.facts) == 0 || typ.Kind != ir.KOptional && typ.Kind != ir.KUnion {
		return typ
	}
	if at := x.spot(e); at.sym != nil {
		if known := x.known(at); known != nil && ir.Assignable(known, typ) {
			return known
		}
	}
	return typ
}

// wideTypes says where the fields of large records, and the members of enums,
// are.
type wideTypes map[*ir.TypeDecl]map[string]int

// fieldNamed returns the index of the named field of a record, -1 if there is
// none. Most often fields are written in the order of their declaration, hence
// the guess.
func (c *checker) fieldNamed(t *ir.Type, name string, guess int) int {
	const few = 16
	fields := t.RecordFields()
	if guess < len(fields) && fields[guess].Name == name {
		return guess
	}
	if len(fields) > few && t.Decl != nil {
		return c.place(t.Decl, name)
	}
	for i := range fields {
		if fields[i].Name == name {
			return i
		}
	}
	return -1
}

// place returns the index of a field or member of d, -1 if there is none.
func (c *checker) place(d *ir.TypeDecl, name string) int {
	places := c.wide[d]
	if places == nil {
		places = make(map[string]int, len(d.Fields)+len(d.Members))
		for i, f := range d.Fields {
			places[f.Name] = i
		}
		for i, m := range d.Members {
			places[m] = i
		}
		if c.wide == nil {
			c.wide = wideTypes{}
		}
		c.wide[d] = places
	}
	if i, ok := places[name]; ok {
		return i
	}
	return -1
}

// refFields are what is known of a value that is kept elsewhere.
var refFields = map[string]*ir.Type{"key": ir.StringType, "sha256": ir.StringType, "size": ir.SizeType}

// outcomeField returns the type of a field of the outcome t, nil if it has
// none of that name.
func outcomeField(t *ir.Type, name string) *ir.Type {
	switch name {
	case "status":
		return ir.StringType
	case "value":
		if t.Elem.Kind == ir.KNone {
			return nil
		}
		return ir.OptionalOf(t.Elem)
	case "error":
		return ir.OptionalOf(ir.FailureType)
	}
	return nil
}

// outcomesField returns the type of a field of a list with elements of type
// elem, nil if it has none of that name.
func outcomesField(elem *ir.Type, name string) *ir.Type {
	if elem.Kind != ir.KOutcome {
		return nil
	}
	switch {
	case name == "succeeded" && elem.Elem.Kind != ir.KNone:
		return ir.ListOf(elem.Elem)
	case name == "failed":
		return ir.ListOf(ir.FailureType)
	}
	return nil
}

// hasField reports whether `.name` means something for a value of type t.
func (c *checker) hasField(t *ir.Type, name string) bool {
	switch t.Kind {
	case ir.KRecord, ir.KError:
		return c.fieldNamed(t, name, 0) >= 0
	case ir.KList:
		return outcomesField(t.Elem, name) != nil
	case ir.KOptional:
		return c.hasField(t.Elem, name)
	}
	return false
}

// index elaborates `x[i]` of a list, a map or a string.
func (x *exprEnv) index(e *lang.Index) *ir.Expr {
	of := x.infer(e.X, nil)
	key := ir.IntType
	var typ *ir.Type
	switch t := of.Type; t.Kind {
	case ir.KInvalid:
		x.infer(e.I, nil)
		return of
	case ir.KList:
		typ = t.Elem
	case ir.KMap:
		typ, key = t.Elem, ir.StringType
	case ir.KString:
		typ = ir.StringType
	case ir.KOptional, ir.KOutcome:
		return x.errMissing(of, t.Elem, e.X, nil)
	case ir.KJSON:
		return x.errJSONIndex(e)
	case ir.KSecret:
		return x.errSecretUsed(e.X, t)
	default:
		return x.errNoIndex(e, t)
	}
	i := x.expr(e.I, key)
	if bad(i) {
		return i
	}
	return &ir.Expr{Op: ir.OpIndex, Type: typ, Args: []*ir.Expr{of, i}, At: x.at(e)}
}

// optional elaborates `x?`: an outcome as an optional.
func (x *exprEnv) optional(e *lang.Optional) *ir.Expr {
	of := x.infer(e.X, nil)
	switch t := of.Type; {
	case bad(of):
		return of
	case t.Kind != ir.KOutcome || t.Elem.Kind == ir.KNone:
		return x.errNeedlessMark(e, t)
	default:
		return &ir.Expr{Op: ir.OpOptional, Type: ir.OptionalOf(t.Elem), Args: []*ir.Expr{of}, At: x.at(e)}
	}
}

// as elaborates `x as T`: json as what it is expected to be, a union as one of
// its members, a value as one of a narrower bound. What fits anyway is only
// seen as T.
func (x *exprEnv) as(e *lang.As) *ir.Expr {
	typ := x.c.typ(x.mod, e.Type)
	of := x.infer(e.X, typ)
	if bad(of) || typ.Kind == ir.KInvalid {
		return invalidExpr
	}
	t := of.Type
	switch {
	case isSecret(t) && !isSecret(typ):
		return x.errSecretUsed(e.X, t)
	case t.Kind == ir.KJSON && isData(typ):
	case t.Kind == ir.KUnion && typ.Kind == ir.KRecord && ir.Assignable(typ, t):
	case t.Kind == ir.KOptional && t.Elem.Kind == ir.KJSON, t.Kind == ir.KOutcome:
		return x.errMissing(of, t.Elem, e.X, nil)
	case ir.Assignable(t, typ):
		if plain(typ).Bound == nil {
			return convert(of, typ)
		}
	default:
		return x.errAs(e, t, typ)
	}
	return &ir.Expr{Op: ir.OpAs, Type: typ, Args: []*ir.Expr{of}, At: x.at(e)}
}

// isData reports whether t can be what a JSON document holds.
func isData(t *ir.Type) bool {
	switch t.Kind {
	case ir.KError, ir.KSecret, ir.KOutcome, ir.KNone:
		return false
	case ir.KList, ir.KMap, ir.KOptional:
		return isData(t.Elem)
	}
	return true
}
