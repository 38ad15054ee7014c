package runtime_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// outcomes gathers what a redrive of a run may reuse.
func outcomes(p *ir.Program, s *sim) *runtime.Outcomes {
	o := runtime.NewOutcomes(p)
	for k, e := range s.events {
		o.Add(e, s.steps[k])
	}
	return o
}

// answersAnEnd reports whether a node stands in a handler in which nothing is
// reused.
func answersAnEnd(p *ir.Program, id string) bool {
	nodes := p.Workflows[0].Nodes
	for n := static(p, id); n > 0; n = nodes[n].Parent {
		switch nodes[n].Name {
		case "on_failure", "on_cancel", "finally":
			if nodes[n].Kind == ir.NBody {
				return true
			}
		}
	}
	return false
}

// checkReuse: what has an outcome is not run again, except in a block that is
// tried again and in handlers; what has none is never `reused`.
func checkReuse(t *rapid.T, p *ir.Program, s *sim, r *runtime.Reuse) {
	for _, step := range s.steps {
		for _, c := range step.Commands {
			if _, known := r.Tasks[c.Node]; known && c.Type == runtime.ScheduleTask && !answersAnEnd(p, c.Node) {
				t.Errorf("%s runs again", c.Node)
			}
		}
		for _, c := range step.Changes {
			if _, known := r.Tasks[c.Node]; c.To == ir.Reused && (!known || c.From != ir.Waiting) {
				t.Errorf("%s is reused, but has no outcome, or moved from %v", c.Node, c.From)
			}
		}
	}
}

// TestRedrive tries random runs, redrives of them, and redrives of those, until
// nothing fails any more.
func TestRedrive(t *testing.T) {
	reused := 0
	rapid.Check(t, func(t *rapid.T) {
		g := &grower{t: t, rich: true}
		root, f, cancel := g.run()
		p := build(root)
		t.Logf("tree %v\nfate %+v cancel %d", root, f, cancel)
		s := simulate(t, p, f, cancel)
		for _, misery := range []int{30, 0, 0} {
			f = fate{f.seed + "'", misery}
			well := wentWell(s)
			r := outcomes(p, s).Reuse()
			s = simulateFrom(t, p, f, 0, runtime.Start{Reuse: r})
			checkReuse(t, p, s, r)
			for _, c := range allCommands(s) {
				if well && c.Type == runtime.ScheduleTask && !strings.Contains(c.Node, "/else/") { // a wait is shorter or longer now
					t.Errorf("%s ran in a redrive of a run in which all went well", c.Node)
				}
			}
			checkReplay(t, p, s)
			checkQuiet(t, s)
			sameFromHere(t, p, "", s.events, 1+g.pick("at", len(s.events)))
			reused += len(r.Tasks)
		}
	})
	if reused == 0 {
		t.Error("nothing was ever reused")
	}
}

func allCommands(s *sim) (list []runtime.Command) {
	for _, step := range s.steps {
		list = append(list, step.Commands...)
	}
	return list
}

// wentWell reports whether nothing failed in a run, was tried again, or cut
// off, and thus everything in it can be reused.
func wentWell(s *sim) bool {
	if slices.ContainsFunc(s.events, func(e runtime.Event) bool { return e.Type == runtime.TaskFailed }) { // which a catch hides
		return false
	}
	for _, step := range s.steps {
		for _, c := range step.Changes {
			if c.To == ir.Failed || c.To == ir.TimedOut || c.To == ir.Cancelled || c.Retry != 0 || strings.Contains(c.Node, "finally") {
				return false
			}
		}
	}
	return true
}

const shop = `
activity stock(item: string) -> int { version = "1" }
activity pay(cents: int) -> string { undo = refund(result) }
activity refund(receipt: string)
activity pack(items: [int]) -> string
activity tell(text: string)
workflow label(to: string) -> string { t = tell_back(to); return t }
activity tell_back(to: string) -> string

workflow w(items: [string], to: string) -> string {
  counts = map item in items by item { n = stock(item); yield n }
  paid = pay(cents: len(items))
  l = label(to)
  b = group with retry = 1 { packed = pack(items: counts) }
  detach label(to: "archive")
  return "${paid} ${b.packed} ${l}"
} on_failure { tell(text: "failed") }
`

// redrive runs shop twice: the second time with what the first has done.
func redrive(t *testing.T, first, second *ir.Program, change runtime.Start, again ...string) (runtime.Outcome, []string, []runtime.Change) {
	t.Helper()
	begin := runtime.Start{Workflow: "w", Input: input("items", `["a","b"]`, "to", `"here"`)}
	o, _, _, made := runShop(t, first, begin, map[string]bool{"pack": true})
	if o.Status != ir.Failed {
		t.Fatalf("ended %v", o.Status)
	}
	begin.Reuse = made.Reuse(again...)
	b, err := json.Marshal(begin.Reuse) // it travels with the first event
	if err != nil {
		t.Fatal(err)
	}
	begin.Reuse = &runtime.Reuse{}
	if err := json.Unmarshal(b, begin.Reuse); err != nil {
		t.Fatal(err)
	}
	if change.Input != nil {
		begin.Input = change.Input
	}
	o, ran, changes, _ := runShop(t, second, begin, nil)
	return o, ran, changes
}

// runShop runs shop, and returns what ran.
func runShop(t *testing.T, p *ir.Program, start runtime.Start, fails map[string]bool) (runtime.Outcome, []string, []runtime.Change, *runtime.Outcomes) {
	t.Helper()
	m, err := runtime.New(p, "w", runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	start.Run, start.Flags = "r", runtime.Flags
	made := runtime.NewOutcomes(p)
	queue := []runtime.Event{{Type: runtime.RunStarted, Start: &start}}
	var ran []string
	var changes []runtime.Change
	for k := 1; len(queue) > 0; k++ {
		e := queue[0]
		queue = queue[1:]
		e.Seq, e.Time = int64(k), ir.Time(k)
		step, err := m.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		made.Add(e, step)
		changes = append(changes, step.Changes...)
		for _, c := range step.Commands {
			answer := runtime.Event{Node: c.Node, Attempt: c.Attempt}
			switch c.Type {
			case runtime.ScheduleTask:
				ran = append(ran, c.Node)
				answer.Type, answer.Result = runtime.TaskCompleted, map[string]json.RawMessage{"stock": json.RawMessage("3")}[c.Task.Activity.Name]
				if answer.Result == nil {
					answer.Result = json.RawMessage(fmt.Sprintf("%q", c.Task.Activity.Name))
				}
				if fails[c.Task.Activity.Name] {
					answer.Type, answer.Result = runtime.TaskFailed, nil
				}
			case runtime.StartChild:
				ran = append(ran, c.Node)
				if c.Child.Detach {
					continue
				}
				answer.Type, answer.Result = runtime.ChildCompleted, json.RawMessage(`"label"`)
			case runtime.StartTimer:
				if c.Timer != runtime.RetryTimer {
					continue
				}
				answer.Type, answer.Timer = runtime.TimerFired, c.Timer
			default:
				continue
			}
			queue = append(queue, answer)
		}
	}
	if !m.Done() {
		t.Fatal("the run hangs")
	}
	return m.Outcome(), ran, changes, made
}

// TestWhatARedriveRuns: what failed, what its input comes from, and what is
// asked for; each with the reason.
func TestWhatARedriveRuns(t *testing.T) {
	newer := program(t, strings.Replace(shop, `version = "1"`, `version = "2"`, 1))
	for _, test := range []struct {
		name   string
		second *ir.Program
		change runtime.Start
		again  []string
		ran    string
		why    string
	}{
		// what was paid has been undone when the run failed
		{"only what failed, and what came to nothing", nil, runtime.Start{}, nil, "w/paid w/b/packed w/label", ""},
		{"another version", newer, runtime.Start{}, nil, "w/counts[a]/n w/counts[b]/n w/paid w/b/packed w/label", `w/counts[a]/n: version "1" → "2"`},
		{"another input", nil, runtime.Start{Input: input("items", `["b","c"]`, "to", `"there"`)}, nil, "w/counts[c]/n w/paid w/l w/b/packed w/label", "w/l: its input changed"},
		{"asked for", nil, runtime.Start{}, []string{"w/counts[b]"}, "w/counts[b]/n w/paid w/b/packed w/label", "w/counts[b]/n: asked for"},
		{"all items asked for", nil, runtime.Start{}, []string{"w/counts"}, "w/counts[a]/n w/counts[b]/n w/paid w/b/packed w/label", "w/counts[b]/n: asked for"},
	} {
		t.Run(test.name, func(t *testing.T) {
			first := program(t, shop)
			if test.second == nil {
				test.second = first
			}
			o, ran, changes := redrive(t, first, test.second, test.change, test.again...)
			if want := `"pay pack label"`; o.Status != ir.Succeeded || string(o.Result) != want {
				t.Errorf("ended %v %s %+v", o.Status, o.Result, o.Failure)
			}
			if strings.Join(ran, " ") != test.ran {
				t.Errorf("ran %s, want %s", strings.Join(ran, " "), test.ran)
			}
			var whys []string
			for _, c := range changes {
				if c.Again != "" {
					whys = append(whys, c.Node+": "+c.Again)
				}
			}
			if test.why == "" && len(whys) > 0 || test.why != "" && !slices.Contains(whys, test.why) {
				t.Errorf("reasons: %q, want %s", whys, test.why)
			}
		})
	}
}
