package lang

// NamedType is `int`, `map<T>`, `ref<T>`, `Row`, `mod.Row`, `string(1..64)`.
type NamedType struct {
	Range
	Module *Ident // nil means this file or a predeclared type
	Name   Ident
	Arg    TypeExpr // in < >; nil if absent
	Bound  *Bound   // in ( ); nil if absent
}

// ListType is `[T]` or `[T; <= 2000]`.
type ListType struct {
	Range
	Elem  TypeExpr
	Bound *Bound // nil if absent
}

// RecordType is `{ name: type, … }`.
type RecordType struct {
	Range
	Fields []FieldDecl
}

// FieldDecl is `name: type`.
type FieldDecl struct {
	Range
	Doc  string
	Name Ident
	Type TypeExpr
}

// SuffixType is `T?` or `T!`.
type SuffixType struct {
	Range
	Elem    TypeExpr
	Outcome bool // `!`, else `?`
}

// Bound is `lo..hi`, `<= n`, `< n`, `>= n`, `> n` or `n` (exactly).
type Bound struct {
	Range
	Op     Op   // = OpRange | OpLe | OpLt | OpGe | OpGt | OpEq
	Lo, Hi Expr // OpRange has both, the others have Hi only
}

// BadType stands where a type could not be read; it silences what follows from
// that.
type BadType struct{ Range }
