package decide

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/runtime"
)

// The service says why it does not do what was decided. What may come right is
// still wanted, and is decided again: at once, when there is room, or after a
// pause. The rest fails the node.

// remedy is what a refusal asks for.
type remedy uint8

const (
	giveUp   remedy = iota // the node fails
	register               // its type has to be registered
	makeRoom               // fewer may be open
	slowDown               // later
)

// remedies by cause. Those that are not listed are given up.
var remedies = map[string]remedy{
	"ACTIVITY_TYPE_DOES_NOT_EXIST":           register,
	"OPEN_ACTIVITIES_LIMIT_EXCEEDED":         makeRoom,
	"ACTIVITY_CREATION_RATE_EXCEEDED":        slowDown,
	"OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED":   makeRoom,
	"LAMBDA_FUNCTION_CREATION_RATE_EXCEEDED": slowDown,
	"WORKFLOW_TYPE_DOES_NOT_EXIST":           register,
	"OPEN_CHILDREN_LIMIT_EXCEEDED":           makeRoom,
	"OPEN_WORKFLOWS_LIMIT_EXCEEDED":          slowDown,
	"CHILD_CREATION_RATE_EXCEEDED":           slowDown,
}

// maxRegister is how often a type is registered that the service then says
// does not exist.
const maxRegister = 4

// refuse takes note that the service did not take some work, and returns why
// that is final, "" if it is not.
func (x *Execution) refuse(w *work, cause string, decision int64) string {
	q := &x.queues[w.class]
	w.refusals++
	switch remedies[cause] {
	case register:
		t := w.typeName()
		if x.ours.missing[t]++; w.refusals > maxRegister {
			return fmt.Sprintf("the service knows no type `%s`, version %s, and it could not be registered", t.name, t.version)
		}
		if w.refusals > 1 {
			q.pause.refuse(decision)
		}
		return ""
	case makeRoom:
		if q.shrink(); q.busy() == 0 { // there is nothing whose end could be waited for
			q.pause.refuse(decision)
		}
		return ""
	case slowDown:
		q.pause.refuse(decision)
		return ""
	}
	return explain(w, cause)
}

// explain says what is wrong in words that help.
func explain(w *work, cause string) string {
	t := w.typeName()
	kind := "activity"
	if t.workflow {
		kind = "workflow"
	}
	switch {
	case strings.HasSuffix(cause, "TYPE_DEPRECATED"):
		return fmt.Sprintf("the type of %s `%s`, version %s, is deprecated in this domain", kind, t.name, t.version)
	case cause == "OPERATION_NOT_PERMITTED":
		return fmt.Sprintf("the decider is not permitted to schedule %s `%s`, version %s", kind, t.name, t.version)
	case cause == "WORKFLOW_ALREADY_RUNNING" || strings.HasSuffix(cause, "ID_ALREADY_IN_USE"):
		return fmt.Sprintf("the id `%s` is in use already, by something that this run has not started", trimKey(w.id))
	case strings.HasPrefix(cause, "DEFAULT_"):
		return fmt.Sprintf("%s `%s`, version %s, has no default for a setting that is needed", kind, t.name, t.version)
	}
	return fmt.Sprintf("the service refused %s `%s`, version %s", kind, t.name, t.version)
}

// giveUp lets a node fail whose work the service will not do.
func (x *Execution) giveUp(w *work, cause, why string) {
	x.queues[w.class].remove(w)
	w.state = gone
	e := runtime.Event{Type: runtime.TaskFailed, Node: w.node, Attempt: w.attempt}
	if w.class == child {
		e.Type = runtime.ChildFailed
	}
	e.Failure = &runtime.Failure{Node: w.node, Error: Refused, Message: why + " (" + cause + ")", Details: field("cause", quote(cause))}
	x.happened(happening{event: e, work: w})
}

// taskRefused takes note that the service did not take a task.
func (x *Execution) taskRefused(e *types.HistoryEvent, id, cause string, decision int64) error {
	w := x.works[id]
	if x.bare {
		n := noteOf("", id)
		x.happened(happening{event: runtime.Event{Type: runtime.TaskFailed, Node: n.Node, Attempt: max(1, n.Attempt), Failure: &runtime.Failure{Node: n.Node, Error: Refused, Message: cause}}})
		return nil
	}
	if w == nil || w.state != wanted && cause != "ACTIVITY_ID_ALREADY_IN_USE" && cause != "ID_ALREADY_IN_USE" {
		n := noteOf("", id)
		return diverges(e, n.Node, fmt.Sprintf("`%s` could not be scheduled (%s)", n.Node, cause))
	}
	if w.state != wanted {
		return nil
	}
	if why := x.refuse(w, cause, decision); why != "" {
		x.giveUp(w, cause, why)
	}
	return nil
}

// childRefused takes note that the service did not start a child execution.
func (x *Execution) childRefused(e *types.HistoryEvent, a *types.StartChildWorkflowExecutionFailedEventAttributes) error {
	id := childKey(aws.ToString(a.WorkflowId))
	w := x.works[id]
	if x.bare {
		n := noteOf(aws.ToString(a.Control), trimKey(id))
		x.happened(happening{event: runtime.Event{Type: runtime.ChildFailed, Node: n.Node, Attempt: max(1, n.Attempt), Failure: &runtime.Failure{Node: n.Node, Error: Refused, Message: string(a.Cause)}}})
		return nil
	}
	if w == nil || w.state == gone {
		n := noteOf(aws.ToString(a.Control), trimKey(id))
		return diverges(e, n.Node, fmt.Sprintf("a child run of `%s` could not be started (%s)", n.Node, a.Cause))
	}
	if w.state == taken { // it was initiated, and then found to run already
		delete(x.events, w.event)
		x.queues[child].open--
		w.state = wanted
		x.giveUp(w, string(a.Cause), explain(w, string(a.Cause)))
		return nil
	}
	if why := x.refuse(w, string(a.Cause), a.DecisionTaskCompletedEventId); why != "" {
		x.giveUp(w, string(a.Cause), why)
	}
	return nil
}

// timerRefused takes note that the service did not start a timer. It cannot be
// waited for with another; the poller waits before it answers, see
// [Decisions.Delay].
func (x *Execution) timerRefused(id string, cause types.StartTimerFailedCause, decision int64) error {
	switch cause {
	case types.StartTimerFailedCauseOpenTimersLimitExceeded:
		if x.timers.window = max(1, min(x.timers.window, len(x.timers.open))); len(x.timers.open) == 0 {
			x.timers.refused.refuse(decision)
		}
	case types.StartTimerFailedCauseTimerCreationRateExceeded:
		x.timers.refused.refuse(decision)
	case types.StartTimerFailedCauseTimerIdAlreadyInUse:
		if t := x.timers.byID[id]; t != nil && t.state == taken || id == moreTimer || id == backoffTimer {
			return nil
		}
		x.getStuck(noteOf("", id).Node, fmt.Sprintf("the timer `%s` cannot be started: its id is in use already (%s)", id, cause))
	default:
		x.getStuck(noteOf("", id).Node, fmt.Sprintf("the timer `%s` cannot be started: the decider is not permitted to start timers (%s)", id, cause))
	}
	return nil
}

// getStuck ends a run that the service does not let go on.
func (x *Execution) getStuck(node, why string) {
	if x.stuck == nil && !x.bare {
		x.stuck = &runtime.Failure{Node: node, Error: Refused, Message: why}
	}
}

// closeRefused takes note that the execution was not closed. If it was because
// something new has happened, that will be seen to first.
func (x *Execution) closeRefused(cause string) {
	if cause != "UNHANDLED_DECISION" {
		x.ours.ending.refuse(x.last)
	}
}

// continueRefused takes note that the execution was not continued as a new
// one. If it cannot be, it goes on.
func (x *Execution) continueRefused(cause string) {
	switch {
	case cause == "UNHANDLED_DECISION":
	case strings.HasSuffix(cause, "RATE_EXCEEDED"):
		x.ours.ending.refuse(x.last)
	default:
		x.ours.staying = true
	}
}
