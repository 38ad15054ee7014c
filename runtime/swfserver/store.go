package swfserver

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

// The kinds of records, beside those of types.
const (
	domainKind      = "Domain"
	runKind         = "Run"
	heartbeatRecord = "Heartbeat"
)

// A batch is what a transaction has to put on record, in order.
type batch struct {
	records []record
	events  []recordedEvent
}

// A record is a value under a kind and a key; no value removes it.
type record struct {
	kind, key string
	value     []byte
}

type recordedEvent struct {
	run string
	event
}

func (b *batch) put(kind, key string, v any) {
	b.records = append(b.records, record{kind, key, encode(v)})
}

func (b *batch) remove(kind, key string) { b.records = append(b.records, record{kind, key, nil}) }

func (b *batch) addEvent(run string, e event) { b.events = append(b.events, recordedEvent{run, e}) }

// forgetRun removes a run with its history.
func (b *batch) forgetRun(run string) { b.remove(runKind, run) }

// taskKey returns the key of what is on record of a task.
func taskKey(run string, scheduled int64) string {
	return run + " " + strconv.FormatInt(scheduled, 10)
}

// A store keeps everything in an SQLite file: the histories as they are sent,
// from which the state of runs is folded again, and the few records that no
// event tells of.
type store struct {
	db                    *sql.DB
	put, del, event, wipe *sql.Stmt
	page                  *sql.Stmt
}

const schema = `
CREATE TABLE IF NOT EXISTS records (kind TEXT, key TEXT, value BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, run TEXT, value BLOB);
CREATE INDEX IF NOT EXISTS events_run ON events (run);
`

// formatVersion is the version of the schema and of what the values mean.
const formatVersion = 1

func openStore(file string) (*store, error) {
	// The log is written before a call returns and read again after a crash of
	// the process; one writer at a time, and no other process.
	pragmas := "?_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=locking_mode(exclusive)&_pragma=busy_timeout(2000)"
	// Only for its owner: it has the inputs and results of executions.
	if f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath()}).String()+pragmas)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	db.SetMaxOpenConns(1)
	s := &store{db: db}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", file, err), db.Close())
	}
	return s, nil
}

func (s *store) prepare() error {
	var version int
	if err := s.db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version != 0 && version != formatVersion {
		return fmt.Errorf("the data is of format %d, and this program knows format %d", version, formatVersion)
	}
	if _, err := s.db.Exec(schema + fmt.Sprintf("PRAGMA user_version = %d;", formatVersion)); err != nil {
		return err
	}
	for _, p := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&s.put, "INSERT OR REPLACE INTO records VALUES (?, ?, ?)"},
		{&s.del, "DELETE FROM records WHERE kind = ? AND key = ?"},
		{&s.event, "INSERT INTO events (run, value) VALUES (?, ?)"},
		{&s.wipe, "DELETE FROM events WHERE run = ?"},
		{&s.page, "SELECT value FROM events WHERE run = ? ORDER BY seq LIMIT ? OFFSET ?"},
	} {
		stmt, err := s.db.Prepare(p.sql)
		if err != nil {
			return err
		}
		*p.to = stmt
	}
	return nil
}

func (s *store) close() error { return s.db.Close() }

// commit puts a batch on record: all of it or nothing.
func (s *store) commit(b *batch) error {
	if len(b.records) == 0 && len(b.events) == 0 {
		return nil
	}
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // without effect after Commit
	put, del, event, wipe := tx.Stmt(s.put), tx.Stmt(s.del), tx.Stmt(s.event), tx.Stmt(s.wipe)
	for _, e := range b.events {
		if _, err := event.Exec(e.run, e.text); err != nil {
			return err
		}
	}
	for _, r := range b.records {
		if r.value != nil {
			_, err = put.Exec(r.kind, r.key, r.value)
		} else if _, err = del.Exec(r.kind, r.key); err == nil && r.kind == runKind {
			_, err = wipe.Exec(r.key)
		}
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

// each calls f with the records of a kind.
func (s *store) each(kind string, f func(key string, value []byte) error) error {
	rows, err := s.db.Query("SELECT key, value FROM records WHERE kind = ? ORDER BY key", kind)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	for rows.Next() {
		var key string
		var value []byte
		if err := rows.Scan(&key, &value); err != nil {
			return err
		}
		if err := f(key, value); err != nil {
			return fmt.Errorf("%s %q: %w", kind, key, err)
		}
	}
	return rows.Err()
}

// eachEvent calls f with the events of all runs in the order in which they
// happened, so that tasks come to their lists in the order of before.
func (s *store) eachEvent(f func(run string, text []byte) error) error {
	rows, err := s.db.Query("SELECT run, value FROM events ORDER BY seq")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	for rows.Next() {
		var run string
		var text []byte
		if err := rows.Scan(&run, &text); err != nil {
			return err
		}
		if err := f(run, text); err != nil {
			return fmt.Errorf("the history of run %s: %w", run, err)
		}
	}
	return rows.Err()
}

// history returns the events of a run from first to last, both included. Only
// their texts are set.
func (s *store) history(run string, first, last int64) ([]event, error) {
	rows, err := s.page.Query(run, last-first+1, first-1)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	events := make([]event, 0, last-first+1)
	for rows.Next() {
		var e event
		if err := rows.Scan(&e.text); err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, rows.Err()
}

// load makes the server what the store says it was.
func (s *Server) load() error {
	err := s.store.each(domainKind, func(key string, value []byte) error {
		var r domainRecord
		if err := json.Unmarshal(value, &r); err != nil {
			return err
		}
		s.domains.put(key, newDomain(s, r))
		return nil
	})
	if err != nil {
		return err
	}
	for _, kind := range []string{activityKind, workflowKind} {
		err := s.store.each(kind, func(_ string, value []byte) error {
			var r typeRecord
			if err := json.Unmarshal(value, &r); err != nil {
				return err
			}
			d, err := s.domain(r.Domain)
			if err == nil {
				d.types(kind).put(r.Type.key(), &r.Type)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.loadRuns()
}

// replay applies an event that was read. A file that somebody has edited may
// tell of the end of what never began.
func (x *execution) replay(e event, a *attributes) (err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("event %d, %s, does not follow from those before it", e.id, e.kind)
		}
	}()
	x.apply(e, a)
	return nil
}

func (s *Server) loadRuns() error {
	err := s.store.each(runKind, func(run string, value []byte) error {
		var r runRecord
		if err := json.Unmarshal(value, &r); err != nil {
			return err
		}
		d, err := s.domain(r.Domain)
		if err != nil {
			return err
		}
		s.runs[run] = newExecution(d, r.WorkflowID, run, r.Order)
		s.runCount = max(s.runCount, r.Order)
		return nil
	})
	if err != nil {
		return err
	}
	err = s.store.eachEvent(func(run string, text []byte) error {
		e, a, err := readEvent(text)
		if err != nil {
			return err
		}
		x := s.runs[run]
		if x == nil || e.id != x.length+1 {
			return fmt.Errorf("event %d is out of place", e.id)
		}
		s.time = max(s.time, e.at)
		return x.replay(e, a)
	})
	if err != nil {
		return err
	}
	return s.store.each(heartbeatRecord, func(key string, value []byte) error {
		var h heartbeat
		if err := json.Unmarshal(value, &h); err != nil {
			return err
		}
		run, id, _ := strings.Cut(key, " ")
		scheduled, _ := strconv.ParseInt(id, 10, 64)
		if x := s.runs[run]; x != nil && x.activities[scheduled] != nil {
			x.beat(x.activities[scheduled], h)
			return nil
		}
		s.batch.remove(heartbeatRecord, key) // of a run that has closed
		return nil
	})
}
