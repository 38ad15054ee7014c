package lang

// LitKind is the kind of a literal other than a string.
type LitKind uint8

const (
	IntLit      LitKind = iota // 12; also the least int, with its sign
	FloatLit                   // 2.5
	BoolLit                    // true, false
	NoneLit                    // none
	DurationLit                // 1h30m
	SizeLit                    // 64KB
	PercentLit                 // 10%
	DateLit                    // 2026-01-31
	TimeLit                    // 2026-01-31T02:00Z
)

// Lit is a literal. The parser has checked its form but not its range, except
// that Int, Duration and Size literals fit 64 bits.
type Lit struct {
	Range
	Kind LitKind
	Text string  // as written
	Int  int64   // IntLit; BoolLit 0|1; DurationLit in nanoseconds; SizeLit in bytes; DateLit in days and TimeLit in nanoseconds since 1970-01-01 UTC
	Num  float64 // FloatLit; PercentLit as written, so 10 for 10%
}

// StringLit is `"text ${expr}"`, `r"raw"` or `"""many lines"""`.
type StringLit struct {
	Range
	Form  StringForm
	Parts []StringPart // empty for ""
}

// StringForm is how a string literal was written.
type StringForm uint8

const (
	Quoted    StringForm = iota // "text"
	Raw                         // r"text"
	Multiline                   // """text"""
)

// StringPart is a run of text, unescaped and dedented, or, when Expr is not
// nil, `${expr}` or `${expr:format}`.
type StringPart struct {
	Range
	Text   string
	Expr   Expr   // nil for text
	Format string // after the colon, "" if absent
}

// Constant returns the text of s and whether it holds no interpolation.
func (s *StringLit) Constant() (string, bool) {
	switch {
	case len(s.Parts) == 0:
		return "", true
	case len(s.Parts) == 1 && s.Parts[0].Expr == nil:
		return s.Parts[0].Text, true
	}
	return "", false
}

// Name is a lower-case name used as a value.
type Name struct {
	Range
	Name string
}

// TypeName is an UpperCamel name used as a value: an error without fields in
// `raise TooLate`, an enum before `.member`, a member type in a `case`.
type TypeName struct {
	Range
	Module *Ident // nil means this file
	Name   string
}

// RecordLit is `Name { field: value, short }`.
type RecordLit struct {
	Range
	Type   TypeName
	Fields []FieldInit
}

// FieldInit is `name: value`, or `name` alone, where Value is a *Name with the
// same span as Name.
type FieldInit struct {
	Range
	Name  Ident
	Value Expr
	Short bool // written as the name alone
}

// MapLit is `{ "key": value }`, `{ 2: Error }`, or, with identifiers for keys,
// a record without a declared name.
type MapLit struct {
	Range
	Entries []MapEntry
}

// MapEntry is `key: value`. A key written as a bare identifier is a *Name.
type MapEntry struct {
	Range
	Key, Value Expr
	Short      bool // `{ a }` for `{ a: a }`
}

// ListLit is `[a, b]`.
type ListLit struct {
	Range
	Elems []Expr
}

// Comprehension is `[for x in list if cond: value]`.
type Comprehension struct {
	Range
	Item  Ident
	List  Expr
	Cond  Expr // nil means all
	Value Expr
}

// Lambda is `x -> expr`. It stands only as an argument.
type Lambda struct {
	Range
	Param Ident
	Body  Expr
}

// CallExpr is `f(args)` or `module.f(args)` or `x.f(args)`: Fun is a *Name, a
// *TypeName or a *Field. `ref("key")` is a call of the *Name `ref`.
type CallExpr struct {
	Range
	Fun      Expr
	Args     []Arg
	ArgsSpan Range // the parentheses included
}

// Field is `x.name`.
type Field struct {
	Range
	X    Expr
	Name Ident
}

// Index is `x[i]`.
type Index struct {
	Range
	X, I Expr
}

// Optional is `x?`.
type Optional struct {
	Range
	X Expr
}

// Op is an operator.
type Op uint8

const (
	OpOr       Op = iota // or
	OpAnd                // and
	OpNot                // not; unary
	OpEq                 // ==
	OpNe                 // !=
	OpLt                 // <
	OpLe                 // <=
	OpGt                 // >
	OpGe                 // >=
	OpIn                 // in
	OpCoalesce           // ??
	OpRange              // ..
	OpAdd                // +
	OpSub                // -; also unary
	OpMul                // *
	OpDiv                // /
	OpRem                // %
)

// String returns the operator as written.
func (o Op) String() string {
	return [...]string{"or", "and", "not", "==", "!=", "<", "<=", ">", ">=", "in", "??", "..", "+", "-", "*", "/", "%"}[o]
}

// Unary is `not x` or `-x`.
type Unary struct {
	Range
	Op Op // = OpNot | OpSub
	X  Expr
}

// Binary is `x op y`.
type Binary struct {
	Range
	Op     Op
	OpSpan Range
	X, Y   Expr
}

// Is is `x is T`.
type Is struct {
	Range
	X    Expr
	Type TypeExpr
}

// As is `x as T`.
type As struct {
	Range
	X    Expr
	Type TypeExpr
}

// IfExpr is `if cond then a else b`.
type IfExpr struct {
	Range
	Cond, Then, Else Expr
}

// Paren is `(x)`; kept because the formatter shows what was written.
type Paren struct {
	Range
	X Expr
}

// BadExpr stands where an expression could not be read; it silences what
// follows from that.
type BadExpr struct{ Range }
