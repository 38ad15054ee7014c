package format_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
	"github.com/flowc/flowc/lang/format"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGoldens(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*.in.flow")
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no inputs: %v", err)
	}
	for _, in := range inputs {
		t.Run(strings.TrimSuffix(filepath.Base(in), ".in.flow"), func(t *testing.T) {
			got := formatted(t, in, read(t, in))
			golden := strings.TrimSuffix(in, ".in.flow") + ".golden"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if d := cmp.Diff(string(read(t, golden)), string(got)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestRepository formats every flow of the repository that parses.
func TestRepository(t *testing.T) {
	for name, text := range repository(t) {
		t.Run(name, func(t *testing.T) {
			if out, diags := format.Source(diag.NewSource(name, text)); diags.HasErrors() {
				if out != nil {
					t.Error("a file with errors was formatted")
				}
				t.SkipNow()
			}
			formatted(t, name, text)
		})
	}
}

// TestExamplesAreFormatted keeps what users copy in the canonical layout.
func TestExamplesAreFormatted(t *testing.T) {
	for name, text := range repository(t) {
		if !strings.HasPrefix(name, "../../examples/") {
			continue
		}
		out, diags := format.Source(diag.NewSource(name, text))
		if diags.HasErrors() {
			t.Errorf("%s: %v", name, diags.All())
		} else if d := cmp.Diff(string(out), string(text)); d != "" {
			t.Errorf("%s: -want +got:\n%s", name, d)
		}
	}
}

// TestLineEndings formats every flow as other machines write it.
func TestLineEndings(t *testing.T) {
	for name, text := range repository(t) {
		want, diags := format.Source(diag.NewSource(name, text))
		if diags.HasErrors() || bytes.Contains(text, []byte("\r")) {
			continue
		}
		crlf := append([]byte("\ufeff"), bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))...)
		got, diags := format.Source(diag.NewSource(name, crlf))
		if d := cmp.Diff(string(want), string(got)); diags.HasErrors() || d != "" {
			t.Errorf("%s: %v -want +got:\n%s", name, diags.All(), d)
		}
	}
}

func TestErrorsLeaveTheFileAlone(t *testing.T) {
	out, diags := format.Source(diag.NewSource("bad.flow", []byte("workflow w() {\n  f(\n}\n")))
	if out != nil || !diags.HasErrors() {
		t.Errorf("got %q and %v, want no text and an error", out, diags.All())
	}
}

// TestTrees prints random trees, which parse to themselves.
func TestTrees(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tree := gen{r}.file()
		text := format.File(tree)
		again, diags := lang.Parse(diag.NewSource("tree.flow", text))
		if diags.HasErrors() {
			r.Fatalf("%v\n%s", diags.All(), text)
		}
		if d := cmp.Diff(dump(tree), dump(again)); d != "" {
			r.Fatalf("another tree, -want +got:\n%s\n%s", d, text)
		}
		if twice := format.File(again); !bytes.Equal(text, twice) {
			r.Fatalf("formatting again changes:\n%s", cmp.Diff(string(text), string(twice)))
		}
	})
}

// TestScrambled strews comments, blank lines and new lines over random trees
// wherever that leaves them as they were, and wants them to come out whole.
func TestScrambled(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := scramble(gen{r}, format.File(gen{r}.file()))
		if _, diags := lang.Parse(diag.NewSource("scrambled.flow", text)); diags.HasErrors() {
			return // not a place for a new line
		}
		formatted(r, "scrambled.flow", text)
	})
}

// scramble puts a comment or blank lines at the ends of some lines, and new
// lines in place of some blanks.
func scramble(g gen, text []byte) []byte {
	var out []byte
	for l := range bytes.Lines(text) {
		l = bytes.TrimSuffix(l, []byte("\n"))
		if !bytes.HasPrefix(bytes.TrimSpace(l), []byte("##")) && g.one(8) {
			if i := bytes.IndexAny(l, "([,"); i >= 0 {
				l = slices.Concat(l[:i+1], []byte(pick(g, "\n", " # inside\n", "\n# own\n", "\n\n## own\n", " ## inside\r\n")), l[i+1:])
			}
		}
		out = append(out, l...)
		out = append(out, pick(g, "\n", "\n", "\n", " # end\n", "\n\n", "\n\n\n# own\n\n", "\n  # own\n# and another\n", " ## end\r\n", "\n## own\n", " # flow:allow W0603 why\n")...)
	}
	return out
}

func FuzzFormat(f *testing.F) {
	for _, text := range repository(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<16 {
			return
		}
		if _, diags := lang.Parse(diag.NewSource("fuzz.flow", text)); !diags.HasErrors() {
			formatted(t, "fuzz.flow", text)
		}
	})
}

func BenchmarkSource(b *testing.B) {
	head, body, _ := bytes.Cut(read(b, "testdata/whole.golden"), []byte("\nactivity"))
	text := slices.Concat(head, bytes.Repeat(append([]byte("\nactivity"), body...), 100))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := format.Source(diag.NewSource("bench.flow", text)); diags.HasErrors() {
			b.Fatal(diags.All())
		}
	}
}

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// formatted formats text, and checks that nothing is lost and that the result
// is its own format.
func formatted(t tester, name string, text []byte) []byte {
	t.Helper()
	before, _ := lang.Parse(diag.NewSource(name, text))
	out, diags := format.Source(diag.NewSource(name, text))
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags.All(), text)
	}
	after, diags := lang.Parse(diag.NewSource(name, out))
	if diags.HasErrors() {
		t.Fatalf("the result does not parse: %v\n%s\nfrom\n%s", diags.All(), out, text)
	}
	if d := cmp.Diff(dump(before), dump(after)); d != "" {
		t.Errorf("the tree changed, -before +after:\n%s\n%s\nfrom\n%s", d, out, text)
	}
	if d := cmp.Diff(comments(before), comments(after)); d != "" {
		t.Errorf("comments: -before +after:\n%s\n%s\nfrom\n%s", d, out, text)
	}
	if twice := format.File(after); !bytes.Equal(out, twice) {
		t.Errorf("formatting again changes:\n%s\nfrom\n%s", cmp.Diff(string(out), string(twice)), text)
	}
	for l := range bytes.Lines(out) {
		if end := bytes.TrimRight(l, "\n"); len(bytes.TrimRight(end, " \t\r")) != len(end) && !bytes.Contains(text, []byte(`"""`)) {
			t.Errorf("blanks at the end of %q", l)
		}
	}
	return out
}

// comments returns the texts of the comments of f outside literals, sorted: a
// comment in the midst of a construct may move past one at the end of its line.
func comments(f *lang.File) []string {
	var all []string
	for _, c := range f.Comments {
		all = append(all, strings.Trim(c.Text, "# \t\r"))
	}
	slices.Sort(all)
	return all
}

// dump returns f as text without positions, comments and layout. It reads the
// tree by reflection, so that it can forget no field.
func dump(f *lang.File) string {
	var b strings.Builder
	dumpValue(&b, reflect.ValueOf(*f), "\n")
	return b.String()
}

func dumpValue(b *strings.Builder, v reflect.Value, nl string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		dumpValue(b, v.Elem(), nl)
	case reflect.Slice:
		for i := range v.Len() {
			b.WriteString(nl)
			dumpValue(b, v.Index(i), nl+"  ")
		}
	case reflect.Struct:
		b.WriteString(v.Type().Name())
		for i := range v.NumField() {
			switch field := v.Field(i); field.Interface().(type) {
			case lang.Range, *diag.Source, []lang.Comment, lang.StringForm:
			default:
				if field.Kind() == reflect.Struct || !field.IsZero() && !(field.Kind() == reflect.Slice && field.Len() == 0) {
					b.WriteString(nl + v.Type().Field(i).Name + ": ")
					dumpValue(b, field, nl+"  ")
				}
			}
		}
	default:
		fmt.Fprintf(b, "%#v", v)
	}
}

// repository returns every .flow file of the repository by its path.
func repository(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".flow") {
			files[filepath.ToSlash(path)] = read(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
