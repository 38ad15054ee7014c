//go:build unix

package proc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Kind is what sort of failure befell a program. That it exited with a code
// other than zero is none of them: what a code means is the caller's to say.
type Kind uint8

// The kinds.
const (
	_             Kind = iota
	NotFound           // there is no such program
	NotExecutable      // it is there, but cannot be executed
	BadDir             // the working folder cannot be entered
	BadArgument        // the arguments or the environment cannot be passed
	CannotStart        // the system refused for now: no memory, processes or descriptors
	Killed             // a signal ended it that the caller did not ask for
	TooMuchOutput      // it wrote more than may be captured
	Stopped            // the caller stopped it
)

// A Failure is why a program has no result. Its message is one sentence for
// the user, without a final stop.
type Failure struct {
	Kind    Kind
	Message string
	Err     error // the system's own error; nil if there is none
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// Unwrap returns the system's own error.
func (f *Failure) Unwrap() error { return f.Err }

// failure returns the failure that says of the program argv[0] what format says.
func failure(kind Kind, err error, argv []string, format string, args ...any) *Failure {
	program := "program"
	if len(argv) > 0 {
		program = "program " + quote(argv[0])
	}
	return &Failure{Kind: kind, Message: program + " " + fmt.Sprintf(format, args...), Err: err}
}

// quote returns s between backquotes, shortened and with what a terminal would
// not show plainly escaped.
func quote(s string) string {
	const most = 200
	if len(s) > most {
		s = s[:most] + "…"
	}
	q := fmt.Sprintf("%q", s)
	return "`" + strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`) + "`"
}

func notInPath(argv []string, path string) *Failure {
	if path == "" {
		return failure(NotFound, unix.ENOENT, argv, "was not found, since PATH is empty")
	}
	return failure(NotFound, unix.ENOENT, argv, "was not found in PATH")
}

func noPermission(argv []string, path string) *Failure {
	if path == argv[0] {
		return failure(NotExecutable, unix.EACCES, argv, "is not executable (chmod +x makes it so)")
	}
	return failure(NotExecutable, unix.EACCES, argv, "is not executable at %s (chmod +x makes it so)", quote(path))
}

func nulFailure(argv []string, i int) *Failure {
	if i == 0 {
		return failure(BadArgument, unix.EINVAL, argv, "has a NUL byte in its name")
	}
	return failure(BadArgument, unix.EINVAL, argv, "cannot be given argument %d: it holds a NUL byte (pass such data on stdin)", i)
}

func nulEnvFailure(argv []string, v string) *Failure {
	key, _, _ := strings.Cut(v, "=")
	return failure(BadArgument, unix.EINVAL, argv, "cannot be given the environment variable %s: it holds a NUL byte", quote(key))
}

func tooMuchFailure(argv []string, most int) *Failure {
	return failure(TooMuchOutput, nil, argv, "wrote more than %s to stdout and was ended", size(most))
}

func stoppedFailure(argv []string, why Cause, sig syscall.Signal) *Failure {
	if sig != 0 {
		return failure(Stopped, nil, argv, "was %s, and ended by %s", why, signalName(sig))
	}
	return failure(Stopped, nil, argv, "was %s", why)
}

func killedFailure(argv []string, sig syscall.Signal, outOfMemory bool) *Failure {
	switch {
	case outOfMemory:
		return failure(Killed, nil, argv, "was killed by %s: the system ran out of memory", signalName(sig))
	case sig == unix.SIGKILL:
		return failure(Killed, nil, argv, "was killed by %s, possibly out of memory", signalName(sig))
	default:
		return failure(Killed, nil, argv, "was killed by %s (%s)", signalName(sig), sig)
	}
}

// systemFailure says that the system refused to help start the program.
func systemFailure(argv []string, err error) *Failure {
	switch {
	case errors.Is(err, unix.EMFILE):
		return failure(CannotStart, err, argv, "could not be started: this process has too many files open (ulimit -n)")
	case errors.Is(err, unix.ENFILE):
		return failure(CannotStart, err, argv, "could not be started: the system has too many files open")
	case errors.Is(err, unix.EAGAIN):
		return failure(CannotStart, err, argv, "could not be started: there are too many processes (ulimit -u)")
	case errors.Is(err, unix.ENOMEM):
		return failure(CannotStart, err, argv, "could not be started: there is no memory for another process")
	default:
		return failure(CannotStart, err, argv, "could not be started: %v", err)
	}
}

// startFailure finds out why executing path failed with err. The kernel gives
// one number for many reasons, so the place is inspected afterwards.
func startFailure(s *Spec, path string, err error) *Failure {
	if errors.Is(err, unix.E2BIG) {
		return tooLong(s, err)
	}
	if f := inspectDir(s, err); f != nil {
		return f
	}
	file := path
	if !filepath.IsAbs(file) {
		file = filepath.Join(s.Dir, file)
	}
	if f := inspectProgram(s.Argv, file, err); f != nil {
		return f
	}
	return systemFailure(s.Argv, err)
}

// inspectDir returns what is wrong with the working folder, or nil.
func inspectDir(s *Spec, err error) *Failure {
	if s.Dir == "" {
		return nil
	}
	if strings.IndexByte(s.Dir, 0) >= 0 {
		return failure(BadDir, err, s.Argv, "cannot run in %s: the name of the folder holds a NUL byte", quote(s.Dir))
	}
	info, statErr := os.Stat(s.Dir)
	switch {
	case errors.Is(statErr, os.ErrNotExist):
		return failure(BadDir, err, s.Argv, "cannot run in %s: there is no such folder", quote(s.Dir))
	case statErr != nil:
		return failure(BadDir, err, s.Argv, "cannot run in %s: %v", quote(s.Dir), errors.Unwrap(statErr))
	case !info.IsDir():
		return failure(BadDir, err, s.Argv, "cannot run in %s: it is not a folder", quote(s.Dir))
	case unix.Access(s.Dir, unix.X_OK) != nil:
		return failure(BadDir, err, s.Argv, "cannot run in %s: the folder may not be entered", quote(s.Dir))
	}
	return nil
}

// inspectProgram returns what is wrong with the program's file, or nil.
func inspectProgram(argv []string, file string, err error) *Failure {
	info, statErr := os.Stat(file)
	switch {
	case missing(statErr) && file == filepath.Clean(argv[0]):
		return failure(NotFound, err, argv, "was not found")
	case missing(statErr):
		return failure(NotFound, err, argv, "was not found at %s", quote(file))
	case statErr != nil:
		return failure(NotFound, err, argv, "could not be looked at: %v", errors.Unwrap(statErr))
	case info.IsDir():
		return failure(NotExecutable, err, argv, "is a folder")
	case !info.Mode().IsRegular():
		return failure(NotExecutable, err, argv, "is not a regular file")
	case info.Mode().Perm()&0o111 == 0:
		return noPermission(argv, file)
	}
	interpreter := shebang(file)
	switch {
	case errors.Is(err, unix.ENOENT) && interpreter != "":
		return failure(NotExecutable, err, argv, "names an interpreter that does not exist: %s", quote(interpreter))
	case errors.Is(err, unix.ENOENT):
		return failure(NotExecutable, err, argv, "needs a loader that this machine does not have: it was built for another system")
	case errors.Is(err, unix.ENOEXEC):
		return failure(NotExecutable, err, argv, "is no program for this machine, and no script that begins with #!")
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		if interpreter != "" && unix.Access(interpreter, unix.X_OK) != nil {
			return failure(NotExecutable, err, argv, "names an interpreter that cannot be executed: %s", quote(interpreter))
		}
		return failure(NotExecutable, err, argv, "may not be executed by this user, or on this file system")
	case errors.Is(err, unix.ETXTBSY):
		return failure(NotExecutable, err, argv, "is still being written by some process")
	}
	return nil
}

// missing reports whether err says that there is no such file.
func missing(err error) bool { return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) }

// shebang returns the interpreter that the first line of file names; "" if
// there is none.
func shebang(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	buf := make([]byte, 256) // what the kernel reads
	n, _ := f.Read(buf)
	line, found := strings.CutPrefix(string(buf[:n]), "#!")
	if !found {
		return ""
	}
	line, _, _ = strings.Cut(line, "\n")
	line = strings.TrimLeft(line, " \t")
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		line = line[:i]
	}
	return line // with the \r of a script that has CRLF lines, which quote shows
}

// tooLong says that the arguments are, and which it is above all.
func tooLong(s *Spec, err error) *Failure {
	total, longest := 0, 0
	for i, arg := range s.Argv {
		total += len(arg) + 1
		if len(arg) > len(s.Argv[longest]) {
			longest = i
		}
	}
	env := 0
	for _, v := range s.Env {
		env += len(v) + 1
	}
	if env > total {
		return failure(BadArgument, err, s.Argv, "cannot be given so large an environment: %s", size(env))
	}
	return failure(BadArgument, err, s.Argv, "cannot be given arguments so long: %s in all, %s in argument %d (pass large values on stdin)",
		size(total), size(len(s.Argv[longest])), longest)
}

// signalName returns the name of sig, as SIGKILL.
func signalName(sig syscall.Signal) string {
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", int(sig))
}

// size returns n bytes in the largest unit that divides it, or nearly.
func size(n int) string {
	switch {
	case n >= 10<<20 || n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10 || n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	case n == 1:
		return "1 byte"
	default:
		return fmt.Sprintf("%d bytes", n)
	}
}
