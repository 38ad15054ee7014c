package swfserver_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
	"github.com/aws/smithy-go/middleware"
	"github.com/flowc/flowc/runtime/swfserver"
	"github.com/google/go-cmp/cmp"
)

// exported compares the structs of the SDK.
var exported = cmp.Exporter(func(reflect.Type) bool { return true })

// crash returns a server that has what w's server had on record at this moment,
// as if that had been killed, at the same time of the clock.
func (w *world) crash(file string) *world {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, time.Second)
	defer cancel()
	copied := filepath.Join(w.t.TempDir(), "swf.db")
	for _, suffix := range []string{"", "-wal"} { // as a kill leaves them, before Shutdown tidies up
		text, err := os.ReadFile(file + suffix)
		w.ok(err)
		w.ok(os.WriteFile(copied+suffix, text, 0o666))
	}
	_ = w.server.Shutdown(ctx)
	next := &world{t: w.t, ctx: w.ctx, file: copied, clock: swfserver.NewVirtualClock(w.clock.Now())}
	next.server = swfserver.Start(w.t, swfserver.Config{Data: copied, Clock: next.clock, PollTime: 20 * time.Millisecond})
	next.client = connect(next.server)
	return next
}

func TestAKilledServerGoesOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "swf.db")
	w := start(t, swfserver.Config{Data: file})
	id := w.run("o")
	w.decide(scheduleActivity("started", func(a *types.ScheduleActivityTaskDecisionAttributes) { a.HeartbeatTimeout = aws.String("10") }),
		startTimer("t", "100"), startChild("kid", on("kids")))
	running := w.activity().TaskToken
	w.clock.Advance(8 * time.Second)
	_, err := w.client.RecordActivityTaskHeartbeat(w.ctx, &swf.RecordActivityTaskHeartbeatInput{TaskToken: running, Details: aws.String("half")})
	w.ok(err)
	task := w.decision()
	w.ok(w.respond(task.TaskToken, scheduleActivity("waiting")))
	before, info := w.history("o", id), w.describe("o", id)

	w = w.crash(file)
	if d := cmp.Diff(before, w.history("o", id), exported); d != "" {
		t.Errorf("(-before +after)\n%s", d)
	}
	again := w.describe("o", id)
	again.ResultMetadata, info.ResultMetadata = middleware.Metadata{}, middleware.Metadata{} // of the requests
	if d := cmp.Diff(info, again, exported); d != "" {
		t.Errorf("(-before +after)\n%s", d)
	}
	w.clock.Advance(9 * time.Second) // the heartbeat of before counts
	if got := *w.activity().ActivityId; got != "waiting" {
		t.Errorf("got task %s, want the one that waited", got)
	}
	w.clock.Advance(time.Second)
	events := w.history("o", id)
	if a := events[len(events)-2].ActivityTaskTimedOutEventAttributes; a == nil || aws.ToString(a.Details) != "half" {
		t.Errorf("got %s, want the time-out with the details of the last heartbeat", events[len(events)-2].EventType)
	}
	w.ok(w.respond(w.decisionOn("kids").TaskToken, complete()))
	w.clock.Advance(82 * time.Second)
	w.after("o", id, len(events), "ChildWorkflowExecutionCompleted TimerFired")
	w.decide(complete())
	w.run("o")
}

// TestKilledAtAnyPoint does the same work with a crash before random steps of
// it and without: the histories are the same.
func TestKilledAtAnyPoint(t *testing.T) {
	work := func(t *testing.T, crashes *rand.Rand) string {
		file := filepath.Join(t.TempDir(), "swf.db")
		w := start(t, swfserver.Config{Data: file})
		ids := map[string]string{}
		steps := []func(){
			func() { ids["a"] = w.run("a") },
			func() { w.decide(scheduleActivity("1"), startTimer("t", "5")) },
			func() { ids["b"] = w.run("b") },
			func() { w.signal("a") },
			func() { w.decide(startChild("c", on("kids"))) },
			func() { w.activity() },
			func() { w.clock.Advance(5 * time.Second) },
			func() { w.ok(w.respond(w.decisionOn("kids").TaskToken, complete())) },
			func() { w.decide() },
			func() { w.decide(complete()) },
			func() { w.clock.Advance(time.Hour) },
		}
		for _, step := range steps {
			if crashes != nil && crashes.IntN(2) == 0 {
				w = w.crash(file)
				file = w.file
			}
			step()
		}
		text := ""
		for _, name := range []string{"a", "b"} {
			for _, e := range w.history(name, ids[name]) {
				text += fmt.Sprintf("%s %d %s %d\n", name, e.EventId, e.EventType, e.EventTimestamp.UnixMilli())
			}
		}
		return text
	}
	want := work(t, nil)
	for seed := range uint64(5) {
		if d := cmp.Diff(want, work(t, rand.New(rand.NewPCG(seed, 0)))); d != "" {
			t.Errorf("seed %d (-without a crash +with)\n%s", seed, d)
		}
	}
}

func TestAFileThatWasEdited(t *testing.T) {
	file := filepath.Join(t.TempDir(), "swf.db")
	w := start(t, swfserver.Config{Data: file})
	w.run("o")
	ctx, cancel := context.WithTimeout(w.ctx, time.Second)
	defer cancel()
	w.ok(w.server.Shutdown(ctx))
	db, err := sql.Open("sqlite", file)
	w.ok(err)
	_, err = db.Exec(`UPDATE events SET value = replace(value, 'DecisionTaskScheduled', 'TimerFired') WHERE seq = 2`)
	w.ok(err)
	_, err = db.Exec(`UPDATE events SET value = replace(value, 'decisionTaskScheduled', 'timerFired') WHERE seq = 2`)
	w.ok(err)
	w.ok(db.Close())
	_, err = swfserver.New(swfserver.Config{Data: file})
	if err == nil || !strings.Contains(err.Error(), "event 2, TimerFired, does not follow from those before it") {
		t.Errorf("got error %v", err)
	}
}
