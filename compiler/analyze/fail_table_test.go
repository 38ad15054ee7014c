package analyze_test

import (
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

// compile compiles the body of a workflow w(xs), in which a, b, … are
// activities.
func compile(t *testing.T, body string) *ir.Program {
	t.Helper()
	var b strings.Builder
	for _, name := range strings.Fields("a b c d x y z c1 n") {
		b.WriteString("activity " + name + "() -> int\n")
	}
	b.WriteString("activity p(k: string) -> int\nworkflow w(xs: [string]) {\n" + body + "\n}\n")
	r := compiler.Compile(diag.NewSource("w.flow", []byte(b.String())), compiler.Config{})
	if r.Program == nil {
		for _, d := range r.Diags.All() {
			t.Errorf("%s %s", d.Code, d.Message)
		}
		t.FailNow()
	}
	return r.Program
}

// The table of language.md, section 8, row by row, and its neighbours.
func TestFailTable(t *testing.T) {
	const off = " with raises_on_failure = false "
	for _, c := range []struct{ name, body, fails, want string }{
		{"a failed step ends its chain", "chain {\na()\nb()\n}", "a",
			"fails (chain 1) w; skipped b; run w: fails"},
		{"a boundary absorbs a chain", "chain" + off + "{\na()\nb()\n}\nz()", "a",
			"fails (chain 1); skipped b; boundary (chain 1): goes on with z"},
		{"a boundary on the step", "chain {\nu = a()" + off + "\nb()\n}", "u",
			"boundary u: goes on with b, u: int!"},
		{"breadth first", "group {\na()\nchain {\nc1()\ngroup {\nx()\ny()\n}\n}\n}\nz()", "a",
			"fails (group 1) w; cancelled (chain 1) c1 (group 2) x y; skipped z; run w: fails"},
		{"inherited false is tolerance", "group" + off + "{\nu = a()\nb()\n}\nz()", "u",
			"tolerated (group 1): goes on with b, u: int!"},
		{"chains in a tolerant group", "group" + off + "{\nchain {\na()\nb()\n}\nchain {\nc()\nd()\n}\n}", "a",
			"fails (chain 1); skipped b; tolerated (group 1): goes on with (chain 2)"},
		{"true inside of false", "group" + off + "{\na() with raises_on_failure = true\nb()\nc()\n}\nz()", "a",
			"fails (group 1); cancelled b c; boundary (group 1): goes on with z"},
		{"tolerance reaches into groups", "chain" + off + "{\ngroup {\na()\nb()\n}\nn()\n}", "a",
			"tolerated (group 1): goes on with b"},
		{"nobody wins", "race {\nu = a()" + off + "\n}\nz()", "u",
			"fails (race 1) w; skipped z; run w: fails"},
		{"somebody else may win", "race {\nu = a()" + off + "\nv = b()\n}\nz()", "u",
			"boundary u: goes on with v, u: int!"},
		{"a map tolerates one", "rows = map k in xs with tolerate = 1 {\np(k)\n}", "rows[]/p",
			"fails rows[]; tolerated rows: goes on with rows[], rows: [none!]; past: fails rows[] rows w; cancelled rows[]* rows[]/p*; run w: fails"},
		{"a map tolerates none", "rows = map k in xs {\nyield p(k)\n}", "rows[]/p",
			"fails rows[] rows w; cancelled rows[]* rows[]/p*; run w: fails"},
		{"members of a dag that need it are skipped", "dag" + off + "{\nu = a()\nv = p(\"${u}\")\nb()\n}", "u",
			"skipped v; tolerated (dag 1): goes on with b, u: int!"},
		{"what a dag member needs has ended", "dag {\nu = a()\nv = p(\"${u}\")\nb()\n}", "v",
			"fails (dag 1) w; cancelled b; run w: fails"},
		{"one at a time", "group with max = 1 {\na()\nb()\nc()\n}", "b",
			"fails (group 1) w; cancelled c; run w: fails"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := analyze.Fail(compile(t, c.body), "w", c.fails)
			if err != nil {
				t.Fatal(err)
			}
			if got := brief(b); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// brief is a blast in one line. Ids are without the workflow; `*` marks those
// of other items.
func brief(b *analyze.Blast) string {
	var parts []string
	add := func(word string, ids []string) {
		if len(ids) > 0 {
			parts = append(parts, word+" "+strings.Join(ids, " "))
		}
	}
	short := func(id string) string { return strings.TrimPrefix(id, "w/") }
	for _, s := range b.Stages {
		var informed, cancelled, skipped []string
		for _, i := range s.Informed {
			informed = append(informed, short(i.ID))
		}
		for _, c := range s.Cancelled {
			id := short(c.ID)
			if c.OthersOf != "" {
				id += "*"
			}
			cancelled = append(cancelled, id)
		}
		for _, id := range s.Skipped {
			skipped = append(skipped, short(id))
		}
		add("fails", informed)
		add("cancelled", cancelled)
		add("skipped", skipped)
	}
	end := b.End.Kind + " " + short(b.End.ID) + ": " + b.Outcome
	var on []string
	for _, id := range b.GoesOn {
		on = append(on, short(id))
	}
	if on = append(on, b.Types...); len(on) > 0 {
		end += " with " + strings.Join(on, ", ")
	}
	parts = append(parts, end)
	if b.Past != nil {
		parts = append(parts, "past: "+brief(b.Past.Blast))
	}
	return strings.Join(parts, "; ")
}
