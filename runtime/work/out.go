package work

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
	"github.com/flowc/flowc/runtime/blob"
	"github.com/flowc/flowc/runtime/work/proc"
)

// An outFolder is where attempts whose result is a file have folders of their
// own. It is made when the first needs one.
type outFolder struct {
	path string // "" is a new one among the temporary files
	name string // what a new one is named after

	once  sync.Once
	fresh bool
	err   error

	mu    sync.Mutex
	store Refs // nil is a folder in this one, when it is needed
}

// refs returns where refs are kept.
func (o *outFolder) refs() (Refs, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.store == nil {
		if err := o.make(); err != nil {
			return nil, fmt.Errorf("no folder for values could be made: %w", err)
		}
		o.store = blob.New(filepath.Join(o.path, "blobs"))
	}
	return o.store, nil
}

// make makes the folder.
func (o *outFolder) make() error {
	o.once.Do(func() {
		if o.path == "" {
			o.path, o.err = os.MkdirTemp("", "flowc-"+o.name+"-")
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
func (o *outFolder) forAttempt(a *Attempt, name string) (madeFile, error) {
	if err := o.make(); err != nil {
		return madeFile{}, fmt.Errorf("no folder for results could be made: %w", err)
	}
	// The key tells nodes apart whose names are spelled alike in files. It comes
	// from whoever scheduled the task.
	key := a.Task.Key[:min(8, len(a.Task.Key))]
	folder := filepath.Join(o.path, fileName(a.Node)+"-"+fileName(key)+"-"+strconv.Itoa(a.Number))
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
	name := strings.Map(func(c rune) rune {
		if c == '_' || c == '-' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' {
			return c
		}
		return '_'
	}, id[strings.LastIndexByte(id, '/')+1:])
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
	if x.secrets.holds(r.Stdout) {
		return nil, errors.New("what the program printed as its result holds the value of a secret, which may not be recorded")
	}
	t := x.act.Result
	if t != nil && t.Kind == ir.KOptional {
		t = t.Elem
	}
	if t != nil && t.Kind == ir.KRef {
		return x.refResult(t, r)
	}
	if x.act.Program.Stdout != ir.ResultFile {
		return runtime.Result(x.act, r.Stdout)
	}
	path, info, err := x.made()
	if err != nil {
		return nil, err
	}
	if len(x.secrets.all()) > 0 && info.Mode().IsRegular() {
		f := &finder{secrets: &x.secrets}
		if err := copyTo(f, path); err != nil {
			return nil, err
		}
		if f.found {
			x.file.drop()
			return nil, fmt.Errorf("the file `%s` in FLOW_OUT holds the value of a secret, which may not be recorded", x.file.name)
		}
	}
	return runtime.FileResult(x.act, path, func() ([]byte, error) {
		defer x.file.drop()
		return content(x.file.name, path, info)
	})
}

// copyTo shows what is in a file.
func copyTo(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// made returns the file that the program made.
func (x *execution) made() (path string, info fs.FileInfo, err error) {
	path = x.file.path()
	info, err = os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil, fmt.Errorf("the program exited with 0, but made no file `%s` in FLOW_OUT", x.file.name)
	case err != nil:
		return "", nil, fmt.Errorf("the file `%s` in FLOW_OUT cannot be read: %w", x.file.name, err)
	}
	return path, info, nil
}

// refResult keeps the result of a program outside of the history and returns
// the ref to it: of bytes and strings what they hold, of others their JSON.
func (x *execution) refResult(t *ir.Type, r *proc.Result) (json.RawMessage, error) {
	store, err := x.out.refs()
	if err != nil {
		return nil, err
	}
	if x.act.Program.Stdout == ir.ResultFile {
		path, info, err := x.made()
		if err != nil {
			return nil, err
		}
		defer x.file.drop()
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("`%s` in FLOW_OUT is not a regular file", x.file.name)
		}
		f := &finder{secrets: &x.secrets}
		ref, err := store.PutFile(path, f)
		switch {
		case err != nil:
			return nil, fmt.Errorf("the file `%s` in FLOW_OUT cannot be kept: %w", x.file.name, err)
		case f.found:
			store.Drop(ref)
			return nil, fmt.Errorf("the file `%s` in FLOW_OUT holds the value of a secret, which may not be recorded", x.file.name)
		}
		return ir.Encode(ref, t)
	}
	// A program may hand on a ref that it was given.
	if doc, err := runtime.Result(anything, r.Stdout); err == nil && x.act.Program.Stdout == ir.ResultJSON {
		if v, err := ir.Decode(doc, t, ir.IgnoreUnknown); err == nil {
			ref, _ := v.(*ir.Ref)
			if _, err := store.Path(ref); err != nil {
				return nil, err
			}
			return ir.Encode(ref, t)
		}
	}
	plain := *x.act
	plain.Result = t.Elem
	doc, err := runtime.Result(&plain, r.Stdout)
	if err != nil {
		return nil, err
	}
	v, err := ir.Decode(doc, t.Elem, ir.IgnoreUnknown)
	if err != nil {
		return nil, err
	}
	raw := []byte(doc)
	switch v := v.(type) {
	case ir.String:
		raw = []byte(v)
	case ir.Bytes:
		raw = []byte(v)
	}
	ref, err := store.Put(raw)
	if err != nil {
		return nil, fmt.Errorf("the result cannot be kept: %w", err)
	}
	return ir.Encode(ref, t)
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
