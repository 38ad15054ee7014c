package draw

import (
	"bytes"
	"encoding/json"

	"github.com/flowc/flowc/compiler/analyze"
)

// jsonOf returns the graph as one object, indented: see analyze.Graph for its
// fields.
func jsonOf(g *analyze.Graph) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(g); err != nil { // a graph holds nothing that cannot be encoded
		return "{}\n"
	}
	return b.String()
}
