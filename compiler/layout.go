package compiler

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
)

// layout renumbers the nodes of w in document order: a node before what is
// inside it, members as their parent lists them. The members of a dag were
// lowered in the order of their dependencies.
func layout(w *ir.Workflow) {
	moved := make([]int, len(w.Nodes)) // new index by old
	nodes := make([]ir.Node, 0, len(w.Nodes))
	var place func(old int)
	place = func(old int) {
		at := len(nodes)
		moved[old] = at
		nodes = append(nodes, w.Nodes[old])
		for _, child := range children(&w.Nodes[old]) {
			place(child)
		}
		nodes[at].End = len(nodes)
	}
	place(0)
	for i := range nodes {
		renumber(&nodes[i], moved)
	}
	for i := range w.Frames {
		w.Frames[i].Owner = moved[w.Frames[i].Owner]
	}
	w.Nodes = nodes
}

// children returns the nodes right inside n, in document order. All but the
// members of a dag were lowered in that order.
func children(n *ir.Node) []int {
	all := slices.Clone(n.Members)
	if n.Kind == ir.NDag {
		return append(all, handlerBodies(n)...)
	}
	if n.Body >= 0 {
		all = append(all, n.Body)
	}
	if n.Else >= 0 {
		all = append(all, n.Else)
	}
	for _, b := range n.Branches {
		all = append(all, b.Body)
	}
	all = append(all, handlerBodies(n)...)
	slices.Sort(all)
	return all
}

func handlerBodies(n *ir.Node) []int {
	var bodies []int
	for _, h := range n.Handlers {
		bodies = append(bodies, h.Body)
	}
	return slices.Compact(bodies)
}

// renumber changes all indexes in n, but for its End.
func renumber(n *ir.Node, moved []int) {
	for _, i := range []*int{&n.Parent, &n.Target, &n.Body, &n.Else} {
		if *i >= 0 {
			*i = moved[*i]
		}
	}
	for _, list := range [][]int{n.Members, n.After, n.Options.After} {
		for i := range list {
			list[i] = moved[list[i]]
		}
	}
	for i := range n.Branches {
		n.Branches[i].Body = moved[n.Branches[i].Body]
	}
	for i := range n.Handlers {
		n.Handlers[i].Body = moved[n.Handlers[i].Body]
	}
}
