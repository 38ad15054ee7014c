package flowc_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/flowc/flowc/"

// rooms lists, for each room, the rooms of ours that it may import. A room's
// subfolders belong to it unless they are listed themselves; every room may
// import its own subfolders and internal/. docs/architecture.md draws this.
var rooms = map[string][]string{
	"lang/diag":         {},
	"lang":              {"lang/diag"},
	"lang/format":       {"lang", "lang/diag"},
	"compiler/ir":       {"lang/diag"},
	"compiler":          {"lang", "lang/diag", "compiler/ir", "stdlib"},
	"compiler/analyze":  {"compiler/ir", "lang/diag"},
	"stdlib":            {"compiler/ir"},
	"stdlib/activity":   {"compiler/ir", "stdlib"},
	"runtime":           {"compiler/ir", "stdlib"},
	"runtime/blob":      {"compiler/ir"},
	"runtime/history":   {"runtime", "compiler/ir"},
	"runtime/work":      {"runtime", "runtime/blob", "compiler/ir", "stdlib", "stdlib/activity"},
	"runtime/local":     {"runtime", "runtime/work", "runtime/blob", "runtime/history", "runtime/journal", "compiler/ir", "stdlib", "stdlib/activity"},
	"runtime/sim":       {"runtime", "compiler/ir", "stdlib", "runtime/journal"},
	"runtime/swf":       {"runtime", "runtime/work", "runtime/blob", "runtime/history", "compiler/ir", "stdlib", "stdlib/activity"},
	"runtime/journal":   {"runtime", "runtime/blob", "runtime/history", "compiler/ir"},
	"runtime/telemetry": {"runtime", "runtime/history", "compiler/ir"},
	"runtime/swfserver": {},
	"runtime/view":      {"runtime", "runtime/history", "compiler/ir"},
	"internal":          {"lang", "lang/diag"},
	"internal/bench":    {"*"},
	"cmd/flowc":         {"*"},
	"examples":          {"runtime/swf", "stdlib/activity"},
	".":                 {"*"},
}

// fences lists third-party modules that only some rooms may import.
var fences = map[string][]string{
	"github.com/alecthomas/participle": {"lang"},
	"github.com/aws/aws-sdk-go-v2":     {"runtime/swf", "stdlib/activity"},
	"github.com/urfave/cli":            {"cmd/flowc"},
	"modernc.org/sqlite":               {"runtime/journal", "runtime/swfserver"},
	"go.opentelemetry.io":              {"runtime/telemetry"},
	"github.com/prometheus":            {"runtime/telemetry"},
	"github.com/BurntSushi/toml":       {"cmd/flowc"},
}

// testFences lists the rooms whose tests may import such a module too.
var testFences = map[string][]string{
	"github.com/aws/aws-sdk-go-v2": {"runtime/swfserver"}, // the client that it must serve unchanged
}

// pure lists the rooms whose behaviour is a function of their arguments, and
// what they therefore may not import.
var pure = []string{"runtime", "compiler/ir", "stdlib"}

var impure = []string{"time", "math/rand", "math/rand/v2", "os", "sync", "sync/atomic", "context", "net", "net/http", "crypto/rand"}

type goFile struct {
	path string // with slashes, from the root
	room string
	test bool
	ast  *ast.File
	fset *token.FileSet
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		p = filepath.ToSlash(p)
		files = append(files, goFile{p, roomOf(path.Dir(p)), strings.HasSuffix(p, "_test.go"), f, fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// roomOf returns the nearest listed room around dir.
func roomOf(dir string) string {
	for ; ; dir = path.Dir(dir) {
		if _, ok := rooms[dir]; ok || dir == "." {
			return dir
		}
	}
}

func within(dir, room string) bool { return dir == room || strings.HasPrefix(dir, room+"/") }

func TestImportsPointOneWay(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, spec := range f.ast.Imports {
			imp, _ := strconv.Unquote(spec.Path.Value)
			if rest, ok := strings.CutPrefix(imp, module); ok && !f.test {
				to := roomOf(rest)
				allowed := rooms[f.room]
				if to != f.room && to != "internal" && !slices.Contains(allowed, to) && !slices.Contains(allowed, "*") {
					t.Errorf("%s imports %s: %s may import %v", f.path, rest, f.room, allowed)
				}
			}
			for fenced, in := range fences {
				if within(imp, fenced) && !slices.Contains(in, f.room) && f.room != "internal/bench" && !(f.test && slices.Contains(testFences[fenced], f.room)) {
					t.Errorf("%s imports %s, which only %v may", f.path, imp, in)
				}
			}
			if spec.Name != nil && spec.Name.Name == "." {
				t.Errorf("%s: dot import of %s", f.path, imp)
			}
		}
	}
}

func TestPureRoomsTouchNoWorld(t *testing.T) {
	for _, f := range goFiles(t) {
		if !slices.Contains(pure, f.room) || f.test {
			continue
		}
		for _, spec := range f.ast.Imports {
			if imp, _ := strconv.Unquote(spec.Path.Value); slices.Contains(impure, imp) {
				t.Errorf("%s imports %s", f.path, imp)
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.GoStmt, *ast.SelectStmt:
				t.Errorf("%s: %T in a pure room", f.fset.Position(n.Pos()), n)
			}
			return true
		})
	}
}

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	const maxFile, maxFunc, maxSwitch = 700, 80, 150
	banned := []string{"util.go", "utils.go", "common.go", "helpers.go", "misc.go"}
	for _, f := range goFiles(t) {
		if slices.Contains(banned, path.Base(f.path)) {
			t.Errorf("%s: name the file after the concept in it", f.path)
		}
		if n := f.fset.File(f.ast.Pos()).LineCount(); n > maxFile && !f.test {
			t.Errorf("%s has %d lines; split it by concept (at most %d)", f.path, n, maxFile)
		}
		if f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			limit := maxFunc
			if isFlatSwitch(fn) {
				limit = maxSwitch
			}
			lines := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
			if lines > limit {
				t.Errorf("%s: %s has %d lines (at most %d)", f.fset.Position(fn.Pos()), fn.Name.Name, lines, limit)
			}
			if fn.Name.Name == "init" && fn.Recv == nil {
				t.Errorf("%s: init function", f.fset.Position(fn.Pos()))
			}
		}
	}
}

// isFlatSwitch reports whether most of fn is one switch.
func isFlatSwitch(fn *ast.FuncDecl) bool {
	for _, s := range fn.Body.List {
		switch s.(type) {
		case *ast.SwitchStmt, *ast.TypeSwitchStmt:
			return (s.End()-s.Pos())*10 > (fn.Body.End()-fn.Body.Pos())*8
		}
	}
	return false
}

func TestNothingSpeaksOfThisMachine(t *testing.T) {
	for _, f := range goFiles(t) {
		text, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"/ho" + "me/", "/wo" + "rk/"} {
			if strings.Contains(strings.ReplaceAll(string(text), "runtime"+bad, ""), bad) { // a room of ours has that name
				t.Errorf("%s names a path of a machine (%s)", f.path, bad)
			}
		}
	}
}
