package telemetry

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// rememberedRuns is how many runs of deciders, and attempts of workers, are
// remembered that have not ended. The spans of those that nothing was heard of
// for longest are given up.
const rememberedRuns = 10_000

// attemptOf says which attempt of which node; attempt 0 is the node itself, and
// node "" the run.
type attemptOf struct {
	run, node string
	attempt   int
}

// span returns the id of a span.
func (a attemptOf) span() (id trace.SpanID) {
	sum := sha256.Sum256([]byte("span\x00" + a.run + "\x00" + a.node + "\x00" + strconv.Itoa(a.attempt)))
	copy(id[:], sum[:])
	id[0] |= 1 // an id of zeros is none
	return id
}

// traceOf returns the id of the trace of a run that nobody else's trace is
// around.
func traceOf(run string) (id trace.TraceID) {
	sum := sha256.Sum256([]byte("trace\x00" + run))
	copy(id[:], sum[:])
	id[0] |= 1
	return id
}

// givenIDs gives a new span the ids that its context asks for.
type givenIDs struct{}

var _ sdktrace.IDGenerator = givenIDs{}

type idsKey struct{}

// NewIDs returns the ids for a span without a parent.
func (givenIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	c, _ := ctx.Value(idsKey{}).(trace.SpanContextConfig) // always set here
	return c.TraceID, c.SpanID
}

// NewSpanID returns the id for a span with a parent.
func (givenIDs) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	c, _ := ctx.Value(idsKey{}).(trace.SpanContextConfig) // always set here
	return c.SpanID
}

// begin starts a span under a parent; a parent that is not valid is none.
func (t *Telemetry) begin(parent trace.SpanContext, id trace.TraceID, a attemptOf, name string, at time.Time, attrs ...attribute.KeyValue) trace.Span {
	ctx := context.WithValue(context.Background(), idsKey{}, trace.SpanContextConfig{TraceID: id, SpanID: a.span()})
	if parent.IsValid() {
		ctx = trace.ContextWithSpanContext(ctx, parent)
	}
	_, span := t.tracer.Start(ctx, name, trace.WithTimestamp(at), trace.WithAttributes(attrs...))
	return span
}

// sampled returns the flags of the spans of a run: whether it is sampled is a
// function of the id of its trace.
func (t *Telemetry) sampled(parent trace.SpanContext, id trace.TraceID, run string) trace.TraceFlags {
	span := t.begin(parent, id, attemptOf{run: run}, "run", time.Time{}) // never ended, and so never told
	return span.SpanContext().TraceFlags()
}

// finish ends a span as a status says. error is the name of an error, or "".
func finish(span trace.Span, at time.Time, status, errorName string) {
	span.SetAttributes(attribute.String("flow.status", status))
	switch {
	case errorName != "":
		span.SetAttributes(attribute.String("error.type", errorName))
		span.SetStatus(codes.Error, errorName)
	case status == "failed" || status == "timed_out":
		span.SetStatus(codes.Error, status)
	}
	span.End(trace.WithTimestamp(at))
}

// format returns a W3C trace context.
func format(c trace.SpanContext) string {
	return fmt.Sprintf("00-%s-%s-%02x", c.TraceID(), c.SpanID(), byte(c.TraceFlags()))
}

// parse reads a W3C trace context; what is none gives one that is not valid.
func parse(text string) trace.SpanContext {
	parts := strings.Split(text, "-")
	if len(parts) < 4 || len(parts[0]) != 2 || len(parts[3]) != 2 || parts[0] == "ff" {
		return trace.SpanContext{}
	}
	id, err1 := trace.TraceIDFromHex(parts[1])
	span, err2 := trace.SpanIDFromHex(parts[2])
	flags, err3 := strconv.ParseUint(parts[3], 16, 8)
	if err1 != nil || err2 != nil || err3 != nil {
		return trace.SpanContext{}
	}
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: span, TraceFlags: trace.TraceFlags(flags) & trace.FlagsSampled, Remote: true})
}

// foreign returns the context of a span that somebody else may have made.
func foreign(id trace.TraceID, a attemptOf, flags trace.TraceFlags) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: a.span(), TraceFlags: flags, Remote: true})
}

// Trace returns the trace context, a value for TRACEPARENT, of the attempt of a
// task in a run that has a trace of its own: what the program of the attempt
// tells becomes a part of that. It is "" without traces.
func (t *Telemetry) Trace(run, node string, attempt int) string {
	if t == nil || t.tracer == nil {
		return ""
	}
	id := traceOf(run)
	return format(foreign(id, attemptOf{run, node, attempt}, t.sampled(trace.SpanContext{}, id, run)))
}
