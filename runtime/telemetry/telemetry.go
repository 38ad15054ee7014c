package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	promexport "go.opentelemetry.io/otel/exporters/prometheus"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Config says what is wanted beside what the environment asks for.
type Config struct {
	Version    string    // of the program
	Prometheus bool      // metrics can be had from [Telemetry.Serve]
	LogFormat  string    // of lines on Stderr: text or json; "" is text
	Stderr     io.Writer // nil is nowhere
}

// Telemetry takes note of what is told and passes it on. Its methods may be
// called by many goroutines; they do not fail, and do not wait for anybody
// outside. A nil *Telemetry takes note of nothing.
type Telemetry struct {
	tracer   trace.Tracer // nil if there are no traces
	meters   *instruments // nil if there are no metrics
	log      *slog.Logger
	registry *prometheus.Registry              // nil if metrics are not served
	runs     *lru.Cache[string, *Observer]     // that deciders tell of
	attempts *lru.Cache[attemptOf, trace.Span] // that workers perform
	ends     []func(ctx context.Context) error // in order
}

// outlets are where the three kinds of telemetry go. What is nil goes nowhere.
type outlets struct {
	spans   sdktrace.SpanProcessor
	readers []sdkmetric.Reader
	logs    sdklog.Processor
}

// Start begins to take note, as the environment and the config say.
func Start(ctx context.Context, c Config) (*Telemetry, error) {
	var out outlets
	var registry *prometheus.Registry
	var err error
	if wanted("TRACES") {
		exporter, e := autoexport.NewSpanExporter(ctx)
		if err = errors.Join(err, about("TRACES", e)); e == nil && !autoexport.IsNoneSpanExporter(exporter) {
			out.spans = sdktrace.NewBatchSpanProcessor(exporter)
		}
	}
	if wanted("METRICS") {
		reader, e := autoexport.NewMetricReader(ctx)
		if err = errors.Join(err, about("METRICS", e)); e == nil && !autoexport.IsNoneMetricReader(reader) {
			out.readers = append(out.readers, reader)
		}
	}
	if wanted("LOGS") {
		exporter, e := autoexport.NewLogExporter(ctx)
		if err = errors.Join(err, about("LOGS", e)); e == nil && !autoexport.IsNoneLogExporter(exporter) {
			out.logs = sdklog.NewBatchProcessor(exporter)
		}
	}
	if c.Prometheus {
		registry = prometheus.NewRegistry()
		reader, e := promexport.New(promexport.WithRegisterer(registry), promexport.WithoutScopeInfo())
		if err = errors.Join(err, e); e == nil {
			out.readers = append(out.readers, reader)
		}
	}
	if err != nil {
		return nil, err
	}
	t, err := start(ctx, c, out)
	if t != nil {
		t.registry = registry
	}
	return t, err
}

// wanted reports whether the environment asks for one of the three kinds:
// nothing is sent to an address that nobody has given.
func wanted(kind string) bool {
	if os.Getenv("OTEL_SDK_DISABLED") == "true" {
		return false
	}
	for _, name := range []string{
		"OTEL_" + kind + "_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_" + kind + "_ENDPOINT",
	} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// about says what variables an error of one of the three kinds is about.
func about(kind string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the variables OTEL_%s_EXPORTER=%s and OTEL_EXPORTER_OTLP_…: %w", kind, os.Getenv("OTEL_"+kind+"_EXPORTER"), err)
}

// start begins to take note for some outlets.
func start(ctx context.Context, c Config, out outlets) (*Telemetry, error) {
	t := &Telemetry{}
	var source *resource.Resource
	if out.spans != nil || out.logs != nil || len(out.readers) > 0 {
		var err error
		source, err = resource.New(ctx,
			resource.WithAttributes(attribute.String("service.name", "flowc"), attribute.String("service.version", c.Version)),
			resource.WithTelemetrySDK(), resource.WithFromEnv()) // later ones win
		if err != nil {
			return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
		}
		t.runs, _ = lru.New[string, *Observer](rememberedRuns)         // fails for sizes below 1
		t.attempts, _ = lru.New[attemptOf, trace.Span](rememberedRuns) // likewise
	}
	if out.spans != nil {
		p := sdktrace.NewTracerProvider(sdktrace.WithResource(source), sdktrace.WithSpanProcessor(out.spans), sdktrace.WithIDGenerator(givenIDs{}))
		t.tracer = p.Tracer(scope)
		t.ends = append(t.ends, p.Shutdown)
	}
	if len(out.readers) > 0 {
		options := []sdkmetric.Option{sdkmetric.WithResource(source)}
		for _, r := range out.readers {
			options = append(options, sdkmetric.WithReader(r))
		}
		p := sdkmetric.NewMeterProvider(options...)
		t.ends = append(t.ends, p.Shutdown)
		var err error
		if t.meters, err = newInstruments(p.Meter(scope)); err != nil {
			return nil, err
		}
	}
	var handlers fan
	if c.Stderr != nil {
		if c.LogFormat == "json" {
			handlers = append(handlers, slog.NewJSONHandler(c.Stderr, nil))
		} else {
			handlers = append(handlers, slog.NewTextHandler(c.Stderr, nil))
		}
	}
	local := slog.New(handlers)
	if out.logs != nil {
		p := sdklog.NewLoggerProvider(sdklog.WithResource(source), sdklog.WithProcessor(out.logs))
		t.ends = append(t.ends, p.Shutdown)
		handlers = append(handlers, newExported(p.Logger(scope)))
	}
	t.log = slog.New(handlers)
	if source != nil { // what cannot be exported is not exported either
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { local.Warn("telemetry is lost", "error", err) }))
	}
	return t, nil
}

// scope is the name under which everything is told.
const scope = "github.com/flowc/flowc"

// Logger returns where to log to.
func (t *Telemetry) Logger() *slog.Logger {
	if t == nil {
		return slog.New(slog.DiscardHandler)
	}
	return t.log
}

// Shutdown passes on what is left, until ctx ends.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	if t == nil {
		return nil
	}
	var errs []error
	for _, end := range t.ends {
		errs = append(errs, end(ctx))
	}
	return errors.Join(errs...)
}
