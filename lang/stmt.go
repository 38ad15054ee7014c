package lang

// Block is `{ stmts }`.
type Block struct {
	Range
	Stmts []Stmt
}

// Signal is `signal name(params)`.
type Signal struct {
	Range
	Name   Ident
	Params []Param
}

// Let is `let name = expr`.
type Let struct {
	Range
	Name  Ident
	Value Expr
}

// Result is `return …` or `yield …`. When Value is a *CallExpr of an activity,
// workflow or canvas, it is a node, and only then may With, Undo and Handlers
// be present; the parser cannot tell, the compiler does.
type Result struct {
	Range
	Yield    bool // else `return`
	Value    Expr // nil means nothing
	With     []Attr
	Undo     *Undo
	Handlers []Handler
}

// Next is `next expr`.
type Next struct {
	Range
	Value Expr
}

// Grow is `grow expr`.
type Grow struct {
	Range
	Value Expr
}

// Raise is `raise expr`.
type Raise struct {
	Range
	Value Expr
}

// Step is `name = node`, or a node alone.
type Step struct {
	Range
	Name *Ident // nil means anonymous
	Node FlowNode
}

// GroupKind is which of the four blocks a Group is.
type GroupKind uint8

const (
	Chain    GroupKind = iota // chain: one after the other
	Parallel                  // group: all at the same time
	Dag                       // dag: each after those that it uses
	Race                      // race: the first to succeed wins
)

// String returns the keyword.
func (k GroupKind) String() string { return [...]string{"chain", "group", "dag", "race"}[k] }

// Group is `chain|group|dag|race with options { body } handlers`.
type Group struct {
	Range
	Kind     GroupKind
	Keyword  Range
	With     []Attr
	Body     Block
	Handlers []Handler
}

// Map is `map x, i in list by key with options { body } handlers`.
type Map struct {
	Range
	Keyword  Range
	Item     Ident
	Index    *Ident // nil if not bound
	List     Expr
	By       Expr // nil means by index
	With     []Attr
	Body     Block
	Handlers []Handler
}

// Expand is `expand x in seeds by key with options { body } handlers`.
type Expand struct {
	Range
	Keyword  Range
	Item     Ident
	List     Expr
	By       Expr // nil is a mistake that the compiler reports
	With     []Attr
	Body     Block
	Handlers []Handler
}

// Loop is `loop acc = init while cond with options { body } handlers`.
type Loop struct {
	Range
	Keyword  Range
	Acc      *Ident // nil if there is no accumulator; then Init is nil too
	Init     Expr
	While    Expr // nil means until a round does not `next`
	With     []Attr
	Body     Block
	Handlers []Handler
}

// Wait is `wait 30s`, `wait until t`, `wait signal for 2d else stmt`.
type Wait struct {
	Range
	Keyword Range
	Until   bool
	What    Expr // duration, time, or the *Name of a signal
	For     Expr // nil means without end
	Else    Stmt // nil means the value is optional
}

// If is `if cond { } else if cond { } else { }`.
type If struct {
	Range
	Keyword  Range
	Branches []Branch // at least one
	Else     *Block   // nil if absent
}

// Branch is one condition and its block.
type Branch struct {
	Range
	Cond Expr
	Body Block
}

// Switch is `switch subject { case a, b as x: stmt … default: stmt }`.
type Switch struct {
	Range
	Keyword Range
	Subject Expr
	Cases   []Case
}

// Case is one alternative. A case whose body was written as one statement has
// a Body that spans that statement, with Braces false.
type Case struct {
	Range
	Default bool
	Values  []Expr // empty for default; enum members and outcome words are *Name, union members *TypeName
	As      *Ident // nil if not bound
	Body    Block
	Braces  bool
}

// Call is `detach module.name(args) with options undo other(args) handlers`.
// A step whose callee turns out to be a pure function is reported by the
// compiler.
type Call struct {
	Range
	Detach   bool
	Callee   []Ident // module path and name; at least one
	Args     []Arg
	ArgsSpan Range // the parentheses included
	With     []Attr
	Undo     *Undo
	Handlers []Handler
}

// Undo is `undo call(…)` or `undo none`.
type Undo struct {
	Range
	Call *CallExpr // nil means none
}

// Arg is `expr` or `name: expr`.
type Arg struct {
	Range
	Name  *Ident // nil means positional
	Value Expr
}

// HandlerKind is what a handler reacts to.
type HandlerKind uint8

const (
	Catch     HandlerKind = iota // catch
	OnFailure                    // on_failure
	OnCancel                     // on_cancel
	Finally                      // finally
)

// String returns the keyword.
func (k HandlerKind) String() string {
	return [...]string{"catch", "on_failure", "on_cancel", "finally"}[k]
}

// Handler is `kind, kind as name with options { body }`.
type Handler struct {
	Range
	Kinds []HandlerEvent // at least one
	As    *Ident         // nil if not bound
	With  []Attr
	Body  Block
}

// HandlerEvent is `catch A | B`, `on_failure`, `on_cancel` or `finally`.
type HandlerEvent struct {
	Range
	Kind   HandlerKind
	Errors []ErrorName // of a catch; empty means every error
}
