package journal

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
	"modernc.org/sqlite"
)

// errReadOnly says that a journal was opened for reading.
var errReadOnly = errors.New("the journal was opened for reading only")

// lost says what can be done about a journal that cannot be read.
const lost = "put back a copy of it, or move it away to begin with an empty one; the files in `runs` and `blobs` are not affected, but what is in them is known by the journal alone"

// The codes of SQLite that mean something to people, without what stands in
// their higher bits.
const (
	codeBusy     = 5
	codeReadOnly = 8
	codeIO       = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeNotADB   = 26
)

// isBusy reports whether another process was in the way.
func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == codeBusy
}

// explain returns an error of the database as one that says what is safe, and
// what can be done.
func (j *Journal) explain(err error) error {
	var e *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return fmt.Errorf("there is no room left on the disk of %s: %s (%w)", j.dir, safe, err)
	case !errors.As(err, &e):
		return err
	}
	switch e.Code() & 0xff {
	case codeFull:
		return fmt.Errorf("there is no room left on the disk of %s: %s (%w)", j.dir, safe, err)
	case codeBusy:
		return fmt.Errorf("another process has held %s for too long: %s (%w)", j.file(), safe, err)
	case codeReadOnly, codeCantOpen:
		if os.Getuid() != 0 && unix.Access(j.dir, unix.W_OK) != nil {
			return fmt.Errorf("nothing can be written in %s, which is read-only for you: nothing was changed; name another folder with --state (%w)", j.dir, err)
		}
		return fmt.Errorf("%s cannot be written or opened: nothing was changed (%w)", j.file(), err)
	case codeIO:
		return fmt.Errorf("%s cannot be read or written: %s (%w)", j.file(), safe, err)
	case codeCorrupt, codeNotADB:
		return &DamagedError{Path: j.file(), Why: err}
	}
	return err
}

// A DamagedError says that a journal cannot be read.
type DamagedError struct {
	Path string
	Why  error
}

// Error returns the message.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s is damaged, so nothing more is written to it: %s (%v)", e.Path, lost, e.Why)
}

// Unwrap returns why.
func (e *DamagedError) Unwrap() error { return e.Why }

// errEmptied is why a journal that was emptied is damaged.
var errEmptied = errors.New("it is empty, though runs were kept in it")

// safe says what is safe when something could not be written.
const safe = "what was recorded until now is safe, and a run that stopped for it can be resumed"
