package analyze

import "github.com/flowc/flowc/compiler/ir"

// strike is a node that a flood has reached.
type strike struct {
	k       int
	skipped bool // it is skipped, not cancelled: it cannot have begun
	of      int  // a map in whose other items it stands; 0 for none
}

// flood finds what is cancelled and skipped when the nodes of path, the
// innermost first, fail because of from: breadth-first by distance from that,
// then in document order.
func (f *failing) flood(s *Stage, from int, path []int) {
	var wave []strike
	for k := 0; k < len(path) || len(wave) > 0; k++ {
		var next []strike
		if k < len(path) {
			next = f.besides(next, path[k], from, false)
		}
		for _, hit := range wave {
			next = f.inside(next, hit)
		}
		if k < len(path) {
			next = f.besides(next, path[k], from, true)
			from = path[k]
		}
		for _, hit := range next {
			f.note(s, hit)
		}
		wave = next
	}
}

// note puts a node that was struck on its list.
func (f *failing) note(s *Stage, hit strike) {
	if hit.skipped {
		f.gone[hit.k] = true
	}
	if !f.isShown(hit.k) {
		return
	}
	if hit.skipped {
		s.Skipped = append(s.Skipped, f.id(hit.k))
		return
	}
	one := Struck{ID: f.id(hit.k)}
	if hit.of > 0 {
		one.OthersOf = f.id(hit.of)
	}
	s.Cancelled = append(s.Cancelled, one)
	for _, h := range f.w.Nodes[hit.k].Handlers {
		if h.Kinds&(ir.HOnCancel|ir.HFinally) != 0 {
			s.Cleans = append(s.Cleans, f.id(h.Body))
		}
	}
}

// besides appends the members of p on one side of the one that the flood comes
// from, unless they must have ended before.
func (f *failing) besides(to []strike, p, from int, after bool) []strike {
	n := &f.w.Nodes[p]
	switch {
	case chainlike(n.Kind):
		for _, m := range n.Members {
			if m > from && after {
				to = append(to, strike{k: m, skipped: true})
			}
		}
	case n.Kind == ir.NDag:
		ended, useless := f.before(from), f.users(p, from)
		for _, m := range n.Members {
			if m != from && m > from == after && !ended[m] {
				to = append(to, strike{k: m, skipped: useless[m]})
			}
		}
	case n.Kind == ir.NGroup || n.Kind == ir.NRace:
		one := constantInt(n.Options.Max) == 1 // then those before it have ended
		for _, m := range n.Members {
			if m > from && after || m < from && !after && !one {
				to = append(to, strike{k: m})
			}
		}
	case (n.Kind == ir.NMap || n.Kind == ir.NExpand) && after:
		to = append(to, strike{k: n.Body, of: p})
	}
	return to
}

// inside appends what is directly in a node that was struck.
func (f *failing) inside(to []strike, hit strike) []strike {
	n := &f.w.Nodes[hit.k]
	list := append([]int{}, n.Members...)
	for _, b := range bodies(n) {
		if !hit.skipped || n.Kind == ir.NIf || n.Kind == ir.NSwitch || n.Kind == ir.NCanvas { // others are made when they begin
			list = append(list, b)
		}
	}
	for _, m := range list {
		to = append(to, strike{k: m, skipped: hit.skipped, of: hit.of})
	}
	return to
}

// before returns the members of a dag that must have ended before member k
// begins.
func (f *failing) before(k int) map[int]bool {
	seen := map[int]bool{}
	for todo := []int{k}; len(todo) > 0; todo = todo[1:] {
		for _, a := range f.w.Nodes[todo[0]].After {
			if !seen[a] {
				seen[a] = true
				todo = append(todo, a)
			}
		}
	}
	return seen
}

// users returns the members of the dag p that need member k.
func (f *failing) users(p, k int) map[int]bool {
	users := map[int][]int{}
	for _, m := range f.w.Nodes[p].Members {
		for _, a := range f.w.Nodes[m].After {
			users[a] = append(users[a], m)
		}
	}
	seen := map[int]bool{}
	for todo := []int{k}; len(todo) > 0; todo = todo[1:] {
		for _, u := range users[todo[0]] {
			if !seen[u] {
				seen[u] = true
				todo = append(todo, u)
			}
		}
	}
	return seen
}

// skip notes that members of a dag are skipped with all that is in them,
// breadth-first.
func (f *failing) skip(s *Stage, members map[int]bool) {
	var wave []strike
	for k := range f.w.Nodes {
		if members[k] {
			wave = append(wave, strike{k: k, skipped: true})
		}
	}
	for len(wave) > 0 {
		var next []strike
		for _, hit := range wave {
			f.note(s, hit)
			next = f.inside(next, hit)
		}
		wave = next
	}
}
