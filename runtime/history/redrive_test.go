package history_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
)

const shop = `
activity parts() -> [string]
activity load(p: string) -> int
activity clean(n: int) -> int
activity sum(ns: [int]) -> int
activity tell(n: int)
activity sorry()

workflow w() -> int {
  ps = parts()
  rows = map p in ps by p with max = 3 {
    n = load(p)
    c = clean(n)
    yield c
  }
  wait 1h
  total = sum(rows)
  tell(total)
  return total
} on_failure { sorry() }
`

// shopRun loads three of four parts, of which one fails.
const shopRun = `
0s start {}
1s done w/ps ["a","b","c","d"]
2s done w/rows[a]/n 1
3s done w/rows[b]/n 2
4s done w/rows[a]/c 10
5s fail w/rows[b]/c Failed no
6s cancelled w/rows[c]/n
6s cancelled w/rows[d]/n
7s done w/on_failure/sorry
`

// planOf returns the plan of a redrive of shopRun as text.
func planOf(t *testing.T, flow string, again ...string) string {
	t.Helper()
	rec := record(t, shop, shopRun)
	past, err := rec.Past()
	if err != nil {
		t.Fatal(err)
	}
	r := compiler.Compile(diag.NewSource("main.flow", []byte(flow)), compiler.Config{})
	if r.Program == nil {
		t.Fatal(r.Diags.Sorted())
	}
	start := &runtime.Start{IR: r.Program.Hash(), Workflow: "w", Run: "r2", Flags: runtime.Flags, Reuse: past.Reuse(again...)}
	o, err := past.Plan(r.Program, start)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintln(&b, o.Run, "reused", strings.Join(o.Reused, " "))
	for _, a := range o.Again {
		fmt.Fprintln(&b, a.Node, a.Activity+":", a.Why)
	}
	for _, l := range o.Later {
		fmt.Fprintln(&b, "later", l.ID, l.Items, strings.Join(l.After, " "))
	}
	return b.String()
}

func TestPlanOfARedrive(t *testing.T) {
	for _, test := range []struct {
		name, flow string
		again      []string
		want       string
	}{
		{"what failed, and what it kept from running", shop, nil, `r1 reused w/ps w/rows[a]/n w/rows[a]/c w/rows[b]/n
w/rows[b]/c clean: it failed
w/rows[c]/n load: it was cancelled
w/rows[d]/n load: it was cancelled
later w/total 0 w/rows[]/c w/rows[]/n
later w/tell 0 w/rows[]/c w/rows[]/n
`},
		{"another input", strings.Replace(shop, "clean(n)", "clean(n + 1)", 1), nil, `r1 reused w/ps w/rows[a]/n w/rows[b]/n
w/rows[a]/c clean: its input changed
w/rows[b]/c clean: it failed
w/rows[c]/n load: it was cancelled
later w/rows 1 
later w/total 0 w/rows[]/c w/rows[]/n
later w/tell 0 w/rows[]/c w/rows[]/n
`},
		{"from a node on, in one item", shop, []string{"w/rows[a]/n", "w/rows[a]/c"}, `r1 reused w/ps w/rows[b]/n
w/rows[a]/n load: asked for
w/rows[b]/c clean: it failed
w/rows[c]/n load: it was cancelled
later w/rows 1 
later w/total 0 w/rows[]/n w/rows[]/c
later w/tell 0 w/rows[]/n w/rows[]/c
`},
		{"all of it", shop, []string{"w"}, `r1 reused 
w/ps parts: asked for
later w/rows[]/n 0 w/ps
later w/rows[]/c 0 w/ps
later w/total 0 w/ps
later w/tell 0 w/ps
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if d := cmp.Diff(test.want, planOf(t, test.flow, test.again...)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAffected(t *testing.T) {
	r := compiler.Compile(diag.NewSource("main.flow", []byte(shop)), compiler.Config{})
	for _, test := range []struct{ path, want string }{
		{"rows[a]/n", "w/rows[a]/n w/rows[a]/c w/total w/tell"},
		{"w/rows[]/c", "w/rows[]/c w/total w/tell"},
		{"rows", "w/rows w/total w/tell"},
		{"tell", "w/tell"},
	} {
		paths, err := runtime.Affected(r.Program, "w", test.path)
		if got := strings.Join(paths, " "); err != nil || got != test.want {
			t.Errorf("%s: got %s, %v; want %s", test.path, got, err, test.want)
		}
	}
	if _, err := runtime.Affected(r.Program, "w", "w/row"); err == nil {
		t.Error("a node that is not there was found")
	}
}

// TestWhyItRunsAgain is about tasks of which no outcome was kept.
func TestWhyItRunsAgain(t *testing.T) {
	past, err := record(t, shop, shopRun).Past()
	if err != nil {
		t.Fatal(err)
	}
	begins := func(node string) *runtime.Change {
		return &runtime.Change{Node: node, Kind: "activity", From: ir.Waiting, To: ir.Running}
	}
	for node, want := range map[string]string{
		"w/rows[b]/c": "it failed", "w/rows[c]/n": "it was cancelled", "w/total": "it was skipped",
		"w/new": "it did not run before", "w/on_failure/sorry": "it answers how the run ends", "w/rows[b]/c#2": "it failed",
	} {
		if got := past.Why(begins(node)); got != want {
			t.Errorf("%s: %q, want %q", node, got, want)
		}
	}
	if got := past.Why(&runtime.Change{Node: "w/rows", Kind: "map", To: ir.Running}); got != "" {
		t.Errorf("a container runs again because %q", got)
	}
}
