package main

import (
	"context"
	"os"
	"time"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/runtime/telemetry"
	"github.com/flowc/flowc/runtime/view"
)

// told is who watches a run: whoever looks at the screen, and telemetry.
type told struct {
	*view.View
	by *telemetry.Observer
}

var (
	_ local.StartObserver  = told{}
	_ local.FlushObserver  = told{}
	_ local.NoteObserver   = told{}
	_ local.ReplayObserver = told{}
	_ local.TraceObserver  = told{}
)

// Changes tells both of nodes that changed their status.
func (t told) Changes(now time.Time, changes []runtime.Change) {
	t.View.Changes(now, changes)
	t.by.Changes(now, changes)
}

// Started tells both of an attempt that left the queue.
func (t told) Started(now time.Time, node string, attempt int) {
	t.View.Started(now, node, attempt)
	t.by.Started(now, node, attempt)
}

// Replayed tells both that what they were shown happened before.
func (t told) Replayed() {
	t.View.Replayed()
	t.by.Replayed()
}

// Trace returns the trace context of an attempt.
func (t told) Trace(node string, attempt int) string { return t.by.Trace(node, attempt) }

// telling begins to tell of a run what the environment (OTEL_…) asks for, to
// whoever watches it. The function that it returns passes on what is left. A run
// does not fail for want of telemetry.
func telling(cfg *local.Config, v *view.View, goesOn bool) (end func()) {
	cfg.Observer = v
	t, err := telemetry.Start(context.Background(), telemetry.Config{Version: thisBuild().Version})
	if err != nil {
		v.Note("no telemetry: " + err.Error())
		return func() {}
	}
	if cfg.Run == "" {
		workflow := cfg.Workflow
		if workflow == "" {
			workflow = cfg.Program.Main
		}
		cfg.Run = local.NewRunID(workflow, time.Now())
	}
	if o := t.Observe(cfg.Run, os.Getenv("TRACEPARENT"), goesOn); o != nil {
		cfg.Observer = told{v, o}
	}
	return func() {
		late, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = t.Shutdown(late) // nobody is left who could do something about it
	}
}
