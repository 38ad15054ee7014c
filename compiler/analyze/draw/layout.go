package draw

import (
	"cmp"
	"slices"

	"github.com/flowc/flowc/compiler/analyze"
)

// The layout is that of a series-parallel tree. A block is a box around the
// boxes of its steps: those of a chain stand one below the other, members of a
// group side by side, those of a dag in layers. Edges run only between the
// boxes of one block, so that none crosses a border; what a step deep in a box
// reads from outside is an edge to that box. Lengths are whole pixels.
const (
	padX     = 12 // between a border and what is in it
	padY     = 9
	line     = 17 // height of a line of text
	stepGap  = 26 // between the steps of a chain: room for an arrow
	layerGap = 38 // between the layers of a dag
	sideGap  = 18 // between what stands side by side
	laneGap  = 11 // between edges that run beside a chain
	rowWidth = 1100
	stackBy  = 4 // how far the boxes of a stack stand apart
)

// box is a rectangle of the picture. Its place is within the box around it.
type box struct {
	vertex     int // -1 for one that only holds others together
	x, y, w, h int
	texts      []text
	kids       []*box
	wires      []wire
}

// text is a line in a box.
type text struct {
	x, y  int // of its baseline
	text  string
	class string
}

// wire is an edge as a run of points.
type wire struct {
	points []point
	kind   string // "data", "order" or "undo"
	curved bool   // the points are joined by curves, not by lines with round corners
	title  string
}

type point struct{ x, y int }

// link is an edge between two children of one vertex.
type link struct {
	from, to int // vertices
	kind     string
	title    string
}

// layout makes the boxes of a graph.
type layout struct {
	g     *analyze.Graph
	links map[int][]link // by vertex around them
}

func layOut(g *analyze.Graph) *box {
	l := &layout{g: g, links: map[int][]link{}}
	l.collect()
	root := l.box(0)
	return root
}

// maxTitle is how many names the title of an edge lists.
const maxTitle = 8

// collect finds the edges between siblings, each once: one that carries data
// stands for the order too.
func (l *layout) collect() {
	type pair struct{ from, to int }
	seen := map[pair]int{}
	for k := range l.g.Edges {
		e := &l.g.Edges[k]
		from, to := l.g.Siblings(e.Source, e.Target)
		up := l.g.Nodes[to].Up
		if up < 0 || from == to {
			continue
		}
		at, ok := seen[pair{from, to}]
		if !ok {
			at = len(l.links[up])
			seen[pair{from, to}] = at
			l.links[up] = append(l.links[up], link{from: from, to: to, kind: e.Kind})
		}
		for i, name := range e.Names {
			if have := &l.links[up][at]; i < maxTitle && len(have.title) < 80 {
				if have.title != "" {
					have.title += ", "
				}
				have.title += name
			}
		}
	}
}

// textWidth is how wide s is in the font of the picture, in which every cell
// has the same width.
func textWidth(s string) int { return (cells.StringWidth(s)*29 + 3) / 4 }

// maxLabel is how many runes of a text are drawn; the rest is in the title.
const maxLabel = 48

func short(s string) string {
	if r := []rune(s); len(r) > maxLabel {
		return string(r[:maxLabel-1]) + "…"
	}
	return s
}

func (b *box) write(s, class string) {
	if s == "" {
		return
	}
	s = short(clean(s))
	b.h += line
	b.texts = append(b.texts, text{padX, b.h - 5, s, class})
	b.w = max(b.w, textWidth(s)+2*padX)
}

// box makes the box of vertex i with all that is in it.
func (l *layout) box(i int) *box {
	v := &l.g.Nodes[i]
	b := &box{vertex: i, h: padY - 2, w: 84}
	b.write(heading(v), "name")
	b.write(v.Type, "type")
	b.write(v.Gives, "type")
	var members, handlers []*box
	var last *box
	for _, c := range v.Children {
		kid := l.box(c)
		switch l.g.Nodes[c].Role {
		case analyze.Handles:
			handlers = append(handlers, kid)
		case analyze.Undoes:
			pairUp(last, kid)
		default:
			last = &box{vertex: -1, w: kid.w, h: kid.h, kids: []*box{kid}}
			members = append(members, last)
		}
	}
	b.h += padY - 3
	if len(handlers) > 0 { // so that the members stand in the middle of them
		w, _ := flow(handlers)
		b.w = max(b.w, w+2*padX)
	}
	if len(members) > 0 {
		b.h += 4
		l.arrange(b, v, members)
	}
	if len(handlers) > 0 {
		b.h += 3
		rows(b, handlers)
	}
	if v.Repeats {
		b.w += 2 * stackBy
		b.h += 2 * stackBy
	}
	return b
}

// pairUp puts an undo to the left of its step, which stays in the middle.
func pairUp(pair, undo *box) {
	if pair == nil {
		return
	}
	step := pair.kids[0]
	side := undo.w + sideGap
	undo.y = max(0, step.h/2-undo.h/2)
	step.x = side
	y := undo.y + undo.h/2
	pair.wires = append(pair.wires, wire{points: []point{{undo.w, y}, {side, y}}, kind: "undo"})
	pair.kids = append(pair.kids, undo)
	pair.w = step.w + 2*side
	pair.h = max(pair.h, undo.y+undo.h)
}

// right returns where the first box in b ends.
func (b *box) right() int { return b.x + b.kids[0].x + b.kids[0].w }

// arrange puts the members of v into b, below what stands there.
func (l *layout) arrange(b *box, v *analyze.Vertex, members []*box) {
	links := l.links[b.vertex]
	switch v.Kind {
	case "group", "race", "if", "switch":
		rows(b, members)
	case "dag":
		layers(b, members, links)
	default:
		stack(b, members, links)
	}
}

// put takes kids, placed within a frame of w by h, into b: below what stands
// there, in the middle.
func (b *box) put(w, h int, kids []*box, wires []wire) {
	b.w = max(b.w, w+2*padX)
	dx, dy := (b.w-w)/2, b.h
	for _, k := range kids {
		k.x += dx
		k.y += dy
	}
	for i := range wires {
		for j := range wires[i].points {
			wires[i].points[j].x += dx
			wires[i].points[j].y += dy
		}
	}
	b.kids = append(b.kids, kids...)
	b.wires = append(b.wires, wires...)
	b.h += h + padY
}

// rows puts boxes side by side, in as many rows as are needed.
func rows(b *box, kids []*box) {
	w, h := flow(kids)
	b.put(w, h, kids, nil)
}

// flow places boxes as rows has them, and returns the size of it all.
func flow(kids []*box) (w, h int) {
	x, tall := 0, 0
	for _, k := range kids {
		if x > 0 && x+k.w > rowWidth {
			x, h = 0, h+tall+sideGap
			tall = 0
		}
		k.x, k.y = x, h
		x += k.w + sideGap
		w, tall = max(w, x-sideGap), max(tall, k.h)
	}
	return w, h + tall
}

// stack puts boxes one below the other. Edges between neighbours are straight;
// others run in lanes to the right.
func stack(b *box, kids []*box, links []link) {
	w, h := 0, 0
	place := map[int]int{}
	for i, k := range kids {
		place[k.kids[0].vertex] = i
		w = max(w, k.w)
	}
	for _, k := range kids {
		k.x, k.y = (w-k.w)/2, h
		h += k.h + stepGap
	}
	h -= stepGap
	var wires []wire
	var lanes laneList
	slices.SortStableFunc(links, func(a, b link) int { // as they begin, short ones inside
		return cmp.Or(place[a.from]-place[b.from], place[a.to]-place[b.to])
	})
	for _, e := range links {
		i, ok1 := place[e.from]
		j, ok2 := place[e.to]
		if !ok1 || !ok2 || j <= i {
			continue
		}
		from, to := kids[i], kids[j]
		if j == i+1 {
			x := w / 2
			wires = append(wires, wire{points: []point{{x, from.y + from.kids[0].h}, {x, to.y}}, kind: e.kind, title: e.title})
			continue
		}
		x := w + laneGap*(lanes.take(i, j)+1)
		y1, y2 := from.y+from.kids[0].h*2/3, to.y+to.kids[0].h/3
		wires = append(wires, wire{points: []point{{from.right(), y1}, {x, y1}, {x, y2}, {to.right(), y2}}, kind: e.kind, title: e.title})
	}
	if n := len(lanes); n > 0 {
		w += laneGap * n
	}
	b.put(w, h, kids, wires)
}

// laneList holds, for each lane, where its last edge ends.
type laneList []int

// maxLanes bounds how wide the lanes become; beyond, edges share the last.
const maxLanes = 24

// take returns the first lane that is free from a place on, and takes it up to
// another.
func (l *laneList) take(from, to int) int {
	for k, end := range *l {
		if end <= from || k == maxLanes-1 {
			(*l)[k] = max(end, to)
			return k
		}
	}
	*l = append(*l, to)
	return len(*l) - 1
}
