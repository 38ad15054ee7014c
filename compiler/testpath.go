package compiler

import (
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/lang"
)

// testIndex finds what tests name among everything that was lowered.
type testIndex struct {
	flows map[string]*lowered              // by unique name; canvases are not among them
	nodes map[*lowered]map[string]*ir.Node // by id; nil until asked for
}

func (c *checker) newTestIndex() *testIndex {
	x := &testIndex{flows: make(map[string]*lowered, len(c.workflows)), nodes: map[*lowered]map[string]*ir.Node{}}
	for _, w := range c.workflows {
		x.flows[w.sym.unique] = w
	}
	return x
}

// byID returns the nodes of w by their ids.
func (x *testIndex) byID(w *lowered) map[string]*ir.Node {
	if x.nodes[w] == nil {
		ids := make(map[string]*ir.Node, len(w.flow.Nodes))
		for i := range w.flow.Nodes {
			n := &w.flow.Nodes[i]
			if ids[n.ID] == nil {
				ids[n.ID] = n
			}
		}
		x.nodes[w] = ids
	}
	return x.nodes[w]
}

// undoSegment is what the undo of a call adds to its path.
const undoSegment = "/undo"

// leads reports whether id, without keys, is that of a node of w, of the undo
// of one, or of a node of a workflow that w calls: the path of a child's node
// goes on from that of the call.
func (x *testIndex) leads(w *lowered, id string) bool {
	for {
		ids := x.byID(w)
		if ids[id] != nil || ids[strings.TrimSuffix(id, undoSegment)] != nil {
			return true
		}
		call := ids[strings.TrimSuffix(id, "/")]
		end := len(id)
		for call == nil || call.Kind != ir.NChild {
			if end = strings.LastIndexByte(id[:end], '/'); end < 0 {
				return false
			}
			call = ids[id[:end]]
		}
		if w = x.flows[call.Call.Callee]; w == nil || len(w.flow.Nodes) == 0 {
			return false
		}
		id = w.flow.Nodes[0].Name + id[end:]
	}
}

// path returns the id that a path in a test stands for: with or without the
// name of the workflow in front, with keys of items or, for any item, `[]`.
// One that leads nowhere is reported.
func (t *testLowering) path(s *lang.StringLit) string {
	text, constant := s.Constant()
	if !constant {
		t.c.testTextNotConstant(t.m, s, "the path of a node")
		return ""
	}
	if t.flow == nil || len(t.flow.flow.Nodes) == 0 {
		return text
	}
	root := t.flow.flow.Nodes[0].Name
	for _, id := range []string{text, root + "/" + text} {
		if t.index.leads(t.flow, ir.StaticID(id)) {
			return id
		}
	}
	t.c.noSuchNode(t.m, s, text, t.flow.sym, t.index.byID(t.flow))
	return text
}

// nearestPath returns the path that was probably meant: one that is spelt much
// like it, or ends with it.
func nearestPath(path, root string, ids map[string]*ir.Node) (near string, ok bool) {
	var known, ending []string
	for id := range ids {
		short := strings.TrimPrefix(id, root+"/")
		known = append(known, short)
		if strings.HasSuffix(id, "/"+path) {
			ending = append(ending, short)
		}
	}
	if len(ending) > 0 {
		return slices.Min(ending), true
	}
	return spell.Nearest(ir.StaticID(path), known)
}
