package analyze_test

import (
	"bytes"
	"testing"

	"github.com/flowc/flowc/compiler/analyze"
)

func TestCompare(t *testing.T) {
	const old = "u = a()\nv = b()\np(\"${u}\")"
	for _, c := range []struct{ name, old, now, want string }{
		{"nothing", old, "  u = a() # a comment\n\nv = b()\np(\"${u}\")", ""},
		{"a step more", old, old + "\nc()", "+  w/c  c\n~  w    events: 23 → 29\n"},
		{"a step less", old + "\nc()", old, "-  w/c  c\n~  w    events: 29 → 23\n"},
		{"another callee", old, "u = c()\nv = b()\np(\"${u}\")", "~  w/u  calls: a → c\n"},
		{"what it reads", old, "u = a()\nv = b()\np(\"${v}\")", "~  w/p  needs: w/u → w/v\n"},
		{"a setting", old, "u = a() with timeout = 1h\nv = b()\np(\"${u}\")", "~  w/u  timeout: none → 1h\n"},
		{"a step into a map", "u = a()", "map k in xs {\nu = a()\n}",
			"+  w/(map 1)      map k in xs\n>  w/(map 1)[]/u  was w/u\n~  w              events: 11 → 5 + 6·len(xs)\n"},
		{"a boundary", "u = a()", "u = a() with raises_on_failure = false",
			"~  w/u  raises_on_failure: true → false\n~  w/u  if it fails: the run fails → absorbed by w/u  (raises_on_failure = false)\n"},
		{"a type", "u = chain {\nyield a()\n}", "u = chain {\nyield \"x\"\n}", "~  w/u    type: int → string\n-  w/u/a  a\n~  w      events: 11 → 5\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := analyze.WriteDifferences(&b, analyze.Compare(compile(t, c.old), compile(t, c.now))); err != nil {
				t.Fatal(err)
			}
			if b.String() != c.want {
				t.Errorf("got\n%swant\n%s", b.String(), c.want)
			}
		})
	}
}

func TestCompareWorkflows(t *testing.T) {
	one, two := load(t, "etl"), load(t, "order")
	var b bytes.Buffer
	if err := analyze.WriteDifferences(&b, analyze.Compare(one, two)); err != nil {
		t.Fatal(err)
	}
	if want := "+  order  workflow\n-  etl    workflow\n"; b.String() != want {
		t.Errorf("got %s, want %s", b.String(), want)
	}
	if list := analyze.Compare(two, load(t, "order")); len(list) > 0 {
		t.Errorf("a program differs from itself: %v", list)
	}
}
