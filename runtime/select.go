package runtime

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
)

// PathError says that a path names no node. Near holds paths that may have
// been meant, the likeliest first.
type PathError struct {
	Path string
	Near []string
}

// Error returns the message, with the likeliest path.
func (e *PathError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("there is no node %q", e.Path)
	}
	return fmt.Sprintf("there is no node %q; did you mean %q?", e.Path, e.Near[0])
}

// Select returns the ids of the nodes that take part when only a node and what
// it depends on is to run (only), or a node and what depends on it, with what
// that needs (downstream): for [Start].Only, nil if that is the whole workflow.
// The nodes that were asked for are for [Start].Asked. One of the two paths may
// be "". A path may name one item of a map: then of that map only this item
// runs, unless something that takes part needs the whole list. The workflow's
// own name at its start may be left out.
//
// A node depends on what its expressions, and those of the nodes around it
// that decide whether it runs, read, and on what its `after` names.
func Select(p *ir.Program, workflow, only, downstream string) (ids, asked []string, err error) {
	if workflow == "" {
		workflow = p.Main
	}
	for _, w := range p.Workflows {
		if w.Name == workflow {
			return selectIn(w, only, downstream)
		}
	}
	return nil, nil, fmt.Errorf("there is no workflow %q", workflow)
}

func selectIn(w *ir.Workflow, only, downstream string) (ids, asked []string, err error) {
	s := newSelector(w)
	if only != "" {
		n, err := s.lookup(&only)
		if err != nil {
			return nil, nil, err
		}
		s.whole(n)
		s.keyed(only)
		asked = append(asked, only)
	}
	if downstream != "" {
		n, err := s.lookup(&downstream)
		if err != nil {
			return nil, nil, err
		}
		for _, user := range s.affected(n) {
			s.whole(user)
		}
		s.keyed(downstream)
		asked = append(asked, downstream)
	}
	s.close()
	if len(s.items) == 0 && !slices.Contains(s.in, false) {
		return nil, asked, nil
	}
	for k := range w.Nodes {
		n := &w.Nodes[k]
		if !s.in[k] || n.Kind >= ir.NLet || n.Kind == ir.NBody && n.Name == "" && !strings.HasSuffix(n.ID, "[]") {
			continue
		}
		id := n.ID
		if s.items[id] != "" && w.Nodes[n.Parent].Kind == ir.NMap { // rounds, and items that are found, need others
			id = s.items[id]
		}
		ids = append(ids, id)
	}
	return ids, asked, nil
}

// selector finds out which nodes take part.
type selector struct {
	w         *ir.Workflow
	producers map[[2]int]int // node that fills a slot of a frame
	needs     [][]int        // by node: producers of what it reads itself, and its After
	in        []bool
	todo      []int             // nodes whose needs have yet to be looked at
	items     map[string]string // static ids of items to the one that was asked for
}

func newSelector(w *ir.Workflow) *selector {
	s := &selector{w: w, producers: map[[2]int]int{}, needs: make([][]int, len(w.Nodes)), in: make([]bool, len(w.Nodes)), items: map[string]string{}}
	for k := range w.Nodes {
		n := &w.Nodes[k]
		if n.Slot >= 0 {
			s.producers[[2]int{n.Frame, n.Slot}] = k
		}
		for _, slot := range []int{n.ItemSlot, n.IndexSlot, n.DepthSlot} {
			if slot >= 0 && n.Inner >= 0 {
				s.producers[[2]int{n.Inner, slot}] = k
			}
		}
	}
	for k := range w.Nodes {
		n := &w.Nodes[k]
		s.needs[k] = append(s.needs[k], n.After...)
		for _, e := range ownExprs(n) {
			s.read(k, n.Frame, e)
		}
		s.read(k, n.Inner, n.Key)
		s.read(k, n.Inner, n.While)
	}
	return s
}

// ownExprs returns what a node reads in its own frame.
func ownExprs(n *ir.Node) []*ir.Expr {
	o := n.Options
	list := []*ir.Expr{n.Value, n.List, n.Init, n.For, o.Timeout, o.QueueTimeout, o.TotalTimeout, o.Heartbeat,
		o.Priority, o.TaskList, o.VersionAt, o.Max, o.Batch, o.Shard, o.Limit, o.Tags}
	for _, b := range n.Branches {
		list = append(list, b.Cond)
	}
	if n.Call != nil {
		list = append(list, n.Call.Args...)
	}
	if n.Undo != nil {
		list = append(list, n.Undo.Args...)
	}
	if o.Tolerate != nil {
		list = append(list, o.Tolerate.Count)
	}
	if o.Retry != nil {
		list = append(list, o.Retry.Max, o.Retry.From, o.Retry.Factor, o.Retry.Cap, o.Retry.Jitter)
	}
	return list
}

// read notes that node k needs what e, in a frame, reads.
func (s *selector) read(k, frame int, e *ir.Expr) {
	if e == nil {
		return
	}
	switch e.Op {
	case ir.OpSlot, ir.OpSlotOutcome, ir.OpSlotOptional:
		for up := e.Up; up > 0 && frame >= 0; up-- {
			frame = s.w.Frames[frame].Parent
		}
		if p, ok := s.producers[[2]int{frame, e.Index}]; ok && p != k {
			s.needs[k] = append(s.needs[k], p)
		}
	}
	for _, a := range e.Args {
		s.read(k, frame, a)
	}
}

// whole takes a node in with all below it, and the nodes around it.
func (s *selector) whole(k int) {
	for j := k; j < s.w.Nodes[k].End; j++ {
		s.take(j)
	}
	for p := s.w.Nodes[k].Parent; p >= 0; p = s.w.Nodes[p].Parent {
		switch s.w.Nodes[p].Kind {
		case ir.NLoop, ir.NExpand: // a round, an item, depends on those before it
			for j := p; j < s.w.Nodes[p].End; j++ {
				s.take(j)
			}
		default:
			s.take(p)
		}
	}
}

func (s *selector) take(k int) {
	if !s.in[k] {
		s.in[k] = true
		s.todo = append(s.todo, k)
	}
}

// close takes in what is needed, and what that needs. A block around a chosen
// node has no value to give, so what it would make that of is not needed.
func (s *selector) close() {
	whole := make([]bool, len(s.w.Nodes))
	for len(s.todo) > 0 {
		k := s.todo[len(s.todo)-1]
		s.todo = s.todo[:len(s.todo)-1]
		n := &s.w.Nodes[k]
		for _, p := range s.needs[k] {
			inside := k < p && p < n.End
			around := p < k && k < s.w.Nodes[p].End // whose item it is
			if !inside && !around && !whole[p] {
				whole[p] = true
				s.whole(p)
				s.every(p)
			}
		}
	}
}

// every forgets that single items of the maps in node k were asked for: its
// value is needed, which is made of all of them.
func (s *selector) every(k int) {
	for j := k; j < s.w.Nodes[k].End; j++ {
		delete(s.items, s.w.Nodes[j].ID)
	}
}

// affected returns the nodes that depend on node k, and k.
func (s *selector) affected(k int) []int {
	users := make([][]int, len(s.w.Nodes))
	for user, needs := range s.needs {
		for _, p := range needs {
			users[p] = append(users[p], user)
		}
	}
	seen := make([]bool, len(s.w.Nodes))
	around := make([]bool, len(s.w.Nodes)) // it was come to because of what is in it
	list, queue := []int{k}, []int{}
	reach := func(j int) {
		if !seen[j] {
			seen[j] = true
			queue = append(queue, j)
		}
	}
	for j := k; j < s.w.Nodes[k].End; j++ {
		reach(j)
	}
	for ; len(queue) > 0; queue = queue[1:] {
		j := queue[0]
		for _, user := range users[j] {
			if inside := user <= j && j < s.w.Nodes[user].End; inside {
				continue // a block whose value is made of its members
			}
			if other := around[j] && s.w.Nodes[j].Kind == ir.NMap && user < s.w.Nodes[j].End; other {
				continue // it reads its item, which is none of the value of the map
			}
			if !seen[user] {
				list = append(list, user)
			}
			for i := user; i < s.w.Nodes[user].End; i++ {
				reach(i)
			}
		}
		if p := s.w.Nodes[j].Parent; p > 0 { // what the value of the block around it is used for
			around[p] = around[p] || !seen[p]
			reach(p)
		}
	}
	return list
}

// lookup returns the node with a path, which may hold keys. The name of the
// workflow may be left out; the path is completed then, and keys are written
// as in ids.
func (s *selector) lookup(path *string) (int, error) {
	plain, ok := plainPath(*path)
	if !ok {
		return 0, &PathError{Path: *path}
	}
	*path = plain
	for _, full := range []string{*path, s.w.Name + "/" + *path} {
		static := ir.StaticID(full)
		for k := range s.w.Nodes {
			if n := &s.w.Nodes[k]; n.ID == static && n.Kind < ir.NLet {
				*path = full
				return k, nil
			}
		}
	}
	return 0, &PathError{Path: *path, Near: s.near(ir.StaticID(*path))}
}

// near returns paths that may have been meant: those that end in path, else
// the one that is spelled most like it.
func (s *selector) near(static string) []string {
	var near, all []string
	for k := range s.w.Nodes {
		n := &s.w.Nodes[k]
		if n.Kind >= ir.NLet || len(all) > 0 && all[len(all)-1] == n.ID {
			continue
		}
		all = append(all, n.ID)
		if strings.HasSuffix(n.ID, "/"+static) && len(near) < 5 {
			near = append(near, n.ID)
		}
	}
	if len(near) > 0 {
		return near
	}
	if best, ok := spell.Nearest(static, all); ok {
		return []string{best}
	}
	last := make([]string, len(all))
	of := map[string]string{}
	for k, id := range all {
		last[k] = id[strings.LastIndexByte(id, '/')+1:]
		if of[last[k]] == "" {
			of[last[k]] = id
		}
	}
	if best, ok := spell.Nearest(static[strings.LastIndexByte(static, '/')+1:], last); ok {
		return []string{of[best]}
	}
	return nil
}

// keyed notes which items a path names.
func (s *selector) keyed(path string) {
	static := make([]byte, 0, len(path))
	for k := 0; k < len(path); k++ {
		if static = append(static, path[k]); path[k] != '[' {
			continue
		}
		from := k + 1
		for k+1 < len(path) && path[k+1] != ']' {
			k++
		}
		if k+1 > from { // `rows[]` means every item
			s.items[string(static)+"]"] = path[:min(k+2, len(path))]
		}
	}
}

// plainPath returns a path with its keys escaped as they are in ids, and
// without attempts: which one is run is not for the user to say. It is not ok
// if a bracket is open.
func plainPath(path string) (plain string, ok bool) {
	b := make([]byte, 0, len(path))
	for {
		before, rest, more := strings.Cut(path, "[")
		b = append(b, ir.WithoutAttempts(before)...)
		if !more {
			return string(b), true
		}
		key, after, closed := strings.Cut(rest, "]")
		if !closed {
			return "", false
		}
		b = append(append(append(b, '['), strings.ReplaceAll(escapeKey(key), "%25", "%")...), ']')
		path = after
	}
}
