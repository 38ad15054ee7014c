package conformance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/sim"
	"github.com/flowc/flowc/stdlib/activity"
)

// mostCalls is for how many calls of an example each is made to fail once.
const mostCalls = 6

// TestExamples compares the examples: as they are when everything goes well,
// with each of their calls failing, and cancelled in the middle.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../../examples/*/*.flow")
	if err != nil || len(files) < 10 {
		t.Fatalf("got %d examples, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := compiler.Compile(diag.NewSource(file, text), compiler.Config{Std: activity.Source})
		if r.Program == nil || r.Diags.HasErrors() {
			t.Fatalf("%s: %v", file, r.Diags.Sorted())
		}
		plan, err := runtime.Prepare(r.Program)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range r.Program.Workflows {
			t.Run(filepath.Base(file)+"/"+w.Name, func(t *testing.T) { example(t, r.Program, plan, w) })
		}
	}
}

// example compares one workflow.
func example(t *testing.T, p *ir.Program, plan *runtime.Plan, w *ir.Workflow) {
	script := sim.Scenario{Workflow: w.Name, Input: auto(t, w.Params), Rules: []sim.Rule{{After: after(30 * time.Second)}}}
	well, err := sim.Run(plan, p, script)
	if err != nil {
		t.Fatalf("it cannot be simulated like this: %v", err)
	}
	try := func(name string, script sim.Scenario) {
		t.Run(name, func(t *testing.T) { compare(newStage(t, p, options{}), plan, script, true) })
	}
	try("well", script)
	half := script
	half.Events = []sim.Outside{{At: well.Elapsed/2 + 1e9, Cancel: true}}
	try("cancelled", half)
	if testing.Short() {
		return
	}
	tried := map[string]bool{}
	for _, c := range well.Calls {
		if node := ir.StaticID(c.Node); !tried[node] && len(tried) < mostCalls {
			tried[node] = true
			bad := script
			bad.Rules = append([]sim.Rule{{Node: c.Node, After: after(10 * time.Second), Failure: fails(runtime.Undeclared, "no")}}, script.Rules...)
			try(fmt.Sprint("failing ", len(tried)), bad)
		}
	}
}

// auto returns a value for each parameter that has no default.
func auto(t *testing.T, params []ir.Param) map[string]json.RawMessage {
	t.Helper()
	input := map[string]json.RawMessage{}
	for _, param := range params {
		if param.Default != nil {
			continue
		}
		v, err := sim.Auto(param.Type)
		if err != nil {
			t.Fatal(err)
		}
		if input[param.Name], err = ir.Encode(v, param.Type); err != nil {
			t.Fatal(err)
		}
	}
	return input
}
