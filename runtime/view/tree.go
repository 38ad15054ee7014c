package view

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

const (
	few       = 8   // a map of more items is shown as a bar
	mostEnded = 512 // of the nodes that ended are remembered, and as many of those that ended badly
)

// tree is what live mode knows of a run. Nodes that wait are known only if
// they are expected, and of those that ended the last ones are; all others are
// numbers in the node around them.
type tree struct {
	root  *node
	nodes map[string]*node
	seq   int
	ended [2]shelf // those that ended well, and badly
	frame int      // the frame being made, see frame.go
}

// node is a line that may be shown.
type node struct {
	id, name, kind, activity string

	parent   *node
	order    []int32
	seq      int // among nodes of the same order
	status   ir.Status
	ending   ir.Status // what it will be when it has ended; Waiting is open
	queued   bool      // a task that no worker has taken
	attempt  int
	begun    time.Time // zero if it never was
	tried    time.Time // when the attempt that runs began
	over     time.Time
	retry    time.Time // when the next attempt begins, if one failed
	reason   string
	cause    string // id of the node in it whose failure is its own, "" for none
	absorbed bool   // what is around it went on

	items  int                // at least so many children will be
	counts [ir.Reused + 1]int // children by status; those that wait, if they are expected
	round  int                // attempt of this block that its children belong to
	lists  [classes]list      // children that are remembered
	in     *list              // the list that it is in, nil for none
	prev   *node              // in that list
	next   *node
	frame  int                // the last frame that it was chosen for
	shown  [ir.Reused + 1]int // children chosen for that frame
}

// class is what nodes are looked for by.
type class int

const (
	waiting class = iota
	running
	failed // or timed out, or abandoned
	ended  // otherwise
	classes
)

func classOf(s ir.Status) class {
	switch s {
	case ir.Waiting:
		return waiting
	case ir.Running:
		return running
	case ir.Failed, ir.TimedOut, ir.Abandoned:
		return failed
	}
	return ended
}

// list is a linked list through prev and next, in order of arrival.
type list struct{ first, last *node }

func (l *list) add(n *node) {
	n.in, n.prev, n.next = l, l.last, nil
	if l.last == nil {
		l.first = n
	} else {
		l.last.next = n
	}
	l.last = n
}

// leave takes n out of the list that it is in.
func (n *node) leave() {
	l := n.in
	if l == nil {
		return
	}
	if n.prev == nil {
		l.first = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		l.last = n.prev
	} else {
		n.next.prev = n.prev
	}
	n.in, n.prev, n.next = nil, nil, nil
}

// shelf holds the last mostEnded nodes that were put on it.
type shelf struct {
	nodes [mostEnded]*node
	next  int
}

// put puts n on the shelf and returns what falls off, nil if nothing does.
func (s *shelf) put(n *node) *node {
	old := s.nodes[s.next]
	s.nodes[s.next] = n
	s.next = (s.next + 1) % mostEnded
	return old
}

// drop empties l.
func (l *list) drop() {
	for n := l.first; n != nil; {
		next := n.next
		n.in, n.prev, n.next = nil, nil, nil
		n = next
	}
	*l = list{}
}

func newTree() *tree { return &tree{nodes: map[string]*node{}} }

// crowd reports whether the children are copies of a body, and too many to be
// shown one by one.
func (n *node) crowd() bool {
	switch n.kind {
	case "map", "expand", "loop":
		return n.size() > few
	}
	return false
}

// size returns how many children are known of.
func (n *node) size() int {
	total := 0
	for _, k := range n.counts {
		total += k
	}
	return max(total, n.items)
}

// change takes in a change of a node. With starts, a task that runs has yet to
// be started.
func (t *tree) change(now time.Time, c *runtime.Change, starts bool) {
	n := t.nodes[c.Node]
	if c.Retry != 0 {
		if n != nil {
			n.retry, n.reason = time.Unix(0, int64(c.Retry)), reason(c)
		}
		return
	}
	if c.Ending != ir.Waiting {
		if n != nil {
			n.ending = c.Ending
		}
		return
	}
	p, name := t.place(c)
	if p != nil {
		p.count(n, c)
	}
	if n == nil {
		if c.To != ir.Running && p != nil && p.crowd() && classOf(c.To) != failed {
			return
		}
		n = t.add(p, c.Node, name, c.Kind, c.Order)
	}
	n.activity, n.attempt = c.Activity, max(n.attempt, c.Attempt)
	n.reason, n.cause, n.absorbed = reason(c), "", c.Absorbed
	if c.Failure != nil && c.Failure.Node != c.Node {
		n.cause = c.Failure.Node
	}
	n.items = max(n.items, c.Items)
	if n.queued && c.To != ir.Running {
		n.begun = time.Time{}
	}
	n.queued = starts && isTask(c) && c.To == ir.Running
	t.move(now, n, c.To)
}

// count keeps the numbers of n's children. Those of an attempt that is over
// are no longer in them.
func (n *node) count(child *node, c *runtime.Change) {
	if _, attempt := inner(n, c.Node); attempt < n.round {
		return
	}
	if c.From != ir.Waiting || child != nil && child.in == &n.lists[waiting] {
		n.counts[c.From]--
	}
	n.counts[c.To]++
}

// place finds the node around that of a change, and what the latter is called
// in it.
func (t *tree) place(c *runtime.Change) (p *node, name string) {
	id := c.Parent
	for p = t.nodes[id]; p == nil && id != ""; p = t.nodes[id] { // forgotten: what is around it takes its place
		id = id[:max(0, strings.LastIndexAny(id, "/["))]
	}
	if p == nil {
		return nil, c.Node
	}
	name, attempt := inner(p, c.Node)
	if attempt > p.round {
		p.again(attempt)
	}
	return p, name
}

// inner splits what the id of a node in n has more than that of n into the
// attempt of n and the name: `#2/extract`, `#2[p3]`. A block without a name is
// no part of the ids of what is in it.
func inner(n *node, id string) (name string, attempt int) {
	attempt = n.round
	for p := n; p != nil; p = p.parent {
		rest, ok := strings.CutPrefix(id, p.id)
		if !ok {
			continue
		}
		if tail, ok := strings.CutPrefix(rest, "#"); ok {
			k := max(0, strings.IndexAny(tail, "/["))
			if a, err := strconv.Atoi(tail[:k]); err == nil {
				rest = tail[k:]
				if p == n {
					attempt = a
				}
			}
		} else if p == n {
			attempt = 1
		}
		return strings.TrimPrefix(rest, "/"), attempt
	}
	return id, attempt
}

// again forgets the children of an earlier attempt of a block.
func (n *node) again(attempt int) {
	n.attempt, n.round, n.counts = attempt, attempt, [ir.Reused + 1]int{}
	for _, c := range []class{waiting, failed, ended} {
		n.lists[c].drop()
	}
}

// add adds a node, which is in no list yet.
func (t *tree) add(p *node, id, name, kind string, order []int32) *node {
	t.seq++
	n := &node{id: id, name: name, kind: kind, parent: p, order: slices.Clone(order), seq: t.seq, round: 1}
	t.nodes[id] = n
	if p == nil && t.root == nil {
		t.root = n
	}
	return n
}

// move changes the status of a node, and forgets what need not be remembered.
func (t *tree) move(now time.Time, n *node, to ir.Status) {
	n.leave()
	n.status, n.ending = to, ir.Waiting
	c := classOf(to)
	if n.parent != nil {
		n.parent.lists[c].add(n)
	}
	if c == running {
		n.begun, n.tried = now, now
		return
	}
	if to != ir.Undone {
		n.over = now
	}
	n.lists[waiting].drop() // what has not begun now never will
	n.counts[ir.Waiting] = 0
	if n.parent == nil {
		return
	}
	if c == ended && n.parent.crowd() {
		t.forget(n)
		return
	}
	side := 0
	if c == failed {
		side = 1
	}
	if old := t.ended[side].put(n); old != nil {
		t.forget(old)
	}
}

// forget removes a node; one that runs again, as its undoing does, stays.
func (t *tree) forget(n *node) {
	if c := classOf(n.status); c == running || c == waiting {
		return
	}
	n.leave()
	if t.nodes[n.id] == n {
		delete(t.nodes, n.id)
	}
}

// started takes in that an attempt of a task is at work.
func (t *tree) started(now time.Time, id string, attempt int) {
	if n := t.nodes[id]; n != nil {
		n.tried = now
		if n.queued && attempt == 1 {
			n.begun = now
		}
		n.queued, n.attempt = false, max(n.attempt, attempt)
	}
}

// expect adds the nodes of a workflow that are known without running it: they
// wait. Handlers may never run.
func (t *tree) expect(w *ir.Workflow) {
	for k := 0; k < len(w.Nodes); k++ {
		n := &w.Nodes[k]
		kind := kindWord(n)
		if n.Frame != 0 || n.Parent >= 0 && isHandler(&w.Nodes[n.Parent], k) {
			k = n.End - 1
			continue
		}
		if kind == "" || t.nodes[n.ID] != nil {
			continue
		}
		p := n.Parent
		for p >= 0 && kindWord(&w.Nodes[p]) == "" {
			p = w.Nodes[p].Parent
		}
		var parent *node
		if p >= 0 {
			parent = t.nodes[w.Nodes[p].ID]
		}
		added := t.add(parent, n.ID, n.Name, kind, []int32{int32(k)})
		if n.Call != nil {
			added.activity = n.Call.Callee
		}
		if parent != nil {
			parent.lists[waiting].add(added)
			parent.counts[ir.Waiting]++
		}
	}
}

// kindWord returns the word for a kind as changes have it, "" for what is not
// shown.
func kindWord(n *ir.Node) string {
	words := [...]string{"workflow", "chain", "group", "dag", "race", "map", "expand", "loop", "if", "switch", "wait", "activity", "child", "canvas"}
	switch {
	case n.Kind == ir.NBody && n.Name != "":
		return "chain"
	case int(n.Kind) < len(words):
		return words[n.Kind]
	}
	return ""
}

func isHandler(p *ir.Node, index int) bool {
	return slices.ContainsFunc(p.Handlers, func(h ir.Handler) bool { return h.Body == index })
}
