package journal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/journal"
)

// orphan starts a program in a group of its own that ignores SIGTERM if it is
// stubborn, and returns the group. It is reaped in the background, as process 1
// would.
func orphan(t *testing.T, stubborn bool, env ...string) int {
	t.Helper()
	script := "echo ready; exec sleep 100"
	if stubborn {
		script = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
	}
	cmd := exec.Command("sh", "-c", script)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	_, err = out.Read(make([]byte, 5))
	must(t, err)
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	pgid := cmd.Process.Pid
	t.Cleanup(func() { _ = syscall.Kill(-pgid, syscall.SIGKILL); <-ended })
	return pgid
}

func lives(pgid int) bool { return syscall.Kill(-pgid, 0) == nil }

// died waits a moment for a group to be reaped.
func died(pgid int) bool {
	for range 200 {
		if !lives(pgid) {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// TestOrphansAreEnded shows which processes of a dead run are ended before it
// goes on, and which are not its own.
func TestOrphansAreEnded(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	k := keep(t, j, "w-1")
	commit(t, k, journal.Batch{Run: "w-1", Events: []runtime.Event{started(t, "w-1", "w", 1)}})
	noted, stubborn, finished := orphan(t, false), orphan(t, true), orphan(t, false)
	k.Began(noted)
	k.Began(stubborn)
	k.Ended(k.Began(finished))
	known := orphan(t, false, "FLOW_IDEMPOTENCY_KEY=key-1") // it died between the fork and the note
	other := orphan(t, false, "FLOW_IDEMPOTENCY_KEY=key-2")
	// The process dies: its files stay as they are.
	copied := filepath.Join(dir, "groups")
	text, err := os.ReadFile(filepath.Join(dir, "runs", "w-1", "groups"))
	must(t, err)
	must(t, os.WriteFile(copied, text, 0o600))
	must(t, k.Close())
	k, err = j.TakeOver("w-1")
	must(t, err)
	defer k.Close()
	must(t, os.WriteFile(filepath.Join(dir, "runs", "w-1", "groups"), text, 0o600))
	must(t, k.EndOrphans([]string{"key-1"}, 300*time.Millisecond))
	for name, pgid := range map[string]int{"a noted group": noted, "a stubborn group": stubborn, "one that was known by its key": known} {
		if !died(pgid) {
			t.Errorf("%s lives on", name)
		}
	}
	for name, pgid := range map[string]int{"what had ended in the eyes of the run": finished, "what has another key": other} {
		if !lives(pgid) {
			t.Errorf("%s was ended", name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "runs", "w-1", "groups")); !os.IsNotExist(err) {
		t.Error("the note is still there")
	}
}

// TestAStrangerIsNotEnded gives the number of a noted group to one that was
// started later.
func TestAStrangerIsNotEnded(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	k := keep(t, j, "w-1")
	commit(t, k, journal.Batch{Run: "w-1", Events: []runtime.Event{started(t, "w-1", "w", 1)}})
	k.Began(1 << 30) // to have the file
	file := filepath.Join(dir, "runs", "w-1", "groups")
	text, err := os.ReadFile(file)
	must(t, err)
	time.Sleep(30 * time.Millisecond) // the kernel counts in hundredths of a second
	stranger := orphan(t, false)
	number := strings.Repeat("\x00", 8)
	slot := []byte(number)
	for i, n := 0, uint64(stranger); i < 8; i, n = i+1, n>>8 {
		slot[i] = byte(n)
	}
	copy(text[64:], slot)
	must(t, os.WriteFile(file, text, 0o600))
	must(t, k.EndOrphans(nil, time.Millisecond))
	if !lives(stranger) {
		t.Errorf("group %s was ended, which was started after the note", strconv.Itoa(stranger))
	}
}

// TestPruneLeavesWhatGoesOnMeanwhile has a run that was found to have ended,
// which somebody has begun to undo before its turn came.
func TestPruneLeavesWhatGoesOnMeanwhile(t *testing.T) {
	j := open(t, t.TempDir())
	k := keep(t, j, "w-1")
	commit(t, k, journal.Batch{Run: "w-1", Events: []runtime.Event{started(t, "w-1", "w", 1)}, Ended: "succeeded", At: 2})
	commit(t, k, journal.Batch{Run: "w-1", Events: []runtime.Event{{Seq: 2, Time: 3, Type: runtime.UndoRequested}}})
	must(t, k.Close())
	done, err := j.PruneTree("w-1")
	if err != nil || len(done.Runs) != 0 {
		t.Errorf("removed %v, %v", done.Runs, err)
	}
	if _, err := j.Find("w-1"); err != nil {
		t.Error(err)
	}
}

func TestPruneRemovesWhatNobodyNeeds(t *testing.T) {
	j := open(t, t.TempDir())
	for i, run := range []string{"w-1", "w-2", "w-3", "w-4"} {
		k := keep(t, j, run)
		batches := []journal.Batch{{Run: run, Events: append([]runtime.Event{started(t, run, "w", 1, "blue")}, every()...)}}
		switch i {
		case 0:
			batches[0].Ended, batches[0].At = "succeeded", 100
		case 1:
			batches[0].Ended, batches[0].At = "failed", 100
		case 2: // its child run has not ended
			batches = append(batches, child(t, "w-3-c", "w-3", 2))
			if err := k.Commit(batches); err != nil {
				t.Fatal(err)
			}
			batches = []journal.Batch{{Run: "w-3", Ended: "succeeded", At: 100}}
		}
		commit(t, k, batches...)
		k.Line(1, run, "w/a", "w/a", 1, []byte("line"))
		must(t, k.Close())
	}
	prune := func(p journal.Pruning) string {
		t.Helper()
		done, err := j.Prune(p)
		must(t, err)
		return strings.Join(done.Runs, " ")
	}
	if got := prune(journal.Pruning{Before: 100}); got != "" {
		t.Errorf("removed %s, which ended later", got)
	}
	if got := prune(journal.Pruning{Before: 200, DryRun: true}); got != "w-1 w-2" {
		t.Errorf("would remove %s", got)
	}
	if got := prune(journal.Pruning{Before: 200, Status: "failed"}); got != "w-2" {
		t.Errorf("removed %s", got)
	}
	if got := prune(journal.Pruning{Before: ir.Time(1 << 60)}); got != "w-1" {
		t.Errorf("removed %s", got)
	}
	for _, run := range []string{"w-1", "w-2"} {
		if _, err := os.Stat(filepath.Join(j.Dir(), "runs", run)); !os.IsNotExist(err) {
			t.Errorf("the folder of %s is still there", run)
		}
	}
	if events, err := j.Events("w-3", 0); err != nil || len(events) == 0 {
		t.Errorf("the events of w-3: %d, %v", len(events), err)
	}
	if _, err := j.Program(program(t).Hash()); err != nil {
		t.Error(err)
	}
	// The value of the large result is named by the runs that are left, and young.
	if r, err := j.Record("w-4"); err != nil || len(r.Events) == 0 {
		t.Error(err)
	}
}

// TestFilesStayThatALaterRunHasTakenOver prunes a run whose file is a result of
// another one as well, in its own event or in a value that is kept outside, and
// then that one too.
func TestFilesStayThatALaterRunHasTakenOver(t *testing.T) {
	for name, fill := range map[string]int{"in an event": 1, "in a large value": journal.LargeResult} {
		t.Run(name, func(t *testing.T) {
			j := open(t, t.TempDir())
			file := ""
			for i, run := range []string{"w-1", "w-2"} {
				k := keep(t, j, run)
				if i == 0 {
					file = filepath.Join(k.Out(), "made")
					must(t, os.MkdirAll(k.Out(), 0o700))
					must(t, os.WriteFile(file, []byte("text"), 0o400))
					k.Line(1, run, "w/a", "w/a", 1, []byte("line"))
				}
				e := every()[len(every())-1]
				e.Seq, e.Result = 2, []byte(`["`+strings.Repeat("x", fill)+`","`+file+`"]`)
				commit(t, k, journal.Batch{Run: run, Events: []runtime.Event{started(t, run, "w", 1), e}, Ended: "succeeded", At: ir.Time(10 * (i + 1))})
				must(t, k.Close())
			}
			for _, step := range []struct {
				before ir.Time
				names  string
			}{{15, "made out w-1 w-2"}, {25, ""}} {
				_, err := j.Prune(journal.Pruning{Before: step.before})
				must(t, err)
				var names []string
				_ = filepath.WalkDir(filepath.Join(j.Dir(), "runs"), func(path string, d os.DirEntry, err error) error {
					if name := filepath.Base(path); name != "runs" && name != "lock" {
						names = append(names, name)
					}
					return err
				})
				slices.Sort(names)
				if got := strings.Join(names, " "); got != step.names {
					t.Errorf("%s before %d: left are %q, want %q", name, step.before, got, step.names)
				}
				old := time.Now().Add(-48 * time.Hour)
				if step.names != "" {
					must(t, os.Chtimes(filepath.Join(j.Dir(), "runs", "w-1"), old, old))
				}
			}
		})
	}
}

// TestOldValuesAreRemovedThatNobodyNames ages the values of two runs.
func TestOldValuesAreRemovedThatNobodyNames(t *testing.T) {
	j := open(t, t.TempDir())
	for i, run := range []string{"w-1", "w-2"} {
		k := keep(t, j, run)
		e := every()[len(every())-1]
		e.Seq, e.Result = 2, []byte(`"`+strings.Repeat(strconv.Itoa(i), journal.LargeResult)+`"`)
		b := journal.Batch{Run: run, Events: []runtime.Event{started(t, run, "w", 1), e}}
		if i == 0 {
			b.Ended, b.At = "succeeded", 2
		}
		commit(t, k, b)
		must(t, k.Close())
	}
	blobs, err := filepath.Glob(filepath.Join(j.Dir(), "blobs", "sha256", "*", "*"))
	must(t, err)
	old := time.Now().Add(-48 * time.Hour)
	for _, path := range blobs {
		must(t, os.Chtimes(path, old, old))
	}
	done, err := j.Prune(journal.Pruning{Before: 3})
	must(t, err)
	if len(blobs) != 2 || done.Blobs != 1 || done.Bytes < journal.LargeResult {
		t.Errorf("%d values, of which %d were removed, %d bytes", len(blobs), done.Blobs, done.Bytes)
	}
	if r, err := j.Record("w-2"); err != nil || len(r.Events[1].Result) < journal.LargeResult {
		t.Errorf("the value of a run that is left: %v", err)
	}
}

// TestManyOpenANewFolderAtOnce is for the making of the database.
func TestManyOpenANewFolderAtOnce(t *testing.T) {
	for range 5 {
		dir := t.TempDir()
		var wait sync.WaitGroup
		for range 6 {
			wait.Go(func() {
				j, err := journal.Open(dir)
				if err != nil {
					t.Error(err)
					return
				}
				if err := j.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
	}
}
