package telemetry

import (
	"sync"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// An Observer is told what happens in one run. It satisfies the interfaces of
// observers of local runs. A nil *Observer is told nothing.
type Observer struct {
	t      *Telemetry
	run    string
	root   attemptOf
	parent trace.SpanContext // of whoever started the run
	trace  trace.TraceID
	flags  trace.TraceFlags
	tasks  bool // attempts are told of here, not by a worker

	mu       sync.Mutex
	quiet    bool             // what is told happened before
	open     map[string]*work // nodes that run
	workflow string
}

// work is a node that runs.
type work struct {
	span     trace.Span // nil without traces
	begun    time.Time
	activity string
	attempt  trace.Span // that runs, nil if none does
	started  time.Time  // when it did
	queued   time.Time  // when it came into the queue; zero once it has left it
}

// Observe returns the observer of a run; trace is the trace context of whoever
// started it, "" if there is none. Of a run that goes on what it is told before
// [Observer.Replayed] is known. It is nil if nobody wants to know.
func (t *Telemetry) Observe(run, trace string, goesOn bool) *Observer {
	if t == nil || t.tracer == nil && t.meters == nil {
		return nil
	}
	o := t.observe(run, parse(trace))
	o.tasks, o.quiet = true, goesOn
	return o
}

func (t *Telemetry) observe(run string, parent trace.SpanContext) *Observer {
	o := &Observer{t: t, run: run, root: attemptOf{run: run}, parent: parent, trace: traceOf(run), open: map[string]*work{}}
	if parent.IsValid() {
		o.trace = parent.TraceID()
	}
	if t.tracer != nil {
		o.flags = t.sampled(parent, o.trace, run)
	}
	return o
}

// Trace returns the trace context, a value for TRACEPARENT, of an attempt.
func (o *Observer) Trace(node string, attempt int) string {
	if o == nil || o.t.tracer == nil {
		return ""
	}
	return format(foreign(o.trace, attemptOf{o.run, node, attempt}, o.flags))
}

// Log is told of a line of a program's log, which is not passed on.
func (o *Observer) Log(string, int, []byte) {}

// Replayed is told that what was told until now happened in another process,
// before the run went on. What was open then begins where it began.
func (o *Observer) Replayed() {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.quiet = false
	for _, w := range o.open {
		w.attempt, w.started = nil, time.Time{} // it runs again
	}
}

// Changes is told of nodes that changed their status.
func (o *Observer) Changes(now time.Time, changes []runtime.Change) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range changes {
		switch c := &changes[i]; {
		case c.To == ir.Running && c.From == ir.Waiting:
			o.begun(now, c)
		case c.To == ir.Running && c.Retry != 0:
			if w := o.open[c.Node]; w != nil && c.Kind == "activity" {
				o.attemptEnded(now, w, statusOf(c), errorOf(c))
				w.queued = time.Unix(0, int64(c.Retry))
			}
		case c.From == ir.Running && c.To != ir.Running:
			o.ended(now, c)
		}
	}
}

// begun takes note of a node that begins.
func (o *Observer) begun(now time.Time, c *runtime.Change) {
	w := &work{begun: now, activity: c.Activity, queued: now}
	o.open[c.Node] = w
	if c.Parent == "" && o.workflow == "" {
		o.workflow = c.Node
	}
	if o.t.tracer == nil {
		return
	}
	a, parent := attemptOf{run: o.run, node: c.Node}, o.parent
	if c.Parent != "" {
		parent = foreign(o.trace, o.idOf(c.Parent), o.flags)
	} else {
		a = o.root
	}
	attrs := []attribute.KeyValue{
		attribute.String("flow.run", o.run), attribute.String("flow.node", c.Node), attribute.String("flow.kind", c.Kind),
	}
	if c.Activity != "" {
		attrs = append(attrs, attribute.String("flow.activity", c.Activity))
	}
	if c.Items > 0 {
		attrs = append(attrs, attribute.Int("flow.items", c.Items))
	}
	w.span = o.t.begin(parent, o.trace, a, c.Node, now, attrs...)
}

// idOf returns which span a node has: the outermost is the run.
func (o *Observer) idOf(node string) attemptOf {
	if node == o.workflow {
		return o.root
	}
	return attemptOf{run: o.run, node: node}
}

// ended takes note of a node that ends.
func (o *Observer) ended(now time.Time, c *runtime.Change) {
	w := o.open[c.Node]
	if w == nil { // it began where somebody else was told
		return
	}
	delete(o.open, c.Node)
	if o.quiet {
		return
	}
	status, err := statusOf(c), errorOf(c)
	if c.Kind == "activity" {
		o.attemptEnded(now, w, status, err)
	}
	if w.span != nil {
		if c.Attempt > 0 {
			w.span.SetAttributes(attribute.Int("flow.attempts", c.Attempt))
		}
		finish(w.span, now, status, err)
	}
	if c.Parent == "" && o.tasks {
		o.t.meters.runEnded(c.Node, status, now.Sub(w.begun))
	}
}

// Started is told that an attempt has left the queue.
func (o *Observer) Started(now time.Time, node string, attempt int) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	w := o.open[node]
	if w == nil || w.activity == "" {
		return
	}
	if o.quiet {
		return
	}
	w.started = now
	o.t.meters.taskStarted(w.activity, now.Sub(w.queued))
	if o.t.tracer != nil {
		w.attempt = o.t.beginAttempt(o.trace, o.flags, attemptOf{o.run, node, attempt}, w.activity, now)
	}
}

// attemptEnded takes note of an attempt that ends, if one is under way.
func (o *Observer) attemptEnded(now time.Time, w *work, status, err string) {
	if w.started.IsZero() {
		return
	}
	if w.attempt != nil {
		finish(w.attempt, now, status, err)
	}
	o.t.meters.taskEnded(w.activity, status, now.Sub(w.started))
	w.attempt, w.started = nil, time.Time{}
}

// beginAttempt starts the span of an attempt under that of its node.
func (t *Telemetry) beginAttempt(id trace.TraceID, flags trace.TraceFlags, a attemptOf, activity string, at time.Time) trace.Span {
	node := attemptOf{run: a.run, node: a.node}
	return t.begin(foreign(id, node, flags), id, a, activity, at,
		attribute.String("flow.run", a.run), attribute.String("flow.node", a.node),
		attribute.String("flow.activity", activity), attribute.Int("flow.attempt", a.attempt))
}

// statusOf returns how an attempt or a node has ended.
func statusOf(c *runtime.Change) string {
	if c.To == ir.Running {
		return ir.Failed.String()
	}
	return c.To.String()
}

// errorOf returns the name of the error that a change is because of, or "".
func errorOf(c *runtime.Change) string {
	if c.Failure == nil {
		return ""
	}
	return c.Failure.Error
}
