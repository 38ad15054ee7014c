package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/blob"
	"github.com/flowc/flowc/runtime/local"
)

const (
	eventsName = "events.jsonl"
	endName    = "end.json"
	lockName   = "lock"
	inboxName  = "inbox"
)

// A Keeper keeps one run, and its child runs, for the process that drives it.
type Keeper struct {
	folder *Folder
	run    string
	blobs  *blob.Store
	lock   *os.File
	logs   []*eventLog

	messages chan local.Message
	stop     chan struct{}
	stopped  sync.WaitGroup
}

var _ local.Store = (*Keeper)(nil)

// A TakenError says that there is a run with an id already.
type TakenError struct{ Run, Dir string }

// Error returns the message.
func (e *TakenError) Error() string {
	return fmt.Sprintf("there is a run %s in %s already", e.Run, e.Dir)
}

// Keep makes room for a run of a program, which nobody else drives from then
// on. The keeper is to be closed.
func (f *Folder) Keep(p *ir.Program, run string) (*Keeper, error) {
	if err := local.CheckRunID(run); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil { // what runs work on is nobody else's business
		return nil, err
	}
	if err := f.keepProgram(p); err != nil {
		return nil, err
	}
	dir := f.run(run)
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, err
	}
	switch err := os.Mkdir(dir, 0o700); {
	case errors.Is(err, os.ErrExist):
		return nil, &TakenError{run, f.dir}
	case err != nil:
		return nil, err
	}
	if err := os.Mkdir(filepath.Join(dir, inboxName), 0o700); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		lock.Close()
		return nil, fmt.Errorf("%s cannot be locked: %w", lock.Name(), err)
	}
	k := &Keeper{
		folder: f, run: run, blobs: f.Blobs(), lock: lock,
		messages: make(chan local.Message), stop: make(chan struct{}),
	}
	k.stopped.Add(1)
	go k.listen()
	return k, nil
}

// keepProgram writes the program, unless it is there.
func (f *Folder) keepProgram(p *ir.Program) error {
	path := f.program(p.Hash())
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	text, err := p.Encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return writeWhole(path, text)
}

// writeWhole writes a file so that others see all of it, or nothing.
func writeWhole(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		os.Remove(f.Name())
		return err
	}
	return os.Rename(f.Name(), path)
}

// Out returns the folder for files that the run's programs make.
func (k *Keeper) Out() string { return filepath.Join(k.folder.run(k.run), "out") }

// Blobs returns the values that are kept outside of events.
func (k *Keeper) Blobs() *blob.Store { return k.blobs }

// Begin implements [local.Store].
func (k *Keeper) Begin(s *runtime.Start) (local.Log, error) {
	dir := k.folder.run(s.Run)
	if s.Run != k.run {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return nil, err
		}
	}
	l := &eventLog{keeper: k, dir: dir}
	if s.Run == k.run {
		if err := l.open(); err != nil {
			return nil, err
		}
		k.logs = append(k.logs, l)
	}
	return l, nil
}

// Close ends the keeping. Whoever waits for a message to be heard knows then
// that it will not be.
func (k *Keeper) Close() error {
	close(k.stop)
	k.stopped.Wait()
	var err error
	for _, l := range k.logs {
		err = errors.Join(err, l.close())
	}
	return errors.Join(err, k.lock.Close())
}

// An eventLog writes the events of one run. The file of a child run is opened
// for each batch: there may be more of those than files that a process may
// have open. Events have reached the operating system when Append returns, but
// not necessarily the disk.
type eventLog struct {
	keeper *Keeper
	dir    string
	file   *os.File // nil while it is closed
	buf    bytes.Buffer
}

// LargeResult is the size in bytes over which a result is kept as a blob.
const LargeResult = 256 << 10

// line is an event as it is written.
type line struct {
	runtime.Event
	Kept json.RawMessage `json:"kept,omitempty"` // the ref of the result
}

func (l *eventLog) open() error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	file, err := os.OpenFile(filepath.Join(l.dir, eventsName), flags, 0o666)
	l.file = file
	return err
}

func (l *eventLog) close() error {
	if l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	return file.Close()
}

// Append implements [local.Log].
func (l *eventLog) Append(batch []runtime.Event) error {
	l.buf.Reset()
	for i := range batch {
		if err := l.encode(&batch[i]); err != nil {
			return err
		}
	}
	if l.file != nil {
		_, err := l.file.Write(l.buf.Bytes())
		return err
	}
	if err := l.open(); err != nil {
		return err
	}
	_, err := l.file.Write(l.buf.Bytes())
	return errors.Join(err, l.close())
}

// encode appends a line to the buffer.
func (l *eventLog) encode(e *runtime.Event) error {
	out := line{Event: *e}
	if len(e.Result) > LargeResult {
		r, err := l.keeper.blobs.Put(e.Result)
		if err != nil {
			return err
		}
		out.Result = nil
		if out.Kept, err = ir.Encode(r, &ir.Type{Kind: ir.KRef, Elem: ir.JSONType}); err != nil {
			return err
		}
	}
	enc := json.NewEncoder(&l.buf)
	enc.SetEscapeHTML(false)
	return enc.Encode(&out)
}

// End implements [local.Log].
func (l *eventLog) End(status ir.Status) error {
	text, err := json.Marshal(end{status.String()})
	if err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(l.dir, endName), append(text, '\n')); err != nil {
		return err
	}
	return l.close()
}

// Events returns the events of a run, in order, with their results in place.
func (f *Folder) Events(run string) ([]runtime.Event, error) {
	file, err := os.Open(filepath.Join(f.run(run), eventsName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, f.unknown(run)
	} else if err != nil {
		return nil, err
	}
	defer file.Close()
	blobs := f.Blobs()
	var events []runtime.Event
	for dec := json.NewDecoder(file); dec.More(); {
		var l line
		if err := dec.Decode(&l); err != nil {
			return nil, fmt.Errorf("event %d of run %s cannot be read: %w", len(events)+1, run, err)
		}
		if l.Kept != nil {
			v, err := ir.Decode(l.Kept, &ir.Type{Kind: ir.KRef, Elem: ir.JSONType}, ir.IgnoreUnknown)
			if err != nil {
				return nil, fmt.Errorf("event %d of run %s: %w", l.Seq, run, err)
			}
			ref, _ := v.(*ir.Ref)
			if l.Result, err = blobs.Read(ref); err != nil {
				return nil, fmt.Errorf("event %d of run %s, the result of %s: %w", l.Seq, run, l.Node, err)
			}
		}
		events = append(events, l.Event)
	}
	return events, nil
}
