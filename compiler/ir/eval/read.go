package eval

import (
	"github.com/flowc/flowc/compiler/ir"
)

// Operations that read: slots, locals, parameters, facts, fields, indexes.

func (c *compiler) slot(e *ir.Expr) op {
	at, wantsOutcome := e.At, e.Type.Kind == ir.KOutcome
	up, index := e.Up, e.Index
	return func(env *Env) (ir.Value, error) {
		f := env.frame(up)
		if f == nil || index >= len(f.Slots) || f.Slots[index] == nil {
			return nil, failf(at, "this is a bug in flowc: a name is read before it has a value")
		}
		v := f.Slots[index]
		if o, ok := v.(*ir.Outcome); ok && !wantsOutcome {
			if o.Status == ir.Succeeded && o.Value != nil {
				return o.Value, nil
			}
			if o.Status == ir.Succeeded {
				return ir.None{}, nil
			}
			return nil, failf(at, "there is no value here: the node that gives it has ended as %s", o.Status)
		}
		return v, nil
	}
}

// outcome returns what a slot holds as a T!. A slot that was never set is
// that of a node that never ran.
func outcome(v ir.Value) *ir.Outcome {
	switch v := v.(type) {
	case nil:
		return &ir.Outcome{Status: ir.Skipped}
	case *ir.Outcome:
		return v
	}
	return &ir.Outcome{Status: ir.Succeeded, Value: v}
}

func (c *compiler) slotOutcome(e *ir.Expr) op {
	up, index := e.Up, e.Index
	return func(env *Env) (ir.Value, error) {
		f := env.frame(up)
		if f == nil || index >= len(f.Slots) {
			return outcome(nil), nil
		}
		return outcome(f.Slots[index]), nil
	}
}

func (c *compiler) slotOptional(e *ir.Expr) op {
	up, index := e.Up, e.Index
	elem := e.Type
	if elem.Kind == ir.KOptional {
		elem = elem.Elem
	}
	wantsOutcome := elem.Kind == ir.KOutcome
	return func(env *Env) (ir.Value, error) {
		f := env.frame(up)
		if f == nil || index >= len(f.Slots) || f.Slots[index] == nil {
			return ir.None{}, nil
		}
		v := f.Slots[index]
		if o, ok := v.(*ir.Outcome); ok && !wantsOutcome {
			return optional(o), nil
		}
		return v, nil
	}
}

// optional returns an outcome as a T?.
func optional(o *ir.Outcome) ir.Value {
	if o.Status != ir.Succeeded || o.Value == nil {
		return ir.None{}
	}
	return o.Value
}

func (c *compiler) local(e *ir.Expr) op {
	index := e.Index
	if index < 0 || index >= c.depth {
		return broken(e, "a variable is read outside of its scope")
	}
	return func(env *Env) (ir.Value, error) { return env.locals[index], nil }
}

func (c *compiler) param(e *ir.Expr) op {
	at, name := e.At, e.Name
	return func(env *Env) (ir.Value, error) {
		v, ok := env.Params[name]
		if !ok {
			return nil, failf(at, "the parameter `%s` has no value", name)
		}
		return v, nil
	}
}

func (c *compiler) fact(e *ir.Expr) op {
	at, name := e.At, e.Name
	return func(env *Env) (ir.Value, error) {
		if env.Fact != nil {
			if v := env.Fact(name); v != nil {
				return v, nil
			}
		}
		return nil, failf(at, "`%s` is not known here", name)
	}
}

func (c *compiler) field(e *ir.Expr) op {
	x, at, name := c.expr(e.Args[0]), e.At, e.Name
	guess := fieldGuess(e.Args[0].Type, name)
	return func(env *Env) (ir.Value, error) {
		v, err := x(env)
		if err != nil {
			return nil, err
		}
		return fieldOf(v, name, guess, at)
	}
}

// fieldGuess returns where a record of type t has the named field.
func fieldGuess(t *ir.Type, name string) int {
	for t.Kind == ir.KOptional || t.Kind == ir.KOutcome || t.Kind == ir.KList {
		t = t.Elem
	}
	for i, f := range t.RecordFields() {
		if f.Name == name {
			return i
		}
	}
	return 0
}

func fieldOf(v ir.Value, name string, guess int, at ir.Pos) (ir.Value, error) {
	switch v := v.(type) {
	case *ir.Record:
		if guess < len(v.Names) && v.Names[guess] == name {
			return v.Values[guess], nil
		}
		if f, ok := v.Get(name); ok {
			return f, nil
		}
		return ir.None{}, nil // an optional field that was left out
	case *ir.Outcome:
		switch name {
		case "status":
			return ir.String(v.Status.String()), nil
		case "value":
			return optional(v), nil
		case "error":
			if v.Error == nil {
				return ir.None{}, nil
			}
			return v.Error, nil
		}
	case *ir.Ref:
		switch name {
		case "key":
			return ir.String(v.Key), nil
		case "sha256":
			return ir.String(v.SHA256), nil
		case "size":
			return ir.Size(v.Size), nil
		}
	}
	return nil, failf(at, "%s has no field `%s`", ir.Describe(v), name)
}

func (c *compiler) fields(e *ir.Expr) op {
	x, at, name := c.expr(e.Args[0]), e.At, e.Name
	guess := fieldGuess(e.Args[0].Type, name)
	return func(env *Env) (ir.Value, error) {
		v, err := x(env)
		if err != nil {
			return nil, err
		}
		list, ok := v.(ir.List)
		if !ok {
			return nil, failf(at, "%s has no field `%s`", ir.Describe(v), name)
		}
		if err := paid(env, len(list), at); err != nil {
			return nil, err
		}
		out := make(ir.List, 0, len(list))
		for _, v := range list {
			switch name {
			case "succeeded":
				if o := outcome(v); o.Status == ir.Succeeded {
					if o.Value == nil {
						o = &ir.Outcome{Value: ir.None{}}
					}
					out = append(out, o.Value)
				}
			case "failed":
				if o := outcome(v); o.Error != nil {
					out = append(out, o.Error)
				}
			default:
				f, err := fieldOf(v, name, guess, at)
				if err != nil {
					return nil, err
				}
				out = append(out, f)
			}
		}
		return out, nil
	}
}

// paid charges for a list of n elements.
func paid(env *Env, n int, at ir.Pos) error {
	if err := env.spend(n); err != nil {
		return locate(at, err)
	}
	return locate(at, env.elements(n))
}

func (c *compiler) index(e *ir.Expr) op {
	x, i, at := c.expr(e.Args[0]), c.expr(e.Args[1]), e.At
	maybe := e.Type.Kind == ir.KOptional
	return func(env *Env) (ir.Value, error) {
		v, err := x(env)
		if err != nil {
			return nil, err
		}
		key, err := i(env)
		if err != nil {
			return nil, err
		}
		found, err := element(env, v, key, at)
		if err == nil && found == nil {
			if maybe {
				return ir.None{}, nil
			}
			return nil, failf(at, "%s", missing(v, key))
		}
		return found, err
	}
}

// element returns v[key], nil if there is nothing there.
func element(env *Env, v, key ir.Value, at ir.Pos) (ir.Value, error) {
	switch v := v.(type) {
	case ir.List:
		if i, ok := key.(ir.Int); ok {
			if i < 0 || int64(i) >= int64(len(v)) {
				return nil, nil
			}
			return v[i], nil
		}
	case *ir.Map:
		if k, ok := key.(ir.String); ok {
			found, _ := v.Get(string(k))
			return found, nil
		}
	case ir.String:
		if i, ok := key.(ir.Int); ok {
			if err := env.spend(len(v)/64 + 1); err != nil {
				return nil, locate(at, err)
			}
			for _, r := range string(v) {
				if i == 0 {
					return ir.String(string(r)), nil
				}
				i--
			}
			return nil, nil
		}
	}
	return nil, failf(at, "%s is not indexed by %s", ir.Describe(v), ir.Describe(key))
}

func missing(v, key ir.Value) string {
	switch v := v.(type) {
	case ir.List:
		return "index " + ir.Text(key) + " is outside of a list of " + ir.Text(ir.Int(len(v)))
	case ir.String:
		return "index " + ir.Text(key) + " is outside of a string of " + ir.Text(ir.Int(runes(string(v)))) + " characters"
	}
	return "the map has no key " + ir.Show(key)
}
