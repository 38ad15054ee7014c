package names

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// Flow is what a worker of ours is told of a task beyond its arguments.
// Durations are nanoseconds; 0 means none.
type Flow struct {
	IR        string                     `json:"ir,omitempty"` // hash of the program
	Run       string                     `json:"run"`          // id of the flow's run
	Node      string                     `json:"node"`
	Attempt   int                        `json:"attempt"`
	Key       string                     `json:"key"`
	Params    map[string]json.RawMessage `json:"params,omitempty"` // that how it is run depends on: see [Params]
	Timeout   ir.Duration                `json:"timeout,omitempty"`
	Total     ir.Duration                `json:"total,omitempty"` // what was left of total_timeout when it was scheduled
	Heartbeat ir.Duration                `json:"heartbeat,omitempty"`
	File      int32                      `json:"file,omitempty"` // of the call, an index into the sources of the program
}

// member is the name of Flow in an input. No parameter can be called so.
const member = "$flow"

// Told reports whether a task of an activity carries a Flow: whether it is
// performed by our own workers for sure.
func Told(a *ir.Activity) bool { return a.Program != nil || strings.HasPrefix(a.Name, "std/") }

// AddFlow returns the input of a task with f as its last member.
func AddFlow(input json.RawMessage, f Flow) (json.RawMessage, error) {
	input = bytes.TrimSpace(input)
	if len(input) < 2 || input[0] != '{' || input[len(input)-1] != '}' {
		return nil, fmt.Errorf("the input of a task is no JSON object")
	}
	own, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(input)+len(own)+len(member)+4)
	b = append(b, input[:len(input)-1]...)
	if len(bytes.TrimSpace(input[1:len(input)-1])) > 0 {
		b = append(b, ',')
	}
	b = append(append(append(b, '"'), member...), '"', ':')
	return append(append(b, own...), '}'), nil
}

// TakeFlow returns an input as it was before AddFlow, and what was added, nil
// if it is no such input.
func TakeFlow(input json.RawMessage) (json.RawMessage, *Flow) {
	mark := []byte(`"` + member + `":`)
	at := bytes.LastIndex(input, mark)
	if at < 1 {
		return input, nil
	}
	d := json.NewDecoder(bytes.NewReader(input[at+len(mark):]))
	var f Flow
	if err := d.Decode(&f); err != nil || string(bytes.TrimSpace(input[at+len(mark)+int(d.InputOffset()):])) != "}" {
		return input, nil
	}
	head := bytes.TrimRight(input[:at], ", \t\r\n")
	out := append(append(make([]byte, 0, len(head)+1), head...), '}')
	if !json.Valid(out) {
		return input, nil
	}
	return out, &f
}
