package local

import (
	"fmt"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/journal"
)

// keep numbers what has happened in the courses being worked on and has the
// store keep it, with all else that is to be kept. The caller has the loop, but
// while the store is at it others have: they gather what ends meanwhile, and
// give workers what is queued. So a disk that takes its time does not keep
// programs from running.
func (r *Run) keep(worker bool) error {
	for _, c := range r.work {
		c.take()
	}
	if r.cfg.Store == nil {
		r.ended, r.heard = r.ended[:0], r.heard[:0]
		return nil
	}
	r.collect()
	if len(r.batches) == 0 {
		return nil
	}
	r.committing = true
	if worker { // which is not waiting for work now
		r.shop.idle--
	}
	linger := false
	if r.harmless() {
		r.dispatch()
		linger = r.lanes.heavy.queue.length() >= enough*r.lanes.heavy.slots
	}
	err := r.unlocked(func() error {
		if linger {
			time.Sleep(lingering)
		}
		return r.cfg.Store.Commit(r.batches)
	})
	if worker {
		r.shop.idle++
	}
	r.committing = false
	clear(r.batches)
	if err != nil {
		return fmt.Errorf("the log of run %s could not be written, so the run was stopped: %w", r.cfg.Run, err)
	}
	return nil
}

// While workers have enough to do for a while, nobody is kept waiting by a commit
// that comes a little later, and takes along what ends meanwhile: commits cost
// the time of the processors too, which programs want.
const (
	lingering = time.Millisecond
	enough    = 8 // tasks in the queue for each slot
)

// harmless reports whether nothing that is being kept can be a reason not to
// begin what is queued, which follows from what was kept before: then it need
// not wait for the disk. A failure or a cancel may be one, and the first success
// in a race. Who has one slot is not to see two tasks change places.
func (r *Run) harmless() bool {
	if r.races || r.cfg.Jobs == 1 {
		return false
	}
	for i := range r.batches {
		for k := range r.batches[i].Events {
			if t := r.batches[i].Events[k].Type; t != runtime.TaskCompleted && t != runtime.TaskStarted {
				return false
			}
		}
	}
	return true
}

// hasRace reports whether there is a race in a program.
func hasRace(p *ir.Program) bool {
	for _, w := range p.Workflows {
		for i := range w.Nodes {
			if w.Nodes[i].Kind == ir.NRace {
				return true
			}
		}
	}
	return false
}

// unlocked calls f while others may have the loop.
func (r *Run) unlocked(f func() error) error {
	r.mu.Unlock()
	defer r.mu.Lock()
	return f()
}

// collect puts all that is to be kept into r.batches.
func (r *Run) collect() {
	r.batches = r.batches[:0]
	for _, c := range r.work {
		if len(c.batch) > 0 || len(c.heard) > 0 {
			r.batches = append(r.batches, journal.Batch{Run: c.start.Run, Events: c.batch, Heard: c.heard})
			c.heard = nil
		}
	}
	for _, c := range r.early { // those at which nothing else has happened
		if len(c.early) > 0 {
			r.batches = append(r.batches, journal.Batch{Run: c.start.Run, Events: c.early})
			c.early = nil
		}
	}
	clear(r.early)
	r.early = r.early[:0]
	r.alarms.remove(r.keeping)
	r.keeping = nil
	r.batches = append(r.batches, r.ended...)
	r.ended = r.ended[:0]
	if len(r.heard) > 0 {
		r.batches = append(r.batches, journal.Batch{Run: r.cfg.Run, Heard: r.heard})
		r.heard = nil
	}
}

// keepEarly has early events kept though nothing else has happened.
func (r *Run) keepEarly() {
	for _, c := range r.early {
		r.touch(c)
	}
}

// take makes what has happened the batch that is being applied, and numbers it.
func (c *course) take() {
	c.touched = false
	for i := range c.events {
		c.seq++
		c.events[i].Seq = c.seq
	}
	if c.known = len(c.early); c.known == 0 {
		c.batch, c.events = c.events, c.batch[:0]
		return
	}
	c.batch = append(append(c.batch[:0], c.early...), c.events...)
	c.early = c.early[:0]
	clear(c.events) // the results of tasks may be large
	c.events = c.events[:0]
}

// end returns what is to be kept of the end of a course.
func (c *course) end(status string, now ir.Time) journal.Batch {
	b := journal.Batch{Run: c.start.Run, Events: c.early, Ended: status, At: now, Heard: append(c.heard, c.heardAtEnd...)}
	c.early, c.heard, c.heardAtEnd = nil, nil, nil
	return b
}
