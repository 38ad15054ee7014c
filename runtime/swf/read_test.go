package swf

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
)

// A ledger is a history of n events, of which the task's started event may not
// be the last, and counts what it gives.
type ledger struct {
	n     int64
	page  int64
	given int
}

// pageOf returns the events from first to last, at most a page.
func (l *ledger) pageOf(first, last int64, token *string, size int32) ([]types.HistoryEvent, *string) {
	step := int64(1)
	if last < first {
		step = -1
	}
	if token != nil {
		first, _ = strconv.ParseInt(*token, 10, 64)
	}
	most := l.page
	if size > 0 {
		most = min(most, int64(size))
	}
	var events []types.HistoryEvent
	for id := first; (last-id)*step >= 0; id += step {
		if int64(len(events)) == most {
			return events, aws.String(strconv.FormatInt(id, 10))
		}
		events = append(events, types.HistoryEvent{EventId: id})
		l.given++
	}
	return events, nil
}

func (l *ledger) PollForDecisionTask(_ context.Context, in *sdk.PollForDecisionTaskInput, _ ...func(*sdk.Options)) (*sdk.PollForDecisionTaskOutput, error) {
	previous, started := int64(60), int64(80)
	events, token := l.pageOf(previous, started, in.NextPageToken, in.MaximumPageSize)
	return &sdk.PollForDecisionTaskOutput{
		Events: events, NextPageToken: token, StartedEventId: started, PreviousStartedEventId: previous,
		WorkflowExecution: &types.WorkflowExecution{},
	}, nil
}

func (l *ledger) GetWorkflowExecutionHistory(_ context.Context, in *sdk.GetWorkflowExecutionHistoryInput, _ ...func(*sdk.Options)) (*sdk.GetWorkflowExecutionHistoryOutput, error) {
	first, last := int64(1), l.n
	if in.ReverseOrder {
		first, last = last, first
	}
	events, token := l.pageOf(first, last, in.NextPageToken, in.MaximumPageSize)
	return &sdk.GetWorkflowExecutionHistoryOutput{Events: events, NextPageToken: token}, nil
}

// A counter is a folder that wants every event once, in order.
type counter struct{ last int64 }

func (c *counter) LastEvent() int64 { return c.last }

func (c *counter) Read(events []types.HistoryEvent) error {
	for _, e := range events {
		if e.EventId != c.last+1 {
			return fmt.Errorf("got event %d after %d", e.EventId, c.last)
		}
		c.last = e.EventId
	}
	return nil
}

// TestAnInterpreterReceivesEachEventAboutOnce has decision tasks whose polls
// give the events 60 to 80 to interpreters that have read some before.
func TestAnInterpreterReceivesEachEventAboutOnce(t *testing.T) {
	for _, page := range []int64{1, 7, 1000} {
		for _, test := range []struct {
			name    string
			read, n int64 // read before; how many there are by now
			most    int   // events given
		}{
			{"nothing was read", 0, 80, 80 + 10},
			{"nothing was read, and there are newer events", 0, 90, 80 + 10},
			{"up to the previous decision", 60, 80, 21},
			{"up to one that was lost", 70, 80, 21},
			{"all of it", 80, 80, 21},
			{"up to a decision before the previous one", 40, 80, 21 + 40 + 7},
			{"almost up to the previous one", 58, 80, 21 + 22 + 7},
			{"up to a decision before, and there are newer events", 40, 95, 21 + 55 + 40},
		} {
			t.Run(fmt.Sprintf("%s/%d", test.name, page), func(t *testing.T) {
				l := &ledger{n: test.n, page: page}
				in := &sdk.PollForDecisionTaskInput{}
				first, _ := l.PollForDecisionTask(context.Background(), in)
				f := &counter{last: test.read}
				task := &task{from: l, poll: in, first: first}
				if err := task.read(context.Background(), f); err != nil {
					t.Fatal(err)
				}
				if f.last != 80 {
					t.Errorf("read up to %d, want 80", f.last)
				}
				if l.given > test.most || task.events != l.given {
					t.Errorf("%d events were given and %d counted, want at most %d", l.given, task.events, test.most)
				}
			})
		}
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	c := newCache[string](2, 100)
	has := func(want ...string) {
		t.Helper()
		got := fmt.Sprint(c.entries.Keys())
		if got != fmt.Sprint(want) {
			t.Errorf("got %s, want %v", got, want)
		}
	}
	c.put("a", "A", 10)
	c.put("b", "B", 10)
	c.put("c", "C", 10)
	has("b", "c")
	if v, ok := c.take("b"); v != "B" || !ok {
		t.Errorf("got %q", v)
	}
	if _, ok := c.take("b"); ok {
		t.Error("b was taken twice")
	}
	c.put("b", "B", 95)
	has("b")
	c.put("b", "B", 101)
	has()
	if c.size != 0 {
		t.Errorf("nothing has the size %d", c.size)
	}
}
