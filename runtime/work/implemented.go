package work

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/stdlib/activity"
)

// A MissingError says that nothing implements activities that a workflow
// calls.
type MissingError struct {
	Activities []string // by name, in the order in which they are called
}

// Error returns the message.
func (e *MissingError) Error() string {
	if len(e.Activities) == 1 {
		return notImplemented(e.Activities[0])
	}
	return fmt.Sprintf("no implementation of `%s`: they have no `run`, and no functions of these names are registered here",
		strings.Join(e.Activities, "`, `"))
}

// Implemented reports, as a [*MissingError], the activities that a workflow, and
// those that it calls, would come upon without an implementation: better now
// than after an hour.
func Implemented(p *ir.Program, workflow string, registry *activity.Registry) error {
	activities := make(map[string]*ir.Activity, len(p.Activities))
	for _, a := range p.Activities {
		activities[a.Name] = a
	}
	var missing MissingError
	look := func(name string) *ir.Activity {
		a := activities[name]
		if a == nil || a.Program != nil || slices.Contains(missing.Activities, name) {
			return a
		}
		if _, ok := registry.Lookup(name); !ok {
			missing.Activities = append(missing.Activities, name)
		}
		return a
	}
	workflows := make(map[string]*ir.Workflow, len(p.Workflows))
	for _, w := range p.Workflows {
		workflows[w.Name] = w
	}
	seen := map[string]bool{workflow: true}
	for todo := []string{workflow}; len(todo) > 0; todo = todo[1:] {
		w := workflows[todo[0]]
		for j := range w.Nodes {
			n := &w.Nodes[j]
			switch {
			case n.Call == nil:
				continue
			case n.Kind == ir.NChild && !seen[n.Call.Callee] && workflows[n.Call.Callee] != nil:
				seen[n.Call.Callee] = true
				todo = append(todo, n.Call.Callee)
			}
			var a *ir.Activity
			if n.Kind == ir.NActivity {
				a = look(n.Call.Callee)
			}
			switch {
			case n.Undo != nil:
				look(n.Undo.Callee)
			case a != nil && a.Undo != nil && !n.UndoNone:
				look(a.Undo.Callee)
			}
		}
	}
	if len(missing.Activities) > 0 {
		return &missing
	}
	return nil
}
