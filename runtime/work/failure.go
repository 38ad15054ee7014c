package work

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/work/proc"
)

// Failed returns the event of an attempt that failed with no declared error.
func Failed(message string) runtime.Event {
	return runtime.Event{Type: runtime.TaskFailed, Failure: &runtime.Failure{Error: runtime.Undeclared, Message: message}}
}

// notComputed returns the event of an attempt for which an expression of its
// activity, such as `run`, failed or gave what cannot be used.
func notComputed(err error) runtime.Event {
	e := Failed(err.Error())
	e.Failure.Error = runtime.ExpressionFailed
	var where *eval.Error
	if errors.As(err, &where) && where.At.File >= 0 {
		e.Failure.At = &where.At
	}
	return e
}

func notImplemented(name string) string {
	return fmt.Sprintf("no implementation of `%s`: it has no `run`, and no function of that name is registered here", name)
}

// TimedOut returns the event of an attempt whose deadline passed.
func TimedOut(a *Attempt, details json.RawMessage) runtime.Event {
	e := runtime.Event{Type: runtime.TaskTimedOut, Timeout: runtime.StartToClose}
	message := fmt.Sprintf("timeout of %s passed", a.Task.Timeout)
	if a.Deadline.Equal(a.Closing) {
		e.Timeout, message = runtime.ScheduleToClose, "total_timeout passed"
	}
	e.Failure = &runtime.Failure{Error: runtime.TimeOut, Message: message, Details: details}
	return e
}

// failed returns the event of a program that failed.
func (x *execution) failed(name, message string, r *proc.Result) runtime.Event {
	return runtime.Event{Type: runtime.TaskFailed, Failure: &runtime.Failure{Error: name, Message: message, Details: x.details(r, nil)}}
}

// exited returns the event of a program that exited with a code other than 0,
// which may stand for a declared error.
func (x *execution) exited(r *proc.Result) runtime.Event {
	message := fmt.Sprintf("exit status %d", r.Exit)
	for _, e := range x.act.Program.Errors {
		if e.Code != r.Exit {
			continue
		}
		object, reason := x.lastWords(r)
		fields, err := errorFields(x.Program.errors[e.Error], object, reason)
		if err != nil {
			return x.failed(runtime.BadResult, fmt.Sprintf("%s means %s, but %s (the fields are those of the last JSON object on stdout)", message, e.Error, err), r)
		}
		return runtime.Event{Type: runtime.TaskFailed, Failure: &runtime.Failure{
			Error: e.Error, Message: inWords(fields, message), Details: x.details(r, fields),
		}}
	}
	return x.failed(runtime.Undeclared, message, r)
}

// anything is an activity whose result is any JSON.
var anything = &ir.Activity{Name: "error", Result: ir.JSONType, Program: &ir.Command{Stdout: ir.ResultJSON}}

// errorFields returns the fields of a declared error, from an object that may
// hold more. A string that is not there is the reason.
func errorFields(decl *ir.TypeDecl, object map[string]json.RawMessage, reason string) ([]field, error) {
	if decl == nil {
		return nil, nil
	}
	var fields []field
	for _, f := range decl.Fields {
		raw, there := object[f.Name]
		null := !there || string(raw) == "null"
		switch {
		case null && f.Type.Kind == ir.KOptional:
			continue
		case null && f.Type.Kind == ir.KString:
			raw = quote(reason)
		case null:
			return nil, fmt.Errorf("its field `%s` is missing", f.Name)
		}
		v, err := ir.Decode(raw, f.Type, ir.IgnoreUnknown)
		if err == nil {
			raw, err = ir.Encode(v, f.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("its field `%s`: %w", f.Name, err)
		}
		text, _ := v.(ir.String)
		fields = append(fields, field{f.Name, raw, string(text)})
	}
	return fields, nil
}

// inWords returns what the first text among the fields of a declared error says,
// if it is fit to be a message: not blank, not long, and in one line.
func inWords(fields []field, otherwise string) string {
	const longest = 200
	for _, f := range fields {
		if f.text == "" {
			continue
		}
		if words := strings.TrimSpace(f.text); words != "" && len(words) <= longest && !strings.ContainsAny(words, "\r\n") {
			return words
		}
		break
	}
	return otherwise
}

// lastWords returns the JSON object that the program wrote last to stdout, nil
// if it did not, and the last line of the log; how it exited if there is none.
// Where stdout is part of the log the object is a line of it.
func (x *execution) lastWords(r *proc.Result) (object map[string]json.RawMessage, line string) {
	if x.spec.Capture {
		if doc, err := runtime.Result(anything, r.Stdout); err == nil {
			_ = json.Unmarshal(doc, &object) // what is no object has no fields
		}
	}
	rest := bytes.TrimSpace(r.Tail)
	for len(rest) > 0 && (line == "" || object == nil && !x.spec.Capture) {
		at := bytes.LastIndexByte(rest, '\n') + 1
		text := bytes.TrimSpace(rest[at:])
		rest = bytes.TrimSpace(rest[:at])
		switch {
		case !x.spec.Capture && object == nil && text[0] == '{' && json.Unmarshal(text, &object) == nil:
		case line == "":
			line = strings.ToValidUTF8(string(text), "\uFFFD")
		}
	}
	if line == "" {
		line = fmt.Sprintf("exit status %d", r.Exit)
	}
	return object, line
}

// A field is one of a JSON object.
type field struct {
	name  string
	value json.RawMessage
	text  string // if the value is a string: what it says
}

// programFacts is the name under which the details of a failure hold what is
// known of the end of a program when a field of the error has the name of such
// a fact. No field can be called so.
const programFacts = "$program"

// details returns the object that describes the end of a program: the fields
// of its error beside exit, signal and stderr.
func (x *execution) details(r *proc.Result, fields []field) json.RawMessage {
	var facts []field
	if r.Exit >= 0 {
		facts = append(facts, field{name: "exit", value: fmt.Appendf(nil, "%d", r.Exit)})
	}
	if r.Signal != 0 {
		facts = append(facts, field{name: "signal", value: quote(unix.SignalName(r.Signal))})
	}
	if len(r.Tail) > 0 {
		facts = append(facts, field{name: "stderr", value: quote(text(r.Tail))})
	}
	return beside(fields, facts)
}

// beside returns the object of the fields of an error with the facts beside
// them; in an object of their own where a field could be taken for a fact.
func beside(fields, facts []field) json.RawMessage {
	if slices.ContainsFunc(fields, func(f field) bool { return f.name == "exit" || f.name == "signal" || f.name == "stderr" }) {
		doc := objectOf(facts)
		if doc == nil {
			doc = json.RawMessage("{}")
		}
		facts = []field{{name: programFacts, value: doc}}
	}
	return objectOf(append(fields, facts...))
}

// objectOf returns the JSON object of fields, the first of each name; nil if
// there are none.
func objectOf(fields []field) json.RawMessage {
	if len(fields) == 0 {
		return nil
	}
	seen := make(map[string]bool, len(fields))
	b := []byte{'{'}
	for _, f := range fields {
		if seen[f.name] {
			continue
		}
		if seen[f.name] = true; len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, quote(f.name)...), ':'), f.value...)
	}
	return append(b, '}')
}

// text returns the end of a log, which may begin in the middle of a character,
// as text.
func text(tail []byte) string {
	for i := 0; i < utf8.UTFMax-1 && len(tail) > 0 && !utf8.RuneStart(tail[0]); i++ {
		tail = tail[1:]
	}
	return strings.ToValidUTF8(string(tail), "\uFFFD")
}

// quote returns s as JSON.
func quote(s string) json.RawMessage {
	b, err := ir.Encode(ir.String(s), ir.StringType)
	if err != nil { // strings always encode
		return json.RawMessage(`""`)
	}
	return b
}
