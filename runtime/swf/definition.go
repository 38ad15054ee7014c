package swf

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/swf/deploy"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/runtime/swf/wire"
)

// A Definition is a program, and what its parameters are here.
type Definition struct {
	Name    string // for messages: a file
	Program *ir.Program
	Params  map[string]json.RawMessage // of executions that clients start who know of no parameters
}

// typeName names a workflow type, as the service has it.
type typeName struct{ name, version string }

func typeOf(w *ir.Workflow) typeName {
	return typeName{names.Type(w.Name), cmp.Or(w.Version, names.DefaultVersion)}
}

// TaskLists returns the task lists that the decision tasks of the workflows of
// programs come to, sorted.
func TaskLists(defs []Definition) ([]string, error) {
	var lists []string
	for _, def := range defs {
		params, err := deploy.Values(def.Program, def.Params)
		if err != nil {
			return nil, err
		}
		for _, w := range def.Program.Workflows {
			s, err := wire.SettingsOf(def.Program, w, params)
			if err != nil {
				return nil, err
			}
			lists = append(lists, s.TaskList)
		}
	}
	slices.Sort(lists)
	return slices.Compact(lists), nil
}
