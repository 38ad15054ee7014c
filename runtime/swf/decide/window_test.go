package decide_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swfserver"
)

// TestRoomComesBackWithWhatWasLost has a service that is full of tasks that
// nobody waits for any more, until they time out.
func TestRoomComesBackWithWhatWasLost(t *testing.T) {
	w := newWorld(t, `
activity never(n: int) -> int { timeout = 2m }
activity one(n: int) -> int { timeout = 4m, retry = 1 }
workflow w() -> int {
  first = group with timeout = 5s, raises_on_failure = false { a = map n in range(6) by n { yield never(n) } }
  all = map n in range(30) by n { yield one(n) }
  return sum(all)
}`, swfserver.Config{Quotas: swfserver.Quotas{OpenActivities: 7}})
	w.deaf = true
	w.work = func(activity, node string, attempt int, _ json.RawMessage) (string, *runtime.Failure) {
		if activity == "never" || node == "w/all[0]/one" && attempt == 1 {
			return "", nil
		}
		return "1", nil
	}
	most := 0
	w.after = func(_ decide.ID, d decide.Decisions) {
		n := 0
		for _, c := range d.List {
			if a := c.ScheduleActivityTaskDecisionAttributes; a != nil && *a.ActivityType.Name == "one" {
				n++
			}
		}
		if n < 30 { // the first answer finds out
			most = max(most, n)
		}
	}
	w.want(w.start("w", "{}"), types.CloseStatusCompleted, "30")
	if most < 5 {
		t.Errorf("at most %d tasks were scheduled together", most)
	}
}
