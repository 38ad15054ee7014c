package sim_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/sim"
)

// imported are the files that a test's file imports, itself or through another.
var imported = map[string]string{
	"far.flow": `
error Gone { id: string }
activity fetch(id: string) -> string raises Gone
`,
	"near.flow": `
import "./far.flow" as far
error Torn { at: [int] }
activity pack(id: string) -> string raises Torn
workflow ship(id: string) -> string {
  box = far.fetch(id) catch far.Gone { yield "gone" }
  return box
}
`,
}

// suiteOf prepares the tests of a file that imports.
func suiteOf(t *testing.T, text string) *sim.Suite {
	t.Helper()
	r := compiler.Compile(diag.NewSource("test.flow", []byte(text)), compiler.Config{Read: func(path string) ([]byte, error) {
		if text, ok := imported[filepath.Base(path)]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}})
	if r.Program == nil {
		var b strings.Builder
		_ = diag.Render(&b, r.Diags.Sorted(), diag.Options{})
		t.Fatal(b.String())
	}
	s, err := sim.NewSuite(r.Program)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What is imported fails as it declares, and is called in counterexamples what
// the file calls it. An error that the file cannot name is tried all the same.
func TestFailuresOfWhatIsImported(t *testing.T) {
	const file = `
import "./near.flow" as shop
activity log(text: string)
workflow order(id: string) -> string {
  box = shop.pack(id) catch shop.Torn { log("torn"); yield "none" }
  return box
}
workflow outer(id: string) -> string {
  box = shop.ship(id)
  return box
}
property "p" {
`
	for _, c := range []struct{ name, body, example, note string }{
		{"a declared error", `for every failure in order; run order("x"); expect never log`, `mock * when node == "order/box" raises shop.Torn { at: [`, ""},
		{"a child that is mocked", `mock shop.ship -> "y"; for every failure in outer; run outer("x"); expect succeeded`, `mock shop.ship when node == "outer/box" raises "injected"`, ""},
		{"an error without a name here", `for every failure in shop.ship; run outer("x"); expect failed or result != "gone"`, "", `outer/box/box raises far.Gone`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := file + strings.ReplaceAll(c.body, "; ", "\n") + "\n}\n"
			s := suiteOf(t, text)
			r := s.Run(s.Tests()[0], sim.Options{})
			if r.Passed || !strings.Contains(r.Counterexample, c.example) || (c.example == "") != (r.Counterexample == "") {
				t.Fatalf("passed %v\n%s", r.Passed, r.Counterexample)
			}
			if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, c.note) {
				t.Errorf("notes: %s", notes)
			}
			if r.Counterexample == "" {
				return
			}
			again := suiteOf(t, text+r.Counterexample)
			tests := again.Tests()
			if r := again.Run(tests[len(tests)-1], sim.Options{}); r.Passed {
				t.Errorf("pasted, it passes:\n%s", r.Test.Name)
			}
		})
	}
}
