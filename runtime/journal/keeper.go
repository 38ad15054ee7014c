package journal

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
)

// A Setting is what is to be the same when a run goes on in another process.
type Setting struct {
	Folder string `json:"folder"`         // that the folders of activities are relative to
	Jobs   int    `json:"jobs,omitempty"` // programs at a time; 0 is the default
}

// A Keeper keeps a tree of runs for the process that drives it. Any goroutine
// may use it.
type Keeper struct {
	journal *Journal
	root    string
	lock    *os.File
	program []byte // of a new run
	setting []byte // likewise
	groups  *groups
	lines   *lineWriter

	mu      sync.Mutex
	numbers map[string]int64 // of the runs of the tree that have not ended, by id
	rootNo  int64

	messages chan Message
	stop     chan struct{}
	stopped  sync.WaitGroup
	closing  sync.Once
}

// A TakenError says that there is a run with an id already.
type TakenError struct{ Run, Dir string }

// Error returns the message.
func (e *TakenError) Error() string {
	return fmt.Sprintf("there is a run %s in %s already", e.Run, e.Dir)
}

// An AliveError says that a process drives a run.
type AliveError struct{ Run string }

// Error returns the message.
func (e *AliveError) Error() string {
	return fmt.Sprintf("run %s is under way: another process drives it", e.Run)
}

// Keep makes room for a new run of a program, which nobody else drives from
// then on. The run itself is there when its first event is committed. The
// keeper is to be closed.
func (j *Journal) Keep(p *ir.Program, run string, s Setting) (*Keeper, error) {
	if j.writer == nil {
		return nil, errReadOnly
	}
	program, err := p.Encode()
	if err != nil {
		return nil, err
	}
	setting, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	lock, err := j.acquire(run)
	var alive *AliveError
	switch {
	case errors.As(err, &alive):
		return nil, &TakenError{run, j.dir}
	case err != nil:
		return nil, err
	}
	var n int
	if err := j.db.QueryRow("SELECT count(*) FROM runs WHERE id = ?", run).Scan(&n); err != nil || n > 0 {
		lock.Close()
		if n > 0 {
			return nil, &TakenError{run, j.dir}
		}
		return nil, j.explain(err)
	}
	k := j.newKeeper(run, lock)
	k.program, k.setting = program, setting
	return k.open()
}

// TakeOver makes this process the one that drives a tree from now on; run is
// its root or any run of it. An [AliveError] says that another one does.
func (j *Journal) TakeOver(run string) (*Keeper, error) {
	if j.writer == nil {
		return nil, errReadOnly
	}
	root, no, err := j.rootOf(run)
	if err != nil {
		return nil, err
	}
	lock, err := j.acquire(root)
	if err != nil {
		return nil, err
	}
	k := j.newKeeper(root, lock)
	k.rootNo = no
	rows, err := j.db.Query("SELECT id, no FROM runs WHERE root = ? AND (ended IS NULL OR no = root)", no)
	if err == nil {
		err = scan(rows, func() error {
			var id string
			var n int64
			err := rows.Scan(&id, &n)
			k.numbers[id] = n
			return err
		})
	}
	if err != nil {
		lock.Close()
		return nil, j.explain(err)
	}
	return k.open()
}

func (j *Journal) newKeeper(root string, lock *os.File) *Keeper {
	return &Keeper{
		journal: j, root: root, lock: lock, numbers: map[string]int64{},
		messages: make(chan Message), stop: make(chan struct{}),
	}
}

// open begins to listen.
func (k *Keeper) open() (*Keeper, error) {
	k.groups = newGroups(filepath.Join(k.folder(), groupsName))
	k.lines = newLineWriter(k.folder())
	k.stopped.Add(1)
	go k.listen()
	return k, nil
}

// patience is how long a lock is tried for: a process that starts a program at
// the instant of its death leaves the lock to that until it execs.
const patience = 200 * time.Millisecond

// acquire locks a root for this process.
func (j *Journal) acquire(root string) (*os.File, error) {
	for {
		lock, err := j.tryLock(root)
		if err != nil {
			return nil, err
		}
		// Who has pruned the tree meanwhile has removed the file, and another
		// may make it anew.
		ours, err := lock.Stat()
		if err != nil {
			return nil, errors.Join(j.explain(err), lock.Close())
		}
		if now, err := os.Stat(lock.Name()); err == nil && os.SameFile(now, ours) {
			return lock, nil
		}
		if err := lock.Close(); err != nil {
			return nil, j.explain(err)
		}
	}
}

// tryLock locks the file of a root that is there.
func (j *Journal) tryLock(root string) (*os.File, error) {
	if err := os.MkdirAll(j.run(root), 0o700); err != nil {
		return nil, j.explain(err)
	}
	lock, err := os.OpenFile(filepath.Join(j.run(root), lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, j.explain(err)
	}
	for until := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return lock, nil
		case err == unix.EINTR, err == unix.EWOULDBLOCK && time.Now().Before(until):
			continue
		case err == unix.EWOULDBLOCK:
			err = &AliveError{root}
		default:
			err = fmt.Errorf("%s cannot be locked: %w", lock.Name(), err)
		}
		return nil, errors.Join(err, lock.Close())
	}
}

const lockName = "lock"

// alive reports whether a process drives a root.
func (j *Journal) alive(root string) bool {
	file, err := os.Open(filepath.Join(j.run(root), lockName))
	if err != nil {
		return false
	}
	defer file.Close() // which gives the lock back
	return unix.Flock(int(file.Fd()), unix.LOCK_SH|unix.LOCK_NB) != nil
}

// hold keeps others from driving a root until what it returns is closed; nil
// says that somebody drives it.
func (j *Journal) hold(root string) (*os.File, error) {
	file, err := os.Open(filepath.Join(j.run(root), lockName))
	if err != nil {
		return nil, j.explain(err)
	}
	if unix.Flock(int(file.Fd()), unix.LOCK_SH|unix.LOCK_NB) != nil {
		return nil, j.explain(file.Close())
	}
	return file, nil
}

// Root returns the id of the root.
func (k *Keeper) Root() string { return k.root }

// Program returns the program that the tree runs: that of its beginning,
// whatever became of its files.
func (k *Keeper) Program() (*ir.Program, error) {
	var text []byte
	err := k.journal.db.QueryRow("SELECT i.program FROM runs r JOIN irs i ON i.no = r.ir WHERE r.no = ?", k.rootNo).Scan(&text)
	if err != nil {
		return nil, k.journal.explain(err)
	}
	return ir.DecodeProgram(text)
}

// Setting returns that of the tree.
func (k *Keeper) Setting() (s Setting, err error) {
	var text []byte
	err = k.journal.db.QueryRow("SELECT setting FROM runs WHERE no = ?", k.rootNo).Scan(&text)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	return s, k.journal.explain(err)
}

// Out returns the folder for files that the tree's programs make.
func (k *Keeper) Out() string { return filepath.Join(k.folder(), outName) }

func (k *Keeper) folder() string { return k.journal.run(k.root) }

// Commit makes durable what happened in runs of the tree. All of it is, or
// nothing. It must not keep the batches.
func (k *Keeper) Commit(batches []Batch) error {
	var rows []row
	var err error
	for i := range batches {
		if rows, err = k.journal.rows(&batches[i], rows); err != nil {
			return k.journal.explain(err)
		}
	}
	w := k.journal.writer
	err = w.submit(func() error {
		for i := range rows {
			if err := w.row(k, &rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return k.journal.explain(err)
	}
	k.forget(rows)
	return nil
}

// Replay calls f with the events of a run of the tree, in order. There are none
// of one that was never begun.
func (k *Keeper) Replay(run string, f func(runtime.Event) error) error {
	err := k.journal.each(run, 0, f)
	if errors.Is(err, history.ErrUnknown) {
		return nil
	}
	return err
}

// Status reports how a run of the tree ended, "" if it has not.
func (k *Keeper) Status(run string) (string, error) {
	var status string
	err := k.journal.db.QueryRow("SELECT status FROM runs WHERE id = ? AND ended IS NOT NULL", run).Scan(&status)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return status, k.journal.explain(err)
}

// Unfinished reports whether a run of the tree has not ended.
func (k *Keeper) Unfinished() (bool, error) {
	var n int
	err := k.journal.db.QueryRow("SELECT count(*) FROM runs WHERE root = ? AND ended IS NULL", k.rootNumber()).Scan(&n)
	return n > 0, k.journal.explain(err)
}

// Close ends the keeping. Whoever waits for a message to be heard knows then
// that it will not be. Only the first call does anything.
func (k *Keeper) Close() (err error) {
	k.closing.Do(func() {
		close(k.stop)
		k.stopped.Wait()
		err = errors.Join(k.lines.close(), k.groups.close(), k.lock.Close())
	})
	return err
}

// number returns the number of a run that was begun.
func (k *Keeper) number(run string) (no int64, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	no, ok = k.numbers[run]
	return no, ok
}

// forget forgets the numbers of child runs that have ended.
func (k *Keeper) forget(rows []row) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range rows {
		if r := &rows[i]; r.ended != "" && r.run != k.root {
			delete(k.numbers, r.run)
		}
	}
}

func (k *Keeper) rootNumber() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.rootNo
}

// begun remembers the number of a run.
func (k *Keeper) begun(run string, no int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.numbers[run] = no
	if run == k.root {
		k.rootNo = no
	}
}

// scan calls f for each row, and closes them.
func scan(rows *sql.Rows, f func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := f(); err != nil {
			return err
		}
	}
	return rows.Err()
}
