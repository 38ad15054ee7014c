package diag

// Code names one kind of finding and never changes its meaning: `F0201`. The
// letter is the severity that it has by default, F for an error and W for a
// warning; the first two digits are the family.
//
// Every code has a page (see [Explain]), pages/CODE.md, with an example that is
// wrong and one that is right.
type Code string

// Severity returns the severity that findings of this code have.
func (c Code) Severity() Severity {
	if len(c) > 0 && c[0] == 'W' {
		return Warning
	}
	return Error
}

// F01: syntax. The text is not a flow file.
const (
	// Syntax is a token that fits nowhere: unexpected X, expected Y.
	Syntax Code = "F0100"
	// UnclosedBlock is a `{` without its `}`.
	UnclosedBlock Code = "F0101"
	// UnclosedBracket is a `(` or `[` without its partner.
	UnclosedBracket Code = "F0102"
	// OptionsWithoutWith is an option that follows a node's name directly.
	OptionsWithoutWith Code = "F0103"
	// WordsInAttribute is an attribute whose value goes on in words.
	WordsInAttribute Code = "F0104"
	// BadLiteral is an unclosed string or a literal that cannot be read.
	BadLiteral Code = "F0105"
	// SpacedPercent is `10 %` where `10%` is meant.
	SpacedPercent Code = "F0106"
	// FileTooLarge is a file over 16 MiB.
	FileTooLarge Code = "F0107"
	// NestingTooDeep is nesting over 200 levels.
	NestingTooDeep Code = "F0108"
	// NotText is a file that is not UTF-8 or holds a NUL byte.
	NotText Code = "F0109"
	// TooManyTokens is a file of more than a million tokens.
	TooManyTokens Code = "F0110"
	// NameTooLong is a name over 256 bytes.
	NameTooLong Code = "F0111"
	// NameCase is a value in UpperCamel or a type in lower_case.
	NameCase Code = "F0112"
	// ReservedWord is a reserved word used as a name.
	ReservedWord Code = "F0113"
	// NumberRange is a number, duration, size or date that does not exist or
	// does not fit its type.
	NumberRange Code = "F0114"
)

// F02: names. A name says nothing, or two things.
const (
	// UnknownCallable is a call of an activity, workflow or canvas that does
	// not exist.
	UnknownCallable Code = "F0201"
	// SameNode is two nodes of one block that would have the same id.
	SameNode Code = "F0202"
	// CallInExpression is an activity, workflow or canvas called inside an
	// expression.
	CallInExpression Code = "F0203"
	// NotVisibleHere is a name used outside the block that binds it.
	NotVisibleHere Code = "F0204"
	// UnknownOption is an option or attribute that the thing does not have.
	UnknownOption Code = "F0205"
	// UnknownType is a type that does not exist.
	UnknownType Code = "F0206"
	// UnknownName is a value that does not exist.
	UnknownName Code = "F0207"
	// BoundTwice is a name bound twice in one scope, or hiding an outer one.
	BoundTwice Code = "F0208"
	// DeclaredTwice is two declarations, fields or members of one name.
	DeclaredTwice Code = "F0209"
	// ImportNotFound is an import that does not exist or leaves the project.
	ImportNotFound Code = "F0210"
	// ImportCycle is files that import each other in a circle.
	ImportCycle Code = "F0211"
	// UnusedImport is an import that nothing uses.
	UnusedImport Code = "W0212"
	// UnknownError is an error name that is not declared.
	UnknownError Code = "F0213"
	// UnknownFunction is a pure function that does not exist.
	UnknownFunction Code = "F0214"
	// MissingArgument is an argument or option that is missing, or given twice.
	MissingArgument Code = "F0215"
	// UnknownMember is an enum or union member that does not exist.
	UnknownMember Code = "F0216"
)

// F03: structure and data flow. What runs when, and what has a value.
const (
	// NotYetAvailable is a group member that uses another member.
	NotYetAvailable Code = "F0301"
	// DependencyCycle is members of a dag that wait for each other.
	DependencyCycle Code = "F0302"
	// UnusedResult is a bound name, also of a `let`, that nothing uses.
	UnusedResult Code = "W0303"
	// NoValue is the use of a node that gives no value.
	NoValue Code = "F0304"
	// MissingReturn is a path of a workflow or canvas that returns nothing.
	MissingReturn Code = "F0305"
	// MissingYield is a path of a block that yields nothing while others do.
	MissingYield Code = "F0306"
	// Misplaced is a yield, return, next, grow or signal where it means
	// nothing.
	Misplaced Code = "F0307"
	// Unreachable is a statement that can never run.
	Unreachable Code = "W0308"
	// ConstantCondition is a condition that is always true or always false.
	ConstantCondition Code = "W0309"
	// RecursiveCanvas is a canvas that calls itself, perhaps through others.
	RecursiveCanvas Code = "F0310"
)

// F04: expansion and loops.
const (
	// NotAList is a map or expand over something that is not a list.
	NotAList Code = "F0401"
	// MissingKey is an expand without `by`.
	MissingKey Code = "F0402"
	// BadKey is a key of a type that cannot be one.
	BadKey Code = "F0403"
	// Unbounded is an expand or loop without `limit`.
	Unbounded Code = "F0404"
	// GrowType is a grow of items that the expand does not take.
	GrowType Code = "F0405"
)

// F05: types.
const (
	// MayBeMissing is an outcome `T!` used where a `T` is needed.
	MayBeMissing Code = "F0501"
	// WrongArguments is a call whose arguments do not fit.
	WrongArguments Code = "F0502"
	// UnknownField is a field that a type does not have.
	UnknownField Code = "F0503"
	// MissingCase is a switch that does not handle everything.
	MissingCase Code = "F0504"
	// JSONField is a field read of `json` without `as`.
	JSONField Code = "F0505"
	// TypeMismatch is a value of one type where another is needed.
	TypeMismatch Code = "F0506"
	// BadOperand is an operator that does not apply to its operands.
	BadOperand Code = "F0507"
	// RecordFields is a record literal that misses fields or has others.
	RecordFields Code = "F0508"
	// ImpossibleCase is a case that is there twice or can never match.
	ImpossibleCase Code = "F0509"
	// OutOfBound is a constant outside the bound of its type.
	OutOfBound Code = "F0510"
	// NotConstant is something that changes where a constant is needed.
	NotConstant Code = "F0511"
	// ConstantFails is a constant expression that cannot be computed.
	ConstantFails Code = "F0512"
	// OptionalValue is a `T?` used where a `T` is needed.
	OptionalValue Code = "F0513"
	// EndlessType is a type that contains, or is defined as, itself.
	EndlessType Code = "F0514"
)

// F06: failure, cancellation, undo.
const (
	// ContradictoryTolerance is `tolerate` with `raises_on_failure = false`.
	ContradictoryTolerance Code = "F0601"
	// NeverRaised is a catch of an error that nothing inside can raise.
	NeverRaised Code = "F0602"
	// HiddenFailure is an absorbed failure that nobody can look at.
	HiddenFailure Code = "W0603"
	// NoUndo is an effect that stays when a later step fails.
	NoUndo Code = "W0604"
	// UndoUsesLater is an undo that uses what exists only after its step.
	UndoUsesLater Code = "F0605"
	// YieldInHandler is a yield in a handler that cannot replace the result.
	YieldInHandler Code = "F0606"
	// OptionNotAllowed is an option that cannot stand here, or two that
	// contradict each other.
	OptionNotAllowed Code = "F0607"
)

// F07: signals, timers, children.
const (
	// RacingSignal is two waiters for one signal at the same time.
	RacingSignal Code = "F0711"
	// UnusedSignal is a signal that nothing waits for.
	UnusedSignal Code = "W0712"
	// EndlessWait is a wait for a signal without `for`.
	EndlessWait Code = "W0713"
	// ChildTimeout is a child given less time than it declares to need.
	ChildTimeout Code = "F0721"
)

// F08: limits, cost, determinism.
const (
	// HistoryLimit is a workflow whose history can outgrow the back end.
	HistoryLimit Code = "W0801"
	// ValueLimit is a value that can outgrow the back end.
	ValueLimit Code = "F0802"
	// HeartbeatTimeout is a heartbeat that is not shorter than the timeout.
	HeartbeatTimeout Code = "F0803"
	// SecretLeak is a secret that would be written to the history.
	SecretLeak Code = "F0804"
	// TooManyNodes is a workflow that grows beyond all measure by inlining.
	TooManyNodes Code = "F0805"
	// AlwaysLate is a block whose timeout is shorter than the waits in it.
	AlwaysLate Code = "W0806"
	// OpenLimit is a workflow that can have more open at once than the back end
	// lets it.
	OpenLimit Code = "W0807"
	// ShardInPlace is a `shard` on a map that cannot be done in slices.
	ShardInPlace Code = "W0808"
)

// F09: activities, deployment, versions.
const (
	// RegisteredOtherwise is a version that is registered with other settings.
	RegisteredOtherwise Code = "F0901"
	// UndeclaredExitError is an entry of `errors` that names an error which
	// the activity does not raise, or an exit code that cannot be.
	UndeclaredExitError Code = "F0902"
	// ShellString is a shell command with a value pasted into it.
	ShellString Code = "W0903"
	// BadProgram is a `run`, `stdin` or `result` that does not fit.
	BadProgram Code = "F0904"
	// MissingRun is an activity that has no program to run here.
	MissingRun Code = "F0905"
	// BadInput is an input that does not fit the parameters.
	BadInput Code = "F0906"
	// UnknownParam is a parameter given from outside that is not declared, or
	// one that is declared and not given.
	UnknownParam Code = "F0907"
	// BadRetry is a retry policy that cannot be followed.
	BadRetry Code = "F0908"
	// UnusedAllow is a `# flow:allow` that suppresses nothing or gives no
	// reason.
	UnusedAllow Code = "W0909"
	// NotYet is a construct that this version of flowc does not run yet.
	NotYet Code = "F0910"
	// CannotMove is a running execution that cannot move to a new definition.
	CannotMove Code = "F0911"
	// BadTest is a test that says what cannot be.
	BadTest Code = "F0912"
	// ExpectOverTimeout is an `expect` longer than the timeout.
	ExpectOverTimeout Code = "W0913"
)
