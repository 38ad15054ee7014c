//go:build unix

package proc

import (
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pipes are our ends of a program's pipes; -1 where there is none. The other
// ends of those that we read stay open here too while the leader runs, so that
// we are not woken twice at every end, once by the pipe and once by the leader.
type pipes struct {
	stdin, stdout, log  int
	stdoutHeld, logHeld int    // the ends that the program writes
	rest                []byte // of stdin: what the pipe did not take at once
}

// devNull is /dev/null, open once for all programs.
var devNull = sync.OnceValues(func() (int, error) {
	for {
		fd, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
})

// start starts the program of s.
func start(s *Spec) (*leader, pipes, *Failure) {
	if f := checkArguments(s); f != nil {
		return nil, pipes{}, f
	}
	path, f := locate(s)
	if f != nil {
		return nil, pipes{}, f
	}
	oom.begin()
	ours, theirs, err := openPipes(s)
	if err != nil {
		return nil, pipes{}, systemFailure(s.Argv, err)
	}
	lead, err := fork(path, s, theirs)
	if err == unix.ENOENT && path != s.Argv[0] && forgetPath(s.Argv[0], getenv(s.Env, "PATH")) {
		// It was moved away since it was looked up. What is not there, or
		// lacks its interpreter, fails the second time too.
		if path, f = locate(s); f == nil {
			lead, err = fork(path, s, theirs)
		}
	}
	if theirs.stdin != theirs.null {
		closeFD(theirs.stdin)
	}
	switch {
	case f != nil:
		ours.close()
		return nil, pipes{}, f
	case err != nil:
		ours.close()
		return nil, pipes{}, startFailure(s, path, err)
	}
	return lead, ours, nil
}

// checkArguments refuses what execve would silently cut short.
func checkArguments(s *Spec) *Failure {
	if len(s.Argv) == 0 || s.Argv[0] == "" {
		return &Failure{Kind: BadArgument, Message: "the name of the program to run is empty"}
	}
	for i, arg := range s.Argv {
		if strings.IndexByte(arg, 0) >= 0 {
			return nulFailure(s.Argv, i)
		}
	}
	for _, v := range s.Env {
		if strings.IndexByte(v, 0) >= 0 {
			return nulEnvFailure(s.Argv, v)
		}
	}
	return nil
}

// locate returns the path to execute. One with a slash stays as it is: the
// child resolves it in Dir.
func locate(s *Spec) (string, *Failure) {
	name := s.Argv[0]
	if strings.IndexByte(name, '/') >= 0 {
		return name, nil
	}
	path, err := lookPath(name, getenv(s.Env, "PATH"))
	switch err {
	case nil:
		return path, nil
	case syscall.EACCES:
		return "", noPermission(s.Argv, path)
	default:
		return "", notInPath(s.Argv, getenv(s.Env, "PATH"))
	}
}

// busyTries bounds how often a program is tried that somebody has open for
// writing. That may be this very process: a fork in another thread holds a
// copy of each descriptor until its exec, also that of a program file just
// written and closed.
const busyTries = 6

// fork starts the program at path, as the leader of a group.
func fork(path string, s *Spec, theirs childEnds) (*leader, error) {
	env := s.Env
	if env == nil {
		env = []string{}
	}
	for try := 1; ; try++ {
		lead := &leader{fd: -1}
		attr := &syscall.ProcAttr{
			Dir:   s.Dir,
			Env:   env,
			Files: []uintptr{uintptr(theirs.stdin), uintptr(theirs.stdout), uintptr(theirs.stderr)},
			Sys:   sysProcAttr(&lead.fd),
		}
		pid, err := syscall.ForkExec(path, s.Argv, attr)
		if errors.Is(err, syscall.ETXTBSY) && try < busyTries {
			time.Sleep(time.Millisecond << try)
			continue
		}
		if err != nil {
			return nil, err
		}
		lead.pid = pid
		if err := lead.watch(); err != nil {
			_ = unix.Kill(-pid, unix.SIGKILL)
			_, _ = unix.Wait4(pid, nil, 0, nil)
			return nil, err
		}
		return lead, nil
	}
}

// hasTerminal reports whether this process has a controlling terminal.
var hasTerminal = sync.OnceValue(func() bool {
	fd, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	closeFD(fd)
	return err == nil
})

// ownGroup returns how to start a program in a group of its own, without a
// terminal. Where there is none to get rid of, no new session is made: that
// costs Linux a scheduling group too, 0.07 of the time of a short program.
func ownGroup() *syscall.SysProcAttr {
	session := hasTerminal()
	return &syscall.SysProcAttr{Setsid: session, Setpgid: !session}
}

// childEnds are the descriptors that become the program's 0, 1 and 2.
type childEnds struct {
	stdin, stdout, stderr int
	null                  int // shared, never closed
}

// close closes what is open.
func (p *pipes) close() {
	for _, fd := range [...]int{p.stdin, p.stdout, p.log, p.stdoutHeld, p.logHeld} {
		closeFD(fd)
	}
}

// closeFD closes fd unless it is -1.
func closeFD(fd int) {
	if fd >= 0 {
		unix.Close(fd)
	}
}

// openPipes opens what s needs. After an error nothing is left open.
func openPipes(s *Spec) (ours pipes, theirs childEnds, err error) {
	ours = pipes{stdin: -1, stdout: -1, log: -1, stdoutHeld: -1, logHeld: -1}
	theirs = childEnds{stdin: -1, stdout: -1, stderr: -1}
	if theirs.null, err = devNull(); err != nil {
		return ours, theirs, os.NewSyscallError("open /dev/null", err)
	}
	defer func() {
		if err != nil {
			ours.close()
			if theirs.stdin != theirs.null {
				closeFD(theirs.stdin)
			}
		}
	}()
	theirs.stdin = theirs.null
	if ours.log, ours.logHeld, err = pipe(); err != nil {
		return ours, theirs, err
	}
	theirs.stdout, theirs.stderr = ours.logHeld, ours.logHeld
	if s.Capture {
		if ours.stdout, ours.stdoutHeld, err = pipe(); err != nil {
			return ours, theirs, err
		}
		theirs.stdout = ours.stdoutHeld
	}
	if s.StdinFile != "" {
		if theirs.stdin, err = unix.Open(s.StdinFile, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			return ours, theirs, os.NewSyscallError("open "+s.StdinFile, err)
		}
		return ours, theirs, nil
	}
	if s.Stdin == nil {
		return ours, theirs, nil
	}
	if theirs.stdin, ours.stdin, err = pipe(); err != nil {
		return ours, theirs, err
	}
	if err = unix.SetNonblock(ours.stdin, true); err != nil {
		return ours, theirs, err
	}
	ours.rest = s.Stdin
	ours.fill()
	return ours, theirs, nil
}

// fill writes to stdin what the pipe takes before there is a reader. Where that
// is all, as it nearly always is, the pipe needs no attendance later.
func (p *pipes) fill() {
	for len(p.rest) > 0 {
		n, err := unix.Write(p.stdin, p.rest)
		if err == unix.EINTR {
			continue
		}
		if err != nil { // full
			return
		}
		p.rest = p.rest[n:]
	}
	unix.Close(p.stdin)
	p.stdin = -1
}
