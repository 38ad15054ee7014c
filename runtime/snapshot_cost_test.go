package runtime_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// polling is a loop that could go on for ever.
const polling = `
activity poll(seen: [string]) -> string
activity note(text: string) -> string
workflow w(most: int) {
  first = note(text: "begin")
  second = note(text: first)
  loop seen = [""] while len(seen) < 3 with limit = 1_000_000, continue = true {
    p = poll(seen)
    next [p]
  }
  note(text: "never")
}
`

// TestSnapshotsDoNotGrowWithEvents: a loop that has made many rounds has the
// snapshot that it had after few, and says before each but the first that its
// history could begin anew.
func TestSnapshotsDoNotGrowWithEvents(t *testing.T) {
	p := program(t, polling)
	m, err := runtime.New(p, "w", runtime.Config{NoChanges: true})
	if err != nil {
		t.Fatal(err)
	}
	queue := []runtime.Event{{Type: runtime.RunStarted, Start: &runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags, Input: input("most", "3")}}}
	sizes, offers := map[int]int{}, 0
	for k := 1; k <= 2000; k++ {
		e := queue[0]
		queue = queue[1:]
		e.Seq, e.Time = int64(k), ir.Time(1e18+k)
		step, err := m.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range step.Commands {
			switch c.Type {
			case runtime.ScheduleTask:
				queue = append(queue, runtime.Event{Type: runtime.TaskCompleted, Node: c.Node, Attempt: 1, Result: []byte(`"x"`)})
			case runtime.ContinueAsNew:
				if offers++; !strings.HasPrefix(c.Node, "w/(loop 1)") {
					t.Errorf("it is %q that offers to continue", c.Node)
				}
			}
		}
		sizes[k] = len(snapshotOf(t, m))
	}
	if offers < 1900 {
		t.Errorf("%d offers to continue in 2000 events", offers)
	}
	if sizes[2000] > sizes[20]+64 {
		t.Errorf("%d bytes after 20 events, %d after 2000", sizes[20], sizes[2000])
	}
}

// BenchmarkSnapshot is the cost of writing a state down and of going on with
// it, half-way through runs of growing size. It should grow as they do.
func BenchmarkSnapshot(b *testing.B) {
	for _, kind := range []string{"chain", "map"} {
		for _, n := range []int{1_000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s-%d", kind, n), func(b *testing.B) {
				plan, err := runtime.Prepare(build(wide(kind, n)))
				if err != nil {
					b.Fatal(err)
				}
				m, err := plan.New("", runtime.Config{NoChanges: true})
				if err != nil {
					b.Fatal(err)
				}
				var open []runtime.Command
				e := runtime.Event{Type: runtime.RunStarted, Start: &runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags}}
				for k := range n / 2 {
					step, err := m.Apply(e)
					if err != nil {
						b.Fatal(err)
					}
					open = append(open, step.Commands...)
					e = runtime.Event{Type: runtime.TaskCompleted, Node: open[k].Node, Attempt: 1}
				}
				size := 0
				for b.Loop() {
					s, err := m.Snapshot()
					if err != nil {
						b.Fatal(err)
					}
					size = len(s)
					again, _ := plan.New("", runtime.Config{NoChanges: true})
					if _, err := again.Apply(runtime.Event{Type: runtime.RunStarted, Start: &runtime.Start{Carried: s}}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/node")
				b.ReportMetric(float64(size)/float64(n), "B/node")
			})
		}
	}
}

// TestSnapshotsForgetWhatIsRead: of a chain of steps, each of which reads the
// one before, only the value of the last is carried.
func TestSnapshotsForgetWhatIsRead(t *testing.T) {
	var flow strings.Builder
	flow.WriteString("activity step(of: string) -> string\nworkflow w(begin: string) -> string {\n  s0 = step(of: begin)\n")
	const steps = 100
	for k := 1; k < steps; k++ {
		fmt.Fprintf(&flow, "  s%d = step(of: s%d)\n", k, k-1)
	}
	fmt.Fprintf(&flow, "  return s%d\n}\n", steps-1)
	m, err := runtime.New(program(t, flow.String()), "w", runtime.Config{NoChanges: true})
	if err != nil {
		t.Fatal(err)
	}
	large := strings.Repeat("x", 1000)
	e := runtime.Event{Type: runtime.RunStarted, Start: &runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags, Input: input("begin", `"x"`)}}
	for k := range steps {
		step, err := m.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(snapshotOf(t, m)), large); n > 1 {
			t.Fatalf("%d values are carried after %d steps", n, k)
		}
		e = runtime.Event{Type: runtime.TaskCompleted, Node: step.Commands[0].Node, Attempt: 1, Result: fmt.Appendf(nil, `"%d%s"`, k, large)}
	}
}
