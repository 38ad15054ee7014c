//go:build unix && !linux

package journal

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A process is what is known of one of this machine: here, nothing.
type process struct {
	pid, group, uid int
	started         int64
	zombie          bool
}

func processes() (list []process, known bool) { return nil, false }

func environment(int) string { return "" }

func sinceBoot() int64 { return time.Now().UnixNano() }

// bootID identifies the time from one boot of the machine to the next.
var bootID = sync.OnceValue(func() string {
	t, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return "unknown"
	}
	return fmt.Sprint(t.Sec)
})
