package worker

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/swf"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/limits"
	"github.com/flowc/flowc/runtime/swf/wire"
	"github.com/flowc/flowc/runtime/work"
	"github.com/flowc/flowc/runtime/work/proc"
	"github.com/flowc/flowc/stdlib/activity"
)

// A Service is what a worker needs of Amazon SWF. The SDK's client is one.
type Service interface {
	PollForActivityTask(context.Context, *swf.PollForActivityTaskInput, ...func(*swf.Options)) (*swf.PollForActivityTaskOutput, error)
	RecordActivityTaskHeartbeat(context.Context, *swf.RecordActivityTaskHeartbeatInput, ...func(*swf.Options)) (*swf.RecordActivityTaskHeartbeatOutput, error)
	RespondActivityTaskCompleted(context.Context, *swf.RespondActivityTaskCompletedInput, ...func(*swf.Options)) (*swf.RespondActivityTaskCompletedOutput, error)
	RespondActivityTaskFailed(context.Context, *swf.RespondActivityTaskFailedInput, ...func(*swf.Options)) (*swf.RespondActivityTaskFailedOutput, error)
	RespondActivityTaskCanceled(context.Context, *swf.RespondActivityTaskCanceledInput, ...func(*swf.Options)) (*swf.RespondActivityTaskCanceledOutput, error)
}

// A Store keeps the values that are too long for the service, those of `ref`s,
// and programs. Package store has one.
type Store interface {
	work.Refs
	wire.Blobs
}

// A Program is a program of the language whose activities a worker performs.
type Program struct {
	IR   *ir.Program
	Root string // folder that those of its activities are relative to; "" is the current one
}

// A Config says what a worker does. Zero fields have the defaults named beside
// them.
type Config struct {
	Service Service
	Domain  string
	Lists   []string // task lists; nil is those of Programs, as [Lists] finds them

	Programs   []Program                              // of two that define the same type, the later counts
	Activities *activity.Registry                     // functions of this process; nil is activity.Std()
	Load       func(hash string) (*ir.Program, error) // finds programs that a task of the library names and Programs does not have; nil finds none

	Slots    int    // tasks at a time of each list; 0 is 1
	Identity string // in histories; "" is made of the machine and the process
	Store    Store  // nil: there is none, and a value that is too long fails its task

	Drain time.Duration // how long a task may go on when the worker is to end; 0 is 10 s, negative is not at all
	Grace time.Duration // from asking a program to end to making it; 0 is 10 s
	Beat  time.Duration // longest time between heartbeats, of what has no heartbeat time-out too; 0 is 10 s
	Out   string        // folder for the files that tasks make; "" is a new one among the temporary files

	Env    []string                                         // environment of programs; nil is that of this process
	Secret func(name string) (string, error)                // as in work.Config
	Trace  func(run, node string, attempt int) string       // TRACEPARENT of programs; nil is that of Env
	Lines  func(run, node string, attempt int, line []byte) // is given what programs log; nil is Logger
	Logger *slog.Logger                                     // nil is nobody
	Meter  Meter                                            // nil is nobody
}

// A Meter counts what a worker does. Its methods are called by many goroutines.
type Meter interface {
	Slots(total int)
	TaskStarted(run, node string, attempt int, activity string)
	TaskEnded(run, node string, attempt int, activity, status string, took time.Duration) // completed, failed, timed_out, cancelled or lost
	HeartbeatFailed(activity string)
	PollFailed(list, why string)
}

// unmetered counts nothing.
type unmetered struct{}

func (unmetered) Slots(int)                                                    {}
func (unmetered) TaskStarted(string, string, int, string)                      {}
func (unmetered) TaskEnded(string, string, int, string, string, time.Duration) {}
func (unmetered) HeartbeatFailed(string)                                       {}
func (unmetered) PollFailed(string, string)                                    {}

// A Worker polls task lists and performs what comes. Make one with [New].
type Worker struct {
	cfg     Config
	by      *work.Performer
	catalog *catalog

	dead context.Context // ends when the worker is killed
	kill context.CancelFunc

	mu   sync.Mutex
	busy int           // tasks that were taken and have not ended
	jobs map[*job]bool // those that have been read
	idle chan struct{} // closed when nothing is busy, while somebody waits for that; else nil
}

// New returns a worker. The error is a mistake in the configuration.
func New(c Config) (*Worker, error) {
	if c.Activities == nil {
		c.Activities = activity.Std()
	}
	if c.Lists == nil {
		c.Lists, _ = Lists(c.Programs, c.Activities, nil)
	}
	if len(c.Lists) == 0 {
		return nil, fmt.Errorf("no task list is named, and no activity of the programs is performed here")
	}
	for _, l := range c.Lists {
		if !limits.ValidID(l) {
			return nil, fmt.Errorf("%q cannot be the name of a task list", l)
		}
	}
	c.withDefaults()
	cat, err := newCatalog(&c)
	if err != nil {
		return nil, err
	}
	w := &Worker{cfg: c, catalog: cat, jobs: map[*job]bool{}}
	w.by = work.New(work.Config{
		Env: c.Env, Secret: c.Secret, Activities: c.Activities, Grace: c.Grace, Out: c.Out, Name: "worker", Refs: c.refs(), Logger: c.Logger,
	})
	w.dead, w.kill = context.WithCancel(context.Background())
	return w, nil
}

// withDefaults replaces zero fields.
func (c *Config) withDefaults() {
	if c.Slots <= 0 {
		c.Slots = 1
	}
	if c.Identity == "" {
		host, _ := os.Hostname() // which may have no name
		c.Identity = wire.Cut(fmt.Sprintf("flowc-worker@%s:%d", host, os.Getpid()), limits.Identity)
	}
	if c.Drain == 0 {
		c.Drain = 10 * time.Second
	}
	if c.Grace == 0 {
		c.Grace = proc.DefaultGrace
	}
	if c.Beat <= 0 {
		c.Beat = 10 * time.Second
	}
	if c.Env == nil {
		c.Env = os.Environ()
	}
	if c.Trace == nil {
		own := work.TraceIn(c.Env)
		c.Trace = func(string, string, int) string { return own }
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Lines == nil {
		log := c.Logger
		c.Lines = func(run, node string, attempt int, line []byte) {
			log.Info(string(line), "run", run, "node", node, "attempt", attempt)
		}
	}
	if c.Meter == nil {
		c.Meter = unmetered{}
	}
}

// refs returns where `ref`s are kept, nil for the default.
func (c *Config) refs() work.Refs {
	if c.Store == nil {
		return nil
	}
	return c.Store
}

// blobs returns where long values are kept, nil for nowhere.
func (c *Config) blobs() wire.Blobs {
	if c.Store == nil {
		return nil
	}
	return c.Store
}

// Run polls and performs until ctx ends, and then drains. It returns nil then,
// or the error of the first poll of all, if that failed for good: a wrong
// domain, or no permission.
func (w *Worker) Run(ctx context.Context) error {
	defer w.by.Close()
	defer w.kill()
	w.cfg.Meter.Slots(w.cfg.Slots * len(w.cfg.Lists))
	asked := make(chan time.Time, 1)
	defer context.AfterFunc(ctx, func() {
		asked <- time.Now()
		select { // while the last polls end, which may take a while
		case <-time.After(max(0, w.cfg.Drain)):
			w.handBack()
		case <-w.dead.Done():
		}
	})()
	err := w.poll(ctx)
	left := w.cfg.Drain
	select {
	case at := <-asked:
		left -= time.Since(at)
	default:
	}
	w.drain(left)
	return err
}

// Kill ends everything at once: programs, deliveries, and Run.
func (w *Worker) Kill() {
	w.kill()
	w.mu.Lock()
	defer w.mu.Unlock()
	for j := range w.jobs {
		j.attempt.Kill()
	}
}

// drain waits for the jobs, for a time; then it ends those that are left.
func (w *Worker) drain(within time.Duration) {
	if w.awaited(max(0, within)) {
		return
	}
	w.handBack()
	if w.awaited(max(0, w.cfg.Grace) + patience + toDeliver) {
		return
	}
	w.Kill()
	w.awaited(patience)
}

// handBack ends the jobs that are left, so that others do their tasks.
func (w *Worker) handBack() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for j := range w.jobs {
		j.end(handedBack)
	}
}

// toDeliver is how long the last answers may take.
const toDeliver = 5 * time.Second

// awaited reports whether all jobs ended within a time. Kill ends the wait.
func (w *Worker) awaited(within time.Duration) bool {
	w.mu.Lock()
	if w.busy == 0 {
		w.mu.Unlock()
		return true
	}
	if w.idle == nil {
		w.idle = make(chan struct{})
	}
	idle := w.idle
	w.mu.Unlock()
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-idle:
		return true
	case <-t.C:
		return false
	case <-w.dead.Done():
		select { // what was killed ends soon
		case <-idle:
		case <-time.After(patience):
		}
		return true
	}
}

// take notes that a task was taken. The function that it returns notes that it
// has ended.
func (w *Worker) take() (ended func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.busy--; w.busy == 0 && w.idle != nil {
			close(w.idle)
			w.idle = nil
		}
	}
}

// open makes a job known to Kill, and to the end of a drain.
func (w *Worker) open(j *job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs[j] = true
	if w.dead.Err() != nil {
		j.attempt.Kill()
	}
}

// close makes it unknown.
func (w *Worker) close(j *job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.jobs, j)
}
