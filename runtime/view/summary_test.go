package view_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/view"
)

// summary returns how the end of a run is told.
func summary(status string, nodes ...runtime.NodeReport) string {
	var out bytes.Buffer
	v := view.New(&out, view.Options{Mode: view.Plain, ASCII: true})
	v.Close(runtime.RunReport{Workflow: "w", Status: status, Nodes: nodes})
	_, text, _ := strings.Cut(out.String(), "\n")
	return text
}

func node(id, kind, status string) runtime.NodeReport {
	return runtime.NodeReport{ID: id, Kind: kind, Status: status}
}

// absorbed returns a node whose failure what is around it did not mind.
func absorbed(n runtime.NodeReport) runtime.NodeReport {
	n.Absorbed = true
	return n
}

// failedBy returns a node that failed because the node by did.
func failedBy(by, id, kind, message, details string) runtime.NodeReport {
	n := node(id, kind, "failed")
	n.Failure = &runtime.FailureReport{Failure: &runtime.Failure{Node: by, Error: "Failed", Message: message, Details: json.RawMessage(details)}}
	return n
}

func TestWhatWasMendedIsNotToldAsTheReason(t *testing.T) {
	block := node("w/c", "chain", "succeeded")
	block.Attempts = 2
	lost := failedBy("w/c#2/bad", "w/c", "chain", "second", "")
	lost.Attempts = 2
	for _, test := range []struct {
		name, status string
		nodes        []runtime.NodeReport
		want         string
	}{
		{"a block was run again and caught", "succeeded", []runtime.NodeReport{
			node("w", "workflow", "succeeded"), block,
			failedBy("w/c/bad", "w/c/bad", "activity", "first", ""), failedBy("w/c#2/bad", "w/c#2/bad", "activity", "second", ""),
		}, "\ncaught:\n    w/c#2/bad failed: second\n\nretried:\n    w/c/bad failed: first\n"},
		{"a block was run again in vain", "failed", []runtime.NodeReport{
			failedBy("w/c#2/bad", "w", "workflow", "second", ""), lost,
			failedBy("w/c/bad", "w/c/bad", "activity", "first", ""), failedBy("w/c#2/bad", "w/c#2/bad", "activity", "second", ""),
		}, "\nx w/c#2/bad failed\n    second\n\nretried:\n    w/c/bad failed: first\n"},
		{"an undo failed for good", "failed", []runtime.NodeReport{
			failedBy("w/b", "w", "workflow", "no", ""), node("w/a", "activity", "succeeded"),
			absorbed(failedBy("w/a/undo", "w/a/undo", "activity", "gone", "")), failedBy("w/b", "w/b", "activity", "no", ""),
		}, "\nx w/b failed\n    no\n\nnot undone:\n    w/a/undo failed: gone\n"},
		{"keys look like ids", "failed", []runtime.NodeReport{
			failedBy("w/m[a/b#9]/t", "w", "workflow", "no", ""), failedBy("w/m[a/b#9]/t", "w/m", "map", "no", ""),
			failedBy("w/m[a/b#9]/t", "w/m[a/b#9]/t", "activity", "no", ""),
		}, "\nx w/m[a/b#9]/t failed\n    no\n"},
		{"what else was cancelled does not belong to the last failure", "failed", []runtime.NodeReport{
			failedBy("w/a", "w", "workflow", "no", ""), failedBy("w/a", "w/a", "activity", "no", ""),
			node("w/r", "race", "succeeded"), node("w/r/loser", "activity", "cancelled"),
		}, "\nx w/a failed\n    no\n\ncancelled: w/r/loser\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := summary(test.status, test.nodes...); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestFieldsOfAnErrorAreNotTakenForTheEndOfAProgram(t *testing.T) {
	for _, test := range []struct{ name, kind, details, want string }{
		{"of a program", "activity", `{"rows":3,"exit":2,"stderr":"err"}`, "no (exit status 2)\n    stderr:\n      | err\n"},
		{"of an error with such fields", "activity", `{"exit":77,"stderr":"mine","$program":{"exit":2,"stderr":"err"}}`, "no (exit status 2)\n    stderr:\n      | err\n"},
		{"of a function", "activity", `{"exit":77,"$program":{}}`, "no\n"},
		{"of another type", "activity", `{"exit":"x","stderr":[],"$program":{"exit":2}}`, "no (exit status 2)\n"},
		{"raised by the flow", "chain", `{"exit":77,"stderr":"mine"}`, "no\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := summary("failed", failedBy("w/a", "w/a", test.kind, "no", test.details))
			if want := "\nx w/a failed\n    " + test.want; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestWhatHappenedBeforeIsNoNews resumes a run: only what is new gets a line, but
// it is known when what goes on began.
func TestWhatHappenedBeforeIsNoNews(t *testing.T) {
	var out bytes.Buffer
	v := view.New(&out, view.Options{Mode: view.Plain, ASCII: true, Past: true, Why: func(c *runtime.Change) string { return "told about " + c.Node }})
	at := func(s int) time.Time { return time.Unix(int64(1000+s), 0) }
	v.Changes(at(0), []runtime.Change{{Node: "w", Kind: "workflow", To: ir.Running}, {Node: "w/a", Kind: "activity", To: ir.Running}})
	v.Flush()
	v.Replayed()
	v.Changes(at(5), []runtime.Change{{Node: "w/a", Kind: "activity", From: ir.Running, To: ir.Succeeded}})
	v.Changes(at(6), []runtime.Change{{Node: "w/b", Kind: "activity", To: ir.Running}})
	v.Abort()
	want := "    5.00s  w/a  succeeded  5.00s\nw/b runs: told about w/b\n    6.00s  w/b  running\n"
	if got := strings.Replace(out.String(), "w/a runs: told about w/a\n", "", 1); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
