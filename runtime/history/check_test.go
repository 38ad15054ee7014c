package history_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
)

// entriesOf returns what `events` prints of a record.
func entriesOf(t *testing.T, rec *history.Record) []history.Entry {
	t.Helper()
	var list []history.Entry
	if err := rec.Each(func(e *runtime.Event, s runtime.Step) bool {
		list = history.Entries(list, e, &s)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestARunIsCheckedByADefinition checks a run by the definition that it had, and
// by others.
func TestARunIsCheckedByADefinition(t *testing.T) {
	list := entriesOf(t, record(t, rows, rowsRun))
	for name, c := range map[string]struct{ from, to, recorded, definition string }{
		"the same":      {"", "", "", ""},
		"another name":  {"ps = parts()\n  rows = map p in ps", "qs = parts()\n  rows = map p in qs", "TaskStarted `w/ps`", "does not ask for that"},
		"no retry":      {"{ retry = exponential(1, from: 1s) }", "", "TimerFired `w/rows[b]/load` (retry)", "does not ask for that"},
		"another order": {"max = 1,", "max = 2,", "", ""},
		"a step less":   {"  report(len(rows))\n", "", "TaskStarted `w/report`", "RunEnded succeeded with null"},
		"no tolerance":  {", tolerate = 1", "", "", ""},
		"a step more":   {"report(len(rows))", "report(len(rows))\n  again = report(1)", "RunEnded succeeded with null", "nothing more"},
	} {
		t.Run(name, func(t *testing.T) {
			p := record(t, strings.Replace(rows, c.from, c.to, 1), "0s start {}").Program
			d, err := history.Check(p, list)
			if err != nil {
				t.Fatal(err)
			}
			got := history.Difference{}
			if d != nil {
				got = *d
			}
			if got.Recorded != c.recorded || got.Definition != c.definition {
				t.Errorf("got %q, %q; want %q, %q", got.Recorded, got.Definition, c.recorded, c.definition)
			}
		})
	}
	t.Run("what is left out at the end", func(t *testing.T) {
		p := record(t, rows, "0s start {}").Program
		for n := range list {
			if d, err := history.Check(p, list[:n+1]); d != nil || err != nil {
				t.Fatalf("of %d entries: %+v, %v", n+1, d, err)
			}
		}
	})
	t.Run("ended from without", func(t *testing.T) {
		p := record(t, rows, "0s start {}").Program
		last := list[len(list)/2]
		killed := append(slices.Clone(list[:len(list)/2+1]), history.Entry{Seq: last.Seq + 1, Type: history.RunEnded, Status: "killed"})
		if d, err := history.Check(p, killed); d != nil || err != nil {
			t.Errorf("got %+v, %v", d, err)
		}
		killed[len(killed)-1].Seq = last.Seq
		if d, err := history.Check(p, killed); d == nil || err != nil {
			t.Errorf("as if it were decided: got %+v, %v", d, err)
		}
	})
}
