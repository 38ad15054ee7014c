package format

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/lang"
)

func (p *printer) expr(e lang.Expr) {
	switch e := e.(type) {
	case *lang.Lit:
		p.text(e.Text)
	case *lang.StringLit:
		p.str(e)
	case *lang.Name:
		p.text(e.Name)
	case *lang.TypeName:
		p.typeName(e)
	case *lang.RecordLit:
		p.typeName(&e.Type)
		p.text(" ")
		bracketed(p, curly, e.End, e.Fields, p.fieldInit)
	case *lang.MapLit:
		bracketed(p, curly, e.End, e.Entries, p.mapEntry)
	case *lang.ListLit:
		hugging(p, square, e.Range, e.Elems, func(x lang.Expr) lang.Expr { return x }, p.expr)
	case *lang.Comprehension:
		p.comprehension(e)
	case *lang.Lambda:
		p.text(e.Param.Name + " -> ")
		p.expr(e.Body)
	case *lang.CallExpr, *lang.Field, *lang.Index, *lang.Optional, *lang.As:
		p.postfix(e)
	case *lang.Unary:
		p.text(e.Op.String())
		if e.Op == lang.OpNot {
			p.text(" ")
		}
		p.expr(e.X)
	case *lang.Binary:
		p.binary(e)
	case *lang.Is:
		p.expr(e.X)
		p.text(" is ")
		p.typ(e.Type)
	case *lang.IfExpr:
		p.text("if ")
		p.expr(e.Cond)
		p.text(" then ")
		p.expr(e.Then)
		p.text(" else ")
		p.expr(e.Else)
	case *lang.Paren:
		p.text("(")
		p.expr(e.X)
		p.text(")")
	case *lang.BadExpr:
		p.verbatim(e.Range)
	default:
		panic(fmt.Sprintf("unexpected %T", e))
	}
}

// verbatim prints the source of r.
func (p *printer) verbatim(r lang.Range) {
	p.within(r)
	if int(r.End) <= len(p.src) {
		p.text(strings.ReplaceAll(string(p.src[r.Start:r.End]), "\r\n", "\n"))
	}
}

func (p *printer) typeName(t *lang.TypeName) {
	if t.Module != nil {
		p.text(t.Module.Name + ".")
	}
	p.text(t.Name)
}

func (p *printer) fieldInit(f lang.FieldInit) {
	p.text(f.Name.Name)
	if !f.Short {
		p.text(":")
		p.cell(colField)
		p.text(" ")
		p.expr(f.Value)
	}
}

func (p *printer) mapEntry(e lang.MapEntry) {
	p.expr(e.Key)
	if !e.Short {
		p.text(":")
		p.cell(colField)
		p.text(" ")
		p.expr(e.Value)
	}
}

// comprehension prints `[for x in list if cond: value]`, broken before value.
func (p *printer) comprehension(e *lang.Comprehension) {
	head, value := e.List.Span().End, e.Value.Span()
	p.open(false)
	p.text("[for " + e.Item.Name + " in ")
	p.expr(e.List)
	if e.Cond != nil {
		head = e.Cond.Span().End
		p.text(" if ")
		p.expr(e.Cond)
	}
	p.text(":")
	p.indent(2)
	p.rest(head)
	p.trailing(head, value.Start)
	p.line(" ", false)
	p.leadTight(value.Start)
	p.expr(e.Value)
	p.trailing(value.End, e.End)
	p.dangling(e.End, false)
	p.indent(-2)
	p.line("", false)
	p.text("]")
	p.close()
}

// postfix prints what is written behind an operand, from left to right; such a
// chain may be long, so it does not recur.
func (p *printer) postfix(e lang.Expr) {
	var chain []lang.Expr
	for operand := e; operand != nil; {
		chain, e = append(chain, operand), operand
		operand = beneath(operand)
	}
	p.expr(e)
	for _, e := range slices.Backward(chain[:len(chain)-1]) {
		switch e := e.(type) {
		case *lang.CallExpr:
			p.args(e.Args, e.ArgsSpan)
		case *lang.Field:
			p.text("." + e.Name.Name)
		case *lang.Index:
			p.text("[")
			p.expr(e.I)
			p.text("]")
		case *lang.Optional:
			p.optional(e.X)
		case *lang.As:
			p.text(" as ")
			p.typ(e.Type)
		default:
			panic(fmt.Sprintf("unexpected %T", e))
		}
	}
}

// optional prints the `?` behind x. Two in a row would read as `??`.
func (p *printer) optional(x lang.Node) {
	switch x := x.(type) {
	case *lang.Optional:
		p.text(" ")
	case *lang.SuffixType:
		if !x.Outcome {
			p.text(" ")
		}
	}
	p.text("?")
}

// beneath returns the operand of a postfix expression, nil for any other.
func beneath(e lang.Expr) lang.Expr {
	switch e := e.(type) {
	case *lang.CallExpr:
		return e.Fun
	case *lang.Field:
		return e.X
	case *lang.Index:
		return e.X
	case *lang.Optional:
		return e.X
	case *lang.As:
		return e.X
	}
	return nil
}

func (p *printer) args(args []lang.Arg, r lang.Range) {
	hugging(p, round, r, args, func(a lang.Arg) lang.Expr { return a.Value }, p.arg)
}

func (p *printer) arg(a lang.Arg) {
	if a.Name != nil {
		p.text(a.Name.Name + ": ")
	}
	p.expr(a.Value)
}

// hugging prints items in brackets; an only item that is itself in brackets
// is broken in their stead.
func hugging[T lang.Node](p *printer, b bracket, r lang.Range, items []T, value func(T) lang.Expr, item func(T)) {
	if len(items) == 1 && isBracketed(value(items[0])) && !written(p, b, items) {
		s := items[0].Span()
		if p.pending(s.Start) == nil && !p.commentIn(s.End, r.End) {
			p.text(b.open)
			item(items[0])
			p.text(b.close)
			return
		}
	}
	bracketed(p, b, r.End, items, item)
}

func isBracketed(e lang.Expr) bool {
	switch e := e.(type) {
	case *lang.RecordLit:
		return len(e.Fields) > 0
	case *lang.MapLit:
		return len(e.Entries) > 0
	case *lang.ListLit:
		return len(e.Elems) > 0
	case *lang.Comprehension:
		return true
	}
	return false
}

// str prints a literal as written, or, where there is no source, in quotes.
func (p *printer) str(s *lang.StringLit) {
	if p.src != nil {
		p.verbatim(s.Range)
		return
	}
	p.text(`"`)
	for _, part := range s.Parts {
		if part.Expr == nil {
			p.text(escape(part.Text))
			continue
		}
		p.text("${" + flat(part.Expr))
		if part.Format != "" {
			p.text(":" + part.Format)
		}
		p.text("}")
	}
	p.text(`"`)
}

// flat returns e, of a tree built by hand, on one line.
func flat(e lang.Expr) string {
	p := printer{inline: true}
	p.expr(e)
	var b strings.Builder
	for _, x := range p.pieces {
		switch x.kind {
		case pieceText, pieceLine, pieceFlat:
			b.WriteString(x.text)
		}
	}
	return b.String()
}

// escape returns s as it stands between quotes.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case strings.ContainsRune(`"\$`, r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u{%X}`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
