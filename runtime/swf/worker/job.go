package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf/names"
	"github.com/flowc/flowc/runtime/swf/wire"
	"github.com/flowc/flowc/runtime/work"
	"github.com/flowc/flowc/runtime/work/proc"
	"github.com/flowc/flowc/stdlib"
)

// A verdict is why a job is ended before its time. The first holds, but that of
// a task that is closed holds over all.
type verdict uint8

const (
	none            verdict = iota
	late                    // its deadline passed
	handedBack              // the worker drains
	cancelRequested         // the service asks for it
	closed                  // nobody waits for the result any more
)

// A job is a task that was taken.
type job struct {
	w         *Worker
	token     string
	execution string // its workflow and run id, for logs
	begun     time.Time
	heartbeat time.Duration // time-out; 0 is none
	attempt   *work.Attempt
	stopped   chan struct{} // closed by the first verdict

	mu      sync.Mutex
	verdict verdict
	last    []byte // line of the log
}

// How long the end of what was killed is waited for: a function may go on as it
// likes, a program surely ends, if late where the machine is very busy. Deciders
// wait for 30 s.
const (
	patience            = 2 * time.Second
	patienceForPrograms = 15 * time.Second
)

// perform performs a task. It gives the slot back as soon as it does not need
// it any more.
func (w *Worker) perform(task *swf.PollForActivityTaskOutput, release func()) {
	defer release()
	defer func() {
		if v := recover(); v != nil { // it costs a task, which times out, but no worker
			w.cfg.Logger.Error("this is a bug in flowc: a task was lost", "panic", v, "stack", string(debug.Stack()))
		}
	}()
	j := &job{
		w: w, token: *task.TaskToken, begun: time.Now(), stopped: make(chan struct{}),
		execution: aws.ToString(task.WorkflowExecution.WorkflowId) + " " + aws.ToString(task.WorkflowExecution.RunId),
	}
	err := j.read(task)
	w.open(j)
	defer w.close(j)
	a := j.attempt
	name := a.Task.Activity.Name
	w.cfg.Meter.TaskStarted(a.Run, a.Node, a.Number, name)
	beats, quiet := context.WithCancel(w.dead)
	defer quiet()

	var answer answer
	if err != nil {
		j.log().Error("a task cannot be performed", "error", err)
		answer = j.failed(&runtime.Failure{Error: runtime.Undeclared, Message: err.Error()})
	} else {
		go j.beat(beats)
		answer = j.answer(j.do(release))
	}
	release()
	status := "lost"
	if !j.is(closed) {
		status = j.deliver(answer)
	}
	if status == "lost" {
		j.log().Warn("nobody waited for the end of a task: it was closed by the service")
	}
	w.cfg.Meter.TaskEnded(a.Run, a.Node, a.Number, name, status, time.Since(j.begun))
}

// do performs the attempt and returns how it ended. An attempt that was stopped
// needs no slot, and one that cannot be stopped is left behind.
func (j *job) do(release func()) runtime.Event {
	a := j.attempt
	if !a.Deadline.IsZero() {
		t := time.AfterFunc(time.Until(a.Deadline), func() { j.end(late) })
		defer t.Stop()
	}
	ended := make(chan runtime.Event, 1)
	go j.attend(ended)
	select {
	case e := <-ended:
		return e
	case <-j.stopped:
		release()
	}
	wait := patience
	if a.Task.Activity.Program != nil {
		wait = patienceForPrograms
	}
	t := time.NewTimer(max(0, j.w.cfg.Grace) + wait)
	defer t.Stop()
	select {
	case e := <-ended:
		return e
	case <-t.C:
	case <-j.w.dead.Done():
		select {
		case e := <-ended:
			return e
		case <-time.After(patience):
		}
	}
	if j.is(late) {
		return work.TimedOut(a, nil)
	}
	return runtime.Event{Type: runtime.TaskAbandoned}
}

// attend performs the attempt. A function may end its goroutine, and a bug of
// ours may cost a task, but no worker.
func (j *job) attend(ended chan<- runtime.Event) {
	e := work.Failed("its function ended the goroutine that it ran in")
	defer func() {
		if v := recover(); v != nil {
			j.log().Error("this is a bug in flowc: the performance of a task panicked", "panic", v, "stack", string(debug.Stack()))
			e = work.Failed(fmt.Sprintf("this is a bug in flowc: %v", v))
		}
		ended <- e
	}()
	e = j.w.by.Perform(j.attempt)
}

// end ends the job for a reason.
func (j *job) end(why verdict) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.verdict == none {
		defer close(j.stopped)
		cause := proc.Cancelled
		if why == late {
			cause = proc.TimedOut
		}
		j.attempt.Stop(cause)
	}
	if j.verdict == none || why == closed {
		j.verdict = why
	}
}

// is reports whether the job was ended for a reason.
func (j *job) is(v verdict) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.verdict == v
}

// Log implements [work.Watcher].
func (j *job) Log(line []byte) {
	j.mu.Lock()
	j.last = append(j.last[:0], line...)
	j.mu.Unlock()
	j.w.cfg.Lines(j.attempt.Run, j.attempt.Node, j.attempt.Number, line)
}

// Began implements [work.Watcher].
func (j *job) Began(int) {}

// log returns the logger of the job.
func (j *job) log() *slog.Logger {
	a := j.attempt
	return j.w.cfg.Logger.With("execution", j.execution, "node", a.Node, "attempt", a.Number, "activity", a.Task.Activity.Name)
}

// read reads a task. If that fails there is an attempt all the same, which says
// what is known.
func (j *job) read(task *swf.PollForActivityTaskOutput) error {
	run := aws.ToString(task.WorkflowExecution.RunId)
	node, number, key := names.ParseActivity(aws.ToString(task.ActivityId))
	if key == "" {
		key = names.Key(run, node)
	}
	t := typeOf{aws.ToString(task.ActivityType.Name), aws.ToString(task.ActivityType.Version)}
	a := &work.Attempt{Run: run, Node: node, Number: number, Watcher: j, Task: &runtime.Task{Activity: &ir.Activity{Name: t.name}}}
	j.attempt = a
	text, err := wire.Open(j.w.cfg.blobs(), aws.ToString(task.Input))
	if err != nil {
		return err
	}
	input, flow := names.TakeFlow(json.RawMessage(text))
	hash := ""
	if flow != nil {
		hash, a.Run, a.Node, a.Number, key = flow.IR, flow.Run, flow.Node, flow.Attempt, flow.Key
	}
	a.Trace = j.w.cfg.Trace(a.Run, a.Node, a.Number)
	d, err := j.w.catalog.find(t, hash)
	if err != nil {
		return err
	}
	own, err := d.program.work.Task(d.activity, input)
	if err != nil {
		return err
	}
	own.Key, own.Version = key, t.version
	a.Program, a.Task = d.program.work, own
	return j.settle(d, flow)
}

// settle fills in what the decider tells of a task, or, if it is not one of
// ours, what the program says.
func (j *job) settle(d definition, flow *names.Flow) error {
	a, t := j.attempt, j.attempt.Task
	if flow == nil {
		t.Timeout, t.Heartbeat = duration(d.activity.Options.Timeout, t.Args), duration(d.activity.Options.Heartbeat, t.Args)
	} else {
		t.Timeout, t.Heartbeat, t.TotalTimeout, t.At.File = flow.Timeout, flow.Heartbeat, flow.Total, flow.File
		a.Params = make(map[string]ir.Value, len(flow.Params))
		for _, q := range d.program.params() {
			raw, there := flow.Params[q.Name]
			if !there {
				continue
			}
			v, err := ir.Decode(raw, q.Type, ir.IgnoreUnknown)
			if err != nil {
				return err
			}
			a.Params[q.Name] = v
		}
	}
	j.heartbeat = time.Duration(t.Heartbeat)
	if t.TotalTimeout > 0 {
		a.Closing = j.begun.Add(time.Duration(t.TotalTimeout))
		a.Deadline = a.Closing
	}
	if at := j.begun.Add(time.Duration(t.Timeout)); t.Timeout > 0 && (a.Deadline.IsZero() || at.Before(a.Deadline)) {
		a.Deadline = at
	}
	return nil
}

// duration returns a time-out that an activity declares, 0 if it has none, or
// one that only the decider knows.
func duration(e *ir.Expr, args []ir.Value) ir.Duration {
	if e == nil {
		return 0
	}
	v, err := eval.Compile(e, stdlib.Library{}).Eval(&eval.Env{Frame: &eval.Frame{Slots: args}})
	if d, ok := v.(ir.Duration); ok && err == nil {
		return max(0, d)
	}
	return 0
}
