package ir

// opNames are the operations in the JSON form and in what [Print] writes.
var opNames = [...]string{
	OpConst: "const", OpSlot: "slot", OpSlotOutcome: "slot_outcome", OpSlotOptional: "slot_optional",
	OpLocal: "local", OpParam: "param", OpContext: "context", OpField: "field", OpFields: "fields",
	OpIndex: "index", OpCall: "call", OpLambda: "lambda", OpList: "list", OpMap: "map", OpRecord: "record",
	OpComprehension: "for", OpIf: "if", OpAnd: "and", OpOr: "or", OpNot: "not", OpNeg: "neg",
	OpEq: "==", OpNe: "!=", OpLt: "<", OpLe: "<=", OpGt: ">", OpGe: ">=", OpIn: "in", OpCoalesce: "??",
	OpRange: "..", OpAdd: "+", OpSub: "-", OpMul: "*", OpDiv: "/", OpRem: "%", OpInterp: "interp",
	OpOptional: "?", OpConvert: "convert", OpAs: "as", OpIs: "is", OpRef: "ref",
}

// String returns the operation as the JSON form has it, such as `+` or `call`.
func (o Op) String() string { return nameOf(opNames[:], int(o)) }

// kindNames are the kinds of nodes in the JSON form.
var kindNames = [...]string{
	NWorkflow: "workflow", NChain: "chain", NGroup: "group", NDag: "dag", NRace: "race", NMap: "map",
	NExpand: "expand", NLoop: "loop", NIf: "if", NSwitch: "switch", NWait: "wait", NActivity: "activity",
	NChild: "child", NCanvas: "canvas", NBody: "body", NLet: "let", NYield: "yield", NReturn: "return",
	NRaise: "raise", NNext: "next", NGrow: "grow",
}

// String returns the kind as users see it, such as `map`.
func (k NodeKind) String() string { return nameOf(kindNames[:], int(k)) }

// Instant reports whether nodes of kind k take no time and are not shown: let,
// yield, return, raise, next and grow.
func (k NodeKind) Instant() bool { return k >= NLet }

// declKinds are the kinds of declared types in the JSON form.
var declKinds = [...]string{KRecord: "record", KEnum: "enum", KUnion: "union", KError: "error"}

var (
	stdinNames  = [...]string{StdinJSON: "json", StdinNone: "none", StdinExpr: "expr"}
	resultNames = [...]string{ResultJSON: "json", ResultLines: "lines", ResultText: "text", ResultNone: "none", ResultFile: "file"}
	// handlerNames are in the order of the bits of HandlerKinds.
	handlerNames = [...]string{"catch", "on_failure", "on_cancel", "finally"}
)

// String returns the mode as a flow writes it.
func (m StdinMode) String() string { return nameOf(stdinNames[:], int(m)) }

// String returns the mode as a flow writes it.
func (m ResultMode) String() string { return nameOf(resultNames[:], int(m)) }

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "?"
}
