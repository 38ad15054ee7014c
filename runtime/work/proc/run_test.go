//go:build unix

package proc_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/flowc/flowc/runtime/work/proc"
)

// run runs s, and fails the test if that takes suspiciously long.
func run(t *testing.T, s proc.Spec) proc.Result {
	t.Helper()
	return wait(t, proc.New(s))
}

// wait runs p likewise.
func wait(t *testing.T, p *proc.Process) proc.Result {
	t.Helper()
	done := make(chan proc.Result, 1)
	go func() { done <- p.Run() }()
	select {
	case r := <-done:
		return r
	case <-time.After(time.Minute):
		p.Kill(proc.TimedOut)
		t.Fatal("the program hangs")
		return proc.Result{}
	}
}

// show returns r in one line.
func show(r proc.Result) string {
	return fmt.Sprintf("exit %d, signal %d, %s, leftovers %t, stdout of %d, tail %.100q, %v",
		r.Exit, r.Signal, r.Stopped, r.Leftovers, len(r.Stdout), r.Tail, r.Failure)
}

// lines returns s with its log collected, and the collection.
func lines(s proc.Spec) (proc.Spec, *[]string) {
	var got []string
	s.Log = func(line []byte) { got = append(got, string(line)) }
	return s, &got
}

func capture(s proc.Spec) proc.Spec {
	s.Capture = true
	return s
}

func TestExit(t *testing.T) {
	for _, code := range []int{0, 1, 2, 75, 255} {
		r := run(t, act("exit", fmt.Sprint(code)))
		if r.Failure != nil || r.Exit != code || r.Signal != 0 || r.Leftovers {
			t.Errorf("exit %d: got %s", code, show(r))
		}
		if r.Started.IsZero() || r.Ended.Before(r.Started) {
			t.Errorf("exit %d: ran from %v to %v", code, r.Started, r.Ended)
		}
	}
}

func TestArgumentsReachTheProgramAsTheyAre(t *testing.T) {
	args := []string{"", "a b", "$HOME", "*", "é\xff", "-x\n"}
	r := run(t, capture(act("args", args...)))
	if got, want := string(r.Stdout), fmt.Sprintf("%q", args); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEnvironmentIsAllThatIsGiven(t *testing.T) {
	s := capture(act("env"))
	s.Env = append(s.Env, "A=1", "B=")
	if got, want := string(run(t, s).Stdout), actEnv+"=env\nA=1\nB="; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	t.Setenv("PROC_TEST_SECRET", "x")
	s.Argv, s.Env = []string{"/usr/bin/env"}, nil
	if r := run(t, s); r.Failure != nil || len(r.Stdout) != 0 {
		t.Errorf("without an environment: got %q, %v", r.Stdout, r.Failure)
	}
}

func TestDir(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := capture(act("pwd"))
	s.Dir = dir
	if got := string(run(t, s).Stdout); got != dir {
		t.Errorf("got %q, want %q", got, dir)
	}
	// A relative program is relative to Dir.
	if err := os.Symlink(self, filepath.Join(dir, "prog")); err != nil {
		t.Fatal(err)
	}
	s.Argv = []string{"./prog"}
	if r := run(t, s); string(r.Stdout) != dir {
		t.Errorf("relative program: got %q, %v", r.Stdout, r.Failure)
	}
}

func TestStdin(t *testing.T) {
	for _, size := range []int{0, 1, 4096, 64 << 10, 64<<10 + 1, 10 << 20} {
		s := capture(act("cat"))
		s.Stdin = bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
		r := run(t, s)
		if r.Failure != nil || r.Exit != 0 || !bytes.Equal(r.Stdout, s.Stdin) {
			t.Errorf("%d bytes: got %d back, exit %d, %v", size, len(r.Stdout), r.Exit, r.Failure)
		}
	}
	if r := run(t, capture(act("cat"))); r.Failure != nil || len(r.Stdout) != 0 {
		t.Errorf("no stdin: got %q, %v", r.Stdout, r.Failure)
	}
}

func TestStdinThatNobodyReadsIsNoError(t *testing.T) {
	s := act("exit", "0")
	s.Stdin = make([]byte, 10<<20)
	if r := run(t, s); r.Failure != nil || r.Exit != 0 {
		t.Errorf("got %s", show(r))
	}
	s = capture(act("mute", "50ms"))
	s.Stdin = make([]byte, 10<<20)
	if r := run(t, s); r.Failure != nil || r.Exit != 7 || string(r.Stdout) != "last words" {
		t.Errorf("closed early: got %s", show(r))
	}
}

func TestLogHoldsBothStreamsInOrderWithoutCapture(t *testing.T) {
	s, got := lines(act("both"))
	r := run(t, s)
	if want := "[out 1 err 1 out 2]"; fmt.Sprint(*got) != want {
		t.Errorf("got %v, want %v", *got, want)
	}
	if want := "out 1\nerr 1\nout 2\n"; string(r.Tail) != want || r.LogBytes != int64(len(want)) || r.Stdout != nil {
		t.Errorf("tail %q of %d bytes, stdout %q", r.Tail, r.LogBytes, r.Stdout)
	}

	s, got = lines(capture(act("both")))
	r = run(t, s)
	if fmt.Sprint(*got) != "[err 1]" || string(r.Stdout) != "out 1\nout 2\n" {
		t.Errorf("capturing: log %v, stdout %q", *got, r.Stdout)
	}
}

func TestLogIsStreamed(t *testing.T) {
	s := act("polite")
	p := (*proc.Process)(nil)
	s.Log = func(line []byte) {
		if string(line) == "ready" { // it runs until it is stopped, so this came before its end
			p.Stop(proc.Cancelled)
		}
	}
	p = proc.New(s)
	r := wait(t, p)
	if r.Exit != 3 || string(r.Tail) != "ready\ngoodbye\n" || r.Stopped != proc.Cancelled {
		t.Errorf("got %s", show(r))
	}
}

func TestLogKeepsBytesAndSplitsLongLines(t *testing.T) {
	s, got := lines(act("stderr", "a\xff\r\n\n"+strings.Repeat("x", 25)+"\nend"))
	s.MaxLine, s.Tail = 10, 5
	r := run(t, s)
	want := []string{"a\xff\r", "", "xxxxxxxxxx", "xxxxxxxxxx", "xxxxx", "end"}
	if fmt.Sprintf("%q", *got) != fmt.Sprintf("%q", want) {
		t.Errorf("got %q, want %q", *got, want)
	}
	if string(r.Tail) != "x\nend" || r.LogBytes != 34 {
		t.Errorf("tail %q of %d bytes", r.Tail, r.LogBytes)
	}
}

func TestMuchLogIsNotHeld(t *testing.T) {
	n := 0
	s := act("yes", fmt.Sprint(20<<20))
	s.Log = func(line []byte) { n += len(line) }
	r := run(t, s)
	if r.Failure != nil || n != 20<<20 || r.LogBytes != 20<<20 || len(r.Tail) != proc.DefaultTail || cap(r.Tail) > 64<<10 {
		t.Errorf("logged %d, tail %d/%d, %v", n, len(r.Tail), cap(r.Tail), r.Failure)
	}
}

func TestTooMuchOutput(t *testing.T) {
	s := capture(act("yes", "100000"))
	s.MaxStdout = 100000
	if r := run(t, s); r.Failure != nil || len(r.Stdout) != 100000 || cap(r.Stdout) > 100000 {
		t.Errorf("at the limit: %d bytes of %d, %v", len(r.Stdout), cap(r.Stdout), r.Failure)
	}
	s.Argv[1] = "100001"
	if r := run(t, s); r.Failure == nil || r.Failure.Kind != proc.TooMuchOutput || r.Stdout != nil {
		t.Errorf("one more: %d bytes, %v", len(r.Stdout), r.Failure)
	}
	s = capture(act("yes")) // without end
	s.MaxStdout = 3 << 20
	r := run(t, s)
	if r.Failure == nil || !strings.HasSuffix(r.Failure.Message, "wrote more than 3 MiB to stdout and was ended") {
		t.Errorf("endless: %v", r.Failure)
	}
}

func TestOwnGroup(t *testing.T) {
	s := capture(act("ids"))
	pgid := 0
	s.OnStart = func(n int) { pgid = n }
	r := run(t, s)
	if want := fmt.Sprint(pgid, pgid, os.Getpid()); string(r.Stdout) != want {
		t.Errorf("got %s, want %s", r.Stdout, want)
	}
}

func TestOnlyThreeDescriptorsAreInherited(t *testing.T) {
	want := "0 1 2 "
	for fd := 3; fd < 64; fd++ { // what whoever started the tests left open is not ours to close
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			want += fmt.Sprint(fd, " ")
		}
	}
	s := capture(act("fds"))
	s.Stdin = []byte("x")
	if r := run(t, s); string(r.Stdout) != want {
		t.Errorf("got %s, want %s", r.Stdout, want)
	}
}

func TestKilled(t *testing.T) {
	r := run(t, act("sighup"))
	if f := r.Failure; f == nil || f.Kind != proc.Killed || r.Signal != syscall.SIGHUP || r.Exit != -1 ||
		!strings.HasSuffix(f.Message, "was killed by SIGHUP (hangup)") {
		t.Errorf("got %s", show(r))
	}
	r = run(t, act("sigkill"))
	if f := r.Failure; f == nil || f.Kind != proc.Killed || r.Signal != syscall.SIGKILL || !strings.Contains(f.Message, "memory") {
		t.Errorf("got %s", show(r))
	}
}

func TestWithoutPidfd(t *testing.T) {
	withoutPidfd(func() {
		t.Run("exit", TestExit)
		t.Run("stdin", TestStdin)
		t.Run("stop", TestStop)
		t.Run("held", TestHeldPipe)
		t.Run("killed", TestKilled)
	})
}
