package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/swf/account"
)

// An Observer is shown what happens in a run, and in its child runs, below the
// nodes that call them. It is called by one goroutine; slices are valid during
// the call only. An observer of package local can be one.
type Observer interface {
	Changes(now time.Time, changes []runtime.Change)
	Started(now time.Time, node string, attempt int)
	Flush()
}

// How often a watcher looks: soon after something has happened, then less and
// less often, since the service counts the calls.
const (
	soon        = 50 * time.Millisecond
	latest      = 2 * time.Second
	outage      = 5 * time.Minute // for so long a service may be away
	maxChildren = 100             // child runs that are looked into at once
)

// Watch shows what happens in a run until it has ended, and returns its report.
// Whoever knows that something has happened may say so by nudging. When done
// ends, so does the watching, but not the run.
func (d *Domain) Watch(done context.Context, x Execution, o Observer, nudges <-chan struct{}) (runtime.RunReport, error) {
	w := &watcher{domain: d, observer: o, root: &course{f: d.Follow(x)}}
	w.courses = []*course{w.root}
	var away time.Time
	for pause := soon; ; {
		happened, err := w.look()
		var unreachable *account.Unreachable
		switch {
		case err == nil:
			away = time.Time{}
		case !errors.As(account.Explain(err), &unreachable):
			return w.report(), err
		case away.IsZero():
			away = time.Now()
		case time.Since(away) > outage:
			return w.report(), fmt.Errorf("run %s is no longer watched, and goes on: %w", x.Run, err)
		}
		if w.over {
			return w.end()
		}
		if pause = min(pause*3/2, latest); happened {
			pause = soon
		}
		select {
		case <-done.Done():
			return w.report(), done.Err()
		case <-nudges:
			pause = soon
		case <-time.After(pause):
		}
	}
}

// A watcher watches a run.
type watcher struct {
	domain   *Domain
	observer Observer
	root     *course
	courses  []*course // those that are open
	over     bool      // the root has ended
}

// A course is one execution of a workflow in a run: the run itself, or a child
// run.
type course struct {
	f      *Follower
	report *runtime.Report // of the run itself; nil of a child
	child  bool
	call   string             // of a child: the node that called it, as it is shown
	prefix string             // of the ids of its nodes
	cut    int                // how much of an id it stands for
	order  []int32            // what stands before the places of its nodes
	calls  map[string][]int32 // where the calls of workflows stand that are at work
}

// look shows what is new, and reports whether anything is.
func (w *watcher) look() (happened bool, err error) {
	defer w.observer.Flush()
	for _, c := range slices.Clone(w.courses) {
		if !slices.Contains(w.courses, c) {
			continue // it was looked at for another's sake
		}
		news, err := w.lookAt(c)
		if happened = happened || news; err != nil {
			return happened, err
		}
	}
	return happened, nil
}

// lookAt shows what is new in one execution.
func (w *watcher) lookAt(c *course) (happened bool, err error) {
	facts, err := c.f.Next()
	begun := c.f.Begun()
	for i := range facts {
		for len(begun) > 0 && !begun[0].Time.After(goTime(facts[i].Event.Time)) {
			w.began(c, &begun[0])
			begun = begun[1:]
			happened = true
		}
		w.show(c, &facts[i])
	}
	for i := range begun {
		w.began(c, &begun[i])
	}
	if err == nil && c.f.Closed() {
		w.closed(c)
	}
	return happened || len(facts)+len(begun) > 0, err
}

// began shows that a worker has taken an attempt.
func (w *watcher) began(c *course, b *Begun) {
	w.observer.Started(b.Time, c.shown(b.Node), b.Attempt)
}

// closed sees to an execution that has ended.
func (w *watcher) closed(c *course) {
	if next, ok := c.f.Continued(); ok {
		c.f = w.domain.Follow(next)
		return
	}
	w.courses = slices.DeleteFunc(w.courses, func(o *course) bool { return o == c })
	w.over = w.over || c == w.root
}

// show shows an event, and what followed from it.
func (w *watcher) show(c *course, f *Fact) {
	e := &f.Event
	at := goTime(e.Time)
	if e.Type == runtime.RunStarted && e.Start != nil {
		c.begin(e.Start, c.f.Program())
	}
	if c.report != nil {
		c.report.Add(*e, f.Step)
	}
	switch e.Type {
	case runtime.ChildStarted:
		w.observer.Started(at, c.shown(e.Node), e.Attempt)
		w.follow(c, e)
	case runtime.ChildCompleted, runtime.ChildFailed, runtime.ChildTimedOut, runtime.ChildCancelled:
		w.finish(c.shown(e.Node))
	}
	c.place(f.Step.Changes)
	if seen := c.seen(f.Step.Changes); len(seen) > 0 {
		w.observer.Changes(at, seen)
	}
}

// begin takes note of what an execution is one of. One that continues another
// goes on with the report of that.
func (c *course) begin(s *runtime.Start, p *ir.Program) {
	c.cut = len(s.Workflow)
	c.calls = map[string][]int32{}
	if !c.child && c.report == nil {
		c.report = runtime.NewReport(p, s.Workflow)
	}
}

// follow looks into a child run from now on.
func (w *watcher) follow(c *course, e *runtime.Event) {
	order, placed := c.calls[e.Node]
	if !placed || e.Child == "" || len(w.courses) > maxChildren {
		return
	}
	x, err := w.domain.Find(e.Child)
	if err != nil {
		return // it is shown as one node
	}
	call := c.shown(e.Node)
	prefix := call
	if e.Attempt > 1 {
		prefix += fmt.Sprintf("#%d", e.Attempt)
	}
	w.courses = append(w.courses, &course{f: w.domain.Follow(x), child: true, call: call, prefix: prefix, order: append(slices.Clone(order), int32(e.Attempt))})
}

// finish shows the rest of a child run that has ended, before its call is shown
// to have done so.
func (w *watcher) finish(call string) {
	for _, c := range slices.Clone(w.courses) {
		if c.child && c.call == call {
			_, _ = w.lookAt(c) // what cannot be had now is not worth a word
		}
	}
}

// place remembers where calls of workflows stand that begin to work.
func (c *course) place(changes []runtime.Change) {
	for i := range changes {
		x := &changes[i]
		switch {
		case x.Kind != "child" || x.Ending != ir.Waiting:
		case x.To == ir.Running:
			c.calls[x.Node] = append(slices.Clone(c.order), x.Order...)
		default:
			delete(c.calls, x.Node)
		}
	}
}

// shown returns what people see as the id of a node.
func (c *course) shown(node string) string {
	if !c.child {
		return node
	}
	return c.prefix + node[min(c.cut, len(node)):]
}

// seen returns changes as people see them: those of a child run stand below its
// call, which is shown in place of the child's own workflow.
func (c *course) seen(changes []runtime.Change) []runtime.Change {
	if !c.child {
		return changes
	}
	list := make([]runtime.Change, 0, len(changes))
	for _, x := range changes {
		if x.Parent == "" {
			continue
		}
		list = append(list, x.Below(c.shown, c.order))
	}
	return list
}

// report returns what is known of the run.
func (w *watcher) report() runtime.RunReport {
	if w.root.report == nil {
		return runtime.RunReport{Run: w.root.f.of.Run, Status: ir.Running.String()}
	}
	return w.root.report.Object()
}

// end returns the report of a run that has ended. If that was not by itself, the
// record knows how.
func (w *watcher) end() (runtime.RunReport, error) {
	o := w.report()
	if o.Ended != nil {
		return o, nil
	}
	r, err := w.domain.Record(w.root.f.of.WorkflowID + "/" + w.root.f.of.Run)
	if err != nil {
		return o, err
	}
	if r.Program == nil {
		ended := r.Summary.Ended
		o.Status, o.Ended = r.Summary.Status, &ended
		return o, nil
	}
	var p *history.Picture
	if p, err = r.Picture(); err != nil {
		return o, err
	}
	return p.Report, nil
}
