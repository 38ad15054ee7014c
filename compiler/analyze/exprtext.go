package analyze

import (
	"strconv"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// maxText is how much of an expression is written; a page of it says no more.
const maxText = 400

// Text returns an expression of a workflow, seen from a frame, as somebody
// would write it in a flow. What has no name in the IR, such as the variable
// of a lambda, is given one. Long ones end with `…`.
func Text(w *ir.Workflow, frame int, e *ir.Expr) string {
	var frames [][]string
	for f := frame; f >= 0 && f < len(w.Frames) && len(frames) <= len(w.Frames); f = w.Frames[f].Parent {
		frames = append(frames, w.Frames[f].Names)
	}
	return textOf(frames, e)
}

// textIn is Text for what an activity declares: it sees the parameters.
func textIn(params []ir.Param, e *ir.Expr) string {
	names := make([]string, len(params))
	for k, p := range params {
		names[k] = p.Name
	}
	return textOf([][]string{names}, e)
}

func textOf(frames [][]string, e *ir.Expr) string {
	t := &texter{frames: frames, taken: map[string]bool{}}
	for _, f := range frames {
		for _, name := range f {
			t.taken[name] = true
		}
	}
	t.expr(e, loosest)
	return shorten(t.b.String(), maxText)
}

// shorten cuts s to at most n runes, the last of which is then `…`.
func shorten(s string, n int) string {
	for k := range s {
		if n--; n == 0 && len(s) > k+1 {
			return s[:k] + "…"
		}
	}
	return s
}

// texter writes an expression down.
type texter struct {
	b      strings.Builder
	frames [][]string // names of slots, innermost frame first
	locals []string   // variables of lambdas and comprehensions, outermost first
	taken  map[string]bool
}

// Precedences, loosest first: language.md, section 12.
const (
	loosest = iota
	precOr
	precAnd
	precNot
	precCompare
	precCoalesce
	precRange
	precAdd
	precMul
	precNeg
	precAs
	precPostfix
)

// binary are the operators that stand between their arguments.
var binary = map[ir.Op]int{
	ir.OpOr: precOr, ir.OpAnd: precAnd, ir.OpEq: precCompare, ir.OpNe: precCompare, ir.OpLt: precCompare, ir.OpLe: precCompare,
	ir.OpGt: precCompare, ir.OpGe: precCompare, ir.OpIn: precCompare, ir.OpCoalesce: precCoalesce, ir.OpRange: precRange,
	ir.OpAdd: precAdd, ir.OpSub: precAdd, ir.OpMul: precMul, ir.OpDiv: precMul, ir.OpRem: precMul,
}

func (t *texter) text(s string) { t.b.WriteString(s) }

// arg writes argument i of e, which an operator of precedence prec takes.
func (t *texter) arg(e *ir.Expr, i, prec int) {
	if i < len(e.Args) {
		t.expr(e.Args[i], prec)
	} else {
		t.text("…")
	}
}

// expr writes e, in parentheses if it binds less than around.
func (t *texter) expr(e *ir.Expr, around int) {
	if e == nil || t.b.Len() > 2*maxText { // the rest is cut off anyway
		t.text("…")
		return
	}
	prec := precedence(e)
	if prec < around {
		t.text("(")
		defer t.text(")")
	}
	if p, ok := binary[e.Op]; ok {
		left, right := p, p+1
		if e.Op == ir.OpCoalesce || p == precCompare || p == precRange {
			left = p + 1
		}
		if e.Op == ir.OpCoalesce {
			right = p
		}
		t.arg(e, 0, left)
		if e.Op == ir.OpRange {
			t.text("..")
		} else {
			t.text(" " + e.Op.String() + " ")
		}
		t.arg(e, 1, right)
		return
	}
	switch e.Op {
	case ir.OpConst:
		t.text(constant(e.Value))
	case ir.OpSlot, ir.OpSlotOutcome, ir.OpSlotOptional:
		t.text(t.slot(e))
	case ir.OpLocal:
		t.text(t.local(e.Index))
	case ir.OpParam, ir.OpContext:
		t.text(e.Name)
	case ir.OpConvert:
		t.arg(e, 0, around)
	case ir.OpNot:
		t.text("not ")
		t.arg(e, 0, precNot)
	case ir.OpNeg:
		t.text("-")
		t.arg(e, 0, precNeg)
	case ir.OpAs:
		t.arg(e, 0, precAs)
		t.text(" as " + e.Type.String())
	case ir.OpIs:
		t.arg(e, 0, precCoalesce)
		if e.Name == "" {
			t.text(" != none")
		} else {
			t.text(" is " + e.Name)
		}
	case ir.OpIf:
		t.text("if ")
		t.arg(e, 0, precOr)
		t.text(" then ")
		t.arg(e, 1, loosest)
		t.text(" else ")
		t.arg(e, 2, loosest)
	default:
		t.compound(e)
	}
}

// compound writes what has brackets of its own.
func (t *texter) compound(e *ir.Expr) {
	switch e.Op {
	case ir.OpField, ir.OpFields:
		t.arg(e, 0, precPostfix)
		t.text("." + e.Name)
	case ir.OpOptional:
		t.arg(e, 0, precPostfix)
		t.text("?")
	case ir.OpIndex:
		t.arg(e, 0, precPostfix)
		t.text("[")
		t.arg(e, 1, loosest)
		t.text("]")
	case ir.OpCall:
		t.text(e.Name)
		t.list("(", e, ")")
	case ir.OpRef:
		t.text("ref")
		t.list("(", e, ")")
	case ir.OpList:
		t.list("[", e, "]")
	case ir.OpMap:
		t.fields(e, true)
	case ir.OpRecord:
		if e.Type != nil && e.Type.Decl != nil {
			t.text(e.Type.Decl.Name + " ")
		}
		t.fields(e, false)
	case ir.OpLambda:
		t.text(t.bind() + " -> ")
		t.arg(e, 0, loosest)
		t.unbind()
	case ir.OpComprehension:
		t.comprehension(e)
	case ir.OpInterp:
		t.interp(e)
	default:
		t.text("…")
	}
}

func precedence(e *ir.Expr) int {
	if p, ok := binary[e.Op]; ok {
		return p
	}
	switch e.Op {
	case ir.OpNot:
		return precNot
	case ir.OpIs:
		return precCompare
	case ir.OpNeg:
		return precNeg
	case ir.OpAs:
		return precAs
	case ir.OpIf, ir.OpLambda:
		return loosest
	}
	return precPostfix
}

func constant(v ir.Value) string {
	if list, ok := v.(ir.List); ok && len(list) > 20 {
		return strings.TrimSuffix(ir.Show(list[:20]), "]") + ", …]"
	}
	if r, ok := v.(*ir.Record); ok && r.Decl != nil && len(r.Names) == 0 {
		return r.Decl.Name // as in `raise TooLate`
	}
	return ir.Show(v)
}

func (t *texter) slot(e *ir.Expr) string {
	if e.Up < 0 || e.Up >= len(t.frames) || e.Index < 0 || e.Index >= len(t.frames[e.Up]) || t.frames[e.Up][e.Index] == "" {
		return "…"
	}
	return t.frames[e.Up][e.Index]
}

// bind opens the scope of a variable and returns its name, which is that of
// nothing else in sight.
func (t *texter) bind() string {
	for k := 0; ; k++ {
		name := string(rune('x' + k%3))
		if k >= 3 {
			name += strconv.Itoa(k / 3)
		}
		if !t.taken[name] {
			t.taken[name] = true
			t.locals = append(t.locals, name)
			return name
		}
	}
}

func (t *texter) unbind() {
	last := len(t.locals) - 1
	delete(t.taken, t.locals[last])
	t.locals = t.locals[:last]
}

func (t *texter) local(i int) string {
	if i < 0 || i >= len(t.locals) {
		return "…"
	}
	return t.locals[i]
}

func (t *texter) list(open string, e *ir.Expr, shut string) {
	t.text(open)
	for i, a := range e.Args {
		if i > 0 {
			t.text(", ")
		}
		t.expr(a, loosest)
	}
	t.text(shut)
}

func (t *texter) fields(e *ir.Expr, quoted bool) {
	if len(e.Args) == 0 {
		t.text("{}")
		return
	}
	t.text("{ ")
	for i, a := range e.Args {
		if i > 0 {
			t.text(", ")
		}
		name := ""
		if i < len(e.Names) {
			name = e.Names[i]
		}
		if quoted {
			name = ir.Show(ir.String(name))
		}
		t.text(name + ": ")
		t.expr(a, loosest)
	}
	t.text(" }")
}

func (t *texter) comprehension(e *ir.Expr) {
	name := t.bind() // before the list, which does not see it: nothing there has that name
	t.text("[for " + name + " in ")
	last := len(t.locals) - 1
	t.locals = t.locals[:last]
	t.arg(e, 0, precOr)
	t.locals = append(t.locals, name)
	if len(e.Args) > 1 && e.Args[1] != nil {
		t.text(" if ")
		t.expr(e.Args[1], precOr)
	}
	t.text(": ")
	t.arg(e, 2, loosest)
	t.unbind()
	t.text("]")
}

func (t *texter) interp(e *ir.Expr) {
	t.text(`"`)
	for i, a := range e.Args {
		if s, ok := a.Value.(ir.String); ok && a.Op == ir.OpConst {
			quoted := ir.Show(s)
			t.text(strings.ReplaceAll(quoted[1:len(quoted)-1], "${", `\${`))
			continue
		}
		t.text("${")
		t.expr(a, loosest)
		if i < len(e.Names) && e.Names[i] != "" {
			t.text(":" + e.Names[i])
		}
		t.text("}")
	}
	t.text(`"`)
}
