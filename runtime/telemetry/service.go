package telemetry

import (
	"context"
	"time"

	"github.com/flowc/flowc/runtime"
	"go.opentelemetry.io/otel/trace"
)

// What deciders and workers of a service tell.

// measured returns the instruments, nil without metrics.
func (t *Telemetry) measured() *instruments {
	if t == nil {
		return nil
	}
	return t.meters
}

// Decided is told of a decision task that was answered: how many events and
// bytes came for it, and how many decisions were made.
func (t *Telemetry) Decided(workflow string, events, bytes, decisions int, took time.Duration) {
	i := t.measured()
	if i == nil {
		return
	}
	ctx, labels := context.Background(), with("workflow", workflow)
	i.decided.Add(ctx, 1, labels)
	i.decideTime.Record(ctx, took.Seconds(), labels)
	i.events.Add(ctx, int64(events), labels)
	i.bytes.Add(ctx, int64(bytes), labels)
	i.decisions.Add(ctx, int64(decisions), labels)
}

// DecisionLeft is told of a decision task that was left to time out, and why.
func (t *Telemetry) DecisionLeft(workflow, why string) {
	if i := t.measured(); i != nil {
		i.left.Add(context.Background(), 1, with("workflow", workflow, "reason", why))
	}
}

// RunEnded is told of a run that a decision closed.
func (t *Telemetry) RunEnded(workflow, status string) {
	if i := t.measured(); i != nil {
		i.runs.Add(context.Background(), 1, with("workflow", workflow, "status", status))
	}
}

// PollFailed is told of a poll that gave an error.
func (t *Telemetry) PollFailed(list, why string) {
	if i := t.measured(); i != nil {
		i.polls.Add(context.Background(), 1, with("list", list, "reason", why))
	}
}

// Changes is told of nodes of a run that changed their status. Attempts are
// told of by the worker that performs them. The spans of nodes that began where
// another decider was told are not told of.
func (t *Telemetry) Changes(run string, now time.Time, changes []runtime.Change) {
	if t == nil || t.tracer == nil || len(changes) == 0 {
		return
	}
	o, ok := t.runs.Get(run)
	if !ok {
		o = t.observe(run, trace.SpanContext{})
		if before, ok, _ := t.runs.PeekOrAdd(run, o); ok {
			o = before
		}
	}
	o.Changes(now, changes)
	if o.over() {
		t.runs.Remove(run)
	}
}

// over reports whether nothing is open of what was told.
func (o *Observer) over() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.open) == 0
}

// Slots is told how many tasks a worker can perform at once, or that it can
// perform so many more.
func (t *Telemetry) Slots(total int) {
	if i := t.measured(); i != nil {
		i.slots.Add(context.Background(), int64(total))
	}
}

// TaskStarted is told of an attempt that a worker begins to perform.
func (t *Telemetry) TaskStarted(run, node string, attempt int, activity string) {
	if t == nil {
		return
	}
	if t.meters != nil {
		t.meters.busy.Add(context.Background(), 1)
	}
	if t.tracer != nil {
		id, a := traceOf(run), attemptOf{run, node, attempt}
		t.attempts.Add(a, t.beginAttempt(id, t.sampled(trace.SpanContext{}, id, run), a, activity, time.Now()))
	}
}

// TaskEnded is told of an attempt that a worker has performed, and how it ended.
func (t *Telemetry) TaskEnded(run, node string, attempt int, activity, status string, took time.Duration) {
	if t == nil {
		return
	}
	if t.meters != nil {
		t.meters.busy.Add(context.Background(), -1)
		t.meters.taskEnded(activity, status, took)
	}
	if t.tracer != nil {
		a := attemptOf{run, node, attempt}
		if span, ok := t.attempts.Get(a); ok {
			t.attempts.Remove(a)
			finish(span, time.Now(), status, "")
		}
	}
}

// HeartbeatFailed is told of a heartbeat that did not arrive.
func (t *Telemetry) HeartbeatFailed(activity string) {
	if i := t.measured(); i != nil {
		i.heartbeats.Add(context.Background(), 1, with("activity", activity))
	}
}
