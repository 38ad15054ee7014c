package decide_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/decide"
)

var update = flag.Bool("update", false, "record histories of the flows in testdata/recorded that have none")

// TestRecordedHistoriesReplay replays what earlier versions have decided. The
// histories, and the programs beside them, are never written again.
func TestRecordedHistoriesReplay(t *testing.T) {
	flows, err := filepath.Glob("testdata/recorded/*.flow")
	if err != nil || len(flows) == 0 {
		t.Fatal("there are no flows", err)
	}
	for _, flow := range flows {
		name := strings.TrimSuffix(flow, ".flow")
		t.Run(filepath.Base(name), func(t *testing.T) {
			if _, err := os.Stat(name + ".json"); err != nil && *update {
				recordHistory(t, name)
			}
			text, err := os.ReadFile(name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			h, err := decide.ReadHistory(text)
			if err != nil {
				t.Fatal(err)
			}
			code, err := os.ReadFile(name + ".ir.json")
			if err != nil {
				t.Fatal(err)
			}
			p, err := ir.DecodeProgram(code)
			if err != nil {
				t.Fatal(err)
			}
			if err := decide.Replay(envOf(t, p), h); err != nil {
				t.Error(err)
			}
		})
	}
}

// recordHistory runs a flow.
func recordHistory(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name + ".flow")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, string(text))
	w.work = scripted
	id := w.start("w", "{}")
	w.run(id)
	history, err := decide.WriteHistory(id, w.history(id))
	if err != nil {
		t.Fatal(err)
	}
	code, err := w.program.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string][]byte{".json": append(history, '\n'), ".ir.json": code} {
		if err := os.WriteFile(name+file, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// scripted performs activities by what they are called: `bad` fails, `twice`
// fails once, `never` does not end, `text` gives a text; all others give their
// argument n, or 1.
func scripted(activity, node string, attempt int, input json.RawMessage) (string, *runtime.Failure) {
	var in struct{ N *int }
	_ = json.Unmarshal(input, &in) // other arguments are of no interest
	switch {
	case strings.HasPrefix(activity, "bad"), strings.HasPrefix(activity, "twice") && attempt == 1:
		return "", &runtime.Failure{Error: "Failed", Message: "attempt " + strconv.Itoa(attempt)}
	case strings.HasPrefix(activity, "never"):
		return "", nil
	case strings.HasPrefix(activity, "text"):
		return `"text"`, nil
	case in.N == nil:
		return "1", nil
	}
	return strconv.Itoa(*in.N), nil
}

func TestDifferencesAreToldFromBothSides(t *testing.T) {
	before := `
activity one(n: int) -> int
activity two(n: int) -> int
workflow w() -> int {
  a = one(1)
  wait 1h
  b = two(a)
  return a + b
}`
	w := newWorld(t, before)
	w.work = scripted
	id := w.start("w", "{}")
	w.run(id)
	h := &decide.History{ID: id, Events: w.history(id)}
	for name, c := range map[string]struct{ from, to, want string }{
		"another step":     {"a = one(1)", "a = two(1)", "event 6: recorded: `w/a` is scheduled (one 1, attempt 1); this definition: `w/a` is scheduled (two 1, attempt 1)"},
		"another argument": {"two(a)", "two(a + 1)", "event 17: recorded: `w/b` is scheduled (two 1, attempt 1) with `{\"n\":1}`; this definition: `w/b` is scheduled (two 1, attempt 1) with `{\"n\":2}`"},
		"another name":     {"b = two(a)", "c = two(a)\n  let b = c", "event 17: recorded: `w/b` is scheduled (two 1, attempt 1); this definition: `w/c` is scheduled (two 1, attempt 1)"},
		"another wait":     {"wait 1h", "wait 2h", "event 12: recorded: a timer of `w/(wait 1)` is started (wait) with `3600 s`; this definition: a timer of `w/(wait 1)` is started (wait) with `7200 s`"},
		"a step more":      {"return a + b", "c = one(3)\n  return a + b", "event 23: recorded: the execution completes; this definition: `w/c` is scheduled (one 1, attempt 1)"},
		"a step less":      {"b = two(a)", "let b = 1", "event 17: recorded: `w/b` is scheduled (two 1, attempt 1); this definition: the execution completes"},
		"another result":   {"return a + b", "return a - b", "event 23: recorded: the execution completes with `2`; this definition: the execution completes with `0`"},
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, strings.Replace(before, c.from, c.to, 1))
			env := envOf(t, p)
			env.Program = func(string) (*ir.Program, *runtime.Plan, error) {
				plan, err := runtime.Prepare(p)
				return p, plan, err
			}
			err := decide.Replay(env, h)
			var d *decide.Divergence
			if !errors.As(err, &d) || d.Error() != c.want {
				t.Errorf("got  %v\nwant %s\n%s", err, c.want, w.story(id))
			}
		})
	}
}

// TestAnswersAreAsLongAsTheSDKMakesThem has inputs that double on their way.
func TestAnswersAreAsLongAsTheSDKMakesThem(t *testing.T) {
	w := newWorld(t, `
activity one(s: string) -> int
workflow w(s: string) -> int {
  all = map n in range(40) by n { yield one(s) }
  return sum(all)
}`)
	w.work = func(string, string, int, json.RawMessage) (string, *runtime.Failure) { return "1", nil }
	w.want(w.start("w", `{"s":"`+strings.Repeat("\u2028", 10_000)+`"}`), types.CloseStatusCompleted, "40")
}

// TestAnotherDecidersParametersCount lets the first decision of a decider be
// lost, and another one make it, whose parameters are others.
func TestAnotherDecidersParametersCount(t *testing.T) {
	w := newWorld(t, `
param n: int
workflow w() -> int {
  wait 1m
  return n
}`)
	with := func(n string) *decide.Execution {
		env := *w.env
		env.Default = func(string, string) (string, map[string]json.RawMessage) {
			return w.program.Hash(), map[string]json.RawMessage{"n": json.RawMessage(n)}
		}
		return decide.New(&env, decide.ID{WorkflowID: "w"})
	}
	w.start("w", "{}")
	poll := &swf.PollForDecisionTaskInput{Domain: aws.String("d"), TaskList: &types.TaskList{Name: aws.String("w")}}
	task, err := w.swf.PollForDecisionTask(ctx, poll)
	w.must(task, err)
	one, two := with("1"), with("2")
	w.must(nil, one.Read(task.Events))
	_, err = one.Decide()
	w.must(nil, err)
	w.must(nil, two.Read(task.Events))
	d, err := two.Decide()
	w.must(nil, err)
	w.must(w.swf.RespondDecisionTaskCompleted(ctx, &swf.RespondDecisionTaskCompletedInput{TaskToken: task.TaskToken, Decisions: d.List}))
	w.clock.Advance(2 * time.Minute)
	task, err = w.swf.PollForDecisionTask(ctx, poll)
	w.must(task, err)
	var other *decide.Divergence
	if err := one.Read(task.Events); !errors.As(err, &other) {
		t.Errorf("got %v", err)
	}
	w.must(nil, two.Read(task.Events))
}
