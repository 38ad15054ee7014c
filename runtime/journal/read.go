package journal

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/internal/spell"
	"github.com/flowc/flowc/runtime"
	"github.com/flowc/flowc/runtime/history"
)

// summaries selects what a summary is made of.
const summaries = `SELECT r.id, r.workflow, i.hash, r.status, r.started, coalesce(r.ended, 0), coalesce(p.id, ''), coalesce(r.call, ''), root.id,
	(SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE run = r.no ORDER BY tag))
	FROM runs r JOIN irs i ON i.no = r.ir JOIN runs root ON root.no = r.root LEFT JOIN runs p ON p.no = r.parent `

// Runs returns the runs that are wanted, the newest first. What it reads is
// found by an index, and no more than what it returns where one condition is
// given.
func (j *Journal) Runs(f history.Filter) ([]history.Summary, error) {
	query, args := listQuery(f)
	return j.summaries(query, args...)
}

// listQuery returns the query for the runs that are wanted.
func listQuery(f history.Filter) (query string, args []any) {
	var where []string
	cond := func(text string, values ...any) {
		where = append(where, text)
		args = append(args, values...)
	}
	order := "r.started DESC, r.no DESC"
	switch {
	case f.Prefix != "":
		cond("r.id >= ? AND r.id < ?", f.Prefix, f.Prefix+"\U0010ffff")
		order = "+" + order // what an index could give in this order is not what few ids are found by
	case !f.Children:
		cond("r.parent IS NULL")
	}
	if f.Status != "" {
		cond("r.status = ?", f.Status)
	}
	if f.Workflow != "" {
		cond("r.workflow = ?", f.Workflow)
	}
	if f.Tag != "" {
		cond("r.no IN (SELECT run FROM tags WHERE tag = ?)", f.Tag)
	}
	if f.Since != 0 {
		cond("r.started >= ?", int64(f.Since))
	}
	query = summaries
	if len(where) > 0 {
		query += "WHERE " + strings.Join(where, " AND ")
	}
	query += " ORDER BY " + order
	if f.Limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	return query, args
}

func (j *Journal) summaries(query string, args ...any) ([]history.Summary, error) {
	rows, err := j.db.Query(query, args...)
	if err != nil {
		return nil, j.explain(err)
	}
	alive := map[string]bool{} // by root
	var list []history.Summary
	err = scan(rows, func() error {
		var s history.Summary
		var parent, call, root, tags string
		if err := rows.Scan(&s.Run, &s.Workflow, &s.IR, &s.Status, &s.Started, &s.Ended, &parent, &call, &root, &tags); err != nil {
			return err
		}
		s.WorkflowID = s.Run
		if tags != "[]" {
			if err := json.Unmarshal([]byte(tags), &s.Tags); err != nil {
				return err
			}
		}
		if parent != "" {
			s.Parent = &runtime.ParentRun{Run: parent, Node: call}
		}
		if s.Ended == 0 {
			if _, known := alive[root]; !known {
				alive[root] = j.alive(root)
			}
			s.Alive = alive[root]
		}
		list = append(list, s)
		return nil
	})
	return list, j.explain(err)
}

// An UnknownRunError says that there is no run with an id. It wraps
// [history.ErrUnknown].
type UnknownRunError struct {
	Run, Dir string
	Near     string // a run with a similar id, "" for none
}

// Error returns the message.
func (e *UnknownRunError) Error() string {
	text := fmt.Sprintf("there is no run %q in %s", e.Run, e.Dir)
	if e.Near != "" {
		text += fmt.Sprintf("; did you mean %s?", e.Near)
	}
	return text
}

// Unwrap returns history.ErrUnknown.
func (e *UnknownRunError) Unwrap() error { return history.ErrUnknown }

// unknown returns the error of a run that is not there. Only the newest ones
// are looked through for a similar id.
func (j *Journal) unknown(run string) error {
	e := &UnknownRunError{Run: run, Dir: j.dir}
	list, err := j.ids("SELECT id FROM runs ORDER BY started DESC LIMIT 2000")
	if err == nil {
		e.Near, _ = spell.Nearest(run, list)
	}
	return e
}

func (j *Journal) ids(query string, args ...any) (list []string, err error) {
	rows, err := j.db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	err = scan(rows, func() error {
		var id string
		err := rows.Scan(&id)
		list = append(list, id)
		return err
	})
	return list, err
}

// rootOf returns the root of the tree of a run.
func (j *Journal) rootOf(run string) (root string, no int64, err error) {
	err = j.db.QueryRow("SELECT root.id, root.no FROM runs r JOIN runs root ON root.no = r.root WHERE r.id = ?", run).Scan(&root, &no)
	if errors.Is(err, sql.ErrNoRows) {
		return "", 0, j.unknown(run)
	}
	return root, no, j.explain(err)
}

// Find returns what a list says about a run.
func (j *Journal) Find(run string) (history.Summary, error) {
	list, err := j.summaries(summaries+"WHERE r.id = ?", run)
	switch {
	case err != nil:
		return history.Summary{}, err
	case len(list) == 0:
		return history.Summary{}, j.unknown(run)
	}
	return list[0], nil
}

// Dead returns the roots of the trees in which something has not ended and that
// nobody drives, the oldest first.
func (j *Journal) Dead() ([]string, error) {
	roots, err := j.ids("SELECT id FROM runs WHERE no IN (SELECT root FROM runs WHERE ended IS NULL) ORDER BY started, no")
	if err != nil {
		return nil, j.explain(err)
	}
	var dead []string
	for _, root := range roots {
		if !j.alive(root) {
			dead = append(dead, root)
		}
	}
	return dead, nil
}

// Program returns the program with a hash.
func (j *Journal) Program(hash string) (*ir.Program, error) {
	var text []byte
	err := j.db.QueryRow("SELECT program FROM irs WHERE hash = ?", hash).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("the program %s is not in %s", hash, j.file())
	} else if err != nil {
		return nil, j.explain(err)
	}
	return ir.DecodeProgram(text)
}

// Record returns a run with its program and everything that happened in it.
func (j *Journal) Record(run string) (*history.Record, error) {
	r := &history.Record{}
	var err error
	if r.Summary, err = j.Find(run); err != nil {
		return nil, err
	}
	if r.Program, err = j.Program(r.Summary.IR); err != nil {
		return nil, err
	}
	r.Events, err = j.Events(run, 0)
	return r, err
}

// Events returns the events of a run after the one with a number, in order,
// with their results in place.
func (j *Journal) Events(run string, after int64) (events []runtime.Event, err error) {
	err = j.each(run, after, func(e runtime.Event) error {
		events = append(events, e)
		return nil
	})
	return events, err
}

// each calls f with the events of a run after the one with a number.
func (j *Journal) each(run string, after int64, f func(runtime.Event) error) error {
	var no int64
	err := j.db.QueryRow("SELECT no FROM runs WHERE id = ?", run).Scan(&no)
	if errors.Is(err, sql.ErrNoRows) {
		return j.unknown(run)
	} else if err != nil {
		return j.explain(err)
	}
	rows, err := j.db.Query(`SELECT seq, chunk FROM events WHERE run = ?1 AND
		seq >= coalesce((SELECT max(seq) FROM events WHERE run = ?1 AND seq <= ?2), 0) ORDER BY seq`, no, after)
	if err != nil {
		return j.explain(err)
	}
	var foreign error // of f, which is not ours to explain
	next := int64(1)  // event that is to come, if it is known
	if after > 0 {
		next = 0
	}
	err = scan(rows, func() error {
		var seq int64
		var chunk sql.RawBytes
		if err := rows.Scan(&seq, &chunk); err != nil {
			return err
		}
		d := newDecoder(chunk)
		if seq != next && next != 0 {
			d.err = errChunk // something between them is gone
		}
		for ; d.more(); seq++ {
			e, kept := d.next()
			if d.err != nil {
				break
			}
			if e.Seq = seq; seq <= after {
				continue
			}
			if kept != nil {
				if err := j.restore(&e, kept); err != nil {
					return fmt.Errorf("event %d of run %s, the result of %s: %w", seq, run, e.Node, err)
				}
			}
			if foreign = f(e); foreign != nil {
				return foreign
			}
		}
		next = seq
		return j.unread(run, seq, d.err)
	})
	if foreign != nil {
		return foreign
	}
	return j.explain(err)
}

// unread returns why an event could not be read, nil if it could.
func (j *Journal) unread(run string, seq int64, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errChunk):
		return &DamagedError{Path: j.file(), Why: fmt.Errorf("event %d of run %s: %w", seq, run, err)}
	}
	return fmt.Errorf("event %d of run %s: %w", seq, run, err)
}

// restore puts a result in place that is kept elsewhere.
func (j *Journal) restore(e *runtime.Event, kept []byte) error {
	v, err := ir.Decode(kept, refType, ir.IgnoreUnknown)
	if err != nil {
		return err
	}
	ref, _ := v.(*ir.Ref)
	e.Result, err = j.blobs.Read(ref)
	return err
}
