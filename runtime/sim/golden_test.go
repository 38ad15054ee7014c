package sim_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/sim"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGoldenSuites runs the tests of each testdata/*.flow, and compares what
// came of them with the file beside it. A file named …_explore explores.
func TestGoldenSuites(t *testing.T) {
	files, err := filepath.Glob("testdata/*.flow")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".flow"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := told(t, string(text), strings.HasSuffix(file, "_explore.flow"))
			golden := strings.TrimSuffix(file, ".flow") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// told runs the tests of a file, twice, and says what came of them.
func told(t *testing.T, text string, explore bool) string {
	t.Helper()
	s := suite(t, text)
	var b strings.Builder
	cover := s.NewCover()
	for _, test := range s.Tests() {
		r := s.Run(test, sim.Options{Explore: explore, Cover: cover})
		first := tell(s, text, r)
		if again := tell(s, text, s.Run(test, sim.Options{Explore: explore})); again != first {
			t.Errorf("the second time it is\n%s\nthe first time it was\n%s", again, first)
		}
		b.WriteString(first)
	}
	b.WriteString(tellCover(text, cover))
	return b.String()
}

func line(text string, p ir.Pos) int {
	if p.File != 0 {
		return 0
	}
	return 1 + strings.Count(text[:p.Start], "\n")
}

func tell(s *sim.Suite, text string, r *sim.Result) string {
	var b strings.Builder
	word := "FAILED"
	if r.Passed {
		word = "passed"
	}
	fmt.Fprintf(&b, "%s %s: %d runs, %v after %v\n", word, r.Test.Name, r.Runs, r.Status, r.Elapsed)
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "  note %s\n", n)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "  line %d: %s\n", line(text, p.At), p.Message)
		for _, f := range p.Facts {
			fmt.Fprintf(&b, "    %s\n", f)
		}
	}
	for _, l := range r.Strip {
		fmt.Fprintf(&b, "  | %8v %-24s %s\n", l.After, l.Node, l.Text)
	}
	for _, l := range strings.Split(r.Counterexample, "\n") {
		if l != "" {
			fmt.Fprintf(&b, "  > %s\n", l)
		}
	}
	return b.String()
}

func tellCover(text string, c *sim.Cover) string {
	var b strings.Builder
	gaps, counts := c.Gaps()
	for _, n := range counts {
		fmt.Fprintf(&b, "%d of %d %s\n", n.Reached, n.Count, n.Kind)
	}
	for _, g := range gaps {
		fmt.Fprintf(&b, "  line %d: %s %s %s\n", line(text, g.At), g.Kind, g.Path, g.Text)
	}
	return b.String()
}
