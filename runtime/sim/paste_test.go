package sim_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/sim"
)

// messages returns what a result complains of, in terms of the text of the
// file: line numbers change when a test is added to it.
func messages(text string, r *sim.Result) string {
	var b strings.Builder
	for _, p := range r.Problems {
		b.WriteString(text[p.At.Start:p.At.End] + ": " + p.Message + "\n  " + strings.Join(p.Facts, "\n  ") + "\n")
	}
	return b.String()
}

// A counterexample is a test that, pasted into the file, fails in the same way.
func TestCounterexamplesFailWhenTheyArePasted(t *testing.T) {
	files, err := filepath.Glob("testdata/*.flow")
	if err != nil {
		t.Fatal(err)
	}
	pasted := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		s := suite(t, text)
		for _, test := range s.Tests() {
			r := s.Run(test, sim.Options{})
			if r.Counterexample == "" {
				continue
			}
			pasted++
			t.Run(filepath.Base(file)+" "+test.Name, func(t *testing.T) {
				longer := text + "\n" + r.Counterexample
				again := suite(t, longer)
				tests := again.Tests()
				got := again.Run(tests[len(tests)-1], sim.Options{})
				if got.Passed {
					t.Fatalf("this passes:\n%s", r.Counterexample)
				}
				if got, want := messages(longer, got), messages(text, r); got != want {
					t.Errorf("got\n%s\nwant\n%s\nfrom\n%s", got, want, r.Counterexample)
				}
			})
		}
	}
	if pasted == 0 {
		t.Error("no counterexample was pasted")
	}
}

// Every way in which a property can fail gives a test that says so.
func TestEveryFaultCanBePasted(t *testing.T) {
	const head = `
enum Tier { gold, silver }
type Part { id: string, day: date? }
error Odd { tier: Tier, parts: [Part], at: time, size: size, ratio: float(0..1), ok: bool, took: duration, where: url }
activity step(name: string) -> int raises Odd { timeout = 3m, retry = 2 }
activity other(n: int) { heartbeat = 5s, undo = other(0) }
workflow main(names: [string]) -> int {
  rows = map n in names { yield step(n) }
  g = group {
    x = step("a \"b\" ${len(rows)}")
    y = other(1)
  }
  return g.x
}
`
	const property = "property \"quotes \\\" and \\${x} \\\\\" {\n  for every failure in main\n  for every cancel in main\n  mock other when node == \"main/g/y\" -> none after 1m\n  run main([\"a/b\", \"c\"])\n  expect EXPECT\n}\n"
	seen := map[string]bool{}
	// Each counterexample is excused in turn, so that the next one is found.
	for _, expect := range []string{
		"false", "cancelled", "cancelled or elapsed >= 9m", "cancelled or failed", "succeeded or cancelled",
		"cancelled or elapsed < 9m", "failed", "elapsed > 1s or failed",
	} {
		text := head + strings.Replace(property, "EXPECT", expect, 1)
		s := suite(t, text)
		r := s.Run(s.Tests()[0], sim.Options{})
		if r.Passed || r.Counterexample == "" {
			continue
		}
		seen[r.Counterexample] = true
		longer := text + r.Counterexample
		again := suite(t, longer)
		got := again.Run(again.Tests()[1], sim.Options{})
		if got.Passed {
			t.Errorf("this passes:\n%s", r.Counterexample)
		}
		if got, want := messages(longer, got), messages(text, r); got != want {
			t.Errorf("got\n%s\nwant\n%s\nfrom\n%s", got, want, r.Counterexample)
		}
	}
	all := ""
	for c := range seen {
		all += c
	}
	for _, part := range []string{"at 2 cancel", `raises "injected"`, "hangs"} {
		if !strings.Contains(all, part) {
			t.Errorf("no counterexample has `%s`:\n%s", part, all)
		}
	}
}

// Declared errors are brought about too, with fields that can be written down.
func TestDeclaredErrorsAreFaults(t *testing.T) {
	s := suite(t, declared("failed Plain"))
	r := s.Run(s.Tests()[0], sim.Options{})
	if r.Passed || !strings.Contains(r.Counterexample, `raises "injected"`) {
		t.Errorf("got\n%s", r.Counterexample)
	}
	text := declared("elapsed < 0s or not failed or result == 3")
	s = suite(t, text)
	r = s.Run(s.Tests()[0], sim.Options{})
	const want = `mock * when node == "main/n/step" raises Odd { tier: Tier.gold, parts: [Part { id: "auto-2", day: 2026-01-04 }, `
	if r.Passed || !strings.Contains(r.Counterexample, want) {
		t.Fatalf("got\n%s\nwant in it\n%s", r.Counterexample, want)
	}
	longer := text + r.Counterexample
	again := suite(t, longer)
	if got := again.Run(again.Tests()[1], sim.Options{}); got.Passed || got.Status != ir.Failed {
		t.Errorf("this passes:\n%s", r.Counterexample)
	}
}

// declared is a flow that survives a failure that nothing declares.
func declared(expect string) string {
	return `
enum Tier { gold, silver }
type Part { id: string, day: date? }
error Odd { tier: Tier, parts: [Part], at: time, size: size, ratio: float(0..1), ok: bool, took: duration, where: url, key: ref<bytes> }
error Plain
activity step() -> int raises Odd, Plain
workflow main() -> int {
  n = chain {
    yield step()
  } catch Odd { raise Plain } catch Plain { raise Plain } catch { yield 3 }
  return n
}
property "p" {
  for every failure in main
  run main()
  expect ` + expect + `
}
`
}
