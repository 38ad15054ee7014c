package lang

// TestDecl is `test "name" { … }` or `property "name" { … }`.
type TestDecl struct {
	Range
	Property bool
	Name     StringLit
	Stmts    []TestStmt
}

// TestStmt is a statement of a test:
//
//	*Mock | *ForEvery | *RunStmt | *Expect
type TestStmt interface {
	Node
	testStmt()
}

func (*Mock) testStmt()     {}
func (*ForEvery) testStmt() {}
func (*RunStmt) testStmt()  {}
func (*Expect) testStmt()   {}

// Mock is
//
//	mock name(params) when cond -> value after d times n
//	mock name raises E { … } | raises "text"
//	mock name hangs
//	mock * -> auto
type Mock struct {
	Range
	Any    bool    // `*`
	Callee []Ident // empty when Any
	Params []Ident // names bound for When and Value; nil if no parentheses
	When   Expr    // nil means always
	Kind   MockKind
	Value  Expr // MockValue, MockRaises; nil for MockAuto and MockHangs
	After  Expr // nil means at once
	Times  Expr // nil means without end
}

// MockKind is what a mock does.
type MockKind uint8

const (
	MockValue  MockKind = iota // -> value
	MockAuto                   // -> auto
	MockRaises                 // raises error
	MockHangs                  // hangs
)

// ForEvery is `for every failure in w` or `for every cancel in w`.
type ForEvery struct {
	Range
	Kind Ident // "failure" | "cancel"
	In   []Ident
}

// RunStmt is `run w(args) with options { at 5m cancel; at 7m signal approve { … } }`.
type RunStmt struct {
	Range
	Callee []Ident
	Args   []Arg
	With   []Attr
	Events []RunEvent
}

// RunEvent is `at d cancel`, `at d cancel "path"` or `at d signal name { fields }`.
type RunEvent struct {
	Range
	At     Expr
	Kind   Ident      // "cancel" | "signal"
	Path   *StringLit // of a cancel; nil means the whole run
	Signal *Ident     // of a signal
	Value  Expr       // of a signal, nil if it carries nothing
}

// ExpectKind is the form of an expectation.
type ExpectKind uint8

const (
	ExpectStatus    ExpectKind = iota // succeeded | failed [E] | cancelled | timed_out
	ExpectExpr                        // an expression over result
	ExpectNever                       // never f | never f(args)
	ExpectCalls                       // f(args) once | f(args) n times
	ExpectOrder                       // order [a, b]
	ExpectElapsed                     // elapsed <= d
	ExpectFailed                      // failed nodes p, q
	ExpectCancelled                   // cancelled nodes p, q
)

// Expect is `expect …`.
type Expect struct {
	Range
	Kind    ExpectKind
	Status  Ident      // ExpectStatus
	Error   *ErrorName // ExpectStatus of `failed E`, else nil
	Value   Expr       // ExpectExpr; ExpectCalls the count, nil for `once`; ExpectOrder the list; ExpectElapsed the comparison
	Callee  []Ident    // ExpectNever, ExpectCalls
	Args    []Arg      // ExpectCalls, and ExpectNever if HasArgs
	HasArgs bool
	Nodes   []StringLit // ExpectFailed, ExpectCancelled: paths, written bare or quoted
}
