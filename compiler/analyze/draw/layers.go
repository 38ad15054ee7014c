package draw

import (
	"slices"
	"sort"
)

// maxBends bounds how many bends the edges of a dag have that pass layers;
// beyond, they run straight.
const maxBends = 4000

// cellOf is a place in a layer: a member, or the bend of an edge that passes.
type cellOf struct {
	kid      *box // nil for a bend
	w        int
	x        int
	pos      float64
	up, down []int // cells in the layers above and below
}

// layered is a dag that is being laid out.
type layered struct {
	cells  []cellOf
	layers [][]int
	routes [][]int // cells that each edge passes, its ends included
}

// layers puts the members of a dag below those that they wait for.
func layers(b *box, kids []*box, links []link) {
	place := map[int]int{}
	for i, k := range kids {
		place[k.kids[0].vertex] = i
	}
	links = slices.DeleteFunc(slices.Clone(links), func(e link) bool {
		_, ok1 := place[e.from]
		_, ok2 := place[e.to]
		return !ok1 || !ok2
	})
	d := &layered{}
	for _, k := range kids {
		d.cells = append(d.cells, cellOf{kid: k, w: k.w})
	}
	d.rank(place, links)
	d.sort()
	w, h := d.place()
	var wires []wire
	for i, e := range links {
		wires = append(wires, d.wire(d.routes[i], e))
	}
	b.put(w, h, kids, wires)
}

// rank finds the layer of each member, the longest way from one that waits for
// none, and gives bends to the edges that pass layers.
func (d *layered) rank(place map[int]int, links []link) {
	n := len(d.cells)
	layer, waits, users := make([]int, n), make([]int, n), make([][]int, n)
	for _, e := range links {
		waits[place[e.to]]++
		users[place[e.from]] = append(users[place[e.from]], place[e.to])
	}
	var ready []int
	for i := range n {
		if waits[i] == 0 {
			ready = append(ready, i)
		}
	}
	for ; len(ready) > 0; ready = ready[1:] {
		for _, j := range users[ready[0]] {
			layer[j] = max(layer[j], layer[ready[0]]+1)
			if waits[j]--; waits[j] == 0 {
				ready = append(ready, j)
			}
		}
	}
	for i := range n {
		for len(d.layers) <= layer[i] {
			d.layers = append(d.layers, nil)
		}
		d.layers[layer[i]] = append(d.layers[layer[i]], i)
	}
	bends := 0
	for _, e := range links {
		from, to := place[e.from], place[e.to]
		route := []int{from}
		for k := layer[from] + 1; k < layer[to] && bends < maxBends; k++ {
			bends++
			c := len(d.cells)
			d.cells = append(d.cells, cellOf{w: 6})
			d.layers[k] = append(d.layers[k], c)
			route = append(route, c)
		}
		route = append(route, to)
		for k := 1; k < len(route); k++ {
			d.cells[route[k-1]].down = append(d.cells[route[k-1]].down, route[k])
			d.cells[route[k]].up = append(d.cells[route[k]].up, route[k-1])
		}
		d.routes = append(d.routes, route)
	}
}

// sort orders the cells of each layer by the mean place of those that they are
// joined to, a few times up and down: few edges cross then.
func (d *layered) sort() {
	number := func(layer []int) {
		for k, c := range layer {
			d.cells[c].pos = (float64(k) + 0.5) / float64(len(layer))
		}
	}
	for _, layer := range d.layers {
		number(layer)
	}
	sweep := func(layer []int, near func(c *cellOf) []int) {
		want := map[int]float64{}
		for _, c := range layer {
			want[c] = d.cells[c].pos
			if list := near(&d.cells[c]); len(list) > 0 {
				sum := 0.0
				for _, j := range list {
					sum += d.cells[j].pos
				}
				want[c] = sum / float64(len(list))
			}
		}
		sort.SliceStable(layer, func(a, b int) bool { return want[layer[a]] < want[layer[b]] })
		number(layer)
	}
	for range 4 {
		for k := 1; k < len(d.layers); k++ {
			sweep(d.layers[k], func(c *cellOf) []int { return c.up })
		}
		for k := len(d.layers) - 2; k >= 0; k-- {
			sweep(d.layers[k], func(c *cellOf) []int { return c.down })
		}
	}
}

// place gives each cell its place, and returns the size of it all.
func (d *layered) place() (w, h int) {
	widths := make([]int, len(d.layers))
	for k, layer := range d.layers {
		for _, c := range layer {
			widths[k] += d.cells[c].w + sideGap
		}
		widths[k] -= sideGap
		w = max(w, widths[k])
	}
	for k, layer := range d.layers {
		x, tall := (w-widths[k])/2, 0
		for _, c := range layer {
			if kid := d.cells[c].kid; kid != nil {
				tall = max(tall, kid.h)
			}
		}
		for _, c := range layer {
			cell := &d.cells[c]
			cell.x = x
			x += cell.w + sideGap
			if cell.kid == nil {
				cell.kid = &box{vertex: -1, w: cell.w, h: tall} // a bend runs through the layer
				cell.kid.x, cell.kid.y = cell.x, h
				continue
			}
			cell.kid.x, cell.kid.y = cell.x, h
		}
		h += tall + layerGap
	}
	return w, h - layerGap
}

// wire draws an edge along its route: out of the bottom of one box, through
// the bends, into the top of the other.
func (d *layered) wire(route []int, e link) wire {
	out := wire{kind: e.kind, title: e.title, curved: true}
	for k, c := range route {
		b := d.cells[c].kid
		x := b.x + b.w/2
		if k == 0 {
			b0 := b.kids[0]
			out.points = append(out.points, point{b.x + b0.x + b0.w/2, b.y + b0.h})
			continue
		}
		if k == len(route)-1 {
			x = b.x + b.kids[0].x + b.kids[0].w/2
		}
		out.points = append(out.points, point{x, b.y})
		if k < len(route)-1 {
			out.points = append(out.points, point{x, b.y + b.h})
		}
	}
	return out
}
