package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/stdlib/activity"
)

// BenchmarkTrue runs /bin/true 1,000 times as a flow does, in a group, a map
// and a chain, and as a bare loop around os/exec does, with parallelism 2
// (which is what to compare group and map with) and 1 (the chain).
func BenchmarkTrue(b *testing.B) {
	const n = 1000
	activity := "activity t() { run = [\"/bin/true\"], stdin = none }\n"
	var steps strings.Builder
	for i := range n {
		fmt.Fprintf(&steps, "    t%d = t()\n", i)
	}
	flows := []struct{ name, flow string }{
		{"group", activity + "workflow w() {\n  group {\n" + steps.String() + "  }\n}\n"},
		{"map", activity + fmt.Sprintf("workflow w() {\n  map i in 1..%d {\n    t()\n  }\n}\n", n)},
		{"chain", activity + "workflow w() {\n" + steps.String() + "}\n"},
	}
	for _, f := range flows {
		b.Run(f.name, func(b *testing.B) {
			c := local.Config{Program: compile(b, f.flow), Jobs: 2}
			for b.Loop() {
				r, err := local.New(c)
				if err != nil {
					b.Fatal(err)
				}
				if report, err := r.Do(); err != nil || report.Status != "succeeded" {
					b.Fatal(show(report), err)
				}
			}
		})
	}
	for _, parallel := range []int{2, 1} {
		b.Run(fmt.Sprintf("os/exec-j%d", parallel), func(b *testing.B) {
			for b.Loop() {
				var group sync.WaitGroup
				for range parallel {
					group.Go(func() {
						for range n / parallel {
							if err := exec.Command("/bin/true").Run(); err != nil {
								b.Error(err)
							}
						}
					})
				}
				group.Wait()
			}
		})
	}
}

// BenchmarkNothing runs functions that do nothing: what is left is the cost of
// the loop, the machine and the workers.
func BenchmarkNothing(b *testing.B) {
	const n = 10_000
	for _, f := range []struct{ name, flow string }{
		{"map", fmt.Sprintf("activity f()\nworkflow w() {\n  map i in 1..%d { f() }\n}\n", n)},
		{"one at a time", fmt.Sprintf("activity f()\nworkflow w() {\n  map i in 1..%d with max = 1 { f() }\n}\n", n)},
	} {
		b.Run(f.name, func(b *testing.B) {
			c := local.Config{Program: compile(b, f.flow), Jobs: 2}
			c.Activities = functions(map[string]activity.Func{
				"f": func(context.Context, json.RawMessage) (json.RawMessage, error) { return nothing() },
			})
			for b.Loop() {
				r, err := local.New(c)
				if err != nil {
					b.Fatal(err)
				}
				if report, err := r.Do(); err != nil || report.Status != "succeeded" {
					b.Fatal(show(report), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/task")
		})
	}
}
