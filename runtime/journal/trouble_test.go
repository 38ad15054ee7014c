package journal_test

import (
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/journal"
)

// filled returns a state folder with a run of some thousand events, closed.
func filled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	j, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	k := keep(t, j, "w-1")
	events := []runtime.Event{started(t, "w-1", "w", 1)}
	for i := range 3000 {
		events = append(events, runtime.Event{Seq: int64(i + 2), Time: ir.Time(i), Type: runtime.TaskStarted, Node: fmt.Sprint("w/", i), Attempt: 1})
	}
	commit(t, k, journal.Batch{Run: "w-1", Events: events})
	if err := errors.Join(k.Close(), j.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// trouble opens a journal and reads a run in it, and returns what is wrong.
func trouble(dir string) error {
	j, err := journal.Open(dir)
	if err != nil {
		return err
	}
	defer j.Close()
	_, err = j.Record("w-1")
	return err
}

func TestADamagedJournalSaysWhatIsSafe(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, file string){
		"emptied":        func(t *testing.T, file string) { must(t, os.Truncate(file, 0)) },
		"almost emptied": func(t *testing.T, file string) { must(t, os.Truncate(file, 1)) },
		"emptied beside its log": func(t *testing.T, file string) {
			must(t, os.Truncate(file, 0))
			must(t, os.WriteFile(file+"-wal", []byte("what was written last"), 0o600))
		},
		"cut short": func(t *testing.T, file string) {
			info, err := os.Stat(file)
			must(t, err)
			must(t, os.Truncate(file, info.Size()/2))
		},
		"overwritten": func(t *testing.T, file string) {
			must(t, os.WriteFile(file, []byte(strings.Repeat("no database ", 1000)), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filled(t)
			file := filepath.Join(dir, "journal.db")
			damage(t, file)
			before, err := os.ReadFile(file)
			must(t, err)
			err = trouble(dir)
			var damaged *journal.DamagedError
			if !errors.As(err, &damaged) || !strings.Contains(err.Error(), "put back a copy of it, or move it away") {
				t.Errorf("got %v", err)
			}
			if after, _ := os.ReadFile(file); string(after) != string(before) {
				t.Error("it was written to")
			}
		})
	}
}

// TestDamagedEventsAreNotTakenForWhatHappened shows that a changed byte within
// the database is noticed, and a part of what happened that is gone.
func TestDamagedEventsAreNotTakenForWhatHappened(t *testing.T) {
	for name, change := range map[string]string{
		"a byte is another": "UPDATE events SET chunk = CAST(substr(chunk, 1, 99) || x'5a' || substr(chunk, 101) AS BLOB) WHERE seq = 1",
		"the end is gone":   "UPDATE events SET chunk = substr(chunk, 1, 2000) WHERE seq = 1",
		"it is empty":       "UPDATE events SET chunk = x'' WHERE seq = 513",
		"it is of nothing":  "UPDATE events SET chunk = x'0000' WHERE seq = 513",
		"a row is gone":     "DELETE FROM events WHERE seq = 513",
	} {
		t.Run(name, func(t *testing.T) {
			dir := filled(t)
			db, err := sql.Open("sqlite", filepath.Join(dir, "journal.db"))
			must(t, err)
			r, err := db.Exec(change)
			must(t, errors.Join(err, db.Close()))
			if n, _ := r.RowsAffected(); n != 1 {
				t.Fatalf("%d rows were damaged", n)
			}
			var damaged *journal.DamagedError
			if err := trouble(dir); !errors.As(err, &damaged) || !strings.Contains(err.Error(), "of run w-1") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestAJournalThatIsRemovedUnderARunStopsIt shows that nothing is taken for
// recorded that nobody can find again.
func TestAJournalThatIsRemovedUnderARunStopsIt(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	k := keep(t, j, "w-1")
	commit(t, k, journal.Batch{Run: "w-1", Events: []runtime.Event{started(t, "w-1", "w", 1)}})
	must(t, os.RemoveAll(dir))
	err := k.Commit([]journal.Batch{{Run: "w-1", Ended: "succeeded", At: 2}})
	if err == nil || !strings.Contains(err.Error(), "was removed while it was in use") {
		t.Errorf("got %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAJournalOfANewerVersionIsNotTouched(t *testing.T) {
	dir := filled(t)
	file := filepath.Join(dir, "journal.db")
	db, err := sql.Open("sqlite", file)
	must(t, err)
	_, err = db.Exec("PRAGMA user_version = 99")
	must(t, errors.Join(err, db.Close()))
	before, err := os.ReadFile(file)
	must(t, err)
	var newer *journal.NewerError
	if err := trouble(dir); !errors.As(err, &newer) || newer.Found != 99 {
		t.Errorf("got %v", err)
	}
	if _, err := journal.OpenToRead(dir); !errors.As(err, &newer) {
		t.Errorf("got %v", err)
	}
	if after, _ := os.ReadFile(file); string(after) != string(before) {
		t.Error("it was written to")
	}
}

func TestADatabaseOfSomethingElseIsNotTouched(t *testing.T) {
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "journal.db"))
	must(t, err)
	_, err = db.Exec("CREATE TABLE t (a)")
	must(t, errors.Join(err, db.Close()))
	before, err := os.ReadFile(filepath.Join(dir, "journal.db"))
	must(t, err)
	if err := trouble(dir); err == nil || !strings.Contains(err.Error(), "is a database of something else") {
		t.Errorf("got %v", err)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, "journal.db")); string(after) != string(before) {
		t.Error("it was written to")
	}
}

// TestAJournalIsItsOwners puts one into a folder that others may look into.
func TestAJournalIsItsOwners(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o755))
	j := open(t, dir)
	commit(t, keep(t, j, "w-1"), journal.Batch{Run: "w-1", Events: []runtime.Event{started(t, "w-1", "w", 1)}})
	files, err := filepath.Glob(filepath.Join(dir, "journal.db*"))
	must(t, err)
	for _, file := range files {
		info, err := os.Stat(file)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", filepath.Base(file), info.Mode().Perm())
		}
	}
	if len(files) < 2 {
		t.Errorf("there are only %v", files)
	}
}

// TestAFullDisk uses the limit of a process for the size of files, which is
// what a disk without room looks like to SQLite.
func TestAFullDisk(t *testing.T) {
	j := open(t, t.TempDir())
	k := keep(t, j, "w-1")
	commit(t, k, journal.Batch{Run: "w-1", Events: []runtime.Event{started(t, "w-1", "w", 1)}})
	if err := j.Full(40); err != nil { // pages
		t.Fatal(err)
	}
	var failed error
	kept := int64(1)
	for n := int64(2); n < 10_000 && failed == nil; n++ {
		e := runtime.Event{Seq: n, Time: ir.Time(n), Type: runtime.TimerFired, Node: strings.Repeat("x", 1000)}
		if failed = k.Commit([]journal.Batch{{Run: "w-1", Events: []runtime.Event{e}}}); failed == nil {
			kept = n
		}
	}
	if failed == nil || !strings.Contains(failed.Error(), "there is no room left on the disk") || !strings.Contains(failed.Error(), "what was recorded until now is safe") {
		t.Fatalf("got %v", failed)
	}
	events, err := j.Events("w-1", 0)
	if err != nil || int64(len(events)) != kept {
		t.Errorf("%d events are left of %d, %v", len(events), kept, err)
	}
}

func TestLookingNeedsNoPermissionToWrite(t *testing.T) {
	if os.Getuid() == 0 {
		readOnlyForRoot(t)
		return
	}
	dir := filled(t)
	must(t, os.Chmod(dir, 0o500))
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	looks(t, dir)
	if _, err := journal.Open(dir); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("got %v", err)
	}
}

// readOnlyForRoot makes a folder in which not even the root can write, if this
// root may do that.
func readOnlyForRoot(t *testing.T) {
	t.Helper()
	dir := filled(t)
	if err := unix.Mount(dir, dir, "", unix.MS_BIND, ""); err != nil {
		t.Skipf("no folder can be made read-only: %v", err)
	}
	defer func() { must(t, unix.Unmount(dir, unix.MNT_DETACH)) }()
	must(t, unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	looks(t, dir)
	if _, err := journal.Open(dir); err == nil {
		t.Error("a folder that cannot be written to is opened for writing")
	} else {
		t.Log(err)
	}
}

func looks(t *testing.T, dir string) {
	t.Helper()
	j, err := journal.OpenToRead(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	list, err := j.Runs(history.Filter{})
	if err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestAFolderInWhichNothingWasKept(t *testing.T) {
	if _, err := journal.OpenToRead(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

var update = flag.Bool("update", false, "write a database of this version to testdata, if there is none")

// write makes the database of this version. Those that are there stay for ever:
// they are what older ones wrote.
func write(t *testing.T) {
	t.Helper()
	file := fmt.Sprintf("testdata/v%d.db", journal.Versions)
	if _, err := os.Stat(file); err == nil {
		return
	}
	dir := t.TempDir()
	j, err := journal.Open(dir)
	must(t, err)
	k := keep(t, j, "w-1")
	events := append([]runtime.Event{started(t, "w-1", "w", 1, "blue")}, every()...)
	events[len(events)-1].Result = nil // what is in blobs is not in the database
	commit(t, k, journal.Batch{Run: "w-1", Events: events, Ended: "succeeded", At: 99})
	must(t, errors.Join(k.Close(), j.Close()))
	text, err := os.ReadFile(filepath.Join(dir, "journal.db"))
	must(t, err)
	must(t, os.WriteFile(file, text, 0o666))
}

// TestOldVersionsAreMigrated opens a database of each version that there was.
func TestOldVersionsAreMigrated(t *testing.T) {
	if *update {
		write(t)
	}
	files, err := filepath.Glob("testdata/v*.db")
	must(t, err)
	if len(files) != journal.Versions {
		t.Errorf("there are databases of %d versions, and not of %d: go test -run Migrated -update makes one of this version", len(files), journal.Versions)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "journal.db"), text, 0o600))
		j := open(t, dir)
		r, err := j.Record("w-1")
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if len(r.Events) != 1+len(every()) || r.Summary.Status != "succeeded" || len(r.Summary.Tags) != 1 {
			t.Errorf("%s: %d events, %+v", file, len(r.Events), r.Summary)
		}
		k := keep(t, j, "w-2")
		commit(t, k, journal.Batch{Run: "w-2", Events: []runtime.Event{started(t, "w-2", "w", 1)}})
	}
}
