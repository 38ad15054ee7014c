package compiler

import (
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/stdlib"
)

// call elaborates a call inside an expression: of a pure function of the
// library, as `f(x)`, `x.f()` or `json.encode(x)`.
func (x *exprEnv) call(e *lang.CallExpr, hint *ir.Type) *ir.Expr {
	switch fun := e.Fun.(type) {
	case *lang.Name:
		path := [...]lang.Ident{{Range: fun.Range, Name: fun.Name}}
		if callee := x.c.findCallable(x.mod, path[:]); callee != nil {
			return x.errCallInExpression(e, callee)
		}
		switch fun.Name {
		case "ref":
			return x.refTo(e, hint)
		case "secret":
			return x.secretNamed(e, hint)
		}
		return x.library(e, fun, fun.Name, nil)
	case *lang.Field:
		return x.callOfField(e, fun)
	case *lang.TypeName:
		return x.errTypeCalled(e, fun)
	}
	x.arguments(e)
	return x.errNotAFunction(e)
}

// callOfField elaborates `module.f(…)`, `json.encode(…)` or `x.f(…)`.
func (x *exprEnv) callOfField(e *lang.CallExpr, fun *lang.Field) *ir.Expr {
	if of, ok := fun.X.(*lang.TypeName); ok {
		return x.errTypeCalled(e, of)
	}
	if from := x.moduleOf(fun.X); from != nil {
		if from.mod.broken {
			return invalidExpr
		}
		if callee := from.mod.calls[fun.Name.Name]; callee != nil {
			return x.errCallInExpression(e, callee)
		}
		x.arguments(e)
		return x.errNotInModule(e, fun, from)
	}
	if n, ok := fun.X.(*lang.Name); ok && x.lookup(n.Name) == nil {
		if name := n.Name + "." + fun.Name.Name; isFamily(n.Name) && x.mod.calls[n.Name] == nil {
			return x.library(e, fun, name, nil)
		}
	}
	if callee := x.mod.calls[fun.Name.Name]; callee != nil && len(stdlib.Lookup(fun.Name.Name)) == 0 {
		return x.errCallInExpression(e, callee)
	}
	return x.library(e, fun.Name, fun.Name.Name, fun.X)
}

// isFamily reports whether functions of the library are called `name.…`.
func isFamily(name string) bool {
	return slices.ContainsFunc(stdlib.Functions(), func(f *stdlib.Function) bool {
		return strings.HasPrefix(f.Name, name) && len(f.Name) > len(name) && f.Name[len(name)] == '.'
	})
}

// arguments elaborates the arguments of a call of which nothing is known, for
// what they use and for their own mistakes.
func (x *exprEnv) arguments(e *lang.CallExpr) {
	for _, a := range e.Args {
		if _, ok := a.Value.(*lang.Lambda); !ok {
			x.infer(a.Value, nil)
		}
	}
}

// library elaborates the call of a function of the library. receiver, if not
// nil, is its first argument.
func (x *exprEnv) library(e *lang.CallExpr, at lang.Node, name string, receiver lang.Expr) *ir.Expr {
	overloads := stdlib.Lookup(name)
	if len(overloads) == 0 {
		if receiver != nil {
			x.infer(receiver, nil)
		}
		x.arguments(e)
		return x.errUnknownFunction(at, name)
	}
	values, ok := x.positions(e, overloads, receiver)
	if !ok {
		return invalidExpr
	}
	args := make([]stdlib.Arg, len(values))
	given := make([]*ir.Expr, len(values))
	for i, v := range values {
		if lambda, isLambda := v.(*lang.Lambda); isLambda {
			args[i].Lambda = func(param *ir.Type) *ir.Type {
				if ok {
					param = closed(param)
				}
				given[i] = x.lambda(lambda, param)
				if bad(given[i]) {
					ok = false
				}
				return given[i].Args[0].Type
			}
			continue
		}
		given[i] = x.infer(v, nil)
		args[i].Type = openElem(given[i].Type)
		ok = ok && !bad(given[i])
	}
	match, mismatch := stdlib.Resolve(name, args)
	if !ok {
		x.unresolved(values, given)
		return invalidExpr
	}
	if shown := x.showsSecret(name, values, given); shown != nil {
		return shown
	}
	if mismatch != nil {
		return x.errFunctionArguments(e, name, values, given, mismatch)
	}
	for i, g := range given {
		if elem := match.Function.Params[i].Type.Elem; elem != nil && isEmpty(closed(match.Params[i])) {
			switch elem.Var {
			case "O":
				return x.errElementsUnknown(values[i])
			case "S":
				match.Params[i] = ir.ListOf(ir.StringType)
			}
		}
		if g.Op != ir.OpLambda {
			given[i] = convert(g, closed(match.Params[i]))
			continue
		}
		body := convert(g.Args[0], closed(match.Params[i]))
		given[i] = &ir.Expr{Op: ir.OpLambda, Type: body.Type, Args: []*ir.Expr{body}, At: g.At}
	}
	return &ir.Expr{Op: ir.OpCall, Name: name, Type: closed(match.Result), Args: given, At: x.at(at)}
}

// unresolved elaborates the lambdas that resolution did not come to, so that
// their own mistakes are found too.
func (x *exprEnv) unresolved(values []lang.Expr, given []*ir.Expr) {
	for i, v := range values {
		if lambda, ok := v.(*lang.Lambda); ok && given[i] == nil {
			given[i] = x.lambda(lambda, ir.Invalid)
		}
	}
}

// lambda elaborates a lambda whose parameter is of type param.
func (x *exprEnv) lambda(e *lang.Lambda, param *ir.Type) *ir.Expr {
	y, _ := x.inner(e.Param, param)
	body := y.infer(e.Body, nil)
	return &ir.Expr{Op: ir.OpLambda, Type: body.Type, Args: []*ir.Expr{body}, At: x.at(e)}
}

// openElem returns the type of an empty literal as one that fits every list or
// map, and any other type as it is.
func openElem(t *ir.Type) *ir.Type {
	if isEmpty(t) {
		return &ir.Type{Kind: t.Kind, Elem: ir.Invalid}
	}
	return t
}

// closed returns t, of a call without mistakes, with none in the place of what
// nothing has settled, such as the element of `[]`.
func closed(t *ir.Type) *ir.Type {
	switch {
	case t.Kind == ir.KInvalid:
		return ir.NoneType
	case t.Elem == nil:
		return t
	case t.Elem.Kind == ir.KInvalid:
		return &ir.Type{Kind: t.Kind, Elem: emptyElem}
	}
	if elem := closed(t.Elem); elem != t.Elem {
		return &ir.Type{Kind: t.Kind, Elem: elem, Bound: t.Bound}
	}
	return t
}

// positions returns the arguments of a call in the order of the function's
// parameters.
func (x *exprEnv) positions(e *lang.CallExpr, overloads []*stdlib.Function, receiver lang.Expr) ([]lang.Expr, bool) {
	values := make([]lang.Expr, 0, len(e.Args)+1)
	if receiver != nil {
		values = append(values, receiver)
	}
	plain := 0
	for _, a := range e.Args {
		if a.Name == nil {
			plain++
			values = append(values, a.Value)
		}
	}
	if plain == len(e.Args) {
		return values, true
	}
	for _, f := range overloads {
		if all, ok := byName(f, values, e.Args); ok {
			return all, true
		}
	}
	x.errFunctionNames(e, overloads)
	return nil, false
}

// byName adds the named arguments to those that have a place, in the order of
// the parameters of f. It reports whether every parameter has one argument.
func byName(f *stdlib.Function, first []lang.Expr, args []lang.Arg) ([]lang.Expr, bool) {
	all := make([]lang.Expr, len(f.Params))
	if len(first) > len(all) {
		return nil, false
	}
	n := copy(all, first)
	for _, a := range args {
		if a.Name == nil {
			continue
		}
		for i, p := range f.Params {
			if p.Name == a.Name.Name && all[i] == nil {
				all[i] = a.Value
				n++
			}
		}
	}
	return all, n == len(all) && n == len(first)+named(args)
}

// named counts the arguments that have a name.
func named(args []lang.Arg) int {
	n := 0
	for _, a := range args {
		if a.Name != nil {
			n++
		}
	}
	return n
}

// args elaborates the arguments of a call of an activity, workflow or canvas,
// by parameter; nil where the default is to be used. at is the call.
func (x *exprEnv) args(callee *callableSymbol, args []lang.Arg, at lang.Node) []*ir.Expr {
	out, ok := x.given(callee, args)
	if !ok {
		return out
	}
	var missing []ir.Param
	for i, p := range callee.params {
		if out[i] == nil && p.Default == nil && p.Type.Kind != ir.KOptional && p.Type.Kind != ir.KInvalid {
			missing = append(missing, p)
			out[i] = invalidExpr
		}
	}
	if len(missing) > 0 {
		x.errMissingArguments(callee, at, missing)
	}
	return out
}

// given elaborates the arguments that are written, by parameter; nil for the
// others. ok is false when some of them fit no parameter: that is reported.
func (x *exprEnv) given(callee *callableSymbol, args []lang.Arg) (out []*ir.Expr, ok bool) {
	out = make([]*ir.Expr, len(callee.params))
	var wrong wrongArgs
	next := 0
	for i := range args {
		a := &args[i]
		to := next
		if a.Name != nil {
			to = callee.paramNamed(a.Name.Name, i)
		} else {
			next++
		}
		switch {
		case to < 0:
			x.infer(a.Value, nil)
			wrong.unknownName(x, callee, a)
		case to >= len(out):
			x.infer(a.Value, nil)
			wrong.unexpected(x, a, to)
		case out[to] != nil:
			x.infer(a.Value, nil)
			x.errArgumentTwice(callee, a, to)
		default:
			p := callee.params[to]
			out[to] = x.fit(x.infer(a.Value, p.Type), p.Type, a.Value, &site{callee: callee, param: to, wrong: &wrong})
		}
	}
	if len(wrong.labels) > 0 {
		x.errArguments(callee, &wrong)
		return out, false
	}
	return out, true
}

// paramNamed returns the index of the named parameter, -1 if there is none.
// Many parameters are looked up, few compared.
func (s *callableSymbol) paramNamed(name string, guess int) int {
	const few = 16
	switch {
	case guess < len(s.params) && s.params[guess].Name == name:
		return guess
	case len(s.params) <= few:
		return paramNamed(s.params, name)
	case s.places == nil:
		s.places = make(map[string]int, len(s.params))
		for i, p := range s.params {
			s.places[p.Name] = i
		}
	}
	if i, ok := s.places[name]; ok {
		return i
	}
	return -1
}

func paramNamed(params []ir.Param, name string) int {
	for i, p := range params {
		if p.Name == name {
			return i
		}
	}
	return -1
}
