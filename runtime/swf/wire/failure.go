package wire

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime"
)

// Failure returns the reason and the details that a failure is written as.
func Failure(b Blobs, f *runtime.Failure) (reason, details string, err error) {
	reason = reasonOf(f)
	doc, err := json.Marshal(f)
	if err != nil {
		return reason, "", err
	}
	details, err = Fit(b, string(doc), limits.Details)
	return reason, details, err
}

func reasonOf(f *runtime.Failure) string {
	if f.Message == "" {
		return Cut(f.Error, limits.Reason)
	}
	return Cut(f.Error+": "+f.Message, limits.Reason)
}

// ReadFailure returns the failure that a reason and details stand for. What
// some worker wrote is kept as message and details, and its error is the one of
// raises, the names of declared errors, with which the reason begins. An error
// means that details are in a store that cannot be reached now.
func ReadFailure(b Blobs, reason, details string, raises []string) (*runtime.Failure, error) {
	text, err := Open(b, details)
	if Lost(err) {
		return &runtime.Failure{Error: runtime.Undeclared, Message: join(reason, "the details are lost: "+err.Error())}, nil
	}
	if err != nil {
		return nil, err
	}
	reason = strings.TrimSpace(reason)
	if f := readFailure(text, reason); f != nil {
		return f, nil
	}
	own := &runtime.Failure{Error: runtime.Undeclared, Message: reason}
	if name, rest, _ := strings.Cut(reason, ":"); slices.Contains(raises, name) {
		own.Error, own.Message = name, strings.TrimSpace(rest)
	}
	switch {
	case text == "":
	case json.Valid([]byte(text)) && strings.HasPrefix(strings.TrimSpace(text), "{"):
		own.Details = json.RawMessage(text)
	default:
		own.Details = object("details", text)
	}
	if own.Message == "" {
		own.Message = Cut(text, limits.Reason)
	}
	return own, nil
}

// readFailure reads details that have the form of a failure: of ours, or of
// others who also say `error` and `message` of it. What else they say are its
// details.
func readFailure(text, reason string) *runtime.Failure {
	var f runtime.Failure
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &members) != nil || json.Unmarshal([]byte(text), &f) != nil || f.Error == "" || !strings.HasPrefix(reason, f.Error) {
		return nil
	}
	for _, own := range []string{"node", "error", "message", "attempts", "at", "status"} {
		delete(members, own)
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(members["details"], &fields) == nil {
		delete(members, "details")
	}
	if len(members) == 0 {
		return &f
	}
	if fields == nil {
		fields = map[string]json.RawMessage{}
	}
	for name, value := range members {
		if fields[name] == nil {
			fields[name] = value
		}
	}
	f.Details, _ = json.Marshal(fields) // they were read as JSON
	return &f
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// object returns the JSON object of one text.
func object(name, text string) json.RawMessage {
	b, _ := json.Marshal(map[string]string{name: text}) // texts always encode
	return b
}

// ending is a failure that an execution ended with.
type ending struct {
	*runtime.Failure
	Status string `json:"status,omitempty"` // "timed_out" if that is how the run ended, as opposed to failed
}

// timedOutStatus is the status of a run that timed out.
const timedOutStatus = "timed_out"

// Ended returns the reason and the details with which the execution of a run
// that failed, or timed out, ends.
func Ended(b Blobs, f *runtime.Failure, timedOut bool) (reason, details string, err error) {
	e := ending{Failure: f}
	if timedOut {
		e.Status = timedOutStatus
	}
	doc, err := json.Marshal(e)
	if err != nil {
		return "", "", err
	}
	details, err = Fit(b, string(doc), limits.Details)
	return reasonOf(f), details, err
}

// ReadEnded returns the failure of a run, and whether it timed out, from the
// reason and the details with which its execution has ended.
func ReadEnded(b Blobs, reason, details string) (f *runtime.Failure, timedOut bool, err error) {
	f, err = ReadFailure(b, reason, details, nil)
	if err != nil {
		return nil, false, err
	}
	var e struct{ Status string }
	if text, err := Open(b, details); err == nil && json.Unmarshal([]byte(text), &e) == nil {
		timedOut = e.Status == timedOutStatus
	}
	return f, timedOut, nil
}
