package decide

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// activityID returns the id of an attempt. It spells the idempotency key out
// when that is not what a worker would compute: in an execution that continues
// another, and in a slice.
func (x *Execution) activityID(node, key string, attempt int) string {
	return names.Activity(node, key, attempt, key != names.Key(x.id.RunID, node))
}

func timerID(node string, kind runtime.TimerKind) string { return names.Fit(node, "~"+string(kind)) }

// childID returns the workflow id of a child run. Its own run id is derived
// from the run and the node that call it, so that no other run has the same.
func childID(node string, c *runtime.Child) string {
	sum := sha256.Sum256([]byte(c.Run))
	return names.Fit(node, "~"+hex.EncodeToString(sum[:8]))
}

// wantTask takes note that an attempt of an activity is wanted.
func (x *Execution) wantTask(c *runtime.Command, now ir.Time) error {
	w := &work{class: task, node: c.Node, attempt: c.Attempt, task: c.Task, id: x.activityID(c.Node, c.Task.Key, c.Attempt)}
	if c.Task.Activity.Name == names.Lambda {
		w.class = lambda
	}
	why := badTask(c.Task)
	if why == "" && w.class == lambda {
		if name, _ := w.function(); name == "" || wire.Length(name) > limits.LambdaName {
			why = fmt.Sprintf("a Lambda function cannot be called `%s`: the service takes names of 1 to %d characters", name, limits.LambdaName)
		}
	}
	if why != "" {
		x.answer(runtime.Event{Type: runtime.TaskFailed, Node: c.Node, Attempt: c.Attempt, Failure: &runtime.Failure{Node: c.Node, Error: Refused, Message: why}}, now)
		return nil
	}
	return x.want(w)
}

// badTask says what the service would not take of a task: the whole decision
// would be refused with it.
func badTask(t *runtime.Task) string {
	switch {
	case t.TaskList != "" && !limits.ValidID(t.TaskList):
		return fmt.Sprintf("no task list can be called `%s`", wire.Cut(t.TaskList, 300))
	case t.Version != "" && !validVersion(t.Version):
		return fmt.Sprintf("no version can be called `%s`", wire.Cut(t.Version, 100))
	case t.Priority < math.MinInt32 || t.Priority > math.MaxInt32:
		return fmt.Sprintf("the priority %d is out of range", t.Priority)
	}
	return ""
}

func validVersion(v string) bool { return limits.ValidID(v) && wire.Length(v) <= limits.Version }

// wantChild takes note that a child run is wanted.
func (x *Execution) wantChild(c *runtime.Command, now ir.Time) error {
	w := &work{class: child, node: c.Node, attempt: c.Attempt, child: c.Child, id: childKey(childID(c.Node, c.Child))}
	why := ""
	wf := x.workflow(c.Child.Workflow)
	if wf == nil {
		why = fmt.Sprintf("there is no workflow `%s`", c.Child.Workflow)
	} else if s, err := wire.SettingsFor(x.program, wf, x.machine.Params(), c.Child.Input); err != nil {
		why = err.Error()
	} else {
		if c.Child.Slice != nil { // it is a part of this execution
			s = x.settings(s)
		}
		w.settings = s
		if c.Child.TaskList != "" {
			w.settings.TaskList = c.Child.TaskList
		}
		if c.Child.Tags != nil {
			w.settings.Tags = c.Child.Tags
		}
		switch {
		case !limits.ValidID(w.settings.TaskList):
			why = fmt.Sprintf("no task list can be called `%s`", wire.Cut(w.settings.TaskList, 300))
		case !validVersion(w.settings.Version):
			why = fmt.Sprintf("no version can be called `%s`", wire.Cut(w.settings.Version, 100))
		case len(w.settings.Tags) > limits.ExecutionTags:
			why = fmt.Sprintf("%d tags are too many: an execution has at most %d", len(w.settings.Tags), limits.ExecutionTags)
		}
	}
	if why != "" {
		x.answer(runtime.Event{Type: runtime.ChildFailed, Node: c.Node, Attempt: c.Attempt, Failure: &runtime.Failure{Node: c.Node, Error: Refused, Message: why}}, now)
		return nil
	}
	return x.want(w)
}

// settings returns s with what this execution was started with.
func (x *Execution) settings(s wire.Settings) wire.Settings {
	a := x.begun
	if a.TaskList != nil {
		s.TaskList = aws.ToString(a.TaskList.Name)
	}
	s.TaskPriority, s.Tags = aws.ToString(a.TaskPriority), a.TagList
	if a.ChildPolicy != "" {
		s.ChildPolicy = string(a.ChildPolicy)
	}
	if a.TaskStartToCloseTimeout != nil {
		s.DecisionTimeout = *a.TaskStartToCloseTimeout
	}
	return s
}

// want adds work that is to be done.
func (x *Execution) want(w *work) error {
	if old := x.works[w.id]; old != nil && old.state != gone {
		return &BrokenError{Message: fmt.Sprintf("this is a bug in flowc: `%s` is wanted twice (%s)", w.node, trimKey(w.id))}
	}
	w.order, w.turn, w.at = x.places[w.node], x.turns, -1
	x.turns++
	x.works[w.id], x.calls[call{w.node, w.attempt}] = w, w
	x.queues[w.class].add(w)
	return nil
}

// typeName returns the type that some work has for the service.
func (w *work) typeName() typeName {
	switch w.class {
	case child:
		return typeName{true, names.Type(w.child.Workflow), w.settings.Version}
	case lambda:
		name, _ := w.function()
		return typeName{false, name, ""}
	}
	t := typeName{false, names.Type(w.task.Activity.Name), w.task.Version}
	if t.version == "" {
		t.version = names.DefaultVersion
	}
	return t
}

// what says what some work is, as events of the history do.
func (w *work) what() string {
	t := w.typeName()
	switch w.class {
	case child:
		return "workflow " + t.name + " " + t.version
	case lambda:
		return "function " + t.name
	}
	return t.name + " " + t.version
}

// function returns the name and the input of the Lambda function that a task
// of the library calls.
func (w *work) function() (name, input string) {
	for k, p := range w.task.Activity.Params {
		if k >= len(w.task.Args) {
			break
		}
		switch v := w.task.Args[k].(type) {
		case ir.String:
			if name == "" {
				name = string(v)
			}
		default:
			if b, err := ir.Encode(v, p.Type); err == nil && input == "" {
				input = string(b)
			}
		}
	}
	return name, input
}

// decide returns the decision that some work needs.
func (x *Execution) decide(w *work) (types.Decision, error) {
	if w.decision == nil {
		d, err := x.decisionFor(w)
		if err != nil {
			return types.Decision{}, err
		}
		w.decision = &d
	}
	return *w.decision, nil
}

func (x *Execution) decisionFor(w *work) (types.Decision, error) {
	control, err := json.Marshal(note{Node: w.node, Attempt: w.attempt})
	if err != nil {
		return types.Decision{}, err
	}
	note, err := wire.Fit(x.env.Blobs, string(control), limits.Control)
	if err != nil {
		return types.Decision{}, err
	}
	switch w.class {
	case child:
		return x.startChild(w, note)
	case lambda:
		return x.scheduleLambda(w, note)
	}
	return x.scheduleTask(w, note)
}

// scheduleTask decides that a worker performs a task. All its settings are
// said, so that what its type was registered with does not matter.
func (x *Execution) scheduleTask(w *work, control string) (types.Decision, error) {
	t, name := w.task, w.typeName()
	input := t.Input
	if names.Told(t.Activity) {
		params, err := names.Params(x.program, t.Activity, x.machine.Params())
		if err != nil {
			return types.Decision{}, err
		}
		input, err = names.AddFlow(input, names.Flow{
			IR: x.start.IR, Run: x.start.Run, Node: w.node, Attempt: w.attempt, Key: t.Key,
			Params:  params,
			Timeout: t.Timeout, Total: t.TotalTimeout, Heartbeat: t.Heartbeat, File: t.At.File,
		})
		if err != nil {
			return types.Decision{}, err
		}
	}
	text, err := wire.Fit(x.env.Blobs, string(input), limits.Input)
	if err != nil {
		return types.Decision{}, err
	}
	list := t.TaskList
	if list == "" {
		list = names.DefaultTaskList
	}
	a := &types.ScheduleActivityTaskDecisionAttributes{
		ActivityId:             &w.id,
		ActivityType:           &types.ActivityType{Name: &name.name, Version: &name.version},
		Control:                &control,
		Input:                  &text,
		TaskList:               &types.TaskList{Name: &list},
		StartToCloseTimeout:    aws.String(wire.Seconds(t.Timeout)),
		ScheduleToStartTimeout: aws.String(wire.Seconds(t.QueueTimeout)),
		ScheduleToCloseTimeout: aws.String(wire.Seconds(t.TotalTimeout)),
		HeartbeatTimeout:       aws.String(wire.Seconds(t.Heartbeat)),
	}
	if t.Priority != 0 {
		a.TaskPriority = aws.String(strconv.Itoa(t.Priority))
	}
	return types.Decision{DecisionType: types.DecisionTypeScheduleActivityTask, ScheduleActivityTaskDecisionAttributes: a}, nil
}

func (x *Execution) scheduleLambda(w *work, control string) (types.Decision, error) {
	name, input := w.function()
	text, err := wire.Fit(x.env.Blobs, input, limits.Input)
	if err != nil {
		return types.Decision{}, err
	}
	limit := ir.Duration(limits.LambdaSecs * 1e9)
	if w.task.Timeout > 0 {
		limit = min(limit, w.task.Timeout)
	}
	return types.Decision{DecisionType: types.DecisionTypeScheduleLambdaFunction, ScheduleLambdaFunctionDecisionAttributes: &types.ScheduleLambdaFunctionDecisionAttributes{
		Id: &w.id, Name: &name, Control: &control, Input: &text, StartToCloseTimeout: aws.String(wire.Seconds(limit)),
	}}, nil
}

func (x *Execution) startChild(w *work, control string) (types.Decision, error) {
	name, s := w.typeName(), &w.settings
	e := wire.Envelope{
		IR: x.start.IR, Input: w.child.Input, Params: x.start.Params, Slice: w.child.Slice, Window: x.start.MaxOpen,
		Parent: &runtime.ParentRun{Run: x.start.Run, Node: w.node},
	}
	if e.Slice != nil {
		e.Reuse = x.reuseOf(e.Slice)
	}
	input, err := e.Encode(x.env.Blobs)
	if err != nil {
		return types.Decision{}, err
	}
	a := &types.StartChildWorkflowExecutionDecisionAttributes{
		WorkflowId:                   aws.String(trimKey(w.id)),
		WorkflowType:                 &types.WorkflowType{Name: &name.name, Version: &name.version},
		Control:                      &control,
		Input:                        &input,
		TaskList:                     &types.TaskList{Name: &s.TaskList},
		ExecutionStartToCloseTimeout: &s.PatientTimeout,
		TaskStartToCloseTimeout:      &s.DecisionTimeout,
		ChildPolicy:                  types.ChildPolicy(s.ChildPolicy),
		TagList:                      cutTags(s.Tags),
		LambdaRole:                   x.begun.LambdaRole,
	}
	if s.TaskPriority != "" {
		a.TaskPriority = &s.TaskPriority
	}
	return types.Decision{DecisionType: types.DecisionTypeStartChildWorkflowExecution, StartChildWorkflowExecutionDecisionAttributes: a}, nil
}

func cutTags(tags []string) []string {
	var list []string
	for _, t := range tags {
		list = append(list, wire.Cut(t, limits.Tag))
	}
	return list
}
