package runtime_test

import (
	"fmt"
	goruntime "runtime"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// wide returns a tree of n leaves: a chain, a group, or a map of one leaf.
func wide(kind string, n int) *tree {
	root := &tree{kind: "workflow", name: "w", opts: map[string]string{}}
	top := &tree{kind: kind, opts: map[string]string{}}
	if kind == "map" {
		top.opts["n"] = fmt.Sprint(n)
		n = 1
	}
	for k := range n {
		top.kids = append(top.kids, &tree{kind: "task", name: fmt.Sprintf("n%d", k), opts: map[string]string{}})
	}
	root.kids = []*tree{top}
	return root
}

// drive runs a machine to its end and
// returns the number of events.
func drive(b testing.TB, m *runtime.Machine, sample func()) int {
	events := 0
	type open struct {
		node    string
		attempt int
	}
	var queue []open
	apply := func(e runtime.Event) {
		events++
		e.Seq, e.Time = int64(events), ir.Time(events)
		step, err := m.Apply(e)
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range step.Commands {
			if c.Type == runtime.ScheduleTask {
				queue = append(queue, open{c.Node, c.Attempt})
			}
		}
	}
	apply(runtime.Event{Type: runtime.RunStarted, Start: &runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags}})
	for !m.Done() {
		t := queue[0]
		queue = queue[1:]
		apply(runtime.Event{Type: runtime.TaskCompleted, Node: t.node, Attempt: t.attempt})
		if sample != nil && events%50_000 == 0 {
			sample()
		}
	}
	return events
}

// BenchmarkEvents is the cost of an event, and of a node's state, by the shape
// and size of the flow. It should not grow with the size.
func BenchmarkEvents(b *testing.B) {
	for _, kind := range []string{"chain", "group", "map"} {
		for _, n := range []int{1_000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s-%d", kind, n), func(b *testing.B) {
				p := build(wide(kind, n))
				plan, err := runtime.Prepare(p)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				events := 0
				var before, after goruntime.MemStats
				goruntime.ReadMemStats(&before)
				for b.Loop() {
					m, err := plan.New("", runtime.Config{NoChanges: true})
					if err != nil {
						b.Fatal(err)
					}
					events += drive(b, m, nil)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
				goruntime.ReadMemStats(&after)
				b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(events), "B/node") // tasks and ids included
			})
		}
	}
}

// TestMillion runs a map of a million items, all at once and a few at a time,
// and looks at what the heap holds on the way.
func TestMillion(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("it takes seconds, and with the race detector minutes")
	}
	for _, atOnce := range []string{"", "20"} {
		root := wide("map", 1_000_000)
		if atOnce != "" {
			root.kids[0].opts["max"] = atOnce
		}
		m, err := runtime.New(build(root), "", runtime.Config{NoChanges: true})
		if err != nil {
			t.Fatal(err)
		}
		goruntime.GC() // of what came before
		var most uint64
		sample := func() {
			var s goruntime.MemStats
			goruntime.ReadMemStats(&s)
			most = max(most, s.HeapInuse)
		}
		drive(t, m, sample)
		if m.Outcome().Status != ir.Succeeded {
			t.Errorf("the run ended %v", m.Outcome().Status)
		}
		t.Logf("max %q: %d MiB in use at most", atOnce, most>>20)
		if most > 1<<30 {
			t.Errorf("%d MiB are too many", most>>20)
		}
	}
}
