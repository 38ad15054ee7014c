package sim

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"pgregory.net/rapid"
)

// everyOrder chooses, run after run, every order that there is.
type everyOrder struct {
	stack []struct{ chosen, of int }
	at    int
}

func (e *everyOrder) choose(_ *world, open []*pending) (int, error) {
	if e.at == len(e.stack) {
		e.stack = append(e.stack, struct{ chosen, of int }{0, len(open)})
	}
	e.at++
	return e.stack[e.at-1].chosen, nil
}

func (e *everyOrder) did(*world, *pending, runtime.Step) {}

// next goes to the next order, and reports whether there is one.
func (e *everyOrder) next() bool {
	for k := len(e.stack) - 1; k >= 0; k-- {
		if e.stack[k].chosen++; e.stack[k].chosen < e.stack[k].of {
			e.stack, e.at = e.stack[:k+1], 0
			return true
		}
	}
	return false
}

// endOf returns how a run ended, as far as people can tell: its outcome, and how each node
// ended.
func endOf(w *world) string {
	o := w.outcome()
	var lines []string
	for _, n := range o.Nodes {
		lines = append(lines, fmt.Sprintf("%s %v %s", n.Path, n.Status, n.Error))
	}
	slices.Sort(lines)
	return fmt.Sprintf("%v %s\n%s", o.Status, o.Result, strings.Join(lines, "\n"))
}

func compiled(t interface{ Fatalf(string, ...any) }, text string) *Suite {
	r := compiler.Compile(diag.NewSource("test.flow", []byte(text)), compiler.Config{})
	if r.Program == nil {
		var b strings.Builder
		_ = diag.Render(&b, r.Diags.Sorted(), diag.Options{})
		t.Fatalf("%s\n%s", text, b.String())
	}
	s, err := NewSuite(r.Program)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

// endings returns all endings of a test's run, over every order or over those that
// an exploration makes, and how many orders there were. At most so many are
// made; enough is false if there are more.
func endings(s *Suite, explored bool, most int) (found map[string]bool, orders int, enough bool) {
	found = map[string]bool{}
	r := &Result{Test: s.prog.Tests[0]}
	b := &trial{suite: s, test: r.Test, opts: Options{Bound: most}, result: r}
	if err := b.prepare(); err != nil {
		panic(err)
	}
	all, some := &everyOrder{}, &explorer{trial: b}
	for {
		if orders++; orders > most {
			return found, orders, false
		}
		var ch chooser = all
		if explored {
			some.reset()
			ch = some
		}
		w, err := b.run(nil, 0, ch)
		if err != nil {
			panic(err)
		}
		found[endOf(w)] = true
		if explored {
			some.reverse()
			if !some.backtrack() {
				return found, orders, true
			}
		} else if !all.next() {
			return found, orders, true
		}
	}
}

// flows makes a random flow of concurrent work.
type flows struct {
	t     *rapid.T
	tasks int
	names int
}

func (f *flows) name() string { f.names++; return fmt.Sprintf("n%d", f.names) }

func (f *flows) node(depth int, indent string) string {
	kinds := []string{"task", "task", "fails"}
	if depth < 3 {
		kinds = append(kinds, "group", "group", "chain", "race", "dag", "map", "limited")
	}
	if f.tasks >= 6 {
		kinds = []string{"task"}
	}
	flag := rapid.SampledFrom([]string{"", "", "", " with raises_on_failure = false"}).Draw(f.t, "flag")
	kind := rapid.SampledFrom(kinds).Draw(f.t, "kind")
	switch kind {
	case "task", "fails":
		f.tasks++
		if kind == "task" {
			return fmt.Sprintf("%s%s = work(%d)%s\n", indent, f.name(), f.tasks, flag)
		}
		return fmt.Sprintf("%s%s = work(-%d)%s\n", indent, f.name(), f.tasks, flag)
	case "map":
		f.tasks += 2
		return fmt.Sprintf("%s%s = map x in [1, 2] { %s = work(x); %s = work(x + 10) }\n", indent, f.name(), f.name(), f.name())
	}
	head := kind
	if kind == "limited" {
		head, flag = "group", " with max = 2"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s = %s%s {\n", indent, f.name(), head, flag)
	for n := rapid.IntRange(2, 3).Draw(f.t, "members"); n > 0; n-- {
		b.WriteString(f.node(depth+1, indent+"  "))
	}
	return b.String() + indent + "}\n"
}

// What an exploration leaves out is nothing but other ways to the same ends.
func TestExplorationsFindEveryEnding(t *testing.T) {
	most := 300 // orders of one flow
	if os.Getenv("FLOWC_SOAK") != "" {
		most = 10_000
	}
	rapid.Check(t, func(t *rapid.T) {
		f := flows{t: t}
		body := f.node(0, "  ") + f.node(0, "  ")
		if rapid.Bool().Draw(t, "undo") {
			body = strings.ReplaceAll(body, "= work(1)\n", "= work(1) undo back(1)\n")
		}
		mocks := "  mock work(n) when n < 0 raises \"no\"\n"
		if rapid.Bool().Draw(t, "counted") {
			mocks += "  mock work(n) raises \"once\" times 1\n"
		}
		text := "activity work(n: int) -> int\nactivity back(n: int)\n" +
			"workflow w() {\n" + body + "}\n" +
			"test \"t\" {\n" + mocks + "  mock * -> auto\n  run w()\n}\n"
		if strings.Contains(text, "race") {
			text = withoutMixedRaces(text)
		}
		s := compiled(t, text)
		want, all, enough := endings(s, false, most)
		if !enough {
			return
		}
		got, some, enough := endings(s, true, most)
		if !enough {
			t.Fatalf("%s\nthe exploration makes more than the %d orders that there are", text, all)
		}
		if some > all {
			t.Fatalf("%s\nthe exploration makes %d orders of the %d that there are", text, some, all)
		}
		for end := range want {
			if !got[end] {
				t.Fatalf("%s\n%d of %d orders do not lead to this:\n%s\nbut to\n%s", text, some, all, end, strings.Join(slices.Sorted(maps.Keys(got)), "\n---\n"))
			}
		}
	})
}

// Of work that commutes, one order stands for all.
func TestExplorationsLeaveOutWhatCommutes(t *testing.T) {
	s := compiled(t, `
activity work(n: int) -> int
workflow w() {
  a = group { x = work(1); y = work(2); z = work(3) }
}
test "t" {
  mock * -> auto
  run w()
}
`)
	want, all, _ := endings(s, false, 100)
	got, some, _ := endings(s, true, 100)
	if all != 6 || some >= all || len(want) != 1 || len(got) != 1 {
		t.Errorf("got %d of %d orders, %d of %d endings; want fewer than 6 orders and the one ending", some, all, len(got), len(want))
	}
}

// What a step waits for, because it follows the group that it is in, is no order
// that could have been another: what else stands before the step is looked at.
func TestExplorationsLookBeyondWhatAStepWaitedFor(t *testing.T) {
	s := compiled(t, `
activity work(n: int) -> int
workflow w() {
  all = dag {
    other = work(1)
    steps = chain {
      both = group with raises_on_failure = false { x = work(2); y = work(3) }
      fails = work(-4)
    }
  }
}
test "t" {
  mock work(n) when n < 0 raises "no"
  mock * -> auto
  run w()
}
`)
	want, all, _ := endings(s, false, 1000)
	got, some, _ := endings(s, true, 1000)
	if some >= all || len(want) != 2 || len(got) != 2 {
		t.Errorf("got %d of %d orders, %d of %d endings; want fewer orders, and both endings: the other one done, and stopped", some, all, len(got), len(want))
	}
}

// withoutMixedRaces makes groups of races, whose members would have to be of
// one type, unless they are tasks.
func withoutMixedRaces(text string) string {
	lines := strings.Split(text, "\n")
	for k, l := range lines {
		if !strings.Contains(l, "= race") {
			continue
		}
		indent := l[:len(l)-len(strings.TrimLeft(l, " "))]
		for j := k + 1; lines[j] != indent+"}"; j++ {
			_, step, _ := strings.Cut(lines[j], " = ")
			if !strings.HasPrefix(step, "work(") || strings.Contains(lines[j], "raises_on") != strings.Contains(lines[k+1], "raises_on") {
				lines[k] = strings.Replace(l, "= race", "= group", 1)
			}
		}
	}
	return strings.Join(lines, "\n")
}
