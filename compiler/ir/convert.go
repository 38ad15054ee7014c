package ir

import "unicode/utf8"

// Shapes lets records made one after the other share their names. The zero
// value is ready; it is not for use by several goroutines at once.
type Shapes struct{ of shapes }

// Names returns the names of the fields of t, a record or error.
func (s *Shapes) Names(t *Type) []string { return s.of.names(t) }

// Converts reports whether a value of type from has to be rebuilt to be one of
// type to, which it fits (see [Assignable]): an int becomes a float, a record
// one of the declaration that is wanted. Most uses convert nothing.
func Converts(from, to *Type) bool {
	c := converter{}
	return c.needs(from, to)
}

// Convert returns v, of type from, as a value of type to, which from fits or
// which is json. It is linear in the size of v; parts that need no conversion
// are shared.
func Convert(v Value, from, to *Type) (Value, error) {
	c := converter{}
	return c.convert(v, from, to)
}

// converter lets the records that it makes share their names.
type converter struct{ shapes shapes }

func (c *converter) needs(from, to *Type) bool {
	if from == to || from == nil || to == nil || from.Kind == KInvalid || from.Kind == KNone {
		return false
	}
	if to.Kind == KOptional {
		if from.Kind == KOptional {
			return c.needs(from.Elem, to.Elem)
		}
		return c.needs(from, to.Elem)
	}
	if from.Kind == KOptional {
		return c.needs(from.Elem, to)
	}
	switch to.Kind {
	case KFloat:
		return from.Kind == KInt
	case KJSON:
		return from.Kind != KJSON
	case KList, KMap, KOutcome:
		return from.Kind == to.Kind && c.needs(from.Elem, to.Elem)
	case KRecord:
		return from.Kind == KRecord && c.needsRecord(from, to)
	}
	return false
}

func (c *converter) needsRecord(from, to *Type) bool {
	if from.Decl != to.Decl {
		return true
	}
	if from.Decl != nil {
		return false // the same declaration, so the same fields
	}
	if len(from.Fields) != len(to.Fields) {
		return true
	}
	for i, f := range from.Fields {
		if f.Name != to.Fields[i].Name || c.needs(f.Type, to.Fields[i].Type) {
			return true
		}
	}
	return false
}

func (c *converter) convert(v Value, from, to *Type) (Value, error) {
	if v == nil {
		v = None{}
	}
	if !c.needs(from, to) {
		return v, nil
	}
	if to.Kind == KJSON {
		doc, err := Encode(v, from)
		return JSON(doc), err
	}
	if _, none := v.(None); none {
		return v, nil
	}
	for from.Kind == KOptional {
		from = from.Elem
	}
	for to.Kind == KOptional {
		to = to.Elem
	}
	switch v := v.(type) {
	case Int:
		if to.Kind == KFloat {
			return Float(v), nil
		}
	case List:
		out := make(List, len(v))
		for i, e := range v {
			var err error
			if out[i], err = c.convert(e, from.Elem, to.Elem); err != nil {
				return nil, within(indexStep(i), err)
			}
		}
		return out, nil
	case *Map:
		values := make([]Value, len(v.Values))
		for i, e := range v.Values {
			var err error
			if values[i], err = c.convert(e, from.Elem, to.Elem); err != nil {
				return nil, within(keyStep(v.Keys[i]), err)
			}
		}
		return &Map{Keys: v.Keys, Values: values, index: v.index}, nil
	case *Outcome:
		out := *v
		var err error
		if v.Value != nil {
			out.Value, err = c.convert(v.Value, from.Elem, to.Elem)
		}
		return &out, err
	case *Record:
		return c.convertRecord(v, from, to)
	}
	return v, nil
}

func (c *converter) convertRecord(r *Record, from, to *Type) (Value, error) {
	has, wants := from.RecordFields(), to.RecordFields()
	out := &Record{Decl: to.Decl, Names: c.shapes.names(to), Values: make([]Value, len(wants))}
	for i, f := range wants {
		out.Values[i] = None{}
		at := fieldIndex(has, f.Name, i)
		v, ok := r.Get(f.Name)
		if at < 0 || !ok {
			continue
		}
		var err error
		if out.Values[i], err = c.convert(v, has[at].Type, f.Type); err != nil {
			return nil, within(f.Name, err)
		}
	}
	return out, nil
}

// As returns v, of type from, as a value of type to, which it may or may not
// fit: `v as T`. Documents are read as their JSON form would be, and other
// fields are ignored; of the rest, unions are narrowed, optionals must not be
// none, and bounds are checked. Everything but a secret can be seen as json.
func As(v Value, from, to *Type) (Value, error) {
	if v == nil {
		v = None{}
	}
	if doc, ok := v.(JSON); ok && to.Kind != KJSON {
		return Decode([]byte(doc), to, IgnoreUnknown)
	}
	for from.Kind == KOptional && to.Kind != KOptional && to.Kind != KJSON {
		if _, none := v.(None); none {
			return nil, misfit("expected %s, found none", to)
		}
		from = from.Elem
	}
	switch to.Kind {
	case KJSON:
		return Convert(v, from, to)
	case KOptional:
		if _, none := v.(None); none {
			return v, nil
		}
		for from.Kind == KOptional {
			from = from.Elem
		}
		return As(v, from, to.Elem)
	case KRecord:
		if from.Kind == KUnion {
			r, ok := v.(*Record)
			if !ok || r.Decl == nil {
				return nil, misfit("expected %s, found %s", to, Describe(v))
			}
			from = &Type{Kind: KRecord, Decl: r.Decl}
			if to.Decl != nil && to.Decl != r.Decl {
				return nil, misfit("expected %s, found %s", to, Describe(v))
			}
		}
	case KUnion:
		if r, ok := v.(*Record); ok && r.Decl != nil && member(to, r.Decl) {
			return v, nil
		}
		return nil, misfit("expected %s, found %s", to, Describe(v))
	case KList:
		if list, ok := v.(List); ok && from.Kind == KList {
			return asList(list, from, to)
		}
	}
	if from.Kind == KString && (to.Kind == KURL || to.Kind == KPath) || to.Kind == KString && (from.Kind == KURL || from.Kind == KPath || from.Kind == KEnum) {
		return v, bounded(v, to)
	}
	if !Assignable(from, to) {
		return nil, misfit("expected %s, found %s", to, Describe(v))
	}
	out, err := Convert(v, from, to)
	if err != nil {
		return nil, err
	}
	return out, bounded(out, to)
}

func asList(list List, from, to *Type) (Value, error) {
	out := make(List, len(list))
	for i, e := range list {
		var err error
		if out[i], err = As(e, from.Elem, to.Elem); err != nil {
			return nil, within(indexStep(i), err)
		}
	}
	return out, bounded(out, to)
}

// bounded checks v, but not what is inside of it, against the bound of t.
func bounded(v Value, t *Type) error {
	if t.Bound == nil {
		return nil
	}
	ok, found := true, ""
	switch v := v.(type) {
	case Int:
		ok, found = t.Bound.holds(int64(v)), Text(v)
	case Size:
		ok, found = t.Bound.holds(int64(v)), Text(v)
	case Float:
		ok, found = t.Bound.holdsFloat(float64(v)), Text(v)
	case String:
		n := Int(utf8.RuneCountInString(string(v)))
		ok, found = t.Bound.holds(int64(n)), "a string of "+Text(n)+" characters"
	case Bytes:
		ok, found = t.Bound.holds(int64(len(v))), Text(Int(len(v)))+" bytes"
	case List:
		ok, found = t.Bound.holds(int64(len(v))), "a list of "+Text(Int(len(v)))
	}
	if !ok {
		return misfit("expected %s, found %s", t, found)
	}
	return nil
}
