package runtime_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/runtime"
)

var record = flag.Bool("record", false, "record runs that are not in testdata/recorded yet; what is there is never changed")

// recordings are the runs that are recorded: a name says what is in them.
var recordings = []struct {
	name, flow string
	fate       fate
	cancel     ir.Time
}{
	{"1_failures", "group(false) { m = map(n=4 tolerate=1 max=2) { a b(retry=2) } dag { c d(after=c false) e(after=d) } } chain(timeout=9s) { f g }", fate{"x", 30}, 0},
	{"1_retries", "b = group(retry=2) { a(retry=1) m = map(n=3) { c } } z", fate{"y", 40}, 0},
	{"1_cancel", "chain { a(undo) group { b c(undo) } } on_cancel { n } finally { f }", fate{"z", 0}, 9_000_000_000},
	{"1_handlers", "chain { a(undo) b } catch(error=E1) { c } on_failure { f } finally { g } z", fate{"q", 60}, 0},
	{"1_race_loop", "race { chain { a b } c(false) } loop(n=3) { d wait(d=2s) } wait(signal=s)", fate{"v", 10}, 0},
}

// TestRecorded replays runs that earlier versions of the interpreter recorded:
// they must want the same commands for ever. What Apply decides may change only
// under a new number of Flags, with new recordings beside these.
func TestRecorded(t *testing.T) {
	for _, r := range recordings {
		t.Run(r.name, func(t *testing.T) {
			file := filepath.Join("testdata", "recorded", r.name+".txtar")
			if _, err := os.Stat(file); *record && os.IsNotExist(err) {
				writeRecording(t, file, r.flow, simulate(t, build(parseTree(t, r.flow)), r.fate, r.cancel))
			}
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			flow, events, want := string(a.Files[0].Data), a.Files[1].Data, string(a.Files[2].Data)
			m, err := runtime.New(build(parseTree(t, flow)), "", runtime.Config{})
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, line := range bytes.Split(bytes.TrimSpace(events), []byte("\n")) {
				var e runtime.Event
				if err := json.Unmarshal(line, &e); err != nil {
					t.Fatal(err)
				}
				step, err := m.Apply(e)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&got, "%d: %s\n", e.Seq, commands(step))
			}
			if d := cmp.Diff(want, got.String()); d != "" {
				t.Errorf("the recorded run wants other commands now: %s", d)
			}
		})
	}
}

func writeRecording(t *testing.T, file, flow string, s *sim) {
	var events, cmds bytes.Buffer
	for k, e := range s.events {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		events.Write(append(b, '\n'))
		fmt.Fprintf(&cmds, "%d: %s\n", e.Seq, commands(s.steps[k]))
	}
	a := &txtar.Archive{Comment: []byte("Recorded; never to be changed.\n"), Files: []txtar.File{
		{Name: "flow", Data: []byte(flow + "\n")}, {Name: "events", Data: events.Bytes()}, {Name: "commands", Data: cmds.Bytes()}}}
	if err := os.WriteFile(file, txtar.Format(a), 0o666); err != nil {
		t.Fatal(err)
	}
}

// FuzzEvents feeds a machine lines that are to be events. Whatever they are,
// nothing panics, and the interpreter does not contradict itself.
func FuzzEvents(f *testing.F) {
	const flow = "m = map(n=2 retry=1) { a(undo) b(retry=1) } catch { c } dag { d e(after=d) } finally { g } race { h wait(signal=s) } loop(n=2) { i(undo) } on_cancel { j }"
	for _, r := range recordings {
		a, err := txtar.ParseFile(filepath.Join("testdata", "recorded", r.name+".txtar"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.Files[1].Data)
	}
	root := parseTree(f, flow)
	var lines []byte
	for _, e := range simulate(f, build(root), fate{"fuzz", 30}, 0).events {
		b, _ := json.Marshal(e)
		lines = append(append(lines, b...), '\n')
	}
	f.Add(lines)
	plan, err := runtime.Prepare(build(root))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, lines []byte) {
		m, err := plan.New("", runtime.Config{})
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range bytes.Split(lines, []byte("\n")) {
			var e runtime.Event
			if json.Unmarshal(line, &e) != nil {
				continue
			}
			if _, err := m.Apply(e); err != nil && strings.Contains(err.Error(), "bug") {
				t.Fatal(err)
			}
		}
	})
}
