// Package historytest makes records of runs out of text, for tests of what
// shows them.
//
// A script has a line an event: when, counted from the beginning of the run,
// what, and of which node. Attempts need not be said, they are the current
// ones. A space in the id of a node is written `·`:
//
//	0s    start {"n": 1}
//	0.5s  began w/a
//	1s    done w/a {"x": 1}
//	2s    fail w/b Late it took too long
//	3s    fire w/b retry
//
// A start that ends in `shards` is of a driver that has slices of maps done by
// child runs. The others are timeout, cancelled and abandoned NODE, child NODE RUN,
// childdone NODE RESULT, childfail NODE ERROR MESSAGE, signal NAME PAYLOAD,
// cancel [NODE], undo.
package historytest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
)

// Begin is when the runs of scripts begin.
const Begin = ir.Time(1769824800 * 1e9) // 2026-01-31T02:00:00Z

// Record returns the record of a run of p with that id.
func Record(p *ir.Program, run, script string) (*history.Record, error) {
	r := &history.Record{Program: p, Summary: history.Summary{Run: run, WorkflowID: run, Workflow: p.Main, IR: p.Hash(), Started: Begin, Alive: true}}
	replay, err := history.NewReplay(p, p.Main)
	if err != nil {
		return nil, err
	}
	attempts := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(script), "\n") {
		e, err := event(strings.TrimSpace(line), attempts)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		if e.Seq = int64(len(r.Events)) + 1; e.Start != nil {
			e.Start.IR, e.Start.Workflow, e.Start.Run, e.Start.WorkflowID = p.Hash(), p.Main, run, run
		}
		step, err := replay.Apply(e)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		if len(step.Commands)+len(step.Changes) == 0 && !silent[e.Type] {
			return nil, fmt.Errorf("%q: the run does not wait for that; there are %s", line, ids(replay))
		}
		for _, c := range step.Commands {
			if c.Type == runtime.ScheduleTask || c.Type == runtime.StartChild {
				attempts[c.Node] = c.Attempt
			}
		}
		r.Events = append(r.Events, e)
		if replay.Done() && r.Summary.Ended == 0 {
			r.Summary.Ended, r.Summary.Alive = e.Time, false
		}
	}
	r.Summary.Status = replay.Report().Status
	return r, nil
}

// silent are the events that need not lead to anything.
var silent = map[runtime.EventType]bool{
	runtime.TaskStarted: true, runtime.ChildStarted: true, runtime.SignalReceived: true, runtime.CancelRequested: true, runtime.TaskCancelled: true,
}

// ids returns the ids of what runs.
func ids(r *history.Replay) string {
	var list []string
	for _, n := range r.Report().Nodes {
		if n.Status == ir.Running.String() {
			list = append(list, n.ID)
		}
	}
	return strings.Join(list, ", ")
}

// event reads a line.
func event(line string, attempts map[string]int) (runtime.Event, error) {
	when, rest, _ := strings.Cut(line, " ")
	after, err := time.ParseDuration(when)
	if err != nil {
		return runtime.Event{}, err
	}
	verb, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
	node, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
	node, rest = strings.ReplaceAll(node, "·", " "), strings.TrimSpace(rest)
	e := runtime.Event{Time: Begin + ir.Time(after), Node: node, Attempt: attempts[node]}
	fails := func(t runtime.EventType) {
		name, message, _ := strings.Cut(rest, " ")
		e.Type, e.Failure = t, &runtime.Failure{Node: node, Error: name, Message: strings.TrimSpace(message), Attempts: e.Attempt}
		if text, details, ok := strings.Cut(e.Failure.Message, " details "); ok {
			e.Failure.Message, e.Failure.Details = text, json.RawMessage(details)
		}
	}
	switch verb {
	case "start":
		e = runtime.Event{Time: e.Time, Type: runtime.RunStarted, Start: &runtime.Start{Flags: runtime.Flags}}
		input, shards := strings.CutSuffix(node+" "+rest, " shards")
		e.Start.Shards = shards
		err = json.Unmarshal([]byte(input), &e.Start.Input)
	case "began":
		e.Type = runtime.TaskStarted
	case "done":
		e.Type, e.Result = runtime.TaskCompleted, raw(rest)
	case "fail":
		fails(runtime.TaskFailed)
	case "timeout":
		e.Type, e.Timeout = runtime.TaskTimedOut, runtime.StartToClose
	case "cancelled":
		e.Type = runtime.TaskCancelled
	case "abandoned":
		e.Type = runtime.TaskAbandoned
	case "fire":
		e.Type, e.Timer = runtime.TimerFired, runtime.TimerKind(rest)
	case "child":
		e.Type, e.Child = runtime.ChildStarted, rest
	case "childdone":
		e.Type, e.Result = runtime.ChildCompleted, raw(rest)
	case "childfail":
		fails(runtime.ChildFailed)
	case "signal":
		e.Type, e.Name, e.Node, e.Result = runtime.SignalReceived, node, "", raw(rest)
	case "cancel":
		e.Type = runtime.CancelRequested
	case "undo":
		e.Type = runtime.UndoRequested
	default:
		err = fmt.Errorf("%q is no event", verb)
	}
	return e, err
}

func raw(text string) json.RawMessage {
	if text == "" {
		return json.RawMessage("null")
	}
	return json.RawMessage(text)
}
