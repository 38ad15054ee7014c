package worker

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/stdlib"
	"github.com/flowc/flowc/stdlib/activity"
)

// A Doubt is something about task lists that a worker cannot see to by itself.
type Doubt struct {
	Activity string
	List     string // a list that is polled, although the activity, whose tasks come to it, is not performed here; "" : its list depends on data
}

// Lists returns the task lists that tasks of programs come to which are
// performed here, in the order in which the programs name them: those of
// activities with a `run`, and of functions that are registered. Params are the
// values of the programs' parameters, as far as they are known.
func Lists(programs []Program, registry *activity.Registry, params map[string]ir.Value) (lists []string, doubts []Doubt) {
	foreign := map[string][]string{} // activities performed elsewhere, by list
	for _, p := range programs {
		activities := make(map[string]*ir.Activity, len(p.IR.Activities))
		for _, a := range p.IR.Activities {
			activities[a.Name] = a
		}
		values := withDefaults(p.IR, params)
		see := func(name string, call *ir.Expr) {
			a := activities[name]
			if a == nil || name == names.Lambda {
				return
			}
			list, known := listOf(a, call, values)
			_, registered := registry.Lookup(name)
			here := a.Program != nil || registered
			switch {
			case !here && known:
				if !slices.Contains(foreign[list], name) {
					foreign[list] = append(foreign[list], name)
				}
			case here && !known:
				if d := (Doubt{Activity: name}); !slices.Contains(doubts, d) {
					doubts = append(doubts, d)
				}
			case here && !slices.Contains(lists, list):
				lists = append(lists, list)
			}
		}
		for _, w := range p.IR.Workflows {
			for k := range w.Nodes {
				seeCalls(&w.Nodes[k], activities, see)
			}
		}
	}
	for _, list := range lists {
		for _, name := range foreign[list] {
			doubts = append(doubts, Doubt{name, list})
		}
	}
	return lists, doubts
}

// seeCalls shows the activities that a node calls, with the task list of the
// call.
func seeCalls(n *ir.Node, activities map[string]*ir.Activity, see func(name string, list *ir.Expr)) {
	if n.Call == nil {
		return
	}
	var a *ir.Activity
	if n.Kind == ir.NActivity {
		a = activities[n.Call.Callee]
		see(n.Call.Callee, n.Options.TaskList)
	}
	switch {
	case n.Undo != nil:
		see(n.Undo.Callee, nil)
	case a != nil && a.Undo != nil && !n.UndoNone:
		see(a.Undo.Callee, nil)
	}
}

// listOf returns the task list of a call of an activity, if it can be known.
func listOf(a *ir.Activity, call *ir.Expr, params map[string]ir.Value) (string, bool) {
	e := call
	if e == nil {
		e = a.Options.TaskList
	}
	if e == nil {
		return names.DefaultTaskList, true
	}
	if !constant(e, params) {
		return "", false
	}
	v, err := eval.Compile(e, stdlib.Library{}).Eval(&eval.Env{Frame: &eval.Frame{}, Params: params})
	list, ok := v.(ir.String)
	return string(list), ok && err == nil && list != ""
}

// withDefaults returns the values of a program's parameters, as far as they can
// be known.
func withDefaults(p *ir.Program, given map[string]ir.Value) map[string]ir.Value {
	values := make(map[string]ir.Value, len(p.Params))
	for _, q := range p.Params {
		if v, ok := given[q.Name]; ok {
			values[q.Name] = v
		} else if q.Default != nil && constant(q.Default, values) {
			if v, err := eval.Compile(q.Default, stdlib.Library{}).Eval(&eval.Env{Frame: &eval.Frame{}, Params: values}); err == nil {
				values[q.Name] = v
			}
		}
	}
	return values
}

// constant reports whether an expression reads nothing but parameters that are
// known.
func constant(e *ir.Expr, params map[string]ir.Value) bool {
	switch e.Op {
	case ir.OpSlot, ir.OpSlotOutcome, ir.OpSlotOptional, ir.OpContext:
		return false
	case ir.OpParam:
		if _, known := params[e.Name]; !known {
			return false
		}
	}
	return !slices.ContainsFunc(e.Args, func(x *ir.Expr) bool { return !constant(x, params) })
}
