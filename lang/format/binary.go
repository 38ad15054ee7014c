package format

import (
	"slices"

	"github.com/flowc/flowc/lang"
)

// A term is an operand of a chain with the operator that follows it, "" for
// the last.
type term struct {
	x  lang.Expr
	op string
}

// binary prints a chain of operators of one precedence. After `..` and `%` the
// line does not end: `10 %` at its end would look like a percentage.
func (p *printer) binary(e *lang.Binary) {
	switch e.Op {
	case lang.OpRange:
		p.around(e, "..")
		return
	case lang.OpRem:
		p.around(e, " % ")
		return
	}
	var terms []term // from right to left
	for x, op := lang.Expr(e), ""; ; {
		b, ok := x.(*lang.Binary)
		if !ok || precedence(b.Op) != precedence(e.Op) || b.Op == lang.OpRem {
			terms = append(terms, term{x, op})
			break
		}
		terms = append(terms, term{b.Y, op})
		x, op = b.X, b.Op.String()
	}
	slices.Reverse(terms)
	p.chain(terms)
}

func (p *printer) around(e *lang.Binary, op string) {
	p.expr(e.X)
	p.text(op)
	p.expr(e.Y)
}

// chain prints terms all on one line, or each on its own.
func (p *printer) chain(terms []term) {
	p.open(false)
	for i, t := range terms {
		r := t.x.Span()
		switch {
		case i == 0:
		case !startsLine(t.x):
			p.rest(r.Start)
			p.text(" ")
		default:
			p.trailing(terms[i-1].x.Span().End, r.Start)
			p.line(" ", false)
			p.leadTight(r.Start)
		}
		p.expr(t.x)
		p.rest(r.End)
		if i == 0 {
			p.indent(4)
		}
		if t.op != "" {
			p.text(" " + t.op)
		}
	}
	p.indent(-4)
	p.close()
}

// startsLine reports whether e may be the first thing of a line. A `-` or `not`
// there looks as if it went on with the line before.
func startsLine(e lang.Expr) bool {
	for {
		switch x := e.(type) {
		case *lang.Unary:
			return false
		case *lang.Binary:
			e = x.X
		case *lang.Is:
			e = x.X
		default:
			e = beneath(x)
		}
		if e == nil {
			return true
		}
	}
}

// precedence returns how tightly op binds.
func precedence(op lang.Op) int {
	switch op {
	case lang.OpOr:
		return 1
	case lang.OpAnd:
		return 2
	case lang.OpNot:
		return 3
	case lang.OpEq, lang.OpNe, lang.OpLt, lang.OpLe, lang.OpGt, lang.OpGe, lang.OpIn:
		return 4
	case lang.OpCoalesce:
		return 5
	case lang.OpRange:
		return 6
	case lang.OpAdd, lang.OpSub:
		return 7
	}
	return 8
}
