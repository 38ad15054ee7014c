package swfserver

import (
	"fmt"
	"net/http"
)

// A fault is an error as the service words it.
type fault struct {
	space   string // what stands before the # of its type
	name    string
	message string
	status  int
}

// Error returns name and message.
func (f *fault) Error() string { return f.name + ": " + f.message }

const (
	spaceModel    = "com.amazonaws.swf.base.model"
	spaceValidate = "com.amazon.coral.validate"
	spaceService  = "com.amazon.coral.service"
	spaceBusy     = "com.amazon.coral.availability"
)

func modelFault(name, format string, args ...any) *fault {
	return &fault{spaceModel, name, fmt.Sprintf(format, args...), http.StatusBadRequest}
}

func unknown(format string, args ...any) *fault {
	return modelFault("UnknownResourceFault", format, args...)
}

func unknownExecution(workflowID, runID string) *fault {
	if runID == "" {
		return unknown("Unknown execution, workflowId = %s", workflowID)
	}
	return unknown("Unknown execution: WorkflowExecution=[workflowId=%s, runId=%s]", workflowID, runID)
}

func invalid(format string, args ...any) *fault {
	return &fault{spaceValidate, "ValidationException", fmt.Sprintf(format, args...), http.StatusBadRequest}
}

func limitExceeded(format string, args ...any) *fault {
	return modelFault("LimitExceededFault", format, args...)
}

func serviceFault(name, format string, args ...any) *fault {
	return &fault{spaceService, name, fmt.Sprintf(format, args...), http.StatusBadRequest}
}

func internalFailure() *fault {
	return &fault{spaceService, "InternalFailure", "The request processing has failed because of an unknown error", http.StatusInternalServerError}
}

var (
	errInvalidToken = invalid("Invalid token")
	errOldToken     = invalid("Specified token has exceeded its maximum lifetime")
	errThrottled    = &fault{spaceBusy, "ThrottlingException", "Rate exceeded", http.StatusBadRequest}
)
