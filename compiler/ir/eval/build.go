package eval

import (
	"unicode/utf8"

	"github.com/flowc/flowc/compiler/ir"
)

// Operations that make values: calls, lists, maps, records, text, conversions.

func runes(s string) int { return utf8.RuneCountInString(s) }

// size counts the operations of e, which is what a round of a loop around it
// costs.
func size(e *ir.Expr) int {
	if e == nil {
		return 0
	}
	n := 1
	for _, a := range e.Args {
		n += size(a)
	}
	return n
}

// body compiles e with one more variable in scope.
func (c *compiler) body(e *ir.Expr) op {
	c.depth++
	c.most = max(c.most, c.depth)
	run := c.expr(e)
	c.depth--
	return run
}

func (c *compiler) call(e *ir.Expr) op {
	n := len(e.Args)
	args, lambdas := make([]op, n), make([]op, n)
	types, consts := make([]*ir.Type, n), make([]ir.Value, n)
	for i, a := range e.Args {
		if a == nil || a.Type == nil {
			return broken(e, "an argument is missing")
		}
		types[i] = a.Type
		switch {
		case a.Op == ir.OpLambda && len(a.Args) == 1 && a.Args[0] != nil:
			types[i] = a.Args[0].Type
			lambdas[i] = priced(c.body(a.Args[0]), size(a.Args[0]))
		case a.Op == ir.OpConst:
			consts[i] = a.Value
			fallthrough
		default:
			args[i] = c.expr(a)
		}
	}
	if c.lib == nil {
		return broken(e, "there is no library")
	}
	fn, err := c.lib.Bind(e.Name, types, e.Type, consts)
	if err != nil {
		err = locate(e.At, err)
		return func(*Env) (ir.Value, error) { return nil, err }
	}
	at, depth := e.At, c.depth
	return func(env *Env) (ir.Value, error) {
		call := Call{Args: make([]ir.Value, n), lambdas: lambdas, depth: depth, env: env}
		for i, a := range args {
			if a == nil {
				continue
			}
			v, err := a(env)
			if err != nil {
				return nil, err
			}
			call.Args[i] = v
		}
		v, err := fn(&call)
		if err != nil {
			return nil, locate(at, err)
		}
		return v, nil
	}
}

// priced makes each run of a lambda cost its size.
func priced(run op, cost int) op {
	return func(env *Env) (ir.Value, error) {
		if err := env.spend(cost); err != nil {
			return nil, err
		}
		return run(env)
	}
}

func (c *compiler) list(e *ir.Expr) op {
	elems := c.exprs(e.Args)
	return func(env *Env) (ir.Value, error) {
		list, err := values(env, elems, e.At)
		return ir.List(list), err
	}
}

func values(env *Env, ops []op, at ir.Pos) ([]ir.Value, error) {
	if err := env.elements(len(ops)); err != nil {
		return nil, locate(at, err)
	}
	out := make([]ir.Value, len(ops))
	for i, run := range ops {
		v, err := run(env)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (c *compiler) mapping(e *ir.Expr) op {
	if len(e.Names) != len(e.Args) {
		return broken(e, "a map has not as many keys as values")
	}
	elems := c.exprs(e.Args)
	keys := e.Names
	return func(env *Env) (ir.Value, error) {
		list, err := values(env, elems, e.At)
		if err != nil {
			return nil, err
		}
		return ir.NewMap(keys, list), nil
	}
}

func (c *compiler) record(e *ir.Expr) op {
	if len(e.Names) != len(e.Args) {
		return broken(e, "a record has not as many names as values")
	}
	t := e.Type
	if t.Kind == ir.KOptional {
		t = t.Elem
	}
	fields := t.RecordFields()
	names := make([]string, len(fields))
	places := make(map[string]int, len(fields))
	for j, f := range fields {
		names[j] = f.Name
		places[f.Name] = j
	}
	place := make([]int, len(e.Args)) // of each argument among the fields
	for i, name := range e.Names {
		j, ok := places[name]
		if !ok {
			return broken(e, "a record has a field that its type has not")
		}
		place[i] = j
	}
	elems := c.exprs(e.Args)
	return func(env *Env) (ir.Value, error) {
		if err := env.elements(len(fields)); err != nil {
			return nil, locate(e.At, err)
		}
		r := &ir.Record{Decl: t.Decl, Names: names, Values: make([]ir.Value, len(fields))}
		for i, run := range elems {
			v, err := run(env)
			if err != nil {
				return nil, err
			}
			r.Values[place[i]] = v
		}
		for i, v := range r.Values {
			if v == nil {
				r.Values[i] = ir.None{}
			}
		}
		return r, nil
	}
}

func (c *compiler) comprehension(e *ir.Expr) op {
	source := c.expr(e.Args[0])
	cond := op(nil)
	if e.Args[1] != nil {
		cond = c.body(e.Args[1])
	}
	value := c.body(e.Args[2])
	cost := 1 + size(e.Args[1]) + size(e.Args[2])
	local, at := c.depth, e.At
	return func(env *Env) (ir.Value, error) {
		v, err := source(env)
		if err != nil {
			return nil, err
		}
		list, ok := v.(ir.List)
		if !ok {
			return nil, failf(at, "expected a list, found %s", ir.Describe(v))
		}
		out := ir.List{}
		if cond == nil {
			out = make(ir.List, 0, len(list))
		}
		for _, v := range list {
			if err := env.spend(cost); err != nil {
				return nil, locate(at, err)
			}
			env.locals[local] = v
			if cond != nil {
				keep, err := truth(cond, env, at)
				if err != nil {
					return nil, err
				}
				if !keep {
					continue
				}
			}
			v, err := value(env)
			if err != nil {
				return nil, err
			}
			if err := env.elements(1); err != nil {
				return nil, locate(at, err)
			}
			out = append(out, v)
		}
		return out, nil
	}
}

func (c *compiler) span(e *ir.Expr) op {
	from, to, at := c.expr(e.Args[0]), c.expr(e.Args[1]), e.At
	return func(env *Env) (ir.Value, error) {
		a, err := from(env)
		if err != nil {
			return nil, err
		}
		b, err := to(env)
		if err != nil {
			return nil, err
		}
		lo, ok1 := a.(ir.Int)
		hi, ok2 := b.(ir.Int)
		if !ok1 || !ok2 {
			return nil, failf(at, "expected two ints, found %s and %s", ir.Describe(a), ir.Describe(b))
		}
		if lo > hi {
			return ir.List{}, nil
		}
		n := uint64(hi) - uint64(lo) + 1
		if n == 0 || n > uint64(env.Limits.Bytes) {
			return nil, locate(at, env.grow(-1))
		}
		if err := env.elements(int(n)); err != nil {
			return nil, locate(at, err)
		}
		out := make(ir.List, n)
		for i := range out {
			out[i] = lo + ir.Int(i)
		}
		return out, nil
	}
}

func (c *compiler) interp(e *ir.Expr) op {
	parts := c.exprs(e.Args)
	formats := make([]string, len(parts))
	copy(formats, e.Names)
	for i, f := range formats {
		if f == "" {
			continue
		}
		kind := e.Args[i].Type.Kind
		if kind != ir.KDate && kind != ir.KTime {
			return broken(e, "a format stands at what is no date or time")
		}
		if err := ir.CheckTimeFormat(f, kind); err != nil {
			err = locate(e.Args[i].At, err)
			return func(*Env) (ir.Value, error) { return nil, err }
		}
	}
	types := make([]*ir.Type, len(parts))
	for i, a := range e.Args {
		types[i] = a.Type
	}
	return func(env *Env) (ir.Value, error) {
		// The buffer is taken away while it is in use, since a part may be a
		// text with parts itself.
		buf := env.text[:0]
		env.text = nil
		for i, run := range parts {
			v, err := run(env)
			if err != nil {
				return nil, err
			}
			if buf, err = appendText(env, buf, v, types[i], formats[i]); err != nil {
				return nil, locate(e.At, err)
			}
		}
		if cap(buf) <= 1<<16 {
			env.text = buf
		}
		if err := env.grow(len(buf)); err != nil {
			return nil, locate(e.At, err)
		}
		return ir.String(buf), nil
	}
}

// appendText appends v, of type t, as text: scalars as [ir.Text] shows them,
// what has parts as its JSON form.
func appendText(env *Env, dst []byte, v ir.Value, t *ir.Type, format string) ([]byte, error) {
	if len(dst) > env.bytes {
		return dst, env.grow(-1)
	}
	switch v := v.(type) {
	case ir.Date:
		if format != "" {
			text, err := v.Format(format)
			return append(dst, text...), err
		}
	case ir.Time:
		if format != "" {
			text, err := v.Format(format)
			return append(dst, text...), err
		}
	case ir.List, *ir.Map, *ir.Record, *ir.Outcome:
		return ir.AppendJSON(dst, v, t, env.bytes)
	}
	return ir.AppendText(dst, v), nil
}

func (c *compiler) coalesce(e *ir.Expr) op {
	x, y := c.expr(e.Args[0]), c.expr(e.Args[1])
	ofOutcome := e.Args[0].Type.Kind == ir.KOutcome
	return func(env *Env) (ir.Value, error) {
		v, err := x(env)
		if err != nil {
			return nil, err
		}
		if o, ok := v.(*ir.Outcome); ok && ofOutcome {
			if o.Status == ir.Succeeded && o.Value != nil {
				return o.Value, nil
			}
			return y(env)
		}
		if _, none := v.(ir.None); none {
			return y(env)
		}
		return v, nil
	}
}

func (c *compiler) optional(e *ir.Expr) op {
	x := c.expr(e.Args[0])
	return func(env *Env) (ir.Value, error) {
		v, err := x(env)
		if o, ok := v.(*ir.Outcome); ok && err == nil {
			return optional(o), nil
		}
		return v, err
	}
}

func (c *compiler) convert(e *ir.Expr) op {
	x, from, to, at := c.expr(e.Args[0]), e.Args[0].Type, e.Type, e.At
	if plain(from).Kind == ir.KSecret && plain(to).Kind != ir.KSecret {
		return reveal(x, plain(to), at)
	}
	if !ir.Converts(from, to) {
		return x
	}
	return func(env *Env) (ir.Value, error) {
		v, err := x(env)
		if err != nil {
			return nil, err
		}
		if err := copied(env, v); err != nil {
			return nil, locate(at, err)
		}
		out, err := ir.Convert(v, from, to)
		return out, locate(at, err)
	}
}

// plain returns what an optional holds; other types as they are.
func plain(t *ir.Type) *ir.Type {
	for t.Kind == ir.KOptional {
		t = t.Elem
	}
	return t
}

// reveal computes what the secret that x gives stands for.
func reveal(x op, t *ir.Type, at ir.Pos) op {
	return func(env *Env) (ir.Value, error) {
		v, err := x(env)
		if name, ok := v.(ir.Secret); ok && err == nil && env.Reveal != nil {
			v, err = env.Reveal(string(name), t)
			return v, locate(at, err)
		}
		return v, err
	}
}

// copied pays for going through all of v and making another like it.
func copied(env *Env, v ir.Value) error {
	before := env.steps
	if err := weigh(env, v); err != nil {
		return err
	}
	return env.elements(before - env.steps)
}

func (c *compiler) as(e *ir.Expr) op {
	x, from, to, at := c.expr(e.Args[0]), e.Args[0].Type, e.Type, e.At
	return func(env *Env) (ir.Value, error) {
		v, err := x(env)
		if err != nil {
			return nil, err
		}
		if err := copied(env, v); err != nil {
			return nil, locate(at, err)
		}
		out, err := ir.As(v, from, to)
		if err != nil {
			return nil, failf(at, "the value is no %s: %s", to, err)
		}
		return out, nil
	}
}

func (c *compiler) is(e *ir.Expr) op {
	x, name := c.expr(e.Args[0]), e.Name
	return func(env *Env) (ir.Value, error) {
		v, err := x(env)
		if err != nil {
			return nil, err
		}
		if name == "" {
			_, none := v.(ir.None)
			return ir.Bool(!none), nil
		}
		r, ok := v.(*ir.Record)
		return ir.Bool(ok && r.Decl != nil && r.Decl.Name == name), nil
	}
}

func (c *compiler) ref(e *ir.Expr) op {
	x, at := c.expr(e.Args[0]), e.At
	return func(env *Env) (ir.Value, error) {
		v, err := x(env)
		if err != nil {
			return nil, err
		}
		key, ok := v.(ir.String)
		if !ok || key == "" {
			return nil, failf(at, "a ref needs a key that is not empty, found %s", ir.Show(v))
		}
		return &ir.Ref{Key: string(key)}, nil
	}
}
