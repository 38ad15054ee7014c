package worker

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/aws/smithy-go"

	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// An answer closes a task. It may be sent any number of times.
type answer struct {
	status string // for the meter
	send   func(context.Context) error
}

// answer returns what the service is told of how an attempt ended.
func (j *job) answer(e runtime.Event) answer {
	switch {
	case e.Type == runtime.TaskCompleted:
		return j.completed(e.Result)
	case e.Type == runtime.TaskTimedOut:
		a := j.failed(e.Failure)
		a.status = "timed_out"
		return a
	case e.Type == runtime.TaskFailed:
		return j.failed(e.Failure)
	case j.is(cancelRequested):
		return j.cancelled(e.Type == runtime.TaskAbandoned)
	}
	return j.failed(&runtime.Failure{
		Error: runtime.Undeclared, Message: "the worker was stopped before the task had ended", Details: j.attempt.Details(),
	})
}

// completed answers with a result. A store that cannot be reached now is no
// reason to give up what may have taken hours: it is tried as the service is.
func (j *job) completed(result json.RawMessage) answer {
	if len(result) == 0 {
		result = json.RawMessage("null")
	}
	fit := func() (string, error) { return wire.Fit(j.w.cfg.blobs(), string(result), limits.Result) }
	text, kept := fit()
	var away *account.Unreachable
	if kept != nil && !errors.As(kept, &away) {
		return j.failed(&runtime.Failure{Error: runtime.BadResult, Message: kept.Error()})
	}
	return answer{"completed", func(ctx context.Context) error {
		if kept != nil {
			if text, kept = fit(); kept != nil {
				return kept
			}
		}
		_, err := j.w.cfg.Service.RespondActivityTaskCompleted(ctx, &swf.RespondActivityTaskCompletedInput{TaskToken: &j.token, Result: &text})
		return err
	}}
}

// failed answers with a failure. Details that are too long and cannot be kept
// are left out: better half of it than none.
func (j *job) failed(f *runtime.Failure) answer {
	own := *f
	own.Node = j.attempt.Node
	reason, details, err := wire.Failure(j.w.cfg.blobs(), &own)
	if err != nil {
		j.log().Warn("the details of a failure are left out", "error", err)
		own.Details, own.Message = nil, wire.Cut(own.Message, limits.Reason)
		reason, details, _ = wire.Failure(nil, &own)
	}
	return answer{"failed", func(ctx context.Context) error {
		_, err := j.w.cfg.Service.RespondActivityTaskFailed(ctx, &swf.RespondActivityTaskFailedInput{TaskToken: &j.token, Reason: &reason, Details: &details})
		return err
	}}
}

// cancelled answers that the task ended because that was requested. What does
// not end is left behind.
func (j *job) cancelled(abandoned bool) answer {
	details := string(j.attempt.Details())
	switch {
	case abandoned:
		details = `{"abandoned":true,"message":"it did not end within the grace time"}`
	case details == "":
		details = "{}"
	}
	details, err := wire.Fit(j.w.cfg.blobs(), details, limits.Details)
	if err != nil {
		details = "{}"
	}
	return answer{"cancelled", func(ctx context.Context) error {
		_, err := j.w.cfg.Service.RespondActivityTaskCanceled(ctx, &swf.RespondActivityTaskCanceledInput{TaskToken: &j.token, Details: &details})
		return err
	}}
}

// deliver sends an answer until the task is closed, and returns what became of
// it. Only a worker that is killed gives up.
func (j *job) deliver(a answer) string {
	wait := time.Duration(0)
	for {
		err := a.send(j.w.dead)
		var gone *types.UnknownResourceFault
		switch {
		case err == nil:
			return a.status
		case errors.As(err, &gone) && wait > 0:
			return a.status // an answer before may have arrived
		case errors.As(err, &gone), j.w.dead.Err() != nil:
			return "lost"
		case invalid(err):
			j.log().Error("the service refuses the answer to a task", "error", account.Explain(err))
			if a.status != "completed" {
				return "lost"
			}
			a = j.failed(&runtime.Failure{Error: runtime.BadResult, Message: "the service refuses the result: " + account.Explain(err).Error()})
			continue
		}
		wait = longer(wait)
		j.log().Warn("the answer to a task could not be delivered; it is tried again", "error", account.Explain(err), "in", wait)
		pause(j.w.dead, wait)
	}
}

// invalid reports whether a call will never be accepted.
func invalid(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "ValidationException", "SerializationException", "ValidationError":
		return true
	}
	return false
}
