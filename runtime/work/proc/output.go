//go:build unix

package proc

import "bytes"

// A capture holds what a program writes, up to max bytes and never more.
type capture struct {
	buf []byte
	max int
}

// write appends b. It reports false, and holds nothing any more, if that would
// be too much.
func (c *capture) write(b []byte) bool {
	need := len(c.buf) + len(b)
	if need > c.max {
		c.buf = nil
		return false
	}
	if need > cap(c.buf) {
		grown := make([]byte, len(c.buf), min(max(need, 2*cap(c.buf)), c.max))
		copy(grown, c.buf)
		c.buf = grown
	}
	c.buf = append(c.buf, b...)
	return true
}

// A lineLog splits a log into lines, and keeps its tail.
type lineLog struct {
	emit    func(line []byte) // nil drops lines
	filter  Filter            // nil changes nothing
	maxLine int
	part    []byte // the line so far, at most maxLine bytes
	maxTail int
	tail    []byte // at least the last maxTail bytes, at most twice as many
	total   int64
}

// write takes the next bytes of the log.
func (l *lineLog) write(b []byte) {
	if l.filter != nil {
		b = l.filter.Write(b)
	}
	l.take(b)
}

// take takes what has been filtered.
func (l *lineLog) take(b []byte) {
	l.total += int64(len(b))
	l.keepTail(b)
	if l.emit == nil {
		return
	}
	for len(b) > 0 {
		room := l.maxLine - len(l.part)
		line, whole := b, false
		if i := bytes.IndexByte(b[:min(len(b), room+1)], '\n'); i >= 0 {
			line, b, whole = b[:i], b[i+1:], true
		} else if len(b) > room {
			line, b, whole = b[:room], b[room:], true
		} else {
			b = nil
		}
		if len(l.part) > 0 || !whole {
			l.part = append(l.part, line...)
			line = l.part
		}
		if whole {
			l.emit(line)
			l.part = l.part[:0]
		}
	}
}

// keepTail moves the window of the last bytes. Each byte is copied at most
// twice, however small the writes are.
func (l *lineLog) keepTail(b []byte) {
	if len(b) >= l.maxTail {
		l.tail = append(l.tail[:0], b[len(b)-l.maxTail:]...)
		return
	}
	if len(l.tail)+len(b) > 2*l.maxTail {
		keep := l.tail[len(l.tail)-l.maxTail:]
		l.tail = l.tail[:copy(l.tail, keep)]
	}
	l.tail = append(l.tail, b...)
}

// end emits a last line that has no newline, and returns the tail.
func (l *lineLog) end() []byte {
	if l.filter != nil {
		l.take(l.filter.End())
	}
	if len(l.part) > 0 { // and so emit is not nil
		l.emit(l.part)
		l.part = nil
	}
	return l.tail[max(0, len(l.tail)-l.maxTail):]
}
