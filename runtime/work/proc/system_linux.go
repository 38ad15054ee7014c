package proc

import (
	"bytes"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// usePidfd is false only in a test of what systems without them do.
var usePidfd = true

// sysProcAttr returns how to start a leader. pidfd is set to its pidfd, or to
// -1 by kernels that have none.
func sysProcAttr(pidfd *int) *syscall.SysProcAttr {
	attr := ownGroup()
	attr.Pdeathsig = syscall.SIGTERM
	if usePidfd {
		attr.PidFD = pidfd
	}
	return attr
}

// pipe returns the ends of a pipe that no program inherits by itself.
func pipe() (r, w int, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return -1, -1, os.NewSyscallError("pipe", err)
	}
	return fds[0], fds[1], nil
}

// anyAlive reports whether a process of the group is more than a zombie. In a
// container whose process 1 does not reap, orphans stay zombies for ever, and
// would look to kill(2) like leftovers that ignore every signal. It reads all
// of /proc, so it is asked only of leftovers that do not end at once.
func anyAlive(pgid int) bool {
	procs, err := os.Open("/proc")
	if err != nil {
		return true
	}
	defer procs.Close()
	names, err := procs.Readdirnames(-1)
	if err != nil {
		return true
	}
	for _, name := range names {
		if name[0] < '1' || name[0] > '9' {
			continue
		}
		stat, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue // ended meanwhile
		}
		if group, state := groupAndState(stat); group == pgid && state != 'Z' && state != 'X' {
			return true
		}
	}
	return false
}

// groupAndState reads the process group and the state letter from the text of
// a /proc/PID/stat: "PID (NAME) STATE PPID PGRP …", where NAME may hold
// anything, parentheses too.
func groupAndState(stat []byte) (group int, state byte) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 3 {
		return 0, 0
	}
	group, _ = strconv.Atoi(string(fields[2]))
	return group, fields[0][0]
}

// oomFiles returns where the kernel may count the processes of our control
// group that it killed for want of memory, given /proc/self/cgroup.
func oomFiles(cgroup []byte) []string {
	var files []string
	for line := range bytes.Lines(cgroup) {
		f := bytes.SplitN(bytes.TrimSpace(line), []byte(":"), 3)
		switch {
		case len(f) != 3:
		case len(f[1]) == 0: // version 2
			files = append(files, "/sys/fs/cgroup"+string(f[2])+"/memory.events",
				"/sys/fs/cgroup/memory.events") // in a namespace of its own
		case bytes.Equal(f[1], []byte("memory")): // version 1
			files = append(files, "/sys/fs/cgroup/memory"+string(f[2])+"/memory.oom_control",
				"/sys/fs/cgroup/memory/memory.oom_control")
		}
	}
	return files
}

// oomKills returns how many processes of our control group the kernel has
// killed for want of memory; 0 where it does not say.
func oomKills() int64 {
	cgroup, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	for _, file := range oomFiles(cgroup) {
		if text, err := os.ReadFile(file); err == nil {
			return oomCount(text)
		}
	}
	return 0
}

// oomCount reads the count from the text of one of the oomFiles.
func oomCount(text []byte) int64 {
	for line := range bytes.Lines(text) {
		if n, ok := bytes.CutPrefix(line, []byte("oom_kill ")); ok {
			count, _ := strconv.ParseInt(string(bytes.TrimSpace(n)), 10, 64)
			return count
		}
	}
	return 0
}
