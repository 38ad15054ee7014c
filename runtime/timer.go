package runtime

import (
	"math"

	"github.com/flowc/flowc/compiler/ir"
)

const (
	millisecond = int64(1_000_000)
	second      = 1000 * millisecond
	minute      = 60 * second
)

const (
	// handlerGrace is how long a handler may take unless it says otherwise.
	handlerGrace = 5 * minute
	// taskGrace is how long a cancelled task is waited for. Drivers that can
	// end a program do so after 10 seconds; this is for a driver that cannot,
	// or that hears of it late.
	taskGrace = 30 * second
)

// timerKinds are the kinds of timers that there are.
var timerKinds = [...]TimerKind{RetryTimer, TimeoutTimer, WaitTimer, GraceTimer}

// timerIndex returns the place of a kind among timerKinds.
func timerIndex(kind TimerKind) int {
	switch kind {
	case RetryTimer:
		return 0
	case TimeoutTimer:
		return 1
	case WaitTimer:
		return 2
	}
	return 3 // GraceTimer
}

// timerBit returns the bit of a kind of timer in more.timers.
func timerBit(kind TimerKind) uint8 { return 1 << timerIndex(kind) }

// after returns the time d nanoseconds from now, or the last there is.
func (m *Machine) after(d int64) ir.Time {
	if d > 0 && int64(m.now) > math.MaxInt64-d {
		return math.MaxInt64
	}
	return m.now + ir.Time(d)
}

// startTimer asks for a timer of r.
func (m *Machine) startTimer(r ref, kind TimerKind, due ir.Time) {
	x := r.inst().extra()
	x.timers |= timerBit(kind)
	x.keep().dues[timerIndex(kind)] = due
	m.step.Commands = append(m.step.Commands, Command{Type: StartTimer, Node: m.id(r), Timer: kind, Due: due})
}

// stopTimer cancels a timer of r, if it runs.
func (m *Machine) stopTimer(r ref, kind TimerKind) {
	x := r.inst().more
	if x == nil || x.timers&timerBit(kind) == 0 {
		return
	}
	x.timers &^= timerBit(kind)
	m.step.Commands = append(m.step.Commands, Command{Type: CancelTimer, Node: m.id(r), Timer: kind})
}

// stopTimers cancels every timer of r.
func (m *Machine) stopTimers(r ref) {
	if x := r.inst().more; x == nil || x.timers == 0 {
		return
	}
	for _, kind := range timerKinds {
		m.stopTimer(r, kind)
	}
}

// timerFired goes on where a timer was waited for. One that was cancelled in
// the meantime is ignored.
func (m *Machine) timerFired(r ref, kind TimerKind) {
	n, i := r.node(), r.inst()
	if i.more == nil || i.more.timers&timerBit(kind) == 0 {
		return
	}
	i.more.timers &^= timerBit(kind)
	if i.status != ir.Running {
		return
	}
	switch kind {
	case RetryTimer:
		if n.Kind == ir.NActivity {
			i.phase = working
			m.work(r)
		} else {
			m.again(r)
		}
	case TimeoutTimer:
		m.fail(r, ir.TimedOut, &Failure{Node: m.id(r), Error: TimeOut, Message: m.timeoutMessage(r), Attempts: m.attempts(r)})
	case WaitTimer:
		m.waited(r)
	case GraceTimer:
		m.abandon(r)
	}
}

// timeoutMessage says which time-out of r passed, in the words of drivers.
func (m *Machine) timeoutMessage(r ref) string {
	n := r.node()
	if n.Kind == ir.NActivity { // `timeout` holds per attempt, and is the driver's
		return "total_timeout passed"
	}
	what, c, fallback := "timeout", n.options.timeout, int64(0)
	if n.handler {
		fallback = handlerGrace
		for k, h := range n.parent.Handlers {
			if h.Body == int(n.index) {
				what, c = "the handler's timeout", n.parent.graces[k]
			}
		}
	}
	d, failure := m.number(r, &r.frame, c, fallback)
	if failure != nil { // it did not fail before
		d = fallback
	}
	return what + " of " + ir.Duration(d).String() + " passed"
}

// attempts returns how many attempts a task has had, 0 for other nodes.
func (m *Machine) attempts(r ref) int {
	if r.node().Kind != ir.NActivity {
		return 0
	}
	return int(r.inst().tries)
}
