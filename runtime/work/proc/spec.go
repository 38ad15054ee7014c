//go:build unix

package proc

import (
	"syscall"
	"time"
)

// The values that stand for zero fields of a [Spec].
const (
	DefaultMaxStdout = 64 << 20 // bytes
	DefaultMaxLine   = 64 << 10 // bytes
	DefaultTail      = 8 << 10  // bytes
	DefaultGrace     = 10 * time.Second
	DefaultLinger    = 250 * time.Millisecond
)

// A Spec says what to run. Zero fields have the defaults named beside them.
// A Spec and what it refers to must not change while the program runs.
type Spec struct {
	// Argv is the program and its arguments; no shell sees them. A name with
	// a slash is a path relative to Dir; any other is looked up in the
	// absolute folders of Env's PATH.
	Argv []string

	// Env is the whole environment, as "KEY=value" ([Environ] makes one
	// cheaply). nil is an empty environment.
	Env []string

	// Dir is the working folder; "" is the caller's.
	Dir string

	// Stdin is what the program can read; nil is /dev/null. A program that
	// does not read it is not in error.
	Stdin []byte

	// StdinFile is the path of a file that the program reads in place of
	// Stdin; "" is none.
	StdinFile string

	// Capture asks for stdout in Result.Stdout. Otherwise stdout is part of
	// the log, in one pipe with stderr, so that the order of lines is true.
	Capture bool

	// MaxStdout is the most bytes of stdout to hold when Capture is set. One
	// byte more ends the program with [TooMuchOutput].
	MaxStdout int

	// Log gets each line of the log, without its newline, in order, from the
	// goroutine that called Run. The line holds whatever bytes the program
	// wrote, and is valid only during the call. A program may have to wait
	// until Log returns. nil drops the lines; the tail is kept all the same.
	Log func(line []byte)

	// Filter changes what of the log is heard, here and in the tail; nil
	// changes nothing. It is used by the goroutine that called Run.
	Filter Filter

	// MaxLine is the length in bytes at which a longer line is split.
	MaxLine int

	// Tail is how many of the last bytes of the log Result.Tail holds.
	Tail int

	// Grace is the time from SIGTERM to SIGKILL; negative is none.
	Grace time.Duration

	// Linger is how long the pipes are read after the leader has ended while
	// others hold them; negative is not at all, beyond what is there.
	Linger time.Duration

	// OnStart, if not nil, is told the pgid, from the goroutine that called
	// Run, before anything is read from the program.
	OnStart func(pgid int)
}

// A Filter changes a stream.
type Filter interface {
	// Write takes the next bytes, and returns those that go on, which are
	// valid until the next call. It may hold some back.
	Write(b []byte) []byte

	// End returns what was held back.
	End() []byte
}

// withDefaults returns s with its zero fields replaced.
func (s Spec) withDefaults() Spec {
	if s.MaxStdout <= 0 {
		s.MaxStdout = DefaultMaxStdout
	}
	if s.MaxLine <= 0 {
		s.MaxLine = DefaultMaxLine
	}
	if s.Tail <= 0 {
		s.Tail = DefaultTail
	}
	if s.Grace == 0 {
		s.Grace = DefaultGrace
	}
	if s.Linger == 0 {
		s.Linger = DefaultLinger
	}
	return s
}

// A Result says how a program ended.
type Result struct {
	// Failure is nil exactly if the program ran until it exited by itself,
	// not stopped and within its limits. Exit is then its code, zero or not.
	Failure *Failure

	// Exit is the exit code of the leader; -1 if it has none, because it was
	// not started or a signal ended it.
	Exit int

	// Signal is what ended the leader; 0 if it exited or was not started.
	Signal syscall.Signal

	// Stopped is why the caller stopped the program; [NotStopped] also if the
	// request came when the leader was already known to have ended.
	Stopped Cause

	// Stdout is what was captured; nil after TooMuchOutput.
	Stdout []byte

	// Tail is the end of the log, LogBytes the length of the whole of it.
	Tail     []byte
	LogBytes int64

	// Leftovers reports whether the leader left processes behind in its
	// group, which were then ended.
	Leftovers bool

	// Started and Ended enclose the life of the leader: from before its start
	// to its reaping. Both are zero if it was not started.
	Started, Ended time.Time
}

// A Cause is why the caller stopped a program.
type Cause uint8

// The causes.
const (
	NotStopped Cause = iota
	Cancelled        // nobody wants the result any more
	TimedOut         // it took too long
)

// String returns the cause as it reads after "was".
func (c Cause) String() string {
	switch c {
	case Cancelled:
		return "cancelled"
	case TimedOut:
		return "timed out"
	default:
		return "not stopped"
	}
}
