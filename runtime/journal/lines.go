package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime/history"
)

// The lines that the programs of a tree write to their logs are in files of its
// folder, as JSON objects. The number of a line is where it ends in all that
// was ever written, so who has read up to one goes on there. A file is named
// after where it begins. When one is full another is begun, and when there are
// too many the oldest is removed: of a program that writes without end the end
// is kept.
const (
	linesPrefix = "lines-"
	linesInFile = 16 << 20
	linesFiles  = 4
	longestLine = 64 << 10 // the rest of a longer one is cut off
)

// logLine is a line as it is written.
type logLine struct {
	Time    ir.Time `json:"t"`
	Run     string  `json:"r,omitempty"` // the child run that wrote it
	Node    string  `json:"n"`           // in that run
	Shown   string  `json:"s,omitempty"` // in the tree, if that differs
	Attempt int     `json:"a"`
	Text    string  `json:"x"`
}

// A lineWriter writes the lines of a tree. It holds them for a moment, so that
// many are one write.
type lineWriter struct {
	dir string

	mu    sync.Mutex
	file  *os.File // nil until the first line
	begin int64    // of the file
	size  int64    // of the file, with what is in buf
	buf   []byte
	timer *time.Timer
	err   error // the first; nothing more is written then
}

func newLineWriter(dir string) *lineWriter { return &lineWriter{dir: dir} }

// soon is how long a line may be held.
const soon = 50 * time.Millisecond

// Line keeps a line that an attempt of a node wrote to its log; shown is what
// the node is called in the tree. It is there for others a moment later.
func (k *Keeper) Line(now ir.Time, run, node, shown string, attempt int, text []byte) {
	l := logLine{Time: now, Node: node, Attempt: attempt, Text: string(text[:min(len(text), longestLine)])}
	if run != k.root {
		l.Run = run
	}
	if shown != node {
		l.Shown = shown
	}
	doc, err := json.Marshal(&l)
	if err != nil {
		return // no text is one that cannot be written
	}
	k.lines.add(append(doc, '\n'))
}

func (w *lineWriter) add(line []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil && (w.file == nil || w.size >= linesInFile) {
		w.flush()
		w.err = w.next()
	}
	if w.err != nil {
		return
	}
	w.buf = append(w.buf, line...)
	w.size += int64(len(line))
	switch {
	case len(w.buf) > 64<<10:
		w.flush()
	case w.timer == nil:
		w.timer = time.AfterFunc(soon, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.flush()
		})
	}
}

// next begins a file; that of a process before us is gone on with.
func (w *lineWriter) next() error {
	files, err := lineFiles(w.dir)
	if err != nil {
		return err
	}
	if w.file != nil {
		w.begin, err = w.begin+w.size, w.file.Close()
		w.size = 0
	} else if n := len(files); n > 0 {
		w.begin = files[n-1]
	}
	if err != nil {
		return err
	}
	if w.file, err = os.OpenFile(lineFile(w.dir, w.begin), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if w.size, err = wholeLines(w.file); err != nil {
		return err
	}
	for ; len(files) >= linesFiles; files = files[1:] {
		if err := os.Remove(lineFile(w.dir, files[0])); err != nil {
			return err
		}
	}
	return nil
}

// wholeLines cuts off the line that a process left half written, and goes to
// the end of the file.
func wholeLines(f *os.File) (int64, error) {
	size, err := f.Seek(0, 2)
	if err != nil || size == 0 {
		return 0, err
	}
	tail := make([]byte, min(size, longestLine*8))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return 0, err
	}
	cut := size - int64(len(tail)) + int64(strings.LastIndexByte(string(tail), '\n')+1)
	if err := f.Truncate(cut); err != nil {
		return 0, err
	}
	return f.Seek(cut, 0)
}

// flush writes what is held. w.mu is held.
func (w *lineWriter) flush() {
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	if len(w.buf) > 0 && w.file != nil && w.err == nil {
		_, w.err = w.file.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

func (w *lineWriter) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flush()
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	return err
}

func lineFile(dir string, begin int64) string {
	return filepath.Join(dir, fmt.Sprintf("%s%016d", linesPrefix, begin))
}

// lineFiles returns where the files of a folder begin, in order.
func lineFiles(dir string) ([]int64, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list []int64
	for _, e := range entries {
		if text, ok := strings.CutPrefix(e.Name(), linesPrefix); ok {
			if n, err := strconv.ParseInt(text, 10, 64); err == nil {
				list = append(list, n)
			}
		}
	}
	slices.Sort(list)
	return list, err
}

// Lines returns lines that the programs of a run, and of its child runs, wrote
// to their logs, in the order in which they came. Those of a child run are
// under the ids of its own nodes where it is asked for, and else stand below
// the call.
func (j *Journal) Lines(run string, f history.LineFilter) ([]history.Line, error) {
	root, _, err := j.rootOf(run)
	if err != nil {
		return nil, err
	}
	dir := j.run(root)
	files, err := lineFiles(dir)
	if err != nil {
		return nil, err
	}
	r := lineReader{filter: f}
	if run != root {
		r.run = run
	}
	for i, begin := range files {
		if i+1 < len(files) && files[i+1] <= f.After {
			continue
		}
		if err := r.read(lineFile(dir, begin), begin); err != nil || r.full() {
			return r.list, err
		}
	}
	return r.list, nil
}

// A lineReader collects the lines that are wanted.
type lineReader struct {
	run    string // "" is all of the tree
	filter history.LineFilter
	list   []history.Line
}

func (r *lineReader) full() bool { return r.filter.Limit > 0 && len(r.list) >= r.filter.Limit }

func (r *lineReader) read(path string, begin int64) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it was the oldest
	} else if err != nil {
		return err
	}
	defer file.Close()
	if r.filter.After > begin {
		if _, err := file.Seek(r.filter.After-begin, 0); err != nil {
			return err
		}
		begin = r.filter.After
	}
	for in := bufio.NewReaderSize(file, 64<<10); !r.full(); {
		text, err := in.ReadBytes('\n')
		if err != nil {
			return nil // the end, or a line that is being written
		}
		begin += int64(len(text))
		var l logLine
		if json.Unmarshal(text, &l) == nil {
			r.see(&l, begin)
		}
	}
	return nil
}

// see adds a line if it is wanted.
func (r *lineReader) see(l *logLine, seq int64) {
	node := l.Node
	if r.run == "" && l.Shown != "" {
		node = l.Shown
	}
	f := &r.filter
	if r.run != "" && l.Run != r.run || f.Attempt != 0 && l.Attempt != f.Attempt || !inside(node, f.Node) {
		return
	}
	r.list = append(r.list, history.Line{Seq: seq, Time: l.Time, Node: node, Attempt: l.Attempt, Text: l.Text})
}

// inside reports whether a node is one, or in it.
func inside(node, around string) bool {
	rest, ok := strings.CutPrefix(node, around)
	return ok && (around == "" || rest == "" || strings.IndexByte("/[#", rest[0]) >= 0)
}
