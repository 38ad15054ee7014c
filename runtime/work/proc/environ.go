//go:build unix

package proc

import "strings"

// An Environ is an environment prepared once, from which that of each program
// is made by one copy. It is immutable, and safe for concurrent use.
type Environ struct {
	vars  []string       // "KEY=value", each key once
	index map[string]int // key to its place in vars
}

// NewEnviron returns the environment of base, which is as from os.Environ. Of
// entries with the same key the last holds; entries without "=" are dropped.
func NewEnviron(base []string) *Environ {
	e := &Environ{vars: make([]string, 0, len(base)), index: make(map[string]int, len(base))}
	for _, v := range base {
		key, ok := keyOf(v)
		if !ok {
			continue
		}
		if i, dup := e.index[key]; dup {
			e.vars[i] = v
			continue
		}
		e.index[key] = len(e.vars)
		e.vars = append(e.vars, v)
	}
	return e
}

// With returns the environment with each of add, a "KEY=value", set in turn,
// in a new slice.
func (e *Environ) With(add ...string) []string {
	vars := make([]string, len(e.vars), len(e.vars)+len(add))
	copy(vars, e.vars)
next:
	for _, v := range add {
		key, ok := keyOf(v)
		if !ok {
			continue
		}
		if i, there := e.index[key]; there {
			vars[i] = v
			continue
		}
		for i := len(e.vars); i < len(vars); i++ { // additions are few
			if k, _ := keyOf(vars[i]); k == key {
				vars[i] = v
				continue next
			}
		}
		vars = append(vars, v)
	}
	return vars
}

// Lookup returns the value of key.
func (e *Environ) Lookup(key string) (value string, ok bool) {
	i, ok := e.index[key]
	if !ok {
		return "", false
	}
	return e.vars[i][len(key)+1:], true
}

// keyOf returns the key of a "KEY=value"; ok is false if there is none.
func keyOf(v string) (key string, ok bool) {
	i := strings.IndexByte(v, '=')
	if i <= 0 {
		return "", false
	}
	return v[:i], true
}

// getenv returns the value of key in env, where the first entry holds, as it
// does for getenv(3).
func getenv(env []string, key string) string {
	for _, v := range env {
		if len(v) > len(key) && v[len(key)] == '=' && v[:len(key)] == key {
			return v[len(key)+1:]
		}
	}
	return ""
}
