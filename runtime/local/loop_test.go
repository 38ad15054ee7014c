package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/stdlib/activity"
)

// TestMessagesStayInOrder shows that signals are heard in the order in which they
// were sent, however busy the workers are.
func TestMessagesStayInOrder(t *testing.T) {
	const n = 200
	c := config(t, fmt.Sprintf(`
activity f()
workflow w() {
  signal tell(n: int)
  group {
    map i in 1..2000 { f() }
    map i in 1..%d with max = 1 { wait tell }
  }
}`, n))
	c.Activities = functions(map[string]activity.Func{
		"f": func(context.Context, json.RawMessage) (json.RawMessage, error) { return nothing() },
	})
	inbox := make(chan journal.Message)
	store := &local.MemoryStore{}
	c.Inbox, c.Store = inbox, store
	go func() {
		for k := range n {
			inbox <- journal.Message{Run: "test", Want: journal.WantSignal, Name: "tell", Payload: fmt.Appendf(nil, `{"n":%d}`, k)}
		}
	}()
	if r := do(t, c); r.Status != "succeeded" {
		t.Fatal(show(r))
	}
	next := 0
	for _, e := range store.Events {
		if e.Type == runtime.SignalReceived {
			if want := fmt.Sprintf(`{"n":%d}`, next); string(e.Result) != want {
				t.Fatalf("got %s, want %s", e.Result, want)
			}
			next++
		}
	}
}

// A breaker is an observer that panics when a node ends.
type breaker struct{ node string }

func (b breaker) Log(string, int, []byte) {}
func (b breaker) Changes(_ time.Time, changes []runtime.Change) {
	for _, x := range changes {
		if x.Node == b.node && x.To.String() == "succeeded" {
			panic("broken")
		}
	}
}

// TestPanicOfTheLoopIsThatOfDo shows that whoever called Do can recover from a
// panic of what it handed in, though a worker may have had the loop.
func TestPanicOfTheLoopIsThatOfDo(t *testing.T) {
	c := config(t, "activity f()\nworkflow w() {\n  f()\n  f2 = f()\n}")
	c.Activities = functions(map[string]activity.Func{
		"f": func(context.Context, json.RawMessage) (json.RawMessage, error) { return nothing() },
	})
	c.Observer = breaker{"w/f"}
	defer func() {
		if v := fmt.Sprint(recover()); !strings.HasPrefix(v, "broken\n") || !strings.Contains(v, "loop_test.go") {
			t.Errorf("got %q, want the panic and where it was", v)
		}
	}()
	start(t, c).Do()
	t.Error("Do returned")
}
