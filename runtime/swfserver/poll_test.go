package swfserver

import (
	"path/filepath"
	"testing"
	"time"
)

// TestHistoriesOfClosedRunsLeaveTheMemory reads histories, in pages and both
// orders, that are in memory and that are in a file only.
func TestHistoriesOfClosedRunsLeaveTheMemory(t *testing.T) {
	s, err := New(Config{Data: filepath.Join(t.TempDir(), "swf.db"), Clock: NewVirtualClock(time.Unix(1_700_000_000, 0))})
	if err != nil {
		t.Fatal(err)
	}
	x := newExecution(newDomain(s, domainRecord{Name: "d", Retention: "7"}), "w", "r", 1)
	transact := func(f func()) {
		t.Helper()
		if err := s.transact(func() error { f(); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	transact(func() {
		x.add(workflowExecutionStarted, &attributes{Input: new("long"), TaskList: &listName{"l"}, ChildPolicy: new("ABANDON"), WorkflowType: &typeName{"t", "1"}})
		for range 20 {
			x.add(workflowExecutionSignaled, &attributes{SignalName: new("s")})
		}
	})
	read := func(in pageInput) (all []string) {
		t.Helper()
		for key := ""; ; {
			page, next, err := x.events(1, x.length, key, &in)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page {
				all = append(all, string(e.text))
			}
			if next == "" {
				return all
			}
			key = next
		}
	}
	pages := []pageInput{{}, {MaximumPageSize: 5}, {MaximumPageSize: 7, ReverseOrder: true}}
	var before [][]string
	for _, in := range pages {
		before = append(before, read(in))
	}
	transact(func() { x.terminate(&attributes{ChildPolicy: new("ABANDON")}) })
	if x.history != nil || x.start.Input != nil {
		t.Error("a closed run that is on record keeps its history in memory")
	}
	for k, in := range pages {
		after := read(in)
		if in.ReverseOrder {
			after = after[1:] // the end of the run
		}
		for n, text := range before[k] {
			if after[n] != text {
				t.Errorf("%+v: event %d is %s, was %s", in, n, after[n], text)
			}
		}
	}
}
