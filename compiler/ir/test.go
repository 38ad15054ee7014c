package ir

// Test is a `test` or a `property` of the compiled file. Tests are no part of
// what runs: they are neither in the JSON form of a program nor in its hash.
//
// The expressions of a test read one frame each, laid out as their comments
// say. They read no node: a test sees a run from outside.
type Test struct {
	Name     string
	Property bool
	Workflow string  // unique name of the workflow that is run
	Args     []*Expr // of the run, by parameter; nil means the default
	Params   []TestParam
	Events   []TestEvent
	Mocks    []Mock // in the order of writing: the first that matches answers
	Failures string // property: workflow of `for every failure in w`, "" for none
	Cancels  bool   // property: `for every cancel in w`
	Expects  []Expect
	At       Pos // the name
	Extent   Pos // all of it
	RunAt    Pos // the `run` statement without its events

	Imports map[string]string // what the file calls the modules that it imports, by their names in the program
}

// TestParam sets a parameter of the program: `run w() with env = "prod"`.
type TestParam struct {
	Name  string
	Value *Expr
}

// TestEvent is something that happens to the run from outside:
//
//	at 5m cancel | at 5m cancel "path" | at 5m signal name { fields }
type TestEvent struct {
	Time   *Expr // duration since the start, or an int n: before the nth event
	Signal string
	Value  *Expr  // of a signal: the record of its parameters; nil if it carries nothing
	Path   string // of a cancel: id of a node, "" for the run
	At     Pos
}

// MockKind is what a mock does.
type MockKind uint8

const (
	MockValue  MockKind = iota // Value is the result
	MockAuto                   // a value of the declared type
	MockRaises                 // Value is an error, or the text of an undeclared failure
	MockHangs                  // nothing
)

// Mock stands in for an activity or a workflow. Its expressions read a frame
// that holds the parameters of the callee, in order, then the id of the node
// and the number of the attempt.
type Mock struct {
	Callee string // unique name; "" means every activity
	Kind   MockKind
	When   *Expr // nil means always
	Value  *Expr // MockValue, MockRaises
	After  *Expr // duration; nil means at once
	Times  *Expr // how often it answers; reads nothing of the frame; nil means without end
	At     Pos
}

// ExpectKind is the form of an expectation.
type ExpectKind uint8

const (
	ExpectStatus    ExpectKind = iota // Status, with Error if it is said
	ExpectTrue                        // Value holds
	ExpectNever                       // no call of Callee with Args
	ExpectCalls                       // Count calls of Callee with Args
	ExpectOrder                       // Order
	ExpectFailed                      // each of Nodes failed or timed out
	ExpectCancelled                   // each of Nodes was cancelled
)

// The slots that the expressions of expectations read, beside the context
// "result": the elapsed time as a duration, and four bools that say how the
// run ended.
const (
	ExpectElapsedSlot = iota
	ExpectSucceededSlot
	ExpectFailedSlot
	ExpectCancelledSlot
	ExpectTimedOutSlot
	ExpectSlots // how many there are
)

// Expect is `expect …`.
type Expect struct {
	Kind   ExpectKind
	Status Status  // ExpectStatus
	Error  string  // ExpectStatus: name of a declared error, "" for any
	Value  *Expr   // ExpectTrue
	Callee string  // ExpectNever, ExpectCalls
	Args   []*Expr // by parameter; nil means any
	Count  *Expr   // ExpectCalls: int
	Order  []TestStep
	Nodes  []string // ids, as users write them or without keys
	At     Pos      // all of it
}

// TestStep is one of a row of steps: a call of Callee or, if that is "", the
// start of Node.
type TestStep struct {
	Callee, Node string
}
