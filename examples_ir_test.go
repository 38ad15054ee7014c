package flowc_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/stdlib/activity"
	"github.com/sebdah/goldie/v2"
)

// TestExamplesAsTreeAndGraphGolden holds what each example becomes on its way:
// the tree that is read, and the graph with the type of every value and the
// hash that pins a run to it. A change here that no example asked for is a
// change of the language, or moves running executions.
func TestExamplesAsTreeAndGraphGolden(t *testing.T) {
	flows, err := filepath.Glob("examples/*/*.flow")
	if err != nil || len(flows) == 0 {
		t.Fatalf("got %d examples, %v", len(flows), err)
	}
	for _, flow := range flows {
		name := strings.TrimSuffix(filepath.Base(flow), ".flow")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(flow)
			if err != nil {
				t.Fatal(err)
			}
			src := diag.NewSource(filepath.Base(flow), text)
			file, diags := lang.Parse(src)
			report(t, diags)
			var tree bytes.Buffer
			if err := lang.Print(&tree, file); err != nil {
				t.Fatal(err)
			}
			result := compiler.Compile(src, compiler.Config{Root: filepath.Dir(flow), Std: activity.Source, Verify: true})
			report(t, result.Diags)
			if result.Bug != nil {
				t.Fatal(result.Bug)
			}
			var graph bytes.Buffer
			if err := ir.Print(&graph, result.Program); err != nil {
				t.Fatal(err)
			}
			graph.WriteString("\n" + result.Program.Hash() + "\n")
			g := goldie.New(t, goldie.WithFixtureDir("testdata/examples"), goldie.WithNameSuffix(""))
			g.Assert(t, name+".tree", tree.Bytes())
			g.Assert(t, name+".ir", graph.Bytes())
		})
	}
}
