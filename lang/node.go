package lang

// Range is a half-open range of byte offsets in the file that the node was
// read from. Files are at most 16 MiB, so 32 bits are ample, and a tree of a
// million nodes stays small. [File.At] turns it into a span that can be shown.
type Range struct{ Start, End int32 }

// Span returns r, so that embedding a Range makes a type a Node.
func (r Range) Span() Range { return r }

func (r *Range) set(to Range) { *r = to }

// To returns the range from the start of r to the end of t.
func (r Range) To(t Range) Range { return Range{r.Start, t.End} }

// Node is anything in the tree that stands somewhere in the source. The span
// of a node lies within the span of its parent.
type Node interface{ Span() Range }

var _ = []Node{Ident{}, Comment{}, Attr{}, Param{}, Block{}, Handler{}, Case{}, Branch{}, Arg{}, FieldInit{}, Bound{}}

// Ident is a name as written.
type Ident struct {
	Range
	Name string
}

// Decl is a declaration at the top of a file:
//
//	*TypeDecl | *EnumDecl | *ErrorDecl | *ValueDecl | *DefaultsDecl |
//	*ActivityDecl | *WorkflowDecl | *TestDecl
type Decl interface {
	Node
	decl()
}

func (*TypeDecl) decl()     {}
func (*EnumDecl) decl()     {}
func (*ErrorDecl) decl()    {}
func (*ValueDecl) decl()    {}
func (*DefaultsDecl) decl() {}
func (*ActivityDecl) decl() {}
func (*WorkflowDecl) decl() {}
func (*TestDecl) decl()     {}

// Stmt is a statement of a block:
//
//	*Signal | *Let | *Result | *Next | *Grow | *Raise | *Step
type Stmt interface {
	Node
	stmt()
}

func (*Signal) stmt() {}
func (*Let) stmt()    {}
func (*Result) stmt() {}
func (*Next) stmt()   {}
func (*Grow) stmt()   {}
func (*Raise) stmt()  {}
func (*Step) stmt()   {}

// FlowNode is what a Step does:
//
//	*Group | *Map | *Expand | *Loop | *Wait | *If | *Switch | *Call
type FlowNode interface {
	Node
	flowNode()
}

func (*Group) flowNode()  {}
func (*Map) flowNode()    {}
func (*Expand) flowNode() {}
func (*Loop) flowNode()   {}
func (*Wait) flowNode()   {}
func (*If) flowNode()     {}
func (*Switch) flowNode() {}
func (*Call) flowNode()   {}

// TypeExpr is a type as written:
//
//	*NamedType | *ListType | *RecordType | *SuffixType | *BadType
type TypeExpr interface {
	Node
	typeExpr()
}

func (*NamedType) typeExpr()  {}
func (*ListType) typeExpr()   {}
func (*RecordType) typeExpr() {}
func (*SuffixType) typeExpr() {}
func (*BadType) typeExpr()    {}

// Expr is an expression:
//
//	*Lit | *StringLit | *Name | *TypeName | *RecordLit | *MapLit | *ListLit |
//	*Comprehension | *Lambda | *CallExpr | *Field | *Index | *Optional |
//	*Unary | *Binary | *Is | *As | *IfExpr | *Paren | *BadExpr
type Expr interface {
	Node
	expr()
}

func (*Lit) expr()           {}
func (*StringLit) expr()     {}
func (*Name) expr()          {}
func (*TypeName) expr()      {}
func (*RecordLit) expr()     {}
func (*MapLit) expr()        {}
func (*ListLit) expr()       {}
func (*Comprehension) expr() {}
func (*Lambda) expr()        {}
func (*CallExpr) expr()      {}
func (*Field) expr()         {}
func (*Index) expr()         {}
func (*Optional) expr()      {}
func (*Unary) expr()         {}
func (*Binary) expr()        {}
func (*Is) expr()            {}
func (*As) expr()            {}
func (*IfExpr) expr()        {}
func (*Paren) expr()         {}
func (*BadExpr) expr()       {}
