package draw

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/analyze"
)

// mermaidOf returns the graph as a flowchart for Mermaid. Ids there are
// numbers, since words such as `end` and most signs have a meaning of their
// own; texts are quoted.
func mermaidOf(g *analyze.Graph) string {
	m := &mermaider{g: g}
	m.line("flowchart TB")
	m.depth++
	m.vertex(0)
	for k := range g.Edges {
		m.edge(&g.Edges[k])
	}
	m.line("classDef boundary fill:#f2e8cf,stroke:#b58900,color:#333")
	m.line("classDef aside stroke-dasharray:4 3")
	for k := range g.Nodes {
		v := &g.Nodes[k]
		switch {
		case v.Boundary:
			m.line("class n%d boundary", k)
		case v.Role != analyze.Member:
			m.line("class n%d aside", k)
		}
	}
	return m.b.String()
}

type mermaider struct {
	b     strings.Builder
	g     *analyze.Graph
	depth int
}

func (m *mermaider) line(format string, args ...any) {
	m.b.WriteString(strings.Repeat("  ", m.depth))
	fmt.Fprintf(&m.b, format, args...)
	m.b.WriteByte('\n')
}

func (m *mermaider) vertex(i int) {
	v := &m.g.Nodes[i]
	label := heading(v)
	if v.Gives != "" {
		label += ": " + v.Gives
	}
	if v.Repeats {
		label += " ⧉"
	}
	if len(v.Children) == 0 {
		open, shut := "[", "]"
		if v.Repeats {
			open, shut = "[[", "]]"
		}
		m.line("n%d%s%s%s", i, open, mermaidString(label), shut)
		return
	}
	m.line("subgraph n%d [%s]", i, mermaidString(label))
	m.depth++
	for _, c := range v.Children {
		m.vertex(c)
	}
	m.depth--
	m.line("end")
}

func (m *mermaider) edge(e *analyze.Edge) {
	if e.Implied {
		return
	}
	arrow := "-->"
	switch e.Kind {
	case "order":
		arrow = "-.->"
	case "undo":
		arrow = "-. undo .->"
	case "data":
		if len(e.Names) > 0 {
			arrow = "-->|" + mermaidString(strings.Join(e.Names, ", ")) + "|"
		}
	}
	m.line("n%d %s n%d", e.Source, arrow, e.Target)
}

// mermaidString quotes s for Mermaid, where `#35;` stands for the character
// with that code. What HTML, Markdown or Mermaid itself would read as a sign
// is written so.
func mermaidString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range clean(s) {
		if strings.ContainsRune("\"#&<>`*~\\|;$", r) {
			fmt.Fprintf(&b, "#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
