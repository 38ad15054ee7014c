package wire

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/stdlib"
)

// Settings are what a workflow says about its executions, as the service
// takes it.
type Settings struct {
	Version          string
	TaskList         string // of its decision tasks
	TaskPriority     string // "" if not said
	DecisionTimeout  string // seconds
	ExecutionTimeout string // seconds: its own timeout
	PatientTimeout   string // seconds: so much longer that its handlers can run when its own timeout has passed, which the decider sees to
	ChildPolicy      string // TERMINATE, REQUEST_CANCEL or ABANDON
	Tags             []string
}

// None is a duration without end.
const None = "NONE"

// decisionTimeout is how long a decider may take if a workflow says nothing.
const decisionTimeout = 30 * 1e9

// handlerTime is how long handlers may take that run because a workflow has
// timed out.
const handlerTime = 60 * 60 * 1e9

// SettingsOf computes the settings of a workflow, as they are for all of its
// executions. Options that read parameters of the program need their values;
// those that read arguments count as not said.
func SettingsOf(p *ir.Program, wf *ir.Workflow, params map[string]ir.Value) (Settings, error) {
	return SettingsFor(p, wf, params, nil)
}

// SettingsFor computes the settings of an execution of a workflow, of which
// the arguments are known.
func SettingsFor(p *ir.Program, wf *ir.Workflow, params map[string]ir.Value, args map[string]json.RawMessage) (Settings, error) {
	longest := strconv.Itoa(limits.ExecutionSecs)
	s := Settings{
		Version: wf.Version, TaskList: wf.Name, ChildPolicy: "REQUEST_CANCEL",
		ExecutionTimeout: longest, PatientTimeout: longest, DecisionTimeout: Seconds(decisionTimeout),
	}
	if s.Version == "" {
		s.Version = "1"
	}
	o := &wf.Nodes[0].Options
	r := reader{wf: wf, env: eval.Env{Frame: &eval.Frame{Slots: make([]ir.Value, len(wf.Frames[0].Names))}, Params: params}}
	r.arguments(args)
	if v, ok := r.value("task_list", o.TaskList).(ir.String); ok {
		s.TaskList = string(v)
	}
	if v, ok := r.value("priority", o.Priority).(ir.Int); ok {
		s.TaskPriority = strconv.FormatInt(int64(v), 10)
	}
	if v, ok := r.value("decision_timeout", o.DecisionTimeout).(ir.Duration); ok {
		s.DecisionTimeout = Seconds(v)
	}
	if v, ok := r.value("timeout", o.Timeout).(ir.Duration); ok && v > 0 && v < limits.ExecutionSecs*1e9 {
		s.ExecutionTimeout = Seconds(v)
		s.PatientTimeout = Seconds(min(v+handlerTime, limits.ExecutionSecs*1e9))
	}
	if v, ok := r.value("tags", o.Tags).(ir.List); ok {
		for _, t := range v {
			if t, ok := t.(ir.String); ok {
				s.Tags = append(s.Tags, string(t))
			}
		}
	}
	switch o.ChildPolicy {
	case "terminate":
		s.ChildPolicy = "TERMINATE"
	case "abandon":
		s.ChildPolicy = "ABANDON"
	}
	return s, r.err
}

// reader computes options, and remembers the first error.
type reader struct {
	wf  *ir.Workflow
	env eval.Env
	err error
}

// arguments fills in what is known of the arguments. What does not fit is for
// the execution to say.
func (r *reader) arguments(args map[string]json.RawMessage) {
	if args == nil {
		return
	}
	for k, q := range r.wf.Params {
		var v ir.Value
		var err error
		switch raw := args[q.Name]; {
		case raw != nil:
			v, err = ir.Decode(raw, q.Type, ir.RefuseUnknown)
		case q.Default != nil && r.known(q.Default):
			v, err = eval.Compile(q.Default, stdlib.Library{}).Eval(&r.env)
		case q.Type.Kind == ir.KOptional:
			v = ir.None{}
		}
		if err == nil {
			r.env.Frame.Slots[k] = v
		}
	}
}

// known reports whether all that an expression reads is known.
func (r *reader) known(e *ir.Expr) bool {
	if e == nil {
		return true
	}
	switch e.Op {
	case ir.OpSlot, ir.OpSlotOutcome, ir.OpSlotOptional:
		return e.Up == 0 && e.Index < len(r.env.Frame.Slots) && r.env.Frame.Slots[e.Index] != nil
	case ir.OpContext:
		return false
	}
	for _, a := range e.Args {
		if !r.known(a) {
			return false
		}
	}
	return true
}

func (r *reader) value(name string, e *ir.Expr) ir.Value {
	if e == nil || r.err != nil || !r.known(e) {
		return nil
	}
	v, err := eval.Compile(e, stdlib.Library{}).Eval(&r.env)
	if err != nil {
		r.err = fmt.Errorf("`%s` of workflow %s cannot be computed: %w", name, r.wf.Name, err)
		return nil
	}
	return v
}

// Seconds returns a duration in whole seconds, rounded up, and NONE for 0.
func Seconds(d ir.Duration) string {
	if d <= 0 {
		return None
	}
	const most = 99_999_999 // eight digits
	return strconv.FormatInt(min((int64(d)+1e9-1)/1e9, most), 10)
}
