//go:build unix

package proc

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	// firstLook and longestLook bound the pauses between two looks at whether
	// leftovers have ended; they grow from the one to the other.
	firstLook   = time.Millisecond
	longestLook = 20 * time.Millisecond

	// afterKill is how long leftovers are waited for after SIGKILL. Only those
	// in uninterruptible sleep, or of another user, outlast it.
	afterKill = time.Second
)

// reap takes the status of the leader, which has ended. From here on only
// leftovers keep the number of the group from being given to another.
func (p *Process) reap(lead *leader) unix.WaitStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	status := lead.reap()
	p.phase = ended // it is already, unless attending to the leader failed
	if p.isEmpty() {
		p.close()
	}
	return status
}

// empty ends what the leader left in its group, and returns when it has ended.
// It reports whether there was anything.
func (p *Process) empty() (leftovers bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase == gone {
		return false
	}
	p.ask()
	killed := time.Time{} // when SIGKILL was first seen to be sent
	pause := firstLook
	for looks := 1; !p.isEmpty(); looks++ {
		if p.forced && killed.IsZero() {
			killed = time.Now()
		}
		if p.forced && time.Since(killed) > afterKill {
			break
		}
		if seldom(looks) && !anyAlive(p.pgid) {
			break
		}
		p.mu.Unlock()
		time.Sleep(pause)
		p.mu.Lock()
		pause = min(2*pause, longestLook)
	}
	p.close()
	return true
}

// seldom reports whether the n-th look is one of those, ever rarer, that may
// be costly.
func seldom(n int) bool { return n >= 4 && n&(n-1) == 0 }

// isEmpty reports whether no process is in the group. p.mu is held, the leader
// is reaped. Orphans whose parent we became, as process 1 of a container does,
// are reaped on the way.
func (p *Process) isEmpty() bool {
	if unix.Kill(-p.pgid, 0) == unix.ESRCH {
		return true
	}
	for {
		pid, err := unix.Wait4(-p.pgid, nil, unix.WNOHANG, nil)
		if err == unix.EINTR {
			continue
		}
		if pid <= 0 || err != nil {
			break
		}
	}
	return unix.Kill(-p.pgid, 0) == unix.ESRCH
}

// close ends the life of the group's number. p.mu is held.
func (p *Process) close() {
	p.phase = gone
	if p.deadline != nil {
		p.deadline.Stop()
	}
}
