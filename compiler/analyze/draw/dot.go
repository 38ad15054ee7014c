package draw

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/analyze"
)

// dotOf returns the graph for Graphviz. Blocks are clusters; an edge to or
// from one is drawn between the first step in it and its border.
func dotOf(g *analyze.Graph) string {
	d := &dotter{g: g}
	d.line("digraph %s {", dotString(g.Workflow))
	d.depth++
	d.line("compound = true; rankdir = TB;")
	d.line(`fontname = "Helvetica"; fontsize = 11;`)
	d.line(`node [shape = box, style = "rounded,filled", fillcolor = white, fontname = "Helvetica", fontsize = 11];`)
	d.line(`edge [fontname = "Helvetica", fontsize = 9, color = "#586e75"];`)
	d.vertex(0)
	for k := range g.Edges {
		d.edge(&g.Edges[k])
	}
	d.depth--
	d.line("}")
	return d.b.String()
}

type dotter struct {
	b     strings.Builder
	g     *analyze.Graph
	depth int
}

func (d *dotter) line(format string, args ...any) {
	d.b.WriteString(strings.Repeat("  ", d.depth))
	fmt.Fprintf(&d.b, format, args...)
	d.b.WriteByte('\n')
}

func (d *dotter) vertex(i int) {
	v := &d.g.Nodes[i]
	if len(v.Children) == 0 {
		d.line("%s [%s];", dotString(v.ID), strings.Join(d.leaf(v), ", "))
		return
	}
	d.line("subgraph %s {", dotString("cluster "+v.ID))
	d.depth++
	d.line("label = %s; tooltip = %s; labeljust = l;", dotString(heading(v)), dotString(v.ID))
	style := []string{"rounded"}
	if v.Boundary {
		style = append(style, "filled")
		d.line(`fillcolor = "#f2e8cf";`)
	}
	if v.Role == analyze.Handles || v.Role == analyze.Branch {
		style = append(style, "dashed")
	}
	if v.Repeats {
		d.line("peripheries = 2;")
	}
	d.line(`style = %s; color = "#839496";`, dotString(strings.Join(style, ",")))
	for _, c := range v.Children {
		d.vertex(c)
	}
	d.depth--
	d.line("}")
}

func (d *dotter) leaf(v *analyze.Vertex) []string {
	label := heading(v)
	if second := v.Type + v.Gives; second != "" { // it has but one of them
		label += "\n" + second
	}
	attrs := []string{"label = " + dotString(label), "tooltip = " + dotString(v.ID)}
	switch {
	case v.Boundary:
		attrs = append(attrs, `fillcolor = "#f2e8cf"`)
	case v.Role == analyze.Undoes:
		attrs = append(attrs, `style = "rounded,dashed"`)
	}
	if v.Repeats {
		attrs = append(attrs, "peripheries = 2")
	}
	return attrs
}

// inside returns a leaf in vertex i: the first, or the last.
func (d *dotter) inside(i int, last bool) int {
	for v := &d.g.Nodes[i]; len(v.Children) > 0; v = &d.g.Nodes[i] {
		i = v.Children[0]
		if last {
			i = v.Children[len(v.Children)-1]
		}
	}
	return i
}

func (d *dotter) edge(e *analyze.Edge) {
	if e.Implied {
		return
	}
	from, to := d.inside(e.Source, true), d.inside(e.Target, false)
	if from == to {
		return
	}
	var attrs []string
	if from != e.Source {
		attrs = append(attrs, "ltail = "+dotString("cluster "+e.From))
	}
	if to != e.Target {
		attrs = append(attrs, "lhead = "+dotString("cluster "+e.To))
	}
	switch e.Kind {
	case "data":
		if label := strings.Join(e.Names, ", "); label != "" {
			attrs = append(attrs, "label = "+dotString(label))
		}
	case "order":
		attrs = append(attrs, "style = dotted")
	default:
		attrs = append(attrs, "style = dashed", "dir = back")
	}
	text := dotString(d.g.Nodes[from].ID) + " -> " + dotString(d.g.Nodes[to].ID)
	if len(attrs) > 0 {
		text += " [" + strings.Join(attrs, ", ") + "]"
	}
	d.line("%s;", text)
}

var dotEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// dotString quotes s for Graphviz. In its quoted strings a backslash starts an
// escape, such as \N for the name of the node, so each is doubled.
func dotString(s string) string {
	lines := strings.Split(s, "\n")
	for k := range lines {
		lines[k] = dotEscapes.Replace(clean(lines[k]))
	}
	return `"` + strings.Join(lines, `\n`) + `"`
}
