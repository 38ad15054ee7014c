//go:build unix

package proc_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowc/flowc/runtime/work/proc"
)

// actEnv names the environment variable that makes this test binary act as one
// of the programs of acts instead of running tests.
const actEnv = "PROC_TEST_ACT"

// acts are the programs that the tests run, by name.
var acts = map[string]func(args []string){
	"args":     func(args []string) { fmt.Printf("%q", args) },
	"env":      func(args []string) { fmt.Print(strings.Join(os.Environ(), "\n")) },
	"pwd":      func(args []string) { wd, _ := os.Getwd(); fmt.Print(wd) },
	"cat":      func(args []string) { io.Copy(os.Stdout, os.Stdin) },
	"exit":     func(args []string) { code, _ := strconv.Atoi(args[0]); syscall.Exit(code) },
	"both":     actBoth,
	"stderr":   func(args []string) { os.Stderr.WriteString(args[0]) },
	"yes":      actYes,
	"ids":      actIDs,
	"sleep":    func(args []string) { actSleep() },
	"stubborn": actStubborn,
	"polite":   actPolite,
	"mute":     actMute,
	"sighup":   func(args []string) { die(syscall.SIGHUP) },
	"sigkill":  func(args []string) { die(syscall.SIGKILL) },
	"tty":      actTTY,
	"host":     actHost,
	"leave":    actLeave,
	"guard":    actGuard,
	"fds":      actFDs,
}

func TestMain(m *testing.M) {
	if name, ok := os.LookupEnv(actEnv); ok {
		acts[name](os.Args[1:])
		syscall.Exit(0) // os.Exit takes a second with -race
	}
	os.Exit(m.Run())
}

// self is this test binary.
var self = func() string {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return path
}()

// act returns the spec that runs one of acts.
func act(name string, args ...string) proc.Spec {
	return proc.Spec{Argv: append([]string{self}, args...), Env: []string{actEnv + "=" + name}}
}

// die ends this process by sig as if from outside.
func die(sig syscall.Signal) {
	signal.Reset(sig)
	syscall.Kill(os.Getpid(), sig)
	actSleep()
}

// actSleep waits for longer than any test does.
func actSleep() { time.Sleep(5 * time.Minute) }

func actBoth([]string) {
	os.Stdout.WriteString("out 1\n")
	os.Stderr.WriteString("err 1\n")
	os.Stdout.WriteString("out 2\n")
}

// actYes writes bytes to stdout for as long as it may: args[0] of them, or all.
func actYes(args []string) {
	left := -1
	if len(args) > 0 {
		left, _ = strconv.Atoi(args[0])
	}
	block := bytes.Repeat([]byte("y"), 64<<10)
	for left != 0 {
		n := len(block)
		if left > 0 {
			n = min(n, left)
			left -= n
		}
		if _, err := os.Stdout.Write(block[:n]); err != nil {
			syscall.Exit(9)
		}
	}
}

// actIDs tells its process, process group and parent.
func actIDs([]string) { fmt.Print(os.Getpid(), syscall.Getpgrp(), os.Getppid()) }

// actStubborn ignores SIGTERM, and says so on stderr when it does.
func actStubborn([]string) {
	signal.Ignore(syscall.SIGTERM)
	fmt.Fprintln(os.Stderr, "ready")
	actSleep()
}

// actPolite says goodbye upon SIGTERM and exits with code 3.
func actPolite([]string) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	fmt.Fprintln(os.Stderr, "ready")
	<-c
	fmt.Fprintln(os.Stderr, "goodbye")
	syscall.Exit(3)
}

// actMute closes its pipes and runs on until SIGTERM ends it, or for args[0].
func actMute(args []string) {
	os.Stdin.Close()
	os.Stdout.WriteString("last words")
	os.Stdout.Close()
	os.Stderr.Close()
	d, _ := time.ParseDuration(args[0])
	time.Sleep(d)
	syscall.Exit(7)
}

// actTTY tells whether it has a controlling terminal.
func actTTY([]string) {
	_, err := os.Open("/dev/tty")
	fmt.Println(err == nil)
}

// actHost tells whether it has a controlling terminal, then whether a program
// that it runs through this package has.
func actHost([]string) {
	actTTY(nil)
	os.Stdout.Write(proc.New(capture(act("tty"))).Run().Stdout)
}

// actLeave starts another act (args[1:]) with its own stdout and stderr and
// exits at once. args[0] says how: "hold" keeps the pipes and the group, "quiet"
// the group only, "away" the pipes only, and "stay" does not exit.
func actLeave(args []string) {
	cmd := exec.Command(self)
	cmd.Env = []string{actEnv + "=" + args[1]}
	ready, w, _ := os.Pipe()
	cmd.Stdout, cmd.Stderr = os.Stdout, w
	switch args[0] {
	case "quiet":
		cmd.Stdout = nil
	case "away":
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	if args[1] == "stubborn" {
		bufio.NewReader(ready).ReadString('\n')
	}
	fmt.Printf("%d\n", cmd.Process.Pid)
	if args[0] == "stay" {
		fmt.Fprintln(os.Stderr, "ready")
		actSleep()
	}
}

// actGuard runs a sleeper through this package, tells its pid, and waits.
func actGuard([]string) {
	s := act("sleep")
	s.OnStart = func(pgid int) { fmt.Println(pgid) }
	proc.New(s).Run()
}

// actFDs tells which descriptors it was given.
func actFDs([]string) {
	for fd := range 64 {
		var st syscall.Stat_t
		if syscall.Fstat(fd, &st) == nil && !runtimeOwn(fd) {
			fmt.Print(fd, " ")
		}
	}
}

// runtimeOwn reports whether fd is one that the Go runtime of this very process
// opened, for its poller.
func runtimeOwn(fd int) bool {
	link, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
	return err == nil && (strings.HasPrefix(link, "anon_inode:") || strings.Contains(link, "cgroup") || strings.HasPrefix(link, "/sys/"))
}
