package draw_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc/flowc/compiler/analyze"
	"github.com/flowc/flowc/compiler/analyze/draw"
	"github.com/flowc/flowc/compiler/ir"
)

var update = flag.Bool("update", false, "write the golden files")

func load(t testing.TB, name string) *ir.Program {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := ir.DecodeProgram(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func picture(t testing.TB, p *ir.Program, format draw.Format, undo bool) string {
	t.Helper()
	var b bytes.Buffer
	if err := draw.Workflow(&b, p, p.Workflows[len(p.Workflows)-1], format, undo); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPictures(t *testing.T) {
	for _, name := range []string{"etl", "order", "later", "dag"} {
		for _, format := range draw.Formats {
			file := filepath.Join("testdata", name+"."+string(format))
			t.Run(filepath.Base(file), func(t *testing.T) {
				got := picture(t, load(t, name), format, name == "order")
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(string(want), got); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

// hostile is a program whose names and texts are signs of the formats.
func hostile() *ir.Program {
	const bad = "a\"]<b>&'\\N\n-->#;`{}|\x1b[31m\u202e end"
	w := &ir.Workflow{Name: bad, Result: ir.NoneType, At: ir.NoPos, Frames: []ir.Frame{{Parent: -1, Names: []string{bad, bad}}}}
	node := func(parent int, kind ir.NodeKind, id string) *ir.Node {
		w.Nodes = append(w.Nodes, ir.Node{Kind: kind, Name: id, ID: id, Parent: parent, Slot: -1, Target: -1, ItemSlot: -1, IndexSlot: -1,
			DepthSlot: -1, Body: -1, Inner: -1, Subject: -1, Else: -1, Result: ir.StringType, Eff: true, At: ir.NoPos})
		n := len(w.Nodes) - 1
		if parent >= 0 {
			w.Nodes[parent].Members = append(w.Nodes[parent].Members, n)
		}
		return &w.Nodes[n]
	}
	node(-1, ir.NWorkflow, bad)
	a := node(0, ir.NActivity, bad+"/"+bad)
	a.Call, a.Slot, a.Name = &ir.Call{Callee: bad}, 0, bad
	b := node(0, ir.NWait, bad+"/end")
	b.Value = &ir.Expr{Op: ir.OpSlot, Type: ir.StringType, At: ir.NoPos}
	for k := range w.Nodes {
		w.Nodes[k].End = k + 1
	}
	w.Nodes[0].End = len(w.Nodes)
	return &ir.Program{Workflows: []*ir.Workflow{w}}
}

func TestHostileNamesStayText(t *testing.T) {
	for _, format := range draw.Formats {
		t.Run(string(format), func(t *testing.T) {
			got := picture(t, hostile(), format, true)
			if strings.ContainsAny(got, "\x1b\u202e") && format != draw.JSON {
				t.Errorf("control characters get through: %q", got)
			}
			switch format {
			case draw.SVG:
				d := xml.NewDecoder(strings.NewReader(got))
				for {
					token, err := d.Token()
					if err == io.EOF {
						break
					}
					if err != nil {
						t.Fatalf("%v in %s", err, got)
					}
					if e, ok := token.(xml.StartElement); ok && e.Name.Local == "b" {
						t.Error("a name became an element")
					}
				}
			case draw.JSON:
				var g analyze.Graph
				if err := json.Unmarshal([]byte(got), &g); err != nil || len(g.Nodes) != 3 {
					t.Errorf("%v: %d nodes", err, len(g.Nodes))
				}
			case draw.Dot:
				for _, line := range strings.Split(got, "\n") {
					if n := strings.Count(strings.NewReplacer(`\\`, "", `\"`, "").Replace(line), `"`); n%2 != 0 {
						t.Errorf("a string is not closed: %s", line)
					}
				}
			case draw.Mermaid:
				if strings.Contains(got, "<") || strings.Contains(got, "&") || strings.Contains(got, "`") {
					t.Errorf("signs get through: %s", got)
				}
			}
		})
	}
}

func TestUnknownFormat(t *testing.T) {
	err := draw.Workflow(io.Discard, hostile(), hostile().Workflows[0], "gif", false)
	if want := `there is no format "gif"; there are ascii, dot, mermaid, svg, json`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
