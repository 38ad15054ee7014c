package draw

import (
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/analyze"
)

// style is the look of the picture, on light and on dark pages.
const style = `
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#24292f}
.type{fill:#6e7781;font-size:11px}
.page{fill:#ffffff}
.step{fill:#ffffff;stroke:#8c959f}
.block{fill:#57606a;fill-opacity:.05;stroke:#afb8c1}
.stack{fill:#f6f8fa;stroke:#afb8c1}
.boundary{fill:#fff1c2;fill-opacity:1;stroke:#bf8700}
.aside{stroke-dasharray:4 3}
.wire{fill:none;stroke:#57606a;stroke-width:1.2}
.order{stroke:#8c959f;stroke-dasharray:2 3}
.undo{stroke:#8c959f;stroke-dasharray:5 3}
.tip{fill:#57606a}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}
.type{fill:#9198a1}
.page{fill:#0d1117}
.step{fill:#161b22;stroke:#6e7681}
.block{fill:#9198a1;fill-opacity:.07;stroke:#484f58}
.stack{fill:#12171e;stroke:#484f58}
.boundary{fill:#3b2e08;fill-opacity:1;stroke:#bb8009}
.wire{stroke:#9198a1}
.order,.undo{stroke:#6e7681}
.tip{fill:#9198a1}
}
`

const margin = 16

// svgOf returns a picture for the web.
func svgOf(g *analyze.Graph) string {
	root := layOut(g)
	s := &svg{g: g}
	w, h := root.w+2*margin, root.h+2*margin
	s.line(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="flow-title flow-desc">`, w, h, w, h)
	s.line(`<title id="flow-title">%s</title>`, escape("workflow "+g.Workflow))
	s.line(`<desc id="flow-desc">%s</desc>`, escape(describe(g)))
	s.line(`<style>%s</style>`, style)
	s.line(`<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="tip" d="M0 0.8 7.5 4 0 7.2Z"/></marker></defs>`)
	s.line(`<rect class="page" width="%d" height="%d" rx="8"/>`, w, h)
	s.box(root, margin, margin)
	s.line(`</svg>`)
	return s.b.String()
}

// describe says in words what the picture shows, for those who do not see it.
func describe(g *analyze.Graph) string {
	steps, data := 0, 0
	for k := range g.Nodes {
		if len(g.Nodes[k].Children) == 0 && k > 0 {
			steps++
		}
	}
	for k := range g.Edges {
		if g.Edges[k].Kind == "data" {
			data++
		}
	}
	var names []string
	for _, c := range g.Nodes[0].Children {
		if len(names) == maxTitle {
			names = append(names, "…")
			break
		}
		names = append(names, heading(&g.Nodes[c]))
	}
	text := fmt.Sprintf("%d steps, %d data edges.", steps, data)
	if len(names) > 0 {
		text += " From top to bottom: " + strings.Join(names, "; ") + "."
	}
	return text
}

type svg struct {
	b strings.Builder
	g *analyze.Graph
}

func (s *svg) line(format string, args ...any) {
	fmt.Fprintf(&s.b, format, args...)
	s.b.WriteByte('\n')
}

// box draws b with all that is in it; x and y is its place in the picture.
func (s *svg) box(b *box, x, y int) {
	if b.vertex >= 0 {
		s.line(`<g>`)
		s.vertex(b, x, y)
	}
	for k := range b.wires {
		s.wire(&b.wires[k], x, y)
	}
	for _, k := range b.kids {
		s.box(k, x+k.x, y+k.y)
	}
	if b.vertex >= 0 {
		s.line(`</g>`)
	}
}

func (s *svg) vertex(b *box, x, y int) {
	v := &s.g.Nodes[b.vertex]
	class := "block"
	if len(v.Children) == 0 {
		class = "step"
	}
	w, h := b.w, b.h
	s.line(`<title>%s</title>`, escape(titleOf(v)))
	if v.Repeats {
		w, h = w-2*stackBy, h-2*stackBy
		for k := 2; k > 0; k-- {
			s.line(`<rect class="stack" x="%d" y="%d" width="%d" height="%d" rx="7"/>`, x+k*stackBy, y+k*stackBy, w, h)
		}
		s.line(`<rect class="page" x="%d" y="%d" width="%d" height="%d" rx="7"/>`, x, y, w, h)
	}
	if v.Boundary {
		class += " boundary"
	}
	if v.Role != analyze.Member {
		class += " aside"
	}
	s.line(`<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="7"/>`, class, x, y, w, h)
	for _, t := range b.texts {
		s.line(`<text class="%s" x="%d" y="%d">%s</text>`, t.class, x+t.x, y+t.y, escape(t.text))
	}
}

// titleOf returns what is shown when a pointer rests on a box.
func titleOf(v *analyze.Vertex) string {
	parts := []string{v.ID, heading(v)}
	if v.Type != "" {
		parts = append(parts, "gives "+v.Type)
	}
	if len(v.Reads) > 0 {
		parts = append(parts, "reads "+strings.Join(v.Reads, ", "))
	}
	if v.Boundary {
		parts = append(parts, "its failure goes no further")
	}
	if v.At != nil {
		parts = append(parts, v.At.String())
	}
	return strings.Join(parts, "\n")
}

func (s *svg) wire(w *wire, x, y int) {
	var d strings.Builder
	p := w.points
	fmt.Fprintf(&d, "M%d %d", x+p[0].x, y+p[0].y)
	for k := 1; k < len(p); k++ {
		to := point{x + p[k].x, y + p[k].y}
		switch {
		case w.curved && p[k].x != p[k-1].x:
			mid := y + (p[k-1].y+p[k].y)/2
			fmt.Fprintf(&d, "C%d %d %d %d %d %d", x+p[k-1].x, mid, to.x, mid, to.x, to.y)
		case !w.curved && k+1 < len(p):
			turn(&d, p[k-1], p[k], p[k+1], x, y)
		default:
			fmt.Fprintf(&d, "L%d %d", to.x, to.y)
		}
	}
	class := "wire"
	if w.kind != "data" {
		class += " " + w.kind
	}
	title := ""
	if w.title != "" {
		title = "<title>" + escape(w.title) + "</title>"
	}
	s.line(`<path class="%s" d="%s" marker-end="url(#tip)">%s</path>`, class, d.String(), title)
}

// turn draws a line towards b that turns there, round, into the way to c. Both
// run along an axis.
func turn(d *strings.Builder, a, b, c point, x, y int) {
	const r = 5
	toward := func(from, to point, by int) point {
		switch {
		case from.x < to.x:
			return point{from.x + by, from.y}
		case from.x > to.x:
			return point{from.x - by, from.y}
		case from.y < to.y:
			return point{from.x, from.y + by}
		}
		return point{from.x, from.y - by}
	}
	before, after := toward(b, a, r), toward(b, c, r)
	fmt.Fprintf(d, "L%d %dQ%d %d %d %d", x+before.x, y+before.y, x+b.x, y+b.y, x+after.x, y+after.y)
}

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// escape makes s fit to stand in XML.
func escape(s string) string {
	lines := strings.Split(s, "\n")
	for k := range lines {
		lines[k] = xmlEscapes.Replace(strings.ToValidUTF8(clean(lines[k]), "\uFFFD"))
	}
	return strings.Join(lines, "\n")
}
