package swf

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/store"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// A readError is what an interpreter said of a history, as opposed to what
// the service said of it.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// A panicError is a bug.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return "a bug in flowc" }

// An unregisteredError says that a type is missing and could not be registered.
type unregisteredError struct {
	what string
	err  error
}

func (e *unregisteredError) Error() string {
	return e.what + " could not be registered: " + e.err.Error()
}
func (e *unregisteredError) Unwrap() error { return e.err }

// An answerError is what came of an answer that the service did not take.
type answerError struct {
	err  error
	list []types.Decision
}

func (e *answerError) Error() string { return e.err.Error() }
func (e *answerError) Unwrap() error { return e.err }

// maxShown is how much of refused decisions is logged.
const maxShown = 8 << 10

// unsaid are the members of a decision that say nothing.
var unsaid = regexp.MustCompile(`"[A-Za-z]+":null,?`)

// decisions returns what was refused, as a log has it.
func (e *answerError) decisions() string {
	text, err := json.Marshal(e.list)
	if err != nil {
		return err.Error()
	}
	text = unsaid.ReplaceAll(text, nil)
	return string(text[:min(len(text), maxShown)])
}

// why returns why a decision task was left, as meters hear it.
func why(err error) string {
	var (
		bug     *panicError
		broken  *decide.BrokenError
		program *decide.UnknownProgramError
		absent  *store.UnknownProgramError
		value   *wire.MissingError
		read    *readError
		answer  *answerError
		refused *account.Refused
	)
	switch {
	case errors.As(err, &bug), errors.As(err, &broken) && broken.Stack != "":
		return LeftPanic
	case errors.As(err, &program):
		if program.Err == nil || errors.As(err, &absent) {
			return LeftUnknown
		}
		return LeftUnavailable
	case errors.As(err, &value):
		return LeftUnavailable
	case errors.As(err, &answer):
		if errors.As(account.Explain(answer.err), &refused) && refused.Code != "UnknownResourceFault" {
			return LeftRefused
		}
		return LeftLost
	case errors.As(err, &read):
		return LeftDiverged
	default:
		return LeftUnavailable
	}
}

// leave leaves a decision task to time out, so that this decider or another
// takes it up again: the execution itself is not to suffer. What was in memory
// of it has been forgotten.
func (d *Decider) leave(ctx context.Context, t *task, err error, log *slog.Logger) {
	left := why(err)
	d.meter.DecisionLeft(aws.ToString(t.first.WorkflowType.Name), left)
	log = log.With("why", left, "error", account.Explain(err).Error())
	if broken := (*decide.BrokenError)(nil); errors.As(err, &broken) && broken.Stack != "" {
		log = log.With("stack", broken.Stack)
	}
	if bug := (*panicError)(nil); errors.As(err, &bug) {
		log = log.With("panic", bug.value, "stack", string(bug.stack))
	}
	if refused := (*answerError)(nil); left == LeftRefused && errors.As(err, &refused) {
		log = log.With("decisions", refused.decisions())
	}
	switch left {
	case LeftPanic, LeftDiverged:
		log.Error("the decision is left to time out")
		d.save(ctx, t)
	case LeftLost:
		log.Info("the answer came too late, or nobody knows whether it came")
	case LeftRefused:
		log.Error("the service refused the decisions, which are left to time out")
	default:
		log.Warn("the decision is left to time out")
	}
}
