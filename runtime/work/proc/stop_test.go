//go:build unix

package proc_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowc/flowc/runtime/work/proc"
)

// whenReady returns the process of s, on which do is called when its log says
// "ready".
func whenReady(s proc.Spec, do func(p *proc.Process)) *proc.Process {
	var p *proc.Process
	s.Log = func(line []byte) {
		if string(line) == "ready" {
			do(p)
		}
	}
	p = proc.New(s)
	return p
}

// isGone reports whether the process pid, given in decimal, ends soon or has
// ended. A zombie has.
func isGone(pid string) bool {
	n, err := strconv.Atoi(strings.TrimSpace(pid))
	if err != nil || n <= 0 {
		return false
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if syscall.Kill(n, 0) == syscall.ESRCH {
			return true
		}
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n)); err == nil && bytes.Contains(stat, []byte(") Z ")) {
			return true
		}
	}
	return false
}

func TestStop(t *testing.T) {
	p := whenReady(act("polite"), func(p *proc.Process) { p.Stop(proc.TimedOut); p.Stop(proc.Cancelled) })
	r := wait(t, p)
	if r.Stopped != proc.TimedOut || r.Exit != 3 || r.Failure == nil || r.Failure.Kind != proc.Stopped ||
		!strings.HasSuffix(r.Failure.Message, "was timed out") {
		t.Errorf("polite: got %s", show(r))
	}

	s := act("sleep")
	s.OnStart = func(int) { p.Stop(proc.Cancelled) }
	p = proc.New(s)
	r = wait(t, p)
	if r.Stopped != proc.Cancelled || r.Signal != syscall.SIGTERM || !strings.HasSuffix(r.Failure.Message, "was cancelled, and ended by SIGTERM") {
		t.Errorf("sleep: got %s", show(r))
	}
}

func TestStopBecomesKillAfterTheGrace(t *testing.T) {
	s := act("stubborn")
	s.Grace = 50 * time.Millisecond
	r := wait(t, whenReady(s, func(p *proc.Process) { p.Stop(proc.Cancelled) }))
	if r.Signal != syscall.SIGKILL || r.Stopped != proc.Cancelled || r.Failure.Kind != proc.Stopped {
		t.Errorf("got %s", show(r))
	}
	s.Grace = -1
	if r := wait(t, whenReady(s, func(p *proc.Process) { p.Stop(proc.Cancelled) })); r.Signal != syscall.SIGKILL {
		t.Errorf("without grace: got %s", show(r))
	}
}

func TestKillDoesNotWaitForTheGrace(t *testing.T) {
	s := act("stubborn")
	s.Grace = time.Hour
	r := wait(t, whenReady(s, func(p *proc.Process) { p.Stop(proc.TimedOut); p.Kill(proc.Cancelled) }))
	if r.Signal != syscall.SIGKILL || r.Stopped != proc.TimedOut {
		t.Errorf("got %s", show(r))
	}
}

func TestStopOfAStoppedProgram(t *testing.T) {
	var p *proc.Process
	s := act("sleep")
	s.Grace = time.Hour
	s.OnStart = func(pgid int) {
		syscall.Kill(pgid, syscall.SIGSTOP)
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(pgid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
			t.Errorf("not stopped: %v", err)
		}
		p.Stop(proc.Cancelled)
	}
	p = proc.New(s)
	if r := wait(t, p); r.Signal != syscall.SIGTERM {
		t.Errorf("got %s", show(r))
	}
}

func TestStopBeforeRunStartsNothing(t *testing.T) {
	for _, stop := range []func(*proc.Process, proc.Cause){(*proc.Process).Stop, (*proc.Process).Kill} {
		s := act("sleep")
		s.OnStart = func(int) { t.Error("started") }
		p := proc.New(s)
		stop(p, proc.Cancelled)
		r := wait(t, p)
		if r.Stopped != proc.Cancelled || r.Failure == nil || r.Exit != -1 || !r.Started.IsZero() {
			t.Errorf("got %s", show(r))
		}
	}
}

// TestStopAtAnyInstant stops programs at times that fall before, into and after
// their start; whenever it is, they end, by themselves or by the signal.
func TestStopAtAnyInstant(t *testing.T) {
	stopped := 0
	for i := range 150 {
		s := proc.Spec{Argv: []string{"/bin/sleep", []string{"300", "0.001"}[i%2]}, Grace: time.Hour}
		p := proc.New(s)
		go func() {
			time.Sleep(time.Duration(i*13) * time.Microsecond)
			if i%3 == 0 {
				p.Kill(proc.Cancelled)
			} else {
				p.Stop(proc.Cancelled)
			}
		}()
		r := wait(t, p)
		if r.Stopped == proc.Cancelled {
			stopped++
		}
		if (r.Stopped == proc.Cancelled) != (r.Failure != nil) {
			t.Errorf("after %d µs: got %s", i*13, show(r))
		}
	}
	if stopped < 75 { // the long sleepers
		t.Errorf("only %d were stopped", stopped)
	}
}

func TestStopAndKillAfterTheEndDoNothing(t *testing.T) {
	p := proc.New(act("exit", "0"))
	r := wait(t, p)
	p.Stop(proc.Cancelled)
	p.Kill(proc.Cancelled)
	if r.Stopped != proc.NotStopped || r.Failure != nil {
		t.Errorf("got %s", show(r))
	}
}

func TestStopEndsTheWholeGroup(t *testing.T) {
	s := capture(act("leave", "stay", "sleep"))
	r := wait(t, whenReady(s, func(p *proc.Process) { p.Stop(proc.Cancelled) }))
	if r.Signal != syscall.SIGTERM || !isGone(string(r.Stdout)) {
		t.Errorf("got %s; child %s", show(r), r.Stdout)
	}
	s = capture(act("leave", "stay", "stubborn"))
	s.Grace = 300 * time.Millisecond
	r = wait(t, whenReady(s, func(p *proc.Process) { p.Stop(proc.Cancelled) }))
	if r.Signal != syscall.SIGTERM || !r.Leftovers || !isGone(string(r.Stdout)) {
		t.Errorf("stubborn child: got %s; child %s", show(r), r.Stdout)
	}
}

func TestHeldPipe(t *testing.T) {
	for _, child := range []string{"sleep", "stubborn"} {
		s := capture(act("leave", "hold", child))
		s.Grace = 200 * time.Millisecond
		r := run(t, s)
		if r.Failure != nil || r.Exit != 0 || !r.Leftovers || !isGone(string(r.Stdout)) {
			t.Errorf("%s: got %s; child %s", child, show(r), r.Stdout)
		}
	}
}

func TestQuietLeftoversAreEnded(t *testing.T) {
	s := capture(act("leave", "quiet", "sleep"))
	r := run(t, s)
	if r.Failure != nil || !r.Leftovers || !isGone(string(r.Stdout)) {
		t.Errorf("got %s; child %s", show(r), r.Stdout)
	}
}

func TestKillEndsLeftoversAtOnce(t *testing.T) {
	s := capture(act("leave", "hold", "stubborn"))
	s.Grace, s.Linger = time.Hour, -1
	p := proc.New(s)
	timer := time.AfterFunc(500*time.Millisecond, func() { p.Kill(proc.Cancelled) })
	defer timer.Stop()
	r := wait(t, p)
	if !r.Leftovers || !isGone(string(r.Stdout)) {
		t.Errorf("got %s; child %s", show(r), r.Stdout)
	}
}

func TestWhoLeftTheGroupHoldsUpNobodyAndLives(t *testing.T) {
	r := run(t, capture(act("leave", "away", "sleep")))
	pid, err := strconv.Atoi(strings.TrimSpace(string(r.Stdout)))
	if err != nil || r.Failure != nil || r.Leftovers {
		t.Fatalf("got %s; child %q", show(r), r.Stdout)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("the daemon does not live: %v", err)
	}
}

func TestProgramEndsWithItsCaller(t *testing.T) {
	if !diesWithParent {
		t.Skip("not on this system")
	}
	cmd := exec.Command(self)
	cmd.Env = []string{actEnv + "=guard"}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 32)
	n, _ := out.Read(buf)
	cmd.Process.Kill()
	cmd.Wait()
	if pid := string(buf[:n]); !isGone(pid) {
		t.Errorf("process %s lives on", pid)
	}
}
