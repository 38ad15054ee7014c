package view

import (
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// Mode says how a run is shown.
type Mode int

// Modes.
const (
	Auto  Mode = iota // Live if the writer is a terminal that can move its cursor, else Plain
	Live              // a tree that is drawn anew
	Plain             // a line for each change
	Quiet             // only the summary of a run that did not succeed
)

// Options adjusts a view. Zero fields have the defaults named beside them.
type Options struct {
	Mode   Mode
	Color  bool             // with colours; that the terminal wants them is the caller's to know
	ASCII  bool             // marks and lines of ASCII only, see [Unicode]
	Width  func() int       // columns of the terminal; nil asks the writer, else there are 80
	Height func() int       // rows of the terminal; nil asks the writer, else there are 24
	Clock  func() time.Time // nil is the machine's; it says how long what runs has been running
	Starts bool             // the driver calls Started: until then a task that it took is queued
}

// A View shows one run. Its methods may be called by several goroutines. The
// zero View is of no use; see [New].
type View struct {
	o    Options
	w    io.Writer
	mode Mode
	mark marks

	mu     sync.Mutex
	begin  time.Time            // of the first change
	since  map[string]time.Time // plain: when what runs began
	tasks  [ir.Reused + 1]int   // tasks by status
	closed bool
	buf    []byte // plain: what the current call writes
}

// New returns a view that writes to w.
func New(w io.Writer, o Options) *View {
	return newView(w, o)
}

// newView returns a view without a painter.
func newView(w io.Writer, o Options) *View {
	v := &View{o: o, w: w, mode: o.Mode, since: map[string]time.Time{}, mark: newMarks(o)}
	file, isFile := w.(*os.File)
	terminal := isFile && term.IsTerminal(int(file.Fd()))
	size := func() (width, height int) {
		if terminal {
			if width, height, err := term.GetSize(int(file.Fd())); err == nil && width > 0 && height > 0 {
				return width, height
			}
		}
		return 80, 24
	}
	if v.o.Width == nil {
		v.o.Width = func() int { w, _ := size(); return w }
	}
	if v.o.Height == nil {
		v.o.Height = func() int { _, h := size(); return h }
	}
	if v.o.Clock == nil {
		v.o.Clock = time.Now
	}
	if v.mode == Auto {
		v.mode = Plain
		if terminal && os.Getenv("TERM") != "dumb" {
			v.mode = Live
		}
	}
	return v
}

// Changes is told of nodes that changed their status, in order.
func (v *View) Changes(now time.Time, changes []runtime.Change) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.begin.IsZero() {
		v.begin = now
	}
	for i := range changes {
		if c := &changes[i]; isTask(c) && c.Ending == ir.Waiting {
			if c.From != ir.Waiting {
				v.tasks[c.From]--
			}
			v.tasks[c.To]++
		}
	}
	switch v.mode {
	case Live, Plain:
		v.plainChanges(now, changes)
	}
}

// Started is told that an attempt of a task is at work now.
func (v *View) Started(now time.Time, node string, attempt int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch v.mode {
	case Live, Plain:
		v.plainStarted(now, node, attempt)
	}
}

// Log is told of a line, without its end, that an attempt of a node wrote to
// its log.
func (v *View) Log(node string, attempt int, line []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return
	}
	switch v.mode {
	case Live, Plain:
		v.buf = v.appendLog(v.buf, node, line)
		v.flush()
	}
}

// Note shows a sentence about the run, such as that it is being cancelled.
func (v *View) Note(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return
	}
	switch v.mode {
	case Live, Plain:
		v.buf = append(escape(v.buf, text), '\n')
		v.flush()
	}
}

// Close shows how the run ended, and nothing after that. Of the report it
// needs what [runtime.Report] lists.
func (v *View) Close(report runtime.RunReport) {
	v.Abort()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.mode == Quiet && report.Status == ir.Succeeded.String() {
		return
	}
	v.buf = v.appendSummary(v.buf, &report)
	v.flush()
}

// Abort ends the view without a summary: nothing is drawn after it returns, and
// the terminal is as it was before. To call it again, or before Close, does no
// harm.
func (v *View) Abort() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
}

// flush writes what has been gathered. An error is nobody's business: that the
// screen is gone does not change the run.
func (v *View) flush() {
	if len(v.buf) > 0 {
		_, _ = v.w.Write(v.buf)
		v.buf = v.buf[:0]
	}
}

// isTask reports whether a change is of something that works, and not only
// holds what does.
func isTask(c *runtime.Change) bool { return c.Kind == "activity" || c.Kind == "child" }

// isItem reports whether a change is of a copy of a body.
func isItem(c *runtime.Change) bool { return c.Kind == "item" || c.Kind == "round" }
