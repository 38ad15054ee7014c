//go:build unix && !linux

package proc

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// sysProcAttr returns how to start a leader. There is no pidfd, and no signal
// on the parent's death.
func sysProcAttr(*int) *syscall.SysProcAttr { return ownGroup() }

// pipe returns the ends of a pipe that no program inherits by itself.
func pipe() (r, w int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	var fds [2]int
	if err := unix.Pipe(fds[:]); err != nil {
		return -1, -1, os.NewSyscallError("pipe", err)
	}
	unix.CloseOnExec(fds[0])
	unix.CloseOnExec(fds[1])
	return fds[0], fds[1], nil
}

// anyAlive reports whether a process of the group is more than a zombie; here
// that is not known.
func anyAlive(int) bool { return true }

// oomKills returns how many processes were killed for want of memory; here the
// kernel does not say.
func oomKills() int64 { return 0 }
