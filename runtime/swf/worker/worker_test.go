package worker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/runtime/swf/store"
	"github.com/flowc/flowc/runtime/swf/wire"
	"github.com/flowc/flowc/runtime/swf/worker"
	"github.com/flowc/flowc/stdlib/activity"
)

// TestProgramsAreRunAsInLocalRuns wants a program to be told what a local run
// tells it, by what the decider puts beside the arguments.
func TestProgramsAreRunAsInLocalRuns(t *testing.T) {
	const f = `
param env: string = "dev"
error Busy { reason: string, code: int }
activity show(n: int, word: string = "w") -> string {
  run = ["sh", "-c", "echo $FLOW_NODE $FLOW_ATTEMPT $FLOW_IDEMPOTENCY_KEY $(test $FLOW_DEADLINE && echo deadline) $TRACEPARENT $*; echo told >&2", "sh", "${n}", word, env, run.id], stdin = none, result = text
}
activity echo(n: int) -> json { run = ["cat"] }
activity busy() -> string raises Busy { run = ["sh", "-c", "echo '{\"code\": 7}'; echo full >&2; exit 75"], errors = { 75: Busy } }
activity broken() { run = ["sh", "-c", "echo oh >&2; kill -USR1 $$"] }
activity py(n: int, m: int = 2) -> json { run = ["cat"], input = kwargs }
workflow w() { group { show(1)
 echo(1)
b = busy()
 broken()
 py(1) } }
`
	t.Parallel()
	w := newWorld(t)
	c := w.config(f)
	c.Trace = func(run, node string, attempt int) string { return fmt.Sprintf("00-%s-%s-%d", run, node, attempt) }
	w.work(c)
	told := func(node string) names.Flow {
		return names.Flow{IR: c.Programs[0].IR.Hash(), Run: "r1", Node: "w/" + node, Attempt: 3, Key: "key", Timeout: 60e9}
	}
	shown := told("show")
	shown.Params = map[string]json.RawMessage{"env": json.RawMessage(`"prod"`)}
	w.decide(
		w.schedule("show", "1", "w.show#3", flow(t, `{"n":4,"word":"x y"}`, shown)),
		w.schedule("echo", "1", "w.echo#3", flow(t, `{"n":4}`, told("echo"))),
		w.schedule("busy", "1", "w.busy#3", flow(t, `{}`, told("busy"))),
		w.schedule("broken", "1", "w.broken#3", flow(t, `{}`, told("broken"))),
		w.schedule("py", "1", "w.py#3", flow(t, `{"args":[1],"kwargs":{}}`, told("py"))),
		w.schedule("echo", "1", "misfit#1", `{"n":"x"}`),
		w.schedule("strange", "1", "strange#1", `{}`),
		w.schedule("echo", "9", "echo9#1", `{"n":4}`),
	)
	for id, want := range map[string]string{
		"w.show#3":   `completed "w/show 3 key deadline 00-r1-w/show-3 4 x y prod r1"`,
		"w.echo#3":   `completed {"n":4}`,
		"w.busy#3":   `failed Busy: full | {"node":"w/busy","error":"Busy","message":"full","details":{"reason":"full","code":7,"exit":75,"stderr":"full\n"}}`,
		"w.broken#3": "failed Failed: program `sh` was killed by SIGUSR1 (user defined signal 1) | {\"node\":\"w/broken\",\"error\":\"Failed\",\"message\":\"program `sh` was killed by SIGUSR1 (user defined signal 1)\",\"details\":{\"signal\":\"SIGUSR1\",\"stderr\":\"oh\\n\"}}",
		"w.py#3":     `completed {"args":[1],"kwargs":{}}`,
		"misfit#1":   "failed Failed: the argument `n` of `echo` does not fit: ",
		"strange#1":  "failed Failed: this worker has no activity `strange`",
		"echo9#1":    "failed Failed: this worker has version \"1\" of `echo`, and no \"9\"",
	} {
		if got := w.end(id); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s\nwant %s", id, got, want)
		}
	}
	w.logged("w/show#3 told")
}

// TestFunctionsNeedNoFlow wants functions of Go to serve whoever schedules
// their types.
func TestFunctionsNeedNoFlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.config()
	c.Activities = new(activity.Registry)
	activity.Register(c.Activities, "greet", func(ctx context.Context, in struct {
		Who string `json:"who"`
	}) (map[string]any, error) {
		a := activity.Info(ctx)
		a.Log("greeting")
		return map[string]any{"text": "hello, " + in.Who, "node": a.Node, "number": a.Number, "key": len(a.Key)}, nil
	})
	activity.Register(c.Activities, "refuse", func(context.Context, struct{}) (activity.None, error) {
		return activity.None{}, &activity.Error{Name: "Refused", Message: "no", Fields: map[string]int{"code": 7}}
	})
	activity.Register(c.Activities, "panic", func(context.Context, struct{}) (activity.None, error) { panic("ouch") })
	w.work(c)
	w.decide(
		w.schedule("greet", "7", "w.m[a%2Eb].greet#2", `{"who":"you","more":1}`),
		w.schedule("refuse", "1", "refuse", `{}`),
		w.schedule("panic", "1", "panic", ``),
	)
	for id, want := range map[string]string{
		"w.m[a%2Eb].greet#2": `completed {"key":32,"node":"w/m[a.b]/greet","number":2,"text":"hello, you"}`,
		"refuse":             `failed Refused: no | {"node":"refuse","error":"Refused","message":"no","details":{"code":7}}`,
		"panic":              "failed Failed: the function of activity `panic` panicked: ouch |",
	} {
		if got := w.end(id); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s\nwant %s", id, got, want)
		}
	}
	w.logged("w/m[a.b]/greet#2 greeting")
}

// TestKwargsReachFunctionsByName wants the inputs of simpleflow's deciders to
// be understood where the flow declares them.
func TestKwargsReachFunctionsByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.config(`activity add(a: int, b: int) -> int { input = kwargs }
workflow w() -> int { return add(1, 2) }`)
	c.Activities = new(activity.Registry)
	activity.Register(c.Activities, "add", func(_ context.Context, in struct{ A, B int64 }) (activity.Int, error) {
		return activity.Int(in.A + in.B), nil
	})
	w.work(c)
	w.decide(w.schedule("add", "1", "x", `{"args":[40],"kwargs":{"b":2}}`), w.schedule("add", "1", "y", `{"args":[1,2,3],"kwargs":{}}`))
	if got := w.end("x"); got != "completed 42" {
		t.Error(got)
	}
	if got := w.end("y"); !strings.HasPrefix(got, "failed Failed: the input has 3 arguments, and `add` takes 2") {
		t.Error(got)
	}
}

const sleeper = `
activity sleep() { run = ["sh", "-c", "trap 'echo asked; exit 3' TERM; sleep 600 & sleep 0.05; echo up; wait"], stdin = none }
activity stubborn() { run = ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"], stdin = none }
activity quick() -> int { run = ["echo", "1"], stdin = none }
workflow w() { sleep()
 stubborn()
 q = quick() }
`

// TestACancelEndsTheProgramAndFreesTheSlot has one slot, and a program that
// does not end when it is asked to.
func TestACancelEndsTheProgramAndFreesTheSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.config(sleeper)
	c.Slots, c.Grace = 1, 3*time.Second
	w.work(c)
	w.decide(w.schedule("stubborn", "1", "a#1", `{}`), w.schedule("quick", "1", "b#1", `{}`))
	w.logged("a#1 up")
	w.next()
	w.decide(types.Decision{DecisionType: types.DecisionTypeRequestCancelActivityTask,
		RequestCancelActivityTaskDecisionAttributes: &types.RequestCancelActivityTaskDecisionAttributes{ActivityId: aws.String("a#1")}})
	if got := w.end("b#1"); got != "completed 1" {
		t.Error(got)
	}
	if w.ends()["a#1"] != "" {
		t.Error("the slot was free only when the program had ended")
	}
	if got, want := w.end("a#1"), `cancelled {"signal":"SIGKILL","stderr":"up\n"}`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestAClosedTaskEndsTheProgram ends the execution around a task.
func TestAClosedTaskEndsTheProgram(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work(w.config(sleeper))
	w.decide(w.schedule("sleep", "1", "a#1", `{}`))
	w.logged("a#1 up")
	_, err := w.TerminateWorkflowExecution(t.Context(), &sdk.TerminateWorkflowExecutionInput{Domain: aws.String(domain), WorkflowId: aws.String("o")})
	w.ok(err)
	w.logged("a#1 asked")
}

// TestTimeOutsOfTheWorker wants an exact time-out, which the service could only
// keep to the second, and what the program said before it.
func TestTimeOutsOfTheWorker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work(w.config(sleeper))
	w.decide(w.schedule("sleep", "1", "a#1", flow(t, `{}`, names.Flow{Run: "r", Node: "a", Attempt: 1, Timeout: 300e6})))
	want := `failed TimedOut: timeout of 300ms passed | {"node":"a","error":"TimedOut","message":"timeout of 300ms passed","details":{"exit":3,"stderr":"up\nasked\n"}}`
	if got := w.end("a#1"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestHeartbeats wants them often enough, whatever fails, and with the last
// line of the log.
func TestHeartbeats(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.config(sleeper)
	c.Beat = time.Hour
	failed := 0
	w.trouble.set(func(operation string) string {
		if operation == "RecordActivityTaskHeartbeat" && failed < 1 {
			failed++
			return "request"
		}
		return ""
	})
	drain := w.work(c)
	d := w.schedule("sleep", "1", "a#1", flow(t, `{}`, names.Flow{Run: "r", Node: "a", Attempt: 1, Heartbeat: 2e9}))
	d.ScheduleActivityTaskDecisionAttributes.HeartbeatTimeout = aws.String("2")
	w.decide(d)
	w.logged("a#1 up")
	w.until("heartbeats", func() bool { return w.trouble.count("RecordActivityTaskHeartbeat") >= 4 })
	if got := w.ends()["a#1"]; got != "" {
		t.Fatal(got)
	}
	w.trouble.set(func(operation string) string {
		if operation == "RecordActivityTaskHeartbeat" {
			return "request"
		}
		return ""
	})
	if got, want := w.end("a#1"), "timed out HEARTBEAT up"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	w.trouble.set(nil)
	w.logged("a#1 asked")
	drain()
}

// TestAShortHeartbeatIsNoStorm has a heartbeat time-out that is shorter than
// any that the service knows.
func TestAShortHeartbeatIsNoStorm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.config(`activity short() { run = ["sleep", "0.5"] }
workflow w() { short() }`)
	c.Beat = time.Hour
	w.work(c)
	w.decide(w.schedule("short", "1", "a#1", flow(t, `{}`, names.Flow{Run: "r", Node: "a", Attempt: 1, Heartbeat: 1e6})))
	if got := w.end("a#1"); !strings.HasPrefix(got, "completed") {
		t.Error(got)
	}
	if n := w.trouble.count("RecordActivityTaskHeartbeat"); n > 20 {
		t.Errorf("%d heartbeats were sent", n)
	}
}

// TestResultsAreDelivered loses requests and answers.
func TestResultsAreDelivered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lost := 0
	w.trouble.set(func(operation string) string {
		if operation != "RespondActivityTaskCompleted" || lost == 2 {
			return ""
		}
		lost++
		return []string{"request", "answer"}[lost-1]
	})
	w.work(w.config(sleeper))
	w.decide(w.schedule("quick", "1", "a#1", `{}`))
	if got := w.end("a#1"); got != "completed 1" {
		t.Error(got)
	}
	w.until("that the worker hears of it", func() bool { return w.trouble.count("RespondActivityTaskCompleted") == 3 })
}

// TestLongValuesGoThroughTheStore has an input and a result of which the
// service takes neither, and a failure with such details.
func TestLongValuesGoThroughTheStore(t *testing.T) {
	const f = `activity twice(text: string) -> string { run = ["sh", "-c", "cat >x; cat x x"], stdin = text, result = text }
workflow w() { q = twice("x") }`
	values, err := store.Open(t.Context(), t.TempDir(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Parallel()
	w := newWorld(t)
	c := w.config(f)
	c.Store = values
	drain := w.work(c)
	text := strings.Repeat("é", 20000)
	input, err := wire.Fit(values, `{"text":"`+text+text+`"}`, 32768)
	if err != nil || !wire.IsClaim(input) {
		t.Fatal(input, err)
	}
	w.decide(w.schedule("twice", "1", "a#1", input), w.schedule("twice", "1", "b#1", strings.Replace(input, "sha256/", "sha256/00", 1)))
	got := strings.TrimPrefix(w.end("a#1"), "completed ")
	if got, err = wire.Open(values, got); err != nil || got != `"`+text+text+text+text+`"` {
		t.Error(len(got), err)
	}
	if got := w.end("b#1"); !strings.HasPrefix(got, "failed Failed: the stored value ") {
		t.Error(got)
	}
	drain()
	c.Store = nil
	w.work(c)
	w.next()
	w.decide(w.schedule("twice", "1", "c#1", `{"text":"`+text+`"}`))
	if got := w.end("c#1"); !strings.HasPrefix(got, "failed BadResult: a value that is too long for Amazon SWF could not be stored: there is no store") {
		t.Error(got)
	}
}

// away is a store that cannot be reached for a while.
type away struct {
	*store.Store
	calls atomic.Int64
}

func (a *away) Put(content []byte) (*ir.Ref, error) {
	if a.calls.Add(1) < 3 {
		return nil, &account.Unreachable{Why: "the store is away"}
	}
	return a.Store.Put(content)
}

// TestAStoreThatIsAwayLosesNoResult has one when a result needs it.
func TestAStoreThatIsAwayLosesNoResult(t *testing.T) {
	values, err := store.Open(t.Context(), t.TempDir(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Parallel()
	w := newWorld(t)
	c := w.config(`activity long() -> string { run = ["sh", "-c", "printf %40000s x"], result = text }
workflow w() { q = long() }`)
	c.Store = &away{Store: values}
	w.work(c)
	w.decide(w.schedule("long", "1", "a#1", `{}`))
	if got := w.end("a#1"); !strings.HasPrefix(got, `completed {"$blob":`) {
		t.Error(got)
	}
}

// TestDraining wants what runs to get its time, and then to be handed back.
func TestDraining(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.config(sleeper, `activity slow() -> int { run = ["sh", "-c", "echo up >&2; sleep 0.5; echo 1"], stdin = none }
workflow v() { q = slow() }`)
	c.Drain = 1500 * time.Millisecond
	drain := w.work(c)
	w.decide(w.schedule("slow", "1", "a#1", `{}`), w.schedule("sleep", "1", "b#1", `{}`))
	w.logged("a#1 up")
	w.logged("b#1 up")
	drain()
	ends := w.ends()
	if ends["a#1"] != "completed 1" || !strings.HasPrefix(ends["b#1"], `failed Failed: the worker was stopped before the task had ended | {"node":"b",`) {
		t.Errorf("%q", ends)
	}
	w.logged("b#1 asked")
}

// TestAKilledWorkerLeavesNoProgram behind, and its task to the service.
func TestAKilledWorkerLeavesNoProgram(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.config(`activity stay() { run = ["sh", "-c", "echo $$ >pid; echo up; sleep 600"], stdin = none }
workflow w() { stay() }`)
	x, err := worker.New(c)
	w.ok(err)
	ended := make(chan error)
	go func() { ended <- x.Run(t.Context()) }()
	w.decide(w.schedule("stay", "1", "a#1", `{}`))
	w.logged("a#1 up")
	x.Kill()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	pid, err := os.ReadFile(filepath.Join(c.Programs[0].Root, "pid"))
	w.ok(err)
	if _, err := os.Stat("/proc/" + strings.TrimSpace(string(pid))); err == nil {
		t.Error("the program still runs")
	}
	if got := w.ends()["a#1"]; got != "" {
		t.Error(got)
	}
}

// TestAFirstPollThatFailsEndsTheWorker has a domain that is not there.
func TestAFirstPollThatFailsEndsTheWorker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.config(sleeper)
	c.Domain = "elsewhere"
	x, err := worker.New(c)
	w.ok(err)
	if err := x.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "there is no such SWF domain") {
		t.Error(err)
	}
}

// TestPollsGoOnAfterTrouble loses polls for a while.
func TestPollsGoOnAfterTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work(w.config(sleeper))
	w.decide(w.schedule("quick", "1", "a#1", `{}`))
	w.end("a#1")
	w.trouble.set(func(operation string) string {
		if operation == "PollForActivityTask" {
			return "request"
		}
		return ""
	})
	polls := w.trouble.count("PollForActivityTask")
	w.until("a poll that fails", func() bool { return w.trouble.count("PollForActivityTask") > polls+1 })
	w.trouble.set(nil)
	w.decide(w.schedule("quick", "1", "b#1", `{}`))
	if got := w.end("b#1"); got != "completed 1" {
		t.Error(got)
	}
}

// TestAWorkerRunsNoProgramThatItWasNotGiven names one in a task that is in the
// store, and has a `run` that the worker does not have, and one of the library.
func TestAWorkerRunsNoProgramThatItWasNotGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := compile(t, `import "std/fs" as fs
activity strange() -> int { run = ["echo", "1"] }
workflow w() { x = strange()
 y = fs.glob("*", max: x) }`)
	c := w.config(sleeper)
	c.Load = func(hash string) (*ir.Program, error) {
		if hash != other.Hash() {
			return nil, fmt.Errorf("no program %s", hash)
		}
		return other, nil
	}
	w.work(c)
	told := names.Flow{IR: other.Hash(), Run: "r", Node: "w/x", Attempt: 1}
	w.decide(
		w.schedule("std.fs.glob", "1", "a#1", flow(t, `{"pattern":"none","root":".","max":1}`, told)),
		w.schedule("strange", "1", "b#1", flow(t, `{}`, told)),
	)
	if got := w.end("a#1"); got != "completed []" {
		t.Error(got)
	}
	if got := w.end("b#1"); !strings.HasPrefix(got, "failed Failed: this worker has no activity `strange`") {
		t.Error(got)
	}
}

// TestAFunctionThatDoesNotListenIsLeftBehind cancels one that ignores its
// context: the task is answered, the slot is free, and the worker can end.
func TestAFunctionThatDoesNotListenIsLeftBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.config()
	c.Slots, c.Grace, c.Activities = 1, 100*time.Millisecond, new(activity.Registry)
	deaf, over := make(chan struct{}), make(chan struct{})
	defer close(over)
	activity.Register(c.Activities, "deaf", func(context.Context, struct{}) (activity.None, error) {
		close(deaf)
		<-over
		return activity.None{}, nil
	})
	activity.Register(c.Activities, "quick", func(context.Context, struct{}) (activity.Int, error) { return 1, nil })
	drain := w.work(c)
	w.decide(w.schedule("deaf", "1", "a#1", `{}`), w.schedule("quick", "1", "b#1", `{}`))
	<-deaf
	w.next()
	w.decide(types.Decision{DecisionType: types.DecisionTypeRequestCancelActivityTask,
		RequestCancelActivityTaskDecisionAttributes: &types.RequestCancelActivityTaskDecisionAttributes{ActivityId: aws.String("a#1")}})
	if got := w.end("b#1"); got != "completed 1" {
		t.Error(got)
	}
	if got, want := w.end("a#1"), `cancelled {"abandoned":true,"message":"it did not end within the grace time"}`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	drain()
}
