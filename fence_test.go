package flowc_test

import (
	"go/ast"
	"go/types"
	"testing"

	"golang.org/x/tools/go/packages"
)

// TestPureRoomsDoNotRangeOverMaps keeps the order of Go's maps out of what
// must be the same at every replay. A loop whose order cannot matter says so
// with a comment `//order: …` on its line.
func TestPureRoomsDoNotRangeOverMaps(t *testing.T) {
	if testing.Short() {
		t.Skip("loads and type-checks packages")
	}
	paths := []string{"./runtime", "./compiler/ir/...", "./stdlib"}
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports | packages.NeedDeps,
	}, paths...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range loaded {
		for _, e := range p.Errors {
			t.Error(e)
		}
		for _, f := range p.Syntax {
			excused := map[int]bool{}
			for _, group := range f.Comments {
				for _, c := range group.List {
					if len(c.Text) > 8 && c.Text[:8] == "//order:" {
						excused[p.Fset.Position(c.Pos()).Line] = true
					}
				}
			}
			ast.Inspect(f, func(n ast.Node) bool {
				r, ok := n.(*ast.RangeStmt)
				if !ok {
					return true
				}
				at := p.Fset.Position(r.Pos())
				if _, isMap := types.Unalias(p.TypesInfo.TypeOf(r.X)).Underlying().(*types.Map); isMap && !excused[at.Line] {
					t.Errorf("%s: range over a map in a pure room", at)
				}
				return true
			})
		}
	}
}
