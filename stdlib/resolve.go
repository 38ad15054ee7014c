package stdlib

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// Arg is an argument of a call whose function is to be found.
type Arg struct {
	Type *ir.Type // nil for a lambda

	// Lambda returns the type of a lambda's body when its parameter is of the
	// given type, [ir.Invalid] when that has reported an error. It is called at
	// most once per resolution.
	Lambda func(param *ir.Type) *ir.Type
}

// Match is a call that fits.
type Match struct {
	Function *Function
	Params   []*ir.Type // what each argument is to be converted to; of a lambda, its body
	Lambdas  []*ir.Type // type of the lambda's own parameter; nil for other arguments
	Result   *ir.Type
}

// Mismatch says why a call fits no signature. It is about the signature that
// came nearest.
type Mismatch struct {
	Function *Function // nil when there is no function of the name
	Arg      int       // index of the argument, -1 when their number is wrong
	Want     string    // `[T]`, `string`: what the parameter takes
	Got      *ir.Type  // the argument's type; nil for a lambda
	Why      string    // `expected [T], found int`, without a period
}

// Error returns why the call does not fit.
func (m *Mismatch) Error() string { return m.Why }

// Resolve finds the first signature of the function name that takes args, in
// the order of the tables. Exactly one result is not nil.
func Resolve(name string, args []Arg) (*Match, *Mismatch) {
	overloads := Lookup(name)
	if len(overloads) == 0 {
		return nil, &Mismatch{Arg: -1, Why: fmt.Sprintf("the library has no function `%s`", name)}
	}
	var nearest *Mismatch
	for _, f := range overloads {
		u := unifier{f: f, args: args}
		bad := u.plain()
		if bad == nil {
			// Lambdas are typed for this signature only, since their bodies report
			// errors as they are typed.
			return u.lambdas()
		}
		if nearest == nil || bad.Arg > nearest.Arg {
			nearest = bad
		}
	}
	if nearest.Arg < 0 {
		nearest.Why = countMessage(overloads, len(args))
	}
	return nil, nearest
}

// countMessage says how many arguments a function takes.
func countMessage(overloads []*Function, got int) string {
	var counts []string
	for _, f := range overloads {
		n := fmt.Sprint(len(f.Params))
		if len(counts) == 0 || counts[len(counts)-1] != n {
			counts = append(counts, n)
		}
	}
	noun := "arguments"
	if len(counts) == 1 && counts[0] == "1" {
		noun = "argument"
	}
	return fmt.Sprintf("`%s` takes %s %s, found %d", overloads[0].Name, strings.Join(counts, " or "), noun, got)
}

// unifier finds what the variables of one signature stand for in one call.
type unifier struct {
	f    *Function
	args []Arg
	vars [8]struct {
		name string
		typ  *ir.Type
	}
}

// lookup returns what the variable stands for; nil if that is not known yet.
func (u *unifier) lookup(name string) **ir.Type {
	for i := range u.vars {
		if v := &u.vars[i]; v.name == name || v.name == "" {
			v.name = name
			return &v.typ
		}
	}
	panic("stdlib: a signature has too many variables")
}

func (u *unifier) mismatch(i int, why string) *Mismatch {
	want := u.f.Params[i].Type
	m := &Mismatch{Function: u.f, Arg: i, Want: want.String(), Got: u.args[i].Type}
	if m.Why = why; why == "" {
		got := "a lambda"
		if m.Got != nil {
			got = m.Got.String()
		}
		m.Why = fmt.Sprintf("expected %s, found %s", u.show(want), got)
	}
	return m
}

// show writes a type of the signature with the variables filled in as far as
// they are known.
func (u *unifier) show(t *SigType) string {
	if known := u.subst(t); known != nil {
		return known.String()
	}
	switch {
	case t.Var == "O":
		return "something that has an order"
	case t.Var == "S":
		return "string, url or path"
	case t.IsLambda():
		return "a lambda " + t.String()
	case t.Var != "":
		return "a value"
	}
	return t.String()
}

// plain fits the arguments that are no lambdas.
func (u *unifier) plain() *Mismatch {
	if len(u.args) != len(u.f.Params) {
		return &Mismatch{Function: u.f, Arg: -1}
	}
	for i, p := range u.f.Params {
		isLambda := u.args[i].Lambda != nil
		if isLambda != p.Type.IsLambda() {
			return u.mismatch(i, "")
		}
		if !isLambda && !u.fits(p.Type, u.args[i].Type) {
			return u.mismatch(i, "")
		}
	}
	return nil
}

// lambdas fits the lambdas, from left to right, and makes the match.
func (u *unifier) lambdas() (*Match, *Mismatch) {
	n := len(u.args)
	m := &Match{Function: u.f, Params: make([]*ir.Type, n), Lambdas: make([]*ir.Type, n)}
	for i, p := range u.f.Params {
		if u.args[i].Lambda == nil {
			continue
		}
		param := u.known(p.Type.From)
		body := u.args[i].Lambda(param)
		m.Lambdas[i] = param
		if !u.fits(p.Type.To, body) {
			return nil, u.mismatch(i, fmt.Sprintf("expected a lambda that gives %s, found one that gives %s", u.show(p.Type.To), body))
		}
	}
	for i, p := range u.f.Params {
		if p.Type.IsLambda() {
			m.Params[i] = u.known(p.Type.To)
		} else {
			m.Params[i] = u.known(p.Type)
		}
	}
	m.Result = u.known(u.f.Result)
	return m, nil
}

// known returns t with its variables filled in; what is still open, such as
// the element of `[]`, is [ir.Invalid], which fits everything.
func (u *unifier) known(t *SigType) *ir.Type {
	if known := u.subst(t); known != nil {
		return known
	}
	return ir.Invalid
}

// subst returns t with its variables filled in, nil if one is open.
func (u *unifier) subst(t *SigType) *ir.Type {
	switch {
	case t.Var != "":
		return *u.lookup(t.Var)
	case t.IsLambda():
		return nil
	case t.Type != nil:
		return t.Type
	case t.Kind == ir.KRecord:
		r := &ir.Type{Kind: ir.KRecord}
		for i, f := range t.Fields {
			field := u.subst(f)
			if field == nil {
				return nil
			}
			r.Fields = append(r.Fields, ir.Field{Name: t.Names[i], Type: field})
		}
		return r
	}
	elem := u.subst(t.Elem)
	switch {
	case elem == nil:
		return nil
	case t.Kind == ir.KOptional:
		return ir.OptionalOf(elem)
	case t.Kind == ir.KMap:
		return ir.MapOf(elem)
	}
	return ir.ListOf(elem)
}

// fits reports whether a value of type got can be used as a want, and settles
// the variables of want.
func (u *unifier) fits(want *SigType, got *ir.Type) bool {
	if got.Kind == ir.KInvalid {
		u.open(want)
		return true
	}
	switch {
	case want.Var != "":
		return u.settle(want.Var, got)
	case want.Type != nil:
		return ir.Assignable(got, want.Type)
	case want.Kind == ir.KOptional:
		if got.Kind == ir.KOptional {
			got = got.Elem
		}
		return got.Kind == ir.KNone || u.fits(want.Elem, got)
	}
	return got.Kind == want.Kind && u.fits(want.Elem, got.Elem)
}

// open lets the variables of want stand for anything, since an error is known.
func (u *unifier) open(want *SigType) {
	switch {
	case want.Var != "":
		if v := u.lookup(want.Var); *v == nil {
			*v = ir.Invalid
		}
	case want.Elem != nil:
		u.open(want.Elem)
	}
}

// settle makes the variable stand for got or, if it stands for something
// already, for the wider of both.
func (u *unifier) settle(name string, got *ir.Type) bool {
	if name == "O" && !Ordered(got) || name == "S" && !isText(got) {
		return false
	}
	v := u.lookup(name)
	switch {
	case *v == nil || (*v).Kind == ir.KInvalid || ir.Assignable(*v, got):
		*v = got
		return true
	}
	return ir.Assignable(got, *v)
}

// Ordered reports whether the values of t have an order, so that they can be
// compared with < and sorted.
func Ordered(t *ir.Type) bool {
	switch t.Kind {
	case ir.KInvalid, ir.KBool, ir.KInt, ir.KFloat, ir.KString, ir.KBytes, ir.KURL, ir.KPath,
		ir.KDate, ir.KTime, ir.KDuration, ir.KSize, ir.KEnum:
		return true
	}
	return false
}

func isText(t *ir.Type) bool {
	return t.Kind == ir.KString || t.Kind == ir.KURL || t.Kind == ir.KPath
}
