package ir

// smallMap is the number of keys that are looked through one by one: a hash
// pays only above.
const smallMap = 12

// NewMap returns the map with the given keys, which must differ, and values.
func NewMap(keys []string, values []Value) *Map {
	m := &Map{Keys: keys, Values: values}
	if len(keys) > smallMap {
		m.index = make(map[string]int, len(keys))
		for i, k := range keys {
			m.index[k] = i
		}
	}
	return m
}

// Get returns the value of key, and whether there is one.
func (m *Map) Get(key string) (Value, bool) {
	if m.index != nil {
		i, ok := m.index[key]
		if !ok {
			return nil, false
		}
		return m.Values[i], true
	}
	for i, k := range m.Keys {
		if k == key {
			return m.Values[i], true
		}
	}
	return nil, false
}

// Get returns the value of the named field, and whether there is one.
func (r *Record) Get(name string) (Value, bool) {
	for i, n := range r.Names {
		if n == name {
			return r.Values[i], true
		}
	}
	return nil, false
}

// keySet finds duplicates among the keys of an object, without a hash while
// they are few.
type keySet struct {
	few  []string
	many map[string]bool
}

// add reports whether key is new.
func (s *keySet) add(key string) bool {
	if s.many != nil {
		if s.many[key] {
			return false
		}
		s.many[key] = true
		return true
	}
	for _, k := range s.few {
		if k == key {
			return false
		}
	}
	s.few = append(s.few, key)
	if len(s.few) > smallMap {
		s.many = make(map[string]bool, 2*len(s.few))
		for _, k := range s.few {
			s.many[k] = true
		}
	}
	return true
}
