package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	goruntime "runtime"
	"testing"
	"time"

	"github.com/flowc/flowc/stdlib/activity"
)

// TestMapOfManyItems shows that what a map needs does not grow with more than
// the values of its items: neither tasks nor reports of all of them are held.
// FLOWC_SOAK=1 does it with a million.
func TestMapOfManyItems(t *testing.T) {
	n, most := 50_000, uint64(100<<20)
	if os.Getenv("FLOWC_SOAK") != "" {
		n, most = 1_000_000, 1<<30
	}
	c := config(t, fmt.Sprintf(`
activity double(i: int) -> int
workflow w() -> int {
  xs = map i in 1..%d { yield double(i) }
  return len(xs)
}`, n))
	c.Activities = &activity.Registry{}
	c.Activities.Add("double", func(_ context.Context, input json.RawMessage) (json.RawMessage, error) {
		return json.RawMessage("7"), nil
	})
	var peak uint64
	over := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		var m goruntime.MemStats
		for {
			goruntime.ReadMemStats(&m)
			peak = max(peak, m.Sys-m.HeapReleased)
			select {
			case <-over:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	r := do(t, c)
	close(over)
	<-watched
	if got, want := show(r), fmt.Sprintf("succeeded: %d", n); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(r.Nodes) > 3 || r.Nodes[1].Items["succeeded"] != n {
		t.Errorf("%d nodes are listed, of the map %v", len(r.Nodes), r.Nodes[1].Items)
	}
	t.Logf("%d items took %d MiB", n, peak>>20)
	if peak > most {
		t.Errorf("%d items took %d MiB, more than %d", n, peak>>20, most>>20)
	}
}
