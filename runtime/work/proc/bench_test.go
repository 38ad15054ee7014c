//go:build unix

package proc_test

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"

	"github.com/flowc/flowc/runtime/work/proc"
)

// BenchmarkRunTrue runs /bin/true, one at a time and two at a time: through
// this package as an activity without a result (log) and with one (json), and
// the bare ways beside it. "os/exec" gives the program no pipes; "os/exec+pipe"
// reads its output, as log does; "forkexec" is syscall.ForkExec and wait4
// alone, the floor for a Go program.
//
// Interleaved in one process on a busy machine of two processors, two at a
// time, lower quartiles of three times fifteen rounds of a hundred: log takes
// 1.1 of forkexec, 1.0 of os/exec, though that reads nothing, and 0.97 of both
// os/exec+pipe and make -j2; json takes 1.03 of os/exec. These vary by 0.05 from
// time to time. There is little left to save: a profile has nine tenths of the
// processor time in /bin/true itself. A session for each program (setsid) would
// add 0.07; the group and the pidfd add nothing that stands out.
func BenchmarkRunTrue(b *testing.B) {
	env := proc.NewEnviron(os.Environ())
	logged := proc.Spec{Argv: []string{"/bin/true"}, Env: env.With("FLOW_NODE=bench/true"), Log: func([]byte) {}}
	json := capture(logged)
	json.Stdin = []byte(`{"part": "a"}`)
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	fd := null.Fd()
	ways := []struct {
		name string
		run  func() error
	}{
		{"log", func() error { return failureOf(proc.New(logged).Run()) }},
		{"json", func() error { return failureOf(proc.New(json).Run()) }},
		{"os/exec", func() error { return exec.Command("/bin/true").Run() }},
		{"os/exec+pipe", func() error { _, err := exec.Command("/bin/true").CombinedOutput(); return err }},
		{"forkexec", func() error {
			pid, err := syscall.ForkExec("/bin/true", logged.Argv, &syscall.ProcAttr{Env: logged.Env, Files: []uintptr{fd, fd, fd}})
			if err == nil {
				_, err = syscall.Wait4(pid, nil, 0, nil)
			}
			return err
		}},
	}
	for _, parallel := range []int{1, 2} {
		for _, way := range ways {
			b.Run(fmt.Sprintf("j%d/%s", parallel, way.name), func(b *testing.B) {
				b.ReportAllocs()
				var group sync.WaitGroup
				for worker := range parallel {
					group.Go(func() {
						for i := worker; i < b.N; i += parallel {
							if err := way.run(); err != nil {
								b.Error(err)
							}
						}
					})
				}
				group.Wait()
			})
		}
	}
}

// failureOf returns r's failure as an error that is nil if there is none.
func failureOf(r proc.Result) error {
	if r.Failure != nil {
		return r.Failure
	}
	return nil
}
