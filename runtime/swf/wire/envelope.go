package wire

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime"
)

// Envelope is the input of an execution that says more than the arguments of
// its workflow. In JSON it is the only member, `$flow`, of an object.
type Envelope struct {
	IR       string                     `json:"ir,omitempty"`       // hash of the program
	Input    map[string]json.RawMessage `json:"input,omitempty"`    // arguments, by parameter
	Params   map[string]json.RawMessage `json:"params,omitempty"`   // of the program
	Run      string                     `json:"run,omitempty"`      // id of the run, of an execution that continues another; else the execution's own run id is
	Parent   *runtime.ParentRun         `json:"parent,omitempty"`   // of a child run
	Slice    *runtime.Slice             `json:"slice,omitempty"`    // of a child run that is a part of a map
	Carried  json.RawMessage            `json:"carried,omitempty"`  // of an execution that continues another: its state
	Window   int                        `json:"window,omitempty"`   // how many tasks may be open at once; 0 is the decider's default
	Flags    int                        `json:"flags,omitempty"`    // of an execution that continues another
	Reuse    *runtime.Reuse             `json:"reuse,omitempty"`    // of a redrive
	Only     []string                   `json:"only,omitempty"`     // ids of the nodes that take part, as from runtime.Select; nil is all
	Asked    []string                   `json:"asked,omitempty"`    // with Only: the nodes that are wanted, also from there
	Detached []Detached                 `json:"detached,omitempty"` // of an execution that continues another: child runs that go on
	Plain    bool                       `json:"-"`                  // read from an input that was no envelope
}

// Detached is a child run that its parent does not wait for.
type Detached struct {
	ID    string `json:"id"` // of its execution: the workflow id
	Node  string `json:"node"`
	Close string `json:"close,omitempty"` // on_parent_close
}

const envelopeName = "$flow"

// Encode returns the envelope as the input of an execution.
func (e *Envelope) Encode(b Blobs) (string, error) {
	doc, err := json.Marshal(map[string]*Envelope{envelopeName: e})
	if err != nil {
		return "", err
	}
	return Fit(b, string(doc), limits.Input)
}

// InputError says that the input of an execution cannot be read as one.
type InputError struct{ Message string }

// Error returns the message.
func (e *InputError) Error() string { return e.Message }

// ReadInput reads the input of an execution. Its errors are an *InputError, or
// a *MissingError for a claim check that cannot be redeemed.
func ReadInput(b Blobs, text string) (*Envelope, error) {
	text, err := Open(b, text)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace([]byte(text))) == 0 {
		return &Envelope{Plain: true}, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil || members == nil {
		return nil, &InputError{fmt.Sprintf("the input must be a JSON object by parameter, and is `%s`", Cut(text, 100))}
	}
	inner, ok := members[envelopeName]
	if !ok {
		return &Envelope{Input: members, Plain: true}, nil
	}
	e := &Envelope{}
	d := json.NewDecoder(bytes.NewReader(inner))
	if err := d.Decode(&e); err == nil && e == nil {
		return nil, &InputError{fmt.Sprintf("the input has a member `%s` that says nothing", envelopeName)}
	} else if err != nil {
		return nil, &InputError{fmt.Sprintf("the input has a member `%s` that does not begin a run", envelopeName)}
	}
	return e, nil
}
