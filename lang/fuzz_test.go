package lang_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/flowc/flowc/lang"
	"github.com/flowc/flowc/lang/diag"
)

// addFlows makes every flow file of the repository a seed.
func addFlows(f *testing.F) {
	n := 0
	err := filepath.WalkDir("..", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".flow") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, part := range strings.Split(string(text), "\n---\n") {
			f.Add(part)
			n++
		}
		return nil
	})
	if err != nil || n == 0 {
		f.Fatal(n, err)
	}
}

// FuzzLex checks that tokens stand in order, within the text, and apart.
func FuzzLex(f *testing.F) {
	addFlows(f)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := lang.Lexer{}.LexString("fuzz.flow", text)
		if err != nil {
			t.Fatal(err)
		}
		end := 0
		for {
			tok, err := l.Next()
			if err != nil {
				t.Fatal(err)
			}
			if tok.Type == lexer.EOF {
				break
			}
			if tok.Pos.Offset < end || tok.Pos.Offset+len(tok.Value) > len(text) {
				t.Fatalf("token %q at %d, after one that ends at %d, in a text of %d", tok.Value, tok.Pos.Offset, end, len(text))
			}
			if text[tok.Pos.Offset:tok.Pos.Offset+len(tok.Value)] != tok.Value {
				t.Fatalf("token %q is not what stands at %d", tok.Value, tok.Pos.Offset)
			}
			end = tok.Pos.Offset + len(tok.Value)
		}
	})
}

// FuzzParse checks of any text what a caller relies on: a file comes back, its
// spans nest, every diagnostic has a place, and a tree that is not whole comes
// with an error.
func FuzzParse(f *testing.F) {
	addFlows(f)
	f.Fuzz(func(t *testing.T, text string) {
		src := diag.NewSource("fuzz.flow", []byte(text))
		file, ds := lang.Parse(src)
		checkSpans(t, file, !ds.HasErrors())
		for _, d := range ds.All() {
			if p := d.Primary; p.Source != src || p.Start < 0 || p.Start > p.End || p.End > len(text) {
				t.Fatalf("%s has the span %d to %d in a text of %d bytes", d.Message, p.Start, p.End, len(text))
			}
		}
		if ds.HasErrors() {
			return
		}
		lang.Walk(file, func(n lang.Node) bool {
			switch n := n.(type) {
			case *lang.BadExpr, *lang.BadType:
				t.Fatalf("%T at %d, and no error", n, n.Span().Start)
			case *lang.Step:
				if n.Node == nil {
					t.Fatalf("a step without a node at %d, and no error", n.Start)
				}
			}
			return true
		})
		if again, _ := lang.Parse(src); !lang.Equal(file, again) {
			t.Fatal("the second reading differs from the first")
		}
	})
}
