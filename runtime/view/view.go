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
	Mode    Mode
	Color   bool             // with colours; that the terminal wants them is the caller's to know
	ASCII   bool             // marks and lines of ASCII only, see [Unicode]
	Width   func() int       // columns of the terminal; nil asks the writer, else there are 80
	Height  func() int       // rows of the terminal; nil asks the writer, else there are 24
	Clock   func() time.Time // nil is the machine's; it says how long what runs has been running
	Flushes bool             // the driver calls Flush: until then progress may wait, but never behind a line of a log
	Starts  bool             // the driver calls Started: until then a task that it took is queued

	Past bool // what is told before Replayed happened before: it is not shown as news

	Why func(*runtime.Change) string // says why a node begins, "" if that need not be said; nil says nothing
}

// A View shows one run. Its methods may be called by several goroutines. The
// zero View is of no use; see [New].
type View struct {
	o    Options
	w    io.Writer
	mode Mode
	mark marks

	mu     sync.Mutex
	begin  time.Time          // of the first change
	tasks  [ir.Reused + 1]int // tasks by status
	closed bool
	buf    []byte // plain: what the current call writes; live: what waits for the painter

	since   map[string]time.Time // plain: when what runs began
	crowds  map[string]*crowd    // plain: items of what runs, by their ids up to the bracket
	tree    *tree                // live
	painter *painter             // live
}

// New returns a view that writes to w. It is to be closed.
func New(w io.Writer, o Options) *View {
	v := newView(w, o)
	if v.mode == Live {
		v.painter.done = make(chan struct{})
		go v.paint()
	}
	return v
}

// newView returns a view whose painter is not at work yet.
func newView(w io.Writer, o Options) *View {
	v := &View{o: o, w: w, mode: o.Mode, since: map[string]time.Time{}, crowds: map[string]*crowd{}, mark: newMarks(o)}
	file, _ := w.(*os.File)
	terminal := isTerminal(w)
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
	if v.mode == Live {
		v.tree, v.painter = newTree(), newPainter(&v.mu)
	}
	return v
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Expect tells the view what is going to run, so that live mode can show what
// waits. A workflow that is not in the program, or is "" and not its only one,
// changes nothing.
func (v *View) Expect(p *ir.Program, workflow string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.mode != Live {
		return
	}
	if workflow == "" {
		workflow = p.Main
	}
	for _, w := range p.Workflows {
		if w.Name == workflow {
			v.tree.expect(w)
		}
	}
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
	if v.o.Past {
		defer v.forget(len(v.buf))
	} else if v.o.Why != nil && v.mode != Quiet {
		v.sayWhy(changes)
	}
	switch v.mode {
	case Live:
		for i := range changes {
			v.tree.change(now, &changes[i], v.o.Starts)
		}
		v.painter.dirty = true
	case Plain:
		v.plainChanges(now, changes)
	}
}

// Replayed is told that what is to come is new.
func (v *View) Replayed() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.o.Past = false
}

// forget takes back the lines about what happened before.
func (v *View) forget(from int) {
	if v.mode == Plain {
		v.buf = v.buf[:min(from, len(v.buf))]
	}
}

// sayWhy says of nodes that begin why they do.
func (v *View) sayWhy(changes []runtime.Change) {
	for i := range changes {
		if why := v.o.Why(&changes[i]); why != "" {
			v.buf = escape(v.buf, changes[i].Node+" runs: "+why)
			v.buf = append(v.buf, '\n')
		}
	}
}

// Started is told that an attempt of a task is at work now.
func (v *View) Started(now time.Time, node string, attempt int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch v.mode {
	case Live:
		v.tree.started(now, node, attempt)
		v.painter.dirty = true
	case Plain:
		if v.o.Past {
			defer v.forget(len(v.buf))
		}
		v.plainStarted(now, node, attempt)
	}
}

// Flush shows what has been told.
func (v *View) Flush() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.mode == Plain {
		v.flush()
	}
}

// Log is told of a line, without its end, that an attempt of a node wrote to
// its log.
func (v *View) Log(node string, attempt int, line []byte) {
	v.print(func(b []byte) []byte { return v.appendLog(b, node, line) })
}

// Note shows a sentence about the run, such as that it is being cancelled.
func (v *View) Note(text string) {
	v.print(func(b []byte) []byte { return append(escape(b, text), '\n') })
}

// print shows a line that is no part of the tree.
func (v *View) print(appendLine func([]byte) []byte) {
	if v.mode == Quiet {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.mode == Live {
		v.painter.awaitRoom(v)
	}
	if v.closed {
		return
	}
	v.buf = appendLine(v.buf)
	if v.mode == Plain {
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

// Abort ends the view without a summary: when it has returned nothing is drawn
// any more, and the terminal is as it was before. To call it again, or before
// Close, does no harm.
func (v *View) Abort() {
	v.mu.Lock()
	v.closed = true
	v.mu.Unlock()
	if v.mode == Live {
		v.painter.end(v)
	}
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
