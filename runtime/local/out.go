package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/local/proc"
)

// An outFolder is where attempts whose result is a file have folders of their
// own. It is made when the first needs one.
type outFolder struct {
	path string // "" is a new one among the temporary files
	run  string

	once  sync.Once
	fresh bool
	err   error
}

// make makes the folder.
func (o *outFolder) make() error {
	o.once.Do(func() {
		if o.path == "" {
			o.path, o.err = os.MkdirTemp("", "flowc-"+o.run+"-")
			o.fresh = o.err == nil
		} else {
			o.err = os.MkdirAll(o.path, 0o777)
		}
	})
	return o.err
}

// tidy removes the folder if it is empty, and was new.
func (o *outFolder) tidy() {
	if o.fresh {
		_ = os.Remove(o.path) // fails if it is not
	}
}

// A madeFile is what a program is to make.
type madeFile struct {
	folder string // of the attempt, FLOW_OUT
	name   string // in it
}

// forAttempt makes the fresh folder of an attempt, and folders in it so that
// name, with slashes, can be written.
func (o *outFolder) forAttempt(a *attempt, name string) (madeFile, error) {
	if err := o.make(); err != nil {
		return madeFile{}, fmt.Errorf("no folder for results could be made: %w", err)
	}
	// The key tells nodes apart whose names are spelled alike in files.
	folder := filepath.Join(o.path, fileName(a.node)+"-"+a.task.Key[:min(8, len(a.task.Key))]+"-"+strconv.Itoa(a.number))
	f := madeFile{folder, filepath.FromSlash(name)}
	err := os.RemoveAll(folder)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(f.path()), 0o777)
	}
	if err != nil {
		return madeFile{}, fmt.Errorf("no folder for the result could be made: %w", err)
	}
	return f, nil
}

// fileName returns the end of a node's id as a name for files.
func fileName(id string) string {
	name := id[strings.LastIndexByte(id, '/')+1:]
	name = strings.Map(func(c rune) rune {
		if c == '_' || c == '-' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' {
			return c
		}
		return '_'
	}, name)
	return name[:min(40, len(name))]
}

// path returns where the file is to be.
func (f madeFile) path() string { return filepath.Join(f.folder, f.name) }

// drop removes the folder of an attempt that has no result.
func (f madeFile) drop() {
	if f.folder != "" {
		_ = os.RemoveAll(f.folder) // what stays is in nobody's way
	}
}

// result returns the result of a program that exited with 0.
func (x *execution) result(r *proc.Result) (json.RawMessage, error) {
	if x.act.Program.Stdout != ir.ResultFile {
		return runtime.Result(x.act, r.Stdout)
	}
	path := x.file.path()
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the program exited with 0, but made no file `%s` in FLOW_OUT", x.file.name)
	case err != nil:
		return nil, fmt.Errorf("the file `%s` in FLOW_OUT cannot be read: %w", x.file.name, err)
	}
	return runtime.FileResult(x.act, path, func() ([]byte, error) {
		defer x.file.drop()
		return content(x.file.name, path, info)
	})
}

// content reads a file that is to be a value.
func content(name, path string, info fs.FileInfo) ([]byte, error) {
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("`%s` in FLOW_OUT is not a regular file", name)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the file `%s` in FLOW_OUT cannot be read: %w", name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, proc.DefaultMaxStdout+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the file `%s` in FLOW_OUT cannot be read: %w", name, err)
	case len(b) > proc.DefaultMaxStdout:
		return nil, fmt.Errorf("the file `%s` in FLOW_OUT has more than %d MiB, which is too much for a value: declare the result as `path`", name, proc.DefaultMaxStdout>>20)
	}
	return b, nil
}
