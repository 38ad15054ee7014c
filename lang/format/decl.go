package format

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/lang"
)

func (p *printer) imported(i *lang.Import) {
	p.text("import ")
	p.str(&i.Path)
	if i.As != nil {
		p.text(" as " + i.As.Name)
	}
}

func (p *printer) decl(d lang.Decl) {
	switch d := d.(type) {
	case *lang.TypeDecl:
		p.typeDecl(d)
	case *lang.EnumDecl:
		p.doc(d.Doc)
		p.text("enum " + d.Name.Name)
		p.cell(colEnum)
		p.text(" ")
		bracketed(p, curly, d.End, d.Names, func(n lang.Ident) { p.text(n.Name) })
	case *lang.ErrorDecl:
		p.doc(d.Doc)
		p.text("error " + d.Name.Name)
		if d.Fields != nil {
			p.cell(colError)
			p.text(" ")
			p.recordType(d.Fields)
		}
	case *lang.ValueDecl:
		p.valueDecl(d)
	case *lang.DefaultsDecl:
		p.text("defaults " + d.Of.Name + " ")
		p.attrs(d.Attrs, d.End)
	case *lang.ActivityDecl:
		p.activity(d)
	case *lang.WorkflowDecl:
		p.workflow(d)
	case *lang.TestDecl:
		p.test(d)
	default:
		panic(fmt.Sprintf("unexpected %T", d))
	}
}

// doc prints the documentation of a tree built by hand. Otherwise it stands
// among the comments.
func (p *printer) doc(text string) {
	if p.src != nil || p.inline || text == "" {
		return
	}
	for l := range strings.Lines(text) {
		p.text(strings.TrimRight("## "+l, " \n"))
		p.hard(false)
	}
}

func (p *printer) typeDecl(d *lang.TypeDecl) {
	p.doc(d.Doc)
	p.text("type " + d.Name.Name)
	if d.Fields != nil {
		p.cell(colType)
		p.text(" ")
		p.recordType(d.Fields)
		return
	}
	p.cell(colAlias)
	p.text(" = ")
	for i, t := range d.Union {
		if i > 0 {
			p.text(" | ")
		}
		p.typ(t)
	}
}

func (p *printer) valueDecl(d *lang.ValueDecl) {
	p.doc(d.Doc)
	if d.Param {
		p.text("param ")
	} else {
		p.text("const ")
	}
	p.text(d.Name.Name)
	p.typed(d.Type, d.Value)
}

// typed prints `: type = value` behind a name; either may be absent.
func (p *printer) typed(t lang.TypeExpr, value lang.Expr) {
	if t != nil {
		p.text(": ")
		p.typ(t)
	}
	if value != nil {
		p.text(" = ")
		p.expr(value)
	}
}

func (p *printer) attrs(attrs []lang.Attr, end int32) {
	bracketed(p, curly, end, attrs, func(a lang.Attr) {
		p.text(a.Name.Name)
		p.cell(colAssign)
		p.text(" = ")
		p.expr(a.Value)
	})
}

// params prints parameters. Their closing parenthesis stands before limit.
func (p *printer) params(params []lang.Param, name lang.Ident, limit int32) {
	from := name.End
	if n := len(params); n > 0 {
		from = params[n-1].End
	}
	bracketed(p, round, min(limit, p.after(from, ')')), params, func(a lang.Param) {
		p.text(a.Name.Name)
		p.typed(a.Type, a.Default)
	})
}

func (p *printer) results(t lang.TypeExpr) {
	if t != nil {
		p.text(" -> ")
		p.typ(t)
		p.rest(t.Span().End)
	}
}

func (p *printer) activity(d *lang.ActivityDecl) {
	p.doc(d.Doc)
	p.text("activity " + d.Name.Name)
	p.params(d.Params, d.Name, d.End)
	p.results(d.Result)
	if len(d.Raises) > 0 {
		p.text(" raises ")
		listed(p, d.Raises, p.errorName)
	}
	if len(d.Attrs) > 0 || p.pending(d.End) != nil {
		p.cell(colActivity)
		p.text(" ")
		p.attrs(d.Attrs, d.End)
	}
}

func (p *printer) workflow(d *lang.WorkflowDecl) {
	p.doc(d.Doc)
	if d.Canvas {
		p.text("canvas ")
	} else {
		p.text("workflow ")
	}
	p.text(d.Name.Name)
	p.params(d.Params, d.Name, d.Body.Start)
	p.results(d.Result)
	p.blockTail(d.With, &d.Body, d.Handlers)
}
