package runtime_test

import (
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// play is a run driven by hand: every task that is scheduled waits for the
// test to say how it ends.
type play struct {
	t       testing.TB
	m       *runtime.Machine
	now     ir.Time
	open    map[string]int // attempt of each open task
	timers  map[string]ir.Time
	status  map[string]string // last known, by id; "ending X" while it is waited for
	order   []string          // ids in the order in which they were cancelled or skipped
	changes []runtime.Change
	cmds    []runtime.Command
	events  []runtime.Event
}

func newPlay(t testing.TB, root *tree) *play {
	t.Helper()
	return playOf(t, build(root))
}

func playOf(t testing.TB, program *ir.Program) *play {
	t.Helper()
	m, err := runtime.New(program, "", runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p := &play{t: t, m: m, open: map[string]int{}, timers: map[string]ir.Time{}, status: map[string]string{}}
	p.apply(runtime.Event{Type: runtime.RunStarted, Start: &runtime.Start{Workflow: "w", Run: "r1", Flags: runtime.Flags}})
	return p
}

func (p *play) apply(e runtime.Event) {
	p.t.Helper()
	p.now++
	e.Seq, e.Time = int64(len(p.events)+1), p.now
	p.events = append(p.events, e)
	step, err := p.m.Apply(e)
	if err != nil {
		p.t.Fatal(err)
	}
	p.changes = append(p.changes[:0], step.Changes...)
	p.cmds = append(p.cmds[:0], step.Commands...)
	for _, c := range step.Changes {
		was := p.status[c.Node]
		p.status[c.Node] = c.To.String()
		if c.Ending != ir.Waiting {
			p.status[c.Node] = "ending " + c.Ending.String()
		}
		if (c.To == ir.Cancelled || c.To == ir.Skipped || c.Ending == ir.Cancelled) && !strings.HasPrefix(was, "ending") {
			p.order = append(p.order, c.Node)
		}
	}
	for _, c := range step.Commands {
		switch c.Type {
		case runtime.ScheduleTask:
			p.open[c.Node] = c.Attempt
		case runtime.StartTimer:
			p.timers[c.Node+" "+string(c.Timer)] = c.Due
		case runtime.CancelTimer:
			delete(p.timers, c.Node+" "+string(c.Timer))
		}
	}
}

// task answers an open task: how is one of done, fail, timeout, cancelled.
func (p *play) task(how, id string, f *runtime.Failure) {
	p.t.Helper()
	attempt, ok := p.open[id]
	if !ok {
		p.t.Fatalf("%s %s: no such task is open; open are %v", how, id, p.open)
	}
	delete(p.open, id)
	types := map[string]runtime.EventType{"done": runtime.TaskCompleted, "fail": runtime.TaskFailed,
		"timeout": runtime.TaskTimedOut, "cancelled": runtime.TaskCancelled}
	e := runtime.Event{Type: types[how], Node: id, Attempt: attempt, Failure: f}
	if how == "fail" && f == nil {
		e.Failure = &runtime.Failure{Error: "Failed", Message: "exit status 1"}
	}
	if how == "timeout" {
		e.Timeout = runtime.StartToClose
	}
	p.apply(e)
}

func (p *play) fire(id string, kind runtime.TimerKind) {
	p.t.Helper()
	key := id + " " + string(kind)
	due, ok := p.timers[key]
	if !ok {
		p.t.Fatalf("no timer %s; there are %v", key, p.timers)
	}
	delete(p.timers, key)
	p.now = max(p.now, due)
	p.apply(runtime.Event{Type: runtime.TimerFired, Node: id, Timer: kind})
}

// TestTableOfFailures is the table of section 8, row by row: trees, what
// happens, in which order nodes are cancelled or skipped, and how all ends.
func TestTableOfFailures(t *testing.T) {
	tests := []struct {
		tree   string
		events string // +x done, -x fails, ~x confirms a cancel
		cut    string // cancelled or skipped, in order
		states string
		ends   string
	}{
		{"chain {a b}", "-a", "b", "a:failed (chain 1):failed b:skipped", "failed"},
		{"chain(false) {a b} z", "-a +z", "b", "(chain 1):failed b:skipped z:succeeded", "succeeded"},
		{"chain {a(false) b}", "-a +b", "", "a:failed b:succeeded (chain 1):succeeded", "succeeded"},
		{"group {a chain{c1 group{x y}}} z", "-a", "(chain 1) c1 (group 2) z x y",
			"(group 1):failed (chain 1):cancelled c1:cancelled (group 2):cancelled x:cancelled y:cancelled z:skipped", "failed"},
		{"group(false) {a b} z", "-a +b +z", "", "a:failed b:succeeded (group 1):succeeded z:succeeded", "succeeded"},
		{"group(false) {chain{a b} chain{c d}}", "-a +c +d", "b", "b:skipped (chain 1):failed (chain 2):succeeded (group 1):succeeded", "succeeded"},
		{"group(false) {a(true) b c} z", "-a ~b ~c +z", "b c", "b:cancelled c:cancelled (group 1):failed z:succeeded", "succeeded"},
		{"chain(false) {group{a b} n}", "-a +b +n", "", "a:failed b:succeeded (group 1):succeeded n:succeeded", "succeeded"},
		{"map(n=3 tolerate=1 max=3) {p}", "-(map 1)[0]/p -(map 1)[1]/p", "(map 1)[2] (map 1)[2]/p",
			"(map 1)[0]:failed (map 1)[1]:failed (map 1)[2]:cancelled (map 1):failed", "failed"},
		// beside the table
		{"map(n=3 tolerate=1) {p}", "-(map 1)[0]/p +(map 1)[1]/p +(map 1)[2]/p", "", "(map 1):succeeded (map 1)[0]:failed", "succeeded"},
		{"map(n=4 max=1) {p}", "-(map 1)[0]/p", "(map 1)[1] (map 1)[2] (map 1)[3]", "(map 1):failed", "failed"},
		{"map(n=3 false) {p}", "-(map 1)[0]/p +(map 1)[1]/p -(map 1)[2]/p", "", "(map 1):succeeded", "succeeded"},
		{"dag {a b(after=a) c(after=b) d}", "-a", "b c d", "b:skipped c:skipped d:cancelled (dag 1):failed", "failed"},
		{"dag(false) {a b(after=a) c(after=b) d} z", "-a +d +z", "b c", "b:skipped c:skipped d:succeeded (dag 1):succeeded", "succeeded"},
		{"dag {a(false) b(after=a)}", "-a +b", "", "a:failed b:succeeded", "succeeded"},
		{"race {a b chain {c d}}", "+a", "b (chain 1) c d", "(race 1):succeeded b:cancelled", "succeeded"},
		{"race {a b}", "-a", "b", "(race 1):failed b:cancelled", "failed"},
		{"race {a(false) b} z", "-a +b +z", "", "(race 1):succeeded b:succeeded", "succeeded"},
		{"if {a b} z", "-(if 1)/then/a", "(if 1)/then/b z", "(if 1)/then:failed (if 1)/then/b:skipped (if 1):failed z:skipped", "failed"},
		{"if(no) {a b} z", "+z", "(if 1)/then (if 1)/then/a (if 1)/then/b", "(if 1):succeeded", "succeeded"},
		{"loop(n=2) {a}", "+(loop 1)[1]/a +(loop 1)[2]/a", "", "(loop 1):succeeded (loop 1)[2]:succeeded", "succeeded"},
		{"loop(n=2) {a} z", "+(loop 1)[1]/a -(loop 1)[2]/a", "z", "(loop 1):failed (loop 1)[2]:failed", "failed"},
		{"group(max=1) {a b c}", "+a -b", "c", "c:cancelled (group 1):failed", "failed"},
	}
	for _, test := range tests {
		t.Run(test.tree+" "+test.events, func(t *testing.T) {
			p := newPlay(t, parseTree(t, test.tree))
			for _, e := range fields(test.events) {
				p.task(map[byte]string{'+': "done", '-': "fail", '~': "cancelled"}[e[0]], "w/"+e[1:], nil)
			}
			cut := strings.ReplaceAll(strings.Join(p.order, " "), "w/", "")
			p.quiet()
			if cut != test.cut {
				t.Errorf("cut: got %s, want %s", cut, test.cut)
			}
			for _, s := range fields(test.states) {
				k := strings.LastIndex(s, ":")
				if got := p.status["w/"+s[:k]]; got != s[k+1:] {
					t.Errorf("%s: got %s, want %s", s[:k], got, s[k+1:])
				}
			}
			if got := p.m.Outcome().Status.String(); got != test.ends {
				t.Errorf("run: got %s, want %s", got, test.ends)
			}
		})
	}
}

// quiet confirms every cancel that is waited for.
func (p *play) quiet() {
	p.t.Helper()
	for len(p.open) > 0 && !p.m.Done() {
		for id := range p.open {
			p.task("cancelled", id, nil)
			break
		}
	}
	if !p.m.Done() {
		p.t.Error("the run does not end")
	}
}

// fields splits at spaces that are not in parentheses.
func fields(s string) (list []string) {
	depth, from := 0, 0
	for k := 0; k <= len(s); k++ {
		switch {
		case k == len(s) || s[k] == ' ' && depth == 0:
			if k > from {
				list = append(list, s[from:k])
			}
			from = k + 1
		case s[k] == '(':
			depth++
		case s[k] == ')':
			depth--
		}
	}
	return list
}
