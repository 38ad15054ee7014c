package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// explore runs a test, which holds as it is written, under everything that may
// befall it: each node that fails or times out, a cancel before each event, and
// every order in which work may end that is due at the same instant. In the
// first two, every run has to end, and one that ends badly to have undone what
// it had done; in the last the expectations have to hold as before.
func (b *trial) explore() {
	w, err := b.run(nil, 0, nil)
	if err != nil {
		return // it did not fail before
	}
	events := w.events
	for _, f := range b.faultsOf(w, "") {
		if b.survives(f, 0) {
			return
		}
	}
	for n := 2; n <= events; n++ {
		if b.survives(nil, n) {
			return
		}
	}
	b.orders()
	b.noteBound()
}

// survives runs the test with a fault or a cancel, and reports whether
// something is wrong with that.
func (b *trial) survives(f *fault, cancel int) bool {
	if b.spent() {
		b.left = true
		return false
	}
	w, err := b.run(f, cancel, nil)
	var missing *missingMock
	if errors.As(err, &missing) {
		return false // the test does not say what handlers and undos would get
	}
	problems := b.unended(w, err)
	if problems == nil {
		problems = b.unmade(w)
	}
	if len(problems) == 0 {
		return false
	}
	for k := range problems {
		problems[k].Message = faultName(f, cancel) + ": " + problems[k].Message
	}
	b.fail(w, problems)
	b.result.Counterexample = b.counterexample(f, cancel, false)
	return true
}

// unmade returns what runs that ended badly have not undone: every completed
// step that can be undone, outside of handlers, is to be undone, or to have
// failed to be.
func (b *trial) unmade(w *world) []Problem {
	for _, r := range w.runs {
		if s := r.machine.Outcome().Status; !r.closed || s == ir.Succeeded || s == ir.Running {
			continue
		}
		for _, n := range r.list {
			if n.status != ir.Succeeded || !w.index.undoes(r.workflow, n.id) || r.nodes[n.id+"/undo"] != nil {
				continue
			}
			return []Problem{{
				At: w.index.node(r.workflow, n.id).At, Message: r.path(n.id) + " is done and was not undone",
				Facts: []string{ended(r.machine.Outcome())},
			}}
		}
	}
	return nil
}

// undoes reports whether a node is a call that is undone when what is around it
// ends badly.
func (x *index) undoes(w *ir.Workflow, id string) bool {
	n := x.node(w, id)
	if n == nil || n.Call == nil || n.UndoNone {
		return false
	}
	if a := x.activities[n.Call.Callee]; n.Undo == nil && (a == nil || a.Undo == nil) {
		return false
	}
	for n.Parent >= 0 {
		p := &w.Nodes[n.Parent]
		for _, h := range p.Handlers {
			if &w.Nodes[h.Body] == n {
				return false
			}
		}
		n = p
	}
	return true
}

// orders runs the test in every order in which work may end that is due at the
// same instant, but for orders that differ only in how independent work is
// interleaved. What the mocks say about time holds; what they leave open may be
// any way. This is dynamic partial-order reduction: whenever two calls that
// depend on each other ended in one order, and the later could have ended when
// the earlier did, the other order is tried too.
func (b *trial) orders() {
	e := &explorer{trial: b}
	for more := true; more; more = e.backtrack() {
		if b.spent() {
			b.left = true
			return
		}
		e.reset()
		w, err := b.run(nil, 0, e)
		if w == nil {
			b.problem(b.test.RunAt, err)
			return
		}
		e.reverse()
		problems := b.judge(w, err)
		if len(problems) == 0 {
			continue
		}
		names := make([]string, len(e.trace))
		for k, t := range e.trace {
			names[k] = t.call.Node
		}
		for k := range problems {
			if len(names) == 0 {
				break
			}
			problems[k].Facts = append(problems[k].Facts, "when work ends in this order: "+short(strings.Join(names, ", ")))
		}
		b.fail(w, problems)
		return
	}
}

// explorer chooses, run after run, the orders that are still to be tried.
type explorer struct {
	*trial
	stack []*point
	trace []*ending     // of the current run, one for each point
	made  map[*Call]int // which ending led to a call; absent for those of the start
	calls int           // of the current run, that are in made
	cast  *cast
	idle  bool // a timer has fired since the last ending: nothing was in flight, so what follows does not depend on orders
}

// point is a choice among calls in flight.
type point struct {
	open   []string        // their keys
	chosen string          // in the current run
	tried  map[string]bool // chosen so far
	todo   []string        // to be tried
}

// ending is the end of a call, with what it led to.
type ending struct {
	call   *Call
	lone   bool // it led to something that others have a part in: it depends on everything
	around []site
	over   map[site]bool // nodes that it ended
}

// site is a node around a call.
type site struct {
	run *run
	id  string
}

// callKey names a call in a way that all runs share.
func callKey(c *Call) string { return fmt.Sprintf("%s\x00%d", c.Node, c.Attempt) }

func (e *explorer) reset() {
	e.trace, e.made, e.calls = nil, map[*Call]int{}, 0
}

func (e *explorer) choose(w *world, open []*pending) (int, error) {
	at := len(e.trace)
	e.cast, _ = w.actor.(*cast)
	e.cast.counts = false
	if at < len(e.stack) {
		k := slices.IndexFunc(open, func(p *pending) bool { return callKey(p.call) == e.stack[at].chosen })
		if k < 0 {
			return 0, fmt.Errorf("this is a bug in flowc: the same choices led to other work in flight")
		}
		return k, nil
	}
	p := &point{chosen: callKey(open[0].call), tried: map[string]bool{callKey(open[0].call): true}}
	for _, o := range open {
		p.open = append(p.open, callKey(o.call))
	}
	e.stack = append(e.stack, p)
	return 0, nil
}

func (e *explorer) did(w *world, p *pending, s runtime.Step) {
	if p.class == workDone {
		e.trace = append(e.trace, &ending{call: p.call, around: w.around(p.call), over: map[site]bool{}})
		e.idle = false
	}
	e.idle = e.idle || p.class == timer || p.class == outside
	if len(e.trace) == 0 {
		e.calls = len(w.calls)
		return
	}
	last := e.trace[len(e.trace)-1]
	last.lone = last.lone || !e.idle && (e.cast.counts || p.event.Failure != nil || disturbs(s))
	for k := range s.Changes {
		if c := &s.Changes[k]; c.Ending == ir.Waiting && c.To != ir.Running {
			last.over[site{p.run, c.Node}] = true
		}
	}
	for ; e.calls < len(w.calls); e.calls++ {
		c := w.calls[e.calls]
		e.made[c] = len(e.trace) - 1
		for k := range e.test.Expects {
			for _, step := range e.test.Expects[k].Order {
				last.lone = last.lone || isStep(step, c)
			}
		}
	}
}

// disturbs reports whether what happened may reach beyond the block that it
// happened in: something ended badly, or began to wait for a signal, or won.
func disturbs(s runtime.Step) bool {
	for k := range s.Changes {
		c := &s.Changes[k]
		if c.Ending != ir.Waiting || c.To != ir.Running && c.To != ir.Succeeded || c.Kind == "wait" || c.Kind == "race" {
			return true
		}
	}
	return false
}

// around returns the nodes around a call, the outermost first.
func (w *world) around(c *Call) []site {
	var sites []site
	r, id := c.run, c.id
	for {
		for id != "" {
			sites = append(sites, site{r, id})
			n := r.nodes[id]
			if n == nil {
				break
			}
			id = n.parent
		}
		if r.parent == nil {
			break
		}
		r, id = r.parent, r.node
	}
	slices.Reverse(sites)
	return sites
}

// dependent reports whether the order of two endings may matter. It does not
// when each only went on in its own member of a block whose members run side by
// side. Where there is a limit to how many do, a member that ends makes room for
// another, which then runs beside those that have not ended.
func (e *explorer) dependent(a, b *ending) bool {
	if a.lone || b.lone {
		return true
	}
	k := 0
	for k < len(a.around) && k < len(b.around) && a.around[k] == b.around[k] {
		k++
	}
	if k == 0 {
		return false // runs that have nothing to do with each other
	}
	block := a.around[k-1]
	n := e.suite.index.node(block.run.workflow, block.id)
	switch {
	case n == nil || n.Kind != ir.NGroup && n.Kind != ir.NDag && n.Kind != ir.NMap:
		return true
	case n.Options.Max != nil:
		return k >= len(a.around) || k >= len(b.around) || a.over[a.around[k]] || b.over[b.around[k]]
	}
	return false
}

// reverse finds, for each ending of the run that was made, the last one before
// it on which it depends and that could have come after it. What was in flight
// and never ended was stopped by the ending that was chosen last beside it.
func (e *explorer) reverse() {
	ended := make(map[string]bool, len(e.trace))
	for _, t := range e.trace {
		ended[callKey(t.call)] = true
	}
	seen := map[string]bool{}
	for i := len(e.trace) - 1; i >= 0; i-- {
		for _, key := range e.stack[i].open {
			if !ended[key] && !seen[key] {
				seen[key] = true
				e.stack[i].add(key)
			}
		}
	}
	for j, b := range e.trace {
		for i := j - 1; i >= 0; i-- {
			if !e.dependent(e.trace[i], b) || e.causes(i, j) {
				continue
			}
			if key, ok := e.inFlight(i, j); ok {
				e.stack[i].add(key)
				break
			}
		}
	}
}

// add notes a call that is to be tried.
func (p *point) add(key string) {
	if !p.tried[key] && !slices.Contains(p.todo, key) {
		p.todo = append(p.todo, key)
	}
}

// causes reports whether ending j could not have been but for ending i: it led to
// the call, or it was in a block whose end did.
func (e *explorer) causes(i, j int) bool {
	for {
		made, known := e.made[e.trace[j].call]
		switch {
		case !known || made < i:
			return false
		case made == i:
			return true
		}
		for _, s := range e.trace[i].around {
			if e.trace[made].over[s] {
				return true
			}
		}
		j = made
	}
}

// inFlight returns the call that was in flight at choice i and is, or led to,
// that of ending j; ok is false where ending i itself led to it.
func (e *explorer) inFlight(i, j int) (key string, ok bool) {
	for j > i {
		key = callKey(e.trace[j].call)
		if slices.Contains(e.stack[i].open, key) {
			return key, true
		}
		made, known := e.made[e.trace[j].call]
		if !known {
			return "", false
		}
		j = made
	}
	return "", false
}

// backtrack makes the last choice that is still open, and reports whether there
// is one.
func (e *explorer) backtrack() bool {
	for k := len(e.stack) - 1; k >= 0; k-- {
		p := e.stack[k]
		if len(p.todo) == 0 {
			continue
		}
		p.chosen, p.todo = p.todo[0], p.todo[1:]
		p.tried[p.chosen] = true
		e.stack = e.stack[:k+1]
		return true
	}
	return false
}
