package conformance_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowc/flowc/runtime/swf"
)

// chaos is a transport on which things go wrong: requests do not arrive, answers
// do not arrive, requests arrive twice, and the service is out of order or has
// enough.
type chaos struct {
	mu     sync.Mutex
	random *rand.Rand
	share  int // of a hundred requests
	next   http.RoundTripper
	done   map[string]int // what went wrong, how often
}

var errChaos = errors.New("the connection was lost")

func (c *chaos) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	again := func() *http.Request {
		copied := r.Clone(r.Context())
		copied.Body = io.NopCloser(bytes.NewReader(body))
		return copied
	}
	operation := strings.TrimPrefix(filepath.Ext(r.Header.Get("X-Amz-Target")), ".")
	switch what := c.choose(operation); what {
	case "refused":
		return nil, errChaos
	case "lost":
		answer, err := c.next.RoundTrip(again())
		if err != nil {
			return nil, err
		}
		_ = answer.Body.Close() // nobody reads it
		return nil, errChaos
	case "twice":
		answer, err := c.next.RoundTrip(again())
		if err != nil {
			return nil, err
		}
		_ = answer.Body.Close() // the second answer is the one that is heard
		return c.next.RoundTrip(again())
	case "down":
		return fault(r, 500, "InternalFailure", ""), nil
	case "throttled":
		return fault(r, 400, "ThrottlingException", "Rate exceeded"), nil
	}
	return c.next.RoundTrip(again())
}

// choose decides what goes wrong, "" for nothing.
func (c *chaos) choose(operation string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.random.IntN(100) >= c.share {
		return ""
	}
	what := []string{"refused", "lost", "twice", "down", "throttled"}[c.random.IntN(5)]
	c.done[operation+" "+what]++
	return what
}

// fault returns an answer of the service.
func fault(r *http.Request, status int, name, message string) *http.Response {
	text := fmt.Sprintf(`{"__type":"com.amazon.coral.service#%s","message":%q}`, name, message)
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: int64(len(text)),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(strings.NewReader(text)),
	}
}

// TestChaos has random flows carried out while everything goes wrong that can
// between a decider and the service, deciders are killed and others begin with
// nothing in memory, and workers answer twice. The outcome is that of a
// simulation, in which nothing does.
func TestChaos(t *testing.T) {
	n := 16
	if soak() {
		n = 300
	}
	var mu sync.Mutex
	done := map[string]int{}
	t.Run("runs", func(t *testing.T) {
		for seed := range n {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				flow, script := grow(uint64(seed)+10_000, false)
				defer func() {
					if t.Failed() {
						t.Log(flow)
					}
				}()
				random := rand.New(rand.NewPCG(uint64(seed), 2))
				c := &chaos{random: rand.New(rand.NewPCG(uint64(seed), 3)), share: 4, next: &http.Transport{MaxIdleConnsPerHost: 10}, done: map[string]int{}}
				p, plan := compile(t, flow)
				s := newStage(t, p, options{
					through:  c,
					decider:  func(d *swf.DeciderConfig) { d.Cache = 1 + random.IntN(2) },
					kill:     func(int) bool { return random.IntN(20) == 0 },
					twice:    func(int) bool { return random.IntN(5) == 0 },
					patience: 100 * time.Millisecond,
				})
				compare(s, plan, script, false)
				mu.Lock()
				defer mu.Unlock()
				for what, k := range c.done {
					done[what] += k
				}
			})
		}
	})
	for _, what := range []string{"PollForDecisionTask", "RespondDecisionTaskCompleted"} {
		k := 0
		for name, n := range done {
			if strings.HasPrefix(name, what) {
				k += n
			}
		}
		if k == 0 {
			t.Errorf("nothing went wrong with %s: the test shows nothing; all: %v", what, done)
		}
	}
}
