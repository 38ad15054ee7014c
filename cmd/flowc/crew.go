package main

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/decide"
	"github.com/flowc/flowc/runtime/swf/deploy"
	"github.com/flowc/flowc/runtime/swf/store"
	"github.com/flowc/flowc/runtime/swf/worker"
	"github.com/flowc/flowc/runtime/telemetry"
	"github.com/flowc/flowc/stdlib/activity"
)

// A crew is a decider and a worker in this process.
type crew struct {
	client   *swf.Client
	store    *store.Store
	defs     []swf.Definition
	programs []worker.Program
	lists    []string // of decision tasks; nil is those of the definitions
	slots    int      // programs at a time, of each task list
	save     string
	log      *slog.Logger
	lines    func(run, node string, attempt int, line []byte)
	observe  func(run decide.ID, e runtime.Event, s runtime.Step)
}

// A shift is a crew at work.
type shift struct {
	failed  chan error // what the worker ended with, if it did so by itself
	stop    context.CancelFunc
	decider *swf.Decider
	worker  *worker.Worker // nil if there is nothing for one to do
	told    *telemetry.Telemetry
	done    sync.WaitGroup
}

// begin lets a crew begin to work.
func (k *crew) begin() (*shift, error) {
	told, err := telemetry.Start(context.Background(), telemetry.Config{Version: thisBuild().Version})
	if err != nil {
		return nil, usagef("%w", err)
	}
	decider, err := swf.NewDecider(swf.DeciderConfig{
		Client: k.client, Store: k.store, Definitions: k.defs, TaskLists: k.lists, Pollers: 2, Save: k.save, Log: k.log, Observe: k.observe, Meter: told,
	})
	if err != nil {
		return nil, err
	}
	s := &shift{failed: make(chan error, 1), decider: decider, told: told}
	lists, err := k.work()
	if err != nil {
		return nil, err
	}
	if len(lists) > 0 {
		s.worker, err = worker.New(worker.Config{
			Service: k.client, Domain: k.client.Domain, Lists: lists, Programs: k.programs, Load: k.load, Slots: k.slots, Store: k.store,
			Lines: k.lines, Logger: k.log, Meter: told, Trace: traceOf(told.Trace),
		})
		if err != nil {
			return nil, err
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.done.Go(func() { decider.Run(ctx) })
	if s.worker != nil {
		s.done.Go(func() {
			if err := s.worker.Run(ctx); err != nil {
				s.failed <- err
			}
		})
	}
	return s, nil
}

// work returns the task lists of activities that are performed here.
func (k *crew) work() ([]string, error) {
	var all []string
	for i, p := range k.programs {
		params, err := deploy.Values(p.IR, k.defs[i].Params)
		if err != nil {
			return nil, err
		}
		lists, _ := worker.Lists([]worker.Program{p}, activity.Std(), params)
		all = append(all, lists...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// load returns a program that a task names.
func (k *crew) load(hash string) (*ir.Program, error) {
	p, _, err := k.store.Program(hash)
	return p, err
}

// end ends the shift. Gently: what is being done is done to its end, as far as
// there is time for that, and polls are waited for, since the service does not
// know that nobody waits for what it gives them. A server on this machine does.
func (s *shift) end(gently bool) {
	s.stop()
	if !gently {
		s.decider.Kill()
		if s.worker != nil {
			s.worker.Kill()
		}
	}
	s.done.Wait()
	late, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = s.told.Shutdown(late) // nobody is left who could do something about it
}
