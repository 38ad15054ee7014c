package eval

import (
	"math"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// Operations that compute: logic, comparison, arithmetic.

// truth runs a condition.
func truth(run op, env *Env, at ir.Pos) (bool, error) {
	v, err := run(env)
	if err != nil {
		return false, err
	}
	b, ok := v.(ir.Bool)
	if !ok {
		return false, failf(at, "expected bool, found %s", ir.Describe(v))
	}
	return bool(b), nil
}

func (c *compiler) logic(e *ir.Expr) op {
	args, at := c.exprs(e.Args), e.At
	switch e.Op {
	case ir.OpIf:
		return func(env *Env) (ir.Value, error) {
			yes, err := truth(args[0], env, at)
			if err != nil {
				return nil, err
			}
			if yes {
				return args[1](env)
			}
			return args[2](env)
		}
	case ir.OpNot:
		return func(env *Env) (ir.Value, error) {
			yes, err := truth(args[0], env, at)
			return ir.Bool(!yes), err
		}
	}
	settles := e.Op == ir.OpOr // the value of the left side that settles it
	return func(env *Env) (ir.Value, error) {
		yes, err := truth(args[0], env, at)
		if err != nil || yes == settles {
			return ir.Bool(yes), err
		}
		yes, err = truth(args[1], env, at)
		return ir.Bool(yes), err
	}
}

func (c *compiler) relation(e *ir.Expr) op {
	x, y, at := c.expr(e.Args[0]), c.expr(e.Args[1]), e.At
	both := func(env *Env) (a, b ir.Value, err error) {
		if a, err = x(env); err != nil {
			return nil, nil, err
		}
		b, err = y(env)
		return a, b, err
	}
	switch e.Op {
	case ir.OpEq, ir.OpNe:
		want := e.Op == ir.OpEq
		return func(env *Env) (ir.Value, error) {
			a, b, err := both(env)
			if err != nil {
				return nil, err
			}
			if err := weighBoth(env, a, b); err != nil {
				return nil, locate(at, err)
			}
			return ir.Bool(ir.Equal(a, b) == want), nil
		}
	case ir.OpIn:
		return func(env *Env) (ir.Value, error) {
			a, b, err := both(env)
			if err != nil {
				return nil, err
			}
			found, err := contains(env, a, b)
			return ir.Bool(found), locate(at, err)
		}
	}
	order, kind := e.Op, e.Args[0].Type
	return func(env *Env) (ir.Value, error) {
		a, b, err := both(env)
		if err != nil {
			return nil, err
		}
		n, ok := Compare(a, b, kind)
		if !ok {
			return nil, failf(at, "%s and %s have no order", ir.Describe(a), ir.Describe(b))
		}
		switch order {
		case ir.OpLt:
			return ir.Bool(n < 0), nil
		case ir.OpLe:
			return ir.Bool(n <= 0), nil
		case ir.OpGt:
			return ir.Bool(n > 0), nil
		}
		return ir.Bool(n >= 0), nil
	}
}

// weigh pays for going through all of v. Values share their parts, so that a
// small one may be endless to go through: the walk ends with the budget.
func weigh(env *Env, v ir.Value) error {
	left := env.steps
	weight(v, &left)
	return env.spend(env.steps - left)
}

// weight takes from left about as many operations as it takes to go through
// v, and stops when left is negative.
func weight(v ir.Value, left *int) {
	parts := []ir.Value(nil)
	switch v := v.(type) {
	case ir.List:
		parts = v
	case *ir.Map:
		parts = v.Values
	case *ir.Record:
		parts = v.Values
	case *ir.Outcome:
		parts = []ir.Value{v.Value}
	case ir.JSON:
		*left -= len(v) / 8
	case ir.String:
		*left -= len(v) / 64
	}
	*left -= 1 + len(parts)
	for _, p := range parts {
		if *left < 0 {
			return
		}
		weight(p, left)
	}
}

// weighBoth pays for a comparison. Scalars, which most are, cost nothing.
func weighBoth(env *Env, a, b ir.Value) error {
	switch a.(type) {
	case ir.List, *ir.Map, *ir.Record, *ir.Outcome, ir.JSON:
		if err := weigh(env, a); err != nil {
			return err
		}
		return weigh(env, b)
	}
	return nil
}

// contains is `a in b`.
func contains(env *Env, a, b ir.Value) (bool, error) {
	switch b := b.(type) {
	case ir.List:
		if err := weigh(env, b); err != nil {
			return false, err
		}
		for _, v := range b {
			if ir.Equal(a, v) {
				return true, nil
			}
		}
		return false, nil
	case *ir.Map:
		if key, ok := a.(ir.String); ok {
			_, found := b.Get(string(key))
			return found, nil
		}
	case ir.String:
		if part, ok := a.(ir.String); ok {
			return strings.Contains(string(b), string(part)), env.spend(len(b)/64 + 1)
		}
	}
	return false, failf(ir.NoPos, "nothing of kind %s is in %s", ir.Describe(a), ir.Describe(b))
}

// Compare orders a and b, both of the type of, which may be nil for what is
// no enum: numbers, strings by code points, dates, times, durations, sizes,
// false before true, enum members as they are declared. It reports whether
// they have an order.
func Compare(a, b ir.Value, of *ir.Type) (int, bool) {
	switch a := a.(type) {
	case ir.Int:
		switch b := b.(type) {
		case ir.Int:
			return compare(a, b), true
		case ir.Float:
			return compare(ir.Float(a), b), true
		}
	case ir.Float:
		switch b := b.(type) {
		case ir.Float:
			return compare(a, b), true
		case ir.Int:
			return compare(a, ir.Float(b)), true
		}
	case ir.String:
		if b, ok := b.(ir.String); ok {
			if of != nil && of.Kind == ir.KEnum {
				return compare(memberIndex(of, a), memberIndex(of, b)), true
			}
			return compare(a, b), true
		}
	case ir.Date:
		if b, ok := b.(ir.Date); ok {
			return compare(a, b), true
		}
	case ir.Time:
		if b, ok := b.(ir.Time); ok {
			return compare(a, b), true
		}
	case ir.Duration:
		if b, ok := b.(ir.Duration); ok {
			return compare(a, b), true
		}
	case ir.Size:
		if b, ok := b.(ir.Size); ok {
			return compare(a, b), true
		}
	case ir.Bytes:
		if b, ok := b.(ir.Bytes); ok {
			return compare(a, b), true
		}
	case ir.Bool:
		if b, ok := b.(ir.Bool); ok {
			return compare(bit(a), bit(b)), true
		}
	}
	return 0, false
}

func compare[T ir.Int | ir.Float | ir.String | ir.Date | ir.Time | ir.Duration | ir.Size | ir.Bytes | int](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func bit(b ir.Bool) int {
	if b {
		return 1
	}
	return 0
}

func memberIndex(t *ir.Type, member ir.String) int {
	for i, m := range t.Decl.Members {
		if m == string(member) {
			return i
		}
	}
	return -1
}

func (c *compiler) arithmetic(e *ir.Expr) op {
	x, at := c.expr(e.Args[0]), e.At
	if e.Op == ir.OpNeg {
		return func(env *Env) (ir.Value, error) {
			v, err := x(env)
			if err != nil {
				return nil, err
			}
			out, err := negate(v)
			return out, locate(at, err)
		}
	}
	y := c.expr(e.Args[1])
	how, result := e.Op, e.Type.Kind
	return func(env *Env) (ir.Value, error) {
		a, err := x(env)
		if err != nil {
			return nil, err
		}
		b, err := y(env)
		if err != nil {
			return nil, err
		}
		out, err := compute(env, how, a, b, result)
		if err != nil {
			return nil, locate(at, err)
		}
		return out, nil
	}
}

// compute is `a how b`, a value of the kind result.
func compute(env *Env, how ir.Op, a, b ir.Value, result ir.Kind) (ir.Value, error) {
	switch a := a.(type) {
	case ir.Int:
		switch b := b.(type) {
		case ir.Int:
			n, err := integers(how, int64(a), int64(b))
			return ir.Int(n), err
		case ir.Float:
			return floats(how, float64(a), float64(b))
		case ir.Duration, ir.Size:
			if how == ir.OpMul {
				return compute(env, how, b, a, result)
			}
		}
	case ir.Float:
		switch b := b.(type) {
		case ir.Float:
			return floats(how, float64(a), float64(b))
		case ir.Int:
			return floats(how, float64(a), float64(b))
		case ir.Duration, ir.Size:
			if how == ir.OpMul {
				return compute(env, how, b, a, result)
			}
		}
	case ir.String:
		if b, ok := b.(ir.String); ok && how == ir.OpAdd {
			return a + b, env.grow(len(a) + len(b))
		}
	case ir.List:
		if b, ok := b.(ir.List); ok && how == ir.OpAdd {
			if err := env.spend(len(a) + len(b)); err != nil {
				return nil, err
			}
			if err := env.elements(len(a) + len(b)); err != nil {
				return nil, err
			}
			return append(append(make(ir.List, 0, len(a)+len(b)), a...), b...), nil
		}
	case ir.Duration:
		if isDay(b) && how == ir.OpAdd {
			return shift(how, b, a, result)
		}
		return quantities(how, a, b, result)
	case ir.Size:
		return quantities(how, a, b, result)
	case ir.Date:
		if b, ok := b.(ir.Date); ok && how == ir.OpSub {
			n, err := integers(ir.OpMul, int64(a)-int64(b), dayNanos)
			return ir.Duration(n), err
		}
		return shift(how, a, b, result)
	case ir.Time:
		if b, ok := b.(ir.Time); ok && how == ir.OpSub {
			n, err := integers(how, int64(a), int64(b))
			return ir.Duration(n), err
		}
		return shift(how, a, b, result)
	}
	return nil, noOperation(how, a, b)
}

func noOperation(how ir.Op, a, b ir.Value) error {
	return failf(ir.NoPos, "%s has no meaning for %s and %s", how, ir.Describe(a), ir.Describe(b))
}

const dayNanos = 86400 * 1_000_000_000

func isDay(v ir.Value) bool {
	switch v.(type) {
	case ir.Date, ir.Time:
		return true
	}
	return false
}

// shift adds a duration to a date or time, or takes it away. A date moves by
// whole days only, unless a time is wanted.
func shift(how ir.Op, a, b ir.Value, result ir.Kind) (ir.Value, error) {
	by, ok := b.(ir.Duration)
	if !ok || how != ir.OpAdd && how != ir.OpSub {
		return nil, noOperation(how, a, b)
	}
	if d, ok := a.(ir.Date); ok && result != ir.KTime {
		if by%dayNanos != 0 {
			return nil, failf(ir.NoPos, "a date moves by whole days, not by %s", by)
		}
		n, err := integers(how, int64(d), int64(by/dayNanos))
		if year, _, _ := ir.Date(n).Civil(); err == nil && (year < 0 || year > 9999) {
			err = failf(ir.NoPos, "the date is out of the years 0 to 9999")
		}
		return ir.Date(n), err
	}
	t, ok := a.(ir.Time)
	if !ok {
		if t, ok = a.(ir.Date).Midnight(); !ok {
			return nil, failf(ir.NoPos, "%s is out of the range of times", a)
		}
	}
	n, err := integers(how, int64(t), int64(by))
	return ir.Time(n), err
}

// quantities computes with durations or sizes: among themselves, and times or
// by a number.
func quantities[Q ir.Duration | ir.Size](how ir.Op, a Q, b ir.Value, result ir.Kind) (ir.Value, error) {
	scaled := how == ir.OpMul || how == ir.OpDiv
	switch b := b.(type) {
	case ir.Int:
		if scaled {
			n, err := integers(how, int64(a), int64(b))
			return any(Q(n)).(ir.Value), err
		}
	case ir.Float:
		if scaled {
			f, err := floats(how, float64(a), float64(b))
			if err != nil {
				return nil, err
			}
			r := math.RoundToEven(float64(f.(ir.Float)))
			if r < -1<<63 || r >= 1<<63 {
				return nil, errOverflow
			}
			return any(Q(r)).(ir.Value), nil
		}
	}
	if other, ok := any(b).(Q); ok && how != ir.OpMul {
		if how == ir.OpDiv && result == ir.KFloat {
			return floats(how, float64(a), float64(other))
		}
		n, err := integers(how, int64(a), int64(other))
		if how == ir.OpDiv {
			return ir.Int(n), err
		}
		return any(Q(n)).(ir.Value), err
	}
	return nil, noOperation(how, any(a).(ir.Value), b)
}

var (
	errOverflow = &Error{At: ir.NoPos, Message: "the result is out of the range of 64 bits"}
	errZero     = &Error{At: ir.NoPos, Message: "division by zero"}
	errInfinite = &Error{At: ir.NoPos, Message: "the result is no finite float"}
)

// integers computes with 64 bits, and notices when they do not suffice.
func integers(how ir.Op, a, b int64) (int64, error) {
	switch how {
	case ir.OpAdd:
		if s := a + b; (s > a) == (b > 0) {
			return s, nil
		}
		return 0, errOverflow
	case ir.OpSub:
		if d := a - b; (d < a) == (b > 0) {
			return d, nil
		}
		return 0, errOverflow
	case ir.OpMul:
		if a == 0 || b == 0 {
			return 0, nil
		}
		p := a * b
		if p/b != a || a == -1 && b == math.MinInt64 || b == -1 && a == math.MinInt64 {
			return 0, errOverflow
		}
		return p, nil
	}
	switch {
	case b == 0:
		return 0, errZero
	case how == ir.OpRem && b == -1:
		return 0, nil
	case how == ir.OpRem:
		return a % b, nil
	case b == -1 && a == math.MinInt64:
		return 0, errOverflow
	}
	return a / b, nil
}

func floats(how ir.Op, a, b float64) (ir.Value, error) {
	var f float64
	switch how {
	case ir.OpAdd:
		f = a + b
	case ir.OpSub:
		f = a - b
	case ir.OpMul:
		f = a * b
	default:
		if b == 0 {
			return nil, errZero
		}
		if f = a / b; how == ir.OpRem {
			f = math.Mod(a, b)
		}
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errInfinite
	}
	return ir.Float(f), nil
}

func negate(v ir.Value) (ir.Value, error) {
	switch v := v.(type) {
	case ir.Int:
		n, err := integers(ir.OpSub, 0, int64(v))
		return ir.Int(n), err
	case ir.Duration:
		n, err := integers(ir.OpSub, 0, int64(v))
		return ir.Duration(n), err
	case ir.Size:
		n, err := integers(ir.OpSub, 0, int64(v))
		return ir.Size(n), err
	case ir.Float:
		return -v, nil
	}
	return nil, failf(ir.NoPos, "%s has no negative", ir.Describe(v))
}
