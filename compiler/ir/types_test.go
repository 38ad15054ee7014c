package ir_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
)

// The declarations that the tests of this package share.
var (
	rowDecl    = &ir.TypeDecl{Name: "Row", Kind: ir.KRecord, Fields: []ir.Field{{Name: "id", Type: ir.StringType}, {Name: "uri", Type: ir.OptionalOf(ir.URLType)}}}
	idDecl     = &ir.TypeDecl{Name: "billing.ID", Kind: ir.KRecord, Fields: []ir.Field{{Name: "id", Type: ir.StringType}}}
	circleDecl = &ir.TypeDecl{Name: "Circle", Kind: ir.KRecord, Fields: []ir.Field{{Name: "radius", Type: ir.FloatType}}}
	squareDecl = &ir.TypeDecl{Name: "geo.Square", Kind: ir.KRecord, Fields: []ir.Field{{Name: "side", Type: ir.IntType}}}
	tierDecl   = &ir.TypeDecl{Name: "Tier", Kind: ir.KEnum, Members: []string{"silver", "gold"}}
	badDecl    = &ir.TypeDecl{Name: "Bad", Kind: ir.KError, Fields: []ir.Field{{Name: "reason", Type: ir.StringType}}}
	treeDecl   = &ir.TypeDecl{Name: "Tree", Kind: ir.KRecord}
	bushDecl   = &ir.TypeDecl{Name: "Bush", Kind: ir.KRecord}
	shapeDecl  = &ir.TypeDecl{Name: "Shape", Kind: ir.KUnion}
	roundDecl  = &ir.TypeDecl{Name: "Round", Kind: ir.KUnion}

	decls = []*ir.TypeDecl{rowDecl, idDecl, circleDecl, squareDecl, tierDecl, badDecl, treeDecl, bushDecl, shapeDecl, roundDecl}
)

func init() {
	shapeDecl.Union = []*ir.Type{typeOf(circleDecl), typeOf(squareDecl)}
	roundDecl.Union = []*ir.Type{typeOf(circleDecl)}
	treeDecl.Fields = []ir.Field{{Name: "value", Type: ir.IntType}, {Name: "left", Type: ir.OptionalOf(typeOf(treeDecl))}}
	bushDecl.Fields = []ir.Field{{Name: "value", Type: ir.FloatType}, {Name: "left", Type: ir.OptionalOf(typeOf(bushDecl))}}
}

func typeOf(d *ir.TypeDecl) *ir.Type { return &ir.Type{Kind: d.Kind, Decl: d} }

func declared(name string) *ir.TypeDecl {
	for _, d := range decls {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// typ reads a type that uses the declarations above.
func typ(t testing.TB, text string) *ir.Type {
	t.Helper()
	typ, err := ir.ParseType(text, declared)
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

func TestTypesReadAsTheyAreWritten(t *testing.T) {
	for _, text := range []string{
		"none", "bool", "int", "float", "string", "bytes", "url", "path", "date", "time", "duration", "size", "json",
		"[Row]", "[Row; <= 2000]", "[int; >= 1]", "[string; 1..5]?", "map<[int]>", "ref<bytes>?", "secret<string>",
		"int(0..100)", "int(-5..5)", "float(>= 0)", "string(1..64)", "size(<= 1000)",
		"{ a: int, b: { c: string? } }", "{}", "billing.ID!", "[Row!]!", "none!", "Tier", "Bad", "Shape?", "int!?",
	} {
		if got := typ(t, text).String(); got != text {
			t.Errorf("%s is written as %s", text, got)
		}
	}
}

func TestTypesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "expected a type",
		"Rwo":                                `no type is named "Rwo"`,
		"[int":                               `expected "]"`,
		"int int":                            `unexpected "int"`,
		"map<int":                            `expected ">"`,
		"int??":                              "says nothing more",
		"none?":                              "says nothing more",
		"bool(1..2)":                         "has no bounds",
		"int(1..)":                           "is no bound",
		"int(99999999999999999999..1)":       "is no bound",
		"{ a int }":                          `expected ":"`,
		strings.Repeat("[", 100_000):         "nests too deep",
		"int" + strings.Repeat("!", 100_000): "nests too deep",
	} {
		_, err := ir.ParseType(text, declared)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseType(%.40q) = %v, want an error with %q", text, err, want)
		}
	}
}

func TestAssignable(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"int", "float", true}, {"float", "int", false},
		{"int", "int?", true}, {"int?", "int", false}, {"none", "int?", true}, {"int?", "float?", true},
		{"int!", "int", false}, {"int", "int!", false}, {"int!", "float!", true}, {"int!", "int?", false},
		{"[int]", "[float]", true}, {"[int?]", "[int]", false}, {"map<int>", "map<float?>", true}, {"map<int>", "[int]", false},
		{"string", "string(1..64)", true}, {"[int; <= 5]", "[int; <= 2]", true},
		{"string", "url", false}, {"url", "string", false}, {"path", "url", false}, {"date", "time", false},
		{"Row", "billing.ID", true}, {"billing.ID", "Row", true}, {"{ id: int }", "Row", false},
		{"{ id: string, more: int }", "Row", true}, {"{}", "Row", false}, {"Row", "{}", true},
		{"Circle", "Shape", true}, {"Round", "Shape", true}, {"Shape", "Round", false}, {"Shape", "Circle", false},
		{"{ radius: float }", "Shape", false}, {"Row", "Shape", false},
		{"Tree", "Bush", true}, {"Bush", "Tree", false},
		{"Tier", "Tier", true}, {"Tier", "string", false}, {"Bad", "Bad", true}, {"Bad", "{ reason: string }", false},
		{"ref<bytes>", "ref<bytes>", true}, {"ref<bytes>", "bytes", false}, {"int", "json", false}, {"none", "none", true}, {"none", "int", false},
	} {
		if got := ir.Assignable(typ(t, c.from), typ(t, c.to)); got != c.want {
			t.Errorf("Assignable(%s, %s) = %v, want %v", c.from, c.to, got, c.want)
		}
	}
	if !ir.Assignable(ir.Invalid, ir.IntType) || !ir.Assignable(ir.IntType, ir.Invalid) {
		t.Error("an invalid type does not fit everything")
	}
}

func TestIdenticalMindsBoundsAndOrder(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"[int; <= 5]", "[int; <= 5]", true}, {"[int; <= 5]", "[int]", false}, {"int(1..2)", "int(1..3)", false},
		{"{ a: int, b: int }", "{ b: int, a: int }", false}, {"{ a: int }", "{ a: int }", true},
		{"Row", "Row", true}, {"Row", "billing.ID", false}, {"Row?", "Row!", false},
	} {
		if got := ir.Identical(typ(t, c.a), typ(t, c.b)); got != c.want {
			t.Errorf("Identical(%s, %s) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// anyType draws a type whose values have a JSON form.
func anyType(depth int) *rapid.Generator[*ir.Type] {
	return rapid.Custom(func(t *rapid.T) *ir.Type {
		scalars := []*ir.Type{
			ir.BoolType, ir.IntType, ir.FloatType, ir.StringType, ir.BytesType, ir.URLType, ir.PathType, ir.DateType,
			ir.TimeType, ir.DurationType, ir.SizeType, ir.JSONType,
			typeOf(rowDecl), typeOf(tierDecl), typeOf(badDecl), typeOf(treeDecl), typeOf(shapeDecl),
			{Kind: ir.KRef, Elem: ir.BytesType}, {Kind: ir.KSecret, Elem: ir.StringType},
		}
		if depth == 0 {
			return rapid.SampledFrom(scalars).Draw(t, "scalar")
		}
		elem := func() *ir.Type { return anyType(depth-1).Draw(t, "elem") }
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			return ir.ListOf(elem())
		case 1:
			return ir.MapOf(elem())
		case 2:
			return ir.OptionalOf(elem())
		case 3:
			return ir.OutcomeOf(elem())
		case 4:
			return &ir.Type{Kind: ir.KRecord, Fields: []ir.Field{{Name: "a", Type: elem()}, {Name: "b", Type: elem()}}}
		case 5:
			lo, hi := int64(0), int64(1000)
			return &ir.Type{Kind: ir.KList, Elem: elem(), Bound: &ir.Bound{Min: &lo, Max: &hi}}
		}
		return rapid.SampledFrom(scalars).Draw(t, "scalar")
	})
}

func TestAnyTypeReadsAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyType(4).Draw(t, "type")
		got, err := ir.ParseType(want.String(), declared)
		if err != nil {
			t.Fatal(err)
		}
		if !ir.Identical(got, want) || !ir.Assignable(got, want) || !ir.Assignable(want, got) {
			t.Fatalf("%s came back as %s", want, got)
		}
	})
}

// TestTypesOfModulesAreRead is about names that begin with that of a file, which
// may be called like a type or have in it what else ends a name.
func TestTypesOfModulesAreRead(t *testing.T) {
	names := []string{"std/fs.Kind", "int/my-rows.Row", "old (2)/rows.Row", "Row"}
	lookup := func(name string) *ir.TypeDecl {
		if slices.Contains(names, name) {
			return &ir.TypeDecl{Name: name, Kind: ir.KRecord}
		}
		return nil
	}
	for _, name := range names {
		for _, text := range []string{name, "[" + name + "?]", "map<" + name + ">!", "{ a: " + name + ", b: " + name + " }"} {
			if got, err := ir.ParseType(text, lookup); err != nil || got.String() != text {
				t.Errorf("%s is read as %v, %v", text, got, err)
			}
		}
	}
}
