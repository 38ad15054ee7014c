package journal

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// A chunk is the events of one row: codecVersion, the checksum (CRC-32C) of all
// that follows, so that what a disk has altered is not taken for what happened,
// then each event as
//
//	type     one byte, its place in eventTypes from 1 on; 0 and a text for others
//	time     varint, nanoseconds since the one before, or since 1970
//	fields   one byte, which of the following there are
//	…        texts with their length before them, numbers as varints
//
// The sequence number is that of the row, plus the place in it.
const codecVersion = 2

// unchecked is the form of chunks before they had a checksum.
const unchecked = 1

// sumSize is how many bytes a checksum has.
const sumSize = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// eventTypes numbers the types of events. It only grows.
var eventTypes = [...]runtime.EventType{
	runtime.RunStarted, runtime.TaskScheduled, runtime.TaskStarted, runtime.TaskCompleted, runtime.TaskFailed,
	runtime.TaskTimedOut, runtime.TaskCancelled, runtime.TaskAbandoned, runtime.TimerFired, runtime.SignalReceived,
	runtime.CancelRequested, runtime.ChildStarted, runtime.ChildCompleted, runtime.ChildFailed, runtime.ChildTimedOut,
	runtime.ChildCancelled, runtime.UndoRequested, runtime.UpdateRequested,
}

var eventNumbers = func() map[runtime.EventType]byte {
	m := map[runtime.EventType]byte{}
	for i, t := range eventTypes {
		m[t] = byte(i + 1)
	}
	return m
}()

// Bits of the byte that says which fields there are.
const (
	hasNode = 1 << iota
	hasAttempt
	hasTimer // and Timeout, one of them maybe empty
	hasName
	hasChild
	hasResult
	hasKept // in the place of a result: its ref
	hasRest // JSON of what is rare
)

// rest is what few events have.
type rest struct {
	Failure *runtime.Failure `json:"failure,omitempty"`
	Start   *runtime.Start   `json:"start,omitempty"`
}

// An encoder writes the events of a chunk.
type encoder struct {
	buf  []byte
	last ir.Time
}

// add appends an event; kept, if not nil, is the ref that its result is kept
// as.
func (x *encoder) add(e *runtime.Event, kept []byte) error {
	if len(x.buf) == 0 {
		x.buf = append(x.buf, codecVersion, 0, 0, 0, 0)
	}
	number := eventNumbers[e.Type]
	if x.buf = append(x.buf, number); number == 0 {
		x.text(string(e.Type))
	}
	x.buf = binary.AppendVarint(x.buf, int64(e.Time-x.last))
	x.last = e.Time
	at := len(x.buf)
	x.buf = append(x.buf, 0)
	var has byte
	if e.Node != "" {
		has |= hasNode
		x.text(e.Node)
	}
	if e.Attempt != 0 {
		has |= hasAttempt
		x.buf = binary.AppendVarint(x.buf, int64(e.Attempt))
	}
	if e.Timer != "" || e.Timeout != "" {
		has |= hasTimer
		x.text(string(e.Timer))
		x.text(string(e.Timeout))
	}
	if e.Name != "" {
		has |= hasName
		x.text(e.Name)
	}
	if e.Child != "" {
		has |= hasChild
		x.text(e.Child)
	}
	switch {
	case kept != nil:
		has |= hasKept
		x.text(string(kept))
	case e.Result != nil:
		has |= hasResult
		x.text(string(e.Result))
	}
	if e.Failure != nil || e.Start != nil {
		has |= hasRest
		doc, err := json.Marshal(rest{e.Failure, e.Start})
		if err != nil {
			return err
		}
		x.text(string(doc))
	}
	x.buf[at] = has
	return nil
}

// chunk returns what was added as a chunk.
func (x *encoder) chunk() []byte {
	binary.LittleEndian.PutUint32(x.buf[1:], crc32.Checksum(x.buf[1+sumSize:], castagnoli))
	return x.buf
}

func (x *encoder) text(s string) {
	x.buf = binary.AppendUvarint(x.buf, uint64(len(s)))
	x.buf = append(x.buf, s...)
}

// errChunk says that a chunk is none.
var errChunk = errors.New("what is there is not what was written")

// A decoder reads the events of a chunk. Its first mistake is the one that
// counts.
type decoder struct {
	buf  []byte
	last ir.Time
	err  error
}

// newDecoder returns a decoder of a chunk.
func newDecoder(chunk []byte) *decoder {
	d := &decoder{}
	switch {
	case len(chunk) == 0:
		d.err = errChunk
	case chunk[0] > codecVersion:
		d.err = fmt.Errorf("a newer flowc wrote what happened (form %d, this one knows %d)", chunk[0], codecVersion)
	case chunk[0] == unchecked:
		d.buf = chunk[1:]
	case chunk[0] == 0, len(chunk) <= 1+sumSize,
		binary.LittleEndian.Uint32(chunk[1:]) != crc32.Checksum(chunk[1+sumSize:], castagnoli):
		d.err = errChunk
	default:
		d.buf = chunk[1+sumSize:]
	}
	return d
}

// more reports whether there is another event.
func (d *decoder) more() bool { return d.err == nil && len(d.buf) > 0 }

// next reads an event. kept is the ref of its result, if that is elsewhere.
func (d *decoder) next() (e runtime.Event, kept []byte) {
	switch number := d.byte(); {
	case number == 0:
		e.Type = runtime.EventType(d.text())
	case int(number) <= len(eventTypes):
		e.Type = eventTypes[number-1]
	default:
		d.err = fmt.Errorf("a newer flowc wrote what happened (event of type %d)", number)
	}
	d.last += ir.Time(d.varint())
	e.Time = d.last
	has := d.byte()
	if has&hasNode != 0 {
		e.Node = string(d.text())
	}
	if has&hasAttempt != 0 {
		e.Attempt = int(d.varint())
	}
	if has&hasTimer != 0 {
		e.Timer, e.Timeout = runtime.TimerKind(d.text()), runtime.TimeoutKind(d.text())
	}
	if has&hasName != 0 {
		e.Name = string(d.text())
	}
	if has&hasChild != 0 {
		e.Child = string(d.text())
	}
	if has&hasResult != 0 {
		e.Result = append(json.RawMessage{}, d.text()...)
	}
	if has&hasKept != 0 {
		kept = d.text()
	}
	if has&hasRest != 0 {
		var r rest
		if doc := d.text(); d.err == nil && json.Unmarshal(doc, &r) != nil {
			d.err = errChunk
		}
		e.Failure, e.Start = r.Failure, r.Start
	}
	return e, kept
}

func (d *decoder) byte() byte {
	if d.err == nil && len(d.buf) == 0 {
		d.err = errChunk
	}
	if d.err != nil {
		return 0
	}
	b := d.buf[0]
	d.buf = d.buf[1:]
	return b
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.buf)
	return v * int64(d.skip(n))
}

// skip passes over a number of n bytes; it returns 1, or 0 if there is none.
func (d *decoder) skip(n int) int {
	if n <= 0 && d.err == nil {
		d.err = errChunk
	}
	if d.err != nil {
		return 0
	}
	d.buf = d.buf[n:]
	return 1
}

func (d *decoder) text() []byte {
	n, size := binary.Uvarint(d.buf)
	if d.skip(size) == 0 {
		return nil
	}
	if n > uint64(len(d.buf)) {
		d.err = errChunk
		return nil
	}
	text := d.buf[:n]
	d.buf = d.buf[n:]
	return text
}
