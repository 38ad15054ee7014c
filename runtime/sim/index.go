package sim

import "github.com/flowc/flowc/compiler/ir"

// index finds what is in a program.
type index struct {
	prog       *ir.Program
	workflows  map[string]*ir.Workflow
	activities map[string]*ir.Activity
	nodes      map[*ir.Workflow]map[string]*ir.Node // by id without keys
}

func newIndex(p *ir.Program) *index {
	x := &index{prog: p, workflows: map[string]*ir.Workflow{}, activities: map[string]*ir.Activity{}, nodes: map[*ir.Workflow]map[string]*ir.Node{}}
	for _, a := range p.Activities {
		x.activities[a.Name] = a
	}
	for _, w := range p.Workflows {
		x.workflows[w.Name] = w
		nodes := make(map[string]*ir.Node, len(w.Nodes))
		for k := range w.Nodes {
			n := &w.Nodes[k]
			if nodes[n.ID] == nil {
				nodes[n.ID] = n
			}
		}
		x.nodes[w] = nodes
	}
	return x
}

// node returns the node of w that an id belongs to, nil for the undo of one.
func (x *index) node(w *ir.Workflow, id string) *ir.Node { return x.nodes[w][ir.StaticID(id)] }
