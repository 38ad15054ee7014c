package view_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/view"
)

func TestStats(t *testing.T) {
	setUTC(t)
	file := filepath.Join("testdata", "stats", "etl.txtar")
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := history.NewStats(3)
	if err := s.Add(recordOf(t, a)); err != nil {
		t.Fatal(err)
	}
	o := s.Report()
	var out bytes.Buffer
	if err := view.Stats(&out, &o, view.Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, file, a, out.String())
}

func TestTableOfNarrowTerminal(t *testing.T) {
	table := view.NewTable("run", ">took", "never", "tags")
	table.Row("日本", "1s", "", "a\x1b[2Jb")
	table.Row("r-2", "10.5s", "", "c")
	want := "run    took  tags\n日本     1s  a\\x1b[2Jb\nr-2   10.5s  c\n"
	if got := string(table.Append(nil, 0)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	want = "run    t…\n日本    …\nr-2   10…\n"
	if got := string(table.Append(nil, 9)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
