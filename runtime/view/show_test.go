package view_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/flowc/flowc/compiler"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/runtime/history"
	"github.com/flowc/flowc/runtime/history/historytest"
	"github.com/flowc/flowc/runtime/view"
)

// recordOf makes the record of a run of the files of an archive: main.flow, what
// it imports, and the script of the run.
func recordOf(t *testing.T, a *txtar.Archive) *history.Record {
	t.Helper()
	files := map[string][]byte{}
	for _, f := range a.Files {
		files[f.Name] = f.Data
	}
	r := compiler.Compile(diag.NewSource("main.flow", files["main.flow"]), compiler.Config{
		Read: func(name string) ([]byte, error) {
			if text, ok := files[filepath.Base(name)]; ok {
				return text, nil
			}
			return nil, os.ErrNotExist
		},
	})
	if r.Program == nil {
		t.Fatal(r.Diags.Sorted())
	}
	rec, err := historytest.Record(r.Program, "r1", string(files["script"]))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// TestShow draws the runs of testdata/show. The comment of an archive may have
// options: width N, event N, ascii, color, nosource.
func TestShow(t *testing.T) {
	setUTC(t)
	files, _ := filepath.Glob("testdata/show/*.txtar")
	if len(files) == 0 {
		t.Fatal("no pictures")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rec := recordOf(t, a)
			words := strings.Fields(string(a.Comment))
			o := view.Options{Clock: func() time.Time { return time.Unix(0, int64(rec.Events[len(rec.Events)-1].Time)).Add(10 * time.Second) }}
			moment := history.Moment{}
			for k, w := range words {
				switch w {
				case "width":
					n, _ := strconv.Atoi(words[k+1])
					o.Width = func() int { return n }
				case "event":
					moment.Event, _ = strconv.ParseInt(words[k+1], 10, 64)
				case "ascii":
					o.ASCII = true
				case "color":
					o.Color = true
				case "nosource":
					rec.Program.Sources = nil
				}
			}
			p, err := rec.Until(moment).Picture()
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := view.Show(&out, p, o); err != nil {
				t.Fatal(err)
			}
			golden(t, file, a, out.String())
		})
	}
}

// setUTC makes times be shown in UTC.
func setUTC(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
}

// golden compares got with the picture in an archive.
func golden(t *testing.T, file string, a *txtar.Archive, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "\x1b", "␛")
	for k := range a.Files {
		if a.Files[k].Name != "picture" {
			continue
		}
		if *update {
			a.Files[k].Data = []byte(got)
			if err := os.WriteFile(file, txtar.Format(a), 0o666); err != nil {
				t.Fatal(err)
			}
		} else if d := cmp.Diff(string(a.Files[k].Data), got); d != "" {
			t.Error(d)
		}
		return
	}
	t.Errorf("%s has no picture", file)
}
