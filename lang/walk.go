package lang

import "fmt"

// Walk calls f for n and everything below it, in source order, and goes below
// a node only where f returns true. What is absent is not visited.
//
// Nodes held by value, such as an [Ident] or an [Attr], are passed as pointers
// into the tree.
func Walk(n Node, f func(Node) bool) {
	if f(n) {
		w := walker{f}
		w.children(n)
	}
}

type walker struct{ f func(Node) bool }

func (w walker) visit(n Node) {
	if w.f(n) {
		w.children(n)
	}
}

// children visits the children of n. It goes on from kind to kind: what is
// written once is in one of the four functions below.
func (w walker) children(n Node) {
	switch n := n.(type) {
	case *File:
		w.file(n)
	case Decl:
		w.decl(n)
	case Stmt:
		w.stmt(n)
	case FlowNode:
		w.flowNode(n)
	case Expr:
		w.expr(n)
	case TypeExpr:
		w.typeExpr(n)
	case TestStmt:
		w.testStmt(n)
	default:
		w.part(n)
	}
}

// file visits imports and declarations as they alternate in the source;
// comments come where they stand between them, or last if inside one.
func (w walker) file(n *File) {
	imports, decls := n.Imports, n.Decls
	for len(imports)+len(decls) > 0 {
		if len(decls) == 0 || len(imports) > 0 && imports[0].Start < decls[0].Span().Start {
			w.visit(imports[0])
			imports = imports[1:]
			continue
		}
		w.visit(decls[0])
		decls = decls[1:]
	}
}

func (w walker) decl(n Decl) {
	switch n := n.(type) {
	case *TypeDecl:
		w.visit(&n.Name)
		if n.Fields != nil {
			w.visit(n.Fields)
		}
		for _, t := range n.Union {
			w.visit(t)
		}
	case *EnumDecl:
		w.visit(&n.Name)
		w.idents(n.Names)
	case *ErrorDecl:
		w.visit(&n.Name)
		if n.Fields != nil {
			w.visit(n.Fields)
		}
	case *ValueDecl:
		w.visit(&n.Name)
		w.optType(n.Type)
		w.opt(n.Value)
	case *DefaultsDecl:
		w.visit(&n.Of)
		w.attrs(n.Attrs)
	case *ActivityDecl:
		w.visit(&n.Name)
		w.params(n.Params)
		w.optType(n.Result)
		for i := range n.Raises {
			w.visit(&n.Raises[i])
		}
		w.attrs(n.Attrs)
	case *WorkflowDecl:
		w.visit(&n.Name)
		w.params(n.Params)
		w.optType(n.Result)
		w.tail(n.With, &n.Body, n.Handlers)
	case *TestDecl:
		w.visit(&n.Name)
		for _, s := range n.Stmts {
			w.visit(s)
		}
	default:
		panic(fmt.Sprintf("unexpected %T", n))
	}
}

func (w walker) stmt(n Stmt) {
	switch n := n.(type) {
	case *Signal:
		w.visit(&n.Name)
		w.params(n.Params)
	case *Let:
		w.visit(&n.Name)
		w.opt(n.Value)
	case *Result:
		w.opt(n.Value)
		w.attrs(n.With)
		w.undo(n.Undo)
		w.handlers(n.Handlers)
	case *Next:
		w.opt(n.Value)
	case *Grow:
		w.opt(n.Value)
	case *Raise:
		w.opt(n.Value)
	case *Step:
		w.optIdent(n.Name)
		if n.Node != nil {
			w.visit(n.Node)
		}
	default:
		panic(fmt.Sprintf("unexpected %T", n))
	}
}

func (w walker) flowNode(n FlowNode) {
	switch n := n.(type) {
	case *Group:
		w.tail(n.With, &n.Body, n.Handlers)
	case *Map:
		w.visit(&n.Item)
		w.optIdent(n.Index)
		w.opt(n.List)
		w.opt(n.By)
		w.tail(n.With, &n.Body, n.Handlers)
	case *Expand:
		w.visit(&n.Item)
		w.opt(n.List)
		w.opt(n.By)
		w.tail(n.With, &n.Body, n.Handlers)
	case *Loop:
		w.optIdent(n.Acc)
		w.opt(n.Init)
		w.opt(n.While)
		w.tail(n.With, &n.Body, n.Handlers)
	case *Wait:
		w.opt(n.What)
		w.opt(n.For)
		if n.Else != nil {
			w.visit(n.Else)
		}
	case *If:
		for i := range n.Branches {
			w.visit(&n.Branches[i])
		}
		if n.Else != nil {
			w.visit(n.Else)
		}
	case *Switch:
		w.opt(n.Subject)
		for i := range n.Cases {
			w.visit(&n.Cases[i])
		}
	case *Call:
		w.idents(n.Callee)
		w.args(n.Args)
		w.attrs(n.With)
		w.undo(n.Undo)
		w.handlers(n.Handlers)
	default:
		panic(fmt.Sprintf("unexpected %T", n))
	}
}

func (w walker) expr(n Expr) {
	switch n := n.(type) {
	case *Lit, *Name, *BadExpr:
	case *StringLit:
		for i := range n.Parts {
			w.visit(&n.Parts[i])
		}
	case *TypeName:
		w.optIdent(n.Module)
	case *RecordLit:
		w.visit(&n.Type)
		for i := range n.Fields {
			w.visit(&n.Fields[i])
		}
	case *MapLit:
		for i := range n.Entries {
			w.visit(&n.Entries[i])
		}
	case *ListLit:
		for _, e := range n.Elems {
			w.visit(e)
		}
	case *Comprehension:
		w.visit(&n.Item)
		w.opt(n.List)
		w.opt(n.Cond)
		w.opt(n.Value)
	case *Lambda:
		w.visit(&n.Param)
		w.opt(n.Body)
	case *CallExpr:
		w.opt(n.Fun)
		w.args(n.Args)
	case *Field:
		w.opt(n.X)
		w.visit(&n.Name)
	case *Index:
		w.opt(n.X)
		w.opt(n.I)
	case *Optional:
		w.opt(n.X)
	case *Unary:
		w.opt(n.X)
	case *Binary:
		w.opt(n.X)
		w.opt(n.Y)
	case *Is:
		w.opt(n.X)
		w.optType(n.Type)
	case *As:
		w.opt(n.X)
		w.optType(n.Type)
	case *IfExpr:
		w.opt(n.Cond)
		w.opt(n.Then)
		w.opt(n.Else)
	case *Paren:
		w.opt(n.X)
	default:
		panic(fmt.Sprintf("unexpected %T", n))
	}
}

func (w walker) typeExpr(n TypeExpr) {
	switch n := n.(type) {
	case *BadType:
	case *NamedType:
		w.optIdent(n.Module)
		w.visit(&n.Name)
		w.optType(n.Arg)
		w.bound(n.Bound)
	case *ListType:
		w.optType(n.Elem)
		w.bound(n.Bound)
	case *RecordType:
		for i := range n.Fields {
			w.visit(&n.Fields[i])
		}
	case *SuffixType:
		w.optType(n.Elem)
	default:
		panic(fmt.Sprintf("unexpected %T", n))
	}
}

func (w walker) testStmt(n TestStmt) {
	switch n := n.(type) {
	case *Mock:
		w.idents(n.Callee)
		w.idents(n.Params)
		w.opt(n.When)
		w.opt(n.Value)
		w.opt(n.After)
		w.opt(n.Times)
	case *ForEvery:
		w.visit(&n.Kind)
		w.idents(n.In)
	case *RunStmt:
		w.idents(n.Callee)
		w.args(n.Args)
		w.attrs(n.With)
		for i := range n.Events {
			w.visit(&n.Events[i])
		}
	case *Expect:
		if n.Kind == ExpectStatus {
			w.visit(&n.Status)
		}
		if n.Error != nil {
			w.visit(n.Error)
		}
		w.idents(n.Callee)
		w.args(n.Args)
		w.opt(n.Value)
		for i := range n.Nodes {
			w.visit(&n.Nodes[i])
		}
	default:
		panic(fmt.Sprintf("unexpected %T", n))
	}
}

// part visits the children of what stands only inside other nodes.
func (w walker) part(n Node) {
	switch n := n.(type) {
	case *Ident, *Comment:
	case *Import:
		w.visit(&n.Path)
		w.optIdent(n.As)
	case *Attr:
		w.visit(&n.Name)
		w.opt(n.Value)
	case *Param:
		w.visit(&n.Name)
		w.optType(n.Type)
		w.opt(n.Default)
	case *ErrorName:
		w.optIdent(n.Module)
		w.visit(&n.Name)
	case *Block:
		for _, s := range n.Stmts {
			w.visit(s)
		}
	case *Branch:
		w.opt(n.Cond)
		w.visit(&n.Body)
	case *Case:
		for _, v := range n.Values {
			w.visit(v)
		}
		w.optIdent(n.As)
		w.visit(&n.Body)
	case *Undo:
		if n.Call != nil {
			w.visit(n.Call)
		}
	case *Arg:
		w.optIdent(n.Name)
		w.opt(n.Value)
	case *Handler:
		for i := range n.Kinds {
			w.visit(&n.Kinds[i])
		}
		w.optIdent(n.As)
		w.attrs(n.With)
		w.visit(&n.Body)
	case *HandlerEvent:
		for i := range n.Errors {
			w.visit(&n.Errors[i])
		}
	case *StringPart:
		w.opt(n.Expr)
	case *FieldInit:
		w.visit(&n.Name)
		w.opt(n.Value)
	case *MapEntry:
		w.opt(n.Key)
		w.opt(n.Value)
	case *FieldDecl:
		w.visit(&n.Name)
		w.optType(n.Type)
	case *Bound:
		w.opt(n.Lo)
		w.opt(n.Hi)
	case *RunEvent:
		w.opt(n.At)
		w.visit(&n.Kind)
		if n.Path != nil {
			w.visit(n.Path)
		}
		w.optIdent(n.Signal)
		w.opt(n.Value)
	default:
		panic(fmt.Sprintf("unexpected %T", n))
	}
}

func (w walker) opt(e Expr) {
	if e != nil {
		w.visit(e)
	}
}

func (w walker) optType(t TypeExpr) {
	if t != nil {
		w.visit(t)
	}
}

func (w walker) optIdent(id *Ident) {
	if id != nil {
		w.visit(id)
	}
}

func (w walker) idents(ids []Ident) {
	for i := range ids {
		w.visit(&ids[i])
	}
}

func (w walker) attrs(as []Attr) {
	for i := range as {
		w.visit(&as[i])
	}
}

func (w walker) args(as []Arg) {
	for i := range as {
		w.visit(&as[i])
	}
}

func (w walker) params(ps []Param) {
	for i := range ps {
		w.visit(&ps[i])
	}
}

func (w walker) undo(u *Undo) {
	if u != nil {
		w.visit(u)
	}
}

func (w walker) bound(b *Bound) {
	if b != nil {
		w.visit(b)
	}
}

func (w walker) handlers(hs []Handler) {
	for i := range hs {
		w.visit(&hs[i])
	}
}

func (w walker) tail(with []Attr, body *Block, handlers []Handler) {
	w.attrs(with)
	w.visit(body)
	w.handlers(handlers)
}
