package compiler

import (
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// recordLit elaborates `Row { clean, geo: geo? }`.
func (x *exprEnv) recordLit(e *lang.RecordLit) *ir.Expr {
	sym := x.typeSymbol(&e.Type)
	if sym == nil {
		x.visit(e.Fields)
		return invalidExpr
	}
	typ := x.c.named(sym)
	switch typ.Kind {
	case ir.KInvalid:
		x.visit(e.Fields)
		return invalidExpr
	case ir.KRecord, ir.KError:
		return x.record(e, typ, e.Fields)
	}
	return x.errNotARecord(e, sym, typ)
}

// visit elaborates the fields of a record of which nothing is known, for what
// they use and for their own mistakes.
func (x *exprEnv) visit(fields []lang.FieldInit) {
	for i := range fields {
		x.infer(fields[i].Value, nil)
	}
}

// record elaborates a value of the record or error typ.
func (x *exprEnv) record(at lang.Expr, typ *ir.Type, inits []lang.FieldInit) *ir.Expr {
	fields := typ.RecordFields()
	given := make([]*ir.Expr, len(fields))
	g := &ir.Expr{Op: ir.OpRecord, Type: typ, At: x.at(at),
		Args: make([]*ir.Expr, 0, len(fields)), Names: make([]string, 0, len(fields))}
	ok := true
	for i := range inits {
		init := &inits[i]
		at := x.c.fieldNamed(typ, init.Name.Name, i)
		switch {
		case init.Name.Name == "":
			ok = false // reported by the parser
			continue
		case at < 0:
			x.infer(init.Value, nil)
			x.errNoSuchField(init, typ)
			ok = false
			continue
		case given[at] != nil:
			x.errFieldTwice(init)
			ok = false
			continue
		}
		s := site{}
		if init.Short {
			s.short = init.Name.Name
		}
		v := x.fit(x.infer(init.Value, fields[at].Type), fields[at].Type, init.Value, &s)
		ok = ok && !bad(v)
		given[at] = v
	}
	var missing []string
	for i, v := range given {
		switch {
		case v != nil:
			g.Args, g.Names = append(g.Args, v), append(g.Names, fields[i].Name)
		case fields[i].Type.Kind != ir.KOptional && fields[i].Type.Kind != ir.KInvalid:
			missing = append(missing, fields[i].Name)
		}
	}
	if len(missing) > 0 && ok {
		return x.errMissingFields(at, typ, missing)
	}
	if !ok || len(missing) > 0 {
		return invalidExpr
	}
	return g
}

// mapLit elaborates `{ … }`: a map where one is expected or where the keys are
// strings, else a record.
func (x *exprEnv) mapLit(e *lang.MapLit, hint *ir.Type) *ir.Expr {
	h := plain(hint)
	if h != nil && h.Kind == ir.KMap {
		return x.mapOf(e, h.Elem)
	}
	named := h != nil && h.Kind == ir.KRecord
	for i := range e.Entries {
		if _, ok := e.Entries[i].Key.(*lang.Name); !ok {
			return x.mapOf(e, nil)
		}
	}
	if len(e.Entries) == 0 && !named {
		return x.mapOf(e, nil)
	}
	inits := make([]lang.FieldInit, len(e.Entries))
	for i := range e.Entries {
		entry := &e.Entries[i]
		key := entry.Key.(*lang.Name)
		inits[i] = lang.FieldInit{Range: entry.Range, Name: lang.Ident{Range: key.Range, Name: key.Name}, Value: entry.Value, Short: entry.Short}
	}
	if named {
		return x.record(e, h, inits)
	}
	return x.nameless(e, inits)
}

// nameless elaborates a record whose type is what it holds.
func (x *exprEnv) nameless(e *lang.MapLit, inits []lang.FieldInit) *ir.Expr {
	typ := &ir.Type{Kind: ir.KRecord}
	g := &ir.Expr{Op: ir.OpRecord, Type: typ, At: x.at(e)}
	first, ok := firsts{}, true
	for i := range inits {
		name := inits[i].Name
		v := x.infer(inits[i].Value, nil)
		if _, again := first.see(name); again {
			x.errFieldTwice(&inits[i])
			ok = false
		}
		ok = ok && !bad(v)
		typ.Fields = append(typ.Fields, ir.Field{Name: name.Name, Type: v.Type})
		g.Names = append(g.Names, name.Name)
		g.Args = append(g.Args, v)
	}
	if !ok {
		return invalidExpr
	}
	return g
}

// mapOf elaborates a map with values of type elem, nil if nothing is expected.
func (x *exprEnv) mapOf(e *lang.MapLit, elem *ir.Type) *ir.Expr {
	g := &ir.Expr{Op: ir.OpMap, At: x.at(e), Args: make([]*ir.Expr, 0, len(e.Entries)), Names: make([]string, 0, len(e.Entries))}
	first, ok := firsts{}, true
	at := make([]lang.Expr, 0, len(e.Entries))
	for i := range e.Entries {
		entry := &e.Entries[i]
		key, isKey := x.mapKey(entry)
		if isKey {
			if _, again := first.see(lang.Ident{Range: entry.Key.Span(), Name: key}); again {
				x.errKeyTwice(entry, key)
				isKey = false
			}
		}
		v := x.fit(x.infer(entry.Value, elem), elem, entry.Value, nil)
		ok = ok && isKey && !bad(v)
		g.Args, g.Names = append(g.Args, v), append(g.Names, key)
		at = append(at, entry.Value)
	}
	if !ok {
		return invalidExpr
	}
	if elem == nil {
		if elem = x.unify(g.Args, at); elem == nil {
			return invalidExpr
		}
	}
	g.Type = ir.MapOf(elem)
	return g
}

// mapKey returns the text of a key, which must be known.
func (x *exprEnv) mapKey(entry *lang.MapEntry) (key string, ok bool) {
	if s, isString := entry.Key.(*lang.StringLit); isString {
		if text, constant := s.Constant(); constant {
			return text, true
		}
	}
	x.errMapKey(entry)
	return "", false
}

// listLit elaborates `[a, b]`.
func (x *exprEnv) listLit(e *lang.ListLit, hint *ir.Type) *ir.Expr {
	var elem *ir.Type
	if h := plain(hint); h != nil && h.Kind == ir.KList {
		elem = h.Elem
	}
	g := &ir.Expr{Op: ir.OpList, At: x.at(e), Args: make([]*ir.Expr, 0, len(e.Elems))}
	ok := true
	for _, v := range e.Elems {
		arg := x.fit(x.infer(v, elem), elem, v, nil)
		ok = ok && !bad(arg)
		g.Args = append(g.Args, arg)
	}
	if !ok {
		return invalidExpr
	}
	if elem == nil {
		if elem = x.unify(g.Args, e.Elems); elem == nil {
			return invalidExpr
		}
	}
	g.Type = ir.ListOf(elem)
	return g
}

// unify converts args to the one type that they all have, and returns it; nil
// when it has reported that there is none.
func (x *exprEnv) unify(args []*ir.Expr, at []lang.Expr) *ir.Type {
	typ := emptyElem
	for i, a := range args {
		if i == 0 {
			typ = a.Type
			continue
		}
		joined := join(typ, a.Type)
		if joined == nil {
			x.errNoCommonType(at[i], a, at[0], typ)
			return nil
		}
		typ = joined
	}
	for i, a := range args {
		args[i] = convert(a, typ)
	}
	return typ
}

// comprehension elaborates `[for x in list if cond: value]`.
func (x *exprEnv) comprehension(e *lang.Comprehension, hint *ir.Type) *ir.Expr {
	list := x.infer(e.List, nil)
	item := ir.Invalid
	switch {
	case list.Type.Kind == ir.KList:
		item = list.Type.Elem
	case bad(list):
	case list.Type.Kind == ir.KOptional || list.Type.Kind == ir.KOutcome:
		list = x.errMissing(list, ir.ListOf(ir.Invalid), e.List, nil)
	default:
		list = x.errNotAList(e.List, list.Type)
	}
	y, _ := x.inner(e.Item, item)
	g := &ir.Expr{Op: ir.OpComprehension, At: x.at(e), Args: []*ir.Expr{list, nil, nil}}
	if e.Cond != nil {
		cond, facts, _ := y.cond(e.Cond)
		g.Args[1] = cond
		y = y.with(facts)
		if bad(cond) {
			list = invalidExpr
		}
	}
	var elem *ir.Type
	if h := plain(hint); h != nil && h.Kind == ir.KList {
		elem = h.Elem
	}
	value := y.fit(y.infer(e.Value, elem), elem, e.Value, nil)
	if bad(list) || bad(value) {
		return invalidExpr
	}
	if elem == nil {
		elem = value.Type
	}
	g.Args[2], g.Type = value, ir.ListOf(elem)
	return g
}
