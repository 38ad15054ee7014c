package view_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/view"
)

// mapOf tells a view of a map of n items with a task each, of which every third
// fails.
func mapOf(v *view.View, n, known int) {
	now := epoch
	tell := func(c runtime.Change) {
		now = now.Add(time.Millisecond)
		v.Changes(now, []runtime.Change{c})
	}
	run := func(id, parent, kind string, items int) {
		tell(runtime.Change{Node: id, Parent: parent, Kind: kind, From: ir.Waiting, To: ir.Running, Items: items})
	}
	run("w", "", "workflow", 0)
	run("w/m", "w", "map", known)
	for k := range n {
		item := fmt.Sprintf("w/m[%d]]", k)
		run(item, "w/m", "item", 0)
		run(item+"/t", item, "activity", 0)
		end := runtime.Change{Node: item + "/t", Parent: item, Kind: "activity", From: ir.Running, To: ir.Succeeded}
		if k%3 == 0 {
			end.To, end.Failure = ir.Failed, &runtime.Failure{Node: end.Node, Message: "no"}
		}
		tell(end)
		end.Node, end.Parent, end.Kind, end.Absorbed = item, "w/m", "item", end.To == ir.Failed
		tell(end)
	}
	tell(runtime.Change{Node: "w/m", Parent: "w", Kind: "map", From: ir.Running, To: ir.Succeeded})
}

// TestManyItemsTakeFewLines shows that of a large map the first items are shown
// whole, then failures, a bounded number of them, and how far it has come.
func TestManyItemsTakeFewLines(t *testing.T) {
	for _, test := range []struct {
		name         string
		items, known int
		lines        int
		want         []string
	}{
		{"few enough", 1000, 1000, 2 + 4*1000 + 1, nil},
		{"many", 50_000, 50_000, 2 + 4*1000 + 1000 + 49 + 2, []string{
			"  w/m[999]]/t  failed  1ms  no\n", "  w/m  2,000 of 50,000 items, 667 failed\n",
			"  w/m  49,000 of 50,000 items, 16,334 failed\n", "  w/m  and 195,000 more lines about its items\n",
		}},
		{"nobody knows how many", 50_000, 0, 2 + 4*1000 + 1000 + 25 + 2, []string{"  w/m  2,000 items, 667 failed\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			v := view.New(&out, view.Options{Mode: view.Plain})
			mapOf(v, test.items, test.known)
			if got := strings.Count(out.String(), "\n"); got != test.lines {
				t.Errorf("%d lines, want %d; the last are\n%s", got, test.lines, out.String()[max(0, out.Len()-400):])
			}
			for _, line := range test.want {
				if !strings.Contains(out.String(), line) {
					t.Errorf("there is no line %q", line)
				}
			}
		})
	}
}

// TestProgressWaitsForItsDriver shows that lines may come together, but in
// order.
func TestProgressWaitsForItsDriver(t *testing.T) {
	var out bytes.Buffer
	v := view.New(&out, view.Options{Mode: view.Plain, Flushes: true})
	start := func(id string) {
		v.Changes(epoch, []runtime.Change{{Node: id, Kind: "activity", From: ir.Waiting, To: ir.Running}})
	}
	start("w/a")
	if out.Len() > 0 {
		t.Errorf("%q is shown at once", out.String())
	}
	v.Log("w/a", 1, []byte("hello"))
	start("w/b")
	v.Flush()
	if got, want := out.String(), "    0.00s  w/a  running\nw/a │ hello\n    0.00s  w/b  running\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
