package runtime_test

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// windowed runs a program with a window, and returns it with the tasks in the
// order in which they were asked for and the most that were open at a time.
func windowed(t failer, p *ir.Program, f fate, window int) (s *sim, asked []string, most int) {
	t.Helper()
	s = begin(t, p, f)
	for _, q := range s.queue {
		if q.e.Start != nil {
			q.e.Start.MaxOpen = window
		}
	}
	s.run()
	open := map[string]bool{}
	for k, step := range s.steps {
		if e := s.events[k]; strings.HasPrefix(string(e.Type), "Task") {
			delete(open, e.Node)
		}
		for _, c := range step.Commands {
			if c.Type == runtime.ScheduleTask {
				open[c.Node] = true
				asked = append(asked, c.Node)
			}
		}
		most = max(most, len(open))
	}
	return s, asked, most
}

func TestWindowBoundsOpenTasks(t *testing.T) {
	p := program(t, `
activity a()
workflow w() {
  group {
    x = map i in 1..5 {
      y = map j in 1..5 { a() }
    }
    z = map i in 1..5 { a() }
  }
}`)
	for _, window := range []int{1, 2, 7, 100} {
		s, asked, most := windowed(t, p, fate{seed: "x"}, window)
		if want := min(window, 30); most != want {
			t.Errorf("window %d: %d tasks were open at a time", window, most)
		}
		if got := s.m.Outcome().Status; got != ir.Succeeded || len(asked) != 30 {
			t.Errorf("window %d: %v after %d tasks", window, got, len(asked))
		}
	}
	_, asked, _ := windowed(t, p, fate{seed: "x"}, 1)
	for k, id := range asked {
		want := "w/z[" + strconv.Itoa(k-25) + "]/a"
		if k < 25 {
			want = "w/x[" + strconv.Itoa(k/5) + "]/y[" + strconv.Itoa(k%5) + "]/a"
		}
		if id != want {
			t.Fatalf("task %d is %s, want %s: what stands first goes first", k, id, want)
		}
	}
}

// TestWindowChangesNoOutcome shows that a run in which nothing fails and time
// decides nothing is the same whatever the window, and that any other ends.
func TestWindowChangesNoOutcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root, f, _ := randomRun(t)
		window := rapid.IntRange(1, 4).Draw(t, "window")
		s, _, _ := windowed(t, build(root), f, window)
		if f.misery > 0 {
			checkQuiet(t, s)
			f.misery = 0
			s, _, _ = windowed(t, build(root), f, window)
		}
		if text := root.String(); strings.Contains(text, "timeout") || strings.Contains(text, "race") {
			return // where time decides, the window may
		}
		free, _, _ := windowed(t, build(root), f, 0)
		if d := differences(s.status, free.status); len(d) > 0 {
			t.Fatalf("with a window of %d: %s", window, strings.Join(d, "; "))
		}
	})
}
