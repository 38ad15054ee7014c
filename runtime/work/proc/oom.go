//go:build unix

package proc

import "sync"

// oom attributes the kernel's kills for want of memory to programs.
var oom oomWatch

// An oomWatch holds how many such kills are accounted for. The kernel counts
// but does not tell whom it killed, so a program that died of a SIGKILL that
// is not ours claims one kill, if there is one unclaimed.
type oomWatch struct {
	once    sync.Once
	mu      sync.Mutex
	claimed int64
}

// begin takes the kills so far for somebody else's. It reads the count once.
func (o *oomWatch) begin() { o.once.Do(func() { o.claimed = oomKills() }) }

// claim reports whether there was an unclaimed kill, and claims it.
func (o *oomWatch) claim() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if oomKills() <= o.claimed {
		return false
	}
	o.claimed++
	return true
}
