package runtime_test

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// discovery returns a workflow that walks a graph: `expand x in [0] by x`,
// whose item x calls an activity that gives the neighbours of x, and grows
// them. Its result is the items in the order of discovery.
func discovery(limit, most int) *ir.Program {
	ints := ir.ListOf(ir.IntType)
	slot := func(up, index int, t *ir.Type) *ir.Expr {
		return &ir.Expr{Op: ir.OpSlot, Type: t, Up: up, Index: index, At: ir.NoPos}
	}
	node := func(kind ir.NodeKind, id string, parent, end, frame int) ir.Node {
		return ir.Node{Kind: kind, ID: id, Name: id[strings.LastIndex(id, "/")+1:], Parent: parent, End: end, Frame: frame, Eff: true, Result: ir.NoneType,
			Slot: -1, Target: -1, ItemSlot: -1, IndexSlot: -1, DepthSlot: -1, Body: -1, Inner: -1, Subject: -1, Else: -1, At: ir.NoPos, Extent: ir.NoPos}
	}
	nodes := []ir.Node{
		node(ir.NWorkflow, "w", -1, 7, 0),
		node(ir.NExpand, "w/e", 0, 6, 0),
		node(ir.NBody, "w/e[]", 1, 6, 1),
		node(ir.NActivity, "w/e[]/near", 2, 4, 1),
		node(ir.NGrow, "w/e[]", 2, 5, 1),
		node(ir.NYield, "w/e[]", 2, 6, 1),
		node(ir.NReturn, "w", 0, 7, 0),
	}
	nodes[0].Members, nodes[0].Result = []int{1, 6}, ints
	e := &nodes[1]
	e.List = &ir.Expr{Op: ir.OpConst, Type: ints, Value: ir.List{ir.Int(0)}, At: ir.NoPos}
	e.Body, e.Inner, e.ItemSlot, e.DepthSlot, e.Slot, e.Result = 2, 1, 0, 1, 0, ints
	e.Key = slot(0, 0, ir.IntType)
	e.Options.Limit = constInt(limit)
	if most > 0 {
		e.Options.Max = constInt(most)
	}
	nodes[2].Members, nodes[2].Name = []int{3, 4, 5}, ""
	nodes[3].Call = &ir.Call{Callee: "near", Args: []*ir.Expr{slot(0, 0, ir.IntType), slot(0, 1, ir.IntType)}}
	nodes[3].Slot, nodes[3].Result = 2, ints
	nodes[4].Value, nodes[4].Target = slot(0, 2, ints), 1
	nodes[5].Value, nodes[5].Target = slot(0, 0, ir.IntType), 2
	nodes[6].Value, nodes[6].Target = slot(0, 0, ints), 0
	return &ir.Program{Main: "w",
		Activities: []*ir.Activity{{Name: "near", Result: ints, Dir: ".", At: ir.NoPos,
			Params: []ir.Param{{Name: "x", Type: ir.IntType}, {Name: "depth", Type: ir.IntType}}}},
		Workflows: []*ir.Workflow{{Name: "w", Version: "1", Result: ints, Nodes: nodes,
			Frames: []ir.Frame{{Parent: -1, Names: []string{"e"}}, {Owner: 1, Parent: 0, Names: []string{"x", "depth", "found"}}}}},
	}
}

// walk runs a discovery, answering tasks in a random order.
func walk(t *testing.T, p *ir.Program, seed int64, near func(x int) []int) runtime.Outcome {
	t.Helper()
	r := rand.New(rand.NewSource(seed))
	m, err := runtime.New(p, "", runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	open := []runtime.Event{{Type: runtime.RunStarted, Start: &runtime.Start{Run: "r", Flags: runtime.Flags}}}
	for !m.Done() {
		k := r.Intn(len(open))
		e := open[k]
		open[k] = open[len(open)-1]
		open = open[:len(open)-1]
		e.Time++
		step, err := m.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range step.Commands {
			switch c.Type {
			case runtime.ScheduleTask:
				var in struct{ X int }
				if err := json.Unmarshal(c.Task.Input, &in); err != nil {
					t.Fatal(err)
				}
				b, _ := json.Marshal(near(in.X))
				open = append(open, runtime.Event{Type: runtime.TaskCompleted, Node: c.Node, Attempt: 1, Result: b})
			case runtime.CancelTask:
				open = append(open, runtime.Event{Type: runtime.TaskCancelled, Node: c.Node, Attempt: 1})
			}
		}
	}
	return m.Outcome()
}

// TestDiscoveryOrder: the value of an expand does not depend on the order in
// which its items end; keys that were seen are dropped, and so cycles end.
func TestDiscoveryOrder(t *testing.T) {
	near := func(x int) []int {
		if x >= 20 {
			return []int{}
		}
		return []int{2*x + 1, 2*x + 2, x / 2, 0}
	}
	var want string
	for seed := range int64(20) {
		o := walk(t, discovery(1000, int(seed%4)), seed, near)
		if o.Status != ir.Succeeded {
			t.Fatalf("ended %v %+v", o.Status, o.Failure)
		}
		if want == "" {
			want = string(o.Result)
		}
		if string(o.Result) != want {
			t.Errorf("seed %d: got %s, want %s", seed, o.Result, want)
		}
	}
	if !strings.HasPrefix(want, "[0,1,2,3,4,5,6,") {
		t.Errorf("got %s", want)
	}
}

// TestDiscoveryLimit: what grows without end is ended by its limit.
func TestDiscoveryLimit(t *testing.T) {
	o := walk(t, discovery(50, 3), 1, func(x int) []int { return []int{x + 1, x + 2} })
	if o.Status != ir.Failed || o.Failure.Error != runtime.LimitExceeded || o.Failure.Node != "w/e" {
		t.Errorf("ended %v %+v", o.Status, o.Failure)
	}
}

// TestDiscoveryIsLinear: a chain of items, each found by the one before.
func TestDiscoveryIsLinear(t *testing.T) {
	const n = 100_000
	o := walk(t, discovery(n, 0), 1, func(x int) []int {
		if x+1 == n {
			return []int{}
		}
		return []int{x + 1}
	})
	if o.Status != ir.Succeeded || !strings.HasSuffix(string(o.Result), fmt.Sprintf(",%d]", n-1)) {
		t.Errorf("ended %v %+v", o.Status, o.Failure)
	}
}

// TestChild: a workflow that calls another waits for its run; the child's
// input is by parameter, and its result is checked.
func TestChild(t *testing.T) {
	tests := []struct {
		name   string
		event  runtime.Event
		status ir.Status
		err    string
	}{
		{"completed", runtime.Event{Type: runtime.ChildCompleted, Result: json.RawMessage(`7`)}, ir.Succeeded, ""},
		{"a result that does not fit", runtime.Event{Type: runtime.ChildCompleted, Result: json.RawMessage(`"x"`)}, ir.Failed, runtime.BadResult},
		{"failed", runtime.Event{Type: runtime.ChildFailed, Failure: &runtime.Failure{Node: "c/x", Error: "E1"}}, ir.Failed, "E1"},
		{"timed out", runtime.Event{Type: runtime.ChildTimedOut}, ir.Failed, runtime.TimeOut},
		{"cancelled", runtime.Event{Type: runtime.ChildCancelled}, ir.Failed, runtime.CancelledAlone},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := build(parseTree(t, "c"))
			n := &p.Workflows[0].Nodes[1]
			n.Kind, n.Call = ir.NChild, &ir.Call{Callee: "child", Args: []*ir.Expr{constInt(3)}}
			child := build(parseTree(t, "x")).Workflows[0]
			child.Name, child.Result, child.Params = "child", ir.IntType, []ir.Param{{Name: "n", Type: ir.IntType}}
			child.Frames[0].Names = []string{"n"}
			p.Workflows = append(p.Workflows, child)
			p.Activities = append(p.Activities, &ir.Activity{Name: "x", Result: ir.NoneType})
			m, err := runtime.New(p, "w", runtime.Config{})
			if err != nil {
				t.Fatal(err)
			}
			step, err := m.Apply(runtime.Event{Type: runtime.RunStarted, Start: &runtime.Start{Run: "r", Flags: runtime.Flags}})
			if err != nil || len(step.Commands) != 1 || step.Commands[0].Type != runtime.StartChild || string(step.Commands[0].Child.Input["n"]) != "3" {
				t.Fatalf("%+v %v", step.Commands, err)
			}
			test.event.Node = "w/c"
			if _, err = m.Apply(test.event); err != nil {
				t.Fatal(err)
			}
			o := m.Outcome()
			if o.Status != test.status || o.Failure != nil && o.Failure.Error != test.err {
				t.Errorf("ended %v %+v", o.Status, o.Failure)
			}
		})
	}
}
