package history_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/history/historytest"
)

// record compiles a flow and returns the record of a run of it.
func record(t *testing.T, flow, script string) *history.Record {
	t.Helper()
	r := compiler.Compile(diag.NewSource("main.flow", []byte(flow)), compiler.Config{})
	if r.Program == nil {
		t.Fatal(r.Diags.Sorted())
	}
	if r.Program.Main == "" {
		r.Program.Main = "w"
	}
	rec, err := historytest.Record(r.Program, "r1", script)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

const rows = `
activity parts() -> [string]
activity load(p: string) -> int { retry = exponential(1, from: 1s) }
activity report(n: int)

workflow w() {
  ps = parts()
  rows = map p in ps by p with max = 1, tolerate = 1 { yield load(p) }
  report(len(rows))
}
`

const rowsRun = `
0s   start {}
0s   began w/ps
1s   done w/ps ["a","b"]
1.5s began w/rows[a]/load
3.5s done w/rows[a]/load 1
4s   began w/rows[b]/load
5s   fail w/rows[b]/load Failed no such row
6s   fire w/rows[b]/load retry
6s   began w/rows[b]/load
9s   done w/rows[b]/load 2
9s   began w/report
10s  done w/report
`

func TestStatsOfARun(t *testing.T) {
	s := history.NewStats(2)
	if err := s.Add(record(t, rows, rowsRun)); err != nil {
		t.Fatal(err)
	}
	o := s.Report()
	var got []string
	for _, n := range o.Nodes {
		line := fmt.Sprintf("%s %s %d %d %v %v", n.ID, n.Kind, n.Count, n.Attempts, n.Time, n.Failures)
		if n.Queue != nil {
			line += fmt.Sprint(" ", *n.Queue)
		}
		got = append(got, line+fmt.Sprint(" ", n.Critical))
	}
	want := []string{
		"w workflow 1 0 {10 10 10 10} map[] 0",
		"w/ps activity 1 1 {1 1 1 1} map[] {0 0 0 0} 1",
		"w/rows map 1 0 {8 8 8 8} map[] 0",
		"w/rows[] item 2 0 {8 2.5 5.5 5.5} map[] 0",
		"w/rows[]/load activity 2 3 {6 2 3 3} map[Failed:1] {1 0.5 0.5 0.5} 8",
		"w/report activity 1 1 {1 1 1 1} map[] {0 0 0 0} 1",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]history.Slow{
		{Run: "r1", Node: "w/rows[b]/load", Attempt: 2, Time: 3}, {Run: "r1", Node: "w/rows[a]/load", Attempt: 1, Queue: 0.5, Time: 2},
	}, o.Slowest); d != "" {
		t.Error(d)
	}
}

// TestCriticalPath wants the path to be without a gap: it explains all of the
// time that a run took.
func TestCriticalPath(t *testing.T) {
	const fork = `
activity a()
activity b()
activity c()
workflow w() {
  group {
    a()
    chain {
      b()
      wait 2s
      c()
    }
  }
}
`
	for _, test := range []struct{ name, flow, script, want string }{
		{"one at a time", rows, rowsRun, "task w/ps 0+1, task w/rows[a]/load 0.5+2, task w/rows[b]/load 0.5+1, retry w/rows[b]/load 0+1, task w/rows[b]/load 0+3, task w/report 0+1"},
		{"the longer branch", fork, `
0s start {}
0s began w/a
0s began w/b
1s done w/b
3s fire w/(wait·1) wait
3s began w/c
4s done w/a
5s done w/c`, "task w/b 0+1, wait w/(wait 1) 0+2, task w/c 0+2"},
		{"a child run", "activity a()\nworkflow c() { a() }\nworkflow w() {\n  a()\n  c()\n  a2 = a()\n}", `
0s start {}
0s began w/a
1s done w/a
1s child w/c r1-c
3s childdone w/c
3s began w/a2
4s done w/a2`, "task w/a 0+1, child w/c 0+2, task w/a2 0+1"},
		{"a cancel from without", fork, "0s start {}\n1s began w/a\n2s cancel", "cancel  0+0"},
		{"nothing but a beginning", fork, "0s start {}", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := history.NewStats(0)
			if err := s.Add(record(t, test.flow, test.script)); err != nil {
				t.Fatal(err)
			}
			var got []string
			o := s.Report()
			for k, p := range o.Path {
				got = append(got, fmt.Sprintf("%s %s %v+%v", p.What, p.Node, p.Queue, p.Time))
				if k > 0 && p.Began != o.Path[k-1].Ended {
					t.Errorf("%s begins at %v, not when what is before it ends", p.Node, p.Began)
				}
			}
			if d := cmp.Diff(test.want, strings.Join(got, ", ")); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestCancellationsAreListedAsTheyWereMade(t *testing.T) {
	r := record(t, `
activity a()
activity b()
activity c()
workflow w() {
  group {
    a()
    chain {
      b()
      c()
    }
  }
}
`, "0s start {}\n0s began w/a\n0s began w/b\n1s fail w/a Failed no\n2s cancelled w/b")
	var list []history.Entry
	if err := r.Each(func(e *runtime.Event, s runtime.Step) bool {
		list = history.Entries(list, e, &s)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s %s %s", e.Seq, e.Type, e.Node, e.Because+e.Status)))
	}
	want := []string{
		"1 RunStarted", "2 TaskStarted w/a", "3 TaskStarted w/b", "4 TaskFailed w/a",
		"4 NodeCancelled w/(chain 1) w/a", "4 NodeCancelled w/b w/a", "4 NodeCancelled w/c w/a",
		"5 TaskCancelled w/b", "5 RunEnded  failed",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestPictureIsThatOfItsMoment replays the beginnings of a run.
func TestPictureIsThatOfItsMoment(t *testing.T) {
	r := record(t, rows, rowsRun)
	for _, test := range []struct {
		name   string
		moment history.Moment
		status string
		load   string // succeeded, running, failed of how many items
	}{
		{"the end", history.Moment{}, "succeeded", "2 0 0 of 2"},
		{"at an event", history.Moment{Event: 6}, "running", "1 1 0 of 2"},
		{"at a time", history.Moment{Time: historytest.Begin + 2e9}, "running", "0 1 0 of 2"},
		{"before the list is known", history.Moment{Event: 1}, "running", "0 0 0 of 0"},
		{"whichever is earlier", history.Moment{Event: 6, Time: historytest.Begin}, "running", "0 0 0 of 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := r.Until(test.moment).Picture()
			if err != nil {
				t.Fatal(err)
			}
			at := map[string]*history.Tally{}
			for k := range p.Workflow.Nodes {
				if at[p.Workflow.Nodes[k].ID] == nil {
					at[p.Workflow.Nodes[k].ID] = &p.Tallies[k]
				}
			}
			load := at["w/rows[]/load"]
			got := fmt.Sprintf("%d %d %d of %d", load.Counts[ir.Succeeded], load.Counts[ir.Running], load.Counts[ir.Failed], at["w/rows"].Items)
			if p.Report.Status != test.status || got != test.load {
				t.Errorf("got %s, %s; want %s, %s", p.Report.Status, got, test.status, test.load)
			}
		})
	}
}

// TestLastAttemptOfABlockCounts is about blocks that are run again: their nodes
// have new ids then.
func TestLastAttemptOfABlockCounts(t *testing.T) {
	r := record(t, `
activity a()
activity b()
workflow w() {
  c = chain with retry = exponential(1, from: 1s) {
    a()
    b()
  }
}
`, "0s start {}\n1s done w/c/a\n2s fail w/c/b Failed no\n3s fire w/c retry\n4s done w/c#2/a")
	p, err := r.Picture()
	if err != nil {
		t.Fatal(err)
	}
	for k, n := range p.Workflow.Nodes {
		want := map[string]string{"w/c/a": "1 succeeded", "w/c/b": "1 running", "w/c": "1 running"}[n.ID]
		got := ""
		for s, count := range p.Tallies[k].Counts {
			if count > 0 {
				got += fmt.Sprintf("%d %v", count, ir.Status(s))
			}
		}
		if want != "" && got != want {
			t.Errorf("%s: got %s, want %s", n.ID, got, want)
		}
	}
}

// TestWhatWasEndedFromWithout has a report of which the interpreter does not
// know the end.
func TestWhatWasEndedFromWithout(t *testing.T) {
	r := record(t, rows, "0s start {}\n0s began w/ps")
	r.Summary.Status, r.Summary.Ended = "cancelled", historytest.Begin+5e9
	p, err := r.Picture()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range p.Report.Nodes {
		got = append(got, n.ID+" "+n.Status)
	}
	if d := cmp.Diff([]string{"w abandoned", "w/ps abandoned", "w/rows skipped", "w/report skipped"}, got); d != "" || p.Report.Status != "cancelled" {
		t.Error(p.Report.Status, d)
	}
}

// TestQuantilesOfMany compares what is kept of many durations with the truth.
func TestQuantilesOfMany(t *testing.T) {
	const n = 20_000
	var script strings.Builder
	fmt.Fprintf(&script, "0s start {\"xs\": [%s0]}\n", strings.Repeat("0,", n-1))
	for k := range n {
		fmt.Fprintf(&script, "%dms done w/m[%d]/a\n", k+1, k)
	}
	s := history.NewStats(0)
	if err := s.Add(record(t, "activity a()\nworkflow w(xs: [int]) { m = map x, i in xs by i { a() } }", script.String())); err != nil {
		t.Fatal(err)
	}
	for _, node := range s.Report().Nodes {
		if node.ID != "w/m[]/a" {
			continue
		}
		for _, q := range []struct {
			name      string
			got, want float64
		}{{"p50", float64(node.Time.P50), n / 2e3}, {"p95", float64(node.Time.P95), 0.95 * n / 1e3}, {"max", float64(node.Time.Max), n / 1e3}} {
			if q.got < q.want || q.got > q.want*1.01 {
				t.Errorf("%s is %v, want %v", q.name, q.got, q.want)
			}
		}
		return
	}
	t.Error("nothing is known of the tasks")
}

func TestEntriesAreFlatJSON(t *testing.T) {
	e := runtime.Event{Seq: 7, Time: historytest.Begin, Type: runtime.TaskCompleted, Node: "w/a", Attempt: 2, Result: json.RawMessage("1")}
	text, err := json.Marshal(history.Entries(nil, &e, &runtime.Step{}))
	want := `[{"seq":7,"time":"2026-01-31T02:00:00Z","type":"TaskCompleted","node":"w/a","attempt":2,"result":1}]`
	if err != nil || string(text) != want {
		t.Errorf("got %s, %v", text, err)
	}
}

// TestSlicesOfAMap is about maps whose items are in child runs.
func TestSlicesOfAMap(t *testing.T) {
	r := record(t, "activity a()\nworkflow w() { m = map x in range(0, 7) by x with shard = 3 { a() } }", "0s start {} shards\n1s childfail w/m/slice2 Failed no")
	p, err := r.Picture()
	if err != nil {
		t.Fatal(err)
	}
	for k, n := range p.Workflow.Nodes {
		if got := p.Tallies[k].Sliced(); got != map[string]int{"w/m": 3}[n.ID] {
			t.Errorf("%s has %d slices", n.ID, got)
		}
		if f := p.Tallies[k].Slices[ir.Failed]; n.ID == "w/m" && f != 1 {
			t.Errorf("%d slices failed", f)
		}
	}
}
