package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// keyVariable tells a program its idempotency key.
const keyVariable = "FLOW_IDEMPOTENCY_KEY="

// EndOrphans ends what the process that drove the tree before us has left
// running, and returns when it has ended: the groups that it noted, and the
// groups of all processes whose environment has one of the idempotency keys,
// which are those of the tasks that were at work. They are asked to end, and
// made to after the grace.
//
// A number may have been given to a stranger meanwhile. One of a group whose
// leader is there is ours if the leader was started before it was noted: from
// then to its end the number was taken. One whose leader is gone cannot have
// been given away while a member was there that was started before that, or
// that has one of the keys. A process of another user is never ours.
func (k *Keeper) EndOrphans(keys []string, grace time.Duration) error {
	path := filepath.Join(k.folder(), groupsName)
	noted, err := readGroups(path)
	if err != nil {
		return err
	}
	left := orphans(noted, keys)
	if err := endGroups(left, grace); err != nil {
		return fmt.Errorf("what was running when run %s stopped has not ended: %w", k.root, err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// orphans returns the process groups that are left of noted ones, or have a
// process with one of the keys.
func orphans(noted []group, keys []string) []int {
	if len(noted) == 0 && len(keys) == 0 {
		return nil
	}
	at := map[int]int64{}
	for _, g := range noted {
		at[g.pgid] = g.at
	}
	wanted := map[string]bool{}
	for _, key := range keys {
		wanted[key] = true
	}
	procs, known := processes()
	if !known {
		return living(noted)
	}
	ours := map[int]bool{}
	var list []int
	for _, p := range procs {
		if p.pid == os.Getpid() || p.uid != os.Getuid() || p.group <= 1 || p.group == unix.Getpgrp() || ours[p.group] {
			continue
		}
		noted, ok := at[p.group]
		if ok && p.started <= noted || len(wanted) > 0 && wanted[keyOf(p.pid)] {
			ours[p.group] = true
			list = append(list, p.group)
		}
	}
	return list
}

// living returns the noted groups that are there, where no more can be known of
// them.
func living(noted []group) (list []int) {
	for _, g := range noted {
		if unix.Kill(-g.pgid, 0) == nil {
			list = append(list, g.pgid)
		}
	}
	return list
}

// keyOf returns the idempotency key that a process was started with, "" if
// there is none or it may not be seen.
func keyOf(pid int) string {
	for _, v := range strings.Split(environment(pid), "\x00") {
		if key, ok := strings.CutPrefix(v, keyVariable); ok {
			return key
		}
	}
	return ""
}

// afterKill is how long the end of what was killed is waited for. Only a
// process in uninterruptible sleep outlasts it.
const afterKill = 2 * time.Second

// endGroups ends groups.
func endGroups(groups []int, grace time.Duration) error {
	if len(groups) == 0 {
		return nil
	}
	for _, s := range []struct {
		signal unix.Signal
		within time.Duration
	}{{unix.SIGTERM, max(0, grace)}, {unix.SIGKILL, afterKill}} {
		for _, g := range groups {
			_ = unix.Kill(-g, s.signal) // it may have ended
			_ = unix.Kill(-g, unix.SIGCONT)
		}
		for until := time.Now().Add(s.within); ; time.Sleep(2 * time.Millisecond) {
			if groups = stillThere(groups); len(groups) == 0 {
				return nil
			}
			if time.Now().After(until) {
				break
			}
		}
	}
	return fmt.Errorf("process groups %v ignore SIGKILL", groups)
}

// stillThere returns the groups that have not ended.
func stillThere(groups []int) (list []int) {
	var dead map[int]bool
	for _, g := range groups {
		if unix.Kill(-g, 0) == unix.ESRCH {
			continue
		}
		if dead == nil {
			dead = onlyZombies(groups)
		}
		if !dead[g] {
			list = append(list, g)
		}
	}
	return list
}

// onlyZombies returns those groups in which nothing runs any more: whose
// processes wait for a parent to take notice.
func onlyZombies(groups []int) map[int]bool {
	procs, known := processes()
	if !known {
		return map[int]bool{}
	}
	dead := map[int]bool{}
	for _, g := range groups {
		dead[g] = true
	}
	for _, p := range procs {
		if !p.zombie {
			delete(dead, p.group)
		}
	}
	return dead
}
