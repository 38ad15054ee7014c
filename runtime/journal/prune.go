package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/flowc/flowc/compiler/ir"
)

// A Pruning says which runs are no longer wanted.
type Pruning struct {
	Before ir.Time // that ended before
	Status string  // that ended so; "" is any
	DryRun bool    // only say which
}

// A Pruned is what was removed, or would be.
type Pruned struct {
	Runs     []string // roots
	Children int      // child runs of those
	Programs int      // that no run is left of
	Blobs    int      // that no run is left that names them
	Bytes    int64    // of files that were removed
}

// Prune removes runs with their child runs and all that only they need. A tree
// in which something has not ended stays, and one that a process drives.
func (j *Journal) Prune(p Pruning) (Pruned, error) {
	if j.writer == nil && !p.DryRun {
		return Pruned{}, errReadOnly
	}
	query := `SELECT id FROM runs WHERE parent IS NULL AND ended < ?1 AND (?2 = '' OR status = ?2)
		AND no NOT IN (SELECT root FROM runs WHERE ended IS NULL)
		AND NOT EXISTS (SELECT 1 FROM runs c WHERE c.root = runs.no AND c.ended >= ?1) ORDER BY started, no`
	roots, err := j.ids(query, int64(p.Before), p.Status)
	if err != nil {
		return Pruned{}, j.explain(err)
	}
	var done Pruned
	for part := range slices.Chunk(roots, some) {
		if err := j.pruneTrees(part, p.DryRun, &done); err != nil {
			return done, err
		}
	}
	if p.DryRun {
		return done, nil
	}
	if err := j.removeFolders(&done); err != nil || len(done.Runs) == 0 {
		return done, err
	}
	if err := j.prunePrograms(&done); err != nil {
		return done, err
	}
	if err := j.pruneBlobs(&done); err != nil {
		return done, err
	}
	return done, j.shrink()
}

// some is how many trees are removed together, and how many rows in one
// transaction: others are to get to write in between.
const some = 200

// pruneTrees removes trees from the database, but not those that somebody has
// come to drive.
func (j *Journal) pruneTrees(roots []string, dry bool, done *Pruned) error {
	var numbers []int64
	for _, root := range roots {
		tree, err := j.numbers("SELECT no FROM runs WHERE root = (SELECT no FROM runs WHERE id = ?) ORDER BY no DESC", root)
		if err != nil {
			return j.explain(err)
		}
		if dry {
			if !j.alive(root) {
				done.Runs, done.Children = append(done.Runs, root), done.Children+len(tree)-1
			}
			continue
		}
		lock, err := j.acquire(root)
		var alive *AliveError
		switch {
		case errors.As(err, &alive):
			continue
		case err != nil:
			return err
		}
		defer lock.Close() // when all of them are removed
		// Somebody may have begun to undo it since it was found, and died.
		var open int
		if err := j.db.QueryRow("SELECT count(*) FROM runs WHERE ended IS NULL AND root = (SELECT no FROM runs WHERE id = ?)", root).Scan(&open); err != nil {
			return j.explain(err)
		} else if open > 0 {
			continue
		}
		done.Runs, done.Children = append(done.Runs, root), done.Children+len(tree)-1
		numbers = append(numbers, tree...)
	}
	return j.explain(j.deleteRuns(numbers))
}

// deleteRuns removes the rows of runs, in this order: the root of a tree is to
// go last, so that what is left of a pruning that was interrupted is found by
// the next.
func (j *Journal) deleteRuns(numbers []int64) error {
	w := j.writer
	for part := range slices.Chunk(numbers, some) {
		err := w.submit(func() error {
			for _, no := range part {
				for _, stmt := range []string{
					"DELETE FROM events WHERE run = ?", "DELETE FROM tags WHERE run = ?", "DELETE FROM inbox WHERE root = ?", "DELETE FROM runs WHERE no = ?",
				} {
					if _, err := w.conn.ExecContext(context.Background(), stmt, no); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) numbers(query string, args ...any) (list []int64, err error) {
	rows, err := j.db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	err = scan(rows, func() error {
		var no int64
		err := rows.Scan(&no)
		list = append(list, no)
		return err
	})
	return list, err
}

// prunePrograms removes the programs that no run is left of.
func (j *Journal) prunePrograms(done *Pruned) error {
	w := j.writer
	return j.explain(w.submit(func() error {
		r, err := w.conn.ExecContext(context.Background(), "DELETE FROM irs WHERE no NOT IN (SELECT ir FROM runs)")
		if err == nil {
			var n int64
			n, err = r.RowsAffected()
			done.Programs = int(n)
		}
		return err
	}))
}

// young is how long a blob is safe from pruning though no event names it: its
// event may be on its way.
const young = 24 * time.Hour

// pruneBlobs removes the blobs that nothing in the journal names. Their hashes
// are looked for in the text of all that is left, so it does not matter where
// one stands: in a result, an input, a ref within a value.
func (j *Journal) pruneBlobs(done *Pruned) error {
	dir := filepath.Join(j.dir, "blobs", "sha256")
	candidates := map[string]string{} // path by hash
	fans, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for _, fan := range fans {
		files, err := os.ReadDir(filepath.Join(dir, fan.Name()))
		if err != nil {
			return err
		}
		for _, f := range files {
			if info, err := f.Info(); err == nil && time.Since(info.ModTime()) > young {
				candidates[f.Name()] = filepath.Join(dir, fan.Name(), f.Name())
			}
		}
	}
	if err := j.sparedBlobs(candidates); err != nil {
		return err
	}
	for _, path := range candidates {
		info, err := os.Stat(path)
		if err != nil || time.Since(info.ModTime()) <= young { // somebody is about to name it again
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
		done.Blobs++
		done.Bytes += info.Size()
	}
	return nil
}

// sparedBlobs takes those out of candidates that something names.
func (j *Journal) sparedBlobs(candidates map[string]string) error {
	if len(candidates) == 0 {
		return nil
	}
	rows, err := j.db.Query("SELECT chunk FROM events")
	if err != nil {
		return j.explain(err)
	}
	var named []string
	err = scan(rows, func() error {
		var chunk []byte
		if err := rows.Scan(&chunk); err != nil {
			return err
		}
		for _, hash := range hashesIn(chunk) {
			if candidates[hash] != "" {
				named = append(named, hash)
				delete(candidates, hash)
			}
		}
		return nil
	})
	// A blob may be a value with refs in it.
	for ; len(named) > 0 && err == nil; named = named[1:] {
		var text []byte
		if text, err = os.ReadFile(filepath.Join(j.dir, "blobs", "sha256", named[0][:2], named[0])); err != nil {
			return err
		}
		for _, hash := range hashesIn(text) {
			if candidates[hash] != "" {
				named = append(named, hash)
				delete(candidates, hash)
			}
		}
	}
	return j.explain(err)
}

// hashLength is the length of a hash as it is written.
const hashLength = 64

// hashesIn returns every stretch of a text that may be a hash.
func hashesIn(text []byte) (list []string) {
	run := 0
	for i, c := range text {
		if '0' <= c && c <= '9' || 'a' <= c && c <= 'f' {
			if run++; run >= hashLength {
				list = append(list, string(text[i+1-hashLength:i+1]))
			}
			continue
		}
		run = 0
	}
	return list
}

// shrink gives the room that is free in the database back, some pages at a
// time.
func (j *Journal) shrink() error {
	w := j.writer
	for {
		var free int
		if err := j.db.QueryRow("PRAGMA freelist_count").Scan(&free); err != nil || free == 0 {
			return j.explain(err)
		}
		err := w.submit(func() error {
			rows, err := w.conn.QueryContext(context.Background(), "PRAGMA incremental_vacuum(1000)")
			if err != nil {
				return err
			}
			return scan(rows, func() error { return nil })
		})
		if err != nil {
			return j.explain(err)
		}
		var left int
		if err := j.db.QueryRow("PRAGMA freelist_count").Scan(&left); err != nil || left >= free {
			return j.explain(err)
		}
	}
}
