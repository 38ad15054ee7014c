package journal

import (
	"context"
	"database/sql"
	"fmt"
)

// versions are the steps that lead from an empty database to that of this
// flowc: the n-th makes version n of version n-1. They only grow; testdata has
// a database of each version.
var versions = [...]string{`
CREATE TABLE irs (
	no      INTEGER PRIMARY KEY,
	hash    TEXT NOT NULL UNIQUE,
	program BLOB NOT NULL            -- as ir.Program.Encode writes it
);
CREATE TABLE runs (
	no       INTEGER PRIMARY KEY,
	id       TEXT NOT NULL UNIQUE,
	workflow TEXT NOT NULL,
	ir       INTEGER NOT NULL REFERENCES irs,
	status   TEXT NOT NULL,          -- running, or how it ended
	started  INTEGER NOT NULL,       -- nanoseconds since 1970, as all times
	ended    INTEGER,
	root     INTEGER NOT NULL,       -- no of the run that it is a child run of in the end, or its own
	parent   INTEGER,                -- no of its parent
	call     TEXT,                   -- node of the parent that called it
	setting  BLOB                    -- of a root: what is to be the same when it goes on
);
CREATE INDEX runs_started      ON runs (started);
CREATE INDEX runs_status       ON runs (status, started);
CREATE INDEX runs_workflow     ON runs (workflow, started);
CREATE INDEX runs_top_started  ON runs (started)           WHERE parent IS NULL;
CREATE INDEX runs_top_status   ON runs (status, started)   WHERE parent IS NULL;
CREATE INDEX runs_top_workflow ON runs (workflow, started) WHERE parent IS NULL;
CREATE INDEX runs_root         ON runs (root);
CREATE INDEX runs_open         ON runs (root)              WHERE ended IS NULL;
CREATE INDEX runs_ir           ON runs (ir);
CREATE TABLE tags (
	tag     TEXT NOT NULL,
	started INTEGER NOT NULL,
	run     INTEGER NOT NULL,
	PRIMARY KEY (tag, started, run)
) WITHOUT ROWID;
CREATE INDEX tags_run ON tags (run);
CREATE TABLE events (
	run   INTEGER NOT NULL,
	seq   INTEGER NOT NULL,          -- of the first
	count INTEGER NOT NULL,
	chunk BLOB NOT NULL,             -- see codec.go
	PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE TABLE inbox (
	no      INTEGER PRIMARY KEY AUTOINCREMENT,
	root    INTEGER NOT NULL,
	run     TEXT NOT NULL,
	want    TEXT NOT NULL,
	node    TEXT NOT NULL,
	name    TEXT NOT NULL,
	payload BLOB
);
CREATE INDEX inbox_root ON inbox (root);
`}

// version is that of the databases that we write.
const version = len(versions)

// application marks a database as a journal ("flow" in ASCII).
const application = 0x666c6f77

// A NewerError says that a newer flowc has written a journal.
type NewerError struct {
	Path  string
	Found int
}

// Error returns the message.
func (e *NewerError) Error() string {
	return fmt.Sprintf("%s was written by a newer flowc (version %d, this one knows up to %d); nothing in it was touched: use the newer one", e.Path, e.Found, version)
}

// migrate makes the database one of our version. It may be that several
// processes try it at once.
func migrate(ctx context.Context, c *sql.Conn, path string) error {
	found, err := versionOf(ctx, c, path)
	if err != nil || found == version {
		return err
	}
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	rollback := func() { _, _ = c.ExecContext(ctx, "ROLLBACK") }
	if found, err = versionOf(ctx, c, path); err != nil { // somebody may have been quicker
		rollback()
		return err
	}
	for _, step := range versions[found:] {
		if _, err := c.ExecContext(ctx, step); err != nil {
			rollback()
			return err
		}
	}
	if _, err := c.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", application, version)); err != nil {
		rollback()
		return err
	}
	if _, err := c.ExecContext(ctx, "COMMIT"); err != nil {
		rollback()
		return err
	}
	return nil
}

// versionOf returns the version of a database, 0 of an empty one. It asks one
// question: between several, another process may make the tables.
func versionOf(ctx context.Context, c *sql.Conn, path string) (found int, err error) {
	var app, tables int
	err = c.QueryRowContext(ctx, "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version, pragma_application_id").Scan(&found, &app, &tables)
	if err != nil {
		return 0, err
	}
	switch {
	case app != application && (tables > 0 || app != 0 || found != 0):
		return 0, fmt.Errorf("%s is a database of something else, and no journal of flowc; nothing in it was touched", path)
	case found > version:
		return 0, &NewerError{path, found}
	}
	return found, nil
}
