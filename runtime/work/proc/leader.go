//go:build unix

package proc

import "golang.org/x/sys/unix"

// A leader is the started program, the first process of its group.
type leader struct {
	pid int

	// fd can be polled, and is readable once the leader has ended: a pidfd
	// where there are such, and then the leader stays a zombie until reap.
	// Elsewhere the read end of a pipe that closes when a goroutine has
	// reaped the leader.
	fd     int
	status chan unix.WaitStatus // nil if fd is a pidfd
}

// watch makes sure that fd tells of the leader's end.
func (l *leader) watch() error {
	if l.fd >= 0 {
		return nil
	}
	r, w, err := pipe()
	if err != nil {
		return err
	}
	l.fd, l.status = r, make(chan unix.WaitStatus, 1)
	go func() {
		l.status <- l.wait()
		unix.Close(w)
	}()
	return nil
}

// reap returns how the leader ended, and closes fd. It blocks until then.
func (l *leader) reap() unix.WaitStatus {
	defer unix.Close(l.fd)
	if l.status != nil {
		return <-l.status
	}
	return l.wait()
}

// wait blocks until the leader has ended and takes its status. That fails only
// if somebody else in this process waits for children that are not theirs;
// nothing is known of the end then, which reads as exit code 255.
func (l *leader) wait() unix.WaitStatus {
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(l.pid, &status, 0, nil)
		switch err {
		case nil:
			return status
		case unix.EINTR:
		default:
			return 0xff00
		}
	}
}
