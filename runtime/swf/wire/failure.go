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
	reason = f.Error
	if f.Message != "" {
		reason += ": " + f.Message
	}
	reason = Cut(reason, limits.Reason)
	doc, err := json.Marshal(f)
	if err != nil {
		return reason, "", err
	}
	details, err = Fit(b, string(doc), limits.Details)
	return reason, details, err
}

// ReadFailure returns the failure that a reason and details stand for. It is
// total: what some worker wrote is kept as message and details, and its error
// is the one of raises, the names of declared errors, with which the reason
// begins.
func ReadFailure(b Blobs, reason, details string, raises []string) *runtime.Failure {
	text, err := Open(b, details)
	if err != nil {
		return &runtime.Failure{Error: runtime.Undeclared, Message: join(reason, "the details are lost: "+err.Error())}
	}
	var f struct {
		runtime.Failure
		Error *string `json:"error"`
	}
	if strings.HasPrefix(strings.TrimSpace(text), "{") && json.Unmarshal([]byte(text), &f) == nil && f.Error != nil && *f.Error != "" && strings.HasPrefix(reason, *f.Error) {
		f.Failure.Error = *f.Error
		return &f.Failure
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
	return own
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
