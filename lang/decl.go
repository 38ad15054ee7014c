package lang

import "github.com/flowc/flowc/lang/diag"

// File is one parsed file. It is immutable: later passes keep what they learn
// in tables of their own. Declarations that could not be read are absent; the
// diagnostics say so.
type File struct {
	Range
	Source   *diag.Source
	Imports  []*Import
	Decls    []Decl
	Comments []Comment // all, in source order, `##` documentation included
}

// At returns the span of n for a diagnostic.
func (f *File) At(n Node) diag.Span {
	s := n.Span()
	return f.Source.Span(int(s.Start), int(s.End))
}

// Comment is `# text` or, when Doc, `## text`, without its newline.
type Comment struct {
	Range
	Text string // as written, `#` included
	Doc  bool   // `##`
	Own  bool   // stands alone on its line
}

// Import is `import "path" as name`.
type Import struct {
	Range
	Path StringLit // a literal without interpolation
	As   *Ident    // nil means the last element of the path, without `.flow`
}

// TypeDecl is `type Name { fields }` or `type Name = A | B`.
type TypeDecl struct {
	Range
	Doc    string // text of the `##` lines above, without marks
	Name   Ident
	Fields *RecordType // nil for an alias or a union
	Union  []TypeExpr  // one for an alias; nil for a record
}

// EnumDecl is `enum Name { a, b }`.
type EnumDecl struct {
	Range
	Doc   string
	Name  Ident
	Names []Ident
}

// ErrorDecl is `error Name { fields }`.
type ErrorDecl struct {
	Range
	Doc    string
	Name   Ident
	Fields *RecordType // nil when it carries nothing
}

// ValueDecl is `const name: type = expr` or `param name: type = expr`.
type ValueDecl struct {
	Range
	Doc   string
	Param bool
	Name  Ident
	Type  TypeExpr // nil means the type of Value
	Value Expr     // nil only for a param, or after a syntax error
}

// DefaultsDecl is `defaults activity { attrs }`.
type DefaultsDecl struct {
	Range
	Of    Ident // "activity" | "workflow"
	Attrs []Attr
}

// Attr is `name = value`, in an attribute list or after `with`.
type Attr struct {
	Range
	Name  Ident
	Value Expr
}

// Param is `name: type = default`.
type Param struct {
	Range
	Name    Ident
	Type    TypeExpr
	Default Expr // nil means required
}

// ActivityDecl is
//
//	activity name(params) -> type raises A, B { attrs }
type ActivityDecl struct {
	Range
	Doc    string
	Name   Ident
	Params []Param
	Result TypeExpr // nil means no result
	Raises []ErrorName
	Attrs  []Attr
}

// ErrorName is the name of an error, qualified by a module or not.
type ErrorName struct {
	Range
	Module *Ident // nil means this file
	Name   Ident
}

// WorkflowDecl is
//
//	workflow name(params) -> type with options { body } handlers
//
// or the same with `canvas`.
type WorkflowDecl struct {
	Range
	Doc      string
	Canvas   bool
	Name     Ident
	Params   []Param
	Result   TypeExpr // nil means no result
	With     []Attr
	Body     Block
	Handlers []Handler
}
