package runtime

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// A redrive is a new run that takes over what an earlier one has done
// (Start.Reuse). A task or child run that is about to begin and has an outcome
// there under its id, of the same activity, version and input, moves to
// `reused` with its value, and nothing is asked for.
//
// What is reused is what happens first: in a block that is tried again nothing
// is, since it is tried again because that came to nothing. Handlers for an end
// (on_failure, on_cancel, finally) answer the end of this run, so that nothing
// in them is reused either.

// InputHash returns what stands for an input in [ReusedTask].Input.
func InputHash(input json.RawMessage) string {
	sum := sha256.Sum256(input)
	return hex.EncodeToString(sum[:16])
}

// childInputHash is InputHash for a child run: of its arguments, by name.
func childInputHash(c *Child) string {
	b := []byte{'{'}
	for _, name := range slices.Sorted(maps.Keys(c.Input)) {
		b = append(append(append(b, name...), ':'), c.Input[name]...)
		b = append(b, ',')
	}
	return InputHash(append(b, '}'))
}

// reuse moves r, which is about to begin, to `reused` if the earlier run has an
// outcome for it, and reports whether it did. If there is one that does not
// serve, why says why.
func (m *Machine) reuse(r ref) (done bool, why string) {
	n := r.node()
	if n.ends || n.Kind != ir.NActivity && n.Kind != ir.NChild {
		return false, ""
	}
	id := m.id(r)
	old, ok := m.earlier[id]
	if !ok {
		return false, ""
	}
	if m.sought == nil {
		m.sought = map[string]bool{}
	}
	m.sought[id] = true // it is not needed again: a node does not come back under an id that it had
	if m.askedAgain(r) {
		return false, "asked for"
	}
	now, failure := m.reusable(r)
	if failure != nil {
		return false, "" // which it will run into
	}
	if why := now.differs(old); why != "" {
		return false, why
	}
	var v ir.Value = ir.None{}
	switch {
	case n.Kind == ir.NActivity:
		v, failure = m.result(r, n.act, old.Result)
	case !n.Detach:
		v, failure = m.childResult(r, old.Result)
	}
	if failure != nil {
		return false, "its result would not fit"
	}
	i := r.inst()
	if _, none := v.(ir.None); !none || n.Kind == ir.NChild && !n.Detach {
		i.give(v)
	}
	i.phase = over
	m.spins = 0 // a round in which something was reused is none that waits for nothing
	m.move(r, ir.Reused)
	m.keep(r)
	m.push(r, doLeave)
	return true, ""
}

// stillReusable returns what of Start.Reuse may yet be looked for.
func (m *Machine) stillReusable() *Reuse {
	old := m.given.Reuse
	if old == nil {
		return nil
	}
	left := &Reuse{Run: old.Run, Tasks: map[string]ReusedTask{}, Again: old.Again}
	for id, t := range old.Tasks { //order: none of them depends on another
		if !m.sought[id] && (m.given.Slice == nil || strings.HasPrefix(id, m.given.Slice.Node+"[")) {
			left.Tasks[id] = t
		}
	}
	return left
}

// reusable returns what r would run as, without a result.
func (m *Machine) reusable(r ref) (ReusedTask, *Failure) {
	n := r.node()
	if n.Kind == ir.NChild {
		c, failure := m.child(r)
		if failure != nil {
			return ReusedTask{}, failure
		}
		return ReusedTask{Activity: c.Workflow, Version: n.child.wf.Version, Input: childInputHash(c)}, nil
	}
	task, failure := m.task(r)
	if failure != nil {
		return ReusedTask{}, failure
	}
	return ReusedTask{Activity: task.Activity.Name, Version: task.Version, Input: InputHash(task.Input)}, nil
}

// differs says in what a task differs from what ran earlier, "" if in nothing.
func (t ReusedTask) differs(old ReusedTask) string {
	switch {
	case t.Activity != old.Activity:
		return fmt.Sprintf("%s → %s", old.Activity, t.Activity)
	case t.Version != old.Version:
		return fmt.Sprintf("version %q → %q", old.Version, t.Version)
	case t.Input != old.Input:
		return "its input changed"
	}
	return ""
}

// askedAgain reports whether r stands in, or is, a node that is to run again
// whatever was.
func (m *Machine) askedAgain(r ref) bool {
	again := m.begin.Reuse.Again
	for p, ok := r, len(again) > 0; ok; p, ok = p.parent() {
		for _, path := range again {
			if ir.StaticID(path) == p.node().ID && matches(path, ir.WithoutAttempts(m.id(p))) {
				return true
			}
		}
	}
	return false
}

// Outcomes gathers from a run what a redrive of it may reuse. It is given every
// event with the step that followed from it, in order. Its memory is that of
// what it has gathered.
type Outcomes struct {
	run      string
	versions map[string]string     // of workflows
	open     map[string]openTask   // asked for and not answered, by id
	done     map[string]ReusedTask // that succeeded, by id
	attempts map[string]int        // of blocks that were tried again, by id: the last
}

// openTask is a task or a child run that may yet succeed.
type openTask struct {
	ReusedTask
	attempt int
}

// NewOutcomes returns the outcomes of a run of p that has not begun.
func NewOutcomes(p *ir.Program) *Outcomes {
	o := &Outcomes{versions: map[string]string{}, open: map[string]openTask{}, done: map[string]ReusedTask{}, attempts: map[string]int{}}
	for _, w := range p.Workflows {
		o.versions[w.Name] = w.Version
	}
	return o
}

// Add takes in an event and what followed from it. A run that goes on with
// another's state (Start.Carried), and one that is a slice of another, add to
// that one's outcomes; a redrive's slices are given its Start.Reuse too.
func (o *Outcomes) Add(e Event, s Step) {
	switch e.Type {
	case RunStarted:
		o.begin(e.Start)
	case TaskCompleted, TaskFailed, TaskTimedOut, TaskCancelled, TaskAbandoned, ChildCompleted, ChildFailed, ChildTimedOut, ChildCancelled:
		t, ok := o.open[e.Node]
		if !ok || e.Attempt > 0 && e.Attempt != t.attempt {
			break // it is late, or repeated
		}
		delete(o.open, e.Node)
		if e.Type == TaskCompleted || e.Type == ChildCompleted {
			t.Result = e.Result
			o.done[e.Node] = t.ReusedTask
		}
	}
	for _, c := range s.Commands {
		o.asked(c)
	}
}

func (o *Outcomes) begin(s *Start) {
	if s == nil || s.Carried != nil || s.Slice != nil {
		return
	}
	o.run = s.Run
	if s.Reuse != nil { // what this run has not done anew still holds
		o.done = maps.Clone(s.Reuse.Tasks)
	}
	if o.done == nil {
		o.done = map[string]ReusedTask{}
	}
}

// asked notes that a task or a child is asked for: what it did before counts no
// more.
func (o *Outcomes) asked(c Command) {
	if c.Type != ScheduleTask && c.Type != StartChild || c.Child != nil && c.Child.Slice != nil { // what is in a slice is reused, not the slice
		return
	}
	if step, undo := strings.CutSuffix(c.Node, undoSuffix); undo {
		delete(o.done, step) // however that goes: it is not certain any more that it is done
		return
	}
	o.attempt(c.Node)
	delete(o.done, c.Node)
	if c.Child == nil {
		o.open[c.Node] = openTask{ReusedTask{Activity: c.Task.Activity.Name, Version: c.Task.Version, Input: InputHash(c.Task.Input)}, c.Attempt}
		return
	}
	t := ReusedTask{Activity: c.Child.Workflow, Version: o.versions[c.Child.Workflow], Input: childInputHash(c.Child)}
	if c.Child.Detach {
		o.done[c.Node] = t
	} else {
		o.open[c.Node] = openTask{t, c.Attempt}
	}
}

// attempt notes the attempts of blocks that an id names.
func (o *Outcomes) attempt(id string) {
	for k := 0; k < len(id); k++ {
		if id[k] != '#' {
			continue
		}
		end := k + 1
		for end < len(id) && '0' <= id[end] && id[end] <= '9' {
			end++
		}
		if n, err := strconv.Atoi(id[k+1 : end]); err == nil && n > o.attempts[id[:k]] {
			o.attempts[id[:k]] = n
		}
	}
}

// last reports whether an id is of the last attempt of every block around it.
func (o *Outcomes) last(id string) bool {
	if len(o.attempts) == 0 {
		return true
	}
	for k := 1; k < len(id); k++ {
		switch c := id[k]; c {
		case '/', '[': // without a number it is the first attempt
			if o.attempts[id[:k]] > 1 {
				return false
			}
		case '#':
			end := k + 1
			for end < len(id) && '0' <= id[end] && id[end] <= '9' {
				end++
			}
			if n, err := strconv.Atoi(id[k+1 : end]); err != nil || n != o.attempts[id[:k]] {
				return false
			}
			k = end // what follows is no id of a block
		}
	}
	return true
}

// Reuse returns what a redrive may take over, save what is in the nodes at the
// paths again. Of a block that was tried again that is what its last attempt
// did, under the ids of the first, which is where a new run looks.
func (o *Outcomes) Reuse(again ...string) *Reuse {
	r := &Reuse{Run: o.run, Tasks: make(map[string]ReusedTask, len(o.done)), Again: again}
	for id, t := range o.done { //order: none of them depends on another
		if o.last(id) {
			r.Tasks[ir.WithoutAttempts(id)] = t
		}
	}
	return r
}
