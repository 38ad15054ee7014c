package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A folder keeps things in files.
type folder struct{ dir string }

// packedSuffix ends the names of files that are compressed.
const packedSuffix = ".gz"

func (f folder) path(key string) string { return filepath.Join(f.dir, filepath.FromSlash(key)) }

func (f folder) open(_ context.Context, key string) (io.ReadCloser, bool, error) {
	plain, err := os.Open(f.path(key))
	if !errors.Is(err, fs.ErrNotExist) {
		return plain, false, err
	}
	packed, err := os.Open(f.path(key) + packedSuffix)
	return packed, true, err
}

func (f folder) create(ctx context.Context, key string, content io.ReadSeeker, _ int64, packed bool) error {
	if there, err := f.has(ctx, key); err != nil || there {
		return err
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if packed {
		key += packedSuffix
	}
	return write(f.dir, key, content)
}

func (f folder) has(_ context.Context, key string) (bool, error) {
	for _, path := range []string{f.path(key), f.path(key) + packedSuffix} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return err == nil, err
		}
	}
	return false, nil
}

func (f folder) remove(_ context.Context, key string) error {
	return errors.Join(absent(os.Remove(f.path(key))), absent(os.Remove(f.path(key)+packedSuffix)))
}

// absent returns nil for the error that there is nothing to remove.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// write makes the file of a key in a folder: under another name first, so that
// it is whole when it is there.
func write(dir, key string, content io.Reader) error {
	tmp := filepath.Join(dir, "tmp")
	path := filepath.Join(dir, filepath.FromSlash(key))
	if err := errors.Join(os.MkdirAll(tmp, 0o700), os.MkdirAll(filepath.Dir(path), 0o700)); err != nil {
		return err
	}
	out, err := os.CreateTemp(tmp, "")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // it has been renamed by then, if all went well
	_, err = io.Copy(out, content)
	if err := errors.Join(err, out.Chmod(0o444), out.Sync(), out.Close()); err != nil {
		return err
	}
	if err := os.Rename(out.Name(), path); err != nil {
		return err
	}
	// Whoever records the key relies on what it leads to.
	f, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
