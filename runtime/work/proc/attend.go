//go:build unix

package proc

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Places in the attendant's poll list. A descriptor of -1 is not looked at.
const (
	onExit = iota // readable when the leader has ended
	onStdout
	onLog
	onStdin
	places
)

// chunk is how much is read at once: what a pipe holds.
const chunk = 64 << 10

var chunks = sync.Pool{New: func() any { return new([chunk]byte) }}

// An attendant feeds and drains one running program. All of it happens in one
// goroutine, which waits in poll(2) for whichever comes first: that is what
// keeps a program that writes while it is fed from blocking, and one that
// leaves its pipe to a grandchild from holding us up.
type attendant struct {
	p       *Process
	fds     [places]unix.PollFd
	held    [2]int // write ends to close when the leader has ended; -1 if none
	stdin   []byte // what is still to be written
	stdout  capture
	log     lineLog
	tooMuch bool // stdout passed its limit
}

// newAttendant returns the attendant of a program that was just started. The
// pipes are the attendant's to close from here on; lead's descriptor is not.
func newAttendant(p *Process, lead *leader, ours pipes) *attendant {
	a := &attendant{p: p, held: [2]int{ours.stdoutHeld, ours.logHeld}, stdin: ours.rest}
	a.stdout.max = p.spec.MaxStdout
	a.log = lineLog{emit: p.spec.Log, filter: p.spec.Filter, maxLine: p.spec.MaxLine, maxTail: p.spec.Tail}
	a.fds[onExit] = unix.PollFd{Fd: int32(lead.fd), Events: unix.POLLIN}
	a.fds[onStdout] = unix.PollFd{Fd: int32(ours.stdout), Events: unix.POLLIN}
	a.fds[onLog] = unix.PollFd{Fd: int32(ours.log), Events: unix.POLLIN}
	a.fds[onStdin] = unix.PollFd{Fd: int32(ours.stdin), Events: unix.POLLOUT}
	return a
}

// attend returns when the leader has ended and either all has been read, or
// others have held the pipes for longer than they may.
func (a *attendant) attend() {
	buf := chunks.Get().(*[chunk]byte)
	defer chunks.Put(buf)
	defer a.close(onStdin)
	defer a.close(onStdout)
	defer a.close(onLog)
	defer a.release()

	var last time.Time // until when to read what others hold; zero while the leader runs
	for last.IsZero() || a.open(onStdout) || a.open(onLog) {
		timeout := -1
		if !last.IsZero() {
			timeout = int(max(0, time.Until(last)+time.Millisecond-1) / time.Millisecond)
		}
		n, err := unix.Poll(a.fds[:], timeout)
		if err == unix.EINTR || err == unix.EAGAIN {
			continue
		}
		if err != nil { // the kernel has no memory to wait with
			a.p.mu.Lock()
			a.p.force()
			a.p.mu.Unlock()
			return
		}
		if n == 0 { // the others' time is over
			return
		}
		if a.fds[onStdin].Revents != 0 {
			a.feed()
		}
		if a.fds[onStdout].Revents != 0 {
			a.drain(onStdout, buf[:])
		}
		if a.fds[onLog].Revents != 0 {
			a.drain(onLog, buf[:])
		}
		if a.fds[onExit].Revents != 0 {
			last = time.Now().Add(a.p.spec.Linger)
			a.fds[onExit].Fd = -1
			a.close(onStdin)
			a.release()
			a.p.mu.Lock()
			a.p.phase = ended
			a.p.mu.Unlock()
		}
	}
}

// release closes the write ends that we hold, so that the pipes end when all
// others have closed them.
func (a *attendant) release() {
	for i, fd := range a.held {
		closeFD(fd)
		a.held[i] = -1
	}
}

// open reports whether there is a descriptor at place i.
func (a *attendant) open(i int) bool { return a.fds[i].Fd >= 0 }

// close closes the descriptor at place i, if there is one.
func (a *attendant) close(i int) {
	if a.open(i) {
		unix.Close(int(a.fds[i].Fd))
		a.fds[i].Fd = -1
	}
}

// feed writes what the pipe takes of stdin. An error means that no one reads
// it any more, which is the program's choice.
func (a *attendant) feed() {
	n, err := unix.Write(int(a.fds[onStdin].Fd), a.stdin)
	switch err {
	case nil:
		a.stdin = a.stdin[n:]
	case unix.EAGAIN, unix.EINTR:
	default:
		a.stdin = nil
	}
	if len(a.stdin) == 0 {
		a.close(onStdin)
	}
}

// drain reads once from place i, which poll said not to block.
func (a *attendant) drain(i int, buf []byte) {
	n, err := unix.Read(int(a.fds[i].Fd), buf)
	switch {
	case err == unix.EINTR || err == unix.EAGAIN:
	case n <= 0 || err != nil:
		a.close(i)
	case i == onLog:
		a.log.write(buf[:n])
	case !a.stdout.write(buf[:n]):
		a.tooMuch = true
		a.close(i)
		a.p.mu.Lock()
		a.p.ask()
		a.p.mu.Unlock()
	}
}
