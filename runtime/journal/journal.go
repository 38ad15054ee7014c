package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/flowc/flowc/runtime/blob"
)

const fileName = "journal.db"

// A Journal is a state folder. Any goroutine may use it, and any number of
// processes may have it open.
type Journal struct {
	dir    string
	db     *sql.DB // for reading
	writer *writer // nil if nothing is to be written
	blobs  *blob.Store
}

// DefaultDir returns where the state folder is unless somebody says otherwise.
func DefaultDir(getenv func(string) string) (string, error) {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "flowc"), nil
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "flowc"), nil
	}
	return "", errors.New("there is no place for the state folder: neither XDG_STATE_HOME nor HOME is set")
}

// Open opens a state folder, for keeping runs in it. It is made if it is not
// there yet, for its owner only.
func Open(dir string) (*Journal, error) {
	j, err := folder(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(j.dir, 0o700); err != nil { // what runs work on is nobody else's business
		return nil, err
	}
	if err := j.checkEmptied(); err != nil {
		return nil, err
	}
	if j.writer, err = newWriter(j.file()); err != nil {
		return nil, j.explain(err)
	}
	if j.db, err = openDB(j.file(), reading); err != nil {
		return nil, errors.Join(j.explain(err), j.writer.close())
	}
	return j, nil
}

// OpenToRead opens a state folder for looking at what is in it, which needs no
// permission to write. Messages can be sent if that permission is there. An
// error that wraps [fs.ErrNotExist] says that nothing was ever kept in it.
func OpenToRead(dir string) (*Journal, error) {
	j, err := folder(dir)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(j.file()); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no run was ever kept in %s: %w", j.dir, fs.ErrNotExist)
	} else if err != nil {
		return nil, err
	}
	if err := j.checkEmptied(); err != nil {
		return nil, err
	}
	var found int
	for _, how := range []string{reading, "mode=ro", "immutable=1"} {
		// A folder in which no file can be made can be read all the same if no
		// process has the journal open, and so nobody writes.
		if how == "immutable=1" && j.hasLog() {
			break
		}
		if j.db, err = openDB(j.file(), how); err != nil {
			continue
		}
		if found, err = j.version(); err == nil {
			break
		}
		err = errors.Join(err, j.db.Close())
	}
	switch {
	case err != nil:
		return nil, j.explain(err)
	case found < version: // only writing makes it ours
		return j, errors.Join(j.db.Close(), j.reopen())
	}
	return j, nil
}

// reopenToWrite makes j one that can be written to.
func (j *Journal) reopenToWrite() (err error) {
	j.writer, err = newWriter(j.file())
	return j.explain(err)
}

// reopen opens j for writing, which brings the database up to our version.
func (j *Journal) reopen() error {
	whole, err := Open(j.dir)
	if err == nil {
		*j = *whole
	}
	return err
}

func folder(dir string) (*Journal, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return &Journal{dir: dir, blobs: blob.New(filepath.Join(dir, "blobs"))}, nil
}

// hasLog reports whether there is something in the log of the database, which
// is so while a process writes to it or after one has died.
func (j *Journal) hasLog() bool {
	info, err := os.Stat(j.file() + "-wal")
	return err == nil && info.Size() > 0
}

// header is how many bytes every database begins with.
const header = 100

// checkEmptied reports a journal that somebody has emptied: SQLite would take
// it for a new one, and remove its log.
func (j *Journal) checkEmptied() error {
	info, err := os.Stat(j.file())
	if err != nil || info.Size() >= header || !info.Mode().IsRegular() {
		return nil
	}
	if runs, err := os.ReadDir(filepath.Join(j.dir, "runs")); !j.hasLog() && (err != nil || len(runs) == 0) {
		return nil
	}
	return &DamagedError{Path: j.file(), Why: errEmptied}
}

func (j *Journal) version() (int, error) {
	c, err := j.db.Conn(context.Background())
	if err != nil {
		return 0, err
	}
	defer c.Close()
	return versionOf(context.Background(), c, j.file())
}

// reading is how one opens a database only to read it who may write to it: who
// may not cannot make the file by which readers and writers see each other.
const reading = "mode=rw&_pragma=query_only(1)"

// busyTime is how long we wait for another process that has the database.
const busyTime = 15 * time.Second

// openDB opens the database file.
func openDB(file, how string) (*sql.DB, error) {
	name := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath()}).String() +
		fmt.Sprintf("?_pragma=busy_timeout(%d)&%s", busyTime.Milliseconds(), how)
	return sql.Open("sqlite", name)
}

// Close closes the journal. Keepers are closed before.
func (j *Journal) Close() error {
	err := j.db.Close()
	if j.writer != nil {
		err = errors.Join(err, j.writer.close())
	}
	return j.explain(err)
}

// Dir returns the path of the folder.
func (j *Journal) Dir() string { return j.dir }

// Blobs returns the values that are kept outside of events.
func (j *Journal) Blobs() *blob.Store { return j.blobs }

func (j *Journal) file() string { return filepath.Join(j.dir, fileName) }

// run returns the folder of a root.
func (j *Journal) run(id string) string { return filepath.Join(j.dir, "runs", id) }

// A writer is the one connection of this process that writes.
type writer struct {
	db   *sql.DB
	conn *sql.Conn
	path string
	file os.FileInfo // that is open

	begin, commit, rollback              *sql.Stmt
	ir, next, run, tag, event, end, hear *sql.Stmt
	send                                 *sql.Stmt
	stmts                                []*sql.Stmt // all of them

	mu      sync.Mutex
	waiting []*request // to be written, in order
	busy    bool       // somebody writes
}

// newWriter opens the database for writing, and makes it if it is not there.
// Where waiting could be waiting for each other, as it is when several processes
// make the database, SQLite says at once that it is busy: then we begin anew.
func newWriter(file string) (*writer, error) {
	begin := time.Now()
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		w, err := tryWriter(file)
		if !isBusy(err) || time.Since(begin) > busyTime {
			return w, err
		}
		time.Sleep(pause)
	}
}

func tryWriter(file string) (*writer, error) {
	// SQLite would make it, and its logs after its example, for all to read where
	// the folder is older than we are. One that is there is not to be opened:
	// closing it again would give up the locks of this process.
	if f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		err = f.Close()
		if err != nil {
			return nil, err
		}
	}
	db, err := openDB(file, "mode=rwc")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	w := &writer{db: db, path: file}
	if err := w.prepare(file); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return w, nil
}

// settings are those of the connection that writes. FULL: the log is on disk
// when a commit returns. A checkpoint every 16 MiB keeps the log short without
// standing in the way often.
const settings = `
PRAGMA auto_vacuum = incremental;
PRAGMA journal_mode = wal;
PRAGMA synchronous = full;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 33554432`

func (w *writer) prepare(file string) (err error) {
	ctx := context.Background()
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return err
	}
	if _, err := versionOf(ctx, w.conn, file); err != nil { // what is not ours stays as it is
		return err
	}
	if _, err := w.conn.ExecContext(ctx, settings); err != nil {
		return err
	}
	if err := migrate(ctx, w.conn, file); err != nil {
		return err
	}
	if w.file, err = os.Stat(file); err != nil {
		return err
	}
	for _, p := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
		{&w.rollback, "ROLLBACK"},
		{&w.ir, "INSERT INTO irs (hash, program) VALUES (?, ?) ON CONFLICT DO NOTHING"},
		{&w.next, "SELECT coalesce(max(no), 0) + 1 FROM runs"},
		{&w.run, `INSERT INTO runs (no, id, workflow, ir, status, started, root, parent, call, setting)
			VALUES (?, ?, ?, (SELECT no FROM irs WHERE hash = ?), 'running', ?, ?, ?, ?, ?)`},
		{&w.tag, "INSERT INTO tags (tag, started, run) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"},
		{&w.event, "INSERT INTO events (run, seq, count, chunk) VALUES (?, ?, ?, ?)"},
		{&w.end, "UPDATE runs SET status = ?, ended = ? WHERE no = ?"},
		{&w.hear, "DELETE FROM inbox WHERE no = ?"},
		{&w.send, "INSERT INTO inbox (root, run, want, node, name, payload) VALUES (?, ?, ?, ?, ?, ?)"},
	} {
		if *p.to, err = w.conn.PrepareContext(ctx, p.sql); err != nil {
			return err
		}
		w.stmts = append(w.stmts, *p.to)
	}
	return nil
}

// removed reports a journal that somebody has removed while it was in use:
// SQLite would go on to write to what nobody will find.
func (w *writer) removed() error {
	now, err := os.Stat(w.path)
	if err == nil && os.SameFile(now, w.file) {
		return nil
	}
	return fmt.Errorf("%s was removed while it was in use: what was recorded in it is gone, and nothing more can be", w.path)
}

// close closes the connection. The last that is closed brings the database up
// to its log, and removes that; statements would keep it open.
func (w *writer) close() (err error) {
	for _, s := range w.stmts {
		err = errors.Join(err, s.Close())
	}
	return errors.Join(err, w.conn.Close(), w.db.Close())
}
