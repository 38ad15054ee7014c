package compiler

import (
	"fmt"
	"slices"

	"github.com/flowc/flowc/compiler/ir"
)

// pass is one step from lowered nodes to a program.
type pass struct {
	name string
	run  func(*checker)
	why  string // why it stands where it does
}

// passes run in this order. Those above the fold run on everything that was
// lowered, mistakes and all, because they may report; those below only on a
// program without errors, and [ir.Check] holds after each of them.
var passes = struct{ above, below []pass }{
	above: []pass{
		{"order", (*checker).orderNodes, "first: what follows goes by indexes, and reads parents before members"},
		{"after", (*checker).tidyEdges, "after order, which renumbers the ends of edges"},
		{"ids", (*checker).nameNodes, "after order: nameless nodes are numbered as they are written"},
	},
	below: []pass{
		{"select", (*checker).selectUsed, "before fold: what is left out need not be folded"},
		{"fold", (*checker).foldProgram, "last: whatever the others compute is folded too"},
	},
}

// runPasses runs the table.
func (c *checker) runPasses() {
	for _, p := range passes.above {
		p.run(c)
	}
	if c.diags.HasErrors() {
		return
	}
	for _, p := range passes.below {
		p.run(c)
		if c.diags.HasErrors() || !c.cfg.Verify {
			continue
		}
		if err := ir.Check(c.prog); err != nil {
			c.broken = fmt.Errorf("after pass %s: %w", p.name, err)
			return
		}
	}
}

// orderNodes puts nodes into document order.
func (c *checker) orderNodes() {
	for _, w := range c.workflows {
		if w.permuted {
			layout(w.flow)
		}
	}
}

// tidyEdges sorts the edges of each dag member, and leaves one of each.
func (c *checker) tidyEdges() {
	for _, w := range c.workflows {
		for i := range w.flow.Nodes {
			if n := &w.flow.Nodes[i]; len(n.After) > 1 {
				slices.Sort(n.After)
				n.After = slices.Compact(n.After)
			}
		}
	}
}

// nameNodes gives every node its id.
func (c *checker) nameNodes() {
	for _, w := range c.workflows {
		if c.idBytes > maxIDs {
			return // reported
		}
		n := namer{c: c, flow: w.flow}
		n.run()
	}
}

// selectUsed puts into the program the activities and workflows of the compiled
// file and those of its imports that are called. Canvases have been copied to
// where they are called.
func (c *checker) selectUsed() {
	for _, a := range c.lowered {
		if a.sym.used || a.sym.mod == c.mods[0] {
			c.prog.Activities = append(c.prog.Activities, a.out)
		}
	}
	mains := 0
	for _, w := range c.workflows {
		root := w.sym.mod == c.mods[0]
		if w.sym.workflow.Canvas || !root && !w.sym.used {
			continue
		}
		c.prog.Workflows = append(c.prog.Workflows, w.flow)
		if root {
			mains++
			c.prog.Main = w.flow.Name
		}
	}
	if mains != 1 {
		c.prog.Main = ""
	}
}

// foldProgram computes what does not depend on a run.
func (c *checker) foldProgram() {
	for i := range c.prog.Params {
		fold(c, &c.prog.Params[i].Default)
	}
	for _, a := range c.prog.Activities {
		c.foldActivity(a)
	}
	for _, w := range c.prog.Workflows {
		for i := range w.Nodes {
			c.foldNode(&w.Nodes[i])
		}
	}
}

func fold(c *checker, slots ...**ir.Expr) {
	for _, slot := range slots {
		if *slot != nil {
			*slot = c.fold(*slot)
		}
	}
}

func (c *checker) foldList(list []*ir.Expr) {
	for i := range list {
		fold(c, &list[i])
	}
}

func (c *checker) foldActivity(a *ir.Activity) {
	for i := range a.Params {
		fold(c, &a.Params[i].Default)
	}
	c.foldOptions(&a.Options)
	fold(c, &a.Expect)
	if p := a.Program; p != nil {
		fold(c, &p.Argv, &p.Env, &p.Cwd, &p.Input, &p.File)
	}
	if a.Undo != nil {
		c.foldList(a.Undo.Args)
	}
}

func (c *checker) foldNode(n *ir.Node) {
	fold(c, &n.Value, &n.List, &n.Key, &n.Init, &n.While, &n.For)
	c.foldOptions(&n.Options)
	for i := range n.Branches {
		fold(c, &n.Branches[i].Cond)
	}
	for i := range n.Handlers {
		fold(c, &n.Handlers[i].Timeout)
	}
	if n.Call != nil {
		c.foldList(n.Call.Args)
	}
	if n.Undo != nil {
		c.foldList(n.Undo.Args)
	}
}

func (c *checker) foldOptions(o *ir.Options) {
	if len(o.At) == 0 {
		return // nothing was written
	}
	fold(c, &o.Timeout, &o.QueueTimeout, &o.TotalTimeout, &o.Heartbeat, &o.Priority, &o.TaskList, &o.VersionAt,
		&o.Max, &o.Batch, &o.Shard, &o.Limit, &o.DecisionTimeout, &o.Tags)
	if r := o.Retry; r != nil {
		fold(c, &r.Max, &r.From, &r.Factor, &r.Cap, &r.Jitter)
	}
	if o.Tolerate != nil {
		fold(c, &o.Tolerate.Count)
	}
}
