package view_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/view"
)

var update = flag.Bool("update", false, "write the golden files anew")

// story is a run whose tasks and clock do what the test says.
type story struct {
	t      testing.TB
	m      *runtime.Machine
	report *runtime.Report
	views  []*view.View
	now    time.Time
	seq    int64
	open   map[string]int // attempts of the tasks that have been scheduled
	timers []runtime.Command
}

// begin starts a run of a flow that views look at.
func begin(t testing.TB, flow string, views ...*view.View) *story {
	t.Helper()
	r := compiler.Compile(diag.NewSource("main.flow", []byte(flow)), compiler.Config{})
	if r.Program == nil || r.Bug != nil {
		var b bytes.Buffer
		diag.Render(&b, r.Diags.Sorted(), diag.Options{})
		t.Fatalf("%s\n%v", &b, r.Bug)
	}
	m, err := runtime.New(r.Program, "", runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s := &story{t: t, m: m, report: runtime.NewReport(r.Program, ""), views: views, now: epoch, open: map[string]int{}}
	for _, v := range views {
		v.Expect(r.Program, "")
	}
	s.apply(runtime.Event{Type: runtime.RunStarted, Start: &runtime.Start{Workflow: r.Program.Main, Run: "run-1", Flags: runtime.Flags}})
	return s
}

// epoch is when every story begins.
var epoch = time.Date(2026, 1, 31, 2, 0, 0, 0, time.UTC)

func (s *story) apply(e runtime.Event) {
	s.t.Helper()
	s.seq++
	e.Seq, e.Time = s.seq, ir.Time(s.now.UnixNano())
	step, err := s.m.Apply(e)
	if err != nil {
		s.t.Fatal(err)
	}
	s.report.Add(e, step)
	for _, v := range s.views {
		v.Changes(s.now, step.Changes)
		if e.Type == runtime.TaskStarted {
			v.Started(s.now, e.Node, e.Attempt)
		}
	}
	for _, c := range step.Commands {
		switch c.Type {
		case runtime.ScheduleTask:
			s.open[c.Node] = c.Attempt
		case runtime.StartTimer:
			s.timers = append(s.timers, c)
		}
	}
}

// pass lets time go by.
func (s *story) pass(d time.Duration) {
	until := s.now.Add(d)
	for {
		first := -1
		for k, c := range s.timers {
			if int64(c.Due) <= until.UnixNano() && (first < 0 || c.Due < s.timers[first].Due) {
				first = k
			}
		}
		if first < 0 {
			break
		}
		c := s.timers[first]
		s.timers = append(s.timers[:first], s.timers[first+1:]...)
		s.now = time.Unix(0, int64(c.Due)).UTC()
		s.apply(runtime.Event{Type: runtime.TimerFired, Node: c.Node, Timer: c.Timer})
	}
	s.now = until
}

// task makes a task start or end.
func (s *story) task(verb, node, rest string) {
	s.t.Helper()
	attempt, ok := s.open[node]
	if !ok {
		s.t.Fatalf("%s is not open; open are %v", node, s.open)
	}
	e := runtime.Event{Node: node, Attempt: attempt}
	switch verb {
	case "start":
		e.Type = runtime.TaskStarted
		s.apply(e)
		return
	case "done":
		e.Type, e.Result = runtime.TaskCompleted, json.RawMessage(rest)
		if rest == "" {
			e.Result = nil
		}
	case "fail":
		e.Type, e.Failure = runtime.TaskFailed, &runtime.Failure{Error: runtime.Undeclared, Message: rest}
		if message, details, ok := strings.Cut(rest, " {"); ok {
			e.Failure.Message, e.Failure.Details = message, json.RawMessage("{"+details)
		}
	case "timeout":
		e.Type = runtime.TaskTimedOut
		e.Failure = &runtime.Failure{Error: runtime.TimeOut, Message: "timeout of 1m passed"}
	case "cancelled":
		e.Type = runtime.TaskCancelled
	default:
		s.t.Fatalf("%s is no verb", verb)
	}
	delete(s.open, node)
	s.apply(e)
}

// tell does what a line says: `[DURATION] VERB [NODE [REST]]`, or
// `for FROM..TO: LINE; LINE`, where {} stands for the number. In a NODE ~ stands for a space.
func (s *story) tell(line string) {
	s.t.Helper()
	if loop, lines, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(loop, "for ") {
		var from, to int
		if _, err := fmt.Sscanf(loop, "for %d..%d", &from, &to); err != nil {
			s.t.Fatal(err)
		}
		for k := from; k <= to; k++ {
			for one := range strings.SplitSeq(lines, "; ") {
				s.tell(strings.ReplaceAll(one, "{}", strconv.Itoa(k)))
			}
		}
		return
	}
	verb, rest, _ := strings.Cut(line, " ")
	if d, err := time.ParseDuration(verb); err == nil {
		s.pass(d)
		verb, rest, _ = strings.Cut(rest, " ")
	}
	node, more, _ := strings.Cut(rest, " ")
	node = strings.ReplaceAll(node, "~", " ")
	switch verb {
	case "":
	case "cancel":
		s.apply(runtime.Event{Type: runtime.CancelRequested, Node: node})
	case "log":
		text, err := strconv.Unquote(`"` + more + `"`)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, v := range s.views {
			v.Log(node, 1, []byte(text))
		}
	case "note":
		for _, v := range s.views {
			v.Note(rest)
		}
	default:
		s.task(verb, node, more)
	}
}

// TestGoldenStories plays the runs of testdata/*.txtar. Each has a flow, what
// happens, and what is seen of it: the lines of plain mode, and the screen of a
// terminal in live mode whenever the story says `screen [WIDTH HEIGHT]`.
func TestGoldenStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			flow, events := string(a.Files[0].Data), string(a.Files[1].Data)
			plain, live := play(t, flow, events)
			got := &txtar.Archive{Comment: a.Comment, Files: []txtar.File{
				{Name: "flow", Data: []byte(flow)}, {Name: "events", Data: []byte(events)},
				{Name: "plain", Data: []byte(plain)}, {Name: "live", Data: []byte(live)},
			}}
			if *update {
				if err := os.WriteFile(file, txtar.Format(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(string(txtar.Format(a)), string(txtar.Format(got))); d != "" {
				t.Error(d)
			}
		})
	}
}

// play tells a story to a view in plain mode and to one of a terminal.
func play(t *testing.T, flow, events string) (string, string) {
	var out bytes.Buffer
	var screens strings.Builder
	x := newTerminal(t, 60, 16)
	var s *story
	options := view.Options{
		Starts: true, Clock: func() time.Time { return s.now },
		Width: func() int { return x.width }, Height: func() int { return x.height },
	}
	options.Mode = view.Plain
	plain := view.New(&out, options)
	options.Mode = view.Live
	live := view.NewStill(x, options)
	s = begin(t, flow, plain, live)
	show := func(title string) {
		fmt.Fprintf(&screens, "== %s (%dx%d)\n%s", title, x.width, x.height, x.screen())
	}
	for line := range strings.Lines(events) {
		line = strings.TrimSpace(line)
		title, sized := strings.CutPrefix(line, "screen")
		if !sized {
			if line != "" {
				s.tell(line)
			}
			continue
		}
		if w, h, ok := strings.Cut(strings.TrimSpace(title), " "); ok {
			width, _ := strconv.Atoi(w)
			height, _ := strconv.Atoi(h)
			x.resize(width, height)
		}
		live.Draw()
		show("at " + s.now.Sub(epoch).String())
	}
	report := s.report.Object()
	if s.m.Done() != (report.Ended != nil) {
		t.Errorf("the machine says done: %v, the report does not", s.m.Done())
	}
	plain.Close(report)
	live.Close(report)
	if x.hidden {
		t.Error("the cursor is still hidden")
	}
	x.resize(120, 60)
	show("closed")
	return out.String(), screens.String()
}
