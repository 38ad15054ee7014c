package runtime_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

var update = flag.Bool("update", false, "write the golden files anew")

// marks are how a strip shows statuses.
var marks = map[string]string{"waiting": "·", "running": "▶", "succeeded": "✔", "failed": "✘", "timed_out": "⏱",
	"cancelled": "⊘", "skipped": "↷", "undone": "↶", "abandoned": "☠"}

// TestStrips plays the runs of testdata/*.txtar event by event. Each file has
// the tree, the events, and the strip that they make: after each event the
// changes, the commands, and the graph with its statuses.
//
// Events: done X, fail X [ERROR], timeout X, cancelled X, abandoned X,
// fire X TIMER, cancel [X], signal NAME.
func TestStrips(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no strips", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sections := map[string]string{}
			for _, f := range a.Files {
				sections[f.Name] = string(f.Data)
			}
			got := strip(t, sections["flow"], sections["events"])
			if *update {
				a.Files = []txtar.File{{Name: "flow", Data: []byte(sections["flow"])}, {Name: "events", Data: []byte(sections["events"])}, {Name: "strip", Data: []byte(got)}}
				if err := os.WriteFile(file, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(sections["strip"], got); d != "" {
				t.Error(d)
			}
		})
	}
}

// strip plays events on a tree.
func strip(t *testing.T, flow, events string) string {
	root := parseTree(t, flow)
	p := newPlay(t, root)
	report := runtime.NewReport(build(root), "")
	var b strings.Builder
	show := func(title string) {
		report.Add(p.events[len(p.events)-1], runtime.Step{Commands: p.cmds, Changes: p.changes})
		fmt.Fprintf(&b, "== %s\n", title)
		for _, c := range p.changes {
			b.WriteString("  " + strings.TrimPrefix(c.Node, "w/") + " " + marks[c.From.String()] + marks[c.To.String()])
			if c.Retry != 0 {
				b.WriteString(" again")
			}
			if c.Ending != ir.Waiting {
				b.WriteString(" will be " + c.Ending.String())
			}
			if c.Because != "" {
				b.WriteString(" because of " + strings.TrimPrefix(c.Because, "w/"))
			}
			if c.Absorbed {
				b.WriteString(" absorbed")
			}
			b.WriteString("\n")
		}
		for _, c := range p.cmds {
			fmt.Fprintf(&b, "  %s %s", c.Type, strings.TrimPrefix(c.Node, "w/"))
			switch {
			case c.Attempt > 1:
				fmt.Fprintf(&b, " #%d", c.Attempt)
			case c.Timer != "":
				fmt.Fprintf(&b, " %s", c.Timer)
			}
			if c.Type == runtime.StartTimer {
				fmt.Fprintf(&b, " in %v", ir.Duration(c.Due-p.now))
			}
			if c.Failure != nil {
				fmt.Fprintf(&b, ": %s of %s", c.Failure.Error, c.Failure.Node)
			}
			b.WriteString("\n")
		}
		b.WriteString(" ")
		for _, n := range report.Object().Nodes {
			fmt.Fprintf(&b, " %s%s", strings.TrimPrefix(n.ID, "w/"), marks[n.Status])
		}
		b.WriteString("\n")
	}
	show("start")
	for _, line := range strings.Split(strings.TrimSpace(events), "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		words := fields(line)
		id := func() string { return "w/" + words[1] }
		switch words[0] {
		case "fire":
			if len(words) == 2 { // one of the workflow
				p.fire("w", runtime.TimerKind(words[1]))
			} else {
				p.fire(id(), runtime.TimerKind(words[2]))
			}
		case "cancel":
			e := runtime.Event{Type: runtime.CancelRequested}
			if len(words) > 1 {
				e.Node = id()
			}
			p.apply(e)
		case "signal":
			p.apply(runtime.Event{Type: runtime.SignalReceived, Name: words[1]})
		case "abandoned":
			p.apply(runtime.Event{Type: runtime.TaskAbandoned, Node: id(), Attempt: p.open[id()]})
		default:
			var f *runtime.Failure
			if len(words) > 2 {
				f = &runtime.Failure{Error: words[2], Message: "raised"}
			}
			p.task(words[0], id(), f)
		}
		show(line)
	}
	if !p.m.Done() {
		b.WriteString("the run goes on\n")
	}
	return b.String()
}
