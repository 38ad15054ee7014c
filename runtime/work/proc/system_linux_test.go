package proc

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestGroupAndState(t *testing.T) {
	tests := []struct{ stat, want string }{
		{"12 (sh) S 1 34 34 0", "34 S"},
		{"12 (a) Z 9 (b) R 1 35 2", "35 R"},
		{"12 (sh) Z 1 0", "0 Z"},
		{"12 (sh", "0 \x00"},
		{"", "0 \x00"},
	}
	for _, test := range tests {
		group, state := groupAndState([]byte(test.stat))
		if got := fmt.Sprintf("%d %c", group, state); got != test.want {
			t.Errorf("%q: got %q, want %q", test.stat, got, test.want)
		}
	}
}

func TestZombiesAreNotAlive(t *testing.T) {
	cmd := exec.Command("/bin/sleep", "300")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	pgid := cmd.Process.Pid
	if !anyAlive(pgid) {
		t.Error("the sleeper is not alive")
	}
	cmd.Process.Kill()
	for range 1000 {
		if !anyAlive(pgid) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("the zombie is alive")
}

func TestOOMCount(t *testing.T) {
	for text, want := range map[string]int64{
		"low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 5\n": 4,
		"oom_kill_disable 1\nunder_oom 0\noom_kill 12":                12,
		"oom_kill many\n": 0,
		"":                0,
	} {
		if got := oomCount([]byte(text)); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
	got := strings.Join(oomFiles([]byte("9:name=systemd:/\n4:memory:/a:b\n0::/c\n")), " ")
	want := "/sys/fs/cgroup/memory/a:b/memory.oom_control /sys/fs/cgroup/memory/memory.oom_control " +
		"/sys/fs/cgroup/c/memory.events /sys/fs/cgroup/memory.events"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestNothingIsLeftOpen runs programs of every sort, and wants as many
// descriptors and children afterwards as before.
func TestNothingIsLeftOpen(t *testing.T) {
	one := func(i int) {
		s := Spec{Argv: []string{"/bin/cat"}, Stdin: []byte("x"), Capture: i%2 == 0, MaxStdout: 1 + i%3}
		switch i % 5 {
		case 0:
			s.Argv = []string{"/bin/none"}
		case 1:
			s.Argv = []string{"/bin/sh", "-c", "sleep 100 & exit 1"}
			s.Linger = -1
		case 2:
			s.Stdin = make([]byte, 1<<20)
		case 3:
			s.Argv, s.Stdin = []string{"/bin/sleep", "100"}, nil
		}
		s.Env = []string{"PATH=/usr/bin:/bin"}
		var p *Process
		s.OnStart = func(int) {
			if i%5 == 3 {
				p.Stop(Cancelled)
			}
		}
		p = New(s)
		p.Run()
	}
	one(2) // opens what stays open
	fds := countEntries(t, "/proc/self/fd")
	for i := range 200 {
		usePidfd = i < 150
		one(i)
	}
	usePidfd = true
	if after := countEntries(t, "/proc/self/fd"); after > fds {
		t.Errorf("%d descriptors before, %d after", fds, after)
	}
	if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); err != syscall.ECHILD {
		t.Errorf("there is a child left: %d, %v", pid, err)
	}
}

func countEntries(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
