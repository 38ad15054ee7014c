package compiler

import (
	"slices"

	"github.com/flowc/flowc/lang"
)

// dag lowers the members of dag n, each after those that it uses: a name has a
// type only when what binds it has been lowered. Then it puts them back into
// the order in which they are written.
func (b *body) dag(n int, stmts []lang.Stmt) (falls bool) {
	d := b.dependencies(stmts)
	order := d.order
	pending := len(b.afters)
	falls = true
	facts := len(b.facts)
	members := make([]int, len(stmts))
	for _, i := range order {
		before := len(b.node(n).Members)
		falls = b.statement(stmts[i]) && falls
		b.facts = b.facts[:facts]
		members[i] = -1
		if all := b.node(n).Members; len(all) > before {
			members[i] = all[before] // a statement is one member, or none where it is wrong
		}
	}
	for _, a := range b.afters[pending:] {
		b.resolveAfter(a, d, members)
	}
	b.afters = b.afters[:pending]
	if !slices.IsSorted(order) {
		b.permuted = true
		members = slices.DeleteFunc(members, func(m int) bool { return m < 0 })
		b.node(n).Members = members
	}
	return falls
}

// dependencies is which member of a dag uses which, as far as names tell: a
// name that is written in one and bound in another.
type dependencies struct {
	stmts []lang.Stmt
	binds map[string]int // the member that binds a name
	state []visitState
	path  []use // how the search came here
	order []int // members, each after what it uses
}

type visitState uint8

const (
	unvisited visitState = iota
	visiting
	visited
)

// use is a member and the name in it that another one binds.
type use struct {
	member int
	name   *lang.Name
}

// after is the option `after` of a member of a dag.
type after struct {
	node int
	attr *lang.Attr
}

// resolveAfter makes a member wait for those that its option names.
func (b *body) resolveAfter(a after, d *dependencies, members []int) {
	list, ok := a.attr.Value.(*lang.ListLit)
	if !ok {
		return
	}
	for _, e := range list.Elems {
		name, ok := e.(*lang.Name)
		if !ok {
			continue
		}
		i, ok := d.binds[name.Name]
		switch {
		case !ok:
			b.c.notAMember(b.mod, name, d)
			continue
		case members[i] < 0 || members[i] == a.node || b.cyclic[name.Name]:
			continue // reported
		}
		if sym := b.scope.lookup(name.Name); sym != nil {
			sym.used = true
		}
		node := b.node(a.node)
		node.After = append(node.After, members[i])
		node.Options.After = append(node.Options.After, members[i])
	}
}

// dependencies finds out in which order the members can be lowered, each after
// those it uses and otherwise as written. Members that wait for each other are
// reported, and their names are known as cyclic.
func (b *body) dependencies(stmts []lang.Stmt) *dependencies {
	d := &dependencies{stmts: stmts, binds: map[string]int{}, state: make([]visitState, len(stmts))}
	for i, s := range stmts {
		visibleNames(s, func(name lang.Ident) {
			if _, ok := d.binds[name.Name]; !ok {
				d.binds[name.Name] = i
			}
		})
	}
	for i, s := range stmts {
		if name, ok := calledName(s); ok { // `after` may name it
			if _, bound := d.binds[name]; !bound {
				d.binds[name] = i
			}
		}
	}
	for i := range stmts {
		b.visitMember(d, i)
	}
	return d
}

// calledName returns the id of a call without a name.
func calledName(s lang.Stmt) (name string, ok bool) {
	step, ok := s.(*lang.Step)
	if !ok || step.Name != nil {
		return "", false
	}
	call, ok := step.Node.(*lang.Call)
	if !ok {
		return "", false
	}
	return call.Callee[len(call.Callee)-1].Name, true
}

func (b *body) visitMember(d *dependencies, i int) {
	if d.state[i] != unvisited {
		return
	}
	d.state[i] = visiting
	usedNames(d.stmts[i], func(name *lang.Name) {
		j, ok := d.binds[name.Name]
		if !ok {
			return
		}
		d.path = append(d.path, use{i, name})
		switch {
		case d.state[j] == visiting && !(i == j && bindsInside(d.stmts[i], name)):
			b.reportCycle(d, j)
		case d.state[j] == unvisited:
			b.visitMember(d, j)
		}
		d.path = d.path[:len(d.path)-1]
	})
	d.state[i] = visited
	d.order = append(d.order, i)
}

// reportCycle reports the members of the circle that the path has closed at
// member j, once.
func (b *body) reportCycle(d *dependencies, j int) {
	from := slices.IndexFunc(d.path, func(u use) bool { return u.member == j })
	circle := d.path[from:]
	last := circle[len(circle)-1].name.Name
	if b.cyclic[last] {
		return
	}
	if b.cyclic == nil {
		b.cyclic = map[string]bool{}
	}
	for _, u := range circle {
		b.cyclic[u.name.Name] = true
	}
	b.c.dependencyCycle(b.mod, d, circle)
}

// bindsInside reports whether the use of name is one of a name that the same
// member binds for itself, as a nameless chain does.
func bindsInside(s lang.Stmt, name *lang.Name) bool {
	step, ok := s.(*lang.Step)
	if !ok || step.Name != nil {
		return false
	}
	_, ok = step.Node.(*lang.Group)
	return ok
}

// visibleNames calls f with the names that statement s binds in the scope
// around it: its own, or those in a nameless chain, group or dag.
func visibleNames(s lang.Stmt, f func(lang.Ident)) {
	switch s := s.(type) {
	case *lang.Let:
		f(s.Name)
	case *lang.Step:
		if s.Name != nil {
			f(*s.Name)
			return
		}
		if g, ok := s.Node.(*lang.Group); ok && g.Kind != lang.Race {
			for _, inner := range g.Body.Stmts {
				visibleNames(inner, f)
			}
		}
	}
}

// usedNames calls f with each name in s that may stand for a value. What is
// the name of a function, a key or an enum member is left out.
func usedNames(s lang.Node, f func(*lang.Name)) {
	lang.Walk(s, func(n lang.Node) bool {
		switch n := n.(type) {
		case *lang.Name:
			f(n)
		case *lang.CallExpr:
			if x, ok := n.Fun.(*lang.Field); ok {
				usedNames(x.X, f)
			}
			for _, a := range n.Args {
				usedNames(a.Value, f)
			}
			return false
		case *lang.MapLit:
			for _, e := range n.Entries {
				if _, key := e.Key.(*lang.Name); !key {
					usedNames(e.Key, f)
				}
				usedNames(e.Value, f)
			}
			return false
		}
		return true
	})
}
