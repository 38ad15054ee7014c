package history

import (
	"bytes"
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// A Difference is where a run that was recorded, and what a definition of its
// flow leads to, part.
type Difference struct {
	Seq        int64  // of the event
	Node       string // that it is about, "" for the run
	Recorded   string // what was
	Definition string // what would be
}

// Check replays the entries of a run (see [Entries]) by a definition, and
// returns the first difference, nil if there is none. What a redrive or a
// continued run took over from before is not in entries, so neither can be
// checked.
func Check(p *ir.Program, recorded []Entry) (*Difference, error) {
	c := checker{asked: map[asked]bool{}}
	for k := 0; k < len(recorded); {
		if fromWithout(recorded, k) { // whatever the definition says
			return nil, nil
		}
		e := recorded[k].event()
		if e.Type == runtime.RunStarted {
			if err := c.begin(p, e.Start); err != nil {
				return nil, err
			}
		}
		if c.replay == nil {
			return nil, fmt.Errorf("the events do not begin with %s", runtime.RunStarted)
		}
		if d := c.expected(&e); d != nil {
			return d, nil
		}
		step, err := c.replay.Apply(e)
		if err != nil {
			return nil, err
		}
		c.heed(&step)
		ours := Entries(nil, &e, &step)
		k++
		for _, is := range ours[1:] { // the first is the event itself
			if k == len(recorded) {
				return nil, nil // of what was decided last not all was recorded
			}
			if d := same(&recorded[k], &is); d != nil {
				return d, nil
			}
			k++
		}
		if k < len(recorded) && recorded[k].derived() && !fromWithout(recorded, k) {
			return same(&recorded[k], &Entry{Seq: recorded[k].Seq}), nil
		}
	}
	return nil, nil
}

// checker is what Check knows on its way.
type checker struct {
	replay *Replay
	asked  map[asked]bool // what the definition has asked for
}

// asked is a task, child or timer.
type asked struct {
	node    string
	attempt int
	timer   runtime.TimerKind
}

func (c *checker) begin(p *ir.Program, s *runtime.Start) error {
	if s == nil {
		return fmt.Errorf("%s carries no start", runtime.RunStarted)
	}
	var err error
	c.replay, err = NewReplay(p, s.Workflow)
	return err
}

// heed remembers what is asked for.
func (c *checker) heed(s *runtime.Step) {
	for k := range s.Commands {
		switch q := &s.Commands[k]; q.Type {
		case runtime.ScheduleTask, runtime.StartChild:
			c.asked[asked{node: q.Node, attempt: q.Attempt}] = true
		case runtime.StartTimer:
			c.asked[asked{node: q.Node, timer: q.Timer}] = true
		}
	}
}

// expected reports an event about what the definition has not asked for.
func (c *checker) expected(e *runtime.Event) *Difference {
	what := asked{node: e.Node, attempt: e.Attempt}
	switch e.Type {
	case runtime.TaskScheduled, runtime.TaskStarted, runtime.TaskCompleted, runtime.TaskFailed, runtime.TaskTimedOut, runtime.TaskCancelled, runtime.TaskAbandoned,
		runtime.ChildStarted, runtime.ChildCompleted, runtime.ChildFailed, runtime.ChildTimedOut, runtime.ChildCancelled:
	case runtime.TimerFired:
		what = asked{node: e.Node, timer: e.Timer}
	default:
		return nil
	}
	if c.asked[what] {
		return nil
	}
	entry := Entry{Type: string(e.Type), Node: e.Node, Attempt: e.Attempt, Timer: e.Timer}
	return &Difference{Seq: e.Seq, Node: e.Node, Recorded: entry.words(), Definition: "does not ask for that"}
}

// same reports the difference of an entry that was recorded and one of ours.
func same(was, is *Entry) *Difference {
	if was.Type == is.Type && was.Node == is.Node && was.Because == is.Because && was.Status == is.Status && bytes.Equal(was.Result, is.Result) {
		return nil
	}
	d := &Difference{Seq: was.Seq, Node: is.Node, Recorded: was.words(), Definition: is.words()}
	if d.Node == "" {
		d.Node = was.Node
	}
	return d
}

// derived reports whether an entry is no event, but follows from one.
func (e *Entry) derived() bool {
	return e.Type == NodeCancelled || e.Type == NodeSkipped || e.Type == RunEnded
}

// fromWithout reports whether an entry is the end of a run that was ended from
// without, see [Replay.Ending].
func fromWithout(list []Entry, k int) bool {
	return k > 0 && list[k].Type == RunEnded && list[k].Seq > list[k-1].Seq
}

// event returns the event that an entry is.
func (e *Entry) event() runtime.Event {
	return runtime.Event{
		Seq: e.Seq, Time: e.Time, Type: runtime.EventType(e.Type), Node: e.Node, Attempt: e.Attempt, Timer: e.Timer, Timeout: e.Timeout,
		Name: e.Name, Child: e.Child, Result: e.Result, Failure: e.Failure, Start: e.Start,
	}
}

// words says what an entry says.
func (e *Entry) words() string {
	text := e.Type
	if e.Node != "" {
		text += " `" + e.Node + "`"
	}
	if e.Attempt > 1 {
		text += fmt.Sprintf(" attempt %d", e.Attempt)
	}
	if e.Timer != "" {
		text += fmt.Sprintf(" (%s)", e.Timer)
	}
	if e.Status != "" {
		text += " " + e.Status
	}
	if len(e.Result) > 0 && len(e.Result) < 80 {
		text += " with " + string(e.Result)
	}
	if e.Because != "" {
		text += " because of `" + e.Because + "`"
	}
	if text == "" {
		return "nothing more"
	}
	return text
}
