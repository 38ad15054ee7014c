package analyze

import (
	"slices"

	"github.com/flowc/flowc/compiler/ir"
)

// Blast is what happens when a node fails for good, its retries used up, while
// everything beside it that can be running is running. It is the reading of
// language.md, sections 8 and 12, that the interpreter runs; a test holds the
// two against each other. Its JSON form is stable: fields may be added, none is
// taken away.
type Blast struct {
	Node     string        `json:"node"`
	Workflow string        `json:"workflow"`
	At       *Place        `json:"at,omitempty"`
	Error    string        `json:"error,omitempty"` // a declared error; "" for any other failure
	Stages   []Stage       `json:"stages,omitempty"`
	End      End           `json:"end"`
	Outcome  string        `json:"outcome"`           // of the run: "goes on", "fails" or "unchanged" (it ends as it would have)
	Types    []string      `json:"types,omitempty"`   // of the names that are affected, for what goes on: `weather: string!`
	GoesOn   []string      `json:"goes_on,omitempty"` // what runs on or comes next, beside the node at which the failure ends
	Or       []Alternative `json:"or,omitempty"`      // declared errors that end elsewhere
	Past     *Past         `json:"past,omitempty"`    // what happens instead when no more failures are tolerated
}

// Stage is one climb of the failure, from a node to those around it, and the
// flood that follows. A climb stops at a node that has something to do before
// what is around it may hear of the failure.
type Stage struct {
	From      string     `json:"from"`
	Informed  []Informed `json:"informed,omitempty"`  // the innermost first
	Cancelled []Struck   `json:"cancelled,omitempty"` // of these, those that have not ended, in this order
	Skipped   []string   `json:"skipped,omitempty"`
	Does      []Deed     `json:"does,omitempty"`   // what the last informed node (From in the first stage, if it has handlers) does then
	Cleans    []string   `json:"cleans,omitempty"` // handlers of what is cancelled, which run if it had begun
}

// Informed is a node that fails since one in it has.
type Informed struct {
	ID   string `json:"id"`
	Rule string `json:"rule"` // "R1", "R4", "eff" (a member failed whose raises_on_failure is true), "alone" (the only member of a race failed, so nobody won) or "body" (it has but one part, which failed)
}

// Struck is a node that a flood cancels.
type Struck struct {
	ID       string `json:"id"`
	OthersOf string `json:"others_of,omitempty"` // id of a map: it is meant in its other items, beside the one that failed
}

// Deed is what a node does when it ends badly.
type Deed struct {
	What string   `json:"what"`          // "undo", "retry", "catch", "on_failure" or "finally"
	ID   string   `json:"id,omitempty"`  // of a handler
	IDs  []string `json:"ids,omitempty"` // of an undo: steps that are taken back, if they were completed, the last first
	Note string   `json:"note,omitempty"`
}

// End is where a failure ends.
type End struct {
	Kind string `json:"kind"` // "boundary" (R2), "tolerated" (R3, R4), "caught", "handler" (it changes nothing there) or "run" (the run fails)
	ID   string `json:"id"`   // the node that absorbs it; the workflow when the run fails
}

// Alternative is an error that ends elsewhere, since a `catch` names it.
type Alternative struct {
	Error string `json:"error"`
	End   End    `json:"end"`
}

// Past is what happens when a limit of tolerance is passed.
type Past struct {
	Limit string `json:"limit"` // `10% of the items of etl/rows`
	Blast *Blast `json:"blast"`
}

// Fail returns what happens when the node with a path fails. See [Find] for
// what a path may be, and for the error.
func Fail(p *ir.Program, workflow, path string) (*Blast, error) {
	w, k, err := Find(p, workflow, path)
	if err != nil {
		return nil, err
	}
	x := newIndex(p, w)
	places := newPlaces(p)
	b := newFailing(x, "", nil).run(k)
	b.At = places.at(w.Nodes[k].At)
	if a := x.callee(k); a != nil {
		for _, e := range a.Raises {
			if other := newFailing(x, e, nil).run(k); other.End != b.End {
				b.Or = append(b.Or, Alternative{e, other.End})
			}
		}
	}
	return b, nil
}

// callee returns the activity that node k calls, nil if it calls none.
func (x *index) callee(k int) *ir.Activity {
	if n := &x.w.Nodes[k]; n.Kind == ir.NActivity && n.Call != nil {
		return x.acts[n.Call.Callee]
	}
	return nil
}

// failing follows one failure.
type failing struct {
	*index
	errorName string
	past      map[int]bool // maps and expands whose tolerance is used up
	undoes    []bool       // by node: something in it can be undone
	undone    map[int]bool
	gone      map[int]bool // nodes that were skipped, or failed
	onlyEnd   bool         // where the failure ends is all that is asked for
	b         *Blast
	names     []int // nodes whose names are affected and in sight
}

func newFailing(x *index, errorName string, past map[int]bool) *failing {
	f := &failing{index: x, errorName: errorName, past: past, undoes: make([]bool, len(x.w.Nodes)), undone: map[int]bool{}, gone: map[int]bool{}}
	for k := len(x.w.Nodes) - 1; k >= 0; k-- {
		f.undoes[k] = f.undoes[k] || x.undoOf(k) != nil
		if p := x.w.Nodes[k].Parent; f.undoes[k] && p >= 0 && handlerOf(x.w, k) == nil {
			f.undoes[p] = true
		}
	}
	return f
}

// run follows the failure of node k to its end.
func (f *failing) run(k int) *Blast {
	f.b = &Blast{Node: f.w.Nodes[k].ID, Workflow: f.w.Name, Error: f.errorName}
	f.gone[k] = true
	f.name(k)
	cur, does := k, append(f.undo(k), f.deeds(k, true)...)
	if len(does) > 0 {
		f.b.Stages = append(f.b.Stages, Stage{From: f.b.Node, Does: does})
	}
	for {
		if h := handlerOf(f.w, cur); h != nil {
			if h.Kinds&ir.HCatch == 0 {
				f.end("handler", cur)
				return f.b
			}
			cur = f.w.Nodes[cur].Parent // it fails with this failure now, and has its handlers behind it
			f.name(cur)
			if does = f.finally(cur); len(does) > 0 {
				f.b.Stages = append(f.b.Stages, Stage{From: f.id(cur), Does: does})
			}
		}
		if f.ends(cur, does) {
			return f.b
		}
		cur, does = f.stage(cur)
	}
}

// endOf returns where the failure of node k ends. Its cost does not depend on
// how many nodes there are.
func (f *failing) endOf(k int) End {
	f.onlyEnd = true
	return f.run(k).End
}

// stage climbs from cur, floods, and returns the node at which the climb
// stopped, with what that does then.
func (f *failing) stage(cur int) (top int, does []Deed) {
	path := f.climb(cur)
	s := Stage{From: f.id(around(f.w, cur))}
	child := cur
	for _, p := range path {
		if f.isShown(p) {
			s.Informed = append(s.Informed, Informed{f.id(p), f.rule(p, child)})
		}
		child = p
		f.name(p)
	}
	if !f.onlyEnd {
		f.flood(&s, cur, path)
	}
	s.Does = append(f.undo(child), f.deeds(child, false)...)
	f.b.Stages = append(f.b.Stages, s)
	return child, s.Does
}

func (f *failing) id(k int) string { return f.w.Nodes[k].ID }

func (f *failing) isShown(k int) bool { return shown(f.w, k) }

// name notes that the name of node k is affected. It hides the names of what is
// in it.
func (f *failing) name(k int) {
	n := &f.w.Nodes[k]
	switch {
	case n.Slot >= 0:
		f.names = []int{k}
	case n.Inner >= 0 || n.Kind == ir.NBody || n.Kind == ir.NIf || n.Kind == ir.NSwitch || n.Kind == ir.NCanvas:
		f.names = nil // a scope of its own
	}
}

// ends reports whether the failure of cur goes no further, and says where it
// ended then. does is what cur has done.
func (f *failing) ends(cur int, does []Deed) bool {
	n := &f.w.Nodes[cur]
	for _, d := range does {
		if d.What == "catch" {
			f.end("caught", cur)
			return true
		}
	}
	switch {
	case f.alone(cur):
		f.errorName = "" // the race fails with a failure of its own
		return false
	case boundary(n):
		f.end("boundary", cur)
		return true
	case n.Parent < 0:
		f.end("run", cur)
		return true
	case f.informs(n.Parent, cur):
		return false
	}
	f.end("tolerated", cur)
	return true
}

// alone reports whether node k is the only member of a race: whether or not its
// failure is absorbed, there is nobody left to win then.
func (f *failing) alone(k int) bool {
	p := f.w.Nodes[k].Parent
	return p >= 0 && f.w.Nodes[p].Kind == ir.NRace && len(f.w.Nodes[p].Members) == 1 && (boundary(&f.w.Nodes[k]) || !f.informs(p, k))
}

// outcomes is what the kind of an end means to the run.
var outcomes = map[string]string{"boundary": "goes on", "tolerated": "goes on", "caught": "goes on", "handler": "unchanged", "run": "fails"}

// end notes where the failure of cur ended.
func (f *failing) end(kind string, cur int) {
	f.b.End = End{kind, f.id(around(f.w, cur))}
	f.b.Outcome = outcomes[kind]
	n := &f.w.Nodes[cur]
	if kind == "tolerated" {
		p := n.Parent
		f.b.End.ID = f.id(p)
		if !f.onlyEnd {
			f.tolerated(p, cur)
		}
		if q := &f.w.Nodes[p]; q.Kind == ir.NMap || q.Kind == ir.NExpand {
			f.name(p)
		}
	}
	if kind == "caught" && n.Slot < 0 {
		f.names = nil // what is bound in it is not to be relied on
	}
	if kind != "run" && kind != "handler" && !f.onlyEnd {
		f.types(kind)
		f.goesOn(cur)
	}
}

// types says of which type the affected names are now.
func (f *failing) types(kind string) {
	for _, k := range f.names {
		n := &f.w.Nodes[k]
		t := n.Result
		if t == nil {
			continue
		}
		if kind != "caught" && !(kind == "tolerated" && (n.Kind == ir.NMap || n.Kind == ir.NExpand) && f.id(k) == f.b.End.ID) {
			t = ir.OutcomeOf(t)
		}
		if t.Kind != ir.KNone {
			f.b.Types = append(f.b.Types, f.slotName(slot{n.Frame, n.Slot})+": "+t.String())
		}
	}
}

// goesOn lists the siblings of cur that run on, or come next.
func (f *failing) goesOn(cur int) {
	p := f.w.Nodes[cur].Parent
	if p < 0 {
		return
	}
	q := &f.w.Nodes[p]
	if q.Inner >= 0 && q.Kind != ir.NLoop {
		f.b.GoesOn = append(f.b.GoesOn, f.id(cur))
	}
	ended := f.before(cur)
	for _, m := range q.Members {
		switch {
		case m == cur || !f.isShown(m) || f.gone[m] || ended[m]:
		case m < cur && chainlike(q.Kind):
		default:
			f.b.GoesOn = append(f.b.GoesOn, f.id(m))
		}
	}
}

// tolerated notes what the tolerance of p means beyond the failure of cur.
func (f *failing) tolerated(p, cur int) {
	n := &f.w.Nodes[p]
	switch {
	case n.Kind == ir.NDag:
		s := Stage{From: f.id(cur)}
		f.skip(&s, f.users(p, cur))
		if len(s.Skipped) > 0 {
			f.b.Stages = append(f.b.Stages, s)
		}
	case n.Options.Tolerate != nil:
		past := map[int]bool{p: true}
		for k := range f.past {
			past[k] = true
		}
		var limit string
		if t := n.Options.Tolerate; t.Count == nil {
			limit = percent(t) + " of the items of " + n.ID
		} else {
			limit = Text(f.w, n.Frame, t.Count) + " of the items of " + n.ID
		}
		other := newFailing(f.index, f.errorName, past)
		f.b.Past = &Past{limit, nil}
		f.b.Past.Blast = other.run(f.find(f.b.Node))
	}
}

func (f *failing) find(id string) int { return findIn(f.w, id) }

// informs reports whether the failure of c is one of its parent's, p.
func (f *failing) informs(p, c int) bool {
	n := &f.w.Nodes[p]
	switch n.Kind {
	case ir.NGroup, ir.NDag, ir.NRace:
		return f.w.Nodes[c].Eff
	case ir.NMap, ir.NExpand:
		if f.past[p] {
			return true
		}
		if t := n.Options.Tolerate; t != nil {
			return t.Count != nil && constantInt(t.Count) == 0 || t.Count == nil && t.Percent == 0
		}
		return f.w.Nodes[c].Eff
	}
	return true
}

// rule says why p fails when c has.
func (f *failing) rule(p, c int) string {
	n := &f.w.Nodes[p]
	switch {
	case f.alone(c):
		return "alone"
	case chainlike(n.Kind):
		return "R1"
	case (n.Kind == ir.NMap || n.Kind == ir.NExpand) && n.Options.Tolerate != nil:
		return "R4"
	case n.Kind == ir.NGroup || n.Kind == ir.NDag || n.Kind == ir.NRace || n.Kind == ir.NMap || n.Kind == ir.NExpand:
		return "eff"
	}
	return "body"
}

func chainlike(k ir.NodeKind) bool { return k == ir.NWorkflow || k == ir.NChain || k == ir.NBody }

// climb returns the nodes that fail with cur, the innermost first, up to one
// that absorbs the failure or has something to do first.
func (f *failing) climb(cur int) []int {
	var path []int
	for p := f.w.Nodes[cur].Parent; ; {
		path = append(path, p)
		n := &f.w.Nodes[p]
		if handlerOf(f.w, p) != nil || boundary(n) || f.acts(p) || n.Parent < 0 || !f.informs(n.Parent, p) {
			return path
		}
		p = n.Parent
	}
}

// acts reports whether p has something to do before its parent may hear that
// it failed.
func (f *failing) acts(p int) bool { return f.undoes[p] || len(f.deeds(p, false)) > 0 }

// deeds returns what node k does when it has failed: undo, another attempt,
// the handler that answers it, `finally`. own says that it is the node that
// was asked for, whose attempts are used up.
func (f *failing) deeds(k int, own bool) []Deed {
	n := &f.w.Nodes[k]
	var list []Deed
	if r := n.Options.Retry; r != nil && !own && n.Kind != ir.NActivity && constantInt(r.Max) != 0 {
		list = append(list, Deed{What: "retry", Note: Text(f.w, n.Frame, r.Max)})
	}
	answered := false
	for _, h := range n.Handlers {
		if h.Kinds&ir.HCatch != 0 && (len(h.Errors) == 0 || f.errorName != "" && slices.Contains(h.Errors, f.errorName)) && !answered {
			list = append(list, Deed{What: "catch", ID: f.id(h.Body)})
			answered = true
		}
	}
	for _, h := range n.Handlers {
		if h.Kinds&ir.HOnFailure != 0 && !answered {
			list = append(list, Deed{What: "on_failure", ID: f.id(h.Body)})
			answered = true
		}
	}
	return append(list, f.finally(k)...)
}

// finally returns the deed of the handler that runs in any case.
func (f *failing) finally(k int) []Deed {
	for _, h := range f.w.Nodes[k].Handlers {
		if h.Kinds&ir.HFinally != 0 {
			return []Deed{{What: "finally", ID: f.id(h.Body)}}
		}
	}
	return nil
}

// undo returns the deed of undoing what was completed in node k.
func (f *failing) undo(k int) []Deed {
	if f.onlyEnd {
		return nil
	}
	var ids []string
	for j := f.w.Nodes[k].End - 1; j >= k; j-- {
		if f.undoOf(j) != nil && !f.gone[j] && !f.undone[j] && !f.handled(k, j) {
			f.undone[j] = true
			ids = append(ids, f.id(j))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return []Deed{{What: "undo", IDs: ids}}
}

// handled reports whether j stands in a handler inside of k.
func (f *failing) handled(k, j int) bool {
	for ; j != k && j >= 0; j = f.w.Nodes[j].Parent {
		if handlerOf(f.w, j) != nil {
			return true
		}
	}
	return false
}
