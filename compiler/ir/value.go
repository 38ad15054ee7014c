package ir

// Value is a value of the language; immutable.
//
//	None | Bool | Int | Float | String | Bytes | Date | Time | Duration |
//	Size | JSON | List | *Map | *Record | *Outcome | *Ref | Secret
//
// Strings, URLs, paths and enum members are all Strings. There is no optional
// wrapper: a T? is a T or None.
type Value interface{ value() }

type (
	// None is the value of `none`.
	None struct{}
	// Bool is true or false.
	Bool bool
	// Int is a 64-bit integer.
	Int int64
	// Float is a finite number.
	Float float64
	// String is text: a string, url, path or enum member.
	String string
	// Bytes is binary data.
	Bytes string
	// Date is days since 1970-01-01.
	Date int64
	// Time is nanoseconds since 1970-01-01T00:00Z.
	Time int64
	// Duration is nanoseconds.
	Duration int64
	// Size is bytes.
	Size int64
	// JSON is a document whose shape is not known, in compact form.
	JSON string
	// List is a list.
	List []Value
	// Secret is the name of a secret; its value is never here.
	Secret string
)

// Map is a map<T>, in the order of insertion. One with more than a few keys is
// made by [NewMap], which makes [Map.Get] fast.
type Map struct {
	Keys   []string
	Values []Value

	index map[string]int // nil means that Get looks along Keys
}

// Record is a record or error value. Names is shared by all records of a
// shape.
type Record struct {
	Decl   *TypeDecl // nil when it has no name
	Names  []string
	Values []Value
}

// Outcome is a T!: how a node ended.
type Outcome struct {
	Status Status  // one of Succeeded, Failed, TimedOut, Cancelled, Skipped
	Value  Value   // nil unless succeeded, and for a node without a value
	Error  *Record // of FailureDecl; nil unless failed or timed out
}

// Ref is a value kept outside the history.
type Ref struct {
	Key    string
	SHA256 string
	Size   int64
}

func (None) value()     {}
func (Bool) value()     {}
func (Int) value()      {}
func (Float) value()    {}
func (String) value()   {}
func (Bytes) value()    {}
func (Date) value()     {}
func (Time) value()     {}
func (Duration) value() {}
func (Size) value()     {}
func (JSON) value()     {}
func (List) value()     {}
func (Secret) value()   {}
func (*Map) value()     {}
func (*Record) value()  {}
func (*Outcome) value() {}
func (*Ref) value()     {}

// Status is how far a node has come.
type Status uint8

const (
	Waiting Status = iota
	Running
	Succeeded
	Failed
	TimedOut
	Cancelled
	Skipped
	Undone
	Abandoned
	Reused
)

// String returns the word that users see, such as "timed_out".
func (s Status) String() string {
	return [...]string{"waiting", "running", "succeeded", "failed", "timed_out", "cancelled", "skipped", "undone", "abandoned", "reused"}[s]
}
