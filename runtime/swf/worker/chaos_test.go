package worker_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"
)

// TestEveryTaskIsAnsweredOnAnUnkindNetwork loses a good part of all heartbeats
// and answers, and of the requests themselves: every task ends, once, and as it
// would on a kind one.
func TestEveryTaskIsAnsweredOnAnUnkindNetwork(t *testing.T) {
	t.Parallel()
	const tasks = 40
	w := newWorld(t)
	luck := rand.New(rand.NewPCG(1, 2))
	w.trouble.set(func(operation string) string { // it is called under a lock
		switch {
		case operation == "PollForActivityTask": // what is lost with its answer is the service's to notice
			return ""
		case luck.IntN(5) == 0:
			return "request"
		case luck.IntN(5) == 0:
			return "answer"
		}
		return ""
	})
	c := w.config(sleeper, `activity fail(n: int) -> int { run = ["sh", "-c", "echo no >&2; exit 1"], stdin = none }
activity echo(n: int) -> json { run = ["cat"] }
workflow v() { a = fail(1)
 b = echo(1) }`)
	c.Slots = 8
	drain := w.work(c)
	var decisions []types.Decision
	for n := range tasks {
		decisions = append(decisions, w.schedule([]string{"echo", "fail"}[n%2], "1", fmt.Sprintf("t%d#1", n), fmt.Sprintf(`{"n":%d}`, n)))
	}
	w.decide(decisions...)
	w.until("all ends", func() bool { return len(w.ends()) == tasks })
	drain()
	closed := 0
	for _, e := range w.history() {
		switch e.EventType {
		case types.EventTypeActivityTaskCompleted, types.EventTypeActivityTaskFailed, types.EventTypeActivityTaskTimedOut:
			closed++
		}
	}
	if closed != tasks {
		t.Errorf("%d tasks, %d ends", tasks, closed)
	}
	for n := range tasks {
		want := fmt.Sprintf(`completed {"n":%d}`, n)
		if n%2 == 1 {
			want = "failed Failed: exit status 1"
		}
		if got := w.ends()[fmt.Sprintf("t%d#1", n)]; !strings.HasPrefix(got, want) {
			t.Errorf("task %d: %s, want %s", n, got, want)
		}
	}
}
