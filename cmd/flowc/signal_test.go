package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// writeFlow makes a file main.flow whose only activity runs a script of sh, and
// returns its path.
func writeFlow(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, ".state"))
	flow := `activity work() { run = ["sh", "work.sh"] }
workflow main() { work() }
`
	for name, text := range map[string]string{"main.flow": flow, "work.sh": script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "main.flow")
}

// await reads r until a line holds text, and then hands the rest to w.
func await(t *testing.T, r io.Reader, text string, w *bytes.Buffer) (rest chan struct{}) {
	t.Helper()
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		w.WriteString(line)
		if strings.Contains(line, text) {
			break
		}
		if err != nil {
			t.Fatalf("no line with %q came, but\n%s", text, w)
		}
	}
	rest = make(chan struct{})
	go func() {
		defer close(rest)
		_, _ = io.Copy(w, lines)
	}()
	return rest
}

// signalled runs a command until the log says `ready`, sends it the signals,
// each after the log has said what stands before it, and returns the exit code
// and what came on stderr.
func signalled(t *testing.T, cmd *exec.Cmd, signals ...os.Signal) (code int, log string) {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	rest := await(t, stderr, "ready", &text)
	for i, s := range signals {
		if i > 0 {
			time.Sleep(100 * time.Millisecond) // two equal signals that wait are one
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	<-rest
	_ = cmd.Wait() // the code says it
	return cmd.ProcessState.ExitCode(), text.String()
}

// stopsInOrder begins to sleep before it sets its trap: a shell that is told to
// stop between fork and exec would forget about it.
const stopsInOrder = `
sleep 60 &
trap 'echo stopped in good order >&2; exit 0' TERM
echo ready >&2
wait
`

func TestSignalsCancelTheRun(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		code, log := signalled(t, exec.Command("flowc", "run", "--local", writeFlow(t, stopsInOrder)), s)
		if code != exitCancelled || !strings.Contains(log, "stopped in good order") || !strings.Contains(log, "cancelling") {
			t.Errorf("%v: got exit code %d, want %d, and\n%s", s, code, exitCancelled, log)
		}
	}
}

// TestWorkersEndTheirProgramsWhenTheTerminalGoes closes the terminal of one
// that has a program at work.
func TestWorkersEndTheirProgramsWhenTheTerminalGoes(t *testing.T) {
	flow := writeFlow(t, stopsInOrder)
	cmd := exec.Command("flowc", "dev", flow)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan error, 1)
	go func() {
		url, err := bufio.NewReader(stdout).ReadString('\n')
		if err == nil {
			err = exec.Command("flowc", "start", flow, "--domain", "dev", "--endpoint", strings.TrimSpace(url)).Run()
		}
		started <- err
	}()
	code, log := signalled(t, cmd, syscall.SIGHUP)
	if err := <-started; err != nil || code != 0 || !strings.Contains(log, "stopped in good order") {
		t.Errorf("got exit code %d, %v, and\n%s", code, err, log)
	}
}

// TestInterruptCountsWhereItWasIgnored shows a run in the background of a
// script, where shells ignore SIGINT.
func TestInterruptCountsWhereItWasIgnored(t *testing.T) {
	cmd := exec.Command("sh", "-c", `trap "" INT; exec flowc run --local "$0"`, writeFlow(t, stopsInOrder))
	if code, log := signalled(t, cmd, os.Interrupt); code != exitCancelled {
		t.Errorf("got exit code %d, want %d, and\n%s", code, exitCancelled, log)
	}
}

func TestSecondSignalKills(t *testing.T) {
	stubborn := "trap '' TERM\necho ready >&2\nwhile :; do sleep 1; done\n"
	code, log := signalled(t, exec.Command("flowc", "run", "--local", writeFlow(t, stubborn)), os.Interrupt, os.Interrupt)
	if code != exitCancelled || !strings.Contains(log, "killed") {
		t.Errorf("got exit code %d, want %d, and\n%s", code, exitCancelled, log)
	}
}

// TestRunOutlivesItsReader shows a run whose stderr is closed half way: it goes
// on, and no program of it is left behind.
func TestRunOutlivesItsReader(t *testing.T) {
	flow := writeFlow(t, "echo ready >&2\nread line <go\necho more >&2\necho done >done\n")
	dir := filepath.Dir(flow)
	if err := syscall.Mkfifo(filepath.Join(dir, "go"), 0o666); err != nil {
		t.Skip(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("flowc", "run", "--local", flow)
	cmd.Stderr = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for lines := bufio.NewReader(r); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "ready") {
			break
		}
	}
	r.Close()
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the run: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "done")); err != nil {
		t.Error(err)
	}
}

// TestClosedStdoutIsQuiet shows that nobody is told of a reader that has seen
// enough.
func TestClosedStdoutIsQuiet(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	for _, args := range [][]string{{"explain"}, {"version"}, {"help"}} {
		var stderr bytes.Buffer
		cmd := exec.Command("flowc", args...)
		cmd.Stdout, cmd.Stderr = w, &stderr
		_ = cmd.Run() // how it ends is the system's to say
		if stderr.Len() > 0 {
			t.Errorf("%v: got %q on stderr", args, &stderr)
		}
	}
	if code := exitCode(&os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}); code != exitDone {
		t.Errorf("got exit code %d of a closed pipe, want %d", code, exitDone)
	}
	if code := exitCode(errors.New("no space left on device")); code != exitFailed {
		t.Errorf("got exit code %d of a full disk, want %d", code, exitFailed)
	}
}
