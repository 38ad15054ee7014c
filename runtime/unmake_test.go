package runtime_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// undoAll asks a run that has ended to be undone, and drives that to its end.
// It reports whether there was anything to do.
func (s *sim) undoAll(misery int) bool {
	s.fate.misery = misery
	s.now += 1_000_000_000
	before := len(s.steps)
	s.apply(runtime.Event{Type: runtime.UndoRequested}, s.now)
	s.run()
	return len(s.steps[before].Commands) > 0
}

// toUndo returns the steps that were completed and are not undone.
func toUndo(p *ir.Program, s *sim) (list []string) {
	undoable := map[string]bool{}
	for _, a := range p.Activities {
		undoable[a.Name] = a.Undo != nil
	}
	for id, st := range s.status {
		n := static(p, id)
		if n < 0 || st != ir.Succeeded && st != ir.Reused || answersAnEnd(p, id) && s.status[id+"/undo"] != ir.Failed {
			continue
		}
		node := p.Workflows[0].Nodes[n]
		if node.Kind != ir.NActivity || !undoable[node.Call.Callee] {
			continue
		}
		caught := false // its catch gave its outcome: it was not completed
		for _, h := range node.Handlers {
			body := strings.TrimSuffix(id, "/undo") + "/" + p.Workflows[0].Nodes[h.Body].Name
			caught = caught || h.Kinds&ir.HCatch != 0 && s.status[body] == ir.Succeeded
		}
		if !caught {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// TestUndoOfARun tries random runs: when they have ended they are undone.
func TestUndoOfARun(t *testing.T) {
	undone, again := 0, 0
	for n := runs() / 10; n > 0; n -= 100 {
		rapid.Check(t, func(t *rapid.T) {
			g := &grower{t: t, rich: true}
			root, f, cancel := g.run()
			p := build(root)
			t.Logf("tree %v\nfate %+v cancel %d", root, f, cancel)
			s := simulate(t, p, f, cancel)
			was, ended := s.m.Outcome(), len(s.events)
			todo := toUndo(p, s)
			if some := s.undoAll([]int{f.misery, 90}[g.pick("gloom", 2)]); some && s.m.Outcome().Status == ir.Failed && s.m.Outcome().Failure.Error == runtime.NotUndone {
				if left := toUndo(p, s); len(left) == 0 {
					t.Errorf("it says %+v, but all of %v is undone", s.m.Outcome().Failure, todo)
				}
				again++
				s.undoAll(0)
			} else if !some && len(todo) > 0 {
				t.Errorf("%v was to be undone, and nothing is", todo)
			}
			if left := toUndo(p, s); len(left) > 0 {
				t.Errorf("%v is not undone", left)
			}
			if len(todo) > 0 {
				undone++
				if o := s.m.Outcome(); o.Status != ir.Undone || string(o.Result) != string(was.Result) {
					t.Errorf("ended %+v, after %+v", o, was)
				}
				if r := s.report.Object(); r.Status != "undone" || r.Ended == nil {
					t.Errorf("the report says %s", r.Status)
				}
			}
			checkUndoOrder(t, p, s, ended)
			checkReplay(t, p, s)
			for id, st := range s.status {
				if st == ir.Running || st == ir.Waiting {
					t.Errorf("%s is %v in the end", id, st)
				}
			}
			if s.m.Outcome().Status == ir.Undone {
				sameFromHere(t, p, "", s.events, 1+g.pick("at", len(s.events)))
			}
		})
		if t.Failed() {
			return
		}
	}
	if undone == 0 || again == 0 {
		t.Errorf("%d runs were undone, %d in two passes", undone, again)
	}
}

// checkUndoOrder: of two steps of a chain the later one is undone before the
// undo of the earlier one begins.
func checkUndoOrder(t *rapid.T, p *ir.Program, s *sim, from int) {
	open := map[string]bool{}
	for k := from; k < len(s.events); k++ {
		if e := s.events[k]; e.Type == runtime.TaskCompleted {
			delete(open, e.Node)
		}
		if e := s.events[k]; e.Type == runtime.UndoRequested {
			open = map[string]bool{}
		}
		for _, c := range s.steps[k].Changes {
			if c.To == ir.Failed {
				delete(open, c.Node)
			}
		}
		for _, c := range s.steps[k].Commands {
			if c.Type != runtime.ScheduleTask || c.Attempt > 1 {
				continue
			}
			for other := range open {
				if follows(p, strings.TrimSuffix(other, "/undo"), strings.TrimSuffix(c.Node, "/undo")) {
					t.Errorf("%s begins before %s has ended", c.Node, other)
				}
			}
			open[c.Node] = true
		}
	}
}

// follows reports whether a stands in the same chain as b, and after it.
func follows(p *ir.Program, a, b string) bool {
	x, y := path(p, a), path(p, b)
	k := 0
	for k < len(x) && k < len(y) && x[k] == y[k] {
		k++
	}
	if k == 0 || k == len(x) || k == len(y) {
		return false
	}
	nodes := p.Workflows[0].Nodes
	around := nodes[static(p, a)].Parent
	for d := len(x) - 1; d > k; d-- {
		around = nodes[around].Parent
	}
	switch nodes[around].Kind {
	case ir.NChain, ir.NBody, ir.NWorkflow:
		cut := func(s string) string { n, _, _ := strings.Cut(s, "["); return n }
		return number(cut(x[k])) > number(cut(y[k]))
	}
	return false
}

func number(s string) (n int) {
	for _, c := range s {
		n = 10*n + int(c-'0')
	}
	return n
}

// TestUndoOfARunByHand: a request, its order and what it leaves.
func TestUndoOfARunByHand(t *testing.T) {
	p := newPlay(t, parseTree(t, "a(undo) group { b(undo) c } d(undo)"))
	for _, id := range []string{"a", "b", "c", "d"} {
		p.task("done", "w/"+id, nil)
	}
	if !p.m.Done() {
		t.Fatal("it has not ended")
	}
	request := runtime.Event{Type: runtime.UndoRequested}
	p.apply(request)
	if p.m.Done() {
		t.Fatal("it is done while it is being undone")
	}
	p.apply(request) // once more: it is under way
	p.apply(runtime.Event{Type: runtime.CancelRequested})
	p.task("done", "w/d/undo", nil)
	for range 4 {
		p.task("fail", "w/b/undo", nil)
		if _, waits := p.timers["w/b/undo retry"]; waits {
			p.fire("w/b/undo", runtime.RetryTimer)
		}
	}
	p.task("done", "w/a/undo", nil)
	o := p.m.Outcome()
	if !p.m.Done() || o.Status != ir.Failed || o.Failure.Error != runtime.NotUndone || o.Failure.Node != "w/b/undo" || !strings.Contains(string(o.Failure.Details), `"undos":[{"node":"w/b/undo"`) {
		t.Fatalf("ended %+v %+v", o, o.Failure)
	}
	p.apply(request)
	if p.open["w/b/undo"] != 5 || len(p.cmds) != 1 {
		t.Fatalf("open: %v", p.open)
	}
	p.task("done", "w/b/undo", nil)
	if got := p.m.Outcome(); !p.m.Done() || got.Status != ir.Undone || got.Failure != nil || p.status["w"] != "undone" || p.status["w/b"] != "undone" {
		t.Errorf("ended %v, %v", got, p.status)
	}
	p.apply(request)
	if len(p.cmds) > 0 || !p.m.Done() {
		t.Error("what is undone is undone again")
	}
}
