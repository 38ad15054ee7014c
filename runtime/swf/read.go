package swf

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swf/decide"
)

// pageSize is the most events that the service gives at once.
const pageSize = 1000

// A folder takes in the events of a history: in order, each once.
type folder interface {
	Read(events []types.HistoryEvent) error
	LastEvent() int64 // the last one that was read; 0 before the first
}

// historian is what is asked for histories.
type historian interface {
	PollForDecisionTask(context.Context, *sdk.PollForDecisionTaskInput, ...func(*sdk.Options)) (*sdk.PollForDecisionTaskOutput, error)
	GetWorkflowExecutionHistory(context.Context, *sdk.GetWorkflowExecutionHistoryInput, ...func(*sdk.Options)) (*sdk.GetWorkflowExecutionHistoryOutput, error)
}

// A task is a decision task and where its history comes from.
//
// A poll is asked for the events since the previous decision only, before
// anybody knows which execution it will be of. What is missing before them is
// read from the history: from its beginning if there is no interpreter of the
// execution, from its end backwards if there is one, but somebody else decided
// meanwhile. So an interpreter receives each event about once.
type task struct {
	from   historian
	poll   *sdk.PollForDecisionTaskInput
	first  *sdk.PollForDecisionTaskOutput // its first page
	events int                            // received so far
}

// read makes f read the history up to the task.
func (t *task) read(ctx context.Context, f folder) error {
	t.events += len(t.first.Events)
	if first := t.firstEvent(); f.LastEvent()+1 < first {
		var err error
		if f.LastEvent() == 0 {
			err = t.beginning(ctx, f, first)
		} else {
			err = t.gap(ctx, f, first)
		}
		if err != nil {
			return err
		}
	}
	if err := fold(f, t.first.Events); err != nil {
		return err
	}
	for token := t.first.NextPageToken; token != nil; {
		in := *t.poll
		in.NextPageToken = token
		page, err := t.from.PollForDecisionTask(ctx, &in)
		if err != nil {
			return err
		}
		t.events += len(page.Events)
		if err := fold(f, page.Events); err != nil {
			return err
		}
		token = page.NextPageToken
	}
	return nil
}

// firstEvent returns the id of the first event that came with the poll.
func (t *task) firstEvent() int64 {
	if len(t.first.Events) == 0 {
		return t.first.StartedEventId + 1
	}
	return t.first.Events[0].EventId
}

// beginning makes f read the events before one from the first on.
func (t *task) beginning(ctx context.Context, f folder, before int64) error {
	for page, err := range t.pages(ctx, before-1, false) {
		if err != nil {
			return err
		}
		if err := fold(f, upTo(page, before-1)); err != nil || f.LastEvent() >= before-1 {
			return err
		}
	}
	return nil
}

// gap makes f read the events before one that it has not read.
func (t *task) gap(ctx context.Context, f folder, before int64) error {
	var missing []types.HistoryEvent // the last one first
	wanted := f.LastEvent() + 1
	for page, err := range t.pages(ctx, t.first.StartedEventId-f.LastEvent(), true) {
		if err != nil {
			return err
		}
		missing = append(missing, page...)
		if len(page) > 0 && page[len(page)-1].EventId <= wanted {
			break
		}
	}
	ordered := make([]types.HistoryEvent, 0, len(missing))
	for k := len(missing) - 1; k >= 0; k-- {
		ordered = append(ordered, missing[k])
	}
	return fold(f, upTo(ordered, before-1))
}

// pages yields the history of the task's execution, page by page, of which
// about n events are wanted.
func (t *task) pages(ctx context.Context, n int64, backwards bool) func(yield func([]types.HistoryEvent, error) bool) {
	return func(yield func([]types.HistoryEvent, error) bool) {
		in := &sdk.GetWorkflowExecutionHistoryInput{
			Domain: t.poll.Domain, Execution: t.first.WorkflowExecution, ReverseOrder: backwards, MaximumPageSize: evenly(n),
		}
		for {
			out, err := t.from.GetWorkflowExecutionHistory(ctx, in)
			if err != nil {
				yield(nil, err)
				return
			}
			t.events += len(out.Events)
			if !yield(out.Events, nil) || out.NextPageToken == nil {
				return
			}
			in.NextPageToken = out.NextPageToken
		}
	}
}

// evenly returns the size of pages that n events fit into with little to spare.
func evenly(n int64) int32 {
	n = max(n, 1)
	pages := (n + pageSize - 1) / pageSize
	return int32((n + pages - 1) / pages)
}

// fold makes f read the events that it has not.
func fold(f folder, events []types.HistoryEvent) error {
	last := f.LastEvent()
	for k := range events {
		if events[k].EventId > last {
			return f.Read(events[k:])
		}
	}
	return nil
}

// upTo returns the events, which are in order, with ids up to one.
func upTo(events []types.HistoryEvent, last int64) []types.HistoryEvent {
	n := len(events)
	for n > 0 && events[n-1].EventId > last {
		n--
	}
	return events[:n]
}

// id names a task's execution.
func (t *task) id() decide.ID {
	x := t.first.WorkflowExecution
	return decide.ID{WorkflowID: aws.ToString(x.WorkflowId), RunID: aws.ToString(x.RunId)}
}
