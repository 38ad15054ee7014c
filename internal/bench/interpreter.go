package main

import (
	"fmt"
	goruntime "runtime"
	"strconv"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
)

// quiet is how a machine runs of which nobody is told what changes.
var quiet = runtime.Config{NoChanges: true}

// shape returns a flow of n tasks.
func shape(kind string, n int) string {
	var b strings.Builder
	b.WriteString("activity t()\n\nworkflow w() {\n")
	switch kind {
	case "map":
		fmt.Fprintf(&b, "  map n in 1..%d {\n    t()\n  }\n", n)
	case "group":
		b.WriteString("  group {\n")
	}
	if kind != "map" {
		for k := range n {
			fmt.Fprintf(&b, "    t%d = t()\n", k)
		}
	}
	if kind == "group" {
		b.WriteString("  }\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// prepare compiles the flow of a shape.
func prepare(kind string, n int) (*runtime.Plan, error) {
	r := compiler.Compile(diag.NewSource("bench.flow", []byte(shape(kind, n))), compiler.Config{})
	if r.Program == nil || r.Bug != nil {
		return nil, fmt.Errorf("the flow of %s %d is not right: %v", kind, n, r.Bug)
	}
	return runtime.Prepare(r.Program)
}

// drive does what the machine asks for, in order, until the run has ended, and
// returns the number of events. At half of most events, if not 0, it calls
// half.
func drive(plan *runtime.Plan, config runtime.Config, most int, half func()) (events int, err error) {
	m, err := plan.New("", config)
	if err != nil {
		return 0, err
	}
	var open []string
	apply := func(e runtime.Event) error {
		events++
		e.Seq, e.Time = int64(events), ir.Time(events)
		step, err := m.Apply(e)
		for k := range step.Commands {
			if c := &step.Commands[k]; c.Type == runtime.ScheduleTask {
				open = append(open, c.Node)
			}
		}
		return err
	}
	err = apply(runtime.Event{Type: runtime.RunStarted, Start: &runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags}})
	for k := 0; err == nil && !m.Done(); k++ {
		if k == len(open) {
			return events, fmt.Errorf("nothing is left to do, and the run has not ended")
		}
		node := open[k]
		open[k] = ""
		err = apply(runtime.Event{Type: runtime.TaskCompleted, Node: node, Attempt: 1})
		if half != nil && events == most/2 {
			half()
		}
	}
	return events, err
}

// interpreter measures the interpreter without a world around it.
func interpreter(b *bench) error {
	t := newTable("flow", "events/s", "events/s with changes", "bytes/node", "ns/event", "to that of 1,000")
	for _, kind := range []string{"chain", "group", "map"} {
		least := 0.0
		for _, n := range []int{1_000, 10_000, 100_000} {
			plan, err := prepare(kind, n)
			if err != nil {
				return err
			}
			var events int
			speed := func(config runtime.Config) func() (float64, error) {
				return func() (float64, error) {
					goruntime.GC()
					begin := time.Now()
					total := 0
					for total < 100_000 { // small flows several times
						if events, err = drive(plan, config, 0, nil); err != nil {
							return 0, err
						}
						total += events
					}
					return float64(total) / time.Since(begin).Seconds(), nil
				}
			}
			samples, err := b.inTurn(b.rounds, []contender{{"quiet", speed(quiet)}, {"shown", speed(runtime.Config{})}})
			if err != nil {
				return err
			}
			size, err := bytesPerNode(plan, n, events)
			if err != nil {
				return err
			}
			cost := 1e9 / samples["quiet"].median()
			if least == 0 {
				least = cost
			}
			t.row(fmt.Sprintf("%s of %s", kind, short(float64(n))), samples["quiet"].text(1, ""), samples["shown"].text(1, ""),
				short(size), short(cost), ratio(cost, least))
		}
	}
	t.print()
	return million()
}

// bytesPerNode measures the memory of a run, halfway, with the ids of the tasks
// that are open.
func bytesPerNode(plan *runtime.Plan, n, events int) (float64, error) {
	var before, after goruntime.MemStats
	goruntime.GC()
	goruntime.ReadMemStats(&before)
	_, err := drive(plan, quiet, events, func() {
		goruntime.GC()
		goruntime.ReadMemStats(&after)
	})
	return (float64(after.HeapAlloc) - float64(before.HeapAlloc)) / float64(n), err
}

// million measures a map of a million items in a process of its own.
func million() error {
	const n = 1_000_000
	var result struct{ Seconds float64 }
	peak, err := child(false, &result, "map", strconv.Itoa(n))
	if err != nil {
		return err
	}
	fmt.Printf("  a map of 1,000,000 items: %s s, peak memory of the process %s MiB\n", short(result.Seconds), short(peak/(1<<20)))
	return nil
}

// mapChild runs a map of so many items.
func mapChild(args []string) (any, error) {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return nil, err
	}
	plan, err := prepare("map", n)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	_, err = drive(plan, quiet, 0, nil)
	return struct{ Seconds float64 }{time.Since(begin).Seconds()}, err
}
