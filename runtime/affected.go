package runtime

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
)

// Affected returns the paths of a node and of the nodes that depend on it, for
// [Reuse].Again: what runs again if a redrive begins there. A path may name one
// item of a map, of which only that one is meant then. The workflow's own name
// at its start may be left out.
func Affected(p *ir.Program, workflow, path string) ([]string, error) {
	for _, w := range p.Workflows {
		if w.Name != workflow {
			continue
		}
		s := newSelector(w)
		n, err := s.lookup(&path)
		if err != nil {
			return nil, err
		}
		s.keyed(path)
		paths := []string{path}
		for _, k := range s.affected(n) {
			if k != n && !w.Nodes[k].Kind.Instant() {
				paths = append(paths, s.inItem(w.Nodes[k].ID))
			}
		}
		return paths, nil
	}
	return nil, fmt.Errorf("there is no workflow %q", workflow)
}

// inItem returns a static id with the keys of the items that were asked for.
func (s *selector) inItem(id string) string {
	for k := len(id); k > 0; k-- {
		if id[k-1] != ']' {
			continue
		}
		if keyed := s.items[id[:k]]; keyed != "" {
			return keyed + id[k:]
		}
	}
	return id
}
