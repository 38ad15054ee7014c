package runtime_test

import (
	"container/heap"
	"hash/fnv"
	"strconv"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// fate says how tasks end, when, and how long they linger when they are asked
// to stop: all drawn from the node's id and the attempt, so that the machine's
// driver and the oracle agree without talking.
type fate struct {
	seed   string
	misery int // of 100 attempts, how many fail
}

func (f fate) draw(what, id string, attempt int) uint64 {
	h := fnv.New64a()
	h.Write([]byte(f.seed + "\x00" + what + "\x00" + id + "\x00" + strconv.Itoa(attempt)))
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}

// Times are wide, so that no two things happen at once.
func (f fate) duration(id string, attempt int) ir.Time {
	return ir.Time(1 + f.draw("duration", id, attempt)%10_000_000_000)
}
func (f fate) linger(id string, attempt int) ir.Time {
	return ir.Time(1 + f.draw("linger", id, attempt)%3_000_000_000)
}
func (f fate) fails(id string, attempt int) bool {
	return int(f.draw("fails", id, attempt)%100) < f.misery
}

// pending is an event to come.
type pending struct {
	at   ir.Time
	seq  int
	e    runtime.Event
	gone bool
}

type queue []*pending

func (q queue) Len() int { return len(q) }
func (q queue) Less(a, b int) bool {
	return q[a].at < q[b].at || q[a].at == q[b].at && q[a].seq < q[b].seq
}
func (q queue) Swap(a, b int) { q[a], q[b] = q[b], q[a] }
func (q *queue) Push(x any)   { *q = append(*q, x.(*pending)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// failer is what of a *testing.T or a *rapid.T is used here.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// sim drives a machine in virtual time.
type sim struct {
	t      failer
	m      *runtime.Machine
	fate   fate
	queue  queue
	open   map[string]*pending // what a task or timer will do
	status map[string]ir.Status
	steps  []runtime.Step // copied
	events []runtime.Event
	report *runtime.Report
	now    ir.Time
	ended  ir.Time
	before func() // called before each event but the first
}

// simulate runs a program to its end. It is cancelled from outside at a time,
// unless that is 0.
func simulate(t failer, p *ir.Program, f fate, cancel ir.Time) *sim {
	t.Helper()
	return simulateFrom(t, p, f, cancel, runtime.Start{})
}

// simulateFrom is simulate of a run whose first event has more in it.
func simulateFrom(t failer, p *ir.Program, f fate, cancel ir.Time, start runtime.Start) *sim {
	t.Helper()
	s := begin(t, p, f)
	start.Workflow, start.Run, start.Flags = "w", "r", runtime.Flags
	*s.queue[0].e.Start = start
	if cancel > 0 {
		s.push(cancel, "", runtime.Event{Type: runtime.CancelRequested})
	}
	s.run()
	return s
}

// signalEvery is how often a signal comes, for those that wait for one.
const signalEvery = 7_000_000_001

// begin returns a run that is about to start.
func begin(t failer, p *ir.Program, f fate) *sim {
	t.Helper()
	m, err := runtime.New(p, "", runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s := &sim{t: t, m: m, fate: f, open: map[string]*pending{}, status: map[string]ir.Status{}, report: runtime.NewReport(p, "")}
	s.push(0, "", runtime.Event{Type: runtime.RunStarted, Start: &runtime.Start{Workflow: "w", Run: "r", Flags: runtime.Flags}})
	s.push(signalEvery, "", runtime.Event{Type: runtime.SignalReceived, Name: "s"})
	return s
}

func (s *sim) push(at ir.Time, key string, e runtime.Event) {
	p := &pending{at: at, seq: len(s.events)*1000 + len(s.queue), e: e}
	heap.Push(&s.queue, p)
	if key != "" {
		s.open[key] = p
	}
}

func (s *sim) run() {
	for !s.m.Done() {
		if len(s.queue) == 0 {
			s.t.Fatal("the run hangs: nothing is open")
		}
		if len(s.events) > 50_000 { // signals go on for ever
			s.t.Fatal("the run hangs: nothing but signals comes")
		}
		p := heap.Pop(&s.queue).(*pending)
		if p.gone {
			continue
		}
		s.now = p.at
		if s.before != nil && len(s.events) > 0 {
			s.before()
		}
		p.gone = true
		if p.e.Type == runtime.SignalReceived {
			s.push(p.at+signalEvery, "", p.e)
		}
		s.apply(p.e, p.at)
	}
}

func (s *sim) apply(e runtime.Event, at ir.Time) {
	if s.m.Done() && e.Type != runtime.UndoRequested {
		return
	}
	e.Time, e.Seq = at, int64(len(s.events)+1)
	s.events = append(s.events, e)
	step, err := s.m.Apply(e)
	if err != nil {
		s.t.Fatal(err)
	}
	s.report.Add(e, step)
	s.steps = append(s.steps, runtime.Step{Commands: append([]runtime.Command(nil), step.Commands...), Changes: append([]runtime.Change(nil), step.Changes...)})
	for _, c := range step.Changes {
		if c.Ending == ir.Waiting {
			s.status[c.Node] = c.To
		}
	}
	for _, c := range step.Commands {
		s.command(at, c)
	}
	s.ended = at
}

func (s *sim) command(now ir.Time, c runtime.Command) {
	task, timer := c.Node+" task", c.Node+" "+string(c.Timer)
	switch c.Type {
	case runtime.ScheduleTask:
		e := runtime.Event{Type: runtime.TaskCompleted, Node: c.Node, Attempt: c.Attempt}
		if s.fate.fails(c.Node, c.Attempt) {
			e.Type, e.Failure = runtime.TaskFailed, &runtime.Failure{Error: "Failed", Message: "exit status 1"}
		}
		s.push(now+s.fate.duration(c.Node, c.Attempt), task, e)
	case runtime.CancelTask:
		if s.before == nil && (s.open[task] == nil || s.open[task].gone) {
			s.t.Fatalf("%s is cancelled, but is not open", c.Node)
		}
		s.open[task].gone = true
		s.push(now+s.fate.linger(c.Node, c.Attempt), task, runtime.Event{Type: runtime.TaskCancelled, Node: c.Node, Attempt: c.Attempt})
	case runtime.StartTimer:
		s.push(c.Due, timer, runtime.Event{Type: runtime.TimerFired, Node: c.Node, Timer: c.Timer})
	case runtime.CancelTimer:
		if s.before == nil && (s.open[timer] == nil || s.open[timer].gone) {
			s.t.Fatalf("timer %s is cancelled, but does not run", timer)
		}
		s.open[timer].gone = true
	}
}
