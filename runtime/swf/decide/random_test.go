package decide_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"pgregory.net/rapid"

	"github.com/flowc/flowc/runtime/swf/decide"
)

// grower writes random flows.
type grower struct {
	t *rapid.T
	b strings.Builder
	n int

	waits bool // for a signal, somewhere
}

func (g *grower) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(g.t, label) }

func (g *grower) name() string { g.n++; return fmt.Sprintf("n%d", g.n) }

func (g *grower) line(depth int, format string, args ...any) {
	fmt.Fprintf(&g.b, "%s%s\n", strings.Repeat("  ", depth), fmt.Sprintf(format, args...))
}

// flow returns a random flow.
func (g *grower) flow() string {
	g.b.WriteString(`
activity one(n: int) -> int
activity again(n: int) -> int { retry = exponential(2, from: 2s) }
activity patient(n: int) -> int { total_timeout = 1m, retry = 1 }
activity unmake(n: int)
workflow sub(n: int) -> int { return one(n) }
workflow w() {
  signal go(n: int)
`)
	g.block(1, 3)
	g.b.WriteString("}\n")
	return g.b.String()
}

func (g *grower) block(depth, more int) {
	for range 1 + g.pick("members", 3) {
		g.node(depth, more)
	}
}

func (g *grower) node(depth, more int) {
	kind := g.pick("kind", 15)
	if more == 0 && kind > 7 {
		kind %= 8
	}
	with := []string{"", "", " with raises_on_failure = false"}[g.pick("flag", 3)]
	switch name := g.name(); kind {
	case 0, 1:
		g.line(depth, "%s = one(%d)%s", name, g.n, with)
	case 2:
		g.line(depth, "%s = again(%d)%s", name, g.n, with)
	case 3:
		g.line(depth, "%s = patient(%d)%s", name, g.n, with)
	case 4:
		g.line(depth, "%s = one(%d)%s undo unmake(%d)", name, g.n, with, g.n)
	case 5:
		g.line(depth, "wait %ds", 1+g.pick("seconds", 90))
	case 6:
		g.line(depth, "%s = sub(%d)%s", name, g.n, with)
	case 7:
		g.line(depth, "%s = detach sub(%d) with on_parent_close = %s", name, g.n, []string{"cancel", "terminate", "abandon"}[g.pick("closing", 3)])
	case 8, 9:
		g.nest(depth, more, name+" = group", g.options(true))
	case 10:
		g.nest(depth, more, name+" = chain", g.options(false))
	case 11:
		g.nest(depth, more, fmt.Sprintf("%s = map x%d in range(%d) by x%d", name, g.n, g.pick("items", 5), g.n), g.options(true))
	case 12:
		g.line(depth, "%s = loop acc%d = 0 while acc%d < %d with limit = 9 {", name, g.n, g.n, g.pick("rounds", 3))
		acc := g.n
		g.block(depth+1, more-1)
		g.line(depth+1, "next acc%d + 1", acc)
		g.line(depth, "}")
	case 13:
		if g.waits { // two of them might be at work at once, which is an error
			g.line(depth, "%s = one(0)", name)
			return
		}
		g.waits = true
		g.line(depth, "%s = wait go for %ds", name, 5+g.pick("patience", 60))
	default:
		g.nest(depth, more, name+" = group", " with timeout = "+fmt.Sprint(1+g.pick("timeout", 60))+"s, raises_on_failure = false")
	}
}

func (g *grower) options(wide bool) string {
	switch g.pick("options", 6) {
	case 0:
		if wide {
			return " with max = 2"
		}
	case 1:
		return " with retry = 1"
	case 2:
		return " with raises_on_failure = false"
	}
	return ""
}

func (g *grower) nest(depth, more int, head, options string) {
	g.line(depth, "%s%s {", head, options)
	g.block(depth+1, more-1)
	switch g.pick("handler", 8) {
	case 0:
		g.line(depth, "} on_failure { %s = one(0) }", g.name())
	case 1:
		g.line(depth, "} finally { %s = one(0) }", g.name())
	case 2:
		g.line(depth, "} on_cancel { %s = one(0) }", g.name())
	default:
		g.line(depth, "}")
	}
}

// TestRandomRunsAreDecidedAlikeByAll runs random flows on a service that
// refuses, loses answers, and lets things happen while is decided. A decider that
// keeps what it has read and one that reads all of it decide alike, and what
// they decide is such that the service takes it, comes to an end, and replays.
func TestRandomRunsAreDecidedAlikeByAll(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &grower{t: rt}
		text := g.flow()
		env := envOf(t, compile(t, text))
		env.Window = 1 + g.pick("window", 20)
		s := newService("w", "{}")
		if g.pick("refusals", 2) == 0 {
			s.most = 1 + g.pick("most", 5)
			s.refuse = func(d *types.Decision) string {
				switch {
				case g.pick("refuse", 6) > 0:
				case d.DecisionType == types.DecisionTypeScheduleActivityTask:
					return []string{"ACTIVITY_CREATION_RATE_EXCEEDED", "OPEN_ACTIVITIES_LIMIT_EXCEEDED", "ACTIVITY_TYPE_DOES_NOT_EXIST", "OPERATION_NOT_PERMITTED"}[g.pick("cause", 4)]
				case d.DecisionType == types.DecisionTypeStartTimer && aws.ToString(d.StartTimerDecisionAttributes.TimerId) != "flow.more":
					return []string{"OPEN_TIMERS_LIMIT_EXCEEDED", "TIMER_CREATION_RATE_EXCEEDED"}[g.pick("timerCause", 2)]
				}
				return ""
			}
		}
		env.Continue.Force = []int{1 << 30, 20 + g.pick("force", 100)}[g.pick("forced", 2)]
		for executions := 0; s != nil; executions++ {
			r := &driver{t: rt, g: g, s: s, env: env, text: text, kept: decide.New(env, s.id)}
			for n := 0; s.closed == ""; n++ {
				if n == 3000 || executions == 100 {
					r.fail("it does not end")
				}
				r.step()
			}
			if err := decide.Replay(env, &decide.History{ID: s.id, Events: s.events}); err != nil {
				r.fail("it does not replay: %v", err)
			}
			if s.next == nil {
				return
			}
			s = s.continued()
		}
	})
}

// driver lets a run happen.
type driver struct {
	t    *rapid.T
	g    *grower
	s    *service
	env  *decide.Env
	text string
	kept *decide.Execution
}

func (r *driver) fail(format string, args ...any) {
	r.t.Helper()
	var story strings.Builder
	for k := range r.s.events {
		fmt.Fprintf(&story, "%d %s %s\n", k+1, r.s.events[k].EventType, about(&r.s.events[k]))
	}
	r.t.Fatalf("%s\n%s\n%s", fmt.Sprintf(format, args...), r.text, story.String())
}

// step lets something happen: a decision, or news.
func (r *driver) step() {
	if r.s.pending != 0 && r.g.pick("decide", 3) > 0 {
		r.decide()
		return
	}
	r.news()
}

func (r *driver) decide() {
	r.s.begin()
	if r.g.pick("forget", 20) == 0 {
		r.kept = decide.New(r.env, r.s.id)
	}
	from := int(r.kept.LastDecision())
	if from > 0 {
		from-- // that event is sent again
	}
	d := r.ask(r.kept, r.s.events[from:])
	same := r.ask(decide.New(r.env, r.s.id), r.s.events)
	if a, b := r.json(d), r.json(same); a != b {
		r.fail("who keeps what was read decides\n%s\nand who reads anew\n%s", a, b)
	}
	for r.g.pick("meanwhile", 3) == 0 {
		r.news()
	}
	if r.g.pick("lose", 12) == 0 {
		r.s.lose()
		return
	}
	if err := r.s.answer(d.List); err != nil {
		r.fail("%v in\n%s", err, r.json(d))
	}
}

func (r *driver) ask(x *decide.Execution, events []types.HistoryEvent) decide.Decisions {
	for len(events) > 0 {
		n := min(len(events), 1+r.g.pick("page", 50))
		if err := x.Read(events[:n]); err != nil {
			r.fail("%v", err)
		}
		events = events[n:]
	}
	d, err := x.Decide()
	if err != nil {
		r.fail("%v", err)
	}
	return d
}

func (r *driver) json(d decide.Decisions) string {
	d.Register = nil // programs are long
	text, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		r.fail("%v", err)
	}
	return string(text)
}

// news lets one of what may happen happen.
func (r *driver) news() {
	s := r.s
	var may []func()
	for _, e := range slices.Sorted(maps.Keys(s.tasks)) {
		may = append(may, func() { r.task(e, s.tasks[e]) })
	}
	for _, e := range slices.Sorted(maps.Keys(s.children)) {
		may = append(may, func() { r.child(e, s.children[e]) })
	}
	if first := r.firstTimer(); first != 0 {
		fire := func() {
			t := s.timers[first]
			s.now = later(s.now, t.due)
			delete(s.timers, first)
			s.add(types.HistoryEvent{EventType: types.EventTypeTimerFired, TimerFiredEventAttributes: &types.TimerFiredEventAttributes{TimerId: &t.id, StartedEventId: first}})
			s.trigger()
		}
		may = append(may, fire, fire)
	}
	switch r.g.pick("outside", 40) {
	case 0:
		may = append(may, func() {
			s.add(types.HistoryEvent{EventType: types.EventTypeWorkflowExecutionCancelRequested, WorkflowExecutionCancelRequestedEventAttributes: &types.WorkflowExecutionCancelRequestedEventAttributes{}})
			s.trigger()
		})
	case 1, 2, 3:
		may = append(may, func() {
			s.add(types.HistoryEvent{EventType: types.EventTypeWorkflowExecutionSignaled, WorkflowExecutionSignaledEventAttributes: &types.WorkflowExecutionSignaledEventAttributes{SignalName: aws.String("go"), Input: aws.String(`{"n": 1}`)}})
			s.trigger()
		})
	}
	if len(may) == 0 {
		if s.pending == 0 && s.started == 0 {
			r.fail("nothing can happen any more")
		}
		return
	}
	s.now = s.now.Add(time.Duration(r.g.pick("milliseconds", 2000)) * time.Millisecond)
	may[r.g.pick("news", len(may))]()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (r *driver) firstTimer() int64 {
	first := int64(0)
	for e, t := range r.s.timers {
		if was := r.s.timers[first]; was == nil || t.due.Before(was.due) || t.due.Equal(was.due) && e < first {
			first = e
		}
	}
	return first
}

func (r *driver) task(e int64, t *openTask) {
	s := r.s
	if !t.begun && r.g.pick("never begins", 10) > 0 {
		t.begun = true
		t.started = s.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskStarted, ActivityTaskStartedEventAttributes: &types.ActivityTaskStartedEventAttributes{ScheduledEventId: e}})
		return
	}
	delete(s.tasks, e)
	end := r.g.pick("end", 10)
	switch {
	case t.unwanted && end < 7:
		s.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskCanceled, ActivityTaskCanceledEventAttributes: &types.ActivityTaskCanceledEventAttributes{ScheduledEventId: e, StartedEventId: t.started}})
	case !t.begun || end == 0:
		s.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskTimedOut, ActivityTaskTimedOutEventAttributes: &types.ActivityTaskTimedOutEventAttributes{ScheduledEventId: e, StartedEventId: t.started, TimeoutType: types.ActivityTaskTimeoutTypeScheduleToStart}})
	case end < 4:
		s.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskFailed, ActivityTaskFailedEventAttributes: &types.ActivityTaskFailedEventAttributes{ScheduledEventId: e, StartedEventId: t.started, Reason: aws.String("by chance")}})
	default:
		s.add(types.HistoryEvent{EventType: types.EventTypeActivityTaskCompleted, ActivityTaskCompletedEventAttributes: &types.ActivityTaskCompletedEventAttributes{ScheduledEventId: e, StartedEventId: t.started, Result: aws.String("1")}})
	}
	s.trigger()
}

func (r *driver) child(e int64, c *openChild) {
	s := r.s
	run := &types.WorkflowExecution{WorkflowId: &c.id, RunId: aws.String("run of " + c.id)}
	if c.started == 0 {
		c.started = s.add(types.HistoryEvent{EventType: types.EventTypeChildWorkflowExecutionStarted, ChildWorkflowExecutionStartedEventAttributes: &types.ChildWorkflowExecutionStartedEventAttributes{InitiatedEventId: e, WorkflowExecution: run, WorkflowType: c.of}})
		s.trigger()
		return
	}
	delete(s.children, e)
	switch end := r.g.pick("end", 6); {
	case c.unwanted && end < 4:
		s.add(types.HistoryEvent{EventType: types.EventTypeChildWorkflowExecutionCanceled, ChildWorkflowExecutionCanceledEventAttributes: &types.ChildWorkflowExecutionCanceledEventAttributes{InitiatedEventId: e, WorkflowExecution: run}})
	case end == 0:
		s.add(types.HistoryEvent{EventType: types.EventTypeChildWorkflowExecutionFailed, ChildWorkflowExecutionFailedEventAttributes: &types.ChildWorkflowExecutionFailedEventAttributes{InitiatedEventId: e, WorkflowExecution: run, Reason: aws.String("Broke: by chance")}})
	case end == 1:
		s.add(types.HistoryEvent{EventType: types.EventTypeChildWorkflowExecutionTerminated, ChildWorkflowExecutionTerminatedEventAttributes: &types.ChildWorkflowExecutionTerminatedEventAttributes{InitiatedEventId: e, WorkflowExecution: run}})
	default:
		s.add(types.HistoryEvent{EventType: types.EventTypeChildWorkflowExecutionCompleted, ChildWorkflowExecutionCompletedEventAttributes: &types.ChildWorkflowExecutionCompletedEventAttributes{InitiatedEventId: e, WorkflowExecution: run, Result: aws.String("1")}})
	}
	s.trigger()
}
