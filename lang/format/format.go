package format

import (
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// Source returns the canonical layout of src. If src does not parse it returns
// no text, and the list says why.
func Source(src *diag.Source) ([]byte, *diag.List) {
	file, diags := lang.Parse(src)
	if diags.HasErrors() {
		return nil, diags
	}
	return File(file), diags
}

// File returns the canonical layout of f, which was read without errors or was
// built by hand. A tree built by hand has no Source, so no comments and no
// layout to keep; it holds a *lang.Paren wherever precedence wants one.
func File(f *lang.File) []byte {
	p := &printer{}
	if f.Source != nil {
		p.src, p.comments = f.Source.Text, f.Comments
	}
	p.file(f)
	align(p.out.lines)
	return join(p.out.lines)
}

// file lays out the declarations one by one, for the blank lines between them
// depend on how many lines each takes.
func (p *printer) file(f *lang.File) {
	imports, decls := f.Imports, f.Decls
	before := block{} // what was printed last
	for len(imports)+len(decls) > 0 {
		var now block
		if len(decls) == 0 || len(imports) > 0 && imports[0].Start <= decls[0].Span().Start {
			now = p.block(imports[0].Range, func() { p.imported(imports[0]) })
			now.imports, imports = true, imports[1:]
		} else {
			now = p.block(decls[0].Span(), func() { p.decl(decls[0]) })
			decls = decls[1:]
		}
		parted := before.tall || now.tall || before.imports && !now.imports
		if before.end > 0 && parted && !now.blank {
			p.out.lines[before.end].blank = true
		}
		before = now
	}
	for p.pending(endOfFile) != nil {
		p.commentLine()
	}
}

// endOfFile is past every comment.
const endOfFile = 1<<31 - 1

// A block is a declaration that was laid out, with the comments above it.
type block struct {
	end     int  // of its lines
	imports bool // it is an import
	tall    bool // it takes more than one line, comments aside
	blank   bool // a blank line was written somewhere above it
}

// block lays out the comments before r, and what print emits, which spans r.
func (p *printer) block(r lang.Range, print func()) block {
	var b block
	for p.pending(r.Start) != nil {
		b.blank = p.commentLine() || b.blank
	}
	start, blank := len(p.out.lines), p.blankBefore(r.Start)
	p.pieces = p.pieces[:0]
	p.allowing(r, endOfFile)
	print()
	p.rest(r.End)
	p.trailing(r.End, endOfFile)
	p.out.run(p.pieces, blank)
	b.end, b.tall, b.blank = len(p.out.lines), len(p.out.lines) > start+1, b.blank || blank
	return b
}

// commentLine prints the next comment on a line of its own, and reports
// whether a blank line stands above.
func (p *printer) commentLine() bool {
	blank := p.blankBefore(p.comments[p.next].Start)
	p.out.lines = append(p.out.lines, line{text: p.take(!p.comments[p.next].Own), blank: blank})
	return blank
}
