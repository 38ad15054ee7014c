package history

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// A Replay goes through what happened in a run once more, as its interpreter
// did.
type Replay struct {
	machine *runtime.Machine
	report  *runtime.Report
	seq     int64
	now     ir.Time
}

// NewReplay returns a replay in which nothing has happened yet.
func NewReplay(p *ir.Program, workflow string) (*Replay, error) {
	m, err := runtime.New(p, workflow, runtime.Config{})
	if err != nil {
		return nil, err
	}
	return &Replay{machine: m, report: runtime.NewReport(p, workflow)}, nil
}

// Apply takes the next event, and returns what followed from it. The step is
// valid until the next call.
func (r *Replay) Apply(e runtime.Event) (runtime.Step, error) {
	step, err := r.machine.Apply(e)
	if err != nil {
		return step, fmt.Errorf("event %d cannot be replayed: %w", e.Seq, err)
	}
	r.seq, r.now = e.Seq, e.Time
	r.report.Add(e, step)
	return step, nil
}

// Done reports whether the run has come to its end by itself.
func (r *Replay) Done() bool { return r.machine.Done() }

// Report returns what is known of the run by now.
func (r *Replay) Report() runtime.RunReport { return r.report.Object() }

// Each replays the record, and calls see with each event and what followed
// from it, until that returns false.
func (r *Record) Each(see func(e *runtime.Event, s runtime.Step) bool) error {
	if err := r.Known(); err != nil {
		return err
	}
	replay, err := NewReplay(r.Program, r.Summary.Workflow)
	if err != nil {
		return err
	}
	for i := range r.Events {
		step, err := replay.Apply(r.Events[i])
		if err != nil {
			return err
		}
		if !see(&r.Events[i], step) {
			return nil
		}
	}
	return nil
}

// NodeStatus returns how far the node with an id has come: it is waiting also if
// there is no such node yet.
func (r *Record) NodeStatus(id string) (ir.Status, error) {
	status := ir.Waiting
	err := r.Each(func(_ *runtime.Event, s runtime.Step) bool {
		for k := range s.Changes {
			if s.Changes[k].Node == id {
				status = s.Changes[k].To
			}
		}
		return true
	})
	return status, err
}

// Until returns the record as it was at a moment: with the events up to then.
// It is the same one if that is all of them.
func (r *Record) Until(m Moment) *Record {
	n := len(r.Events)
	for n > 0 && !m.has(&r.Events[n-1]) {
		n--
	}
	if n == len(r.Events) {
		return r
	}
	was := *r
	was.Events = r.Events[:n]
	was.Summary.Status, was.Summary.Ended, was.Summary.Alive = ir.Running.String(), 0, true
	if was.then = m.Time; was.then == 0 && n > 0 {
		was.then = was.Events[n-1].Time
	}
	return &was
}

// A Moment is a point in the history of a run. The zero Moment is its end.
type Moment struct {
	Event int64   // after this event; 0 is any
	Time  ir.Time // at this time; 0 is any
}

// has reports whether an event had happened by then.
func (m Moment) has(e *runtime.Event) bool {
	return (m.Event == 0 || e.Seq <= m.Event) && (m.Time == 0 || e.Time <= m.Time)
}

// settle makes a report of a run agree with what is known from elsewhere of its
// end: of one that was ended from without, the interpreter does not know it.
// What ran was abandoned, what had not begun never will.
func (r *Record) settle(o *runtime.RunReport) {
	s := &r.Summary
	if s.Ended == 0 || s.Status == ir.Running.String() {
		return
	}
	if r.Failure != nil {
		o.Failure = &runtime.FailureReport{Failure: r.Failure}
	}
	if o.Ended != nil {
		if s.Status == ir.Succeeded.String() && o.Status == ir.Failed.String() { // a value that the run had then is lost
			o.Status, o.Failure = s.Status, nil
		}
		return
	}
	ended := s.Ended
	o.Status, o.Ended = s.Status, &ended
	for i := range o.Nodes {
		switch n := &o.Nodes[i]; n.Status {
		case ir.Waiting.String():
			n.Status = ir.Skipped.String()
		case ir.Running.String():
			n.Status, n.Ended = ir.Abandoned.String(), &ended
		}
	}
}
