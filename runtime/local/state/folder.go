package state

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/blob"
	"github.com/flowc/flowc/runtime/local"
)

// A Folder is a state folder.
type Folder struct{ dir string }

// Open returns the state folder dir, which need not be there yet.
func Open(dir string) (*Folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{dir}, nil
}

// DefaultDir returns where the state folder is unless somebody says otherwise.
func DefaultDir(getenv func(string) string) (string, error) {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "flowc"), nil
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "flowc"), nil
	}
	return "", errors.New("there is no place for the state folder: neither XDG_STATE_HOME nor HOME is set")
}

// Dir returns the path of the folder.
func (f *Folder) Dir() string { return f.dir }

// Blobs returns the values that are kept outside of events.
func (f *Folder) Blobs() *blob.Store { return blob.New(filepath.Join(f.dir, "blobs")) }

func (f *Folder) run(id string) string { return filepath.Join(f.dir, "runs", id) }

// An UnknownRunError says that there is no run with an id.
type UnknownRunError struct {
	Run, Dir string
	Near     string // a run with a similar id, "" for none
}

// Error returns the message.
func (e *UnknownRunError) Error() string {
	text := fmt.Sprintf("there is no run %q in %s", e.Run, e.Dir)
	if e.Near != "" {
		text += fmt.Sprintf("; did you mean %s?", e.Near)
	}
	return text
}

// Info is what is known of a run.
type Info struct {
	Start *runtime.Start
	Begun ir.Time
	Root  string // the run that it is a child run of, in the end; its own id if it is none
	Ended string // its status; "" if it has not ended
	Alive bool   // a process drives it
}

// Find returns what is known of a run.
func (f *Folder) Find(id string) (*Info, error) {
	if err := local.CheckRunID(id); err != nil {
		return nil, err
	}
	first, err := f.first(id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, f.unknown(id)
	case err != nil:
		return nil, err
	}
	info := &Info{Start: first.Start, Begun: first.Time, Root: id}
	for up := first; up.Start.Parent != nil; {
		info.Root = up.Start.Parent.Run
		if up, err = f.first(info.Root); err != nil {
			return nil, fmt.Errorf("run %s is a child run of %s: %w", id, info.Root, err)
		}
	}
	// In this order: a run that ends in between is seen to have ended.
	info.Alive = f.locked(info.Root)
	if info.Ended, err = f.ended(id); err != nil {
		return nil, err
	}
	return info, nil
}

// first returns the first event of a run.
func (f *Folder) first(id string) (*runtime.Event, error) {
	file, err := os.Open(filepath.Join(f.run(id), eventsName))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var e runtime.Event
	err = json.NewDecoder(bufio.NewReader(file)).Decode(&e)
	switch {
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		return nil, fmt.Errorf("run %s was stopped before it began", id)
	case err != nil || e.Start == nil:
		return nil, fmt.Errorf("%s cannot be read: its first line is not the start of a run", file.Name())
	}
	return &e, nil
}

// unknown returns the error of a run that is not there.
func (f *Folder) unknown(id string) error {
	e := &UnknownRunError{Run: id, Dir: f.dir}
	entries, err := os.ReadDir(filepath.Join(f.dir, "runs"))
	if err != nil {
		return e
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	e.Near, _ = spell.Nearest(id, names)
	return e
}

// locked reports whether a process drives a run.
func (f *Folder) locked(id string) bool {
	file, err := os.Open(filepath.Join(f.run(id), lockName))
	if err != nil {
		return false
	}
	defer file.Close()
	if err := unix.Flock(int(file.Fd()), unix.LOCK_SH|unix.LOCK_NB); err != nil {
		return true
	}
	return false // closing the file gives the lock back
}

// end is what stands in end.json.
type end struct {
	Status string `json:"status"`
}

// ended returns the status of a run that has ended, "" for one that has not.
func (f *Folder) ended(id string) (string, error) {
	text, err := os.ReadFile(filepath.Join(f.run(id), endName))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	var e end
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	if err != nil {
		return "", fmt.Errorf("how run %s ended cannot be read: %w", id, err)
	}
	return e.Status, nil
}

// Program returns the program with a hash, as it stands in the first event of
// a run.
func (f *Folder) Program(hash string) (*ir.Program, error) {
	text, err := os.ReadFile(f.program(hash))
	if err != nil {
		return nil, err
	}
	return ir.DecodeProgram(text)
}

func (f *Folder) program(hash string) string {
	return filepath.Join(f.dir, "ir", strings.ReplaceAll(hash, ":", "-")+".json")
}
