package operate

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// An Order says what is to be started, and how. What is left out is as the
// workflow says.
type Order struct {
	Program  *ir.Program
	Workflow string
	Input    map[string]json.RawMessage // by parameter, checked
	Params   map[string]json.RawMessage // of the program, checked
	Values   map[string]ir.Value        // the same and the defaults, for settings that read them

	Only, Asked []string // as from runtime.Select; nil is the whole workflow

	ID          string   // workflow id
	Tags        []string // beside those of the workflow
	Timeout     ir.Duration
	ChildPolicy string // TERMINATE, REQUEST_CANCEL or ABANDON
	TaskList    string
	Priority    *int
	LambdaRole  string
	Reuse       *runtime.Reuse // of a redrive
}

// List returns the task list of the run's decision tasks.
func (o *Order) List() (string, error) {
	w := workflowOf(o.Program, o.Workflow)
	if w == nil || o.TaskList != "" {
		return o.TaskList, nil
	}
	s, err := wire.SettingsFor(o.Program, w, o.Values, o.Input)
	return s.TaskList, err
}

// Start begins a run. Its program is put into the store before, so that every
// decider can have it. All settings are sent: what is registered for the type
// does not matter, but the type must be there.
func (d *Domain) Start(o Order) (Execution, error) {
	w := workflowOf(o.Program, o.Workflow)
	if w == nil {
		return Execution{}, fmt.Errorf("the program has no workflow `%s`", o.Workflow)
	}
	s, err := wire.SettingsFor(o.Program, w, o.Values, o.Input)
	if err != nil {
		return Execution{}, err
	}
	hash, err := d.store.PutProgram(o.Program)
	if err != nil {
		return Execution{}, err
	}
	e := &wire.Envelope{IR: hash, Input: o.Input, Params: o.Params, Reuse: o.Reuse, Only: o.Only, Asked: o.Asked}
	input, err := e.Encode(d.store)
	if err != nil {
		return Execution{}, err
	}
	in := &sdk.StartWorkflowExecutionInput{
		Domain: &d.name, WorkflowId: &o.ID, Input: &input,
		WorkflowType:                 &types.WorkflowType{Name: aws.String(names.Type(w.Name)), Version: &s.Version},
		TagList:                      append(s.Tags, o.Tags...),
		TaskList:                     &types.TaskList{Name: or(o.TaskList, s.TaskList)},
		TaskStartToCloseTimeout:      &s.DecisionTimeout,
		ExecutionStartToCloseTimeout: &s.PatientTimeout,
		ChildPolicy:                  types.ChildPolicy(*or(o.ChildPolicy, s.ChildPolicy)),
	}
	if n := len(in.TagList); n > limits.ExecutionTags {
		return Execution{}, fmt.Errorf("an execution has at most %d tags, and these are %d: %q", limits.ExecutionTags, n, in.TagList)
	}
	if o.Timeout > 0 {
		in.ExecutionStartToCloseTimeout = aws.String(wire.Seconds(o.Timeout))
	}
	if s.TaskPriority != "" {
		in.TaskPriority = &s.TaskPriority
	}
	if o.Priority != nil {
		in.TaskPriority = aws.String(strconv.Itoa(*o.Priority))
	}
	if o.LambdaRole != "" {
		in.LambdaRole = &o.LambdaRole
	}
	out, err := d.api.StartWorkflowExecution(d.ctx, in)
	if err != nil {
		return Execution{}, err
	}
	x := Execution{o.ID, aws.ToString(out.RunId)}
	d.saw(x)
	return x, nil
}

func or(a, b string) *string {
	if a == "" {
		return &b
	}
	return &a
}

func workflowOf(p *ir.Program, name string) *ir.Workflow {
	for _, w := range p.Workflows {
		if w.Name == name {
			return w
		}
	}
	return nil
}
