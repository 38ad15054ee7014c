package decide_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/wire"
)

func TestAMapIsCutIntoSlices(t *testing.T) {
	for name, c := range map[string]struct {
		fails  string
		status types.CloseStatus
		last   string
	}{
		"all succeed":    {"", types.CloseStatusCompleted, `"190"`},
		"one may fail":   {"w/all[7]/one", types.CloseStatusCompleted, `"183"`},
		"more may not":   {"w/all[7]/one w/all[13]/one", types.CloseStatusFailed, "Failed: no"},
		"two in a slice": {"w/all[1]/one w/all[2]/one", types.CloseStatusFailed, "Failed: no"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, `
activity one(n: int) -> int
workflow w() -> string {
  all = map n in range(20) by n with shard = 6, tolerate = 1 { yield one(n) }
  let good = [for v in all: v.value ?? 0]
  return string(sum(good))
}`)
			w.work = func(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) {
				var in struct{ N json.RawMessage }
				_ = json.Unmarshal(input, &in)
				for _, n := range strings.Fields(c.fails) {
					if n == node {
						return "", &runtime.Failure{Error: "Failed", Message: "no"}
					}
				}
				return string(in.N), nil
			}
			id := w.start("w", "{}")
			w.want(id, c.status, c.last)
			if n := w.count(id, types.EventTypeStartChildWorkflowExecutionInitiated); n != 4 {
				t.Errorf("%d slices\n%s", n, w.story(id))
			}
		})
	}
}

// TestSlicesTakeOverWhatTheirItemsDid drives a run again all of whose items
// were done but one. No slice is given what others need.
func TestSlicesTakeOverWhatTheirItemsDid(t *testing.T) {
	for _, force := range []int{0, 12} { // a run that continues as a new execution, too
		t.Run(fmt.Sprint(force), func(t *testing.T) { slicesTakeOver(t, force) })
	}
}

func slicesTakeOver(t *testing.T, force int) {
	w := newWorld(t, `
activity one(n: int) -> int
workflow w() -> int {
  kids = map n in range(6) by "k${n}" with shard = 2 { yield one(n) }
  more = map n in range(6) with shard = 3 { yield one(n) }
  return sum(kids) + sum(more)
}`)
	old := &runtime.Reuse{Run: "earlier", Tasks: map[string]runtime.ReusedTask{}}
	for n := range 6 {
		done := runtime.ReusedTask{Activity: "one", Input: runtime.InputHash(fmt.Appendf(nil, `{"n":%d}`, n)), Result: fmt.Append(nil, n)}
		old.Tasks[fmt.Sprintf("w/kids[k%d]/one", n)], old.Tasks[fmt.Sprintf("w/more[%d]/one", n)] = done, done
	}
	delete(old.Tasks, "w/more[4]/one")
	var again []string
	w.work = func(_, node string, _ int, _ json.RawMessage) (string, *runtime.Failure) {
		again = append(again, node)
		return "4", nil
	}
	w.after = func(_ decide.ID, d decide.Decisions) {
		for _, c := range d.List {
			if a := c.StartChildWorkflowExecutionDecisionAttributes; a != nil {
				e, err := wire.ReadInput(w.env.Blobs, *a.Input)
				w.must(nil, err)
				if n := len(e.Reuse.Tasks); n != e.Slice.To-e.Slice.From && e.Slice.Node+fmt.Sprint(e.Slice.From) != "w/more3" {
					t.Errorf("the slice of %s from %d is given %d tasks", e.Slice.Node, e.Slice.From, n)
				}
			}
		}
	}
	input, err := (&wire.Envelope{IR: w.program.Hash(), Reuse: old}).Encode(w.env.Blobs)
	w.must(nil, err)
	w.env.Continue.Force = force
	all := w.follow(w.start("w", input))
	w.want(all[len(all)-1], types.CloseStatusCompleted, "30")
	if len(all) > 1 != (force > 0) {
		t.Errorf("there were %d executions", len(all))
	}
	if fmt.Sprint(again) != "[w/more[4]/one]" {
		t.Errorf("these ran: %v", again)
	}
}
