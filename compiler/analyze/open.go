package analyze

import (
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/lang/diag"
)

// openBound is how much of an execution is open at once at most: sums over the
// lengths of lists, as for events.
type openBound struct {
	tasks, timers, children polynomial
}

func newOpenBound() openBound { return openBound{polynomial{}, polynomial{}, polynomial{}} }

// each calls f with each part of a and the same of b.
func (a openBound) each(b openBound, f func(a, b polynomial)) {
	f(a.tasks, b.tasks)
	f(a.timers, b.timers)
	f(a.children, b.children)
}

// opener finds out how much is open at once.
type opener struct {
	*counter
	widest map[int]openBound // of maps and expands, what all of their items have open
}

func newOpener(x *index) *opener {
	return &opener{newCounter(x, smooth), map[int]openBound{}}
}

// node returns what node k has open at once. What comes one after the other is
// not open together; what handlers open comes when the rest is closed.
func (o *opener) node(k int) openBound {
	n := &o.w.Nodes[k]
	all := newOpenBound()
	together := n.Kind == ir.NGroup || n.Kind == ir.NDag || n.Kind == ir.NRace
	join := polynomial.orelse
	if together {
		join = polynomial.plus
	}
	width := constantInt(n.Options.Max)
	if together && 0 < width && width < int64(len(n.Members)) {
		join = polynomial.orelse
	}
	for _, m := range n.Members {
		all.each(o.node(m), join)
	}
	switch n.Kind {
	case ir.NActivity:
		all.tasks.add("", 1)
	case ir.NChild:
		if !n.Detach {
			all.children.add("", 1)
		}
	case ir.NWait:
		if n.Signal == "" || n.For != nil {
			all.timers.add("", 1)
		}
	case ir.NMap, ir.NExpand:
		all = o.items(k, width)
		o.widest[k] = all
	default:
		for _, b := range bodies(n) {
			all.each(o.node(b), polynomial.orelse)
		}
	}
	if together && 0 < width && width < int64(len(n.Members)) {
		all = all.times(width)
	}
	if n.Options.Timeout != nil && n.Kind != ir.NActivity && n.Kind != ir.NWorkflow && n.Kind != ir.NChild {
		all.timers.add("", 1)
	}
	return all
}

func (a openBound) times(n int64) openBound {
	return openBound{a.tasks.times(n), a.timers.times(n), a.children.times(n)}
}

// items returns what the items of a map or expand have open.
func (o *opener) items(k int, width int64) openBound {
	n := &o.w.Nodes[k]
	one := o.node(n.Body)
	sliced := o.sliceOf(k)
	if sliced > 0 {
		one = newOpenBound()
		one.children.add("", 1)
	}
	o.counter.items(k, number(1)) // learns of the bound
	length, symbol := o.length(k)
	if slice := max(sliced, constantInt(n.Options.Batch)); slice > 1 {
		length = ceil64(length, slice)
		if symbol != "" {
			symbol += "/" + grouped(slice)
		}
	}
	switch {
	case width > 0 && length >= 0:
		return one.times(min(width, length))
	case width > 0:
		return one.times(width)
	case symbol == "":
		return one.times(length)
	}
	return openBound{one.tasks.by(symbol), one.timers.by(symbol), one.children.by(symbol)}
}

// open finds a map that can have more timers or children open than a service
// lets an execution have. Tasks are asked for no faster than they may be, so
// there is nothing to be said of those.
func (f *finder) open() {
	o := newOpener(f.index)
	o.node(0)
	for k := range f.w.Nodes {
		b, ok := o.widest[k]
		if !ok {
			continue
		}
		for _, c := range []struct {
			p     polynomial
			limit int64
			what  string
		}{{b.timers, limits.OpenTimers, "timers"}, {b.children, limits.OpenChildren, "child executions"}} {
			n, unknown := c.p.at(o.most, 0)
			if n <= c.limit || len(unknown) > 0 {
				continue
			}
			f.add(diag.Diagnostic{
				Code:    diag.OpenLimit,
				Message: fmt.Sprintf("`%s` can have %s %s open at once, where SWF takes %s", f.w.Name, grouped(n), c.what, grouped(c.limit)),
				Primary: f.label(f.keyword(&f.w.Nodes[k]), "up to "+grouped(n)+" at once"),
				Fixes:   []diag.Fix{{Title: "`with max = …` says how many items run at once"}},
			})
		}
	}
}
