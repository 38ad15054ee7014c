package swfserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A Lambda runs a function. Its error becomes the reason and the details of
// LambdaFunctionFailed, see [LambdaError]. Each call has a goroutine; when the
// task has closed, or the server ends, ctx does. After a restart a function
// that had not ended is run again.
type Lambda func(ctx context.Context, name, input string) (result string, err error)

// A LambdaError is the failure of a function.
type LambdaError struct {
	Reason  string // at most 256 characters
	Details string
}

// Error returns reason and details.
func (e *LambdaError) Error() string { return e.Reason + ": " + e.Details }

// CommandLambda runs functions by a program: its arguments are those given and
// the name of the function, its input the function's, its output the result.
// No shell is involved. An exit code other than 0 is a failure, with what the
// program wrote to stderr as details.
func CommandLambda(argv ...string) Lambda {
	return func(ctx context.Context, name, input string) (string, error) {
		cmd := exec.CommandContext(ctx, argv[0], append(slices.Clone(argv[1:]), name)...)
		cmd.WaitDelay = time.Second
		cmd.Stdin = strings.NewReader(input)
		var out, msg bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &msg
		err := cmd.Run()
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit):
			return "", &LambdaError{"UnhandledError", strings.TrimSpace(msg.String())}
		case err != nil:
			return "", &LambdaError{"ServiceException", err.Error()}
		}
		return strings.TrimSuffix(out.String(), "\n"), nil
	}
}

// lambdaSlots is how many functions run at once.
const lambdaSlots = 64

// A lambdaTask is an open task of a function.
type lambdaTask struct {
	attrs     *attributes // of LambdaFunctionScheduled
	scheduled int64
	started   int64
	deadline  *deadline
	cancel    func() // stops the function; nil while it has no goroutine
}

func (t *lambdaTask) release(s *Server) {
	s.deadlines.remove(t.deadline)
	if t.cancel != nil {
		t.cancel()
	}
}

// checkLambda checks the time-out of a function.
func checkLambda(a *attributes, path string) error {
	if d := given(a.StartToCloseTimeout); d != nil {
		if n, err := strconv.Atoi(*d); err != nil || n < 1 || n > 900 {
			return invalid("1 validation error detected: Value '%s' at '%s.startToCloseTimeout' failed to satisfy constraint: Member must be a number of seconds between 1 and 900", *d, path)
		}
	}
	return nil
}

// scheduleLambda carries out a decision.
func (t *turn) scheduleLambda(a *attributes) {
	cause := ""
	switch {
	case t.lambdaIDs[*a.ID] != nil:
		cause = "ID_ALREADY_IN_USE"
	case len(t.lambdas) >= t.server.config.Quotas.OpenLambdaFunctions:
		cause = "OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED"
	case !t.server.take("ScheduleLambdaFunction"):
		cause = "LAMBDA_FUNCTION_CREATION_RATE_EXCEEDED"
	default:
		if a.StartToCloseTimeout = given(a.StartToCloseTimeout); a.StartToCloseTimeout == nil {
			a.StartToCloseTimeout = new("900")
		}
		t.add(lambdaFunctionScheduled, a)
		return
	}
	t.add(scheduleLambdaFunctionFailed, &attributes{ID: a.ID, Name: a.Name, Cause: cause, DecisionTaskCompletedEventID: t.completed})
}

func (x *execution) onLambdaScheduled(e event, a *attributes) {
	t := &lambdaTask{attrs: a, scheduled: e.id}
	x.lambdas[e.id], x.lambdaIDs[*a.ID] = t, t
	x.server.later = append(x.server.later, func() { x.launch(t) })
}

func (x *execution) onLambdaStarted(e event, a *attributes) {
	t := x.lambdas[a.ScheduledEventID]
	t.started = e.id
	wait, _ := seconds(t.attrs.StartToCloseTimeout)
	t.deadline = x.server.deadlines.add(e.at+wait, func() {
		x.add(lambdaFunctionTimedOut, &attributes{ScheduledEventID: t.scheduled, StartedEventID: &t.started, TimeoutType: "START_TO_CLOSE"})
	})
}

func (x *execution) onLambdaClosed(a *attributes) {
	t := x.lambdas[a.ScheduledEventID]
	t.release(x.server)
	delete(x.lambdas, t.scheduled)
	delete(x.lambdaIDs, *t.attrs.ID)
}

// launch runs the function of a task that is still open.
func (x *execution) launch(t *lambdaTask) {
	s := x.server
	if x.lambdas[t.scheduled] != t || t.cancel != nil {
		return
	}
	if x.start.LambdaRole == nil {
		x.add(startLambdaFunctionFailed, &attributes{
			ScheduledEventID: t.scheduled, Cause: "ASSUME_ROLE_FAILED", Message: new("The workflow execution has no Lambda role"),
		})
		return
	}
	var ctx context.Context
	ctx, t.cancel = context.WithCancel(s.life)
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
		case <-ctx.Done():
			return
		}
		x.runLambda(ctx, t)
	}()
}

// runLambda runs a function and puts its beginning and its end on record. A
// server that is broken or ends leaves the task as it is.
func (x *execution) runLambda(ctx context.Context, t *lambdaTask) {
	s := x.server
	started := s.transact(func() error {
		if x.lambdas[t.scheduled] == t && t.started == 0 {
			x.add(lambdaFunctionStarted, &attributes{ScheduledEventID: t.scheduled})
		}
		return nil
	})
	if started != nil || ctx.Err() != nil {
		return
	}
	result, err := s.callLambda(ctx, t.attrs)
	if s.life.Err() != nil {
		return
	}
	_ = s.transact(func() error {
		switch {
		case x.lambdas[t.scheduled] != t:
		case err != nil:
			failed := &LambdaError{"UnhandledError", err.Error()}
			errors.As(err, &failed)
			x.add(lambdaFunctionFailed, &attributes{
				ScheduledEventID: t.scheduled, StartedEventID: &t.started,
				Reason: new(cut(failed.Reason, 256)), Details: new(cut(failed.Details, 32768)),
			})
		default:
			x.add(lambdaFunctionCompleted, &attributes{ScheduledEventID: t.scheduled, StartedEventID: &t.started, Result: &result})
		}
		return nil
	})
}

func (s *Server) callLambda(ctx context.Context, a *attributes) (result string, err error) {
	if s.config.Lambda == nil {
		return "", &LambdaError{"ResourceNotFoundException", "Function not found: " + *a.Name}
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the function panicked: %v", v)
		}
	}()
	input := "{}"
	if a.Input != nil && *a.Input != "" {
		input = *a.Input
	}
	result, err = s.config.Lambda(ctx, *a.Name, input)
	if err == nil && utf8.RuneCountInString(result) > 32768 {
		err = &LambdaError{"ResultTooLarge", "The result has more than 32768 characters"}
	}
	return strings.ToValidUTF8(result, "\uFFFD"), err
}

// cut returns at most n characters of a text.
func cut(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}

// inOrder returns the keys of a map by event id in their order.
func inOrder[T any](m map[int64]T) []int64 { return slices.Sorted(maps.Keys(m)) }
