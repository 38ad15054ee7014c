package stdlib

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

// functions and overloads are made from the topics' tables and never change.
var functions, overloads = build(
	listFunctions, orderFunctions, mapFunctions, textFunctions, numberFunctions,
	timeFunctions, conversionFunctions, encodingFunctions,
)

// Functions returns every signature, sorted by name. It must not be changed.
func Functions() []*Function { return functions }

// Lookup returns the signatures of the named function in the order in which
// they are tried, nil if there is none. It must not be changed.
func Lookup(name string) []*Function { return overloads[name] }

// Library gives the functions of this package to the evaluator.
type Library struct{}

var _ eval.Library = Library{}

// Bind returns the function for one call, see [eval.Library].
func (Library) Bind(name string, args []*ir.Type, result *ir.Type, consts []ir.Value) (eval.Func, error) {
	var nearest *Mismatch
	for _, f := range Lookup(name) {
		given := make([]Arg, len(args))
		for i, t := range args {
			given[i].Type = t
			if i < len(f.Params) && f.Params[i].Type.IsLambda() {
				given[i] = Arg{Lambda: func(*ir.Type) *ir.Type { return t }}
			}
		}
		u := unifier{f: f, args: given}
		if nearest = u.plain(); nearest != nil {
			continue
		}
		if _, nearest = u.lambdas(); nearest == nil {
			return f.bind(Binding{Args: args, Result: result, Consts: consts})
		}
	}
	return nil, fmt.Errorf("this is a bug in flowc: no function `%s` takes these arguments", name)
}

// The shapes of most functions: conversions between values and Go are here,
// so that the tables hold only what differs. An argument of another kind than
// its type says cannot come from a checked program; it is an error, no panic.

func argument[V ir.Value](c *eval.Call, i int) (V, error) {
	if i < len(c.Args) {
		if v, ok := c.Args[i].(V); ok {
			return v, nil
		}
	}
	var want V
	return want, fmt.Errorf("this is a bug in flowc: argument %d is no %s", i+1, ir.Describe(want))
}

// one makes a function of one argument.
func one[A ir.Value](f func(c *eval.Call, a A) (ir.Value, error)) eval.Func {
	return func(c *eval.Call) (ir.Value, error) {
		a, err := argument[A](c, 0)
		if err != nil {
			return nil, err
		}
		return f(c, a)
	}
}

// two makes a function of two arguments.
func two[A, B ir.Value](f func(c *eval.Call, a A, b B) (ir.Value, error)) eval.Func {
	return func(c *eval.Call) (ir.Value, error) {
		a, err := argument[A](c, 0)
		if err != nil {
			return nil, err
		}
		b, err := argument[B](c, 1)
		if err != nil {
			return nil, err
		}
		return f(c, a, b)
	}
}

// three makes a function of three arguments.
func three[A, B, C ir.Value](f func(c *eval.Call, a A, b B, d C) (ir.Value, error)) eval.Func {
	return func(c *eval.Call) (ir.Value, error) {
		d, err := argument[C](c, 2)
		if err != nil {
			return nil, err
		}
		return two(func(c *eval.Call, a A, b B) (ir.Value, error) { return f(c, a, b, d) })(c)
	}
}

// each calls the lambda that is argument 1 with every element of a list, and
// f with the element and what the lambda gave.
func each[V ir.Value](c *eval.Call, xs ir.List, f func(x ir.Value, got V) (more bool, err error)) error {
	for _, x := range xs {
		v, err := c.Apply(1, x)
		if err != nil {
			return err
		}
		got, ok := v.(V)
		if !ok {
			return fmt.Errorf("this is a bug in flowc: a lambda gave a %s", ir.Describe(v))
		}
		more, err := f(x, got)
		if err != nil || !more {
			return err
		}
	}
	return nil
}
