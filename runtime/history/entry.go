package history

import (
	"encoding/json"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// An Entry is a line of `events`: an event, or what the interpreter decided
// because of it, which has the number and the time of that event.
type Entry struct {
	Seq     int64               `json:"seq"`
	Time    ir.Time             `json:"time"`
	Type    string              `json:"type"` // of the event, or one of those below
	Node    string              `json:"node,omitempty"`
	Attempt int                 `json:"attempt,omitempty"`
	Timer   runtime.TimerKind   `json:"timer,omitempty"`
	Timeout runtime.TimeoutKind `json:"timeout,omitempty"`
	Name    string              `json:"name,omitempty"`
	Child   string              `json:"child,omitempty"`
	Result  json.RawMessage     `json:"result,omitempty"`
	Failure *runtime.Failure    `json:"failure,omitempty"`
	Start   *runtime.Start      `json:"start,omitempty"`
	Status  string              `json:"status,omitempty"`  // RunEnded: of the run
	Because string              `json:"because,omitempty"` // NodeCancelled, NodeSkipped: the node whose failure was the cause
}

// Types of entries that are no events.
const (
	NodeCancelled = "NodeCancelled" // it was decided to cancel the node: what runs is asked to stop, what waits never begins
	NodeSkipped   = "NodeSkipped"   // it will not begin: what it needs has failed, or a branch was not taken
	RunEnded      = "RunEnded"      // nothing follows
)

// Entries adds the entries of an event, and of what followed from it, to list:
// cancellations in the order in which they were made.
func Entries(list []Entry, e *runtime.Event, s *runtime.Step) []Entry {
	list = append(list, Entry{
		Seq: e.Seq, Time: e.Time, Type: string(e.Type), Node: e.Node, Attempt: e.Attempt, Timer: e.Timer, Timeout: e.Timeout,
		Name: e.Name, Child: e.Child, Result: e.Result, Failure: e.Failure, Start: brief(e.Start),
	})
	for i := range s.Changes {
		c := &s.Changes[i]
		line := Entry{Seq: e.Seq, Time: e.Time, Node: c.Node, Because: c.Because}
		switch {
		case c.Ending == ir.Cancelled || c.From == ir.Waiting && c.To == ir.Cancelled:
			line.Type = NodeCancelled
		case c.Ending == ir.Waiting && c.To == ir.Skipped:
			line.Type = NodeSkipped
		default:
			continue
		}
		list = append(list, line)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		end := Entry{Seq: e.Seq, Time: e.Time, Type: RunEnded, Result: c.Result, Failure: c.Failure}
		switch c.Type {
		case runtime.CompleteRun:
			end.Status = ir.Succeeded.String()
			if slices.ContainsFunc(s.Changes, func(c runtime.Change) bool { return c.Parent == "" && c.To == ir.Undone }) {
				end.Status = ir.Undone.String()
			}
		case runtime.FailRun:
			end.Status = ir.Failed.String()
		case runtime.TimeOutRun:
			end.Status = ir.TimedOut.String()
		case runtime.CancelRun:
			end.Status = ir.Cancelled.String()
		default:
			continue
		}
		list = append(list, end)
	}
	return list
}

// Ending returns the entry of the end of a run that was ended from without, of
// which no event tells, when all its events were replayed. It has a number of
// its own: nobody decided it because of an event. ok is false of any other run.
func (r *Replay) Ending(of *Record) (end Entry, ok bool) {
	s := &of.Summary
	if r.Done() || s.Ended == 0 || s.Status == ir.Running.String() {
		return Entry{}, false
	}
	end = Entry{Seq: r.seq + 1, Time: s.Ended, Type: RunEnded, Status: s.Status, Failure: of.Failure}
	if end.Status == ir.Cancelled.String() { // not by its interpreter, which would have run handlers
		end.Status = killed
	}
	return end, true
}

// killed is the status of a run that was ended from without.
const killed = "killed"

// brief returns a start without what it takes over from an earlier run, which
// may be as long as the whole of that.
func brief(s *runtime.Start) *runtime.Start {
	if s == nil || s.Carried == nil && s.Reuse == nil {
		return s
	}
	b := *s
	b.Carried = nil
	if s.Reuse != nil {
		b.Reuse = &runtime.Reuse{Run: s.Reuse.Run, Again: s.Reuse.Again}
	}
	return &b
}
