package analyze_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/lang/diag"
)

// find compiles a file and returns what the analysis finds: code, line, what is
// marked, headline.
func find(t testing.TB, text string) (list []string, found []diag.Diagnostic) {
	t.Helper()
	r := compiler.Compile(diag.NewSource("w.flow", []byte(text)), compiler.Config{Analyze: analyze.Findings})
	for _, d := range r.Diags.Sorted() {
		s := d.Primary
		if s.Source == nil {
			t.Fatalf("%s %s has no place", d.Code, d.Message)
		}
		list = append(list, fmt.Sprintf("%s %d `%s` %s", d.Code, s.Source.Position(s.Start).Line, s.Source.Text[s.Start:s.End], d.Message))
	}
	return list, r.Diags.Sorted()
}

func TestFindings(t *testing.T) {
	const served = "defaults activity { task_list = \"x\" }\n"
	for _, c := range []struct{ name, text, want string }{
		{"a list without bound, on one machine only",
			"activity list() -> [string]\nactivity a(x: string)\nworkflow w() {\n  xs = list()\n  map x in xs { a(x) }\n}\n", ""},
		{"a list without bound, for a service",
			served + "activity list() -> [string]\nactivity a(x: string)\nworkflow w() {\n  xs = list()\n  map x in xs { a(x) }\n}\n",
			"W0801 6 `map` `w` can pass 25,000 history events, where SWF ends an execution"},
		{"what is allowed with a reason",
			served + "activity list() -> [string]\nactivity a(x: string)\nworkflow w() {\n  xs = list()\n  # flow:allow W0801 there are three\n  map x in xs { a(x) }\n}\n", ""},
		{"a bound that is low enough",
			served + "activity list() -> [string; <= 1000]\nactivity a(x: string)\nworkflow w() {\n  xs = list()\n  map x in xs { a(x) }\n}\n", ""},
		{"a bound that is too high",
			served + "activity a(x: string)\nworkflow w(xs: [string; <= 5000]) {\n  map x in xs { a(x) }\n}\n",
			"W0801 4 `map` `w` can pass 25,000 history events, where SWF ends an execution"},
		{"a list that is no longer than the one it was made from",
			served + "activity a(x: string)\nworkflow w(xs: [string; <= 10]) {\n  let ys = filter(xs, x -> x != \"\")\n  map y in ys { a(y) }\n}\n", ""},
		{"slices are executions of their own",
			served + "activity a(x: string)\nworkflow w(xs: [string]) {\n  map x in xs with shard = 200 { a(x) }\n}\n", ""},
		{"slices whose steps are undone where they fail",
			served + "activity a(x: string)\nactivity b(x: string) { undo = a(x) }\nworkflow w(xs: [string]) {\n  map x in xs with shard = 200 { a(x) } on_failure {\n    map x in xs with shard = 20 { chain { a(x) } on_failure { b(x) } }\n  }\n}\n", ""},
		{"items that can be undone",
			served + "activity a(x: string) { undo = b(x) }\nactivity b(x: string)\nworkflow w(xs: [string]) {\n  map x in xs with shard = 200 { a(x) }\n}\n",
			"W0808 5 `shard = 200` the items of `(map 1)` cannot be done in slices"},
		{"items that wait for a signal, of which there may be too many",
			served + "activity a(x: string)\nworkflow w(xs: [string; <= 9000]) {\n  signal go()\n  m = map x in xs with shard = 200, max = 5 {\n    if x != \"\" { wait go for 1h }\n    a(x)\n  }\n}\n",
			"W0808 5 `shard = 200` the items of `m` cannot be done in slices"},
		{"items of which one ends the run",
			served + "activity a(x: string) -> int\nworkflow w(xs: [string]) -> int {\n  map x in xs with shard = 200 {\n    n = a(x)\n    if n > 3 { return n }\n  }\n  return 0\n}\n",
			"W0808 4 `shard = 200` the items of `(map 1)` cannot be done in slices"},
		{"a map whose items cost nothing",
			served + "activity a(x: int)\nworkflow w(xs: [string]) {\n  n = map x in xs { yield len(x) }\n  a(len(n))\n}\n", ""},
		{"a loop that restarts its history",
			served + "activity a()\nworkflow w() {\n  loop with limit = 100_000, continue = true { a() }\n}\n", ""},
		{"a loop that does not",
			served + "activity a()\nworkflow w() {\n  loop with limit = 100_000 { a() }\n}\n",
			"W0801 4 `loop` `w` can pass 25,000 history events, where SWF ends an execution"},
		{"an input of known length",
			served + "activity a(rows: [string(0..1000); <= 40])\nworkflow w(n: string(0..1000)) {\n  a([n, n])\n}\n", ""},
		{"a result that is too long, of a type with bounds",
			served + "activity a() -> [string(0..1000); <= 40]\nworkflow w() {\n  a()\n}\n",
			"F0802 2 `[string(0..1000); <= 40]` this result can be 39 KB; SWF takes 32,768 characters"},
		{"texts without bounds are nobody's mistake",
			served + "activity a() -> [string; <= 40]\nworkflow w() {\n  xs = a()\n  map x in xs { wait 1s }\n}\n", ""},
		{"waits that take longer than their block may",
			"workflow w() {\n  chain with timeout = 1m {\n    wait 40s\n    wait 30s\n  }\n}\n",
			"W0806 2 `timeout = 1m` `(chain 1)` always times out: its waits alone take 1m10s"},
		{"waits at the same time",
			"workflow w() {\n  group with timeout = 1m {\n    chain { wait 40s }\n    chain { wait 30s }\n  }\n}\n", ""},
		{"a chain that may be left before its wait",
			"workflow w(go: bool) {\n  chain with timeout = 1m {\n    if go { return }\n    wait 2m\n  }\n}\n", ""},
		{"the shorter of a race",
			"workflow w() {\n  race with timeout = 1m {\n    chain { wait 40s }\n    chain { wait 2h }\n  }\n}\n", ""},
		{"many children at once",
			served + "activity a(x: string)\nworkflow c(x: string) { a(x) }\nworkflow w(xs: [string; <= 1500]) {\n  map x in xs { c(x) }\n}\n",
			"W0807 5 `map` `w` can have 1,500 child executions open at once, where SWF takes 1,000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if list, _ := find(t, c.text); strings.Join(list, "\n") != c.want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(list, "\n"), c.want)
			}
		})
	}
}

func TestEffectsThatStay(t *testing.T) {
	const decls = "activity book() -> int { undo = unbook(result) }\nactivity unbook(n: int)\nactivity pay() -> int\nactivity send(n: int)\n" +
		"workflow w() {\n%s\n}\nworkflow trip() -> int { return book() }\nworkflow plain() -> int { return pay() }\n"
	for _, c := range []struct{ name, body, want string }{
		{"nobody asked for undo", "n = pay()\nsend(n)", ""},
		{"one step has an undo, another none", "book()\nn = pay()\nsend(n)\nsend2 = send(n)", "8 if `send` fails, the effect of `pay` stays; 9 if `send` fails, the effect of `send` stays"},
		{"it is meant", "book()\nn = pay() undo none\nsend(n)", ""},
		{"nothing comes after it", "book()\npay()", ""},
		{"what comes after it is absorbed", "book()\nn = pay()\nsend(n) with raises_on_failure = false", ""},
		{"what comes after it is caught", "book()\nn = pay()\nchain {\nsend(n)\n} catch {\nyield\n}", ""},
		{"it is caught with what comes after it", "book()\nchain {\nn = pay()\nsend(n)\n} catch {\nyield\n}", "9 if `send` fails, the effect of `pay` stays"},
		{"beside each other", "book()\ngroup {\nn = pay()\nsend(1)\n}", ""},
		{"in a dag, one after the other", "book()\ndag {\nn = pay()\nsend(n)\n}", "9 if `send` fails, the effect of `pay` stays"},
		{"a child run knows undos, which end with it", "n = trip()\nsend(n)", "7 if `send` fails, the effect of `trip` stays"},
		{"its call has one", "n = trip() undo unbook(result)\nsend(n) undo none", ""},
		{"a child run without", "n = plain()\nsend(n)", ""},
		{"a handler cleans up", "book()\nchain {\npay() undo none\n} on_failure {\npay()\nsend(1)\n}", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, found := find(t, fmt.Sprintf(decls, c.body))
			var got []string
			for _, d := range found {
				if d.Code == diag.NoUndo {
					got = append(got, fmt.Sprintf("%d %s", d.Primary.Source.Position(d.Primary.Start).Line, d.Message))
				} else if d.Severity == diag.Error {
					t.Errorf("%s %s", d.Code, d.Message)
				}
			}
			if s := strings.Join(got, "; "); s != c.want {
				t.Errorf("got %s, want %s", s, c.want)
			}
		})
	}
}

// The numbers of the warning are those at which the limit is passed.
func TestHistoryNumbers(t *testing.T) {
	_, found := find(t, "defaults activity { task_list = \"x\", retry = 1 }\nactivity list() -> [string]\nactivity a(x: string)\nworkflow w() {\n  xs = list()\n  map x in xs { a(x) }\n}\n")
	if len(found) != 1 {
		t.Fatalf("%d findings", len(found))
	}
	d := found[0]
	if want := "events ≤ 11 + 6·len(xs), or 22 + 17·len(xs) with every retry: reached at 4,165 or 1,470 items"; len(d.Notes) != 1 || d.Notes[0] != want {
		t.Errorf("got %q, want %q", d.Notes, want)
	}
	if want := "6 events per item, 17 if every retry is used"; d.Primary.Text != want {
		t.Errorf("got %q, want %q", d.Primary.Text, want)
	}
	s := d.Secondary[0]
	if got := string(s.Source.Text[s.Start:s.End]); got != "[string]" {
		t.Errorf("the list's declaration is %q", got)
	}
}

// What somebody may send to be checked must not take long to find nothing in.
func TestFindingsAreLinear(t *testing.T) {
	take := func(n int) time.Duration {
		var b strings.Builder
		b.WriteString("defaults activity { task_list = \"x\" }\nactivity book() { undo = unbook() }\nactivity unbook()\nactivity a(xs: [string])\nworkflow w(xs: [string; <= 2]) {\n  book()\n  let l0 = xs\n")
		for k := range n {
			fmt.Fprintf(&b, "  let l%d = l%d + l%d\n  n%d = a(l%d) with raises_on_failure = false\n", k+1, k, k, k, k%40)
		}
		b.WriteString("}\n")
		r := compiler.Compile(diag.NewSource("w.flow", []byte(b.String())), compiler.Config{})
		if r.Program == nil {
			t.Fatal(r.Diags.Sorted()[0].Message)
		}
		best := time.Hour
		for range 3 {
			begin := time.Now()
			analyze.Findings(r.Program, nil)
			best = min(best, time.Since(begin))
		}
		return best
	}
	if small, large := take(2000), take(8000); large > 12*small+20*time.Millisecond {
		t.Errorf("2000 steps take %v, 8000 take %v", small, large)
	}
}
