//go:build unix

package proc

import (
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// lookups remembers where in which PATH a program was found, for the life of
// this process, as a shell does. Only successes are remembered, so that a
// program installed meanwhile is found; one that was moved away is looked up
// again when it fails to start.
var lookups sync.Map // lookupKey to string

type lookupKey struct{ path, name string }

// lookPath returns the absolute path of the program called name in the folders
// of path. Entries of path that are not absolute are skipped: what a name means
// must not depend on the working folder. The error is EACCES if there are only
// files of that name that may not be executed, the first of which is returned,
// else ENOENT.
func lookPath(name, path string) (string, error) {
	key := lookupKey{path, name}
	if found, ok := lookups.Load(key); ok {
		return found.(string), nil
	}
	refused := ""
	for rest := path; rest != ""; {
		var dir string
		dir, rest, _ = strings.Cut(rest, ":")
		if !filepath.IsAbs(dir) {
			continue
		}
		file := filepath.Join(dir, name)
		var st unix.Stat_t
		if unix.Stat(file, &st) != nil || st.Mode&unix.S_IFMT == unix.S_IFDIR {
			continue
		}
		if unix.Access(file, unix.X_OK) != nil {
			if refused == "" {
				refused = file
			}
			continue
		}
		lookups.Store(key, file)
		return file, nil
	}
	if refused != "" {
		return refused, syscall.EACCES
	}
	return "", syscall.ENOENT
}

// forgetPath makes the next lookPath of name in path look again. It reports
// whether there was something to forget.
func forgetPath(name, path string) bool {
	_, had := lookups.LoadAndDelete(lookupKey{path, name})
	return had
}
