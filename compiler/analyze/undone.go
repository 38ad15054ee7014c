package analyze

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
)

// maxAhead is how many nodes after a step are looked at for one whose failure
// would leave its effect behind.
const maxAhead = 200

// reading are the activities of the library that change nothing.
var reading = map[string]bool{
	"std/fs.glob": true, "std/fs.read": true, "std/fs.read_bytes": true, "std/fs.hash": true, "std/fs.sha256": true,
	"std/fs.stat": true, "std/log.info": true, "std/log.warn": true, "std/log.error": true,
}

// undone finds steps whose effect stays when a later step fails, in workflows
// in which another step has an undo: there somebody meant all of it to be taken
// back. So they did where a child run that has ended knows undos: those run
// only if it fails itself. Steps in handlers, and activities that take others back, are means to
// that and are not asked about.
func (f *finder) undone() {
	undoes := map[string]bool{}
	for k := range f.w.Nodes {
		if u := f.undoOf(k); u != nil {
			undoes[u.Callee] = true
		}
	}
	undoing := f.undoing()
	if len(undoes) == 0 && len(undoing) == 0 {
		return
	}
	hears := f.hears()
	f.edges = map[[2]int]bool{}
	for k := range f.w.Nodes {
		for _, a := range f.w.Nodes[k].After {
			f.edges[[2]int{a, k}] = true
		}
	}
	for k := range f.w.Nodes {
		n := &f.w.Nodes[k]
		if n.Call == nil || n.UndoNone || n.Detach || f.undoOf(k) != nil || undoes[n.Call.Callee] ||
			reading[n.Call.Callee] || hears[k] < 0 {
			continue
		}
		if n.Kind == ir.NActivity && len(undoes) > 0 || n.Kind == ir.NChild && undoing[n.Call.Callee] {
			f.stays(k, hears)
		}
	}
}

// undoing returns the workflows called here in which a step has an undo.
func (f *finder) undoing() map[string]bool {
	var called map[string]bool
	for k := range f.w.Nodes {
		if n := &f.w.Nodes[k]; n.Kind == ir.NChild && n.Call != nil {
			if called == nil {
				called = map[string]bool{}
			}
			called[n.Call.Callee] = true
		}
	}
	for _, w := range f.prog.Workflows {
		if !called[w.Name] {
			continue
		}
		inside, knows := &index{w: w, acts: f.acts}, false
		for k := range w.Nodes {
			knows = knows || inside.undoOf(k) != nil
		}
		if !knows {
			delete(called, w.Name)
		}
	}
	return called
}

// hears returns for each step the outermost node around it that fails with it;
// -1 for what stands in a handler.
func (f *finder) hears() []int {
	flow := newFailing(f.index, "", nil)
	all := make([]int, len(f.w.Nodes))
	for k := range f.w.Nodes {
		n := &f.w.Nodes[k]
		if k == 0 || boundary(n) {
			all[k] = k
			continue
		}
		up := all[n.Parent]
		switch {
		case up < 0 || handlerOf(f.w, k) != nil:
			all[k] = -1
		case caught(n) || !flow.informs(n.Parent, k):
			all[k] = k
		default:
			all[k] = up
		}
	}
	return all
}

// caught reports whether every failure of n is answered with another result.
func caught(n *ir.Node) bool {
	for _, h := range n.Handlers {
		if h.Kinds&ir.HCatch != 0 && len(h.Errors) == 0 {
			return true
		}
	}
	return false
}

// stays warns if something after step k may fail so that a node around k does.
func (f *finder) stays(k int, hears []int) {
	n := &f.w.Nodes[k]
	first, more := -1, 0
	for j := n.End; j < len(f.w.Nodes) && j < n.End+maxAhead; j++ {
		switch kind := f.w.Nodes[j].Kind; {
		case kind != ir.NActivity && kind != ir.NChild || hears[j] < 0 || !contains(f.w, hears[j], k) || !f.after(k, j):
		case first < 0:
			first = j
		default:
			more++
		}
	}
	if first < 0 {
		return
	}
	later := &f.w.Nodes[first]
	d := diag.Diagnostic{
		Code:      diag.NoUndo,
		Message:   fmt.Sprintf("if `%s` fails, the effect of `%s` stays", later.Call.Callee, n.Call.Callee),
		Primary:   f.label(later.At, "may fail after it"),
		Secondary: []diag.Label{f.label(n.At, "completed before, may have effects, and has no `undo`")},
		Fixes: []diag.Fix{{Title: fmt.Sprintf("`undo …` on `%s` says what takes it back, `undo none` at the call that nothing has to",
			n.Call.Callee)}},
	}
	if more > 0 {
		steps := "1 more step has"
		if more > 1 {
			steps = fmt.Sprintf("%s more steps have", grouped(int64(more)))
		}
		line := ""
		if at := f.line(n.At); at > 0 {
			line = fmt.Sprintf(" after line %d", at)
		}
		d.Notes = append(d.Notes, fmt.Sprintf("%s the same effect%s: `flowc explain --fail %s`", steps, line, later.ID))
	}
	f.add(d)
}

// after reports whether node j, which comes later in the document, can begin
// only when node k has ended. In a dag it looks at those that wait for k itself.
func (f *finder) after(k, j int) bool {
	for k >= 0 {
		p := f.w.Nodes[k].Parent
		if p < 0 {
			return false
		}
		if !contains(f.w, p, j) {
			k = p
			continue
		}
		if chainlike(f.w.Nodes[p].Kind) {
			return true
		}
		if f.w.Nodes[p].Kind != ir.NDag {
			return false
		}
		for f.w.Nodes[j].Parent != p {
			j = f.w.Nodes[j].Parent
		}
		return f.edges[[2]int{k, j}]
	}
	return false
}
