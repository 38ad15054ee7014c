package swf_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/flowc/flowc/runtime/swf"
)

// double answers what activities of the tests ask.
func double(_ string, input map[string]json.RawMessage) any {
	var n int
	_ = json.Unmarshal(input["n"], &n)
	return 2 * n
}

const chain = `
activity double(n: int) -> int

workflow main(n: int) -> int {
  a = double(n)
  b = double(a)
  c = double(b)
  return c
}
`

func TestAChainIsDecided(t *testing.T) {
	w := start(t, chain)
	m := newTally()
	w.decide(func(c *swf.DeciderConfig) { c.Meter = m })
	w.work(1, double)
	id, run := w.begin("main", `{"n": 5}`)
	events := w.await(id, run)
	if got := w.result(events); got != "40" {
		t.Errorf("got %s, want 40", got)
	}
	if m.ended["completed"] != 1 || m.changes["main/a succeeded"] != 1 || m.changes["main succeeded"] != 1 || len(m.left) != 0 {
		t.Errorf("got %+v", m)
	}
}

const fan = `
activity double(n: int) -> int

workflow main(n: int) -> [int] {
  r = map i in range(0, n) by i {
    x = double(i)
    yield x
  }
  return r
}
`

// doubled is what fan gives.
func doubled(n int) string {
	list := make([]int, n)
	for k := range list {
		list[k] = 2 * k
	}
	text, _ := json.Marshal(list)
	return string(text)
}

// TestEventsAreReceivedOnce counts what a decider receives over a run with
// many decisions.
func TestEventsAreReceivedOnce(t *testing.T) {
	for _, n := range []int{50, 300} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := start(t, fan)
			m := newTally()
			w.decide(func(c *swf.DeciderConfig) { c.Meter = m })
			w.work(4, double)
			id, run := w.begin("main", fmt.Sprintf(`{"n": %d}`, n))
			events := w.await(id, run)
			if got := w.result(events); got != doubled(n) {
				t.Errorf("got %s", got)
			}
			text, err := swf.EncodeHistory(events)
			w.ok(err)
			t.Logf("%d decisions, %d events of %d received, %d bytes of %d", m.decided, m.events, len(events), m.bytes, len(text))
			if m.events*2 > len(events)*3 {
				t.Errorf("%d events were received for a history of %d, in %d decisions", m.events, len(events), m.decided)
			}
		})
	}
}
