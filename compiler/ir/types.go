package ir

// Kind is the kind of a type.
type Kind uint8

const (
	KInvalid Kind = iota // silences errors that follow from an earlier one; never in a finished program
	KNone                // the type of `none`, and of what gives no value
	KBool
	KInt
	KFloat
	KString
	KBytes
	KURL
	KPath
	KDate
	KTime
	KDuration
	KSize
	KJSON
	KList     // Elem
	KMap      // Elem; string keys
	KRecord   // Decl, or Fields when it has no name
	KEnum     // Decl
	KUnion    // Decl
	KError    // Decl: an error value, as in `raise E { … }` and `catch E as e`
	KOptional // Elem
	KOutcome  // Elem, which may be KNone
	KRef      // Elem
	KSecret   // Elem
)

// Type is a type. Types are immutable and compared with [Identical].
type Type struct {
	Kind   Kind
	Elem   *Type
	Decl   *TypeDecl // of a named record, enum, union or error
	Fields []Field   // of a record without a name
	Bound  *Bound    // nil means unbounded; of int, float, size (value), string, bytes, list (length)
}

// Bound is an inclusive range; nil means open on that side.
type Bound struct{ Min, Max *int64 }

// Field is a field of a record.
type Field struct {
	Name string
	Type *Type
}

// TypeDecl is a named record, enum, union or error. Programs share one TypeDecl
// by pointer between all its uses, so that types may be recursive.
type TypeDecl struct {
	Name    string   // unique in the program: `Row`, or `billing.Row` for one of a module
	Kind    Kind     // = KRecord | KEnum | KUnion | KError
	Fields  []Field  // of a record or error
	Members []string // of an enum
	Union   []*Type  // of a union: named records
	At      Pos
}

// RecordFields returns the fields of t, its own or its declaration's; nil for
// other kinds.
func (t *Type) RecordFields() []Field {
	if t.Decl != nil {
		return t.Decl.Fields
	}
	return t.Fields
}

// The types without parameters, shared.
var (
	Invalid      = &Type{Kind: KInvalid}
	NoneType     = &Type{Kind: KNone}
	BoolType     = &Type{Kind: KBool}
	IntType      = &Type{Kind: KInt}
	FloatType    = &Type{Kind: KFloat}
	StringType   = &Type{Kind: KString}
	BytesType    = &Type{Kind: KBytes}
	URLType      = &Type{Kind: KURL}
	PathType     = &Type{Kind: KPath}
	DateType     = &Type{Kind: KDate}
	TimeType     = &Type{Kind: KTime}
	DurationType = &Type{Kind: KDuration}
	SizeType     = &Type{Kind: KSize}
	JSONType     = &Type{Kind: KJSON}
)

// FailureDecl is the predeclared record that describes why a node failed.
var FailureDecl = &TypeDecl{Name: "Failure", Kind: KRecord, Fields: []Field{
	{"node", StringType}, {"error", StringType}, {"message", StringType},
	{"attempts", IntType}, {"details", JSONType},
}}

// FailureType is the type of `outcome.error` when present.
var FailureType = &Type{Kind: KRecord, Decl: FailureDecl}

// ListOf returns [elem].
func ListOf(elem *Type) *Type { return &Type{Kind: KList, Elem: elem} }

// MapOf returns map<elem>.
func MapOf(elem *Type) *Type { return &Type{Kind: KMap, Elem: elem} }

// OptionalOf returns elem?; an optional of an optional is itself.
func OptionalOf(elem *Type) *Type {
	if elem.Kind == KOptional || elem.Kind == KInvalid || elem.Kind == KNone {
		return elem
	}
	return &Type{Kind: KOptional, Elem: elem}
}

// OutcomeOf returns elem!.
func OutcomeOf(elem *Type) *Type {
	if elem.Kind == KInvalid {
		return elem
	}
	return &Type{Kind: KOutcome, Elem: elem}
}
