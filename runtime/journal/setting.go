package journal

import (
	"database/sql"
	"encoding/json"
	"errors"
)

// Setting returns that of the tree of a run, for another run of the same kind.
func (j *Journal) Setting(run string) (s Setting, err error) {
	var text []byte
	err = j.db.QueryRow("SELECT root.setting FROM runs r JOIN runs root ON root.no = r.root WHERE r.id = ?", run).Scan(&text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return s, j.unknown(run)
	case err == nil:
		err = json.Unmarshal(text, &s)
	}
	return s, j.explain(err)
}
