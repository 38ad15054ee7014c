package runtime_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// crawl walks a graph of at most six steps from its seeds. What an item yields
// and whether it grows depends on its depth.
const crawl = `activity near(x: int, depth: int) -> [int]
workflow w(seeds: [int]) -> [string] {
  e = expand x in seeds by x with limit = 10_000%s {
    found = near(x, depth)
    if depth < 6 { grow found }
    yield "${x}@${depth}"
  }
  return e
}`

// TestDepthIsTheDistance: in whatever order items end, the depth that a body
// sees is the distance from the nearest seed, and the result and the report
// have the order of discovery, which is that of a search in breadth.
func TestDepthIsTheDistance(t *testing.T) {
	programs := map[int]*ir.Program{0: program(t, fmt.Sprintf(crawl, ""))}
	for _, most := range []int{1, 3} {
		programs[most] = program(t, fmt.Sprintf(crawl, fmt.Sprintf(", max = %d", most)))
	}
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 14).Draw(rt, "n")
		node := rapid.IntRange(0, n-1)
		graph := rapid.SliceOfN(rapid.SliceOfN(node, 0, 4), n, n).Draw(rt, "graph")
		seeds := rapid.SliceOfNDistinct(node, 1, min(n, 3), rapid.ID[int]).Draw(rt, "seeds")
		p := programs[rapid.SampledFrom([]int{0, 1, 3}).Draw(rt, "max")]
		want := breadth(graph, seeds, 6)

		m, err := runtime.New(p, "", runtime.Config{})
		if err != nil {
			rt.Fatal(err)
		}
		report := runtime.NewReport(p, "")
		in, _ := json.Marshal(seeds)
		open := []runtime.Event{{Type: runtime.RunStarted, Start: &runtime.Start{Run: "r", Flags: runtime.Flags, Input: input("seeds", string(in))}}}
		for !m.Done() {
			if len(open) == 0 {
				rt.Fatal("the run hangs")
			}
			k := rapid.IntRange(0, len(open)-1).Draw(rt, "next")
			e := open[k]
			open = slices.Delete(open, k, k+1)
			step, err := m.Apply(e)
			if err != nil {
				rt.Fatal(err)
			}
			report.Add(e, step)
			for _, c := range step.Commands {
				if c.Type != runtime.ScheduleTask {
					continue
				}
				var in struct{ X int }
				if err := json.Unmarshal(c.Task.Input, &in); err != nil {
					rt.Fatal(err)
				}
				b, _ := json.Marshal(graph[in.X])
				open = append(open, runtime.Event{Type: runtime.TaskCompleted, Node: c.Node, Attempt: 1, Result: b})
			}
		}
		if got := string(m.Outcome().Result); got != want {
			rt.Errorf("got %s, want %s", got, want)
		}
		var items []string
		for _, n := range report.Object().Nodes {
			if key, ok := strings.CutPrefix(n.ID, "w/e["); ok && n.Kind == "item" {
				items = append(items, strings.TrimSuffix(key, "]"))
			}
		}
		var values []string
		if err := json.Unmarshal([]byte(want), &values); err != nil {
			rt.Fatal(err)
		}
		for k, v := range values {
			values[k], _, _ = strings.Cut(v, "@")
		}
		if !slices.Equal(items, values) {
			rt.Errorf("the report has the items %v, the result %v", items, values)
		}
	})
}

// breadth searches a graph in breadth, and returns what the crawl is to give.
func breadth(graph [][]int, seeds []int, most int) string {
	depth := map[int]int{}
	queue := slices.Clone(seeds)
	for _, s := range seeds {
		depth[s] = 0
	}
	list := []string{}
	for k := 0; k < len(queue); k++ {
		x := queue[k]
		list = append(list, fmt.Sprintf("%d@%d", x, depth[x]))
		if depth[x] >= most {
			continue
		}
		for _, y := range graph[x] {
			if _, known := depth[y]; !known {
				depth[y] = depth[x] + 1
				queue = append(queue, y)
			}
		}
	}
	b, _ := json.Marshal(list)
	return string(b)
}

// TestNoBarrier: an item waits for nothing unless its body reads `depth`, and
// then for what is two levels nearer at most.
func TestNoBarrier(t *testing.T) {
	graph := map[string]string{"0": "[2]", "2": "[3]", "3": "[4]", "4": "[]"}
	for body, begun := range map[string]string{`yield x`: "0 2 3 4", `yield depth`: "0 2"} {
		p := playOf(t, program(t, `activity near(x: int) -> [int]
workflow w() -> [int] {
  e = expand x in [0, 1] by x with limit = 100 {
    found = near(x)
    grow found
    `+body+`
  }
  return e
}`))
		var got []string
		for _, key := range []string{"0", "2", "3", "4"} { // item 1, a seed, takes its time
			id := "w/e[" + key + "]/found"
			if _, open := p.open[id]; open {
				got = append(got, key)
				delete(p.open, id)
				p.apply(runtime.Event{Type: runtime.TaskCompleted, Node: id, Attempt: 1, Result: json.RawMessage(graph[key])})
			}
		}
		if strings.Join(got, " ") != begun {
			t.Errorf("%s: while a seed is at work, %v begin, want %s", body, got, begun)
		}
	}
}

// TestGrowOrder: what two `grow`s of one item give has the order of the file.
func TestGrowOrder(t *testing.T) {
	const flow = `activity near(x: int) -> [int]
workflow w() -> [int] {
  e = expand x in [0] by x with limit = 100 {
    if x == 0 {
      group {
        chain { one = near(1); grow one }
        chain { two = near(2); grow two }
      }
    }
    yield x
  }
  return e
}`
	for _, order := range [][]string{{"one", "two"}, {"two", "one"}} {
		p := playOf(t, program(t, flow))
		for _, name := range order {
			id := "w/e[0]/(if 1)/then/" + name
			delete(p.open, id)
			p.apply(runtime.Event{Type: runtime.TaskCompleted, Node: id, Attempt: 1, Result: json.RawMessage(map[string]string{"one": "[11,12]", "two": "[12,21]"}[name])})
		}
		if got := string(p.m.Outcome().Result); got != "[0,11,12,21]" {
			t.Errorf("%v: got %s", order, got)
		}
	}
}
