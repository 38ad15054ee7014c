package ir

import (
	"strconv"
	"strings"
)

// expr returns e in a form near to the language, with every operation in
// parentheses.
func (pr *printer) expr(e *Expr) string {
	if e == nil {
		return "_"
	}
	arg := func(i int) string {
		if i < len(e.Args) {
			return pr.expr(e.Args[i])
		}
		return "_"
	}
	switch e.Op {
	case OpConst:
		return Show(e.Value)
	case OpSlot:
		return pr.slot(e.Up, e.Index)
	case OpSlotOutcome:
		return pr.slot(e.Up, e.Index) + "!"
	case OpSlotOptional:
		return pr.slot(e.Up, e.Index) + "?"
	case OpLocal:
		return "%" + strconv.Itoa(e.Index)
	case OpParam:
		return "param." + e.Name
	case OpContext:
		return "context." + e.Name
	case OpField:
		return arg(0) + "." + e.Name
	case OpFields:
		return arg(0) + ".*." + e.Name
	case OpIndex:
		return arg(0) + "[" + arg(1) + "]"
	case OpCall:
		return e.Name + "(" + pr.exprs(e.Args) + ")"
	case OpLambda:
		return "-> " + arg(0)
	case OpList:
		return "[" + pr.exprs(e.Args) + "]"
	case OpMap:
		return "{" + pr.fields(e, true) + "}"
	case OpRecord:
		name := ""
		if e.Type.Decl != nil {
			name = e.Type.Decl.Name + " "
		}
		return name + "{" + pr.fields(e, false) + "}"
	case OpComprehension:
		cond := ""
		if len(e.Args) > 1 && e.Args[1] != nil {
			cond = " if " + arg(1)
		}
		return "[for " + arg(0) + cond + ": " + arg(2) + "]"
	case OpIf:
		return "(if " + arg(0) + " then " + arg(1) + " else " + arg(2) + ")"
	case OpNot, OpNeg, OpRef:
		return e.Op.String() + "(" + arg(0) + ")"
	case OpInterp:
		return pr.interp(e)
	case OpOptional:
		return arg(0) + "?"
	case OpConvert, OpAs:
		return "(" + arg(0) + " " + e.Op.String() + " " + e.Type.String() + ")"
	case OpIs:
		if e.Name == "" {
			return "(" + arg(0) + " is not none)"
		}
		return "(" + arg(0) + " is " + e.Name + ")"
	}
	return "(" + arg(0) + " " + e.Op.String() + " " + arg(1) + ")"
}

func (pr *printer) exprs(list []*Expr) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = pr.expr(e)
	}
	return strings.Join(parts, ", ")
}

func (pr *printer) fields(e *Expr, quoted bool) string {
	parts := make([]string, len(e.Args))
	for i, a := range e.Args {
		name := ""
		if i < len(e.Names) {
			name = e.Names[i]
		}
		if quoted {
			name = strconv.Quote(name)
		}
		parts[i] = name + ": " + pr.expr(a)
	}
	return strings.Join(parts, ", ")
}

func (pr *printer) interp(e *Expr) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, a := range e.Args {
		if text, ok := a.Value.(String); ok && a.Op == OpConst {
			quoted := strconv.Quote(string(text))
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteString("${" + pr.expr(a))
		if i < len(e.Names) && e.Names[i] != "" {
			b.WriteString(":" + e.Names[i])
		}
		b.WriteByte('}')
	}
	b.WriteByte('"')
	return b.String()
}
