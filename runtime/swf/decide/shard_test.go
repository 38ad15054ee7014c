package decide_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/runtime"
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
