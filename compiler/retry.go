package compiler

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
)

// policy is the function in `retry = exponential(5, from: 2s)`.
const policy = "exponential"

// policyArgs are its arguments after the number of retries.
var policyArgs = []string{"factor", "from", "jitter", "max", "on"}

// retry reads a number of retries, or a policy.
func (s *optionSet) retry(value lang.Expr) {
	call, ok := value.(*lang.CallExpr)
	if name, isName := callName(call); !ok || !isName || name != policy {
		s.out.Retry = &ir.Retry{Max: s.retries(value)}
		return
	}
	r := &ir.Retry{}
	seen := map[string]lang.Expr{}
	for i := range call.Args {
		a := &call.Args[i]
		name := ""
		if a.Name != nil {
			name = a.Name.Name
		}
		switch _, twice := seen[name]; {
		case name == "" && i > 0:
			s.c.retryArgument(s.mod, a, "needs a name")
			continue
		case twice:
			s.c.retryArgument(s.mod, a, "is given twice")
			continue
		case name != "" && !slices.Contains(policyArgs, name):
			s.c.retryArgument(s.mod, a, "is not part of a policy")
			continue
		}
		seen[name] = a.Value
		s.policyArg(r, name, a.Value)
	}
	if r.Max == nil {
		s.c.retryWithoutMax(s.mod, call)
	}
	from, _ := s.known(r.From).(ir.Duration)
	if most, ok := s.known(r.Cap).(ir.Duration); ok && from > most {
		s.c.badRetry(s.mod, seen["from"], "the first delay is longer than the longest", "longer than `max`", seen["max"], "the longest delay")
	}
	s.out.Retry = r
}

// callName returns the name of the function that call calls.
func callName(call *lang.CallExpr) (name string, ok bool) {
	if call == nil {
		return "", false
	}
	n, ok := call.Fun.(*lang.Name)
	if !ok {
		return "", false
	}
	return n.Name, true
}

func (s *optionSet) retries(value lang.Expr) *ir.Expr {
	e := s.env().expr(value, ir.IntType)
	if n, ok := s.known(e).(ir.Int); ok && n < 0 {
		s.c.badRetry(s.mod, value, "there cannot be fewer than no retries", "at least 0", nil, "")
	}
	return e
}

func (s *optionSet) policyArg(r *ir.Retry, name string, value lang.Expr) {
	switch name {
	case "":
		r.Max = s.retries(value)
	case "from":
		r.From = s.delay(value)
	case "max":
		r.Cap = s.delay(value)
	case "factor":
		r.Factor = s.env().expr(value, ir.FloatType)
		if f, ok := s.known(r.Factor).(ir.Float); ok && f < 1 {
			s.c.badRetry(s.mod, value, "delays cannot shrink", "at least 1", nil, "")
		}
	case "jitter":
		r.Jitter = s.jitter(value)
	case "on":
		r.On = s.retriedErrors(value)
	}
}

func (s *optionSet) delay(value lang.Expr) *ir.Expr {
	e := s.env().expr(value, ir.DurationType)
	if d, ok := s.known(e).(ir.Duration); ok && d < 0 {
		s.c.badRetry(s.mod, value, "a delay cannot be negative", "at least 0s", nil, "")
	}
	return e
}

// jitter reads a percentage, or a fraction from 0 to 1.
func (s *optionSet) jitter(value lang.Expr) *ir.Expr {
	var e *ir.Expr
	if lit, ok := value.(*lang.Lit); ok && lit.Kind == lang.PercentLit {
		e = constExpr(ir.FloatType, ir.Float(lit.Num/100))
		e.At = s.mod.at(value)
	} else {
		e = s.env().expr(value, ir.FloatType)
	}
	if f, ok := s.known(e).(ir.Float); ok && (f < 0 || f > 1) {
		s.c.badRetry(s.mod, value, "jitter is a part of the delay", "between 0% and 100%", nil, "")
	}
	return e
}

// retriedErrors reads the declared errors that are retried too.
func (s *optionSet) retriedErrors(value lang.Expr) []string {
	list, ok := value.(*lang.ListLit)
	if !ok {
		s.c.badRetry(s.mod, value, "`on` is a list of errors", "expected `[Error, …]`", nil, "")
		return nil
	}
	var names []string
	for _, e := range list.Elems {
		name, ok := e.(*lang.TypeName)
		if !ok {
			s.c.badRetry(s.mod, e, "`on` is a list of errors", "not the name of an error", nil, "")
			continue
		}
		sym := s.c.errorNamed(s.mod, errorName(name))
		if sym == nil {
			continue
		}
		unique := sym.mod.unique(sym.name.Name)
		if s.errs != nil && !slices.Contains(s.errs, unique) {
			s.c.badRetry(s.mod, e, "this error is never raised here", "not declared with `raises`", nil, "")
			continue
		}
		names = append(names, unique)
	}
	return names
}

// errorName returns the name of an error that is written as a value.
func errorName(n *lang.TypeName) lang.ErrorName {
	name := lang.Ident{Range: n.Range, Name: n.Name}
	name.Start = name.End - int32(len(n.Name))
	return lang.ErrorName{Range: n.Range, Module: n.Module, Name: name}
}
