package ir

// scope is what an expression may read: frames, from the innermost, by the
// number of their slots, and variables of lambdas and comprehensions.
type scope struct {
	sizes  []int
	locals int
}

// maybe checks an expression that may be absent; want nil means any type.
func (c *checker) maybe(e *Expr, s scope, want *Type) {
	if e != nil {
		c.exprOf(e, s, want)
	}
}

// exprOf checks an expression whose value is used as a want.
func (c *checker) exprOf(e *Expr, s scope, want *Type) {
	if c.err != nil {
		return
	}
	c.expr(e, s)
	if c.err == nil && want != nil {
		c.must(Assignable(e.Type, want), "an expression of type %s stands where %s is wanted", e.Type, want)
	}
}

// argCounts are the numbers of arguments that operations take; those not
// listed take none, or any number.
var argCounts = [...]int{
	OpField: 1, OpFields: 1, OpIndex: 2, OpLambda: 1, OpComprehension: 3, OpIf: 3,
	OpAnd: 2, OpOr: 2, OpNot: 1, OpNeg: 1, OpEq: 2, OpNe: 2, OpLt: 2, OpLe: 2, OpGt: 2, OpGe: 2,
	OpIn: 2, OpCoalesce: 2, OpRange: 2, OpAdd: 2, OpSub: 2, OpMul: 2, OpDiv: 2, OpRem: 2,
	OpOptional: 1, OpConvert: 1, OpAs: 1, OpIs: 1, OpRef: 1,
}

// takesAny reports whether an operation takes any number of arguments.
func takesAny(o Op) bool {
	return o == OpCall || o == OpList || o == OpMap || o == OpRecord || o == OpInterp
}

func (c *checker) expr(e *Expr, s scope) {
	if !c.must(e != nil, "a part of an expression is missing") {
		return
	}
	if c.depth++; c.depth > maxExprDepth {
		c.must(false, "expressions nest deeper than %d", maxExprDepth)
	}
	defer func() { c.depth-- }()
	if !c.must(e.Op <= OpRef, "there is no operation %d", e.Op) {
		return
	}
	c.typ(e.Type)
	want := 0
	if int(e.Op) < len(argCounts) {
		want = argCounts[e.Op]
	}
	if c.err != nil || !c.must(takesAny(e.Op) || len(e.Args) == want, "`%s` has %d arguments, not %d", e.Op, len(e.Args), want) {
		return
	}
	c.opRules(e, s)
	for i, a := range e.Args {
		inner := s
		switch e.Op {
		case OpLambda:
			inner.locals++
		case OpComprehension:
			if i == 1 && a == nil {
				continue
			}
			if i > 0 {
				inner.locals++
			}
		}
		if c.err != nil {
			return
		}
		if a != nil && a.Op == OpLambda {
			c.must(e.Op == OpCall, "a lambda stands where no function takes it")
		}
		c.expr(a, inner)
	}
	if e.Op == OpIf && c.err == nil {
		c.must(Assignable(e.Args[0].Type, BoolType), "the condition of an `if` is of type %s", e.Args[0].Type)
	}
}

// opRules checks what is particular to an operation, before its arguments.
func (c *checker) opRules(e *Expr, s scope) {
	switch e.Op {
	case OpConst:
		if e.Value != nil {
			_, err := Encode(e.Value, e.Type)
			c.must(err == nil, "a constant is no %s: %v", e.Type, err)
		} else {
			c.must(e.Type.Kind == KNone || e.Type.Kind == KOptional, "a constant of type %s has no value", e.Type)
		}
	case OpSlot, OpSlotOutcome, OpSlotOptional:
		c.must(e.Up >= 0 && e.Up < len(s.sizes) && e.Index >= 0 && e.Index < s.sizes[e.Up], "slot %d, %d frames up, does not exist", e.Index, e.Up)
	case OpLocal:
		c.must(e.Index >= 0 && e.Index < s.locals, "variable %d does not exist in its scope", e.Index)
	case OpParam:
		c.must(c.params[e.Name], "the program has no parameter %q", e.Name)
	case OpContext, OpField, OpFields, OpCall:
		c.must(e.Name != "", "`%s` has no name", e.Op)
	case OpMap:
		c.must(len(e.Names) == len(e.Args), "a map has %d keys and %d values", len(e.Names), len(e.Args))
		c.distinct(e.Names)
	case OpRecord:
		t := e.Type
		for t.Kind == KOptional {
			t = t.Elem
		}
		if !c.must((t.Kind == KRecord || t.Kind == KError) && len(e.Names) == len(e.Args), "a record is none, or has not as many names as values") {
			return
		}
		for i, name := range e.Names {
			c.must(fieldIndex(t.RecordFields(), name, i) >= 0, "%s has no field %q", t, name)
		}
		c.distinct(e.Names)
	case OpInterp:
		if !c.must(len(e.Names) == 0 || len(e.Names) == len(e.Args), "a text has %d formats for %d parts", len(e.Names), len(e.Args)) {
			return
		}
		for i, f := range e.Names {
			if f == "" || e.Args[i] == nil || e.Args[i].Type == nil {
				continue
			}
			kind := e.Args[i].Type.Kind
			err := CheckTimeFormat(f, kind)
			c.must((kind == KDate || kind == KTime) && err == nil, "a text has the format %q for a %s", f, e.Args[i].Type)
		}
	}
}

func (c *checker) distinct(names []string) {
	var seen keySet
	for _, n := range names {
		c.must(seen.add(n), "%q stands twice", n)
	}
}
