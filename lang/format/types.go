package format

import (
	"fmt"

	"github.com/flowc/flowc/lang"
)

func (p *printer) typ(t lang.TypeExpr) {
	switch t := t.(type) {
	case *lang.NamedType:
		if t.Module != nil {
			p.text(t.Module.Name + ".")
		}
		p.text(t.Name.Name)
		if t.Arg != nil {
			p.text("<")
			p.typ(t.Arg)
			p.text(">")
		}
		if t.Bound != nil {
			p.text("(")
			p.bound(t.Bound)
			p.text(")")
		}
	case *lang.ListType:
		p.text("[")
		p.typ(t.Elem)
		if t.Bound != nil {
			p.text("; ")
			p.bound(t.Bound)
		}
		p.text("]")
	case *lang.RecordType:
		p.recordType(t)
	case *lang.SuffixType:
		p.typ(t.Elem)
		if t.Outcome {
			p.text("!")
		} else {
			p.optional(t.Elem)
		}
	case *lang.BadType:
		p.verbatim(t.Range)
	default:
		panic(fmt.Sprintf("unexpected %T", t))
	}
}

func (p *printer) recordType(t *lang.RecordType) {
	p.rest(t.Start) // lest a comment before it become documentation of its first field
	bracketed(p, curly, t.End, t.Fields, func(f lang.FieldDecl) {
		p.doc(f.Doc)
		p.text(f.Name.Name + ":")
		p.cell(colField)
		p.text(" ")
		p.typ(f.Type)
	})
}

func (p *printer) bound(b *lang.Bound) {
	switch b.Op {
	case lang.OpRange:
		p.expr(b.Lo)
		p.text("..")
	case lang.OpEq: // written as the number alone
	default:
		p.text(b.Op.String() + " ")
	}
	p.expr(b.Hi)
}
