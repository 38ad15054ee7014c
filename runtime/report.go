package runtime

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/flowc/flowc/compiler/ir"
)

// foldAbove is how many items a map, expand or loop has at most for all of
// them to be listed in a report; of larger ones only those that did not
// succeed are.
const foldAbove = 1000

// Report gathers what `run --json` and `show --json` print. It is given every
// event with the step that followed from it. Its memory is that of what it
// lists.
type Report struct {
	sources []ir.Source
	start   *Start
	begun   ir.Time
	ended   *ir.Time
	outcome Outcome
	was     Outcome // of the run itself, whatever was undone since
	undoing bool    // it had ended, and is being undone
	nodes   map[string]*entry
	list    []*entry // those in nodes, and some that have been forgotten, in the order of appearance
}

// RunReport is the object that is printed.
type RunReport struct {
	Run      string          `json:"run"`
	Workflow string          `json:"workflow"`
	IR       string          `json:"ir"`
	Status   string          `json:"status"`
	Started  ir.Time         `json:"started"`
	Ended    *ir.Time        `json:"ended,omitempty"`
	Result   json.RawMessage `json:"result,omitempty"`
	Failure  *FailureReport  `json:"failure,omitempty"`
	Nodes    []NodeReport    `json:"nodes"`
}

// FailureReport is a Failure as people read it: with its place in a file in
// place of offsets.
type FailureReport struct {
	*Failure
	At *Place `json:"at,omitempty"` // of the expression that failed, if one did and its file is known
}

// Place is a place in a source file. Lines and columns, which are code points,
// count from 1.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// NodeReport is one node in it.
type NodeReport struct {
	ID       string         `json:"id"`
	Kind     string         `json:"kind"`
	Activity string         `json:"activity,omitempty"`
	Run      string         `json:"run,omitempty"` // of a child: the id of its run, the last one if it was retried
	Status   string         `json:"status"`
	Attempts int            `json:"attempts,omitempty"`
	Started  *ir.Time       `json:"started,omitempty"`
	Ended    *ir.Time       `json:"ended,omitempty"`
	Failure  *FailureReport `json:"failure,omitempty"`  // of a node that failed or timed out
	Absorbed bool           `json:"absorbed,omitempty"` // it failed, and what is around it went on
	Because  string         `json:"because,omitempty"`  // cancelled or skipped: the node whose failure was the cause
	Items    map[string]int `json:"items,omitempty"`    // of a container whose items are not all listed: how many ended how
}

// entry is what is known of a node.
type entry struct {
	NodeReport
	status ir.Status
	order  []int32

	parent *entry               // the node around it
	within []*entry             // of an item: the nodes in it, save those in items in it
	items  []*entry             // of a container: its items, until it is folded
	counts [ir.Reused + 1]int32 // of a container: its items by status
	folded bool                 // only those of its items that did not succeed are listed
	isItem bool                 // or a round
	gone   bool                 // forgotten
	ranks  []int32              // of an expand that has ended: Change.Ranks
}

// NewReport returns the report of a run that has not begun. The nodes of the
// workflow that are known without running it are listed as waiting; p may be
// nil, and then they are not.
func NewReport(p *ir.Program, workflow string) *Report {
	r := &Report{nodes: map[string]*entry{}}
	if p == nil {
		return r
	}
	r.sources = p.Sources
	if workflow == "" {
		workflow = p.Main
	}
	for _, w := range p.Workflows {
		if w.Name == workflow {
			r.expect(w)
		}
	}
	return r
}

// expect lists the nodes of the outermost frame. Handlers may never run, and
// are listed when they do.
func (r *Report) expect(w *ir.Workflow) {
	hidden := 0 // nodes below this index are in a handler, or in a body that is instantiated
	for k := range w.Nodes {
		irNode := &w.Nodes[k]
		if k < hidden {
			continue
		}
		n := newNode(irNode, int32(k))
		if irNode.Parent >= 0 {
			p := &w.Nodes[irNode.Parent]
			if isHandler(p, k) || irNode.Frame != 0 {
				hidden = irNode.End
				continue
			}
			n.parent = newNode(p, int32(irNode.Parent))
		}
		kind, shown := kindWord(n)
		if shown && r.nodes[irNode.ID] == nil {
			e := r.entry(Change{Node: irNode.ID, Kind: kind, Order: []int32{int32(k)}})
			if irNode.Call != nil {
				e.Activity = irNode.Call.Callee
			}
		}
	}
}

// Add takes in an event and what followed from it.
func (r *Report) Add(e Event, s Step) {
	if e.Start != nil && e.Type == RunStarted {
		r.start, r.begun = e.Start, e.Time
		r.outcome.Status = ir.Running
		if e.Start.Slice != nil { // the rest of the workflow is not in this run
			r.nodes, r.list = map[string]*entry{}, nil
		}
	}
	if e.Type == UndoRequested && r.ended != nil && len(s.Commands) > 0 {
		r.undoing, r.ended = true, nil
	}
	for _, c := range s.Changes {
		r.change(c, e.Time)
	}
	if n := r.nodes[e.Node]; e.Type == ChildStarted && e.Child != "" && n != nil {
		n.Run = e.Child // a service gives child runs ids of its own
	}
	for _, c := range s.Commands {
		switch c.Type {
		case ScheduleTask, StartChild:
			if n := r.nodes[c.Node]; n != nil {
				n.Attempts = c.Attempt
				if c.Child != nil {
					n.Run = c.Child.Run
				}
			}
		case CompleteRun:
			if r.undoing { // it keeps its result, or why it had failed
				r.end(e.Time, Outcome{ir.Undone, r.was.Result, r.was.Failure})
			} else {
				r.end(e.Time, Outcome{ir.Succeeded, c.Result, nil})
			}
		case FailRun:
			r.end(e.Time, Outcome{ir.Failed, r.was.Result, c.Failure}) // of a run that could not be undone, the result too
		case TimeOutRun:
			r.end(e.Time, Outcome{ir.TimedOut, nil, c.Failure})
		case CancelRun:
			r.end(e.Time, Outcome{ir.Cancelled, nil, nil})
		}
	}
}

func (r *Report) end(at ir.Time, o Outcome) {
	if !r.undoing {
		r.was = o
	}
	r.ended, r.outcome, r.undoing = &at, o, false
}

// entry returns the entry of the node of a change, made if it is new.
func (r *Report) entry(c Change) *entry {
	if e := r.nodes[c.Node]; e != nil {
		return e
	}
	e := &entry{NodeReport: NodeReport{ID: c.Node, Kind: c.Kind, Activity: c.Activity}, order: c.Order}
	e.isItem = c.Kind == "item" || c.Kind == "round"
	if c.Parent != "" {
		e.parent = r.nodes[c.Parent]
	}
	for p := e.parent; p != nil; p = p.parent {
		if p.isItem {
			p.within = append(p.within, e)
			break
		}
	}
	r.nodes[c.Node] = e
	r.list = append(r.list, e)
	return e
}

func (r *Report) change(c Change, at ir.Time) {
	e := r.entry(c)
	if c.Ending != ir.Waiting {
		return
	}
	e.Attempts = max(e.Attempts, c.Attempt)
	if c.Retry != 0 {
		return
	}
	e.status = c.To
	if c.Ranks != nil {
		e.ranks = c.Ranks
	}
	switch {
	case c.To == ir.Running:
		e.Started = &at
		e.folded = e.folded || c.Items > foldAbove
	case e.Started != nil && c.To != ir.Undone:
		e.Ended = &at
	}
	if bad(c.To) {
		e.Failure = r.failure(c.Failure)
	}
	e.Absorbed, e.Because = c.Absorbed, c.Because
	if e.isItem && e.parent != nil {
		r.count(e, c)
	}
}

// count keeps the numbers of a container's items, and folds it when there are
// too many.
func (r *Report) count(e *entry, c Change) {
	p := e.parent
	if c.From != ir.Waiting {
		p.counts[c.From]--
	}
	p.counts[c.To]++
	if p.folded {
		r.fold(e)
		return
	}
	if c.From == ir.Waiting {
		p.items = append(p.items, e)
	}
	if len(p.items) > foldAbove {
		p.folded = true
		for _, item := range p.items {
			r.fold(item)
		}
		p.items = nil
	}
}

// fold forgets an item that succeeded, with what is in it.
func (r *Report) fold(e *entry) {
	if e.status == ir.Succeeded {
		r.forget(e)
	}
	if len(r.list) > 2*len(r.nodes)+64 {
		r.list = slices.DeleteFunc(r.list, func(e *entry) bool { return e.gone })
	}
}

func (r *Report) forget(e *entry) {
	if !e.gone {
		e.gone = true
		delete(r.nodes, e.ID)
	}
	for _, c := range e.within {
		r.forget(c)
	}
	e.within = nil
}

// Object returns what is to be printed now.
func (r *Report) Object() RunReport {
	o := RunReport{Started: r.begun, Ended: r.ended, Status: r.outcome.Status.String(), Nodes: make([]NodeReport, 0, len(r.nodes))}
	if r.start != nil {
		o.Run, o.Workflow, o.IR = r.start.Run, r.start.Workflow, r.start.IR
	}
	if r.undoing {
		o.Status = ir.Running.String()
	}
	o.Result, o.Failure = r.outcome.Result, r.failure(r.outcome.Failure)
	for _, e := range r.sorted() {
		n := e.NodeReport
		n.Status = e.status.String()
		if e.folded {
			n.Items = map[string]int{"succeeded": int(e.counts[ir.Succeeded])}
			for s, count := range e.counts {
				if count > 0 {
					n.Items[ir.Status(s).String()] = int(count)
				}
			}
		}
		o.Nodes = append(o.Nodes, n)
	}
	return o
}

// MarshalJSON returns the object as JSON.
func (r *Report) MarshalJSON() ([]byte, error) { return json.Marshal(r.Object()) }

// sorted returns the entries in document order, items of an expand that has
// ended in the order of discovery. Attempts of a block have the same place, and
// stand in the order in which they were made.
func (r *Report) sorted() []*entry {
	list := slices.DeleteFunc(slices.Clone(r.list), func(e *entry) bool { return e.gone })
	place := make(map[*entry][]int32, len(list))
	for _, e := range list {
		place[e] = e.place()
	}
	slices.SortStableFunc(list, func(a, b *entry) int { return slices.Compare(place[a], place[b]) })
	return list
}

// place returns the order of e, with ranks in place of the numbers of items
// that were found.
func (e *entry) place() []int32 {
	place := e.order
	for a := e; a.parent != nil; a = a.parent {
		if a.isItem && a.parent.ranks != nil {
			if &place[0] == &e.order[0] {
				place = slices.Clone(place)
			}
			k := len(a.order) - 2 // it ends with the item and its body
			place[k] = a.parent.ranks[place[k]]
		}
	}
	return place
}

// failure returns f as it is shown, nil for nil.
func (r *Report) failure(f *Failure) *FailureReport {
	if f == nil {
		return nil
	}
	shown := &FailureReport{Failure: f}
	if at := f.At; at != nil && at.File >= 0 && int(at.File) < len(r.sources) {
		if src := r.sources[at.File]; int(at.Start) <= len(src.Text) && src.Text != "" {
			before := src.Text[:at.Start]
			line := before[strings.LastIndexByte(before, '\n')+1:]
			shown.At = &Place{File: src.Name, Line: strings.Count(before, "\n") + 1, Column: utf8.RuneCountInString(line) + 1}
		}
	}
	return shown
}
