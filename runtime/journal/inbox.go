package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Message is what somebody outside wants of a run while it is under way.
type Message struct {
	No      int64           // for Batch.Heard
	Run     string          // id of the run, a root or a child run
	Want    Want            //
	Node    string          // WantCancel: the node that is cancelled alone; "" is the run
	Name    string          // WantSignal: of the signal
	Payload json.RawMessage // WantSignal: an object by parameter
}

// A Want is what is wanted.
type Want string

// Wants.
const (
	WantSignal Want = "signal"
	WantCancel Want = "cancel"
	WantKill   Want = "kill"
)

// every is how often a driver looks for messages.
const every = 100 * time.Millisecond

// Inbox returns what carries the messages to the tree. A driver commits that
// it has heard one.
func (k *Keeper) Inbox() <-chan Message { return k.messages }

// listen hands over the messages until the keeper is closed.
func (k *Keeper) listen() {
	defer k.stopped.Done()
	tick := time.NewTicker(every)
	defer tick.Stop()
	last := int64(0) // that was handed over
	for {
		list, err := k.messagesAfter(last)
		if err != nil {
			list = nil // what hinders reading hinders writing, which says so
		}
		for _, m := range list {
			select {
			case k.messages <- m:
				last = m.No
			case <-k.stop:
				return
			}
		}
		select {
		case <-k.stop:
			return
		case <-tick.C:
		}
	}
}

func (k *Keeper) messagesAfter(last int64) (list []Message, err error) {
	root := k.rootNumber()
	if root == 0 {
		return nil, nil // it has not begun
	}
	rows, err := k.journal.db.Query("SELECT no, run, want, node, name, payload FROM inbox WHERE root = ? AND no > ? ORDER BY no", root, last)
	if err != nil {
		return nil, err
	}
	err = scan(rows, func() error {
		var m Message
		var payload []byte
		err := rows.Scan(&m.No, &m.Run, &m.Want, &m.Node, &m.Name, &payload)
		m.Payload = payload
		list = append(list, m)
		return err
	})
	return list, err
}

// An EndedError says that a run has ended.
type EndedError struct{ Run, Status string }

// Error returns the message.
func (e *EndedError) Error() string {
	return fmt.Sprintf("run %s has ended: it %s", e.Run, word(e.Status))
}

// word returns a status as it reads in a sentence.
func word(status string) string {
	switch status {
	case "cancelled":
		return "was cancelled"
	case "timed_out":
		return "timed out"
	}
	return status
}

// A DeadError says that a run has not ended, but that no process drives it.
type DeadError struct{ Run string }

// Error returns the message.
func (e *DeadError) Error() string {
	return fmt.Sprintf("run %s is not under way: the process that drove it has ended without bringing it to its end; `flowc resume %s` goes on with it", e.Run, e.Run)
}

// Check reports why a run can hear no message: an [EndedError] or [DeadError].
func (j *Journal) Check(run string) error {
	_, err := j.listener(run)
	return err
}

// listener returns the number of the root that hears the messages to a run.
func (j *Journal) listener(run string) (int64, error) {
	root, no, err := j.rootOf(run)
	if err != nil {
		return 0, err
	}
	// In this order: a run that ends in between is seen to have ended.
	alive := j.alive(root)
	var status string
	var ended bool
	err = j.db.QueryRow("SELECT status, ended IS NOT NULL FROM runs WHERE id = ?", run).Scan(&status, &ended)
	switch {
	case err != nil:
		return 0, j.explain(err)
	case ended:
		return 0, &EndedError{run, status}
	case !alive:
		return 0, &DeadError{run}
	}
	return no, nil
}

// Send sends a message to a run, and returns when that has heard it: what it
// asks for is among the events of the run.
func (j *Journal) Send(m Message) error {
	root, err := j.listener(m.Run)
	if err != nil {
		return err
	}
	if j.writer == nil {
		if err := j.reopenToWrite(); err != nil {
			return fmt.Errorf("no message can be left for run %s: %w", m.Run, err)
		}
	}
	w := j.writer
	var no int64
	err = w.submit(func() error {
		r, err := w.send.Exec(root, m.Run, m.Want, m.Node, m.Name, []byte(m.Payload))
		if err == nil {
			no, err = r.LastInsertId()
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("no message can be left for run %s: %w", m.Run, j.explain(err))
	}
	return j.heard(m.Run, no)
}

// heard waits until a message was heard.
func (j *Journal) heard(run string, no int64) error {
	for {
		// In this order: a run may hear a message as the last thing.
		gone := j.Check(run)
		var n int
		if err := j.db.QueryRow("SELECT count(*) FROM inbox WHERE no = ?", no).Scan(&n); err != nil {
			return j.explain(err)
		}
		if n == 0 {
			return nil
		}
		if gone != nil {
			if back, err := j.takeBack(no, gone); back || err != nil {
				return err
			}
		}
		time.Sleep(every / 4)
	}
}

// takeBack takes a message back that was not heard because the run was gone
// when we looked, and returns that then. Meanwhile somebody may have gone on
// with the run: who has read the message hears it, so it can only be taken back
// while nobody drives the run, and nobody comes to.
func (j *Journal) takeBack(no int64, gone error) (back bool, err error) {
	var dead *DeadError
	if errors.As(gone, &dead) {
		root, _, err := j.rootOf(dead.Run)
		if err != nil {
			return false, err
		}
		hold, err := j.hold(root)
		if err != nil || hold == nil {
			return false, err
		}
		defer hold.Close()
	}
	var taken int64
	err = j.writer.submit(func() error {
		r, err := j.writer.hear.Exec(no)
		if err == nil {
			taken, err = r.RowsAffected()
		}
		return err
	})
	switch {
	case err != nil:
		return false, errors.Join(gone, j.explain(err))
	case taken == 0: // it was heard before
		return true, nil
	}
	return true, gone
}

// Signal sends a signal to a run.
func (j *Journal) Signal(run, name string, payload json.RawMessage) error {
	return j.Send(Message{Run: run, Want: WantSignal, Name: name, Payload: payload})
}

// Cancel asks a run to end as cancelled, or cancels one node of it alone.
func (j *Journal) Cancel(run, node string) error {
	return j.Send(Message{Run: run, Want: WantCancel, Node: node})
}

// Kill ends a run without its handlers.
func (j *Journal) Kill(run string) error { return j.Send(Message{Run: run, Want: WantKill}) }
