package analyze_test

import (
	"fmt"
	"strconv"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
)

// grower makes a random workflow, as an IR: every kind of block, flags,
// tolerance, handlers, undo.
type grower struct {
	t      *rapid.T
	p      *ir.Program
	w      *ir.Workflow
	frame  int
	names  int
	counts map[string]int
	shield bool // in a handler
	leaves []int
}

// grow returns a program with one workflow, w, and the calls in it that are
// not in a handler.
func grow(t *rapid.T) (*ir.Program, []int) {
	g := &grower{t: t, p: &ir.Program{Main: "w"}, counts: map[string]int{}}
	g.w = &ir.Workflow{Name: "w", Version: "1", Result: ir.NoneType, Frames: []ir.Frame{{Parent: -1}}, At: ir.NoPos}
	g.p.Workflows = []*ir.Workflow{g.w}
	root := g.open(-1, ir.NWorkflow, "w", "w")
	g.members(root, "w", 4)
	g.handlers(root, "w")
	g.w.Nodes[root].End = len(g.w.Nodes)
	return g.p, g.leaves
}

func (g *grower) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(g.t, label) }

func (g *grower) open(parent int, kind ir.NodeKind, name, id string) int {
	k := len(g.w.Nodes)
	eff := true
	if parent >= 0 {
		eff = g.w.Nodes[parent].Eff
		if kind != ir.NBody {
			g.w.Nodes[parent].Members = append(g.w.Nodes[parent].Members, k)
		}
	}
	g.w.Nodes = append(g.w.Nodes, ir.Node{Kind: kind, Name: name, ID: id, Parent: parent, Frame: g.frame, Eff: eff,
		Slot: -1, Target: -1, ItemSlot: -1, IndexSlot: -1, DepthSlot: -1, Body: -1, Inner: -1, Subject: -1, Else: -1,
		Result: ir.NoneType, At: ir.NoPos, Extent: ir.NoPos})
	return k
}

// seldom reports, once in a while, true: rapid draws small numbers more often.
func (g *grower) seldom(label string, n int) bool { return g.pick(label, n) == n-1 }

// members puts one to three steps into node k.
func (g *grower) members(k int, seg string, depth int) {
	for range 1 + g.pick("members", 3) {
		g.step(k, seg, depth)
	}
}

var blockKinds = []ir.NodeKind{ir.NChain, ir.NGroup, ir.NDag, ir.NRace, ir.NMap, ir.NIf}

func (g *grower) step(parent int, seg string, depth int) {
	if depth == 0 || g.seldom("leaf", 3) {
		g.call(parent, seg)
		return
	}
	kind := rapid.SampledFrom(blockKinds).Draw(g.t, "kind")
	g.counts[seg+kind.String()]++
	name := fmt.Sprintf("(%s %d)", kind, g.counts[seg+kind.String()])
	id := seg + "/" + name
	k := g.open(parent, kind, name, id)
	g.flags(k)
	switch kind {
	case ir.NMap:
		g.items(k, id, depth)
	case ir.NIf:
		for i, branch := range []string{"then", "else"} {
			body := g.open(k, ir.NBody, branch, id+"/"+branch)
			g.members(body, id+"/"+branch, depth-1)
			g.w.Nodes[body].End = len(g.w.Nodes)
			b := ir.Branch{Body: body}
			if i == 0 {
				b.Cond = &ir.Expr{Op: ir.OpConst, Type: ir.BoolType, Value: ir.Bool(true), At: ir.NoPos}
			}
			g.w.Nodes[k].Branches = append(g.w.Nodes[k].Branches, b)
		}
	default:
		if kind == ir.NGroup && g.seldom("one", 3) {
			g.w.Nodes[k].Options.Max = number(1)
		}
		g.members(k, seg, depth-1)
		if kind == ir.NDag {
			g.after(k)
		}
	}
	g.handlers(k, id)
	g.w.Nodes[k].End = len(g.w.Nodes)
}

func number(n int) *ir.Expr {
	return &ir.Expr{Op: ir.OpConst, Type: ir.IntType, Value: ir.Int(n), At: ir.NoPos}
}

// after makes some members of a dag wait for earlier ones.
func (g *grower) after(k int) {
	members := g.w.Nodes[k].Members
	for i, m := range members {
		for _, before := range members[:i] {
			if g.pick("after", 2) == 1 {
				g.w.Nodes[m].After = append(g.w.Nodes[m].After, before)
				g.w.Nodes[m].Options.After = g.w.Nodes[m].After
			}
		}
	}
}

func (g *grower) items(k int, id string, depth int) {
	outer := g.frame
	g.w.Frames = append(g.w.Frames, ir.Frame{Owner: k, Parent: outer, Names: []string{"x"}})
	g.frame = len(g.w.Frames) - 1
	body := g.open(k, ir.NBody, "", id+"[]")
	n := &g.w.Nodes[k]
	n.Body, n.Inner, n.ItemSlot = body, g.frame, 0
	list := ir.List{ir.Int(0)}
	for range g.pick("items", 3) {
		list = append(list, ir.Int(len(list)))
	}
	n.List = &ir.Expr{Op: ir.OpConst, Type: ir.ListOf(ir.IntType), Value: list, At: ir.NoPos}
	if g.seldom("tolerates", 3) {
		n.Options.Tolerate = &ir.Tolerate{Count: number(g.pick("tolerate", 2))}
	}
	g.members(body, id+"[]", depth-1)
	g.w.Nodes[body].End = len(g.w.Nodes)
	g.frame = outer
}

func (g *grower) call(parent int, seg string) {
	g.names++
	name := "n" + strconv.Itoa(g.names)
	k := g.open(parent, ir.NActivity, name, seg+"/"+name)
	g.flags(k)
	a := &ir.Activity{Name: name, Result: ir.NoneType, Dir: ".", At: ir.NoPos}
	if !g.shield && g.seldom("undo", 6) {
		back := &ir.Activity{Name: "undo_" + name, Result: ir.NoneType, Dir: ".", At: ir.NoPos}
		g.p.Activities = append(g.p.Activities, back)
		a.Undo = &ir.UndoCall{Call: ir.Call{Callee: back.Name}, At: ir.NoPos}
	}
	g.p.Activities = append(g.p.Activities, a)
	g.w.Nodes[k].Call = &ir.Call{Callee: name}
	g.handlers(k, seg+"/"+name)
	g.w.Nodes[k].End = len(g.w.Nodes)
	if !g.shield {
		g.leaves = append(g.leaves, k)
	}
}

func (g *grower) flags(k int) {
	n := &g.w.Nodes[k]
	switch g.pick("flag", 5) {
	case 3:
		no := false
		n.Options.RaisesOnFailure, n.Eff, n.Explicit = &no, false, true
	case 4:
		yes := true
		n.Options.RaisesOnFailure, n.Eff, n.Explicit = &yes, true, true
	}
}

// handlers hangs a handler on node k, now and then.
func (g *grower) handlers(k int, seg string) {
	if g.shield {
		return
	}
	for _, h := range []struct {
		name  string
		kinds ir.HandlerKinds
	}{{"catch1", ir.HCatch}, {"on_failure", ir.HOnFailure}, {"on_cancel", ir.HOnCancel}, {"finally", ir.HFinally}} {
		if !g.seldom("handler", 7) {
			continue
		}
		g.shield = true
		body := g.open(k, ir.NBody, h.name, seg+"/"+h.name)
		g.w.Nodes[body].Eff = true
		g.call(body, seg+"/"+h.name)
		g.w.Nodes[body].End = len(g.w.Nodes)
		g.w.Nodes[k].Handlers = append(g.w.Nodes[k].Handlers, ir.Handler{Kinds: h.kinds, Slot: -1, Body: body, At: ir.NoPos})
		g.shield = false
	}
}
