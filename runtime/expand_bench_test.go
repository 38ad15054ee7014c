package runtime_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/flowc/flowc/runtime"
)

const visits = `
activity visit(n: int) -> [int]
workflow w() -> int {
  found = expand n in [0] by n with limit = 200000 {
    more = visit(n)
    grow more
    yield n
  }
  return len(found)
}
`

// BenchmarkExpand discovers items by a tree, where two are found at each, and by
// a chain, where one is. The cost of an item should not grow with their number.
func BenchmarkExpand(b *testing.B) {
	shapes := []struct {
		name string
		grow func(n, all int) []int
	}{
		{"tree", func(n, all int) []int {
			var more []int
			for _, k := range []int{2*n + 1, 2*n + 2} {
				if k < all {
					more = append(more, k)
				}
			}
			return more
		}},
		{"chain", func(n, all int) []int {
			if n+1 < all {
				return []int{n + 1}
			}
			return nil
		}},
	}
	plan, err := runtime.Prepare(program(b, visits))
	if err != nil {
		b.Fatal(err)
	}
	for _, shape := range shapes {
		for _, all := range []int{1_000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s-%d", shape.name, all), func(b *testing.B) {
				for b.Loop() {
					discover(b, plan, all, shape.grow)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(all), "ns/item")
			})
		}
	}
}

// TestExpandFindsAll checks what the benchmark does, so that it measures that.
func TestExpandFindsAll(t *testing.T) {
	plan, err := runtime.Prepare(program(t, visits))
	if err != nil {
		t.Fatal(err)
	}
	result := discover(t, plan, 5_000, func(n, all int) []int {
		if n+1 < all {
			return []int{n + 1, n / 2} // and back to an item that is known
		}
		return nil
	})
	if result != "5000" {
		t.Errorf("got %s items, want 5000", result)
	}
}

// discover runs the flow with `visit` answering at once, first asked first
// answered, and returns the run's result.
func discover(tb testing.TB, plan *runtime.Plan, all int, grow func(n, all int) []int) string {
	tb.Helper()
	m, err := plan.New("w", runtime.Config{NoChanges: true})
	if err != nil {
		tb.Fatal(err)
	}
	queue := []runtime.Event{{Type: runtime.RunStarted, Start: &runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags}}}
	for seq := int64(1); !m.Done(); seq++ {
		if len(queue) == 0 {
			tb.Fatal("the run hangs")
		}
		e := queue[0]
		queue = queue[1:]
		e.Seq = seq
		step, err := m.Apply(e)
		if err != nil {
			tb.Fatal(err)
		}
		for _, c := range step.Commands {
			if c.Type != runtime.ScheduleTask {
				continue
			}
			var input struct{ N int }
			if err := json.Unmarshal(c.Task.Input, &input); err != nil {
				tb.Fatal(err)
			}
			result, err := json.Marshal(append([]int{}, grow(input.N, all)...))
			if err != nil {
				tb.Fatal(err)
			}
			queue = append(queue, runtime.Event{Type: runtime.TaskCompleted, Node: c.Node, Attempt: c.Attempt, Result: result})
		}
	}
	return string(m.Outcome().Result)
}
