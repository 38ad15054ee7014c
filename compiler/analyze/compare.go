package analyze

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// Difference is one thing that is not the same in two programs. Its JSON form
// is stable.
type Difference struct {
	Kind   string `json:"kind"` // "added", "removed", "moved", "retyped", "calls" (another callee), "setting", "needs", "blast" (its failure ends elsewhere) or "limit" (what its history can grow to)
	ID     string `json:"id"`   // of the node; in the new program, unless it was removed
	Name   string `json:"name,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`

	BeforeAt *Place `json:"before_at,omitempty"` // in the old program
	AfterAt  *Place `json:"after_at,omitempty"`  // in the new one
}

// Compare returns what is different in program b, when a was before it:
// workflow by workflow in the order of b, then those that are gone; node by
// node in document order. Nodes are the same when their ids are; one that went
// elsewhere and is the only one of its name and callee has moved.
func Compare(a, b *ir.Program) []Difference {
	before := map[string]*compared{}
	for _, w := range a.Workflows {
		before[w.Name] = newCompared(a, w)
	}
	var list []Difference
	for _, w := range b.Workflows {
		now := newCompared(b, w)
		old := before[w.Name]
		delete(before, w.Name)
		if old == nil {
			list = append(list, Difference{Kind: "added", ID: w.Name, After: "workflow", AfterAt: now.at(w.Name)})
			continue
		}
		list = append(list, now.since(old)...)
	}
	for _, w := range a.Workflows {
		if before[w.Name] != nil {
			list = append(list, Difference{Kind: "removed", ID: w.Name, Before: "workflow", BeforeAt: newPlaces(a).at(w.At)})
		}
	}
	return list
}

// compared is a workflow that is compared.
type compared struct {
	g     *Graph
	f     *failing
	byID  map[string]*Vertex
	needs map[string][]string
}

func newCompared(p *ir.Program, w *ir.Workflow) *compared {
	c := &compared{g: NewGraph(p, w, false), f: newFailing(newIndex(p, w), "", nil), byID: map[string]*Vertex{}, needs: map[string][]string{}}
	for k := range c.g.Nodes {
		c.byID[c.g.Nodes[k].ID] = &c.g.Nodes[k]
	}
	for k := range c.g.Edges {
		if e := &c.g.Edges[k]; e.Kind == "data" {
			c.needs[e.To] = append(c.needs[e.To], e.From)
		}
	}
	return c
}

// since returns what is different to the workflow as it was.
func (c *compared) since(old *compared) []Difference {
	var list []Difference
	moved := c.moved(old)
	gone := map[string]bool{}
	for _, id := range moved {
		gone[id] = true
	}
	for k := range c.g.Nodes {
		v := &c.g.Nodes[k]
		was := old.byID[v.ID]
		if from := moved[v.ID]; from != "" {
			was = old.byID[from]
			list = append(list, Difference{Kind: "moved", ID: v.ID, Before: from, After: v.ID, BeforeAt: was.At, AfterAt: v.At})
		}
		if was == nil {
			list = append(list, Difference{Kind: "added", ID: v.ID, After: v.Title, AfterAt: v.At})
			continue
		}
		list = append(list, c.changes(old, was, v)...)
	}
	for k := range old.g.Nodes {
		if v := &old.g.Nodes[k]; c.byID[v.ID] == nil && !gone[v.ID] {
			list = append(list, Difference{Kind: "removed", ID: v.ID, Before: v.Title, BeforeAt: v.At})
		}
	}
	before, after := old.f.events(smooth).Formula, c.f.events(smooth).Formula
	if before != after {
		root := c.g.Nodes[0].ID
		list = append(list, Difference{"limit", root, "events", before, after, old.at(root), c.at(root)})
	}
	return list
}

// at returns where the node with an id is.
func (c *compared) at(id string) *Place {
	if v := c.byID[id]; v != nil {
		return v.At
	}
	return nil
}

// moved returns the old ids of nodes that have moved.
func (c *compared) moved(old *compared) map[string]string {
	sign := func(v *Vertex) string {
		if v.Name == "" {
			return ""
		}
		return v.Kind + " " + v.Name + " " + v.Callee
	}
	only := func(of, without *compared) map[string]string {
		ids, count := map[string]string{}, map[string]int{}
		for k := range of.g.Nodes {
			if v := &of.g.Nodes[k]; without.byID[v.ID] == nil {
				ids[sign(v)] = v.ID
				count[sign(v)]++
			}
		}
		for s, n := range count {
			if n > 1 || s == "" {
				delete(ids, s)
			}
		}
		return ids
	}
	from, to := only(old, c), only(c, old)
	moved := map[string]string{}
	for s, id := range to {
		if was := from[s]; was != "" {
			moved[id] = was
		}
	}
	return moved
}

// changes returns how a node that was there before has changed.
func (c *compared) changes(old *compared, was, v *Vertex) []Difference {
	var list []Difference
	add := func(kind, name, before, after string) {
		if before != after {
			list = append(list, Difference{kind, v.ID, name, before, after, was.At, v.At})
		}
	}
	add("retyped", "", orNone(was.Type), orNone(v.Type))
	if was.Callee != "" || v.Callee != "" {
		add("calls", "", was.Callee, v.Callee)
	}
	before := map[string]Setting{}
	for _, s := range old.settings(was) {
		before[s.Name] = s
	}
	for _, s := range c.settings(v) {
		add("setting", s.Name, orNone(before[s.Name].Value), s.Value)
		delete(before, s.Name)
	}
	var lost []string
	for name := range before {
		lost = append(lost, name)
	}
	slices.Sort(lost)
	for _, name := range lost {
		add("setting", name, before[name].Value, "none")
	}
	add("needs", "", strings.Join(old.needs[was.ID], ", "), strings.Join(c.needs[v.ID], ", "))
	add("blast", "", strings.Join(old.f.endOf(was.Node).row(), " "), strings.Join(c.f.endOf(v.Node).row(), " "))
	return list
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// settings returns the settings of a node. Where they are written is left out.
func (c *compared) settings(v *Vertex) []Setting {
	x := &explainer{index: c.f.index, places: newPlaces(&ir.Program{}), k: v.Node, n: &c.f.w.Nodes[v.Node], act: c.f.callee(v.Node)}
	return x.settings()
}

// WriteDifferences writes what Compare has found for people: `+` is added, `-`
// removed, `>` moved, `~` changed.
func WriteDifferences(w io.Writer, list []Difference) error {
	var t table
	for _, d := range list {
		switch d.Kind {
		case "added":
			t = append(t, []string{"+", d.ID, d.After})
		case "removed":
			t = append(t, []string{"-", d.ID, d.Before})
		case "moved":
			t = append(t, []string{">", d.ID, "was " + d.Before})
		default:
			name := d.Name
			if words := map[string]string{"retyped": "type", "calls": "calls", "needs": "needs", "blast": "if it fails"}[d.Kind]; words != "" {
				name = words
			}
			t = append(t, []string{"~", d.ID, fmt.Sprintf("%s: %s → %s", name, orNone(d.Before), orNone(d.After))})
		}
	}
	var b strings.Builder
	t.write(&b, "")
	_, err := io.WriteString(w, b.String())
	return err
}
