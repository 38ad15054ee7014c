package local_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/flowc/flowc/runtime/local"
)

const undoing = obedient + `
activity take(what: string) { run = ["sh", "-c", "echo take $0 >>log", "${what}"], stdin = none, undo = give(what) }
activity give(what: string) { run = ["sh", "-c", "echo give $0 >>log", "${what}"], stdin = none, retry = exponential(2, from: 1ms) }
activity note(what: string) { run = ["sh", "-c", "echo $0 >>log", "${what}"], stdin = none }
workflow w() {
  a = take("a")
  b = take("b")
  c = obedient()
} on_cancel { note("on_cancel") } finally { note("finally") }
`

// TestUndoOfRealPrograms shows the order of a cancel: what runs ends, what was
// done is undone, the last first, then the handlers. A kill does none of that.
func TestUndoOfRealPrograms(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*local.Run)
		want string
	}{
		{"cancel", (*local.Run).Cancel, "take a\ntake b\ngive b\ngive a\non_cancel\nfinally\n"},
		{"kill", (*local.Run).Kill, "take a\ntake b\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := config(t, undoing)
			var run *local.Run
			w := onLines(1, func() { test.end(run) })
			c.Observer = w
			run = start(t, c)
			r, err := run.Do()
			if err != nil || r.Status != "cancelled" {
				t.Errorf("got %s, %v", show(r), err)
			}
			dead(t, w)
			if text, _ := os.ReadFile(filepath.Join(c.Root, "log")); string(text) != test.want {
				t.Errorf("got\n%swant\n%s", text, test.want)
			}
		})
	}
}

func TestMissingImplementationInAChild(t *testing.T) {
	c := config(t, `
activity elsewhere()
workflow child() { elsewhere() }
workflow main() { child() }`)
	c.Workflow = "main"
	if _, err := local.New(c); err == nil {
		t.Error("a run was begun that could not be brought to its end")
	}
}
