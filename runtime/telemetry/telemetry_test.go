package telemetry

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// A probe is a telemetry whose outlets are in memory.
type probe struct {
	*Telemetry
	t       *testing.T
	spans   *tracetest.SpanRecorder
	metrics *sdkmetric.ManualReader
}

func newProbe(t *testing.T) *probe {
	p := &probe{t: t, spans: tracetest.NewSpanRecorder(), metrics: sdkmetric.NewManualReader()}
	var err error
	p.Telemetry, err = start(context.Background(), Config{Version: "1"}, outlets{spans: p.spans, readers: []sdkmetric.Reader{p.metrics}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Shutdown(context.Background()) }) // in memory
	return p
}

// tree draws the spans that have ended, each below its parent, with how long it
// took and how it ended.
func (p *probe) tree() string {
	kids := map[string][]sdktrace.ReadOnlySpan{}
	ended := p.spans.Ended()
	for _, s := range ended {
		parent := s.Parent().SpanID().String()
		kids[parent] = append(kids[parent], s)
	}
	var b strings.Builder
	var draw func(parent string, depth int)
	draw = func(parent string, depth int) {
		sort.Slice(kids[parent], func(i, k int) bool {
			a, b := kids[parent][i], kids[parent][k]
			return a.StartTime().Before(b.StartTime()) || a.StartTime().Equal(b.StartTime()) && a.Name() < b.Name()
		})
		for _, s := range kids[parent] {
			fmt.Fprintf(&b, "%s%s %s", strings.Repeat("  ", depth), s.Name(), s.EndTime().Sub(s.StartTime()))
			for _, a := range s.Attributes() {
				switch a.Key {
				case "flow.status", "flow.attempt", "error.type":
					fmt.Fprintf(&b, " %s", a.Value.String())
				}
			}
			if s.Status().Code == codes.Error {
				b.WriteString(" !")
			}
			b.WriteByte('\n')
			draw(s.SpanContext().SpanID().String(), depth+1)
		}
	}
	for _, s := range ended {
		if id := s.Parent().SpanID().String(); kids[id] != nil && !p.ended(id) {
			draw(id, 0)
			delete(kids, id)
		}
	}
	return b.String()
}

func (p *probe) ended(id string) bool {
	for _, s := range p.spans.Ended() {
		if s.SpanContext().SpanID().String() == id {
			return true
		}
	}
	return false
}

// sums returns the counters and the counts of the histograms, a line for each
// name and labels.
func (p *probe) sums() map[string]int64 {
	p.t.Helper()
	var all metricdata.ResourceMetrics
	if err := p.metrics.Collect(context.Background(), &all); err != nil {
		p.t.Fatal(err)
	}
	found := map[string]int64{}
	for _, s := range all.ScopeMetrics {
		for _, m := range s.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, point := range d.DataPoints {
					found[m.Name+" "+labels(point.Attributes.MarshalLog())] = point.Value
				}
			case metricdata.Histogram[float64]:
				for _, point := range d.DataPoints {
					found[m.Name+" "+labels(point.Attributes.MarshalLog())] = int64(point.Count)
				}
			}
		}
	}
	return found
}

func labels(v any) string {
	m, _ := v.(map[string]string)
	var parts []string
	for k, v := range m {
		parts = append(parts, k+"="+v)
	}
	sort.Strings(parts)
	return strings.Join(parts, ",")
}

// at returns a moment of a run.
func at(seconds int64) time.Time { return time.Unix(1_700_000_000+seconds, 0) }

// story tells of a run with two tasks, of which the second needs two attempts
// and fails.
func story(changes func(time.Time, ...runtime.Change), started func(at time.Time, node string, attempt int)) {
	failure := &runtime.Failure{Error: "Broken", Message: "the password is swordfish"}
	task := func(node string, from, to ir.Status) runtime.Change {
		return runtime.Change{Node: node, Parent: "etl", Kind: "activity", Activity: "work", From: from, To: to, Attempt: 1}
	}
	changes(at(0), runtime.Change{Node: "etl", Kind: "workflow", From: ir.Waiting, To: ir.Running}, task("etl/a", ir.Waiting, ir.Running))
	started(at(1), "etl/a", 1)
	changes(at(4), task("etl/a", ir.Running, ir.Succeeded), task("etl/b", ir.Waiting, ir.Running))
	started(at(5), "etl/b", 1)
	again := task("etl/b", ir.Running, ir.Running)
	again.Failure, again.Retry = failure, ir.Time(at(8).UnixNano())
	changes(at(7), again)
	started(at(9), "etl/b", 2)
	last := task("etl/b", ir.Running, ir.Failed)
	last.Failure, last.Attempt = failure, 2
	changes(at(10), last, runtime.Change{Node: "etl/c", Parent: "etl", Kind: "activity", Activity: "work", From: ir.Waiting, To: ir.Skipped},
		runtime.Change{Node: "etl", Kind: "workflow", From: ir.Running, To: ir.Failed, Failure: failure})
}

const wantTree = `etl 10s failed Broken !
  etl/a 4s succeeded
    work 3s 1 succeeded
  etl/b 6s failed Broken !
    work 2s 1 failed Broken !
    work 1s 2 failed Broken !
`

func TestALocalRunIsATraceOfItsNodesAndAttempts(t *testing.T) {
	p := newProbe(t)
	o := p.Observe("r1", "", false)
	story(func(at time.Time, cs ...runtime.Change) { o.Changes(at, cs) }, o.Started)
	if got := p.tree(); got != wantTree {
		t.Errorf("got\n%swant\n%s", got, wantTree)
	}
	for _, s := range p.spans.Ended() {
		if s.SpanContext().TraceID() != traceOf("r1") {
			t.Errorf("%s is in another trace", s.Name())
		}
		if text := fmt.Sprint(s.Attributes(), s.Status(), s.Events()); strings.Contains(text, "swordfish") {
			t.Errorf("%s tells what a message says: %s", s.Name(), text)
		}
	}
	got := p.sums()
	for name, want := range map[string]int64{
		"flowc.runs status=failed,workflow=etl":              1,
		"flowc.run.duration status=failed,workflow=etl":      1,
		"flowc.tasks activity=work,status=succeeded":         1,
		"flowc.tasks activity=work,status=failed":            2,
		"flowc.task.duration activity=work,status=succeeded": 1,
		"flowc.task.queue_time activity=work":                3,
	} {
		if got[name] != want {
			t.Errorf("%s is %d, want %d; all: %v", name, got[name], want, got)
		}
	}
}

func TestARunIsAPartOfTheTraceAroundIt(t *testing.T) {
	p := newProbe(t)
	const around = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	o := p.Observe("r1", around, false)
	story(func(at time.Time, cs ...runtime.Change) { o.Changes(at, cs) }, o.Started)
	if got := p.tree(); got != wantTree {
		t.Errorf("got\n%swant\n%s", got, wantTree)
	}
	for _, s := range p.spans.Ended() {
		if s.SpanContext().TraceID().String() != around[3:35] || s.Name() == "etl" && s.Parent().SpanID().String() != around[36:52] {
			t.Errorf("%s is in trace %s below %s", s.Name(), s.SpanContext().TraceID(), s.Parent().SpanID())
		}
	}
	for _, bad := range []string{"", "x", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz"} {
		if parse(bad).IsValid() {
			t.Errorf("%q was taken for a trace context", bad)
		}
	}
}

func TestARunThatGoesOnIsToldOfOnce(t *testing.T) {
	p := newProbe(t)
	o := p.Observe("r1", "", true)
	task := func(node string, from, to ir.Status) runtime.Change {
		return runtime.Change{Node: node, Parent: "etl", Kind: "activity", Activity: "work", From: from, To: to, Attempt: 1}
	}
	o.Changes(at(0), []runtime.Change{{Node: "etl", Kind: "workflow", From: ir.Waiting, To: ir.Running}, task("etl/a", ir.Waiting, ir.Running), task("etl/b", ir.Waiting, ir.Running)})
	o.Started(at(1), "etl/a", 1)
	o.Started(at(1), "etl/b", 1)
	o.Changes(at(2), []runtime.Change{task("etl/a", ir.Running, ir.Succeeded)})
	o.Replayed()
	o.Started(at(100), "etl/b", 1)
	o.Changes(at(103), []runtime.Change{task("etl/b", ir.Running, ir.Succeeded), {Node: "etl", Kind: "workflow", From: ir.Running, To: ir.Succeeded}})
	const want = `etl 1m43s succeeded
  etl/b 1m43s succeeded
    work 3s 1 succeeded
`
	if got := p.tree(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if n := p.sums()["flowc.tasks activity=work,status=succeeded"]; n != 1 {
		t.Errorf("%d tasks are counted, want the one that ended here", n)
	}
}

// TestDeciderAndWorkerTellTheSameTrace has two processes tell of one run.
func TestDeciderAndWorkerTellTheSameTrace(t *testing.T) {
	decider, worker := newProbe(t), newProbe(t)
	var contexts []string
	var attempts []int
	story(func(at time.Time, cs ...runtime.Change) { decider.Changes("r1", at, cs) }, func(_ time.Time, node string, attempt int) {
		contexts = append(contexts, worker.Trace("r1", node, attempt))
		worker.TaskStarted("r1", node, attempt, "work")
		worker.TaskEnded("r1", node, attempt, "work", "failed", time.Second)
		attempts = append(attempts, attempt)
	})
	parents := map[string]string{}
	for _, s := range decider.spans.Ended() {
		parents[s.SpanContext().SpanID().String()] = s.Name()
	}
	told := worker.spans.Ended()
	if len(told) != 3 || len(parents) != 3 {
		t.Fatalf("got %d spans of the worker and %d of the decider, want 3 and 3", len(told), len(parents))
	}
	for k, s := range told {
		want := "etl/a"
		if k > 0 {
			want = "etl/b"
		}
		if got := parents[s.Parent().SpanID().String()]; got != want {
			t.Errorf("attempt %d is below %q, want %s", k, got, want)
		}
		if got := format(s.SpanContext()); got != contexts[k] {
			t.Errorf("the program of attempt %d has the context %s, its span is %s", attempts[k], contexts[k], got)
		}
	}
	if decider.runs.Len() != 0 || worker.attempts.Len() != 0 {
		t.Errorf("%d runs and %d attempts are remembered that have ended", decider.runs.Len(), worker.attempts.Len())
	}
}

func TestADeciderThatTakesOverTellsOfWhatItSees(t *testing.T) {
	p := newProbe(t)
	p.Changes("r1", at(1), []runtime.Change{{Node: "etl/a", Parent: "etl", From: ir.Running, To: ir.Succeeded}, {Node: "etl/b", Parent: "etl", From: ir.Waiting, To: ir.Running}})
	p.Changes("r1", at(2), []runtime.Change{{Node: "etl/b", Parent: "etl", From: ir.Running, To: ir.Succeeded}, {Node: "etl", From: ir.Running, To: ir.Succeeded}})
	if got, want := p.tree(), "etl/b 1s succeeded\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestMetricsOfDecidersAndWorkers(t *testing.T) {
	p := newProbe(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			p.Decided("etl", 10, 1000, 3, time.Millisecond)
			p.DecisionLeft("etl", "panic")
			p.RunEnded("etl", "completed")
			p.PollFailed("main", "ThrottlingException")
			p.HeartbeatFailed("work")
			p.Slots(8)
			p.TaskStarted("r", "n", 1, "work")
			p.TaskStarted("r", "n", 2, "work")
			p.TaskEnded("r", "n", 1, "work", "completed", time.Second)
		})
	}
	all.Wait()
	got := p.sums()
	for name, want := range map[string]int64{
		"flowc.decider.tasks workflow=etl":                         4,
		"flowc.decider.duration workflow=etl":                      4,
		"flowc.decider.events workflow=etl":                        40,
		"flowc.decider.received workflow=etl":                      4000,
		"flowc.decider.decisions workflow=etl":                     12,
		"flowc.decider.left reason=panic,workflow=etl":             4,
		"flowc.runs status=completed,workflow=etl":                 4,
		"flowc.poll.failures list=main,reason=ThrottlingException": 4,
		"flowc.worker.heartbeat.failures activity=work":            4,
		"flowc.worker.slots ":                                      32,
		"flowc.worker.busy ":                                       4,
		"flowc.tasks activity=work,status=completed":               4,
	} {
		if got[name] != want {
			t.Errorf("%s is %d, want %d", name, got[name], want)
		}
	}
}

func TestNobodyWantsToKnow(t *testing.T) {
	clear := func(t *testing.T) {
		for _, kind := range []string{"TRACES", "METRICS", "LOGS"} {
			t.Setenv("OTEL_"+kind+"_EXPORTER", "")
			t.Setenv("OTEL_EXPORTER_OTLP_"+kind+"_ENDPOINT", "")
		}
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	}
	clear(t)
	nothing, err := Start(context.Background(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	for name, tel := range map[string]*Telemetry{"none": nil, "nothing configured": nothing} {
		if o := tel.Observe("r", "", false); o != nil {
			t.Errorf("%s: there is an observer", name)
		} else {
			story(func(at time.Time, cs ...runtime.Change) { o.Changes(at, cs) }, o.Started)
		}
		cost := testing.AllocsPerRun(10, func() {
			tel.Decided("w", 1, 1, 1, 0)
			tel.DecisionLeft("w", "")
			tel.RunEnded("w", "")
			tel.PollFailed("l", "")
			tel.Changes("r", time.Time{}, nil)
			tel.Slots(1)
			tel.TaskStarted("r", "n", 1, "a")
			tel.TaskEnded("r", "n", 1, "a", "", 0)
			tel.HeartbeatFailed("a")
			_ = tel.Trace("r", "n", 1)
		})
		if cost != 0 || tel.Trace("r", "n", 1) != "" {
			t.Errorf("%s: it costs %v allocations, or there is a trace context", name, cost)
		}
		tel.Logger().Info("to nobody")
		if err := tel.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
	t.Setenv("OTEL_TRACES_EXPORTER", "pigeon")
	if _, err := Start(context.Background(), Config{}); err == nil || !strings.Contains(err.Error(), "pigeon") {
		t.Errorf("got %v, want an error about the exporter", err)
	}
	t.Setenv("OTEL_SDK_DISABLED", "true")
	if _, err := Start(context.Background(), Config{}); err != nil {
		t.Errorf("got %v although everything is switched off", err)
	}
}

// TestTheEnvironmentSaysWhere has spans go to a collector.
func TestTheEnvironmentSaysWhere(t *testing.T) {
	var mu sync.Mutex
	got := map[string]int{}
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got[r.URL.Path] += len(body)
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	var lines bytes.Buffer
	tel, err := Start(context.Background(), Config{Version: "1", LogFormat: "json", Stderr: &lines})
	if err != nil {
		t.Fatal(err)
	}
	o := tel.Observe("r1", "", false)
	story(func(at time.Time, cs ...runtime.Change) { o.Changes(at, cs) }, o.Started)
	tel.Logger().Info("begun", "run", "r1")
	if err := tel.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, path := range []string{"/v1/traces", "/v1/metrics", "/v1/logs"} {
		if got[path] == 0 {
			t.Errorf("nothing came to %s", path)
		}
	}
	if !strings.Contains(lines.String(), `"msg":"begun","run":"r1"`) {
		t.Errorf("got the log %q", lines.String())
	}
}

func TestMetricsAreServed(t *testing.T) {
	tel, err := Start(context.Background(), Config{Prometheus: true})
	if err != nil {
		t.Fatal(err)
	}
	url, err := tel.Serve("0")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Errorf("got %s, want the loopback interface", url)
	}
	tel.Decided("etl", 10, 1000, 3, time.Millisecond)
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	for _, want := range []string{`flowc_decider_events_total{workflow="etl"} 10`, `flowc_decider_duration_seconds_count{workflow="etl"} 1`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	if _, err := tel.Serve("no address:"); err == nil {
		t.Error("a bad address was accepted")
	}
	if err := tel.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("it is served after the end")
	}
}

// kept keeps the records of a log.
type kept struct{ records []sdklog.Record }

func (k *kept) OnEmit(_ context.Context, r *sdklog.Record) error {
	k.records = append(k.records, r.Clone())
	return nil
}
func (k *kept) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }
func (k *kept) Shutdown(context.Context) error                         { return nil }
func (k *kept) ForceFlush(context.Context) error                       { return nil }

func TestLogsGoToBoth(t *testing.T) {
	var lines bytes.Buffer
	k := &kept{}
	tel, err := start(context.Background(), Config{Stderr: &lines}, outlets{logs: k})
	if err != nil {
		t.Fatal(err)
	}
	tel.Logger().With("list", "main").WithGroup("task").Warn("lost", "node", "a", slog.Group("at", "line", 3))
	if !strings.Contains(lines.String(), `level=WARN msg=lost list=main task.node=a task.at.line=3`) {
		t.Errorf("got %q", lines.String())
	}
	if len(k.records) != 1 || k.records[0].Severity() != log.SeverityWarn {
		t.Fatalf("got %+v", k.records)
	}
	found := fmt.Sprint(k.records[0].Body().String())
	k.records[0].WalkAttributes(func(kv attribute.KeyValue) bool {
		found += " " + string(kv.Key) + "=" + kv.Value.String()
		return true
	})
	if want := "lost list=main task.node=a task.at.line=3"; found != want {
		t.Errorf("got %s, want %s", found, want)
	}
}
