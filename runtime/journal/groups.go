package journal

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"sync"
)

// groupsName is the file of a tree that says which process groups it has at
// work: the id of the boot, then slots of groupSize bytes, each with the number
// of a group and when it was written, in nanoseconds since the boot. A slot of
// zeros is free. Writing one is one small write to the page cache, which is as
// durable as the processes themselves: both outlast us, and neither the
// machine.
const (
	groupsName = "groups"
	bootSize   = 64
	groupSize  = 16
)

// A groups is the process groups of a tree.
type groups struct {
	path string

	mu   sync.Mutex
	file *os.File // nil until the first
	free []int    // slots below next
	next int
	err  error // the first; nothing more is written then
}

func newGroups(path string) *groups { return &groups{path: path} }

// Began notes that a process group is at work, and returns what Ended is to be
// given. It is called before anything waits for the group.
func (k *Keeper) Began(pgid int) (slot int) {
	g := k.groups
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.file == nil && g.err == nil {
		g.err = g.open()
	}
	if n := len(g.free); n > 0 {
		slot, g.free = g.free[n-1], g.free[:n-1]
	} else {
		slot = g.next
		g.next++
	}
	g.write(slot, pgid, sinceBoot())
	return slot
}

// Ended notes that a group has ended.
func (k *Keeper) Ended(slot int) {
	g := k.groups
	g.mu.Lock()
	defer g.mu.Unlock()
	g.write(slot, 0, 0)
	g.free = append(g.free, slot)
}

// open begins the file anew. Whoever drove the tree before has been cleaned up
// after by then, see EndOrphans.
func (g *groups) open() (err error) {
	if g.file, err = os.OpenFile(g.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		return err
	}
	var head [bootSize]byte
	copy(head[:], bootID())
	_, err = g.file.Write(head[:])
	return err
}

// write fills a slot. That it cannot be does not keep a run from going on: what
// is known by its environment is found all the same.
func (g *groups) write(slot, pgid int, at int64) {
	if g.err != nil {
		return
	}
	var b [groupSize]byte
	binary.LittleEndian.PutUint64(b[:8], uint64(pgid))
	binary.LittleEndian.PutUint64(b[8:], uint64(at))
	_, g.err = g.file.WriteAt(b[:], bootSize+int64(slot)*groupSize)
}

// close removes the file of a tree whose groups have all ended.
func (g *groups) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.file == nil {
		return nil
	}
	err := g.file.Close()
	if len(g.free) == g.next && g.err == nil {
		if gone := os.Remove(g.path); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	g.file = nil
	return err
}

// A group is a process group that a dead process has left.
type group struct {
	pgid int
	at   int64 // nanoseconds since the boot: it was there then
}

// readGroups returns the groups that a file names, none if the machine has been
// booted since.
func readGroups(path string) ([]group, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var head [bootSize]byte
	copy(head[:], bootID())
	if len(text) < bootSize || string(text[:bootSize]) != string(head[:]) {
		return nil, nil
	}
	var list []group
	for text = text[bootSize:]; len(text) >= groupSize; text = text[groupSize:] {
		pgid := int(binary.LittleEndian.Uint64(text))
		if pgid > 1 {
			list = append(list, group{pgid, int64(binary.LittleEndian.Uint64(text[8:]))})
		}
	}
	return list, nil
}
