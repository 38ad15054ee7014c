package deploy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// Kind is what a type is of.
type Kind string

// Kinds.
const (
	Workflow Kind = "workflow"
	Activity Kind = "activity"
)

// A Key is what tells a type from the others of a domain.
type Key struct {
	Kind    Kind
	Name    string // as the service has it, see names.Type
	Version string
}

// String returns the key as people read it: `activity extract "7"`.
func (k Key) String() string { return fmt.Sprintf("%s %s %q", k.Kind, k.Name, k.Version) }

// compare orders keys: workflows first, then by name and version.
func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(o.Kind, k.Kind), cmp.Compare(k.Name, o.Name), cmp.Compare(k.Version, o.Version))
}

// A Setting is a default of a type, by its name in the service's protocol.
type Setting struct {
	Name  string // defaultTaskStartToCloseTimeout
	Value string // seconds, NONE, a name
}

// A Type is what is to be registered.
type Type struct {
	Key
	Settings []Setting // in the order of their names; those that are not said are left out

	Program  *ir.Program
	Workflow *ir.Workflow // nil of an activity
	Activity *ir.Activity // nil of a workflow
}

// Setting returns a setting of t, "" if it is not said.
func (t *Type) Setting(name string) string { return settingOf(t.Settings, name) }

func settingOf(list []Setting, name string) string {
	for _, s := range list {
		if s.Name == name {
			return s.Value
		}
	}
	return ""
}

// A ConflictError says that two programs want one type with different
// settings.
type ConflictError struct{ One, Other *Type }

// Error returns the message.
func (e *ConflictError) Error() string {
	var diffs []string
	for _, d := range differences(e.One.Settings, e.Other.Settings) {
		diffs = append(diffs, fmt.Sprintf("%s is %s and %s", d.Name, orNone(d.Here), orNone(d.There)))
	}
	var where string
	switch one, other := e.One.place(), e.Other.place(); {
	case one == "" || other == "":
	case one == other:
		where = ", both times in " + one
	default:
		where = ", in " + one + " and " + other
	}
	return fmt.Sprintf("%s is declared twice with different settings%s: %s", e.One.Key, where, strings.Join(diffs, ", "))
}

// place returns the file and the line in which t is declared, "" if that is not
// known.
func (t *Type) place() string {
	at := ir.NoPos
	switch {
	case t.Workflow != nil:
		at = t.Workflow.At
	case t.Activity != nil:
		at = t.Activity.At
	}
	if at.File < 0 || int(at.File) >= len(t.Program.Sources) {
		return ""
	}
	source := &t.Program.Sources[at.File]
	before := source.Text[:min(max(int(at.Start), 0), len(source.Text))]
	return fmt.Sprintf("%s:%d", source.Name, 1+strings.Count(before, "\n"))
}

// lambda is the activity that the service runs by itself, without a type.
const lambda = "std/lambda.invoke"

// A Source is a program with the values of its parameters, see [Values].
type Source struct {
	Program *ir.Program
	Params  map[string]ir.Value
}

// Types returns the types of programs, in order. What several programs share
// is there once.
func Types(sources ...Source) ([]*Type, error) {
	found := map[Key]*Type{}
	var list []*Type
	for _, s := range sources {
		own, err := typesOf(s)
		if err != nil {
			return nil, err
		}
		for _, t := range own {
			before := found[t.Key]
			switch {
			case before == nil:
				found[t.Key] = t
				list = append(list, t)
			case len(differences(before.Settings, t.Settings)) > 0:
				return nil, &ConflictError{before, t}
			}
		}
	}
	slices.SortFunc(list, func(a, b *Type) int { return a.Key.compare(b.Key) })
	return list, nil
}

func typesOf(s Source) ([]*Type, error) {
	var list []*Type
	for _, w := range s.Program.Workflows {
		t, err := workflowType(s, w)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	for _, a := range s.Program.Activities {
		if a.Name != lambda {
			list = append(list, activityTypes(s.Program, a)...)
		}
	}
	return list, nil
}

// find returns the type that has a key, nil if none has.
func find(s Source, k Key) (*Type, error) {
	if k.Kind == Workflow {
		for _, w := range s.Program.Workflows {
			if names.Type(w.Name) == k.Name && orDefault(w.Version) == k.Version {
				return workflowType(s, w)
			}
		}
		return nil, nil
	}
	for _, a := range s.Program.Activities {
		if names.Type(a.Name) != k.Name {
			continue
		}
		list := activityTypes(s.Program, a)
		for _, t := range list {
			if t.Key == k {
				return t, nil
			}
		}
		list[0].Version = k.Version // which a call computes
		return list[0], nil
	}
	return nil, nil
}

// workflowType returns the type of a workflow.
func workflowType(from Source, w *ir.Workflow) (*Type, error) {
	s, err := wire.SettingsOf(from.Program, w, from.Params)
	if err != nil {
		return nil, err
	}
	t := &Type{Key: Key{Workflow, names.Type(w.Name), orDefault(w.Version)}, Program: from.Program, Workflow: w}
	t.set("defaultChildPolicy", s.ChildPolicy)
	t.set("defaultExecutionStartToCloseTimeout", executionTimeout(w))
	t.set("defaultTaskList", s.TaskList)
	t.set("defaultTaskPriority", s.TaskPriority)
	t.set("defaultTaskStartToCloseTimeout", s.DecisionTimeout)
	return t, nil
}

// executionTimeout returns the workflow's own timeout, and the longest that the
// service allows where there is none. Whoever starts runs by flowc sends a
// longer one, in which the workflow's handlers have their time.
func executionTimeout(w *ir.Workflow) string {
	d, _ := constant(w.Nodes[0].Options.Timeout).(ir.Duration)
	if d <= 0 || d > limits.ExecutionSecs*1e9 {
		d = limits.ExecutionSecs * 1e9
	}
	return wire.Seconds(d)
}

// activityTypes returns the types of an activity: one for each version that
// calls of it ask for by a constant.
func activityTypes(p *ir.Program, a *ir.Activity) []*Type {
	versions := []string{orDefault(a.Version)}
	for _, w := range p.Workflows {
		for k := range w.Nodes {
			n := &w.Nodes[k]
			if n.Call == nil || n.Call.Callee != a.Name || n.Kind != ir.NActivity {
				continue
			}
			if v, ok := constant(n.Options.VersionAt).(ir.String); ok && !slices.Contains(versions, string(v)) {
				versions = append(versions, string(v))
			}
		}
	}
	o := &a.Options
	var list []*Type
	for _, version := range versions {
		t := &Type{Key: Key{Activity, names.Type(a.Name), version}, Program: p, Activity: a}
		t.set("defaultTaskHeartbeatTimeout", seconds(o.Heartbeat))
		t.set("defaultTaskList", text(o.TaskList, names.DefaultTaskList))
		if n, ok := constant(o.Priority).(ir.Int); ok {
			t.set("defaultTaskPriority", strconv.FormatInt(int64(n), 10))
		}
		t.set("defaultTaskScheduleToCloseTimeout", seconds(o.TotalTimeout))
		t.set("defaultTaskScheduleToStartTimeout", seconds(o.QueueTimeout))
		t.set("defaultTaskStartToCloseTimeout", seconds(o.Timeout))
		list = append(list, t)
	}
	return list
}

func (t *Type) set(name, value string) {
	if value != "" {
		t.Settings = append(t.Settings, Setting{name, value})
	}
}

// constant returns the value of an expression that is known before a run, nil
// of any other.
func constant(e *ir.Expr) ir.Value {
	if e == nil || e.Op != ir.OpConst {
		return nil
	}
	return e.Value
}

// seconds returns a duration as a setting. One that depends on parameters is
// sent with each task; for the type there is none.
func seconds(e *ir.Expr) string {
	d, _ := constant(e).(ir.Duration)
	return wire.Seconds(d)
}

func text(e *ir.Expr, other string) string {
	if s, ok := constant(e).(ir.String); ok && s != "" {
		return string(s)
	}
	return other
}

func orDefault(version string) string { return cmp.Or(version, names.DefaultVersion) }
