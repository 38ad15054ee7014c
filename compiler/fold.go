package compiler

import (
	"errors"
	"math"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/stdlib"
)

// Folding replaces what does not depend on the run by its value. It goes
// through an expression from the leaves to the root, evaluates each part once
// and keeps only values that are not much larger than the text they came from.

var (
	// foldLimits are for parts of expressions. What takes more stays as it is.
	foldLimits = eval.Limits{Steps: 10_000, Bytes: 1 << 20}
	// otherLimits tell whether an error is one of the limits: then it differs.
	otherLimits = eval.Limits{Steps: 20_000, Bytes: 2 << 20}
	// constLimits are for what must be known, of which at most maxSlow may take
	// more than foldLimits.
	constLimits = eval.Limits{Steps: 1_000_000, Bytes: 16 << 20}
)

const maxSlow = 64

// maxFolded is the weight of the largest value that takes the place of a part
// of an expression, and maxConstants that of all constants together.
const (
	maxFolded    = 1 << 10
	maxConstants = 64 << 20
)

// evaluate computes a constant expression that is small.
func evaluate(e *ir.Expr) (ir.Value, error) { return eval.Fold(e, stdlib.Library{}, foldLimits) }

// certain returns err, of a constant expression, if it would fail under any
// limits, else nil.
func certain(e *ir.Expr, err error) error {
	if _, again := eval.Fold(e, stdlib.Library{}, otherLimits); again == nil || again.Error() != err.Error() {
		return nil
	}
	return err
}

// constant evaluates e, which must not depend on anything that changes.
func (x *exprEnv) constant(e lang.Expr, want *ir.Type) (v ir.Value, ok bool) {
	g := x.expr(e, want)
	if bad(g) {
		return nil, false
	}
	if g.Op == ir.OpConst {
		return g.Value, true
	}
	if leaf := changing(g, 0); leaf != nil {
		x.errNotConstant(x.nodeAt(leaf, e), whyChanging(leaf))
		return nil, false
	}
	v, err := evaluate(g)
	if err != nil && x.c.slow < maxSlow {
		x.c.slow++
		v, err = eval.Fold(g, stdlib.Library{}, constLimits)
	}
	if left := maxConstants - x.c.constants; err == nil {
		if !weigh(v, &left) {
			err = errTooLarge
		}
		x.c.constants = maxConstants - max(0, left)
	}
	if err != nil {
		x.c.failed(err, g.At)
	}
	return v, err == nil
}

var errTooLarge = errors.New("the constants of the program are too large together")

// nodeAt returns where g stands, which is in e.
func (x *exprEnv) nodeAt(g *ir.Expr, e lang.Expr) lang.Node {
	if g.At.File == x.mod.index && g.At.Start >= e.Span().Start && g.At.End <= e.Span().End {
		return lang.Range{Start: g.At.Start, End: g.At.End}
	}
	return e
}

// failed reports the error of a constant expression.
func (c *checker) failed(err error, at ir.Pos) {
	var e *eval.Error
	if errors.As(err, &e) && e.At.File >= 0 {
		at = e.At
	}
	c.errConstantFails(at, err.Error())
}

// isConstant reports whether e depends on nothing that changes.
func isConstant(e *ir.Expr) bool { return changing(e, 0) == nil }

// changing returns a part of e that depends on the run, nil if there is none.
// Locals from depth on are bound inside.
func changing(e *ir.Expr, depth int) *ir.Expr {
	if e == nil || e.Op == ir.OpConst {
		return nil
	}
	if !pure(e) || e.Op == ir.OpLocal && e.Index < depth {
		return e
	}
	for _, a := range e.Args {
		if found := changing(a, depth); found != nil {
			return found
		}
	}
	return nil
}

// pure reports whether the operation itself depends on its arguments only.
func pure(e *ir.Expr) bool {
	switch e.Op {
	case ir.OpSlot, ir.OpSlotOutcome, ir.OpSlotOptional, ir.OpParam, ir.OpContext:
		return false
	case ir.OpCall:
		for _, f := range stdlib.Lookup(e.Name) {
			if f.Context {
				return false
			}
		}
	}
	return true
}

func whyChanging(e *ir.Expr) string {
	switch e.Op {
	case ir.OpParam:
		return "a param is given from outside, when a run starts"
	case ir.OpContext:
		return "each run has its own"
	case ir.OpCall:
		return "`" + e.Name + "` gives something else in each run"
	}
	return "this is known only while running"
}

// fold returns e with its constant parts computed, nil for nil. A part that
// fails in every run is reported.
func (c *checker) fold(e *ir.Expr) *ir.Expr {
	if e == nil || e.Op == ir.OpConst || bad(e) {
		return e
	}
	f := folder{c: c}
	e, _ = f.fold(e, 0)
	return e
}

type folder struct{ c *checker }

// free says of an expression which locals it reads: those from first on, or
// none if first is noLocal. It is impure when it cannot be folded.
type free struct {
	first  int
	impure bool
}

const noLocal = math.MaxInt

// fold folds e, which stands within depth lambdas and comprehensions. It
// leaves e itself as it was, since expressions may be shared.
func (f folder) fold(e *ir.Expr, depth int) (*ir.Expr, free) {
	if e == nil || e.Op == ir.OpConst {
		return e, free{first: noLocal}
	}
	if e.Op == ir.OpLocal {
		return e, free{first: e.Index}
	}
	reads := free{first: noLocal, impure: !pure(e)}
	out := e
	for i, a := range e.Args {
		inner := depth
		if e.Op == ir.OpLambda || e.Op == ir.OpComprehension && i > 0 {
			inner++
		}
		folded, r := f.fold(a, inner)
		reads.first = min(reads.first, r.first)
		reads.impure = reads.impure || r.impure
		if folded != a {
			if out == e {
				copied := *e
				copied.Args = append([]*ir.Expr(nil), e.Args...)
				out = &copied
			}
			out.Args[i] = folded
		}
	}
	if reads.impure || reads.first < depth || e.Op == ir.OpLambda {
		return out, reads
	}
	v, err := evaluate(out)
	if err != nil {
		if err = certain(out, err); err != nil {
			f.c.failed(err, e.At)
		}
	}
	left := maxFolded
	if v == nil || !weigh(v, &left) {
		reads.impure = true // what it is a part of is not looked at again
		return out, reads
	}
	return &ir.Expr{Op: ir.OpConst, Type: e.Type, Value: v, At: ir.NoPos}, free{first: noLocal}
}

// weigh takes what v weighs, in about bytes, from left, and reports whether
// there was enough. It stops where there is not, since values share parts: a
// small one may be endless when it is written out.
func weigh(v ir.Value, left *int) bool {
	const part = 16
	*left -= part
	switch v := v.(type) {
	case ir.String:
		*left -= len(v)
	case ir.Bytes:
		*left -= len(v)
	case ir.JSON:
		*left -= len(v)
	case ir.List:
		return weighAll(v, left)
	case *ir.Map:
		return weighAll(v.Values, left)
	case *ir.Record:
		return weighAll(v.Values, left)
	}
	return *left >= 0
}

func weighAll(vs []ir.Value, left *int) bool {
	for _, v := range vs {
		if !weigh(v, left) {
			return false
		}
	}
	return *left >= 0
}
