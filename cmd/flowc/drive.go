package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local"
)

// drive does a run. The first signal that asks us to end cancels it, the second
// kills it.
func (c *console) drive(cfg local.Config) (runtime.RunReport, error) {
	progress := newProgress(c.err)
	cfg.Observer = progress
	r, err := local.New(cfg)
	if err != nil {
		return runtime.RunReport{}, err
	}
	stop := heed(r)
	defer stop()
	report, err := r.Do()
	progress.close(report)
	return report, err
}

// heed passes signals on to a run until the function that it returns is called.
//
// SIGINT and SIGTERM count even where they were ignored when we began, as they
// are in the background of a script. SIGHUP does not: `nohup` says so. SIGPIPE
// would end us and leave the programs of the run behind, if whoever reads our
// output has gone.
func heed(r *local.Run) (stop func()) {
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	ends := make(chan os.Signal, 2)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(ends, syscall.SIGHUP)
	}
	signal.Notify(ends, os.Interrupt, syscall.SIGTERM)
	go func() {
		if _, ok := <-ends; ok {
			r.Cancel()
		}
		if _, ok := <-ends; ok {
			r.Kill()
		}
	}()
	return func() {
		signal.Stop(ends)
		signal.Stop(pipe)
		close(ends)
	}
}

