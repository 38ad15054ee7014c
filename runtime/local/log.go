package local

import (
	"bufio"
	"encoding/json"
	"os"

	"github.com/flowc/flowc/runtime"
)

// A Log keeps the events of a run.
type Log interface {
	// Append keeps a batch of events. What follows from them is done only
	// after it has returned, so a log that makes them durable first makes the
	// run recoverable. A batch of nothing but TaskStarted events may be made
	// durable later: nothing follows from them. Append must not keep the
	// slice. An error ends the run.
	Append(batch []runtime.Event) error
}

// A MemoryLog keeps the events in memory. The zero MemoryLog is empty.
type MemoryLog struct{ Events []runtime.Event }

var _ Log = (*MemoryLog)(nil)

// Append adds the batch to Events.
func (l *MemoryLog) Append(batch []runtime.Event) error {
	l.Events = append(l.Events, batch...)
	return nil
}

// A FileLog writes events to a file, one JSON object a line. They have reached
// the operating system when Append returns, but not necessarily the disk.
type FileLog struct {
	file *os.File
	buf  *bufio.Writer
	enc  *json.Encoder
}

var _ Log = (*FileLog)(nil)

// CreateLog makes the file at path, which must not exist, and returns the log
// that writes to it.
func CreateLog(path string) (*FileLog, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	buf := bufio.NewWriter(file)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	return &FileLog{file, buf, enc}, nil
}

// Append writes the batch.
func (l *FileLog) Append(batch []runtime.Event) error {
	for i := range batch {
		if err := l.enc.Encode(&batch[i]); err != nil {
			return err
		}
	}
	return l.buf.Flush()
}

// Close closes the file.
func (l *FileLog) Close() error { return l.file.Close() }
