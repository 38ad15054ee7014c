package proc_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNoTerminal runs a program from a process that has a terminal, and from
// one that has none.
func TestNoTerminal(t *testing.T) {
	host := func(attr *syscall.SysProcAttr, stdin *os.File) string {
		t.Helper()
		var out bytes.Buffer
		cmd := exec.Command(self)
		cmd.Env, cmd.Stdin, cmd.Stdout, cmd.SysProcAttr = []string{actEnv + "=host"}, stdin, &out, attr
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := host(&syscall.SysProcAttr{Setsid: true}, nil); got != "false\nfalse\n" {
		t.Errorf("without a terminal: got %q", got)
	}
	if got := host(&syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}, openTerminal(t)); got != "true\nfalse\n" {
		t.Errorf("with a terminal: got %q", got)
	}
}

// openTerminal returns a new pseudo-terminal.
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return tty
}
