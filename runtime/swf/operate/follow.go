package operate

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/decide"
)

// A Follower reads the history of an execution as it grows, and what it means
// for the run. Each event is fetched once. It is for one goroutine.
type Follower struct {
	domain *Domain
	of     Execution
	x      *decide.Execution
	news   []Fact
	tasks  map[int64]Begun // that were scheduled and have not begun, by the event that did it
	begun  []Begun         // since the last call
	next   Execution       // in which the run goes on, when this one has ended so
	closed types.EventType
}

// A Fact is an event of a run, and what followed from it.
type Fact struct {
	Event runtime.Event
	Step  runtime.Step
}

// Begun is an attempt of a task that a worker has taken. This is known before
// any decider hears of it.
type Begun struct {
	Time    time.Time `json:"-"`
	Node    string    `json:"node"`
	Attempt int       `json:"attempt"`
}

// Follow returns a follower that has read nothing.
func (d *Domain) Follow(of Execution) *Follower {
	f := &Follower{domain: d, of: of, tasks: map[int64]Begun{}}
	env := d.env()
	env.Observe = func(e runtime.Event, s runtime.Step) {
		f.news = append(f.news, Fact{e, runtime.Step{Commands: slices.Clone(s.Commands), Changes: slices.Clone(s.Changes)}})
	}
	f.x = decide.New(env, decide.ID{WorkflowID: of.WorkflowID, RunID: of.Run})
	return f
}

// Execution returns what is followed.
func (f *Follower) Execution() Execution { return f.of }

// Closed reports whether the execution has ended, and all of it was read.
func (f *Follower) Closed() bool { return f.closed != "" }

// Continued returns the execution in which the run goes on.
func (f *Follower) Continued() (Execution, bool) { return f.next, f.next.Run != "" }

// Program returns what the execution is a run of, nil until a decider has said
// it.
func (f *Follower) Program() *ir.Program { return f.x.Program() }

// Start returns what the run was started with, nil as Program.
func (f *Follower) Start() *runtime.Start { return f.x.Start() }

// few is how many events are asked for when little can have happened.
const few = 100

// Next reads what has happened since the last call. What no decider has seen
// yet is left for later, unless the execution has ended.
func (f *Follower) Next() ([]Fact, error) {
	if f.closed != "" {
		return nil, nil
	}
	events, err := f.fetch()
	if err != nil {
		return nil, err
	}
	for i := range events {
		f.look(&events[i])
	}
	if len(events) > 0 {
		last := &events[len(events)-1]
		if ends(last.EventType) {
			f.closed = last.EventType
			if a := last.WorkflowExecutionContinuedAsNewEventAttributes; a != nil {
				f.next = Execution{f.of.WorkflowID, aws.ToString(a.NewExecutionRunId)}
			}
		}
		if err := f.x.Read(events); err != nil {
			return f.take(), err
		}
	}
	if f.closed != "" {
		err = f.x.Drain()
	}
	return f.take(), err
}

// Begun returns the attempts that workers have taken since it was last called.
func (f *Follower) Begun() []Begun {
	begun := f.begun
	f.begun = nil
	return begun
}

// look sees in an event what no decider need see first.
func (f *Follower) look(e *types.HistoryEvent) {
	switch e.EventType {
	case types.EventTypeActivityTaskScheduled:
		var note Begun
		if a := e.ActivityTaskScheduledEventAttributes; a != nil && json.Unmarshal([]byte(aws.ToString(a.Control)), &note) == nil && note.Node != "" {
			f.tasks[e.EventId] = note
		}
	case types.EventTypeActivityTaskStarted:
		if a := e.ActivityTaskStartedEventAttributes; a != nil {
			if task, ok := f.tasks[a.ScheduledEventId]; ok {
				delete(f.tasks, a.ScheduledEventId)
				task.Time = aws.ToTime(e.EventTimestamp)
				f.begun = append(f.begun, task)
			}
		}
	case types.EventTypeChildWorkflowExecutionStarted:
		if a := e.ChildWorkflowExecutionStartedEventAttributes; a != nil && a.WorkflowExecution != nil {
			f.domain.saw(Execution{aws.ToString(a.WorkflowExecution.WorkflowId), aws.ToString(a.WorkflowExecution.RunId)})
		}
	}
}

// take returns the facts that are new.
func (f *Follower) take() []Fact {
	news := f.news
	f.news = nil
	return news
}

// fetch returns the events that were not read yet, in order: the first time
// from the beginning, later from the end.
func (f *Follower) fetch() ([]types.HistoryEvent, error) {
	known := f.x.LastEvent()
	in := &sdk.GetWorkflowExecutionHistoryInput{Domain: &f.domain.name, Execution: f.of.sdk()}
	if known > 0 {
		in.ReverseOrder, in.MaximumPageSize = true, few
	}
	var events []types.HistoryEvent
	pages := sdk.NewGetWorkflowExecutionHistoryPaginator(f.domain.api, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(f.domain.ctx)
		if err != nil {
			return nil, f.domain.unknown(f.of.WorkflowID+"/"+f.of.Run, err)
		}
		for _, e := range page.Events {
			if e.EventId <= known {
				slices.Reverse(events)
				return events, nil
			}
			events = append(events, e)
		}
	}
	if known > 0 {
		slices.Reverse(events)
	}
	return events, nil
}

// ends reports whether an event ends an execution.
func ends(t types.EventType) bool {
	switch t {
	case types.EventTypeWorkflowExecutionCompleted, types.EventTypeWorkflowExecutionFailed,
		types.EventTypeWorkflowExecutionTimedOut, types.EventTypeWorkflowExecutionCanceled,
		types.EventTypeWorkflowExecutionContinuedAsNew, types.EventTypeWorkflowExecutionTerminated:
		return true
	}
	return false
}

// Record returns a run and everything that happened in it. One that was not
// started by a flow, or of which the program is lost, has none.
func (d *Domain) Record(id string) (*history.Record, error) {
	x, err := d.Find(id)
	if err != nil {
		return nil, err
	}
	events, err := d.Follow(x).fetch()
	if err != nil {
		return nil, err
	}
	r, err := decide.Record(d.env(), decide.ID{WorkflowID: x.WorkflowID, RunID: x.Run}, events)
	var away *account.Unreachable
	if err == nil && errors.As(r.Lost, &away) { // it is known, but not now
		return nil, r.Lost
	}
	return r, err
}

// env returns what is needed to read a history.
func (d *Domain) env() *decide.Env {
	return &decide.Env{
		Program: d.store.Program, Blobs: d.store,
		Default: func(string, string) (string, map[string]json.RawMessage) { return "", nil },
	}
}

// Events returns the events of a run with greater numbers than after. Those
// that no decider has seen are not among them.
func (d *Domain) Events(id string, after int64) ([]runtime.Event, error) {
	x, err := d.Find(id)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	f := d.followers[x.Run]
	if f == nil || after == 0 {
		f = d.Follow(x)
		d.followers[x.Run] = f
	}
	d.mu.Unlock()
	facts, err := f.Next()
	var events []runtime.Event
	for i := range facts {
		if facts[i].Event.Seq > after {
			events = append(events, facts[i].Event)
		}
	}
	return events, err
}
