package work

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// What a program or function is given is what its node's arguments stand for:
// in the place of a secret's name, the secret; with a ref, the path of the file
// that holds what it refers to. In expressions of the activity (`run`, `env`,
// `cwd`) that path is the ref's `key`, and its text; in JSON it is a field `path` beside
// "$ref". None of this is ever in an event.

// standsIn tells of types whether a value of them may hold secrets or refs.
type standsIn map[*ir.TypeDecl]bool

// holds reports whether a value of type t may hold a secret or a ref.
func (s standsIn) holds(t *ir.Type) bool {
	switch {
	case t == nil:
		return false
	case t.Kind == ir.KSecret || t.Kind == ir.KRef:
		return true
	case t.Decl != nil:
		known, seen := s[t.Decl]
		if seen {
			return known
		}
		s[t.Decl] = false // of a type that holds itself the rest decides
		for _, m := range t.Decl.Union {
			s[t.Decl] = s[t.Decl] || s.holds(m)
		}
	}
	for _, f := range t.RecordFields() {
		if s.holds(f.Type) {
			if t.Decl != nil {
				s[t.Decl] = true
			}
			return true
		}
	}
	return t.Elem != nil && s.holds(t.Elem) || t.Decl != nil && s[t.Decl]
}

// special returns the activities that are given more than their arguments.
func special(p *ir.Program) map[*ir.Activity]bool {
	s := standsIn{}
	params := false
	for _, q := range p.Params {
		params = params || s.holds(q.Type)
	}
	list := map[*ir.Activity]bool{}
	for _, a := range p.Activities {
		for _, q := range a.Params {
			if params || s.holds(q.Type) {
				list[a] = true
			}
		}
		if params {
			list[a] = true
		}
	}
	return list
}

// A gift is what a task is given.
type gift struct {
	by      *Performer
	task    *runtime.Task
	params  map[string]ir.Value
	refs    map[string]found           // by key, and by path
	secrets map[string]json.RawMessage // by name
}

// found is a ref whose content is at path.
type found struct {
	*ir.Ref
	path string
}

// given returns what a task is given. An error says what is missing.
func (p *Performer) given(a *Attempt) (*gift, error) {
	t := a.Task
	g := &gift{by: p, task: t, params: a.Params}
	if !a.Program.special[t.Activity] {
		return g, nil
	}
	g.refs, g.secrets = map[string]found{}, map[string]json.RawMessage{}
	own := *t
	own.Args = make([]ir.Value, len(t.Args))
	var err error
	for k, v := range t.Args {
		if own.Args[k], err = g.value(v, t.Activity.Params[k].Type); err != nil {
			return nil, err
		}
	}
	g.params = make(map[string]ir.Value, len(a.Params))
	for _, q := range a.Program.ir.Params {
		if g.params[q.Name], err = g.value(a.Params[q.Name], q.Type); err != nil {
			return nil, err
		}
	}
	own.Input = g.document(own.Input)
	g.task = &own
	return g, nil
}

// value returns v with paths for keys, and learns of the secrets in it.
func (g *gift) value(v ir.Value, t *ir.Type) (ir.Value, error) {
	switch v := v.(type) {
	case ir.Secret:
		secret, err := g.reveal(string(v), inner(t).Elem)
		if err == nil {
			g.secrets[string(v)], err = ir.Encode(secret, inner(t).Elem)
		}
		return v, err
	case *ir.Ref:
		store, err := g.by.out.refs()
		if err != nil {
			return nil, err
		}
		path, err := store.Path(v)
		if err != nil {
			return nil, err
		}
		g.refs[path] = found{v, path}
		g.refs[v.Key] = g.refs[path]
		return &ir.Ref{Key: path, SHA256: v.SHA256, Size: v.Size}, nil
	case ir.List:
		list := make(ir.List, len(v))
		return list, g.values(list, v, func(int) *ir.Type { return inner(t).Elem })
	case *ir.Map:
		m := &ir.Map{Keys: v.Keys, Values: make([]ir.Value, len(v.Values))}
		return m, g.values(m.Values, v.Values, func(int) *ir.Type { return inner(t).Elem })
	case *ir.Record:
		r := &ir.Record{Decl: v.Decl, Names: v.Names, Values: make([]ir.Value, len(v.Values))}
		fields := inner(t).RecordFields()
		if v.Decl != nil { // which t may be a union of
			fields = v.Decl.Fields
		}
		types := make(map[string]*ir.Type, len(fields))
		for _, f := range fields {
			types[f.Name] = f.Type
		}
		return r, g.values(r.Values, v.Values, func(k int) *ir.Type { return types[v.Names[k]] })
	}
	return v, nil
}

func (g *gift) values(to, from []ir.Value, of func(int) *ir.Type) error {
	for k, v := range from {
		var err error
		if to[k], err = g.value(v, of(k)); err != nil {
			return err
		}
	}
	return nil
}

// inner returns the type of what an optional holds; other types as they are.
func inner(t *ir.Type) *ir.Type {
	for t.Kind == ir.KOptional {
		t = t.Elem
	}
	return t
}

// reveal returns the T that a secret<T> stands for.
func (g *gift) reveal(name string, t *ir.Type) (ir.Value, error) {
	text, err := g.by.cfg.Secret(name)
	if err != nil {
		return nil, err
	}
	g.by.secrets.learn(text)
	return secretValue(name, text, t)
}

// document returns a JSON document with the task's secrets in the place of
// their names, and paths in its refs.
func (g *gift) document(doc []byte) []byte {
	if len(g.refs)+len(g.secrets) == 0 {
		return doc
	}
	begin := []byte(`{"$`)
	var out []byte
	for {
		k := bytes.Index(doc, begin)
		if k < 0 {
			return append(out, doc...)
		}
		out = append(out, doc[:k]...)
		doc = doc[k:]
		d := json.NewDecoder(bytes.NewReader(doc))
		var x struct {
			Ref    string `json:"$ref"`
			Secret string `json:"$secret"`
		}
		err := d.Decode(&x)
		r, isRef := g.refs[x.Ref]
		secret := g.secrets[x.Secret]
		switch {
		case err == nil && isRef:
			out = append(out, objectOf([]field{
				{name: "$ref", value: quote(r.Key)}, {name: "sha256", value: quote(r.SHA256)},
				{name: "size", value: fmt.Append(nil, r.Size)}, {name: "path", value: quote(r.path)},
			})...)
			doc = doc[d.InputOffset():]
		case err == nil && secret != nil:
			out = append(out, secret...)
			doc = doc[d.InputOffset():]
		default: // it only looks like one
			out, doc = append(out, begin...), doc[len(begin):]
		}
	}
}
