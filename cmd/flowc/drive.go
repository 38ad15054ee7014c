package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local"
	"github.com/flowc/flowc/runtime/view"
)

// drive does a run, and shows it.
func (c *console) drive(cfg local.Config) (runtime.RunReport, error) {
	return c.driveAs(cfg, view.Options{}, local.New)
}

// driveOn lets a run go on whose events past has, and shows what is new.
func (c *console) driveOn(cfg local.Config, past local.Past) (runtime.RunReport, error) {
	return c.driveAs(cfg, view.Options{Past: true}, func(cfg local.Config) (*local.Run, error) { return local.Resume(cfg, past) })
}

// driveAs does what begins so.
func (c *console) driveAs(cfg local.Config, o view.Options, begin func(local.Config) (*local.Run, error)) (runtime.RunReport, error) {
	o.Color, o.ASCII, o.Starts, o.Flushes = c.colored(c.err), !view.Unicode(os.Getenv), true, true
	v := view.New(c.err, o)
	defer telling(&cfg, v, o.Past)()
	r, err := begin(cfg)
	if err != nil {
		v.Abort()
		return runtime.RunReport{}, err
	}
	stop := heed(v, r.Cancel, r.Kill)
	defer stop()
	report, err := r.Do()
	if err != nil {
		v.Abort()
	} else {
		v.Close(report)
	}
	return report, err
}

// heed passes signals on to a run until the function that it returns is called:
// the first that asks us to end cancels the run, the second kills it.
func heed(v *view.View, cancel, kill func()) (stop func()) {
	ends, deaf := endings()
	go func() {
		if _, ok := <-ends; ok {
			v.Note("cancelling: what runs is asked to stop; once more kills it")
			cancel()
		}
		if _, ok := <-ends; ok {
			v.Note("killed: every program is ended at once")
			kill()
		}
	}()
	return func() {
		deaf()
		close(ends)
	}
}

// endings returns the signals that ask us to end, until the function that it
// returns is called. It is for whoever has programs at work.
//
// SIGINT and SIGTERM count even where they were ignored when we began, as they
// are in the background of a script. SIGHUP does not: `nohup` says so. SIGPIPE
// would end us and leave the programs behind, if whoever reads our output has
// gone.
func endings() (ends chan os.Signal, deaf func()) {
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	ends = make(chan os.Signal, 2)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(ends, syscall.SIGHUP)
	}
	signal.Notify(ends, os.Interrupt, syscall.SIGTERM)
	return ends, func() {
		signal.Stop(ends)
		signal.Stop(pipe)
	}
}
