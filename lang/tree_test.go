package lang_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sebdah/goldie/v2"

	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

func TestTrees(t *testing.T) {
	files, err := filepath.Glob("testdata/tree/*.flow")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	g := goldie.New(t, goldie.WithFixtureDir("testdata/tree"), goldie.WithNameSuffix(".tree"))
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f := parseClean(t, file)
			var b bytes.Buffer
			if err := lang.Print(&b, f); err != nil {
				t.Fatal(err)
			}
			g.Assert(t, strings.TrimSuffix(filepath.Base(file), ".flow"), b.Bytes())
		})
	}
}

// parseClean parses a file that has no mistakes.
func parseClean(t *testing.T, file string) *lang.File {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, ds := lang.Parse(diag.NewSource(file, text))
	for _, d := range ds.Sorted() {
		pos := f.Source.Position(d.Primary.Start)
		t.Errorf("%s:%d:%d: %s %s: %s", file, pos.Line, pos.Column, d.Code, d.Message, d.Primary.Text)
	}
	return f
}

// TestWalkIsTotal compares Walk with what reflection finds in trees that hold
// every kind of node.
func TestWalkIsTotal(t *testing.T) {
	files, err := filepath.Glob("testdata/tree/*.flow")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, file := range files {
		f := parseClean(t, file)
		walked := map[lang.Node]int{}
		lang.Walk(f, func(n lang.Node) bool {
			walked[n]++
			kinds[reflect.TypeOf(n).Elem().Name()] = true
			return true
		})
		for n, times := range walked {
			if times != 1 {
				t.Errorf("%s: %T at %d was visited %d times", file, n, n.Span().Start, times)
			}
		}
		nodesIn(reflect.ValueOf(f), func(n lang.Node) {
			if walked[n] == 0 && !reflect.ValueOf(n).Elem().IsZero() {
				t.Errorf("%s: Walk misses %T at %d", file, n, n.Span().Start)
			}
		})
	}
	for _, kind := range nodeKinds(t) {
		if !kinds[kind] {
			t.Errorf("no test file holds a %s", kind)
		}
	}
}

// nodesIn calls f for every node that can be reached through fields, slices
// and pointers, as a pointer to where it is. Comments are not part of the tree.
func nodesIn(v reflect.Value, f func(lang.Node)) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			nodesIn(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			nodesIn(v.Index(i), f)
		}
	case reflect.Struct:
		switch v.Interface().(type) {
		case lang.Range, lang.Comment, diag.Source:
			return
		}
		if n, ok := v.Addr().Interface().(lang.Node); ok {
			f(n)
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				nodesIn(v.Field(i), f)
			}
		}
	}
}

// nodeKinds reads the names of all node types from the source, without those
// that stand only where something could not be read.
func nodeKinds(t *testing.T) []string {
	var kinds []string
	for _, file := range []string{"decl.go", "stmt.go", "expr.go", "testdecl.go", "typeexpr.go", "node.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		for i, line := range lines {
			name, ok := strings.CutPrefix(line, "type ")
			if !ok || !strings.HasSuffix(line, "struct {") || strings.TrimSpace(lines[i+1]) != "Range" {
				continue
			}
			if name = strings.Fields(name)[0]; name != "Comment" {
				kinds = append(kinds, name)
			}
		}
	}
	if len(kinds) < 50 {
		t.Fatalf("found only %d kinds of node", len(kinds))
	}
	return kinds
}

func TestSpansNest(t *testing.T) {
	var files []string
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".flow") {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, ds := lang.Parse(diag.NewSource(file, text))
		checkSpans(t, f, !ds.HasErrors())
	}
}

// checkSpans checks that every node ends after it starts, lies within its
// parent, and starts no earlier than its elder sibling ends.
//
// Only the last is not asked of a file with mistakes.
func checkSpans(t fataler, f *lang.File, clean bool) {
	t.Helper()
	lang.Walk(f, func(n lang.Node) bool {
		r := n.Span()
		if r.Start < 0 || r.Start > r.End || int(r.End) > len(f.Source.Text) {
			t.Fatalf("%s: %T has the span %v", f.Source.Name, n, r)
		}
		last, lastEnd := lang.Node(nil), r.Start
		first := true
		lang.Walk(n, func(c lang.Node) bool {
			if first {
				first = false
				return true
			}
			s := c.Span()
			if s.Start < r.Start || s.End > r.End {
				t.Fatalf("%s: %T %v is not within its parent %T %v", f.Source.Name, c, s, n, r)
			}
			if clean && s.Start < lastEnd && last != nil && last.Span() != s {
				t.Fatalf("%s: %T %v overlaps %T %v before it", f.Source.Name, c, s, last, last.Span())
			}
			last, lastEnd = c, s.End
			return false
		})
		return true
	})
}

func TestEqual(t *testing.T) {
	parse := func(text string) *lang.File {
		f, _ := lang.Parse(diag.NewSource("x.flow", []byte(text)))
		return f
	}
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"layout is ignored":          {"const a = [1,2] # c", "\nconst  a = [\n 1, 2,\n]", true},
		"spelling is ignored":        {"const a = f({ x: x }, 1_000)", "const a = f({ x }, 1000)", true},
		"values count":               {"const a = 1", "const a = 2", false},
		"kinds of literals count":    {"const a = 0", "const a = false", false},
		"operators count":            {"const a = b + c", "const a = b - c", false},
		"absence counts":             {"param a: int", "param a: int = 0", false},
		"parentheses count":          {"const a = (b)", "const a = b", false},
		"documentation counts":       {"## x\nconst a = 1", "const a = 1", false},
		"the order of names counts":  {"enum E { a, b }", "enum E { b, a }", false},
		"text is not its own escape": {`const a = "\\n"`, `const a = "\n"`, false},
	}
	for name, tt := range tests {
		if got := lang.Equal(parse(tt.a), parse(tt.b)); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}
