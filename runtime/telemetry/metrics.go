package telemetry

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// instruments are what is counted and measured. A nil *instruments counts
// nothing.
type instruments struct {
	runs      metric.Int64Counter
	runTime   metric.Float64Histogram
	tasks     metric.Int64Counter
	taskTime  metric.Float64Histogram
	queueTime metric.Float64Histogram

	decided    metric.Int64Counter
	decideTime metric.Float64Histogram
	left       metric.Int64Counter
	decisions  metric.Int64Counter
	events     metric.Int64Counter
	bytes      metric.Int64Counter

	slots      metric.Int64UpDownCounter
	busy       metric.Int64UpDownCounter
	heartbeats metric.Int64Counter
	polls      metric.Int64Counter
}

// newInstruments makes the instruments. docs/telemetry.md lists them.
func newInstruments(m metric.Meter) (*instruments, error) {
	i := &instruments{}
	var errs []error
	count := func(to *metric.Int64Counter, name, unit, what string) {
		c, err := m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(what))
		*to, errs = c, append(errs, err)
	}
	level := func(to *metric.Int64UpDownCounter, name, unit, what string) {
		c, err := m.Int64UpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(what))
		*to, errs = c, append(errs, err)
	}
	measure := func(to *metric.Float64Histogram, name, what string) {
		h, err := m.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(what),
			metric.WithExplicitBucketBoundaries(.001, .005, .02, .1, .5, 2, 10, 60, 300, 1800, 7200, 86400))
		*to, errs = h, append(errs, err)
	}
	count(&i.runs, "flowc.runs", "{run}", "Runs that ended, by workflow and status.")
	measure(&i.runTime, "flowc.run.duration", "How long runs took, by workflow and status.")
	count(&i.tasks, "flowc.tasks", "{attempt}", "Attempts of tasks that ended, by activity and status.")
	measure(&i.taskTime, "flowc.task.duration", "How long attempts ran, by activity and status.")
	measure(&i.queueTime, "flowc.task.queue_time", "How long attempts waited for their start, by activity.")

	count(&i.decided, "flowc.decider.tasks", "{task}", "Decision tasks answered, by workflow.")
	measure(&i.decideTime, "flowc.decider.duration", "Time from a decision task to its answer, by workflow.")
	count(&i.left, "flowc.decider.left", "{task}", "Decision tasks left to time out, by workflow and reason.")
	count(&i.decisions, "flowc.decider.decisions", "{decision}", "Decisions made, by workflow.")
	count(&i.events, "flowc.decider.events", "{event}", "Events of histories received, by workflow.")
	count(&i.bytes, "flowc.decider.received", "By", "Bytes of histories received, by workflow.")

	level(&i.slots, "flowc.worker.slots", "{slot}", "Tasks that the worker can perform at once.")
	level(&i.busy, "flowc.worker.busy", "{slot}", "Tasks that the worker performs.")
	count(&i.heartbeats, "flowc.worker.heartbeat.failures", "{call}", "Heartbeats that did not arrive, by activity.")
	count(&i.polls, "flowc.poll.failures", "{call}", "Polls that failed, by task list and reason.")
	return i, errors.Join(errs...)
}

// with returns attributes, given as names and values in turn.
func with(pairs ...string) metric.MeasurementOption {
	attrs := make([]attribute.KeyValue, 0, len(pairs)/2)
	for k := 0; k < len(pairs); k += 2 {
		attrs = append(attrs, attribute.String(pairs[k], pairs[k+1]))
	}
	return metric.WithAttributeSet(attribute.NewSet(attrs...))
}

func (i *instruments) runEnded(workflow, status string, took time.Duration) {
	if i == nil {
		return
	}
	labels := with("workflow", workflow, "status", status)
	i.runs.Add(context.Background(), 1, labels)
	i.runTime.Record(context.Background(), took.Seconds(), labels)
}

func (i *instruments) taskStarted(activity string, waited time.Duration) {
	if i != nil {
		i.queueTime.Record(context.Background(), max(0, waited).Seconds(), with("activity", activity))
	}
}

func (i *instruments) taskEnded(activity, status string, took time.Duration) {
	if i == nil {
		return
	}
	labels := with("activity", activity, "status", status)
	i.tasks.Add(context.Background(), 1, labels)
	i.taskTime.Record(context.Background(), took.Seconds(), labels)
}
