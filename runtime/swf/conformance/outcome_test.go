package conformance_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/google/go-cmp/cmp"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/sim"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// An outcome is what came of a scenario, in the same words whatever carried it
// out.
type outcome struct {
	Status  string
	Result  any // as JSON has it
	Failure string
	Elapsed time.Duration
	Nodes   map[string]string // status, and error of a failure, by path
}

// simulated returns the outcome of a simulation.
func simulated(o sim.Outcome) outcome {
	out := outcome{Status: o.Status.String(), Failure: inWords(o.Failure), Elapsed: time.Duration(o.Elapsed), Nodes: map[string]string{}}
	out.Result = plain(string(o.Result))
	for _, n := range o.Nodes {
		out.Nodes[n.Path] = strings.TrimSpace(n.Status.String() + " " + n.Error)
	}
	return out
}

func plain(text string) (v any) {
	_ = json.Unmarshal([]byte(text), &v)
	return v
}

func inWords(f *runtime.Failure) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%s at %s after %d: %s %s", f.Error, f.Node, f.Attempts, f.Message, f.Details)
}

// outcome returns what came of the scenario on the stage.
func (s *stage) outcome() outcome {
	s.t.Helper()
	out := outcome{Status: ir.Running.String(), Nodes: map[string]string{}}
	env := &decide.Env{Program: s.store.Program, Blobs: s.store, Default: func(string, string) (string, map[string]json.RawMessage) { return s.program.Hash(), nil }}
	detached := map[string]bool{} // calls that do not wait
	for _, x := range s.runs {
		record, err := decide.Record(env, x.id, x.events)
		if err != nil {
			s.story()
			s.t.Fatalf("the history of %s cannot be read: %v", x.id.WorkflowID, err)
		}
		if record.Program == nil { // it had not begun
			continue
		}
		err = record.Each(func(_ *runtime.Event, step runtime.Step) bool {
			for _, c := range step.Commands {
				if c.Type == runtime.StartChild && c.Child.Detach {
					detached[x.path(c.Node)] = true
				}
			}
			for k := range step.Changes {
				c := &step.Changes[k]
				if c.Parent == "" && x.prefix != "" && !detached[x.prefix] || x.slice && !strings.Contains(c.Node, "[") || sliced.MatchString(c.Node) {
					continue
				}
				keep(out.Nodes, x.path(c.Node), c)
			}
			return true
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	last := s.runs[0]
	for last.next != nil {
		last = last.next
	}
	if !last.closed {
		return out
	}
	e := last.events[len(last.events)-1]
	out.Elapsed = e.EventTimestamp.Sub(epoch())
	var failure *runtime.Failure
	switch e.EventType {
	case types.EventTypeWorkflowExecutionCompleted:
		out.Status = ir.Succeeded.String()
		text, err := wire.Open(s.store, aws.ToString(e.WorkflowExecutionCompletedEventAttributes.Result))
		s.ok(err)
		out.Result = plain(text)
	case types.EventTypeWorkflowExecutionCanceled:
		out.Status = ir.Cancelled.String()
	case types.EventTypeWorkflowExecutionFailed:
		a := e.WorkflowExecutionFailedEventAttributes
		f, timedOut, err := wire.ReadEnded(s.store, aws.ToString(a.Reason), aws.ToString(a.Details))
		s.ok(err)
		failure, out.Status = f, ir.Failed.String()
		if timedOut {
			out.Status = ir.TimedOut.String()
		}
	default:
		out.Status = string(e.EventType)
	}
	out.Failure = inWords(failure)
	return out
}

// compare runs a scenario as a simulation and on a stage, and compares what came
// of it. Exactly says that the times are to be the same too.
func compare(s *stage, plan *runtime.Plan, script sim.Scenario, exactly bool) {
	s.t.Helper()
	foretold, err := sim.Run(plan, s.program, script)
	if err != nil {
		s.t.Fatal(err)
	}
	order := map[string]int{}
	for k, n := range foretold.Nodes {
		order[n.Path] = k
	}
	want, got := simulated(foretold), s.perform(script, order)
	if !exactly || want.Status == ir.Running.String() { // what hangs may do so for any time
		want.Elapsed, got.Elapsed = 0, 0
	}
	if d := cmp.Diff(want, got); d != "" {
		s.story()
		text, _ := json.Marshal(script)
		s.t.Errorf("(-simulated +on SWF)\n%s\nscenario %s\n%s", d, text, s.program.Sources[0].Text)
	}
}
