package journal

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

// A Batch is what happened in one run, in order.
type Batch struct {
	Run    string
	Events []runtime.Event
	Ended  string  // how the run ended, if it has
	At     ir.Time // when
	Heard  []int64 // messages to any run of the tree that are dealt with
}

// A request is something to be written.
type request struct {
	do   func() error  // inside of a transaction; again in another one if that failed
	done chan error    // gets the outcome
	lead chan struct{} // gets something when it is on this one to write
}

// A row is a batch as it is written.
type row struct {
	run   string
	begin *runtime.Event // the first event, of a run that begins
	seq   int64
	count int
	chunk []byte
	ended string
	at    ir.Time
	heard []int64

	reopened bool // it had ended, and goes on: it is to be undone
}

// submit has something written, together with what others want written
// meanwhile, and returns when it is on disk. One of those who wait writes for
// all: nobody has to be woken where nobody else waits.
func (w *writer) submit(do func() error) error {
	r := &request{do: do, done: make(chan error, 1), lead: make(chan struct{}, 1)}
	w.mu.Lock()
	w.waiting = append(w.waiting, r)
	if w.busy {
		w.mu.Unlock()
		select {
		case err := <-r.done:
			return err
		case <-r.lead:
		}
		w.mu.Lock()
	}
	w.busy = true
	group := w.waiting
	w.waiting = nil
	w.mu.Unlock()

	w.write(group)

	w.mu.Lock()
	if len(w.waiting) > 0 {
		w.waiting[0].lead <- struct{}{}
	} else {
		w.busy = false
	}
	w.mu.Unlock()
	return <-r.done
}

// write writes a group in one transaction. If that fails each gets one of its
// own: what is wrong with one is not the fault of the others.
func (w *writer) write(group []*request) {
	err := w.transact(group)
	if err == nil || len(group) == 1 {
		for _, r := range group {
			r.done <- err
		}
		return
	}
	for _, r := range group {
		r.done <- w.transact([]*request{r})
	}
}

func (w *writer) transact(group []*request) error {
	if err := w.removed(); err != nil {
		return err
	}
	if _, err := w.begin.Exec(); err != nil {
		return err
	}
	var err error
	for _, r := range group {
		if err = r.do(); err != nil {
			break
		}
	}
	if err == nil {
		_, err = w.commit.Exec()
	}
	if err != nil {
		_, _ = w.rollback.Exec() // it fails where SQLite has rolled back itself
	}
	return err
}

// row writes one row, and what goes with it.
func (w *writer) row(k *Keeper, r *row) error {
	no, known := k.number(r.run)
	if r.begin != nil {
		var err error
		if no, err = w.newRun(k, r); err != nil {
			return err
		}
		known = true
	}
	if !known && (r.count > 0 || r.ended != "") {
		return fmt.Errorf("run %s was never begun", r.run)
	}
	if r.count > 0 {
		if _, err := w.event.Exec(no, r.seq, r.count, r.chunk); err != nil {
			return err
		}
	}
	if r.reopened {
		if _, err := w.end.Exec("running", nil, no); err != nil {
			return err
		}
	}
	if r.ended != "" {
		if _, err := w.end.Exec(r.ended, int64(r.at), no); err != nil {
			return err
		}
	}
	for _, m := range r.heard {
		if _, err := w.hear.Exec(m); err != nil {
			return err
		}
	}
	return nil
}

// newRun writes that a run is there.
func (w *writer) newRun(k *Keeper, r *row) (no int64, err error) {
	s := r.begin.Start
	if err := w.next.QueryRow().Scan(&no); err != nil {
		return 0, err
	}
	root, parent, call, setting := no, sql.NullInt64{}, sql.NullString{}, []byte(nil)
	if p := s.Parent; p != nil {
		root = k.rootNumber()
		parent.Int64, parent.Valid = k.number(p.Run)
		call.String, call.Valid = p.Node, true
		if !parent.Valid {
			return 0, fmt.Errorf("run %s was never begun, which %s is a child run of", p.Run, s.Run)
		}
	} else {
		if _, err := w.ir.Exec(s.IR, k.program); err != nil {
			return 0, err
		}
		setting = k.setting
	}
	if _, err := w.run.Exec(no, s.Run, s.Workflow, s.IR, int64(r.begin.Time), root, parent, call, setting); err != nil {
		return 0, err
	}
	for _, tag := range s.Tags {
		if _, err := w.tag.Exec(tag, int64(r.begin.Time), no); err != nil {
			return 0, err
		}
	}
	k.begun(s.Run, no)
	return no, nil
}

// LargeResult is the size in bytes over which a result is kept as a blob.
const LargeResult = 256 << 10

// refType is the type by which refs are written in events.
var refType = &ir.Type{Kind: ir.KRef, Elem: ir.JSONType}

// most is how many events a row has at most, so that a reader need not hold
// many at once.
const most = 512

// rows returns a batch as it is written.
func (j *Journal) rows(b *Batch, list []row) ([]row, error) {
	events := b.Events
	r := row{run: b.Run, ended: b.Ended, at: b.At, heard: b.Heard}
	if len(events) == 0 {
		return append(list, r), nil
	}
	if events[0].Type == runtime.RunStarted {
		if events[0].Start == nil {
			return nil, errors.New("a run begins without a start")
		}
		r.begin = &events[0]
	}
	for len(events) > 0 {
		n := min(len(events), most)
		r.seq, r.count = events[0].Seq, n
		x := encoder{}
		for i := range events[:n] {
			kept, err := j.keepResult(&events[i])
			if err != nil {
				return nil, err
			}
			if err := x.add(&events[i], kept); err != nil {
				return nil, err
			}
			r.reopened = r.reopened || events[i].Type == runtime.UndoRequested
		}
		r.chunk = x.chunk()
		if events = events[n:]; len(events) > 0 {
			last := r
			last.ended, last.heard = "", nil
			list = append(list, last)
			r.begin = nil
		}
	}
	return append(list, r), nil
}

// keepResult makes a large result a blob, and returns the ref of that.
func (j *Journal) keepResult(e *runtime.Event) ([]byte, error) {
	if len(e.Result) <= LargeResult {
		return nil, nil
	}
	ref, err := j.blobs.Put(e.Result)
	if err != nil {
		return nil, err
	}
	return ir.Encode(ref, refType)
}
