package analyze

import (
	"strconv"

	"github.com/flowc/flowc/compiler/ir"
)

// Counts is how much a file declares.
type Counts struct {
	Workflows  int `json:"workflows"`
	Activities int `json:"activities"`
	Nodes      int `json:"nodes"` // steps and blocks of its workflows: what a person wrote, handlers' steps included
}

// Count counts what the root file of p declares; what it imports is not
// counted. A program without positions counts as one file.
func Count(p *ir.Program) Counts {
	var c Counts
	for _, a := range p.Activities {
		if a.At.File <= 0 {
			c.Activities++
		}
	}
	for _, w := range p.Workflows {
		if w.At.File > 0 {
			continue
		}
		c.Workflows++
		for k := range w.Nodes {
			if written(w.Nodes[k].Kind) {
				c.Nodes++
			}
		}
	}
	return c
}

// written reports whether a node of kind k is a step or block that somebody
// wrote down as one.
func written(k ir.NodeKind) bool { return k > ir.NWorkflow && k < ir.NBody }

// String returns the counts as the closing line of a check has them:
// `1 workflow, 8 activities, 10 nodes`.
func (c Counts) String() string {
	return plural(c.Workflows, "workflow", "workflows") + ", " + plural(c.Activities, "activity", "activities") +
		", " + plural(c.Nodes, "node", "nodes")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
