package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// replaceFile makes text the content of a file, all at once: who reads it
// meanwhile, and we if we are interrupted, see the old content or the new. The
// permissions of a file that is there stay; a link is followed.
func replaceFile(name string, text []byte) error {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return unwritable(os.WriteFile(name, text, 0o666))
	case err != nil:
		return unwritable(err)
	case !info.Mode().IsRegular(): // a pipe, /dev/stdout: there is nothing to replace
		return unwritable(os.WriteFile(name, text, 0o666))
	}
	temp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return unwritable(err)
	}
	defer func() { _ = os.Remove(temp.Name()) }() // which is gone if all went well
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Chmod(info.Mode().Perm()), temp.Close())
	if err != nil {
		return unwritable(err)
	}
	return unwritable(os.Rename(temp.Name(), name))
}

// unwritable returns the error of a file that cannot be written, nil for nil.
func unwritable(err error) error {
	if err == nil {
		return nil
	}
	return usagef("the file cannot be written: %w", err)
}
