package ir

// Equal reports whether a and b are the same value. Equality is structural:
// fields and keys may stand in any order, a field that is absent is none, an
// int equals the float of the same value, and documents are compared by what
// they say. Records that both have a name are equal only if it is the same
// one, so that the members of a union differ.
func Equal(a, b Value) bool {
	switch a := a.(type) {
	case List:
		b, ok := b.(List)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !Equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case *Map:
		b, ok := b.(*Map)
		return ok && equalMaps(a, b)
	case *Record:
		b, ok := b.(*Record)
		return ok && equalRecords(a, b)
	case *Outcome:
		b, ok := b.(*Outcome)
		return ok && equalOutcomes(a, b)
	case *Ref:
		b, ok := b.(*Ref)
		return ok && (a == b || a != nil && b != nil && *a == *b)
	case Int:
		if f, ok := b.(Float); ok {
			return equalNumbers(a, f)
		}
	case Float:
		if i, ok := b.(Int); ok {
			return equalNumbers(i, a)
		}
	case JSON:
		if b, ok := b.(JSON); ok && a != b {
			return Equal(a.Value(), b.Value())
		}
	}
	// What is left are comparable types of the same or of different kinds.
	return simple(b) && a == b
}

// simple reports whether == of v cannot panic.
func simple(v Value) bool {
	_, list := v.(List)
	return !list
}

// equalNumbers compares exactly: a float near 2^63 is not rounded to an int.
func equalNumbers(i Int, f Float) bool {
	return f >= -1<<63 && f < 1<<63 && Float(Int(f)) == f && Int(f) == i
}

func equalMaps(a, b *Map) bool {
	if len(a.Keys) != len(b.Keys) {
		return false
	}
	if b.index == nil && len(b.Keys) > smallMap {
		b = NewMap(b.Keys, b.Values)
	}
	for i, key := range a.Keys {
		// Maps made alike have their keys in the same places.
		other := b.Values[i]
		if b.Keys[i] != key {
			var ok bool
			if other, ok = b.Get(key); !ok {
				return false
			}
		}
		if !Equal(a.Values[i], other) {
			return false
		}
	}
	return true
}

func equalRecords(a, b *Record) bool {
	if a.Decl != nil && b.Decl != nil && a.Decl != b.Decl {
		return false
	}
	return coversRecord(a, b) && coversRecord(b, a)
}

// coversRecord reports whether every field of a is the same in b.
func coversRecord(a, b *Record) bool {
	for i, name := range a.Names {
		var other Value = None{}
		if i < len(b.Names) && b.Names[i] == name {
			other = b.Values[i]
		} else if v, ok := b.Get(name); ok {
			other = v
		}
		if !Equal(a.Values[i], other) {
			return false
		}
	}
	return true
}

func equalOutcomes(a, b *Outcome) bool {
	if a.Status != b.Status || (a.Value == nil) != (b.Value == nil) || (a.Error == nil) != (b.Error == nil) {
		return false
	}
	return (a.Value == nil || Equal(a.Value, b.Value)) && (a.Error == nil || equalRecords(a.Error, b.Error))
}
