package ir_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
)

func record(d *ir.TypeDecl, values ...ir.Value) *ir.Record {
	r := &ir.Record{Decl: d, Values: values}
	for _, f := range d.Fields {
		r.Names = append(r.Names, f.Name)
	}
	return r
}

func mapping(pairs ...any) *ir.Map {
	var keys []string
	var values []ir.Value
	for i := 0; i < len(pairs); i += 2 {
		keys, values = append(keys, pairs[i].(string)), append(values, pairs[i+1].(ir.Value))
	}
	return ir.NewMap(keys, values)
}

func TestValuesAsJSON(t *testing.T) {
	failure := record(ir.FailureDecl, ir.String("etl/x"), ir.String("Failed"), ir.String("no"), ir.Int(2), ir.JSON(`{"exit":1}`))
	for _, c := range []struct {
		typ   string
		value ir.Value
		want  string
	}{
		{"none", ir.None{}, `null`},
		{"int?", ir.None{}, `null`},
		{"bool", ir.Bool(true), `true`},
		{"int", ir.Int(-12), `-12`},
		{"int", ir.Int(1 << 53), `9007199254740992`},
		{"int", ir.Int(1<<53 + 1), `"9007199254740993"`},
		{"int", ir.Int(math.MinInt64), `"-9223372036854775808"`},
		{"float", ir.Float(2), `2`},
		{"float", ir.Float(0.1), `0.1`},
		{"float", ir.Float(1e21), `1e+21`},
		{"float", ir.Float(math.Copysign(0, -1)), `-0`},
		{"string", ir.String("a\"b\\\n\x01 é\u2028<"), `"a\"b\\\n\u0001 é` + "\u2028" + `<"`},
		{"bytes", ir.Bytes("hi"), `"aGk="`},
		{"url", ir.String("s3://raw/p1"), `"s3://raw/p1"`},
		{"date", ir.Date(20484), `"2026-01-31"`},
		{"time", ir.Time(0), `"1970-01-01T00:00:00Z"`},
		{"time", ir.Time(1_500_000_000), `"1970-01-01T00:00:01.5Z"`},
		{"duration", ir.Duration(90 * 60 * 1e9), `"1h30m"`},
		{"size", ir.Size(64_000), `64000`},
		{"json", ir.JSON(`{"a":[1,2.50]}`), `{"a":[1,2.50]}`},
		{"[int]", ir.List{ir.Int(1), ir.Int(2)}, `[1,2]`},
		{"[int]", ir.List{}, `[]`},
		{"map<int>", mapping("b", ir.Int(1), "a", ir.Int(2)), `{"b":1,"a":2}`},
		{"Row", record(rowDecl, ir.String("p1"), ir.String("u")), `{"id":"p1","uri":"u"}`},
		{"Row", record(rowDecl, ir.String("p1"), ir.None{}), `{"id":"p1"}`},
		{"Bad", record(badDecl, ir.String("short")), `{"reason":"short"}`},
		{"Tier", ir.String("gold"), `"gold"`},
		{"Shape", record(circleDecl, ir.Float(1.5)), `{"type":"Circle","radius":1.5}`},
		{"Shape", record(squareDecl, ir.Int(2)), `{"type":"Square","side":2}`},
		{"Circle", record(circleDecl, ir.Float(1.5)), `{"radius":1.5}`},
		{"int!", &ir.Outcome{Status: ir.Succeeded, Value: ir.Int(7)}, `{"status":"succeeded","value":7}`},
		{"none!", &ir.Outcome{Status: ir.Succeeded}, `{"status":"succeeded"}`},
		{"int!", &ir.Outcome{Status: ir.Failed, Error: failure}, `{"status":"failed","error":{"node":"etl/x","error":"Failed","message":"no","attempts":2,"details":{"exit":1}}}`},
		{"int!", &ir.Outcome{Status: ir.TimedOut}, `{"status":"timed_out"}`},
		{"ref<bytes>", &ir.Ref{Key: "k", SHA256: "ab", Size: 3}, `{"$ref":"k","sha256":"ab","size":3}`},
		{"secret<string>", ir.Secret("token"), `{"$secret":"token"}`},
	} {
		want := typ(t, c.typ)
		got, err := ir.Encode(c.value, want)
		if err != nil || string(got) != c.want {
			t.Errorf("Encode(%s) = %s, %v, want %s", ir.Show(c.value), got, err, c.want)
			continue
		}
		back, err := ir.Decode(got, want, ir.RefuseUnknown)
		if err != nil || !ir.Equal(back, c.value) {
			t.Errorf("%s came back as %s, %v", got, ir.Show(back), err)
		}
	}
}

func TestReadingIsLenientWhereItIsSaid(t *testing.T) {
	for _, c := range []struct {
		typ, text string
		want      ir.Value
	}{
		{"int", ` 27.0 `, ir.Int(27)},
		{"int", `1e3`, ir.Int(1000)},
		{"int", `9007199254740993`, ir.Int(9007199254740993)},
		{"int?", `null`, ir.None{}},
		{"Row", `{"id":"a","uri":null}`, record(rowDecl, ir.String("a"), ir.None{})},
		{"Row", `{"uri":"u","id":"a"}`, record(rowDecl, ir.String("a"), ir.String("u"))},
		{"Row", `{"id":"a","more":{"x":[1]}}`, record(rowDecl, ir.String("a"), ir.None{})},
		{"Shape", `{"side":1,"type":"Square"}`, record(squareDecl, ir.Int(1))},
		{"duration", `"1.5s"`, ir.Duration(1.5e9)},
		{"time", `"2026-01-31T03:00+01:00"`, ir.Time(1769824800 * 1e9)},
		{"json", "{ \"a\" : [ 1 , \"x y\" ] }\n", ir.JSON(`{"a":[1,"x y"]}`)},
		{"string", `"\u00e9\ud83d\ude00\/"`, ir.String("é😀/")},
		{"float", `5`, ir.Float(5)},
	} {
		got, err := ir.Decode([]byte(c.text), typ(t, c.typ), ir.IgnoreUnknown)
		if err != nil || !ir.Equal(got, c.want) {
			t.Errorf("Decode(%s as %s) = %s, %v, want %s", c.text, c.typ, ir.Show(got), err, ir.Show(c.want))
		}
	}
}

func TestMisfitsNameThePlace(t *testing.T) {
	for _, c := range []struct{ typ, text, want string }{
		{"{ rows: [{ uri: url }] }", `{"rows":[{"uri":"a"},{"uri":3}]}`, `rows[1].uri: expected url, found number`},
		{"[Row]", `[{"id":"a"},{"uri":"u"}]`, `[1].id: expected string, found nothing`},
		{"map<int>", `{"a b":"x"}`, `["a b"]: expected int, found string`},
		{"int(0..100)", `120`, `expected int(0..100), found 120`},
		{"string(1..3)", `"éééé"`, `expected string(1..3), found a string of 4 characters`},
		{"[int; <= 2]", `[1,2,3]`, `expected [int; <= 2], found a list of 3`},
		{"size(<= 10)", `11`, `expected size(<= 10), found 11`},
		{"int", `1.5`, `expected int, found 1.5`},
		{"int", `"12"`, `expected int, found string`},
		{"int", `9223372036854775808`, `expected int, found 9223372036854775808`},
		{"float", `1e999`, `expected float, found 1e999, which is out of range`},
		{"Tier", `"bronze"`, `expected Tier, found "bronze", which is none of its members`},
		{"Shape", `{"type":"Row"}`, `expected Shape, found an object of type "Row", which is none of its members`},
		{"Shape", `{"radius":1}`, `expected Shape, found an object whose "type" is missing or no string`},
		{"date", `"2026-02-30"`, `expected date, found "2026-02-30"`},
		{"duration", `"soon"`, `expected duration, found "soon"`},
		{"bytes", `"%"`, `expected bytes, found a string that is not base64`},
		{"Row", `{"id":"a","id":"b"}`, `the key "id" stands twice`},
		{"json", `{"a":{"b":1,"b":2}}`, `["a"]: the key "b" stands twice`},
		{"int", `1 2`, `at byte 2: something follows the end of the document`},
		{"int", ``, `at byte 0: the document ends where a value should follow`},
		{"[int]", `[1,`, `[1]: at byte 3: the document ends where a value should follow`},
		{"string", "\"\xff\"", `at byte 1: a string that is not UTF-8`},
		{"string", `"\ud800"`, `half of a surrogate pair is no character`},
		{"string", "\"a\nb\"", `a control character in a string must be escaped`},
		{"json", `01`, `something follows`},
		{"json", `nul`, `expected a value`},
		{"json", strings.Repeat("[", 100_000), `nests deeper than 200`},
		{"Tree", strings.Repeat(`{"value":1,"left":`, 100_000), `nests deeper than 200`},
		{"int!", `{"value":1}`, `status: expected succeeded, failed, timed_out, cancelled or skipped`},
		{"secret<string>", `{"password":"x"}`, `expected secret<string>, found an object without "$secret"`},
	} {
		_, err := ir.Decode([]byte(c.text), typ(t, c.typ), ir.IgnoreUnknown)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Decode(%.40s as %s): got %v, want %s", c.text, c.typ, err, c.want)
		}
	}
	_, err := ir.Decode([]byte(`{"id":"a","idd":"b"}`), typ(t, "Row"), ir.RefuseUnknown)
	if err == nil || err.Error() != "idd: Row has no such field" {
		t.Errorf("an unknown field of input: got %v", err)
	}
}

func TestEncodeRefusesWhatIsNoT(t *testing.T) {
	shared := ir.List{ir.Int(1)}
	for range 60 {
		shared = ir.List{shared, shared}
	}
	for _, c := range []struct {
		typ   *ir.Type
		value ir.Value
		want  string
	}{
		{ir.FloatType, ir.Float(math.Inf(1)), "expected a finite float"},
		{ir.ListOf(ir.IntType), ir.List{ir.Int(1), ir.String("x")}, "[1]: expected int, found string"},
		{ir.IntType, ir.None{}, "expected int, found none"},
		{typeOf(shapeDecl), record(rowDecl, ir.String("a"), ir.None{}), "expected Shape, found Row"},
	} {
		if _, err := ir.Encode(c.value, c.typ); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Encode(%s as %s): got %v, want %s", ir.Show(c.value), c.typ, err, c.want)
		}
	}
	nested := ir.IntType
	for range 61 {
		nested = ir.ListOf(nested)
	}
	if _, err := ir.AppendJSON(nil, shared, nested, 1<<16); err == nil || !strings.Contains(err.Error(), "more than 65536 bytes") {
		t.Errorf("a value that shares its parts 2^60 times: got %v", err)
	}
}

// anyValue draws a value of type t.
func anyValue(t *rapid.T, typ *ir.Type, depth int) ir.Value {
	ints := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-100, 100))
	switch typ.Kind {
	case ir.KNone:
		return ir.None{}
	case ir.KBool:
		return ir.Bool(rapid.Bool().Draw(t, "bool"))
	case ir.KInt:
		return ir.Int(ints.Draw(t, "int"))
	case ir.KSize:
		return ir.Size(ints.Draw(t, "size"))
	case ir.KFloat:
		return ir.Float(rapid.Float64Range(-1e300, 1e300).Draw(t, "float"))
	case ir.KString, ir.KURL, ir.KPath:
		return ir.String(rapid.String().Draw(t, "string"))
	case ir.KBytes:
		return ir.Bytes(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
	case ir.KDate:
		return ir.Date(rapid.Int64Range(-700_000, 2_900_000).Draw(t, "date"))
	case ir.KTime:
		return ir.Time(rapid.Int64Range(-9e18, 9e18).Draw(t, "time"))
	case ir.KDuration:
		return ir.Duration(rapid.Int64Range(-9e18, 9e18).Draw(t, "duration"))
	case ir.KEnum:
		return ir.String(rapid.SampledFrom(typ.Decl.Members).Draw(t, "member"))
	case ir.KJSON:
		return rapid.SampledFrom([]ir.Value{ir.JSON("true"), ir.JSON(`{"a":[1,"b"]}`), ir.JSON("1.50")}).Draw(t, "json")
	case ir.KRef:
		return &ir.Ref{Key: rapid.StringN(1, 5, 20).Draw(t, "key"), SHA256: "00", Size: 5}
	case ir.KSecret:
		return ir.Secret("token")
	case ir.KOptional:
		if depth > 4 || rapid.Bool().Draw(t, "none") {
			return ir.None{}
		}
		return anyValue(t, typ.Elem, depth+1)
	case ir.KList:
		list := ir.List{}
		for range rapid.IntRange(0, 3).Draw(t, "len") {
			list = append(list, anyValue(t, typ.Elem, depth+1))
		}
		return list
	case ir.KMap:
		keys := rapid.SliceOfNDistinct(rapid.String(), 0, 15, rapid.ID[string]).Draw(t, "keys")
		values := make([]ir.Value, len(keys))
		for i := range keys {
			values[i] = anyValue(t, typ.Elem, depth+1)
		}
		return ir.NewMap(keys, values)
	case ir.KUnion:
		return anyValue(t, rapid.SampledFrom(typ.Decl.Union).Draw(t, "member"), depth)
	case ir.KOutcome:
		if rapid.Bool().Draw(t, "succeeded") {
			return &ir.Outcome{Status: ir.Succeeded, Value: anyValue(t, typ.Elem, depth+1)}
		}
		return &ir.Outcome{Status: ir.Failed, Error: anyValue(t, ir.FailureType, depth+1).(*ir.Record)}
	}
	r := &ir.Record{Decl: typ.Decl}
	for _, f := range typ.RecordFields() {
		r.Names, r.Values = append(r.Names, f.Name), append(r.Values, anyValue(t, f.Type, depth+1))
	}
	return r
}

func TestAnyValueComesBackFromJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyType(3).Draw(t, "type")
		v := anyValue(t, want, 0)
		text, err := ir.Encode(v, want)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(text) {
			t.Fatalf("%s is no JSON", text)
		}
		back, err := ir.Decode(text, want, ir.RefuseUnknown)
		if err != nil {
			t.Fatalf("%s as %s: %v", text, want, err)
		}
		again, err := ir.Encode(back, want)
		if err != nil || string(again) != string(text) || !ir.Equal(back, v) {
			t.Fatalf("%s came back as %s, %v", text, again, err)
		}
	})
}

func TestEqual(t *testing.T) {
	many := func(from, step int) *ir.Map {
		m := []any{}
		for i := range 30 {
			n := (from + i*step + 30) % 30
			m = append(m, fmt.Sprint("k", n), ir.Int(n))
		}
		return mapping(m...)
	}
	for _, c := range []struct {
		a, b ir.Value
		want bool
	}{
		{ir.Int(1), ir.Float(1), true},
		{ir.Float(1 << 63), ir.Int(math.MaxInt64), false},
		{ir.Int(1<<53 + 1), ir.Float(1 << 53), false},
		{ir.Int(1), ir.Size(1), false},
		{ir.None{}, ir.None{}, true},
		{ir.List{ir.Int(1)}, ir.List{ir.Int(1)}, true},
		{ir.List{ir.Int(1)}, ir.List{}, false},
		{ir.Int(1), ir.List{}, false},
		{ir.String("a"), ir.Bytes("a"), false},
		{many(0, 1), many(29, -1), true},
		{many(0, 1), mapping("k0", ir.Int(0)), false},
		{record(idDecl, ir.String("a")), &ir.Record{Names: []string{"id"}, Values: []ir.Value{ir.String("a")}}, true},
		{record(rowDecl, ir.String("a"), ir.None{}), &ir.Record{Names: []string{"id"}, Values: []ir.Value{ir.String("a")}}, true},
		{record(idDecl, ir.String("a")), record(rowDecl, ir.String("a"), ir.None{}), false},
		{ir.JSON(`{"a":1,"b":[2.0]}`), ir.JSON(`{"b":[2],"a":1}`), true},
		{ir.JSON(`{"a":1}`), ir.JSON(`{"a":2}`), false},
		{&ir.Outcome{Status: ir.Failed}, &ir.Outcome{Status: ir.Cancelled}, false},
		{&ir.Outcome{Status: ir.Succeeded, Value: ir.Int(1)}, &ir.Outcome{Status: ir.Succeeded, Value: ir.Int(1)}, true},
		{&ir.Ref{Key: "a"}, &ir.Ref{Key: "a"}, true},
	} {
		if ir.Equal(c.a, c.b) != c.want || ir.Equal(c.b, c.a) != c.want {
			t.Errorf("Equal(%s, %s) is not %v both ways", ir.Show(c.a), ir.Show(c.b), c.want)
		}
	}
}

func TestConvert(t *testing.T) {
	row := &ir.Record{Names: []string{"more", "id"}, Values: []ir.Value{ir.Int(1), ir.String("a")}}
	for _, c := range []struct {
		from, to string
		value    ir.Value
		want     string
	}{
		{"[int]", "[float?]", ir.List{ir.Int(1)}, "[1]"},
		{"{ more: int, id: string }", "Row", row, `Row { id: "a" }`},
		{"Tree", "Bush", record(treeDecl, ir.Int(1), record(treeDecl, ir.Int(2), ir.None{})), "Bush { value: 1, left: Bush { value: 2 } }"},
		{"map<int>", "json", mapping("a", ir.Int(1)), `{"a":1}`},
		{"int?", "float?", ir.None{}, "none"},
		{"int!", "float!", &ir.Outcome{Status: ir.Succeeded, Value: ir.Int(1)}, "succeeded(1)"},
	} {
		from, to := typ(t, c.from), typ(t, c.to)
		got, err := ir.Convert(c.value, from, to)
		if err != nil || ir.Show(got) != c.want {
			t.Errorf("Convert(%s to %s) = %s, %v, want %s", ir.Show(c.value), c.to, ir.Show(got), err, c.want)
		}
		if _, err := ir.Encode(got, to); err != nil {
			t.Errorf("what was converted is no %s: %v", c.to, err)
		}
		if !ir.Converts(from, to) {
			t.Errorf("Converts(%s, %s) is false", c.from, c.to)
		}
	}
	if ir.Converts(typ(t, "[Row]"), typ(t, "[Row?]")) {
		t.Error("a list of records is rebuilt to be one of optionals")
	}
}

func TestAs(t *testing.T) {
	for _, c := range []struct {
		from, to string
		value    ir.Value
		want     string // an error if it begins with !
	}{
		{"json", "Row", ir.JSON(`{"id":"a","x":1}`), `Row { id: "a" }`},
		{"json", "Row", ir.JSON(`{"id":1}`), `!id: expected string, found number`},
		{"Shape", "Circle", record(circleDecl, ir.Float(1)), `Circle { radius: 1 }`},
		{"Shape", "Circle", record(squareDecl, ir.Int(1)), `!expected Circle, found geo.Square`},
		{"Shape", "Round", record(squareDecl, ir.Int(1)), `!expected Round, found geo.Square`},
		{"int?", "int", ir.None{}, `!expected int, found none`},
		{"int?", "int?", ir.None{}, `none`},
		{"int", "int(0..5)", ir.Int(7), `!expected int(0..5), found 7`},
		{"string", "string(1..2)", ir.String("abc"), `!expected string(1..2), found a string of 3 characters`},
		{"string", "url", ir.String("x"), `"x"`},
		{"[json]", "[int]", ir.List{ir.JSON("1"), ir.JSON(`"x"`)}, `![1]: expected int, found string`},
		{"int", "float", ir.Int(1), `1`},
		{"string", "int", ir.String("1"), `!expected int, found string`},
		{"Row", "json", record(rowDecl, ir.String("a"), ir.None{}), `{"id":"a"}`},
	} {
		got, err := ir.As(c.value, typ(t, c.from), typ(t, c.to))
		text := ""
		if err != nil {
			text = "!" + err.Error()
		} else {
			text = ir.Show(got)
		}
		if text != c.want {
			t.Errorf("As(%s, %s) = %s, want %s", ir.Show(c.value), c.to, text, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	types := []string{"json", "[Row]", "Shape", "Tree", "map<int>", "int!", "ref<bytes>", "duration", "time", "secret<string>", "string(1..3)", "float"}
	for i, s := range []string{`{"a":1}`, `[{"id":"x"}]`, `{"type":"Circle","radius":1}`, `{"value":1}`, `{"a":"9007199254740993"}`, `"1h"`, "\"\xff\"", `[[[`} {
		f.Add(s, i)
	}
	f.Fuzz(func(t *testing.T, text string, i int) {
		want := typ(t, types[uint(i)%uint(len(types))])
		v, err := ir.Decode([]byte(text), want, ir.IgnoreUnknown)
		if err != nil {
			if !utf8.ValidString(err.Error()) && utf8.ValidString(text) {
				t.Errorf("the error is not UTF-8: %q", err)
			}
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("%q was taken for JSON", text)
		}
		out, err := ir.Encode(v, want)
		if err != nil {
			t.Fatalf("%q cannot be written again: %v", text, err)
		}
		again, err := ir.Decode(out, want, ir.RefuseUnknown)
		if err != nil || !ir.Equal(v, again) {
			t.Fatalf("%q came back as %q: %v", text, out, err)
		}
	})
}

func BenchmarkDecodeMillionInts(b *testing.B) {
	text := []byte("[" + strings.Repeat("123456,", 999_999) + "1]")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := ir.Decode(text, ir.ListOf(ir.IntType), ir.IgnoreUnknown); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeRows(b *testing.B) {
	text := []byte("[" + strings.Repeat(`{"id":"partition-1","uri":"s3://raw/p1"},`, 99_999) + `{"id":"x"}]`)
	want := ir.ListOf(typeOf(rowDecl))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := ir.Decode(text, want, ir.IgnoreUnknown); err != nil {
			b.Fatal(err)
		}
	}
}
