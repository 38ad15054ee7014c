package swfserver

import (
	"slices"
	"sync"
	"time"
)

// A Clock is what a server takes the time from.
type Clock interface {
	// Now returns the time.
	Now() time.Time
	// AfterFunc calls f, on a goroutine of the clock's choosing, once d has
	// passed. Calling cancel in time prevents it.
	AfterFunc(d time.Duration, f func()) (cancel func())
}

// realClock is the clock of the machine.
type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// A VirtualClock stands still until it is told to advance: a test of a
// time-out of a year takes no time. Make one with [NewVirtualClock].
type VirtualClock struct {
	advancing sync.Mutex // held while the clock advances

	mu     sync.Mutex
	now    time.Time
	alarms []*alarm // in the order in which they were set
}

type alarm struct {
	at time.Time
	f  func()
}

var _ Clock = (*VirtualClock)(nil)

// NewVirtualClock returns a clock that shows start.
func NewVirtualClock(start time.Time) *VirtualClock { return &VirtualClock{now: start} }

// Now returns the time that the clock shows.
func (c *VirtualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc calls f from within the [VirtualClock.Advance] that reaches its
// time.
func (c *VirtualClock) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := &alarm{c.now.Add(d), f}
	c.alarms = append(c.alarms, a)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.remove(a)
	}
}

func (c *VirtualClock) remove(a *alarm) {
	if k := slices.Index(c.alarms, a); k >= 0 {
		c.alarms = slices.Delete(c.alarms, k, k+1)
	}
}

// Next returns when something falls due; it is not ok if nothing will.
func (c *VirtualClock) Next() (at time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.alarms {
		if !ok || a.at.Before(at) {
			at, ok = a.at, true
		}
	}
	return at, ok
}

// Advance moves the clock by d. All that falls due on the way happens in its
// order, each at its own time, before Advance returns.
func (c *VirtualClock) Advance(d time.Duration) {
	c.advancing.Lock()
	defer c.advancing.Unlock()
	end := c.Now().Add(d)
	c.until(end, func(at time.Time) bool { return !at.After(end) })
}

// Reach moves the clock to a time, if that is not over yet, as Advance does; but
// what falls due at that very time does not happen before the clock moves
// again. So a test can do something first.
func (c *VirtualClock) Reach(end time.Time) {
	c.advancing.Lock()
	defer c.advancing.Unlock()
	c.until(end, func(at time.Time) bool { return at.Before(end) })
}

// until lets happen what falls due at the times that pass, and moves the clock
// to the end.
func (c *VirtualClock) until(end time.Time, passes func(at time.Time) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		var next *alarm
		for _, a := range c.alarms {
			if passes(a.at) && (next == nil || a.at.Before(next.at)) {
				next = a
			}
		}
		if next == nil {
			break
		}
		c.remove(next)
		if next.at.After(c.now) {
			c.now = next.at
		}
		c.mu.Unlock()
		next.f()
		c.mu.Lock()
	}
	if end.After(c.now) {
		c.now = end
	}
}
