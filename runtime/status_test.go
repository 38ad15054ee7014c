package runtime

import (
	"strings"
	"testing"

	"github.com/flowc/flowc/compiler/ir"
)

// TestIllegalMove: a machine that contradicts itself says so, with the history
// of the node, and is of no use afterwards; it does not panic.
func TestIllegalMove(t *testing.T) {
	p := &ir.Program{Main: "w", Workflows: []*ir.Workflow{{Name: "w", Frames: []ir.Frame{{Parent: -1}}, Nodes: []ir.Node{
		{Kind: ir.NWorkflow, Name: "w", ID: "w", Parent: -1, End: 2, Members: []int{1}, Slot: -1, Eff: true, Body: -1},
		{Kind: ir.NWait, Name: "(wait 1)", ID: "w/(wait 1)", Parent: 0, End: 2, Slot: -1, Eff: true, Body: -1, Else: -1, Signal: "s"},
	}}}}
	m, err := New(p, "", Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Apply(Event{Seq: 1, Type: RunStarted, Start: &Start{Run: "r", Flags: Flags}}); err != nil {
		t.Fatal(err)
	}
	wait := ref{m.root, 1}
	wait.inst().ending = ir.Reused // no running node ends so
	m.push(wait, doSettle)
	_, err = m.Apply(Event{Seq: 2, Type: SignalReceived, Name: "none"})
	if err == nil || !strings.Contains(err.Error(), "w/(wait 1) may not move from running to reused") || !strings.Contains(err.Error(), "event 1: waiting to running") {
		t.Errorf("got %v", err)
	}
	if _, again := m.Apply(Event{Seq: 3, Type: CancelRequested}); again == nil || again.Error() != err.Error() {
		t.Errorf("the broken machine goes on: %v", again)
	}
}

// TestKeysForgeNoPath: whatever is in a key, an id is one segment with it, and
// leads back to its node.
func TestKeysForgeNoPath(t *testing.T) {
	for key, want := range map[string]string{
		"a": "a", "a/b": "a%2Fb", "x]/y[z": "x%5D%2Fy%5Bz", "#2": "%232", "100%": "100%25", "\n\x00\x7f": "%0A%00%7F", "é 漢": "é 漢", "": "",
	} {
		if got := escapeKey(key); got != want {
			t.Errorf("%q: got %s, want %s", key, got, want)
		}
	}
}
