package analyze_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib"
	"github.com/flowc/flowc/stdlib/activity"
)

// plan plans the workflow w(xs: [string], n: int) with a body; no input means
// any.
func plan(t testing.TB, body, input string) *analyze.Plan {
	t.Helper()
	const decls = "activity a() -> int { expect = 1m }\nactivity b(n: int = 0) -> int { expect = 10m }\n" +
		"activity list() -> [string; <= 50]\nactivity p(k: string) { expect = 2m }\nactivity q()\n"
	r := compiler.Compile(diag.NewSource("w.flow", []byte(decls+"workflow w(xs: [string], n: int = 3) {\n"+body+"\n}\n")), compiler.Config{})
	if r.Program == nil {
		t.Fatal(r.Diags.Sorted()[0].Message)
	}
	var args map[string]json.RawMessage
	if input != "" {
		if err := json.Unmarshal([]byte(input), &args); err != nil {
			t.Fatal(err)
		}
	}
	w, err := analyze.FindWorkflow(r.Program, "w")
	if err != nil {
		t.Fatal(err)
	}
	got, err := analyze.NewPlan(r.Program, w, args, nil, stdlib.Library{})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestCriticalPath(t *testing.T) {
	const two = `{"xs": ["x", "y"]}`
	for _, c := range []struct{ name, body, input, want string }{
		{"one after the other", "a()\nb()\nwait 1s", "", "11m1s: w/a w/b w/(wait 1)"},
		{"at once, the longest", "group {\na()\nb()\n}", "", "10m: w/b"},
		{"one at a time", "group with max = 1 {\na()\nb()\n}", "", "11m: w/a w/b"},
		{"what needs each other", "dag {\nx = b(y)\ny = a()\nz = b()\n}", "", "11m: w/y w/x"},
		{"the first of a race", "race {\na()\nb()\n}", "", "1m: w/a"},
		{"the longer branch", "if n > 3 {\na()\n} else {\nb()\n}", "", "10m: w/(if 1)/else/b"},
		{"items all at once", "map x in xs { p(x) }", two, "2m: w/(map 1)[]/p"},
		{"items one at a time", "map x in xs with max = 1 { p(x) }", two, "4m: w/(map 1)[]/p*2"},
		{"no items", "map x in xs { p(x) }", `{"xs": []}`, "0s: "},
		{"nobody knows how many", "map x in xs with max = 1 { p(x) }", "", "2m: w/(map 1)[]/p; once w/(map 1)"},
		{"a wait that the input decides", "wait n * 1h", two, "3h: w/(wait 1)"},
		{"an activity that says nothing", "q()\na()", "", "1m: w/a; without w/q"},
		{"maps in maps", "map x in xs with max = 1 {\nmap y in [1, 2, 3] with max = 1 { b(y) }\np(x)\n}", two,
			"1h4m: w/(map 1)[]/(map 1)[]/b*6 w/(map 1)[]/p*2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plan(t, c.body, c.input)
			var legs []string
			for _, l := range p.Time.Path {
				text := l.Node
				if l.Times > 1 {
					text += fmt.Sprintf("*%d", l.Times)
				}
				legs = append(legs, text)
			}
			got := p.Time.Critical + ": " + strings.Join(legs, " ")
			if len(p.Time.Once) > 0 {
				got += "; once " + strings.Join(p.Time.Once, " ")
			}
			if len(p.Time.Without) > 0 {
				got += "; without " + strings.Join(p.Time.Without, " ")
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestLengthsOfPlan(t *testing.T) {
	for _, c := range []struct{ name, body, input, want string }{
		{"of the input", "map x in xs { p(x) }", `{"xs": ["x", "y"]}`, "len(xs) = 2; 17 events, 2 tasks"},
		{"of any input", "map x in xs { p(x) }", "", "len(xs); 5 + 6·len(xs) events, len(xs) tasks"},
		{"computed from the input", "let ys = filter(xs, x -> x != \"y\")\nmap x in ys { p(x) }", `{"xs": ["x", "y"]}`, "len(ys) = 1; 11 events, 1 tasks"},
		{"of a result with a bound", "ys = list()\nmap y in ys { p(y) }", `{"xs": []}`, "len(ys) ≤ 50 after w/ys; 11 + 6·len(ys) events, 1 + len(ys) tasks"},
		{"of a result, through a let", "ys = list()\nlet zs = ys + xs\nmap z in zs { p(z) }", `{"xs": []}`, "len(zs) after w/ys; 11 + 6·len(zs) events, 1 + len(zs) tasks"},
		{"of the day", "let zs = [\"x\", \"${today()}\"]\nmap z in zs { p(z) }", `{"xs": []}`, "len(zs) ≤ 2; 5 + 6·len(zs) events, len(zs) tasks"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plan(t, c.body, c.input)
			got := ""
			for _, l := range p.Lists {
				got += l.List
				switch {
				case l.Length != nil:
					got += fmt.Sprintf(" = %d", *l.Length)
				case l.Most != nil:
					got += fmt.Sprintf(" ≤ %d", *l.Most)
				}
				if len(l.After) > 0 {
					got += " after " + strings.Join(l.After, " ")
				}
				got += "; "
			}
			if got += p.Events.Smooth.Formula + " events, " + p.Open.Tasks.Formula + " tasks"; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// Lists in lists in lists, and paths that share their parts, cost no more than
// they are long.
func TestPlanOfWhatIsHostile(t *testing.T) {
	var deep strings.Builder
	for k := range 60 {
		fmt.Fprintf(&deep, "map x%d in split(xs[%d], \"\") {\n", k, k)
	}
	deep.WriteString("a()\nb()\n" + strings.Repeat("}\n", 60))
	if got := plan(t, deep.String(), "").Events.Smooth; len(got.Formula) > 2000 || got.Max != nil {
		t.Errorf("%s", got.Formula)
	}
	var lets strings.Builder
	lets.WriteString("let l0 = xs\n")
	for k := range 80 {
		fmt.Fprintf(&lets, "let l%d = l%d + l%d\n", k+1, k, k)
	}
	if got := plan(t, lets.String()+"map x in l80 { p(x) }", `{"xs": ["x"]}`).Lists; got[0].Length != nil {
		t.Errorf("%d items", *got[0].Length)
	}
	var dag strings.Builder
	dag.WriteString("dag {\nc0 = a()\nd0 = a()\n")
	for k := range 400 {
		fmt.Fprintf(&dag, "c%d = b(c%d + d%d)\nd%d = b(c%d + d%d)\n", k+1, k, k, k+1, k, k)
	}
	dag.WriteString("}\n")
	if got := plan(t, dag.String(), "").Time; got.Critical != "66h41m" && got.Critical != "2d18h41m" {
		t.Errorf("%s", got.Critical)
	}
}

// Whatever compiles can be analysed, planned and compared with itself.
func TestEveryFlowCanBeAnalysed(t *testing.T) {
	n := 0
	for _, pattern := range []string{"../../examples/*/*.flow", "../testdata/*.flow", "../testdata/forty/*.flow"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := compiler.Compile(diag.NewSource(file, text), compiler.Config{Std: activity.Source})
			if r.Program == nil {
				continue
			}
			n++
			analyze.Findings(r.Program, nil)
			for _, w := range r.Program.Workflows {
				for _, args := range []map[string]json.RawMessage{nil, {}} {
					p, err := analyze.NewPlan(r.Program, w, args, nil, stdlib.Library{})
					if err != nil {
						t.Fatalf("%s: %v", file, err)
					}
					if err := p.WriteText(&strings.Builder{}); err != nil {
						t.Error(err)
					}
				}
			}
			if list := analyze.Compare(r.Program, r.Program); len(list) > 0 {
				t.Errorf("%s differs from itself: %v", file, list)
			}
		}
	}
	if n < 15 {
		t.Errorf("only %d files compile", n)
	}
}
