package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/deploy"
	"github.com/flowc/flowc/runtime/swf/operate"
	"github.com/flowc/flowc/runtime/swf/store"
	"github.com/flowc/flowc/runtime/swf/worker"
	"github.com/flowc/flowc/runtime/swfserver"
)

// served is what a run on the development server costs.
type served struct {
	Seconds  float64
	Tasks    float64 // decision tasks that were answered
	Events   float64 // that the decider received
	Bytes    float64 // likewise
	History  float64 // events
	Size     float64 // bytes of the history, sent once
	Requests float64 // that the server answered
}

// swfSection measures runs on the development server, with a decider and one
// worker in the same process, over HTTP.
func swfSection(b *bench) error {
	t := newTable("activities that do nothing", "time", "decisions", "events received", "bytes received", "history", "its size", "received")
	for _, c := range []struct {
		name, kind string
		n          int
	}{{"group of 200", "group", 200}, {"group of 1,000", "group", 1000}, {"chain of 200", "chain", 200}} {
		var times, tasks, events, bytes, history, size sample
		for range b.rounds {
			var k served
			if _, err := child(false, &k, "served", c.kind, strconv.Itoa(c.n), filepath.Join(b.dir, "served")); err != nil {
				return err
			}
			times, tasks, events = append(times, k.Seconds), append(tasks, k.Tasks), append(events, k.Events)
			bytes, history, size = append(bytes, k.Bytes), append(history, k.History), append(size, k.Size)
		}
		t.row(c.name, times.seconds(), short(tasks.median()), short(events.median()), short(bytes.median()),
			short(history.median()), short(size.median()), ratio(bytes.median(), size.median()))
	}
	t.print()
	if err := b.requests(); err != nil {
		return err
	}
	return b.decisions()
}

// A total counts what a decider does.
type total struct {
	tasks, events, bytes atomic.Int64
	left                 atomic.Int64
}

func (m *total) Decided(_ string, events, bytes, _ int, _ time.Duration) {
	m.tasks.Add(1)
	m.events.Add(int64(events))
	m.bytes.Add(int64(bytes))
}
func (m *total) DecisionLeft(string, string)                 { m.left.Add(1) }
func (m *total) RunEnded(string, string)                     {}
func (m *total) PollFailed(string, string)                   {}
func (m *total) Changes(string, time.Time, []runtime.Change) {}

// A serving is a server with a domain and a client.
type serving struct {
	server *swfserver.Server
	client *swf.Client
	asked  atomic.Int64
}

const benchDomain = "bench"

// ServeHTTP counts requests.
func (s *serving) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	s.server.ServeHTTP(w, r)
}

// serve starts a server, for the time until done is called.
func serve() (s *serving, done func(), err error) {
	s = &serving{}
	if s.server, err = swfserver.New(swfserver.Config{PollTime: time.Second}); err != nil {
		return nil, nil, err
	}
	listener := httptest.NewServer(s)
	done = func() {
		_ = s.server.Shutdown(context.Background()) // it has no file
		listener.CloseClientConnections()
		listener.Close()
	}
	if s.client, err = swf.Connect(context.Background(), swf.Config{Domain: benchDomain, Endpoint: listener.URL}); err != nil {
		done()
		return nil, nil, err
	}
	_, err = s.client.RegisterDomain(context.Background(), &sdk.RegisterDomainInput{Name: aws.String(benchDomain), WorkflowExecutionRetentionPeriodInDays: aws.String("1")})
	return s, done, err
}

// servedChild measures a run of a shape.
func servedChild(args []string) (any, error) {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return nil, err
	}
	p := compiler.Compile(diag.NewSource("bench.flow", []byte(shape(args[0], n))), compiler.Config{}).Program
	if p == nil {
		return nil, fmt.Errorf("the flow of %s %d is not right", args[0], n)
	}
	s, done, err := serve()
	if err != nil {
		return nil, err
	}
	defer done()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	values, err := store.Open(ctx, args[2], store.Config{})
	if err != nil {
		return nil, err
	}
	list, err := deploy.Types(deploy.Source{Program: p})
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		if err := deploy.RegisterType(ctx, s.client, benchDomain, t); err != nil {
			return nil, err
		}
	}
	m := &total{}
	d, err := swf.NewDecider(swf.DeciderConfig{Client: s.client, Store: values, Definitions: []swf.Definition{{Program: p}}, Meter: m})
	if err != nil {
		return nil, err
	}
	w, err := worker.New(worker.Config{Service: s.client, Domain: benchDomain, Programs: []worker.Program{{IR: p}}, Activities: tasksThat(0, func() {}), Slots: 8, Store: values})
	if err != nil {
		return nil, err
	}
	var both sync.WaitGroup
	both.Go(func() { d.Run(ctx) })
	var worked error
	both.Go(func() { worked = w.Run(ctx) })
	time.Sleep(500 * time.Millisecond) // until all are polling: they begin one after another
	domain := operate.Open(ctx, s.client, benchDomain, values)
	asked := s.asked.Load()
	begin := time.Now()
	x, err := domain.Start(operate.Order{Program: p, Workflow: "w", ID: "run"})
	if err != nil {
		return nil, err
	}
	out := served{}
	for {
		info, err := s.client.DescribeWorkflowExecution(ctx, &sdk.DescribeWorkflowExecutionInput{Domain: aws.String(benchDomain), Execution: &types.WorkflowExecution{WorkflowId: &x.WorkflowID, RunId: &x.Run}})
		if err != nil {
			return nil, err
		}
		if info.ExecutionInfo.ExecutionStatus == types.ExecutionStatusClosed {
			if info.ExecutionInfo.CloseStatus != types.CloseStatusCompleted {
				return nil, fmt.Errorf("the run is %s", info.ExecutionInfo.CloseStatus)
			}
			out.Seconds = info.ExecutionInfo.CloseTimestamp.Sub(*info.ExecutionInfo.StartTimestamp).Seconds()
			break
		}
		if time.Since(begin) > time.Minute {
			return nil, errors.New("the run does not end")
		}
		time.Sleep(10 * time.Millisecond)
	}
	out.Requests = float64(s.asked.Load() - asked)
	out.Tasks, out.Events, out.Bytes = float64(m.tasks.Load()), float64(m.events.Load()), float64(m.bytes.Load())
	if out.History, out.Size, err = s.size(x); err != nil {
		return nil, err
	}
	cancel()
	d.Kill()
	w.Kill()
	both.Wait()
	return out, worked
}

// size returns the length of a history, in events and in bytes as it is sent.
func (s *serving) size(x operate.Execution) (events, bytes float64, err error) {
	next := ""
	for {
		in := map[string]any{"domain": benchDomain, "execution": map[string]string{"workflowId": x.WorkflowID, "runId": x.Run}}
		if next != "" {
			in["nextPageToken"] = next
		}
		body, err := json.Marshal(in)
		if err != nil {
			return 0, 0, err
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
		r.Header.Set("X-Amz-Target", "SimpleWorkflowService.GetWorkflowExecutionHistory")
		w := httptest.NewRecorder()
		s.server.ServeHTTP(w, r)
		var page struct {
			Events        []json.RawMessage
			NextPageToken string
		}
		bytes += float64(w.Body.Len())
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK {
			return 0, 0, fmt.Errorf("the history cannot be read: %d %v", w.Code, err)
		}
		events += float64(len(page.Events))
		if next = page.NextPageToken; next == "" {
			return events, bytes, nil
		}
	}
}

// requests measures how many requests the server answers.
func (b *bench) requests() error {
	const clients = 4
	var rates sample
	for range b.rounds {
		s, done, err := serve()
		if err != nil {
			return err
		}
		ctx := context.Background()
		_, err = s.client.RegisterWorkflowType(ctx, &sdk.RegisterWorkflowTypeInput{
			Domain: aws.String(benchDomain), Name: aws.String("w"), Version: aws.String("1"), DefaultTaskList: &types.TaskList{Name: aws.String("w")},
			DefaultExecutionStartToCloseTimeout: aws.String("60"), DefaultTaskStartToCloseTimeout: aws.String("60"), DefaultChildPolicy: types.ChildPolicyAbandon,
		})
		if err != nil {
			done()
			return err
		}
		var all sync.WaitGroup
		var failed atomic.Int64
		asked, begin := s.asked.Load(), time.Now()
		for k := range clients {
			all.Go(func() {
				for n := 0; time.Since(begin) < time.Second; n++ {
					_, err := s.client.StartWorkflowExecution(ctx, &sdk.StartWorkflowExecutionInput{
						Domain: aws.String(benchDomain), WorkflowId: aws.String(fmt.Sprint(k, "-", n)), WorkflowType: &types.WorkflowType{Name: aws.String("w"), Version: aws.String("1")},
					})
					if err != nil {
						failed.Add(1)
					}
				}
			})
		}
		all.Wait()
		rates = append(rates, float64(s.asked.Load()-asked)/time.Since(begin).Seconds())
		done()
		if n := failed.Load(); n > 0 {
			return fmt.Errorf("%d requests failed", n)
		}
	}
	fmt.Printf("  starts of executions a second, %d clients of the SDK in the same process: %s\n", clients, rates.text(1, ""))
	return nil
}

// longHistory is as many events as a history of the service has.
const longHistory = 25_000

// decisions measures a decision at the end of a long history.
func (b *bench) decisions() error {
	source := "activity t(n: int) -> int\n\nworkflow w() -> int {\n  all = map n in 1..10_000 with max = 10 {\n    yield t(n)\n  }\n  return sum(all)\n}\n"
	p := compiler.Compile(diag.NewSource("bench.flow", []byte(source)), compiler.Config{}).Program
	if p == nil {
		return errors.New("the flow of a long history is not right")
	}
	plan, err := runtime.Prepare(p)
	if err != nil {
		return err
	}
	env := &decide.Env{
		Program:  func(string) (*ir.Program, *runtime.Plan, error) { return p, plan, nil },
		Default:  func(string, string) (string, map[string]json.RawMessage) { return p.Hash(), nil },
		Continue: decide.Continue{Offer: 2 * longHistory, Force: 2 * longHistory},
	}
	var whole, next sample
	for range b.rounds {
		h := &scribe{now: time.Unix(1_767_225_600, 0)}
		x := decide.New(env, decide.ID{WorkflowID: "run", RunID: "run"})
		h.begin()
		var took time.Duration
		n := 0
		for read := 0; ; n++ {
			h.ask()
			begin := time.Now()
			if err := x.Read(h.events[read:]); err != nil {
				return err
			}
			read = len(h.events)
			d, err := x.Decide()
			if took += time.Since(begin); err != nil {
				return err
			}
			if len(h.events) > longHistory-10 {
				break
			}
			h.take(d.List)
		}
		next = append(next, took.Seconds()/float64(n))
		begin := time.Now()
		x = decide.New(env, decide.ID{WorkflowID: "run", RunID: "run"})
		if err := x.Read(h.events); err != nil {
			return err
		}
		if _, err := x.Decide(); err != nil {
			return err
		}
		whole = append(whole, time.Since(begin).Seconds())
	}
	t := newTable(fmt.Sprintf("a decision, with a history of %s events", short(longHistory)), "time")
	t.row("from scratch", whole.seconds())
	t.row("with what came since the one before", next.seconds())
	t.print()
	return nil
}

// A scribe writes the history of a run whose tasks are done one after another.
type scribe struct {
	now    time.Time
	events []types.HistoryEvent
	asked  int64   // event that scheduled the decision task
	open   []int64 // events that scheduled tasks
}

func (h *scribe) add(e types.HistoryEvent) int64 {
	h.now = h.now.Add(10 * time.Millisecond)
	at := h.now
	e.EventId, e.EventTimestamp = int64(len(h.events)+1), &at
	h.events = append(h.events, e)
	return e.EventId
}

func (h *scribe) begin() {
	h.add(types.HistoryEvent{EventType: types.EventTypeWorkflowExecutionStarted, WorkflowExecutionStartedEventAttributes: &types.WorkflowExecutionStartedEventAttributes{
		ChildPolicy: types.ChildPolicyAbandon, TaskList: &types.TaskList{Name: aws.String("w")}, WorkflowType: &types.WorkflowType{Name: aws.String("w"), Version: aws.String("1")},
		Input: aws.String("{}"), ExecutionStartToCloseTimeout: aws.String("31536000"), TaskStartToCloseTimeout: aws.String("30"),
	}})
	h.schedule()
}

func (h *scribe) schedule() {
	h.asked = h.add(types.HistoryEvent{EventType: types.EventTypeDecisionTaskScheduled, DecisionTaskScheduledEventAttributes: &types.DecisionTaskScheduledEventAttributes{
		TaskList: &types.TaskList{Name: aws.String("w")}, StartToCloseTimeout: aws.String("30"),
	}})
}

// ask starts a decision task.
func (h *scribe) ask() {
	h.add(types.HistoryEvent{EventType: types.EventTypeDecisionTaskStarted, DecisionTaskStartedEventAttributes: &types.DecisionTaskStartedEventAttributes{ScheduledEventId: h.asked}})
}

// take carries decisions out, and has the task that was scheduled first done.
func (h *scribe) take(list []types.Decision) {
	completed := h.add(types.HistoryEvent{EventType: types.EventTypeDecisionTaskCompleted, DecisionTaskCompletedEventAttributes: &types.DecisionTaskCompletedEventAttributes{
		ScheduledEventId: h.asked, StartedEventId: int64(len(h.events)),
	}})
	for k := range list {
		switch d := &list[k]; d.DecisionType {
		case types.DecisionTypeScheduleActivityTask:
			a := d.ScheduleActivityTaskDecisionAttributes
			h.open = append(h.open, h.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskScheduled, ActivityTaskScheduledEventAttributes: &types.ActivityTaskScheduledEventAttributes{
				ActivityId: a.ActivityId, ActivityType: a.ActivityType, TaskList: a.TaskList, Control: a.Control, Input: a.Input, DecisionTaskCompletedEventId: completed,
			}}))
		case types.DecisionTypeRecordMarker:
			a := d.RecordMarkerDecisionAttributes
			h.add(types.HistoryEvent{EventType: types.EventTypeMarkerRecorded, MarkerRecordedEventAttributes: &types.MarkerRecordedEventAttributes{
				MarkerName: a.MarkerName, Details: a.Details, DecisionTaskCompletedEventId: completed,
			}})
		}
	}
	task := h.open[0]
	h.open = h.open[1:]
	started := h.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskStarted, ActivityTaskStartedEventAttributes: &types.ActivityTaskStartedEventAttributes{ScheduledEventId: task}})
	h.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskCompleted, ActivityTaskCompletedEventAttributes: &types.ActivityTaskCompletedEventAttributes{
		Result: aws.String("1"), ScheduledEventId: task, StartedEventId: started,
	}})
	h.schedule()
}
