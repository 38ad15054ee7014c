package decide_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/runtime/swf/decide"
)

// longHistory runs a flow until its history has so many events.
func longHistory(tb testing.TB, events int) (*decide.Env, *service, *decide.Execution) {
	tb.Helper()
	env := envOf(tb, compile(tb, `
activity one(n: int) -> int
workflow w() -> int {
  all = map n in range(20000) by n { yield one(n) }
  return sum(all)
}`))
	env.Continue.Force = 1 << 30
	s := newService("w", "{}")
	x := decide.New(env, s.id)
	for read := 0; ; {
		s.begin()
		if err := x.Read(s.events[read:]); err != nil {
			tb.Fatal(err)
		}
		read = len(s.events)
		if read > events {
			return env, s, x
		}
		d, err := x.Decide()
		if err != nil {
			tb.Fatal(err)
		}
		if err := s.answer(d.List); err != nil {
			tb.Fatal(err)
		}
		for e, t := range s.tasks {
			delete(s.tasks, e)
			t.started = s.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskStarted, ActivityTaskStartedEventAttributes: &types.ActivityTaskStartedEventAttributes{ScheduledEventId: e}})
			s.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskCompleted, ActivityTaskCompletedEventAttributes: &types.ActivityTaskCompletedEventAttributes{ScheduledEventId: e, StartedEventId: t.started, Result: aws.String("1")}})
			s.trigger()
			if len(s.tasks) < 60 {
				break
			}
		}
		for e, t := range s.timers {
			delete(s.timers, e)
			s.add(types.HistoryEvent{EventType: types.EventTypeTimerFired, TimerFiredEventAttributes: &types.TimerFiredEventAttributes{TimerId: &t.id, StartedEventId: e}})
			s.trigger()
		}
	}
}

// BenchmarkFromScratch decides on a history that is as long as the service
// allows.
func BenchmarkFromScratch(b *testing.B) {
	env, s, _ := longHistory(b, 24_000)
	b.ReportAllocs()
	for b.Loop() {
		x := decide.New(env, s.id)
		if err := x.Read(s.events); err != nil {
			b.Fatal(err)
		}
		if _, err := x.Decide(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecide decides on it once more.
func BenchmarkDecide(b *testing.B) {
	_, _, x := longHistory(b, 24_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Decide(); err != nil {
			b.Fatal(err)
		}
	}
}
