package ir

// Format is the version of the JSON form. It changes when an older reader
// could misread a newer program.
const Format = 1

// Program is what one file declares, with what it imports. It is immutable
// once [Check] has passed.
type Program struct {
	Types      []*TypeDecl // in order of declaration, imports first; FailureDecl is predeclared and not listed
	Params     []Param     // program parameters (`param`), default nil when required
	Activities []*Activity // in order of declaration
	Workflows  []*Workflow // in order of declaration; those of imports that are called are included
	Sources    []Source    // for messages and pictures; not hashed
	Tests      []*Test     // of the root file; neither hashed nor in the JSON form
	Main       string      // unique prefix-free name of the root file's only workflow, "" when it has several or none
}

// Source is a file that the program was compiled from.
type Source struct {
	Name string // relative to the project's root, with slashes; `std/…` for the library
	Text string
}

// Param is a parameter of a program, workflow or activity.
type Param struct {
	Name    string
	Type    *Type
	Default *Expr // nil means required, unless Type is optional
	At      Pos
}

// Activity is what a task runs.
type Activity struct {
	Name       string // unique in the program: `extract`, `billing.charge`, `std/fs.glob`
	Params     []Param
	Result     *Type    // KNone when it gives nothing
	Raises     []string // names of error declarations
	Options    Options  // with the file's `defaults activity` merged in
	Program    *Command // nil when it is implemented elsewhere
	Kwargs     bool     // `input = kwargs`
	Idempotent bool
	Undo       *UndoCall // nil means none; its Args see slots 0…n-1 = params and OpContext "result"
	Expect     *Expr     // usual duration; nil if not said
	Version    string    // "" when not said
	Dir        string    // folder of the declaring file, relative to the root, with slashes, "." for the root
	At         Pos
}

// Command says how a program is run. Its expressions see one frame whose slots
// are the activity's parameters, in order.
type Command struct {
	Argv   *Expr // [string]
	Env    *Expr // map<string>; nil means nothing is added
	Cwd    *Expr // string; nil means Dir
	Stdin  StdinMode
	Input  *Expr // for StdinExpr
	Stdout ResultMode
	File   *Expr       // for ResultFile: relative to the attempt's own folder
	Errors []ExitError // by exit code, ascending
}

// StdinMode says what a program reads.
type StdinMode uint8

const (
	StdinJSON StdinMode = iota // the arguments as an object
	StdinNone
	StdinExpr // Command.Input: a string or bytes as is, anything else as JSON
)

// ResultMode says where a program's result is.
type ResultMode uint8

const (
	ResultJSON  ResultMode = iota // the last JSON document on stdout
	ResultLines                   // [string]
	ResultText                    // a string, without one final newline
	ResultNone                    // stdout is log
	ResultFile                    // Command.File
)

// ExitError maps an exit code to a declared error.
type ExitError struct {
	Code  int
	Error string // name of an error declaration
}

// Options are the settings that a node may carry. Nil means not said here.
type Options struct {
	RaisesOnFailure *bool
	Timeout         *Expr // duration; of a block: the whole, of an activity: each attempt
	QueueTimeout    *Expr // activity: schedule to start
	TotalTimeout    *Expr // activity: over all attempts
	Heartbeat       *Expr // activity
	Retry           *Retry
	Priority        *Expr // int
	TaskList        *Expr // string
	VersionAt       *Expr // string; a call's own `version`
	Max             *Expr // int: how many members or items run at once
	After           []int // dag member: nodes named by `after`
	Tolerate        *Tolerate
	Batch           *Expr       // int
	Shard           *Expr       // int
	Limit           *Expr       // int: expand, loop
	Continue        bool        // loop
	OnParentClose   string      // "" | "cancel" | "terminate" | "abandon"
	ChildPolicy     string      // workflow: "" | "request_cancel" | "terminate" | "abandon"
	DecisionTimeout *Expr       // workflow
	Tags            *Expr       // workflow or child call: [string]
	At              []OptionPos // where each option was written, in order of writing
}

// OptionPos says where an option's value comes from, for `explain`.
type OptionPos struct {
	Name string
	From string // "call" | "activity" | "defaults" | "workflow" | "block"
	At   Pos
}

// Retry is a retry policy. Max is the number of *re*-tries.
type Retry struct {
	Max    *Expr
	From   *Expr    // first delay; nil means 1s
	Factor *Expr    // nil means 2
	Cap    *Expr    // longest delay; nil means 1m
	Jitter *Expr    // fraction 0…1 as float; nil means none
	On     []string // declared errors that are retried too
}

// Tolerate is `tolerate = n` or `tolerate = p%`.
type Tolerate struct {
	Count   *Expr   // int; nil when Percent is meant
	Percent float64 // as written, 10 for 10%
}

// Workflow is one workflow: nodes in document order. Nodes[0] is the
// workflow's own node, of kind NWorkflow.
type Workflow struct {
	Name    string  // unique in the program
	Params  []Param // in slots 0…n-1 of frame 0
	Result  *Type
	Version string // "1" when not said
	Nodes   []Node
	Frames  []Frame
	Signals []Signal
	At      Pos
}

// Signal is a declared signal.
type Signal struct {
	Name   string
	Params []Param
	At     Pos
}

// Frame is a scope that is instantiated as a whole.
type Frame struct {
	Owner  int      // node whose instantiation makes one: NWorkflow, NMap, NExpand, NLoop
	Parent int      // frame around it; -1 for frame 0
	Names  []string // of its slots, for messages; "" for hidden ones; its length is the frame's size
}
