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

// Advance moves the clock by d. All that falls due on the way happens in its
// order, each at its own time, before Advance returns.
func (c *VirtualClock) Advance(d time.Duration) {
	c.advancing.Lock()
	defer c.advancing.Unlock()
	c.mu.Lock()
	end := c.now.Add(d)
	for {
		var next *alarm
		for _, a := range c.alarms {
			if !a.at.After(end) && (next == nil || a.at.Before(next.at)) {
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
	c.now = end
	c.mu.Unlock()
}
