package ir

// Identical reports whether a and b are the same type: named ones by their
// declaration, all others by structure, bounds included. Invalid is identical
// to nothing but itself.
func Identical(a, b *Type) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || a.Kind != b.Kind || a.Decl != b.Decl || !sameBound(a.Bound, b.Bound) {
		return false
	}
	if a.Decl != nil {
		return true
	}
	if (a.Elem == nil) != (b.Elem == nil) || len(a.Fields) != len(b.Fields) {
		return false
	}
	for i, f := range a.Fields {
		if f.Name != b.Fields[i].Name || !Identical(f.Type, b.Fields[i].Type) {
			return false
		}
	}
	return a.Elem == nil || Identical(a.Elem, b.Elem)
}

func sameBound(a, b *Bound) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameInt(a.Min, b.Min) && sameInt(a.Max, b.Max)
}

func sameInt(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// Assignable reports whether every value of type from can be used where to is
// wanted. Beside identical types these fit:
//
//   - anything and an invalid type, so that one mistake is reported once;
//   - int as float; T as T?; none as T?; F? as T? when F fits T;
//   - lists, maps, refs and secrets whose element fits (values are immutable);
//   - a record as a record each of whose fields it has, fitting, or which are
//     optional: records are structural in use;
//   - a named record as a union that lists it, a union as one with its members;
//   - F! as T! when F fits T. T! never fits T.
//
// Bounds do not matter: they are promises that are checked when a value comes
// from outside, so a `string` fits `string(1..64)`. A literal string fits url
// and path; only the compiler sees what is a literal, so that is not here.
func Assignable(from, to *Type) bool {
	var f fitter
	return f.fits(from, to)
}

// fitter remembers the pairs of declarations that it is comparing or has
// found to fit: types may be recursive, and a pair in progress is assumed.
type fitter struct {
	seen map[[2]*TypeDecl]bool
}

func (f *fitter) fits(from, to *Type) bool {
	if from == to {
		return true
	}
	if from == nil || to == nil {
		return false
	}
	if from.Kind == KInvalid || to.Kind == KInvalid {
		return true
	}
	switch to.Kind {
	case KOptional:
		if from.Kind == KOptional {
			return f.fits(from.Elem, to.Elem)
		}
		return from.Kind == KNone || f.fits(from, to.Elem)
	case KFloat:
		return from.Kind == KInt || from.Kind == KFloat
	case KUnion:
		return fitsUnion(from, to)
	}
	if from.Kind != to.Kind {
		return false
	}
	switch to.Kind {
	case KList, KMap, KRef, KSecret, KOutcome:
		return f.fits(from.Elem, to.Elem)
	case KRecord:
		return f.record(from, to)
	case KEnum, KError:
		return from.Decl == to.Decl
	}
	return true
}

func (f *fitter) record(from, to *Type) bool {
	if from.Decl != nil && from.Decl == to.Decl {
		return true
	}
	if from.Decl != nil && to.Decl != nil {
		pair := [2]*TypeDecl{from.Decl, to.Decl}
		if f.seen[pair] {
			return true
		}
		if f.seen == nil {
			f.seen = map[[2]*TypeDecl]bool{}
		}
		f.seen[pair] = true
	}
	has := from.RecordFields()
	for i, want := range to.RecordFields() {
		at := fieldIndex(has, want.Name, i)
		switch {
		case at < 0 && want.Type.Kind != KOptional:
			return false
		case at >= 0 && !f.fits(has[at].Type, want.Type):
			return false
		}
	}
	return true
}

func fitsUnion(from, to *Type) bool {
	switch from.Kind {
	case KRecord:
		return from.Decl != nil && member(to, from.Decl)
	case KUnion:
		if from.Decl == to.Decl {
			return true
		}
		for _, m := range from.Decl.Union {
			if !member(to, m.Decl) {
				return false
			}
		}
		return true
	}
	return false
}

// member reports whether d is one of the records that the union t lists.
func member(t *Type, d *TypeDecl) bool {
	for _, m := range t.Decl.Union {
		if m.Decl == d {
			return true
		}
	}
	return false
}

// fieldIndex returns the index of the named field, -1 if there is none. Most
// often records have their fields in the same places, hence the guess.
func fieldIndex(fields []Field, name string, guess int) int {
	if guess < len(fields) && fields[guess].Name == name {
		return guess
	}
	for i := range fields {
		if fields[i].Name == name {
			return i
		}
	}
	return -1
}
