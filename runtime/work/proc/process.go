//go:build unix

package proc

import (
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Process is one program, to be run once. [New] makes one, one goroutine
// calls Run, and any may call Stop and Kill, before, during and after.
type Process struct {
	spec Spec

	mu       sync.Mutex
	phase    phase
	pgid     int         // of the group, from running on
	stopped  Cause       // why the caller stopped the program
	asked    bool        // SIGTERM was sent to the group
	forced   bool        // SIGKILL was sent to the group, or is to be
	deadline *time.Timer // sends SIGKILL when the grace is over; nil unless asked
}

// A phase is what there is to send signals to.
//
//	idle ──start──▶ running ──leader ends──▶ ended ──group is empty──▶ gone
//	  └──────────────── not started ──────────────────────────────────▶ gone
type phase uint8

const (
	idle    phase = iota // nothing was started yet
	running              // the leader runs, as far as we know
	ended                // the leader was seen to have ended; there may be leftovers
	gone                 // the group is empty, its number means nothing
)

// New returns the process of spec. Nothing is started until Run.
func New(spec Spec) *Process {
	return &Process{spec: spec.withDefaults()}
}

// Stop asks the group to end, with SIGTERM, and makes it end when the grace is
// over. It does not wait. Before Run it keeps Run from starting anything; after
// the leader has ended it does nothing. The first cause holds.
func (p *Process) Stop(why Cause) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase > running {
		return
	}
	p.setStopped(why)
	p.ask()
}

// Kill ends the group at once, with SIGKILL; leftovers too, if it is they that
// Run waits for. It does not wait. Before Run it keeps Run from starting
// anything.
func (p *Process) Kill(why Cause) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase <= running {
		p.setStopped(why)
	}
	p.force()
}

// setStopped notes why the program is stopped, unless it is known already.
func (p *Process) setStopped(why Cause) {
	if p.stopped == NotStopped {
		p.stopped = why
	}
}

// ask sends SIGTERM to the group, once, and begins the grace. p.mu is held.
func (p *Process) ask() {
	if p.asked || p.forced || !p.exists() {
		return
	}
	if p.spec.Grace < 0 {
		p.force()
		return
	}
	p.asked = true
	p.signal(unix.SIGTERM)
	p.signal(unix.SIGCONT) // a stopped process gets SIGTERM only when it goes on
	p.deadline = time.AfterFunc(p.spec.Grace, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.force()
	})
}

// force sends SIGKILL to the group. p.mu is held.
func (p *Process) force() {
	p.forced = true
	if p.exists() {
		p.signal(unix.SIGKILL)
	}
}

// exists reports whether pgid is the number of our group. p.mu is held.
func (p *Process) exists() bool { return p.phase == running || p.phase == ended }

// signal sends sig to the group. An error means that there is no one left, or
// no one whom we may signal: nothing that could be done about here. p.mu is held.
func (p *Process) signal(sig syscall.Signal) { _ = unix.Kill(-p.pgid, sig) }

// Run starts the program, attends to it until it has ended and its group is
// empty, and says how it ended. It must be called once: there is one run in a
// Process.
func (p *Process) Run() Result {
	p.mu.Lock()
	if why := p.stopped; why != NotStopped {
		p.phase = gone
		p.mu.Unlock()
		return Result{Exit: -1, Stopped: why, Failure: stoppedFailure(p.spec.Argv, why, 0)}
	}
	p.mu.Unlock()

	started := time.Now()
	lead, pipes, failure := start(&p.spec)
	if failure != nil {
		p.mu.Lock()
		p.phase = gone
		p.mu.Unlock()
		return Result{Exit: -1, Failure: failure}
	}
	p.began(lead.pid)
	if p.spec.OnStart != nil {
		p.spec.OnStart(lead.pid)
	}

	a := newAttendant(p, lead, pipes)
	a.attend()
	status := p.reap(lead)
	ended := time.Now()
	leftovers := p.empty()

	r := Result{Exit: status.ExitStatus(), Leftovers: leftovers, Started: started, Ended: ended}
	r.Tail, r.LogBytes = a.log.end(), a.log.total
	if status.Signaled() {
		r.Signal = status.Signal()
	}
	p.judge(&r, a)
	return r
}

// began makes the group known to Stop and Kill. Either may have come while the
// program was being started: it is heeded now.
func (p *Process) began(pgid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase, p.pgid = running, pgid
	switch {
	case p.forced:
		p.force()
	case p.stopped != NotStopped:
		p.ask()
	}
}

// judge fills in what the end of the program means. A limit that was passed
// outweighs how it then ended, and so does the caller's own request.
func (p *Process) judge(r *Result, a *attendant) {
	p.mu.Lock()
	r.Stopped = p.stopped
	forced := p.forced
	p.mu.Unlock()
	switch argv := p.spec.Argv; {
	case a.tooMuch:
		r.Failure = tooMuchFailure(argv, p.spec.MaxStdout)
		return
	case r.Stopped != NotStopped:
		r.Failure = stoppedFailure(argv, r.Stopped, r.Signal)
	case r.Signal != 0:
		r.Failure = killedFailure(argv, r.Signal, r.Signal == unix.SIGKILL && !forced && oom.claim())
	}
	r.Stdout = a.stdout.buf
}
