package work

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// redacted is what stands in the place of a secret.
const redacted = "***"

// A redactor takes the secrets that this process knows out of what is said.
// Any number of goroutines may use it.
type redactor struct {
	mu       sync.Mutex
	known    map[string]bool
	patterns atomic.Pointer[[][]byte] // longest first; nil for none
}

// learn adds a secret, and the form that it has in a JSON string.
func (r *redactor) learn(secret string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[string]bool{}
	}
	if r.known[secret] {
		return
	}
	inJSON := quote(secret)
	r.known[secret], r.known[string(inJSON[1:len(inJSON)-1])] = true, true
	list := make([][]byte, 0, len(r.known))
	for s := range r.known {
		list = append(list, []byte(s))
	}
	slices.SortFunc(list, func(a, b []byte) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return bytes.Compare(a, b)
	})
	r.patterns.Store(&list)
}

// all returns the secrets, the longest first.
func (r *redactor) all() [][]byte {
	if p := r.patterns.Load(); p != nil {
		return *p
	}
	return nil
}

// holds reports whether there is a secret in b.
func (r *redactor) holds(b []byte) bool {
	for _, p := range r.all() {
		if bytes.Contains(b, p) {
			return true
		}
	}
	return false
}

// text returns s without secrets.
func (r *redactor) text(s string) string {
	for _, p := range r.all() {
		s = strings.ReplaceAll(s, string(p), redacted)
	}
	return s
}

// document returns a JSON document without secrets.
func (r *redactor) document(doc json.RawMessage) json.RawMessage {
	if len(doc) == 0 || !r.holds(doc) {
		return doc
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return quote(redacted)
	}
	text, err := json.Marshal(r.value(v))
	if err != nil || r.holds(text) { // a secret like `{"` is in the form itself
		return json.RawMessage(`{}`)
	}
	return text
}

// value returns a JSON value without secrets.
func (r *redactor) value(v any) any {
	switch v := v.(type) {
	case string:
		return r.text(v)
	case json.Number:
		if r.holds([]byte(v)) {
			return redacted
		}
	case bool:
		if r.holds(fmt.Append(nil, v)) {
			return redacted
		}
	case []any:
		for k := range v {
			v[k] = r.value(v[k])
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, x := range v {
			out[r.text(key)] = r.value(x)
		}
		return out
	}
	return v
}

// A sieve takes secrets out of a stream, in which they may come in pieces.
type sieve struct {
	secrets *redactor
	held    []byte // what may be the beginning of a secret
}

// Write takes the next bytes and returns those that may be shown. They are
// valid until the next call.
func (s *sieve) Write(b []byte) []byte {
	patterns := s.secrets.all()
	if len(patterns) == 0 && len(s.held) == 0 {
		return b
	}
	s.held = append(s.held, b...)
	var out []byte
	from := 0
	for at := 0; at < len(s.held); {
		n, part := match(s.held[at:], patterns)
		switch {
		case part:
			out = append(out, s.held[from:at]...)
			s.held = append(s.held[:0], s.held[at:]...)
			return out
		case n > 0:
			out = append(append(out, s.held[from:at]...), redacted...)
			at += n
			from = at
		default:
			at++
		}
	}
	out = append(out, s.held[from:]...)
	s.held = s.held[:0]
	return out
}

// End returns what is left when the stream has ended.
func (s *sieve) End() []byte {
	out := []byte(s.secrets.text(string(s.held)))
	s.held = nil
	return out
}

// match returns the length of the longest secret that b begins with, 0 for
// none. Part says that b ends before that can be known.
func match(b []byte, patterns [][]byte) (n int, part bool) {
	for _, p := range patterns {
		switch {
		case bytes.HasPrefix(b, p):
			return len(p), false
		case len(b) < len(p) && bytes.HasPrefix(p, b):
			return 0, true
		}
	}
	return 0, false
}

// A finder looks for secrets in a stream.
type finder struct {
	secrets *redactor
	tail    []byte
	found   bool
}

// Write implements [io.Writer].
func (f *finder) Write(b []byte) (int, error) {
	patterns := f.secrets.all()
	if len(patterns) == 0 || f.found {
		return len(b), nil
	}
	keep := len(patterns[0]) - 1
	edge := append(f.tail, b[:min(keep, len(b))]...)
	f.found = f.secrets.holds(edge) || f.secrets.holds(b)
	f.tail = append(edge[:0:0], edge[len(f.tail):]...)
	all := append(slices.Clone(edge[:len(edge)-len(f.tail)]), b...)
	f.tail = slices.Clone(all[max(0, len(all)-keep):])
	return len(b), nil
}
