package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowc/flowc/runtime/local"
)

// every is how often a driver looks for messages.
const every = 100 * time.Millisecond

// message is a file of the inbox.
type message struct {
	Run     string          `json:"run"`
	Want    local.Want      `json:"want"`
	Node    string          `json:"node,omitempty"`
	Name    string          `json:"name,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// Inbox returns what carries the messages to the run.
func (k *Keeper) Inbox() <-chan local.Message { return k.messages }

// listen hands over the messages until the keeper is closed.
func (k *Keeper) listen() {
	defer k.stopped.Done()
	dir := filepath.Join(k.folder.run(k.run), inboxName)
	known := map[string]bool{} // handed over, but maybe not in the log yet
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-k.stop:
			return
		case <-tick.C:
		}
		entries, err := os.ReadDir(dir) // sorted
		if err != nil {
			continue // the folder was taken away: nobody can write to it then
		}
		if len(entries) == 0 {
			clear(known)
		}
		for _, entry := range entries {
			name := entry.Name()
			if known[name] || strings.HasPrefix(name, ".") {
				continue
			}
			known[name] = true
			m, ok := read(filepath.Join(dir, name))
			if !ok {
				continue
			}
			select {
			case k.messages <- m:
			case <-k.stop:
				return
			}
		}
	}
}

// read reads a message. One that is none is removed.
func read(path string) (local.Message, bool) {
	text, err := os.ReadFile(path)
	var m message
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		_ = os.Remove(path)
		return local.Message{}, false
	}
	return local.Message{
		Run: m.Run, Want: m.Want, Node: m.Node, Name: m.Name, Payload: m.Payload,
		Taken: func() { _ = os.Remove(path) },
	}, true
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
	return fmt.Sprintf("run %s is not under way: the process that drove it has ended without bringing it to its end", e.Run)
}

// Check reports why a run can hear no message: an [EndedError] or [DeadError].
func (i *Info) Check() error {
	switch {
	case i.Ended != "":
		return &EndedError{i.Start.Run, i.Ended}
	case !i.Alive:
		return &DeadError{i.Start.Run}
	}
	return nil
}

// Send sends a message to a run, and returns when that has heard it: what it
// asks for is among the events of the run.
func (f *Folder) Send(m local.Message) error {
	info, err := f.Find(m.Run)
	if err != nil {
		return err
	}
	if err := info.Check(); err != nil {
		return err
	}
	text, err := json.Marshal(message{m.Run, m.Want, m.Node, m.Name, m.Payload})
	if err != nil {
		return err
	}
	// Of messages sent in the same nanosecond the order is nobody's business.
	name := fmt.Sprintf("%020d-%d.json", time.Now().UnixNano(), os.Getpid())
	path := filepath.Join(f.run(info.Root), inboxName, name)
	if err := writeWhole(path, text); err != nil {
		return fmt.Errorf("no message can be left for run %s: %w", m.Run, err)
	}
	return f.heard(m.Run, path)
}

// heard waits until a message was heard.
func (f *Folder) heard(run, path string) error {
	for {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		info, err := f.Find(run)
		if err != nil {
			return err
		}
		if err := info.Check(); err != nil {
			// It may have heard the message as the last thing.
			if gone := os.Remove(path); errors.Is(gone, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		time.Sleep(every / 4)
	}
}
