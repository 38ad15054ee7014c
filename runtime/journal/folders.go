package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// outName is the folder in that of a tree in which its programs make files.
const outName = "out"

// removeFolders removes the folders of trees that are not in the database: of
// those that were pruned just now, and of what died long ago before it began.
// The files of a tree may be results that another one has taken over, one that
// was redriven: they stay until nothing names them any more.
func (j *Journal) removeFolders(done *Pruned) error {
	entries, err := os.ReadDir(filepath.Join(j.dir, "runs"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	kept, err := j.ids("SELECT id FROM runs WHERE parent IS NULL ORDER BY id")
	if err != nil {
		return j.explain(err)
	}
	pruned := map[string]bool{}
	for _, id := range done.Runs {
		pruned[id] = true
	}
	out := map[string]bool{} // those with files
	var gone []string
	for _, e := range entries {
		id := e.Name()
		info, err := e.Info()
		if _, known := slices.BinarySearch(kept, id); known || err != nil || !pruned[id] && time.Since(info.ModTime()) < young {
			continue
		}
		gone = append(gone, id)
		if files, err := os.ReadDir(filepath.Join(j.run(id), outName)); err == nil && len(files) > 0 {
			out[id] = true
		}
	}
	named, err := j.namedFolders(out)
	if err != nil {
		return err
	}
	for _, id := range gone {
		if err := j.removeFolder(id, named[id], done); err != nil {
			return err
		}
	}
	return nil
}

// namedFolders returns those of the trees whose files something names that
// happened in the runs that are left.
func (j *Journal) namedFolders(out map[string]bool) (map[string]bool, error) {
	named := map[string]bool{}
	if len(out) == 0 {
		return named, nil
	}
	look := func(text []byte) {
		begin, end := []byte("/runs/"), []byte("/"+outName+"/")
		for at := bytes.Index(text, begin); at >= 0; at = bytes.Index(text, begin) {
			text = text[at+len(begin):]
			if n := bytes.IndexByte(text, '/'); n >= 0 && bytes.HasPrefix(text[n:], end) && out[string(text[:n])] {
				named[string(text[:n])] = true
			}
		}
	}
	rows, err := j.db.Query("SELECT chunk FROM events")
	if err != nil {
		return nil, j.explain(err)
	}
	err = scan(rows, func() error {
		var chunk []byte
		if err := rows.Scan(&chunk); err != nil {
			return err
		}
		look(chunk)
		for d := newDecoder(chunk); d.more(); {
			e, kept := d.next()
			if kept == nil {
				continue
			}
			if err := j.restore(&e, kept); err == nil { // else its files are of no use either
				look(e.Result)
			}
		}
		return nil
	})
	return named, j.explain(err)
}

// removeFolder removes the folder of a tree, but for its files if those are
// named, unless somebody has come to make one with that id.
func (j *Journal) removeFolder(id string, named bool, done *Pruned) error {
	lock, err := j.acquire(id)
	var alive *AliveError
	switch {
	case errors.As(err, &alive):
		return nil
	case err != nil:
		return err
	}
	defer lock.Close()
	if again, err := j.ids("SELECT id FROM runs WHERE id = ?", id); err != nil || len(again) > 0 {
		return j.explain(err)
	}
	before := sizeOf(j.run(id))
	if !named {
		err = removeAll(j.run(id))
	} else {
		err = removeAllBut(j.run(id), outName)
	}
	done.Bytes += before - sizeOf(j.run(id))
	return err
}

// removeAllBut removes what is in a folder, except one name.
func removeAllBut(dir, name string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != name {
			err = errors.Join(err, removeAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// sizeOf returns how many bytes the files of a folder have.
func sizeOf(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	return size
}

// removeAll removes the folder of a run with the results in it, which may be
// read-only.
func removeAll(dir string) error {
	err := os.RemoveAll(dir)
	if errors.Is(err, os.ErrPermission) {
		_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if d != nil && d.IsDir() {
				_ = unix.Chmod(path, 0o700)
			}
			return nil
		})
		err = os.RemoveAll(dir)
	}
	if err != nil {
		return fmt.Errorf("the run is removed, but not all of its files: %w", err)
	}
	return nil
}
