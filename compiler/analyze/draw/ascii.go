package draw

import (
	"strings"

	"github.com/flowc/flowc/compiler/analyze"
	"github.com/mattn/go-runewidth"
)

// cells measures text in columns of a terminal, the same in every locale.
var cells = &runewidth.Condition{StrictEmojiNeutral: true}

// widest is where the columns beside the tree begin at the latest.
const widest = 56

// asciiOf draws a tree with three columns: the nodes, the types of their
// values, and the names that they read.
func asciiOf(g *analyze.Graph) string {
	rows := make([]row, 0, len(g.Nodes))
	rows = treeOf(g, 0, "", "", rows)
	types, reads := 0, 0
	for _, r := range rows {
		if w := cells.StringWidth(r.tree); w <= widest {
			types = max(types, w)
		}
		if w := cells.StringWidth(r.typ); w <= widest/2 {
			reads = max(reads, w)
		}
	}
	var b strings.Builder
	for _, r := range rows {
		line := r.tree
		if r.typ != "" || r.reads != "" {
			line = pad(line, types) + "  " + r.typ
		}
		if r.reads != "" {
			line = pad(line, types+2+reads) + "  ← " + r.reads
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if legend := legendOf(g); legend != "" {
		b.WriteString("\n" + legend + "\n")
	}
	return b.String()
}

// row is a line of the picture.
type row struct{ tree, typ, reads string }

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-cells.StringWidth(s)))
}

// treeOf appends the rows of vertex i and of what is in it. lead stands before
// it, and below before what is in it.
func treeOf(g *analyze.Graph, i int, lead, below string, rows []row) []row {
	v := &g.Nodes[i]
	text := clean(heading(v))
	if v.Gives != "" {
		text += ": " + clean(v.Gives)
	}
	if v.Repeats {
		text += " ⧉"
	}
	if v.Boundary {
		text += " ░"
	}
	rows = append(rows, row{lead + text, clean(v.Type), clean(strings.Join(v.Reads, ", "))})
	for k, c := range v.Children {
		if k == len(v.Children)-1 {
			rows = treeOf(g, c, below+"└─ ", below+"   ", rows)
		} else {
			rows = treeOf(g, c, below+"├─ ", below+"│  ", rows)
		}
	}
	return rows
}

// legendOf explains the signs that occur.
func legendOf(g *analyze.Graph) string {
	var parts []string
	repeats, boundary := false, false
	for k := range g.Nodes {
		repeats = repeats || g.Nodes[k].Repeats
		boundary = boundary || g.Nodes[k].Boundary
	}
	if repeats {
		parts = append(parts, "⧉ once for each item or round")
	}
	if boundary {
		parts = append(parts, "░ its failure goes no further")
	}
	return strings.Join(parts, "   ")
}

// clean replaces control characters and those that change the direction of
// text, which could forge what is seen.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return '·'
		case r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c || r == 0xfeff || r == 0xfffe || r == 0xffff || r == 0x2028 || r == 0x2029:
			return '·'
		}
		return r
	}, s)
}
