package journal

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A process is what is known of one of this machine.
type process struct {
	pid, group, uid int
	started         int64 // nanoseconds since the boot, rounded down
	zombie          bool
}

// tick is the unit in which the kernel says when a process was started: it is
// the same on all platforms that Go knows.
const tick = 1_000_000_000 / 100

// processes returns those of this machine; false where they cannot be known.
func processes() (list []process, known bool) {
	procs, err := os.Open("/proc")
	if err != nil {
		return nil, false
	}
	defer procs.Close()
	names, err := procs.Readdirnames(-1)
	if err != nil {
		return nil, false
	}
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if p, ok := readProcess(pid); ok {
			list = append(list, p)
		}
	}
	return list, len(list) > 0
}

// readProcess reads "PID (NAME) STATE PPID PGRP …", where NAME may hold
// anything, parentheses too.
func readProcess(pid int) (p process, ok bool) {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return p, false // it has ended meanwhile
	}
	info, err := os.Stat(dir)
	if err != nil {
		return p, false
	}
	f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	owner, ok := info.Sys().(*syscall.Stat_t)
	if len(f) < 20 || !ok {
		return p, false
	}
	ticks, err := strconv.ParseInt(string(f[19]), 10, 64)
	if err != nil {
		return p, false
	}
	p = process{pid: pid, uid: int(owner.Uid), started: ticks * tick, zombie: f[0][0] == 'Z' || f[0][0] == 'X'}
	p.group, _ = strconv.Atoi(string(f[2]))
	return p, true
}

// environment returns the variables that a process was started with, each with
// a NUL behind it.
func environment(pid int) string {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return string(text)
}

// sinceBoot returns the time since the boot, as the kernel counts it for
// processes, in nanoseconds.
func sinceBoot() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0
	}
	return t.Nano()
}

// bootID identifies the time from one boot of the machine to the next.
var bootID = sync.OnceValue(func() string {
	text, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(text))
})
