package runtime_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

const picking = `
activity a(n: int = 0) -> int
workflow w() -> int {
  x = a()
  y = a(n: x)
  let k = x + 1
  z = a(n: k)
  group { p = a(n: y); q = a(n: z) }
  rows = map i in [1, 2, 3] { u = a(n: p); v = a(n: u); yield v }
  last = a(n: len(rows))
  return last
}
`

// TestSelect: which nodes take part, and that a run of them ends well.
func TestSelect(t *testing.T) {
	p := program(t, picking)
	tests := []struct{ only, downstream, want string }{
		{"w/x", "", "w w/x"},
		{"w/y", "", "w w/x w/y"},
		{"w/z", "", "w w/x w/z"}, // through a let
		{"w/q", "", "w w/x w/z w/(group 1) w/q"},
		{"q", "", "w w/x w/z w/(group 1) w/q"}, // the workflow's name left out
		{"rows[1]/v", "", "w w/x w/y w/(group 1) w/p w/rows w/rows[1] w/rows[]/u w/rows[]/v"},
		{"w/rows[]/u", "", "w w/x w/y w/(group 1) w/p w/rows w/rows[] w/rows[]/u"},
		{"w/rows[1]/v", "", "w w/x w/y w/(group 1) w/p w/rows w/rows[1] w/rows[]/u w/rows[]/v"},
		{"w/rows", "", "w w/x w/y w/(group 1) w/p w/rows w/rows[] w/rows[]/u w/rows[]/v"},
		{"", "w/last", "w w/x w/y w/(group 1) w/p w/rows w/rows[] w/rows[]/u w/rows[]/v w/last"},
		{"", "w/q", "w w/x w/z w/(group 1) w/q"},
		{"", "w/p", "w w/x w/y w/(group 1) w/p w/rows w/rows[] w/rows[]/u w/rows[]/v w/last"},
		{"", "w/rows[2]/u", "w w/x w/y w/(group 1) w/p w/rows w/rows[] w/rows[]/u w/rows[]/v w/last"},
	}
	for _, test := range tests {
		t.Run(test.only+">"+test.downstream, func(t *testing.T) {
			ids, asked, err := runtime.Select(p, "", test.only, test.downstream)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(ids, " "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			o, report := runFlow(t, p, runtime.Start{Only: ids, Asked: asked}, map[string]answer{"a": constant("1")})
			if o.Status != ir.Succeeded {
				t.Errorf("ended %v %+v", o.Status, o.Failure)
			}
			for _, n := range report.Nodes {
				chosen := strings.Contains(" "+test.want+" ", " "+n.ID+" ")
				if item, after, ok := strings.Cut(n.ID, "]"); ok {
					every := strings.Contains(test.want, "w/rows[] ")
					static := "w/rows[]" + after
					chosen = (every || strings.Contains(test.want, item+"]")) && (static == "w/rows[]" || strings.Contains(" "+test.want+" ", " "+static+" "))
				}
				if chosen != (n.Status == "succeeded") {
					t.Errorf("%s %s", n.ID, n.Status)
				}
			}
		})
	}
}

// TestSelectUnknown: an unknown path is an error that offers near ones.
func TestSelectUnknown(t *testing.T) {
	p := program(t, picking)
	for path, near := range map[string]string{"w/rowz": "w/rows", "u": "w/rows[]/u", "w/lst": "w/last", "rows[1]/uu": "w/rows[]/u", "nothing at all": ""} {
		_, _, err := runtime.Select(p, "", path, "")
		var unknown *runtime.PathError
		if !errors.As(err, &unknown) {
			t.Errorf("%s: got %v", path, err)
		} else if got := strings.Join(unknown.Near, " "); got != near {
			t.Errorf("%s: near are %q, want %q", path, got, near)
		}
	}
}

// TestSelectNoItem: an item that is not there is no empty success.
func TestSelectNoItem(t *testing.T) {
	p := program(t, `activity a(k: string) -> int
workflow w() -> [int] { m = map x in ["north", "south"] by x { v = a(k: x); yield v }; return m }`)
	ids, asked, err := runtime.Select(p, "", "m[nort]/v", "")
	if err != nil {
		t.Fatal(err)
	}
	o, _ := runFlow(t, p, runtime.Start{Only: ids, Asked: asked}, nil)
	if o.Status != ir.Failed || o.Failure.Error != runtime.NoSuchItem || !strings.Contains(o.Failure.Message, "there is no item w/m[nort]; did you mean w/m[north]?; the keys are north, south") {
		t.Errorf("ended %v %+v", o.Status, o.Failure)
	}
}

// TestReportFolds: of a map of more than a thousand items only those that did
// not succeed are listed.
func TestReportFolds(t *testing.T) {
	p := program(t, `activity a(n: int) -> int
workflow w() { m = map i in 0..1999 with raises_on_failure = false { v = a(n: i); yield v }; b(n: len(m ?? [])) }
activity b(n: int)`)
	o, report := runFlow(t, p, runtime.Start{}, map[string]answer{
		"a": func(in map[string]any, _ int) (string, *runtime.Failure) {
			if in["n"] == 7.0 || in["n"] == 1500.0 {
				return "", &runtime.Failure{Error: "Failed", Message: "no"}
			}
			return "1", nil
		},
		"b": constant(""),
	})
	if o.Status != ir.Succeeded {
		t.Fatalf("ended %v %+v", o.Status, o.Failure)
	}
	var ids []string
	for _, n := range report.Nodes {
		ids = append(ids, n.ID)
		if n.ID == "w/m" && (n.Items["succeeded"] != 1998 || n.Items["failed"] != 2) {
			t.Errorf("items: %v", n.Items)
		}
	}
	if got, want := strings.Join(ids, " "), "w w/m w/m[7] w/m[7]/v w/m[1500] w/m[1500]/v w/b"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestSelectWhole: what is not limited gives its result.
func TestSelectWhole(t *testing.T) {
	p := program(t, picking)
	ids, asked, err := runtime.Select(p, "", "w", "")
	if err != nil || ids != nil {
		t.Fatalf("got %v, %v", ids, err)
	}
	o, _ := runFlow(t, p, runtime.Start{Only: ids, Asked: asked}, map[string]answer{"a": constant("7")})
	if string(o.Result) != "7" {
		t.Errorf("ended %v %s %+v", o.Status, o.Result, o.Failure)
	}
}

// TestSelectOpenBracket: a path that is cut off names nothing.
func TestSelectOpenBracket(t *testing.T) {
	var unknown *runtime.PathError
	if _, _, err := runtime.Select(program(t, picking), "", "rows[1", ""); !errors.As(err, &unknown) {
		t.Errorf("got %v", err)
	}
}

// TestNotRun: a run that does not come to the node that was asked for fails,
// and says why it did not.
func TestNotRun(t *testing.T) {
	tests := []struct{ name, body, only, why string }{
		{"a branch", `if n == 2 { k = a() }`, "(if 1)/then/k", "w/(if 1)/then/k was not run: its branch was not taken"},
		{"deep in a branch", `if n == 2 { if n == 3 { k = a() } }`, "(if 1)/then/(if 1)/then/k", "w/(if 1)/then/(if 1)/then/k was not run: its branch was not taken"},
		{"no items", `m = map i in 1..0 by i { k = a() }`, "m[]/k", "w/m[]/k was not run: no item of w/m came to it"},
		{"no item comes to it", `m = map i in [1, 2] { if i == 3 { k = a() } }`, "m[1]/(if 1)/then/k", "w/m[1]/(if 1)/then/k was not run: no item of w/m came to it"},
		{"after a failure", `chain with raises_on_failure = false { x = a(); k = b(n: x) }`, "k", "w/k was not run: skipped because of w/x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := program(t, "activity a() -> int\nactivity b(n: int) -> int\nworkflow w(n: int = 1) {\n"+test.body+"\n}\n")
			ids, asked, err := runtime.Select(p, "", test.only, "")
			if err != nil {
				t.Fatal(err)
			}
			o, _ := runFlow(t, p, runtime.Start{Only: ids, Asked: asked}, map[string]answer{"a": failing("Failed")})
			if o.Status != ir.Failed || o.Failure.Error != runtime.NotRun || o.Failure.Message != test.why {
				t.Errorf("ended %v %+v", o.Status, o.Failure)
			}
		})
	}
}

// TestDownstreamOfAnItem: what depends on a map depends on all of it.
func TestDownstreamOfAnItem(t *testing.T) {
	p := program(t, `activity a(s: string) -> string
activity count(n: int) -> int
workflow w() -> int { m = map i in ["x", "y"] by i { s = a(i); yield s }
  t = count(len(m))
  return t }`)
	ids, asked, err := runtime.Select(p, "", "", "m[y]/s")
	if err != nil {
		t.Fatal(err)
	}
	counted := 0.0
	o, _ := runFlow(t, p, runtime.Start{Only: ids, Asked: asked}, map[string]answer{"a": constant(`"k"`),
		"count": func(in map[string]any, _ int) (string, *runtime.Failure) {
			counted = in["n"].(float64)
			return "1", nil
		}})
	if o.Status != ir.Succeeded || counted != 2 {
		t.Errorf("ended %v %+v, having counted %v", o.Status, o.Failure, counted)
	}
}

// TestSelectKeys: keys may be written as they are, and name an item in every
// item of another map.
func TestSelectKeys(t *testing.T) {
	p := program(t, `activity a(k: string) -> int
workflow w() { m = map x in ["a/b", "c"] by x { n = map y in ["1", "2"] by y { v = a(k: y) } } }`)
	for only, want := range map[string]string{
		"m[a/b]/n[2]/v":   "w/m[a%2Fb]/n[2]/v",
		"m[a%2Fb]/n[2]/v": "w/m[a%2Fb]/n[2]/v",
		"m[]/n[2]/v":      "w/m[a%2Fb]/n[2]/v w/m[c]/n[2]/v",
		"m[c]/n[]/v":      "w/m[c]/n[1]/v w/m[c]/n[2]/v",
	} {
		ids, asked, err := runtime.Select(p, "", only, "")
		if err != nil {
			t.Fatal(err)
		}
		o, report := runFlow(t, p, runtime.Start{Only: ids, Asked: asked}, map[string]answer{"a": constant("1")})
		var ran []string
		for _, n := range report.Nodes {
			if n.Kind == "activity" && n.Status == "succeeded" {
				ran = append(ran, n.ID)
			}
		}
		if got := strings.Join(ran, " "); got != want || o.Status != ir.Succeeded {
			t.Errorf("%s: ran %s, want %s; ended %v %+v", only, got, want, o.Status, o.Failure)
		}
	}
}

// TestNoItems: a map that cannot begin has no items to show.
func TestNoItems(t *testing.T) {
	for head, err := range map[string]string{
		`map x in ["k", "l", "k"] by x`:                runtime.DuplicateKey,
		`map x in ["k", "l"] by "${1 / zero}"`:         runtime.ExpressionFailed,
		`map x in ["k", "l"] with max = zero`:          runtime.ExpressionFailed,
		`map x in ["k", "l"] with tolerate = zero - 1`: runtime.ExpressionFailed,
	} {
		o, report := runFlow(t, program(t, "activity a(x: string)\nworkflow w(zero: int = 0) { m = "+head+" { a(x) } }"), runtime.Start{}, nil)
		if o.Failure == nil || o.Failure.Error != err || o.Failure.Node != "w/m" || len(report.Nodes) != 2 {
			t.Errorf("%s: ended %v %+v with %+v", head, o.Status, o.Failure, report.Nodes)
		}
	}
}

// TestPlaceOfFailure: people read where an expression failed as file, line and
// column.
func TestPlaceOfFailure(t *testing.T) {
	_, report := runFlow(t, program(t, "workflow w(xs: [int] = [1]) -> int {\n\treturn xs[4] # é\n}"), runtime.Start{}, nil)
	b, err := json.Marshal(report.Failure)
	if want := `{"node":"w","error":"ExpressionFailed","message":"index 4 is outside of a list of 1","at":{"file":"t.flow","line":2,"column":9}}`; err != nil || string(b) != want {
		t.Errorf("got %s, want %s", b, want)
	}
	var again runtime.RunReport
	if b, err = json.Marshal(report); err != nil {
		t.Fatal(err)
	}
	if err = json.Unmarshal(b, &again); err != nil || again.Failure.Error != runtime.ExpressionFailed || again.Failure.At.Line != 2 {
		t.Errorf("read back as %+v, %v", again.Failure, err)
	}
}
