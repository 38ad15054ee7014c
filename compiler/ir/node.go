package ir

// NodeKind is what a node does.
type NodeKind uint8

const (
	NWorkflow NodeKind = iota // a chain; the root
	NChain
	NGroup
	NDag
	NRace
	NMap      // Body is instantiated once per item
	NExpand   // Body once per item found
	NLoop     // Body once per round
	NIf       // Branches; the first whose Cond holds runs
	NSwitch   // the same, over Slot Subject
	NWait     // timer or signal
	NActivity // Call
	NChild    // Call: a workflow as a child execution
	NCanvas   // Body: an inlined canvas, a chain
	NBody     // a chain: item, round, branch or handler body
	NLet      // Value → Slot. Nodes from here on are instant, and not shown
	NYield    // Value becomes the value of Target, which ends
	NReturn   // the same; running siblings are cancelled
	NRaise    // Value (KError) fails the node around it
	NNext     // Value is the next round's accumulator
	NGrow     // Value is a list of items to add
)

// Node is one node of a workflow. Indexes are into Workflow.Nodes.
type Node struct {
	Kind     NodeKind
	Name     string // its own segment, without its parents' and without keys: `extract`, `(group 1)`, `then`; "" for instant nodes and for bodies that add none
	ID       string // path with `[]` where an instance's key goes: `etl/rows[]/extract`. Instant nodes have that of the node around them
	Parent   int    // -1 for the root
	End      int    // one past the last descendant: the subtree is [self, End)
	Members  []int  // nodes that this one starts, in document order; for bodies, see Body, Branches, Handlers
	After    []int  // siblings that must have ended before it starts (dag); chain order is implied by the parent's kind
	Frame    int    // frame that its expressions read
	Slot     int    // slot of Frame that its outcome is kept in; -1 for none
	Result   *Type  // type of its value when it succeeds; KNone for none
	Options  Options
	Eff      bool // effective raises_on_failure (R: own flag, else nearest flagged ancestor's, else true)
	Explicit bool // the flag is written on the node itself
	At       Pos  // the name, or the keyword
	Extent   Pos  // all of it

	Value               *Expr    // NLet NYield NReturn NRaise NNext NGrow; NWait: the duration or time; containers: value built when it ends without a yield, nil for none
	Target              int      // NYield NReturn NNext NGrow: the node that is given the value
	Call                *Call    // NActivity NChild
	List                *Expr    // NMap NExpand: the items
	Key                 *Expr    // NMap NExpand: reads the body's frame; nil means the index
	ItemSlot, IndexSlot int      // NMap NExpand: slots of the body's frame; -1 for none. NLoop: ItemSlot holds the accumulator
	Init                *Expr    // NLoop: first accumulator; nil if none
	While               *Expr    // NLoop: reads the body's frame; nil means always
	DepthSlot           int      // NExpand: slot of `depth`; -1 for none
	Body                int      // NMap NExpand NLoop NCanvas: its NBody; -1 for none
	Inner               int      // NMap NExpand NLoop: frame of the body; -1 for none
	Subject             int      // NSwitch: hidden slot that holds the subject; -1
	Branches            []Branch // NIf NSwitch
	Signal              string   // NWait: name of the signal; "" for a timer
	Until               bool     // NWait: Value is a time
	For                 *Expr    // NWait: deadline of a signal; nil means none
	Else                int      // NWait: NBody run when the deadline passes; -1 means value none
	Handlers            []Handler
	Undo                *UndoCall // of a call: replaces the activity's
	UndoNone            bool      // `undo none`
	Detach              bool
}

// Branch is one alternative of an if or switch.
type Branch struct {
	Cond *Expr // nil means always (else, default)
	Body int   // NBody
}

// Call is a call of an activity or workflow.
type Call struct {
	Callee string  // name in Program.Activities or Program.Workflows
	Args   []*Expr // by parameter, in order; nil means the default
}

// UndoCall is what undoes a step. Slots are those of the node's frame;
// OpContext "result" is the step's result.
type UndoCall struct {
	Call
	At Pos
}

// Handler runs when the node that carries it ends in one of its Kinds.
type Handler struct {
	Kinds   HandlerKinds
	Errors  []string // catch: names of errors; nil means every failure
	Slot    int      // slot of the `as` name; -1 for none
	Timeout *Expr    // grace; nil means 5m
	Body    int      // NBody
	At      Pos
}

// HandlerKinds is a set of handler kinds.
type HandlerKinds uint8

const (
	HCatch HandlerKinds = 1 << iota
	HOnFailure
	HOnCancel
	HFinally
)
