package activity

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// step is how much is read or written between two looks at whether anybody
// still wants it.
const step = 4 << 20

// transfer copies from r to w until r ends or ctx does.
func transfer(ctx context.Context, w io.Writer, r io.Reader) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		// CopyN lets the kernel do it where both are files.
		if _, err := io.CopyN(w, r, step); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// replace makes the file at path, which it names p in its errors, with what
// fill writes. The file appears whole, or what was there stays. exact are the
// permissions to give it; nil means those of the file that is there or, if
// there is none, those that the process gives new files.
func replace(path, p string, exact *fs.FileMode, fill func(*os.File) error) error {
	if old, err := os.Stat(path); err == nil {
		if old.IsDir() {
			return failing(p, errors.New("is a folder"))
		}
		if exact == nil && old.Mode().IsRegular() {
			perm := old.Mode().Perm()
			exact = &perm
		}
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return failing(p, err)
	}
	// In the same folder, so that the rename is one. A dot hides it from glob.
	temp := filepath.Join(dir, ".flowc-"+rand.Text()+".tmp")
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return failing(p, err)
	}
	if err := finish(f, exact, fill); err != nil {
		_ = os.Remove(temp)
		if inPath := new(fs.PathError); errors.As(err, &inPath) {
			return failing(p, err)
		}
		return err // of where the bytes come from, or of ctx
	}
	if err := os.Rename(temp, path); err != nil {
		_ = os.Remove(temp)
		return failing(p, err)
	}
	syncFolder(dir)
	return nil
}

// finish fills f, has it reach the disk, and closes it.
func finish(f *os.File, exact *fs.FileMode, fill func(*os.File) error) error {
	err := fill(f)
	if err == nil && exact != nil {
		err = f.Chmod(*exact)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncFolder makes a rename in dir durable where the system can. The file is
// whole in any case, so that an error here is no reason to fail.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
