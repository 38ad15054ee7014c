package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/journal"
	"github.com/flowc/flowc/runtime/swf/operate"
	"github.com/flowc/flowc/runtime/swf/store"
	"github.com/flowc/flowc/runtime/view"
	"github.com/urfave/cli/v2"
)

// A keeper of runs is asked about them, and passes on what is wanted of them:
// the journal of this machine, or a domain. A run is named by its whole id.
type keeperOfRuns interface {
	Runs(history.Filter) ([]history.Summary, error)
	Record(run string) (*history.Record, error)
	Events(run string, after int64) ([]runtime.Event, error)
	Lines(run string, f history.LineFilter) ([]history.Line, error)
	Signal(run, name string, payload json.RawMessage) error
	Cancel(run, node string) error
	Kill(run string) error
}

var (
	_ keeperOfRuns = (*journal.Journal)(nil)
	_ keeperOfRuns = (*operate.Domain)(nil)
)

// runs are the runs that a command is about.
type runs struct {
	keeperOfRuns
	where    string           // for messages: the folder, or the domain
	journal  *journal.Journal // of this machine; nil if there is none
	domain   *domain          // nil is this machine
	operated *operate.Domain  // the same
	done     context.Context  // is over when the command is to end
	stop     func()
}

// runsFlags are flags of every command about runs: where they are.
func runsFlags(flags ...cli.Flag) []cli.Flag {
	flags = append(flags,
		&cli.BoolFlag{Name: "local", Usage: "runs on this machine, even if a domain is named elsewhere"}, stateFlag())
	return append(flags, domainFlags()...)
}

// openRuns returns the runs that a command is about, and what is to be called
// in the end.
func (c *console) openRuns(ctx *cli.Context) (*runs, error) {
	done, stop := signal.NotifyContext(ctx.Context, os.Interrupt, syscall.SIGTERM)
	r := &runs{done: done, stop: stop}
	d, err := domainOf(ctx, "")
	switch {
	case err != nil:
	case d.name == "" || ctx.Bool("local"):
		err = r.openJournal(d.project.stateDir(ctx.String("state")))
	default:
		err = r.openDomain(ctx)
	}
	if err != nil {
		stop()
		return nil, err
	}
	return r, nil
}

// openJournal opens a state folder to look at it. One in which nothing was ever
// kept has no runs.
func (r *runs) openJournal(dir string) error {
	if dir == "" {
		var err error
		if dir, err = journal.DefaultDir(os.Getenv); err != nil {
			return usagef("%w, and no --state names one", err)
		}
	}
	j, err := journal.OpenToRead(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.keeperOfRuns, r.where = nothing{}, dir
		return nil
	case err != nil:
		return failuref("%w", err)
	}
	r.keeperOfRuns, r.where, r.journal = j, j.Dir(), j
	return nil
}

// openDomain opens a domain.
func (r *runs) openDomain(ctx *cli.Context) error {
	d, err := needDomain(ctx, "")
	if err != nil {
		return err
	}
	client, err := d.connect(r.done)
	if err != nil {
		return err
	}
	values, err := store.Open(r.done, d.blobs, store.Config{Config: d.service.Config, Endpoint: d.service.Endpoint})
	if err != nil {
		return backend(err)
	}
	r.where, r.domain, r.operated = "domain "+d.name, d, operate.Open(r.done, client, d.name, values)
	r.keeperOfRuns = r.operated
	return nil
}

// close ends the use of the runs. It returns err, or what went wrong in ending.
func (r *runs) close(err error) error {
	r.stop()
	if r.journal != nil {
		err = errors.Join(err, r.journal.Close())
	}
	return err
}

// withRuns does something with the runs that a command is about.
func (c *console) withRuns(ctx *cli.Context, do func(*runs) error) error {
	r, err := c.openRuns(ctx)
	if err != nil {
		return err
	}
	return r.close(do(r))
}

// find returns the run that an id means: a whole one, or the beginning of only
// one.
func (r *runs) find(id string) (history.Summary, error) {
	const enough = 20
	found, err := r.Runs(history.Filter{Prefix: id, Limit: enough})
	if err != nil {
		return history.Summary{}, whyNot(err)
	}
	var ids []string
	for _, s := range found {
		if s.Run == id {
			return s, nil
		}
	}
	for _, s := range found { // the newest of those that are called so; what is open is newer
		if s.WorkflowID == id {
			return s, nil
		}
		ids = append(ids, s.Run)
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		if len(ids) > 3 {
			ids = append(ids[:3], "others")
		}
		return history.Summary{}, usagef("%q is not enough to tell %s apart", id, list(ids))
	}
	if workflow, _, ok := strings.Cut(id, "/"); ok && r.domain != nil { // workflow id/run id
		return history.Summary{Run: id, WorkflowID: workflow}, nil
	}
	return history.Summary{}, r.unknown(id)
}

// unknown returns the error of a run that is not there.
func (r *runs) unknown(id string) error {
	const looked = 1000
	all, err := r.Runs(history.Filter{Children: true, Limit: looked})
	if err != nil {
		return whyNot(err)
	}
	var ids []string
	for _, s := range all {
		if ids = append(ids, s.Run); s.WorkflowID != s.Run {
			ids = append(ids, s.WorkflowID)
		}
	}
	if near, ok := spell.Nearest(id, ids); ok {
		return usagef("there is no run %q in %s; did you mean %s?", id, r.where, near)
	}
	return usagef("there is no run %q in %s", id, r.where)
}

// record returns the record of the run that an id means.
func (r *runs) record(id string) (*history.Record, error) {
	s, err := r.find(id)
	if err != nil {
		return nil, err
	}
	rec, err := r.Record(s.Run)
	return rec, whyNot(err)
}

// underWay returns the run that an id means, if something can be asked of it.
func (r *runs) underWay(id string) (history.Summary, error) {
	s, err := r.find(id)
	switch {
	case err != nil:
		return s, err
	case r.journal != nil:
		return s, whyNot(r.journal.Check(s.Run))
	case s.Ended != 0:
		return s, failuref("run %s has ended: it %s", id, pastWord(s.Status))
	}
	return s, nil
}

// pastWord returns a status as it reads behind "it".
func pastWord(status string) string {
	switch status {
	case "cancelled", "killed", "undone", "skipped", "abandoned", "reused":
		return "was " + status
	case "timed_out":
		return "timed out"
	}
	return status
}

// programOf returns the program of a run, and which workflow of it that runs.
func (r *runs) programOf(s history.Summary) (*ir.Program, string, error) {
	if r.journal != nil {
		p, err := r.journal.Program(s.IR)
		if err != nil {
			return nil, "", failuref("the program of run %s cannot be read: %w", s.Run, err)
		}
		return p, s.Workflow, nil
	}
	rec, err := r.Record(s.Run)
	if err != nil {
		return nil, "", whyNot(err)
	}
	if err := rec.Known(); err != nil {
		return nil, "", failuref("%w", err)
	}
	return rec.Program, rec.Summary.Workflow, nil
}

// whyNot returns the error of something that was asked about a run, or of it.
func whyNot(err error) error {
	var ended *journal.EndedError
	var dead *journal.DeadError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, history.ErrUnknown):
		return usagef("%w", err)
	case errors.As(err, &ended), errors.As(err, &dead), errors.Is(err, history.ErrEnded), errors.Is(err, history.ErrDead), errors.Is(err, history.ErrNoLogs):
		return failuref("%w", err)
	}
	return backend(err)
}

// wait waits a moment, or until the command is to end.
func (r *runs) wait(d time.Duration) (over bool) {
	select {
	case <-r.done.Done():
		return true
	case <-time.After(d):
		return false
	}
}

// patience is how long whoever follows a run waits before looking again.
func (r *runs) patience() time.Duration {
	if r.domain != nil {
		return 2 * time.Second // a service counts its calls
	}
	return 200 * time.Millisecond
}

// pictureOptions is how pictures are drawn on stdout.
func (c *console) pictureOptions() view.Options {
	return view.Options{Mode: view.Plain, Color: c.colored(c.out), ASCII: !view.Unicode(os.Getenv)}
}

// nothing is a state folder in which nothing was ever kept.
type nothing struct{}

func (nothing) Runs(history.Filter) ([]history.Summary, error) { return nil, nil }
func (nothing) Record(string) (*history.Record, error)         { return nil, history.ErrUnknown }
func (nothing) Events(string, int64) ([]runtime.Event, error)  { return nil, history.ErrUnknown }
func (nothing) Lines(string, history.LineFilter) ([]history.Line, error) {
	return nil, history.ErrUnknown
}
func (nothing) Signal(string, string, json.RawMessage) error { return history.ErrUnknown }
func (nothing) Cancel(string, string) error                  { return history.ErrUnknown }
func (nothing) Kill(string) error                            { return history.ErrUnknown }

// pastTime reads a time that lies behind us: how long ago, a date, or a time
// with a zone or, without one, in the zone of this machine.
func pastTime(flag, text string, now time.Time) (ir.Time, error) {
	if d, err := ir.ParseDuration(text); err == nil {
		return ir.Time(now.UnixNano() - int64(d)), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return irTime(t), nil
		}
	}
	return 0, usagef("--%s %q is no time: it is one like 2026-01-31T02:00:00Z, 2026-01-31 or, for how long ago, 2h", flag, text)
}

// irTime returns a time as runs have it, which is counted in nanoseconds: years
// that are far away are all the same.
func irTime(t time.Time) ir.Time {
	switch year := t.Year(); {
	case year < 1700:
		return ir.Time(math.MinInt64)
	case year > 2200:
		return ir.Time(math.MaxInt64)
	}
	return ir.Time(t.UnixNano())
}
