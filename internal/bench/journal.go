package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/stdlib/activity"
)

// kept is what a run of functions that do nothing costs, all of it on disk
// before it is acted on.
type kept struct {
	Seconds float64 // of the run
	Commits float64 // transactions, each with its fsync
	Bytes   float64 // of the database for each event
	Resume  float64 // seconds until a run that has done all this is where it was
}

// journalSection measures runs whose events are durable.
func journalSection(b *bench) error {
	cases := []struct {
		name, kind string
		n          int
	}{
		{"group of 10,000", "group", 10_000}, {"group of 100,000", "group", 100_000},
		{"map of 10,000", "map", 10_000}, {"map of 100,000", "map", 100_000},
		{"chain of 1,000", "chain", 1_000},
	}
	t := newTable("functions that do nothing", "time", "tasks/s", "tasks per fsync", "bytes an event", "resume")
	medians := map[string]float64{}
	for _, c := range cases {
		var times, commits, bytes, resumes sample
		for range b.rounds {
			var k kept
			if _, err := child(false, &k, "kept", c.kind, strconv.Itoa(c.n), filepath.Join(b.dir, "kept")); err != nil {
				return err
			}
			times, commits = append(times, k.Seconds), append(commits, k.Commits)
			bytes, resumes = append(bytes, k.Bytes), append(resumes, k.Resume)
		}
		medians[c.name] = times.median()
		n := float64(c.n)
		t.row(c.name, times.seconds(), short(n/times.median()), short(n/commits.median()), short(bytes.median()), resumes.seconds())
	}
	t.print()
	for _, kind := range []string{"group", "map"} {
		fmt.Printf("  %s of 100,000 against 10,000: %s (10 is linear)\n", kind, ratio(medians[kind+" of 100,000"], medians[kind+" of 10,000"]))
	}
	var syncs sample
	for range b.rounds {
		took, err := fsyncs(b.dir, 1000)
		if err != nil {
			return err
		}
		syncs = append(syncs, took)
	}
	fmt.Printf("  chain of 1,000 against 1,000 × append and fsync: %s\n", ratio(medians["chain of 1,000"], syncs.median()))
	return b.lists()
}

// fsyncs returns how many seconds it takes to append to a file and have that on
// disk, n times.
func fsyncs(dir string, n int) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "fsyncs"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	text := make([]byte, 4096) // as much as a page of the database
	begin := time.Now()
	for range n {
		if _, err := f.Write(text); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return time.Since(begin).Seconds(), nil
}

// A counter is a store that counts commits.
type counter struct {
	*journal.Keeper
	commits, events atomic.Int64
}

func (c *counter) Commit(batches []journal.Batch) error {
	c.commits.Add(1)
	for i := range batches {
		c.events.Add(int64(len(batches[i].Events)))
	}
	return c.Keeper.Commit(batches)
}

// keptChild runs a flow of a shape, in a new state folder.
func keptChild(args []string) (any, error) {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(args[2]); err != nil {
		return nil, err
	}
	j, err := journal.Open(args[2])
	if err != nil {
		return nil, err
	}
	source := strings.Replace(shape(args[0], n), "workflow w() {\n", "workflow w() {\n  signal go()\n", 1)
	source = strings.TrimSuffix(source, "}\n") + "  wait go\n}\n"
	p := compiler.Compile(diag.NewSource("bench.flow", []byte(source)), compiler.Config{}).Program
	if p == nil {
		return nil, fmt.Errorf("the flow of %s %d is not right", args[0], n)
	}
	k, err := j.Keep(p, "run", journal.Setting{})
	if err != nil {
		return nil, err
	}
	store := &counter{Keeper: k}
	result := kept{}
	if result.Seconds, err = keptRun(store, p, n); err != nil {
		return nil, err
	}
	if err := errors.Join(k.Close(), j.Close()); err != nil {
		return nil, err
	}
	result.Commits = float64(store.commits.Load())
	info, err := os.Stat(filepath.Join(args[2], "journal.db"))
	if err != nil {
		return nil, err
	}
	result.Bytes = float64(info.Size()) / float64(store.events.Load())
	if j, err = journal.Open(args[2]); err != nil {
		return nil, err
	}
	result.Resume, err = resumeTime(j, p)
	return result, errors.Join(err, j.Close())
}

// tasksThat returns functions that do nothing, and call last at the n-th call.
func tasksThat(n int, last func()) *activity.Registry {
	done := atomic.Int64{}
	r := &activity.Registry{}
	activity.Register(r, "t", func(context.Context, struct{}) (activity.None, error) {
		if done.Add(1) == int64(n) {
			last()
		}
		return activity.None{}, nil
	})
	return r
}

// keptRun does a run until all of its tasks have ended, and returns how many
// seconds that took. The run then waits for a signal, and is left.
func keptRun(store local.Store, p *ir.Program, n int) (float64, error) {
	w := &waits{now: make(chan struct{})}
	r, err := local.New(local.Config{Program: p, Run: "run", Store: store, Observer: w, Activities: tasksThat(n, func() {})})
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	var took time.Duration
	go func() {
		<-w.now
		took = time.Since(begin)
		r.Leave()
	}()
	if _, err := r.Do(); !errors.Is(err, local.ErrLeft) {
		return 0, fmt.Errorf("the run was to be left: %v", err)
	}
	return took.Seconds(), nil
}

// waits is an observer that hears of the signal's being waited for.
type waits struct{ now chan struct{} }

func (w *waits) Log(string, int, []byte) {}
func (w *waits) Changes(_ time.Time, changes []runtime.Change) {
	for i := range changes {
		if changes[i].Kind == "wait" && changes[i].To == ir.Running && changes[i].From == ir.Waiting {
			close(w.now)
		}
	}
}

// replayed is an observer that hears when a run is where it was.
type replayed struct{ now chan struct{} }

func (r *replayed) Log(string, int, []byte)             {}
func (r *replayed) Changes(time.Time, []runtime.Change) {}
func (r *replayed) Replayed()                           { close(r.now) }

// resumeTime returns how many seconds it takes until a run is where it was.
func resumeTime(j *journal.Journal, p *ir.Program) (seconds float64, err error) {
	begin := time.Now()
	k, err := j.TakeOver("run")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, k.Close()) }()
	w := &replayed{now: make(chan struct{})}
	r, err := local.Resume(local.Config{Program: p, Run: "run", Observer: w, Activities: tasksThat(0, func() {})}, k)
	if err != nil {
		return 0, err
	}
	var took time.Duration
	go func() {
		<-w.now
		took = time.Since(begin)
		r.Leave()
	}()
	if _, err := r.Do(); !errors.Is(err, local.ErrLeft) {
		return 0, fmt.Errorf("the run was to be left: %v", err)
	}
	return took.Seconds(), nil
}

// manyRuns is how many runs are listed.
const manyRuns = 10_000

// lists measures lists of many runs.
func (b *bench) lists() (err error) {
	dir := filepath.Join(b.dir, "many")
	j, err := journal.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if err := manyRunsIn(j); err != nil {
		return err
	}
	t := newTable(fmt.Sprintf("list of %s runs", short(manyRuns)), "time")
	for _, c := range []struct {
		name   string
		filter history.Filter
	}{
		{"all", history.Filter{}}, {"the newest 50", history.Filter{Limit: 50}},
		{"that failed, the newest 50", history.Filter{Status: "failed", Limit: 50}},
		{"with a tag that ten have", history.Filter{Tag: "tag7"}},
		{"by the beginning of an id", history.Filter{Prefix: "w-0077"}},
	} {
		var times sample
		for range b.rounds {
			begin := time.Now()
			if _, err := j.Runs(c.filter); err != nil {
				return err
			}
			times = append(times, time.Since(begin).Seconds())
		}
		t.row(c.name, times.seconds())
	}
	var times sample
	for range b.rounds {
		took, err := process(b.flowc, "list", "--state", dir, "--limit", "10000")()
		if err != nil {
			return err
		}
		times = append(times, took)
	}
	t.row("flowc list, as a process", times.seconds())
	t.print()
	return nil
}

// manyRunsIn makes many runs that have ended.
func manyRunsIn(j *journal.Journal) error {
	p := compiler.Compile(diag.NewSource("bench.flow", []byte("workflow w() -> int { return 1 }\n")), compiler.Config{}).Program
	for n := range manyRuns {
		run := fmt.Sprintf("w-%06d", n)
		k, err := j.Keep(p, run, journal.Setting{})
		if err != nil {
			return err
		}
		begin := &runtime.Start{IR: p.Hash(), Workflow: "w", Run: run, Tags: []string{fmt.Sprint("tag", n/10)}, Input: map[string]json.RawMessage{}, Flags: runtime.Flags}
		status := [...]string{"succeeded", "failed"}[n%2]
		at := ir.Time(time.Hour) * ir.Time(n)
		err = k.Commit([]journal.Batch{{Run: run, Events: []runtime.Event{{Seq: 1, Time: at, Type: runtime.RunStarted, Start: begin}}, Ended: status, At: at + 1}})
		if err := errors.Join(err, k.Close()); err != nil {
			return err
		}
	}
	return nil
}
