package draw

import (
	"fmt"
	"io"
	"strings"

	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/compiler/ir"
)

// Format is a kind of picture.
type Format string

// The formats.
const (
	ASCII   Format = "ascii"
	Dot     Format = "dot"
	JSON    Format = "json"
	Mermaid Format = "mermaid"
	SVG     Format = "svg"
)

// Formats lists the formats, the one for terminals first.
var Formats = []Format{ASCII, Dot, Mermaid, SVG, JSON}

// drawers draw a graph.
var drawers = map[Format]func(*analyze.Graph) string{
	ASCII: asciiOf, Dot: dotOf, JSON: jsonOf, Mermaid: mermaidOf, SVG: svgOf,
}

// Workflow writes a picture of a workflow of p. With undo, what takes a step
// back is drawn too.
func Workflow(to io.Writer, p *ir.Program, w *ir.Workflow, format Format, undo bool) error {
	draw := drawers[format]
	if draw == nil {
		return fmt.Errorf("there is no format %q; there are %s", format, strings.Join(formatNames(), ", "))
	}
	_, err := io.WriteString(to, draw(analyze.NewGraph(p, w, undo)))
	return err
}

func formatNames() []string {
	names := make([]string, len(Formats))
	for k, f := range Formats {
		names[k] = string(f)
	}
	return names
}

// heading returns what a vertex is called in pictures: `parts = list_parts`,
// or the title alone where it says the name.
func heading(v *analyze.Vertex) string {
	if v.Name == "" || v.Kind == "workflow" || v.Name == v.Title[strings.LastIndexAny(v.Title, " .")+1:] {
		return v.Title
	}
	return v.Name + " = " + v.Title
}
