package eval

import (
	"github.com/flowc/flowc/compiler/ir"
)

// Code is a compiled expression.
type Code struct {
	run    op
	locals int // how many variables of lambdas and comprehensions are nested
}

// op computes one operation.
type op func(env *Env) (ir.Value, error)

// Library gives the pure functions that expressions call.
type Library interface {
	// Bind returns the function name for a call with arguments of the types
	// args, where that of a lambda is the type of its result, and a result of
	// the type result. consts holds the arguments whose value is known, nil for
	// the others. The error is shown to users.
	Bind(name string, args []*ir.Type, result *ir.Type, consts []ir.Value) (Func, error)
}

// Func is a pure function. Its error, if it is no [*Error], becomes one at the
// position of the call.
type Func func(c *Call) (ir.Value, error)

// Call is one call of a pure function.
type Call struct {
	Args []ir.Value // nil where the argument is a lambda

	lambdas []op
	depth   int // index of a lambda's variable
	env     *Env
}

// Apply calls the lambda that is argument i with x.
func (c *Call) Apply(i int, x ir.Value) (ir.Value, error) {
	if i >= len(c.lambdas) || c.lambdas[i] == nil {
		return nil, failf(ir.NoPos, "argument %d is no lambda", i+1)
	}
	c.env.locals[c.depth] = x
	return c.lambdas[i](c.env)
}

// Spend pays for n operations beside those of the lambdas.
func (c *Call) Spend(n int) error { return c.env.spend(n) }

// Elements pays for a result of n elements, and the operations to make it.
func (c *Call) Elements(n int) error {
	if err := c.env.spend(n); err != nil {
		return err
	}
	return c.env.elements(n)
}

// Grow pays for n bytes of text, and for going through them.
func (c *Call) Grow(n int) error {
	if err := c.env.spend(n / 64); err != nil {
		return err
	}
	return c.env.grow(n)
}

// Weigh pays for going through all of v, which may share its parts with
// itself.
func (c *Call) Weigh(v ir.Value) error { return weigh(c.env, v) }

// Text returns the JSON form of v as a t, and pays for it.
func (c *Call) Text(v ir.Value, t *ir.Type) (string, error) {
	doc, err := ir.AppendJSON(nil, v, t, c.env.bytes)
	if err != nil {
		return "", err
	}
	return string(doc), c.Grow(len(doc))
}

// Now returns the time of the event that the evaluation belongs to.
func (c *Call) Now() ir.Time { return c.env.Now }

// Draw returns the run and node that the evaluation is for, and how often it
// has been called for it before with the same [Env].
func (c *Call) Draw() (seed string, count int) {
	if c.env.drawnFor != c.env.Seed {
		c.env.drawnFor, c.env.drawn = c.env.Seed, 0
	}
	c.env.drawn++
	return c.env.Seed, c.env.drawn - 1
}

// Compile returns the code of e, nil for nil. It is total: what a checked
// program cannot hold, such as an unknown function, is an error when it runs.
func Compile(e *ir.Expr, lib Library) *Code {
	if e == nil {
		return nil
	}
	c := compiler{lib: lib}
	run := c.expr(e)
	return &Code{run: run, locals: c.most}
}

// Eval computes the code. Errors are *[Error].
func (c *Code) Eval(env *Env) (ir.Value, error) {
	if env.Limits.Steps == 0 {
		env.Limits.Steps = DefaultLimits.Steps
	}
	if env.Limits.Bytes == 0 {
		env.Limits.Bytes = DefaultLimits.Bytes
	}
	env.steps, env.bytes = env.Limits.Steps, env.Limits.Bytes
	if len(env.locals) < c.locals {
		env.locals = make([]ir.Value, c.locals)
	}
	v, err := c.run(env)
	if err != nil {
		return nil, locate(ir.NoPos, err)
	}
	return v, nil
}

// Fold computes an expression that reads nothing outside of itself. The error
// is that of a constant expression that fails.
func Fold(e *ir.Expr, lib Library, limits Limits) (ir.Value, error) {
	return Compile(e, lib).Eval(&Env{Limits: limits})
}

// compiler turns expressions into closures.
type compiler struct {
	lib   Library
	depth int // variables of lambdas and comprehensions in scope
	most  int // the greatest depth
}

func (c *compiler) exprs(list []*ir.Expr) []op {
	ops := make([]op, len(list))
	for i, e := range list {
		ops[i] = c.expr(e)
	}
	return ops
}

// broken is the code of what a checked program cannot hold.
func broken(e *ir.Expr, what string) op {
	err := failf(e.At, "this is a bug in flowc: %s", what)
	return func(*Env) (ir.Value, error) { return nil, err }
}

// arity is how many arguments the operations take that take a fixed number.
var arity = map[ir.Op]int{
	ir.OpField: 1, ir.OpFields: 1, ir.OpIndex: 2, ir.OpComprehension: 3, ir.OpIf: 3,
	ir.OpAnd: 2, ir.OpOr: 2, ir.OpNot: 1, ir.OpNeg: 1,
	ir.OpEq: 2, ir.OpNe: 2, ir.OpLt: 2, ir.OpLe: 2, ir.OpGt: 2, ir.OpGe: 2,
	ir.OpIn: 2, ir.OpCoalesce: 2, ir.OpRange: 2,
	ir.OpAdd: 2, ir.OpSub: 2, ir.OpMul: 2, ir.OpDiv: 2, ir.OpRem: 2,
	ir.OpOptional: 1, ir.OpConvert: 1, ir.OpAs: 1, ir.OpIs: 1, ir.OpRef: 1,
}

// expr compiles e. It is a flat switch over the operations.
func (c *compiler) expr(e *ir.Expr) op {
	if e == nil || e.Type == nil {
		return broken(&ir.Expr{At: ir.NoPos}, "an expression is missing")
	}
	if n, fixed := arity[e.Op]; fixed && len(e.Args) != n {
		return broken(e, "an operation has the wrong number of arguments")
	}
	switch e.Op {
	case ir.OpConst:
		v := e.Value
		if v == nil {
			v = ir.None{}
		}
		return func(*Env) (ir.Value, error) { return v, nil }
	case ir.OpSlot:
		return c.slot(e)
	case ir.OpSlotOutcome:
		return c.slotOutcome(e)
	case ir.OpSlotOptional:
		return c.slotOptional(e)
	case ir.OpLocal:
		return c.local(e)
	case ir.OpParam:
		return c.param(e)
	case ir.OpContext:
		return c.fact(e)
	case ir.OpField:
		return c.field(e)
	case ir.OpFields:
		return c.fields(e)
	case ir.OpIndex:
		return c.index(e)
	case ir.OpCall:
		return c.call(e)
	case ir.OpList:
		return c.list(e)
	case ir.OpMap:
		return c.mapping(e)
	case ir.OpRecord:
		return c.record(e)
	case ir.OpComprehension:
		return c.comprehension(e)
	case ir.OpIf, ir.OpAnd, ir.OpOr, ir.OpNot:
		return c.logic(e)
	case ir.OpEq, ir.OpNe, ir.OpLt, ir.OpLe, ir.OpGt, ir.OpGe, ir.OpIn:
		return c.relation(e)
	case ir.OpCoalesce:
		return c.coalesce(e)
	case ir.OpRange:
		return c.span(e)
	case ir.OpAdd, ir.OpSub, ir.OpMul, ir.OpDiv, ir.OpRem, ir.OpNeg:
		return c.arithmetic(e)
	case ir.OpInterp:
		return c.interp(e)
	case ir.OpOptional:
		return c.optional(e)
	case ir.OpConvert:
		return c.convert(e)
	case ir.OpAs:
		return c.as(e)
	case ir.OpIs:
		return c.is(e)
	case ir.OpRef:
		return c.ref(e)
	}
	return broken(e, "an operation is not known here")
}
