package runtime

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
)

// choice is what takes part in a run with Start.Only.
type choice struct {
	ids      map[string]bool
	patterns []string // those of ids that hold both a key and a `[]`
}

// choose reads what a run is limited to; nil means that it is not.
func choose(s *Start) *choice {
	if s.Only == nil {
		return nil
	}
	c := &choice{ids: make(map[string]bool, len(s.Only))}
	for _, id := range s.Only {
		c.ids[id] = true
		if strings.Contains(id, "[]") && strings.Count(id, "[") > strings.Count(id, "[]") {
			c.patterns = append(c.patterns, id)
		}
	}
	return c
}

// has reports whether the node with a static id and an id takes part. The ids
// of a choice may be static (of every item) or of one item.
func (c *choice) has(static, id string) bool {
	id = ir.WithoutAttempts(id)
	return c.ids[static] || c.ids[id] || slices.ContainsFunc(c.patterns, func(p string) bool { return matches(p, id) })
}

// matches reports whether an id is one that a path, in which `[]` stands for
// any item, may mean.
func matches(path, id string) bool {
	for {
		a, restA, more := strings.Cut(path, "[")
		b, restB, moreB := strings.Cut(id, "[")
		if a != b || more != moreB || !more {
			return a == b && more == moreB
		}
		key, nextA, _ := strings.Cut(restA, "]")
		keyB, nextB, _ := strings.Cut(restB, "]")
		if key != "" && key != keyB {
			return false
		}
		path, id = nextA, nextB
	}
}

// leftOut reports whether r, which a run with Start.Only would start, is not
// to take part.
func (m *Machine) leftOut(r ref) bool {
	n := r.node()
	return n.shown && !m.only.has(n.ID, m.id(r))
}

// reach takes r, which begins, from the paths that were asked for and have not
// been reached.
func (m *Machine) reach(r ref) {
	m.asked = slices.DeleteFunc(m.asked, func(path string) bool {
		return ir.StaticID(path) == r.node().ID && matches(path, ir.WithoutAttempts(m.id(r)))
	})
}

// checkChosen returns a failure if only some items of the map r were asked for
// and it has none of them.
func (m *Machine) checkChosen(r ref) *Failure {
	n, x := r.node(), r.inst().more.items
	every := m.flow.nodes[n.Body].ID
	if n.Kind != ir.NMap || m.only.ids[every] {
		return nil
	}
	id := m.id(r)
	keys := make([]string, x.known())
	for k := range keys {
		keys[k] = x.key(int32(k))
		if m.only.has(every, id+"["+keys[k]+"]") {
			return nil
		}
	}
	f := &Failure{Node: id, Error: NoSuchItem, Message: "it has no item that was asked for"}
	for _, path := range m.begin.Only {
		owner, key, ok := cutItem(path)
		if !ok || !matches(owner, ir.WithoutAttempts(id)) {
			continue
		}
		f.Message = "there is no item " + owner + "[" + key + "]"
		if near, found := spell.Nearest(key, keys); found {
			f.Message += "; did you mean " + owner + "[" + near + "]?"
		}
		break
	}
	f.Message += "; " + listKeys(keys)
	return f
}

// cutItem cuts the id of an item into that of its map and its key.
func cutItem(id string) (before, key string, ok bool) {
	k := strings.LastIndexByte(id, '[')
	if k < 0 || !strings.HasSuffix(id, "]") || k+2 == len(id) {
		return "", "", false
	}
	return id[:k], id[k+1 : len(id)-1], true
}

// listKeys says which keys there are.
func listKeys(keys []string) string {
	const few = 5
	switch n := len(keys); {
	case n == 0:
		return "there are no items"
	case n <= few:
		return "the keys are " + strings.Join(keys, ", ")
	default:
		return "the keys are " + strings.Join(keys[:few], ", ") + " and " + strconv.Itoa(n-few) + " more"
	}
}

// notRun returns the failure of a run that has not run what was asked for, nil
// if it has.
func (m *Machine) notRun() *Failure {
	if len(m.asked) == 0 {
		return nil
	}
	path := m.asked[0]
	return &Failure{Node: path, Error: NotRun, Message: path + " was not run: " + m.whyNot(path)}
}

// whyNot says why a run that went well did not come to a node: the outermost
// node around it that was not run knows. What was in items is gone.
func (m *Machine) whyNot(path string) string {
	var around []*node
	for n := m.flow.byID[ir.StaticID(path)]; n != nil; n = n.parent {
		around = append(around, n)
	}
	for _, n := range slices.Backward(around) {
		if n.region != 0 {
			return "no item of " + n.parent.ID + " came to it"
		}
		r := ref{m.root, n.local}
		i := r.inst()
		switch {
		case well(i.status) || bad(i.status) || !final(i.status):
			continue
		case i.status == ir.Skipped && n.Kind == ir.NBody && bodyOfBranch(n):
			return "its branch was not taken"
		case i.more != nil && i.more.because != "":
			return i.status.String() + " because of " + i.more.because
		}
		return m.id(r) + " was " + strings.ReplaceAll(i.status.String(), "_", " ")
	}
	return "the run ended before"
}

func bodyOfBranch(n *node) bool {
	return n.parent != nil && (n.parent.Kind == ir.NIf || n.parent.Kind == ir.NSwitch)
}

// readable reports whether every slot that c reads holds something. It always
// does, except where Start.Only has left nodes out: what would use them is left
// out too.
func (m *Machine) readable(r ref, c code) bool {
	return m.only == nil || m.reads(r, c.expr)
}

func (m *Machine) reads(r ref, e *ir.Expr) bool {
	if e == nil {
		return true
	}
	if e.Op == ir.OpSlot || e.Op == ir.OpSlotOutcome {
		f := &r.frame
		for up := e.Up; up > 0 && f != nil; up-- {
			f = f.Parent
		}
		if f == nil || e.Index >= len(f.Slots) || f.Slots[e.Index] == nil {
			return false
		}
		if o, is := f.Slots[e.Index].(*ir.Outcome); is && o.Status == ir.Skipped && e.Op == ir.OpSlot {
			return false
		}
	}
	for _, a := range e.Args {
		if !m.reads(r, a) {
			return false
		}
	}
	return true
}
