package journal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/journal"
)

const source = `
workflow w() -> int { return 1 }
workflow other() -> int { return 2 }
`

func program(t testing.TB) *ir.Program {
	t.Helper()
	r := compiler.Compile(diag.NewSource("w.flow", []byte(source)), compiler.Config{})
	if r.Program == nil {
		t.Fatal(r.Diags)
	}
	return r.Program
}

func open(t testing.TB, dir string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func keep(t testing.TB, j *journal.Journal, run string) *journal.Keeper {
	t.Helper()
	k, err := j.Keep(program(t), run, journal.Setting{Folder: "/somewhere", Jobs: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

func commit(t testing.TB, k *journal.Keeper, batches ...journal.Batch) {
	t.Helper()
	if err := k.Commit(batches); err != nil {
		t.Fatal(err)
	}
}

// started is the first event of a run.
func started(t testing.TB, run, workflow string, at ir.Time, tags ...string) runtime.Event {
	return runtime.Event{Seq: 1, Time: at, Type: runtime.RunStarted, Start: &runtime.Start{
		IR: program(t).Hash(), Workflow: workflow, Run: run, WorkflowID: run, Tags: tags, Input: map[string]json.RawMessage{}, Flags: runtime.Flags,
	}}
}

// every is one event of each form.
func every() []runtime.Event {
	return []runtime.Event{
		{Seq: 2, Time: 1_700_000_000_000_000_007, Type: runtime.TaskStarted, Node: "w/a[k é]", Attempt: 2},
		{Seq: 3, Time: 1_700_000_000_000_000_007, Type: runtime.TaskCompleted, Node: "w/a", Attempt: 1, Result: json.RawMessage(`{"a": 1.50}`)},
		{Seq: 4, Time: 1_700_000_000_000_000_009, Type: runtime.TaskFailed, Node: "w/b", Attempt: 1, Failure: &runtime.Failure{Node: "w/b", Error: "Failed", Message: "no", Details: json.RawMessage(`{"exit":1}`)}},
		{Seq: 5, Time: 5, Type: runtime.TaskTimedOut, Node: "w/b", Attempt: 2, Timeout: runtime.StartToClose},
		{Seq: 6, Time: 6, Type: runtime.TimerFired, Node: "w/b", Timer: runtime.RetryTimer},
		{Seq: 7, Time: 7, Type: runtime.SignalReceived, Name: "go", Result: json.RawMessage(`{}`)},
		{Seq: 8, Time: 8, Type: runtime.CancelRequested},
		{Seq: 9, Time: 9, Type: runtime.ChildStarted, Node: "w/c", Attempt: 1, Child: "w-c"},
		{Seq: 10, Time: 10, Type: "Unheard", Node: "w/d"},
		{Seq: 11, Time: 11, Type: runtime.TaskCompleted, Node: "w/e", Result: json.RawMessage(`"` + strings.Repeat("x", journal.LargeResult) + `"`)},
	}
}

func TestEventsComeBackAsTheyWere(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	k := keep(t, j, "w-1")
	first := started(t, "w-1", "w", 1_700_000_000_000_000_000, "blue")
	want := append([]runtime.Event{first}, every()...)
	commit(t, k, journal.Batch{Run: "w-1", Events: want[:3]})
	commit(t, k, journal.Batch{Run: "w-1", Events: want[3:]})
	r, err := j.Record("w-1")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, r.Events); d != "" {
		t.Error(d)
	}
	if r.Program.Hash() != program(t).Hash() {
		t.Error("another program came back")
	}
	for after := int64(0); after <= 11; after++ {
		got, err := j.Events("w-1", after)
		if err != nil || len(got) != len(want)-int(after) || len(got) > 0 && got[0].Seq != after+1 {
			t.Errorf("after %d there are %d events (%v)", after, len(got), err)
		}
	}
}

func TestManyEventsOfOneBatchAreReadInOrder(t *testing.T) {
	j := open(t, t.TempDir())
	k := keep(t, j, "w-1")
	events := []runtime.Event{started(t, "w-1", "w", 1)}
	for i := range 2000 {
		events = append(events, runtime.Event{Seq: int64(i + 2), Time: ir.Time(i), Type: runtime.TaskStarted, Node: fmt.Sprint("w/", i), Attempt: 1})
	}
	commit(t, k, journal.Batch{Run: "w-1", Events: events, Ended: "succeeded", At: 9})
	got, err := j.Events("w-1", 0)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(events, got); d != "" {
		t.Error(d)
	}
	if s, err := j.Find("w-1"); err != nil || s.Status != "succeeded" || s.Ended != 9 {
		t.Errorf("%+v, %v", s, err)
	}
}

// child is the batch with which a child run begins.
func child(t testing.TB, run, parent string, at ir.Time) journal.Batch {
	e := started(t, run, "other", at)
	e.Start.Parent = &runtime.ParentRun{Run: parent, Node: "w/call"}
	return journal.Batch{Run: run, Events: []runtime.Event{e}}
}

func TestListsAreFiltered(t *testing.T) {
	j := open(t, t.TempDir())
	for i, run := range []string{"w-1", "w-2", "o-3", "w-4"} {
		k := keep(t, j, run)
		workflow := map[byte]string{'w': "w", 'o': "other"}[run[0]]
		b := journal.Batch{Run: run, Events: []runtime.Event{started(t, run, workflow, ir.Time(i+1), "all", fmt.Sprint("tag", i+1))}}
		if i < 2 {
			b.Ended, b.At = []string{"succeeded", "failed"}[i], 9
		}
		commit(t, k, b)
		if i == 2 {
			commit(t, k, child(t, "o-3-c", "o-3", 8))
		}
		if i != 3 {
			k.Close()
		}
	}
	for _, test := range []struct {
		name   string
		filter history.Filter
		want   string
	}{
		{"all but child runs", history.Filter{}, "w-4 o-3 w-2 w-1"},
		{"child runs too", history.Filter{Children: true}, "o-3-c w-4 o-3 w-2 w-1"},
		{"by status", history.Filter{Status: "failed"}, "w-2"},
		{"that run", history.Filter{Status: "running"}, "w-4 o-3"},
		{"by workflow", history.Filter{Workflow: "w"}, "w-4 w-2 w-1"},
		{"by tag", history.Filter{Tag: "tag2"}, "w-2"},
		{"by a tag that all have", history.Filter{Tag: "all", Limit: 2}, "w-4 o-3"},
		{"since", history.Filter{Since: 3}, "w-4 o-3"},
		{"the newest", history.Filter{Limit: 1}, "w-4"},
		{"by prefix", history.Filter{Prefix: "o-"}, "o-3-c o-3"},
		{"two conditions", history.Filter{Workflow: "w", Status: "succeeded"}, "w-1"},
		{"none", history.Filter{Workflow: "none"}, ""},
	} {
		list, err := j.Runs(test.filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range list {
			got = append(got, s.Run)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	s, err := j.Find("o-3-c")
	want := history.Summary{Run: "o-3-c", WorkflowID: "o-3-c", Workflow: "other", IR: program(t).Hash(), Status: "running", Started: 8, Parent: &runtime.ParentRun{Run: "o-3", Node: "w/call"}}
	if d := cmp.Diff(want, s); d != "" || err != nil {
		t.Error(d, err)
	}
	if s, _ := j.Find("w-4"); !s.Alive || !slices.Equal(s.Tags, []string{"all", "tag4"}) {
		t.Errorf("%+v", s)
	}
	if dead, err := j.Dead(); err != nil || !slices.Equal(dead, []string{"o-3"}) {
		t.Errorf("dead are %v, %v", dead, err)
	}
	_, err = j.Find("w-5")
	var unknown *journal.UnknownRunError
	if !errors.As(err, &unknown) || unknown.Near == "" || !errors.Is(err, history.ErrUnknown) {
		t.Errorf("of a run that is not there: %v", err)
	}
}

// TestListsAreMadeByIndex asks SQLite how it finds the runs that are wanted.
func TestListsAreMadeByIndex(t *testing.T) {
	j := open(t, t.TempDir())
	for _, test := range []struct {
		filter history.Filter
		index  string
	}{
		{history.Filter{}, "runs_top_started"},
		{history.Filter{Since: 3}, "runs_top_started (started>?)"},
		{history.Filter{Children: true}, "runs_started"},
		{history.Filter{Status: "failed"}, "runs_top_status (status=?)"},
		{history.Filter{Status: "failed", Since: 3}, "runs_top_status (status=? AND started>?)"},
		{history.Filter{Workflow: "w", Children: true}, "runs_workflow (workflow=?)"},
		{history.Filter{Tag: "blue"}, "tags USING PRIMARY KEY (tag=?)"},
		{history.Filter{Prefix: "w-"}, "(id>? AND id<?)"},
	} {
		plan, err := j.Plan(test.filter)
		if text := strings.Join(plan, "\n"); err != nil || !strings.Contains(text, test.index) {
			t.Errorf("%+v is found so, %v:\n%s", test.filter, err, text)
		}
	}
}

func TestARunIsDrivenByOne(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	k := keep(t, j, "w-1")
	commit(t, k, journal.Batch{Run: "w-1", Events: []runtime.Event{started(t, "w-1", "w", 1)}}, child(t, "w-1-c", "w-1", 2))
	other := open(t, dir)
	var alive *journal.AliveError
	for _, run := range []string{"w-1", "w-1-c"} {
		if _, err := other.TakeOver(run); !errors.As(err, &alive) {
			t.Errorf("a live run %s is taken over: %v", run, err)
		}
	}
	var taken *journal.TakenError
	if _, err := other.Keep(program(t), "w-1", journal.Setting{}); !errors.As(err, &taken) {
		t.Errorf("an id is given twice: %v", err)
	}
	k.Close()
	if _, err := other.Keep(program(t), "w-1", journal.Setting{}); !errors.As(err, &taken) {
		t.Errorf("the id of a dead run is given again: %v", err)
	}
	k, err := other.TakeOver("w-1-c")
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	s, err := k.Setting()
	if err != nil || s.Folder != "/somewhere" || s.Jobs != 3 || k.Root() != "w-1" {
		t.Errorf("%+v, %v, %s", s, err, k.Root())
	}
	commit(t, k, journal.Batch{Run: "w-1-c", Events: []runtime.Event{{Seq: 2, Time: 3, Type: runtime.CancelRequested}}, Ended: "cancelled", At: 3})
	n := 0
	if err := k.Replay("w-1-c", func(e runtime.Event) error { n++; return nil }); err != nil || n != 2 {
		t.Errorf("%d events, %v", n, err)
	}
	if err := k.Replay("none", func(runtime.Event) error { return errors.New("there is one") }); err != nil {
		t.Error(err)
	}
}

func TestManyCommitAtOnce(t *testing.T) {
	dir := t.TempDir()
	journals := []*journal.Journal{open(t, dir), open(t, dir)}
	var wait sync.WaitGroup
	const runs, batches = 8, 30
	for i := range runs {
		run := fmt.Sprint("w-", i)
		k := keep(t, journals[i%2], run)
		wait.Go(func() {
			events := []runtime.Event{started(t, run, "w", 1)}
			for n := range batches {
				if err := k.Commit([]journal.Batch{{Run: run, Events: events}}); err != nil {
					t.Error(err)
				}
				events[0] = runtime.Event{Seq: int64(n + 2), Time: ir.Time(n), Type: runtime.CancelRequested}
			}
		})
	}
	wait.Wait()
	for i := range runs {
		events, err := journals[0].Events(fmt.Sprint("w-", i), 0)
		if err != nil || len(events) != batches {
			t.Errorf("run %d has %d events, %v", i, len(events), err)
		}
	}
}

func TestWhatIsWrongWithOneIsNotTheFaultOfOthers(t *testing.T) {
	j := open(t, t.TempDir())
	good, bad := keep(t, j, "w-1"), keep(t, j, "w-2")
	commit(t, good, journal.Batch{Run: "w-1", Events: []runtime.Event{started(t, "w-1", "w", 1)}})
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			if err := good.Commit([]journal.Batch{{Run: "w-1", Events: []runtime.Event{{Seq: int64(i + 2), Type: runtime.CancelRequested}}}}); err != nil {
				t.Error(err)
			}
		})
		wait.Go(func() {
			if err := bad.Commit([]journal.Batch{{Run: "never", Events: []runtime.Event{{Seq: 1, Type: runtime.CancelRequested}}}}); err == nil {
				t.Error("events of no run are kept")
			}
		})
	}
	wait.Wait()
	if events, err := j.Events("w-1", 0); err != nil || len(events) != 21 {
		t.Errorf("%d events, %v", len(events), err)
	}
}

func TestMessagesAreHeardOnce(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	k := keep(t, j, "w-1")
	commit(t, k, journal.Batch{Run: "w-1", Events: []runtime.Event{started(t, "w-1", "w", 1)}})
	sender, err := journal.OpenToRead(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	sent := make(chan error)
	go func() { sent <- sender.Signal("w-1", "go", json.RawMessage(`{"a":1}`)) }()
	m := <-k.Inbox()
	want := journal.Message{No: m.No, Run: "w-1", Want: journal.WantSignal, Name: "go", Payload: json.RawMessage(`{"a":1}`)}
	if d := cmp.Diff(want, m); d != "" {
		t.Error(d)
	}
	// The process dies before it has heard it: the next gets it again.
	k.Close()
	if err := <-sent; err == nil {
		t.Error("a message to a dead process was heard")
	}
	k, err = j.TakeOver("w-1")
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	go func() { sent <- sender.Cancel("w-1", "w/a") }()
	m = <-k.Inbox()
	commit(t, k, journal.Batch{Run: "w-1", Heard: []int64{m.No}, Events: []runtime.Event{{Seq: 2, Type: runtime.CancelRequested, Node: m.Node}}})
	if err := <-sent; err != nil {
		t.Error(err)
	}
	commit(t, k, journal.Batch{Run: "w-1", Ended: "failed", At: 3})
	var ended *journal.EndedError
	if err := sender.Kill("w-1"); !errors.As(err, &ended) {
		t.Errorf("an ended run hears: %v", err)
	}
}

// TestAMessageThatWasHeardIsNotTakenBack shows that who sent a message to a run
// whose process was gone, and that another has gone on with since, is not told
// to send it again: neither when that one has heard it nor when it has only read
// it and is about to.
func TestAMessageThatWasHeardIsNotTakenBack(t *testing.T) {
	j := open(t, t.TempDir())
	k := keep(t, j, "w-1")
	commit(t, k, journal.Batch{Run: "w-1", Events: []runtime.Event{started(t, "w-1", "w", 1)}})
	gone := &journal.DeadError{Run: "w-1"}
	no, err := j.Leave("w-1")
	must(t, err)
	if back, err := j.TakeBack(no, gone); back || err != nil {
		t.Errorf("a message to a run that is driven: taken back %v, %v", back, err)
	}
	must(t, k.Close())
	if back, err := j.TakeBack(no, gone); !back || !errors.Is(err, gone) {
		t.Errorf("a message to a run that nobody drives: taken back %v, %v", back, err)
	}
	if back, err := j.TakeBack(no, gone); !back || err != nil {
		t.Errorf("a message that was heard before: taken back %v, %v", back, err)
	}
}

func TestLinesAreKept(t *testing.T) {
	j := open(t, t.TempDir())
	k := keep(t, j, "w-1")
	commit(t, k, journal.Batch{Run: "w-1", Events: []runtime.Event{started(t, "w-1", "w", 1)}}, child(t, "w-1-c", "w-1", 2))
	k.Line(1, "w-1", "w/a", "w/a", 1, []byte("one"))
	k.Line(2, "w-1", "w/a[x]", "w/a[x]", 2, []byte("two"))
	k.Line(3, "w-1-c", "other/b", "w/call/b", 1, []byte("three"))
	k.Line(4, "w-1", "w/ab", "w/ab", 1, []byte("four"))
	k.Close()
	texts := func(run string, f history.LineFilter) string {
		lines, err := j.Lines(run, f)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, l := range lines {
			list = append(list, l.Node+"#"+fmt.Sprint(l.Attempt)+" "+l.Text)
		}
		return strings.Join(list, ", ")
	}
	all, err := j.Lines("w-1", history.LineFilter{})
	if err != nil || len(all) != 4 {
		t.Fatal(all, err)
	}
	for _, test := range []struct {
		name, run string
		filter    history.LineFilter
		want      string
	}{
		{"all", "w-1", history.LineFilter{}, "w/a#1 one, w/a[x]#2 two, w/call/b#1 three, w/ab#1 four"},
		{"of a node and what is in it", "w-1", history.LineFilter{Node: "w/a"}, "w/a#1 one, w/a[x]#2 two"},
		{"of an attempt", "w-1", history.LineFilter{Attempt: 2}, "w/a[x]#2 two"},
		{"the first", "w-1", history.LineFilter{Limit: 1}, "w/a#1 one"},
		{"after the second", "w-1", history.LineFilter{After: all[1].Seq}, "w/call/b#1 three, w/ab#1 four"},
		{"of a child run", "w-1-c", history.LineFilter{}, "other/b#1 three"},
	} {
		if got := texts(test.run, test.filter); got != test.want {
			t.Errorf("%s: %s", test.name, got)
		}
	}
	// Another process goes on where this one stopped, in the middle of a line.
	files, _ := filepath.Glob(filepath.Join(j.Dir(), "runs", "w-1", "lines-*"))
	if len(files) != 1 {
		t.Fatal(files)
	}
	f, _ := os.OpenFile(files[0], os.O_APPEND|os.O_WRONLY, 0)
	f.WriteString(`{"t":5,"n":"w/ha`)
	f.Close()
	k, err = j.TakeOver("w-1")
	if err != nil {
		t.Fatal(err)
	}
	k.Line(6, "w-1", "w/z", "w/z", 1, []byte("after"))
	k.Close()
	if got := texts("w-1", history.LineFilter{After: all[3].Seq}); got != "w/z#1 after" {
		t.Error(got)
	}
}
