package decide_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/decide"
)

const fuzzed = `
activity one(n: int) -> int
activity twice(n: int) -> int { retry = exponential(2, from: 3s) }
workflow w(n: int = 3) -> int {
  signal go(n: int)
  group {
    a = one(n)
    b = sub(2)
    chain { wait 1s; c = twice(2) }
  }
  got = wait go for 1h
  return a
}
workflow sub(n: int) -> int { return one(n) }`

// fuzzEnv returns surroundings in which every program is the same.
func fuzzEnv(f *testing.F) *decide.Env {
	program := compile(f, fuzzed)
	plan, err := runtime.Prepare(program)
	if err != nil {
		f.Fatal(err)
	}
	return &decide.Env{
		Program: func(string) (*ir.Program, *runtime.Plan, error) { return program, plan, nil },
		Default: func(string, string) (string, map[string]json.RawMessage) { return program.Hash(), nil },
	}
}

// survive reads, replays and records what may be a history. Whatever it is,
// nothing panics.
func survive(t *testing.T, env *decide.Env, h *decide.History) {
	sane := func(err error) {
		var broken *decide.BrokenError
		if errors.As(err, &broken) && broken.Stack != "" {
			t.Fatalf("%v\n%s", broken, broken.Stack)
		}
	}
	sane(decide.Replay(env, h))
	_, err := decide.Record(env, h.ID, h.Events)
	sane(err)
	_, err = decide.Record(&decide.Env{}, h.ID, h.Events)
	sane(err)
	if _, err := decide.WriteHistory(h.ID, h.Events); err != nil {
		t.Fatal(err)
	}
}

// FuzzHistoryText begins with a text.
func FuzzHistoryText(f *testing.F) {
	env := fuzzEnv(f)
	f.Add([]byte(`[{"eventId":1,"eventTimestamp":1,"eventType":"WorkflowExecutionStarted","workflowExecutionStartedEventAttributes":{"workflowType":{"name":"w"}}}]`))
	f.Add([]byte(`{"execution":{"runId":"r"},"events":[{"eventId":1,"eventTimestamp":"2026-01-31T12:00:00Z","eventType":"TimerFired"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if h, err := decide.ReadHistory(text); err == nil {
			survive(t, env, h)
		}
	})
}

// FuzzHistory begins with a history of a run of the flow, and changes it: events
// are left out, repeated, moved, and lose or swap what they say.
func FuzzHistory(f *testing.F) {
	env := fuzzEnv(f)
	env.Blobs = nil
	whole := fuzzedHistory(f, env)
	f.Add([]byte{0, 10, 1, 7})
	f.Add([]byte{1, 12, 2, 5, 3, 9, 4, 20})
	f.Fuzz(func(t *testing.T, edits []byte) {
		events := slices.Clone(whole)
		for ; len(edits) >= 2; edits = edits[2:] {
			at := int(edits[1]) % len(events)
			switch e := &events[at]; edits[0] % 7 {
			case 0:
				if len(events) > 1 {
					events = slices.Delete(events, at, at+1)
				}
			case 1:
				events = slices.Insert(events, at, *e)
			case 2:
				next := (at + int(edits[0])/7) % len(events)
				events[at], events[next] = events[next], events[at]
			case 3:
				*e = types.HistoryEvent{EventType: e.EventType, EventTimestamp: e.EventTimestamp}
			case 4:
				*e = types.HistoryEvent{EventType: types.EventType("").Values()[int(edits[0])%54]}
			case 5:
				hollow(e)
			case 6:
				events = events[:at+1]
			}
		}
		for k := range events {
			events[k].EventId = int64(k + 1)
		}
		survive(t, env, &decide.History{ID: decide.ID{WorkflowID: "w", RunID: "run"}, Events: events})
	})
}

// hollow empties the attributes of an event.
func hollow(e *types.HistoryEvent) {
	v := reflect.ValueOf(e).Elem()
	for k := range v.NumField() {
		if f := v.Field(k); f.Kind() == reflect.Pointer && !f.IsNil() && f.Type().Elem().Kind() == reflect.Struct && f.Type().Elem() != reflect.TypeFor[time.Time]() {
			f.Set(reflect.New(f.Type().Elem()))
		}
	}
}

// fuzzedHistory runs the flow.
func fuzzedHistory(f *testing.F, env *decide.Env) []types.HistoryEvent {
	s := newService("w", `{"n": 4}`)
	x := decide.New(env, s.id)
	for s.begin() {
		if err := x.Read(s.events); err != nil {
			f.Fatal(err)
		}
		d, err := x.Decide()
		if err != nil {
			f.Fatal(err)
		}
		if err := s.answer(d.List); err != nil {
			f.Fatal(err)
		}
		for e := range s.tasks {
			s.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskCompleted, ActivityTaskCompletedEventAttributes: &types.ActivityTaskCompletedEventAttributes{ScheduledEventId: e, Result: aws.String("1")}})
			s.trigger()
		}
		clear(s.tasks)
		for e := range s.children {
			s.add(types.HistoryEvent{EventType: types.EventTypeChildWorkflowExecutionStarted, ChildWorkflowExecutionStartedEventAttributes: &types.ChildWorkflowExecutionStartedEventAttributes{InitiatedEventId: e}})
			s.add(types.HistoryEvent{EventType: types.EventTypeChildWorkflowExecutionCompleted, ChildWorkflowExecutionCompletedEventAttributes: &types.ChildWorkflowExecutionCompletedEventAttributes{InitiatedEventId: e, Result: aws.String("1")}})
			s.trigger()
		}
		clear(s.children)
		for e, t := range s.timers {
			s.add(types.HistoryEvent{EventType: types.EventTypeTimerFired, TimerFiredEventAttributes: &types.TimerFiredEventAttributes{TimerId: &t.id, StartedEventId: e}})
			s.trigger()
		}
		clear(s.timers)
	}
	if s.closed == "" {
		f.Fatal("it does not end")
	}
	return s.events
}
