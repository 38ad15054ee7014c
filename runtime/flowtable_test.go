package runtime_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/flowc/flowc/runtime"
)

// TestTableInFlow is the table of the language's section on failure again, as
// files that users write: every row, the order in which nodes are cancelled or
// skipped when its last event has happened, and how all nodes and the run end.
func TestTableInFlow(t *testing.T) {
	const activities = "activity a()\nactivity b()\nactivity c()\nactivity d()\nactivity c1()\nactivity x()\nactivity y()\nactivity z()\nactivity n()\nactivity p(k: int)\n"
	tests := []struct{ name, body, events, cut, states, ends string }{
		{"a chain breaks", "chain { a(); b() }", "-a",
			"b", "a:failed (chain 1):failed b:skipped", "failed"},
		{"a chain that is false is absorbed", "chain with raises_on_failure = false { a(); b() }\nz()", "-a +z",
			"b", "a:failed b:skipped (chain 1):failed* z:succeeded", "succeeded"},
		{"a step that is false is absorbed", "chain { a() with raises_on_failure = false\nb() }", "-a +b",
			"", "a:failed* b:succeeded (chain 1):succeeded", "succeeded"},
		{"a group floods, breadth first", "group { a(); chain { c1(); group { x(); y() } } }\nz()", "-a",
			"(chain 1) c1 (group 2) z x y", "(group 1):failed (chain 1):cancelled c1:cancelled (group 2):cancelled x:cancelled y:cancelled z:skipped", "failed"},
		{"a group that is false tolerates", "group with raises_on_failure = false { a(); b() }\nz()", "-a +b +z",
			"", "a:failed* b:succeeded (group 1):succeeded z:succeeded", "succeeded"},
		{"chains in a group that is false", "group with raises_on_failure = false { chain { a(); b() }; chain { c(); d() } }", "-a +c +d",
			"b", "a:failed b:skipped (chain 1):failed* c:succeeded d:succeeded (chain 2):succeeded (group 1):succeeded", "succeeded"},
		{"a member that is true in a group that is false", "group with raises_on_failure = false { a() with raises_on_failure = true\nb(); c() }\nz()", "-a ~b ~c +z",
			"b c", "a:failed b:cancelled c:cancelled (group 1):failed* z:succeeded", "succeeded"},
		{"tolerance is inherited", "chain with raises_on_failure = false { group { a(); b() }; n() }", "-a +b +n",
			"", "a:failed* b:succeeded (group 1):succeeded n:succeeded (chain 1):succeeded", "succeeded"},
		{"a map past its tolerance", "map k in [1, 2, 3] with tolerate = 1 { p(k) }", "-(map 1)[0]/p -(map 1)[1]/p",
			"(map 1)[2] (map 1)[2]/p", "(map 1)[0]:failed* (map 1)[1]:failed (map 1)[2]:cancelled (map 1):failed", "failed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := playOf(t, program(t, activities+"workflow w() {\n"+test.body+"\n}\n"))
			absorbed := map[string]bool{}
			for _, e := range fields(test.events) {
				p.task(map[byte]string{'+': "done", '-': "fail", '~': "cancelled"}[e[0]], "w/"+e[1:], nil)
				for _, c := range p.changes {
					absorbed[c.Node] = c.Absorbed
				}
			}
			cut := strings.ReplaceAll(strings.Join(p.order, " "), "w/", "")
			p.quiet()
			if cut != test.cut {
				t.Errorf("cut: got %s, want %s", cut, test.cut)
			}
			for _, s := range fields(test.states) {
				k := strings.LastIndex(s, ":")
				got := p.status["w/"+s[:k]]
				if absorbed["w/"+s[:k]] {
					got += "*"
				}
				if got != s[k+1:] {
					t.Errorf("%s: got %s, want %s", s[:k], got, s[k+1:])
				}
			}
			if got := p.m.Outcome().Status.String(); got != test.ends {
				t.Errorf("run: got %s, want %s", got, test.ends)
			}
		})
	}
}

// TestRetryIsShown: a task and a block that wait for their next attempt say
// so, and when it begins.
func TestRetryIsShown(t *testing.T) {
	p := playOf(t, program(t, `activity a() { retry = 1 }
activity b()
workflow w() { a(); blk = chain with retry = exponential(2, from: 8s) { b() } }`))
	shown := func(node string, attempt int, in int64) {
		t.Helper()
		for _, c := range p.changes {
			if c.Retry != 0 {
				if c.Node != node || c.Attempt != attempt || int64(c.Retry-p.now) != in*1e9 || c.Failure == nil || c.To.String() != "running" {
					t.Errorf("got %+v at %d", c, p.now)
				}
				return
			}
		}
		t.Errorf("no change of %s says that it is tried again: %+v", node, p.changes)
	}
	p.task("fail", "w/a", nil)
	shown("w/a", 1, 1)
	p.fire("w/a", runtime.RetryTimer)
	p.task("done", "w/a", nil)
	p.task("fail", "w/blk/b", nil)
	shown("w/blk", 1, 8)
	p.fire("w/blk", runtime.RetryTimer)
	p.task("done", "w/blk#2/b", nil)
	if got := p.m.Outcome().Status.String(); got != "succeeded" {
		t.Errorf("run: got %s", got)
	}
}

// TestUndoOfACaughtCall: a call that failed and was caught is not undone with
// the value that its catch gave; what the catch did is.
func TestUndoOfACaughtCall(t *testing.T) {
	p := playOf(t, program(t, `activity charge() -> int
activity invoice() -> int
activity refund(n: int)
activity void(n: int)
activity ship()
workflow w() { paid = charge() undo refund(result) catch { i = invoice() undo void(result)
 yield i }
 ship() }`))
	p.task("fail", "w/paid", nil)
	delete(p.open, "w/paid/catch1/i")
	p.apply(runtime.Event{Type: runtime.TaskCompleted, Node: "w/paid/catch1/i", Attempt: 1, Result: json.RawMessage("7")})
	p.task("fail", "w/ship", nil)
	if _, ok := p.open["w/paid/catch1/i/undo"]; !ok || len(p.open) != 1 {
		t.Errorf("undone are %v", p.open)
	}
}

// TestUndoBacksOff: an undo that fails waits longer each time, as a step does.
func TestUndoBacksOff(t *testing.T) {
	for policy, want := range map[string][]int64{
		"":                                      {1, 2, 4},
		" { retry = exponential(n, from: 3s) }": {3, 6},
	} {
		p := playOf(t, program(t, `activity a() { undo = v(2) }
activity v(n: int)`+policy+`
activity z()
workflow w() { a(); z() }`))
		p.task("done", "w/a", nil)
		p.task("fail", "w/z", nil)
		for _, seconds := range want {
			p.task("fail", "w/a/undo", nil)
			if got := int64(p.timers["w/a/undo retry"]-p.now) / 1e9; got != seconds {
				t.Errorf("%q: waits %d s, want %d", policy, got, seconds)
			}
			p.fire("w/a/undo", runtime.RetryTimer)
		}
		p.task("fail", "w/a/undo", nil)
		if !p.m.Done() {
			t.Errorf("%q: it is tried again; timers are %v", policy, p.timers)
		}
	}
}
