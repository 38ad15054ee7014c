package compiler

import (
	"strconv"

	"github.com/flowc/flowc/compiler/ir"
)

// namer gives the nodes of a workflow their ids: paths of names.
//
// Every node but an instant one has a segment: its name, or `(kind n)`. What
// is inside it continues its path, unless it is a nameless chain, group, dag or
// race: those add nothing to the paths of their members. n counts the
// nameless nodes of a kind within the nearest node that adds a segment.
type namer struct {
	c      *checker
	flow   *ir.Workflow
	prefix []string         // by node: path that what is inside it continues
	owner  []int32          // by node: the nearest node that adds a segment, itself included
	canvas []int32          // by node: the innermost inlined canvas around, -1 if there is none
	counts map[nameless]int // nameless nodes so far
	first  map[string]int32 // node by id
}

// nameless is what nodes without a name are counted by.
type nameless struct {
	owner int32
	kind  ir.NodeKind
}

func (a *namer) run() {
	n := len(a.flow.Nodes)
	a.prefix, a.owner, a.canvas = make([]string, n), make([]int32, n), make([]int32, n)
	a.counts, a.first = map[nameless]int{}, make(map[string]int32, n)
	for i := range a.flow.Nodes {
		a.name(i)
		if a.c.idBytes += len(a.flow.Nodes[i].ID); a.c.idBytes > maxIDs {
			a.c.idsTooLong(a.flow.At, maxIDs)
			return
		}
	}
}

// maxIDs bounds the length of all ids together. Only many nodes deep below
// long names come near it: each of them repeats the names above it.
const maxIDs = 128 << 20

func (a *namer) name(i int) {
	n := &a.flow.Nodes[i]
	if n.Parent < 0 {
		n.ID, a.prefix[i], a.canvas[i] = n.Name, n.Name, -1
		return
	}
	prefix, owner := a.prefix[n.Parent], a.owner[n.Parent]
	a.canvas[i] = a.canvas[n.Parent]
	switch {
	case n.Kind >= ir.NLet:
		n.ID = a.flow.Nodes[n.Parent].ID
		a.prefix[i], a.owner[i] = prefix, owner
		return
	case n.Kind == ir.NBody && n.Name == "":
		n.ID = prefix
		if n.Frame != a.flow.Nodes[n.Parent].Frame { // once per item or round
			n.ID += "[]"
		}
		a.prefix[i], a.owner[i] = n.ID, int32(i)
		return
	case n.Kind == ir.NBody && grouped(a.flow.Nodes[n.Parent].Kind): // a handler
		prefix = a.flow.Nodes[n.Parent].ID
	case n.Kind == ir.NCanvas:
		a.canvas[i] = int32(i)
	}
	adds := true
	if n.Name == "" {
		key := nameless{owner, n.Kind}
		a.counts[key]++
		n.Name = "(" + kindWords[n.Kind] + " " + strconv.Itoa(a.counts[key]) + ")"
		adds = !grouped(n.Kind)
	}
	n.ID = prefix + "/" + n.Name
	a.prefix[i], a.owner[i] = prefix, owner
	if adds {
		a.prefix[i], a.owner[i] = n.ID, int32(i)
	}
	a.unique(i)
}

// grouped reports whether nameless nodes of the kind add nothing to the paths of
// their members. Their handlers continue the path of the node itself, as a block
// may have several such members.
func grouped(k ir.NodeKind) bool { return k == ir.NChain || concurrent(k) }

// unique reports a second node of the same id, unless both stand in one canvas,
// where that has been reported.
func (a *namer) unique(i int) {
	n := &a.flow.Nodes[i]
	before, twice := a.first[n.ID]
	if !twice {
		a.first[n.ID] = int32(i)
		return
	}
	if a.c.boundAgain[n.At] {
		return // reported as a name that is bound twice
	}
	if a.canvas[i] < 0 || a.canvas[i] != a.canvas[before] {
		a.c.sameNode(n.ID, a.flow.Nodes[before].At, n.At)
	}
}
