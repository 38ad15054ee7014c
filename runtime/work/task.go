package work

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/stdlib"
)

// Task returns the task that a service hands out with an input: the arguments
// of an activity as an object by parameter, or, of one that is declared with
// `input = kwargs`, `{"args": […], "kwargs": {…}}`. Parameters that are not there
// have their defaults, other members are ignored. The error says what is wrong
// with the input.
func (p *Program) Task(a *ir.Activity, input json.RawMessage) (*runtime.Task, error) {
	t := &runtime.Task{Activity: a, Input: input, Version: a.Version, At: ir.NoPos}
	if p.loose {
		return t, nil
	}
	list, named, err := arguments(a, input)
	if err != nil {
		return nil, err
	}
	if len(list) > len(a.Params) {
		return nil, fmt.Errorf("the input has %d arguments, and `%s` takes %d", len(list), a.Name, len(a.Params))
	}
	t.Args = make([]ir.Value, len(a.Params))
	for k, q := range a.Params {
		raw := named[q.Name]
		if k < len(list) {
			raw = list[k]
		}
		if t.Args[k], err = argument(q, raw, t.Args); err != nil {
			return nil, fmt.Errorf("the argument `%s` of `%s` %w", q.Name, a.Name, err)
		}
	}
	return t, nil
}

// arguments splits an input.
func arguments(a *ir.Activity, input json.RawMessage) (list []json.RawMessage, named map[string]json.RawMessage, err error) {
	if len(bytes.TrimSpace(input)) == 0 {
		return nil, nil, nil
	}
	if !a.Kwargs {
		if err = json.Unmarshal(input, &named); err != nil {
			err = errors.New("the input is no JSON object by parameter")
		}
		return nil, named, err
	}
	var both struct {
		Args   []json.RawMessage          `json:"args"`
		Kwargs map[string]json.RawMessage `json:"kwargs"`
	}
	if err = json.Unmarshal(input, &both); err != nil {
		err = errors.New(`the input is not {"args": […], "kwargs": {…}}`)
	}
	return both.Args, both.Kwargs, err
}

// argument returns the value of a parameter; before are those of the parameters
// before it, which its default may read.
func argument(q ir.Param, raw json.RawMessage, before []ir.Value) (ir.Value, error) {
	switch {
	case raw != nil:
		v, err := ir.Decode(raw, q.Type, ir.IgnoreUnknown)
		if err != nil {
			err = fmt.Errorf("does not fit: %w", err)
		}
		return v, err
	case q.Default != nil:
		v, err := eval.Compile(q.Default, stdlib.Library{}).Eval(&eval.Env{Frame: &eval.Frame{Slots: before}})
		if err != nil {
			err = fmt.Errorf("is missing, and its default failed: %w", err)
		}
		return v, err
	case q.Type.Kind == ir.KOptional:
		return ir.None{}, nil
	}
	return nil, errors.New("is missing")
}

// byName returns the input of a task as functions take it: an object by
// parameter.
func byName(t *runtime.Task) (json.RawMessage, error) {
	if !t.Activity.Kwargs {
		return t.Input, nil
	}
	list, named, err := arguments(t.Activity, t.Input)
	if err != nil || len(list) > len(t.Activity.Params) {
		return nil, fmt.Errorf("the input does not fit `%s`", t.Activity.Name)
	}
	var fields []field
	for k, q := range t.Activity.Params {
		raw := named[q.Name]
		if k < len(list) {
			raw = list[k]
		}
		if raw != nil {
			fields = append(fields, field{name: q.Name, value: raw})
		}
	}
	if len(fields) == 0 {
		return json.RawMessage("{}"), nil
	}
	return objectOf(fields), nil
}
