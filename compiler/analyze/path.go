package analyze

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
)

// PathError says that a path, or the name of a workflow, names nothing.
type PathError struct {
	What string   // "node" or "workflow"
	Path string   // as it was given
	Near string   // what may have been meant, "" if nothing is like it
	Have []string // of a workflow: those that there are; of a node: the ids that the path stands for in several workflows
}

// Error returns one sentence for users.
func (e *PathError) Error() string {
	switch {
	case e.Path == "":
		return "which workflow? There are " + strings.Join(e.Have, ", ")
	case e.What == "node" && len(e.Have) > 0:
		return fmt.Sprintf("%q may be one of %s", e.Path, strings.Join(e.Have, ", "))
	case e.Near != "":
		return fmt.Sprintf("there is no %s %q; did you mean %q?", e.What, e.Path, e.Near)
	}
	return fmt.Sprintf("there is no %s %q", e.What, e.Path)
}

// FindWorkflow returns the workflow with a name; "" is the only one of the
// root file. The error is a *[PathError].
func FindWorkflow(p *ir.Program, name string) (*ir.Workflow, error) {
	if name == "" {
		name = p.Main
	}
	var have []string
	for _, w := range p.Workflows {
		if w.Name == name {
			return w, nil
		}
		have = append(have, w.Name)
	}
	if name == "" && len(have) == 1 {
		return p.Workflows[0], nil
	}
	near, _ := spell.Nearest(name, have)
	return nil, &PathError{What: "workflow", Path: name, Near: near, Have: have}
}

// Find returns the node that a path names, and its workflow. An empty name of
// a workflow means any in which the path names a node, the root file's only
// one first. Keys of items and numbers of attempts in the path are ignored.
// The error is a *[PathError].
func Find(p *ir.Program, workflow, path string) (*ir.Workflow, int, error) {
	flows := p.Workflows
	if workflow != "" {
		w, err := FindWorkflow(p, workflow)
		if err != nil {
			return nil, 0, err
		}
		flows = []*ir.Workflow{w}
	} else if w, err := FindWorkflow(p, ""); err == nil {
		if k := findIn(w, static(path)); k >= 0 {
			return w, k, nil
		}
	}
	var found []string
	var in *ir.Workflow
	at := -1
	for _, w := range flows {
		if k := findIn(w, static(path)); k >= 0 {
			in, at = w, k
			found = append(found, w.Nodes[k].ID)
		}
	}
	switch len(found) {
	case 1:
		return in, at, nil
	case 0:
		return nil, 0, &PathError{What: "node", Path: path, Near: nearest(flows, static(path))}
	}
	return nil, 0, &PathError{What: "node", Path: path, Have: found}
}

// findIn returns the shown node of w with an id, with or without the workflow
// in front; -1 if there is none.
func findIn(w *ir.Workflow, path string) int {
	if len(w.Nodes) == 0 {
		return -1
	}
	root, short := w.Nodes[0].ID+"/", -1
	for k := range w.Nodes {
		if !shown(w, k) {
			continue
		}
		switch id := w.Nodes[k].ID; {
		case id == path:
			return k
		case short < 0 && strings.TrimPrefix(id, root) == path:
			short = k
		}
	}
	return short
}

// nearest returns the id that is most like a path: one that the path is the
// end of, one spelt nearly so, or that of a call of what the path names.
func nearest(flows []*ir.Workflow, path string) string {
	var ids, plain, last []string // plain are without `[]` and the workflow, last only the last segment
	var callees []string
	bare := strings.ReplaceAll(path, "[]", "")
	for _, w := range flows {
		if len(w.Nodes) > 0 && strings.HasPrefix(bare, w.Nodes[0].ID+"/") {
			bare = strings.TrimPrefix(bare, w.Nodes[0].ID+"/")
			break
		}
	}
	for _, w := range flows {
		for k := range w.Nodes {
			if !shown(w, k) {
				continue
			}
			id := w.Nodes[k].ID
			ids = append(ids, id)
			plain = append(plain, strings.ReplaceAll(strings.TrimPrefix(id, w.Nodes[0].ID+"/"), "[]", ""))
			last = append(last, lastName(id))
			callees = append(callees, "")
			if c := w.Nodes[k].Call; c != nil {
				callees[len(callees)-1] = c.Callee
			}
		}
	}
	if path == "" {
		return ""
	}
	for k := range ids {
		if plain[k] == bare || strings.HasSuffix(plain[k], "/"+bare) {
			return ids[k]
		}
	}
	for _, try := range []struct {
		name string
		in   []string
	}{{bare, plain}, {path, ids}, {lastName(path), callees}, {lastName(path), last}} {
		near, ok := spell.Nearest(try.name, try.in)
		for k, text := range try.in {
			if text == try.name || ok && text == near {
				return ids[k]
			}
		}
	}
	return ""
}

// static drops keys and attempts from a path: `w/rows[p3]#2/x` is
// `w/rows[]/x`.
func static(path string) string {
	var b strings.Builder
	inside := false
	for k := 0; k < len(path); k++ {
		switch c := path[k]; {
		case inside && c != ']':
		case c == '#':
			for k+1 < len(path) && '0' <= path[k+1] && path[k+1] <= '9' {
				k++
			}
		default:
			inside = c == '['
			b.WriteByte(c)
		}
	}
	return strings.TrimSuffix(b.String(), "/")
}
