package decide

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// startMarker is the name of the marker that is the first decision of every
// execution. It says of which program it is a run, and what else the first
// decider knew that is not in the history: later ones go by it.
const startMarker = "flow.start"

// beginning is what the marker says.
type beginning struct {
	IR         string                     `json:"ir"`
	Run        string                     `json:"run"`
	WorkflowID string                     `json:"workflowId"`
	Params     map[string]json.RawMessage `json:"params,omitempty"`
	Flags      int                        `json:"flags"`
	Window     int                        `json:"window"`
}

// readMarker takes the marker that the first decision has recorded.
func (x *Execution) readMarker(event int64, details string) error {
	text, err := wire.Open(x.env.Blobs, details)
	if err != nil {
		return err
	}
	var b beginning
	if err := json.Unmarshal([]byte(text), &b); err != nil || b.IR == "" {
		return fmt.Errorf("event %d: the marker `%s` cannot be read", event, startMarker)
	}
	x.marked = true
	if x.bare {
		return nil
	}
	if x.machine != nil {
		if x.start.IR != b.IR || x.start.Run != b.Run || x.start.Flags != b.Flags || x.start.MaxOpen != b.Window || !sameValues(x.start.Params, b.Params) {
			return &Divergence{Event: event, Recorded: "a run of program " + b.IR, Definition: "a run of program " + x.start.IR}
		}
		return nil
	}
	return x.begin(&b)
}

// sameValues reports whether two sets of parameters are written alike: another
// decider may have others.
func sameValues(a, b map[string]json.RawMessage) bool {
	one, err := json.Marshal(a)
	two, other := json.Marshal(b)
	return len(a)+len(b) == 0 || err == nil && other == nil && string(one) == string(two)
}

// begin makes the interpreter and lets it begin, as the marker says, or, when
// there is none yet, as its input and the Env do. What the decision task that
// started last knows of is folded.
func (x *Execution) begin(b *beginning) error {
	a := x.begun
	s := &runtime.Start{Workflow: aws.ToString(a.WorkflowType.Name), WorkflowID: x.id.WorkflowID, Tags: a.TagList, Shards: true}
	if p := a.ParentWorkflowExecution; p != nil {
		s.Parent = &runtime.ParentRun{Run: aws.ToString(p.RunId)}
	}
	env, err := wire.ReadInput(x.env.Blobs, aws.ToString(a.Input))
	var bad *wire.InputError
	if errors.As(err, &bad) || wire.Lost(err) {
		s.Misfit = &runtime.Failure{Node: s.Workflow, Error: runtime.BadInput, Message: err.Error()}
		env = &wire.Envelope{}
	} else if err != nil {
		return err
	}
	if b == nil {
		b = x.guess(env)
	}
	if err := x.load(b.IR, s); err != nil {
		return err
	}
	s.IR, s.Run, s.Params, s.Flags, s.MaxOpen = b.IR, b.Run, b.Params, b.Flags, b.Window
	if b.WorkflowID != "" {
		s.WorkflowID = b.WorkflowID
	}
	s.Input, s.Slice, s.Reuse, s.Carried = env.Input, env.Slice, env.Reuse, env.Carried
	s.Only, s.Asked = env.Only, env.Asked
	if env.Parent != nil {
		s.Parent = env.Parent
	}
	if s.Input == nil {
		s.Input = map[string]json.RawMessage{}
	}
	x.start = s
	if s.Misfit == nil {
		s.Misfit = x.unknown(env)
	}
	x.adopt(env.Detached)
	for k := range x.queues {
		x.queues[k].window = max(1, b.Window)
	}
	x.timers.window = max(1, b.Window)
	if err := x.apply(runtime.Event{Time: x.began, Type: runtime.RunStarted, Start: s}); err != nil {
		return err
	}
	return x.fold()
}

// guess returns what the first decision is going to say.
func (x *Execution) guess(env *wire.Envelope) *beginning {
	t := x.begun.WorkflowType
	b := &beginning{IR: env.IR, Run: env.Run, WorkflowID: x.id.WorkflowID, Flags: env.Flags, Window: env.Window, Params: env.Params}
	if b.Flags == 0 {
		b.Flags = runtime.Flags
	}
	if b.Run == "" {
		b.Run = x.id.RunID
	}
	if b.Window <= 0 {
		b.Window = x.env.window()
	}
	if b.IR == "" && x.env.Default != nil {
		var params map[string]json.RawMessage
		b.IR, params = x.env.Default(aws.ToString(t.Name), aws.ToString(t.Version))
		if b.Params == nil {
			b.Params = params
		}
	}
	return b
}

// load gets the program, and the workflow in it.
func (x *Execution) load(hash string, s *runtime.Start) error {
	if hash == "" || x.env.Program == nil {
		return &UnknownProgramError{Workflow: s.Workflow}
	}
	program, plan, err := x.env.Program(hash)
	if err != nil {
		return &UnknownProgramError{Hash: hash, Workflow: s.Workflow, Err: err}
	}
	k := slices.IndexFunc(program.Workflows, func(w *ir.Workflow) bool { return names.Type(w.Name) == s.Workflow })
	if k < 0 {
		return &UnknownProgramError{Hash: hash, Workflow: s.Workflow}
	}
	s.Workflow = program.Workflows[k].Name
	x.program = program
	x.machine, err = plan.New(s.Workflow, runtime.Config{})
	return err
}

// unknown says which arguments of a plain input the workflow has no parameter
// for: the interpreter would pass them over.
func (x *Execution) unknown(env *wire.Envelope) *runtime.Failure {
	if !env.Plain {
		return nil
	}
	params := x.workflow(x.start.Workflow).Params
	list := make([]string, len(params))
	for k, p := range params {
		list[k] = p.Name
	}
	var wrong []string
	for name := range env.Input {
		if !slices.Contains(list, name) {
			wrong = append(wrong, name)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	message := fmt.Sprintf("`%s` has no parameter `%s`", x.start.Workflow, strings.Join(wrong, "`, `"))
	if near, ok := spell.Nearest(wrong[0], list); ok {
		message += fmt.Sprintf("; did you mean `%s`?", near)
	}
	return &runtime.Failure{Node: x.start.Workflow, Error: runtime.BadInput, Message: message}
}

// workflow returns a workflow of the program by its name.
func (x *Execution) workflow(name string) *ir.Workflow {
	for _, w := range x.program.Workflows {
		if w.Name == name {
			return w
		}
	}
	return nil
}
