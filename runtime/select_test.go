package runtime_test

import (
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
