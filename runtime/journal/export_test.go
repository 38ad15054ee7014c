package journal

import (
	"context"
	"strconv"

	"github.com/flowc/flowc/runtime/history"
)

// Versions is how many versions of the database there were.
const Versions = version

// Full makes the database unable to grow over so many pages.
func (j *Journal) Full(pages int) error {
	var n int
	return j.writer.conn.QueryRowContext(context.Background(), "PRAGMA max_page_count = "+strconv.Itoa(pages)).Scan(&n)
}

// Plan returns how SQLite finds runs: a line a step.
func (j *Journal) Plan(f history.Filter) (list []string, err error) {
	query, args := listQuery(f)
	rows, err := j.db.Query("EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return nil, err
	}
	err = scan(rows, func() error {
		var id, parent, unused int
		var step string
		err := rows.Scan(&id, &parent, &unused, &step)
		list = append(list, step)
		return err
	})
	return list, err
}

// Leave leaves a message to a run, and TakeBack takes it back because nobody is
// there to hear it.
func (j *Journal) Leave(run string) (no int64, err error) {
	_, root, err := j.rootOf(run)
	if err != nil {
		return 0, err
	}
	err = j.writer.submit(func() error {
		r, err := j.writer.send.Exec(root, run, WantSignal, "", "go", nil)
		if err == nil {
			no, err = r.LastInsertId()
		}
		return err
	})
	return no, err
}

func (j *Journal) TakeBack(no int64, gone error) (bool, error) { return j.takeBack(no, gone) }

// PruneTree removes a tree that was found to have ended.
func (j *Journal) PruneTree(root string) (done Pruned, err error) {
	err = j.pruneTrees([]string{root}, false, &done)
	return done, err
}
