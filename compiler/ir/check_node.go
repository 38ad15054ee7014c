package ir

import "fmt"

// flowChecker checks the nodes and frames of one workflow.
type flowChecker struct {
	*checker
	w      *Workflow
	frames []int   // by node: the frame that it must read
	scopes []scope // by frame
	linked []bool  // by node: something starts it
	fresh  []bool  // by node: it is the body of a handler
	signal map[string]bool
	ids    map[string]bool
}

func (c *checker) workflow(w *Workflow) {
	c.where = "workflow " + w.Name
	c.paramList(w.Params)
	c.typ(w.Result)
	seen := map[string]bool{}
	for _, s := range w.Signals {
		c.must(s.Name != "" && !seen[s.Name], "the signal %q is missing or stands twice", s.Name)
		seen[s.Name] = true
		c.paramList(s.Params)
	}
	n := len(w.Nodes)
	if !c.must(n > 0 && len(w.Frames) > 0, "there are no nodes or no frames") {
		return
	}
	f := flowChecker{checker: c, w: w, frames: make([]int, n), linked: make([]bool, n), fresh: make([]bool, n), signal: seen, ids: map[string]bool{}}
	f.tree()
	if c.err == nil {
		f.scopesOfFrames()
	}
	for i := range w.Nodes {
		if c.err != nil {
			return
		}
		f.node(i)
	}
	for i := 1; i < n; i++ {
		f.at(i)
		c.must(f.linked[i], "nothing starts it")
	}
}

func (f *flowChecker) at(i int) {
	f.where = fmt.Sprintf("workflow %s, node %d (%s)", f.w.Name, i, f.w.Nodes[i].ID)
}

// tree checks pre-order and ranges, so that everything else may walk.
func (f *flowChecker) tree() {
	open := []int{0} // the node before and those around it
	for i := range f.w.Nodes {
		n := &f.w.Nodes[i]
		f.at(i)
		if !f.must(n.Kind <= NGrow, "there is no kind of node %d", n.Kind) {
			return
		}
		if i == 0 {
			f.must(n.Kind == NWorkflow && n.Parent == none && n.End == len(f.w.Nodes), "node 0 is not the workflow around all others")
			continue
		}
		for len(open) > 0 && f.w.Nodes[open[len(open)-1]].End <= i {
			open = open[:len(open)-1]
		}
		if len(open) == 0 || !f.must(n.Parent == open[len(open)-1], "its parent is %d, which is not the node around it", n.Parent) {
			f.must(false, "no node is around it")
			return
		}
		f.must(n.End > i && n.End <= f.w.Nodes[n.Parent].End, "its subtree [%d, %d) is not within that of its parent", i, n.End)
		f.must(n.Kind != NWorkflow, "a workflow is inside of another")
		if f.err != nil {
			return
		}
		open = append(open, i)
		f.frames[i] = f.frames[n.Parent]
		if p := &f.w.Nodes[n.Parent]; p.Inner >= 0 && p.Body == i {
			f.frames[i] = p.Inner
		}
	}
}

// scopesOfFrames checks the frames and works out what is seen from each.
func (f *flowChecker) scopesOfFrames() {
	f.where = "workflow " + f.w.Name
	f.scopes = make([]scope, len(f.w.Frames))
	for i, fr := range f.w.Frames {
		if i == 0 {
			f.must(fr.Owner == 0 && fr.Parent == none, "frame 0 is not the workflow's own")
			f.must(len(f.w.Params) <= len(fr.Names), "frame 0 has no slots for the parameters")
			f.scopes[0] = scope{sizes: []int{len(fr.Names)}}
			continue
		}
		if !f.must(fr.Owner > 0 && fr.Owner < len(f.w.Nodes) && f.w.Nodes[fr.Owner].Inner == i, "frame %d is not that of its owner, node %d", i, fr.Owner) {
			return
		}
		if !f.must(fr.Parent >= 0 && fr.Parent < i && fr.Parent == f.w.Nodes[fr.Owner].Frame, "frame %d is not inside the frame of its owner", i) {
			return
		}
		around := f.scopes[fr.Parent].sizes
		f.scopes[i] = scope{sizes: append([]int{len(fr.Names)}, around...)}
		f.must(len(around) < maxTypeDepth*2, "frames nest too deep")
	}
}

// slot checks a slot of a frame; none is allowed.
func (f *flowChecker) slot(what string, slot, frame int) {
	f.must(slot == none || slot >= 0 && slot < len(f.w.Frames[frame].Names), "its %s %d is not a slot of frame %d", what, slot, frame)
}

func (f *flowChecker) node(i int) {
	n := &f.w.Nodes[i]
	f.at(i)
	if !f.must(n.Frame == f.frames[i] && n.Frame < len(f.w.Frames) && n.Frame >= 0, "its frame is %d, and the one around it %d", n.Frame, f.frames[i]) {
		return
	}
	if !n.Kind.Instant() && n.Kind != NBody {
		f.must(n.ID != "" && !f.ids[n.ID], "the id is missing, or that of another node")
		f.ids[n.ID] = true
	}
	f.typ(n.Result)
	f.slot("slot", n.Slot, n.Frame)
	f.eff(n, i)
	s := f.scopes[n.Frame]
	f.options(&n.Options, s)
	for _, m := range n.Members {
		f.child(i, m, false)
	}
	f.after(i, n)
	f.inner(i, n, s)
	f.kind(i, n, s)
	for _, h := range n.Handlers {
		f.must(h.Kinds != 0 && h.Kinds < HFinally<<1, "a handler handles nothing")
		f.slot("name in a handler", h.Slot, n.Frame)
		f.maybe(h.Timeout, s, DurationType)
		if f.child(i, h.Body, true); f.err != nil {
			return
		}
		f.fresh[h.Body] = true
	}
	f.undo(n.Undo, s)
}

// child checks that node k is a direct child of i that nothing else starts.
func (f *flowChecker) child(i, k int, body bool) {
	if !f.must(k > i && k < len(f.w.Nodes) && f.w.Nodes[k].Parent == i, "it starts node %d, which is no child of it", k) {
		return
	}
	f.must((f.w.Nodes[k].Kind == NBody) == body, "it starts node %d, a %s, in the wrong way", k, f.w.Nodes[k].Kind)
	f.must(!f.linked[k], "node %d is started twice", k)
	f.linked[k] = true
}

// eff checks the effective raises_on_failure.
func (f *flowChecker) eff(n *Node, i int) {
	flag := n.Options.RaisesOnFailure
	f.must(n.Explicit == (flag != nil), "its flag is written, and it is not explicit, or the other way round")
	switch {
	case flag != nil:
		f.must(n.Eff == *flag, "its effective flag is not the one that is written")
	case i == 0:
		f.must(n.Eff, "a workflow starts at raises_on_failure = true")
	default:
		p := &f.w.Nodes[n.Parent]
		switch {
		case n.Kind == NBody && (p.Kind == NCanvas || f.fresh[i]):
			f.must(n.Eff, "the body of a canvas or handler starts at raises_on_failure = true")
		case n.Kind == NBody && p.Options.Tolerate != nil:
			// tolerate takes the place of an inherited flag, either way
		default:
			f.must(n.Eff == p.Eff, "its effective flag is not that of the node around it")
		}
	}
}

// after checks the edges between the members of a dag: among siblings, and
// without a cycle.
func (f *flowChecker) after(i int, n *Node) {
	parent := n.Parent
	for _, list := range [][]int{n.After, n.Options.After} {
		for _, a := range list {
			ok := parent >= 0 && f.w.Nodes[parent].Kind == NDag && a > 0 && a < len(f.w.Nodes) && f.w.Nodes[a].Parent == parent && a != i
			f.must(ok, "it comes after node %d, which is no sibling in a dag", a)
		}
	}
	if n.Kind == NDag && f.err == nil {
		f.must(!f.cyclic(n), "its members wait for each other in a cycle")
	}
}

// cyclic reports whether the members of the dag n cannot be put in order.
func (f *flowChecker) cyclic(n *Node) bool {
	waits := make(map[int]int, len(n.Members)) // by member: how many it waits for
	followers := make(map[int][]int, len(n.Members))
	var ready []int
	for _, m := range n.Members {
		if m <= 0 || m >= len(f.w.Nodes) {
			return false // reported by child
		}
		for _, a := range f.w.Nodes[m].After {
			if a >= 0 && a < len(f.w.Nodes) && f.w.Nodes[a].Parent == f.w.Nodes[m].Parent {
				waits[m]++
				followers[a] = append(followers[a], m)
			}
		}
		if waits[m] == 0 {
			ready = append(ready, m)
		}
	}
	done := 0
	for ; done < len(ready); done++ {
		for _, m := range followers[ready[done]] {
			if waits[m]--; waits[m] == 0 {
				ready = append(ready, m)
			}
		}
	}
	return done < len(n.Members)
}

// inner checks the body that a node instantiates, and its frame.
func (f *flowChecker) inner(i int, n *Node, s scope) {
	framed := n.Kind == NMap || n.Kind == NExpand || n.Kind == NLoop
	if framed || n.Kind == NCanvas {
		f.child(i, n.Body, true)
	} else {
		f.must(n.Body == none, "a %s has a body", n.Kind)
	}
	if !framed {
		f.must(n.Inner == none && n.ItemSlot == none && n.IndexSlot == none && n.DepthSlot == none, "a %s has a frame of its own", n.Kind)
		return
	}
	if !f.must(n.Inner > 0 && n.Inner < len(f.w.Frames) && f.w.Frames[n.Inner].Owner == i, "its inner frame %d is not its own", n.Inner) {
		return
	}
	f.slot("item slot", n.ItemSlot, n.Inner)
	f.slot("index slot", n.IndexSlot, n.Inner)
	f.slot("depth slot", n.DepthSlot, n.Inner)
	inside := f.scopes[n.Inner]
	f.maybe(n.Key, inside, nil)
	f.maybe(n.While, inside, BoolType)
	f.maybe(n.Init, s, nil)
	if n.Kind != NLoop && f.must(n.List != nil, "a %s has no list", n.Kind) {
		f.exprOf(n.List, s, nil)
		f.must(f.err != nil || n.List.Type.Kind == KList, "its list is of type %s", n.List.Type)
	}
	f.must(n.Kind != NExpand || n.Key != nil, "an expand has no key")
	f.must(n.Kind == NMap || n.Options.Limit != nil, "a %s has no limit", n.Kind)
}

// kind checks what is particular to a kind of node.
func (f *flowChecker) kind(i int, n *Node, s scope) {
	switch n.Kind {
	case NActivity, NChild:
		f.call(n, s)
	case NIf, NSwitch:
		f.must(len(n.Branches) > 0, "it has no branches")
		f.must(n.Kind == NSwitch || n.Subject == none, "an if has a subject")
		f.slot("subject", n.Subject, n.Frame)
		for k, b := range n.Branches {
			f.child(i, b.Body, true)
			f.must(b.Cond != nil || k == len(n.Branches)-1, "a branch stands after one that is always taken")
			f.maybe(b.Cond, s, BoolType)
		}
	case NWait:
		f.wait(i, n, s)
	case NLet, NRaise, NNext, NGrow:
		f.must(n.Value != nil, "it has no value")
		f.must(n.Kind != NRaise || n.Value == nil || n.Value.Type != nil && n.Value.Type.Kind == KError, "what is raised is no error")
	}
	f.maybe(n.Value, s, nil)
	switch n.Kind {
	case NYield, NReturn, NNext, NGrow:
		f.target(i, n)
	default:
		f.must(n.Target == none, "a %s has a target", n.Kind)
	}
	f.must(len(n.Members) == 0 || contains(n.Kind), "a %s has members", n.Kind)
	f.must(n.Call == nil || n.Kind == NActivity || n.Kind == NChild, "a %s has a call", n.Kind)
	f.must(n.Else == none || n.Kind == NWait, "a %s has an else", n.Kind)
}

// contains reports whether nodes of kind k may have members.
func contains(k NodeKind) bool {
	switch k {
	case NWorkflow, NChain, NGroup, NDag, NRace, NBody:
		return true
	}
	return false
}

func (f *flowChecker) call(n *Node, s scope) {
	if !f.must(n.Call != nil, "it calls nothing") {
		return
	}
	if a := f.activities[n.Call.Callee]; n.Kind == NActivity && f.must(a != nil, "the activity %q is not declared", n.Call.Callee) {
		f.args(n.Call, a.Params, s)
	}
	if w := f.workflows[n.Call.Callee]; n.Kind == NChild && f.must(w != nil, "the workflow %q is not declared", n.Call.Callee) {
		f.args(n.Call, w.Params, s)
	}
}

func (f *flowChecker) wait(i int, n *Node, s scope) {
	if n.Signal == "" {
		f.must(n.Value != nil, "it waits for nothing")
	} else {
		f.must(f.signal[n.Signal], "the signal %q is not declared", n.Signal)
	}
	f.maybe(n.For, s, DurationType)
	if n.Else != none {
		f.child(i, n.Else, true)
	}
}

// target checks that a value is given to a node around.
func (f *flowChecker) target(i int, n *Node) {
	t := n.Target
	if !f.must(t >= 0 && t < i && i < f.w.Nodes[t].End, "its target %d is not around it", t) {
		return
	}
	kind := f.w.Nodes[t].Kind
	switch n.Kind {
	case NReturn:
		f.must(kind == NWorkflow || kind == NCanvas, "it returns from a %s", kind)
	case NNext:
		f.must(kind == NLoop, "it is the next round of a %s", kind)
	case NGrow:
		f.must(kind == NExpand, "it grows a %s", kind)
	}
}
