package ir

// Op is what an expression does.
type Op uint8

const (
	OpConst         Op = iota // Value
	OpSlot                    // slot Index of the frame Up levels above; it is set when the expression runs
	OpSlotOutcome             // the same as a T!: how the node that fills it ended
	OpSlotOptional            // the same as a T?: none when not set (names of a block in its handlers)
	OpLocal                   // the variable of the enclosing lambda or comprehension: Index counts from the outermost
	OpParam                   // program parameter Name
	OpContext                 // fact of the run or call: Name = "run.id", "run.workflow_id", "run.tags", "run.attempt", "activity.name", "result", …
	OpField                   // Args[0].Name, of a record, outcome or Failure
	OpFields                  // Args[0].Name mapped over a list: `.succeeded`, `.failed` of [T!]
	OpIndex                   // Args[0][Args[1]] of a list or map
	OpCall                    // pure function Name of the library
	OpLambda                  // Args[0] with one new local; only as an argument of OpCall
	OpList                    // list of Args
	OpMap                     // map: Names are the keys, Args the values
	OpRecord                  // record of Type: Names are the fields, Args the values; fields left out are none
	OpComprehension           // for local in Args[0]: Args[1] the condition (nil means all), Args[2] the value
	OpIf                      // if Args[0] then Args[1] else Args[2]
	OpAnd
	OpOr
	OpNot
	OpNeg
	OpEq
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe
	OpIn       // Args[0] in list, map keys or string Args[1]
	OpCoalesce // Args[0] ?? Args[1]: of an optional or an outcome
	OpRange    // Args[0]..Args[1]
	OpAdd      // numbers, strings, lists; date/time plus duration
	OpSub
	OpMul
	OpDiv
	OpRem
	OpInterp   // concatenation of Args as text; Names[i] is the format of Args[i], "" for none
	OpOptional // Args[0]? : an outcome as an optional
	OpConvert  // Args[0] seen as Type, which it is known to fit: int to float, record to a wider use, T to T?, to union
	OpAs       // Args[0] as Type, checked now; the error carries At
	OpIs       // Args[0] is of union member Type2 (Name), or not none
	OpRef      // ref(Args[0])
)

// Expr is a typed expression. It has no names: what it reads are slots. A Pos
// is kept where it can fail.
type Expr struct {
	Op    Op
	Type  *Type
	Args  []*Expr
	Name  string
	Names []string
	Up    int   // OpSlot*
	Index int   // OpSlot*, OpLocal
	Value Value // OpConst
	At    Pos
}

// Pos is a range of bytes in one of the program's sources. The zero Pos with
// File -1 is nowhere. Positions do not take part in the content hash.
type Pos struct {
	File       int32 // index into Program.Sources; -1 is nowhere
	Start, End int32
}

// NoPos is nowhere.
var NoPos = Pos{File: -1}
