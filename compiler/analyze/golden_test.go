package analyze_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/compiler/ir"
)

var update = flag.Bool("update", false, "write the golden files")

// load reads a program of testdata. They are kept as IR, so that every
// construct is tested, whichever the compiler lets through; their sources are
// in them.
func load(t testing.TB, name string) *ir.Program {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := ir.DecodeProgram(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s: %s", file, d)
	}
}

// Everything that can be said of every node of the programs in testdata.
func TestEveryNode(t *testing.T) {
	for _, name := range []string{"etl", "order", "later"} {
		t.Run(name, func(t *testing.T) {
			p := load(t, name)
			var explain, fail bytes.Buffer
			for _, w := range p.Workflows {
				g := analyze.NewGraph(p, w, false)
				for _, v := range g.Nodes {
					facts, err := analyze.Explain(p, w.Name, v.ID)
					if err != nil {
						t.Fatal(err)
					}
					blast, err := analyze.Fail(p, w.Name, v.ID)
					if err != nil {
						t.Fatal(err)
					}
					for _, f := range []struct {
						to  *bytes.Buffer
						err error
					}{{&explain, facts.WriteText(&explain)}, {&fail, blast.WriteText(&fail)}} {
						if f.err != nil {
							t.Fatal(f.err)
						}
						f.to.WriteString("\n")
					}
				}
			}
			golden(t, name+".explain", explain.String())
			golden(t, name+".fail", fail.String())
		})
	}
}

func TestJSONOfFacts(t *testing.T) {
	p := load(t, "etl")
	facts, err := analyze.Explain(p, "", "rows[p3]/geo")
	if err != nil {
		t.Fatal(err)
	}
	blast, err := analyze.Fail(p, "", "etl/rows[p3]/raw#2")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(map[string]any{"explain": facts, "fail": blast}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "etl.facts.json", string(text)+"\n")
}

func TestPaths(t *testing.T) {
	p := load(t, "etl")
	for _, c := range []struct{ path, want string }{
		{"etl", "etl"},
		{"parts", "etl/parts"},
		{"etl/parts", "etl/parts"},
		{"rows[]/raw", "etl/rows[]/raw"},
		{"etl/rows[a%2Fb]/raw", "etl/rows[]/raw"},
		{"rows[p3]#2/raw#7", "etl/rows[]/raw"},
		{"rows[p3]", "etl/rows[]"},
		{"on_cancel/delete_staging", "etl/on_cancel/delete_staging"},
		{"part", `there is no node "part"; did you mean "etl/parts"?`},
		{"rows/raw", `there is no node "rows/raw"; did you mean "etl/rows[]/raw"?`},
		{"etl/rows/raw", `there is no node "etl/rows/raw"; did you mean "etl/rows[]/raw"?`},
		{"etl/rows/rw", `there is no node "etl/rows/rw"; did you mean "etl/rows[]/raw"?`},
		{"raw", `there is no node "raw"; did you mean "etl/rows[]/raw"?`},
		{"extract", `there is no node "extract"; did you mean "etl/rows[]/raw"?`},
		{"zzzzzzzz", `there is no node "zzzzzzzz"`},
		{"", "which"},
		{"rows[", "there is no node"},
	} {
		t.Run(c.path, func(t *testing.T) {
			w, k, err := analyze.Find(p, "", c.path)
			got := fmt.Sprint(err)
			if err == nil {
				got = w.Nodes[k].ID
			}
			if got != c.want && !(err != nil && strings.HasPrefix(got, c.want)) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestWorkflows(t *testing.T) {
	p := load(t, "later")
	for name, want := range map[string]string{
		"main":  "main",
		"child": "child",
		"mian":  `there is no workflow "mian"; did you mean "main"?`,
		"":      "which workflow? There are child, main",
	} {
		w, err := analyze.FindWorkflow(p, name)
		got := fmt.Sprint(err)
		if err == nil {
			got = w.Name
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
	if w, _, err := analyze.Find(p, "", "payment/charge"); err != nil || w.Name != "main" {
		t.Errorf("a path that only one workflow has: %v", err)
	}
}

func TestCount(t *testing.T) {
	for name, want := range map[string]string{
		"etl":   "1 workflow, 8 activities, 10 nodes",
		"later": "2 workflows, 5 activities, 20 nodes",
	} {
		if got := analyze.Count(load(t, name)).String(); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
